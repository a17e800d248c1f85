//! Sitemaps of every kind, sound, broken and without end, and what leaves of them.

use std::io::{Cursor, Write as _};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;
use crate::source::follow::Flow;

/// 2026-11-22T12:00:00Z.
const NOW: i64 = 1_795_348_800;
const SPACE: &str = "xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\"";

struct Outcome {
    items: Vec<SitemapItem>,
    walked: Walked,
}

fn attempt(bytes: &[u8], limits: &SitemapLimits) -> Result<Outcome, NotFollowed> {
    let base = Url::parse("https://x.vn/sitemap.xml").expect("a URL");
    let mut items = Vec::new();
    let walked = sitemap(Cursor::new(bytes.to_vec()), &base, limits, &mut |item| {
        items.push(item);
        Flow::Continue(())
    })?;
    Ok(Outcome { items, walked })
}

fn read(bytes: &[u8]) -> Outcome {
    attempt(bytes, &SitemapLimits::at(NOW)).expect("a sitemap")
}

fn refused(bytes: &[u8]) -> NotFollowed {
    attempt(bytes, &SitemapLimits::at(NOW)).err().expect("no sitemap")
}

fn set(addresses: &[&str]) -> String {
    let urls =
        addresses.iter().map(|url| format!("<url><loc>{url}</loc></url>")).collect::<Vec<_>>().concat();
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><urlset {SPACE}>{urls}</urlset>")
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).unwrap_or_default()
}

fn urls(outcome: &Outcome) -> Vec<&str> {
    let items = outcome.items.iter();
    items
        .map(|item| match item {
            SitemapItem::Page(Found { url, .. }) | SitemapItem::Sitemap { url, .. } => url.as_str(),
        })
        .collect()
}

#[track_caller]
fn check(bytes: &[u8], expected: &[&str], notices: &[Notice]) {
    let outcome = read(bytes);
    assert_eq!(urls(&outcome), expected);
    assert_eq!(outcome.walked.notices, notices);
}

const BOTH: [&str; 2] = ["https://x.vn/a", "https://x.vn/b"];

#[test]
fn sets_indexes_and_lines_are_read() {
    check(set(&BOTH).as_bytes(), &BOTH, &[]);
    let index = format!(
        "<sitemapindex {SPACE}><sitemap><loc>https://x.vn/1.xml</loc><lastmod>2026-11-22</lastmod></sitemap></sitemapindex>"
    );
    let outcome = read(index.as_bytes());
    assert_eq!((outcome.walked.kind, outcome.walked.entries), (SitemapKind::Index, 1));
    let url = Url::parse("https://x.vn/1.xml").expect("a URL");
    // The day alone is that of Vietnam, for the host is.
    assert_eq!(outcome.items, [SitemapItem::Sitemap { url, modified: Some(NOW - 19 * 3_600) }]);
    let lines = "\u{feff}https://x.vn/a\r\n\n  https://x.vn/b  \n# end\n";
    check(lines.as_bytes(), &BOTH, &[]);
    assert_eq!(read(lines.as_bytes()).walked.kind, SitemapKind::Lines);
}

#[test]
fn news_have_titles_dates_and_languages() {
    let news = |prefix: &str, space: &str| {
        format!(
            "<urlset {SPACE}{space} xmlns:image='http://www.google.com/schemas/sitemap-image/1.1'><url><loc>https://x.vn/a</loc>\
             <image:image><image:loc>https://x.vn/no.jpg</image:loc><image:title>No</image:title></image:image>\
             <{prefix}:news><{prefix}:publication><{prefix}:name>T</{prefix}:name><{prefix}:language>vi</{prefix}:language>\
             </{prefix}:publication><{prefix}:publication_date>2026-11-22T08:00:00Z</{prefix}:publication_date>\
             <{prefix}:title><![CDATA[Giá & xăng]]></{prefix}:title></{prefix}:news><lastmod>2026-11-22T16:00:00+07:00</lastmod>\
             <video:video><video:title>No</video:title><video:publication_date>2020-01-01</video:publication_date></video:video>\
             </url></urlset>"
        )
    };
    let space = " xmlns:n='http://www.google.com/schemas/sitemap-news/0.9'";
    for text in [news("n", space), news("news", "")] {
        let outcome = read(text.as_bytes());
        let expected = Found {
            url: Url::parse("https://x.vn/a").expect("a URL"),
            title: Some("Giá & xăng".into()),
            published: Some(NOW - 4 * 3_600),
            modified: Some(NOW - 3 * 3_600),
            language: Some("vi".into()),
        };
        assert_eq!(outcome.items, [SitemapItem::Page(expected)]);
        assert_eq!(outcome.walked.notices, []);
    }
}

#[test]
fn names_count_without_case_or_namespace() {
    check(b"\n  <URLSET><url><loc> <![CDATA[https://x.vn/a]]> </loc></url></URLSET>", &BOTH[..1], &[]);
    check(b"<s:urlset xmlns:s='x'><s:url><s:LOC>https://x.vn/a</s:LOC></s:url></s:urlset>", &BOTH[..1], &[]);
    check(
        b"<urlset><url><loc>https://x.vn/a?b=1&amp;c=2&#38;d</loc></url></urlset>",
        &["https://x.vn/a?b=1&c=2&d"],
        &[],
    );
    check(b"<urlset><url><loc>/a</loc></url><url><loc>https://x.vn/b\n</loc></url>", &BOTH, &[]);
    check(b"Warning: x in y\n<urlset><url><loc>/a</loc></url></urlset>", &BOTH[..1], &[Notice::JunkBefore]);
}

#[test]
fn gzip_is_undone_twice() {
    let plain = set(&BOTH);
    check(&gzip(plain.as_bytes()), &BOTH, &[]);
    check(&gzip(&gzip(plain.as_bytes())), &BOTH, &[]);
    check(&gzip(b"https://x.vn/a\nhttps://x.vn/b"), &BOTH, &[]);
    assert_eq!(refused(&gzip(&gzip(&gzip(plain.as_bytes())))).code(), "unreadable");
    let long: Vec<String> = (0..2_000).map(|n| format!("https://x.vn/{}", n * 7_919 % 10_007)).collect();
    let long: Vec<&str> = long.iter().map(String::as_str).collect();
    let packed = gzip(set(&long).as_bytes());
    let outcome = read(&packed[..packed.len() / 2]);
    assert!(outcome.items.len() > 100 && outcome.walked.notices == [Notice::Truncated]);
    assert_eq!(refused(&packed[..12]).code(), "unreadable");
}

#[test]
fn charsets_are_those_of_mark_or_declaration() {
    let text = "<?xml version=\"1.0\" encoding=\"windows-1252\"?><urlset><url><loc>https://x.vn/\u{e9}</loc></url></urlset>";
    let expected = ["https://x.vn/%C3%A9"];
    check(&encoding_rs::WINDOWS_1252.encode(text).0, &expected, &[]);
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    check(&[b"\xff\xfe".as_slice(), &wide].concat(), &expected, &[]);
    check(&[b"\xef\xbb\xbf".as_slice(), text.as_bytes()].concat(), &expected, &[]);
    check(b"<urlset><url><loc>https://x.vn/a</loc></url><!-- \xff\xfe --></urlset>", &BOTH[..1], &[]);
}

#[test]
fn declared_entities_are_refused() {
    let laughs = (1..10)
        .map(|n| format!("<!ENTITY a{n} \"{}\">", format!("&a{};", n - 1).repeat(10)))
        .collect::<Vec<_>>()
        .concat();
    let laughs = format!(
        "<?xml version=\"1.0\"?><!DOCTYPE l [<!ENTITY a0 \"lol\">{laughs}]><urlset {SPACE}><url><loc>&a9;</loc></url></urlset>"
    );
    assert_eq!(refused(laughs.as_bytes()), NotFollowed::Entities);
    let external = "<?xml version=\"1.0\"?><!DOCTYPE l [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><urlset><url>\
                    <loc>http://x.vn/&x;</loc></url></urlset>";
    assert_eq!(refused(external.as_bytes()), NotFollowed::Entities);
    check(
        b"<!DOCTYPE urlset SYSTEM 'http://y.vn/x.dtd'><urlset><url><loc>/a</loc></url></urlset>",
        &BOTH[..1],
        &[],
    );
}

#[test]
fn what_was_read_before_a_fault_is_kept() {
    let whole = set(&BOTH[..1]);
    let broken = format!("{}<url><loc>https://x.vn/b</url> & <", &whole[..whole.len() - 9]);
    check(broken.as_bytes(), &BOTH, &[Notice::Truncated]);
    let two = set(&BOTH);
    let first = set(&BOTH[..1]).len() - "</urlset>".len();
    for cut in first..two.len() {
        let outcome = read(&two.as_bytes()[..cut]);
        assert_eq!(urls(&outcome)[0], BOTH[0], "{cut}");
    }
    check(b"<urlset><url><loc>/a</loc><url><loc>/b</loc></url></urlset>", &BOTH, &[]);
    check(b"<urlset><url><loc>/a</url></x><url><loc>/b</loc></url>", &BOTH, &[]);
    let long = format!("<urlset><url><loc>/a</loc></url><url><loc>{}</loc></url>", "x".repeat(600_000));
    check(long.as_bytes(), &BOTH[..1], &[Notice::Truncated]);
    let deep = format!("<urlset><url><loc>/a</loc></url>{}", "<x>".repeat(100_000));
    check(deep.as_bytes(), &BOTH[..1], &[Notice::Broken]);
}

#[test]
fn other_hosts_and_schemes_are_passed_over() {
    let text = set(&[
        "http://10.0.0.1/x",
        "file:///etc/passwd",
        "https://y.vn/",
        "https://m.x.vn/a",
        "",
        "https://x.vn/a",
    ]);
    let notices = [Notice::NoAddress(1), Notice::BadAddress(1), Notice::OtherSite(2)];
    check(text.as_bytes(), &["https://m.x.vn/a", "https://x.vn/a"], &notices);
    check(
        b"https://x.vn/a\nfile:///etc/passwd\nhttps://y.vn/\nrubbish:x",
        &BOTH[..1],
        &[Notice::BadAddress(2), Notice::OtherSite(1)],
    );
    let long = format!("https://x.vn/a\nhttps://x.vn/{}\nhttps://x.vn/b", "x".repeat(100_000));
    check(long.as_bytes(), &BOTH, &[Notice::BadAddress(1)]);
}

#[test]
fn forms_of_the_last_change() {
    for (text, expected) in [
        ("2026-11-22", Some(NOW - 19 * 3_600)),
        ("2026-11-22T15:00+07:00", Some(NOW - 4 * 3_600)),
        ("2026-11-22T08:00:00Z", Some(NOW - 4 * 3_600)),
        ("2026-11-22T08:00:00.123Z", Some(NOW - 4 * 3_600)),
        ("Sun, 22 Nov 2026 08:00:00 GMT", Some(NOW - 4 * 3_600)),
        ("2026-11-22 15:00:00", Some(NOW - 4 * 3_600)),
        ("2026-11", None),
        ("2030-01-01", None),
        ("", None),
    ] {
        let text = format!("<urlset><url><loc>/a</loc><lastmod>{text}</lastmod></url></urlset>");
        let SitemapItem::Page(found) = &read(text.as_bytes()).items[0] else { panic!("{text}") };
        assert_eq!(found.modified, expected, "{text}");
    }
}

#[test]
fn what_is_no_sitemap_says_what_it_is() {
    assert_eq!(refused(b""), NotFollowed::Empty);
    assert_eq!(refused(b" \n "), NotFollowed::Empty);
    assert_eq!(refused(b"hello"), NotFollowed::Unknown);
    assert_eq!(refused(b"{\"a\":1}"), NotFollowed::Unknown);
    assert_eq!(refused(b"<rss><channel/></rss>"), NotFollowed::Feed);
    let page = b"<!DOCTYPE html><html><head><link rel=alternate type=application/rss+xml href=/rss></head><p>404</p></html>";
    assert_eq!(
        refused(page),
        NotFollowed::Html { alternates: vec![Url::parse("https://x.vn/rss").expect("a URL")] }
    );
    assert_eq!(refused(b"<!-- x --><html><body>").code(), "html");
    check(b"<urlset/>", &[], &[]);
}

/// Gives the same text again and again, without end.
struct Endless {
    text: Vec<u8>,
    at: usize,
}

impl Read for Endless {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        for byte in into.iter_mut() {
            *byte = self.text[self.at % self.text.len()];
            self.at += 1;
        }
        Ok(into.len())
    }
}

#[test]
fn endless_sitemaps_end_at_a_bound() {
    let base = Url::parse("https://x.vn/sitemap.xml").expect("a URL");
    let walk = |text: &str, limits: &SitemapLimits| {
        let mut count = 0_u64;
        let endless = Endless { text: text.as_bytes().to_vec(), at: 0 };
        let start = Cursor::new(b"<urlset>".to_vec());
        let walked = sitemap(start.chain(endless), &base, limits, &mut |_| {
            count += 1;
            Flow::Continue(())
        });
        (walked, count)
    };
    let limits = SitemapLimits { entries: 1_000, bytes: 1 << 20, now: NOW };
    let (walked, count) = walk("<url><loc>https://x.vn/a</loc></url>", &limits);
    assert_eq!((walked.expect("a sitemap").notices, count), (vec![Notice::ManyItems(1_000)], 1_000));
    let limits = SitemapLimits { entries: 1 << 40, ..limits };
    let (walked, count) = walk("<url><loc>https://x.vn/a</loc></url>", &limits);
    assert_eq!(walked.expect("a sitemap").notices, [Notice::ManyBytes(1 << 20)]);
    assert!(count > 20_000);
    for text in ["<a>", "<!-- ", "<x y='", " ", "&amp;", "text", "<![CDATA[", "<url><loc>"] {
        let (walked, count) = walk(text, &limits);
        assert!(count <= 400_000, "{text} {walked:?}");
    }
    let bomb = gzip(&vec![b' '; 8 << 20]);
    let limits = SitemapLimits { bytes: 4 << 20, ..limits };
    assert_eq!(attempt(&bomb, &limits).err(), Some(NotFollowed::TooLarge { limit: 4 << 20 }));
}

#[test]
fn the_caller_ends_the_walk() {
    let base = Url::parse("https://x.vn/sitemap.xml").expect("a URL");
    for text in [set(&BOTH), BOTH.join("\n")] {
        let walked =
            sitemap(Cursor::new(text.into_bytes()), &base, &SitemapLimits::at(NOW), &mut |_| Flow::Break(()));
        let walked = walked.expect("a sitemap");
        assert_eq!((walked.stopped, walked.entries, walked.notices.len()), (true, 1, 0));
    }
}
