//! Boxes inside an article that are no part of it: a letter to subscribe to, the author in some lines.
//!
//! Enters: a draft with the model's scores. Leaves: claims. What decides is structure, in any language: a field to fill in
//! beside a few sentences, a last paragraph that begins with the author's name.

use crate::classify::Draft;
use crate::classify::evidence::Signal;
use crate::classify::repair::DOUBT;
use crate::classify::word_lists;
use crate::label::Label;

/// Weight of all text in a box, at most.
const MAX_BOX: f32 = 600.0;
/// Share of the page's text that a box holds, at most.
const MAX_SHARE: f32 = 0.3;
/// Weights between which a paragraph may tell of the author.
const BIO: std::ops::RangeInclusive<f32> = 50.0..=800.0;
/// Paragraphs at the text's end that may.
const BIOS: usize = 2;

/// Claims the boxes.
pub(super) fn claim(draft: &mut Draft<'_>) {
    asking(draft);
    about_author(draft);
}

/// Boxes around fields: what is said there asks the reader for an address.
fn asking(draft: &mut Draft<'_>) {
    let context = draft.context;
    let containers = &context.page.containers;
    let text = |container: usize| context.tree.sums[container].text;
    let mut is_box = vec![false; containers.len()];
    for asking in (1..containers.len()).filter(|at| containers[*at].asks && text(*at) <= MAX_BOX) {
        let mut at = asking;
        while containers[at].parent != 0 && text(containers[at].parent as usize) <= MAX_BOX {
            at = containers[at].parent as usize;
        }
        is_box[at] = true;
    }
    // Parents stand before their children.
    for at in 1..containers.len() {
        is_box[at] |= is_box[containers[at].parent as usize];
    }
    let boxed = |at: &usize| {
        context.page.blocks[*at].dom.as_ref().is_some_and(|dom| is_box[dom.container as usize])
    };
    let weight = |at: usize| if draft.is_text(at) { context.shapes[at].weight } else { 0.0 };
    let all: f32 = (0..context.len()).map(weight).sum();
    let blocks: Vec<usize> = (0..context.len()).filter(boxed).collect();
    let inside: f32 = blocks.iter().map(|at| weight(*at)).sum();
    if inside > MAX_SHARE * all || blocks.iter().any(|at| context.title == Some(*at)) {
        return;
    }
    for at in blocks {
        if draft.is_text(at) {
            draft.claim(at, Label::Ad, Signal::plain("form_box"));
        }
        draft.scores[at] = draft.scores[at].min(DOUBT);
    }
}

/// Last paragraphs that begin with the name of the stated author.
fn about_author(draft: &mut Draft<'_>) {
    let context = draft.context;
    let authors = word_lists(draft.known.authors.iter().map(String::as_str));
    if authors.is_empty() {
        return;
    }
    let text = (0..context.len()).rev().filter(|at| draft.is_text(*at));
    let last: Vec<usize> = text.take(BIOS).collect();
    for at in last {
        let words = context.words.of(at);
        let named = authors.iter().any(|name| {
            name.len() >= 2 && words.len() > name.len() && words.starts_with(name)
        });
        if !named || !BIO.contains(&context.shapes[at].weight) {
            return;
        }
        draft.claim(at, Label::Other, Signal::plain("author_bio"));
    }
}
