//! `tinsach crawl`: sources that are followed as they fall due, and what is known of them.
//!
//! Enters: the typed arguments. Leaves: an exit status.
//! Invariant: everything that can be wrong with the arguments is found before the output folder is touched.

#[allow(dead_code)]
mod figures;
#[allow(dead_code)]
mod hook;
#[allow(dead_code)]
mod metrics;
#[allow(dead_code)]
mod service;
mod discover;

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
    Err(Failure::Argument { message: "only --discover is there".to_owned() })
}
