//! `tinsach explain`: each block of one page, kept or cut, and why.
//!
//! Enters: the typed arguments. Leaves: text on standard output, or a page for the browser in a file.
//! Invariant: the page itself is never overwritten.

use std::env;
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

use clap::ColorChoice;

use super::args::ExplainArgs;
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::{document, rules, settings};
use crate::pipeline::{Cleaner, clean_page};
use crate::report::explain::{self, Layout};
use crate::report::explain_html;
use crate::report::explained::Explained;

/// Columns where neither `COLUMNS` nor the terminal says, as in a pipe.
const WIDTH: usize = 100;

/// Runs the command.
pub(super) fn run(args: &ExplainArgs) -> Result<ExitCode, Failure> {
    let mut config = settings::load(args.cleaning.config.as_deref())?.config;
    args.cleaning.apply(&mut config);
    let (cleaner, _) = rules::cleaner(&config)?;
    if let Some(file) = &args.html {
        refuse_over_input(file, &args.path)?;
    }
    let document = document::read(&args.path, &config)?;
    let page = clean_page(&document.page, &Cleaner { tell_weights: true, ..cleaner });
    let explained = Explained { source: &document.id, page: &page, include: &config.clean.include };
    match &args.html {
        Some(file) => {
            let unwritable = |source| Failure::Unwritable { path: file.clone(), source };
            fs::write(file, explain_html::render(&explained)).map_err(unwritable)?;
            writeln!(io::stdout().lock(), "wrote {}", file.display())?;
        }
        None => print(&explain::render(&explained, layout(args.color)))?,
    }
    Ok(ExitCode::Done)
}

fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

fn refuse_over_input(file: &Path, input: &Path) -> Result<(), Failure> {
    match (fs::canonicalize(file), fs::canonicalize(input)) {
        (Ok(out), Ok(page)) if out == page => Err(Failure::OverInput { path: input.to_owned() }),
        _ => Ok(()),
    }
}

fn layout(choice: ColorChoice) -> Layout {
    let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    let color = match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => {
            io::stdout().is_terminal()
                && !set("NO_COLOR")
                && env::var_os("TERM").is_none_or(|term| term != "dumb")
        }
    };
    let stated = env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let measured = || terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0));
    Layout { width: stated.or_else(measured).unwrap_or(WIDTH).clamp(60, 200), color }
}
