//! Parts that call themselves something else than the article, and hold prose: promotions, quotes of customers, excerpts of
//! other articles. And the other way round: names of such parts that elements around the article have as well.
//!
//! Enters: blocks, likeness to the stated title, the weight of prose of each block. Leaves: that weight without those
//! parts, and the names that tell nothing in a page.

use crate::classify::tree::Tree;
use crate::rules::markup::{Hint, Hints};
use crate::segment::block::{DomFacts, Kind, Segmented};

/// Names of parts that stand beside an article. What is hidden, paid for or called a header may be its own.
const BESIDE: [Hint; 11] = [
    Hint::Ad,
    Hint::Footer,
    Hint::FooterTag,
    Hint::AsideTag,
    Hint::Legal,
    Hint::Navigation,
    Hint::NavTag,
    Hint::Newsletter,
    Hint::Popup,
    Hint::Related,
    Hint::Sidebar,
];
/// Share of the page's prose from which what stands in no such part is enough for an article, and its weight.
const SHARE: f32 = 0.25;
const ENOUGH: f32 = 400.0;

/// Hints of other parts of a page that real templates put on elements around the article too.
const MISNOMERS: [Hint; 14] = [
    Hint::Card,
    Hint::Navigation,
    Hint::Header,
    Hint::Sidebar,
    Hint::Paywall,
    Hint::Popup,
    Hint::Tags,
    Hint::Box,
    Hint::AsideTag,
    Hint::NavTag,
    Hint::HeaderTag,
    Hint::FormTag,
    Hint::TableTag,
    Hint::Hidden,
];

/// The same for parts that may outweigh a short article: they count only for elements that hold its heading as well.
const WITH_HEADING: [Hint; 6] =
    [Hint::Ad, Hint::Comment, Hint::Legal, Hint::Newsletter, Hint::Related, Hint::Share];

/// Likeness to a stated title from which a block is it.
pub(super) const ALIKE: f32 = 0.75;
/// Headings that are looked at for the article's.
const MAX_HEADS: usize = 20;

/// Takes the prose of parts beside the article out of account, where enough is left; returns whether any was taken. A part
/// that calls itself what the elements around one of the page's headings do may be the article's.
pub(super) fn leave_out(page: &Segmented, title_likeness: &[f32], prose: &mut [f32]) -> bool {
    let headings = headings(page, title_likeness);
    let around = headings.iter().filter_map(|at| page.dom(*at));
    let around = around.fold(Hints::default(), |all, dom| all.and(dom.all));
    let beside = Hints::of(&BESIDE).without(around);
    let is_beside = |dom: &DomFacts| dom.all.common(beside) != Hints::default();
    let total: f32 = prose.iter().sum();
    let clear = page.doms.iter().zip(&*prose).filter(|(dom, _)| !is_beside(dom));
    let clear: f32 = clear.map(|(_, prose)| prose).sum();
    if clear < ENOUGH || clear < total * SHARE {
        return false;
    }
    let mut is_taken = false;
    for (weight, _) in prose.iter_mut().zip(&page.doms).filter(|(_, dom)| is_beside(dom)) {
        is_taken |= *weight > 0.0;
        *weight = 0.0;
    }
    is_taken
}

/// The first block that is a page's heading by its element or by what the head states.
pub(super) fn heading(page: &Segmented, title_likeness: &[f32]) -> Option<usize> {
    heads(page, title_likeness).next()
}

fn heads(page: &Segmented, title_likeness: &[f32]) -> impl Iterator<Item = usize> {
    // Lines of flattened text have neither.
    (0..page.doms.len())
        .filter(|at| page.blocks[*at].kind == Kind::Heading(1) || title_likeness[*at] >= ALIKE)
        .take(MAX_HEADS)
}

/// Headings with what the head states as the title; where there are none, other blocks like it, else headings of the first
/// rank.
fn headings(page: &Segmented, title_likeness: &[f32]) -> Vec<usize> {
    let is_heading = |at: &usize| matches!(page.blocks[*at].kind, Kind::Heading(_));
    let alike = || (0..page.doms.len()).filter(|at| title_likeness[*at] >= ALIKE);
    let mut found: Vec<usize> = alike().filter(is_heading).take(MAX_HEADS).collect();
    if found.is_empty() {
        found = alike().take(MAX_HEADS).collect();
    }
    if found.is_empty() {
        found = heads(page, title_likeness).collect();
    }
    found
}

/// Names of other parts of a page that tell nothing in this one.
pub(super) fn void_hints(page: &Segmented, tree: &Tree, title_likeness: &[f32]) -> Hints {
    let Some(main) = page.containers.get(tree.main) else { return Hints::default() };
    let around_main = main.all.common(Hints::of(&MISNOMERS));
    // The site's name may be a heading too: the one nearest to the prose is the article's.
    let around = heads(page, title_likeness)
        .filter_map(|at| page.dom(at))
        .map(|heading| tree.meeting(page, heading.container as usize))
        .max_by_key(|around| page.containers[*around].depth);
    let around = around.map(|around| page.containers[around].all.common(Hints::of(&WITH_HEADING)));
    around_main.and(around.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::tests::page;

    fn weights_left(body: &str) -> Vec<f32> {
        let page = page(body);
        let mut prose: Vec<f32> =
            page.blocks.iter().map(|block| if block.text.len() > 9 { 500.0 } else { 0.0 }).collect();
        let before = prose.clone();
        let is_taken = leave_out(&page, &vec![0.0; prose.len()], &mut prose);
        assert_eq!(is_taken, before != prose);
        prose
    }

    #[test]
    fn prose_of_parts_beside_the_article_does_not_count() {
        let body = "<h1>A</h1><p>An article.</p><div class=related><p>Another one.</p></div>";
        assert_eq!(weights_left(body), [0.0, 500.0, 0.0]);
    }

    #[test]
    fn a_part_around_the_heading_is_the_article() {
        let body = "<div class=related><h1>A</h1><p>An article.</p></div><p>Another one.</p>";
        assert_eq!(weights_left(body), [0.0, 500.0, 500.0]);
    }

    #[test]
    fn what_is_left_has_to_be_enough_for_an_article() {
        let body = "<h1>A</h1><p>B</p><div class=sidebar><p>An article.</p></div>";
        assert_eq!(weights_left(body), [0.0, 0.0, 500.0]);
    }
}
