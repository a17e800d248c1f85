//! The command line: arguments, messages, progress, and a file for each command.
//!
//! Enters: the program's arguments. Leaves: an exit status.
//! Invariant: only here does the library print, and a printing that fails never panics.

pub mod args;
mod clean;
mod conduct;
mod config;
mod crawl;
mod document;
pub mod exit_code;
mod explain;
pub mod failure;
mod fetch;
mod generate;
pub mod messages;
pub mod progress;
mod rules;
mod settings;
mod signals;
mod state;

use std::io::{self, Write};
use std::panic;
use std::thread;

use self::args::{Args, Command};
use self::exit_code::ExitCode;
use self::failure::Failure;
use crate::run;

/// Carries out the command that was typed.
///
/// # Errors
/// [`Failure`], where the command could not do its work.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    silence_workers();
    match &args.command {
        Command::Clean(args) => clean::run(args),
        Command::Fetch(args) => fetch::run(args),
        Command::Crawl(args) => crawl::run(args),
        Command::Explain(args) => explain::run(args),
        Command::Config(args) => config::run(args),
        Command::State(args) => state::run(args),
        Command::Completions { shell } => generate::completions(*shell),
        Command::Man => generate::man(),
    }
}

/// Keeps panics on the threads of a run from printing themselves: the run catches them, names the input, and goes on.
pub fn silence_workers() {
    let default = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        let is_caught = thread::current().name().is_some_and(run::catches_panics_of);
        if !is_caught {
            default(panic);
        }
    }));
}

/// Says on standard error why a command ended early, and gives the exit status that follows.
#[must_use]
pub fn explain_failure(failure: &Failure) -> ExitCode {
    let code = failure.exit_code();
    // Nobody is left to tell when standard error is closed.
    match failure {
        _ if code == ExitCode::Done => {}
        // Bare lines of `file:line: …` are what editors jump by.
        Failure::ConfigMistakes { .. } => _ = writeln!(io::stderr().lock(), "{failure}"),
        _ => _ = writeln!(io::stderr().lock(), "tinsach: {failure}"),
    }
    code
}
