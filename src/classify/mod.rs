//! Blocks to labels with evidence: one classifier for HTML and flattened text.
//!
//! Enters: a [`Context`] (blocks, shapes, phrases, repetition, tree) and the model. Leaves: a [`Verdict`] for each block.
//!
//! Claims run in a fixed order: what a site rule says, the title, repetitions and cards; then the model judges what is
//! left; then the parts of the article are told apart and each cut block gets the label that explains it best.

mod article;
pub mod around;
mod beside;
mod boxes;
pub mod branch;
mod cards;
pub mod context;
mod cut;
mod data;
mod draft;
mod entries;
pub mod evidence;
pub mod features;
mod hidden;
pub mod kinship;
mod masthead;
pub mod model;
pub mod number;
pub mod outcome;
pub mod reasons;
mod repair;
mod repetition;
pub mod shape;
mod site;
mod sole;
mod thread;
pub mod title;
pub mod tree;
pub mod words;

use std::ops::Range;

use crate::classify::context::{Context, Stated};
use crate::classify::draft::Draft;
use crate::classify::evidence::{Evidence, Signal, Signals};
use crate::classify::model::{Batch, Forest, LANES, Model};
use crate::classify::reasons::Reasons;
use crate::label::Label;
use crate::rules::phrase::Phrases;
use crate::rules::site::SiteVersion;
use crate::segment::block::Segmented;

/// A block's label and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// The label.
    pub label: Label,
    /// The signals behind it.
    pub evidence: Evidence,
}

/// What the document says besides its blocks.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'a> {
    /// Authors as stated in the head.
    pub authors: &'a [String],
    /// Names of the site as stated in the head: no author is called so.
    pub site_names: &'a [String],
    /// The site rule's layout, if one was found: its `drop` list names labels.
    pub version: Option<&'a SiteVersion>,
    /// The site rule's id.
    pub site_rule: Option<&'a str>,
    /// Whether evidence tells what the model weighed.
    pub tell_weights: bool,
}

/// Features whose weights are told for each block.
const REASONS: usize = 3;

/// Reads what stands around each block of a document, the title's place included.
#[must_use]
pub fn read<'a>(
    page: &'a Segmented,
    stated: &Stated<'_>,
    phrases: &'a Phrases,
    model: &Model,
) -> Context<'a> {
    let mut context = Context::of(page, stated, phrases);
    context.set_title(title::find(&context, model));
    context
}

/// Labels every block.
#[must_use]
pub fn classify(context: &Context<'_>, known: Known<'_>, model: &Model) -> Vec<Verdict> {
    let forest = model.forest(context.form());
    let scores = scores(forest, context.len(), |blocks, batch| features::fill_batch(context, blocks, batch));
    let signals = vec![Signal::plain("model"); context.len()];
    let mut draft = Draft { context, known, scores, labels: vec![None; context.len()], signals };
    site::claim(&mut draft);
    if let Some(title) = context.title {
        draft.claim(title, Label::Title, Signal::plain("title"));
    }
    data::claim(&mut draft);
    repetition::claim(&mut draft);
    boxes::claim(&mut draft);
    cards::claim(&mut draft);
    hidden::claim(&mut draft);
    repair::repair(&mut draft);
    article::claim(&mut draft);
    cut::claim(&mut draft);
    let Draft { scores, labels, signals, .. } = draft;
    let decided = labels.into_iter().zip(signals).zip(scores);
    let mut verdicts: Vec<Verdict> = decided.map(verdict).collect();
    if known.tell_weights {
        tell_weights(context, forest, &mut verdicts);
    }
    verdicts
}

/// A forest's log-odds for rows, so many, whose features are filled and held a few at a time.
fn scores(forest: &Forest, rows: usize, mut fill: impl FnMut(Range<usize>, &mut Batch<'_>)) -> Vec<f32> {
    let mut batch = Batch::new(forest);
    let mut scores = Vec::with_capacity(rows.next_multiple_of(LANES));
    for from in (0..rows).step_by(LANES) {
        fill(from..rows.min(from + LANES), &mut batch);
        scores.extend(forest.score(&batch));
    }
    scores.truncate(rows);
    scores
}

/// A block's label with its deciding signal.
fn verdict(((label, signal), score): ((Option<Label>, Signal), f32)) -> Verdict {
    Verdict {
        label: label.unwrap_or(Label::Other),
        evidence: Evidence { signals: Signals::from_buf([signal]), score: 1.0 / (1.0 + (-score).exp()) },
    }
}

/// Adds to each block's evidence the features that weighed most with the model.
fn tell_weights(context: &Context<'_>, forest: &Forest, verdicts: &mut [Verdict]) {
    let names = features::names(context);
    let (mut row, mut reasons) = (vec![0.0; names.len()], Reasons::of(forest));
    for (at, verdict) in verdicts.iter_mut().enumerate() {
        features::fill(context, at, &mut row);
        let strongest = reasons.strongest(&row, REASONS).into_iter();
        let signals =
            strongest.filter_map(|(feature, weight)| Some(Signal::weighed(names.get(feature)?, weight)));
        verdict.evidence.signals.extend(signals);
    }
}

/// Hashes of the words of texts, for whole-text comparison.
fn word_lists<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<Vec<u32>> {
    texts.map(shape::Shape::words_of).filter(|words| !words.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::Form;
    use crate::rules::{RuleSet, UserRules};

    /// What stands between the tags of a page's body, as blocks.
    pub(super) fn page(body: &str) -> Segmented {
        let rules = RuleSet::new(&UserRules::default()).expect("the shipped rules");
        let dom = crate::parse::dom::parse(&format!("<body>{body}"), &rules.attributes);
        crate::segment::html::segment(&dom, &rules.lexicon, &crate::segment::site::Roles::new())
    }

    /// What a step makes of a page whose blocks have the log-odds that `score` gives their texts: the text, the log-odds and
    /// the label of each.
    pub(super) fn after(
        step: fn(&mut Draft<'_>),
        body: &str,
        known: Known<'_>,
        score: impl Fn(&str) -> f32,
    ) -> Vec<(String, f32, Option<Label>)> {
        let rules = RuleSet::new(&UserRules::default()).expect("the shipped rules");
        let page = page(body);
        let model = Model::shipped().expect("model");
        let context = read(&page, &Stated::default(), &rules.phrases, &model);
        let scores = page.blocks.iter().map(|block| score(&block.text)).collect();
        let signals = vec![Signal::plain("model"); context.len()];
        let labels = vec![None; context.len()];
        let mut draft = Draft { context: &context, known, scores, labels, signals };
        step(&mut draft);
        let Draft { scores, labels, .. } = draft;
        let texts = page.blocks.iter().map(|block| block.text.to_string());
        texts.zip(scores).zip(labels).map(|((text, score), label)| (text, score, label)).collect()
    }

    #[test]
    fn the_shipped_model_reads_the_features_as_they_are() {
        let model = Model::shipped().expect("model");
        let line = crate::segment::flat::segment("Một dòng");
        let dom =
            crate::parse::dom::parse("<p>Một đoạn</p>", &crate::rules::attribute::Attributes::default());
        let lexicon = crate::rules::markup::Lexicon::default();
        let page = crate::segment::html::segment(&dom, &lexicon, &crate::segment::site::Roles::new());
        let phrases = Phrases::default();
        for (document, form) in [(line, Form::Text), (page, Form::Html)] {
            let context = read(&document, &Stated::default(), &phrases, &model);
            assert_eq!(features::names(&context), model.forest(form).names());
            assert_eq!(title::lines::Lines::of(&context).names(), model.titles().names());
        }
    }
}
