//! What a site's page tells of its sources: feeds, sitemaps and sections.
//!
//! Enters: a page, its address. Leaves: [`Discovered`]: what the page names, and the usual places to try.
//! Invariant: nothing is fetched; every list is bounded, and an address stands in it once.

use std::collections::HashSet;

use url::Url;

use super::address::resolved;
use super::listing::{is_section, origin};
use crate::canonical::{self, Key};
use crate::parse::links::{Anchor, HeadLink, PageLinks, Region, read_links};

/// Feeds and sitemaps that are kept.
const MAX_NAMED: usize = 100;
/// Sections that are kept.
const MAX_SECTIONS: usize = 100;
/// Words of a section's name.
const MAX_NAME_WORDS: usize = 6;

/// Where feeds often are.
const FEEDS: [&str; 9] = [
    "/rss/home.rss",
    "/rss",
    "/rss.xml",
    "/feed",
    "/feed.xml",
    "/atom.xml",
    "/index.xml",
    "/rss.htm",
    "/feed.json",
];
/// Where sitemaps often are.
const SITEMAPS: [&str; 6] = [
    "/sitemap.xml",
    "/sitemap_index.xml",
    "/sitemap-index.xml",
    "/news-sitemap.xml",
    "/sitemap-news.xml",
    "/sitemap.xml.gz",
];

/// A feed that a page names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// Where it is.
    pub url: Url,
    /// What the page calls it.
    pub title: Option<String>,
    /// Whether the page states that it is a feed; otherwise its address and text look like one's.
    pub is_stated: bool,
}

/// A section that a page's navigation names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Where it is.
    pub url: Url,
    /// Its name.
    pub title: String,
}

/// What a page tells of its site's sources.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Discovered {
    /// Feeds that the page names, the stated ones first.
    pub feeds: Vec<Suggestion>,
    /// Usual places of feeds that it does not name.
    pub feed_places: Vec<Url>,
    /// Sitemaps that the page names.
    pub sitemaps: Vec<Url>,
    /// Usual places of sitemaps that it does not name; those that robots.txt names are better.
    pub sitemap_places: Vec<Url>,
    /// Sections of the navigation, in the order of the page.
    pub sections: Vec<Section>,
}

/// Finds what a page tells of its site's sources. `base` is the address that answered.
#[must_use]
pub fn discover(html: &str, base: &Url) -> Discovered {
    let links = read_links(html);
    let origin = origin(&links, base);
    let feeds = feeds(&links, &origin, base);
    let sitemaps = sitemaps(&links, &origin, base);
    let feed_places = places(&FEEDS, base, feeds.iter().map(|feed| &feed.url));
    let sitemap_places = places(&SITEMAPS, base, sitemaps.iter());
    let sections = sections(&links, &origin, base);
    Discovered { feeds, feed_places, sitemaps, sitemap_places, sections }
}

/// Addresses of the feeds that a page names.
pub(super) fn named_feeds(html: &str, base: &Url) -> Vec<Url> {
    let links = read_links(html);
    let origin = origin(&links, base);
    let own = canonical::key(base);
    let feeds = feeds(&links, &origin, base).into_iter().map(|feed| feed.url);
    feeds.filter(|url| canonical::key(url) != own).collect()
}

/// The usual places on a host, without those that are known.
fn places<'a>(paths: &[&str], base: &Url, known: impl Iterator<Item = &'a Url>) -> Vec<Url> {
    let known: HashSet<Key> = known.map(canonical::key).collect();
    let places = paths.iter().filter_map(|path| resolved(path, base));
    places.filter(|url| !known.contains(&canonical::key(url))).collect()
}

fn feeds(links: &PageLinks, origin: &Url, base: &Url) -> Vec<Suggestion> {
    let site = canonical::site(base);
    let mut keys = HashSet::new();
    let mut feeds = Vec::new();
    for link in links.head.iter().filter(|link| is_feed_link(link)) {
        let Some(url) = resolved(&link.href, origin) else { continue };
        if feeds.len() < MAX_NAMED && !is_of_comments(&url) && keys.insert(canonical::key(&url)) {
            feeds.push(Suggestion { url, title: named(&link.title), is_stated: true });
        }
    }
    for anchor in &links.anchors {
        let Some(url) = resolved(&anchor.href, origin) else { continue };
        let is_near =
            canonical::site(&url) == site || url.host_str().is_some_and(|host| host.starts_with("feeds."));
        let is_feed = is_near && looks_like_feed(&url, anchor) && !is_of_comments(&url);
        if is_feed && feeds.len() < MAX_NAMED && keys.insert(canonical::key(&url)) {
            feeds.push(Suggestion { url, title: named(&anchor.text), is_stated: false });
        }
    }
    feeds
}

fn named(title: &str) -> Option<String> {
    (!title.is_empty()).then(|| title.to_owned())
}

/// Whether a `link` element names a feed (<https://www.rssboard.org/rss-autodiscovery>).
fn is_feed_link(link: &HeadLink) -> bool {
    let is_alternate = link
        .rel
        .split_ascii_whitespace()
        .any(|word| word.eq_ignore_ascii_case("alternate") || word.eq_ignore_ascii_case("feed"));
    let media = link.media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let says_feed = || {
        let text = format!("{} {}", link.href, link.title).to_ascii_lowercase();
        ["rss", "feed", "atom"].iter().any(|word| text.contains(word))
    };
    is_alternate
        && match media.as_str() {
            "application/rss+xml"
            | "application/atom+xml"
            | "application/rdf+xml"
            | "application/feed+json" => true,
            "text/xml" | "application/xml" | "application/rss" | "text/rss" => says_feed(),
            _ => false,
        }
}

/// Whether a visible link is one to a feed.
fn looks_like_feed(url: &Url, anchor: &Anchor) -> bool {
    let path = url.path().trim_end_matches('/').to_ascii_lowercase();
    let last = path.rsplit('/').next().unwrap_or_default();
    let is_file = [".rss", ".rdf", ".atom"].iter().any(|end| last.ends_with(end));
    let is_named =
        matches!(last, "rss" | "feed" | "atom" | "rss.xml" | "feed.xml" | "atom.xml" | "feed.json");
    // `/rss/the-thao`; a page of all feeds, `/rss.html`, leads on to them.
    let is_below = path.contains("/rss/") && anchor.rel.is_empty();
    let says = anchor.text.eq_ignore_ascii_case("rss") || anchor.title.eq_ignore_ascii_case("rss");
    is_file || is_named || is_below || says
}

/// Feeds of comments name no articles.
fn is_of_comments(url: &Url) -> bool {
    url.path().to_ascii_lowercase().contains("/comments/")
}

fn sitemaps(links: &PageLinks, origin: &Url, base: &Url) -> Vec<Url> {
    let site = canonical::site(base);
    let stated =
        links.head.iter().filter(|link| link.rel.eq_ignore_ascii_case("sitemap")).map(|link| &link.href);
    let shown = links.anchors.iter().map(|anchor| &anchor.href).filter(|href| {
        let href = href.to_ascii_lowercase();
        href.contains("sitemap") && [".xml", ".xml.gz"].iter().any(|end| href.ends_with(end))
    });
    let mut keys = HashSet::new();
    let urls = stated.chain(shown).filter_map(|href| resolved(href, origin));
    let urls = urls.filter(|url| canonical::site(url) == site && keys.insert(canonical::key(url)));
    urls.take(MAX_NAMED).collect()
}

/// Sections of the navigation; where there is none, short links that look like a section's.
fn sections(links: &PageLinks, origin: &Url, base: &Url) -> Vec<Section> {
    let in_frame = |anchor: &&Anchor| matches!(anchor.region, Region::Nav | Region::Header);
    let framed = sections_among(links.anchors.iter().filter(in_frame), origin, base);
    if framed.is_empty() { sections_among(links.anchors.iter(), origin, base) } else { framed }
}

fn sections_among<'a>(anchors: impl Iterator<Item = &'a Anchor>, origin: &Url, base: &Url) -> Vec<Section> {
    let site = canonical::site(base);
    let mut keys = HashSet::from([canonical::key(base)]);
    let mut sections = Vec::new();
    for anchor in anchors {
        let title = if anchor.text.is_empty() { &anchor.title } else { &anchor.text };
        let words = title.split_whitespace().count();
        let Some(url) = resolved(&anchor.href, origin) else { continue };
        let fits = (1..=MAX_NAME_WORDS).contains(&words) && canonical::site(&url) == site && is_section(&url);
        if fits && sections.len() < MAX_SECTIONS && keys.insert(canonical::key(&url)) {
            sections.push(Section { url, title: title.clone() });
        }
    }
    sections
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(html: &str) -> Discovered {
        discover(html, &Url::parse("https://x.vn/").expect("a URL"))
    }

    fn paths<'a>(urls: impl Iterator<Item = &'a Url>) -> Vec<&'a str> {
        urls.map(Url::path).collect()
    }

    #[test]
    fn stated_feeds_come_before_visible_ones() {
        let found = found(
            "<link rel='alternate' type='application/rss+xml' title='Tin mới' href='/rss/tin-moi.rss'>\
             <link rel=alternate type=application/rss+xml href=/comments/feed/>\
             <link rel=alternate type=application/json href=/wp-json/>\
             <link rel=alternate type=text/xml+oembed href=/oembed>\
             <link rel=alternate hreflang=en href=/en>\
             <link rel='ALTERNATE feed' type='application/atom+xml; charset=utf-8' href=atom>\
             <body><a href=/rss/the-thao.rss>Thể thao</a><a href=/rss/tin-moi.rss>x</a><a href=/rss.html>RSS</a>\
             <a href=https://feeds.y.com/x.rss>y</a><a href=https://y.com/x.rss>z</a>",
        );
        let stated: Vec<bool> = found.feeds.iter().map(|feed| feed.is_stated).collect();
        assert_eq!(
            paths(found.feeds.iter().map(|feed| &feed.url)),
            ["/rss/tin-moi.rss", "/atom", "/rss/the-thao.rss", "/rss.html", "/x.rss"]
        );
        assert_eq!(stated, [true, true, false, false, false]);
        assert_eq!(found.feeds[0].title.as_deref(), Some("Tin mới"));
    }

    #[test]
    fn usual_places_are_told_apart_from_what_is_named() {
        let found = found("<a href=/rss>RSS</a><a href=/sitemap.xml>Sơ đồ</a>");
        assert_eq!(paths(found.sitemaps.iter()), ["/sitemap.xml"]);
        assert!(!paths(found.sitemap_places.iter()).contains(&"/sitemap.xml"));
        assert!(!paths(found.feed_places.iter()).contains(&"/rss"));
        assert!(paths(found.feed_places.iter()).contains(&"/rss/home.rss"));
    }

    #[test]
    fn sections_come_from_the_navigation() {
        let page = "<header><a href=/>Báo</a></header><nav><a href=/>Trang chủ</a><a href=/the-thao>Thể thao</a>\
                    <a href=/the-thao/>Thể thao</a><a href=/kinh-te/tai-chinh.htm>Tài chính</a><a href=/tag/x>x</a>\
                    <a href=https://y.vn/a>y</a><a href='/gia-xang-dau-hom-nay-giam-12345.html'>Nóng</a></nav>\
                    <main><a href=/xa-hoi>Xã hội</a></main>";
        let sections = found(page).sections;
        assert_eq!(
            paths(sections.iter().map(|section| &section.url)),
            ["/the-thao", "/kinh-te/tai-chinh.htm"]
        );
        assert_eq!(sections[0].title, "Thể thao");
        let bare = found("<div><a href=/xa-hoi>Xã hội</a></div>").sections;
        assert_eq!(bare.len(), 1);
    }
}
