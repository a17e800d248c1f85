//! How near a text is to the gold text.
//!
//! Enters: a gold row and a text. Leaves: a [`PageScore`] each, a [`SetScore`] of all. The definitions are those of the
//! Article Extraction Benchmark: 4-gram shingles, words, and "strict", which passes over lines that are optional.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;

/// A page's gold text.
#[derive(Debug, Deserialize)]
pub(crate) struct Truth {
    pub(crate) id: String,
    pub(crate) text: String,
    lead: Option<String>,
    #[serde(default)]
    body: Option<Vec<String>>,
    #[serde(default)]
    captions: Option<Vec<String>>,
    author: Option<String>,
    date: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Metric {
    /// Runs of four words; F1 of the mean precision and the mean recall.
    Shingle,
    /// Words in lower case; mean of the pages' F1.
    Word,
    /// Shingles, without captions, author and date on either side.
    Strict,
}

impl Metric {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Metric::Shingle => "shingle",
            Metric::Word => "word",
            Metric::Strict => "strict",
        }
    }
}

/// Paragraphs that came out whole, of how many.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Whole {
    pub(crate) hit: usize,
    pub(crate) all: usize,
}

impl Whole {
    fn count(&mut self, hit: bool) {
        self.hit += usize::from(hit);
        self.all += 1;
    }
}

/// One page's figures.
#[derive(Debug)]
pub(crate) struct PageScore {
    pub(crate) id: String,
    /// `None` where there is no text.
    pub(crate) precision: Option<f64>,
    pub(crate) recall: f64,
    leads: Whole,
    paragraphs: Whole,
}

impl PageScore {
    /// Scores the text that came out of a page.
    pub(crate) fn of(truth: &Truth, text: &str, metric: Metric) -> PageScore {
        let lines: HashSet<String> = text.lines().map(squash).collect();
        let (mut leads, mut paragraphs) = (Whole::default(), Whole::default());
        let squashed = |text: &String| Some(squash(text)).filter(|text| !text.is_empty());
        truth.lead.iter().filter_map(squashed).for_each(|lead| leads.count(lines.contains(&lead)));
        let body = truth.body.iter().flatten().filter_map(squashed);
        body.for_each(|text| paragraphs.count(lines.contains(&text)));
        let (precision, recall) = match metric {
            Metric::Shingle => overlap(&runs(&truth.text, 4), &runs(text, 4)),
            Metric::Strict => overlap(&runs(&truth.text, 4), &runs(&truth.without_optional(text), 4)),
            Metric::Word => overlap(&runs(&truth.text.to_lowercase(), 1), &runs(&text.to_lowercase(), 1)),
        };
        PageScore { id: truth.id.clone(), precision, recall, leads, paragraphs }
    }

    /// The page's own F1; 0 without text.
    pub(crate) fn f1(&self) -> f64 {
        harmonic(self.precision.unwrap_or(0.0), self.recall)
    }
}

/// A set's figures.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SetScore {
    pub(crate) f1: f64,
    pub(crate) precision: f64,
    pub(crate) recall: f64,
    /// Pages without text.
    pub(crate) empty: usize,
    pub(crate) leads: Whole,
    pub(crate) paragraphs: Whole,
}

impl SetScore {
    pub(crate) fn of(pages: &[PageScore], metric: Metric) -> SetScore {
        let precision = mean(pages.iter().filter_map(|page| page.precision));
        let recall = mean(pages.iter().map(|page| page.recall));
        let f1 = match metric {
            Metric::Word => mean(pages.iter().map(PageScore::f1)),
            Metric::Shingle | Metric::Strict => harmonic(precision, recall),
        };
        let sum = |of: fn(&PageScore) -> Whole| {
            pages
                .iter()
                .map(of)
                .fold(Whole::default(), |sum, one| Whole { hit: sum.hit + one.hit, all: sum.all + one.all })
        };
        SetScore {
            f1,
            precision,
            recall,
            empty: pages.iter().filter(|page| page.precision.is_none()).count(),
            leads: sum(|page| page.leads),
            paragraphs: sum(|page| page.paragraphs),
        }
    }
}

impl Truth {
    /// Whether a line is a caption, the author or the date.
    pub(crate) fn is_optional(&self, line: &str) -> bool {
        let line = squash(line);
        let optional = self.captions.iter().flatten().chain(&self.author).chain(&self.date);
        optional.into_iter().any(|text| squash(text) == line)
    }

    fn without_optional(&self, text: &str) -> String {
        text.lines().filter(|line| !self.is_optional(line)).collect::<Vec<_>>().join("\n")
    }
}

/// The words of a text: letters, digits and underscores.
pub(crate) fn tokens(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty())
}

fn squash(text: &str) -> String {
    tokens(&text.to_lowercase()).collect::<Vec<_>>().join(" ")
}

/// Runs of `n` words and how often each stands in a text; a shorter text is one run.
pub(crate) fn runs(text: &str, n: usize) -> HashMap<Vec<&str>, usize> {
    let all: Vec<&str> = tokens(text).collect();
    let mut counts = HashMap::new();
    if all.is_empty() {
        return counts;
    }
    for run in all.windows(n.min(all.len())) {
        *counts.entry(run.to_vec()).or_default() += 1;
    }
    counts
}

/// Precision, where there is a text, and recall.
fn overlap(truth: &HashMap<Vec<&str>, usize>, text: &HashMap<Vec<&str>, usize>) -> (Option<f64>, f64) {
    let hits: usize =
        truth.iter().map(|(run, count)| (*count).min(text.get(run).copied().unwrap_or(0))).sum();
    let sum = |counts: &HashMap<Vec<&str>, usize>| float(counts.values().sum());
    let precision = (!text.is_empty()).then(|| float(hits) / sum(text));
    (precision, float(hits) / sum(truth).max(1.0))
}

fn harmonic(a: f64, b: f64) -> f64 {
    if a + b > 0.0 { 2.0 * a * b / (a + b) } else { 0.0 }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
    sum / float(count).max(1.0)
}

/// A count for division.
#[expect(clippy::cast_precision_loss, reason = "counts of words and pages are far below 2^52")]
pub(crate) fn float(count: usize) -> f64 {
    count as f64
}
