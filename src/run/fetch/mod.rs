//! Fetches addresses of a list, or those that sources name, and writes what comes of them as a run over files does.
//!
//! Enters: a list of addresses, or sources to follow, and the function that cleans one page.
//! Leaves: documents, manifest, state and, on request, a raw archive in the output folder.
//! Invariant: as for every run, outputs depend on the list and on what servers answer, not on who answered first or on
//! how often the run was killed.
//!
//! Three parts work side by side. A *reader* hands the list on; a crawl has a *roster* of sources in its place. The
//! *ledger*, on the calling thread, numbers addresses in the frontier and settles outcomes in the order of the numbers; it
//! alone writes. The *engine* asks sites in their turn and has pages taken apart on threads of its own. Nobody holds more
//! than a bounded part of the list.

mod answer;
mod answers;
pub mod crawl;
mod desk;
mod discover;
mod documents;
mod engine;
mod event;
mod exchange;
mod following;
pub mod forecast;
mod gates;
mod harvest;
mod ledger;
mod lister;
pub(super) mod listing;
mod moment;
mod note;
mod read;
mod record;
mod retried;
mod roster;
mod schedule;
mod selection;
mod single;
mod tour;
mod verdict;
mod visit;

use std::collections::HashMap;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::unbounded_channel;

use super::folder::Folder;
use super::settle::Writer;
use super::{Observer, RunError, RunOptions, STACK_BYTES, Summary, WORKER};
use crate::fetch::politeness::Pace;
use crate::fetch::retry::RetryPolicy;
use crate::fetch::{Client, FetchOptions, Limits, robots};
use crate::state::Frontier;

pub use discover::{Candidate, Proposals, propose};
pub use harvest::Work;
pub use listing::ListedAddress;
pub use single::fetch_one;

use crawl::CrawlRun;
use engine::Engine;
use harvest::Harvest;
use ledger::Ledger;
use note::Note;
use record::Recorder;
use roster::Roster;

/// Notes on their way to the ledger: beyond, whoever has more to tell waits for it.
const MAX_NOTES: usize = 256;

/// Name of the thread that hands a list on.
const LISTER: &str = "tinsach lister";

/// Open files that the system is asked to allow.
const OPEN_FILES: u64 = 65_536;

/// How addresses are fetched.
#[derive(Debug, Clone)]
pub struct FetchRun {
    /// How one exchange is made.
    pub client: FetchOptions,
    /// Time between two requests to a site, and to an address. Zero turns the waiting off, and the limit of one
    /// request at a time to an address with it.
    pub delay: Duration,
    /// Requests and pages in work at once.
    pub concurrency: usize,
    /// Whether robots.txt is obeyed.
    pub obeys_robots: bool,
    /// How failures that may pass are repeated.
    pub retry: RetryPolicy,
    /// Whether a raw archive is written.
    pub archives: bool,
    /// Whether addresses that failed before are tried again.
    pub retries_failed: bool,
    /// What a run before this one, in the same process, has learnt of the pace of sites; filled again at its end.
    pub paces: Paces,
}

/// The pace of sites, by their names.
pub type Paces = Arc<Mutex<HashMap<String, Pace>>>;

impl FetchRun {
    fn limits(&self) -> &Limits {
        &self.client.limits
    }

    /// Our name in robots files; `None` where they are ignored.
    fn product_token(&self) -> Option<String> {
        self.obeys_robots.then(|| robots::product_token(&self.client.user_agent).to_owned())
    }
}

/// How a fetch ended, apart from errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Every listed address was visited.
    Whole,
    /// It was asked to stop; the next run goes on.
    Stopped,
}

/// Fetches a list of addresses, cleans the pages with `work` where there is one, and writes the results.
///
/// `stop` ends the run early when it is ready: what is going on may end, the rest is taken up by the next run.
///
/// # Errors
/// [`RunError`]. If [`RunError::is_usage`], no output was touched; otherwise all that was committed stays, and the
/// same call goes on from there.
pub fn fetch(
    list: impl Iterator<Item = ListedAddress> + Send + 'static,
    options: (&FetchRun, &RunOptions),
    work: Option<Work>,
    stop: impl Future<Output = ()> + Send,
    observer: &dyn Observer,
) -> Result<(Summary, End), RunError> {
    visit(Given::List(Box::new(list)), options, work, stop, observer)
}

/// Follows sources, fetches and cleans what they name and was not known, and writes the results, as [`fetch`] does. What
/// an earlier run has left queued is fetched as well.
///
/// # Errors
/// As of [`fetch`].
pub fn crawl(
    crawl: &CrawlRun,
    options: (&FetchRun, &RunOptions),
    work: Option<Work>,
    stop: impl Future<Output = ()> + Send,
    observer: &dyn Observer,
) -> Result<(Summary, End), RunError> {
    visit(Given::Sources(crawl), options, work, stop, observer)
}

/// Where addresses come from.
enum Given<'a> {
    List(Box<dyn Iterator<Item = ListedAddress> + Send>),
    Sources(&'a CrawlRun),
}

fn visit(
    given: Given<'_>,
    (fetch, options): (&FetchRun, &RunOptions),
    work: Option<Work>,
    stop: impl Future<Output = ()> + Send,
    observer: &dyn Observer,
) -> Result<(Summary, End), RunError> {
    let client = Client::new(&fetch.client).map_err(|source| RunError::Client { source })?;
    let mut folder = Folder::open(options, &|message| observer.notice(message))?;
    let recorder = recorder(fetch, &mut folder, observer)?;
    folder.state.queue_lost()?;
    retried::settle(&mut folder, fetch.retries_failed)?;
    let roster = match &given {
        Given::List(_) => None,
        Given::Sources(crawl) => Some(following::take_up(crawl, &mut folder.state)?),
    };
    let frontier = Frontier::open(folder.state().path())?;
    let (turn, turns) = mpsc::sync_channel(listing::AHEAD);
    let harvest = Harvest {
        work,
        recorder: recorder.clone(),
        options: Arc::new(options.clone()),
        limit: fetch.limits().max_body_bytes,
        sources: roster.as_ref().map(Roster::sources).unwrap_or_default(),
        turn: roster.as_ref().map(|_| turn.clone()),
    };
    let runtime = runtime(options.jobs)?;
    let (to_engine, events) = unbounded_channel();
    let (to_ledger, notes) = mpsc::sync_channel(MAX_NOTES);
    let (to_answers, answers) = unbounded_channel();
    if let Given::List(list) = given {
        begin_list(list, to_ledger.clone(), turn)?;
    }
    let at_end = to_ledger.clone();
    let writer = Writer::new(folder, options, observer, &|_| Ok(()));
    let ledger = Ledger::new(writer, (to_engine, turns), (recorder, roster))?;
    let engine = Engine::new(fetch, client, frontier, harvest, (to_ledger, to_answers))?;
    let (end, writer) = thread::scope(|scope| {
        let visiting = thread::Builder::new()
            .name("tinsach engine".to_owned())
            // What it owns goes with it, also if it breaks down: the ledger waits for nobody who is gone.
            .spawn_scoped(scope, move || {
                let outcome = runtime.block_on(engine.run(events, answers, stop));
                let is_whole = matches!(outcome, Ok(End::Whole));
                // Requests that are still going on are left where they are, and so is a list that has not ended.
                runtime.shutdown_background();
                _ = at_end.send(Note::Ended { is_whole });
                outcome
            })
            .map_err(RunError::thread)?;
        let written = ledger.run(notes);
        let visited = visiting.join().map_err(|_| RunError::Engine)?;
        visited.and_then(|end| written.map(|writer| (end, writer)))
    })?;
    if end == End::Stopped {
        let left = writer.folder().state().queued()?;
        observer.notice(&format!("stopped: {left} addresses are left; the same command goes on with them"));
    }
    Ok((writer.into_summary(), end))
}

/// Has a list read on a thread of its own.
fn begin_list(
    list: Box<dyn Iterator<Item = ListedAddress> + Send>,
    to_ledger: SyncSender<Note>,
    turn: SyncSender<()>,
) -> Result<(), RunError> {
    let lister = thread::Builder::new().name(LISTER.to_owned());
    lister.spawn(move || lister::read(list, &to_ledger, &turn)).map(drop).map_err(RunError::thread)
}

/// What makes records for the raw archive, where there is to be one.
fn recorder(
    fetch: &FetchRun,
    folder: &mut Folder,
    observer: &dyn Observer,
) -> Result<Option<Recorder>, RunError> {
    if !fetch.archives {
        return Ok(None);
    }
    let file = folder.open_archive(&|message| observer.notice(message))?.file_name();
    Ok(Some(Recorder::new(&fetch.client.user_agent, fetch.obeys_robots, &file)))
}

/// A thread for engine and exchanges, which wait most of the time and so need not change threads; for pages as many as
/// there are jobs.
fn runtime(jobs: usize) -> Result<Runtime, RunError> {
    // Connections to many sites stay open for a while; where the system grants no more, they are fewer.
    _ = rlimit::increase_nofile_limit(OPEN_FILES);
    Builder::new_current_thread()
        .max_blocking_threads(jobs.max(1))
        .thread_name(format!("{WORKER}of a fetch"))
        .thread_stack_size(STACK_BYTES)
        .enable_all()
        .build()
        .map_err(RunError::thread)
}
