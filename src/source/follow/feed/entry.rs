//! One item of a feed while it is read, and the list of those that were.
//!
//! Enters: the texts of an item's fields. Leaves: [`Found`] items, each address once, and notices.
//! Invariant: an item leaves only with an address that can be asked for.

use std::collections::HashSet;
use std::time::Duration;

use url::Url;

use super::super::address::{is_absolute, resolved};
use super::super::notice::Tally;
use super::super::{Followed, Found, date};
use super::{MAX_ITEMS, MAX_TITLE};
use crate::canonical::{self, Key};
use crate::parse::date::Offset;
use crate::parse::entity::tidy;

/// The fields of an item, as they stand.
#[derive(Debug, Clone, Default)]
pub(super) struct Entry {
    /// Its link, and those that stand in where it has none, the most trusted first.
    pub(super) links: [Option<String>; 4],
    pub(super) title: String,
    pub(super) published: Vec<String>,
    pub(super) modified: Vec<String>,
    pub(super) language: Option<String>,
    /// What its links are relative to, where that is not the feed's.
    pub(super) base: Option<Url>,
}

/// The places of [`Entry::links`].
pub(super) mod link {
    /// The article's own address, where the link counts readers.
    pub(in super::super) const ORIGIN: usize = 0;
    pub(in super::super) const LINK: usize = 1;
    pub(in super::super) const ALTERNATE: usize = 2;
    /// A permanent link that names the item.
    pub(in super::super) const NAME: usize = 3;
}

/// Items of a feed that were read.
pub(super) struct Items {
    pub(super) tally: Tally,
    pub(super) language: Option<String>,
    pub(super) refresh: Option<Duration>,
    base: Url,
    now: i64,
    found: Vec<Found>,
    keys: HashSet<Key>,
    seen: usize,
}

impl Items {
    pub(super) fn new(base: &Url, now: i64) -> Items {
        Items {
            tally: Tally::default(),
            language: None,
            refresh: None,
            base: base.clone(),
            now,
            found: Vec::new(),
            keys: HashSet::new(),
            seen: 0,
        }
    }

    /// Whether no more items are to be read.
    pub(super) fn is_full(&self) -> bool {
        self.seen >= MAX_ITEMS
    }

    /// Takes an item that is whole.
    pub(super) fn take(&mut self, entry: Entry) {
        if self.is_full() {
            self.tally.many_items = Some(MAX_ITEMS as u64);
            return;
        }
        self.seen += 1;
        let base = entry.base.as_ref().unwrap_or(&self.base);
        let named = entry.links.iter().flatten().any(|link| !link.trim().is_empty());
        let mut links = entry.links.iter().flatten();
        let Some(url) = links.find_map(|link| resolved(&unescaped(link), base)) else {
            *(if named { &mut self.tally.bad_address } else { &mut self.tally.no_address }) += 1;
            return;
        };
        if !self.keys.insert(canonical::key(&url)) {
            return;
        }
        let zone = date::zone(&self.base, entry.language.as_deref().or(self.language.as_deref()));
        let published = self.time(&entry.published, zone);
        let modified = self.time(&entry.modified, zone);
        let is_dated = entry.published.iter().chain(&entry.modified).any(|text| !text.trim().is_empty());
        self.tally.no_date += u64::from(!is_dated);
        let title = tidy(&entry.title, MAX_TITLE);
        self.found.push(Found { url, title, published, modified, language: entry.language });
    }

    /// The first of some texts that is a date.
    fn time(&mut self, texts: &[String], zone: Offset) -> Option<i64> {
        let texts = texts.iter().filter(|text| !text.trim().is_empty());
        let mut worst = Tally::default();
        for text in texts {
            if let Some(at) = date::read(text, self.now, zone, &mut worst) {
                return Some(at);
            }
        }
        // An item with two dates that are wrong is one item.
        self.tally.bad_date += worst.bad_date.min(1);
        self.tally.future_date += if worst.bad_date == 0 { worst.future_date.min(1) } else { 0 };
        None
    }

    /// What was read; items without a language have the feed's.
    pub(super) fn finish(mut self) -> Followed {
        for found in &mut self.found {
            if found.language.is_none() {
                found.language.clone_from(&self.language);
            }
        }
        Followed { found: self.found, more: Vec::new(), notices: self.tally.notices(), refresh: self.refresh }
    }
}

/// A name that is an address: an item without a link may be asked for by it.
pub(super) fn as_address(name: &str) -> Option<String> {
    is_absolute(name).then(|| name.to_owned())
}

/// An address that a system escaped once too often.
fn unescaped(link: &str) -> String {
    link.replace("&amp;", "&")
}
