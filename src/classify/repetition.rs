//! Repetition inside a document: lines that repeat the title, cards of other articles.

use std::collections::HashMap;

use crate::classify::draft::Draft;
use crate::classify::evidence::Signal;
use crate::label::Label;
use crate::segment::block::Kind;

/// Likeness from which a short line repeats the title. A picture's alternative text may hold an older wording of it.
const ALIKE: f32 = 0.8;
/// Weight beyond which a line is no title.
const MAX_TITLE: f32 = 300.0;
/// Weight below which a line is too short to be a card's title.
const MIN_CARD: f32 = 12.0;

/// Weight from which a paragraph that stands twice is one paragraph and its copy, not a refrain.
const MIN_COPY: f32 = 60.0;

/// Claims repeats of the title, the cards of flattened text, and copies of paragraphs.
pub(super) fn claim(draft: &mut Draft<'_>) {
    title_repeats(draft);
    if draft.context.page.containers.is_empty() {
        cards(draft);
    }
    copies(draft);
}

/// Copies from which a paragraph belongs to the page and not to the article: a notice in place of each embedded picture.
const NOTICE: u32 = 4;

/// Of a paragraph's copies (one for small screens, one in a box) the one that looks most like text stays; of many none.
fn copies(draft: &mut Draft<'_>) {
    let context = draft.context;
    let mut best: HashMap<u32, usize> = HashMap::new();
    for at in 0..context.len() {
        if !draft.is_text(at) || context.copies[at] < 2 || context.shapes[at].weight < MIN_COPY {
            continue;
        }
        if context.copies[at] >= NOTICE {
            draft.claim(at, Label::Repeat, Signal::plain("repeats_line"));
            continue;
        }
        let kept = best.entry(context.first_copy[at]).or_insert(at);
        let loser = if draft.scores[at] > draft.scores[*kept] { std::mem::replace(kept, at) } else { at };
        if loser != *kept {
            draft.claim(loser, Label::Repeat, Signal::plain("repeats_line"));
        }
    }
}

fn title_repeats(draft: &mut Draft<'_>) {
    let context = draft.context;
    let Some(title) = context.title else { return };
    let words = context.words.of(title);
    if words.len() < 3 {
        return;
    }
    let holds_title = |at: usize| {
        let own = context.words.of(at);
        own.len() > words.len() && own.len() <= words.len() + 12 && own.starts_with(words)
    };
    for at in (0..context.len()).filter(|at| *at != title) {
        if context.likeness_to_title[at] < ALIKE && !(at < title && holds_title(at)) {
            continue;
        }
        let shape = &context.shapes[at];
        let short = shape.weight <= MAX_TITLE && !matches!(context.page.blocks[at].kind, Kind::Caption);
        if short && (!shape.ends_sentence || context.shapes[title].ends_sentence) {
            draft.claim(at, Label::Repeat, Signal::plain("repeats_title"));
        }
    }
}

/// A card flattens to its title twice, once as the picture's text, then the other article's lead. The lead is part of the
/// card where it stands alone between two cards, or is cut off with dots.
fn cards(draft: &mut Draft<'_>) {
    let context = draft.context;
    let n = context.len();
    let is_twin = |at: usize, other: usize| {
        other < n && context.words.are_same(at, other) && context.shapes[at].weight >= MIN_CARD
    };
    let mut at = 0;
    while at + 1 < n {
        if !is_twin(at, at + 1) || context.title == Some(at) || context.title == Some(at + 1) {
            at += 1;
            continue;
        }
        for twin in [at, at + 1] {
            draft.overrule(twin, Label::Related, Signal::plain("card_title"));
        }
        let text = at + 2;
        let alone =
            text < n && (text + 1 >= n || is_twin(text + 1, text + 2) || context.phrases[text + 1].is_some());
        if text < n && !is_twin(text, text + 1) && (alone || context.shapes[text].ends_cut) {
            draft.claim(text, Label::Related, Signal::plain("card_text"));
            at += 1;
        }
        at += 2;
    }
}
