//! Text of a date line to tokens.
//!
//! Enters: any text. Leaves: at most [`MAX_TOKENS`] tokens in lower case, in the order of the text.

use crate::normalize::unicode::nfc;

/// Characters that are read; a date stands in a short line or at the start of a longer one.
const MAX_CHARS: usize = 400;
/// Tokens that are kept.
const MAX_TOKENS: usize = 96;

/// A number, a word or a mark, and whether white space stood before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// No white space before it.
    pub(super) glued: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// Value and number of digits.
    Number(u64, usize),
    /// Letters in lower case.
    Word(String),
    /// Any other character.
    Mark(char),
}

impl Token {
    /// The number, if it has at least `least` and at most `most` digits.
    pub(super) fn number(&self, least: usize, most: usize) -> Option<u32> {
        match self.kind {
            Kind::Number(value, digits) if (least..=most).contains(&digits) => u32::try_from(value).ok(),
            _ => None,
        }
    }

    pub(super) fn word(&self) -> Option<&str> {
        match &self.kind {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }

    pub(super) fn mark(&self) -> Option<char> {
        match self.kind {
            Kind::Mark(mark) => Some(mark),
            _ => None,
        }
    }
}

/// Cuts a text into tokens.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let end = text.char_indices().nth(MAX_CHARS).map_or(text.len(), |(at, _)| at);
    let mut lower: String = nfc(&text[..end]).chars().flat_map(char::to_lowercase).collect();
    if lower.contains(".m.") {
        lower = lower.replace("a.m.", "am").replace("p.m.", "pm");
    }
    let mut found = Vec::new();
    let mut glued = true;
    let mut rest = lower.as_str();
    while let Some(first) = rest.chars().next() {
        if found.len() == MAX_TOKENS {
            break;
        }
        let length = if first.is_ascii_digit() {
            run(rest, |c| c.is_ascii_digit())
        } else if is_latin(first) {
            run(rest, is_latin)
        } else {
            first.len_utf8()
        };
        let (piece, after) = rest.split_at(length);
        rest = after;
        if first.is_whitespace() {
            glued = false;
            continue;
        }
        found.push(Token { kind: kind_of(piece, first), glued });
        glued = true;
    }
    found
}

fn kind_of(piece: &str, first: char) -> Kind {
    if first.is_ascii_digit() {
        // More digits than a u64 holds are no part of a date; the count of digits rules them out.
        Kind::Number(piece.parse().unwrap_or(u64::MAX), piece.len())
    } else if is_latin(first) {
        Kind::Word(piece.to_owned())
    } else {
        Kind::Mark(first)
    }
}

/// Letters that make words here; those of East Asian dates (年, 월) stay single marks.
fn is_latin(c: char) -> bool {
    c.is_alphabetic() && c < '\u{2e80}'
}

/// Length in bytes of the run of characters at the start of `text` that fit.
fn run(text: &str, fits: impl Fn(char) -> bool) -> usize {
    text.find(|c| !fits(c)).unwrap_or(text.len())
}
