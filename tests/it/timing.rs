//! A year of fifty sources by a virtual clock: crashes, sleep, failures and clocks that are set, against a model that
//! knows nothing of how turns are planned.
//!
//! What holds: a *due time* is a time of the schedule. A finished run *serves* its own due time and all others up to its
//! beginning. Each run's due time is the first that no run before it has served (after failures: the first behind the
//! back-off), and none is finished twice. So every due time is served by exactly one finished run. Undisturbed, a run
//! begins within the jitter of its due time.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod naive;

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tinsach::timing::{Bounds, End, Outcome, Rhythm, Schedule, Turn, due, nap};

use naive::YEAR;

const DAY: i64 = 86_400;

/// Schedules of the calendar, in zones with and without daylight saving.
const CALENDARS: [&str; 26] = [
    "Asia/Ho_Chi_Minh */30 6-23 * * *",
    "Asia/Ho_Chi_Minh 0 6 * * *",
    "Asia/Ho_Chi_Minh 5 7,12,18 * * *",
    "UTC 0 0 * * *",
    "UTC 0 */2 * * *",
    "UTC 59 23 28 * *",
    "Europe/Berlin 30 2 * * *",
    "Europe/Berlin 0 3 * * *",
    "Europe/Berlin 15,45 1-3 * * *",
    "Europe/Berlin */30 * * * *",
    "Europe/Berlin 10 * * * 1-5",
    "Europe/Berlin 0 2 * * 0",
    "Europe/London 30 1 * * *",
    "Europe/London 0 */6 * * *",
    "America/New_York 30 2 * * *",
    "America/New_York 30 1 * * *",
    "America/New_York 0 9-17/2 * * 1-5",
    "America/New_York 0 0 1,15 * 1",
    "America/Santiago 0 0 * * *",
    "America/Santiago 30 23 * * *",
    "America/Havana 0 0 * * *",
    "America/Havana 30 0 * * *",
    "Australia/Sydney 20 2 * * *",
    "Australia/Lord_Howe 15 2 * * *",
    "Australia/Lord_Howe 45 1 * * *",
    "Australia/Lord_Howe 40 * * * *",
];

/// Elapsed time.
const INTERVALS: [&str; 24] = [
    "every 40m",
    "every 1h",
    "every 90m",
    "every 2h",
    "every 2h",
    "every 3h",
    "every 3h",
    "every 4h",
    "every 4h",
    "every 5h",
    "every 5h",
    "every 6h",
    "every 7h",
    "every 8h",
    "every 12h",
    "every 12h",
    "every 1d",
    "every 1d",
    "every 36h",
    "every 2d",
    "every 7d",
    "every 7d",
    "every 30d",
    "every 90d",
];

#[test]
fn the_calendar_agrees_with_a_look_at_every_minute() {
    for text in CALENDARS {
        let schedule: Schedule = text.parse().unwrap();
        let mut last = Timestamp::from_second(YEAR - 1).unwrap();
        let until = Timestamp::from_second(YEAR + 366 * DAY).unwrap();
        let mut found = Vec::new();
        while let Some(next) = schedule.next_after(last, &TimeZone::UTC).filter(|next| *next < until) {
            found.push(next.as_second());
            last = next;
        }
        let expected: Vec<i64> =
            naive::times(text).into_iter().filter(|time| (YEAR..until.as_second()).contains(time)).collect();
        let difference = found.iter().zip(&expected).find(|(one, other)| one != other);
        assert!(found == expected, "{text}: {} and {} times, {difference:?}", found.len(), expected.len());
    }
}

/// The due times of one source, by the model.
enum Times {
    Every(i64),
    Listed(Vec<i64>),
}

impl Times {
    /// Longest time from one to the next, and two days at least.
    fn longest(&self) -> i64 {
        let pairs = |times: &[i64]| times.windows(2).map(|pair| pair[1] - pair[0]).max();
        let longest = match self {
            Times::Every(step) => Some(*step),
            Times::Listed(times) => pairs(times),
        };
        longest.unwrap_or(0).max(2 * DAY)
    }

    fn of(schedule: &str) -> Times {
        match schedule.parse::<Schedule>().unwrap().interval() {
            Some(seconds) => Times::Every(seconds),
            None => Times::Listed(naive::times(schedule)),
        }
    }

    /// The due time after one that was served, by a run that began then and ended with so many failures in a row; and
    /// the bound of its jitter.
    fn after(&self, due: i64, begun: i64, failures: u32) -> (i64, i64) {
        let served = due.max(begun);
        let stretch = |step: i64| (step << failures.min(12)).min(step.max(DAY));
        let (next, step) = match self {
            Times::Every(step) => {
                let mut next = due;
                while next <= served {
                    next += stretch(*step);
                }
                (next, *step)
            }
            Times::Listed(times) => {
                let behind = |moment: i64| times.partition_point(|time| *time <= moment);
                let first = behind(served);
                let step = times[first + 1] - times[first];
                let at = behind(times[first] + stretch(step) - step - 1);
                (times[at], times[at + 1] - times[at])
            }
        };
        (next, (step.min(next - served) / 20).min(300))
    }
}

/// What a source does.
#[derive(Clone, Copy, PartialEq)]
enum Habit {
    Plain,
    Failing,
    Adaptive,
}

struct Source {
    name: &'static str,
    rhythm: Rhythm,
    times: Times,
    /// What [`Times::longest`] gives.
    longest: i64,
    habit: Habit,
    /// As it is stored.
    turn: Turn,
    /// When the run that is going on ends, by the true clock.
    ends: Option<i64>,
    /// By the model: the due time that is to come, the bound of its jitter, failures, runs that broke off.
    expected: (i64, i64),
    failures: u32,
    broken_off: u32,
    /// Grows where the clock was set back far and the turn planned anew.
    era: u32,
    /// Finished due times.
    finished: BTreeSet<(u32, i64)>,
    /// True time of the last beginning, and whether anything has disturbed the source since its run ended.
    last_begun: i64,
    is_disturbed: bool,
    /// True time for which nothing could run since the last beginning.
    outage: i64,
}

/// The world: a true clock, and what the machine's clock differs from it.
struct World {
    random: fastrand::Rng,
    now: i64,
    skew: i64,
    sources: Vec<Source>,
    begun: u64,
    repeated: u64,
    set_back: u64,
}

impl World {
    fn new(seed: u64) -> World {
        let habits = [Habit::Plain, Habit::Plain, Habit::Plain, Habit::Failing, Habit::Adaptive];
        let names = CALENDARS.into_iter().chain(INTERVALS);
        let sources = names.zip(habits.into_iter().cycle()).map(|(name, habit)| {
            let bounds = Bounds::new(600, 2 * DAY).filter(|_| habit == Habit::Adaptive);
            let schedule = name.parse().unwrap();
            let rhythm = Rhythm { adaptive: bounds, ..Rhythm::new(schedule, TimeZone::UTC) };
            let turn = Turn::first(&rhythm, YEAR, seed);
            let times = Times::of(name);
            Source {
                name,
                longest: times.longest(),
                times,
                habit,
                turn,
                ends: None,
                expected: (YEAR, 60),
                failures: 0,
                broken_off: 0,
                era: 0,
                finished: BTreeSet::new(),
                last_begun: YEAR,
                is_disturbed: false,
                outage: 0,
                rhythm,
            }
        });
        let random = fastrand::Rng::with_seed(seed);
        World { random, now: YEAR, skew: 0, sources: sources.collect(), begun: 0, repeated: 0, set_back: 0 }
    }

    fn clock(&self) -> i64 {
        self.now + self.skew
    }

    /// Lives until a true time without being disturbed.
    fn live(&mut self, until: i64) {
        while self.now < until {
            self.begin_due();
            let (mut next, mut ends) = (until, until);
            for source in &self.sources {
                match source.ends {
                    Some(end) => ends = ends.min(end),
                    None => next = next.min(source.turn.at - self.skew),
                }
            }
            if next < until && self.random.u8(..) < 4 {
                let asleep = nap(self.sources.iter().map(|source| &source.turn), self.clock());
                assert_eq!(asleep, (next - self.now).clamp(0, 60), "it oversleeps");
            }
            self.now = next.min(ends).max(self.now);
            self.finish_ended();
        }
    }

    fn begin_due(&mut self) {
        let clock = self.clock();
        for at in due(self.sources.iter().map(|source| &source.turn), clock) {
            let took =
                if self.random.u8(..) < 4 { self.random.i64(600..4_000) } else { self.random.i64(1..90) };
            let source = &mut self.sources[at];
            let begun = source.turn.begin(clock).unwrap();
            let name = source.name;
            assert!(source.ends.is_none(), "{name}: begun twice at once");
            assert_eq!(begun.is_repeated, source.broken_off > 0, "{name}");
            let (expected, bound) = source.expected;
            if source.habit == Habit::Adaptive && !source.finished.is_empty() {
                source.check_adapted(begun.due);
            } else {
                assert_eq!(begun.due, expected, "{name}: another time is due");
            }
            assert!(
                !source.finished.contains(&(source.era, begun.due)),
                "{name}: {} is served twice",
                begun.due
            );
            // A run that has broken off is made again also if the clock was set back meanwhile.
            assert!(clock >= begun.due - 300 || source.is_disturbed, "{name}: too early");
            if !source.is_disturbed && source.broken_off == 0 && source.habit != Habit::Adaptive {
                let rest = source.turn.at.max(begun.due + bound);
                assert!(
                    (begun.due - bound..=rest).contains(&clock),
                    "{name}: {} of {bound}",
                    clock - begun.due
                );
            }
            let waited = self.now - source.last_begun - source.outage;
            assert!(waited <= 3 * source.longest + 8_000, "{name}: not asked for {waited} seconds");
            source.turn = begun.turn;
            source.ends = Some(self.now + took);
            (source.last_begun, source.outage) = (self.now, 0);
            self.begun += 1;
            self.repeated += u64::from(begun.is_repeated);
        }
    }

    fn finish_ended(&mut self) {
        let clock = self.clock();
        for source in &mut self.sources {
            if source.ends.is_none_or(|ends| ends > self.now) {
                continue;
            }
            let fails = source.habit == Habit::Failing && self.random.u8(..) < 80;
            let end = if fails { End::Failed { retry_after: None } } else { End::Done };
            let new = if self.random.bool() { 0 } else { self.random.u64(..30) };
            let outcome = Outcome { end, found: 40, new, failed: 0 };
            source.finish(&outcome, clock, self.random.u64(..));
        }
    }

    /// The program ends: killed, or asked to.
    fn stop(&mut self, is_killed: bool) {
        let clock = self.clock();
        for source in &mut self.sources {
            if source.ends.is_some() && !is_killed {
                let end = Outcome { end: End::CutShort, found: 0, new: 0, failed: 0 };
                source.turn = source.turn.finish(&end, &source.rhythm, clock, 1);
            }
            source.ends = None;
        }
    }

    /// The program starts, from what is stored.
    fn start(&mut self) {
        let clock = self.clock();
        for source in &mut self.sources {
            let stored = serde_json::to_string(&source.turn).unwrap();
            let turn: Turn = serde_json::from_str(&stored).unwrap();
            if let Some(begun) = turn.begun {
                source.broken_off += 1;
                if source.broken_off > 4 {
                    source.expect_after(begun, 1);
                }
            }
            source.turn = turn.recover(&source.rhythm, clock, self.random.u64(..));
        }
        self.look();
    }

    /// A look at the clock after anything has happened.
    fn look(&mut self) {
        let clock = self.clock();
        for source in &mut self.sources {
            source.is_disturbed = true;
            let planned = source.turn.attune(&source.rhythm, clock, self.random.u64(..));
            let Some(turn) = planned else { continue };
            assert!(source.turn.at > clock + 3_600, "{}: planned anew for nothing", source.name);
            if turn.due != source.turn.due {
                source.era += 1;
                source.expected = source.times.after(clock, clock, source.failures);
                self.set_back += 1;
            }
            source.turn = turn;
            assert!(source.turn.attune(&source.rhythm, clock, 1).is_none(), "{}", source.name);
        }
    }

    fn disturb(&mut self) {
        let outage = match self.random.u8(..20) {
            // Killed, and started again at once, or after some time.
            0..8 => {
                self.stop(true);
                let down =
                    if self.random.bool() { self.random.i64(0..20) } else { self.random.i64(0..6 * 3_600) };
                self.now += down;
                self.start();
                down
            }
            8..10 => {
                self.stop(false);
                self.now += 30;
                self.start();
                30
            }
            // Asleep, with what is going on.
            10..14 => {
                let asleep = self.random.i64(600..40_000);
                self.now += asleep;
                for ends in self.sources.iter_mut().filter_map(|source| source.ends.as_mut()) {
                    *ends += asleep;
                }
                asleep
            }
            // The clock is set: a little, by an hour or two, by days; and right again.
            14..16 => self.set_clock(self.skew, 120),
            16 => self.set_clock(self.skew, 7_200),
            17 => self.set_clock(0, 5 * DAY),
            _ => self.set_clock(0, 1),
        };
        for source in &mut self.sources {
            source.outage += outage;
        }
        self.look();
    }

    /// Sets the clock wrong by about so much.
    fn set_clock(&mut self, skew: i64, by: i64) -> i64 {
        self.skew = skew + self.random.i64(-by..by);
        0
    }
}

impl Source {
    fn finish(&mut self, outcome: &Outcome, clock: i64, seed: u64) {
        let claim = (self.era, self.turn.due);
        let begun = self.turn.begun.unwrap();
        assert!(self.finished.insert(claim), "{}: {claim:?} is finished twice", self.name);
        self.ends = None;
        let failures = u32::from(outcome.end != End::Done);
        self.expect_after(begun, failures);
        self.turn = self.turn.finish(outcome, &self.rhythm, clock, seed);
        self.is_disturbed = false;
    }

    /// What the model expects after the run that began then, at the clock.
    fn expect_after(&mut self, begun: i64, failures: u32) {
        self.failures = if failures == 0 { 0 } else { self.failures + failures };
        self.broken_off = 0;
        self.expected = self.times.after(self.turn.due, begun, self.failures);
    }

    /// Adaptive sources keep to their times and bounds.
    fn check_adapted(&self, due: i64) {
        if let Times::Listed(times) = &self.times {
            assert!(times.binary_search(&due).is_ok(), "{}: {due} is no time of it", self.name);
        }
        let last = self.turn.last_due.unwrap().max(self.turn.last_start.unwrap_or(0));
        let usual = self.times.after(last, last, 0).0 - last;
        assert!(self.era > 0 || due > self.turn.last_due.unwrap(), "{}", self.name);
        assert!(self.era > 0 || due - last <= usual.max(2 * DAY) + usual, "{}: {}", self.name, due - last);
    }
}

#[test]
fn in_a_calm_year_every_due_time_has_its_run() {
    let mut world = World::new(1);
    let until = YEAR + 365 * DAY;
    world.live(until);
    for source in world.sources.iter().filter(|source| source.habit == Habit::Plain) {
        // The first is that of the beginning; the last may be going on, or have begun before its time.
        let due: Vec<i64> = source.finished.iter().map(|(_, due)| *due).collect();
        let mut expected = vec![YEAR];
        while let Some(next) =
            expected.last().map(|last| source.times.after(*last, *last, 0).0).filter(|next| *next < until)
        {
            expected.push(next);
        }
        // Long runs are begun in the place of what becomes due meanwhile, and the first run may stand for a minute.
        let served = |time: &i64| due.binary_search(time).is_ok();
        let missing = expected.iter().filter(|time| !served(time)).count();
        assert!(
            due.iter().all(|due| expected.binary_search(due).is_ok() || *due >= until),
            "{}",
            source.name
        );
        assert!(missing * 50 <= expected.len() + 50, "{}: {missing} of {}", source.name, expected.len());
    }
    assert_eq!((world.repeated, world.set_back), (0, 0));
}

#[test]
fn in_a_stormy_year_every_due_time_is_served_once() {
    for seed in 1..=2 {
        let mut world = World::new(seed);
        while world.now < YEAR + 365 * DAY {
            let calm = world.random.i64(1..2 * DAY);
            let until = world.now + calm;
            world.live(until);
            world.disturb();
        }
        assert!(world.begun > 50_000, "{}", world.begun);
        assert!(world.repeated > 20 && world.set_back > 20, "{} {}", world.repeated, world.set_back);
        for source in &world.sources {
            assert!(!source.finished.is_empty(), "{} has never run", source.name);
        }
    }
}
