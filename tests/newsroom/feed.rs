//! Feeds, sitemaps and robots.txt.
//!
//! Enters: articles, the newest first. Leaves: XML and text. Invariant: every address has the host that was asked.

use std::fmt::Write as _;

use super::article::{Article, date};
use super::layout::escaped;

/// Items of a feed.
pub(super) const ITEMS: usize = 20;
/// Addresses of one sitemap.
pub(super) const ENTRIES: usize = 20;

const ISO: &str = "%Y-%m-%dT%H:%M:%S+07:00";

/// RSS 2.0.
pub(super) fn rss(base: &str, title: &str, articles: &[&Article]) -> String {
    let mut feed = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rss version=\"2.0\"><channel>\n<title>{}</title>\n<link>{base}/</link>\n\
         <description>{}</description>\n",
        escaped(title),
        escaped(title)
    );
    for article in articles.iter().take(ITEMS) {
        let address = format!("{base}{}", article.path());
        _ = writeln!(
            feed,
            "<item><title>{}</title><link>{address}?utm_source=rss&amp;utm_medium=feed</link><guid>{address}</guid>\
             <pubDate>{}</pubDate><description>{}</description></item>",
            escaped(&article.title),
            article.date("%a, %d %b %Y %H:%M:%S +0700"),
            escaped(&article.lead)
        );
    }
    feed + "</channel></rss>\n"
}

/// Atom 1.0 (RFC 4287).
pub(super) fn atom(base: &str, title: &str, articles: &[&Article]) -> String {
    let updated = articles.iter().map(|article| article.modified()).max().unwrap_or(0);
    let mut feed = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n<title>{}</title>\n\
         <id>{base}/</id>\n<link rel=\"self\" href=\"{base}/atom.xml\"/>\n<updated>{}</updated>\n",
        escaped(title),
        date(updated, ISO)
    );
    for article in articles.iter().take(ITEMS) {
        _ = writeln!(
            feed,
            "<entry><title>{}</title><id>{base}/id/{id}</id><link href=\"{base}{}\"/><published>{}</published>\
             <updated>{}</updated><author><name>{}</name></author><summary>{}</summary></entry>",
            escaped(&article.title),
            article.path(),
            article.date(ISO),
            date(article.modified(), ISO),
            article.byline,
            escaped(&article.lead),
            id = article.id()
        );
    }
    feed + "</feed>\n"
}

/// The index of sitemaps.
pub(super) fn sitemap_index(base: &str, sitemaps: usize) -> String {
    let mut index = String::from(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
    );
    for number in 1..=sitemaps {
        _ = writeln!(index, "<sitemap><loc>{base}/sitemap-{number}.xml</loc></sitemap>");
    }
    index + "</sitemapindex>\n"
}

/// One sitemap.
pub(super) fn sitemap(base: &str, articles: &[&Article]) -> String {
    let mut map = String::from(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
    );
    for article in articles {
        let modified = date(article.modified(), ISO);
        _ = writeln!(map, "<url><loc>{base}{}</loc><lastmod>{modified}</lastmod></url>", article.path());
    }
    map + "</urlset>\n"
}

/// robots.txt: one folder is closed, but for one page of it.
pub(super) fn robots(base: &str, crawl_delay: Option<&str>) -> String {
    let delay = crawl_delay.map(|seconds| format!("Crawl-delay: {seconds}\n")).unwrap_or_default();
    format!(
        "# The newsroom's drafts are not for robots.\nUser-agent: *\n{delay}Disallow: /noi-bo/\nAllow: /noi-bo/gioi-thieu.html\n\n\
         User-agent: BadBot\nDisallow: /\n\nSitemap: {base}/sitemap.xml\n"
    )
}
