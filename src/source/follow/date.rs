//! Dates of feeds and sitemaps.
//!
//! Enters: the text of a date, the time of the visit, the zone that is assumed where none is stated.
//! Leaves: seconds since 1970, or what is wrong with it. No clock is read.

use url::Url;

use super::notice::Tally;
use crate::parse::date::{Offset, parse_stamp};

/// How far ahead a date may lie, in seconds: papers announce for the next day, and clocks are wrong by a zone.
const AHEAD: i64 = 86_400;
/// Longest text that is read as a date, in bytes.
const MAX_BYTES: usize = 200;

/// The zone of times without one: Vietnam's for hosts and texts of Vietnam, else UTC.
pub(super) fn zone(base: &Url, language: Option<&str>) -> Offset {
    let is_vietnamese =
        base.host_str().is_some_and(|host| host.trim_end_matches('.').rsplit('.').next() == Some("vn"))
            || language.is_some_and(|tag| tag.get(..2).is_some_and(|code| code.eq_ignore_ascii_case("vi")));
    if is_vietnamese { Offset::VIETNAM } else { Offset::Minutes(0) }
}

/// The time that a text states, unless it lies too far ahead of `now`; what is dropped is counted.
pub(super) fn read(text: &str, now: i64, zone: Offset, tally: &mut Tally) -> Option<i64> {
    match seconds(text, zone) {
        None => {
            tally.bad_date += 1;
            None
        }
        Some(at) if at > now.saturating_add(AHEAD) => {
            tally.future_date += 1;
            None
        }
        found => found,
    }
}

/// Seconds since 1970.
fn seconds(text: &str, zone: Offset) -> Option<i64> {
    let text = text.trim();
    if text.len() > MAX_BYTES {
        return None;
    }
    // RFC 822 calls UTC "UT".
    let universal = text.strip_suffix(" UT").map(|rest| format!("{rest} UTC"));
    let text = universal.as_deref().unwrap_or(text);
    let stamp = parse_stamp(text, zone)
        .or_else(|| parse_stamp(&month_in_full(text)?, zone))
        .or_else(|| parse_stamp(&year_in_full(text)?, zone))?;
    Some(stamp.in_zone(zone).unix_seconds())
}

/// `22 Th11 2026`, `22 Thg 11, 2026`: the short name of the Vietnamese month, in full.
fn month_in_full(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    ["thg", "th"].into_iter().find_map(|short| {
        let at = lower.find(short)?;
        let rest = lower[at + short.len()..].trim_start_matches(['.', ' ']);
        let begins = !lower[..at].ends_with(char::is_alphanumeric);
        (begins && rest.starts_with(|c: char| c.is_ascii_digit()))
            .then(|| format!("{}tháng {rest}", &lower[..at]))
    })
}

/// `22 Nov 26 08:00:00 GMT` (RFC 822, 5.1): two digits of the year, in full.
fn year_in_full(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let is_short = |word: &str| word.len() == 2 && word.bytes().all(|byte| byte.is_ascii_digit());
    let is_name = |word: &str| word.chars().all(char::is_alphabetic);
    let at = (2..words.len().min(5)).find(|at| {
        is_short(words[*at]) && is_name(words[at - 1]) && words[at - 2].bytes().all(|b| b.is_ascii_digit())
    })?;
    let century = if words[at] < "70" { "20" } else { "19" };
    let full = format!("{century}{}", words[at]);
    let words: Vec<&str> =
        words.iter().enumerate().map(|(n, word)| if n == at { full.as_str() } else { word }).collect();
    Some(words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-22T08:00:00Z.
    const EIGHT: i64 = 1_795_334_400;

    #[track_caller]
    fn check(text: &str, expected: Option<i64>) {
        assert_eq!(seconds(text, Offset::VIETNAM), expected, "{text}");
    }

    #[test]
    fn dates_in_the_forms_of_feeds() {
        for text in [
            "Sun, 22 Nov 2026 08:00:00 GMT",
            "Sun, 22 Nov 2026 15:00:00 +0700",
            "Sun, 22 Nov 2026 15:00:00 GMT+7",
            "Dom, 22 Nov 2026 08:00:00 GMT",
            "22 Nov 26 08:00:00 GMT",
            "Sun, 22 Nov 26 08:00:00 UT",
            "Sunday, November 22, 2026 3:00:00 PM",
            "2026-11-22T08:00:00Z",
            "2026-11-22T15:00:00.000+07:00",
            "2026-11-22 15:00:00",
            "22/11/2026 15:00",
            "22/11/2026 3:00:00 CH",
            "Chủ nhật, 22/11/2026 15:00 (GMT+7)",
            "Chủ nhật, 22 Tháng Mười Một 2026 15:00:00 +0700",
            "CN, 22 Th11 2026 15:00:00 +0700",
            "22 Thg 11, 2026 15:00",
            "1795334400",
            "1795334400000",
        ] {
            check(text, Some(EIGHT));
        }
        check("2026-11-22", Some(EIGHT - 15 * 3_600));
        check("2026-11-22T08:00:07Z", Some(EIGHT + 7));
    }

    #[test]
    fn what_is_no_date() {
        for text in
            ["", "yesterday", "Sun, 31 Feb 2026 08:00:00 GMT", "0000-00-00", "2 giờ trước", "th", "26"]
        {
            check(text, None);
        }
        check(&"2026-11-22 ".repeat(100), None);
    }

    #[test]
    fn dates_ahead_are_dropped_and_told() {
        let mut tally = Tally::default();
        let zone = Offset::Minutes(0);
        assert_eq!(read("2026-11-23T07:59:59Z", EIGHT, zone, &mut tally), Some(EIGHT + 86_399));
        assert_eq!(read("2026-11-23T08:00:01Z", EIGHT, zone, &mut tally), None);
        assert_eq!(read("2062-11-22", EIGHT, zone, &mut tally), None);
        assert_eq!(read("tomorrow", EIGHT, zone, &mut tally), None);
        assert_eq!((tally.future_date, tally.bad_date), (2, 1));
    }

    #[test]
    fn the_zone_is_that_of_the_place() {
        let url = |text| Url::parse(text).expect("a URL");
        assert_eq!(zone(&url("https://x.com.vn/rss"), None), Offset::VIETNAM);
        assert_eq!(zone(&url("https://x.net/rss"), Some("vi-VN")), Offset::VIETNAM);
        assert_eq!(zone(&url("https://x.net/rss"), Some("en")), Offset::Minutes(0));
    }
}
