//! The speed bench: documents and megabytes per second of one thread, by form and by stage, and how cost grows with size.
//!
//! `cargo bench --bench speed [-- SETS] [-- --memory]`: SETS holds unpacked sets as for the quality bench; without it those
//! of `../shared` are taken, and where these are missing too, `samples/dump`. Figures are CPU seconds of this thread where
//! the system tells them (Linux), else wall-clock seconds. `--memory` measures the built program's peak memory instead,
//! over 1,000 and over 20,000 files.

#![expect(clippy::print_stdout, reason = "a bench prints its table")]

mod clock;
mod development;
mod growth;
mod memory;
mod stages;

use std::error::Error;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clock::{Clock, passes};
use sha2::{Digest, Sha256};
use tinsach::page::{Form, RawPage};
use tinsach::pipeline::{Cleaner, clean_page};
use tinsach::rules::UserRules;

/// CPU seconds that a figure is measured over, at least.
const LEAST_SECONDS: f64 = 2.0;

/// The documents of one form of one set.
pub(crate) struct Corpus {
    name: String,
    form: Form,
    paths: Vec<PathBuf>,
    pages: Vec<RawPage>,
}

impl Corpus {
    fn read(name: String, form: Form, paths: Vec<PathBuf>) -> Result<Corpus, std::io::Error> {
        let read = |path: &PathBuf| Ok(RawPage { body: std::fs::read(path)?, ..RawPage::default() });
        let pages = paths.iter().map(read).collect::<Result<_, std::io::Error>>()?;
        Ok(Corpus { name, form, paths, pages })
    }

    fn megabytes(&self) -> f64 {
        self.pages.iter().map(|page| megabytes(page.body.len())).sum()
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let memory = arguments.iter().position(|argument| argument == "--memory").map(|at| arguments.remove(at));
    let given = arguments.pop().map(PathBuf::from);
    let corpora = corpora(given.map_or_else(development::unpacked, |sets| Ok(Some(sets)))?.as_deref())?;
    if memory.is_some() {
        return memory::measure(&corpora);
    }
    let cleaner = Cleaner::new(&UserRules::default())?;
    println!("one thread, {}\n", Clock::start().describe());
    throughput(&corpora, &cleaner);
    for form in [Form::Html, Form::Text] {
        beside(&corpora, form)?;
    }
    for form in [Form::Html, Form::Text] {
        stages::print(corpora.iter().filter(|corpus| corpus.form == form), &cleaner);
    }
    growth::print(&cleaner)
}

/// The development sets, or the samples where there are none.
fn corpora(sets: Option<&Path>) -> Result<Vec<Corpus>, Box<dyn Error>> {
    let Some(sets) = sets else {
        let dump = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/dump");
        let corpus =
            |form, extension| Corpus::read("samples".to_owned(), form, development::files(&dump, extension)?);
        return Ok(vec![corpus(Form::Html, "html")?, corpus(Form::Text, "txt")?]);
    };
    let mut corpora = Vec::new();
    for set in ["vi-dev", "fundus-a", "wcxb-dev-articles"] {
        for (folder, form, extension) in [
            ("html", Form::Html, "html"),
            ("flat_bs4", Form::Text, "txt"),
            ("flat_htmltext", Form::Text, "txt"),
        ] {
            let path = sets.join(set).join(folder);
            if path.is_dir() {
                let files = development::files(&path, extension)?;
                corpora.push(Corpus::read(format!("{set}/{folder}"), form, files)?);
            }
        }
    }
    Ok(corpora)
}

/// Documents and megabytes per second of each corpus and of each form, and the slowest documents.
fn throughput(corpora: &[Corpus], cleaner: &Cleaner) {
    println!("{:32} {:>6} {:>8} {:>9} {:>7}  slowest document", "clean_page", "docs", "MB", "docs/s", "MB/s");
    for (form, name) in [(Form::Html, "all HTML"), (Form::Text, "all flattened text")] {
        let (mut count, mut size, mut sum) = (0, 0.0, 0.0);
        for corpus in corpora.iter().filter(|corpus| corpus.form == form) {
            let seconds = passes(LEAST_SECONDS, || {
                for page in &corpus.pages {
                    black_box(clean_page(page, cleaner));
                }
            });
            println!(
                "{}  {}",
                row(&corpus.name, corpus.pages.len(), corpus.megabytes(), seconds),
                slowest(corpus, cleaner)
            );
            count += corpus.pages.len();
            size += corpus.megabytes();
            sum += seconds;
        }
        println!("{}\n", row(name, count, size, sum));
    }
}

/// The slowest document of a corpus: the better of two tries each, on the wall clock.
fn slowest(corpus: &Corpus, cleaner: &Cleaner) -> String {
    let seconds = |page: &RawPage| {
        let started = Instant::now();
        black_box(clean_page(page, cleaner));
        started.elapsed().as_secs_f64()
    };
    let times = corpus.pages.iter().map(|page| seconds(page).min(seconds(page)));
    let Some((at, slowest)) = times.enumerate().max_by(|a, b| a.1.total_cmp(&b.1)) else {
        return "none".to_owned();
    };
    let (path, size) = (&corpus.paths[at], megabytes(corpus.pages[at].body.len()));
    format!("{:.1} ms, {size:.2} MB, {}", slowest * 1e3, path.file_name().unwrap_or_default().display())
}

/// What else can be done with the same bytes in the same run.
fn beside(corpora: &[Corpus], form: Form) -> Result<(), Box<dyn Error>> {
    let chosen: Vec<&Corpus> = corpora.iter().filter(|corpus| corpus.form == form).collect();
    let pages = || chosen.iter().flat_map(|corpus| &corpus.pages);
    let (count, size) = (pages().count(), chosen.iter().map(|corpus| corpus.megabytes()).sum());
    let name = if form == Form::Html { "HTML" } else { "flattened text" };
    println!("{:32} {:>6} {:>8} {:>9} {:>7}", format!("beside it, {name}"), "docs", "MB", "docs/s", "MB/s");
    if form == Form::Html {
        let texts: Vec<_> = pages().map(|page| String::from_utf8_lossy(&page.body)).collect();
        let parse = || texts.iter().for_each(|text| drop(black_box(scraper::Html::parse_document(text))));
        println!("{}", row("html5ever into a scraper tree", count, size, passes(LEAST_SECONDS, parse)));
    }
    let hash = || {
        pages().for_each(|page| {
            black_box(Sha256::digest(&page.body));
        });
    };
    println!("{}", row("SHA-256", count, size, passes(LEAST_SECONDS, hash)));
    let mut failed = Ok(());
    let read = || {
        for path in chosen.iter().flat_map(|corpus| &corpus.paths) {
            match std::fs::read(path) {
                Ok(bytes) => drop(black_box(bytes)),
                Err(error) => failed = Err(error),
            }
        }
    };
    println!("{}\n", row("reading (cached)", count, size, passes(LEAST_SECONDS, read)));
    Ok(failed?)
}

fn row(name: &str, count: usize, size: f64, seconds: f64) -> String {
    format!("{name:32} {count:6} {size:8.2} {:9.0} {:7.1}", float(count) / seconds, size / seconds)
}

pub(crate) fn megabytes(bytes: usize) -> f64 {
    float(bytes) / 1e6
}

/// A count for division.
#[expect(clippy::cast_precision_loss, reason = "counts of documents and bytes are far below 2^52")]
pub(crate) fn float(count: usize) -> f64 {
    count as f64
}
