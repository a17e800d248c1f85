//! What a document turns out to be, and whether it is worth following.
//!
//! Enters: an answer. Leaves: a [`Candidate`], or what it is instead. Invariant: a candidate has named pages.

use std::io::Cursor;
use std::ops::ControlFlow;

use url::Url;

use super::scout::Answer;
use crate::canonical::{self, Key};
use crate::config::SourceKind;
use crate::decode::decode;
use crate::page::{Form, RawPage};
use crate::source::follow::{
    self, Found, ListingRules, NotFollowed, SitemapItem, SitemapKind, SitemapLimits,
};

/// Links of a section page that make it worth following.
const MIN_LINKS: usize = 3;
/// Entries by which two documents are found to be the same.
const COMPARED: usize = 10;

/// A document that names pages, as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// What it is.
    pub kind: SourceKind,
    /// The address that answered.
    pub url: Url,
    /// What the site calls it.
    pub title: Option<String>,
    /// Pages that it names.
    pub entries: u64,
    /// Other sitemaps that it names, where it is an index; `entries` are those of the one that was read.
    pub sitemaps: u64,
    /// When the newest of the pages was published or changed, in seconds since 1970.
    pub newest: Option<i64>,
    /// How often the document says that it changes, in seconds.
    pub refresh: Option<u64>,
    /// The first pages, by which copies are told.
    first: Vec<Key>,
}

/// What an answer holds.
pub(super) enum Document {
    Source(Candidate),
    /// An index of sitemaps, with the one to look into.
    Index {
        candidate: Candidate,
        next: Url,
    },
    /// A page, with the feeds that it names.
    Page {
        alternates: Vec<Url>,
    },
    /// Nothing to follow, and why.
    Other(String),
}

impl Candidate {
    fn new(kind: SourceKind, url: &Url) -> Candidate {
        let url = url.clone();
        Candidate {
            kind,
            url,
            title: None,
            entries: 0,
            sitemaps: 0,
            newest: None,
            refresh: None,
            first: Vec::new(),
        }
    }

    fn take(&mut self, found: &Found) {
        self.entries += 1;
        self.newest = self.newest.max(found.published.or(found.modified));
        if self.first.len() < COMPARED {
            self.first.push(canonical::key(&found.url));
        }
    }

    /// The same under the name that a page gives it.
    pub(super) fn called(self, title: Option<String>) -> Candidate {
        Candidate { title, ..self }
    }

    /// Whether it begins with the same pages.
    pub(super) fn is_copy_of(&self, other: &Candidate) -> bool {
        self.kind == other.kind && !self.first.is_empty() && self.first == other.first
    }

    /// An index with what the sitemap that was looked into holds.
    pub(super) fn with_pages_of(self, child: &Candidate) -> Candidate {
        let newest = child.newest.or(self.newest);
        Candidate { entries: child.entries, newest, first: child.first.clone(), ..self }
    }
}

/// Reads a feed or sitemap.
pub(super) fn document(answer: &Answer) -> Document {
    match follow::feed(&answer.body, &answer.url, answer.content_type.as_deref(), answer.at) {
        Ok(followed) => {
            let mut candidate = Candidate::new(SourceKind::Feed, &answer.url);
            followed.found.iter().for_each(|found| candidate.take(found));
            candidate.refresh = followed.refresh.map(|refresh| refresh.as_secs());
            if candidate.entries > 0 { Document::Source(candidate) } else { other("a feed without entries") }
        }
        Err(NotFollowed::Html { alternates }) => Document::Page { alternates },
        Err(NotFollowed::Empty) => other("empty"),
        Err(_) => sitemap(answer),
    }
}

fn sitemap(answer: &Answer) -> Document {
    let mut candidate = Candidate::new(SourceKind::Sitemap, &answer.url);
    let mut next: Option<(Option<i64>, Url)> = None;
    let walked = follow::sitemap(
        Cursor::new(answer.body.clone()),
        &answer.url,
        &SitemapLimits::at(answer.at),
        &mut |item| {
            match item {
                SitemapItem::Page(found) => candidate.take(&found),
                SitemapItem::Sitemap { url, modified } => {
                    candidate.sitemaps += 1;
                    if next.as_ref().is_none_or(|(newest, _)| modified > *newest) {
                        next = Some((modified, url));
                    }
                }
            }
            ControlFlow::Continue(())
        },
    );
    match (walked, next) {
        (Ok(walked), Some((modified, next))) if walked.kind == SitemapKind::Index => {
            candidate.newest = modified;
            Document::Index { candidate, next }
        }
        (Ok(_), _) if candidate.entries > 0 => Document::Source(candidate),
        (Ok(_), _) => other("a sitemap without pages"),
        (Err(NotFollowed::Html { alternates }), _) => Document::Page { alternates },
        (Err(why), _) => other(&why.to_string()),
    }
}

fn other(what: &str) -> Document {
    Document::Other(what.to_owned())
}

/// The text of a page.
pub(super) fn page_text(answer: &Answer) -> String {
    let page = RawPage {
        url: Some(answer.url.to_string()),
        content_type: answer.content_type.clone(),
        form: Some(Form::Html),
        body: answer.body.clone(),
        ..RawPage::default()
    };
    decode(&page).map(|decoded| decoded.text.into_owned()).unwrap_or_default()
}

/// Reads a section page.
pub(super) fn listing(answer: &Answer, text: &str, title: Option<String>) -> Document {
    let followed = follow::listing(text, &answer.url, &ListingRules::default());
    if followed.found.len() < MIN_LINKS {
        return other("a page that links hardly any articles");
    }
    let mut candidate = Candidate { title, ..Candidate::new(SourceKind::Listing, &answer.url) };
    followed.found.iter().for_each(|found| candidate.take(found));
    Document::Source(candidate)
}
