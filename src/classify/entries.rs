//! Texts in entries: live blogs, lists of places or products, whose entries are elements of one template.
//!
//! Enters: a draft with the model's scores. Leaves: scores in which the heading of an entry whose text is the article's is
//! text too, whatever its element is called: in an `<article>`'s `<header>` or a card it looks like another article's.

use std::collections::HashMap;

use crate::classify::Draft;
use crate::classify::repair::MENDED;
use crate::segment::block::{Container, Kind};

/// Log-odds below which the model is sure that a heading is no part of the article.
const SURE: f32 = -4.0;
/// Entries with text from which they are the article's form.
const LEAST: usize = 3;
/// Blocks between a heading and its text: a stamp, a name, a picture's credit.
const REACH: usize = 4;
/// Steps up from a heading to its entry.
const STEPS: usize = 4;
/// Steps up from a text to its entry.
const TEXT_STEPS: usize = 8;
/// Weight beyond which a heading is none.
const MAX_HEADING: f32 = 160.0;
/// Weight from which a block of text makes an entry.
const TEXT: f32 = 40.0;

/// Takes in the headings of entries.
pub(super) fn heads(draft: &mut Draft<'_>) {
    let context = draft.context;
    let is_head = |at: &usize| {
        let score = draft.scores[*at];
        matches!(context.page.blocks[*at].kind, Kind::Heading(2..))
            && draft.is_free(*at)
            && score <= 0.0
            && score > SURE
            && context.shapes[*at].weight <= MAX_HEADING
            && context.phrases[*at].is_none()
            && context.link_density(*at) < 0.5
    };
    let heads: Vec<usize> = (0..context.len()).filter(is_head).collect();
    if heads.len() < LEAST {
        return;
    }
    let counts = templates(draft);
    let ends = ends(&context.page.containers);
    let of_article: Vec<usize> = heads
        .into_iter()
        .filter(|at| {
            let entry = entry(draft, &ends, *at);
            entry.and_then(|entry| counts.get(&key(draft, entry))).is_some_and(|count| *count >= LEAST)
        })
        .collect();
    for at in of_article {
        draft.scores[at] = MENDED;
    }
}

/// The element that a heading opens: it holds the text that follows, and none that stands before.
fn entry(draft: &Draft<'_>, ends: &[usize], at: usize) -> Option<usize> {
    let holds = |container: usize, at: usize| {
        let own = draft.context.page.dom(at).map_or(0, |dom| dom.container as usize);
        (container..ends[container]).contains(&own)
    };
    let after = (at + 1..draft.context.len().min(at + 1 + REACH)).find(|next| is_text(draft, *next))?;
    let before = (0..at).rev().find(|before| is_text(draft, *before));
    let entry = ancestors(draft, at, STEPS).find(|own| holds(*own, after))?;
    (!before.is_some_and(|before| holds(entry, before))).then_some(entry)
}

/// For each element the index behind the last one that it holds: those stand right behind it.
fn ends(containers: &[Container]) -> Vec<usize> {
    let mut ends: Vec<usize> = (1..=containers.len()).collect();
    for at in (1..containers.len()).rev() {
        let parent = containers[at].parent as usize;
        ends[parent] = ends[parent].max(ends[at]);
    }
    ends
}

fn is_text(draft: &Draft<'_>, at: usize) -> bool {
    draft.is_text(at) && draft.context.shapes[at].weight >= TEXT
}

/// How many elements with text there are of each template, below each parent.
fn templates(draft: &Draft<'_>) -> HashMap<(u32, u32), usize> {
    let mut seen = vec![false; draft.context.page.containers.len()];
    let mut counts = HashMap::new();
    for at in (0..draft.context.len()).filter(|at| is_text(draft, *at)) {
        for own in ancestors(draft, at, TEXT_STEPS) {
            if std::mem::replace(&mut seen[own], true) {
                break;
            }
            *counts.entry(key(draft, own)).or_insert(0) += 1;
        }
    }
    counts
}

/// An element's parent and template.
fn key(draft: &Draft<'_>, container: usize) -> (u32, u32) {
    let own = draft.context.page.containers[container];
    (own.parent, own.signature)
}

/// A block's container and those around it, the root left out.
fn ancestors<'a>(draft: &'a Draft<'_>, at: usize, steps: usize) -> impl Iterator<Item = usize> + 'a {
    let containers = &draft.context.page.containers;
    let own = draft.context.page.dom(at).map_or(0, |dom| dom.container as usize);
    std::iter::successors(Some(own), |at| Some(containers[*at].parent as usize))
        .take_while(|at| *at != 0)
        .take(steps)
}
