//! `[[source]]` and `[crawl]`: what a crawl follows, and how.
//!
//! Enters: nothing. Leaves: the structs of both and their defaults.
//! Invariant: a source's name tells it from all others, and is what its memory is kept under.

use serde::{Deserialize, Serialize};

use super::Seconds;
use crate::label::Label;

/// `[[source]]`: one feed, sitemap, section page or list that a crawl follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Source {
    /// Its name, in the state, in rows and in messages.
    pub name: String,
    /// What it is.
    pub kind: SourceKind,
    /// Its address; for `urls` also the path of a list.
    pub url: String,
    /// When it is followed: `every 30m`, or a cron line. Empty: at each `--once`, and every hour under `--watch`.
    pub schedule: String,
    /// The time zone of a cron line, of dates and of what is shown, by its IANA name; empty for that of the system.
    pub zone: String,
    /// Longest time by which a beginning is moved at random, in seconds; at most a day.
    pub jitter: u64,
    /// Whether it is followed at all.
    pub enabled: bool,
    /// Whether it is followed less often while it brings nothing, and more often while it brings much.
    pub adaptive: bool,
    /// Shortest interval while it is adaptive (`5m`); empty for a quarter of the schedule's.
    pub adaptive_least: String,
    /// Longest interval while it is adaptive (`1d`); empty for eight times the schedule's.
    pub adaptive_most: String,
    /// Labels whose blocks are written of its articles; empty for those of `[clean]`.
    pub include: Vec<Label>,
    /// Folder of its texts inside the output folder; empty for the output folder itself.
    pub folder: String,
    /// Time between two requests to its site, in place of that of `[fetch]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay: Option<Seconds>,
    /// Articles that are dated before this day are left aside (`2026-01-31`); empty takes all.
    pub since: String,
    /// Articles that are dated after this day are left aside; empty takes all.
    pub until: String,
    /// Articles that are dated earlier than so many days ago are left aside; 0 takes all.
    pub max_age_days: u64,
    /// Whether the newest articles are fetched first; otherwise they are in the document's order.
    pub newest_first: bool,
    /// Most articles that are taken in one run; 0 takes all.
    pub limit: u64,
    /// Most articles of one section page.
    pub max_links: u64,
    /// Pages of a section that are read, the first among them.
    pub max_pages: u64,
    /// Patterns of addresses that are taken (`/xa-hoi/*`); empty takes all.
    pub only: Vec<String>,
    /// Patterns of addresses that are left aside.
    pub except: Vec<String>,
}

impl Default for Source {
    fn default() -> Self {
        Source {
            name: String::new(),
            kind: SourceKind::Feed,
            url: String::new(),
            schedule: String::new(),
            zone: String::new(),
            jitter: 300,
            enabled: true,
            adaptive: false,
            adaptive_least: String::new(),
            adaptive_most: String::new(),
            include: Vec::new(),
            folder: String::new(),
            delay: None,
            since: String::new(),
            until: String::new(),
            max_age_days: 0,
            newest_first: true,
            limit: 0,
            max_links: 500,
            max_pages: 3,
            only: Vec::new(),
            except: Vec::new(),
        }
    }
}

impl Source {
    /// Whether its address is the path of a file; only that of a list can be one.
    #[must_use]
    pub fn is_file(&self) -> bool {
        self.kind == SourceKind::Urls && is_path(&self.url)
    }
}

/// Whether a place is the path of a file, and no address of the web.
pub(super) fn is_path(place: &str) -> bool {
    let place = place.trim_start().as_bytes();
    let starts = |scheme: &[u8]| place.get(..scheme.len()).is_some_and(|it| it.eq_ignore_ascii_case(scheme));
    !starts(b"http:") && !starts(b"https:")
}

/// What a source is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceKind {
    /// RSS, Atom or JSON Feed.
    #[default]
    Feed,
    /// A sitemap, or an index of them.
    Sitemap,
    /// A section or front page.
    Listing,
    /// A list of addresses: a file, or an address that serves one.
    Urls,
}

impl SourceKind {
    /// The word of the configuration.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            SourceKind::Feed => "feed",
            SourceKind::Sitemap => "sitemap",
            SourceKind::Listing => "listing",
            SourceKind::Urls => "urls",
        }
    }
}

/// `[crawl]`: how sources are followed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Crawl {
    /// Whether an article that has changed is written again.
    pub revisions: bool,
    /// A command that is run when a source has failed so many times in a row; empty for none.
    pub notify: String,
    /// After how many failures in a row; 1 to 1000.
    pub notify_after: u32,
    /// Where figures for Prometheus are served, on loopback: `127.0.0.1:9464`; empty for nowhere.
    pub metrics: String,
}

impl Default for Crawl {
    fn default() -> Self {
        Crawl { revisions: false, notify: String::new(), notify_after: 3, metrics: String::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lists_are_files() {
        let source = |kind, url: &str| Source { kind, url: url.to_owned(), ..Source::default() };
        assert!(source(SourceKind::Urls, "lists/urls.txt").is_file());
        assert!(source(SourceKind::Urls, "httpd.txt").is_file());
        assert!(!source(SourceKind::Urls, "HTTPS://x.vn/urls.txt").is_file());
        assert!(!source(SourceKind::Feed, "urls.txt").is_file());
    }
}
