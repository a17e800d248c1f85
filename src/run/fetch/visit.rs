//! One visit: an address on its way through queues, redirects and repetitions.
//!
//! Enters: a queued address. Leaves: the same with what its exchanges brought.
//! Invariant: a visit is in one place at a time: a queue, an exchange, or the hands of a cleaner.

use std::time::{Duration, SystemTime};

use url::Url;

use crate::fetch::{Exchange, FetchError, Jar};
use crate::run::InputError;
use crate::run::visited::Visited;
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
    /// Finished archive records of its exchanges.
    pub(super) records: Vec<u8>,
}

/// What is visited.
#[derive(Debug)]
pub(super) enum Aim {
    /// A listed address: its number, and its text as given.
    Page { number: u64, given: String },
    /// The robots.txt of an origin, for the site of this index.
    Robots { origin: String, home: usize },
}

/// What a row tells of the last exchange.
#[derive(Debug, Clone, Copy)]
pub(super) struct Last {
    pub(super) status: Option<u16>,
    pub(super) bytes: Option<u64>,
    pub(super) at: SystemTime,
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
        let (status, bytes) = match outcome {
            Ok(exchange) => (Some(exchange.status), Some(exchange.body.len() as u64)),
            Err(error) => (error.status().map(|(status, _)| status), None),
        };
        self.last = Some(Last { status, bytes, at: began });
    }

    /// The row of a visit to a page, with everything that is known of its exchanges.
    pub(super) fn row(&self, status: Status) -> Row {
        let given = match &self.aim {
            Aim::Page { given, .. } => given.as_str(),
            Aim::Robots { .. } => self.url.as_str(),
        };
        let mut row = Row::of_url(given, status);
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

    /// The outcome of a visit that gave no document; `None` for a robots.txt, which has no row.
    pub(super) fn ended(&self, why: &InputError) -> Option<Visited> {
        let Aim::Page { number, .. } = self.aim else { return None };
        let row = if why.is_skip {
            let (reason, detail) = (Some(why.code.to_owned()), Some(why.message.clone()));
            Row { reason, detail, ..self.row(Status::Skipped) }
        } else {
            self.row(Status::Failed).failed(why.code, &why.message)
        };
        Some(Visited::of_row(number, row))
    }
}

/// A moment in UTC, to the second, as in WARC.
pub(super) fn time(at: SystemTime) -> String {
    let at = jiff::Timestamp::try_from(at).unwrap_or_default();
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Why a visit ends, in the words of its last exchange.
pub(super) fn ending(error: &FetchError) -> InputError {
    InputError { code: error.code(), message: error.to_string(), is_skip: error.is_skip() }
}
