//! The program: parses its arguments, runs the command, and ends with its exit status.

use std::process::ExitCode;

use clap::Parser;
use tinsach::cli::args::Args;
use tinsach::cli::{self, exit_code};

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(message) => {
            // Help, version and usage errors alike; one who closed our output wants none of them.
            _ = message.print();
            let code =
                if message.use_stderr() { exit_code::ExitCode::Unusable } else { exit_code::ExitCode::Done };
            return code.into();
        }
    };
    cli::run(&args).unwrap_or_else(|failure| cli::explain_failure(&failure)).into()
}
