//! The title's place among the blocks.
//!
//! Enters: a [`Context`] without a title, and the model. Leaves: the index of the block that is the title, if one is.

use crate::classify::beside::ALIKE;
use crate::classify::context::Context;
use crate::classify::model::{Forest, Model};
use crate::classify::scores;
use crate::page::Form;
use crate::rules::markup::Hint;
use crate::segment::block::{Kind, SiteRole};

/// Likeness to a stated title from which a heading is taken for it where the only heading of the first level names the site.
const LIKE: f32 = 0.5;

/// Finds the title.
pub(crate) fn find(context: &Context<'_>, model: &Model) -> Option<usize> {
    if context.is_empty() {
        return None;
    }
    if let Some(at) = context.page.doms.iter().position(|dom| dom.site == SiteRole::Title) {
        return Some(at);
    }
    match context.form() {
        Form::Text => in_lines(context, model.titles()),
        Form::Html => in_tree(context),
    }
}

/// The block most like a stated title: headings first, the first of equals, none inside navigation or related boxes.
fn in_tree(context: &Context<'_>) -> Option<usize> {
    let first_level = |at: &usize| context.page.blocks[*at].kind == Kind::Heading(1);
    let names_site = |at: &usize| context.names_site[*at];
    let mut first_levels = (0..context.len()).filter(first_level).peekable();
    let least =
        if first_levels.peek().is_some() && first_levels.all(|at| names_site(&at)) { LIKE } else { ALIKE };
    let score = |at: usize| {
        let block = &context.page.blocks[at];
        let shape = &context.shapes[at];
        let dom = context.page.dom(at)?;
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
        let fits = match block.kind {
            _ if names_site(&at) => false,
            Kind::Heading(1) => true,
            Kind::Heading(_) => likeness >= least,
            _ => likeness >= ALIKE,
        };
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

/// Lines before the prose among which a title is looked for.
const MAX_BEFORE: usize = 80;
/// Lines after its beginning: what looks like prose may stand above the title.
const MAX_AFTER: usize = 4;
/// Log-odds below which no line is a title.
const LEAST: f32 = -2.0;

/// In flattened text: the line that the document's first line (its `<title>`) begins with, else the one that the model
/// takes for a title.
fn in_lines(context: &Context<'_>, forest: &Forest) -> Option<usize> {
    named_above(context).or_else(|| likeliest(context, forest))
}

fn named_above(context: &Context<'_>) -> Option<usize> {
    let (start, end) = context.span;
    let plausible = |at: usize| {
        let shape = &context.shapes[at];
        (12.0..=300.0).contains(&shape.weight)
            && shape.words >= 3.0
            && context.phrases[at].is_none()
            && !(shape.date && shape.words < 6.0)
    };
    let first = (0..context.len().min(3)).find(|at| plausible(*at))?;
    let head = context.words.of(first);
    let from_head = |at: &usize| {
        let line = context.words.of(*at);
        line.len() >= 3
            && line.len() < head.len()
            && head.starts_with(line)
            && line.len() * 5 >= head.len() * 2
    };
    let limit = end.max(context.len() / 2).min(context.len());
    let same = |at: &usize| context.words.are_same(*at, first);
    // The page's own heading stands right before its text; what is like it in menus stands farther away.
    let near_prose =
        (first + 1..limit).rfind(|at| plausible(*at) && (from_head(at) || same(at)) && *at <= start);
    near_prose.filter(|_| start > first + 1)
}

fn likeliest(context: &Context<'_>, forest: &Forest) -> Option<usize> {
    let start = context.span.0;
    let may_be = |at: &usize| {
        let shape = &context.shapes[*at];
        (8.0..=300.0).contains(&shape.weight) && shape.words >= 2.0
    };
    let lines = start.saturating_sub(MAX_BEFORE)..context.len().min(start + MAX_AFTER);
    let scored = lines.clone().zip(scores(context, forest, lines)).filter(|(at, _)| may_be(at));
    // The first of equals.
    let best = scored.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
    best.filter(|(_, score)| *score > LEAST).map(|(at, _)| at)
}
