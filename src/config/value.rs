//! Values that are more than their type: names, schedules, zones, days, folders, addresses.
//!
//! Enters: a text of the file. Leaves: nothing, or what is wrong with it, in words.
//! Invariant: what passes here can be used; without the feature `cli`, which has schedules and zones, those are not
//! looked at.

#[cfg(feature = "cli")]
mod times;

use url::Host;

use super::source::{SourceKind, is_path};
use crate::canonical;

/// Longest name of a source, in bytes.
const MAX_NAME: usize = 100;

/// Longest folder of a source, in bytes.
const MAX_FOLDER: usize = 200;

/// Folders of the output folder that are not for texts.
const TAKEN: [&str; 1] = ["archive"];

/// A check of a text; what it says begins with small letters and names what would be right.
pub(super) type Check = fn(&str) -> Result<(), String>;

/// A length of time in seconds; `None` for nothing.
pub(super) type Length = fn(&str) -> Result<Option<i64>, String>;

#[cfg(feature = "cli")]
pub(super) use times::{INTERVAL, SCHEDULE, SECONDS, ZONE};
#[cfg(not(feature = "cli"))]
pub(super) use unread::{INTERVAL, SCHEDULE, SECONDS, ZONE};

/// What stands in for schedules and zones where there are none.
#[cfg(not(feature = "cli"))]
mod unread {
    use super::{Check, Length};

    pub(in crate::config) const SCHEDULE: Check = |_| Ok(());
    pub(in crate::config) const ZONE: Check = |_| Ok(());
    pub(in crate::config) const INTERVAL: Check = |_| Ok(());
    pub(in crate::config) const SECONDS: Length = |_| Ok(None);
}

/// A name: something to see, on one line.
pub(super) fn name(text: &str) -> Result<(), String> {
    match text {
        _ if text.trim().is_empty() => Err("must not be empty".to_owned()),
        _ if text.len() > MAX_NAME => Err(format!("must be at most {MAX_NAME} bytes long")),
        _ if text != text.trim() || text.chars().any(char::is_control) => {
            Err("must be one line without spaces around it".to_owned())
        }
        _ => Ok(()),
    }
}

/// A day of the calendar, or nothing.
pub(super) fn day(text: &str) -> Result<(), String> {
    if text.is_empty() || is_day(text) {
        return Ok(());
    }
    Err("is no day: write year, month and day, as in \"2026-01-31\"".to_owned())
}

/// `2026-01-31`.
fn is_day(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_shaped = bytes.len() == 10
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    let number = |range: std::ops::Range<usize>| {
        text.get(range).and_then(|digits| digits.parse::<u32>().ok()).unwrap_or(0)
    };
    let (year, month, day) = (number(0..4), number(5..7), number(8..10));
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        _ => 0,
    };
    is_shaped && year >= 1 && (1..=days).contains(&day)
}

/// A folder below the output folder, or nothing for that folder itself.
pub(super) fn folder(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Ok(());
    }
    let parts: Vec<&str> = text.strip_suffix('/').unwrap_or(text).split('/').collect();
    let is_below = !parts.iter().any(|part| part.is_empty() || *part == "." || *part == "..");
    let is_plain = !text.contains(['\\', ':']) && !text.chars().any(char::is_control);
    match () {
        () if text.len() > MAX_FOLDER => Err(format!("must be at most {MAX_FOLDER} bytes long")),
        () if !is_below || !is_plain => {
            Err("must lie in the output folder: no \"..\", no \"/\" at its beginning, as in \"the-thao\""
                .to_owned())
        }
        () if parts.iter().any(|part| part.starts_with('.')) || TAKEN.contains(&parts[0]) => {
            Err("is kept for what the program itself puts there".to_owned())
        }
        () => Ok(()),
    }
}

/// An address on loopback with its port, or nothing.
pub(super) fn loopback(text: &str) -> Result<(), String> {
    let is_loopback = |(host, port): (&str, &str)| {
        let is_near = match Host::parse(host) {
            Ok(Host::Ipv4(ip)) => ip.is_loopback() && ip.to_string() == host,
            Ok(Host::Ipv6(ip)) => ip.is_loopback(),
            _ => false,
        };
        is_near && port.parse::<u16>().is_ok() && port.bytes().all(|byte| byte.is_ascii_digit())
    };
    if text.is_empty() || text.rsplit_once(':').is_some_and(is_loopback) {
        return Ok(());
    }
    Err("must be an address on loopback with a port, as in \"127.0.0.1:9464\"".to_owned())
}

/// A pattern of addresses.
pub(super) fn pattern(text: &str) -> Result<(), String> {
    if text.trim().is_empty() { Err("holds an empty pattern".to_owned()) } else { Ok(()) }
}

/// The place of a source of this kind.
pub(super) fn place(text: &str, kind: SourceKind) -> Result<(), String> {
    let is_list = kind == SourceKind::Urls && is_path(text);
    match () {
        () if text.trim().is_empty() => Err("must not be empty".to_owned()),
        () if text.contains('\0') => Err("holds a NUL character".to_owned()),
        () if is_list => Ok(()),
        () if is_path(text) => {
            Err("must be an address that begins with https:// or http://; only a source of the kind \"urls\" can be a file"
                .to_owned())
        }
        () => canonical::parse(text).map(|_| ()).map_err(|error| error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        for right in ["2026-01-31", "2024-02-29", "2000-02-29", "0001-12-01", ""] {
            assert!(day(right).is_ok(), "{right}");
        }
        for wrong in [
            "2026-02-29",
            "1900-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-1-31",
            "2026-04-31",
            "x",
            "2026-01-31T",
        ] {
            assert!(day(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn folders_lie_in_the_output_folder() {
        for right in ["", "home", "home/", "thể thao/bóng đá"] {
            assert!(folder(right).is_ok(), "{right}");
        }
        let long = "x".repeat(300);
        for wrong in [
            "..",
            "../x",
            "/x",
            "a/../b",
            "a//b",
            ".",
            ".tinsach",
            "archive",
            "archive/x",
            "C:\\x",
            "a\nb",
            &long,
        ] {
            assert!(folder(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn figures_stay_on_this_machine() {
        assert!(loopback("127.0.0.1:9464").is_ok() && loopback("[::1]:9464").is_ok() && loopback("").is_ok());
        for wrong in ["0.0.0.0:9464", "127.0.0.1", "localhost:9464", "[::]:1", "10.0.0.1:80"] {
            assert!(loopback(wrong).is_err(), "{wrong}");
        }
    }
}
