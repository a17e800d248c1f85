//! `tinsach crawl --once` and `--watch`: the crawl itself, under one configuration after the other.
//!
//! Enters: the typed arguments. Leaves: texts, manifest and state in the output folder, a summary, an exit status.
//! Invariant: a configuration with mistakes never takes the place of one without.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use super::super::args::CrawlArgs;
use super::super::exit_code::ExitCode;
use super::super::failure::Failure;
use super::super::messages::Messages;
use super::super::progress::{Progress, Unit};
use super::super::signals::Signals;
use super::super::{conduct, fetch, rules, settings};
use super::hook::Hook;
use super::metrics;
use super::sources;
use super::watcher::{Lasting, Watcher, locked, now};
use crate::config::{Archive, Config};
use crate::page::RawPage;
use crate::run::fetch::crawl::{CrawlRun, Mode};
use crate::run::fetch::{End, FetchRun, Work, crawl};
use crate::run::{Observer, RunError, RunOptions, Summary};

/// How long the end of the program waits for a command of `[crawl] notify`.
const HOOK_PATIENCE: Duration = Duration::from_secs(10);

/// Everything that a configuration says, ready for use.
struct Prepared {
    config: Config,
    crawl: CrawlRun,
    fetch: FetchRun,
    options: RunOptions,
    work: Option<Work>,
}

/// Runs the command.
pub(super) fn run(args: &CrawlArgs, config: Config) -> Result<ExitCode, Failure> {
    let mut prepared = prepare(args, config)?;
    let config = prepared.config.clone();
    let progress = Progress::start(config.run.quiet, Unit::Address);
    let run = run_name();
    let messages = Messages { format: config.run.log_format, progress: &progress, run: Some(&run) };
    let lasting = Lasting::new();
    let mut server = serve(&config, &lasting)?;
    let signals = Signals::listen(args.watch)?;
    let reloads = Reloads { args, signals, seen: AtomicU32::new(0) };
    let mut is_stopped = false;
    let code = conduct::conduct_as(&config, messages, |pages| {
        begin(&prepared, &messages, server.as_ref());
        // The configuration before this one, until this one has proved to be of use.
        let mut previous: Option<Prepared> = None;
        loop {
            let next = Arc::new(Mutex::new(None));
            let (summary, end) = match under(&prepared, (&reloads, &next), (pages, messages), &lasting) {
                Err(error) if error.is_usage() && previous.is_some() => {
                    pages.notice(&format!(
                        "the configuration is of no use, so that the old one goes on: {error}"
                    ));
                    lasting.is_reloading.store(false, Ordering::Relaxed);
                    prepared = previous.take().unwrap_or(prepared);
                    continue;
                }
                ended => ended?,
            };
            let other = locked(&next).take().filter(|_| !reloads.signals.is_stopped());
            let Some(mut other) = other else {
                is_stopped = end == End::Stopped;
                return Ok(summary);
            };
            other.fetch.paces = Arc::clone(&prepared.fetch.paces);
            if other.config.crawl.metrics != prepared.config.crawl.metrics {
                server = serve(&other.config, &lasting).unwrap_or_else(|failure| {
                    pages.notice(&failure.to_string());
                    None
                });
            }
            previous = Some(std::mem::replace(&mut prepared, other));
            lasting.is_reloading.store(false, Ordering::Relaxed);
            messages.news("info", "the configuration was read again", &[]);
        }
    });
    lasting.service.stopping();
    let code = code?;
    let is_daemon = args.watch && is_stopped;
    let has_failed = lasting.has_failed.load(Ordering::Relaxed);
    Ok(match code {
        // A daemon is meant to be stopped; what failed in its life is in the manifest.
        ExitCode::Done | ExitCode::SomeFailed if is_daemon => ExitCode::Done,
        ExitCode::Done if is_stopped || has_failed => ExitCode::SomeFailed,
        code => code,
    })
}

/// Everything that can be wrong with a configuration, found before it is used.
fn prepare(args: &CrawlArgs, config: Config) -> Result<Prepared, Failure> {
    let mode = if args.watch { Mode::Watch } else { Mode::Once };
    let crawl = sources::crawl_run(&config, mode, args.now)?;
    let fetch = fetch::fetch_run(&config)?;
    let (cleaner, user_rules) = rules::cleaner(&config)?;
    let options = RunOptions { folders: sources::folders(&config), ..conduct::options(&config, &user_rules) };
    let (labels, include) = (sources::labels(&config), config.clean.include.clone());
    let clean: Work = Arc::new(move |page: &RawPage, source: Option<&str>| {
        let own = source.and_then(|source| labels.get(source));
        conduct::product(page, &cleaner, own.unwrap_or(&include))
    });
    let work = (config.fetch.archive != Archive::Only).then_some(clean);
    Ok(Prepared { config, crawl, fetch, options, work })
}

/// One crawl under one configuration, until it ends, is stopped, or another configuration is there.
fn under(
    prepared: &Prepared,
    (reloads, next): (&Reloads<'_>, &Arc<Mutex<Option<Prepared>>>),
    (pages, messages): (&dyn Observer, Messages<'_>),
    lasting: &Lasting,
) -> Result<(Summary, End), RunError> {
    let config = &prepared.config;
    let hook = hook(config, messages);
    let zones =
        config.source.iter().filter_map(|source| Some((source.name.clone(), sources::zone(source).ok()?)));
    let watcher = Watcher {
        pages,
        messages,
        is_quiet: config.run.quiet,
        hook: hook.clone().map(|hook| (hook, config.crawl.notify_after)),
        zones: zones.collect(),
        lasting,
    };
    let stop = async {
        tokio::select! {
            () = reloads.signals.stop() => lasting.service.stopping(),
            () = reload(reloads, next, messages, lasting) => {}
        }
    };
    let result =
        crawl(&prepared.crawl, (&prepared.fetch, &prepared.options), prepared.work.clone(), stop, &watcher);
    // While the program goes on, a command may as well.
    if let Some(hook) = hook.filter(|_| locked(next).is_none()) {
        hook.finish(HOOK_PATIENCE);
    }
    result
}

/// The command of `[crawl] notify`, where there is one.
fn hook(config: &Config, messages: Messages<'_>) -> Option<Hook> {
    let command = Some(&config.crawl.notify).filter(|command| !command.is_empty())?;
    let (format, progress) = (messages.format, messages.progress.clone());
    let run = messages.run.map(str::to_owned);
    let tell = move |line: &str| Messages { format, progress: &progress, run: run.as_deref() }.notice(line);
    Some(Hook::new(command, tell))
}

/// What a reload needs.
struct Reloads<'a> {
    args: &'a CrawlArgs,
    signals: Signals,
    /// Reloads that were asked for and begun.
    seen: AtomicU32,
}

/// Ready when the program was asked to read its configuration again, and that has no mistakes.
async fn reload(
    reloads: &Reloads<'_>,
    next: &Arc<Mutex<Option<Prepared>>>,
    messages: Messages<'_>,
    lasting: &Lasting,
) {
    loop {
        reloads.signals.reload(reloads.seen.load(Ordering::Relaxed)).await;
        reloads.seen.store(reloads.signals.reloads(), Ordering::Relaxed);
        lasting.is_reloading.store(true, Ordering::Relaxed);
        lasting.service.reloading();
        match read_again(reloads.args) {
            Ok(prepared) => {
                *locked(next) = Some(prepared);
                return;
            }
            Err(failure) => {
                lasting.is_reloading.store(false, Ordering::Relaxed);
                let message =
                    format!("the configuration has mistakes, so that the old one goes on: {failure}");
                messages.notice(&message);
                lasting.service.refused();
            }
        }
    }
}

fn read_again(args: &CrawlArgs) -> Result<Prepared, Failure> {
    let mut config = settings::load(args.cleaning.config.as_deref())?.config;
    args.apply(&mut config);
    let prepared = prepare(args, config)?;
    // What `--now` asks for was done at the beginning.
    Ok(Prepared { crawl: CrawlRun { follows_all: false, ..prepared.crawl }, ..prepared })
}

/// The server of figures, if one is asked for.
fn serve(config: &Config, lasting: &Lasting) -> Result<Option<metrics::Server>, Failure> {
    let text = &config.crawl.metrics;
    if text.is_empty() {
        return Ok(None);
    }
    let bad = |why: String| Failure::Argument { message: format!("[crawl] metrics: {text}: {why}") };
    let address = text.parse().map_err(|error| bad(format!("{error}")))?;
    let figures = Arc::clone(&lasting.figures);
    let server = metrics::Server::start(address, Arc::new(move || locked(&figures).text(now())));
    server.map(Some).map_err(|error| bad(error.to_string()))
}

fn begin(prepared: &Prepared, messages: &Messages<'_>, server: Option<&metrics::Server>) {
    if !prepared.config.fetch.names_contact() {
        messages.notice(fetch::NO_CONTACT);
    }
    if prepared.config.run.quiet {
        return;
    }
    if let Some(server) = server {
        let url = format!("http://{}/metrics", server.address());
        messages.news("info", &format!("figures are served at {url}"), &[("url", json!(url))]);
    }
    if prepared.crawl.mode == Mode::Watch {
        let sources = prepared.crawl.sources.len();
        messages.news("info", &format!("{sources} sources are watched"), &[("sources", json!(sources))]);
    }
}

/// A name for this run that sorts by its beginning: `20260131T063000Z-7f3a`.
fn run_name() -> String {
    format!("{}-{:04x}", Timestamp::now().strftime("%Y%m%dT%H%M%SZ"), std::process::id() & 0xffff)
}
