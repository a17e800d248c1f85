//! `tinsach crawl --once` and `--watch`: follows sources, and tells what came of it.
//!
//! Enters: the typed arguments and the configuration. Leaves: texts, manifest and state in the output folder, lines on
//! standard error, a summary.
//! Invariant: everything that can be wrong with the configuration is found before the output folder is touched.

use std::sync::Arc;

use super::super::args::CrawlArgs;
use super::super::exit_code::ExitCode;
use super::super::failure::Failure;
use super::super::progress::{Progress, Unit};
use super::super::{conduct, fetch, rules};
use super::plan;
use crate::config::{Archive, Config};
use crate::page::RawPage;
use crate::run::fetch::crawl::Mode;
use crate::run::fetch::{End, Work, crawl};
use crate::run::{RunOptions, fetch::FetchRun};

/// Runs the command.
pub(super) fn run(args: &CrawlArgs, config: &Config) -> Result<ExitCode, Failure> {
    if config.source.is_empty() {
        let message =
            "the configuration has no [[source]]; tinsach crawl --discover URL proposes some".to_owned();
        return Err(Failure::Argument { message });
    }
    let (cleaner, user_rules) = rules::cleaner(config)?;
    let mode = if args.watch { Mode::Watch } else { Mode::Once };
    let crawl_run = plan::crawl_run(config, mode, args.now)?;
    let fetch_run: FetchRun = fetch::fetch_run(config)?;
    let options = RunOptions { folders: plan::folders(config), ..conduct::options(config, &user_rules) };
    let progress = Progress::start(config.run.quiet, Unit::Address);
    let (include, includes) = (config.clean.include.clone(), plan::includes(config));
    let clean: Work = Arc::new(move |page: &RawPage, source: Option<&str>| {
        let include = source.and_then(|source| includes.get(source)).unwrap_or(&include);
        conduct::product(page, &cleaner, include)
    });
    let work = (config.fetch.archive != Archive::Only).then_some(clean);
    let mut end = End::Whole;
    let code = conduct::conduct(config, &progress, |watcher| {
        let stop = fetch::stop_signal();
        let (summary, how) = crawl(&crawl_run, (&fetch_run, &options), work, stop, watcher)?;
        end = how;
        Ok(summary)
    })?;
    // A crawl that goes on until it is stopped is whole when it is stopped.
    Ok(if end == End::Stopped && mode == Mode::Once { ExitCode::SomeFailed } else { code })
}
