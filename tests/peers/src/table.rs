//! Speed and memory as a table.
//!
//! Enters: what was measured. Leaves: a row for each extractor; a line for each document of tinsach's above a bound.

#![expect(clippy::print_stdout, reason = "a bench prints its tables")]

use crate::corpus::Corpus;
use crate::measure::{Measured, median};
use crate::metric::float;

/// Seconds that tinsach may need for a document.
const SLOW: f64 = 0.2;

/// Bytes that tinsach may hold beyond a document.
const LARGE: usize = 20_000_000;

/// Prints the table; `base` is the extractor that the others' documents per second are compared with.
pub(crate) fn print(title: &str, base: &str, corpus: &Corpus, all: &[Measured]) {
    let (count, size) = (float(corpus.pages.len()), corpus.megabytes());
    println!("{title}: {count} documents, {size:.1} MB");
    println!(
        "{:29} {:>6} {:>9} {:>8} {:>7} {:>7} {:>7}  slowest document",
        "MB: held beyond a document", "rounds", "docs/s", "MB/s", "ratio", "MB", "most MB"
    );
    let base = all.iter().find(|one| one.name == base).map(Measured::seconds);
    for one in all {
        let seconds = one.seconds();
        let ratio = base.map_or_else(|| "-".to_owned(), |base| format!("{:.3}", base / seconds));
        let middle = float(median(&one.peaks).unwrap_or_default()) / 1e6;
        let most = float(one.peaks.iter().copied().max().unwrap_or_default()) / 1e6;
        let slowest = one.slowest().map_or_else(String::new, |(at, seconds)| {
            format!("{:.1} ms {}", seconds * 1e3, corpus.pages[at].place())
        });
        println!(
            "{:29} {:6} {:9.1} {:8.1} {ratio:>7} {middle:7.2} {most:7.2}  {slowest}",
            format!("{} {}", one.name, version(one.name)),
            one.rounds.len(),
            count / seconds,
            size / seconds,
        );
    }
    if let Some(own) = all.iter().find(|one| one.name == "tinsach") {
        print_beyond(corpus, own);
    }
    println!();
}

/// Names the documents beyond the bounds.
fn print_beyond(corpus: &Corpus, own: &Measured) {
    let mut beyond = 0;
    for (page, (seconds, bytes)) in corpus.pages.iter().zip(own.times.iter().zip(&own.peaks)) {
        if *seconds > SLOW || *bytes > LARGE {
            beyond += 1;
            let held = float(*bytes) / 1e6;
            println!("BEYOND: {:.1} ms, {held:.1} MB held, {}", seconds * 1e3, page.place());
        }
    }
    println!("tinsach: {beyond} documents above {} ms or {} MB", SLOW * 1e3, float(LARGE) / 1e6);
}

/// A crate's version in this bench's lock file: the newest, where a peer brings an older one.
fn version(name: &str) -> &'static str {
    let lock = include_str!("../Cargo.lock");
    let name = name.split('/').next().unwrap_or_default();
    let entry = lock.rsplit_once(&format!("name = \"{name}\"\nversion = \""));
    entry.and_then(|(_, rest)| rest.split_once('"')).map_or("", |(version, _)| version)
}
