//! `tinsach crawl`: sources that are followed as they fall due, and what is known of them.
//!
//! Enters: the typed arguments. Leaves: an exit status.
//! Invariant: everything that can be wrong with the arguments is found before the output folder is touched.

mod discover;
mod figures;
mod follow;
mod hook;
mod metrics;
mod preview;
mod service;
mod sources;
mod status;
mod watcher;

use std::io::{self, Write};
use std::path::Path;

use super::args::CrawlArgs;
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::settings;
use crate::config::Config;
use crate::run::upkeep::Upkeep;

/// Runs the command.
pub(super) fn run(args: &CrawlArgs) -> Result<ExitCode, Failure> {
    let mut config = settings::load(args.cleaning.config.as_deref())?.config;
    args.apply(&mut config);
    if let Some(given) = &args.discover {
        return discover::run(given, &config);
    }
    if args.status {
        return status::run(&config);
    }
    if args.dry_run {
        return preview::run(args, &config);
    }
    if !args.restart.is_empty() {
        return restart(&args.restart, &config);
    }
    follow::run(args, config)
}

/// Has sources asked again.
fn restart(names: &[String], config: &Config) -> Result<ExitCode, Failure> {
    let mut sources = Vec::new();
    for name in names {
        let Some(source) = config.source.iter().find(|source| source.name == *name) else {
            let message = format!("--restart {name}: there is no source of that name in the configuration");
            return Err(Failure::Argument { message });
        };
        sources.push(sources::source_run(source)?);
    }
    let upkeep = Upkeep::open(Path::new(&config.output.dir))?;
    let mut out = io::stdout().lock();
    for source in &sources {
        let what =
            if upkeep.restart(source, watcher::now())? { "is asked again" } else { "was never followed" };
        writeln!(out, "{}: {what}", source.name)?;
    }
    Ok(ExitCode::Done)
}
