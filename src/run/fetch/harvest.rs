//! Takes a page apart on a thread of its own: decoding, cleaning, archive records.
//!
//! Enters: the exchange that brought a page. Leaves: the visit's outcome, to the ledger; or where the page leads.
//! Invariant: what panics here becomes a failed row, and no page is kept whose body is not whole.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use reqwest::header::CONTENT_TYPE;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::UnboundedSender;
use url::Url;

use super::engine::Answer;
use super::ledger::Note;
use super::record::{Recorder, Records};
use super::visit::{Aim, Visit};
use crate::canonical;
use crate::dedup::address::title_keys;
use crate::fetch::{Exchange, FetchError, decode_body, redirect};
use crate::page::RawPage;
use crate::run::ahead::message;
use crate::run::cleaned::Cleaned;
use crate::run::visited::Visited;
use crate::run::{InputError, Product, RunOptions};
use crate::write::manifest::{Row, Status};

/// The function that cleans a page.
pub type Work = Arc<dyn Fn(&RawPage) -> Product + Send + Sync>;

/// What taking a page apart needs.
#[derive(Clone)]
pub(super) struct Harvest {
    /// Cleans a page; `None` where pages are archived only.
    pub(super) work: Option<Work>,
    /// Makes records for the archive, where there is one.
    pub(super) recorder: Option<Recorder>,
    pub(super) options: Arc<RunOptions>,
    /// Most bytes of a decoded page.
    pub(super) limit: u64,
}

/// How taking a page apart ended.
pub(super) enum Harvested {
    /// The ledger has its outcome.
    Noted,
    /// It leads on.
    Leads(Url),
    /// Its body is broken.
    Broken(FetchError),
}

impl Harvest {
    /// Takes a page apart beside the engine.
    pub(super) fn begin(
        &self,
        visit: Visit,
        exchange: Box<Exchange>,
        permit: OwnedSemaphorePermit,
        (notes, answers): (SyncSender<Note>, UnboundedSender<Answer>),
    ) {
        let harvest = self.clone();
        let work = move || {
            let mut visit = visit;
            let apart = catch_unwind(AssertUnwindSafe(|| harvest.take_apart(&mut visit, *exchange)));
            let apart = apart.unwrap_or_else(|panic| {
                let why = InputError { code: "panic", message: message(panic.as_ref()), is_skip: false };
                visit.ended(&why).map(|visited| (visited, None)).ok_or(Harvested::Noted)
            });
            let outcome = match apart {
                Ok((visited, records)) => {
                    // A ledger that has stopped says why itself.
                    _ = notes.send(Note::Visited(Box::new(visited), records.map(Box::new), Some(permit)));
                    Harvested::Noted
                }
                Err(other) => other,
            };
            _ = answers.send(Answer::Harvested { visit: Box::new(visit), outcome });
        };
        if self.work.is_some() {
            tokio::task::spawn_blocking(work);
        } else {
            // Nothing but decoding and packing, which takes no longer than a change of threads is worth.
            tokio::spawn(async move { work() });
        }
    }

    /// Adds the records of an exchange that led on.
    pub(super) fn record_hop(&self, visit: &mut Visit, exchange: &Exchange) {
        if let Some(recorder) = &self.recorder {
            visit.records.extend(recorder.hop(exchange));
        }
    }

    fn take_apart(
        &self,
        visit: &mut Visit,
        mut exchange: Exchange,
    ) -> Result<(Visited, Option<Records>), Harvested> {
        let body = decode_body(&exchange, self.limit).map_err(Harvested::Broken)?;
        if let Some(next) = redirect::meta_refresh(&visit.url, &body) {
            self.record_hop(visit, &exchange);
            return Err(Harvested::Leads(next));
        }
        let page = RawPage {
            url: Some(visit.url.to_string()),
            fetched_at: visit.row(Status::Written).fetched_at,
            content_type: exchange
                .fields
                .get(CONTENT_TYPE)
                .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()),
            form: None,
            body: match body {
                // Nobody reads it.
                _ if self.work.is_none() => Vec::new(),
                Cow::Borrowed(_) if self.recorder.is_none() => std::mem::take(&mut exchange.body),
                body => body.into_owned(),
            },
        };
        let before = std::mem::take(&mut visit.records);
        let records = self.recorder.as_ref().map(|recorder| recorder.records(before, exchange));
        self.clean(visit, &page).map(|visited| (visited, records)).ok_or(Harvested::Noted)
    }

    /// `None` only for a visit that is no page's.
    fn clean(&self, visit: &Visit, page: &RawPage) -> Option<Visited> {
        let Aim::Page { number, .. } = visit.aim else { return None };
        let Some(work) = &self.work else {
            let reason = Some("archived".to_owned());
            let row = Row { reason, ..visit.row(Status::Skipped) };
            return Some(Visited { bytes: row.bytes.unwrap_or(0), ..Visited::of_row(number, row) });
        };
        let product = work(page);
        let titles = title_keys(&product.page, &visit.url);
        let row = visit.row(Status::Written);
        let mut cleaned = Cleaned::of_product(row, product, Some(&visit.url), &self.options);
        cleaned.addresses.extend(titles);
        cleaned.listed = Some(canonical::key(visit.hops.first().unwrap_or(&visit.url)));
        Some(Visited { number, stem: stem(&visit.url), bytes: page.body.len() as u64, cleaned })
    }
}

/// The name of a document by its address: host and path, without an ending that says HTML.
fn stem(url: &Url) -> String {
    let path = url.path().trim_end_matches('/');
    let path =
        [".html", ".htm", ".php", ".aspx"].iter().find_map(|end| path.strip_suffix(end)).unwrap_or(path);
    let query = url.query().map(|query| format!("_{}", query.replace('/', "_"))).unwrap_or_default();
    format!("{}{path}{query}", url.host_str().unwrap_or_default())
}
