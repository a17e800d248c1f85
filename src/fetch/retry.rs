//! Whether a failed visit is tried again, and when.
//!
//! Enters: the class of the failure, how often the visit was tried, what its host did so far, a seed. Leaves: a wait,
//! or the reason why it was the last try. Invariant: a final failure is never tried again, and no host is retried
//! beyond its budget.

use std::time::{Duration, SystemTime};

use super::politeness::MAX_RETRY_AFTER;

/// Longest wait that a server can state, so that arithmetic with it is safe.
const MAX_STATED: Duration = Duration::from_hours(365 * 24);

/// How often, and after which waits, a visit is tried again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Tries of one visit, the first among them.
    pub attempts: u32,
    /// The longest wait before the second try; it doubles with each further one.
    pub base: Duration,
    /// No wait of ours is longer.
    pub cap: Duration,
    /// Retries that each host has, whatever its visits …
    pub free_retries: u64,
    /// … and how many more it has for each hundred visits.
    pub retry_percent: u64,
    /// Failed connections in a row after which a host is given up.
    pub down_after: u32,
}

impl Default for RetryPolicy {
    fn default() -> RetryPolicy {
        RetryPolicy {
            attempts: 3,
            base: Duration::from_secs(2),
            cap: Duration::from_mins(1),
            free_retries: 10,
            retry_percent: 20,
            down_after: 8,
        }
    }
}

/// How a try failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// No answer at all, but another try may get one: a name server that fails, no connection, a silent server.
    Connection,
    /// An answer that may be better next time: 408, 429, 500 and the like, or a body that was cut or came too slowly.
    Answer,
    /// Another try would end the same: 404, a bad certificate, a refused address, a page too large.
    Final,
}

/// What a host did so far in this run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HostRecord {
    visits: u64,
    retries: u64,
    failed_connections: u32,
}

/// What becomes of a visit whose try failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Try again after this wait.
    Again(Duration),
    /// It ends here.
    Final(Reason),
}

/// Why a visit is not tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The failure is a final one.
    NotPassing,
    /// It was tried as often as it may be.
    Attempts,
    /// Its host has used up its retries.
    Budget,
    /// Its host does not answer.
    HostDown,
    /// Its host asks for a longer wait than [`MAX_RETRY_AFTER`].
    Parked,
}

impl Reason {
    /// A short name that does not change.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Reason::NotPassing => "final",
            Reason::Attempts => "attempts",
            Reason::Budget => "retry_budget",
            Reason::HostDown => "host_down",
            Reason::Parked => "host_parked",
        }
    }
}

/// A try that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failed {
    /// Tries of this visit so far, this one among them.
    pub attempts: u32,
    /// How it failed.
    pub failure: Failure,
    /// What the answer's `Retry-After` asks for.
    pub retry_after: Option<Duration>,
}

impl HostRecord {
    /// Counts a visit of the list, at its first try.
    pub fn visit(&mut self) {
        self.visits += 1;
    }

    /// Counts an answer, whatever it says: the host is there.
    pub fn answered(&mut self) {
        self.failed_connections = 0;
    }
}

impl RetryPolicy {
    /// Decides about a visit whose try failed, and counts the failure and the retry in the host's record. The same
    /// `seed` gives the same wait; it should differ from visit to visit.
    ///
    /// `Retry-After` takes the place of our own wait. That one is drawn between half and all of a span that doubles
    /// with each try: "equal jitter" (M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
    /// Unlike "full jitter" it never comes back at once.
    pub fn next(&self, failed: Failed, host: &mut HostRecord, seed: u64) -> Decision {
        match failed.failure {
            Failure::Connection => host.failed_connections = host.failed_connections.saturating_add(1),
            Failure::Answer => host.answered(),
            Failure::Final => return Decision::Final(Reason::NotPassing),
        }
        if self.is_down(host) {
            return Decision::Final(Reason::HostDown);
        }
        if failed.retry_after.is_some_and(|asked| asked > MAX_RETRY_AFTER) {
            return Decision::Final(Reason::Parked);
        }
        if failed.attempts >= self.attempts {
            return Decision::Final(Reason::Attempts);
        }
        if host.retries >= self.budget(host) {
            return Decision::Final(Reason::Budget);
        }
        host.retries += 1;
        Decision::Again(failed.retry_after.unwrap_or_else(|| self.wait(failed.attempts, seed)))
    }

    /// Whether a host is given up: none of its visits should be tried.
    #[must_use]
    pub fn is_down(&self, host: &HostRecord) -> bool {
        host.failed_connections >= self.down_after
    }

    /// Retries that a host has after so many visits.
    fn budget(&self, host: &HostRecord) -> u64 {
        let share = host.visits.saturating_mul(self.retry_percent) / 100;
        self.free_retries.saturating_add(share)
    }

    /// Our own wait after so many tries.
    fn wait(&self, attempts: u32, seed: u64) -> Duration {
        let doublings = 2_u32.saturating_pow(attempts.saturating_sub(1));
        let half = self.base.saturating_mul(doublings).min(self.cap) / 2;
        // Tries of one visit draw apart from each other.
        let mut draw = fastrand::Rng::with_seed(seed ^ u64::from(attempts).rotate_left(32));
        half + half.mul_f64(draw.f64())
    }
}

/// How long a `Retry-After` field asks to wait, in either form (RFC 9110, 10.2.3): seconds, or a date.
///
/// `None` for anything else, and for a date that is past. A fraction of a second, which the RFC does not know, is
/// rounded up; longer than a year is a year.
#[must_use]
pub fn retry_after(field: &str, now: SystemTime) -> Option<Duration> {
    let field = field.trim();
    if field.starts_with(|c: char| c.is_ascii_digit()) {
        return seconds(field);
    }
    let date = httpdate::parse_http_date(field).ok()?;
    let ahead = date.duration_since(now).ok().filter(|ahead| !ahead.is_zero())?;
    Some(ahead.min(MAX_STATED))
}

/// Digits, and perhaps a point with more of them.
fn seconds(field: &str) -> Option<Duration> {
    let (whole, fraction) = field.split_once('.').unwrap_or((field, "0"));
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let up = u64::from(fraction.bytes().any(|digit| digit != b'0'));
    // Only too many digits fail here.
    let seconds = whole.parse::<u64>().unwrap_or(u64::MAX).saturating_add(up);
    Some(Duration::from_secs(seconds).min(MAX_STATED))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn failed(attempts: u32, failure: Failure) -> Failed {
        Failed { attempts, failure, retry_after: None }
    }

    fn host(visits: u64) -> HostRecord {
        HostRecord { visits, ..HostRecord::default() }
    }

    #[test]
    fn waits_double_with_jitter_until_the_attempts_are_used() {
        let policy = RetryPolicy { attempts: 9, ..RetryPolicy::default() };
        for seed in 0..100 {
            for (attempts, longest) in [(1, 2), (2, 4), (3, 8), (4, 16), (5, 32), (6, 60), (8, 60)] {
                let Decision::Again(wait) =
                    policy.next(failed(attempts, Failure::Answer), &mut host(1), seed)
                else {
                    panic!("{attempts}");
                };
                assert!((SECOND * longest / 2..=SECOND * longest).contains(&wait), "{attempts}: {wait:?}");
            }
        }
        let last = policy.next(failed(9, Failure::Answer), &mut host(1), 0);
        assert_eq!(last, Decision::Final(Reason::Attempts));
    }

    #[test]
    fn waits_follow_from_the_seed() {
        let policy = RetryPolicy::default();
        let wait = |seed| policy.next(failed(1, Failure::Answer), &mut host(1), seed);
        assert_eq!(wait(7), wait(7));
        let all: Vec<Decision> = (0..50).map(wait).collect();
        assert!((1..50).all(|at| !all[..at].contains(&all[at])), "each seed its own wait");
    }

    #[test]
    fn final_failures_are_never_tried_again() {
        let mut record = host(1);
        let decision = RetryPolicy::default().next(failed(1, Failure::Final), &mut record, 0);
        assert_eq!((decision, record), (Decision::Final(Reason::NotPassing), host(1)));
    }

    #[test]
    fn retry_after_takes_the_place_of_the_wait() {
        let policy = RetryPolicy::default();
        let next = |seconds| {
            let retry_after = Some(Duration::from_secs(seconds));
            policy.next(Failed { attempts: 1, failure: Failure::Answer, retry_after }, &mut host(1), 0)
        };
        assert_eq!(next(0), Decision::Again(Duration::ZERO));
        assert_eq!(next(600), Decision::Again(SECOND * 600));
        assert_eq!(next(601), Decision::Final(Reason::Parked));
        assert_eq!(next(u64::MAX), Decision::Final(Reason::Parked));
    }

    #[test]
    fn a_host_has_a_budget() {
        let policy = RetryPolicy::default();
        for (visits, budget) in [(0, 10), (4, 10), (5, 11), (1_000, 210)] {
            let mut record = host(visits);
            for _ in 0..budget {
                let next = policy.next(failed(1, Failure::Answer), &mut record, 0);
                assert!(matches!(next, Decision::Again(_)), "{visits}");
            }
            let next = policy.next(failed(1, Failure::Answer), &mut record, 0);
            assert_eq!(next, Decision::Final(Reason::Budget), "{visits}");
        }
    }

    #[test]
    fn a_host_that_never_answers_is_given_up() {
        let policy = RetryPolicy::default();
        let mut record = host(100);
        let ask = |record: &mut HostRecord| policy.next(failed(1, Failure::Connection), record, 0);
        for _ in 0..7 {
            assert!(matches!(ask(&mut record), Decision::Again(_)));
        }
        record.answered();
        for _ in 0..7 {
            assert!(matches!(ask(&mut record), Decision::Again(_)));
        }
        assert!(!policy.is_down(&record));
        assert_eq!(ask(&mut record), Decision::Final(Reason::HostDown));
        assert!(policy.is_down(&record));
    }

    #[test]
    fn retry_after_in_both_forms() {
        // 2015-10-21 07:28:00 UTC, which three forms of a date give below.
        let then = SystemTime::UNIX_EPOCH + Duration::from_mins(24_090_208);
        let now = then - SECOND * 3;
        for (field, expected) in [
            ("2", Some(2)),
            (" 120 ", Some(120)),
            ("0", Some(0)),
            ("007", Some(7)),
            ("1.5", Some(2)),
            ("1.0", Some(1)),
            ("31536000", Some(31_536_000)),
            ("99999999999999999999999999", Some(31_536_000)),
            ("18446744073709551615.5", Some(31_536_000)),
            ("Wed, 21 Oct 2015 07:28:00 GMT", Some(3)),
            ("Wednesday, 21-Oct-15 07:28:00 GMT", Some(3)),
            ("Wed Oct 21 07:28:00 2015", Some(3)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some(31_536_000)),
            ("Wed, 21 Oct 2015 07:27:57 GMT", None),
            ("Wed, 21 Oct 2015 07:27:00 GMT", None),
            ("Thu, 01 Jan 1970 00:00:00 GMT", None),
            ("-5", None),
            ("+5", None),
            ("1e3", None),
            ("1.", None),
            (".5", None),
            ("1,5", None),
            ("5 minutes", None),
            ("soon", None),
            ("٣", None),
            ("", None),
        ] {
            assert_eq!(retry_after(field, now), expected.map(Duration::from_secs), "{field:?}");
        }
    }

    proptest! {
        #[test]
        fn any_field_is_read(field: String, now in 0_u64..1 << 40) {
            let _ = retry_after(&field, SystemTime::UNIX_EPOCH + Duration::from_secs(now));
        }
    }
}
