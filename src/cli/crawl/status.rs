//! `tinsach crawl --status`: each source, when it was and will be followed, and what it brought.
//!
//! Enters: the configuration, the output folder. Leaves: a table, or a row of JSON for each source.
//! Invariant: nothing is written; a crawl may be going on meanwhile.

use std::collections::{BTreeSet, HashMap};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use jiff::tz::TimeZone;
use serde_json::json;

use super::super::exit_code::ExitCode;
use super::super::failure::Failure;
use super::sources;
use super::watcher::{moment, now};
use crate::config::{Config, LogFormat, Source};
use crate::report::wrap::printable;
use crate::run::fetch::forecast::Memory;
use crate::state::SourceRow;
use crate::timing::Turn;

/// Characters of a name that the table shows.
const MAX_NAME: usize = 40;

/// One line of the table.
struct Line<'a> {
    name: &'a str,
    kind: &'static str,
    /// The source of the configuration, unless it stands there no more.
    source: Option<&'a Source>,
    known: Option<&'a (SourceRow, Option<Turn>)>,
}

/// Prints the table.
pub(super) fn run(config: &Config) -> Result<ExitCode, Failure> {
    let out = Path::new(&config.output.dir);
    let memory = Memory::look(out)?;
    let known = memory.sources()?;
    let by_name: HashMap<&str, &(SourceRow, Option<Turn>)> =
        known.iter().map(|source| (source.0.name.as_str(), source)).collect();
    let mut lines: Vec<Line<'_>> = config
        .source
        .iter()
        .map(|source| {
            let known = by_name.get(source.name.as_str()).copied();
            Line { name: &source.name, kind: source.kind.name(), source: Some(source), known }
        })
        .collect();
    let configured: BTreeSet<&str> = config.source.iter().map(|source| source.name.as_str()).collect();
    let others = known.iter().filter(|(row, _)| !configured.contains(row.name.as_str()));
    lines.extend(others.map(|known| Line {
        name: &known.0.name,
        kind: "",
        source: None,
        known: Some(known),
    }));
    let mut stdout = BufWriter::new(io::stdout().lock());
    let now = now();
    if config.run.log_format == LogFormat::Json {
        for line in &lines {
            writeln!(stdout, "{}", line.json(now))?;
        }
        stdout.flush()?;
        return Ok(ExitCode::Done);
    }
    if lines.is_empty() {
        writeln!(stdout, "there is no [[source]] in the configuration")?;
    }
    if !memory.is_there() {
        writeln!(stdout, "no crawl has written to {} yet", out.display())?;
    }
    table(&lines, now, &mut stdout)?;
    stdout.flush()?;
    Ok(ExitCode::Done)
}

fn table(lines: &[Line<'_>], now: i64, out: &mut impl Write) -> io::Result<()> {
    const HEAD: [&str; 10] =
        ["source", "kind", "state", "last", "next", "found", "new", "written", "failed", "lag"];
    if lines.is_empty() {
        return Ok(());
    }
    let mut rows: Vec<[String; 10]> = vec![HEAD.map(str::to_owned)];
    rows.extend(lines.iter().map(|line| line.cells(now)));
    let widths: Vec<usize> =
        (0..HEAD.len()).map(|at| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0)).collect();
    for row in &rows {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .enumerate()
            .map(|(at, (cell, width))| {
                let fill = " ".repeat(width - cell.chars().count());
                // Numbers stand at the right.
                if at < 5 { format!("{cell}{fill}") } else { format!("{fill}{cell}") }
            })
            .collect();
        writeln!(out, "{}", cells.join("  ").trim_end())?;
    }
    for line in lines {
        if let Some(error) = line.known.and_then(|(row, _)| row.error.as_ref()) {
            writeln!(out, "{}: {}", printable(line.name), printable(error).replace('\n', " "))?;
        }
    }
    Ok(())
}

impl Line<'_> {
    fn turn(&self) -> Option<&Turn> {
        self.known.and_then(|(_, turn)| turn.as_ref())
    }

    fn state(&self) -> String {
        match (self.source, self.turn()) {
            (None, _) => "not configured".to_owned(),
            (Some(source), _) if !source.enabled => "off".to_owned(),
            (_, Some(turn)) if turn.stopped.is_some() => "stopped".to_owned(),
            (_, Some(turn)) if turn.begun.is_some() => "running".to_owned(),
            (_, Some(turn)) if turn.failures > 0 => format!("failing {}", turn.failures),
            (_, Some(turn)) if turn.last_success.is_some() => "ok".to_owned(),
            _ => "never".to_owned(),
        }
    }

    /// Where its times are shown.
    fn zone(&self) -> TimeZone {
        self.source.and_then(|source| sources::zone(source).ok()).unwrap_or_else(TimeZone::system)
    }

    /// Whether it will be followed.
    fn is_followed(&self) -> bool {
        self.source.is_some_and(|source| source.enabled)
            && self.turn().is_some_and(|turn| turn.stopped.is_none())
    }

    fn last(&self) -> Option<i64> {
        self.turn().and_then(|turn| turn.begun.or(turn.last_start))
    }

    fn next(&self) -> Option<i64> {
        self.turn().filter(|turn| self.is_followed() && turn.begun.is_none()).map(|turn| turn.at)
    }

    fn lag(&self, now: i64) -> Option<i64> {
        self.turn().filter(|_| self.is_followed()).map(|turn| turn.lag(now))
    }

    fn cells(&self, now: i64) -> [String; 10] {
        let none = || "-".to_owned();
        let zone = self.zone();
        let time = |second: Option<i64>| {
            // To the minute is enough for a person.
            let time = second.and_then(|second| moment(second, &zone));
            time.map_or_else(none, |time| time.chars().take(16).collect())
        };
        let number = |number: Option<u64>| number.map_or_else(none, |number| number.to_string());
        let turn = self.turn().filter(|turn| turn.last_start.is_some());
        let row = self.known.map(|(row, _)| row);
        [
            printable(self.name).chars().take(MAX_NAME).collect(),
            if self.kind.is_empty() { none() } else { self.kind.to_owned() },
            self.state(),
            time(self.last()),
            time(self.next()),
            number(turn.map(|turn| turn.found)),
            number(turn.map(|turn| turn.new)),
            number(row.map(|row| row.written)),
            number(row.map(|row| row.failed)),
            self.lag(now).map_or_else(none, lag),
        ]
    }

    fn json(&self, now: i64) -> serde_json::Value {
        let zone = self.zone();
        let time = |second: Option<i64>| second.and_then(|second| moment(second, &zone));
        let row = self.known.map(|(row, _)| row);
        let turn = self.turn();
        json!({
            "source": self.name,
            "kind": self.source.map(|_| self.kind),
            "state": self.state(),
            "url": row.map(|row| row.url.as_str()).or(self.source.map(|source| source.url.as_str())),
            "last": time(self.last()),
            "last_success": time(turn.and_then(|turn| turn.last_success)),
            "next": time(self.next()),
            "found": turn.map(|turn| turn.found),
            "new": turn.map(|turn| turn.new),
            "written": row.map(|row| row.written),
            "failed": row.map(|row| row.failed),
            "failures": turn.map(|turn| turn.failures),
            "lag": self.lag(now),
            "error": row.and_then(|row| row.error.as_deref()),
        })
    }
}

/// A lag in its largest units: `1d 2h`, `12m`, `0s`.
fn lag(seconds: i64) -> String {
    let units =
        [("d", seconds / 86_400), ("h", seconds / 3_600 % 24), ("m", seconds / 60 % 60), ("s", seconds % 60)];
    let first = units.iter().position(|(_, number)| *number > 0).unwrap_or(3);
    let shown: Vec<String> = units[first..]
        .iter()
        .take(2)
        .enumerate()
        .filter(|(at, (_, number))| *at == 0 || *number > 0)
        .map(|(_, (unit, number))| format!("{number}{unit}"))
        .collect();
    shown.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lags_are_short() {
        for (seconds, text) in
            [(0, "0s"), (59, "59s"), (61, "1m 1s"), (7_200, "2h"), (90_000, "1d 1h"), (86_460, "1d")]
        {
            assert_eq!(lag(seconds), text);
        }
    }
}
