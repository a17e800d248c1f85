//! What stretches and blurs a schedule for one source: jitter, back-off after failures, adaptation to what it brings.
//!
//! Enters: the time that is served, how it went, a seed. Leaves: the next due time, and when to begin.
//! Invariant: nothing begins earlier than its due time less the jitter's bound, and never before the run before it ended.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Schedule;
use super::schedule::{MAX_INTERVAL, MIN_INTERVAL};

/// Longest jitter unless the source says otherwise, in seconds.
const MAX_JITTER: i64 = 300;

/// Part of the time between two due times that jitter may take.
const JITTER_PART: i64 = 20;

/// Longest time to which failures stretch a shorter interval, in seconds.
const MAX_BACK_OFF: i64 = 86_400;

/// Doublings after which back-off stays: more than lead from the shortest interval to the longest.
const MAX_DOUBLINGS: u32 = 25;

/// Longest rest after a run that took until its next turn, in seconds; shorter intervals have a tenth of theirs.
const MAX_REST: i64 = 60;

/// Longest time that a server's wish to be left alone is granted, in seconds.
const MAX_RETRY_AFTER: i64 = 7 * 86_400;

/// A factor that changes nothing; factors are in thousandths.
pub(super) const PLAIN: u32 = 1_000;

/// A time that never comes.
pub(super) const NEVER: i64 = i64::MAX;

/// Bounds of an adaptive interval, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    least: i64,
    most: i64,
}

impl Bounds {
    /// Bounds in seconds; `None` unless 1 ≤ `least` ≤ `most` ≤ 366 days.
    #[must_use]
    pub fn new(least: i64, most: i64) -> Option<Bounds> {
        (MIN_INTERVAL <= least && least <= most && most <= MAX_INTERVAL).then_some(Bounds { least, most })
    }
}

/// When one source is to be asked, all told.
#[derive(Debug, Clone, PartialEq)]
pub struct Rhythm {
    /// The due times.
    pub schedule: Schedule,
    /// Zone of a schedule that names none.
    pub zone: TimeZone,
    /// Longest jitter to either side, in seconds; never more than a twentieth of the time between two due times.
    pub jitter: i64,
    /// Bounds between which the interval follows what the source brings; `None` holds to the schedule. Times of a
    /// calendar can be passed over, but not be added to.
    pub adaptive: Option<Bounds>,
    /// Longest time to which failures stretch the interval, in seconds; a longer interval stays as it is.
    pub back_off: i64,
}

/// What the next plan follows from. Times are seconds since 1970.
pub(super) struct Served {
    /// The due time that was served.
    pub(super) due: i64,
    /// Due times up to this one are served as well.
    pub(super) until: i64,
    /// Failures in a row.
    pub(super) failures: u32,
    /// Factor of the interval, in thousandths.
    pub(super) factor: u32,
    /// The server asks to be left alone for so many seconds.
    pub(super) retry_after: Option<i64>,
}

/// The next due time, and when to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) due: i64,
    pub(super) at: i64,
}

impl Rhythm {
    /// A schedule in its zone, with the usual jitter and back-off.
    #[must_use]
    pub fn new(schedule: Schedule, zone: TimeZone) -> Rhythm {
        Rhythm { schedule, zone, jitter: MAX_JITTER, adaptive: None, back_off: MAX_BACK_OFF }
    }

    /// Changes with everything that plans follow from.
    pub(super) fn text(&self) -> String {
        let zone = self.zone.iana_name().unwrap_or_default();
        match self.adaptive {
            None => format!("{} ({zone})", self.schedule),
            Some(Bounds { least, most }) => format!("{} ({zone}) {least}-{most}", self.schedule),
        }
    }

    /// The first due time behind what was served that failures and factor let stand, and its jittered beginning.
    pub(super) fn plan(&self, served: &Served, now: i64, seed: u64) -> Plan {
        let (due, step) = match self.schedule.interval() {
            Some(interval) => {
                let step = self.stretched(interval, served);
                // However long ago: the grid goes on, and what was passed is one.
                let passed = served.until.saturating_sub(served.due).max(0) / step;
                (served.due.saturating_add(step.saturating_mul(passed.saturating_add(1))), interval)
            }
            None => self.planned_by_calendar(served),
        };
        if due == NEVER {
            return Plan { due, at: NEVER };
        }
        let around = step.min(due.saturating_sub(served.until)).max(0);
        let bound = (around / JITTER_PART).min(self.jitter).max(0);
        let rest = (step / 10).clamp(0, MAX_REST);
        let alone = served.retry_after.map_or(0, |seconds| seconds.clamp(0, MAX_RETRY_AFTER));
        let at = due.saturating_add(drawn(seed, due, -bound, bound));
        Plan { due, at: at.max(now.saturating_add(rest)).max(now.saturating_add(alone)) }
    }

    /// The due time, and the time from it to the one after.
    fn planned_by_calendar(&self, served: &Served) -> (i64, i64) {
        let next = self.next_after(served.until);
        let step = self.next_after(next).saturating_sub(next);
        // Times are passed over, as many as the stretched interval has room for.
        let extra = self.stretched(step, served).saturating_sub(step);
        if extra <= 0 || next == NEVER {
            return (next, step);
        }
        let due = self.next_after(next.saturating_add(extra).saturating_sub(1));
        (due, self.next_after(due).saturating_sub(due))
    }

    /// An interval after adaptation and back-off.
    fn stretched(&self, interval: i64, served: &Served) -> i64 {
        let adapted = match self.adaptive {
            None => interval,
            Some(Bounds { least, most }) => {
                (interval.saturating_mul(i64::from(served.factor)) / i64::from(PLAIN)).clamp(least, most)
            }
        };
        let doubled = adapted.saturating_mul(1 << served.failures.min(MAX_DOUBLINGS));
        doubled.min(self.back_off.max(adapted)).max(1)
    }

    /// The factor after a run that looked at `found` entries of which `new` were new.
    ///
    /// Nothing new: a quarter slower. A quarter new or more, so that some may have come and gone between: twice as
    /// fast. Between: a tenth faster. Where these balance, about two runs of three bring something.
    pub(super) fn adapted(&self, factor: u32, (found, new): (u64, u64)) -> u32 {
        let Some(Bounds { least, most }) = self.adaptive else { return PLAIN };
        let next = match new {
            0 => factor.saturating_mul(5) / 4 + 1,
            _ if new.saturating_mul(4) >= found => factor / 2,
            _ => factor / 10 * 9,
        };
        // Beyond the bounds it would go on for nothing, and be slow to come back.
        let Some(interval) = self.schedule.interval() else { return next.clamp(PLAIN, PLAIN * 10_000) };
        let part =
            |bound: i64| u32::try_from(bound.saturating_mul(i64::from(PLAIN)) / interval).unwrap_or(u32::MAX);
        next.clamp(part(least).max(1), part(most).max(1))
    }

    /// The first due time after a moment; [`NEVER`] where the calendar ends.
    pub(super) fn next_after(&self, moment: i64) -> i64 {
        let next = || self.schedule.next_after(Timestamp::from_second(moment).ok()?, &self.zone);
        next().map_or(NEVER, Timestamp::as_second)
    }
}

/// A number from `least` to `most`, both included, that depends on nothing but seed and salt (splitmix64, Steele, Lea
/// and Flood 2014).
pub(super) fn drawn(seed: u64, salt: i64, least: i64, most: i64) -> i64 {
    let mut mixed = seed ^ salt.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^= mixed >> 31;
    let span = most.saturating_sub(least).max(0).cast_unsigned().saturating_add(1);
    least.saturating_add((mixed % span).cast_signed())
}
