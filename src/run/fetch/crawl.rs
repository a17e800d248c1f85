//! A crawl: what is followed, and how.
//!
//! Enters: sources and their rhythms. Leaves: what a crawl does with them, in words that the other parts share.
//! Invariant: nothing here is done; `roster` says when a source is followed, `documents` how far, `selection` what is taken.

use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use crate::source::follow::ListingRules;
use crate::timing::Rhythm;

/// How a crawl is carried out.
#[derive(Debug, Clone)]
pub struct CrawlRun {
    /// What is followed; names differ.
    pub sources: Vec<SourceRun>,
    /// Whether it ends.
    pub mode: Mode,
    /// Whether every source is followed once at the beginning, due or not.
    pub follows_all: bool,
    /// Whether articles that have changed are written again; for how long after they were found.
    pub revises: Option<Duration>,
}

/// Whether a crawl ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It follows what is due, visits what that names, and ends.
    Once,
    /// It waits for what is due next, until it is stopped.
    Watch,
}

/// A source of a crawl.
#[derive(Debug, Clone)]
pub struct SourceRun {
    /// Its name, which tells it from all others.
    pub name: String,
    /// What it is.
    pub kind: SourceKind,
    /// Where it is.
    pub place: Place,
    /// When it is due.
    pub rhythm: Rhythm,
    /// Whether its rhythm was asked for. One without is due whenever a crawl is begun that ends.
    pub is_scheduled: bool,
    /// Which addresses are taken; bounds of section pages.
    pub rules: ListingRules,
    /// Which times of publication are taken.
    pub window: Window,
    /// Most addresses that one run takes.
    pub limit: Option<u64>,
    /// Whether the newest come first; otherwise the order is the source's.
    pub newest_first: bool,
    /// Time between two requests to its site, in place of that of the fetch.
    pub delay: Option<Duration>,
}

/// The sources of a crawl, as the engine and its threads know them.
#[derive(Debug, Default)]
pub(super) struct Sources {
    pub(super) runs: Vec<SourceRun>,
    /// Their numbers in the state.
    pub(super) ids: Vec<i64>,
    /// Whether pages that have changed are visited again.
    pub(super) revises: bool,
}

/// What a source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceKind {
    /// RSS, Atom or JSON Feed.
    Feed,
    /// A sitemap, an index of them, or a robots.txt that names some.
    Sitemap,
    /// A section or front page.
    Listing,
    /// A list of addresses.
    Urls,
}

/// Where a source is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// On the web.
    Web(Url),
    /// A list on this machine.
    File(PathBuf),
}

/// Times of publication that are taken. What states none is taken until its page states one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Window {
    /// Not earlier than so long ago.
    pub max_age: Option<Duration>,
    /// Not earlier, in seconds since 1970.
    pub since: Option<i64>,
    /// Earlier than this, in seconds since 1970.
    pub until: Option<i64>,
}

impl Place {
    /// The address or path as text.
    pub(super) fn text(&self) -> String {
        match self {
            Place::Web(url) => url.to_string(),
            Place::File(path) => path.display().to_string(),
        }
    }
}

impl Window {
    /// Whether a time of publication is taken at `now`, both in seconds since 1970.
    #[must_use]
    pub fn admits(&self, published: i64, now: i64) -> bool {
        let age = i64::try_from(self.max_age.unwrap_or(Duration::MAX).as_secs()).unwrap_or(i64::MAX);
        let last = last_moment(published);
        last >= now.saturating_sub(age)
            && self.since.is_none_or(|since| last >= since)
            && self.until.is_none_or(|until| published < until)
    }
}

/// Seconds of a day.
const DAY: i64 = 86_400;

/// The last second that a stated time may mean: midnight is what a day is read as that has no time.
pub(super) fn last_moment(stated: i64) -> i64 {
    if stated.rem_euclid(DAY) == 0 { stated.saturating_add(DAY - 1) } else { stated }
}
