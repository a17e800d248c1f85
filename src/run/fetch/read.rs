//! Reads a document of a source on a thread of its own: a feed, sitemap, section page or list.
//!
//! Enters: the exchange that brought it, or a list's path. Leaves: the addresses it names, to the ledger; what it leads
//! to, to the engine.
//! Invariant: addresses are with the ledger before the engine hears that the document was read.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc::SyncSender;
use std::thread;
use std::time::SystemTime;

use bytes::{Buf, Bytes};
use reqwest::header::CONTENT_TYPE;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::UnboundedSender;
use url::Url;

use super::answer::{Answer, Harvested, Read};
use super::crawl::{SourceKind, SourceRun, last_moment};
use super::harvest::Harvest;
use super::listing::{LINES, ListedAddress, Listing};
use super::moment::seconds;
use super::note::Note;
use super::selection::select;
use super::visit::{Aim, Visit};
use crate::decode::decode;
use crate::fetch::robots::Robots;
use crate::fetch::{Exchange, MAX_SOURCE_BYTES, Validators, decode_body};
use crate::page::{Form, RawPage};
use crate::run::ahead::message;
use crate::run::{InputError, WORKER};
use crate::source::SourceError;
use crate::source::follow::{self, Flow, Found, NotFollowed, SitemapItem, SitemapKind, SitemapLimits};
use crate::source::url_list::{self, ListedUrl, UrlInput};
use crate::state::{DocumentRow, Finding};

/// What a document names.
#[derive(Default)]
struct Named {
    found: Vec<Found>,
    more: Vec<(Url, Option<i64>)>,
    notices: Vec<String>,
    /// It names documents whose changes it does not tell, and so has to be read each time.
    is_index: bool,
}

impl Harvest {
    /// Reads a document beside the engine.
    pub(super) fn begin_document(
        &self,
        visit: Visit,
        exchange: Box<Exchange>,
        permit: OwnedSemaphorePermit,
        (notes, answers): (SyncSender<Note>, UnboundedSender<Answer>),
    ) {
        let harvest = self.clone();
        tokio::task::spawn_blocking(move || {
            let Aim::Source { source, depth } = visit.aim else { return };
            let read = catch_unwind(AssertUnwindSafe(|| harvest.read(&visit, &exchange, source, &notes)));
            let answer = match read {
                Ok(Err(broken)) => Answer::Harvested { visit: Box::new(visit), outcome: broken },
                Ok(Ok(outcome)) => {
                    Answer::Read { source, depth, last: visit.last, outcome: Box::new(outcome) }
                }
                Err(panic) => {
                    let outcome = Err(failed("panic", message(panic.as_ref())));
                    Answer::Read { source, depth, last: visit.last, outcome: Box::new(outcome) }
                }
            };
            drop(permit);
            _ = answers.send(answer);
        });
    }

    /// Reads a list on this machine beside the engine.
    pub(super) fn begin_list(
        &self,
        source: usize,
        path: PathBuf,
        (notes, answers): (SyncSender<Note>, UnboundedSender<Answer>),
    ) {
        let harvest = self.clone();
        let failed_answers = answers.clone();
        // As long as the list is: the threads of a run are for what is short.
        let reader = thread::Builder::new().name(format!("{WORKER}of a list")).spawn(move || {
            let read = catch_unwind(AssertUnwindSafe(|| {
                let listed = url_list::read(&[UrlInput::List(path)]);
                let outcome = listed.map(|rows| harvest.hand_on_rows(rows, source, &notes));
                outcome.map_err(|error| failed(error.code(), error.to_string()))
            }));
            let outcome = read.unwrap_or_else(|panic| Err(failed("panic", message(panic.as_ref()))));
            _ = answers.send(Answer::Read { source, depth: 0, last: None, outcome: Box::new(outcome) });
        });
        if let Err(error) = reader {
            let outcome = Box::new(Err(failed("thread", error.to_string())));
            _ = failed_answers.send(Answer::Read { source, depth: 0, last: None, outcome });
        }
    }

    fn read(
        &self,
        visit: &Visit,
        exchange: &Exchange,
        source: usize,
        notes: &SyncSender<Note>,
    ) -> Result<Result<Read, InputError>, Harvested> {
        let now = seconds(exchange.started);
        let mut read = Read {
            moved: Some(visit.url.clone()).filter(|_| visit.has_moved && !visit.hops.is_empty()),
            ..Read::default()
        };
        let document = |validators| DocumentRow { url: visit.url.to_string(), read: now, validators };
        if exchange.status == 304 {
            let known = visit.sent.clone().unwrap_or_default();
            read.document = Some(document(known));
            read.is_unchanged = true;
            return Ok(Ok(read));
        }
        let body = decode_body(exchange, MAX_SOURCE_BYTES).map_err(Harvested::Broken)?;
        let body = Bytes::from(body.into_owned());
        let run = &self.sources.runs[source];
        if run.kind == SourceKind::Urls {
            let rows = url_list::read_bytes(body, visit.url.as_str());
            let handed = self.hand_on_rows(rows, source, notes);
            let document = Some(document(Validators::of(&exchange.fields)));
            return Ok(Ok(Read { document, notices: handed.notices, ..read }));
        }
        let content_type = exchange.fields.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let named = match named(run, (body, content_type), &visit.url, now) {
            Ok(named) => named,
            Err(error) => return Ok(Err(failed(error.code(), format!("{}: {error}", visit.url)))),
        };
        if run.kind == SourceKind::Listing && named.found.is_empty() {
            let message = format!("{}: no links to articles were found on it", visit.url);
            return Ok(Err(failed("no_links", message)));
        }
        let (found, _) = select(named.found, run, now);
        self.hand_on(found, (source, now), notes);
        let validators =
            if named.is_index { Validators::default() } else { Validators::of(&exchange.fields) };
        read.document = Some(document(validators));
        read.more = named.more;
        read.notices = named.notices.iter().map(|notice| format!("{}: {notice}", visit.url)).collect();
        Ok(Ok(read))
    }

    /// Hands addresses to the ledger.
    fn hand_on(&self, found: Vec<Found>, (source, at): (usize, i64), notes: &SyncSender<Note>) {
        let mut found = found.into_iter().peekable();
        while found.peek().is_some() {
            let listings = found.by_ref().take(LINES).map(|found| {
                // A day goes on until it is over.
                let modified = found.modified.map(|stated| last_moment(stated).min(at.max(stated)));
                let finding = self.finding(source, at, modified);
                Listing::of(ListedAddress { url: found.url.into(), error: None }).found(finding)
            });
            self.send_found(source, listings.collect(), notes);
        }
    }

    /// Hands the rows of a list to the ledger, as they are read; rows that cannot be used are told of.
    fn hand_on_rows(
        &self,
        rows: impl Iterator<Item = Result<ListedUrl, SourceError>>,
        source: usize,
        notes: &SyncSender<Note>,
    ) -> Read {
        let finding = self.finding(source, seconds(SystemTime::now()), None);
        let mut read = Read::default();
        let mut stretch = Vec::new();
        for row in rows {
            match row {
                Ok(ListedUrl { url, .. }) => {
                    stretch.push(Listing::of(ListedAddress { url, error: None }).found(finding));
                }
                Err(error) if read.notices.len() < LINES => read.notices.push(error.to_string()),
                Err(_) => {}
            }
            if stretch.len() == LINES {
                self.send_found(source, std::mem::take(&mut stretch), notes);
            }
        }
        self.send_found(source, stretch, notes);
        read
    }

    /// Waits while as many stretches are on their way as may be. A ledger that has stopped says why itself.
    fn send_found(&self, source: usize, listings: Vec<Listing>, notes: &SyncSender<Note>) {
        if self.turn.as_ref().is_none_or(|turn| turn.send(()).is_ok()) {
            _ = notes.send(Note::Found { source, listings });
        }
    }

    fn finding(&self, source: usize, at: i64, stated: Option<i64>) -> Finding {
        Finding { source: self.sources.ids[source], at, stated, revises: self.sources.revises }
    }
}

/// What a document of a source names. A feed that stands where a sitemap was expected is read as what it is, and the
/// other way round.
fn named(
    run: &SourceRun,
    (body, content_type): (Bytes, Option<&str>),
    base: &Url,
    now: i64,
) -> Result<Named, NotFollowed> {
    let feed = || {
        let followed = follow::feed(&body, base, content_type, now)?;
        let notices = followed.notices.iter().map(ToString::to_string).collect();
        Ok(Named { found: followed.found, notices, ..Named::default() })
    };
    match run.kind {
        SourceKind::Listing => listing(run, (&body, content_type), base),
        SourceKind::Sitemap => match sitemap(body.clone(), base, now) {
            Err(NotFollowed::Feed) => feed(),
            named => named,
        },
        SourceKind::Feed | SourceKind::Urls => match feed() {
            Err(NotFollowed::Sitemap) => sitemap(body.clone(), base, now),
            named => named,
        },
    }
}

fn sitemap(body: Bytes, base: &Url, now: i64) -> Result<Named, NotFollowed> {
    if base.path() == "/robots.txt" {
        let robots = Robots::parse(&body, "");
        let more = robots.sitemaps().iter().filter_map(|given| base.join(given).ok());
        return Ok(Named { more: more.map(|url| (url, None)).collect(), is_index: true, ..Named::default() });
    }
    let mut named = Named::default();
    let walked = follow::sitemap(body.reader(), base, &SitemapLimits::at(now), &mut |item| {
        match item {
            SitemapItem::Page(found) => named.found.push(found),
            SitemapItem::Sitemap { url, modified } => named.more.push((url, modified)),
        }
        Flow::Continue(())
    })?;
    // The parts that were changed last hold what is looked for.
    named.more.sort_by_key(|(_, modified)| std::cmp::Reverse(*modified));
    named.is_index = walked.kind == SitemapKind::Index;
    named.notices = walked.notices.iter().map(ToString::to_string).collect();
    Ok(named)
}

fn listing(
    run: &SourceRun,
    (body, content_type): (&[u8], Option<&str>),
    base: &Url,
) -> Result<Named, NotFollowed> {
    let page = RawPage {
        url: Some(base.to_string()),
        content_type: content_type.map(str::to_owned),
        form: Some(Form::Html),
        body: body.to_vec(),
        ..RawPage::default()
    };
    let decoded = decode(&page).map_err(|_| NotFollowed::Unknown)?;
    let followed = follow::listing(&decoded.text, base, &run.rules);
    let notices = followed.notices.iter().map(ToString::to_string).collect();
    let more = followed.more.into_iter().map(|url| (url, None)).collect();
    Ok(Named { found: followed.found, more, notices, is_index: false })
}

fn failed(code: &'static str, message: String) -> InputError {
    InputError { code, message, is_skip: false }
}
