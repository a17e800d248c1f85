//! Mistakes in a schedule, in words.
//!
//! Enters: what was written. Leaves: one error that names it. Invariant: every message shows what would be right.

/// Characters of a schedule that a message shows.
const MAX_SHOWN: usize = 60;

/// Why a text is no schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScheduleError {
    /// Nothing is written.
    #[error("the schedule is empty; write for example \"every 30m\" or \"*/30 6-23 * * *\"")]
    Empty,
    /// It is longer than any schedule.
    #[error(
        "the schedule is longer than {limit} bytes; write for example \"every 30m\" or \"*/30 6-23 * * *\""
    )]
    TooLong {
        /// The limit in bytes.
        limit: usize,
    },
    /// What follows `every` is no number with a unit.
    #[error("\"every {}\" names no time: write a number and s, m, h or d, as in \"every 30m\"", shown(rest))]
    NoInterval {
        /// What follows `every`.
        rest: String,
    },
    /// The interval is out of bounds.
    #[error(
        "\"every {}\" is out of bounds: an interval is 1 second to 366 days, as in \"every 30m\"",
        shown(rest)
    )]
    IntervalBounds {
        /// What follows `every`.
        rest: String,
    },
    /// Elapsed time has no time zone.
    #[error("\"every\" counts elapsed time and takes no time zone; leave out \"{}\"", shown(zone))]
    ZoneOfInterval {
        /// The zone.
        zone: String,
    },
    /// It has another number of fields than cron's five.
    #[error(
        "\"{}\" has {found} fields where cron has five (minute, hour, day of month, month, day of week), as in \
         \"*/30 6-23 * * *\"; for elapsed time write \"every 30m\"",
        shown(text)
    )]
    Fields {
        /// What was written.
        text: String,
        /// Number of its fields.
        found: usize,
    },
    /// One of the five fields is wrong.
    #[error("\"{}\" is no {name}: it takes {takes}", shown(text))]
    Field {
        /// The field as written.
        text: String,
        /// Name of the field.
        name: &'static str,
        /// What it takes, with an example.
        takes: &'static str,
    },
    /// No day is ever like that.
    #[error(
        "\"{}\" never comes: no year has such a day; \"0 6 1 * *\" is six o'clock on the first of each month",
        shown(text)
    )]
    Never {
        /// What was written.
        text: String,
    },
    /// No time zone has that name.
    #[error(
        "\"{}\" is no time zone: write a name of the IANA database, as in \"Asia/Ho_Chi_Minh\" or \"UTC\"",
        shown(name)
    )]
    Zone {
        /// What was written.
        name: String,
    },
}

/// What a message shows of a text: one line, and not much of it.
fn shown(text: &str) -> String {
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut shown: String = plain.clone().take(MAX_SHOWN).collect();
    if plain.count() > MAX_SHOWN {
        shown.push('…');
    }
    shown
}
