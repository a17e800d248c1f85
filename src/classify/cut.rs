//! Labels of what is no article: the phrase, hint, section or place that explains a cut block best.

use std::sync::Arc;

use crate::classify::draft::Draft;
use crate::label::Label;
use crate::rules::markup::{Hint, Hints};
use crate::rules::phrase::{Fit, Found};
use crate::segment::block::Kind;

/// Words beyond which a line with a date is more than a date line.
const MAX_DATE_WORDS: f32 = 14.0;
/// Words beyond which a line names no section.
const MAX_SECTION_WORDS: f32 = 8.0;

/// Hints and the labels they give, the most telling first.
const HINTS: [(Hint, Label, &str); 20] = [
    (Hint::Comment, Label::Comment, "hint.comment"),
    (Hint::Tags, Label::Tags, "hint.tags"),
    (Hint::Share, Label::Share, "hint.share"),
    (Hint::Ad, Label::Ad, "hint.ad"),
    (Hint::Newsletter, Label::Ad, "hint.newsletter"),
    (Hint::Related, Label::Related, "hint.related"),
    (Hint::Legal, Label::Legal, "hint.legal"),
    (Hint::Popup, Label::Ad, "hint.popup"),
    (Hint::Section, Label::Section, "hint.section"),
    (Hint::NavTag, Label::Navigation, "hint.nav"),
    (Hint::Navigation, Label::Navigation, "hint.navigation"),
    (Hint::AsideTag, Label::Sidebar, "hint.aside"),
    (Hint::Sidebar, Label::Sidebar, "hint.sidebar"),
    (Hint::Card, Label::Related, "hint.card"),
    (Hint::FooterTag, Label::Legal, "hint.footer"),
    (Hint::Footer, Label::Legal, "hint.footer"),
    (Hint::HeaderTag, Label::Navigation, "hint.header"),
    (Hint::Header, Label::Navigation, "hint.header"),
    (Hint::FormTag, Label::Other, "hint.form"),
    (Hint::Author, Label::Other, "hint.author"),
];

/// Gives every free block the label that explains why it is cut.
pub(super) fn claim(draft: &mut Draft<'_>) {
    let mut section: Option<&Found> = None;
    for at in 0..draft.context.len() {
        if draft.label(at).is_some_and(Label::is_article) {
            section = None;
        }
        let opened =
            draft.context.phrases[at].filter(|found| found.fit == Fit::Section && !found.label.is_article());
        section = opened.or(section);
        if !draft.is_free(at) {
            continue;
        }
        // A menu may hold words that open a section elsewhere.
        let section = || section.filter(|_| draft.context.title.is_none_or(|title| at > title));
        let by_section = || section().map(|found| (found.label, "section", Some(&found.rule)));
        let (label, name, rule) =
            reason(draft, at).or_else(by_section).unwrap_or_else(|| by_place(draft, at));
        draft.settle(at, label, name, rule);
    }
}

/// A label, the name of the signal behind it, and its rule.
type Reason<'a> = (Label, &'static str, Option<&'a Arc<str>>);

/// What a block's own words and names say.
fn reason<'a>(draft: &Draft<'a>, at: usize) -> Option<Reason<'a>> {
    let context = draft.context;
    let shape = &context.shapes[at];
    if let Some(found) = context.phrases[at].filter(|found| !found.label.is_article()) {
        return Some((found.label, "phrase", Some(&found.rule)));
    }
    if shape.date && shape.words <= MAX_DATE_WORDS {
        return Some((Label::Date, "date", None));
    }
    let dom = context.page.dom(at)?;
    let below_title = context.title.is_none_or(|title| at > title);
    let says = |hints: Hints| {
        let fits = |hint: Hint| match hint {
            Hint::Tags => below_title && !context.hints_around(dom).has(Hint::NavTag),
            Hint::Section => at < context.span.0 && shape.words <= MAX_SECTION_WORDS,
            _ => true,
        };
        let found = HINTS.iter().find(|(hint, ..)| hints.has(*hint) && fits(*hint));
        found.map(|(_, label, name)| (*label, *name, None))
    };
    says(dom.near).or_else(|| says(context.hints_around(dom)))
}

/// What a block's place and links say.
fn by_place<'a>(draft: &Draft<'a>, at: usize) -> Reason<'a> {
    let context = draft.context;
    let shape = &context.shapes[at];
    let before = context.title.map_or(at < context.span.0, |title| at < title);
    let linked = context.link_density(at) > 0.5;
    let flat = context.page.containers.is_empty();
    if context.first_copy[at] as usize != at && shape.weight > 12.0 {
        return (Label::Repeat, "repeats_line", None);
    }
    match context.page.blocks[at].kind {
        Kind::Control => (Label::Other, "control", None),
        _ if before && (linked || flat) => (Label::Navigation, "before_title", None),
        _ if linked && shape.weight >= 20.0 => (Label::Related, "link_density", None),
        _ if linked => (Label::Navigation, "link_density", None),
        _ if flat && at >= context.span.1 && shape.weight >= 20.0 => (Label::Related, "after_text", None),
        _ => (Label::Other, "model", None),
    }
}
