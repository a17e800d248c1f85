//! How near each extractor's texts are to the gold texts.
//!
//! Enters: what was measured over whole pages, and the sets' gold texts. Leaves: a table. Invariant: the metrics and the
//! choice of title are those of the quality bench, so its rows and tinsach's here are equal.

#![expect(clippy::print_stdout, reason = "a bench prints its tables")]

use std::collections::HashMap;
use std::error::Error;
use std::path::Path;

use crate::corpus::Corpus;
use crate::measure::Measured;
use crate::metric::{Metric, PageScore, SetScore, Truth, Whole, float};

const MEASURES: [(&str, Metric); 4] = [
    ("vi-dev", Metric::Strict),
    ("fundus-a", Metric::Shingle),
    ("wcxb-dev-articles", Metric::Word),
    ("wcxb-dev-articles", Metric::Shingle),
];

/// Prints a row for each set, metric and extractor; nothing where there are no gold texts.
pub(crate) fn print(sets: &Path, corpus: &Corpus, all: &[Measured]) -> Result<(), Box<dyn Error>> {
    let places: HashMap<(&str, String), usize> =
        corpus.pages.iter().enumerate().map(|(at, page)| ((page.set, page.id()), at)).collect();
    let mut headed = false;
    for (set, metric) in MEASURES {
        let file = sets.join(set).join("truth.jsonl");
        if !file.is_file() {
            continue;
        }
        if !headed {
            println!(
                "{:18} {:8} {:22} {:>7} {:>7} {:>7} {:>6} {:>6} {:>6}",
                "set", "metric", "", "F1", "P", "R", "empty", "leads", "paras"
            );
            headed = true;
        }
        let rows = std::fs::read_to_string(file)?;
        let truths = rows.lines().map(serde_json::from_str).collect::<Result<Vec<Truth>, _>>()?;
        for one in all.iter().filter(|one| one.extracts) {
            let scored = truths.iter().filter_map(|truth| {
                let at = places.get(&(set, truth.id.clone()))?;
                Some(PageScore::of(truth, &one.texts[*at], metric))
            });
            let scored: Vec<PageScore> = scored.collect();
            print_row(set, metric, one.name, &SetScore::of(&scored, metric));
        }
    }
    if headed {
        println!();
    }
    Ok(())
}

fn print_row(set: &str, metric: Metric, name: &str, score: &SetScore) {
    let share = |whole: Whole| match whole.all {
        0 => "-".to_owned(),
        all => format!("{:.3}", float(whole.hit) / float(all)),
    };
    println!(
        "{set:18} {:8} {name:22} {:7.4} {:7.4} {:7.4} {:6} {:>6} {:>6}",
        metric.name(),
        score.f1,
        score.precision,
        score.recall,
        score.empty,
        share(score.leads),
        share(score.paragraphs)
    );
}
