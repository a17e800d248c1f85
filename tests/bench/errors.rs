//! What was lost and what was let in, by cause.
//!
//! Enters: gold rows and cleaned pages, set by set. Leaves: `target/quality/errors.md`. Every run of four words of the
//! gold text is found at most once: in what was kept first, then in what was cut, so that a copy in a sidebar is no loss.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use tinsach::classify::evidence::Signal;
use tinsach::label::Label;
use tinsach::pipeline::{CleanedPage, LabelledBlock, Outcome};

use crate::metric::{Truth, float, runs, tokens};

/// Words of a run: long enough that one of them tells where a text comes from.
const RUN: usize = 4;
/// Causes that are listed for each set.
const LISTED: usize = 25;
/// Pages that are named for each cause.
const NAMED: usize = 4;

/// A cause's cost, gathered over the pages of a set.
#[derive(Debug, Default)]
struct Cost {
    /// Sum over pages of the share of the page's gold text, or of its kept text.
    share: f64,
    blocks: usize,
    words: usize,
    /// Pages and what they lost or let in, in words.
    pages: Vec<(String, usize)>,
}

impl Cost {
    fn add(&mut self, id: &str, words: usize, of: usize) {
        self.share += float(words) / float(of.max(1));
        self.blocks += 1;
        self.words += words;
        match self.pages.last_mut().filter(|(page, _)| page == id) {
            Some((_, sum)) => *sum += words,
            None => self.pages.push((id.to_owned(), words)),
        }
    }
}

/// The report, and the set being gathered.
#[derive(Debug, Default)]
pub(crate) struct Errors {
    report: String,
    head: String,
    pages: usize,
    /// Whether captions, author and date cost nothing.
    strict: bool,
    lost: HashMap<String, Cost>,
    let_in: HashMap<String, Cost>,
}

impl Errors {
    /// Begins a set.
    pub(crate) fn open(&mut self, set: &str, form: &str, site_rules: bool, strict: bool) {
        let rules = if site_rules { "with" } else { "without" };
        *self = Errors {
            report: std::mem::take(&mut self.report),
            head: format!("{set}, {form}, {rules} site rules"),
            strict,
            ..Errors::default()
        };
    }

    /// Adds a page of the set.
    pub(crate) fn add(&mut self, truth: &Truth, page: &CleanedPage, labels: &[Label]) {
        self.pages += 1;
        let gold = truth.text.to_lowercase();
        let mut left = runs(&gold, RUN);
        let words = tokens(&gold).count();
        let texts: Vec<String> = page.blocks.iter().map(|block| block.text.to_lowercase()).collect();
        let article = page.outcome == Outcome::Article;
        let is_kept = |block: &LabelledBlock| article && labels.contains(&block.label);
        let blocks = || page.blocks.iter().zip(&texts);
        let kept_words: usize =
            blocks().filter(|(block, _)| is_kept(block)).map(|(_, text)| tokens(text).count()).sum();
        for (block, text) in blocks().filter(|(block, _)| is_kept(block)) {
            let own = own_words(text, &mut left);
            let foreign = tokens(text).count().saturating_sub(own);
            let short = foreign < RUN && gold.contains(text.as_str());
            if foreign > 0 && !short && !(self.strict && truth.is_optional(text)) {
                self.let_in.entry(why_kept(block)).or_default().add(&truth.id, foreign, kept_words);
            }
        }
        for (block, text) in blocks().filter(|(block, _)| !is_kept(block)) {
            let own = own_words(text, &mut left);
            // A few words in common are no loss: names and set phrases stand in every menu.
            if own * 2 > tokens(text).count() {
                let cause = why_cut(block, page.outcome);
                self.lost.entry(cause).or_default().add(&truth.id, own, words);
            }
        }
        // Runs across two blocks are in no block either: only long stretches count.
        let nowhere = left.values().sum::<usize>();
        let seams = page.blocks.iter().filter(|block| is_kept(block)).count() * RUN;
        if nowhere > seams {
            let cause = "in no block".to_owned();
            self.lost.entry(cause).or_default().add(&truth.id, nowhere - seams, words);
        }
    }

    /// Ends the set.
    pub(crate) fn close(&mut self) {
        let (lost, let_in) = (std::mem::take(&mut self.lost), std::mem::take(&mut self.let_in));
        let _ = write!(self.report, "\n# {} ({} pages)\n", self.head, self.pages);
        self.table("Gold text lost, in points of recall", lost);
        self.table("Other text let in, in points of precision", let_in);
    }

    fn table(&mut self, title: &str, costs: HashMap<String, Cost>) {
        let mut rows: Vec<(String, Cost)> = costs.into_iter().collect();
        rows.sort_by(|a, b| b.1.share.total_cmp(&a.1.share).then_with(|| a.0.cmp(&b.0)));
        let points = |share: f64| 100.0 * share / float(self.pages.max(1));
        let total = rows.iter().map(|(_, cost)| points(cost.share)).sum::<f64>() + 0.0;
        let _ = write!(self.report, "\n## {title}: {total:.2}\n\n");
        self.report.push_str("| points | words | blocks | cause | pages |\n|--:|--:|--:|---|---|\n");
        for (cause, mut cost) in rows.into_iter().take(LISTED) {
            cost.pages.sort_by_key(|(_, words)| std::cmp::Reverse(*words));
            let named = cost.pages.iter().take(NAMED).map(|(id, words)| format!("{id} ({words})"));
            let named = named.collect::<Vec<_>>().join(", ");
            let more = cost.pages.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let _ = writeln!(
                self.report,
                "| {:.3} | {} | {} | {cause} | {named}{more} |",
                points(cost.share),
                cost.words,
                cost.blocks
            );
        }
    }

    /// Writes the report.
    pub(crate) fn write(&self) -> io::Result<PathBuf> {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/quality/errors.md");
        std::fs::create_dir_all(file.parent().unwrap_or(Path::new(".")))?;
        let about = "Words that a page's gold text has and its output lacks, and the other way round, by cause.\n\
            A point is one hundredth of the mean page's recall or precision.\n";
        std::fs::write(&file, format!("{about}{}", self.report))?;
        Ok(file)
    }
}

/// How many of a text's words stand in runs that are left of the gold text; these runs are taken from it. A text shorter
/// than a run has none.
fn own_words<'a>(text: &'a str, left: &mut HashMap<Vec<&'a str>, usize>) -> usize {
    let words: Vec<&str> = tokens(text).collect();
    let mut own = vec![false; words.len()];
    for (at, run) in words.windows(RUN).enumerate() {
        if let Some(count) = left.get_mut(run).filter(|count| **count > 0) {
            *count -= 1;
            own[at..at + RUN].fill(true);
        }
    }
    own.iter().filter(|own| **own).count()
}

/// Label, deciding signal and strongest feature of a block that was kept.
fn why_kept(block: &LabelledBlock) -> String {
    let (first, features) = split(block);
    let strongest = features.first().map_or_else(String::new, |signal| format!(", {}", weighed(signal)));
    format!("{}: {}{strongest}", block.label.name(), first)
}

/// Label and deciding signal of a block that was cut, or why its page was skipped.
fn why_cut(block: &LabelledBlock, outcome: Outcome) -> String {
    if let Outcome::Skipped(reason) = outcome {
        return format!("page skipped: {}", reason.name());
    }
    let (first, features) = split(block);
    // Where the model alone decided, its strongest argument is the cause.
    let strongest = features.first().filter(|_| first == "model");
    let strongest = strongest.map_or_else(String::new, |signal| format!(", {}", weighed(signal)));
    format!("{}: {first}{strongest}", block.label.name())
}

fn split(block: &LabelledBlock) -> (String, &[Signal]) {
    let Some((first, features)) = block.evidence.signals.split_first() else {
        return ("no signal".to_owned(), &[]);
    };
    let rule = first.rule.as_ref().map_or_else(String::new, |rule| format!(" {rule}"));
    (format!("{}{rule}", first.name), features)
}

fn weighed(signal: &Signal) -> String {
    let sign = if signal.weight.is_some_and(|weight| weight < 0.0) { '-' } else { '+' };
    format!("{sign}{}", signal.name)
}
