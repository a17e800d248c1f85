//! What the commands that fill an output folder share: options, watching, the summary, the exit status.
//!
//! Enters: a configuration and a run to carry out. Leaves: messages, a summary on standard output, an exit status.
//! Invariant: a run that was refused says nothing but why.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use sha2::{Digest, Sha256};

use super::exit_code::ExitCode;
use super::failure::Failure;
use super::messages::{FailedInput, Messages};
use super::progress::{Finished, Progress};
use crate::config::{Config, DedupMode, Format, LogFormat, Naming};
use crate::dedup::exact::{KEY_VERSION, content_key};
use crate::label::Label;
use crate::page::RawPage;
use crate::pipeline::{Cleaner, Outcome, article_text, clean_page};
use crate::report::summary::{self, RunCounts};
use crate::rules::UserRules;
use crate::run::{self, RunError, RunOptions};
use crate::write::manifest::{Row, Status};

/// Carries a run out under the eyes of bar and messages, and tells what it did.
pub(super) fn conduct(
    config: &Config,
    progress: &Progress,
    run: impl FnOnce(&dyn run::Observer) -> Result<run::Summary, RunError>,
) -> Result<ExitCode, Failure> {
    conduct_as(config, Messages { format: config.run.log_format, progress, run: None }, run)
}

/// As [`conduct`], with messages of one's own.
pub(super) fn conduct_as(
    config: &Config,
    messages: Messages<'_>,
    run: impl FnOnce(&dyn run::Observer) -> Result<run::Summary, RunError>,
) -> Result<ExitCode, Failure> {
    let progress = messages.progress;
    let watcher = Watcher { messages, progress, done: Mutex::default() };
    let started = Instant::now();
    let result = run(&watcher);
    progress.clear();
    let broke_off = result.err();
    if let Some(error) = broke_off.as_ref().filter(|error| error.is_usage()) {
        return Err(Failure::Argument { message: error.to_string() });
    }
    let counts = counts(watcher.done(), started.elapsed().as_secs_f64(), &config.output.dir);
    let concluded = conclude(&counts, broke_off.is_some(), config);
    if let Some(error) = broke_off {
        return Err(Failure::Aborted { message: error.to_string() });
    }
    match concluded {
        // Whoever closed our output early has seen enough; the run's own outcome stands.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(error.into()),
        _ => {}
    }
    Ok(if counts.failures() > 0 { ExitCode::SomeFailed } else { ExitCode::Done })
}

/// Cleans one page, and picks what of it is written.
pub(super) fn product(page: &RawPage, cleaner: &Cleaner, include: &[Label]) -> run::Product {
    let page = clean_page(page, cleaner);
    if page.outcome != Outcome::Article {
        return run::Product { page, text: String::new(), key: None };
    }
    let text = article_text(&page, include);
    let key = content_key(&page).map(|key| key.0);
    run::Product { page, text, key }
}

/// The options of a run into an output folder.
pub(super) fn options(config: &Config, user: &UserRules) -> RunOptions {
    let cores = || thread::available_parallelism().map_or(1, std::num::NonZero::get);
    RunOptions {
        out: PathBuf::from(&config.output.dir),
        jobs: if config.run.jobs == 0 { cores() } else { config.run.jobs },
        naming: match config.output.naming {
            Naming::Hash => run::Naming::Hash,
            Naming::Source => run::Naming::Source,
        },
        format: match config.output.format {
            Format::Txt => run::Format::Txt,
            Format::Jsonl => run::Format::Jsonl,
        },
        dedup: match config.dedup.mode {
            DedupMode::Off => run::Dedup::Off,
            DedupMode::Exact => run::Dedup::Exact,
        },
        include: config.clean.include.clone(),
        key_version: KEY_VERSION,
        options_fingerprint: fingerprint(config, user),
        folders: BTreeMap::new(),
    }
}

/// Changes with everything that changes a document's text: the program, the labels, the limit, the rules.
fn fingerprint(config: &Config, user: &UserRules) -> String {
    let mut hash = Sha256::new();
    let mut part = |text: &str| {
        // The length keeps neighbouring parts apart.
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    };
    part(env!("CARGO_PKG_VERSION"));
    part(&config.input.max_document_mib.to_string());
    part(if config.clean.site_rules { "site rules" } else { "no site rules" });
    for label in &config.clean.include {
        part(label.name());
    }
    for (name, text) in user.sites.iter().chain(&user.phrases) {
        part(name);
        part(text);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

fn counts(summary: run::Summary, seconds: f64, out: &str) -> RunCounts {
    RunCounts {
        read: summary.inputs(),
        written: summary.written,
        duplicates: summary.duplicate,
        unchanged: summary.unchanged,
        skipped: summary.skip_reasons,
        failed: summary.failures,
        bytes: summary.bytes_in,
        seconds,
        out: out.to_owned(),
    }
}

/// Prints the summary, also of a run that broke off.
fn conclude(counts: &RunCounts, broke_off: bool, config: &Config) -> io::Result<()> {
    if config.run.quiet {
        return Ok(());
    }
    let mut out = io::stdout().lock();
    match config.run.log_format {
        LogFormat::Text if broke_off => {
            write!(out, "The run broke off. Until then:\n{}", summary::render(counts))?;
        }
        LogFormat::Text => write!(out, "{}", summary::render(counts))?,
        LogFormat::Json => writeln!(out, "{}", serde_json::to_string(counts)?)?,
    }
    out.flush()
}

/// Passes on to bar and messages what the run tells.
struct Watcher<'a> {
    messages: Messages<'a>,
    progress: &'a Progress,
    /// What is on disk, also if the run breaks off.
    done: Mutex<run::Summary>,
}

impl Watcher<'_> {
    fn done(&self) -> run::Summary {
        self.done.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl run::Observer for Watcher<'_> {
    fn finished(&self, row: &Row, bytes: u64) {
        let outcome = match row.status {
            Status::Written => Finished::Written,
            Status::Duplicate => Finished::Duplicate,
            Status::Skipped => Finished::Skipped,
            Status::Failed => Finished::Failed,
            Status::Unchanged => Finished::Unchanged,
        };
        self.progress.finished(outcome, bytes);
        self.done.lock().unwrap_or_else(PoisonError::into_inner).count(row, bytes);
        if let Some(error) = &row.error {
            self.messages.failed(&FailedInput {
                input: row.input(),
                source: row.source.as_deref(),
                code: &error.code,
                message: &error.message,
            });
        }
    }

    fn notice(&self, message: &str) {
        self.messages.notice(message);
    }
}
