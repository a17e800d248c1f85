//! The documents of a source that the engine asks for in one run of it, and when that run is over.
//!
//! Enters: the order to follow a source; documents that were read, or failed. Leaves: visits to documents; at the end,
//! one note to the ledger.
//! Invariant: a document is read once in a run, and a run reads a bounded number of them, however they name each other.

use url::Url;

use super::answer::Read;
use super::crawl::{Place, SourceKind};
use super::engine::Engine;
use super::note::Note;
use super::tour::{Fault, Tour};
use super::visit::{Aim, Last, Visit};
use crate::canonical;
use crate::fetch::retry::HostRecord;
use crate::run::InputError;
use crate::state::DocumentRow;

/// Documents that one run of a source reads.
const MAX_DOCUMENTS: usize = 1_000;

/// Documents between a source and the ones it leads to, for indexes of sitemaps; pages of a list have a bound of their
/// own.
const MAX_DEPTH: u32 = 4;

/// Seconds between the change that an index states of a sitemap and the time of reading from which that change is taken
/// for seen: indexes state days, and clocks differ.
const SURELY_SEEN: i64 = 2 * 86_400;

impl Engine<'_> {
    /// Begins to follow a source.
    pub(super) fn set_out(&mut self, source: usize, place: Place) {
        self.tours.insert(source, Tour { pending: 1, asked: 1, ..Tour::default() });
        match place {
            Place::Web(url) => {
                let at = self.site(&canonical::site(&url));
                // How it went the last time says nothing of this one.
                self.schedule.site(at).record = HostRecord::default();
                self.note_seen(source, &url);
                let visit = Visit::new(Aim::Source { source, depth: 0 }, url);
                self.schedule.arrive(at, visit);
            }
            Place::File(path) => {
                self.going_on += 1;
                self.harvest.begin_list(source, path, (self.notes.clone(), self.answers.clone()));
            }
        }
    }

    /// Whether a document is met for the first time in this run.
    fn note_seen(&mut self, source: usize, url: &Url) -> bool {
        self.tours.entry(source).or_default().seen.insert(canonical::key(url))
    }

    /// A document came: follows what it leads to.
    pub(super) fn document_read(&mut self, source: usize, depth: u32, read: Read) {
        let Read { more, document, moved, is_unchanged, notices } = read;
        let is_too_deep = self.harvest.sources.runs[source].kind == SourceKind::Sitemap && depth >= MAX_DEPTH;
        let mut left = 0;
        for url in self.to_read(source, more) {
            let tour = self.tours.entry(source).or_default();
            if is_too_deep || tour.asked >= MAX_DOCUMENTS {
                left += 1;
            } else if self.note_seen(source, &url) {
                self.visit_document(source, depth + 1, url);
            }
        }
        let tour = self.tours.entry(source).or_default();
        if left > 0 {
            tour.end.tell(format!("{left} of the documents that it leads to are left for later runs"));
        }
        tour.end.documents.extend(document);
        for notice in notices {
            tour.end.tell(notice);
        }
        if depth == 0 {
            tour.end.is_unchanged = is_unchanged;
            tour.end.moved = moved;
        }
        self.come_back(source);
    }

    /// Documents whose change was not surely seen: those that were never read, then what was read longest ago.
    fn to_read(&self, source: usize, more: Vec<(Url, Option<i64>)>) -> Vec<Url> {
        let id = self.harvest.sources.ids[source];
        let mut to_read = Vec::new();
        for (url, modified) in more {
            // A state that cannot answer costs one more request.
            let known = self.frontier.document(id, url.as_str()).ok().flatten();
            let is_seen = |known: &DocumentRow| modified.is_some_and(|at| known.read > at + SURELY_SEEN);
            if !known.as_ref().is_some_and(is_seen) {
                to_read.push((known.map(|known| known.read), url));
            }
        }
        // Stable, so that those that were never read stay in the order of their changes.
        to_read.sort_by_key(|(read, _)| *read);
        to_read.into_iter().map(|(_, url)| url).collect()
    }

    fn visit_document(&mut self, source: usize, depth: u32, url: Url) {
        let tour = self.tours.entry(source).or_default();
        tour.pending += 1;
        tour.asked += 1;
        let at = self.site(&canonical::site(&url));
        self.schedule.arrive(at, Visit::new(Aim::Source { source, depth }, url));
    }

    /// A document did not come.
    pub(super) fn document_failed(
        &mut self,
        (source, depth): (usize, u32),
        last: Option<&Last>,
        why: &InputError,
    ) {
        let kind = self.harvest.sources.runs[source].kind;
        let tour = self.tours.entry(source).or_default();
        if depth == 0 {
            let retry_after = last.and_then(|last| last.retry_after);
            tour.end.fault = Some(Fault {
                message: why.message.clone(),
                is_gone: last.and_then(|last| last.status) == Some(410),
                retry_after: retry_after.and_then(|wait| wait.as_secs().try_into().ok()),
            });
        } else {
            // An index is read whole each time, and leads to its other parts again.
            tour.end.is_partial |= kind == SourceKind::Listing;
            tour.end.tell(why.message.clone());
        }
        self.come_back(source);
    }

    /// One document fewer is awaited; after the last one, the run is over.
    fn come_back(&mut self, source: usize) {
        let Some(tour) = self.tours.get_mut(&source) else { return };
        tour.pending = tour.pending.saturating_sub(1);
        if tour.pending == 0
            && let Some(tour) = self.tours.remove(&source)
        {
            self.tell(Note::Followed { source, end: Box::new(tour.end) });
        }
    }
}
