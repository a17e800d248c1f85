//! What ties a line that may be the title to the words of the document: to the paragraphs below it, to its first line, and
//! to other lines that hold it or say almost the same.
//!
//! Enters: a [`Context`] and the lines in question. Leaves: [`Ties`] for each. None of it is keyed on a language: a title's
//! words return in the text, and a page says its title again in its head, its path or a picture's text.

use fearless_simd::{Level, Simd, dispatch};

use crate::classify::context::Context;
use crate::classify::number::{count, to_f32};

/// Words beyond which no line is looked for in another one. A title has fewer.
const MAX_WORDS: usize = 64;
/// First paragraphs whose words are looked up, no more than a byte has bits, and words of each: a text says at its beginning
/// what it is about.
const MAX_PARAGRAPHS: usize = 8;
const MAX_LOOKED_UP: usize = 24;
/// Lines that may be the page's own head.
pub(super) const FIRST: usize = 3;

/// What ties one line to the document.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ties {
    /// Share of the words that those below it hold; `NaN` where none is.
    pub(super) next: f32,
    /// Mean share of the paragraphs that hold a word: much for words of grammar, none for those of menus.
    pub(super) known: f32,
    /// Likeness to the line that is most like it, of those that are not the same.
    pub(super) likeness: f32,
    /// Longer lines that hold this one.
    pub(super) held: f32,
}

/// Of a line that nothing is known to be tied to.
const LOOSE: Ties = Ties { next: f32::NAN, known: 0.0, likeness: 0.0, held: 0.0 };

/// The ties of some lines, which stand in order.
pub(super) fn of(context: &Context<'_>, lines: &[usize]) -> Vec<Ties> {
    let mut ties = vec![LOOSE; lines.len()];
    to_paragraphs(context, lines, &mut ties);
    to_lines(context, lines, &mut ties);
    ties
}

/// A bit for each paragraph that may hold a word, at the place that the word's lowest bits say. Words are hashes already, and
/// few of them share a place.
struct Holders([u8; PLACES]);

const PLACES: usize = 4096;

impl Holders {
    fn of(&mut self, word: u32) -> &mut u8 {
        &mut self.0[word as usize % PLACES]
    }
}

/// Looks up the lines' words in the first paragraphs below the first of them.
fn to_paragraphs(context: &Context<'_>, lines: &[usize], ties: &mut [Ties]) {
    let mut from = lines.first().copied().unwrap_or_default();
    let mut holders = Holders([0; PLACES]);
    let mut paragraphs = Vec::with_capacity(MAX_PARAGRAPHS);
    while let Some(at) = context.around.first_prose(&(from..context.len()))
        && paragraphs.len() < MAX_PARAGRAPHS
    {
        for word in context.words.of(at).iter().take(MAX_LOOKED_UP) {
            *holders.of(*word) |= 1 << paragraphs.len();
        }
        paragraphs.push(at);
        from = at + 1;
    }
    let (found, first) =
        (paragraphs.len(), |bits: usize| u8::try_from((1_u32 << bits) - 1).unwrap_or(u8::MAX));
    for (line, ties) in lines.iter().zip(ties) {
        let words = context.words.of(*line);
        let above = paragraphs.iter().filter(|at| *at <= line).count();
        let below = first(found) & !first(above);
        // A line that is prose itself is none of the paragraphs that it is looked up in.
        let own = paragraphs.iter().position(|at| at == line).map_or(0, |number| 1_u8 << number);
        let (mut in_below, mut in_all) = (0, 0);
        for word in words {
            let holders = *holders.of(*word) & !own;
            in_below += u32::from(holders & below != 0);
            in_all += holders.count_ones();
        }
        let all = count(words.len());
        ties.next = if below == 0 { f32::NAN } else { to_f32(in_below) / all };
        ties.known = to_f32(in_all) / count(found.max(1)) / all;
    }
}

/// Compares the lines with each other, and with the document's first ones.
fn to_lines(context: &Context<'_>, lines: &[usize], ties: &mut [Ties]) {
    dispatch!(Level::new(), simd => to_lines_with(simd, context, lines, ties));
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "bits are counted by an instruction where the processor has one")]
fn to_lines_with<S: Simd>(_: S, context: &Context<'_>, lines: &[usize], ties: &mut [Ties]) {
    let before = lines.first().map_or(0, |first| FIRST.min(*first));
    let all: Vec<usize> = (0..before).chain(lines.iter().copied()).collect();
    let marks: Vec<u64> = all.iter().map(|at| context.words.marks(*at)).collect();
    for (number, ties) in ties.iter_mut().enumerate() {
        let (own, own_marks) = (context.words.of(all[before + number]), marks[before + number]);
        for (at, marks) in all.iter().zip(&marks) {
            let shared = (own_marks & marks).count_ones();
            let both = own_marks.count_ones() + marks.count_ones();
            // Most often a line without a word in common, or with no more than one that is more like it.
            let likeness = 2.0 * to_f32(shared) / to_f32(both);
            let may_hold = own_marks & !marks == 0;
            if !(likeness > ties.likeness || may_hold) {
                continue;
            }
            let other = context.words.of(*at);
            if own == other {
                continue;
            }
            ties.likeness = ties.likeness.max(likeness);
            let is_part = own.len() > 1 && own.len() < other.len() && other.len() <= MAX_WORDS;
            if may_hold && is_part && other.windows(own.len()).any(|run| run == own) {
                ties.held += 1.0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::context::Stated;
    use crate::rules::phrase::Phrases;
    use crate::segment::flat;

    const PARAGRAPH: &str =
        "The harbour board met on Monday and bought a crane, which the old quay can hardly carry.";

    fn of_all(lines: &[&str]) -> Vec<Ties> {
        let (page, phrases) = (flat::segment(&lines.join("\n\n")), Phrases::default());
        assert_eq!(page.blocks.len(), lines.len());
        let context = Context::of(&page, &Stated::default(), &phrases);
        of(&context, &(0..lines.len()).collect::<Vec<_>>())
    }

    fn is(value: f32, expected: f32) -> bool {
        (value - expected).abs() < 1e-6
    }

    #[test]
    fn words_are_looked_up_in_the_paragraphs_below() {
        let ties = of_all(&["Quay buys bread", "Old crane", PARAGRAPH, "Old harbour"]);
        assert!(is(ties[0].next, 1.0 / 3.0) && is(ties[1].next, 1.0) && is(ties[1].known, 1.0));
        // No paragraph is below these, and one is not looked up in itself.
        assert!(ties[2].next.is_nan() && is(ties[2].known, 0.0) && ties[3].next.is_nan());
        assert!(is(ties[3].known, 1.0));
    }

    #[test]
    fn only_the_next_paragraphs_count_as_next() {
        let mut lines = vec!["Old crane", "Timetable"];
        let others: Vec<String> = (0..70)
            .map(|n| {
                format!(
                    "On day {n} nobody of the council could say to whom all that money had been paid or why."
                )
            })
            .collect();
        lines.extend(others.iter().take(NEXT).map(String::as_str));
        lines.push(PARAGRAPH);
        assert!(is(of_all(&lines)[0].next, 0.0) && of_all(&lines)[0].known > 0.0);
        lines.remove(2);
        assert!(is(of_all(&lines)[0].next, 1.0));
        // More paragraphs than are looked at.
        lines.extend(others.iter().skip(NEXT).map(String::as_str));
        assert!(is(of_all(&lines)[0].next, 1.0));
        assert!(low_bits(64) == u64::MAX && low_bits(3) == 7 && low_bits(0) == 0);
    }

    #[test]
    fn lines_that_hold_a_line_are_counted() {
        let title = "Old crane falls";
        let ties = of_all(&["Old crane falls - Quay Post", "Home", "Sport", "News / Old crane falls", title]);
        assert!(is(ties[4].held, 2.0) && is(ties[1].held, 0.0) && is(ties[3].held, 0.0));
    }

    #[test]
    fn likeness_is_that_of_the_line_most_like_it() {
        let ties = of_all(&[
            "Old crane falls twice",
            "Old crane falls again",
            "Old bread falls",
            "Old crane falls twice",
        ]);
        assert!(is(ties[0].likeness, 0.75) && is(ties[1].likeness, 0.75));
        assert!(is(ties[2].likeness, 4.0 / 7.0));
        assert_eq!(common(&[1, 1, 2], &[1, 1, 1]), 2);
    }
}
