//! Takes a page apart on a thread of its own: decoding, cleaning, archive records.
//!
//! Enters: the exchange that brought a page. Leaves: the visit's outcome, to the ledger; or where the page leads.
//! Invariant: what panics here becomes a failed row, and no page is kept whose body is not whole.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::SystemTime;

use reqwest::header::CONTENT_TYPE;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::UnboundedSender;
use url::Url;

use super::answer::{Answer, Harvested};
use super::crawl::Sources;
use super::moment::seconds;
use super::note::Note;
use super::record::{Recorder, Records};
use super::visit::{Aim, Visit};
use crate::canonical;
use crate::dedup::address::title_keys;
use crate::fetch::{Exchange, Validators, decode_body, redirect};
use crate::page::RawPage;
use crate::run::ahead::message;
use crate::run::cleaned::Cleaned;
use crate::run::visited::Visited;
use crate::run::{InputError, Product, RunOptions};
use crate::write::manifest::{Row, Status};

/// The function that cleans a page; it is told the source of a crawl that named the page.
pub type Work = Arc<dyn Fn(&RawPage, Option<&str>) -> Product + Send + Sync>;

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
    /// The sources of a crawl.
    pub(super) sources: Arc<Sources>,
    /// Has room for as many stretches of addresses as may be on their way to the ledger; a crawl has it.
    pub(super) turn: Option<SyncSender<()>>,
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
        tokio::task::spawn_blocking(move || {
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
        });
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
        if exchange.status == 304 {
            return Ok((Self::unchanged(visit).ok_or(Harvested::Noted)?, None));
        }
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
        // Those of an address that leads on are not the ones of the page.
        let validators = Some(Validators::of(&exchange.fields)).filter(|_| visit.hops.is_empty());
        let before = std::mem::take(&mut visit.records);
        let records = self.recorder.as_ref().map(|recorder| recorder.records(before, exchange));
        let visited = self.clean(visit, &page).ok_or(Harvested::Noted)?;
        let answered = visit.answered(Some(validators.unwrap_or_default()));
        Ok((Visited { answered, ..visited }, records))
    }

    /// A page that is as it was when it was visited before.
    fn unchanged(visit: &Visit) -> Option<Visited> {
        let Aim::Page { number, .. } = visit.aim else { return None };
        let row = visit.row(Status::Unchanged);
        Some(Visited { answered: visit.answered(None), ..Visited::of_row(number, row) })
    }

    /// `None` only for a visit that is no page's.
    fn clean(&self, visit: &Visit, page: &RawPage) -> Option<Visited> {
        let Aim::Page { number, .. } = visit.aim else { return None };
        let Some(work) = &self.work else {
            let reason = Some("archived".to_owned());
            let row = Row { reason, ..visit.row(Status::Skipped) };
            return Some(Visited { bytes: row.bytes.unwrap_or(0), ..Visited::of_row(number, row) });
        };
        let row = visit.row(Status::Written);
        let product = work(page, row.source.as_deref());
        let titles = title_keys(&product.page, &visit.url);
        let mut cleaned = Cleaned::of_product(row, product, Some(&visit.url), &self.options);
        if self.is_outside(&cleaned.row) {
            let (status, reason) = (Status::Skipped, Some("outside_window".to_owned()));
            let row = Row { status, reason, ..cleaned.row };
            return Some(Visited::of_row(number, Row { characters: None, ..row }));
        }
        cleaned.addresses.extend(titles);
        cleaned.listed = Some(canonical::key(visit.hops.first().unwrap_or(&visit.url)));
        let (stem, bytes) = (stem(&visit.url), page.body.len() as u64);
        Some(Visited { number, stem, bytes, cleaned, answered: None })
    }

    /// Whether an article was published at a time that its source does not take.
    fn is_outside(&self, row: &Row) -> bool {
        let Some(source) = &row.source else { return false };
        let Some(source) = self.sources.runs.iter().find(|known| known.name == *source) else { return false };
        let published = row.published.as_deref().and_then(published);
        row.status == Status::Written
            && published.is_some_and(|at| !source.window.admits(at, seconds(SystemTime::now())))
    }
}

/// Seconds since 1970 of a time or a day in ISO 8601; days begin in UTC.
fn published(text: &str) -> Option<i64> {
    let day = || text.parse::<jiff::civil::Date>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok();
    let time = text.parse::<jiff::Timestamp>().ok();
    time.or_else(|| day().map(|day| day.timestamp())).map(jiff::Timestamp::as_second)
}

/// The name of a document by its address: host and path, without an ending that says HTML.
fn stem(url: &Url) -> String {
    let path = url.path().trim_end_matches('/');
    let path =
        [".html", ".htm", ".php", ".aspx"].iter().find_map(|end| path.strip_suffix(end)).unwrap_or(path);
    let query = url.query().map(|query| format!("_{}", query.replace('/', "_"))).unwrap_or_default();
    format!("{}{path}{query}", url.host_str().unwrap_or_default())
}
