//! Moments of the clock, as they are stored.
//!
//! Enters: a moment. Leaves: the number of the state, or the text of a row.
//! Invariant: what cannot be written so becomes the beginning of 1970, and never an error.

use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since 1970.
pub(super) fn seconds(time: SystemTime) -> i64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

/// A moment in UTC, to the second, as in WARC.
pub(super) fn time(at: SystemTime) -> String {
    let at = jiff::Timestamp::try_from(at).unwrap_or_default();
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
