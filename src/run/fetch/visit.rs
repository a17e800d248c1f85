//! One visit: an address on its way through queues, redirects and repetitions.
//!
//! Enters: a queued address. Leaves: the same with what its exchanges brought.
//! Invariant: a visit is in one place at a time: a queue, an exchange, or the hands of a cleaner.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use url::Url;

use super::moment::{seconds, time};
use crate::fetch::retry::retry_after;
use crate::fetch::{Exchange, FetchError, Jar, Validators};
use crate::run::InputError;
use crate::run::visited::Visited;
use crate::state::{Answered, Earlier};
use crate::write::manifest::{Row, Status};

/// An address that is being visited.
#[derive(Debug)]
pub(super) struct Visit {
    pub(super) aim: Aim,
    /// Where the next request goes.
    pub(super) url: Url,
    /// Addresses that were asked and led on, in order.
    pub(super) hops: Vec<Url>,
    /// Cookies that it was given on its way.
    pub(super) jar: Jar,
    /// Requests so far.
    pub(super) requests: u32,
    /// Requests that failed in passing.
    pub(super) failures: u32,
    /// Time spent in requests, and in the last one.
    pub(super) spent: Duration,
    pub(super) last_spent: Duration,
    /// Status and end of the last exchange.
    pub(super) last: Option<Last>,
    /// What made the last request conditional.
    pub(super) sent: Option<Validators>,
    /// Whether all that led it on said that it has moved for good (RFC 9110, 15.4.2 and 15.4.9).
    pub(super) has_moved: bool,
    /// Finished archive records of its exchanges.
    pub(super) records: Vec<u8>,
}

/// What is visited.
#[derive(Debug)]
pub(super) enum Aim {
    /// A listed address: its number, and its text as given.
    Page { number: u64, given: String, origin: Option<Origin> },
    /// The robots.txt of an origin, for the site of this index.
    Robots { origin: String, home: usize },
    /// A document of a source: the source's place, and how many documents led to this one.
    Source { source: usize, depth: u32 },
}

/// Where a listed address of a crawl comes from.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    /// Name of the source.
    pub(super) source: Arc<str>,
    /// What an earlier visit has brought.
    pub(super) earlier: Option<Box<Earlier>>,
}

/// What a row tells of the last exchange.
#[derive(Debug, Clone, Copy)]
pub(super) struct Last {
    pub(super) status: Option<u16>,
    pub(super) bytes: Option<u64>,
    pub(super) at: SystemTime,
    /// How long the answer asks to be left alone.
    pub(super) retry_after: Option<Duration>,
}

impl Visit {
    pub(super) fn new(aim: Aim, url: Url) -> Visit {
        Visit {
            aim,
            url,
            hops: Vec::new(),
            jar: Jar::default(),
            requests: 0,
            failures: 0,
            spent: Duration::ZERO,
            last_spent: Duration::ZERO,
            last: None,
            sent: None,
            has_moved: true,
            records: Vec::new(),
        }
    }

    pub(super) fn is_robots(&self) -> bool {
        matches!(self.aim, Aim::Robots { .. })
    }

    /// Notes an exchange that took place.
    pub(super) fn note(
        &mut self,
        outcome: &Result<Exchange, FetchError>,
        began: SystemTime,
        spent: Duration,
    ) {
        self.requests += 1;
        self.spent += spent;
        self.last_spent = spent;
        let (status, bytes, retry_after) = match outcome {
            Ok(exchange) => (Some(exchange.status), Some(exchange.body.len() as u64), None),
            Err(error) => (error.status().map(|(status, _)| status), None, stated_wait(error)),
        };
        self.last = Some(Last { status, bytes, at: began, retry_after });
    }

    /// Sends the visit on to where an answer of this status led.
    pub(super) fn lead_to(&mut self, next: Url, status: Option<u16>) {
        self.has_moved &= matches!(status, Some(301 | 308));
        let from = std::mem::replace(&mut self.url, next);
        self.hops.push(from);
    }

    /// Validators of the answer that an earlier visit to the address got.
    pub(super) fn earlier_validators(&self) -> Option<&Validators> {
        let Aim::Page { origin: Some(Origin { earlier: Some(earlier), .. }), .. } = &self.aim else {
            return None;
        };
        // They are those of the address that was asked first.
        self.hops.is_empty().then_some(&earlier.validators)
    }

    /// The row of a visit to a page, with everything that is known of its exchanges.
    pub(super) fn row(&self, status: Status) -> Row {
        let (given, origin) = match &self.aim {
            Aim::Page { given, origin, .. } => (given.as_str(), origin.as_ref()),
            Aim::Robots { .. } | Aim::Source { .. } => (self.url.as_str(), None),
        };
        let mut row = Row::of_url(given, status);
        row.source = origin.map(|origin| origin.source.to_string());
        row.revision_of = origin.and_then(|origin| Some(origin.earlier.as_ref()?.file.clone()));
        row.attempts = Some(self.requests);
        if let Some(last) = self.last {
            row.final_url = Some(self.url.to_string());
            row.http_status = last.status;
            row.bytes = last.bytes;
            row.fetch_ms = Some(u64::try_from(self.spent.as_millis()).unwrap_or(u64::MAX));
            row.fetched_at = Some(time(last.at));
        }
        row
    }

    /// The outcome of a visit that gave no document; `None` for what has no row.
    pub(super) fn ended(&self, why: &InputError) -> Option<Visited> {
        let Aim::Page { number, .. } = self.aim else { return None };
        let row = if why.is_skip {
            let (reason, detail) = (Some(why.code.to_owned()), Some(why.message.clone()));
            Row { reason, detail, ..self.row(Status::Skipped) }
        } else {
            self.row(Status::Failed).failed(why.code, &why.message)
        };
        let answered = self.answered(None).map(|it| Answered { has_failed: !why.is_skip, ..it });
        Some(Visited { answered, ..Visited::of_row(number, row) })
    }

    /// What is remembered of an answer to an address of a source.
    pub(super) fn answered(&self, validators: Option<Validators>) -> Option<Answered> {
        // What was ended without a request is no visit.
        let Aim::Page { number, origin: Some(_), .. } = self.aim else { return None };
        if self.requests == 0 {
            return None;
        }
        Some(Answered { number, at: seconds(SystemTime::now()), validators, has_failed: false })
    }
}

/// How long the answer behind an error asks to be left alone.
pub(super) fn stated_wait(error: &FetchError) -> Option<Duration> {
    error.status().and_then(|(_, field)| retry_after(field?, SystemTime::now()))
}

/// Why a visit ends, in the words of its last exchange.
pub(super) fn ending(error: &FetchError) -> InputError {
    InputError { code: error.code(), message: error.to_string(), is_skip: error.is_skip() }
}
