//! The memory of one source between runs, and what each event makes of it.
//!
//! Enters: a turn, the clock, how a run went. Leaves: the turn after it, to be stored before anything else is done.
//! Invariant: a due time is claimed before its run begins and given up only when the run has finished, been cut short or
//! failed; so no crash loses it, and no finished one comes again.
//!
//! A crash between claim and finish leaves the claim, and the run is made again: at least once. The other choice, at most
//! once, would lose a daily source for a day, while a repetition costs one look at a feed: what the broken run had
//! fetched is known to the frontier and is not fetched again.
//!
//! The clock may be set. Forward is like sleep: what was passed is made up for by one run. Backward, a turn waits for
//! its time, so that no due time is served twice, but not much longer than was planned: beyond that,
//! [`Turn::attune`] plans from the clock as it stands.

use serde::{Deserialize, Serialize};

use super::Rhythm;
use super::rhythm::{NEVER, PLAIN, Plan, Served, drawn};

/// Seconds over which new sources, and those that were passed while the schedule changed, are spread.
const SPREAD: i64 = 60;

/// Times that one run may break off with the program before it counts as a failure.
const MAX_BROKEN_OFF: u32 = 4;

/// Seconds that a clock that was set back may add to a wait, besides the wait's own length.
const MAX_SET_BACK: i64 = 3_600;

/// Longest time for which a scheduler may sleep without looking at the clock, in seconds.
const MAX_NAP: i64 = 60;

/// What is remembered of one source. Times are seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// The due time that is served next, or by the run that is going on.
    pub due: i64,
    /// When its run is to begin: the due time with its jitter, later after a long run or at a server's wish.
    pub at: i64,
    /// How long that was to be waited for, in seconds.
    pub wait: i64,
    /// What it was planned by, as text.
    pub rhythm: String,
    /// When the run that is going on began.
    pub begun: Option<i64>,
    /// How often that due time's run has broken off with the program.
    pub broken_off: u32,
    /// The due time that was served last.
    pub last_due: Option<i64>,
    /// When the last run began.
    pub last_start: Option<i64>,
    /// When the last good run ended.
    pub last_success: Option<i64>,
    /// Failures in a row.
    pub failures: u32,
    /// Factor of an adaptive interval, in thousandths.
    pub factor: u32,
    /// Entries that the last run looked at.
    pub found: u64,
    /// New ones among them.
    pub new: u64,
    /// New ones whose fetch failed.
    pub failed: u64,
    /// Why it is asked no more.
    pub stopped: Option<Stopped>,
}

/// Why and since when a source is asked no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stopped {
    /// Seconds since 1970.
    pub since: i64,
    /// For a person.
    pub reason: String,
}

/// A run that may begin, once `turn` is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// The turn with its claim.
    pub turn: Turn,
    /// The due time that the run serves.
    pub due: i64,
    /// A run for this due time has broken off before.
    pub is_repeated: bool,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The source was read; also if it had not changed.
    Done,
    /// The source could not be read, and may be another time.
    Failed {
        /// Seconds for which the server asks to be left alone.
        retry_after: Option<i64>,
    },
    /// The source is gone for good (410).
    Gone {
        /// For a person.
        reason: String,
    },
    /// The program was asked to stop; the due time is still to be served.
    CutShort,
}

/// What a run did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended.
    pub end: End,
    /// Entries that it looked at; none where the source had not changed.
    pub found: u64,
    /// New ones among them.
    pub new: u64,
    /// New ones whose fetch failed.
    pub failed: u64,
}

impl Turn {
    /// The turn of a new source: due at once, begun within the first minute.
    #[must_use]
    pub fn first(rhythm: &Rhythm, now: i64, seed: u64) -> Turn {
        Turn {
            due: now,
            at: now.saturating_add(drawn(seed, now, 0, SPREAD)),
            wait: SPREAD,
            rhythm: rhythm.text(),
            begun: None,
            broken_off: 0,
            last_due: None,
            last_start: None,
            last_success: None,
            failures: 0,
            factor: PLAIN,
            found: 0,
            new: 0,
            failed: 0,
            stopped: None,
        }
    }

    /// Whether a run is to begin now.
    #[must_use]
    pub fn is_due(&self, now: i64) -> bool {
        self.stopped.is_none() && self.begun.is_none() && self.at <= now
    }

    /// Seconds by which its run is late; 0 before its time.
    #[must_use]
    pub fn lag(&self, now: i64) -> i64 {
        if self.stopped.is_some() { 0 } else { now.saturating_sub(self.at).max(0) }
    }

    /// Claims the due time; `None` unless it [is due](Turn::is_due). Store the turn before the run does anything.
    #[must_use]
    pub fn begin(&self, now: i64) -> Option<Begun> {
        let turn = Turn { begun: Some(now), last_start: Some(now), ..self.clone() };
        self.is_due(now).then_some(Begun { turn, due: self.due, is_repeated: self.broken_off > 0 })
    }

    /// The turn after a run; store it when all that the run did is stored. A turn without a run stays as it is.
    #[must_use]
    pub fn finish(&self, outcome: &Outcome, rhythm: &Rhythm, now: i64, seed: u64) -> Turn {
        let Some(begun) = self.begun else { return self.clone() };
        let mut turn = self.clone();
        turn.begun = None;
        let mut retry_after = None;
        match &outcome.end {
            End::CutShort => return Turn { at: now, wait: 0, ..turn },
            End::Done => {
                turn.failures = 0;
                turn.last_success = Some(now);
                turn.factor = rhythm.adapted(self.factor, (outcome.found, outcome.new));
            }
            End::Failed { retry_after: asked } => {
                turn.failures = self.failures.saturating_add(1);
                retry_after = *asked;
            }
            End::Gone { reason } => turn.stopped = Some(Stopped { since: now, reason: reason.clone() }),
        }
        turn.broken_off = 0;
        turn.last_due = Some(self.due);
        (turn.found, turn.new, turn.failed) = (outcome.found, outcome.new, outcome.failed);
        // What became due while the run went on is served by the next one: entries may have come after it looked.
        let served = Served { until: begun.max(self.due), retry_after, ..turn.served(self.due) };
        turn.planned(rhythm, &served, now, seed)
    }

    /// A turn as it was stored, when the program starts: the run that broke off with it is made again, the first time
    /// at once. One that does so again and again is a failure.
    #[must_use]
    pub fn recover(&self, rhythm: &Rhythm, now: i64, seed: u64) -> Turn {
        let Some(begun) = self.begun else { return self.clone() };
        if self.broken_off >= MAX_BROKEN_OFF {
            // What it would have found is not known; what the last one found is not told again.
            let end = End::Failed { retry_after: None };
            return self.finish(&Outcome { end, found: 0, new: 0, failed: 0 }, rhythm, now, seed);
        }
        let wait = (SPREAD << self.broken_off) - SPREAD;
        let at = now.saturating_add(wait);
        Turn {
            begun: None,
            last_start: Some(begun),
            broken_off: self.broken_off + 1,
            at,
            wait,
            ..self.clone()
        }
    }

    /// Another plan, where the present one no longer fits: the schedule was changed, or the clock was set back so far
    /// that the source would not be asked for long. To be asked for at every look at the clock, before
    /// [`Turn::is_due`].
    #[must_use]
    pub fn attune(&self, rhythm: &Rhythm, now: i64, seed: u64) -> Option<Turn> {
        if self.begun.is_some() || self.stopped.is_some() {
            return None;
        }
        let far = self.wait.saturating_mul(2).saturating_add(MAX_SET_BACK);
        if self.at != NEVER && self.at.saturating_sub(now) > far {
            if self.broken_off > 0 {
                // Its due time is still to be served.
                return Some(Turn { at: now, wait: 0, ..self.clone() });
            }
            let served = Served { until: now, ..self.served(now) };
            return Some(self.clone().planned(rhythm, &served, now, seed));
        }
        let text = rhythm.text();
        if self.rhythm == text {
            return None;
        }
        let Some(last) = self.last_due.filter(|_| self.broken_off == 0) else {
            return Some(Turn { rhythm: text, ..self.clone() });
        };
        let until = self.last_start.unwrap_or(last).clamp(last, now.max(last));
        let mut turn = self.clone().planned(rhythm, &Served { until, ..self.served(last) }, now, seed);
        if turn.due <= now {
            // Sources of one change are not all asked at once.
            turn.at = now.saturating_add(drawn(seed, now, 0, SPREAD));
        }
        Some(turn)
    }

    /// A stopped source that is to be asked again, as a new one; what it brought is still remembered.
    #[must_use]
    pub fn restart(&self, rhythm: &Rhythm, now: i64, seed: u64) -> Turn {
        let Turn { due, at, wait, rhythm, .. } = Turn::first(rhythm, now, seed);
        Turn { due, at, wait, rhythm, begun: None, broken_off: 0, failures: 0, stopped: None, ..self.clone() }
    }

    fn served(&self, due: i64) -> Served {
        Served { due, until: due, failures: self.failures, factor: self.factor, retry_after: None }
    }

    fn planned(mut self, rhythm: &Rhythm, served: &Served, now: i64, seed: u64) -> Turn {
        let Plan { due, at } = rhythm.plan(served, now, seed);
        (self.due, self.at, self.rhythm) = (due, at, rhythm.text());
        // From the later one: a clock that was set back during the run is not taken for a long wait.
        self.wait = at.saturating_sub(now.max(served.until)).max(0);
        self
    }
}

/// The places of the turns that are due, those that wait longest first.
#[must_use]
pub fn due<'a>(turns: impl IntoIterator<Item = &'a Turn>, now: i64) -> Vec<usize> {
    let mut due: Vec<(i64, usize)> = turns
        .into_iter()
        .enumerate()
        .filter(|(_, turn)| turn.is_due(now))
        .map(|(at, turn)| (turn.at, at))
        .collect();
    due.sort_unstable();
    due.into_iter().map(|(_, at)| at).collect()
}

/// Seconds to sleep until the next turn is due, at most a minute: a clock that is set, and a machine that slept, are seen
/// soon enough.
#[must_use]
pub fn nap<'a>(turns: impl IntoIterator<Item = &'a Turn>, now: i64) -> i64 {
    let waiting = turns.into_iter().filter(|turn| turn.stopped.is_none() && turn.begun.is_none());
    waiting.map(|turn| turn.at.saturating_sub(now)).min().unwrap_or(MAX_NAP).clamp(0, MAX_NAP)
}

#[cfg(test)]
mod tests;
