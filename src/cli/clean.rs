//! `tinsach clean`: files, folders and archives into a folder of clean texts.
//!
//! Enters: the typed arguments. Leaves: texts, manifest and state in the output folder, a summary on standard output.
//! Invariant: everything that can be wrong with the arguments is found before the output folder is touched.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use sha2::{Digest, Sha256};

use super::args::CleanArgs;
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::messages::Messages;
use super::progress::{Finished, Progress};
use super::{rules, settings};
use crate::config::{Config, DedupMode, Format, LogFormat, Naming};
use crate::dedup::exact::{KEY_VERSION, content_key};
use crate::label::Label;
use crate::page::RawPage;
use crate::pipeline::{Cleaner, Outcome, article_text, clean_page};
use crate::report::summary::{self, RunCounts};
use crate::rules::UserRules;
use crate::run::{self, RunOptions};
use crate::source::{self, SourceOptions};
use crate::write::manifest::{Row, Status};

/// Runs the command.
pub(super) fn run(args: &CleanArgs) -> Result<ExitCode, Failure> {
    let mut config = settings::load(args.cleaning.config.as_deref())?.config;
    args.apply(&mut config);
    let (cleaner, user_rules) = rules::cleaner(&config)?;
    refuse_output_among_inputs(Path::new(&config.output.dir), &args.paths)?;
    let limits = SourceOptions { max_document_bytes: config.max_document_bytes() };
    let items = source::read(&args.paths, &limits)
        .map_err(|error| Failure::Argument { message: error.to_string() })?;
    let progress = Progress::start(config.run.quiet);
    count_ahead(&progress, &args.paths);

    let watcher = Watcher {
        messages: Messages { format: config.run.log_format, progress: &progress },
        progress: &progress,
        done: Mutex::default(),
    };
    let started = Instant::now();
    let result = run::run(
        items.map(input),
        &options(&config, &user_rules),
        |page| product(page, &cleaner, &config.clean.include),
        &watcher,
    );
    progress.clear();
    let broke_off = result.err();
    if let Some(error) = broke_off.as_ref().filter(|error| error.is_usage()) {
        return Err(Failure::Argument { message: error.to_string() });
    }
    let counts = counts(watcher.done(), started.elapsed().as_secs_f64(), &config.output.dir);
    let concluded = conclude(&counts, broke_off.is_some(), &config);
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

/// Counts the inputs beside the run, where somebody is watching.
fn count_ahead(progress: &Progress, paths: &[PathBuf]) {
    if !progress.is_drawn() {
        return;
    }
    let (progress, paths) = (progress.clone(), paths.to_vec());
    // The run ends without waiting for this thread, and goes on without it where it cannot start.
    _ = thread::Builder::new().name("count".to_owned()).spawn(move || {
        if let Some(total) = source::count(&paths) {
            progress.expect(total);
        }
    });
}

fn input(item: source::Item) -> run::Input {
    let page = item.page.map_err(|error| run::InputError {
        code: error.code(),
        message: error.to_string(),
        is_skip: error.is_skip(),
    });
    run::Input { id: item.id, stem: item.stem, page }
}

fn product(page: &RawPage, cleaner: &Cleaner, include: &[Label]) -> run::Product {
    let page = clean_page(page, cleaner);
    if page.outcome != Outcome::Article {
        return run::Product { page, text: String::new(), key: None };
    }
    let text = article_text(&page, include);
    let key = content_key(&page).map(|key| key.0);
    run::Product { page, text, key }
}

fn options(config: &Config, user: &UserRules) -> RunOptions {
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

/// Texts written among the inputs would be read as inputs of the next run.
fn refuse_output_among_inputs(out: &Path, inputs: &[PathBuf]) -> Result<(), Failure> {
    let Some(place) = place_of(out) else { return Ok(()) };
    for input in inputs.iter().filter(|input| input.is_dir()) {
        if input.canonicalize().is_ok_and(|input| place.starts_with(input)) {
            let message = format!(
                "the output folder {} lies inside the input {}, where the next run would read it; \
                 choose another --out",
                out.display(),
                input.display()
            );
            return Err(Failure::Argument { message });
        }
    }
    Ok(())
}

/// Where a path that need not be there yet will lie: its part that is there decides, the rest comes below that.
fn place_of(path: &Path) -> Option<PathBuf> {
    path.ancestors().find_map(|part| {
        let real = if part.as_os_str().is_empty() { Path::new(".") } else { part }.canonicalize().ok()?;
        Some(real.join(path.strip_prefix(part).ok()?))
    })
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
            self.messages.failed(row.input(), &error.code, &error.message);
        }
    }

    fn notice(&self, message: &str) {
        self.messages.notice(message);
    }
}
