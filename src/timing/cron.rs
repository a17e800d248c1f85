//! The five fields of cron, and the moments they name in a time zone.
//!
//! Enters: a pattern; later a moment and a zone. Leaves: the next moment. Invariant: every time of the pattern is one
//! moment, also on the days when the clock changes.
//!
//! The calendar is croner's, asked about wall-clock times alone; what becomes of them where the clock changes is decided
//! here. A pattern that names hours names times of day: one that the clock leaves out is the first moment after the
//! gap, so that the day is not lost, and one that comes twice is its first coming. A pattern with every hour names
//! minutes of passing hours: it holds in each hour that is, the repeated one included, so that nothing waits for an
//! hour longer.

use croner::Cron as Pattern;
use croner::parser::{CronParser, Seconds, Year};
use jiff::Timestamp;
use jiff::civil::{DateTime, date};
use jiff::tz::{AmbiguousOffset, TimeZone};

use super::ScheduleError;

/// Times that are passed over because the clock was set back: at most one a minute for a day.
const MAX_REPEATED: usize = 24 * 60;

/// Changes of a zone's clock that are passed in search of one time.
const MAX_CHANGES: usize = 1_000;

/// Name of each field, and what it takes.
const FIELDS: [(&str, &str); 5] = [
    ("minute", "0 to 59, * or steps, as in \"*/30\" or \"5,35\""),
    ("hour", "0 to 23, * or steps, as in \"6-23\" or \"*/2\""),
    ("day of the month", "1 to 31, L for the last or *, as in \"1,15\""),
    ("month", "1 to 12 or JAN to DEC, or *, as in \"1-6\""),
    ("day of the week", "0 to 7 (0 and 7 are Sunday) or SUN to SAT, or *, as in \"MON-FRI\""),
];

/// A pattern of five fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cron {
    pattern: Pattern,
    /// The fields as written, one blank apart.
    pub(super) text: String,
    /// Whether it names minutes of all hours, and no times of day.
    is_hourly: bool,
}

impl Cron {
    /// Reads five fields.
    pub(super) fn parse(fields: &[&str]) -> Result<Cron, ScheduleError> {
        let text = fields.join(" ");
        let Ok(five) = <[&str; 5]>::try_from(fields) else {
            return Err(ScheduleError::Fields { found: fields.len(), text });
        };
        for (at, field) in five.into_iter().enumerate() {
            let mut alone = ["*"; 5];
            alone[at] = field;
            if !is_spelled(at, field) || read(&alone.join(" ")).is_none() {
                let (name, takes) = FIELDS[at];
                return Err(ScheduleError::Field { text: field.to_owned(), name, takes });
            }
        }
        let pattern = read(&text).ok_or_else(|| ScheduleError::Never { text: text.clone() })?;
        if pattern.find_next_occurrence(&DateTime::from(date(2000, 1, 1)), true).is_err() {
            return Err(ScheduleError::Never { text });
        }
        let is_hourly = pattern.pattern.hours.values().len() == 24;
        Ok(Cron { pattern, text, is_hourly })
    }

    /// The first moment after `last`; `None` where the calendar ends.
    pub(super) fn next_after(&self, last: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        if self.is_hourly { self.next_minute(last, zone) } else { self.next_time_of_day(last, zone) }
    }

    /// Times of the wall clock map to moments without changing their order, so those before that of `last` need no look.
    fn next_time_of_day(&self, last: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let mut time = zone.to_datetime(last);
        for _ in 0..=MAX_REPEATED {
            time = self.pattern.find_next_occurrence(&time, false).ok()?;
            let moment = moment(time, zone)?;
            if moment > last {
                return Some(moment);
            }
        }
        None
    }

    /// Looks at each stretch between two changes of the clock by itself.
    fn next_minute(&self, last: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let (mut from, mut inclusive) = (last, false);
        for _ in 0..=MAX_CHANGES {
            let offset = zone.to_offset(from);
            let time = self.pattern.find_next_occurrence(&offset.to_datetime(from), inclusive).ok()?;
            let moment = offset.to_timestamp(time).ok()?;
            match zone.following(from).next().map(|change| change.timestamp()) {
                Some(change) if change <= moment => (from, inclusive) = (change, true),
                _ => return Some(moment),
            }
        }
        None
    }
}

/// The moment of a wall-clock time: the first of two, and the end of a gap that it lies in.
fn moment(time: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    let ambiguous = zone.to_ambiguous_timestamp(time);
    match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => ambiguous.earlier().ok(),
        AmbiguousOffset::Gap { before, .. } => {
            // By the clock before the change, the time lies behind it; no other change comes between.
            let behind = before.to_timestamp(time).ok()?;
            let after = Timestamp::from_second(behind.as_second().checked_add(1)?).ok()?;
            zone.preceding(after).next().map(|change| change.timestamp())
        }
    }
}

/// Whether a field is made of the signs that stand in it; croner takes names of days and months anywhere.
fn is_spelled(at: usize, field: &str) -> bool {
    let is_sign = |byte: u8| byte.is_ascii_digit() || b"*/,-".contains(&byte);
    let is_word = |byte: u8| match at {
        2 => b"LW?lw".contains(&byte),
        3 => byte.is_ascii_alphabetic(),
        4 => byte.is_ascii_alphabetic() || b"#?".contains(&byte),
        _ => false,
    };
    field.bytes().all(|byte| is_sign(byte) || is_word(byte))
}

fn read(text: &str) -> Option<Pattern> {
    let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
    parser.parse(text).ok()
}
