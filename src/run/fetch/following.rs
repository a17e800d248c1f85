//! The ledger's side of following sources: turns are claimed, addresses listed, and turns ended.
//!
//! Enters: the clock, and what documents of sources name. Leaves: orders to the engine, addresses in the frontier, turns
//! in the state, reports to the observer.
//! Invariant: a turn is ended in the state after everything that its run has named is listed there, so that a run that
//! was killed is made again and finds what it had listed.

use std::time::{Duration, Instant, SystemTime};

use super::crawl::CrawlRun;
use super::event::Event;
use super::ledger::Ledger;
use super::listing::Listing;
use super::moment::seconds;
use super::roster::{Roster, Seat};
use super::tour::{Fault, TourEnd};
use crate::fetch::Validators;
use crate::run::{Pulse, Report, RunError};
use crate::state::{Listed, QueuedSite, Recent, State};
use crate::timing::{End, Outcome};

/// How often an observer is told that the crawl is well.
const PULSE: Duration = Duration::from_secs(5);

/// How long an engine that says nothing counts as well.
const SILENCE: Duration = Duration::from_mins(1);

/// Time between two looks at the clock, while notes come in.
const LOOK: Duration = Duration::from_millis(200);

/// Takes the crawl's sources up into the state; gives their roster.
pub(super) fn take_up(crawl: &CrawlRun, state: &mut State) -> Result<Roster, RunError> {
    let mut roster = Roster::new(crawl, &state.sources()?, seconds(SystemTime::now()));
    for seat in &mut roster.seats {
        let source = &seat.source;
        let rules = (source.kind, &source.rules, &source.window, source.limit);
        let selection = format!("{rules:?}");
        if seat.row.id == 0 {
            seat.row.id = state.add_source(&seat.row)?;
        } else if seat.row.selection != selection {
            // What was not taken by other rules may be taken by these.
            state.forget_documents(seat.row.id)?;
        }
        seat.row.selection = selection;
        state.set_source(&seat.row, &[])?;
    }
    Ok(roster)
}

impl Ledger<'_> {
    /// How long the ledger may wait for notes.
    pub(super) fn nap(&self) -> Option<Duration> {
        self.roster.as_ref().map(|_| self.look_at.saturating_duration_since(Instant::now()))
    }

    /// Looks at the clock: sends the engine to the sources that are due, and tells the observer that all is well.
    pub(super) fn tick(&mut self) -> Result<(), RunError> {
        let Some(roster) = self.roster.as_mut().filter(|_| self.look_at <= Instant::now()) else {
            return Ok(());
        };
        while let Some((source, place)) = roster.begin_next(seconds(SystemTime::now())) {
            self.writer.folder_mut().state.set_source(&roster.seats[source].row, &[])?;
            // An engine that has stopped is told nothing.
            _ = self.to_engine.send(Event::Follow { source, place });
        }
        if roster.is_over() && !self.list_ended {
            self.list_ended = true;
            _ = self.to_engine.send(Event::ListEnded);
        }
        if self.pulsed.elapsed() >= PULSE && self.engine_seen.elapsed() < SILENCE {
            self.pulsed = Instant::now();
            let turns: Vec<_> =
                roster.seats.iter().map(|seat| (seat.row.name.as_str(), &seat.turn)).collect();
            self.writer.observer().alive(&Pulse { queued: self.queued, turns: &turns });
        }
        let to_pulse = PULSE.saturating_sub(self.pulsed.elapsed()).max(LOOK);
        let nap = roster.nap(seconds(SystemTime::now())).min(to_pulse).max(LOOK);
        self.look_at = Instant::now() + nap;
        Ok(())
    }

    /// Lists what a document of a source names.
    pub(super) fn found(&mut self, source: usize, listings: &[Listing]) -> Result<(), RunError> {
        let seat = self.roster.as_ref().map(|roster| &roster.seats[source]);
        let room = seat.map_or(0, Seat::room);
        let lane = seat.and_then(|seat| seat.run.as_ref()).map_or(0, |run| run.lane);
        let listed = self.enlist(listings, (room, lane))?;
        let Some(roster) = &mut self.roster else { return Ok(()) };
        if let Some(run) = &mut roster.seats[source].run {
            run.found += listings.len() as u64;
            for listed in listed {
                run.new += u64::from(matches!(listed, Listed::Queued { .. } | Listed::Numbered { .. }));
                run.has_left |= listed == Listed::Left;
            }
        }
        self.settle_ready()
    }

    /// Ends the run of a source.
    pub(super) fn followed(&mut self, source: usize, mut end: TourEnd) -> Result<(), RunError> {
        let now = seconds(SystemTime::now());
        let Some(roster) = &mut self.roster else { return Ok(()) };
        let seat = &mut roster.seats[source];
        let Some(run) = &seat.run else { return Ok(()) };
        if run.has_left || end.is_partial {
            // What there was no room for, or did not come, is looked for again: nothing may be taken for unchanged.
            for document in &mut end.documents {
                (document.read, document.validators) = (0, Validators::default());
            }
        }
        let failed = self.failures.remove(&seat.row.name).unwrap_or(0);
        let outcome = Outcome { end: ending(end.fault.as_ref()), found: run.found, new: run.new, failed };
        let is_told = seat.take_over(&mut end);
        let Some(run) = roster.end(source, &outcome, now) else { return Ok(()) };
        self.look_at = Instant::now();
        let again = if end.fault.is_none() { self.ask_again(source, now)? } else { Vec::new() };
        let Some(seat) = self.roster.as_ref().map(|roster| &roster.seats[source]) else { return Ok(()) };
        self.writer.folder_mut().state.set_source(&seat.row, &end.documents)?;
        self.queued += again.iter().map(|site| site.queued).sum::<u64>();
        if !again.is_empty() {
            _ = self.to_engine.send(Event::Queued { sites: again, lane: run.lane });
        }
        self.writer.observer().followed(&Report {
            source: &seat.row.name,
            turn: &seat.turn,
            outcome: &outcome,
            error: seat.row.error.as_deref(),
            is_told,
            is_unchanged: end.is_unchanged,
            notices: &end.notices,
            seconds: run.began.elapsed().as_secs_f64(),
        });
        Ok(())
    }

    /// Queues articles of a source again: those that have failed, for what it has read may not name them, and those of
    /// which nobody says whether they have changed.
    fn ask_again(&mut self, source: usize, now: i64) -> Result<Vec<QueuedSite>, RunError> {
        let Some(roster) = &self.roster else { return Ok(Vec::new()) };
        let seat = &roster.seats[source];
        let state = &mut self.writer.folder_mut().state;
        let mut again = state.try_failed(seat.row.id, seat.turn.last_start.unwrap_or(now))?;
        if let Some(window) = roster.revises {
            let recent = Recent { now, window: window.as_secs().try_into().unwrap_or(i64::MAX) };
            again.extend(state.ask_again(seat.row.id, recent)?);
        }
        Ok(again)
    }

    /// Gives back the turns whose runs the end of the crawl has cut short.
    pub(super) fn give_back(&mut self) -> Result<(), RunError> {
        let now = seconds(SystemTime::now());
        let Some(roster) = &mut self.roster else { return Ok(()) };
        for source in 0..roster.seats.len() {
            let outcome = Outcome { end: End::CutShort, found: 0, new: 0, failed: 0 };
            if roster.end(source, &outcome, now).is_some() {
                self.writer.folder_mut().state.set_source(&roster.seats[source].row, &[])?;
            }
        }
        Ok(())
    }
}

fn ending(fault: Option<&Fault>) -> End {
    match fault {
        None => End::Done,
        Some(Fault { is_gone: true, message, .. }) => End::Gone { reason: message.clone() },
        Some(fault) => End::Failed { retry_after: fault.retry_after },
    }
}
