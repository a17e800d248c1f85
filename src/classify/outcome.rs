//! Whether a page is an article, and why not.
//!
//! Enters: a [`Context`] and the blocks' verdicts. Leaves: an [`Outcome`]. A page whose text is no article is skipped: never
//! the sidebar in place of the body.

use std::ops::Range;

use serde::Serialize;

use crate::classify::Verdict;
use crate::classify::context::Context;
use crate::label::Label;
use crate::rules::markup::Hint;
use crate::rules::phrase::{Fit, PageKind, Phrases};
use crate::segment::block::DomFacts;

/// Whether a page is an article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is.
    Article,
    /// It is not, and why.
    Skipped(SkipReason),
}

/// Why a page that could be read is no article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// No bytes, or nothing but white space.
    Empty,
    /// Not text: an image, a PDF, an executable …
    Binary,
    /// No text that a reader would see.
    NoText,
    /// A front page or section page: titles and teasers of many articles.
    IndexPage,
    /// A log-in, cookie or captcha wall, or a paywall without a readable part.
    Wall,
    /// A "not found" page served as if it were found.
    SoftNotFound,
    /// A page that a script would have to draw.
    ScriptShell,
    /// Text, but no article body in it.
    NoArticle,
    /// More elements than any page has; what was read of it is not trusted.
    TooComplex,
}

impl SkipReason {
    /// The reason's name in the manifest.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            SkipReason::Empty => "empty",
            SkipReason::Binary => "binary",
            SkipReason::NoText => "no_text",
            SkipReason::IndexPage => "index_page",
            SkipReason::Wall => "wall",
            SkipReason::SoftNotFound => "soft_not_found",
            SkipReason::ScriptShell => "script_shell",
            SkipReason::NoArticle => "no_article",
            SkipReason::TooComplex => "too_complex",
        }
    }
}

/// Weight of text from which a page's own words about itself ("please log in") no longer count: it has an article too.
const PLENTY: f32 = 900.0;
/// Weight of text below which a page is no article whatever else it has: two short sentences.
const LEAST: f32 = 120.0;
/// Weight of text from which a page that calls itself an article is believed.
const CREDIBLE: f32 = 600.0;
/// Paragraphs in a row that no index page has.
const RUN: usize = 3;
/// Weight beyond which a paragraph under a headline is no teaser.
const MAX_TEASER: f32 = 300.0;
/// Linked headlines from which a page may be an index.
const INDEX_HEADLINES: usize = 8;

/// What a page's head says of it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Says {
    /// That it is an article, by type or date of publication.
    pub article: bool,
    /// Whether it may be read for free, if it says so.
    pub free: Option<bool>,
}

/// Decides what a page is.
#[must_use]
pub fn outcome(context: &Context<'_>, verdicts: &[Verdict], phrases: &Phrases, says: Says) -> Outcome {
    if context.is_empty() {
        return Outcome::Skipped(SkipReason::NoText);
    }
    let weight_of = |labels: &[Label]| -> f32 {
        verdicts
            .iter()
            .zip(&context.shapes)
            .filter(|(verdict, _)| labels.contains(&verdict.label))
            .map(|(_, shape)| shape.weight)
            .sum()
    };
    let text = weight_of(&[Label::Lead, Label::Body, Label::Subhead]);
    let captions = weight_of(&[Label::Caption]);
    if text < PLENTY
        && let Some(reason) = said(context, verdicts, phrases, says.free, text)
    {
        return Outcome::Skipped(reason);
    }
    if !(says.article && text >= CREDIBLE) && is_index(context, verdicts, text) {
        return Outcome::Skipped(SkipReason::IndexPage);
    }
    if text >= LEAST || (context.title.is_some() && text + captions >= LEAST) {
        return Outcome::Article;
    }
    Outcome::Skipped(SkipReason::NoArticle)
}

/// What a page with little text says of itself.
fn said(
    context: &Context<'_>,
    verdicts: &[Verdict],
    phrases: &Phrases,
    free: Option<bool>,
    text: f32,
) -> Option<SkipReason> {
    let all: f32 = context.shapes.iter().map(|shape| shape.weight).sum();
    let short = |at: &usize| context.shapes[*at].weight <= 400.0;
    let mut room = String::new();
    let mut kind = |at: usize| phrases.page_kind(&context.page.blocks[at].text, &mut room);
    let kinds: Vec<(usize, PageKind)> =
        (0..context.len()).filter(short).filter_map(|at| Some((at, kind(at)?))).collect();
    let says = |kind: PageKind| kinds.iter().any(|(_, said)| *said == kind);
    // Below the text a form says that it has found nothing, not the page.
    let end = verdicts.iter().rposition(|verdict| is_paragraph(verdict.label)).unwrap_or(context.len());
    // A page without text is a wall wherever it says so, and one that is not free as well.
    let any = text < LEAST || free == Some(false);
    let walls = kinds.iter().filter(|(_, said)| *said == PageKind::Wall);
    let wall = |at: usize| any || free.is_none() && is_before_text(context, verdicts, at);
    let not_found = kinds.iter().any(|(at, said)| *said == PageKind::SoftNotFound && *at <= end);
    if not_found && text < 600.0 {
        Some(SkipReason::SoftNotFound)
    } else if says(PageKind::ScriptShell) && all < 600.0 {
        Some(SkipReason::ScriptShell)
    } else if walls.take(MAX_WALLS).any(|(at, _)| wall(*at)) {
        Some(SkipReason::Wall)
    } else {
        None
    }
}

/// Lines with words of a wall that are looked at.
const MAX_WALLS: usize = 64;
/// Weight from which a line that is nothing but a link is the title of something else.
const LINKED_TITLE: f32 = 40.0;

/// Whether words of a wall stand between a reader and the rest of the text: below what is shown of it, and in no part that
/// every page of a site has, such as its head and foot, a hidden dialogue, or the form for comments.
fn is_before_text(context: &Context<'_>, verdicts: &[Verdict], at: usize) -> bool {
    let elsewhere = |dom: &DomFacts| {
        let parts = [Hint::Comment, Hint::FooterTag, Hint::HeaderTag, Hint::Hidden, Hint::NavTag];
        context.hints_around(dom).any(&parts)
            || context.shapes[at].weight >= LINKED_TITLE && context.link_density(at) > 0.8
    };
    if context.title.is_some_and(|title| at < title)
        || verdicts[at].label == Label::Comment
        || context.page.dom(at).is_some_and(elsewhere)
    {
        return false;
    }
    let paragraphs = |blocks: Range<usize>| blocks.filter(|other| is_paragraph(verdicts[*other].label));
    let below: f32 = paragraphs(at + 1..context.len()).map(|other| context.shapes[other].weight).sum();
    let end = paragraphs(0..at).next_back().map_or(0, |last| last + 1);
    let opens_other = |other: usize| {
        let other = context.phrases[other].filter(|found| found.fit == Fit::Section);
        other.is_some_and(|found| matches!(found.label, Label::Comment | Label::Related))
    };
    below < LEAST && !(end..at).any(opens_other)
}

fn is_paragraph(label: Label) -> bool {
    matches!(label, Label::Lead | Label::Body)
}

/// An index page: many linked headlines, and what looks like text are teasers under them.
fn is_index(context: &Context<'_>, verdicts: &[Verdict], text: f32) -> bool {
    if context.page.containers.is_empty() {
        return false;
    }
    let headline =
        |at: usize| (20.0..=250.0).contains(&context.shapes[at].weight) && context.link_density(at) > 0.7;
    let headlines = (0..context.len()).filter(|at| headline(*at)).count();
    if headlines < INDEX_HEADLINES {
        return false;
    }
    if text < LEAST {
        return true;
    }
    // Paragraphs that follow each other are an article, also with pictures between them; teasers stand under a headline
    // each.
    let mut row = 0;
    for (at, verdict) in verdicts.iter().enumerate() {
        match verdict.label {
            Label::Caption => {}
            label if is_paragraph(label) && !headline(at) => row += 1,
            _ => row = 0,
        }
        if row == RUN {
            return false;
        }
    }
    let kept: Vec<usize> = (0..context.len()).filter(|at| is_paragraph(verdicts[*at].label)).collect();
    let under =
        |at: &&usize| context.shapes[**at].weight <= MAX_TEASER && (at.saturating_sub(2)..**at).any(headline);
    let teasers = kept.iter().filter(under).count();
    teasers * 2 > kept.len() && text < 6000.0
}
