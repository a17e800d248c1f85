//! When a site may be asked again.
//!
//! Enters: the delay that the user set, the site's `Crawl-delay`, and what was seen of each exchange, with its time.
//! Leaves: the moment from which on the next exchange may begin, or that the site asked for a longer rest than a run
//! waits. Invariant: that moment is never before the end of the last exchange plus the delay in force.

use std::time::{Duration, Instant};

/// Longest `Crawl-delay` that is obeyed to the letter; of a longer one this much.
pub const MAX_CRAWL_DELAY: Duration = Duration::from_mins(1);
/// Longest `Retry-After` that is waited for; a site that asks for more is parked.
pub const MAX_RETRY_AFTER: Duration = Duration::from_mins(10);
/// Longest interval that slowing down leads to, in both ways.
const MAX_SLOW_INTERVAL: Duration = Duration::from_mins(1);
/// The interval that slowing down starts from where the delay is shorter, or off.
const SLOW_START: Duration = Duration::from_secs(1);
/// Longest parking, so that arithmetic with moments is safe.
const MAX_PARKED: Duration = Duration::from_hours(365 * 24);
/// Good answers in a row after which the interval shrinks by one step.
const RECOVERY_ANSWERS: u32 = 4;
/// An answer this many times slower than usual means that the site labours …
const LABOURS: u32 = 4;
/// … if it is slower than this too: below, it is noise.
const LABOURS_FROM: Duration = Duration::from_secs(1);
/// Weight of one answer in the usual latency, as in TCP's smoothed round-trip time (RFC 6298, 2).
const SMOOTHING: u32 = 8;

/// The politeness due to one site, or to one address.
#[derive(Debug, Clone, PartialEq)]
pub struct Pace {
    /// Between exchanges, as the user set it; zero turns delays off.
    base: Duration,
    /// As robots.txt states it, unbounded.
    crawl_delay: Option<Duration>,
    /// Doublings of the interval that are in force.
    slowdowns: u32,
    /// Good answers since the last doubling or halving.
    good_answers: u32,
    /// Smoothed time to the first byte.
    usual_latency: Option<Duration>,
    /// How long the site rests because its last answer was slow.
    rest: Duration,
    /// End of the last exchange.
    last_end: Option<Instant>,
    /// What `Retry-After` asked for.
    not_before: Option<Instant>,
    /// Until when the site asked to be left alone, if that is longer than a run waits.
    parked_until: Option<Instant>,
    /// No moment that is handed out lies before this one.
    begin: Instant,
}

/// What was seen of one exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observation {
    /// The status; `None` where no answer came.
    pub status: Option<u16>,
    /// From the request to the first byte of the answer, or to the failure.
    pub latency: Duration,
    /// What `Retry-After` asked for.
    pub retry_after: Option<Duration>,
}

impl Pace {
    /// The same with another interval that the user has set.
    #[must_use]
    pub fn with_base(self, base: Duration) -> Pace {
        Pace { base, ..self }
    }

    /// Whether the site may be asked at once, and has not slowed us down.
    #[must_use]
    pub fn is_free(&self, now: Instant) -> bool {
        self.slowdowns == 0 && self.next_at() <= now && self.parked_for(now).is_none()
    }

    /// A site that was not asked yet. With a `base` of zero only `Retry-After` and slowing down on 429 and 503 act.
    #[must_use]
    pub fn new(base: Duration, now: Instant) -> Pace {
        Pace {
            base,
            crawl_delay: None,
            slowdowns: 0,
            good_answers: 0,
            usual_latency: None,
            rest: Duration::ZERO,
            last_end: None,
            not_before: None,
            parked_until: None,
            begin: now,
        }
    }

    /// Takes over the `Crawl-delay` of the site's robots.txt, or that it states none.
    pub fn set_crawl_delay(&mut self, stated: Option<Duration>) {
        self.crawl_delay = stated;
    }

    /// The `Crawl-delay` as stated, where it is longer than [`MAX_CRAWL_DELAY`] and so not fully obeyed.
    #[must_use]
    pub fn crawl_delay_cut(&self) -> Option<Duration> {
        self.crawl_delay.filter(|stated| *stated > MAX_CRAWL_DELAY)
    }

    /// Takes an exchange into account that ended at `now`.
    pub fn observe(&mut self, seen: Observation, now: Instant) {
        self.last_end = self.last_end.max(Some(now));
        let is_overloaded = matches!(seen.status, Some(429 | 503));
        if is_overloaded {
            self.good_answers = 0;
            if self.slow_interval() < MAX_SLOW_INTERVAL {
                self.slowdowns += 1;
            }
        } else if matches!(seen.status, Some(200..=499)) {
            self.recover();
        }
        // A success has nothing to be waited for; RFC 9110, 10.2.3 defines the field for 503 and redirects,
        // RFC 6585, 4 for 429.
        if let Some(asked) = seen.retry_after.filter(|_| !matches!(seen.status, Some(200..=299))) {
            self.wait(asked, now);
        }
        self.weigh_latency(seen);
    }

    /// When the next exchange may begin.
    #[must_use]
    pub fn next_at(&self) -> Instant {
        let rested = self.last_end.map(|end| end + self.interval());
        self.begin.max(rested.unwrap_or(self.begin)).max(self.not_before.unwrap_or(self.begin))
    }

    /// How long between the end of an exchange and the next one.
    #[must_use]
    pub fn interval(&self) -> Duration {
        let slow = if self.slowdowns == 0 { Duration::ZERO } else { self.slow_interval() };
        self.delay().max(slow).max(self.rest)
    }

    /// How long, from `now`, the site asked to be left alone, if that is longer than [`MAX_RETRY_AFTER`].
    #[must_use]
    pub fn parked_for(&self, now: Instant) -> Option<Duration> {
        let left = self.parked_until?.saturating_duration_since(now);
        (!left.is_zero()).then_some(left)
    }

    /// What the user and the site wish when nothing is wrong.
    fn delay(&self) -> Duration {
        if self.base.is_zero() {
            return self.base;
        }
        self.base.max(self.crawl_delay.unwrap_or_default().min(MAX_CRAWL_DELAY))
    }

    /// The interval after all doublings; no longer than the bound, but for a delay that is longer itself.
    fn slow_interval(&self) -> Duration {
        let start = if self.base.is_zero() { SLOW_START / 2 } else { self.delay().max(SLOW_START) };
        start.saturating_mul(2_u32.saturating_pow(self.slowdowns)).min(MAX_SLOW_INTERVAL)
    }

    /// A good answer: after some of them one step back.
    fn recover(&mut self) {
        self.good_answers += 1;
        if self.good_answers >= RECOVERY_ANSWERS {
            self.good_answers = 0;
            self.slowdowns = self.slowdowns.saturating_sub(1);
        }
    }

    fn wait(&mut self, asked: Duration, now: Instant) {
        let until = now.checked_add(asked.min(MAX_PARKED));
        if asked > MAX_RETRY_AFTER {
            self.parked_until = self.parked_until.max(until);
        } else {
            self.not_before = self.not_before.max(until);
        }
    }

    /// A site rests at least as long as its last answer took, twice as long where that is far above the usual.
    fn weigh_latency(&mut self, seen: Observation) {
        // Without an answer the time tells of our patience, not of the site; repeating has waits of its own.
        if seen.status.is_none() {
            return;
        }
        let usual = self.usual_latency.unwrap_or(seen.latency);
        self.usual_latency = Some((usual * (SMOOTHING - 1) + seen.latency) / SMOOTHING);
        if self.base.is_zero() {
            return;
        }
        let labours = seen.latency > LABOURS_FROM && seen.latency > usual.saturating_mul(LABOURS);
        let rest = if labours { seen.latency.saturating_mul(2) } else { seen.latency };
        self.rest = rest.min(MAX_SLOW_INTERVAL);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// A site and a clock that moves only by hand.
    struct Site {
        pace: Pace,
        now: Instant,
    }

    impl Site {
        fn new(base: Duration) -> Site {
            let now = Instant::now();
            Site { pace: Pace::new(base, now), now }
        }

        /// Waits for its turn, makes an exchange, and tells how long the next one has to wait.
        fn ask(&mut self, status: u16, latency: Duration, retry_after: Option<Duration>) -> Duration {
            self.now = self.now.max(self.pace.next_at()) + latency;
            self.pace.observe(Observation { status: Some(status), latency, retry_after }, self.now);
            self.pace.next_at().saturating_duration_since(self.now)
        }

        fn seconds(&mut self, status: u16, retry_after: Option<u64>) -> f64 {
            self.ask(status, Duration::from_millis(10), retry_after.map(Duration::from_secs)).as_secs_f64()
        }

        #[track_caller]
        fn all(&mut self, status: u16, expected: &[f64]) {
            let found: Vec<f64> = expected.iter().map(|_| self.seconds(status, None)).collect();
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn the_first_exchange_is_free_and_the_interval_counts_from_the_end() {
        let mut site = Site::new(SECOND);
        assert_eq!(site.pace.next_at(), site.now);
        assert_eq!(site.ask(200, SECOND / 2, None), SECOND);
        assert_eq!(site.pace.next_at(), site.now + SECOND);
    }

    #[test]
    fn the_longer_of_both_delays_counts() {
        let mut site = Site::new(SECOND * 2);
        for (stated, expected) in [(None, 2.0), (Some(1), 2.0), (Some(5), 5.0), (Some(3600), 60.0)] {
            site.pace.set_crawl_delay(stated.map(Duration::from_secs));
            site.all(200, &[expected]);
            let cut = stated.filter(|stated| *stated > 60).map(Duration::from_secs);
            assert_eq!(site.pace.crawl_delay_cut(), cut);
        }
    }

    #[test]
    fn overload_doubles_and_good_answers_halve() {
        let mut site = Site::new(SECOND);
        site.all(503, &[2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]);
        site.all(200, &[60.0, 60.0, 60.0, 32.0, 32.0, 32.0, 32.0, 16.0]);
        site.all(429, &[32.0]);
        site.all(404, &[32.0, 32.0, 32.0, 16.0, 16.0, 16.0, 16.0, 8.0]);
        site.all(500, &[8.0; 9]);
        let mut slow = Site::new(SECOND * 90);
        slow.all(503, &[90.0, 90.0]);
    }

    #[test]
    fn without_delays_only_overload_and_retry_after_act() {
        let mut site = Site::new(Duration::ZERO);
        site.pace.set_crawl_delay(Some(SECOND * 9));
        assert_eq!(site.ask(200, SECOND * 3, None), Duration::ZERO);
        site.all(503, &[1.0, 2.0, 4.0]);
        site.all(200, &[4.0, 4.0, 4.0, 2.0, 2.0, 2.0, 2.0, 1.0, 1.0, 1.0, 1.0, 0.0]);
        assert!((site.seconds(429, Some(7)) - 7.0).abs() < f64::EPSILON);
    }

    #[test]
    fn retry_after_is_obeyed_or_parks() {
        let mut site = Site::new(SECOND);
        assert!((site.seconds(503, Some(30)) - 30.0).abs() < f64::EPSILON);
        assert!((site.seconds(301, Some(600)) - 600.0).abs() < f64::EPSILON);
        assert_eq!(site.pace.parked_for(site.now), None);
        site.seconds(200, Some(500));
        assert!(site.pace.next_at() < site.now + SECOND * 500);
        site.seconds(429, Some(601));
        assert_eq!(site.pace.parked_for(site.now), Some(SECOND * 601));
        assert_eq!(site.pace.parked_for(site.now + SECOND * 601), None);
        site.seconds(429, Some(u64::MAX));
        assert_eq!(site.pace.parked_for(site.now), Some(MAX_PARKED));
    }

    #[test]
    fn a_slow_site_rests_as_long_as_it_took() {
        let mut site = Site::new(SECOND);
        for _ in 0..20 {
            assert_eq!(site.ask(200, SECOND / 10, None), SECOND);
        }
        assert_eq!(site.ask(200, SECOND * 3, None), SECOND * 6, "far above the usual");
        for _ in 0..20 {
            site.ask(200, SECOND * 3, None);
        }
        assert_eq!(site.ask(200, SECOND * 3, None), SECOND * 3, "what is usual by then");
        assert_eq!(site.ask(200, SECOND / 10, None), SECOND);
        assert_eq!(site.ask(200, SECOND * 500, None), MAX_SLOW_INTERVAL);
        site.ask(200, SECOND / 10, None);
        let failed = Observation { status: None, latency: SECOND * 10, retry_after: None };
        site.pace.observe(failed, site.now);
        assert_eq!(site.pace.interval(), SECOND, "no answer tells nothing of the site's pace");
    }

    proptest! {
        #[test]
        fn no_interval_is_ever_violated(
            base in 1_u64..5_000,
            crawl_delay in proptest::option::of(0_u64..100_000),
            steps in proptest::collection::vec((100_u16..600, 0_u64..100_000, proptest::option::of(0_u64..700)), 1..40),
        ) {
            let mut site = Site::new(Duration::from_millis(base));
            site.pace.set_crawl_delay(crawl_delay.map(Duration::from_millis));
            let wished = Duration::from_millis(base.max(crawl_delay.unwrap_or(0).min(60_000)));
            for (status, latency, retry_after) in steps {
                let retry_after = retry_after.map(Duration::from_secs);
                let waits = site.ask(status, Duration::from_millis(latency), retry_after);
                prop_assert!(waits >= wished);
                if let Some(asked) = retry_after.filter(|_| !(200..300).contains(&status)) {
                    prop_assert!(waits >= asked || site.pace.parked_for(site.now).is_some());
                }
            }
        }
    }
}
