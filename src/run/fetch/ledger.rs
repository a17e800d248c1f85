//! The one writer of a fetch: numbers what is listed, and settles outcomes in the order of those numbers.
//!
//! Enters: listed addresses, outcomes of visits in any order, robots files. Leaves: committed batches; to the engine,
//! what is to be visited.
//! Invariant: what is told is kept at the latest with the next commit, and rows are written in the order of the list,
//! so outputs do not depend on who answered first.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedSender;

use super::event::Event;
use super::listing::Listing;
use super::note::Note;
use super::record::{Recorder, Records};
use super::roster::Roster;
use crate::run::settle::Writer;
use crate::run::visited::Visited;
use crate::run::{BATCH_TIME, RunError};
use crate::state::{Listed, Outcome, QueuedSite, Stage};
use crate::write::manifest::{Row, Status};

/// Outcomes that wait in memory for an earlier one; more of them are put away on disk.
const MAX_EARLY: usize = 512;

/// What stands at the next number.
enum Next {
    /// The outcome of its visit.
    Visited(Box<Visited>),
    /// Nothing more: it was settled before its turn.
    Settled,
}

/// The writer's side of a fetch.
pub(super) struct Ledger<'a> {
    pub(super) writer: Writer<'a>,
    pub(super) to_engine: UnboundedSender<Event>,
    /// Stretches of the list that are on their way here.
    turns: Receiver<()>,
    /// The sources of a crawl.
    pub(super) roster: Option<Roster>,
    /// Visits for a source that failed since it was followed last, by its name.
    pub(super) failures: HashMap<String, u64>,
    /// When the observer was told last that all is well, and when to look whether a source is due.
    pub(super) pulsed: Instant,
    pub(super) look_at: Instant,
    /// When the engine was last known to go on.
    pub(super) engine_seen: Instant,
    /// Whether the engine knows that nothing more will be listed.
    pub(super) list_ended: bool,
    /// Addresses that are to be visited.
    pub(super) queued: u64,
    recorder: Option<Recorder>,
    /// Name of the archive file that was begun last.
    begun: String,
    early: BTreeMap<u64, Visited>,
    /// Numbers of this batch that were settled before their turn.
    settled: BTreeSet<u64>,
    /// Number of the next outcome to settle.
    next: u64,
    /// The number that was last looked for on disk in vain.
    missing: u64,
    /// Numbers from here on were given in this run.
    first: u64,
}

impl<'a> Ledger<'a> {
    pub(super) fn new(
        writer: Writer<'a>,
        (to_engine, turns): (UnboundedSender<Event>, Receiver<()>),
        (recorder, roster): (Option<Recorder>, Option<Roster>),
    ) -> Result<Ledger<'a>, RunError> {
        let next = writer.folder().position().settled_urls + 1;
        // Counted for those who watch a crawl.
        let queued = if roster.is_some() { writer.folder().state().queued()? } else { 0 };
        Ok(Ledger {
            writer,
            to_engine,
            turns,
            roster,
            failures: HashMap::new(),
            // The first look at the clock tells that the run has begun.
            pulsed: Instant::now().checked_sub(Duration::from_mins(1)).unwrap_or_else(Instant::now),
            look_at: Instant::now(),
            engine_seen: Instant::now(),
            list_ended: false,
            queued,
            recorder,
            begun: String::new(),
            early: BTreeMap::new(),
            settled: BTreeSet::new(),
            next,
            missing: 0,
            first: u64::MAX,
        })
    }

    /// Takes notes until the engine has ended; commits at the latest after `BATCH_TIME`.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "dropped at the end: nobody waits for a ledger that has stopped"
    )]
    pub(super) fn run(mut self, notes: Receiver<Note>) -> Result<Writer<'a>, RunError> {
        // What an earlier run has visited and not settled.
        self.settle_ready()?;
        loop {
            self.tick()?;
            let to_commit = self.writer.batch_since().map(|since| BATCH_TIME.saturating_sub(since.elapsed()));
            let received = match to_commit.into_iter().chain(self.nap()).min() {
                None => notes.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(wait) => notes.recv_timeout(wait),
            };
            match received {
                Ok(Note::Ended { is_whole }) => {
                    self.flush()?;
                    self.give_back()?;
                    return self.conclude(is_whole);
                }
                Err(RecvTimeoutError::Disconnected) => break,
                Ok(note) => self.take(note)?,
                Err(RecvTimeoutError::Timeout) => {}
            }
            // Also where one note follows the other.
            if self.writer.batch_since().is_some_and(|since| since.elapsed() >= BATCH_TIME) {
                self.flush()?;
            }
        }
        self.flush()?;
        Ok(self.writer)
    }

    /// Makes sure that a fetch that has visited everything has a row for everything.
    fn conclude(self, is_whole: bool) -> Result<Writer<'a>, RunError> {
        if is_whole && self.writer.folder().state.last_listed()? >= self.next {
            return Err(RunError::Outcome { number: self.next });
        }
        Ok(self.writer)
    }

    fn take(&mut self, note: Note) -> Result<(), RunError> {
        match note {
            Note::Listed(listings) => {
                let listed = self.list(&listings);
                _ = self.turns.try_recv();
                listed
            }
            Note::ListEnded => {
                // An engine that has stopped is told nothing.
                _ = self.to_engine.send(Event::ListEnded);
                Ok(())
            }
            Note::Visited(visited, records, _permit) => {
                if let Some(records) = records {
                    self.archive(&records)?;
                }
                self.visited(*visited)
            }
            Note::Found { source, listings } => {
                let found = self.found(source, &listings);
                _ = self.turns.try_recv();
                found
            }
            Note::Followed { source, end } => self.followed(source, *end),
            Note::Robots(row) => {
                self.writer.batch_mut().memory.robots.push(row);
                Ok(())
            }
            Note::Well => {
                self.engine_seen = Instant::now();
                Ok(())
            }
            Note::Ended { .. } => Ok(()),
        }
    }

    fn list(&mut self, listings: &[Listing]) -> Result<(), RunError> {
        let listed = self.enlist(listings, (u64::MAX, 0))?;
        for (listing, listed) in listings.iter().zip(listed) {
            match listed {
                Listed::Known { number, stage } => self.pass(listing, number, stage),
                Listed::Queued { number, .. } | Listed::Numbered { number } => {
                    self.first = self.first.min(number);
                }
                Listed::Again { .. } | Listed::Left => {}
            }
        }
        self.settle_ready()
    }

    /// Numbers addresses in the frontier, at most `room` that were not known, and tells the engine where some wait.
    pub(super) fn enlist(
        &mut self,
        listings: &[Listing],
        (room, lane): (u64, u64),
    ) -> Result<Vec<Listed>, RunError> {
        let candidates: Vec<_> = listings.iter().map(|listing| listing.candidate.clone()).collect();
        let outcome = |at: usize, number: u64| listings[at].without_visit(number).put_away();
        let all = self.writer.folder_mut().state.list(&candidates, room, &outcome)?;
        let mut sites: HashMap<i64, QueuedSite> = HashMap::new();
        for (candidate, listed) in candidates.into_iter().zip(&all) {
            let (Listed::Queued { number, site } | Listed::Again { number, site }) = *listed else {
                continue;
            };
            let name = candidate.site.unwrap_or_default();
            let entry = sites.entry(site).or_insert(QueuedSite { id: site, name, queued: 0, first: number });
            entry.queued += 1;
            self.queued += 1;
        }
        // Those without a visit lie on disk already.
        self.missing = 0;
        if !sites.is_empty() {
            let mut sites: Vec<_> = sites.into_values().collect();
            sites.sort_by_key(|site| site.first);
            _ = self.to_engine.send(Event::Queued { sites, lane });
        }
        Ok(all)
    }

    /// An address that was listed before: once more in this list, or in an earlier run.
    fn pass(&mut self, listing: &Listing, number: u64, stage: Stage) {
        let url = listing.candidate.url.as_str();
        let row = match stage {
            _ if number >= self.first => Row::of_url(url, Status::Unchanged),
            // It is as unusable as it was.
            _ if listing.candidate.site.is_none() => listing.without_visit(number).cleaned.row,
            // Its outcome is yet to come, and counts.
            Stage::Queued => return,
            Stage::Done => Row::of_url(url, Status::Unchanged),
            Stage::Failed => {
                let message = "failed in an earlier run; --retry-failed tries it again";
                Row::of_url(url, Status::Failed).failed("failed_before", message)
            }
        };
        self.writer.pass(&row);
    }

    fn archive(&mut self, records: &Records) -> Result<(), RunError> {
        let (Some(recorder), Some(archive)) = (&self.recorder, &self.writer.folder().archive) else {
            return Ok(());
        };
        let first = match self.writer.batch().memory.payloads.get(&records.payload) {
            Some(first) => Some(first.clone()),
            None => self.writer.folder().state.payload(&records.payload)?,
        };
        let name = archive.file_name();
        let info = if name == self.begun { Vec::new() } else { recorder.begin(&name) };
        let last = first.as_ref().map(|(uri, at)| recorder.revisit(records, uri, *at));
        self.begun = name;
        let batch = self.writer.batch_mut();
        for part in [&info, &records.before, last.as_ref().unwrap_or(&records.last)] {
            batch.archive.extend(part);
        }
        if first.is_none() {
            batch.memory.payloads.insert(records.payload, records.place());
        }
        Ok(())
    }

    fn visited(&mut self, mut visited: Visited) -> Result<(), RunError> {
        let stage = visited.stage();
        self.queued = self.queued.saturating_sub(1);
        self.writer.batch_mut().memory.answered.extend(visited.answered.take());
        if let (Some(source), Stage::Failed) = (&visited.cleaned.row.source, stage) {
            *self.failures.entry(source.clone()).or_default() += 1;
        }
        self.writer.batch_mut().memory.visited.push((visited.number, stage));
        if self.roster.is_some() && visited.number != self.next {
            self.settle_early(visited)?;
        } else {
            self.early.insert(visited.number, visited);
        }
        self.settle_ready()?;
        self.flush_if_full()
    }

    /// Settles an outcome of a crawl before its turn: sources have no order among each other, and what a slow site brings
    /// may be hours away. An empty outcome stands in its place until its turn comes.
    fn settle_early(&mut self, visited: Visited) -> Result<(), RunError> {
        let number = visited.number;
        self.writer.accept_visited(visited)?;
        self.settled.insert(number);
        self.writer.batch_mut().memory.outcomes.push(Outcome::settled(number));
        Ok(())
    }

    /// Settles what is next, as long as it is there, in memory or on disk.
    pub(super) fn settle_ready(&mut self) -> Result<(), RunError> {
        while let Some(next) = self.at_next()? {
            if let Next::Visited(visited) = next {
                self.writer.accept_visited(*visited)?;
            }
            self.writer.batch_mut().settled_urls = self.next;
            self.next += 1;
            self.flush_if_full()?;
        }
        Ok(())
    }

    /// What is at the next number, in memory or put away; `None` for a visit that is not over.
    fn at_next(&mut self) -> Result<Option<Next>, RunError> {
        let number = self.next;
        if self.settled.remove(&number) {
            return Ok(Some(Next::Settled));
        }
        if let Some(visited) = self.early.remove(&number) {
            return Ok(Some(Next::Visited(Box::new(visited))));
        }
        if self.missing == number {
            return Ok(None);
        }
        self.missing = number;
        match self.writer.folder().state.outcome(number)? {
            None => Ok(None),
            Some(outcome) if outcome.is_settled() => Ok(Some(Next::Settled)),
            // Only somebody else's hand in the database makes one that cannot be read.
            Some(outcome) => match Visited::take_up(outcome) {
                Some(visited) => Ok(Some(Next::Visited(Box::new(visited)))),
                None => Err(RunError::Outcome { number }),
            },
        }
    }

    fn flush_if_full(&mut self) -> Result<(), RunError> {
        if self.early.len() >= MAX_EARLY || self.writer.is_full() { self.flush() } else { Ok(()) }
    }

    /// Commits; what waits for its turn is put away with it, so that no visit is remembered without its outcome.
    fn flush(&mut self) -> Result<(), RunError> {
        self.missing = 0;
        // Their places are kept on disk from here on.
        self.settled.clear();
        for (_, visited) in std::mem::take(&mut self.early) {
            self.writer.batch_mut().memory.outcomes.push(visited.put_away());
        }
        self.writer.flush()
    }
}
