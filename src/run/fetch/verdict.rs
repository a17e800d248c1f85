//! What follows an exchange.
//!
//! Enters: a visit and how its exchange ended. Leaves: where it leads, whether it is repeated, or why it ends.
//! Invariant: a visit makes a bounded number of requests, whatever servers answer.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant, SystemTime};

use reqwest::header::{CACHE_CONTROL, HeaderMap, HeaderName, RETRY_AFTER, SET_COOKIE};
use url::Url;

use super::schedule::Site;
use super::visit::{Visit, ending, stated_wait};
use crate::fetch::politeness::Observation;
use crate::fetch::retry::{Decision, Failed, Failure, Reason, RetryPolicy, retry_after};
use crate::fetch::robots::{self, Answer};
use crate::fetch::{Exchange, FetchError, Stage, decode_body, redirect};
use crate::run::InputError;

/// Takes an exchange into account that ended at `now`.
pub(super) fn observe(
    site: &mut Site,
    outcome: &Result<Box<Exchange>, FetchError>,
    spent: Duration,
    now: Instant,
) {
    let seen = match outcome {
        Ok(exchange) => Observation {
            status: Some(exchange.status),
            latency: exchange.first_byte,
            retry_after: field(&exchange.fields, RETRY_AFTER)
                .and_then(|field| retry_after(&field, SystemTime::now())),
        },
        Err(error) => Observation {
            status: error.status().map(|(status, _)| status),
            latency: spent,
            retry_after: stated_wait(error),
        },
    };
    if seen.status.is_some() {
        site.record.answered();
    }
    site.pace.observe(seen, now);
}

/// Whether an answer sent a cookie, so that the same address may answer otherwise the next time.
pub(super) fn sets_cookie(exchange: &Exchange) -> bool {
    exchange.fields.contains_key(SET_COOKIE)
}

/// Why a visit that was led on ends: in a circle, or too far from where it began.
pub(super) fn led_too_far(visit: &Visit, max_redirects: u32, may_circle: bool) -> Option<InputError> {
    let url = &visit.url;
    let ended = |code, message: String| Some(InputError { code, message, is_skip: false });
    if !may_circle && visit.hops.contains(url) {
        return ended("redirect_loop", format!("{url}: redirects in a circle"));
    }
    if visit.hops.len() > max_redirects as usize {
        return ended("too_many_redirects", format!("{url}: more than {max_redirects} redirects"));
    }
    None
}

/// What a failure counts: one that cost all the time of an exchange, or a name server's patience, as much as two that
/// were told at once.
pub(super) fn weight(error: &FetchError) -> u32 {
    match error {
        FetchError::Timeout { stage: Stage::FirstByte | Stage::Total | Stage::Resolve, .. }
        | FetchError::TooSlow { .. }
        | FetchError::Dns { is_temporary: true, .. } => 2,
        _ => u32::from(error.is_passing()),
    }
}

/// How long to wait until a visit whose exchange failed is repeated, or why it ends.
pub(super) fn again(
    site: &mut Site,
    visit: &Visit,
    error: &FetchError,
    policy: &RetryPolicy,
) -> Result<Duration, InputError> {
    let failure = match error {
        _ if !error.is_passing() => Failure::Final,
        _ if error.status().is_some()
            || matches!(error, FetchError::Truncated { .. } | FetchError::TooSlow { .. }) =>
        {
            Failure::Answer
        }
        _ => Failure::Connection,
    };
    let failed = Failed { attempts: visit.failures, failure, retry_after: stated_wait(error) };
    // Only waits depend on the seed, never an output.
    let seed = RandomState::new().hash_one((&visit.url, visit.requests));
    match policy.next(failed, &mut site.record, seed) {
        Decision::Again(wait) => Ok(wait),
        Decision::Final(Reason::NotPassing) => Err(ending(error)),
        Decision::Final(reason @ (Reason::HostDown | Reason::Parked)) => {
            Err(InputError { code: reason.code(), message: error.to_string(), is_skip: false })
        }
        Decision::Final(reason) => {
            let InputError { code, message, is_skip } = ending(error);
            let more = match reason {
                Reason::Budget => "; its host has failed too often to be asked again",
                _ if visit.requests > 1 => "; it was tried more than once",
                _ => "",
            };
            Err(InputError { code, message: message + more, is_skip })
        }
    }
}

/// Why a site is left alone for the rest of the run; `None` for one that may be asked.
pub(super) fn left_alone(
    site: &Site,
    policy: &RetryPolicy,
    visit: &Visit,
    now: Instant,
) -> Option<InputError> {
    let url = &visit.url;
    let left = |reason: Reason, why: String| {
        Some(InputError { code: reason.code(), message: format!("{url}: {why}"), is_skip: false })
    };
    if let Some(wait) = site.pace.parked_for(now) {
        return left(Reason::Parked, format!("the site asks to be left alone for {} s", wait.as_secs()));
    }
    if policy.is_down(&site.record) {
        return left(Reason::HostDown, "the site did not answer several times in a row".to_owned());
    }
    None
}

/// Where an answer to a request for a robots.txt leads, if it is followed there.
pub(super) fn robots_leads_to(visit: &Visit, exchange: &Exchange) -> Option<Url> {
    let next = redirect::target(exchange).ok().flatten()?;
    let is_circle = next == visit.url || visit.hops.contains(&next);
    (!is_circle && visit.hops.len() < robots::MAX_REDIRECTS as usize).then_some(next)
}

/// Calls `keep` with what the end of a visit to a robots.txt means.
pub(super) fn robots_answer<T>(
    outcome: &Result<Box<Exchange>, FetchError>,
    keep: impl FnOnce(&Answer<'_>) -> T,
) -> T {
    match outcome {
        Ok(exchange) if (300..400).contains(&exchange.status) => keep(&Answer::TooManyRedirects),
        Ok(exchange) => match decode_body(exchange, robots::MAX_BODY as u64) {
            Ok(body) => keep(&Answer::Status {
                status: exchange.status,
                body: &body,
                max_age: field(&exchange.fields, CACHE_CONTROL).and_then(|field| robots::max_age(&field)),
                retry_after: None,
            }),
            Err(_) => keep(&Answer::Failed),
        },
        Err(FetchError::Empty { status, .. }) => {
            keep(&Answer::Status { status: *status, body: &[], max_age: None, retry_after: None })
        }
        Err(
            FetchError::RefusedAddress { .. }
            | FetchError::RefusedPort { .. }
            | FetchError::RefusedScheme { .. },
        ) => keep(&Answer::Refused),
        Err(error) => match error.status() {
            Some((status, _)) => {
                keep(&Answer::Status { status, body: &[], max_age: None, retry_after: stated_wait(error) })
            }
            None => keep(&Answer::Failed),
        },
    }
}

fn field(fields: &HeaderMap, name: HeaderName) -> Option<String> {
    fields.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}
