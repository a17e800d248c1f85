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
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use jiff::tz::TimeZone;
    use proptest::prelude::*;

    use super::super::{Bounds, Schedule};
    use super::*;

    const HOUR: i64 = 3_600;
    const START: i64 = 1_767_225_600;

    fn rhythm(schedule: &str) -> Rhythm {
        Rhythm::new(schedule.parse().unwrap(), TimeZone::UTC)
    }

    fn exact(schedule: &str) -> Rhythm {
        Rhythm { jitter: 0, ..rhythm(schedule) }
    }

    fn ended(end: End) -> Outcome {
        Outcome { end, found: 50, new: 3, failed: 0 }
    }

    fn failed() -> Outcome {
        ended(End::Failed { retry_after: None })
    }

    /// A turn whose run at its time has just ended.
    fn run(turn: &Turn, outcome: &Outcome, rhythm: &Rhythm) -> Turn {
        turn.begin(turn.at).unwrap().turn.finish(outcome, rhythm, turn.at + 5, 1)
    }

    fn done(turn: &Turn, rhythm: &Rhythm) -> Turn {
        run(turn, &ended(End::Done), rhythm)
    }

    /// A turn in the middle of its life, due at `START`.
    fn settled(rhythm: &Rhythm) -> Turn {
        Turn { at: START, ..Turn::first(rhythm, START, 1) }
    }

    #[test]
    fn a_new_source_is_due_within_a_minute() {
        let ats: Vec<i64> = (0..500).map(|seed| Turn::first(&rhythm("every 1h"), START, seed).at).collect();
        assert!(ats.iter().all(|at| (START..=START + 60).contains(at)));
        assert!(ats.contains(&START) && ats.contains(&(START + 60)));
    }

    #[test]
    fn a_run_is_claimed_and_finished() {
        let rhythm = exact("every 30m");
        let turn = settled(&rhythm);
        assert_eq!(turn.begin(START - 1), None);
        let begun = turn.begin(START + 7).unwrap();
        assert_eq!((begun.due, begun.is_repeated), (START, false));
        assert!(!begun.turn.is_due(START + HOUR) && begun.turn.begin(START + HOUR).is_none());
        let next = begun.turn.finish(&ended(End::Done), &rhythm, START + 20, 1);
        assert_eq!((next.due, next.at), (START + 1_800, START + 1_800));
        assert_eq!(
            (next.last_due, next.last_start, next.last_success),
            (Some(START), Some(START + 7), Some(START + 20))
        );
        assert_eq!((next.found, next.new, next.begun), (50, 3, None));
        assert_eq!((next.lag(START), next.lag(START + 1_900)), (0, 100));
        // Finished once.
        assert_eq!(next.finish(&failed(), &rhythm, START + 30, 1), next);
    }

    #[test]
    fn sleep_is_made_up_for_once() {
        for schedule in ["every 30m", "*/30 * * * *"] {
            let rhythm = exact(schedule);
            let turn = done(&settled(&rhythm), &rhythm);
            let awake = START + 9 * HOUR + 1_000;
            let begun = turn.begin(awake).unwrap();
            assert_eq!(begun.due, START + 1_800);
            let next = begun.turn.finish(&ended(End::Done), &rhythm, awake + 10, 1);
            assert_eq!(
                (next.due, next.at),
                (START + 9 * HOUR + 1_800, START + 9 * HOUR + 1_800),
                "{schedule}"
            );
        }
    }

    #[test]
    fn what_came_due_during_a_long_run_is_served_after_a_rest() {
        let rhythm = exact("every 30m");
        let begun = settled(&rhythm).begin(START).unwrap();
        let next = begun.turn.finish(&ended(End::Done), &rhythm, START + 4_000, 1);
        assert_eq!((next.due, next.at), (START + 1_800, START + 4_060));
        let next = next.begin(next.at).unwrap().turn.finish(&ended(End::Done), &rhythm, START + 4_100, 1);
        assert_eq!(next.due, START + 5_400);
    }

    #[test]
    fn jitter_is_small_and_serves_no_time_twice() {
        let rhythm = rhythm("every 30m");
        let mut turn = settled(&rhythm);
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..2_000 {
            let due = turn.due;
            turn = turn.begin(turn.at).unwrap().turn.finish(&ended(End::Done), &rhythm, turn.at + 5, seed);
            assert_eq!(turn.due, due + 1_800);
            assert!((turn.at - turn.due).abs() <= 90);
            seen.insert(turn.at - turn.due);
        }
        assert!(seen.len() > 150, "{}", seen.len());
        let wide = Rhythm { jitter: 10, ..rhythm };
        assert!((0..100).all(|_| (done(&turn, &wide).at - done(&turn, &wide).due).abs() <= 10));
    }

    #[test]
    fn failures_double_the_interval_up_to_a_day() {
        let rhythm = exact("every 3h");
        let mut turn = settled(&rhythm);
        for hours in [6, 12, 24, 24] {
            let next = run(&turn, &failed(), &rhythm);
            assert_eq!(next.due - turn.due, hours * HOUR);
            turn = next;
        }
        assert_eq!((turn.failures, turn.last_success), (4, None));
        let next = done(&turn, &rhythm);
        assert_eq!((next.due - turn.due, next.failures), (3 * HOUR, 0));
        // Cron keeps to its times, and a daily source is asked the next day.
        let cron = exact("0 */3 * * *");
        let turn = settled(&cron);
        assert_eq!(run(&turn, &failed(), &cron).due, START + 6 * HOUR);
        assert_eq!(run(&run(&turn, &failed(), &cron), &failed(), &cron).due, START + 18 * HOUR);
        let daily = exact("0 0 * * *");
        let mut turn = settled(&daily);
        for day in 1..4 {
            turn = run(&turn, &failed(), &daily);
            assert_eq!(turn.due, START + day * 24 * HOUR);
        }
    }

    #[test]
    fn a_server_that_asks_for_peace_gets_it() {
        let rhythm = exact("every 30m");
        let asks = |seconds| ended(End::Failed { retry_after: Some(seconds) });
        assert_eq!(run(&settled(&rhythm), &asks(7_200), &rhythm).at, START + 5 + 7_200);
        assert_eq!(run(&settled(&rhythm), &asks(60), &rhythm).at, START + 3_600);
        assert_eq!(run(&settled(&rhythm), &asks(i64::MAX), &rhythm).at, START + 5 + 7 * 24 * HOUR);
        assert_eq!(run(&settled(&rhythm), &asks(-9), &rhythm).at, START + 3_600);
    }

    #[test]
    fn a_source_that_is_gone_is_asked_no_more() {
        let rhythm = exact("every 30m");
        let turn = run(&settled(&rhythm), &ended(End::Gone { reason: "410 Gone".into() }), &rhythm);
        assert_eq!(turn.stopped, Some(Stopped { since: START + 5, reason: "410 Gone".into() }));
        assert!(!turn.is_due(i64::MAX) && turn.begin(i64::MAX).is_none() && turn.lag(i64::MAX) == 0);
        assert!(turn.attune(&exact("every 1h"), START, 1).is_none());
        assert_eq!(nap([&turn], START), 60);
        let again = turn.restart(&rhythm, START + HOUR, 1);
        assert!(again.is_due(START + HOUR + 60) && again.last_due == Some(START));
    }

    #[test]
    fn what_was_cut_short_is_due_again() {
        let rhythm = exact("every 30m");
        let turn = run(&settled(&rhythm), &ended(End::CutShort), &rhythm);
        assert_eq!((turn.due, turn.at, turn.last_due, turn.failures), (START, START + 5, None, 0));
    }

    #[test]
    fn a_run_that_breaks_off_is_made_again_and_is_a_failure_in_the_end() {
        let rhythm = exact("every 30m");
        let mut turn = settled(&rhythm);
        for wait in [0, 60, 180, 420] {
            let claimed = turn.begin(turn.at).unwrap();
            assert_eq!((claimed.due, claimed.is_repeated), (START, wait > 0));
            let stored = serde_json::to_string(&claimed.turn).unwrap();
            let now = turn.at + 30;
            turn = serde_json::from_str::<Turn>(&stored).unwrap().recover(&rhythm, now, 1);
            assert_eq!((turn.at, turn.due), (now + wait, START));
            assert_eq!(turn.recover(&rhythm, now, 1), turn);
        }
        let now = turn.at + 30;
        turn = turn.begin(turn.at).unwrap().turn.recover(&rhythm, now, 1);
        assert_eq!((turn.failures, turn.broken_off, turn.due), (1, 0, START + 3_600));
    }

    #[test]
    fn intervals_follow_what_a_source_brings() {
        let rhythm = Rhythm { adaptive: Bounds::new(600, 4 * HOUR), ..exact("every 30m") };
        let brings =
            |turn: &Turn, found, new| run(turn, &Outcome { end: End::Done, found, new, failed: 0 }, &rhythm);
        let mut turn = settled(&rhythm);
        let mut before = 1_800;
        for _ in 0..40 {
            let next = brings(&turn, 50, 0);
            assert!(next.due - turn.due >= before && next.due - turn.due <= 4 * HOUR);
            before = next.due - turn.due;
            turn = next;
        }
        assert_eq!(before, 4 * HOUR);
        for _ in 0..10 {
            turn = brings(&turn, 50, 40);
        }
        assert_eq!(brings(&turn, 50, 40).due - turn.due, 600);
        // One entry in a while speeds it up gently.
        assert!(brings(&brings(&turn, 50, 0), 50, 1).factor < brings(&turn, 50, 0).factor);
        assert_eq!(done(&settled(&exact("every 30m")), &exact("every 30m")).factor, 1_000);
        // Times of a calendar are passed over, and no others are made up.
        let cron = Rhythm { adaptive: Bounds::new(600, 4 * HOUR), ..exact("0,30 * * * *") };
        let mut turn = settled(&cron);
        for new in [0; 30].into_iter().chain([40; 30]) {
            let next = run(&turn, &Outcome { end: End::Done, found: 50, new, failed: 0 }, &cron);
            assert!(next.due % 1_800 == 0 && (1_800..=4 * HOUR).contains(&(next.due - turn.due)));
            turn = next;
        }
        assert_eq!(done(&turn, &cron).due - turn.due, 1_800);
        assert!(Bounds::new(0, 100).is_none() && Bounds::new(100, 99).is_none());
        assert!(Bounds::new(60, 367 * 86_400).is_none() && Bounds::new(1, 1).is_some());
    }

    #[test]
    fn another_schedule_takes_effect() {
        let daily = exact("0 0 * * *");
        let turn = done(&settled(&daily), &daily);
        assert_eq!(turn.attune(&daily, START + HOUR, 1), None);
        let faster = exact("0 */2 * * *");
        let next = turn.attune(&faster, START + HOUR, 1).unwrap();
        assert_eq!((next.due, next.at), (START + 2 * HOUR, START + 2 * HOUR));
        assert_eq!(next.attune(&faster, START + HOUR, 1), None);
        // What would have been due by now is due now, once.
        let next = turn.attune(&faster, START + 7 * HOUR, 1).unwrap();
        assert!(next.is_due(START + 7 * HOUR + 60));
        assert_eq!(done(&next, &faster).due, START + 8 * HOUR);
        // A new source stays due.
        let first = Turn::first(&daily, START, 1);
        let next = first.attune(&faster, START, 1).unwrap();
        assert_eq!((next.due, next.at), (first.due, first.at));
    }

    #[test]
    fn a_clock_that_is_set_back_delays_by_a_bound() {
        for schedule in ["every 30m", "*/30 * * * *"] {
            let rhythm = exact(schedule);
            let turn = done(&settled(&rhythm), &rhythm);
            // An hour or so: it waits for its time.
            assert_eq!(turn.attune(&rhythm, START - HOUR, 1), None);
            // Years: it is planned by the clock that is.
            let now = START - 1_000 * 24 * HOUR;
            let next = turn.attune(&rhythm, now, 1).unwrap();
            assert!(next.at > now && next.at <= now + 1_800, "{schedule}");
            assert_eq!(next.attune(&rhythm, now, 1), None);
        }
        // During a run.
        let rhythm = exact("every 30m");
        let begun = settled(&rhythm).begin(START).unwrap();
        let now = START - 48 * HOUR;
        let turn = begun.turn.finish(&ended(End::Done), &rhythm, now, 1);
        let next = turn.attune(&rhythm, now, 1).unwrap();
        assert!(next.at > now && next.at <= now + 1_800);
    }

    #[test]
    fn those_that_wait_longest_are_first() {
        let rhythm = exact("every 30m");
        let at = |at| Turn { at, ..settled(&rhythm) };
        let turns = [at(START + 9), at(START + 3), at(START + 40), at(START + 3)];
        assert_eq!(due(&turns, START + 10), [1, 3, 0]);
        assert_eq!(due(&turns, START), [0; 0]);
        assert_eq!((nap(&turns, START), nap(&turns, START + 20), nap(&turns[2..3], START - 100)), (3, 0, 60));
        assert_eq!(nap([], START), 60);
    }

    proptest! {
        /// Whatever the numbers are, nothing overflows and time goes on.
        #[test]
        fn no_numbers_break_it(
            numbers in proptest::array::uniform6(any::<i64>()),
            counts in (any::<u32>(), any::<u32>(), any::<u64>(), any::<u64>()),
            now in any::<i64>(), seed in any::<u64>(), is_cron in any::<bool>(), asked in any::<Option<i64>>(),
        ) {
            let rhythm = Rhythm {
                jitter: numbers[3], back_off: numbers[4], adaptive: Bounds::new(600, 9_000),
                ..rhythm(if is_cron { "*/7 3-5 * * 1" } else { "every 7m" })
            };
            let turn = Turn {
                due: numbers[0], at: numbers[1], wait: numbers[2], begun: Some(numbers[5]), failures: counts.0,
                factor: counts.1, broken_off: counts.0 % 5, last_due: Some(numbers[5]), ..settled(&rhythm)
            };
            for end in [End::Done, End::Failed { retry_after: asked }, End::CutShort] {
                let next = turn.finish(&Outcome { end, found: counts.2, new: counts.3, failed: 0 }, &rhythm, now, seed);
                let _ = (next.attune(&rhythm, now, seed), next.attune(&exact("every 9m"), now, seed), next.lag(now));
            }
            let _ = (turn.recover(&rhythm, now, seed), Turn::first(&rhythm, now, seed), nap([&turn], now));
        }

        #[test]
        fn the_next_due_time_is_behind_the_run(
            late in 0_i64..200_000, took in 0_i64..20_000, seed in any::<u64>(), fails in any::<bool>(),
            schedule in prop::sample::select(vec!["every 1m", "every 45m", "every 3d", "*/5 * * * *", "7 3 * * *", "0 0 1 * *"]),
        ) {
            let rhythm = rhythm(schedule);
            let turn = settled(&rhythm);
            let begun = turn.begin(START + late).unwrap();
            let now = START + late + took;
            let next = begun.turn.finish(&if fails { failed() } else { ended(End::Done) }, &rhythm, now, seed);
            prop_assert!(next.due > START + late && next.at >= now && next.at >= next.due - 300);
            prop_assert!(next.attune(&rhythm, now, seed).is_none());
        }
    }

    #[test]
    fn a_turn_is_stored_as_plain_numbers() {
        let turn = done(&settled(&exact("every 30m")), &exact("every 30m"));
        let stored = serde_json::to_value(&turn).unwrap();
        assert_eq!(stored["due"], START + 1_800);
        assert_eq!(serde_json::from_value::<Turn>(stored).unwrap(), turn);
        assert_eq!(Schedule::every(0).to_string(), "every 1s");
    }
}
