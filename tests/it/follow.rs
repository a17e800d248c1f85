//! Feeds, sitemaps and section pages as a caller meets them: the newsroom's, the samples', other parsers', any bytes.
//!
//! The rules themselves are tried beside the source; what is here needs documents or parsers from outside of it.

use std::collections::BTreeSet;
use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use tinsach::canonical;
use tinsach::source::follow::{
    Flow, Followed, ListingRules, NotFollowed, SitemapItem, SitemapLimits, Walked, discover, feed, listing,
    sitemap,
};
use url::Url;

use crate::newsroom::room::{Article, Site};

/// 2026-11-22T12:00:00Z.
const NOW: i64 = 1_795_348_800;
const HOST: &str = "127.0.0.1:8080";

fn url(path: &str) -> Url {
    let url = Url::parse(&format!("http://{HOST}")).and_then(|url| url.join(path));
    url.unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn body(site: &mut Site, path: &str) -> Vec<u8> {
    let answer = site.answer(HOST, path);
    assert_eq!(answer.status, 200, "{path}");
    answer.body
}

fn walk(bytes: Vec<u8>, base: &Url) -> Result<(Vec<SitemapItem>, Walked), NotFollowed> {
    let mut items = Vec::new();
    let walked = sitemap(Cursor::new(bytes), base, &SitemapLimits::at(NOW), &mut |item| {
        items.push(item);
        Flow::Continue(())
    })?;
    Ok((items, walked))
}

fn paths(followed: &Followed) -> Vec<String> {
    followed.found.iter().map(|found| found.url.path().to_owned()).collect()
}

#[test]
fn the_newsrooms_feeds_name_its_newest_articles() {
    let mut site = Site::new(0, None);
    let articles = site.articles().to_vec();
    let now = articles.iter().map(Article::modified).max().unwrap_or(NOW);
    for path in ["/rss/home.rss", "/rss/xa-hoi.rss", "/atom.xml"] {
        let bytes = body(&mut site, path);
        let followed = feed(&bytes, &url(path), None, now).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert!(followed.notices.is_empty(), "{path}: {:?}", followed.notices);
        assert!(!followed.found.is_empty(), "{path}");
        for found in &followed.found {
            let article = articles.iter().find(|article| article.path() == found.url.path());
            let article = article.unwrap_or_else(|| panic!("{path} names {}", found.url));
            assert_eq!(found.title.as_deref(), Some(article.title.as_str()));
            assert_eq!(found.published, Some(article.modified()));
        }
    }
}

#[test]
fn the_newsrooms_sitemaps_name_every_article() {
    let mut site = Site::new(0, None);
    let now = site.articles().iter().map(Article::modified).max().unwrap_or(NOW);
    let (maps, _) = walk(body(&mut site, "/sitemap.xml"), &url("/sitemap.xml")).expect("an index");
    let mut found = BTreeSet::new();
    for map in maps {
        let SitemapItem::Sitemap { url: map, .. } = map else { panic!("a page in an index: {map:?}") };
        let (pages, walked) = walk(body(&mut site, map.path()), &map).expect("a sitemap");
        assert!(walked.notices.is_empty(), "{map}: {:?}", walked.notices);
        for page in pages {
            let SitemapItem::Page(page) = page else { panic!("a sitemap in a set: {page:?}") };
            assert!(page.modified.is_some_and(|at| at <= now), "{page:?}");
            found.insert(page.url.path().to_owned());
        }
    }
    let expected: BTreeSet<String> = site.articles().iter().map(Article::path).collect();
    assert_eq!(found, expected);
}

#[test]
fn the_newsrooms_sections_list_their_articles_and_nothing_else() {
    let mut site = Site::new(0, None);
    let articles = site.articles().to_vec();
    for section in
        ["/", "/en", "/en/news", "/xa-hoi", "/van-hoa", "/kinh-te", "/giao-duc", "/the-thao", "/khoa-hoc"]
    {
        let html = String::from_utf8(body(&mut site, section)).expect("UTF-8");
        let shown: Vec<String> =
            articles.iter().map(Article::path).filter(|path| html.contains(path.as_str())).collect();
        let followed = listing(&html, &url(section), &ListingRules::default());
        let found: BTreeSet<String> = paths(&followed).into_iter().collect();
        assert_eq!(found, shown.iter().cloned().collect(), "{section}");
        assert_eq!(found.len(), followed.found.len(), "{section}");
        for found in &followed.found {
            let article = articles.iter().find(|article| article.path() == found.url.path()).expect("shown");
            assert_eq!(found.title.as_deref(), Some(article.title.as_str()));
        }
    }
}

#[test]
fn the_newsrooms_front_page_proposes_its_sources() {
    let html = String::from_utf8(body(&mut Site::new(0, None), "/")).expect("UTF-8");
    let found = discover(&html, &url("/"));
    let feeds: Vec<&str> = found.feeds.iter().map(|feed| feed.url.path()).collect();
    assert_eq!(feeds, ["/rss/home.rss", "/atom.xml"]);
    let sections: Vec<&str> = found.sections.iter().map(|section| section.url.path()).collect();
    assert_eq!(sections, ["/xa-hoi", "/van-hoa", "/kinh-te", "/giao-duc", "/the-thao", "/khoa-hoc"]);
    assert!(found.sitemap_places.iter().any(|place| place.path() == "/sitemap.xml"));
}

#[test]
fn the_samples_section_page_lists_its_articles() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let html = fs::read_to_string(root.join("samples/dump/09-section.html")).expect("the sample");
    let base = Url::parse("https://nhatbaophianam.example/doi-song").expect("a URL");
    let followed = listing(&html, &base, &ListingRules::default());
    let expected: Vec<String> = (4_200..4_212).map(|id| format!("/tin-bai-{id}.html")).collect();
    assert_eq!(paths(&followed), expected);
    let title = "Thư viện lưu động về xã đảo Nhơn Châu mỗi tháng hai chuyến";
    assert_eq!(followed.found[0].title.as_deref(), Some(title));
    assert_eq!(
        followed.more.iter().map(Url::as_str).collect::<Vec<_>>(),
        ["https://nhatbaophianam.example/doi-song?p=2"]
    );
}

/// Sound feeds of all kinds, which another parser reads as well.
#[test]
fn sound_feeds_are_read_as_another_parser_reads_them() {
    let mut site = Site::new(3, None);
    let mut feeds: Vec<Vec<u8>> =
        ["/rss/home.rss", "/rss/kinh-te.rss", "/atom.xml"].iter().map(|path| body(&mut site, path)).collect();
    let item = "<item rdf:about='http://x.vn/1'><title>A &amp; B</title><link>http://x.vn/1</link>\
                <dc:date>2026-11-22T08:00:00Z</dc:date></item>";
    feeds.push(
        format!(
            "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/' \
             xmlns:dc='http://purl.org/dc/elements/1.1/'><channel rdf:about='x'><title>T</title></channel>{item}</rdf:RDF>"
        )
        .into_bytes(),
    );
    feeds.push(
        b"{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"T\",\"items\":[{\"id\":\"1\",\"url\":\"http://x.vn/1\",\
          \"title\":\"A & B\",\"date_published\":\"2026-11-22T08:00:00Z\"}]}"
            .to_vec(),
    );
    for bytes in feeds {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let theirs = feed_rs::parser::Builder::new().sanitize_content(false).build().parse(&bytes[..]);
        let theirs = theirs.unwrap_or_else(|error| panic!("{error}: {text}"));
        let ours = feed(&bytes, &url("/"), None, i64::MAX).expect("a feed");
        assert_eq!(ours.found.len(), theirs.entries.len(), "{text}");
        for (ours, theirs) in ours.found.iter().zip(&theirs.entries) {
            assert_eq!(ours.url.as_str(), theirs.links[0].href);
            assert_eq!(ours.title.as_deref(), theirs.title.as_ref().map(|title| title.content.as_str()));
            assert_eq!(ours.published, theirs.published.map(|at| at.timestamp()));
        }
    }
}

/// A million entries and a feed of many megabytes end soon.
#[test]
fn size_is_bounded() {
    let begun = Instant::now();
    let entry = "<url><loc>http://127.0.0.1/a</loc><lastmod>2026-11-22</lastmod></url>";
    let (items, _) =
        walk(format!("<urlset>{}", entry.repeat(1_000_000)).into_bytes(), &url("/")).expect("a sitemap");
    assert_eq!(items.len(), 50_000);
    let item = "<item><title>a</title><link>/a</link><description>long</description></item>";
    let huge = format!("<rss><channel>{}", item.repeat(300_000));
    assert_eq!(feed(huge.as_bytes(), &url("/"), None, NOW).expect("a feed").found.len(), 1);
    let page = "<a href=/gia-xang-giam-manh-12345.html>Giá xăng giảm mạnh</a>".repeat(100_000);
    assert_eq!(listing(&page, &url("/"), &ListingRules::default()).found.len(), 1);
    assert!(begun.elapsed() < Duration::from_mins(1), "{:?}", begun.elapsed());
}

/// Pieces of which feeds, sitemaps and pages are made, sound and broken.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "<?xml version='1.0'?>",
        "<rss>",
        "<channel>",
        "<item>",
        "</item>",
        "<title>",
        "</title>",
        "<link>",
        "</link>",
        "<link/>",
        "<link href='/a'/>",
        "<feed>",
        "<entry xml:base='/b/'>",
        "</entry>",
        "<guid>",
        "<pubDate>",
        "22/11/2026",
        "/c",
        "http://x.vn/",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "&amp;",
        "&nbsp;",
        "&x;",
        "&",
        "<",
        ">",
        "ế",
        "<urlset>",
        "<url>",
        "</url>",
        "<loc>",
        "</loc>",
        "<sitemapindex>",
        "<sitemap>",
        "<lastmod>",
        "<!DOCTYPE x [",
        "<!ENTITY a 'b'>",
        "]>",
        "<a href='/gia-xang-giam-manh-12345.html'>",
        "</a>",
        "<nav>",
        "<html>",
        "{\"items\":[",
        "{\"url\":\"/a\"}",
        ",",
        "]}",
        "\0",
        "\u{feff}",
        "\n",
        "<x:y z=\"",
        "'",
        "<ttl>9</ttl>",
    ]);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

/// What leaves can be asked for, once, and within the bounds.
fn is_sound(followed: &Followed) -> bool {
    let keys: BTreeSet<_> = followed.found.iter().map(|found| canonical::key(&found.url)).collect();
    let fits = |url: &Url| {
        matches!(url.scheme(), "http" | "https") && url.as_str().len() <= canonical::MAX_ADDRESS_BYTES
    };
    keys.len() == followed.found.len()
        && followed.found.iter().all(|found| fits(&found.url))
        && followed
            .found
            .iter()
            .all(|found| found.title.as_ref().is_none_or(|title| title.chars().count() <= 500))
        && followed.more.len() <= 1
        && followed.more.iter().all(fits)
        && followed.notices.len() <= 13
}

fn try_all(bytes: &[u8]) -> Result<(), TestCaseError> {
    let base = url("/tin");
    if let Ok(followed) = feed(bytes, &base, None, NOW) {
        prop_assert!(is_sound(&followed), "{followed:?}");
        let dated = followed.found.iter().flat_map(|found| [found.published, found.modified]).flatten();
        prop_assert!(dated.into_iter().all(|at| at <= NOW + 86_400), "{followed:?}");
    }
    if let Ok((items, walked)) = walk(bytes.to_vec(), &base) {
        prop_assert!(items.len() as u64 <= walked.entries, "{walked:?}");
        for item in items {
            let (SitemapItem::Page(tinsach::source::follow::Found { url, .. })
            | SitemapItem::Sitemap { url, .. }) = item;
            prop_assert_eq!(canonical::site(&url), "127.0.0.1");
        }
    }
    let text = String::from_utf8_lossy(bytes);
    let followed = listing(&text, &base, &ListingRules::default());
    prop_assert!(is_sound(&followed), "{followed:?}");
    prop_assert!(followed.found.iter().all(|found| canonical::site(&found.url) == "127.0.0.1"));
    let found = discover(&text, &base);
    prop_assert!(found.feeds.len() <= 100 && found.sections.len() <= 100);
    Ok(())
}

proptest! {
    #[test]
    fn any_bytes_are_followed_or_refused(bytes: Vec<u8>) {
        try_all(&bytes)?;
    }

    #[test]
    fn any_markup_is_followed_or_refused(text in pieces()) {
        try_all(text.as_bytes())?;
        try_all(format!("<rss><channel>{text}").as_bytes())?;
        try_all(format!("<urlset>{text}").as_bytes())?;
    }

    #[test]
    fn a_feed_that_is_cut_names_the_first_items_of_the_whole(at in 0_usize..20_000) {
        let bytes = body(&mut Site::new(0, None), "/rss/home.rss");
        let whole = feed(&bytes, &url("/"), None, i64::MAX).expect("a feed");
        if let Ok(cut) = feed(&bytes[..at.min(bytes.len())], &url("/"), None, i64::MAX) {
            prop_assert!(whole.found.starts_with(&cut.found), "{at}");
        }
    }
}
