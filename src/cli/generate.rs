//! `tinsach completions` and `tinsach man`: what follows from the definition of the command line.
//!
//! Enters: the definition. Leaves: a script or roff on standard output. Invariant: neither is written by hand.

use std::io::{self, Write};

use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;

use super::args::Args;
use super::exit_code::ExitCode;
use super::failure::Failure;

/// Prints completions for a shell.
pub(super) fn completions(shell: Shell) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "tinsach", &mut script);
    print(&script)
}

/// Prints the manual: the page of the program, then one for each command.
pub(super) fn man() -> Result<ExitCode, Failure> {
    let mut roff = Vec::new();
    let mut program = Args::command();
    program.build();
    pages(&program, &mut roff)?;
    print(&roff)
}

fn pages(command: &clap::Command, roff: &mut Vec<u8>) -> io::Result<()> {
    Man::new(command.clone()).render(roff)?;
    for command in command.get_subcommands().filter(|command| command.get_name() != "help") {
        pages(command, roff)?;
    }
    Ok(())
}

fn print(bytes: &[u8]) -> Result<ExitCode, Failure> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()?;
    Ok(ExitCode::Done)
}
