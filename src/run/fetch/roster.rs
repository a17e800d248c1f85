//! The sources of a crawl and whose turn it is.
//!
//! Enters: what the state remembers of each, the time. Leaves: sources to follow, and what is to be remembered.
//! Invariant: a source is followed once at a time, and no turn is given out that was not claimed first. No clock is read
//! here, and nothing is stored.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use url::Url;

use super::crawl::{CrawlRun, Mode, Place, SourceRun, Sources};
use super::tour::TourEnd;
use crate::state::SourceRow;
use crate::timing::{self, Outcome, Turn};

/// A source is due for a crawl that ends this part of its wait early, and at most `MAX_EARLY_SECONDS`: whoever runs such
/// crawls by a timer would otherwise pass a turn over for a second.
const EARLY_PART: i64 = 10;
const MAX_EARLY_SECONDS: i64 = 60;

/// Failures in a row after which a source that has moved is looked for where it was.
const DOUBTED_AFTER: u32 = 4;

/// One source: how it is followed, and what is remembered of it.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) source: SourceRun,
    pub(super) row: SourceRow,
    pub(super) turn: Turn,
    /// It is followed at the next opportunity, whatever its turn says.
    is_wanted: bool,
    /// What it is being followed for.
    pub(super) run: Option<Run>,
}

/// A run of a source that is going on.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) began: Instant,
    /// Where it was asked.
    pub(super) place: Place,
    /// Tells what it queues from what other runs do.
    pub(super) lane: u64,
    pub(super) found: u64,
    pub(super) new: u64,
    /// There was no room for all that it named.
    pub(super) has_left: bool,
}

/// All sources of a crawl.
#[derive(Debug)]
pub(super) struct Roster {
    pub(super) seats: Vec<Seat>,
    mode: Mode,
    /// For how long articles that have changed are written again.
    pub(super) revises: Option<Duration>,
    /// Runs begun so far.
    runs: u64,
}

impl Seat {
    /// The seat of a source, by what is remembered of it; `None` for one that was never seen. Changed are the row's
    /// address where another one is configured, and its turn after a run that broke off.
    fn new(source: SourceRun, row: Option<SourceRow>, crawl: &CrawlRun, now: i64) -> Seat {
        let seed = seed(&source.name);
        let given = source.place.text();
        let remembered = row.as_ref().and_then(|row| serde_json::from_str::<Turn>(&row.turn).ok());
        let mut turn = remembered.map_or_else(
            // Sites and addresses have a pace of their own, so nothing is gained by waiting.
            || Turn { at: now, ..Turn::first(&source.rhythm, now, seed) },
            |turn| turn.recover(&source.rhythm, now, seed),
        );
        let mut row = row.unwrap_or_else(|| SourceRow {
            id: 0,
            name: source.name.clone(),
            given: given.clone(),
            selection: String::new(),
            url: given.clone(),
            turn: String::new(),
            error: None,
            written: 0,
            failed: 0,
        });
        if row.given != given {
            // Somebody has looked after it.
            turn = turn.restart(&source.rhythm, now, seed);
            (row.given, row.url) = (given.clone(), given);
        }
        let mut seat = Seat { source, row, turn, is_wanted: false, run: None };
        seat.is_wanted = seat.turn.stopped.is_none() && seat.is_wanted_by(crawl, now);
        seat.note_turn();
        seat
    }

    /// Whether a crawl follows it at its beginning.
    fn is_wanted_by(&self, crawl: &CrawlRun, now: i64) -> bool {
        let turn = &self.turn;
        if crawl.follows_all {
            return true;
        }
        if crawl.mode == Mode::Watch {
            return false;
        }
        let early = (turn.wait / EARLY_PART).clamp(0, MAX_EARLY_SECONDS);
        let is_due = if turn.failures > 0 { turn.at <= now } else { turn.due.min(turn.at) - early <= now };
        !self.source.is_scheduled || turn.last_due.is_none() || turn.broken_off > 0 || is_due
    }

    /// Whether it is followed at the next opportunity, whatever its turn says.
    pub(super) fn is_wanted(&self) -> bool {
        self.is_wanted
    }

    fn note_turn(&mut self) {
        // A turn is numbers and words, which JSON can hold.
        self.row.turn = serde_json::to_string(&self.turn).unwrap_or_default();
    }

    /// Where it is asked: where it has moved, if it has; in turn with where it was, while it fails there.
    fn place(&self) -> Place {
        let is_doubtful = self.turn.failures >= DOUBTED_AFTER && self.turn.failures.is_multiple_of(2);
        match (&self.source.place, Url::parse(&self.row.url)) {
            (place, _) if is_doubtful => place.clone(),
            (Place::Web(_), Ok(url)) => Place::Web(url),
            (place, _) => place.clone(),
        }
    }

    /// Takes over what its run tells of the source itself; gives whether a fault is the one of the run before.
    pub(super) fn take_over(&mut self, end: &mut TourEnd) -> bool {
        let fault = end.fault.as_ref().map(|fault| fault.message.clone());
        if fault.is_none() {
            if let Some(run) = &self.run {
                self.row.url = run.place.text();
            }
            if let Some(moved) = &end.moved {
                self.row.url = moved.to_string();
                let notice = "put that address into the configuration";
                end.notices.push(format!("has moved for good to {moved}; {notice}"));
            }
        }
        let is_told = fault.is_some() && fault == self.row.error;
        self.row.error = fault;
        is_told
    }

    /// Addresses that its run may still take.
    pub(super) fn room(&self) -> u64 {
        let taken = self.run.as_ref().map_or(0, |run| run.new);
        self.source.limit.map_or(u64::MAX, |limit| limit.saturating_sub(taken))
    }
}

impl Roster {
    /// A roster of the crawl's sources; `rows` is what is remembered, of these and of others. Rows with number 0 are to
    /// be added.
    pub(super) fn new(crawl: &CrawlRun, rows: &[SourceRow], now: i64) -> Roster {
        let seat = |source: &SourceRun| {
            let row = rows.iter().find(|row| row.name == source.name).cloned();
            Seat::new(source.clone(), row, crawl, now)
        };
        Roster {
            seats: crawl.sources.iter().map(seat).collect(),
            mode: crawl.mode,
            revises: crawl.revises,
            runs: 0,
        }
    }

    /// The sources, as the engine knows them.
    pub(super) fn sources(&self) -> Arc<Sources> {
        Arc::new(Sources {
            runs: self.seats.iter().map(|seat| seat.source.clone()).collect(),
            ids: self.seats.iter().map(|seat| seat.row.id).collect(),
            revises: self.revises.is_some(),
        })
    }

    /// Claims the turn of a source that is to be followed, and tells where. Store its row before it is followed.
    pub(super) fn begin_next(&mut self, now: i64) -> Option<(usize, Place)> {
        for (at, seat) in self.seats.iter_mut().enumerate() {
            let seed = seed(&seat.row.name);
            if let Some(turn) = seat.turn.attune(&seat.source.rhythm, now, seed) {
                seat.turn = turn;
            }
            if seat.is_wanted {
                let due = seat.turn.due.min(now);
                seat.turn = Turn { due, at: now, ..seat.turn.clone() };
            } else if self.mode == Mode::Once {
                continue;
            }
            let Some(begun) = seat.turn.begin(now) else { continue };
            seat.turn = begun.turn;
            seat.is_wanted = false;
            self.runs += 1;
            let place = seat.place();
            seat.run = Some(Run {
                began: Instant::now(),
                place: place.clone(),
                lane: self.runs,
                found: 0,
                new: 0,
                has_left: false,
            });
            seat.note_turn();
            return Some((at, place));
        }
        None
    }

    /// Ends a run; gives it. Store the row.
    pub(super) fn end(&mut self, at: usize, outcome: &Outcome, now: i64) -> Option<Run> {
        let seat = self.seats.get_mut(at)?;
        let run = seat.run.take()?;
        seat.turn = seat.turn.finish(outcome, &seat.source.rhythm, now, seed(&seat.row.name));
        seat.note_turn();
        Some(run)
    }

    /// Whether nothing is going on and nothing will be.
    pub(super) fn is_over(&self) -> bool {
        self.mode == Mode::Once && self.seats.iter().all(|seat| seat.run.is_none() && !seat.is_wanted)
    }

    /// How long nothing becomes due.
    pub(super) fn nap(&self, now: i64) -> Duration {
        let waiting = self.seats.iter().filter(|seat| seat.run.is_none()).map(|seat| &seat.turn);
        Duration::from_secs(timing::nap(waiting, now).try_into().unwrap_or(0))
    }
}

/// Spreads the turns of sources; the same for the same source.
fn seed(name: &str) -> u64 {
    Sha256::digest(name).first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use std::path::PathBuf;

    use jiff::tz::TimeZone;

    use super::super::crawl::{SourceKind, Window};
    use super::*;
    use crate::source::follow::ListingRules;
    use crate::timing::{End, Rhythm};

    const DAY: i64 = 86_400;
    /// 2026-01-01 in UTC.
    const START: i64 = 1_767_225_600;

    fn source(number: usize) -> SourceRun {
        let schedule = ["every 5h", "every 1d", "30 6 * * *", "15 2 * * 0"][number % 4];
        let zone = ["Asia/Ho_Chi_Minh", "Europe/Berlin", "America/New_York"][number % 3];
        SourceRun {
            name: format!("source {number}"),
            kind: SourceKind::Feed,
            place: Place::File(PathBuf::from("list")),
            rhythm: Rhythm::new(schedule.parse().unwrap(), TimeZone::get(zone).unwrap()),
            is_scheduled: true,
            rules: ListingRules::default(),
            window: Window::default(),
            limit: None,
            newest_first: true,
            delay: None,
        }
    }

    fn crawl(mode: Mode) -> CrawlRun {
        CrawlRun { sources: (0..50).map(source).collect(), mode, follows_all: false, revises: None }
    }

    /// A year of 50 sources in a daemon that crashes, sleeps and fails: what is stored before a run begins and after it
    /// ends is all that outlives a crash.
    #[test]
    fn in_a_year_every_turn_is_served_once() {
        let crawl = crawl(Mode::Watch);
        let mut chance = fastrand::Rng::with_seed(7);
        let mut roster = Roster::new(&crawl, &[], START);
        let mut rows: Vec<SourceRow> = roster.seats.iter().map(|seat| seat.row.clone()).collect();
        let mut served: Vec<Vec<i64>> = vec![Vec::new(); rows.len()];
        let mut now = START;
        let mut broken_off = 0;
        while now < START + 365 * DAY {
            while let Some((at, _)) = roster.begin_next(now) {
                let due = roster.seats[at].turn.due;
                rows[at] = roster.seats[at].row.clone();
                // Jitter may begin a turn a little before its time.
                assert!(roster.seats[at].run.is_some() && due <= now + 300);
                now += chance.i64(0..20);
                if chance.u32(0..200) == 0 {
                    broken_off += 1;
                    roster = Roster::new(&crawl, &rows, now);
                    continue;
                }
                let end = if chance.u32(0..50) == 0 { End::Failed { retry_after: None } } else { End::Done };
                assert!(served[at].last().is_none_or(|last| *last < due), "{due} of {at} is served twice");
                served[at].push(due);
                assert!(roster.end(at, &Outcome { end, found: 1, new: 0, failed: 0 }, now).is_some());
                rows[at] = roster.seats[at].row.clone();
            }
            // The daemon looks at the clock once a minute; nothing is due in between.
            let next = roster.seats.iter().map(|seat| seat.turn.at).min().unwrap();
            now += if chance.u32(0..2_000) == 0 { chance.i64(0..3 * DAY) } else { (next - now).max(1) };
        }
        assert!(broken_off > 50, "{broken_off}");
        for (at, served) in served.iter().enumerate() {
            let turns = [365 * 24 / 5, 365, 365, 52][at % 4];
            // Some were passed over in sleep, or put off by a failure, and made up for once.
            assert!(
                (turns * 8 / 10..=turns + 2).contains(&served.len()),
                "{at}: {} of {turns}",
                served.len()
            );
            assert!(now - served.last().unwrap() < 11 * DAY, "{at}");
        }
    }

    #[test]
    fn a_crawl_that_ends_follows_what_is_due_and_nothing_twice() {
        let crawl = crawl(Mode::Once);
        let mut roster = Roster::new(&crawl, &[], START);
        let mut begun = 0;
        while let Some((at, _)) = roster.begin_next(START) {
            begun += 1;
            assert!(!roster.is_over());
            roster.end(at, &Outcome { end: End::Done, found: 0, new: 0, failed: 0 }, START + 5);
        }
        assert_eq!((begun, roster.is_over()), (50, true));
        let rows: Vec<SourceRow> = roster.seats.iter().map(|seat| seat.row.clone()).collect();
        let mut next = Roster::new(&crawl, &rows, START + 60);
        assert!(next.begin_next(START + 60).is_none() && next.is_over());
    }
}
