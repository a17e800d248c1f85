//! `tinsach crawl --discover`: what of a site can be followed, as tables for the configuration.
//!
//! Enters: an address. Leaves: `[[source]]` tables on standard output, what was tried on standard error.
//! Invariant: what is printed is a configuration that has no mistakes.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::io::{self, Write};

use jiff::Timestamp;

use super::super::exit_code::ExitCode;
use super::super::failure::Failure;
use super::super::fetch;
use super::super::messages::Messages;
use super::super::progress::{Progress, Unit};
use crate::config::{Config, SourceKind};
use crate::report::wrap::printable;
use crate::run::fetch::{Candidate, Proposals, propose};

/// Shortest schedule that is proposed for what says how often it changes, in seconds.
const LEAST: u64 = 10 * 60;
/// The longest, in seconds.
const MOST: u64 = 86_400;
/// Characters of a title that a comment shows.
const MAX_TITLE: usize = 80;
/// Bytes of a name that is proposed.
const MAX_NAME: usize = 80;

/// Prints what can be followed.
pub(super) fn run(given: &str, config: &Config) -> Result<ExitCode, Failure> {
    let fetch_run = fetch::fetch_run(config)?;
    let progress = Progress::start(true, Unit::Address);
    let messages = Messages { format: config.run.log_format, progress: &progress, run: None };
    let tell = |line: &str| {
        if !config.run.quiet {
            messages.notice(line);
        }
    };
    let input = |message: String| Failure::Input { message };
    let proposals = propose(given, &fetch_run, &tell).map_err(|error| input(error.message))?;
    if proposals.found.is_empty() {
        return Err(input(format!(
            "{given}: neither feeds nor sitemaps nor pages that list articles were found"
        )));
    }
    io::stdout().lock().write_all(tables(&proposals).as_bytes())?;
    Ok(ExitCode::Done)
}

fn tables(proposals: &Proposals) -> String {
    let mut out = String::new();
    let mut names = HashSet::new();
    for candidate in &proposals.found {
        let name = name(candidate, &mut names);
        _ = writeln!(out, "# {}", comment(candidate));
        _ = writeln!(out, "[[source]]\nname = {}", quoted(&name));
        _ = writeln!(out, "kind = {}", quoted(candidate.kind.name()));
        _ = writeln!(out, "url = {}", quoted(candidate.url.as_str()));
        _ = writeln!(out, "schedule = {}\n", quoted(&schedule(candidate)));
    }
    for url in &proposals.untried {
        _ = writeln!(out, "# The site names a sitemap too, which was not tried: {url}");
    }
    out
}

/// What was read, on one line.
fn comment(candidate: &Candidate) -> String {
    let mut text = match &candidate.title {
        Some(title) => {
            let line: String = printable(title).split_whitespace().collect::<Vec<_>>().join(" ");
            format!("{}: ", line.chars().take(MAX_TITLE).collect::<String>())
        }
        None => String::new(),
    };
    if candidate.sitemaps > 0 {
        _ = write!(text, "an index of {} sitemaps; of the one that was read ", candidate.sitemaps);
    }
    _ = write!(text, "{} entries", candidate.entries);
    if let Some(newest) = candidate.newest.and_then(|second| Timestamp::from_second(second).ok()) {
        _ = write!(text, ", the newest of {}", newest.strftime("%Y-%m-%d %H:%M UTC"));
    }
    text
}

/// Host and last part of the path, and a number where that is taken.
fn name(candidate: &Candidate, taken: &mut HashSet<String>) -> String {
    let url = &candidate.url;
    let host = url.host_str().unwrap_or_default();
    let mut name = host.strip_prefix("www.").unwrap_or(host).to_owned();
    let last = url.path_segments().and_then(|parts| parts.rev().find(|part| !part.is_empty()));
    let stem = last.map_or("", |last| last.split('.').next().unwrap_or_default());
    let is_plain = stem.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if is_plain && !["", "rss", "feed", "index", "atom", "home", "sitemap"].contains(&stem) {
        name = format!("{name} {stem}");
    }
    name.truncate(MAX_NAME);
    let base = name.clone();
    let mut number = 2;
    while !taken.insert(name.clone()) {
        name = format!("{base} {number}");
        number += 1;
    }
    name
}

/// As often as the document says that it changes; else by its kind.
fn schedule(candidate: &Candidate) -> String {
    match candidate.refresh {
        Some(seconds) => format!("every {}m", seconds.clamp(LEAST, MOST) / 60),
        None if candidate.kind == SourceKind::Feed => "every 30m".to_owned(),
        None => "every 1h".to_owned(),
    }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_a_site_stay_texts() {
        let text = quoted("a\"]\n[run]\njobs = 3");
        assert_eq!(toml::from_str::<toml::Table>(&format!("x = {text}")).expect("TOML").len(), 1);
    }
}
