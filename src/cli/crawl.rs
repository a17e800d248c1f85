//! `tinsach crawl`: sources that are followed as they fall due, and what is known of them.
//!
//! Enters: the typed arguments. Leaves: an exit status.
//! Invariant: everything that can be wrong with the arguments is found before the output folder is touched.

mod discover;
mod figures;
mod follow;
mod hook;
mod metrics;
mod service;
mod sources;
mod watcher;

use super::args::CrawlArgs;
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::settings;

/// Runs the command.
pub(super) fn run(args: &CrawlArgs) -> Result<ExitCode, Failure> {
    let mut config = settings::load(args.cleaning.config.as_deref())?.config;
    args.apply(&mut config);
    if let Some(given) = &args.discover {
        return discover::run(given, &config);
    }
    follow::run(args, config)
}
