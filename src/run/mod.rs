//! Runs a batch: takes inputs in order, cleans them on several threads, and writes what comes of them.
//!
//! Enters: an iterator of [`Input`]s and the function that cleans one page.
//! Leaves: documents, `manifest.jsonl` and the memory of the run in the output folder, and a [`Summary`].
//! Invariant: outputs depend on the inputs and their order alone, not on the number of threads, on time, or on how
//! often the run was killed and started again.
//!
//! A reader thread takes inputs; workers clean them; the calling thread puts them back in order and commits them in
//! batches. Everything taken and not yet written is bounded in number and bytes.

mod ahead;
mod archive;
mod cleaned;
mod commit;
mod error;
pub mod fetch;
mod folder;
mod number;
mod rows;
mod settle;
pub mod upkeep;
mod visited;
mod worker;

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use crate::label::Label;
use crate::page::RawPage;
use crate::pipeline::CleanedPage;
use crate::timing::{self, Turn};
use crate::write::manifest::Row;

pub use error::RunError;

use ahead::Ahead;
use commit::{Hook, Step};
use folder::Folder;
use settle::Writer;
use worker::{Done, Worker};

/// Inputs taken and not yet written, besides 16 for each job.
const AHEAD_INPUTS: usize = 64;

/// Bytes of inputs taken and not yet written.
const AHEAD_BYTES: usize = 64 << 20;

/// Stack of a worker thread, in bytes: address space only, for trees that nest deeply.
const STACK_BYTES: usize = 16 << 20;

/// Name of the thread that takes inputs.
const READER: &str = "tinsach reader";

/// Names of the threads that clean start with this.
const WORKER: &str = "tinsach worker ";

/// Longest time that a finished document waits for its batch.
const BATCH_TIME: Duration = Duration::from_secs(1);

/// One input, or why it could not be read.
#[derive(Debug)]
pub struct Input {
    /// Names the input in every run: its path, with the record's position inside an archive.
    pub id: String,
    /// Name that `--naming source` gives its document, without extension; made safe before use.
    pub stem: String,
    /// The page.
    pub page: Result<RawPage, InputError>,
}

/// Why there is no page.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct InputError {
    /// A short, stable name of the kind of failure.
    pub code: &'static str,
    /// What happened, for a person.
    pub message: String,
    /// Nothing went wrong: what is there is no document. Its row is skipped, with `code` as the reason.
    pub is_skip: bool,
}

/// What the cleaning function makes of a page.
#[derive(Debug, Clone)]
pub struct Product {
    /// Labelled blocks and metadata.
    pub page: CleanedPage,
    /// The article as it is to be written, one line feed at the end; empty if there is nothing to write.
    pub text: String,
    /// Content key of the article; `None` where it has no body to take one from.
    pub key: Option<[u8; 32]>,
}

/// How documents are named.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Naming {
    /// By number and content key.
    #[default]
    Hash,
    /// By the stem of the input.
    Source,
}

/// What documents are written as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// A text file for each.
    #[default]
    Txt,
    /// A row of `articles.jsonl` for each.
    Jsonl,
}

/// Which copies are left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Dedup {
    /// None; content keys are remembered all the same.
    Off,
    /// Those whose content key an earlier document has.
    #[default]
    Exact,
}

/// Where and how a run writes.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// Output folder; made if it is not there.
    pub out: PathBuf,
    /// Number of worker threads; 0 counts as 1.
    pub jobs: usize,
    /// How documents are named.
    pub naming: Naming,
    /// What documents are written as.
    pub format: Format,
    /// Which copies are left out.
    pub dedup: Dedup,
    /// Labels whose blocks are written: decides which blocks the manifest counts as kept.
    pub include: Vec<Label>,
    /// Version of the content key; keys of other versions are not compared.
    pub key_version: u32,
    /// Changes with everything that changes the text of a document.
    pub options_fingerprint: String,
    /// Folders inside the output folder for the documents of sources, by the source's name.
    pub folders: BTreeMap<String, String>,
}

/// Watches a run. Called from the thread that called [`run`].
pub trait Observer: Sync {
    /// The outcome of an input of so many bytes is on disk. Called once for each input, in input order; also for
    /// unchanged inputs and for failures that the manifest already has, which get no row.
    fn finished(&self, row: &Row, bytes: u64);

    /// Something that a person should know before trusting the output.
    fn notice(&self, message: &str);

    /// A crawl has followed a source; its turn is stored, its articles may still be on their way.
    fn followed(&self, _report: &Report<'_>) {}

    /// A crawl is well: told every few seconds.
    fn alive(&self, _pulse: &Pulse<'_>) {}
}

/// How following a source has ended.
#[derive(Debug)]
pub struct Report<'a> {
    /// Its name.
    pub source: &'a str,
    /// Its turn after it.
    pub turn: &'a Turn,
    /// What it brought.
    pub outcome: &'a timing::Outcome,
    /// Why it could not be followed.
    pub error: Option<&'a str>,
    /// Whether that is what the run before has told.
    pub is_told: bool,
    /// Whether it had not changed since the last time (304).
    pub is_unchanged: bool,
    /// What was wrong and was passed over.
    pub notices: &'a [String],
    /// How long it took, in seconds.
    pub seconds: f64,
}

/// How a crawl is, while it goes on.
#[derive(Debug)]
pub struct Pulse<'a> {
    /// Addresses that are to be visited.
    pub queued: u64,
    /// Every source and its turn.
    pub turns: &'a [(&'a str, &'a Turn)],
}

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Articles written.
    pub written: u64,
    /// Copies of articles written before.
    pub duplicate: u64,
    /// Pages that are no articles.
    pub skipped: u64,
    /// Inputs that could not be read or cleaned, those with a row from an earlier run included.
    pub failed: u64,
    /// Inputs that came with the same bytes before, and were not cleaned.
    pub unchanged: u64,
    /// Rows added to the manifest.
    pub rows: u64,
    /// Bytes of all inputs.
    pub bytes_in: u64,
    /// Unicode characters of all articles written.
    pub characters_out: u64,
    /// Skipped pages by reason.
    pub skip_reasons: BTreeMap<String, u64>,
    /// Failures by code.
    pub failures: BTreeMap<String, u64>,
}

impl Summary {
    /// Number of inputs.
    #[must_use]
    pub fn inputs(&self) -> u64 {
        self.written + self.duplicate + self.skipped + self.failed + self.unchanged
    }
}

/// Whether a panic on a thread of this name becomes a failed row, or an error of the run.
#[must_use]
pub fn catches_panics_of(thread: &str) -> bool {
    thread == READER || thread.starts_with(WORKER)
}

/// Cleans `inputs` with `work` and writes the results to the output folder.
///
/// `inputs` is read on a thread of its own, which is left behind if it blocks after the run has failed.
///
/// # Errors
/// [`RunError`]. If [`RunError::is_usage`], no output was touched; otherwise all that was committed stays, and the
/// same call goes on from there.
pub fn run<I, F>(
    inputs: I,
    options: &RunOptions,
    work: F,
    observer: &dyn Observer,
) -> Result<Summary, RunError>
where
    I: Iterator<Item = Input> + Send + 'static,
    F: Fn(&RawPage) -> Product + Sync,
{
    run_with_hook(inputs, options, work, observer, &|_: Step| Ok::<(), io::Error>(()))
}

/// As [`run`]; `hook` is called before each step of each commit and can make it fail.
fn run_with_hook<I, F>(
    inputs: I,
    options: &RunOptions,
    work: F,
    observer: &dyn Observer,
    hook: Hook<'_>,
) -> Result<Summary, RunError>
where
    I: Iterator<Item = Input> + Send + 'static,
    F: Fn(&RawPage) -> Product + Sync,
{
    let folder = Folder::open(options, &|message| observer.notice(message))?;
    let jobs = options.jobs.max(1);
    let ahead = Arc::new(Ahead::new(AHEAD_INPUTS + 16 * jobs, AHEAD_BYTES));
    let worker = Worker::new(&ahead, &work, options, folder.known_inputs()?.as_deref());
    let mut writer = Writer::new(folder, options, observer, hook);
    let reader = Arc::clone(&ahead);
    let reader = thread::Builder::new()
        .name(READER.to_owned())
        .spawn(move || reader.fill(inputs))
        .map_err(RunError::thread)?;
    thread::scope(|scope| {
        // Whatever ends this closure, workers and reader must not wait for it.
        let _stop = ahead.stop_on_drop();
        let (results, finished) = mpsc::channel();
        for number in 0..jobs {
            let (worker, results) = (&worker, results.clone());
            thread::Builder::new()
                .name(format!("{WORKER}{number}"))
                .stack_size(STACK_BYTES)
                .spawn_scoped(scope, move || worker.run(&results))
                .map_err(RunError::thread)?;
        }
        drop(results);
        write_in_order(&finished, &ahead, &mut writer)
    })?;
    let _ = reader.join();
    match ahead.reader_failure() {
        Some(message) => Err(RunError::Reader { message }),
        None => Ok(writer.into_summary()),
    }
}

/// Puts finished inputs back in order and hands them to the writer; commits at the latest after `BATCH_TIME`.
fn write_in_order(finished: &Receiver<Done>, ahead: &Ahead, writer: &mut Writer<'_>) -> Result<(), RunError> {
    // At most as many as `ahead` lets be taken.
    let mut early: HashMap<u64, Done> = HashMap::new();
    let mut next = 0;
    loop {
        let received = match writer.batch_since() {
            None => finished.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(since) => {
                finished.recv_timeout((since + BATCH_TIME).saturating_duration_since(Instant::now()))
            }
        };
        match received {
            Ok(done) => {
                early.insert(done.number, done);
            }
            Err(RecvTimeoutError::Timeout) => writer.flush()?,
            Err(RecvTimeoutError::Disconnected) => break,
        }
        while let Some(done) = early.remove(&next) {
            ahead.release(done.charge);
            writer.accept(done)?;
            next += 1;
        }
    }
    writer.flush()?;
    if next == ahead.taken() { Ok(()) } else { Err(RunError::Worker { number: next }) }
}

#[cfg(test)]
mod tests;
