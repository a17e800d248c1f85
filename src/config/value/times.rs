//! Values that name times: schedules, zones, lengths.
//!
//! Enters: a text of the file. Leaves: nothing, or what is wrong with it, in the words of `timing`.
//! Invariant: an empty text is nothing wrong: it leaves the choice to the program.

use super::{Check, Length};
use crate::timing::{self, Schedule};

/// `every 30m`, or a cron line.
pub(in crate::config) const SCHEDULE: Check = |text| {
    if text.trim().is_empty() {
        return Ok(());
    }
    text.parse::<Schedule>().map(|_| ()).map_err(|error| error.to_string())
};

/// A name of the IANA database.
pub(in crate::config) const ZONE: Check = |text| {
    if text.is_empty() {
        return Ok(());
    }
    timing::zone(text).map(|_| ()).map_err(|error| error.to_string())
};

/// A length of time.
pub(in crate::config) const INTERVAL: Check = |text| SECONDS(text).map(|_| ());

/// The seconds of a length of time.
pub(in crate::config) const SECONDS: Length = |text| {
    if text.is_empty() {
        return Ok(None);
    }
    let schedule = format!("every {text}").parse::<Schedule>();
    schedule.map(|schedule| schedule.interval()).map_err(|error| error.to_string())
};
