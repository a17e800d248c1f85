//! What a page does not show at first: dialogues and messages, or a part of the article that unfolds.
//!
//! Enters: a draft with the model's scores. Leaves: scores in which a hidden part of which the model is sure of little is no
//! text, unless its place says that it unfolds: then its doubtful sentences are text too.

use std::collections::{HashMap, HashSet};

use crate::classify::draft::{DOUBT, Draft, IN_SPITE, MENDED};
use crate::rules::markup::Hint;
use crate::segment::block::{Container, Kind};
use crate::segment::html::signature;

/// Paragraphs that stand beside a hidden part where it goes on with them.
const BESIDE: usize = 2;
/// Blocks from which a part may go on with the paragraphs beside it.
const SEVERAL: usize = 3;
/// Parts of one template, each below a line of its own, from which they unfold one by one.
const SERIES: usize = 3;
/// Log-odds below which the model is sure that such a line is no part of the article.
const SURE: f32 = -4.0;
/// Steps up from such a line, or from one that unfolds, to the element in which both stand.
const STEPS: usize = 3;
/// Names that a dialogue or a message has, and a part of the article has not.
const OTHERS: [Hint; 8] = [
    Hint::Comment,
    Hint::FooterTag,
    Hint::FormTag,
    Hint::Legal,
    Hint::NavTag,
    Hint::Newsletter,
    Hint::Popup,
    Hint::Share,
];

/// A hidden element that stands in no other.
struct Part {
    /// The element.
    own: usize,
    /// Its first and its last block.
    first: usize,
    last: usize,
    /// Weight of the text in it of which the model is sure, less the weight of the other text.
    sure: f32,
}

/// Takes out hidden parts that are none of the article's, and takes in those that are.
pub(super) fn claim(draft: &mut Draft<'_>) {
    let context = draft.context;
    if context.void_hints.has(Hint::Hidden) {
        return;
    }
    let hiders = hiders(&context.page.containers);
    let parts = parts(draft, &hiders);
    if parts.is_empty() {
        return;
    }
    let shown = Shown::of(draft, &hiders);
    let series = series(draft, &hiders, &parts);
    let unfolds = |part: &Part| {
        let own = context.page.containers[part.own].own;
        !own.any(&OTHERS) && (series.contains(&template(draft, part)) || shown.goes_on(draft, part))
    };
    let (ours, others): (Vec<Part>, Vec<Part>) = parts.into_iter().partition(unfolds);
    for at in ours.iter().flat_map(|part| part.first..=part.last) {
        if is_doubtful_sentence(draft, at) {
            draft.scores[at] = MENDED;
        }
    }
    for part in &ours {
        if !series.contains(&template(draft, part)) {
            continue;
        }
        // The line that it unfolds below: a question.
        let Some(above) = part.first.checked_sub(1) else { continue };
        let is_heading = matches!(context.page.blocks[above].kind, Kind::Heading(_))
            || context.shapes[above].ends_question;
        if is_heading && draft.is_text(part.first) && draft.is_free(above) && draft.scores[above] > SURE {
            draft.scores[above] = draft.scores[above].max(MENDED);
        }
    }
    let others = others.into_iter().filter(|part| part.sure <= 0.0);
    for at in others.flat_map(|part| part.first..=part.last) {
        if draft.scores[at] < IN_SPITE {
            draft.doubt(at);
        }
    }
}

fn is_doubtful_sentence(draft: &Draft<'_>, at: usize) -> bool {
    let (context, score) = (draft.context, draft.scores[at]);
    let shape = &context.shapes[at];
    score <= 0.0
        && score > DOUBT
        && draft.is_free(at)
        && is_paragraph(draft, at)
        && (shape.ends_sentence && !shape.ends_cut)
        && context.phrases[at].is_none()
        && context.link_density(at) == 0.0
}

fn is_paragraph(draft: &Draft<'_>, at: usize) -> bool {
    matches!(draft.context.page.blocks[at].kind, Kind::Paragraph | Kind::Loose)
}

/// For each container the outermost hidden one around it; the root is none. Parents stand before their children.
fn hiders(containers: &[Container]) -> Vec<usize> {
    let mut hiders = vec![0_usize; containers.len()];
    for at in 1..containers.len() {
        let above = hiders[containers[at].parent as usize];
        hiders[at] = if above == 0 && containers[at].own.has(Hint::Hidden) { at } else { above };
    }
    hiders
}

/// The hidden parts that hold blocks: each holds those from its first to its last.
fn parts(draft: &Draft<'_>, hiders: &[usize]) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for (at, dom) in draft.context.page.doms.iter().enumerate() {
        let own = hiders[dom.container as usize];
        if own == 0 {
            continue;
        }
        if parts.last().is_none_or(|part| part.own != own) {
            parts.push(Part { own, first: at, last: at, sure: 0.0 });
        }
        let Some(part) = parts.last_mut() else { continue };
        part.last = at;
        if draft.is_text(at) {
            let weight = draft.context.shapes[at].weight;
            part.sure += if draft.scores[at] >= IN_SPITE { weight } else { -weight };
        }
    }
    parts
}

/// Depth of a part, and what it and its parent look like.
fn template(draft: &Draft<'_>, part: &Part) -> (u32, u32, u32) {
    let containers = &draft.context.page.containers;
    let own = containers[part.own];
    (own.depth, own.signature, containers[own.parent as usize].signature)
}

/// Templates of parts that unfold one by one, each below a line that is shown: questions and their answers.
fn series(draft: &Draft<'_>, hiders: &[usize], parts: &[Part]) -> HashSet<(u32, u32, u32)> {
    let mut counts = HashMap::new();
    for part in parts {
        let Some(above) = part.first.checked_sub(1) else { continue };
        let heads = matches!(draft.context.page.blocks[above].kind, Kind::Heading(_) | Kind::Control);
        if heads && stands_beside(draft, hiders, part, above) {
            *counts.entry(template(draft, part)).or_insert(0) += 1;
        }
    }
    counts.into_iter().filter(|(_, count)| *count >= SERIES).map(|(template, _)| template).collect()
}

/// Whether a block is shown and stands in the element in which a hidden part stands, not far below.
fn stands_beside(draft: &Draft<'_>, hiders: &[usize], part: &Part, at: usize) -> bool {
    let page = draft.context.page;
    let Some(dom) = page.dom(at) else { return false };
    let parent = page.containers[part.own].parent;
    hiders[dom.container as usize] == 0
        && page.around(dom.container).take(STEPS).any(|container| container == parent)
}

/// Where paragraphs stand that are shown and of which the model is sure.
struct Shown<'a> {
    hiders: &'a [usize],
    /// How many in each element, and in elements right below it.
    beside: HashMap<u32, usize>,
    /// The same a step further up.
    around: HashMap<u32, usize>,
    /// How many right below elements of each parent and template.
    panels: HashMap<(u32, u32), usize>,
}

impl<'a> Shown<'a> {
    fn of(draft: &Draft<'_>, hiders: &'a [usize]) -> Shown<'a> {
        let page = draft.context.page;
        let (mut beside, mut around, mut panels) = (HashMap::new(), HashMap::new(), HashMap::new());
        for (at, dom) in page.doms.iter().enumerate() {
            let is_sure = draft.is_text(at) && draft.scores[at] >= IN_SPITE;
            if is_paragraph(draft, at) && is_sure && hiders[dom.container as usize] == 0 {
                let parent = page.containers[dom.container as usize].parent;
                let above = page.containers[parent as usize];
                *beside.entry(parent).or_insert(0) += 1;
                if dom.container != parent {
                    *beside.entry(dom.container).or_insert(0) += 1;
                }
                *around.entry(above.parent).or_insert(0) += 1;
                *panels.entry((above.parent, above.signature)).or_insert(0) += 1;
            }
        }
        Shown { hiders, beside, around, panels }
    }

    /// Whether a hidden part goes on with the paragraphs beside it, a paragraph itself or several of them: a message to the
    /// reader is short, and in an element of its own; or with those in an element beside it, if that is of the
    /// same template, or if a line right above or below the part unfolds it.
    fn goes_on(&self, draft: &Draft<'_>, part: &Part) -> bool {
        let own = draft.context.page.containers[part.own];
        let enough = |count: Option<&usize>| count.is_some_and(|count| *count >= BESIDE);
        let bare = ["article", "div", "section"].map(|name| signature(name, ""));
        let unfolds = |at: usize| {
            draft.context.page.blocks.get(at).is_some_and(|block| block.kind == Kind::Control)
                && stands_beside(draft, self.hiders, part, at)
        };
        let near = [part.first.checked_sub(1), Some(part.last + 1)];
        let is_paragraph =
            draft.context.page.dom(part.first).is_some_and(|dom| dom.container as usize == part.own);
        let continues = is_paragraph || part.last - part.first >= SEVERAL - 1;
        continues && enough(self.beside.get(&own.parent))
            || !bare.contains(&own.signature) && enough(self.panels.get(&(own.parent, own.signature)))
            || enough(self.around.get(&own.parent)) && near.into_iter().flatten().any(unfolds)
    }
}

#[cfg(test)]
mod tests {
    use super::claim;
    use crate::classify::Known;
    use crate::classify::tests::after;

    /// The log-odds of a paragraph's place, by its first word.
    fn score(text: &str) -> f32 {
        match text.split(' ').next() {
            Some("Sure") => 3.0,
            Some("Likely") => 1.0,
            Some("Hardly") => -0.5,
            _ => -3.0,
        }
    }

    const SHOWN: &str = "<p>Sure one that is shown.</p><p>Sure two that is shown.</p>";
    const REST: &str = "<p>Likely one.</p><p>Likely two.</p><p>Hardly three.</p>";

    /// Checks which of the paragraphs that are not sure are text.
    fn check(body: &str, expected: usize) {
        let page = format!("<main><article><h1>Ferry</h1>{body}</article></main>");
        let found = after(claim, &page, Known::default(), score);
        let unsure =
            found.iter().filter(|(text, ..)| text.starts_with("Likely") || text.starts_with("Hardly"));
        let kept: Vec<&str> =
            unsure.filter(|(_, score, _)| *score > 0.0).map(|(text, ..)| text.as_str()).collect();
        assert_eq!(kept.len(), expected, "{kept:?} of {page}");
    }

    #[test]
    fn what_goes_on_with_the_paragraphs_beside_it_unfolds() {
        check(&format!("{SHOWN}<div class=rest style='display:none'>{REST}</div>"), 3);
        let each = REST.replace("<p>", "<p hidden>");
        check(&format!("<div>{SHOWN}{each}</div>"), 3);
        check(&format!("<div>{SHOWN}</div><button>More</button><div hidden>{REST}</div>"), 3);
        check(&format!("<div>{SHOWN}</div><div hidden>{REST}</div><p><button>More</button></p>"), 3);
    }

    #[test]
    fn a_panel_goes_on_with_the_one_that_is_shown() {
        let panel = "div class=panel role=tabpanel";
        check(&format!("<{panel}>{SHOWN}</div><{panel} hidden>{REST}</div>"), 3);
        check(&format!("<{panel}>{SHOWN}</div><div class=other hidden>{REST}</div>"), 0);
    }

    #[test]
    fn answers_unfold_below_their_questions() {
        let entries = |count: usize| {
            "<section><h3><button>Who?</button></h3><div hidden><p>Likely so.</p></div></section>"
                .repeat(count)
        };
        check(&format!("<div>{SHOWN}</div>{}", entries(3)), 3);
        check(&format!("<div>{SHOWN}</div>{}", entries(2)), 0);
    }

    #[test]
    fn dialogues_do_not() {
        check(&format!("<div>{SHOWN}</div><div hidden>{REST}</div>"), 0);
        check(&format!("{SHOWN}<div class=popup hidden>{REST}</div>"), 0);
        check(&format!("<div>{SHOWN}</div><button>More</button><div class=login hidden>{REST}</div>"), 0);
        check(&format!("<div>{SHOWN}</div>{}", "<div hidden><p>Likely so.</p></div>".repeat(4)), 0);
        check(&format!("<p>Sure but alone.</p><div hidden>{REST}</div>"), 0);
    }

    #[test]
    fn what_is_mostly_sure_stays_as_it_is() {
        let sure = SHOWN.repeat(2);
        check(&format!("<div>{SHOWN}</div><div hidden>{sure}{REST}</div>"), 2);
    }
}
