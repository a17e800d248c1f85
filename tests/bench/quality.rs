//! The quality bench: the development sets through the pipeline, in process, with and without site rules.
//!
//! `cargo bench --bench quality [-- SETS] [-- --worst N]`: SETS holds unpacked sets (`NAME/html`, `NAME/flat_*`,
//! `NAME/truth.jsonl`); without it the archives of `../shared/bench/data` are unpacked into `target/sets`.
//! Metrics as in that folder's score.py: shingle F1 of 4-grams, word F1, and "strict", which passes over optional lines.

#![allow(
    clippy::print_stdout,
    clippy::cast_precision_loss,
    missing_docs,
    reason = "a bench prints its table"
)]

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use tinsach::label::Label;
use tinsach::page::RawPage;
use tinsach::pipeline::{Cleaner, Outcome, article_text, clean_page};
use tinsach::rules::UserRules;

#[derive(Deserialize)]
struct Truth {
    id: String,
    text: String,
    lead: Option<String>,
    #[serde(default)]
    body: Option<Vec<String>>,
    #[serde(default)]
    captions: Option<Vec<String>>,
    author: Option<String>,
    date: Option<String>,
}

/// A set's metric and the labels that are printed for it.
struct Measure {
    set: &'static str,
    metric: Metric,
    labels: &'static [Label],
}

#[derive(Clone, Copy, PartialEq)]
enum Metric {
    Shingle,
    Word,
    Strict,
}

const TEXT: [Label; 3] = [Label::Lead, Label::Body, Label::Subhead];
const TEXT_AND_TITLE: [Label; 4] = [Label::Title, Label::Lead, Label::Body, Label::Subhead];
const MEASURES: [Measure; 3] = [
    Measure { set: "vi-dev", metric: Metric::Strict, labels: &TEXT_AND_TITLE },
    Measure { set: "wcxb-dev-articles", metric: Metric::Word, labels: &TEXT },
    Measure { set: "fundus-a", metric: Metric::Shingle, labels: &TEXT },
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let worst = arguments
        .iter()
        .position(|a| a == "--worst")
        .and_then(|at| arguments.get(at + 1)?.parse().ok())
        .unwrap_or(0);
    let given = arguments.first().filter(|argument| !argument.starts_with("--")).map(PathBuf::from);
    let Some(sets) = given.map_or_else(unpacked, |path| Ok(Some(path)))? else {
        println!("quality: skipped, no development sets here");
        return Ok(());
    };
    println!(
        "{:18} {:14} {:6} {:7} {:>7} {:>7} {:>7} {:>5} {:>6} {:>6}",
        "set", "form", "rules", "metric", "F1", "P", "R", "empty", "leads", "paras"
    );
    for site_rules in [true, false] {
        let cleaner = Cleaner { site_rules, ..Cleaner::new(&UserRules::default())? };
        for measure in &MEASURES {
            for form in ["html", "flat_bs4", "flat_htmltext"] {
                let folder = sets.join(measure.set).join(form);
                if folder.is_dir() && (site_rules || form == "html") {
                    score(&sets.join(measure.set), form, measure, &cleaner, worst)?;
                }
            }
        }
    }
    Ok(())
}

/// The sets unpacked into `target/sets`, if their archives are there.
fn unpacked() -> Result<Option<PathBuf>, std::io::Error> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let archives = root.join("../shared/bench/data");
    if !archives.is_dir() {
        return Ok(None);
    }
    let sets = root.join("target/sets");
    std::fs::create_dir_all(&sets)?;
    for entry in std::fs::read_dir(archives)? {
        let archive = entry?.path();
        let name = archive.file_name().unwrap_or_default().to_string_lossy().replace(".tar.xz", "");
        if !sets.join(&name).is_dir() {
            std::process::Command::new("tar").arg("xJf").arg(&archive).arg("-C").arg(&sets).status()?;
        }
    }
    Ok(Some(sets))
}

fn score(
    set: &Path,
    form: &str,
    measure: &Measure,
    cleaner: &Cleaner,
    worst: usize,
) -> Result<(), Box<dyn std::error::Error>> {
    let rows = std::fs::read_to_string(set.join("truth.jsonl"))?;
    let (mut pages, mut empty) = (Vec::new(), 0);
    let (mut leads, mut paragraphs) = ((0, 0), (0, 0));
    for line in rows.lines() {
        let truth: Truth = serde_json::from_str(line)?;
        let extension = if form == "html" { "html" } else { "txt" };
        let Ok(body) = std::fs::read(set.join(form).join(format!("{}.{extension}", truth.id))) else {
            continue;
        };
        let page = clean_page(&RawPage { body, ..RawPage::default() }, cleaner);
        let text = if page.outcome == Outcome::Article {
            article_text(&page, measure.labels)
        } else {
            String::new()
        };
        empty += usize::from(text.is_empty());
        let lines: HashSet<String> = text.lines().map(squash).collect();
        if let Some(lead) = truth.lead.as_deref().map(squash).filter(|lead| !lead.is_empty()) {
            leads = (leads.0 + usize::from(lines.contains(&lead)), leads.1 + 1);
        }
        for paragraph in truth.body.iter().flatten().map(|text| squash(text)).filter(|text| !text.is_empty())
        {
            paragraphs = (paragraphs.0 + usize::from(lines.contains(&paragraph)), paragraphs.1 + 1);
        }
        let text = if measure.metric == Metric::Strict { without_optional(&truth, &text) } else { text };
        let (p, r) = if measure.metric == Metric::Word {
            overlap(&words(&truth.text.to_lowercase(), 1), &words(&text.to_lowercase(), 1))
        } else {
            overlap(&words(&truth.text, 4), &words(&text, 4))
        };
        if let Outcome::Skipped(reason) = page.outcome
            && worst > 0
        {
            println!("    skipped {} {}", truth.id, reason.name());
        }
        pages.push((truth.id, p, r));
    }
    let known: Vec<f64> = pages.iter().filter_map(|(_, p, _)| *p).collect();
    let precision = known.iter().sum::<f64>() / known.len().max(1) as f64;
    let recall = pages.iter().map(|(_, _, r)| r).sum::<f64>() / pages.len().max(1) as f64;
    let of_page =
        |p: Option<f64>, r: f64| p.map_or(0.0, |p| if p + r > 0.0 { 2.0 * p * r / (p + r) } else { 0.0 });
    let f1 = if measure.metric == Metric::Word {
        pages.iter().map(|(_, p, r)| of_page(*p, *r)).sum::<f64>() / pages.len().max(1) as f64
    } else {
        2.0 * precision * recall / (precision + recall).max(1e-9)
    };
    let share = |(hit, all): (usize, usize)| {
        if all == 0 { "-".to_owned() } else { format!("{:.3}", hit as f64 / all as f64) }
    };
    println!(
        "{:18} {:14} {:6} {:7} {f1:7.4} {precision:7.4} {recall:7.4} {empty:5} {:>6} {:>6}",
        measure.set,
        form,
        if cleaner.site_rules { "site" } else { "none" },
        match measure.metric {
            Metric::Shingle => "shingle",
            Metric::Word => "word",
            Metric::Strict => "strict",
        },
        share(leads),
        share(paragraphs)
    );
    pages.sort_by(|a, b| of_page(a.1, a.2).total_cmp(&of_page(b.1, b.2)));
    for (id, p, r) in pages.iter().take(worst) {
        println!("    {:.3} P {:.3} R {r:.3} {id}", of_page(*p, *r), p.unwrap_or(f64::NAN));
    }
    Ok(())
}

fn tokens(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty())
}

fn squash(text: &str) -> String {
    tokens(&text.to_lowercase()).collect::<Vec<_>>().join(" ")
}

/// Runs of `n` words and how often each stands in a text; a shorter text is one run.
fn words(text: &str, n: usize) -> HashMap<Vec<&str>, usize> {
    let all: Vec<&str> = tokens(text).collect();
    let mut counts = HashMap::new();
    if all.is_empty() {
        return counts;
    }
    let size = n.min(all.len());
    for run in all.windows(size) {
        *counts.entry(run.to_vec()).or_default() += 1;
    }
    counts
}

/// Precision, where there is a text, and recall.
fn overlap(truth: &HashMap<Vec<&str>, usize>, text: &HashMap<Vec<&str>, usize>) -> (Option<f64>, f64) {
    let hits: usize =
        truth.iter().map(|(run, count)| (*count).min(text.get(run).copied().unwrap_or(0))).sum();
    let sum = |counts: &HashMap<Vec<&str>, usize>| counts.values().sum::<usize>() as f64;
    let precision = (!text.is_empty()).then(|| hits as f64 / sum(text));
    (precision, hits as f64 / sum(truth).max(1.0))
}

fn without_optional(truth: &Truth, text: &str) -> String {
    let optional: HashSet<String> = truth
        .captions
        .iter()
        .flatten()
        .chain(&truth.author)
        .chain(&truth.date)
        .map(|line| squash(line))
        .collect();
    text.lines().filter(|line| !optional.contains(&squash(line))).collect::<Vec<_>>().join("\n")
}
