//! The text of a page that has hardly anything else.
//!
//! Enters: a draft in which the model takes nothing for text. Leaves: claims, if nearly all of the page is sentences.
//!
//! The model knows pages of sites, where text stands among menus and repeats nothing. A page that is bare, or says one
//! thing over and over, is unlike all of them, and still there is no doubt about what on it is text.

use crate::classify::draft::Draft;
use crate::classify::evidence::Signal;
use crate::label::Label;

/// Weight of sentences that such a page has at least.
const LEAST: f32 = 300.0;
/// Their share in all of the page.
const SHARE: f32 = 0.8;
/// Words of a sentence, at least.
const WORDS: f32 = 2.0;
/// Link density from which a sentence is a teaser.
const LINKED: f32 = 0.3;

/// Claims the sentences of a page that has hardly anything else.
pub(super) fn claim(draft: &mut Draft<'_>) {
    let context = draft.context;
    let is_sentence = |at: &usize| {
        let shape = &context.shapes[*at];
        let open = draft.is_free(*at) || draft.label(*at) == Some(Label::Repeat);
        open && shape.ends_sentence
            && shape.words >= WORDS
            && context.phrases[*at].is_none()
            && context.link_density(*at) < LINKED
    };
    let sentences: Vec<usize> = (0..context.len()).filter(is_sentence).collect();
    let weight: f32 = sentences.iter().map(|at| context.shapes[*at].weight).sum();
    let all: f32 = context.shapes.iter().map(|shape| shape.weight).sum();
    if weight < LEAST || weight < SHARE * all {
        return;
    }
    for at in sentences {
        draft.overrule(at, Label::Body, Signal::plain("sole_text"));
    }
}
