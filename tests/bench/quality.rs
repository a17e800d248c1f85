//! The quality bench: the development sets through the pipeline, in process, with and without site rules.
//!
//! `cargo bench --bench quality [-- SETS] [-- --worst N] [-- --check | --update]`: SETS holds unpacked sets (`NAME/html`,
//! `NAME/flat_*`, `NAME/truth.jsonl`); without it the archives of `../shared/bench/data` are unpacked into `target/sets`.
//! `--check` fails where a figure is below its floor in `tests/gold/floors.toml`; `--update` raises the floors and
//! refuses to lower one. `--unseen DIR` measures what the whole pipeline does on pages of sites that its model was not
//! trained on: DIR holds the models of `train.py --unseen DIR`, each with the pages it is asked for. What was lost and
//! what was let in, by cause, goes to `target/quality/errors.md`.

#![expect(clippy::print_stdout, reason = "a bench prints its table")]

mod development;
mod errors;
mod floors;
mod metric;

use std::collections::HashSet;
use std::error::Error;
use std::path::{Path, PathBuf};

use errors::Errors;
use floors::Floors;
use metric::{Metric, PageScore, SetScore, Truth, Whole, float};
use tinsach::classify::model::Model;
use tinsach::label::Label;
use tinsach::page::RawPage;
use tinsach::pipeline::{Cleaner, Outcome, article_text, clean_page};
use tinsach::rules::UserRules;

/// A set's metric and the labels that are printed for it.
struct Measure {
    set: &'static str,
    metric: Metric,
    labels: &'static [Label],
}

const TEXT: [Label; 3] = [Label::Lead, Label::Body, Label::Subhead];
const TEXT_AND_TITLE: [Label; 4] = [Label::Title, Label::Lead, Label::Body, Label::Subhead];
const MEASURES: [Measure; 4] = [
    Measure { set: "vi-dev", metric: Metric::Strict, labels: &TEXT_AND_TITLE },
    Measure { set: "wcxb-dev-articles", metric: Metric::Word, labels: &TEXT },
    Measure { set: "wcxb-dev-articles", metric: Metric::Shingle, labels: &TEXT },
    Measure { set: "fundus-a", metric: Metric::Shingle, labels: &TEXT },
];
const FORMS: [&str; 3] = ["html", "flat_bs4", "flat_htmltext"];

/// What the command line asks for.
struct Options {
    sets: Option<PathBuf>,
    /// How many of the worst pages are named.
    worst: usize,
    check: bool,
    update: bool,
    /// Models and the pages that each has not seen.
    unseen: Option<PathBuf>,
}

impl Options {
    fn read(arguments: impl Iterator<Item = String>) -> Result<Options, String> {
        let mut options = Options { sets: None, worst: 0, check: false, update: false, unseen: None };
        let mut arguments = arguments.filter(|argument| argument != "--bench");
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--check" => options.check = true,
                "--update" => options.update = true,
                "--unseen" => {
                    options.unseen = Some(arguments.next().ok_or("--unseen needs a folder")?.into());
                }
                "--worst" => {
                    let number = arguments.next().and_then(|number| number.parse().ok());
                    options.worst = number.ok_or("--worst needs a number")?;
                }
                _ if argument.starts_with("--") => return Err(format!("unknown option {argument}")),
                _ => options.sets = Some(PathBuf::from(argument)),
            }
        }
        Ok(options)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::read(std::env::args().skip(1))?;
    let Some(sets) = options.sets.clone().map_or_else(development::unpacked, |sets| Ok(Some(sets)))? else {
        println!("quality: skipped, no development sets here");
        return Ok(());
    };
    let cleaners = cleaners(options.unseen.as_deref())?;
    let found = measure_all(&sets, options.worst, cleaners)?;
    if options.unseen.is_some() {
        return Ok(());
    }
    let mut floors = Floors::read()?;
    if options.update {
        floors = floors.raised_to(&found)?;
        floors.write()?;
    }
    let below = floors.below(&found);
    for line in &below {
        println!("{line}");
    }
    println!(
        "floors: {} of {} figures hold theirs in {}",
        found.len() - below.len(),
        found.len(),
        floors::FILE
    );
    if (options.check || options.update) && !below.is_empty() {
        return Err(
            format!("{} figures do not hold their floors; a floor is only raised", below.len()).into()
        );
    }
    Ok(())
}

/// A cleaner and the pages, as `SET/ID`, that it is measured on; all where it names none.
type Measured = (Cleaner, Option<HashSet<String>>);

/// The cleaner with the shipped model, or one for each model and the pages it has not seen.
fn cleaners(unseen: Option<&Path>) -> Result<Vec<Measured>, Box<dyn Error>> {
    let shipped = Cleaner::new(&UserRules::default())?;
    let Some(folder) = unseen else { return Ok(vec![(shipped, None)]) };
    let mut cleaners = Vec::new();
    for pages in development::files(folder, "pages")? {
        let model = Model::from_text(&std::fs::read_to_string(pages.with_extension("txt"))?)?;
        let pages = std::fs::read_to_string(&pages)?.lines().map(str::to_owned).collect();
        cleaners.push((Cleaner { model, ..shipped.clone() }, Some(pages)));
    }
    Ok(cleaners)
}

/// The F1 of every set and form, by the floor's name.
fn measure_all(
    sets: &Path,
    worst: usize,
    mut cleaners: Vec<Measured>,
) -> Result<Vec<(String, f64)>, Box<dyn Error>> {
    println!(
        "{:18} {:14} {:6} {:7} {:>7} {:>7} {:>7} {:>5} {:>6} {:>6}",
        "set", "form", "rules", "metric", "F1", "P", "R", "empty", "leads", "paras"
    );
    let mut found = Vec::new();
    let mut errors = Errors::default();
    for site_rules in [true, false] {
        for (cleaner, _) in &mut cleaners {
            cleaner.site_rules = site_rules;
        }
        for measure in &MEASURES {
            for form in FORMS {
                let set = sets.join(measure.set);
                if !set.join(form).is_dir() || (!site_rules && form != "html") {
                    continue;
                }
                errors.open(measure.set, form, site_rules, measure.metric == Metric::Strict);
                let mut pages = Vec::new();
                for measured in &cleaners {
                    pages.extend(score(&set, form, measure, measured, &mut errors)?);
                }
                errors.close();
                let total = SetScore::of(&pages, measure.metric);
                print_set(measure, form, site_rules, &total);
                print_worst(&mut pages, worst);
                let rules = if site_rules { "" } else { ".without_site_rules" };
                let name = format!("{}.{}.{form}{rules}", measure.set, measure.metric.name());
                found.push((name, total.f1));
            }
        }
    }
    println!("errors by cause: {}", errors.write()?.display());
    Ok(found)
}

/// Cleans and scores one form of one set.
fn score(
    set: &Path,
    form: &str,
    measure: &Measure,
    (cleaner, chosen): &Measured,
    errors: &mut Errors,
) -> Result<Vec<PageScore>, Box<dyn Error>> {
    let rows = std::fs::read_to_string(set.join("truth.jsonl"))?;
    let extension = if form == "html" { "html" } else { "txt" };
    let mut pages = Vec::new();
    for line in rows.lines() {
        let truth: Truth = serde_json::from_str(line)?;
        let name = format!("{}/{}", measure.set, truth.id);
        if chosen.as_ref().is_some_and(|chosen| !chosen.contains(&name)) {
            continue;
        }
        let Ok(body) = std::fs::read(set.join(form).join(format!("{}.{extension}", truth.id))) else {
            continue;
        };
        let page = clean_page(&RawPage { body, ..RawPage::default() }, cleaner);
        let text = match page.outcome {
            Outcome::Article => article_text(&page, measure.labels),
            Outcome::Skipped(_) => String::new(),
        };
        errors.add(&truth, &page, measure.labels);
        pages.push(PageScore::of(&truth, &text, measure.metric));
    }
    Ok(pages)
}

fn print_set(measure: &Measure, form: &str, site_rules: bool, total: &SetScore) {
    let share = |whole: Whole| match whole.all {
        0 => "-".to_owned(),
        all => format!("{:.3}", float(whole.hit) / float(all)),
    };
    println!(
        "{:18} {form:14} {:6} {:7} {:7.4} {:7.4} {:7.4} {:5} {:>6} {:>6}",
        measure.set,
        if site_rules { "site" } else { "none" },
        measure.metric.name(),
        total.f1,
        total.precision,
        total.recall,
        total.empty,
        share(total.leads),
        share(total.paragraphs)
    );
}

fn print_worst(pages: &mut [PageScore], worst: usize) {
    pages.sort_by(|a, b| a.f1().total_cmp(&b.f1()));
    for page in pages.iter().take(worst) {
        let share =
            |share: Option<f64>| share.map_or_else(|| "none".to_owned(), |share| format!("{share:.3}"));
        println!("    {:.3} P {} R {} {}", page.f1(), share(page.precision), share(page.recall), page.id);
    }
}
