//! Comments below an article are prose, and often more of it than the article: what is measured by the page's prose must
//! not take the thread for the article.
//!
//! Enters: blocks and the weight of prose of each. Leaves: the weights, with none for comments.

use crate::rules::markup::{Hint, Hints};
use crate::segment::block::{DomFacts, Segmented};

/// Weight of prose above the first comment from which the page has an article to comment on.
const ARTICLE: f32 = 200.0;
/// Paragraphs of that prose, at least: a lead alone may stand above a text that calls itself a comment.
const PARAGRAPHS: usize = 2;

/// Takes the prose of comments out of account, unless what calls itself a comment is the article: the page's heading stands
/// there first, or hardly any prose stands above it.
pub(super) fn leave_out(page: &Segmented, heading: Option<usize>, prose: &mut [f32]) {
    let in_thread: Vec<bool> = page.doms.iter().map(|dom| dom.all.has(Hint::Comment)).collect();
    let Some(first) = (0..in_thread.len()).find(|at| in_thread[*at] && prose[*at] > 0.0) else { return };
    let above: Vec<f32> =
        (0..first).filter(|at| !in_thread[*at] && prose[*at] > 0.0).map(|at| prose[at]).collect();
    let is_article = above.len() >= PARAGRAPHS && above.iter().sum::<f32>() >= ARTICLE;
    if !is_article || heading.is_some_and(|at| at >= first && in_thread[at]) {
        return;
    }
    for (weight, _) in prose.iter_mut().zip(in_thread).filter(|(_, in_thread)| *in_thread) {
        *weight = 0.0;
    }
}

/// Names of parts that stand beside an article.
const BESIDE: [Hint; 14] = [
    Hint::Ad,
    Hint::Footer,
    Hint::FooterTag,
    Hint::Legal,
    Hint::Navigation,
    Hint::NavTag,
    Hint::Newsletter,
    Hint::Popup,
    Hint::Hidden,
    Hint::Sidebar,
    Hint::AsideTag,
    Hint::Related,
    Hint::Paywall,
    Hint::Header,
];
/// Share of the page's prose from which what stands in no such part is enough for an article, and its weight.
const SHARE: f32 = 0.25;
const ENOUGH: f32 = 400.0;

/// Takes the prose of parts beside the article out of account, where enough is left. A part that calls itself what the
/// elements around one of the page's headings do may be the article's.
pub(super) fn leave_out_beside(page: &Segmented, headings: &[usize], prose: &mut [f32]) {
    let around = headings.iter().filter_map(|at| page.dom(*at)).fold(Hints::default(), |all, dom| all.and(dom.all));
    let beside = Hints::of(&BESIDE).without(around);
    let is_beside = |dom: &DomFacts| dom.all.common(beside) != Hints::default();
    let total: f32 = prose.iter().sum();
    let left: f32 =
        page.doms.iter().zip(&*prose).filter(|(dom, _)| !is_beside(dom)).map(|(_, prose)| prose).sum();
    if left < ENOUGH || left < total * SHARE {
        return;
    }
    for (weight, dom) in prose.iter_mut().zip(&page.doms) {
        if is_beside(dom) {
            *weight = 0.0;
        }
    }
}
