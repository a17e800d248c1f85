//! `tinsach state`: care for what runs remember of an output folder.
//!
//! Enters: the typed arguments. Leaves: text or rows of JSON on standard output, and an exit status.
//! Invariant: nothing is changed by looking, and texts and manifest by nothing.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use serde_json::json;

use super::args::{StateArgs, StateCommand};
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::settings;
use crate::report::wrap::printable;
use crate::run::RunError;
use crate::run::upkeep::{Health, Upkeep};
use crate::state::{KnownAddress, Stage};

/// Runs the command.
pub(super) fn run(args: &StateArgs) -> Result<ExitCode, Failure> {
    let config = settings::load(args.config.as_deref())?.config;
    let out = args.out.clone().unwrap_or(config.output.dir);
    let upkeep = Upkeep::open(&PathBuf::from(&out))?;
    match &args.command {
        StateCommand::Check => return check(&upkeep, &out),
        StateCommand::Compact => {
            let (before, after) = upkeep.compact()?;
            writeln!(io::stdout().lock(), "{}: {}", out, sizes(before, after))?;
        }
        StateCommand::Export => export(&upkeep)?,
        StateCommand::Forget { host } => forget(&upkeep, host, &out)?,
        StateCommand::Rebuild => rebuild(&upkeep, &out)?,
    }
    Ok(ExitCode::Done)
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Failure {
        let message = error.to_string();
        if error.is_usage() { Failure::Argument { message } } else { Failure::Aborted { message } }
    }
}

fn check(upkeep: &Upkeep, dir: &str) -> Result<ExitCode, Failure> {
    let Health { database, faults, notes, survey, bytes } = upkeep.check()?;
    let mut out = BufWriter::new(io::stdout().lock());
    let verdict = if faults.is_empty() { "whole" } else { "not whole" };
    writeln!(out, "{}: {verdict}", database.display())?;
    for fault in &faults {
        writeln!(out, "  wrong: {}", printable(fault).replace('\n', "; "))?;
    }
    for note in &notes {
        writeln!(out, "  note: {note}")?;
    }
    if let Some(survey) = survey {
        let [queued, done, failed] = survey.stages;
        writeln!(out, "\n{bytes:>14}  bytes")?;
        writeln!(out, "{queued:>14}  addresses to visit\n{done:>14}  visited\n{failed:>14}  failed")?;
        if let Some(position) = survey.position {
            writeln!(out, "{:>14}  is the next document's number", position.next_number)?;
        }
        writeln!(out, "\n{:>14}  table", "rows")?;
        for (table, rows) in &survey.tables {
            writeln!(out, "{rows:>14}  {table}")?;
        }
    }
    if !faults.is_empty() {
        writeln!(out, "\nTo go on: tinsach state rebuild --out {dir}\n{ADVICE}")?;
    }
    out.flush()?;
    Ok(if faults.is_empty() { ExitCode::Done } else { ExitCode::SomeFailed })
}

/// What a rebuilt database lacks.
const ADVICE: &str = "\
It makes another database from manifest.jsonl and puts this one aside. Texts and rows stay. Not in the manifest,
and so not known afterwards: digests of cleaned files (they are cleaned again, and found to be copies), addresses
that were never visited (give the list again), and robots files (they are asked for again).";

fn export(upkeep: &Upkeep) -> Result<(), Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    let row = |known: KnownAddress| {
        let KnownAddress { url, stage, number, site } = known;
        let state = match stage {
            Stage::Queued => "queued",
            Stage::Done => "done",
            Stage::Failed => "failed",
        };
        writeln!(out, "{}", json!({"url": url, "state": state, "number": number, "site": site}))
    };
    upkeep.each_address(row)??;
    out.flush()?;
    Ok(())
}

fn forget(upkeep: &Upkeep, host: &str, dir: &str) -> Result<(), Failure> {
    let forgotten = upkeep.forget(host)?;
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "{dir}: forgot {} addresses of {host}, {} robots files and {} address keys",
        forgotten.addresses, forgotten.robots, forgotten.keys
    )?;
    if forgotten.queued_again > 0 {
        let again = forgotten.queued_again;
        writeln!(out, "{again} more had no row yet, and are visited again by the next fetch")?;
    }
    writeln!(out, "Texts and rows stay. Listed again, the addresses are fetched anew.")?;
    Ok(())
}

fn rebuild(upkeep: &Upkeep, dir: &str) -> Result<(), Failure> {
    let rebuilt = upkeep.rebuild()?;
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "{dir}: {} rows gave {} addresses and {} content keys; numbers go on at {:03}",
        rebuilt.rows, rebuilt.addresses, rebuilt.keys, rebuilt.next_number
    )?;
    if rebuilt.unread > 0 {
        writeln!(out, "{} lines of the manifest are no rows and were passed over", rebuilt.unread)?;
    }
    if let Some(aside) = rebuilt.aside {
        writeln!(out, "the old database lies in {}", aside.display())?;
    }
    writeln!(out, "{ADVICE}")?;
    Ok(())
}

fn sizes(before: u64, after: u64) -> String {
    let saved = before.saturating_sub(after);
    format!("{before} bytes before, {after} after, {saved} saved")
}
