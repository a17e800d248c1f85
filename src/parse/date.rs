//! A date as people and systems write it to ISO 8601.
//!
//! Enters: a value of markup or a line of the page. Leaves: a day that exists (1990 to 2100), its time and zone
//! where they are stated. No clock is read: "2 giờ trước" is no date.

mod clock;
mod day;
mod token;

use std::fmt;

use serde::Serialize;

use clock::Clock;
use day::Day;
use token::Token;

/// Most tokens between a day and its time: ", Thứ Năm, ngày".
const MAX_GAP: usize = 8;

/// Distance from UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub enum Offset {
    /// Nothing is known.
    #[default]
    Unknown,
    /// Minutes east of Greenwich.
    Minutes(i16),
}

impl Offset {
    /// Vietnam, all year round.
    pub const VIETNAM: Offset = Offset::Minutes(7 * 60);

    /// This one, or the other where nothing is known.
    #[must_use]
    pub fn or(self, other: Offset) -> Offset {
        if self == Offset::Unknown { other } else { self }
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Offset::Unknown => Ok(()),
            Offset::Minutes(0) => out.write_str("Z"),
            Offset::Minutes(total) => {
                let sign = if *total < 0 { '-' } else { '+' };
                let size = total.unsigned_abs();
                write!(out, "{sign}{:02}:{:02}", size / 60, size % 60)
            }
        }
    }
}

/// A day, with its time and zone where they are known. [`fmt::Display`] gives ISO 8601.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    day: Day,
    clock: Option<Clock>,
    /// Zone of the time, as stated.
    pub offset: Offset,
}

impl Stamp {
    /// Whether a time of day is known.
    #[must_use]
    pub fn has_time(&self) -> bool {
        self.clock.is_some()
    }

    /// Whether the time is none, or midnight as systems write it that know only the day.
    #[must_use]
    pub fn is_day_only(&self) -> bool {
        self.clock.is_none_or(|clock| clock == Clock { hour: 0, minute: 0, second: 0 })
    }

    /// Whether both name the same day, whatever the zones.
    #[must_use]
    pub fn same_day(&self, other: &Stamp) -> bool {
        self.day == other.day
    }

    /// Minutes since 1970 on a clock in the stamp's own zone; midnight where no time is known.
    #[must_use]
    pub fn local_minutes(&self) -> i64 {
        let of_day = self.clock.map_or(0, |clock| i64::from(clock.hour) * 60 + i64::from(clock.minute));
        day::to_days(self.day) * 1440 + of_day
    }

    /// Seconds since 1970; a time whose zone nobody stated counts as UTC, a day without a time as its midnight.
    #[must_use]
    pub fn unix_seconds(&self) -> i64 {
        let zone = if let Offset::Minutes(minutes) = self.offset { i64::from(minutes) } else { 0 };
        let second = self.clock.map_or(0, |clock| i64::from(clock.second));
        (self.local_minutes() - zone) * 60 + second
    }

    /// The same clock in that zone, whatever was stated.
    #[must_use]
    pub fn with_offset(self, offset: Offset) -> Stamp {
        Stamp { offset, ..self }
    }

    /// The same stamp, with that zone where none is stated.
    #[must_use]
    pub fn in_zone(self, default_offset: Offset) -> Stamp {
        self.with_offset(self.offset.or(default_offset))
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Day { year, month, of_month } = self.day;
        write!(out, "{year:04}-{month:02}-{of_month:02}")?;
        if let Some(Clock { hour, minute, second }) = self.clock {
            write!(out, "T{hour:02}:{minute:02}:{second:02}{}", self.offset)?;
        }
        Ok(())
    }
}

/// The first date in a text as ISO 8601; `default_offset` stands in where a time has no zone.
///
/// A day without a time gives the day alone (`2024-07-04`).
#[must_use]
pub fn parse_date(text: &str, default_offset: Offset) -> Option<String> {
    parse_stamp(text, default_offset).map(|stamp| stamp.in_zone(default_offset).to_string())
}

/// As [`parse_date`], before any zone is filled in; seconds since 1970 are told in `default_offset`.
#[must_use]
pub fn parse_stamp(text: &str, default_offset: Offset) -> Option<Stamp> {
    let text = text.trim();
    if text.bytes().all(|byte| byte.is_ascii_digit())
        && let Some(stamp) = whole_number(text, default_offset)
    {
        return Some(stamp);
    }
    let tokens = token::tokens(text);
    let (day, start, end) = day::find(&tokens)?;
    let Some((clock, clock_end)) = nearest_clock(&tokens, start, end) else {
        return Some(Stamp { day, clock: None, offset: Offset::Unknown });
    };
    let zone = clock::zone_at(&tokens, clock_end).or_else(|| clock::zone_at(&tokens, end.max(clock_end)));
    Some(Stamp { day, clock: Some(clock), offset: zone.map_or(Offset::Unknown, Offset::Minutes) })
}

/// The time that stands nearest to the day at `start..end`, and the token after it.
fn nearest_clock(tokens: &[Token], start: usize, end: usize) -> Option<(Clock, usize)> {
    let last = tokens.len().min(end + MAX_GAP + 1);
    let after = (end..last)
        .find_map(|at| Some((at - end, packed(tokens, at).or_else(|| clock::starting(tokens, at))?)));
    let first = start.saturating_sub(MAX_GAP + 6);
    let before = (first..start).rev().find_map(|at| {
        let (clock, clock_end) = clock::starting(tokens, at).filter(|(_, clock_end)| *clock_end <= start)?;
        // "19:15:07" also reads as "15:07" from its middle; the start of the whole is wanted.
        let inside = at >= 2 && tokens[at].glued && tokens[at - 1].mark() == Some(':');
        (!inside && start - clock_end <= MAX_GAP).then_some((start - clock_end, (clock, clock_end)))
    });
    match (after, before) {
        (Some((gap, found)), Some((other_gap, other))) => Some(if gap <= other_gap { found } else { other }),
        (found, other) => found.or(other).map(|(_, clock)| clock),
    }
}

/// `T191500`, as in `20240704T191500Z`.
fn packed(tokens: &[Token], at: usize) -> Option<(Clock, usize)> {
    let number = tokens[at].number(6, 6).filter(|_| at > 0 && tokens[at - 1].word() == Some("t"))?;
    Some((clock::make(number / 10_000, number / 100 % 100, number % 100)?, at + 1))
}

/// A text of digits alone: seconds or milliseconds since 1970, or `20240704191500`.
fn whole_number(text: &str, default_offset: Offset) -> Option<Stamp> {
    let number: i64 = text.parse().ok()?;
    let seconds = match text.len() {
        10 => number,
        13 => number / 1000,
        14 => {
            let of_day = u32::try_from(number % 1_000_000).ok()?;
            let clock = clock::make(of_day / 10_000, of_day / 100 % 100, of_day % 100)?;
            let stamp = parse_stamp(&text[..8], default_offset)?;
            return Some(Stamp { clock: Some(clock), ..stamp });
        }
        _ => return None,
    };
    let offset = default_offset.or(Offset::Minutes(0));
    let Offset::Minutes(minutes) = offset else { return None };
    let local = seconds + i64::from(minutes) * 60;
    let of_day = u32::try_from(local.rem_euclid(86_400)).ok()?;
    let clock = clock::make(of_day / 3600, of_day / 60 % 60, of_day % 60)?;
    Some(Stamp { day: day::from_days(local.div_euclid(86_400))?, clock: Some(clock), offset })
}

#[cfg(test)]
mod tests {
    use super::{Offset, parse_date};

    fn check(text: &str, offset: Offset, wanted: Option<&str>) {
        assert_eq!(parse_date(text, offset).as_deref(), wanted, "{text:?}");
    }

    #[test]
    fn vietnamese_forms() {
        for (text, wanted) in [
            ("19:15 | 04/07/2024", Some("2024-07-04T19:15:00+07:00")),
            ("Thứ bảy, 7/3/2026, 00:05 (GMT+7)", Some("2026-03-07T00:05:00+07:00")),
            ("07-03-2026 - 00:01 AM | Thị trường chứng khoán", Some("2026-03-07T00:01:00+07:00")),
            ("07-03-2026 - 15:30 PM", Some("2026-03-07T15:30:00+07:00")),
            ("Nguyên Minh - 07/03/2026 08:47", Some("2026-03-07T08:47:00+07:00")),
            ("Thứ Hai, ngày 5 tháng 2 năm 2024, 9h30", Some("2024-02-05T09:30:00+07:00")),
            ("Thứ 2, 05/02/2024 - 9 giờ 05 phút", Some("2024-02-05T09:05:00+07:00")),
            ("18/03/2021 13:55", Some("2021-03-18T13:55:00+07:00")),
            ("23/03/2015 08:06 GMT+7", Some("2015-03-23T08:06:00+07:00")),
            ("Cập nhật: 18/03/2021 13:55:09", Some("2021-03-18T13:55:09+07:00")),
            ("Cập nhật lúc 09:05:10, Thứ Năm, ngày 04/07/2024", Some("2024-07-04T09:05:10+07:00")),
            ("04/07/2024 07:15 CH", Some("2024-07-04T19:15:00+07:00")),
            ("04/07/2024 12:15 SA", Some("2024-07-04T00:15:00+07:00")),
            ("Đăng ngày 5 Tháng Mười Hai, 2023", Some("2023-12-05")),
            ("Tháng Bảy 5, 2023", Some("2023-07-05")),
            ("5 tháng năm năm 2023", Some("2023-05-05")),
            ("9h 05/03/2024", Some("2024-03-05T09:00:00+07:00")),
            ("08:05 -07/03/2026", Some("2026-03-07T08:05:00+07:00")),
            ("04/07/2024", Some("2024-07-04")),
            ("31/02/2024 10:00", None),
            ("04/07/1889", None),
            ("Quyết định số 12/04/2024/QĐ-UBND", None),
            ("tháng 7 năm 2024", None),
            ("2 giờ trước", None),
            ("04/07/", None),
            ("2024-07-", None),
            ("", None),
        ] {
            check(text, Offset::VIETNAM, wanted);
        }
    }

    #[test]
    fn forms_of_systems() {
        for (text, wanted) in [
            ("2024-07-04T19:15:00+07:00", Some("2024-07-04T19:15:00+07:00")),
            ("2024-07-04T19:15:00.123Z", Some("2024-07-04T19:15:00Z")),
            ("2024-07-04T19:15Z", Some("2024-07-04T19:15:00Z")),
            ("2024-07-04 19:15:00 +0700", Some("2024-07-04T19:15:00+07:00")),
            ("2015-03-23 08:06 +07:00", Some("2015-03-23T08:06:00+07:00")),
            ("2024-07-04T19:15:00-0330", Some("2024-07-04T19:15:00-03:30")),
            ("2024-07-04T19:15:00", Some("2024-07-04T19:15:00")),
            ("Thu, 04 Jul 2024 19:15:00 +0700", Some("2024-07-04T19:15:00+07:00")),
            ("Thu, 04 Jul 2024 19:15:00 GMT", Some("2024-07-04T19:15:00Z")),
            ("Thu Jul 04 2024 19:15:00 GMT+0700 (ICT)", Some("2024-07-04T19:15:00+07:00")),
            ("20240704T191500Z", Some("2024-07-04T19:15:00Z")),
            ("20240704191500", Some("2024-07-04T19:15:00")),
            ("20240704", Some("2024-07-04")),
            ("1720095300", Some("2024-07-04T12:15:00Z")),
            ("1720095300000", Some("2024-07-04T12:15:00Z")),
            ("2024-02-29", Some("2024-02-29")),
            ("2023-02-29", None),
            ("2024-13-01", None),
            ("99999999999999999999999999", None),
        ] {
            check(text, Offset::Unknown, wanted);
        }
        check("1720095300", Offset::VIETNAM, Some("2024-07-04T19:15:00+07:00"));
    }

    #[test]
    fn forms_of_other_languages() {
        for (text, wanted) in [
            ("March 7, 2026 8:05 am EST", Some("2026-03-07T08:05:00-05:00")),
            ("Published March 7th, 2026 at 8:05 p.m.", Some("2026-03-07T20:05:00")),
            ("7 Mar 2026", Some("2026-03-07")),
            ("12/25/2024", Some("2024-12-25")),
            ("7. März 2026, 8.05 Uhr", Some("2026-03-07T08:05:00")),
            ("le 7 août 2026 à 20h05", Some("2026-08-07T20:05:00")),
            ("7 de marzo de 2026 20:05 h", Some("2026-03-07T20:05:00")),
            ("2024年7月4", Some("2024-07-04")),
            ("2024年7月4日 19:15", Some("2024-07-04T19:15:00")),
        ] {
            check(text, Offset::Unknown, wanted);
        }
    }

    #[test]
    fn days_and_calendar_agree() {
        for days in (7_305..47_847).step_by(13) {
            let day = super::day::from_days(days);
            assert_eq!(day.map(super::day::to_days), Some(days));
        }
    }
}
