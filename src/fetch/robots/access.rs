//! What an answer to `/robots.txt` means, and for how long.
//!
//! Enters: how the exchange ended. Leaves: rules, leave or refusal, in a form that can be stored and read back.
//! Invariant: where no answer says what is allowed, nothing is, except by a copy that was good before.

use std::time::Duration;

use super::{MAX_BODY, Robots};

/// Redirects that are followed to a robots.txt; behind more, it counts as unavailable (RFC 9309, 2.3.1.2).
pub const MAX_REDIRECTS: u32 = 5;
/// How long an answer holds: crawlers should not use one for longer than 24 hours (RFC 9309, 2.4).
const MAX_AGE: Duration = Duration::from_hours(24);
/// How long an answer holds at least, whatever `max-age` says, so that robots.txt is not half of all requests.
const MIN_AGE: Duration = Duration::from_mins(5);
/// When a robots.txt that was unreachable is asked for again.
const RECHECK: Duration = Duration::from_mins(10);
/// How long a copy that was good stands in for a server that does not answer (the 30 days of RFC 9309, 2.3.1.4).
const MAX_STALE: Duration = Duration::from_hours(30 * 24);

/// What a robots.txt lets us do.
#[derive(Debug, Clone, PartialEq)]
pub enum Access {
    /// What its rules say.
    Rules(Robots),
    /// Everything: there is none (RFC 9309, 2.3.1.3).
    AllowAll,
    /// Nothing: it could not be reached (RFC 9309, 2.3.1.4).
    DenyAll {
        /// What was in the way.
        why: Why,
    },
}

/// Why nothing is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The server answered 429, 5xx, or with a status that says nothing.
    Status(u16),
    /// No answer, or not a whole one: name, connection, TLS, time, a cut body.
    Unreachable,
    /// Its address, or one it redirects to, is none that we ask.
    Refused,
}

/// How asking for a robots.txt ended, redirects followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer<'a> {
    /// A whole answer; its body may be cut at [`MAX_BODY`].
    Status {
        /// The last status; a redirect without a usable target is one too.
        status: u16,
        /// Content codings undone; read only where the status is 2xx.
        body: &'a [u8],
        /// How long the server says that it holds: see [`max_age`].
        max_age: Option<Duration>,
        /// How long the server asks us to wait.
        retry_after: Option<Duration>,
    },
    /// More than [`MAX_REDIRECTS`], or a circle.
    TooManyRedirects,
    /// No whole answer came: name, connection, TLS, time, framing, coding.
    Failed,
    /// The guard refused the address.
    Refused,
}

/// An answer as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// When the answer came, in seconds since 1970; of a stale copy, when that came.
    pub fetched_at: u64,
    /// From when on it is to be asked for again, in seconds since 1970.
    pub expires_at: u64,
    /// What it means.
    pub kind: Kind,
    /// The file, at most [`MAX_BODY`] bytes; empty unless `kind` is [`Kind::Rules`].
    pub body: Vec<u8>,
}

/// What an answer means, without the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// See [`Access::Rules`].
    Rules,
    /// See [`Access::AllowAll`].
    AllowAll,
    /// See [`Access::DenyAll`].
    DenyAll(Why),
}

impl Stored {
    /// What to store when an answer came at `now`, in seconds since 1970, and what was stored `before`.
    ///
    /// A good answer holds for a day, or for less where the server says so. A refusal holds until a re-check. A
    /// server that does not answer at all leaves the rules of a good copy in force for up to 30 days, as RFC 9309,
    /// 2.4 lets an unreachable one; a server that answers with an error wishes to be left alone, copy or not.
    #[must_use]
    pub fn new(answer: &Answer<'_>, now: u64, before: Option<&Stored>) -> Stored {
        let recheck = now.saturating_add(RECHECK.as_secs());
        if *answer == Answer::Failed
            && let Some(good) = before.filter(|before| before.is_good_at(now))
        {
            return Stored { expires_at: recheck, ..good.clone() };
        }
        let kind = kind(answer);
        let (body, lifetime) = match answer {
            Answer::Status { retry_after, .. } if matches!(kind, Kind::DenyAll(_)) => {
                (&[][..], retry_after.unwrap_or(RECHECK).clamp(RECHECK, MAX_AGE))
            }
            Answer::Status { body, max_age, .. } => {
                let body = if kind == Kind::Rules { &body[..body.len().min(MAX_BODY)] } else { &[] };
                (body, max_age.unwrap_or(MAX_AGE).clamp(MIN_AGE, MAX_AGE))
            }
            Answer::TooManyRedirects => (&[][..], MAX_AGE),
            Answer::Failed | Answer::Refused => (&[][..], RECHECK),
        };
        let expires_at = now.saturating_add(lifetime.as_secs());
        Stored { fetched_at: now, expires_at, kind, body: body.to_vec() }
    }

    /// Whether it may be used at `now` without asking again. A time before it was fetched (a clock set back) is none.
    #[must_use]
    pub fn is_fresh(&self, now: u64) -> bool {
        (self.fetched_at..self.expires_at).contains(&now)
    }

    /// What it lets us do, for the crawler that calls itself `product_token`.
    #[must_use]
    pub fn access(&self, product_token: &str) -> Access {
        match self.kind {
            Kind::Rules => Access::Rules(Robots::parse(&self.body, product_token)),
            Kind::AllowAll => Access::AllowAll,
            Kind::DenyAll(why) => Access::DenyAll { why },
        }
    }

    /// Whether it can stand in for an answer that did not come.
    fn is_good_at(&self, now: u64) -> bool {
        let last = self.fetched_at.saturating_add(MAX_STALE.as_secs());
        matches!(self.kind, Kind::Rules | Kind::AllowAll) && (self.fetched_at..last).contains(&now)
    }
}

fn kind(answer: &Answer<'_>) -> Kind {
    match answer {
        Answer::Status { status: 200..=299, .. } => Kind::Rules,
        // RFC 9309, 2.3.1.3 counts 429 among those that allow. It asks for fewer requests, so it is taken as 503 is.
        Answer::Status { status: 429, .. } => Kind::DenyAll(Why::Status(429)),
        Answer::Status { status: 300..=499, .. } | Answer::TooManyRedirects => Kind::AllowAll,
        Answer::Status { status, .. } => Kind::DenyAll(Why::Status(*status)),
        Answer::Failed => Kind::DenyAll(Why::Unreachable),
        Answer::Refused => Kind::DenyAll(Why::Refused),
    }
}

impl Kind {
    /// The number under which it is stored: 0 rules, 1 all, 2 refused, 3 unreachable, else the status that denies.
    #[must_use]
    pub fn code(self) -> u16 {
        match self {
            Kind::Rules => 0,
            Kind::AllowAll => 1,
            Kind::DenyAll(Why::Refused) => 2,
            Kind::DenyAll(Why::Unreachable) => 3,
            Kind::DenyAll(Why::Status(status)) => status,
        }
    }

    /// The kind with this number, `None` for one that no kind has.
    #[must_use]
    pub fn from_code(code: u16) -> Option<Kind> {
        match code {
            0 => Some(Kind::Rules),
            1 => Some(Kind::AllowAll),
            2 => Some(Kind::DenyAll(Why::Refused)),
            3 => Some(Kind::DenyAll(Why::Unreachable)),
            100..=999 => Some(Kind::DenyAll(Why::Status(code))),
            _ => None,
        }
    }
}

/// What a `Cache-Control` field says of an answer's life: its `max-age`, none at all for `no-cache` and `no-store`
/// (RFC 9111, 5.2.2).
#[must_use]
pub fn max_age(cache_control: &str) -> Option<Duration> {
    let mut age = None;
    for directive in cache_control.split(',') {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        let name = name.trim();
        if name.eq_ignore_ascii_case("no-store") || name.eq_ignore_ascii_case("no-cache") {
            return Some(Duration::ZERO);
        }
        if name.eq_ignore_ascii_case("max-age") {
            let value = value.trim().trim_matches('"');
            let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
            // A number beyond 64 bits is as good as the largest one (RFC 9111, 1.2.2).
            let stated = is_number.then(|| Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
            age = age.min(stated).or(stated).or(age);
        }
    }
    age
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_700_000_000;
    const DAY: u64 = 24 * 60 * 60;

    fn status(status: u16, body: &[u8]) -> Answer<'_> {
        Answer::Status { status, body, max_age: None, retry_after: None }
    }

    #[test]
    fn what_answers_mean() {
        for (answer, kind, lifetime) in [
            (status(200, b""), Kind::Rules, DAY),
            (status(204, b""), Kind::Rules, DAY),
            (status(302, b""), Kind::AllowAll, DAY),
            (status(401, b""), Kind::AllowAll, DAY),
            (status(403, b""), Kind::AllowAll, DAY),
            (status(404, b"User-agent: *\nDisallow: /"), Kind::AllowAll, DAY),
            (status(410, b""), Kind::AllowAll, DAY),
            (status(429, b""), Kind::DenyAll(Why::Status(429)), 600),
            (status(500, b""), Kind::DenyAll(Why::Status(500)), 600),
            (status(503, b""), Kind::DenyAll(Why::Status(503)), 600),
            (status(999, b""), Kind::DenyAll(Why::Status(999)), 600),
            (status(101, b""), Kind::DenyAll(Why::Status(101)), 600),
            (Answer::TooManyRedirects, Kind::AllowAll, DAY),
            (Answer::Failed, Kind::DenyAll(Why::Unreachable), 600),
            (Answer::Refused, Kind::DenyAll(Why::Refused), 600),
        ] {
            let stored = Stored::new(&answer, NOW, None);
            assert_eq!((stored.kind, stored.expires_at - NOW), (kind, lifetime), "{answer:?}");
            assert_eq!(Kind::from_code(kind.code()), Some(kind));
            assert!(stored.body.is_empty());
        }
        assert_eq!(Kind::from_code(4), None);
    }

    #[test]
    fn lifetimes_are_shortened_within_bounds() {
        let lifetime = |status, max_age, retry_after| {
            let seconds = Duration::from_secs;
            let answer = Answer::Status {
                status,
                body: b"",
                max_age: Some(seconds(max_age)),
                retry_after: Some(seconds(retry_after)),
            };
            Stored::new(&answer, NOW, None).expires_at - NOW
        };
        assert_eq!(lifetime(200, 3_600, 0), 3_600);
        assert_eq!(lifetime(200, 0, 0), 300);
        assert_eq!(lifetime(404, u64::MAX, 0), DAY);
        assert_eq!(lifetime(503, 0, 1), 600);
        assert_eq!(lifetime(503, 0, 3_600), 3_600);
        assert_eq!(lifetime(503, 0, u64::MAX), DAY);
    }

    #[test]
    fn a_good_copy_stands_in_for_silence_only() {
        let rules = b"User-agent: *\nDisallow: /private/\n";
        let good = Stored::new(&status(200, rules), NOW, None);
        let later = NOW + 2 * DAY;
        assert!(good.is_fresh(NOW) && good.is_fresh(NOW + DAY - 1));
        assert!(!good.is_fresh(NOW + DAY) && !good.is_fresh(NOW - 1));

        let stale = Stored::new(&Answer::Failed, later, Some(&good));
        assert_eq!((stale.kind, stale.fetched_at, stale.expires_at), (Kind::Rules, NOW, later + 600));
        assert_eq!(stale.body, rules);
        let again = Stored::new(&Answer::Failed, NOW + 29 * DAY, Some(&stale));
        assert_eq!(again.kind, Kind::Rules);
        let over = Stored::new(&Answer::Failed, NOW + 30 * DAY, Some(&again));
        assert_eq!(over.kind, Kind::DenyAll(Why::Unreachable));

        assert_eq!(Stored::new(&status(503, b""), later, Some(&good)).kind, Kind::DenyAll(Why::Status(503)));
        assert_eq!(Stored::new(&Answer::Refused, later, Some(&good)).kind, Kind::DenyAll(Why::Refused));
        let denied = Stored::new(&Answer::Failed, later, Some(&over));
        assert_eq!(denied.kind, Kind::DenyAll(Why::Unreachable));
    }

    #[test]
    fn what_is_stored_says_the_same_when_read_back() {
        let stored = Stored::new(&status(200, b"User-agent: *\nDisallow: /private/\n"), NOW, None);
        let Access::Rules(robots) = stored.access("tinsach") else { panic!("rules") };
        let url = |path: &str| url::Url::parse("https://bao.example").and_then(|url| url.join(path));
        assert!(!robots.verdict(&url("/private/x").expect("a URL")).allowed);
        assert!(robots.verdict(&url("/x").expect("a URL")).allowed);
        let body = vec![b'\n'; 2 * MAX_BODY];
        assert_eq!(Stored::new(&status(200, &body), NOW, None).body.len(), MAX_BODY);
        assert_eq!(Stored::new(&status(404, b""), NOW, None).access("x"), Access::AllowAll);
    }

    #[test]
    fn cache_control() {
        for (field, seconds) in [
            ("max-age=600", Some(600)),
            ("public, Max-Age = \"60\", must-revalidate", Some(60)),
            ("max-age=60, max-age=30", Some(30)),
            ("max-age=60, max-age=x", Some(60)),
            ("no-cache", Some(0)),
            ("max-age=60, no-store", Some(0)),
            ("max-age=99999999999999999999", Some(u64::MAX)),
            ("max-age=-1", None),
            ("max-age", None),
            ("s-maxage=5", None),
            ("", None),
        ] {
            assert_eq!(max_age(field), seconds.map(Duration::from_secs), "{field}");
        }
    }
}
