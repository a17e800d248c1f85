//! What the engine does with what comes back.
//!
//! Enters: ended exchanges and pages that were taken apart. Leaves: visits in the queues of sites, harvests, notes to the
//! ledger. Invariant: every visit that comes back goes to one place: a queue, a harvest, or the ledger.

use std::time::Instant;

use tokio::sync::OwnedSemaphorePermit;
use url::Url;

use super::answer::{Answer, Harvested};
use super::engine::Engine;
use super::note::Note;
use super::schedule::SiteIndex;
use super::verdict;
use super::visit::{Aim, Visit, ending};
use crate::canonical;
use crate::fetch::redirect::target;
use crate::fetch::{Exchange, FetchError, robots};
use crate::run::InputError;

impl Engine<'_> {
    pub(super) fn on_answer(&mut self, answer: Answer) {
        self.going_on -= 1;
        let now = Instant::now();
        match answer {
            Answer::Later { site, visit, until } => {
                self.schedule.site(site).is_asked = false;
                self.schedule.delay(site, *visit, until.saturating_duration_since(now), now);
            }
            Answer::Exchanged { site, visit, outcome, permit } => {
                let at = self.schedule.site(site);
                at.is_asked = false;
                if visit.requests == 1 {
                    at.record.visit();
                }
                verdict::observe(at, &outcome, visit.last_spent, now);
                if visit.is_robots() {
                    self.on_robots(site, *visit, &outcome, permit);
                } else {
                    self.on_page(site, *visit, outcome, permit);
                }
                self.schedule.plan(site);
            }
            Answer::Read { source, depth, last, outcome } => match *outcome {
                Ok(read) => self.document_read(source, depth, read),
                Err(why) => self.document_failed((source, depth), last.as_ref(), &why),
            },
            Answer::Harvested { visit, outcome } => match outcome {
                Harvested::Leads(next) => self.follow(*visit, next, (None, false)),
                Harvested::Broken(error) => {
                    let name = canonical::site(&visit.url);
                    let at = self.site(&name);
                    self.repeat_or_end(at, *visit, &error, None);
                }
                Harvested::Noted => {}
            },
        }
    }

    /// What follows an answer to a request for a page.
    fn on_page(
        &mut self,
        at: SiteIndex,
        mut visit: Visit,
        outcome: Result<Box<Exchange>, FetchError>,
        permit: OwnedSemaphorePermit,
    ) {
        match outcome.and_then(|exchange| Ok((target(&exchange)?, exchange))) {
            Ok((Some(next), exchange)) => {
                self.harvest.record_hop(&mut visit, &exchange);
                let may_circle = verdict::sets_cookie(&exchange);
                self.follow(visit, next, (Some(exchange.status), may_circle));
            }
            Ok((None, exchange)) => {
                self.going_on += 1;
                let ways = (self.notes.clone(), self.answers.clone());
                match visit.aim {
                    Aim::Source { .. } => self.harvest.begin_document(visit, exchange, permit, ways),
                    _ => self.harvest.begin(visit, exchange, permit, ways),
                }
            }
            Err(error) => self.repeat_or_end(at, visit, &error, Some(permit)),
        }
    }

    /// Sends a visit on to where it was led, if it has not been led too far.
    fn follow(&mut self, mut visit: Visit, next: Url, (status, may_circle): (Option<u16>, bool)) {
        visit.lead_to(next, status);
        if let Some(why) = verdict::led_too_far(&visit, self.options.limits().max_redirects, may_circle) {
            return self.end(&visit, &why, None);
        }
        let at = self.site(&canonical::site(&visit.url));
        self.schedule.arrive(at, visit);
    }

    fn repeat_or_end(
        &mut self,
        at: SiteIndex,
        mut visit: Visit,
        error: &FetchError,
        permit: Option<OwnedSemaphorePermit>,
    ) {
        visit.failures += verdict::weight(error);
        match verdict::again(self.schedule.site(at), &visit, error, &self.options.retry) {
            Ok(wait) => self.schedule.delay(at, visit, wait, Instant::now()),
            Err(why) => self.end(&visit, &why, permit),
        }
    }

    /// What follows an answer to a request for a robots.txt.
    fn on_robots(
        &mut self,
        at: SiteIndex,
        mut visit: Visit,
        outcome: &Result<Box<Exchange>, FetchError>,
        permit: OwnedSemaphorePermit,
    ) {
        let led = outcome.as_deref().ok().and_then(|exchange| verdict::robots_leads_to(&visit, exchange));
        if let Some(next) = led {
            visit.lead_to(next, None);
            let at = self.site(&canonical::site(&visit.url));
            return self.schedule.arrive(at, visit);
        }
        if let Err(error) = outcome {
            visit.failures += verdict::weight(error);
            if let Ok(wait) = verdict::again(self.schedule.site(at), &visit, error, &self.options.retry) {
                return self.schedule.delay(at, visit, wait, Instant::now());
            }
        }
        drop(permit);
        let fault = outcome.as_ref().err().map(ending);
        let answer = |answer: &robots::Answer<'_>| self.robots_came(&visit, answer, fault);
        verdict::robots_answer(outcome, answer);
    }

    /// Keeps what a robots.txt says, and lets the site go on that waits for it.
    fn robots_came(&mut self, visit: &Visit, answer: &robots::Answer<'_>, fault: Option<InputError>) {
        let Aim::Robots { origin, home } = &visit.aim else { return };
        let row = self.desk.keep(origin, (answer, fault), &self.frontier);
        if *answer != robots::Answer::Refused {
            // What is refused depends on this run's options.
            self.tell(Note::Robots(row));
        }
        self.schedule.site(*home).awaits_robots = false;
        self.schedule.plan(*home);
    }

    /// Ends a visit without asking for it: its site does not answer.
    pub(super) fn give_up(&mut self, visit: &Visit, why: &InputError, permit: OwnedSemaphorePermit) {
        if visit.is_robots() {
            return self.robots_came(visit, &robots::Answer::Failed, Some(why.clone()));
        }
        self.end(visit, why, Some(permit));
    }

    /// Ends a visit that brought no document.
    pub(super) fn end(&mut self, visit: &Visit, why: &InputError, permit: Option<OwnedSemaphorePermit>) {
        if let Aim::Source { source, depth } = visit.aim {
            return self.document_failed((source, depth), visit.last.as_ref(), why);
        }
        if let Some(visited) = visit.ended(why) {
            self.tell(Note::Visited(Box::new(visited), None, permit));
        }
    }

    pub(super) fn tell(&self, note: Note) {
        // A ledger that has stopped says why itself.
        _ = self.notes.send(note);
    }
}
