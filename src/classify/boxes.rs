//! Boxes inside an article that are no part of it: a letter to subscribe to, the author in some lines.
//!
//! Enters: a draft with the model's scores. Leaves: claims. What decides is structure, in any language: a field to fill in
//! beside a few sentences, a last paragraph that begins with the author's name.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use crate::classify::draft::{DOUBT, Draft, IN_SPITE};
use crate::classify::evidence::Signal;
use crate::classify::word_lists;
use crate::label::Label;
use crate::segment::block::Kind;

/// Weight of all text in a box, at most.
const MAX_BOX: f32 = 600.0;
/// Share of the article's text that all boxes hold, at most.
const MAX_SHARE: f32 = 0.3;
/// Words that lines which lead off begin with.
const START: usize = 2;
/// Words of such a line, at least.
const LEAST_WORDS: usize = 6;
/// Lines that begin alike, at least.
const LEAST_LINES: usize = 3;
/// Their weights.
const LEADING: RangeInclusive<f32> = 40.0..=240.0;
/// Shares of them that stand in their link.
const LINKED: RangeInclusive<f32> = 0.4..=0.95;
/// Weights between which a paragraph may tell of the author.
const BIO: RangeInclusive<f32> = 50.0..=800.0;
/// Paragraphs at the text's end that may.
const BIOS: usize = 2;
/// Characters of a name before a colon, at most.
const MAX_SPEAKER: usize = 40;
/// Paragraphs above them, at least.
const ABOVE_BIOS: usize = 3;

/// Claims the boxes.
pub(super) fn claim(draft: &mut Draft<'_>) {
    // Lines stand in no elements.
    if !draft.context.page.doms.is_empty() {
        asking(draft);
        leading_off(draft);
    }
    about_author(draft);
}

/// Boxes around fields: what is said there asks the reader for an address.
fn asking(draft: &mut Draft<'_>) {
    let context = draft.context;
    let containers = &context.page.containers;
    if !containers.iter().any(|container| container.asks) {
        return;
    }
    let kept = kept_text(draft);
    let most = MAX_SHARE * kept.first().copied().unwrap_or_default();
    let fits = |at: usize| context.tree.sums[at].text <= MAX_BOX && kept[at] <= most;
    // For each container the outermost one around it that is still a box; none for the root. Parents stand before their
    // children, so each takes a step.
    let mut outermost = vec![0_usize; containers.len()];
    for at in (1..containers.len()).filter(|at| fits(*at)) {
        let above = outermost[containers[at].parent as usize];
        outermost[at] = if above == 0 { at } else { above };
    }
    let mut is_box = vec![false; containers.len()];
    for at in (1..containers.len()).filter(|at| containers[*at].asks && outermost[*at] != 0) {
        is_box[outermost[at]] = true;
    }
    for at in 1..containers.len() {
        is_box[at] |= is_box[containers[at].parent as usize];
    }
    let stands_in_one = |at: &usize| context.page.dom(*at).is_some_and(|dom| is_box[dom.container as usize]);
    let boxed: Vec<usize> =
        (0..context.len()).filter(|at| context.title != Some(*at)).filter(stands_in_one).collect();
    let weight_of = |at: &usize| if draft.is_text(*at) { context.shapes[*at].weight } else { 0.0 };
    // Entries with a field each are the article.
    if boxed.iter().map(weight_of).sum::<f32>() > most {
        return;
    }
    for at in boxed {
        if draft.is_text(at) {
            draft.claim(at, Label::Ad, Signal::plain("form_box"));
        }
        draft.doubt(at);
    }
}

/// Weight of what the model takes for text in each container.
fn kept_text(draft: &Draft<'_>) -> Vec<f32> {
    let containers = &draft.context.page.containers;
    let mut kept = vec![0.0; containers.len()];
    for (at, dom) in draft.context.page.doms.iter().enumerate() {
        if draft.is_text(at) {
            kept[dom.container as usize] += draft.context.shapes[at].weight;
        }
    }
    for at in (1..containers.len()).rev() {
        kept[containers[at].parent as usize] += kept[at];
    }
    kept
}

/// Lines between paragraphs that lead to other articles, each in the same words: "Read on: …", in any language.
fn leading_off(draft: &mut Draft<'_>) {
    let context = draft.context;
    let mut starts: HashMap<&[u32], Vec<usize>> = HashMap::new();
    for at in (0..context.len()).filter(|at| draft.is_free(*at) && draft.scores[*at] > DOUBT) {
        let words = context.words.of(at);
        let block = &context.page.blocks[at];
        let leads = matches!(block.kind, Kind::Paragraph | Kind::Loose)
            && LINKED.contains(&context.link_density(at))
            && LEADING.contains(&context.shapes[at].weight)
            && words.len() > LEAST_WORDS
            && !context.shapes[at].address
            && context.page.dom(at).is_some_and(|dom| dom.links == 1);
        if let Some(start) = words.get(..START).filter(|_| leads) {
            starts.entry(start).or_default().push(at);
        }
    }
    for at in starts.into_values().filter(|lines| lines.len() >= LEAST_LINES).flatten() {
        if draft.scores[at] >= IN_SPITE {
            continue;
        }
        draft.claim(at, Label::Related, Signal::plain("leads_off"));
    }
}

/// Last paragraphs that begin with the name of the stated author.
fn about_author(draft: &mut Draft<'_>) {
    let context = draft.context;
    let authors = word_lists(draft.known.authors.iter().map(String::as_str));
    if authors.is_empty() {
        return;
    }
    let text: Vec<usize> = (0..context.len()).rev().filter(|at| draft.is_text(*at)).collect();
    // A statement of the author's own is no note on the author.
    if text.len() < BIOS + ABOVE_BIOS {
        return;
    }
    let begins = |at: usize| {
        let words = context.words.of(at);
        authors.iter().any(|name| name.len() >= 2 && words.len() > name.len() && words.starts_with(name))
    };
    // An interview, in which the author asks.
    if text.iter().filter(|at| begins(**at)).count() > BIOS {
        return;
    }
    for at in text.into_iter().take(BIOS) {
        if !begins(at) || asks(&context.page.blocks[at].text) || !BIO.contains(&context.shapes[at].weight) {
            return;
        }
        draft.claim(at, Label::Other, Signal::plain("author_bio"));
    }
}

/// Whether a paragraph says what a person said: "Ada North: …".
fn asks(text: &str) -> bool {
    text.split_once([':', '：']).is_some_and(|(name, _)| name.chars().count() <= MAX_SPEAKER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::Known;
    use crate::classify::tests::after;

    /// A paragraph of about that weight, with that number in it.
    fn paragraph(number: usize, words: usize) -> String {
        format!("<p>Paragraph {number} tells{} of the harbour.</p>", " much".repeat(words))
    }

    fn paragraphs(count: usize) -> String {
        (0..count).map(|number| paragraph(number, 40)).collect()
    }

    /// Labels of the blocks that hold a word, where the model takes all for text.
    fn labels(body: &str, authors: &[&str], word: &str) -> Vec<Option<Label>> {
        let authors: Vec<String> = authors.iter().map(|name| (*name).to_owned()).collect();
        let known = Known { authors: &authors, ..Known::default() };
        let found = after(claim, body, known, |_| 1.0);
        found.into_iter().filter(|(text, ..)| text.contains(word)).map(|(.., label)| label).collect()
    }

    #[test]
    fn what_stands_around_a_field_asks_for_something() {
        let ask =
            "<div><div><h3>Letter</h3><p>Our letter comes each Friday.</p></div><input type=email></div>";
        let page = format!("{}{ask}{}", paragraphs(3), paragraphs(2));
        assert_eq!(labels(&page, &[], "etter"), [Some(Label::Ad); 2]);
        assert_eq!(labels(&page, &[], "harbour"), [None; 5]);
        // Filled in already, to be copied, or not to be written in.
        for field in ["<input value=x>", "<input readonly>", "<input type=checkbox>", ""] {
            let page = page.replace("<input type=email>", field);
            assert_eq!(labels(&page, &[], "etter"), [None; 2], "{field}");
        }
    }

    #[test]
    fn texts_with_fields_are_no_boxes() {
        let entry =
            |at| format!("<section><h2>Letter {at}</h2>{}<input type=text></section>", paragraph(at, 40));
        let entries: String = (0..4).map(entry).collect();
        assert_eq!(labels(&format!("<article>{entries}</article>"), &[], "arbour"), [None; 4]);
        // More than the article.
        let ask = format!("<form>{}<input></form>", paragraph(9, 40).repeat(2));
        assert_eq!(labels(&format!("{}{ask}", paragraphs(3)), &[], "harbour"), [None; 5]);
        // A field for the whole page.
        assert_eq!(labels(&format!("<main>{}<input></main>", paragraphs(6)), &[], "harbour"), [None; 6]);
    }

    fn leading(at: usize, start: &str, rest: &str) -> String {
        format!(
            "{}<p>{start} <a href=/{at}>{rest} of the harbour and the sea {at}</a></p>",
            paragraph(at, 40)
        )
    }

    fn led_off(count: usize, start: &str, rest: &str) -> Vec<Option<Label>> {
        let page: String = (0..count).map(|at| leading(at, start, rest)).collect();
        labels(&page, &[], "the sea")
    }

    #[test]
    fn lines_that_begin_alike_lead_off() {
        assert_eq!(led_off(3, "Onward you go to:", "the story"), [Some(Label::Related); 3]);
        assert_eq!(led_off(2, "Onward you go to:", "the story"), [None; 2]);
        // All of it is a link: a control. Hardly any is: a sentence.
        assert_eq!(led_off(3, "", "Onward you go to the story"), [None; 3]);
        let sentence = "Onward you go, as the crew has said so often in all the years that it has sailed,";
        assert_eq!(led_off(3, &sentence.repeat(2), "by way"), [None; 3]);
    }

    #[test]
    fn last_paragraphs_tell_of_the_author() {
        let bio = "<p>Ada North writes about ports, ships and the people who work there by night.</p>";
        let page = format!("{}{bio}", paragraphs(4));
        assert_eq!(labels(&page, &["Ada North"], "Ada"), [Some(Label::Other)]);
        for authors in [&["Ada"][..], &["Ada South"], &[]] {
            assert_eq!(labels(&page, authors, "Ada"), [None], "{authors:?}");
        }
        // What the author asks or says, and not who the author is.
        let says = bio.replace("North writes", "North: Who writes");
        assert_eq!(labels(&format!("{}{says}", paragraphs(4)), &["Ada North"], "Ada"), [None]);
        let page = format!("{}{}", paragraphs(4), bio.repeat(3));
        assert_eq!(labels(&page, &["Ada North"], "Ada"), [None; 3]);
        // Not below enough other text, or not at its end.
        assert_eq!(labels(&format!("{}{bio}", paragraphs(3)), &["Ada North"], "Ada"), [None]);
        assert_eq!(labels(&format!("{bio}{}", paragraphs(5)), &["Ada North"], "Ada"), [None]);
    }
}
