//! What of a site can be followed: its feeds, else its sitemaps, else its section pages.
//!
//! Enters: an address of the site. Leaves: what was really read there and names pages, best first.
//! Invariant: a bounded number of requests, one at a time, as robots.txt and the delay allow.

mod candidate;
mod scout;

use std::collections::{HashSet, VecDeque};

use tokio::runtime::Builder;
use url::Url;

use super::FetchRun;
use crate::canonical::{self, Key};
use crate::fetch::Client;
use crate::run::{InputError, RunError};
use crate::source::follow::{Discovered, Section, discover};

pub use candidate::Candidate;

use candidate::{Document, document, listing, page_text};
use scout::Scout;

/// Most requests, those for robots.txt and redirects among them.
const MAX_REQUESTS: u32 = 25;
/// Requests that are left for sitemaps where no feed was found.
const FOR_SITEMAPS: u32 = 12;
/// Requests that are left for sections where no sitemap was found.
const FOR_SECTIONS: u32 = 5;
/// Feeds, sitemaps or sections that are proposed.
const MAX_PROPOSED: usize = 12;
/// Sitemaps of a robots.txt that are tried.
const MAX_STATED: usize = 6;

/// What a look at a site found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proposals {
    /// What can be followed; all of one kind.
    pub found: Vec<Candidate>,
    /// Sitemaps that the site names and that were not tried, as there are feeds.
    pub untried: Vec<Url>,
}

/// Looks at a site. `tell` is given a line on each address that was tried.
///
/// # Errors
/// Why nothing can be fetched with these options, or why the address gives nothing: both in words.
pub fn propose(given: &str, run: &FetchRun, tell: &dyn Fn(&str)) -> Result<Proposals, InputError> {
    let failed = |message: String| InputError { code: "fetch", message, is_skip: false };
    let client = Client::new(&run.client).map_err(|error| failed(error.to_string()))?;
    let url = canonical::parse(given).map_err(|error| failed(error.to_string()))?;
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| failed(RunError::thread(error).to_string()))?;
    let mut look =
        Look { scout: Scout::new(run, client, MAX_REQUESTS), tell, seen: HashSet::new(), found: Vec::new() };
    runtime.block_on(look.at(url))
}

/// A look at a site.
struct Look<'a> {
    scout: Scout<'a>,
    tell: &'a dyn Fn(&str),
    /// Addresses that were tried.
    seen: HashSet<Key>,
    found: Vec<Candidate>,
}

impl Look<'_> {
    async fn at(&mut self, url: Url) -> Result<Proposals, InputError> {
        self.seen.insert(canonical::key(&url));
        let front = self.scout.ask(url).await?;
        if matches!(document(&front), Document::Source(_) | Document::Index { .. }) {
            // The address is that of a feed or sitemap itself.
            self.seen.clear();
            self.try_one(front.url.clone(), None, 0).await;
            return Ok(self.proposals(Vec::new()));
        }
        self.seen.insert(canonical::key(&front.url));
        let text = page_text(&front);
        let named = discover(&text, &front.url);
        self.feeds(&named).await;
        let mut sitemaps = self.scout.sitemaps(&front.url);
        sitemaps.truncate(MAX_STATED);
        sitemaps.extend(named.sitemaps.iter().cloned());
        if !self.found.is_empty() {
            return Ok(self.proposals(sitemaps));
        }
        self.sitemaps(&sitemaps, &named).await;
        if self.found.is_empty() {
            match listing(&front, &text, None) {
                Document::Source(candidate) => self.keep(candidate),
                _ => self.say(&front.url, "a page that links hardly any articles"),
            }
            self.sections(&named.sections).await;
        }
        Ok(self.proposals(Vec::new()))
    }

    /// The feeds that the page names; where there are none, the first one that is at a usual place.
    async fn feeds(&mut self, named: &Discovered) {
        for feed in &named.feeds {
            self.try_one(feed.url.clone(), feed.title.clone(), FOR_SITEMAPS).await;
        }
        for place in &named.feed_places {
            if !self.found.is_empty() {
                return;
            }
            self.try_one(place.clone(), None, FOR_SITEMAPS).await;
        }
    }

    async fn sitemaps(&mut self, stated: &[Url], named: &Discovered) {
        for url in stated {
            self.try_one(url.clone(), None, FOR_SECTIONS).await;
        }
        for place in &named.sitemap_places {
            if !self.found.is_empty() {
                return;
            }
            self.try_one(place.clone(), None, FOR_SECTIONS).await;
        }
    }

    async fn sections(&mut self, sections: &[Section]) {
        for section in sections {
            if self.scout.granted() == 0 || !self.seen.insert(canonical::key(&section.url)) {
                continue;
            }
            let answer = match self.scout.ask(section.url.clone()).await {
                Ok(answer) => answer,
                Err(why) => {
                    (self.tell)(&why.message);
                    continue;
                }
            };
            match listing(&answer, &page_text(&answer), Some(section.title.clone())) {
                Document::Source(candidate) => self.keep(candidate),
                Document::Other(why) => self.say(&answer.url, &why),
                Document::Index { .. } | Document::Page { .. } => {}
            }
        }
    }

    /// Asks for a feed or sitemap, unless only so many requests as are to be left are; a page of feeds leads on to them,
    /// an index to one of its sitemaps.
    async fn try_one(&mut self, url: Url, title: Option<String>, left: u32) {
        let mut queue = VecDeque::from([(url, title)]);
        let mut may_lead_on = true;
        while let Some((url, title)) = queue.pop_front() {
            let is_done = self.scout.granted() <= left || self.found.len() >= MAX_PROPOSED;
            if is_done || !self.seen.insert(canonical::key(&url)) {
                continue;
            }
            let answer = match self.scout.ask(url).await {
                Ok(answer) => answer,
                Err(why) => {
                    (self.tell)(&why.message);
                    continue;
                }
            };
            match document(&answer) {
                Document::Source(candidate) => self.keep(candidate.called(title)),
                Document::Index { candidate, next } => self.look_into(candidate, next).await,
                Document::Page { alternates } => {
                    self.say(&answer.url, "a page, no feed or sitemap");
                    if std::mem::take(&mut may_lead_on) {
                        queue.extend(alternates.into_iter().map(|url| (url, None)));
                    }
                }
                Document::Other(why) => self.say(&answer.url, &why),
            }
        }
    }

    /// An index of sitemaps is kept where the one that changed last names pages.
    async fn look_into(&mut self, index: Candidate, next: Url) {
        self.seen.insert(canonical::key(&next));
        match self.scout.ask(next).await {
            Err(why) => (self.tell)(&why.message),
            Ok(answer) => match document(&answer) {
                Document::Source(child) => self.keep(index.with_pages_of(&child)),
                // An index of indexes, which is rare, is taken at its word.
                Document::Index { candidate, .. } => self.keep(index.with_pages_of(&candidate)),
                _ => self.say(&answer.url, "no sitemap, although an index names it"),
            },
        }
    }

    fn keep(&mut self, candidate: Candidate) {
        if let Some(same) = self.found.iter().find(|known| candidate.is_copy_of(known)) {
            let what = format!("the same as {}", same.url);
            return self.say(&candidate.url, &what);
        }
        if self.found.len() < MAX_PROPOSED {
            self.say(&candidate.url, &format!("a {} of {} pages", candidate.kind.name(), candidate.entries));
            self.found.push(candidate);
        }
    }

    fn say(&self, url: &Url, what: &str) {
        (self.tell)(&format!("{url}: {what}"));
    }

    fn proposals(&mut self, sitemaps: Vec<Url>) -> Proposals {
        let untried = sitemaps.into_iter().filter(|url| !self.seen.contains(&canonical::key(url))).collect();
        Proposals { found: std::mem::take(&mut self.found), untried }
    }
}
