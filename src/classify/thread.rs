//! Comments below an article are prose, and often more of it than the article: what is measured by the page's prose must
//! not take the thread for the article.
//!
//! Enters: blocks and the weight of prose of each. Leaves: the weights, with none for comments.

use crate::rules::markup::Hint;
use crate::segment::block::Segmented;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::markup::Hints;
    use crate::segment::block::DomFacts;

    /// Prose of blocks after the thread is left out; those whose weight is negative stand in a thread.
    fn check(weights: &[f32], heading: Option<usize>, expected: &[f32]) {
        let dom = |weight: &f32| DomFacts {
            all: Hints::of(if *weight < 0.0 { &[Hint::Comment] } else { &[] }),
            ..DomFacts::default()
        };
        let page = Segmented { doms: weights.iter().map(dom).collect(), ..Segmented::default() };
        let mut prose: Vec<f32> = weights.iter().map(|weight| weight.abs()).collect();
        leave_out(&page, heading, &mut prose);
        assert_eq!(prose, expected, "{weights:?}");
    }

    #[test]
    fn comments_below_an_article_are_left_out() {
        check(&[0.0, 150.0, 150.0, -400.0, -300.0], Some(0), &[0.0, 150.0, 150.0, 0.0, 0.0]);
        check(&[150.0, -400.0, 150.0, -90.0], None, &[150.0, 400.0, 150.0, 90.0]);
        check(&[150.0, 150.0, -400.0, 90.0], None, &[150.0, 150.0, 0.0, 90.0]);
    }

    #[test]
    fn an_article_that_calls_itself_a_comment_is_not() {
        // A lead above it, or two lines.
        check(&[0.0, 300.0, -400.0, -300.0], Some(0), &[0.0, 300.0, 400.0, 300.0]);
        check(&[90.0, 90.0, -400.0, -300.0], None, &[90.0, 90.0, 400.0, 300.0]);
        // Its heading stands in it.
        check(&[150.0, 150.0, -1.0, -400.0], Some(2), &[150.0, 150.0, 1.0, 400.0]);
        // No prose calls itself so, or nothing does.
        check(&[150.0, 150.0], None, &[150.0, 150.0]);
        check(&[], None, &[]);
    }
}
