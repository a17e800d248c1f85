//! Feeds of every kind, sound and broken, and what leaves of them.

use super::*;
use crate::source::follow::Notice;

/// 2026-11-22T12:00:00Z.
const NOW: i64 = 1_795_348_800;
/// Four hours before.
const EIGHT: i64 = NOW - 4 * 3_600;

fn base() -> Url {
    Url::parse("https://x.vn/rss/home.rss").expect("a URL")
}

fn read(bytes: &[u8]) -> Followed {
    feed(bytes, &base(), None, NOW).expect("a feed")
}

fn refused(bytes: &[u8]) -> NotFollowed {
    feed(bytes, &base(), None, NOW).expect_err("no feed")
}

fn rss(items: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><rss version=\"2.0\"><channel><title>T</title><link>https://x.vn/</link>\
         {items}</channel></rss>"
    )
}

fn item(link: &str, date: &str) -> String {
    format!(
        "<item><title>Story</title><link>{link}</link><pubDate>{date}</pubDate><guid isPermaLink='false'>{link}</guid></item>"
    )
}

const DATE: &str = "Sun, 22 Nov 2026 08:00:00 GMT";

fn urls(followed: &Followed) -> Vec<&str> {
    followed.found.iter().map(|found| found.url.as_str()).collect()
}

fn titles(followed: &Followed) -> Vec<&str> {
    followed.found.iter().map(|found| found.title.as_deref().unwrap_or_default()).collect()
}

/// One item at `/ok`, its title, and the notices.
#[track_caller]
fn check(text: &[u8], title: &str, notices: &[Notice]) {
    let followed = read(text);
    assert_eq!(urls(&followed), ["https://x.vn/ok"]);
    assert_eq!(titles(&followed), [title]);
    assert_eq!(followed.notices, notices);
}

#[test]
fn rss_atom_rdf_and_json_name_their_items() {
    let followed = read(rss(&item("https://x.vn/ok", DATE)).as_bytes());
    assert_eq!(followed.found[0].published, Some(EIGHT));
    let atom = "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang='vi'><title>T</title><id>x</id>\
                <updated>2026-11-22T08:00:00Z</updated><link rel='self' href='/atom'/><entry><id>1</id><title>S</title>\
                <link rel='edit' href='/edit'/><link rel='enclosure' href='/a.mp3'/><link href='https://x.vn/ok'/>\
                <source><title>No</title><link href='/no'/></source><author><name>A</name></author>\
                <content type='xhtml'><div><title>no</title><a href='/no'>no</a></div></content>\
                <published>2026-11-22T08:00:00Z</published><updated>2026-11-22T09:00:00Z</updated></entry></feed>";
    check(atom.as_bytes(), "S", &[]);
    let found = &read(atom.as_bytes()).found[0];
    assert_eq!((found.published, found.modified), (Some(EIGHT), Some(EIGHT + 3_600)));
    assert_eq!(found.language.as_deref(), Some("vi"));
    let prefixed = atom.replace('<', "<a:").replace("<a:/", "</a:").replace("xmlns=", "xmlns:a=");
    check(prefixed.as_bytes(), "S", &[]);
    let rdf = "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'>\
               <channel rdf:about='x'><title>T</title><items><rdf:Seq><rdf:li resource='https://x.vn/ok'/></rdf:Seq></items>\
               </channel><item rdf:about='https://x.vn/ok'><title>S</title><dc:date>2026-11-22T08:00:00Z</dc:date>\
               <dc:language>en</dc:language></item></rdf:RDF>";
    check(rdf.as_bytes(), "S", &[]);
    assert_eq!(read(rdf.as_bytes()).found[0].published, Some(EIGHT));
    for version in ["1", "1.1"] {
        let json = format!(
            "{{\"version\":\"https://jsonfeed.org/version/{version}\",\"title\":\"T\",\"language\":\"vi\",\"items\":[{{\"id\":\"1\",\
             \"url\":\"/ok\",\"title\":\"S &amp; T\",\"content_text\":\"x\",\"date_published\":\"2026-11-22T15:00:00+07:00\"}}]}}"
        );
        check(json.as_bytes(), "S & T", &[]);
        let found = &read(json.as_bytes()).found[0];
        assert_eq!((found.published, found.language.as_deref()), (Some(EIGHT), Some("vi")));
    }
}

#[test]
fn links_are_relative_to_what_the_feed_says() {
    check(rss(&item("/ok", DATE)).as_bytes(), "Story", &[]);
    let based = rss(&item("ok", DATE)).replace("<rss ", "<rss xml:base='https://y.vn/a/' ");
    assert_eq!(urls(&read(based.as_bytes())), ["https://y.vn/a/ok"]);
    let nested = "<feed xml:base='https://y.vn/a/'><entry xml:base='b/'><link href='c'/></entry><entry><link href='d' \
                  xml:base='/e/'/></entry></feed>";
    assert_eq!(urls(&read(nested.as_bytes())), ["https://y.vn/a/b/c", "https://y.vn/e/d"]);
    let plain = "<feed xmlns=\"http://www.w3.org/2005/Atom\"><entry><link href=\"../ok\"/></entry></feed>";
    assert_eq!(urls(&read(plain.as_bytes())), ["https://x.vn/ok"]);
}

#[test]
fn items_without_a_link_have_a_name_or_are_passed_over() {
    for (inside, expected) in [
        ("<guid>https://x.vn/1</guid>", Some("https://x.vn/1")),
        ("<guid isPermaLink='true'>https://x.vn/1</guid>", Some("https://x.vn/1")),
        ("<guid isPermaLink=\"false\">https://x.vn/1</guid>", None),
        ("<guid>tag:x.vn,2026:1</guid>", None),
        ("<guid>12345</guid><link></link>", None),
        ("<link/>https://x.vn/2\n<guid>https://x.vn/1</guid>", Some("https://x.vn/2")),
        ("<link><![CDATA[ https://x.vn/3?a=1&b=2 ]]></link>", Some("https://x.vn/3?a=1&b=2")),
        ("<link>https://x.vn/3?a=1&amp;amp;b=2</link>", Some("https://x.vn/3?a=1&b=2")),
        ("<link>https://x.vn/3?a=1&b=2&c</link>", Some("https://x.vn/3?a=1&b=2&c")),
        ("<atom:link rel='alternate' href='/4'/>", Some("https://x.vn/4")),
        ("<atom:link rel='self' href='/4'/><link>/5</link>", Some("https://x.vn/5")),
        ("<feedburner:origLink>/6</feedburner:origLink><link>https://f.com/x</link>", Some("https://x.vn/6")),
        (
            "<media:content url='/no'><media:title>No</media:title><media:link>/no</media:link></media:content>",
            None,
        ),
        ("<description><link>/no</link></description>", None),
        ("<enclosure url='/a.mp3'/><comments>/no</comments>", None),
    ] {
        let followed = read(rss(&format!("<item>{inside}</item>")).as_bytes());
        assert_eq!(urls(&followed), Vec::from_iter(expected), "{inside}");
        let is_told = followed.notices.contains(&Notice::NoAddress(1));
        assert_eq!(is_told, expected.is_none(), "{inside} {:?}", followed.notices);
    }
    let bad = rss("<item><link>javascript:x()</link></item><item><link>file:///etc/passwd</link></item>");
    assert_eq!(read(bad.as_bytes()).notices, [Notice::BadAddress(2)]);
}

#[test]
fn charsets_are_declared_stated_or_guessed() {
    let story = |text: &str| rss(&item("/ok", DATE)).replace("Story", text);
    let declared = |text: &str, name: &str| story(text).replace("UTF-8", name);
    let latin = encoding_rs::WINDOWS_1252.encode(&declared("Été", "ISO-8859-1")).0.into_owned();
    check(&latin, "Été", &[]);
    let undeclared = declared("Été “x”", "UTF-8").replace(" encoding=\"UTF-8\"", "");
    check(&encoding_rs::WINDOWS_1252.encode(&undeclared).0, "Été “x”", &[]);
    // Vietnamese in windows-1258 has its tones apart from the letters.
    let decomposed = declared("Tiê\u{301}ng Viê\u{323}t", "windows-1258");
    check(&encoding_rs::WINDOWS_1258.encode(&decomposed).0, "Tiếng Việt", &[]);
    let stated = undeclared.replace("Été “x”", "Tiê\u{301}ng Viê\u{323}t");
    let stated = encoding_rs::WINDOWS_1258.encode(&stated).0.into_owned();
    let followed = feed(&stated, &base(), Some("application/rss+xml; charset=windows-1258"), NOW);
    assert_eq!(titles(&followed.expect("a feed")), ["Tiếng Việt"]);
    check(format!("\u{feff}{}", declared("Tiếng Việt", "iso-8859-1")).as_bytes(), "Tiếng Việt", &[]);
    let wide: Vec<u8> = declared("Tiếng Việt", "UTF-16").encode_utf16().flat_map(u16::to_le_bytes).collect();
    check(&[b"\xff\xfe".as_slice(), &wide].concat(), "Tiếng Việt", &[]);
}

#[test]
fn titles_are_plain_text() {
    for (title, expected) in [
        ("A &nbsp; B & C", "A B & C"),
        ("A&amp;nbsp;B &amp;amp; C", "A B & C"),
        ("<![CDATA[Giá <b>xăng</b> &amp; dầu]]>", "Giá xăng & dầu"),
        ("Giá <b>xăng</b> d&#7847;u", "Giá xăng dầu"),
        ("&lt;b&gt;Giá&lt;/b&gt; xăng", "Giá xăng"),
        ("Giá < 5 triệu", "Giá < 5 triệu"),
        (" Hai \n dòng ", "Hai dòng"),
        ("Một<!-- x --> hai", "Một hai"),
        ("R&D và M&A", "R&D và M&A"),
        ("Tie\u{302}\u{301}ng", "Tiếng"),
        ("", ""),
    ] {
        let followed = read(rss(&item("/ok", DATE)).replace("Story", title).as_bytes());
        assert_eq!(titles(&followed), [expected], "{title}");
        assert_eq!(urls(&followed), ["https://x.vn/ok"], "{title}");
    }
}

#[test]
fn wrong_dates_are_dropped_and_told() {
    let dates = [
        "yesterday",
        "22/11/2026",
        "2026-11-22",
        "Dom, 22 Nov 2026 08:00:00 GMT",
        "Sun, 31 Feb 2026 08:00:00 GMT",
        "0000-00-00",
        "Sun, 22 Nov 2026 08:00:00 GMT",
        "Chủ nhật, 22 Tháng Mười Một 2026 15:00:00",
        "",
        "2027-01-01",
    ];
    let items = dates
        .iter()
        .enumerate()
        .map(|(n, date)| item(&format!("/ok?d={n}"), date))
        .collect::<Vec<_>>()
        .concat();
    let followed = read(rss(&items).as_bytes());
    let found: Vec<Option<i64>> = followed.found.iter().map(|found| found.published).collect();
    // The day alone is that of Vietnam, for the host is.
    let day = EIGHT - 15 * 3_600;
    let expected =
        [None, Some(day), Some(day), Some(EIGHT), None, None, Some(EIGHT), Some(EIGHT), None, None];
    assert_eq!(found, expected);
    assert_eq!(followed.notices, [Notice::BadDate(3), Notice::FutureDate(1), Notice::NoDate(1)]);
    let two =
        rss(&item("/ok", "31/31/2026").replace("</item>", "<dc:date>2026-11-22T08:00:00Z</dc:date></item>"));
    assert_eq!(read(two.as_bytes()).found[0].published, Some(EIGHT));
}

#[test]
fn broken_feeds_give_what_is_whole() {
    let two = rss(&(item("/ok", DATE) + &item("/b", DATE)));
    let end = two.len();
    check(&two.as_bytes()[..end - 120], "Story", &[Notice::Truncated]);
    let first = rss(&item("/ok", DATE)).len() - "</channel></rss>".len();
    for cut in first..end {
        let Ok(followed) = feed(&two.as_bytes()[..cut], &base(), None, NOW) else { panic!("{cut}") };
        assert_eq!(followed.found[0].url.as_str(), "https://x.vn/ok");
    }
    let junk = format!("\n\nWarning: foo in bar.php\n{}", rss(&item("/ok", DATE)));
    check(junk.as_bytes(), "Story", &[Notice::JunkBefore]);
    let tagged = format!("<br />\n<b>Warning</b>: foo<br />{}", rss(&item("/ok", DATE)));
    check(tagged.as_bytes(), "Story", &[Notice::JunkBefore]);
    let honest = format!("<!-- made by x --><?xml-stylesheet href='a'?>\n{}", rss(&item("/ok", DATE)));
    check(honest.as_bytes(), "Story", &[]);
    for broken in [
        item("/ok", DATE).replace("</title>", ""),
        item("/ok", DATE).replace("</link>", ""),
        item("/ok", DATE).replace("</item>", ""),
        item("/ok", DATE).replace("<title>", "<TITLE>"),
        item("/ok", DATE).replace("<pubDate>", "</b></i><pubDate>"),
        format!("<item><title><a href=\"x>y</title>{}", item("/ok", DATE)),
        format!("<item><!-- <title>y</title></item>{}", item("/ok", DATE)),
        format!("<item><title><![CDATA[x</title></item>{}", item("/ok", DATE)),
    ] {
        let followed = read(rss(&(broken.clone() + &item("/c", DATE))).as_bytes());
        assert!(urls(&followed).ends_with(&["https://x.vn/c"]), "{broken} {followed:?}");
        assert!(urls(&followed).contains(&"https://x.vn/ok"), "{broken} {followed:?}");
    }
}

#[test]
fn broken_json_gives_what_is_whole() {
    let json = "{\"version\":\"https://jsonfeed.org/version/1.1\",\"items\":[{\"url\":\"/ok\",\"title\":\"S\"},{\"url\":\"/b\"";
    check(json.as_bytes(), "S", &[Notice::Truncated, Notice::NoDate(1)]);
    check(json.replace("},{", "},,{").as_bytes(), "S", &[Notice::Broken, Notice::NoDate(1)]);
    let odd = "{\"items\":[null,7,{\"url\":7},{\"external_url\":\"/ok\",\"title\":\"S\"},{\"id\":\"https://x.vn/2\"}]}";
    let followed = read(odd.as_bytes());
    assert_eq!(urls(&followed), ["https://x.vn/ok", "https://x.vn/2"]);
    let junk = format!("<b>Notice</b>: x {json}}}]}}");
    assert_eq!(read(junk.as_bytes()).notices, [Notice::JunkBefore, Notice::NoDate(2)]);
    for none in ["{}", "[]", "{\"a\":1}", "[{\"url\":\"/a\"}]", "{\"items\":{}}", "{", "{\"version\":1"] {
        assert_eq!(refused(none.as_bytes()), NotFollowed::Unknown, "{none}");
    }
}

#[test]
fn declared_entities_are_never_resolved() {
    let external = "<!DOCTYPE r [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>".to_owned()
        + &rss(&item("/ok", DATE)).replace("Story", "A &x; B")[38..];
    check(external.as_bytes(), "A B", &[Notice::Entities]);
    let laughs = (1..10)
        .map(|n| format!("<!ENTITY a{n} \"{}\">", format!("&a{};", n - 1).repeat(10)))
        .collect::<Vec<_>>()
        .concat();
    let laughs = format!("<?xml version='1.0'?><!DOCTYPE l [<!ENTITY a0 \"lol\">{laughs}]>")
        + &rss(&item("/ok", DATE)).replace("Story", "&a9;")[38..];
    check(laughs.as_bytes(), "", &[Notice::Entities]);
}

#[test]
fn what_is_no_feed_says_what_it_is() {
    assert_eq!(refused(b""), NotFollowed::Empty);
    assert_eq!(refused(b" \n "), NotFollowed::Empty);
    assert_eq!(refused(b"hello"), NotFollowed::Unknown);
    assert_eq!(refused(b"\x89PNG\r\n\x1a\n0000"), NotFollowed::Unknown);
    assert_eq!(refused(b"<urlset><url><loc>/a</loc></url></urlset>"), NotFollowed::Sitemap);
    let page = b"<!DOCTYPE html><html><head><link rel=alternate type='application/rss+xml' href=/tin.rss>\
                 <link rel=alternate type='application/rss+xml' href=/rss/home.rss></head><body><p>No <b>feed</b></p>";
    let alternates = vec![Url::parse("https://x.vn/tin.rss").expect("a URL")];
    assert_eq!(refused(page), NotFollowed::Html { alternates });
    assert_eq!(refused(b"<!doctype html><p>x").code(), "html");
    // A feed without items is one.
    let empty = read(rss("").as_bytes());
    assert!(empty.found.is_empty() && empty.notices.is_empty());
}

#[test]
fn huge_feeds_are_read_to_the_bound() {
    let items = (0..MAX_ITEMS + 10).map(|n| item(&format!("/{n}"), DATE)).collect::<Vec<_>>().concat();
    let followed = read(rss(&items).as_bytes());
    assert_eq!(
        (followed.found.len(), followed.notices.as_slice()),
        (MAX_ITEMS, [Notice::ManyItems(5_000)].as_slice())
    );
    let items = (0..MAX_ITEMS).map(|n| item(&format!("/{n}"), DATE)).collect::<Vec<_>>().concat();
    assert_eq!(read(rss(&items).as_bytes()).notices, []);
    let items: Vec<String> = (0..MAX_ITEMS + 10).map(|n| format!("{{\"url\":\"/{n}\"}}")).collect();
    let followed = read(format!("{{\"items\":[{}]}}", items.join(",")).as_bytes());
    assert_eq!(followed.found.len(), MAX_ITEMS);
    assert!(followed.notices.contains(&Notice::ManyItems(5_000)));
}

#[test]
fn an_address_stands_once() {
    let twice = rss(&(item("/ok?utm_source=rss", DATE) + &item("/ok", DATE)));
    assert_eq!(urls(&read(twice.as_bytes())), ["https://x.vn/ok?utm_source=rss"]);
}

#[test]
fn how_often_a_feed_changes_is_told() {
    for (inside, seconds) in [
        ("<ttl>30</ttl>", Some(1_800)),
        ("<ttl>x</ttl>", None),
        (
            "<sy:updatePeriod> hourly </sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>",
            Some(1_800),
        ),
        ("<sy:updatePeriod>daily</sy:updatePeriod>", Some(86_400)),
        ("<sy:updatePeriod>daily</sy:updatePeriod><ttl>10</ttl>", Some(600)),
        ("<ttl>0</ttl>", None),
    ] {
        let refresh = read(rss(inside).as_bytes()).refresh;
        assert_eq!(refresh.map(|refresh| refresh.as_secs()), seconds, "{inside}");
    }
    let language = read(rss(&format!("<language>vi-VN</language>{}", item("/ok", DATE))).as_bytes());
    assert_eq!(language.found[0].language.as_deref(), Some("vi-VN"));
}

#[test]
fn hostile_markup_costs_time_in_proportion() {
    let deep = [
        "<a>".repeat(300_000),
        "<item>".repeat(100_000),
        "<item><title>".repeat(100_000),
        "<!--<item>".repeat(100_000),
        "<item><![CDATA[".repeat(100_000),
        "<item><x y=\"".repeat(100_000),
        "<itunes:category text='a'>".repeat(50_000),
        "<x xml:base='a/'>".repeat(50_000),
        format!("<item{}>", " a='b'".repeat(200_000)),
        format!("<item>{}", "&x;".repeat(300_000)),
        format!("<item><title>{}", "< ".repeat(300_000)),
        format!("<item><title>{}", "&amp;".repeat(300_000)),
    ];
    for text in deep {
        let followed = read(format!("<rss><channel>{text}").as_bytes());
        assert!(followed.found.len() <= MAX_ITEMS, "{}", &text[..20]);
    }
    let json = format!("{{\"items\":{}", "[".repeat(200_000));
    assert!(feed(json.as_bytes(), &base(), None, NOW).is_err());
    let authors = format!(
        "{{\"items\":[{}],\"authors\":[{}]}}",
        "{},".repeat(9_999) + "{}",
        "{},".repeat(9_999) + "{}"
    );
    assert!(read(authors.as_bytes()).found.is_empty());
}
