//! `tinsach completions` and `tinsach man`: what follows from the definition of the command line.
//!
//! Enters: the definition. Leaves: a script or roff on standard output. Invariant: neither is written by hand.

use std::io::{self, Write};

use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

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
    page(command, roff)?;
    for command in command.get_subcommands().filter(|command| command.get_name() != "help") {
        pages(command, roff)?;
    }
    Ok(())
}

/// One page. What follows the options keeps its lines, as it does in the help.
fn page(command: &clap::Command, roff: &mut Vec<u8>) -> io::Result<()> {
    let man = Man::new(command.clone());
    man.render_title(roff)?;
    man.render_name_section(roff)?;
    man.render_synopsis_section(roff)?;
    man.render_description_section(roff)?;
    man.render_options_section(roff)?;
    if command.has_subcommands() {
        man.render_subcommands_section(roff)?;
    }
    let Some(notes) = command.get_after_help() else { return Ok(()) };
    let mut section = Roff::new();
    section.control("SH", ["NOTES"]).control("nf", []);
    for line in notes.to_string().lines() {
        section.text([roman(line)]);
    }
    section.control("fi", []);
    section.to_writer(roff)
}

fn print(bytes: &[u8]) -> Result<ExitCode, Failure> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()?;
    Ok(ExitCode::Done)
}
