//! Sitemaps (<https://www.sitemaps.org/protocol.html>): sets of pages, indexes of sitemaps, news sitemaps, lists of lines.
//!
//! Enters: a reader, its address, limits. Leaves: one call for each entry, while it is read.
//! Invariant: memory does not depend on the sitemap's size, no entity that it declares is resolved, and only addresses of
//! its own site leave.

mod decoding;
mod lines;
mod xml;

use std::io::{self, Read};

use serde::Serialize;
use url::Url;

use self::decoding::{Decoding, Head};
use super::address::resolved;
use super::discover::named_feeds;
use super::notice::{Notice, Tally};
use super::{Flow, Found, NotFollowed};
use crate::canonical;
use crate::source::gzip;

/// Bytes of a page, where one stands in a sitemap's place, that are searched for feeds.
const MAX_PAGE: u64 = 1 << 20;

/// How much of a sitemap is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SitemapLimits {
    /// Most entries; those passed over count.
    pub entries: u64,
    /// Most bytes, after compression was undone.
    pub bytes: u64,
    /// Time of the answer in seconds since 1970: dates far ahead of it are dropped.
    pub now: i64,
}

impl SitemapLimits {
    /// The limits of the protocol: 50,000 entries and 50 MiB.
    #[must_use]
    pub fn at(now: i64) -> SitemapLimits {
        SitemapLimits { entries: 50_000, bytes: 50 << 20, now }
    }
}

/// One entry of a sitemap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SitemapItem {
    /// A page. Its title and language are those of a news sitemap.
    Page(Found),
    /// Another sitemap.
    Sitemap {
        /// Where it is.
        url: Url,
        /// When it was last changed, in seconds since 1970.
        modified: Option<i64>,
    },
}

/// What kind of sitemap was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SitemapKind {
    /// A set of pages.
    Pages,
    /// An index of other sitemaps.
    Index,
    /// One address on each line.
    Lines,
}

/// What is told of a sitemap after it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Walked {
    /// What it was.
    pub kind: SitemapKind,
    /// Entries that were read, those passed over among them.
    pub entries: u64,
    /// Whether `each` ended the walk.
    pub stopped: bool,
    /// What was wrong, and what was passed over.
    pub notices: Vec<Notice>,
}

/// Reads a sitemap and gives each entry to `each`, until that breaks the walk.
///
/// `base` is the address that answered: entries of other sites ([`canonical::site`]) and those that are neither http nor
/// https are passed over. Up to two layers of gzip are undone. How deep indexes are followed is the caller's.
///
/// # Errors
/// [`NotFollowed`] where this is no sitemap, declares entities, or nothing could be read before a limit or a fault.
pub fn sitemap(
    read: impl Read + Send + 'static,
    base: &Url,
    limits: &SitemapLimits,
    each: &mut dyn FnMut(SitemapItem) -> Flow,
) -> Result<Walked, NotFollowed> {
    let peeled = gzip::peel(read);
    if peeled.too_deep {
        let cause = format!("more than {} layers of gzip", gzip::MAX_LAYERS);
        return Err(NotFollowed::Unreadable { cause });
    }
    let mut text = Decoding::new(peeled.stream, limits.bytes);
    let mut entries = Entries::new(base, limits, each);
    let head = text.head().map_err(|error| unreadable(&error))?;
    match head {
        Head::Empty => Err(NotFollowed::Empty),
        Head::TooLarge => Err(NotFollowed::TooLarge { limit: limits.bytes }),
        Head::Feed => Err(NotFollowed::Feed),
        Head::Html => {
            let mut page = Vec::new();
            // A page that ends in a fault is a page all the same.
            let _ = text.take(MAX_PAGE).read_to_end(&mut page);
            Err(NotFollowed::Html { alternates: named_feeds(&String::from_utf8_lossy(&page), base) })
        }
        Head::Other => Err(NotFollowed::Unknown),
        Head::Lines => lines::walk(text, entries),
        Head::Sitemap { after_junk } => {
            entries.tally.junk_before = after_junk;
            xml::walk(text, entries)
        }
    }
}

fn unreadable(error: &io::Error) -> NotFollowed {
    NotFollowed::Unreadable { cause: error.to_string() }
}

/// The entries of a sitemap on their way to the caller.
struct Entries<'a> {
    tally: Tally,
    limits: &'a SitemapLimits,
    base: &'a Url,
    site: String,
    count: u64,
    stopped: bool,
    each: &'a mut dyn FnMut(SitemapItem) -> Flow,
}

impl<'a> Entries<'a> {
    fn new(
        base: &'a Url,
        limits: &'a SitemapLimits,
        each: &'a mut dyn FnMut(SitemapItem) -> Flow,
    ) -> Entries<'a> {
        let site = canonical::site(base);
        Entries { tally: Tally::default(), limits, base, site, count: 0, stopped: false, each }
    }

    /// Counts an entry; the address, if it may leave.
    fn admitted(&mut self, address: &str) -> Option<Url> {
        self.count += 1;
        if address.trim().is_empty() {
            self.tally.no_address += 1;
            return None;
        }
        let Some(url) = resolved(address, self.base) else {
            self.tally.bad_address += 1;
            return None;
        };
        if canonical::site(&url) != self.site {
            self.tally.other_site += 1;
            return None;
        }
        Some(url)
    }

    fn give(&mut self, item: SitemapItem) {
        self.stopped |= (self.each)(item).is_break();
    }

    /// Whether one more entry would be too many; told once it is there.
    fn is_full(&self) -> bool {
        self.count >= self.limits.entries
    }

    /// What is told at the end, or that nothing came before a fault.
    fn finish(mut self, kind: SitemapKind, end: Option<&io::Error>) -> Result<Walked, NotFollowed> {
        if let Some(error) = end {
            let is_limit = decoding::is_limit(error);
            match (self.count, is_limit) {
                (0, true) => return Err(NotFollowed::TooLarge { limit: self.limits.bytes }),
                (0, false) => return Err(unreadable(error)),
                (_, true) => self.tally.many_bytes = Some(self.limits.bytes),
                (_, false) => self.tally.truncated = true,
            }
        }
        Ok(Walked { kind, entries: self.count, stopped: self.stopped, notices: self.tally.notices() })
    }
}

#[cfg(test)]
mod tests;
