//! The title's place among the blocks.
//!
//! Enters: a [`Context`] without a title. Leaves: the index of the block that is the title, if one is.

use crate::classify::context::Context;
use crate::classify::words::Bag;
use crate::rules::markup::Hint;
use crate::segment::block::{Kind, SiteRole};

/// Likeness to a stated title from which a block is taken for it.
const ALIKE: f32 = 0.75;

/// Finds the title.
pub(crate) fn find(context: &Context<'_>) -> Option<usize> {
    if context.is_empty() {
        return None;
    }
    if let Some(at) = context
        .page
        .blocks
        .iter()
        .position(|block| block.dom.as_ref().is_some_and(|dom| dom.site == SiteRole::Title))
    {
        return Some(at);
    }
    if context.page.containers.is_empty() { in_lines(context) } else { in_tree(context) }
}

/// The block most like a stated title: headings first, the first of equals, none inside navigation or related boxes.
fn in_tree(context: &Context<'_>) -> Option<usize> {
    let score = |at: usize| {
        let block = &context.page.blocks[at];
        let shape = &context.shapes[at];
        let dom = block.dom.as_ref()?;
        if shape.weight < 4.0
            || shape.weight > 400.0
            || context.hints_around(dom).any(&[Hint::NavTag, Hint::FooterTag, Hint::AsideTag])
        {
            return None;
        }
        let likeness = context.title_likeness[at];
        let rank = match block.kind {
            Kind::Heading(1) => 0.6,
            Kind::Heading(2) => 0.25,
            Kind::Heading(_) => 0.1,
            _ => 0.0,
        };
        let own = if dom.near.has(Hint::Title) { 0.1 } else { 0.0 };
        let elsewhere = if context.hints_around(dom).any(&[Hint::Related, Hint::Sidebar, Hint::Comment]) {
            0.3
        } else {
            0.0
        };
        let linked = if context.link_density(at) > 0.5 { 0.25 } else { 0.0 };
        let before_body = if at < context.span.1 { 0.2 } else { 0.0 };
        let fits = likeness >= ALIKE || matches!(block.kind, Kind::Heading(1));
        fits.then_some(likeness + rank + own + before_body - elsewhere - linked)
    };
    let scored = (0..context.len()).filter_map(|at| score(at).map(|score| (at, score)));
    // The first of equals.
    scored
        .fold(
            None,
            |best: Option<(usize, f32)>, one| {
                if best.is_some_and(|best| best.1 >= one.1) { best } else { Some(one) }
            },
        )
        .map(|(at, _)| at)
}

/// Lines before the span that are looked at for a title without other evidence.
const MAX_BEFORE: usize = 12;
/// Weight beyond which a line is rather a lead or several titles on one line.
const MAX_LIKELY: f32 = 120.0;

/// In flattened text: the line that the document's first line (its `<title>`) begins with or that returns as the text of
/// pictures; else the longest line without a sentence's end shortly before the prose.
fn in_lines(context: &Context<'_>) -> Option<usize> {
    let (start, end) = context.span;
    let plausible = |at: usize| {
        let shape = &context.shapes[at];
        (12.0..=300.0).contains(&shape.weight)
            && shape.words >= 3.0
            && context.phrases[at].is_none()
            && !(shape.date && shape.words < 6.0)
    };
    if let Some(first) = (0..context.len().min(3)).find(|at| plausible(*at)) {
        let head = context.words.of(first);
        let from_head = |at: &usize| {
            let line = context.words.of(*at);
            line.len() >= 3
                && line.len() < head.len()
                && head.starts_with(line)
                && line.len() * 5 >= head.len() * 2
        };
        let limit = end.max(context.len() / 2).min(context.len());
        let after = (first + 1)..limit;
        let same = |at: &usize| context.words.are_same(*at, first);
        // The page's own heading stands right before its text; what is like it in menus stands farther away.
        let near_prose =
            after.clone().rfind(|at| plausible(*at) && (from_head(at) || same(at)) && *at <= start);
        if let Some(at) = near_prose.filter(|_| start > first + 1) {
            return Some(at);
        }
    }
    let from = start.saturating_sub(MAX_BEFORE);
    let rank = |at: usize| {
        let shape = &context.shapes[at];
        // A picture's text may hold an older wording of the title.
        let bag = Bag::of(context.words.of(at));
        let returns = (at + 1..context.len()).any(|other| bag.is_like(&context.words, other, ALIKE));
        let long = if shape.weight > MAX_LIKELY { -50.0 } else { 0.0 };
        let ended = if shape.ends_sentence { -40.0 } else { 0.0 };
        let first = if at == 0 { 30.0 } else { 0.0 };
        shape.weight.min(70.0) + if returns { 60.0 } else { 0.0 } + long + ended + first
    };
    (from..=start.min(context.len().saturating_sub(1)))
        .filter(|at| plausible(*at) && (*at < start || context.shapes[*at].weight < 140.0))
        .map(|at| (at, rank(at)))
        .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))
        .map(|(at, _)| at)
}
