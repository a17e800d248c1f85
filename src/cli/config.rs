//! `tinsach config`: check, show or write the configuration.
//!
//! Enters: the typed arguments. Leaves: text on standard output, or the documented default in a file.
//! Invariant: a file that is there is only overwritten with `--force`.

use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use super::args::{ConfigArgs, ConfigCommand};
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::rules;
use super::settings::{self, DEFAULT_PATH};
use crate::config::DEFAULT_TOML;

/// Runs the command.
pub(super) fn run(args: &ConfigArgs) -> Result<ExitCode, Failure> {
    let named = args.config.as_deref();
    match args.command {
        ConfigCommand::Check => check(named)?,
        ConfigCommand::Show => show(named)?,
        ConfigCommand::Init { force } => init(named.unwrap_or(Path::new(DEFAULT_PATH)), force)?,
    }
    Ok(ExitCode::Done)
}

fn check(named: Option<&Path>) -> Result<(), Failure> {
    let loaded = settings::load(named)?;
    // Rule folders are part of what can be mistaken.
    rules::cleaner(&loaded.config)?;
    let mut out = io::stdout().lock();
    match loaded.path {
        Some(path) => writeln!(out, "{}: no mistakes", path.display())?,
        None => writeln!(out, "no ./{DEFAULT_PATH} here; the defaults are in effect")?,
    }
    Ok(())
}

fn show(named: Option<&Path>) -> Result<(), Failure> {
    let loaded = settings::load(named)?;
    let origin = loaded.path.map_or_else(|| "the defaults".to_owned(), |path| path.display().to_string());
    write!(io::stdout().lock(), "# in effect, from {origin}\n\n{}", loaded.config.to_toml())?;
    Ok(())
}

fn init(path: &Path, force: bool) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true);
    if force {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    let unwritable = |source: io::Error| match source.kind() {
        ErrorKind::AlreadyExists => Failure::InTheWay { path: path.to_owned() },
        _ => Failure::Unwritable { path: path.to_owned(), source },
    };
    let mut file = options.open(path).map_err(unwritable)?;
    file.write_all(DEFAULT_TOML.as_bytes()).map_err(unwritable)?;
    writeln!(io::stdout().lock(), "wrote {}", path.display())?;
    Ok(())
}
