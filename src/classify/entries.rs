//! Texts in entries: live blogs, lists of places or products, whose entries are elements of one template.
//!
//! Enters: a draft with the model's scores. Leaves: scores in which the heading of an entry whose text is the article's is
//! text too, whatever its element is called: in an `<article>`'s `<header>` or a card it looks like another article's.

use std::collections::HashMap;

use crate::classify::draft::{Draft, MENDED};
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
    if heads.is_empty() {
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
    let entry = around(draft, at).take(STEPS).find(|own| holds(*own, after))?;
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
        for own in around(draft, at).take(TEXT_STEPS) {
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

/// A block's element and those around it, the root left out.
fn around(draft: &Draft<'_>, at: usize) -> impl Iterator<Item = usize> {
    let page = draft.context.page;
    let own = page.dom(at).map_or(0, |dom| dom.container);
    page.around(own).filter(|container| *container != 0).map(|container| container as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::Known;
    use crate::classify::tests::after;

    /// How many headings are text, where the model takes paragraphs for text and doubts headings.
    fn heads_kept(body: &str) -> usize {
        let score = |text: &str| if text.contains("harbour") { 3.0 } else { -2.0 };
        let found = after(heads, body, Known::default(), score);
        found.iter().filter(|(text, score, _)| text.starts_with("Head") && *score > 0.0).count()
    }

    const TEXT: &str =
        "<p>The boats of the harbour were counted again this morning, and one was missing.</p>";

    #[test]
    fn headings_of_entries_are_text() {
        let entry = |at| {
            format!("<article class=e{at}><header><h2>Head {at}</h2><i>8:0{at}</i></header>{TEXT}</article>")
        };
        let entries: String = (0..4).map(entry).collect();
        assert_eq!(heads_kept(&format!("<main>{entries}</main>")), 4);
        let two: String = (0..2).map(entry).collect();
        assert_eq!(heads_kept(&format!("<main>{two}</main>")), 0);
    }

    #[test]
    fn headings_that_open_no_entry_are_not() {
        // Beside the text: of the element that the heading opens, all hold the text before it as well.
        let flat = format!("<h2>Head</h2>{TEXT}").repeat(4);
        assert_eq!(heads_kept(&format!("<main>{TEXT}{flat}</main>")), 0);
        // Cards of other articles: a heading and no text.
        let card = |at| format!("<article><h2>Head {at}</h2><p>Short.</p></article>");
        let cards: String = (0..6).map(card).collect();
        assert_eq!(heads_kept(&format!("<main>{TEXT}{cards}</main>")), 0);
        // Linked, long, or the page's own.
        for heading in ["<h2><a href=/>Head</a></h2>", "<h1>Head</h1>", "<h2>Head</h2>"] {
            let long = if heading == "<h2>Head</h2>" {
                "<h2>Head".to_owned() + &" on".repeat(90)
            } else {
                heading.into()
            };
            let entries = format!("<section>{long}</h2>{TEXT}</section>").repeat(4);
            assert_eq!(heads_kept(&format!("<main>{entries}</main>")), 0, "{heading}");
        }
    }

    #[test]
    fn an_element_ends_behind_the_last_one_that_it_holds() {
        let container = |parent| Container {
            parent,
            depth: 0,
            own: crate::rules::markup::Hints::default(),
            all: crate::rules::markup::Hints::default(),
            signature: 0,
            asks: false,
        };
        // 0 holds 1 and 4; 1 holds 2, which holds 3; 4 holds 5.
        let containers: Vec<Container> = [0, 0, 1, 2, 0, 4].map(container).to_vec();
        assert_eq!(ends(&containers), [6, 4, 4, 4, 6, 6]);
        assert_eq!(ends(&[]), [0; 0]);
    }
}
