//! Rows of other articles: a linked headline and a teaser each, in elements of one template.
//!
//! Enters: a draft with the model's scores. Leaves: claims on the texts of such rows. A row is told by its structure, in any
//! language and whatever its elements are called: on a site that the model has not seen, a teaser may look like a paragraph.

use std::collections::HashMap;
use std::ops::{Range, RangeInclusive};

use crate::classify::draft::{Draft, IN_SPITE, LINKED};
use crate::classify::evidence::Signal;
use crate::classify::number::count;
use crate::label::Label;

/// Cards of a row, at least.
const LEAST: usize = 3;
/// Share of the elements of a row that are cards, at least.
const SHARE: f32 = 0.8;
/// Blocks of a card, at most: a section's name, headline, date, author, teaser, a link to go on.
const BLOCKS: usize = 7;
/// Weights of a headline.
const HEADLINE: RangeInclusive<f32> = 15.0..=250.0;
/// Weights of a teaser.
const TEASER: RangeInclusive<f32> = 30.0..=400.0;
/// Share of the headlines from which, as questions, they are answered on the spot.
const QUESTIONS: f32 = 0.3;
/// Weight of the text beside a row, at least: of less, the row may be what the page is about.
const BESIDE: f64 = 400.0;

/// Claims the texts of rows.
pub(super) fn claim(draft: &mut Draft<'_>) {
    for row in rows(draft) {
        for at in row {
            if draft.is_text(at) {
                draft.claim(at, Label::Related, Signal::plain("card"));
            }
        }
    }
}

/// The blocks of each row that is none of the article's.
fn rows(draft: &Draft<'_>) -> Vec<Vec<usize>> {
    let (branches, containers) = (&draft.context.branches, &draft.context.page.containers);
    let mut alike: HashMap<(u32, u32), Vec<usize>> = HashMap::new();
    for (at, container) in containers.iter().enumerate().skip(1) {
        if branches.alike[at] as usize >= LEAST && branches.tree.sums[at].blocks > 0.0 {
            alike.entry((container.parent, container.signature)).or_default().push(at);
        }
    }
    let mut rows: Vec<(u32, Vec<usize>)> = Vec::new();
    for ((parent, _), elements) in alike {
        let cards: Vec<Card> = elements.iter().filter_map(|at| card(draft, *at)).collect();
        let enough = cards.len() >= LEAST && count(cards.len()) >= SHARE * count(elements.len());
        let asks = cards.iter().filter(|card| draft.context.shapes[card.head].ends_question).count();
        let answers = count(asks) >= QUESTIONS * count(cards.len());
        if enough && !answers {
            rows.push((parent, cards.into_iter().flat_map(|card| card.blocks).collect()));
        }
    }
    // Most pages have none, and lines of flattened text stand in no elements.
    if rows.is_empty() {
        return Vec::new();
    }
    let sure = sure_before(draft, &rows);
    rows.retain(|(parent, blocks)| is_beside(draft, &sure, *parent as usize, blocks));
    rows.into_iter().map(|(_, blocks)| blocks).collect()
}

/// An element that holds a linked headline, a teaser below it, and no more.
struct Card {
    head: usize,
    blocks: Range<usize>,
}

fn card(draft: &Draft<'_>, container: usize) -> Option<Card> {
    let context = draft.context;
    let extent = context.branches.extents[container];
    let blocks = extent.first as usize..extent.end as usize;
    if blocks.len() > BLOCKS {
        return None;
    }
    let linked = |at: usize| context.link_density(at) >= LINKED;
    let weight = |at: usize| context.shapes[at].weight;
    let head = blocks.clone().find(|at| HEADLINE.contains(&weight(*at)) && linked(*at))?;
    let others = || blocks.clone().filter(|at| *at != head && !linked(*at));
    let long = || others().filter(|at| weight(*at) >= *TEASER.start());
    let text: f32 = long().map(weight).sum();
    (TEASER.contains(&text) && long().all(|at| at > head)).then_some(Card { head, blocks })
}

/// Before each block, and behind the last, the weight of the text of which the model is sure, without that of any row:
/// several stand below each other.
fn sure_before(draft: &Draft<'_>, rows: &[(u32, Vec<usize>)]) -> Vec<f64> {
    let is_sure = |at: usize| draft.is_text(at) && draft.scores[at] >= IN_SPITE;
    let weight = |at: usize| if is_sure(at) { f64::from(draft.context.shapes[at].weight) } else { 0.0 };
    let mut weights: Vec<f64> = (0..draft.context.len()).map(weight).collect();
    for at in rows.iter().flat_map(|(_, blocks)| blocks) {
        weights[*at] = 0.0;
    }
    let sums = weights.into_iter().scan(0.0, |sum, weight| {
        *sum += weight;
        Some(*sum)
    });
    std::iter::once(0.0).chain(sums).collect()
}

/// Whether a row stands beside the article: above or below its text, and with none of it in the same element.
fn is_beside(draft: &Draft<'_>, sure: &[f64], parent: usize, row: &[usize]) -> bool {
    let (Some(first), Some(last)) = (row.iter().min(), row.iter().max()) else { return false };
    let weigh = |blocks: Range<usize>| sure[blocks.end] - sure[blocks.start];
    let (before, after) = (weigh(0..*first), weigh(last + 1..draft.context.len()));
    let own = draft.context.branches.extents[parent];
    let around = weigh(own.first as usize..*first) + weigh(last + 1..own.end as usize);
    before.max(after) >= BESIDE && before.min(after) < 1.0 && around < 1.0
}

#[cfg(test)]
mod tests {
    use super::claim;
    use crate::classify::Known;
    use crate::classify::tests::after;
    use crate::label::Label;

    const TEXT: &str =
        "<p>The boats of the harbour were counted again this morning, and one of them was missing.</p>";

    /// How many teasers are claimed, where the model takes all for text and is sure of paragraphs about the harbour.
    fn claimed(body: &str) -> usize {
        let score = |text: &str| if text.contains("harbour") || text.contains("cook") { 3.0 } else { 1.0 };
        let found = after(claim, body, Known::default(), score);
        found
            .iter()
            .filter(|(text, _, label)| text.contains("crew") && *label == Some(Label::Related))
            .count()
    }

    fn cards(count: usize, inside: &str) -> String {
        format!("<div>{}</div>", format!("<div class=c>{inside}</div>").repeat(count))
    }

    const HEAD: &str = "<h3><a href=/1>Another ship is late again</a></h3><i>8.5.2024</i>";
    const TEASER: &str = "<p>The crew of the other ship waits for its cook.</p>";

    #[test]
    fn rows_of_headlines_and_teasers_are_other_articles() {
        let card = format!("{HEAD}{TEASER}");
        let text = format!("<article>{}</article>", TEXT.repeat(6));
        assert_eq!(claimed(&format!("{text}{}", cards(4, &card))), 4);
        assert_eq!(claimed(&format!("{}{text}", cards(3, &card))), 3);
        assert_eq!(claimed(&format!("{text}{0}<h2>Late</h2>{0}", cards(3, &card))), 6);
        assert_eq!(claimed(&format!("{text}{}", cards(2, &card))), 0);
    }

    #[test]
    fn rows_that_are_the_article_stay() {
        let card = format!("{HEAD}{TEASER}");
        let text = TEXT.repeat(6);
        // Hardly any other text; text on both sides; text in the same element.
        assert_eq!(claimed(&format!("{TEXT}{}", cards(4, &card))), 0);
        assert_eq!(claimed(&format!("<div>{text}</div>{}{text}", cards(4, &card))), 0);
        assert_eq!(claimed(&format!("<div>{text}{}</div>", format!("<div>{card}</div>").repeat(4))), 0);
        // Entries: headings that lead nowhere, questions, more than a teaser.
        let row = |card: &str| claimed(&format!("<article>{text}</article>{}", cards(4, card)));
        assert_eq!(row(&format!("<h3>Another ship is late again</h3>{TEASER}")), 0);
        assert_eq!(row(&format!("<h3><a href=#>Why is the ship late again?</a></h3>{TEASER}")), 0);
        assert_eq!(row(&format!("{HEAD}{}", TEASER.repeat(9))), 0);
    }
}
