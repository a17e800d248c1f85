//! The lines of a robots.txt.
//!
//! Enters: bytes of a file that says it is a robots.txt. Leaves: its records in order, each with its value.
//! Invariant: every line is looked at once, whatever its bytes, and a line that a limit cut off is none.

use std::time::Duration;

/// Bytes of a robots.txt that are read; RFC 9309, 2.5 wants at least these 500 KiB.
///
/// This bounds the rules too: the shortest, `allow:/` with its line end, takes eight bytes.
pub const MAX_BODY: usize = 500 * 1024;
/// Longest delay that a line can state, so that arithmetic with it is safe.
const MAX_STATED_DELAY: Duration = Duration::from_hours(24);
/// Digits of a delay that are read on each side of the point.
const MAX_DIGITS: usize = 9;

/// Names of a record, also as people misspell them. RFC 9309 defines the first of each; 2.2.4 lets crawlers be
/// lenient, and the misspellings of "disallow" are those that Google's parser takes.
const USER_AGENT: &[&str] = &["user-agent", "useragent", "user agent", "user_agent"];
const ALLOW: &[&str] = &["allow"];
const DISALLOW: &[&str] = &["disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw"];
const SITEMAP: &[&str] = &["sitemap", "site-map", "sitemaps"];
const CRAWL_DELAY: &[&str] = &["crawl-delay", "crawldelay", "crawl delay", "crawl_delay"];
/// Records that are no business of ours, but say how a crawler may access the site, which is what RFC 9309, 2.1
/// calls a rule: they end a run of user-agent lines. Other records, such as sitemaps, do not (2.2.4).
const OTHER_RULES: &[&str] =
    &["request-rate", "visit-time", "noindex", "nofollow", "clean-param", "content-signal", "content-usage"];

/// What a line records.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Record<'a> {
    UserAgent(&'a [u8]),
    Allow(&'a [u8]),
    Disallow(&'a [u8]),
    CrawlDelay(Option<Duration>),
    /// A rule of a kind that is not interpreted.
    OtherRule,
    Sitemap(&'a [u8]),
}

/// The records of a file of at most [`MAX_BODY`] bytes; a longer one is cut, with the line that the cut is in.
pub(super) fn records(bytes: &[u8]) -> impl Iterator<Item = Record<'_>> {
    let kept = match bytes.get(..MAX_BODY) {
        None => bytes,
        Some(cut) => {
            let end = cut.iter().rposition(|byte| is_line_end(*byte)).map_or(0, |at| at + 1);
            &cut[..end]
        }
    };
    let kept = kept.strip_prefix(b"\xef\xbb\xbf").unwrap_or(kept);
    kept.split(|byte| is_line_end(*byte)).filter_map(record)
}

/// LF, CR and CR LF end a line (RFC 9309, 2.2, `NL`); the empty line within CR LF is no record.
fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// The record of a line, without its comment; `None` for all that is no record.
fn record(line: &[u8]) -> Option<Record<'_>> {
    let content = line.split(|byte| *byte == b'#').next().unwrap_or_default().trim_ascii();
    let (name, value) = pair(content)?;
    let is = |names: &[&str]| names.iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes()));
    if is(DISALLOW) {
        Some(Record::Disallow(value))
    } else if is(ALLOW) {
        Some(Record::Allow(value))
    } else if is(USER_AGENT) {
        Some(Record::UserAgent(value))
    } else if is(SITEMAP) {
        Some(Record::Sitemap(value))
    } else if is(CRAWL_DELAY) {
        Some(Record::CrawlDelay(delay(value)))
    } else {
        is(OTHER_RULES).then_some(Record::OtherRule)
    }
}

/// Name and value of a line. Where the colon is missing, white space between exactly two words does.
fn pair(content: &[u8]) -> Option<(&[u8], &[u8])> {
    if let Some(colon) = memchr::memchr(b':', content) {
        return Some((content[..colon].trim_ascii_end(), content[colon + 1..].trim_ascii_start()));
    }
    let space = content.iter().position(u8::is_ascii_whitespace)?;
    let value = content[space..].trim_ascii_start();
    (!value.iter().any(u8::is_ascii_whitespace)).then_some((&content[..space], value))
}

/// Seconds, with a fraction behind a point or a comma; what follows the number is left aside.
fn delay(value: &[u8]) -> Option<Duration> {
    let whole = digits(value);
    let fraction = match value.get(whole.len()) {
        Some(b'.' | b',') => digits(&value[whole.len() + 1..]),
        _ => &[],
    };
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    if whole.len() > MAX_DIGITS {
        return Some(MAX_STATED_DELAY);
    }
    let mut nanos = number(&fraction[..fraction.len().min(MAX_DIGITS)]);
    for _ in fraction.len()..MAX_DIGITS {
        nanos *= 10;
    }
    let stated = Duration::from_secs(number(whole)) + Duration::from_nanos(nanos);
    Some(stated.min(MAX_STATED_DELAY))
}

/// The digits that the text starts with.
fn digits(text: &[u8]) -> &[u8] {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    &text[..end]
}

/// The number that at most [`MAX_DIGITS`] digits make.
fn number(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |number, digit| number * 10 + u64::from(digit - b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &[u8]) -> Vec<Record<'_>> {
        records(text).collect()
    }

    #[test]
    fn line_ends_comments_and_spaces() {
        let expected = [Record::UserAgent(b"*"), Record::Disallow(b"/a"), Record::Allow(b"/b")];
        for text in [
            "User-agent: *\nDisallow: /a\nAllow: /b",
            "User-agent: *\r\nDisallow: /a\r\nAllow: /b\r\n",
            "User-agent: *\rDisallow: /a\rAllow: /b\r",
            "\u{feff}User-agent:*#all\n\r\n\r  DISALLOW  :  /a  # no\r\rallow:\t/b\t\n",
            "# User-agent: x\nUser-agent: *\njunk\n: /x\n\nDisallow: /a\nDisallow\nAllow: /b",
        ] {
            assert_eq!(all(text.as_bytes()), expected, "{text:?}");
        }
    }

    #[test]
    fn spelling_and_missing_colons() {
        for name in DISALLOW {
            assert_eq!(all(format!("{name}:/x").as_bytes()), [Record::Disallow(b"/x")]);
        }
        assert_eq!(all(b"useragent: x\nUser Agent: y"), [Record::UserAgent(b"x"), Record::UserAgent(b"y")]);
        assert_eq!(all(b"Disallow /x\nuser-agent\t*"), [Record::Disallow(b"/x"), Record::UserAgent(b"*")]);
        assert_eq!(all(b"disallow this path\nDisallow\nallowed: /x\nno disallow: /y"), []);
        assert_eq!(all(b"Disallow:\nAllow :"), [Record::Disallow(b""), Record::Allow(b"")]);
        assert_eq!(
            all(b"Sitemap: https://a.vn/s.xml\nNoindex: /x\nHost: a.vn"),
            [Record::Sitemap(b"https://a.vn/s.xml"), Record::OtherRule]
        );
    }

    #[test]
    fn delays() {
        for (value, expected) in [
            ("2", Some(2_000)),
            ("0", Some(0)),
            ("0.5", Some(500)),
            (".25", Some(250)),
            ("1,5", Some(1_500)),
            ("10 s", Some(10_000)),
            ("1.0000000000000001", Some(1_000)),
            ("86400", Some(86_400_000)),
            ("999999999", Some(86_400_000)),
            ("99999999999999999999999", Some(86_400_000)),
            ("-1", None),
            ("", None),
            (".", None),
            ("soon", None),
            ("NaN", None),
        ] {
            assert_eq!(delay(value.as_bytes()), expected.map(Duration::from_millis), "{value}");
        }
    }

    #[test]
    fn a_cut_line_is_dropped() {
        let mut text = b"Disallow: /a\n".to_vec();
        text.resize(MAX_BODY - 5, b'#');
        text.extend_from_slice(b"\nDisallow: /private/\n");
        assert_eq!(all(&text), [Record::Disallow(b"/a")]);
        // What was cut at the limit by whoever read it looks the same.
        assert_eq!(all(&text[..MAX_BODY]), [Record::Disallow(b"/a")]);
        assert_eq!(all(&vec![b'D'; 2 * MAX_BODY]), []);
    }
}
