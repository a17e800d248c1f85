//! The shape of a line: what can be told of a block from its characters alone, in any language.
//!
//! Enters: a block's text. Leaves: [`Shape`] and the hashes of its words, from one pass over the characters.

mod bytes;
mod counter;
mod latin;

use fearless_simd::{Level, Simd, dispatch};

use crate::classify::number::to_f32;
use crate::normalize::letter::{is_alphanumeric, latin};
use counter::Counter;
pub(crate) use counter::mark;

/// What a block's characters tell.
#[derive(Debug, Clone, Default, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an observation of its own, not a state")]
pub struct Shape {
    /// Visible characters, ideographs and syllable blocks counted as two and a half: comparable across scripts.
    pub weight: f32,
    /// Words; an ideograph is half a word.
    pub words: f32,
    /// Ends with a sentence's sign, quotes and brackets passed over.
    pub ends_sentence: bool,
    /// Ends with dots that cut it off.
    pub ends_cut: bool,
    /// Ends with a colon.
    pub ends_colon: bool,
    /// Ends with a question mark.
    pub ends_question: bool,
    /// Sentences that end inside or at the end.
    pub sentences: f32,
    /// Commas and semicolons.
    pub commas: f32,
    /// Share of digits.
    pub digits: f32,
    /// Share of words that begin with a capital.
    pub capitals: f32,
    /// Share of capitals among letters.
    pub upper: f32,
    /// Share of signs that are no letter, digit, space or common punctuation.
    pub signs: f32,
    /// Begins with a small letter.
    pub starts_small: bool,
    /// Begins with a quote or a dash of speech.
    pub starts_quote: bool,
    /// Begins with a bullet, an arrow or a bracket.
    pub starts_sign: bool,
    /// Holds `|`, `»`, `·` or `•`: a separator of menus and bylines.
    pub separators: f32,
    /// Holds an address: `@`, `://` or `www.`.
    pub address: bool,
    /// Holds a date or a clock time.
    pub date: bool,
    /// Holds a colon.
    pub colon: bool,
    /// Holds only Latin letters, digits and common signs: a fold changes nothing of its words but case and tone marks.
    pub is_plain: bool,
}

/// What tells most texts apart before their words are compared.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Glance {
    /// A hash of all words in order.
    pub(crate) print: u64,
    /// A bit for each word; two words may share one.
    pub(crate) marks: u64,
}

/// Quotes and brackets that may stand behind a sentence's sign.
const CLOSING: [char; 11] = ['"', '”', '’', '\'', ')', '»', ']', '“', '』', '」', ' '];
/// Words of a block that take part in comparisons.
const MAX_HASHES: usize = 4000;

impl Shape {
    /// Reads a text's shape, and adds the hashes of its words, folded to lower case, to `words`.
    #[must_use]
    pub fn read(text: &str, words: &mut Vec<u32>) -> Shape {
        dispatch!(Level::new(), simd => Shape::read_with(simd, text, text.as_bytes(), words)).0
    }

    /// The same with some kind of vectors, and what the words are at a glance. `bytes` are those of the text and what stands
    /// behind it.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "it is compiled for each kind of vectors where it is called")]
    pub(crate) fn read_with<S: Simd>(
        simd: S,
        text: &str,
        bytes: &[u8],
        words: &mut Vec<u32>,
    ) -> (Shape, Glance) {
        let room = words.len() + MAX_HASHES;
        let mut count = Counter::new(words, room);
        count.take(simd, text, bytes);
        (Shape::of(&count, text), Glance { print: count.print, marks: count.marks })
    }

    /// Hashes of a long text's words, without a bound but the text's own.
    #[must_use]
    pub fn words_of(text: &str) -> Vec<u32> {
        let mut words = Vec::with_capacity(text.len() / 6);
        let mut count = Counter::new(&mut words, usize::MAX);
        dispatch!(Level::new(), simd => count.take(simd, text, text.as_bytes()));
        words
    }

    // A shape that is returned through memory is written in pieces and read as a whole, which has to wait for them.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "it is written where it is kept")]
    fn of(count: &Counter<'_>, text: &str) -> Shape {
        let ends_plain = text.as_bytes().last().is_some_and(u8::is_ascii_alphanumeric);
        let bare = if ends_plain { text } else { text.trim_end_matches(CLOSING) };
        let last = bare.chars().next_back().unwrap_or(' ');
        let first = text.chars().next().unwrap_or(' ');
        let (visible, letters) = (to_f32(count.visible).max(1.0), to_f32(count.letters).max(1.0));
        let words = to_f32(count.words) + 0.5 * to_f32(count.ideographs);
        // Most lines begin with a letter of ASCII, large and small ones without an order.
        let (starts_small, starts_sign) = if first.is_ascii() {
            (first.is_ascii_lowercase(), !first.is_ascii_alphanumeric())
        } else {
            let small = latin(first).map_or_else(|| first.is_lowercase(), |letter| !letter.capital);
            (small, !is_alphanumeric(first))
        };
        let starts_quote = matches!(first, '"' | '“' | '„' | '«' | '‘' | '「' | '–' | '—');
        Shape {
            weight: to_f32(count.visible - count.ideographs) + 2.5 * to_f32(count.ideographs),
            words,
            ends_cut: bare.ends_with("...") || last == '…',
            ends_sentence: matches!(last, '.' | '!' | '?' | '…' | '。' | '！' | '？' | '।' | '؟'),
            ends_question: matches!(last, '?' | '？' | '؟'),
            ends_colon: matches!(last, ':' | '：'),
            sentences: to_f32(count.sentences + u32::from(count.sentence_sign)),
            commas: to_f32(count.commas),
            digits: to_f32(count.digits) / visible,
            capitals: to_f32(count.capital_words) / words.max(1.0),
            upper: to_f32(count.capitals) / letters,
            signs: to_f32(count.signs) / visible,
            starts_small,
            starts_quote,
            starts_sign: starts_sign && !starts_quote && first != '(',
            separators: to_f32(count.separators),
            address: count.address,
            colon: count.colon,
            is_plain: count.is_plain,
            date: count.first_pair.is_some_and(|from| has_date(text, from)),
        }
    }
}

/// Whether a short text holds a date (`4/7/2024`, `2024-07-04`, `4.7.24`) or a clock time (`19:15`, `9h30`).
/// `from` is where the first digit stands that has a single byte between it and another one.
fn has_date(text: &str, from: usize) -> bool {
    let bytes = text.as_bytes();
    let bytes = &bytes[..bytes.len().min(400)];
    let Some(before) = bytes.get(..from) else { return false };
    let digits = |at: usize| bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut at = from - before.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    while at < bytes.len() {
        let first = digits(at);
        if first == 0 {
            at += 1;
            continue;
        }
        let sign = bytes.get(at + first).copied().unwrap_or(b' ');
        let second = if at + first < bytes.len() { digits(at + first + 1) } else { 0 };
        if matches!(sign, b':' | b'h') && first <= 2 && second == 2 {
            return true;
        }
        let after = at + first + 1 + second;
        let again = bytes.get(after) == Some(&sign) && bytes.get(after + 1).is_some_and(u8::is_ascii_digit);
        if matches!(sign, b'/' | b'-' | b'.') && (1..=2).contains(&second) && again {
            return true;
        }
        at += first;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> Shape {
        Shape::read(text, &mut Vec::new())
    }

    #[test]
    fn shapes_of_lines() {
        let prose = shape("Sáng 29/9, quận tổ chức tọa đàm. “Rất cần thiết”, ông nói.");
        assert!(prose.ends_sentence && !prose.date && !prose.starts_small);
        assert!((prose.sentences - 2.0).abs() < 0.1);
        let title = shape("Hà Nội: Mở bán vé tàu Tết");
        assert!(!title.ends_sentence && !title.date);
        assert!(shape("19:15 | 04/07/2024").date && shape("2024-07-04").date && !shape("3.500 người").date);
        assert!((shape("東京都").weight - 7.5).abs() < 0.1);
        assert_eq!(Shape::words_of("HÀ nội"), Shape::words_of("hà, NỘI"));
    }
}
