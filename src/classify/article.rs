//! The parts of the article: lead, subheads, captions, bylines, body.
//!
//! Enters: a draft whose model scores say what is text. Leaves: claims for everything that is the article's.

use crate::classify::context::Context;
use crate::classify::draft::{DOUBT, Draft, SOLID};
use crate::classify::evidence::Signal;
use crate::classify::number::to_f32;
use crate::classify::{sole, word_lists};
use crate::label::Label;
use crate::rules::markup::Hint;
use crate::rules::phrase::Fit;
use crate::segment::block::{DomFacts, Kind};

/// Weight beyond which a block is a paragraph, not a caption.
const MAX_CAPTION: f32 = 700.0;
/// Weight beyond which a line is no name.
const MAX_NAME: f32 = 60.0;
/// Bylines of one article.
const MAX_BYLINES: usize = 3;
/// Weight of a name in brackets, at most.
const MAX_BRACKETS: f32 = 24.0;
/// Words of a lead, at least.
const MIN_LEAD_WORDS: f32 = 8.0;
/// Copies from which a line under pictures says nothing of any: the photographer under each.
const NOTICE: u32 = 4;
/// Blocks beyond the text in which a byline is looked for.
const BYLINE_REACH: usize = 8;

/// First and last block of solid text.
#[derive(Clone, Copy)]
struct Bounds {
    first: usize,
    last: usize,
}

/// Claims the article's parts.
pub(super) fn claim(draft: &mut Draft<'_>) {
    let Some(bounds) = bounds(draft) else { return sole::claim(draft) };
    bylines(draft, bounds);
    captions(draft, bounds);
    lead(draft, bounds);
    for at in 0..draft.context.len() {
        if draft.is_text(at) {
            let label = if is_subhead(draft, at) { Label::Subhead } else { Label::Body };
            draft.claim(at, label, Signal::plain("model"));
        }
    }
    photo_story(draft);
}

/// Captions from which a story may be told in pictures.
const STORY_CAPTIONS: usize = 4;
/// Log-odds above which a caption may be a part of such a story.
const STORY: f32 = -1.5;
/// The same for a caption of whole sentences.
const STORY_SENTENCE: f32 = -3.0;
/// Times that captions outweigh other text where a doubtful one tells the story too.
const STORY_SHARE: f32 = 4.0;

/// Where captions outweigh the paragraphs, the captions are the text.
fn photo_story(draft: &mut Draft<'_>) {
    let of = |draft: &Draft<'_>, label: Label| -> Vec<usize> {
        (0..draft.context.len()).filter(|at| draft.label(*at) == Some(label)).collect()
    };
    let weight = |blocks: &[usize]| blocks.iter().map(|at| draft.context.shapes[*at].weight).sum::<f32>();
    let captions = of(draft, Label::Caption);
    if captions.len() < STORY_CAPTIONS {
        return;
    }
    let (told, written) = (weight(&captions), weight(&of(draft, Label::Body)));
    if told < written {
        return;
    }
    let alone = told > STORY_SHARE * written;
    for at in captions {
        if (alone && tells(draft, at)) || draft.scores[at] > 0.0 {
            draft.overrule(at, Label::Body, Signal::plain("photo_story"));
        }
    }
}

/// Whether a caption may tell a part of a story, beside hardly any other text.
fn tells(draft: &Draft<'_>, at: usize) -> bool {
    let shape = &draft.context.shapes[at];
    let least = if shape.ends_sentence { STORY_SENTENCE } else { STORY };
    shape.weight >= SOLID && draft.context.copies[at] == 1 && draft.scores[at] > least
}

fn bounds(draft: &Draft<'_>) -> Option<Bounds> {
    let claimed = |at: usize| matches!(draft.label(at), Some(Label::Lead | Label::Caption));
    let solid =
        |at: &usize| draft.context.shapes[*at].weight >= SOLID && (draft.is_text(*at) || claimed(*at));
    let weight = |at: usize| draft.context.shapes[at].weight;
    let mut all = 0..draft.context.len();
    let is_caption = |at: &usize| draft.context.page.blocks[*at].kind == Kind::Caption;
    let captions: Vec<usize> =
        all.clone().filter(|at| is_caption(at) && draft.is_free(*at) && tells(draft, *at)).collect();
    let told: f32 = captions.iter().copied().map(weight).sum();
    let story = captions.len() >= STORY_CAPTIONS
        && told > STORY_SHARE * all.clone().filter(solid).map(weight).sum::<f32>();
    let [first_caption, last_caption] =
        [captions.first(), captions.last()].map(|at| at.copied().filter(|_| story));
    let first = all.clone().find(solid).into_iter().chain(first_caption).min()?;
    let last = all.rfind(solid).into_iter().chain(last_caption).max()?;
    Some(Bounds { first, last })
}

/// Names at the text's ends, and what calls itself an author.
fn bylines(draft: &mut Draft<'_>, bounds: Bounds) {
    let context = draft.context;
    let stated = word_lists(draft.known.authors.iter().map(String::as_str));
    let sites = word_lists(draft.known.site_names.iter().map(String::as_str));
    let from = context.title.unwrap_or(bounds.first).min(bounds.first).saturating_sub(BYLINE_REACH);
    let to = (bounds.last + BYLINE_REACH).min(context.len() - 1);
    let mut found: Vec<&[u32]> = Vec::new();
    for at in from..=to {
        let claimed = draft.label(at) == Some(Label::Byline);
        let words = context.words.of(at);
        let is_one_of = |texts: &[Vec<u32>]| texts.iter().any(|text| text == words);
        if is_one_of(&sites) {
            continue;
        }
        if !claimed && (!draft.is_free(at) || !is_byline(draft, at, bounds, is_one_of(&stated))) {
            continue;
        }
        if found.contains(&words) || found.len() >= MAX_BYLINES {
            draft.overrule(at, Label::Repeat, Signal::plain("repeats_byline"));
        } else {
            found.push(words);
            draft.claim(at, Label::Byline, Signal::plain("byline"));
        }
    }
}

fn is_byline(draft: &Draft<'_>, at: usize, bounds: Bounds, stated: bool) -> bool {
    let context = draft.context;
    let shape = &context.shapes[at];
    let phrase = context.phrases[at];
    if phrase.is_some_and(|found| found.label != Label::Byline)
        || shape.date
        || shape.address
        || shape.weight > MAX_NAME * 2.0
    {
        return false;
    }
    if stated && shape.words >= 2.0 {
        return true;
    }
    let name = || is_name(draft, at);
    let by = phrase.is_some_and(|found| found.fit == Fit::Start)
        && shape.words <= 12.0
        && (shape.capitals >= 0.4 || has_no_case(&context.page.blocks[at].text))
        && !shape.ends_sentence;
    let after = at > bounds.last && at <= bounds.last + 2;
    let Some(dom) = context.page.dom(at) else {
        let beside_date =
            |other: usize| context.shapes.get(other).is_some_and(|shape| shape.date && shape.words < 14.0);
        let above = at < bounds.first && (beside_date(at + 1) || at > 0 && beside_date(at - 1));
        let below_title = above && shape.words >= 2.0 && context.title.is_some_and(|title| at > title);
        return by || (after || below_title) && name();
    };
    let elsewhere = is_elsewhere(context, dom, &[Hint::FooterTag]);
    let says_author = dom.near.has(Hint::Author) && !elsewhere;
    let signs = (at >= bounds.last && at <= bounds.last + 1)
        && (draft.scores[at] > -1.0 || dom.strong_chars > 0)
        && dom.links == 0;
    (says_author && (by || name())) || (by && !elsewhere) || (signs && name())
}

/// Whether a block stands in another part of the page than the article: in any that says so, or in one of `others`.
fn is_elsewhere(context: &Context<'_>, dom: &DomFacts, others: &[Hint]) -> bool {
    let hints = context.hints_around(dom);
    hints.any(&[Hint::Related, Hint::Comment, Hint::NavTag, Hint::Sidebar]) || hints.any(others)
}

/// Whether a text is written in letters that are neither small nor capital.
fn has_no_case(text: &str) -> bool {
    !text.chars().any(|c| c.is_lowercase() || c.is_uppercase())
}

/// Whether a line has the shape of a name: up to six capitalised words, or initials.
fn is_name(draft: &Draft<'_>, at: usize) -> bool {
    let shape = &draft.context.shapes[at];
    let text = || draft.context.page.blocks[at].text.trim_end_matches('.');
    if shape.starts_sign {
        return shape.weight <= MAX_BRACKETS && shape.digits == 0.0 && is_in_brackets(text());
    }
    let initials = || text().contains('.') && shape.words <= 3.0 && shape.weight <= 8.0;
    let plain = !shape.ends_sentence && shape.words >= 2.0;
    shape.capitals >= 0.99
        && shape.weight <= MAX_NAME
        && shape.digits == 0.0
        && shape.words <= 6.0
        && shape.separators == 0.0
        && shape.commas <= 1.0
        && (plain || initials())
}

/// Whether a text is one pair of brackets as papers without capital letters sign with: "【…】", "（…）".
fn is_in_brackets(text: &str) -> bool {
    let inside = |open, close| text.strip_prefix(open)?.strip_suffix(close);
    inside('【', '】').or_else(|| inside('（', '）')).is_some_and(has_no_case)
}

/// What stands under pictures inside the article.
fn captions(draft: &mut Draft<'_>, bounds: Bounds) {
    let context = draft.context;
    let from = context
        .title
        .map_or(bounds.first, |title| title.min(bounds.first))
        .max(bounds.first.saturating_sub(12));
    let to = (bounds.last + 4).min(context.len());
    for at in from..to {
        if draft.is_free(at) && context.shapes[at].weight <= MAX_CAPTION && is_caption(draft, at, bounds) {
            draft.claim(at, Label::Caption, Signal::plain("caption"));
        }
    }
}

fn is_caption(draft: &Draft<'_>, at: usize, bounds: Bounds) -> bool {
    let context = draft.context;
    let block = &context.page.blocks[at];
    let shape = &context.shapes[at];
    let phrase = context.phrases[at];
    if phrase.is_some_and(|found| found.label != Label::Caption) {
        return false;
    }
    let credited = phrase.is_some() || context.credited[at];
    let Some(dom) = context.page.dom(at) else {
        let under_repeat =
            at > 0 && !block.gap_before && draft.label(at - 1) == Some(Label::Repeat) && at > bounds.first;
        let below_title = context.title.is_some_and(|title| at > title);
        let inside = (below_title || at > bounds.first) && at < bounds.last + 2;
        return under_repeat || (credited && inside && shape.weight < 400.0);
    };
    let elsewhere = is_elsewhere(context, dom, &[Hint::FooterTag, Hint::AsideTag]);
    let up = context.tree.to_main[dom.container as usize].up;
    let inside = (at > bounds.first && at <= bounds.last) || up <= 2;
    let in_figure = block.kind == Kind::Caption
        || dom.near.has(Hint::Caption)
        || (dom.all.has(Hint::FigureTag) && draft.scores[at] < 1.0);
    let said = in_figure
        && shape.weight >= 4.0
        && context.copies[at] < NOTICE
        && context.link_density(at) < 0.5
        && !matches!(block.kind, Kind::Heading(_) | Kind::Control);
    inside && !elsewhere && (said || (credited && draft.scores[at] < 2.0 && at > bounds.first))
}

/// The lead: what calls itself one, what the description repeats, or in flattened text the first paragraph after the title.
fn lead(draft: &mut Draft<'_>, bounds: Bounds) {
    let context = draft.context;
    if draft.labels.contains(&Some(Label::Lead)) {
        return;
    }
    let from = context.title.map_or(bounds.first.saturating_sub(8), |title| title.min(bounds.first));
    let to = (bounds.first + 3).min(context.len());
    let says_lead = |at: usize| {
        let shape = &context.shapes[at];
        let Some(dom) = context.page.dom(at) else { return false };
        let elsewhere = is_elsewhere(context, dom, &[Hint::AsideTag]);
        let alike = context.lead_likeness[at] >= 0.8;
        let hinted = dom.near.has(Hint::Lead);
        shape.weight >= 30.0
            && shape.words >= 6.0
            && !elsewhere
            && ((hinted && draft.scores[at] > -2.0) || (alike && draft.scores[at] > -1.0))
    };
    if let Some(at) = (from..to).find(|at| draft.is_free(*at) && says_lead(*at)) {
        draft.claim(at, Label::Lead, Signal::plain("lead"));
        return;
    }
    let first = bounds.first;
    let flat = context.page.containers.is_empty();
    let right_below = |at: &usize| {
        let shape = &context.shapes[*at];
        let open = draft.is_free(*at) && context.phrases[*at].is_none() && draft.scores[*at] > DOUBT;
        open && shape.ends_sentence && !shape.ends_cut && shape.words >= MIN_LEAD_WORDS && !shape.date
    };
    let below = context.title.map_or(0..0, |title| title + 1..(title + 3).min(first));
    if let Some(at) = below.filter(|_| flat).find(right_below) {
        draft.claim(at, Label::Lead, Signal::plain("first_paragraph"));
        return;
    }
    if flat
        && draft.is_text(first)
        && context.shapes[first].weight <= 900.0
        && context.title.is_some_and(|title| first > title && first <= title + 6)
    {
        draft.claim(first, Label::Lead, Signal::plain("first_paragraph"));
    }
}

/// Short text that heads what follows.
fn is_subhead(draft: &Draft<'_>, at: usize) -> bool {
    let context = draft.context;
    let shape = &context.shapes[at];
    let block = &context.page.blocks[at];
    let open = !shape.ends_sentence || shape.ends_question;
    let Some(dom) = context.page.dom(at) else {
        let text_after = ((at + 1)..(at + 4).min(context.len()))
            .any(|next| draft.is_text(next) && context.shapes[next].weight > shape.weight);
        return open
            && shape.weight <= 110.0
            && !shape.ends_colon
            && !shape.starts_small
            && !shape.starts_sign
            && text_after;
    };
    let bold = to_f32(dom.strong_chars) >= 0.9 * shape.weight;
    matches!(block.kind, Kind::Heading(_))
        || (bold && open && shape.weight <= 160.0 && block.kind != Kind::Item)
}
