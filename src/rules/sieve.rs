//! What tells quickly that a text holds no phrase: its first word, or its pieces of a few bytes.
//!
//! Enters: folded phrases, then texts. Leaves: "no", which is certain, or "maybe".

use crate::normalize::letter::latin;

/// Bits of a set of hashes; a thousand phrases fill an eighth of them.
const BITS: usize = 8192;

/// A set of hashes that holds more than was put in, never less.
#[derive(Debug, Clone)]
struct Hashes([u64; BITS / 64]);

impl Default for Hashes {
    fn default() -> Hashes {
        Hashes([0; BITS / 64])
    }
}

impl Hashes {
    fn place(hash: u64) -> (usize, u64) {
        let place = hash.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - BITS.trailing_zeros());
        let place = usize::try_from(place).unwrap_or(0);
        (place / 64, 1 << (place % 64))
    }

    fn add(&mut self, hash: u64) {
        let (at, bit) = Hashes::place(hash);
        self.0[at] |= bit;
    }

    fn may_hold(&self, hash: u64) -> bool {
        let (at, bit) = Hashes::place(hash);
        self.0[at] & bit != 0
    }
}

/// The first words of phrases.
#[derive(Debug, Clone, Default)]
pub(crate) struct FirstWords(Hashes);

impl FirstWords {
    /// Adds a phrase's first word. One that is not plain is no loss: lines that begin with it are not plain either.
    pub(crate) fn add(&mut self, folded: &str) {
        if let Some(hash) = first_word(folded) {
            self.0.add(hash);
        }
    }

    /// Whether a phrase may begin a line, signs before it passed over.
    pub(crate) fn may_begin(&self, line: &str) -> bool {
        first_word(line).is_none_or(|hash| self.0.may_hold(hash))
    }
}

/// What a character is to the search for a first word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// A letter without its marks and case, or a digit.
    Letter(u8),
    /// A sign that is no part of a word.
    Sign,
    /// A sign that a phrase may begin with, folded.
    Opening(char),
    /// A letter of another script: its fold is one, too.
    Foreign,
    /// Anything whose fold is not plain.
    Unsure,
}

/// A hash of the first word that is the same for all texts of one fold; `None` where a fold may change more than case and
/// tone marks, or where there is no word.
fn first_word(text: &str) -> Option<u64> {
    let mut hash: u64 = 0;
    for c in text.chars() {
        match part(c) {
            Part::Letter(letter) => hash = (hash ^ u64::from(letter)).wrapping_mul(0x100_0000_01B3),
            Part::Opening(c) if hash == 0 => return Some(c as u64),
            Part::Foreign if hash == 0 => return Some(u64::MAX),
            Part::Sign | Part::Opening(_) if hash != 0 => return Some(hash),
            Part::Sign => {}
            Part::Opening(_) | Part::Foreign | Part::Unsure => return None,
        }
    }
    (hash != 0).then_some(hash)
}

fn part(c: char) -> Part {
    match c {
        'a'..='z' | '0'..='9' => Part::Letter(c as u8),
        'A'..='Z' => Part::Letter(c as u8 | 0x20),
        ')' | '"' | '©' => Part::Opening(c),
        ' '..='~' | '\t'..='\r' => Part::Sign,
        '“' | '”' | '„' | '‟' | '«' | '»' => Part::Opening('"'),
        '\u{A0}' | '¡'..='©' | '¬' | '®'..='±' | '´' | '¶'..='¸' | '¿' | '×' | '÷' => Part::Sign,
        '\u{2010}'..='\u{2027}' => Part::Sign,
        'Α'..='Ρ' | 'Σ'..='Ω' | 'α'..='ω' | 'Ѐ'..='ҁ' | 'א'..='ת' | 'ؠ'..='ي' | 'ऄ'..='ह' | 'ก'..='ะ' => {
            Part::Foreign
        }
        'ぁ'..='ゖ' | 'ァ'..='ヺ' | '㐀'..='鿿' | '가'..='힣' => Part::Foreign,
        _ => latin(c).map_or(Part::Unsure, |letter| Part::Letter(without_marks(letter.lower))),
    }
}

/// The letter below a small letter's marks, for those of Vietnamese; one sign for all others.
fn without_marks(lower: char) -> u8 {
    match lower {
        'à'..='å' | 'ă' | 'ạ'..='ặ' => b'a',
        'è'..='ë' | 'ẹ'..='ệ' => b'e',
        'ì'..='ï' | 'ĩ' | 'ỉ'..='ị' => b'i',
        'ò'..='ö' | 'ơ' | 'ọ'..='ợ' => b'o',
        'ù'..='ü' | 'ũ' | 'ư' | 'ụ'..='ự' => b'u',
        'ý' | 'ỳ'..='ỹ' => b'y',
        'đ' | 'ð' => b'd',
        _ => b'*',
    }
}

/// Bytes of a piece.
const PIECE: usize = 6;

/// The first bytes of phrases that are looked for anywhere in a text.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pieces {
    known: Hashes,
    /// Whether a phrase is shorter than a piece.
    short: bool,
}

impl Pieces {
    /// Adds a phrase.
    pub(crate) fn add(&mut self, folded: &str) {
        match folded.as_bytes().first_chunk::<PIECE>() {
            Some(bytes) => self.known.add(bytes.iter().fold(0, |piece, byte| next(piece, *byte))),
            None => self.short = true,
        }
    }

    /// Whether a phrase may stand in a folded text.
    pub(crate) fn may_stand_in(&self, folded: &str) -> bool {
        let mut piece = 0;
        let mut is_known = |byte: &u8| {
            piece = next(piece, *byte);
            self.known.may_hold(piece)
        };
        self.short || folded.as_bytes().iter().any(|byte| is_known(byte))
    }
}

/// The last bytes of a text as one number.
fn next(piece: u64, byte: u8) -> u64 {
    (piece << 8 | u64::from(byte)) & ((1 << (8 * PIECE)) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normalize::fold::fold;
    use proptest::prelude::*;

    #[test]
    fn every_character_is_what_its_fold_is() {
        for c in '\0'..=char::MAX {
            let folded: Vec<Part> = fold(&c.to_string()).chars().map(part).collect();
            match part(c) {
                Part::Unsure => {}
                Part::Sign => assert!(folded.iter().all(|part| *part == Part::Sign), "{c:?}"),
                own => assert_eq!(folded, [own], "{c:?}"),
            }
            let is_word = matches!(part(c), Part::Letter(_) | Part::Foreign);
            assert!(part(c) == Part::Unsure || is_word == c.is_alphanumeric(), "{c:?}");
        }
    }

    #[test]
    fn no_is_certain() {
        let mut words = FirstWords::default();
        ["hòa bình", "© báo", "xem"].iter().for_each(|phrase| words.add(phrase));
        for line in ["» HOÀ Bình", "©Báo", "xem: thêm", "Xe\u{301}m", "...", "İ"] {
            assert!(words.may_begin(line) == !line.starts_with('»'), "{line}");
        }
        assert!(words.may_begin("- HOÀ Bình") && !words.may_begin("Tin") && !words.may_begin("東京"));
        let mut pieces = Pieces::default();
        pieces.add("not found");
        assert!(pieces.may_stand_in("page not found") && !pieces.may_stand_in("page no"));
    }

    proptest! {
        #[test]
        fn a_line_and_its_fold_have_one_first_word(line in "\\PC{0,20}") {
            if let Some(hash) = first_word(&line) {
                prop_assert_eq!(first_word(&fold(&line)), Some(hash));
            }
        }
    }
}
