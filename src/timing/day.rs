//! Days of the calendar as stretches of time, and zones by their names.
//!
//! Enters: a day or a zone as a person writes it. Leaves: seconds since 1970; a zone.
//! Invariant: two days that follow each other neither overlap nor leave a gap, also where clocks change.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::ScheduleError;

/// The first and the last second of a day (`2026-01-31`), since 1970; `None` for what is no day of that zone.
#[must_use]
pub fn day(text: &str, zone: &TimeZone) -> Option<(i64, i64)> {
    let date: Date = text.parse().ok()?;
    let start = |date: Date| date.to_zoned(zone.clone()).ok().map(|day| day.timestamp().as_second());
    Some((start(date)?, start(date.tomorrow().ok()?)? - 1))
}

/// The zone of a name, from the system's database, or from the one that is built in where there is none.
///
/// # Errors
/// [`ScheduleError::Zone`] for a name that is none.
pub fn zone(name: &str) -> Result<TimeZone, ScheduleError> {
    TimeZone::get(name).map_err(|_| ScheduleError::Zone { name: name.to_owned() })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn days_follow_each_other() {
        let berlin = zone("Europe/Berlin").unwrap();
        let lengths = ["2026-03-28", "2026-03-29", "2026-10-25"].map(|text| {
            let (first, last) = day(text, &berlin).unwrap();
            (last - first + 1) / 3_600
        });
        assert_eq!(lengths, [24, 23, 25]);
        assert_eq!(day("1970-01-01", &TimeZone::UTC), Some((0, 86_399)));
        assert_eq!(day("2026-02-30", &TimeZone::UTC), None);
        assert!(zone("Asia/Saigonn").is_err());
    }
}
