//! Boxes inside an article that are no part of it: a letter to subscribe to, the author in some lines.
//!
//! Enters: a draft with the model's scores. Leaves: claims. What decides is structure, in any language: a field to fill in
//! beside a few sentences, a last paragraph that begins with the author's name.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use crate::classify::Draft;
use crate::classify::evidence::Signal;
use crate::classify::repair::{DOUBT, IN_SPITE};
use crate::classify::word_lists;
use crate::label::Label;
use crate::rules::markup::Hint;
use crate::segment::block::Kind;

/// Weight of all text in a box, at most.
const MAX_BOX: f32 = 600.0;
/// Share of the article's text that all boxes hold, at most.
const MAX_SHARE: f32 = 0.3;
/// Words that lines which lead off begin with.
const START: usize = 2;
/// Words of such a line, at least.
const LEAST_WORDS: usize = 6;
/// Lines that begin alike, at least.
const LEAST_LINES: usize = 3;
/// Their weights.
const LEADING: RangeInclusive<f32> = 40.0..=240.0;
/// Shares of them that stand in their link.
const LINKED: RangeInclusive<f32> = 0.4..=0.95;
/// Weights between which a paragraph may tell of the author.
const BIO: RangeInclusive<f32> = 50.0..=800.0;
/// Paragraphs at the text's end that may.
const BIOS: usize = 2;
/// Paragraphs above them, at least.
const ABOVE_BIOS: usize = 3;

/// Claims the boxes.
pub(super) fn claim(draft: &mut Draft<'_>) {
    // Lines stand in no elements.
    if !draft.context.page.doms.is_empty() {
        asking(draft);
        hidden(draft);
        leading_off(draft);
    }
    about_author(draft);
}

/// Boxes around fields: what is said there asks the reader for an address.
fn asking(draft: &mut Draft<'_>) {
    let context = draft.context;
    let containers = &context.page.containers;
    if !containers.iter().any(|container| container.asks) {
        return;
    }
    let kept = kept_text(draft);
    let most = MAX_SHARE * kept.first().copied().unwrap_or_default();
    let fits = |at: usize| context.tree.sums[at].text <= MAX_BOX && kept[at] <= most;
    let mut is_box = vec![false; containers.len()];
    for asking in (1..containers.len()).filter(|at| containers[*at].asks && fits(*at)) {
        let mut at = asking;
        while containers[at].parent != 0 && fits(containers[at].parent as usize) {
            at = containers[at].parent as usize;
        }
        is_box[at] = true;
    }
    // Parents stand before their children.
    for at in 1..containers.len() {
        is_box[at] |= is_box[containers[at].parent as usize];
    }
    let stands_in_one = |at: &usize| context.page.dom(*at).is_some_and(|dom| is_box[dom.container as usize]);
    let boxed: Vec<usize> =
        (0..context.len()).filter(|at| context.title != Some(*at)).filter(stands_in_one).collect();
    let weight_of = |at: &usize| if draft.is_text(*at) { context.shapes[*at].weight } else { 0.0 };
    // Entries with a field each are the article.
    if boxed.iter().map(weight_of).sum::<f32>() > most {
        return;
    }
    for at in boxed {
        if draft.is_text(at) {
            draft.claim(at, Label::Ad, Signal::plain("form_box"));
        }
        draft.scores[at] = draft.scores[at].min(DOUBT);
    }
}

/// Weight of what the model takes for text in each container.
fn kept_text(draft: &Draft<'_>) -> Vec<f32> {
    let containers = &draft.context.page.containers;
    let mut kept = vec![0.0; containers.len()];
    for (at, dom) in draft.context.page.doms.iter().enumerate() {
        if draft.is_text(at) {
            kept[dom.container as usize] += draft.context.shapes[at].weight;
        }
    }
    for at in (1..containers.len()).rev() {
        kept[containers[at].parent as usize] += kept[at];
    }
    kept
}

/// What a page does not show at first: dialogues and messages, of which the model is sure of little. A part of the article
/// that unfolds is mostly sure.
fn hidden(draft: &mut Draft<'_>) {
    let context = draft.context;
    let containers = &context.page.containers;
    if context.void_hints.has(Hint::Hidden) {
        return;
    }
    // For each container the outermost hidden one around it; the root is none. Parents stand before their children.
    let mut hider = vec![0_usize; containers.len()];
    for at in 1..containers.len() {
        let above = hider[containers[at].parent as usize];
        hider[at] = if above == 0 && containers[at].own.has(Hint::Hidden) { at } else { above };
    }
    let hider_of = |at: usize| {
        let dom = context.page.dom(at).filter(|_| draft.is_text(at))?;
        Some(hider[dom.container as usize]).filter(|hider| *hider != 0)
    };
    let mut sure = vec![0.0_f32; containers.len()];
    let found: Vec<(usize, usize)> = (0..context.len()).filter_map(|at| Some((at, hider_of(at)?))).collect();
    for (at, hider) in &found {
        let weight = context.shapes[*at].weight;
        sure[*hider] += if draft.scores[*at] >= IN_SPITE { weight } else { -weight };
    }
    for (at, _) in found.into_iter().filter(|(_, hider)| sure[*hider] < 0.0) {
        draft.scores[at] = if draft.scores[at] < IN_SPITE { DOUBT } else { draft.scores[at] };
    }
}

/// Lines between paragraphs that lead to other articles, each in the same words: "Read on: …", in any language.
fn leading_off(draft: &mut Draft<'_>) {
    let context = draft.context;
    let mut starts: HashMap<&[u32], Vec<usize>> = HashMap::new();
    for at in (0..context.len()).filter(|at| draft.is_free(*at) && draft.scores[*at] > DOUBT) {
        let words = context.words.of(at);
        let block = &context.page.blocks[at];
        let leads = matches!(block.kind, Kind::Paragraph | Kind::Loose)
            && LINKED.contains(&context.link_density(at))
            && LEADING.contains(&context.shapes[at].weight)
            && words.len() > LEAST_WORDS
            && !context.shapes[at].address
            && context.page.dom(at).is_some_and(|dom| dom.links == 1);
        if let Some(start) = words.get(..START).filter(|_| leads) {
            starts.entry(start).or_default().push(at);
        }
    }
    for at in starts.into_values().filter(|lines| lines.len() >= LEAST_LINES).flatten() {
        if draft.scores[at] >= IN_SPITE {
            continue;
        }
        draft.claim(at, Label::Related, Signal::plain("leads_off"));
    }
}

/// Last paragraphs that begin with the name of the stated author.
fn about_author(draft: &mut Draft<'_>) {
    let context = draft.context;
    let authors = word_lists(draft.known.authors.iter().map(String::as_str));
    if authors.is_empty() {
        return;
    }
    let text: Vec<usize> = (0..context.len()).rev().filter(|at| draft.is_text(*at)).collect();
    // A statement of the author's own is no note on the author.
    if text.len() < BIOS + ABOVE_BIOS {
        return;
    }
    for at in text.into_iter().take(BIOS) {
        let words = context.words.of(at);
        let named =
            authors.iter().any(|name| name.len() >= 2 && words.len() > name.len() && words.starts_with(name));
        if !named || !BIO.contains(&context.shapes[at].weight) {
            return;
        }
        draft.claim(at, Label::Other, Signal::plain("author_bio"));
    }
}
