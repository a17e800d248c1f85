//! Schedules as a person writes them: `every 30m`, or cron's five fields with or without a time zone before them.
//!
//! Enters: a text. Leaves: a [`Schedule`], and the times that it names.
//! Invariant: a schedule is read back from what it prints as the same schedule.

use std::fmt;
use std::str::FromStr;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::ScheduleError;
use super::cron::Cron;
use super::day::zone;

/// Longest text of a schedule, in bytes.
const MAX_TEXT: usize = 400;

/// Shortest interval, in seconds.
pub(super) const MIN_INTERVAL: i64 = 1;

/// Longest interval, in seconds: 366 days.
pub(super) const MAX_INTERVAL: i64 = 366 * 86_400;

/// Units of an interval, in seconds.
const UNITS: [(char, i64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// The times at which a source is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    times: Times,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Times {
    /// Seconds from one to the next.
    Every(i64),
    /// Times of a calendar, in a zone of their own or in that of the caller.
    Cron(Box<Cron>, Option<TimeZone>),
}

impl Schedule {
    /// Elapsed time from one due time to the next, in from 1 s to 366 days; out of them it is brought into them.
    #[must_use]
    pub fn every(seconds: i64) -> Schedule {
        Schedule { times: Times::Every(seconds.clamp(MIN_INTERVAL, MAX_INTERVAL)) }
    }

    /// The same times of the calendar, in the zone of this name of the IANA database.
    ///
    /// # Errors
    /// [`ScheduleError::Zone`] for a name that is none, [`ScheduleError::ZoneOfInterval`] for elapsed time.
    pub fn in_zone(self, name: &str) -> Result<Schedule, ScheduleError> {
        match self.times {
            Times::Every(_) => Err(ScheduleError::ZoneOfInterval { zone: name.to_owned() }),
            Times::Cron(cron, _) => Ok(Schedule { times: Times::Cron(cron, Some(zone(name)?)) }),
        }
    }

    /// The first due time after `last`; `zone` holds where the schedule names none. `None` where the calendar ends.
    #[must_use]
    pub fn next_after(&self, last: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        match &self.times {
            Times::Every(seconds) => last.checked_add(SignedDuration::from_secs(*seconds)).ok(),
            Times::Cron(cron, own) => cron.next_after(last, own.as_ref().unwrap_or(zone)),
        }
    }

    /// Seconds from one due time to the next; `None` for times of the calendar.
    #[must_use]
    pub fn interval(&self) -> Option<i64> {
        match self.times {
            Times::Every(seconds) => Some(seconds),
            Times::Cron(..) => None,
        }
    }
}

impl FromStr for Schedule {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Schedule, ScheduleError> {
        if text.len() > MAX_TEXT {
            return Err(ScheduleError::TooLong { limit: MAX_TEXT });
        }
        let words: Vec<&str> = text.split_whitespace().collect();
        let Some((first, rest)) = words.split_first() else { return Err(ScheduleError::Empty) };
        if first.eq_ignore_ascii_case("every") {
            return interval(rest).map(|seconds| Schedule { times: Times::Every(seconds) });
        }
        if rest.first().is_some_and(|word| word.eq_ignore_ascii_case("every")) {
            return Err(ScheduleError::ZoneOfInterval { zone: (*first).to_owned() });
        }
        // No first field of cron has a letter.
        if !first.contains(|c: char| c.is_alphabetic()) {
            return Ok(Schedule { times: Times::Cron(Box::new(Cron::parse(&words)?), None) });
        }
        if rest.len() != 5 {
            return Err(ScheduleError::Fields { text: words.join(" "), found: words.len() });
        }
        let zone = zone(first)?;
        Ok(Schedule { times: Times::Cron(Box::new(Cron::parse(rest)?), Some(zone)) })
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.times {
            Times::Every(seconds) => {
                let (unit, length) =
                    UNITS.into_iter().find(|(_, length)| seconds % length == 0).unwrap_or(('s', 1));
                write!(formatter, "every {}{unit}", seconds / length)
            }
            Times::Cron(cron, own) => {
                if let Some(name) = own.as_ref().and_then(TimeZone::iana_name) {
                    write!(formatter, "{name} ")?;
                }
                formatter.write_str(&cron.text)
            }
        }
    }
}

/// A number and its unit, in seconds.
fn interval(words: &[&str]) -> Result<i64, ScheduleError> {
    let rest = words.join(" ");
    let read = || {
        let (number, unit) = match words {
            [word] => word.split_at_checked(word.len().checked_sub(1)?)?,
            [number, unit] => (*number, *unit),
            _ => return None,
        };
        let is_unit = |(name, _): &(char, i64)| unit.len() == 1 && unit.starts_with(*name);
        let (_, length) = UNITS.into_iter().find(is_unit)?;
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        // A number that is too long for an integer is out of bounds, and no mistake in writing.
        is_number.then(|| number.parse::<i64>().ok().and_then(|number| number.checked_mul(length)))
    };
    match read() {
        None => Err(ScheduleError::NoInterval { rest }),
        Some(Some(seconds)) if (MIN_INTERVAL..=MAX_INTERVAL).contains(&seconds) => Ok(seconds),
        Some(_) => Err(ScheduleError::IntervalBounds { rest }),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Schedule {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    /// The next due times after a moment, as they are in UTC, to the minute.
    fn times(schedule: &str, after: &str, count: usize) -> Vec<String> {
        let (schedule, mut last) = (read(schedule), after.parse::<Timestamp>().unwrap());
        let next = |_| {
            last = schedule.next_after(last, &TimeZone::UTC).unwrap();
            last.to_string().trim_end_matches(":00Z").to_owned()
        };
        (0..count).map(next).collect()
    }

    #[test]
    fn what_is_printed_is_what_was_read() {
        for (written, printed) in [
            ("every 30m", "every 30m"),
            (" Every  90s ", "every 90s"),
            ("every 120s", "every 2m"),
            ("every 1s", "every 1s"),
            ("every 24 h", "every 1d"),
            ("every 366d", "every 366d"),
            ("*/30  6-23 * * *", "*/30 6-23 * * *"),
            ("0 6 * * MON-FRI", "0 6 * * MON-FRI"),
            ("0 6 L * *", "0 6 L * *"),
            ("asia/ho_chi_minh 0 6 * * *", "Asia/Ho_Chi_Minh 0 6 * * *"),
            ("UTC 0 6 * * 7", "UTC 0 6 * * 7"),
        ] {
            let schedule = read(written);
            assert_eq!(schedule.to_string(), printed);
            assert_eq!(read(printed), schedule);
        }
        assert_eq!(read("0 6 * * *").in_zone("Europe/Berlin").unwrap(), read("Europe/Berlin 0 6 * * *"));
    }

    #[test]
    fn mistakes_are_named_with_what_is_right() {
        for (written, named) in [
            ("", "empty"),
            ("  ", "empty"),
            ("every", "\"every \" names no time"),
            ("every m", "\"every m\" names no time"),
            ("every 30", "\"every 30\" names no time: write a number and s, m, h or d, as in \"every 30m\""),
            ("every 1h30m", "\"every 1h30m\" names no time"),
            ("every -5m", "names no time"),
            ("every 30 minutes", "names no time"),
            ("every 0s", "1 second to 366 days"),
            ("every 367d", "1 second to 366 days"),
            ("every 99999999999999999999d", "1 second to 366 days"),
            ("Asia/Ho_Chi_Minh every 30m", "leave out \"Asia/Ho_Chi_Minh\""),
            ("30m", "\"30m\" has 1 fields"),
            ("daily", "\"daily\" has 1 fields"),
            ("* * * *", "has 4 fields where cron has five"),
            ("0 * * * * *", "has 6 fields"),
            ("Asia/Saigonn 0 6 * * *", "\"Asia/Saigonn\" is no time zone"),
            ("60 * * * *", "\"60\" is no minute"),
            ("* 24 * * *", "\"24\" is no hour"),
            ("* * 0 * *", "\"0\" is no day of the month"),
            ("* * * 13 *", "\"13\" is no month: it takes 1 to 12 or JAN to DEC"),
            ("* * * * 8", "\"8\" is no day of the week"),
            ("0 MON * * *", "\"MON\" is no hour"),
            ("5-1 * * * *", "\"5-1\" is no minute"),
            ("*/0 * * * *", "\"*/0\" is no minute"),
            ("@ * * * *", "\"@\" is no minute"),
            ("0 0 30 2 *", "\"0 0 30 2 *\" never comes"),
        ] {
            let message = written.parse::<Schedule>().unwrap_err().to_string();
            assert!(message.contains(named), "{written}: {message}");
        }
        let long = "1,".repeat(300);
        assert!(long.parse::<Schedule>().unwrap_err().to_string().contains("longer than"));
        assert!(read("every 1h").in_zone("UTC").is_err());
        let message = read("0 6 * * *").in_zone("a\nb").unwrap_err().to_string();
        assert!(message.contains("\"a b\" is no time zone"), "{message}");
    }

    #[test]
    fn a_time_that_the_clock_leaves_out_is_the_end_of_the_gap() {
        // On 29 March 2026 Berlin's clock goes from 2:00 to 3:00, at 1:00 UTC.
        assert_eq!(
            times("Europe/Berlin 30 2 * * *", "2026-03-28T00:00:00Z", 3),
            ["2026-03-28T01:30", "2026-03-29T01:00", "2026-03-30T00:30"]
        );
        // Several of them are one, and one that is due there anyway is the same.
        assert_eq!(
            times("Europe/Berlin */20 1-3 * * *", "2026-03-29T00:30:00Z", 4),
            ["2026-03-29T00:40", "2026-03-29T01:00", "2026-03-29T01:20", "2026-03-29T01:40"]
        );
        assert_eq!(
            times("Europe/Berlin 15,45 * * * *", "2026-03-29T00:30:00Z", 3),
            ["2026-03-29T00:45", "2026-03-29T01:15", "2026-03-29T01:45"]
        );
    }

    #[test]
    fn a_time_that_comes_twice_is_the_first() {
        // On 25 October 2026 Berlin's clock goes from 3:00 back to 2:00, at 1:00 UTC.
        assert_eq!(
            times("Europe/Berlin 30 2 * * *", "2026-10-24T12:00:00Z", 2),
            ["2026-10-25T00:30", "2026-10-26T01:30"]
        );
        assert_eq!(times("Europe/Berlin 30 2 * * *", "2026-10-25T01:10:00Z", 1), ["2026-10-26T01:30"]);
        assert_eq!(
            times("Europe/Berlin */30 1-3 * * *", "2026-10-25T00:10:00Z", 2),
            ["2026-10-25T00:30", "2026-10-25T02:00"]
        );
        // Minutes of every hour go on in the hour that is repeated.
        assert_eq!(
            times("Europe/Berlin */30 * * * *", "2026-10-25T00:10:00Z", 4),
            ["2026-10-25T00:30", "2026-10-25T01:00", "2026-10-25T01:30", "2026-10-25T02:00"]
        );
    }

    #[test]
    fn odd_zones_are_zones() {
        // Lord Howe's clock moves by half an hour: on 4 October 2026 from 2:00 to 2:30, at 15:30 UTC the day before.
        assert_eq!(times("Australia/Lord_Howe 15 2 * * *", "2026-10-03T12:00:00Z", 1), ["2026-10-03T15:30"]);
        // Samoa left out the whole of 30 December 2011.
        assert_eq!(
            times("Pacific/Apia 0 6 * * *", "2011-12-29T12:00:00Z", 3),
            ["2011-12-29T16:00", "2011-12-30T10:00", "2011-12-30T16:00"]
        );
        // Cuba's clock leaves out midnight.
        assert_eq!(times("America/Havana 0 0 * * *", "2026-03-08T01:00:00Z", 1), ["2026-03-08T05:00"]);
    }

    #[test]
    fn elapsed_time_knows_no_clock_changes() {
        assert_eq!(
            times("every 12h", "2026-10-24T12:10:00Z", 3),
            ["2026-10-25T00:10", "2026-10-25T12:10", "2026-10-26T00:10"]
        );
    }

    #[test]
    fn the_calendar_ends() {
        assert_eq!(read("every 1d").next_after(Timestamp::MAX, &TimeZone::UTC), None);
        assert_eq!(read("0 6 * * *").next_after(Timestamp::MAX, &TimeZone::UTC), None);
        assert_eq!(times("0 0 29 2 *", "2096-03-01T00:00:00Z", 1), ["2104-02-29T00:00"]);
    }

    proptest! {
        #[test]
        fn no_text_panics_and_what_is_read_is_printed(text in "(every )?[A-Za-z0-9*/,#?LW@+ -]{0,24}|([0-9*/,LW-]{1,4} ){4}[0-9*#L,-]{1,4}") {
            if let Ok(schedule) = text.parse::<Schedule>() {
                prop_assert_eq!(schedule.to_string().parse::<Schedule>().unwrap(), schedule);
            }
        }

        #[test]
        fn times_go_on(at in 0_i64..4_000_000_000, minute in 0_u8..60, hour in 0_u8..24, zone in 0_usize..5) {
            let zone = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Ho_Chi_Minh", "Africa/Casablanca"][zone];
            let at = Timestamp::from_second(at).unwrap();
            let daily = read(&format!("{zone} {minute} {hour} * * *"));
            let next = daily.next_after(at, &TimeZone::UTC).unwrap();
            // A day, and what the clock may be set back in it.
            prop_assert!(next > at && next.as_second() - at.as_second() <= 26 * 3_600);
            let hourly = read(&format!("{zone} {minute} * * * *"));
            let next = hourly.next_after(at, &TimeZone::UTC).unwrap();
            prop_assert!(next > at && next.as_second() - at.as_second() <= 2 * 3_600);
        }
    }
}
