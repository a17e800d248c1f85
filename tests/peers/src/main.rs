//! tinsach beside other extractors: speed, peak memory and quality over the same pages in one run, one thread.
//!
//! `cargo run --release --manifest-path tests/peers/Cargo.toml [-- [SETS] [--only NAME,NAME]]`: SETS holds unpacked sets
//! (`NAME/html`, `NAME/flat_*`, `NAME/truth.jsonl`), or any pages below it. Without it the archives of
//! `../shared/bench/data` are unpacked into `target/sets`; where these are missing, `tests/pages` is taken. `--only` leaves
//! all others out. Seconds are those on a core, the median of rounds; of the slowest document it is its best time on the
//! wall clock.

#![expect(clippy::print_stdout, reason = "a bench prints its tables")]

#[path = "../../bench/clock.rs"]
#[expect(dead_code, reason = "the speed bench takes more of it")]
mod clock;
mod corpus;
#[path = "../../bench/development.rs"]
mod development;
mod extractor;
mod measure;
#[path = "../../bench/metric.rs"]
#[expect(dead_code, reason = "the quality bench takes more of it")]
mod metric;
mod quality;
mod table;

use std::error::Error;
use std::path::{Path, PathBuf};

use clock::Clock;
use corpus::Corpus;
use extractor::Extractor;
use peak_alloc::PeakAlloc;
use tinsach::pipeline::Cleaner;
use tinsach::rules::UserRules;

/// Counts the bytes that are held. In trials the pages per second with and without it were the same within 1 %.
#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// What the command line asks for.
#[derive(Default)]
struct Options {
    sets: Option<PathBuf>,
    /// Names of extractors; empty for all.
    only: Vec<String>,
}

impl Options {
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Options, String> {
        let mut options = Options::default();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--only" => {
                    let names = arguments.next().ok_or("--only needs names, with commas between them")?;
                    options.only = names.split(',').map(str::to_owned).collect();
                }
                _ if argument.starts_with("--") => return Err(format!("unknown option {argument}")),
                _ => options.sets = Some(PathBuf::from(argument)),
            }
        }
        Ok(options)
    }

    /// The extractors that are asked for.
    fn choose<'a>(&self, mut all: Vec<Extractor<'a>>) -> Result<Vec<Extractor<'a>>, String> {
        let known: Vec<&str> = extractor::NAMES.to_vec();
        if let Some(unknown) = self.only.iter().find(|name| !known.contains(&name.as_str())) {
            return Err(format!("--only {unknown}: the names are {}", known.join(", ")));
        }
        all.retain(|one| self.only.is_empty() || self.only.iter().any(|name| name == one.name));
        Ok(all)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::read(std::env::args().skip(1))?;
    let sets = match &options.sets {
        Some(sets) => Some(sets.clone()),
        None => development::unpacked()?,
    };
    let sets = sets.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../pages"));
    if !sets.is_dir() {
        return Err(format!("{}: no such folder", sets.display()).into());
    }
    let cleaner = Cleaner::new(&UserRules::default())?;
    println!("one thread, {}, pages of {}\n", Clock::start().describe(), sets.display());

    let pages = Corpus::html(&sets)?;
    if pages.pages.is_empty() {
        return Err(format!("{}: no pages", sets.display()).into());
    }
    let found = measure::measure(&options.choose(extractor::of_pages(&cleaner))?, &pages);
    table::print("whole pages", "dom_smoothie", &pages, &found);
    quality::print(&sets, &pages, &found)?;

    let texts = Corpus::flattened(&sets)?;
    if !texts.pages.is_empty() {
        let found = measure::measure(&options.choose(extractor::of_texts(&cleaner))?, &texts);
        table::print("flattened text", "sha2", &texts, &found);
    }
    Ok(())
}
