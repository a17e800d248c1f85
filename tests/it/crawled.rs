//! `tinsach crawl` from outside, against the newsroom and papers of our own. Everything stays on loopback.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::fetch::server::Reply;
use crate::fetch::{Desk, PARTS, Said, code, expected, newsroom, row_of, url, with};
use crate::newsroom::room::{Article, Newsroom, Options};
use paper::Paper;

mod bad;
mod edited;
mod killed;
mod moved;
mod paper;
mod seven;
mod taken;
mod tried;
mod walled;
mod watched;

/// A `[[source]]` with this name, kind and address, and further lines.
fn source(name: &str, kind: &str, url: &str, more: &str) -> String {
    format!("[[source]]\nname = \"{name}\"\nkind = \"{kind}\"\nurl = \"{url}\"\n{more}\n")
}

/// What a desk does with sources; each address is tried once in a run.
impl Desk {
    /// Writes the configuration: further settings, then the sources.
    fn follows(&self, settings: &str, sources: &[String]) {
        self.write("config.toml", format!("{settings}\n[fetch]\nattempts = 1\n{}", sources.concat()));
    }

    fn crawling(&self, args: &[&str]) -> Command {
        self.asking("crawl", &[&PARTS, args].concat())
    }

    /// Crawls once, with these arguments.
    fn crawl(&self, args: &[&str]) -> Said {
        self.run(self.crawling(args))
    }

    /// Begins to watch. The first turn of a source comes at once.
    fn watch(&self) -> Child {
        self.start(self.crawling(&["--watch", "--now"]))
    }

    /// Sends SIGTERM, and waits for the end.
    #[track_caller]
    fn stop(&self, child: Child) -> Said {
        send("-TERM", &child);
        let begun = Instant::now();
        let said = self.end(child);
        assert!(begun.elapsed() < Duration::from_secs(12), "{:?}", begun.elapsed());
        said.ends_with(0)
    }

    /// Written rows by the path of their addresses, without queries.
    fn written(&self) -> BTreeMap<String, Vec<Value>> {
        let mut written: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for row in self.rows().into_iter().filter(|row| row["status"] == "written") {
            written.entry(path_of(row["url"].as_str().unwrap())).or_default().push(row);
        }
        written
    }

    /// Numbers of the articles of a [`Paper`] that are written, each as often as it is, in their order.
    fn numbers(&self) -> Vec<usize> {
        let written = self.written();
        let mut numbers: Vec<usize> =
            written.iter().flat_map(|(path, rows)| rows.iter().map(|_| number_of(path))).collect();
        numbers.sort_unstable();
        numbers
    }

    /// Every file has a row and every row its file.
    #[track_caller]
    fn is_whole(&self) {
        let files: Vec<String> =
            self.rows().iter().filter_map(|row| Some(row["file"].as_str()?.to_owned())).collect();
        let named: BTreeSet<String> = files.iter().cloned().collect();
        assert_eq!(named.len(), files.len(), "a file of two rows");
        assert_eq!(named, self.texts().into_keys().collect::<BTreeSet<_>>());
    }
}

/// Sends a signal.
fn send(signal: &str, child: &Child) {
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// Path of an address, without its query.
fn path_of(url: &str) -> String {
    let url = url::Url::parse(url).unwrap();
    url.path().to_owned()
}

/// Number of an article of a [`Paper`].
fn number_of(path: &str) -> usize {
    path.trim_end_matches(".html").rsplit('-').next().and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

/// Waits until something is so.
#[track_caller]
fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_mins(1), "{what}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// RSS with these items, each the inside of one.
fn rss(items: impl IntoIterator<Item = String>) -> String {
    let items: String = items.into_iter().map(|item| ["<item>", &item, "</item>\n"].concat()).collect();
    format!(
        "<?xml version=\"1.0\"?>\n<rss version=\"2.0\"><channel><title>Báo Đồng</title>\n{items}</channel></rss>"
    )
}

/// RSS that names the articles of these numbers, without dates.
fn rss_of(numbers: impl IntoIterator<Item = usize>) -> String {
    rss(numbers
        .into_iter()
        .map(|number| format!("<title>Bài {number}</title><link>{}</link>", article(number))))
}

/// A sitemap of these addresses.
fn sitemap(urls: impl IntoIterator<Item = String>) -> String {
    let mut map = "<?xml version=\"1.0\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n"
        .to_owned();
    for url in urls {
        _ = writeln!(map, "<url><loc>{url}</loc></url>");
    }
    map + "</urlset>"
}

/// An index of sitemaps at these addresses.
fn index(urls: impl IntoIterator<Item = String>) -> String {
    let mut map =
        "<?xml version=\"1.0\"?>\n<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n"
            .to_owned();
    for url in urls {
        _ = writeln!(map, "<sitemap><loc>{url}</loc></sitemap>");
    }
    map + "</sitemapindex>"
}

/// Path of an article of a [`Paper`].
fn article(number: usize) -> String {
    format!("/tin/mua-gat-o-thon-dong-{number}.html")
}

fn xml(body: impl AsRef<[u8]>) -> Reply {
    Reply::new(200, "Content-Type: application/xml\r\n", body)
}
