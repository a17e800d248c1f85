//! What tells quickly that a line begins with no phrase: its first words.
//!
//! Enters: folded phrases, then lines. Leaves: "no", which is certain, or "maybe".

use crate::normalize::fold::new_style;
use crate::normalize::letter::latin;
use crate::normalize::word::words_of_folded;

/// Bits of a set of hashes; ten thousand phrases fill a sixth of them.
const BITS: usize = 1 << 17;

/// A set of hashes that holds more than was put in, never less: each sets two bits (Bloom 1970).
#[derive(Debug, Clone)]
struct Hashes(Vec<u64>);

impl Default for Hashes {
    fn default() -> Hashes {
        Hashes(vec![0; BITS / 64])
    }
}

impl Hashes {
    /// The places of a hash's bits, and the bits.
    fn places(hash: u64) -> [(usize, u64); 2] {
        let mixed = hash.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        [mixed >> 47, mixed >> 30].map(|place| {
            let place = usize::try_from(place).unwrap_or(0) % BITS;
            (place / 64, 1 << (place % 64))
        })
    }

    fn add(&mut self, hash: u64) {
        for (at, bit) in Hashes::places(hash) {
            self.0[at] |= bit;
        }
    }

    fn may_hold(&self, hash: u64) -> bool {
        Hashes::places(hash).iter().all(|(at, bit)| self.0[*at] & bit != 0)
    }
}

/// The first words of phrases: of each phrase one if it is one word or begins a line with it, else two.
#[derive(Debug, Clone, Default)]
pub(crate) struct FirstWords {
    known: Hashes,
    /// The same by the hashes of words, for lines whose words are known: first those that begin lines.
    openings: Hashes,
    /// Those that are whole lines, with the number of their words.
    wholes: Hashes,
}

/// What of a phrase a line may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fits {
    /// Whether it may be a phrase and nothing else.
    pub(crate) whole: bool,
    /// Whether it may begin with one.
    pub(crate) start: bool,
}

/// What keeps the two apart: a phrase of one word that is a whole line, and one that begins a line.
const WHOLE: u64 = 0x5555;

impl FirstWords {
    /// Adds a phrase; `begins` tells that other words may follow. A phrase that is not plain is no loss: lines that begin
    /// with it are not plain either.
    pub(crate) fn add(&mut self, folded: &str, begins: bool) {
        match first_words(folded) {
            First::One(one) => self.known.add(if begins { one } else { one ^ WHOLE }),
            First::Two(_, two) => self.known.add(two),
            First::Nothing | First::Unsure => {}
        }
        if folded.chars().all(|c| c.is_ascii() || latin(c).is_some() || matches!(c, '\u{2010}'..='\u{2027}'))
        {
            self.add_words(folded, begins);
        }
    }

    /// Adds the first words of a phrase of Latin letters, with the tones of each in the old and in the new place.
    fn add_words(&mut self, folded: &str, begins: bool) {
        let old = words_of_folded(folded);
        let new = new_style(folded).map_or_else(|| old.clone(), |new| words_of_folded(&new));
        for (first, second) in [(&old, &old), (&old, &new), (&new, &old), (&new, &new)] {
            let words = [first.get(..1), second.get(1..)].map(Option::unwrap_or_default).concat();
            if begins {
                self.openings.add(opening(&words, 2));
            } else {
                self.wholes.add(whole(&words));
            }
        }
    }

    /// What a line may be by its words alone: those of a line of which a fold changes no more than case and tone marks.
    pub(crate) fn fits(&self, words: &[u32]) -> Fits {
        Fits {
            whole: self.wholes.may_hold(whole(words)),
            start: self.openings.may_hold(opening(words, 1)) || self.openings.may_hold(opening(words, 2)),
        }
    }

    /// Whether a phrase may begin a line, signs before it passed over.
    pub(crate) fn may_begin(&self, line: &str) -> bool {
        match first_words(line) {
            First::One(one) => self.known.may_hold(one) || self.known.may_hold(one ^ WHOLE),
            First::Two(one, two) => self.known.may_hold(one) || self.known.may_hold(two),
            First::Nothing => false,
            First::Unsure => true,
        }
    }
}

/// A hash of a line's first words, as many as there are up to two.
fn opening(words: &[u32], most: usize) -> u64 {
    words.iter().take(most).fold(0, |hash, word| hash << 32 | u64::from(*word))
}

/// A hash of a line's first words and the number of all.
fn whole(words: &[u32]) -> u64 {
    opening(words, 2) ^ (WHOLE + words.len() as u64) << 40
}

/// Hashes of a text's first word, and of its first two, that are the same for all texts of one fold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum First {
    /// There is one word.
    One(u64),
    /// There are two and perhaps more: the first, and both.
    Two(u64, u64),
    /// There is none, but signs that no phrase consists of.
    Nothing,
    /// There may be any: a fold may change more than case and tone marks.
    Unsure,
}

/// What a character is to the search for a first word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// A letter without its case, and if it is Latin without its marks, or a digit.
    Letter(char),
    /// A sign that is no part of a word.
    Sign,
    /// A sign that a phrase may begin with, folded.
    Opening(char),
    /// Anything whose fold is not plain.
    Unsure,
}

fn first_words(text: &str) -> First {
    let mut hash: u64 = 0;
    let mut first = None;
    let mut in_word = false;
    for c in text.chars() {
        // Letters are most of what comes.
        if let Some(letter) = SMALL.get(c as usize).filter(|letter| **letter != 0) {
            in_word = true;
            hash = mixed(hash, char::from(*letter));
            continue;
        }
        match part(c) {
            Part::Letter(letter) => {
                in_word = true;
                hash = mixed(hash, letter);
            }
            // What stands before the first word may be part of the phrase.
            Part::Opening(c) if hash == 0 => return First::One(c as u64),
            Part::Sign | Part::Opening(_) if in_word => {
                if first.is_some() {
                    return done(first, hash);
                }
                first = Some(hash);
                in_word = false;
            }
            Part::Sign | Part::Opening(_) => {}
            Part::Unsure => return First::Unsure,
        }
    }
    match (first, in_word) {
        (Some(one), false) => First::One(one),
        (None, false) => First::Nothing,
        _ => done(first, hash),
    }
}

fn done(first: Option<u64>, hash: u64) -> First {
    first.map_or(First::One(hash), |one| First::Two(one, hash))
}

fn mixed(hash: u64, letter: char) -> u64 {
    (hash ^ u64::from(letter)).wrapping_mul(0x100_0000_01B3).rotate_left(9)
}

/// [`Part`] of each ASCII character.
const ASCII: [Part; 128] = ascii();

const fn ascii() -> [Part; 128] {
    let mut table = [Part::Unsure; 128];
    let mut code: u8 = 0;
    while code < 128 {
        table[code as usize] = match code {
            b'a'..=b'z' | b'0'..=b'9' => Part::Letter(code as char),
            b'A'..=b'Z' => Part::Letter((code | 0x20) as char),
            b')' | b'"' => Part::Opening(code as char),
            b' '..=b'~' | b'\t'..=b'\r' => Part::Sign,
            _ => Part::Unsure,
        };
        code += 1;
    }
    table
}

/// The small form of each letter and digit of ASCII; 0 for signs.
const SMALL: [u8; 128] = {
    let mut table = [0; 128];
    let mut code: u8 = 0;
    while code < 128 {
        if code.is_ascii_alphanumeric() {
            table[code as usize] = code.to_ascii_lowercase();
        }
        code += 1;
    }
    table
};

fn part(c: char) -> Part {
    match c {
        '\0'..='\x7F' => ASCII[c as usize],
        '©' => Part::Opening(c),
        '“' | '”' | '„' | '‟' | '«' | '»' => Part::Opening('"'),
        // Signs of Latin-1, dashes and quotes, of money, arrows and boxes, of Chinese and Japanese, wide ones among them.
        '\u{A0}'
        | '¡'..='©'
        | '¬'
        | '®'..='±'
        | '´'
        | '¶'..='¸'
        | '¿'
        | '×'
        | '÷'
        | '\u{2010}'..='\u{2027}'
        | '₠'..='₽'
        | '←'..='⇿'
        | '■'..='❵'
        | '、'..='〃'
        | '〈'..='〜'
        | '！'..='／'
        | '：'..='＠' => Part::Sign,
        // Greek and Cyrillic, which have case, but not the sigma that has two small forms.
        'Α'..='Ρ' | 'Τ'..='Ω' | 'α'..='ρ' | 'τ'..='ω' | 'Ѐ'..='ҁ' => {
            c.to_lowercase().next().map_or(Part::Unsure, Part::Letter)
        }
        'א'..='ת'
        | 'ؠ'..='ي'
        | 'ٱ'..='ۓ'
        | 'ऄ'..='ह'
        | 'ऽ'..='ौ'
        | 'ก'..='ะ'
        | 'ぁ'..='ゖ'
        | 'ァ'..='ヺ'
        | '㐀'..='䶿'
        | '一'..='鿿'
        | '가'..='힣' => Part::Letter(c),
        _ => latin(c).map_or(Part::Unsure, |letter| Part::Letter(without_marks(letter.lower))),
    }
}

/// The letter below a small letter's marks, for those of Vietnamese; one sign for all others.
fn without_marks(lower: char) -> char {
    match lower {
        'à'..='å' | 'ă' | 'ạ'..='ặ' => 'a',
        'è'..='ë' | 'ẹ'..='ệ' => 'e',
        'ì'..='ï' | 'ĩ' | 'ỉ'..='ị' => 'i',
        'ò'..='ö' | 'ơ' | 'ọ'..='ợ' => 'o',
        'ù'..='ü' | 'ũ' | 'ư' | 'ụ'..='ự' => 'u',
        'ý' | 'ỳ'..='ỹ' => 'y',
        'đ' | 'ð' => 'd',
        _ => '*',
    }
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
            let is_word = matches!(part(c), Part::Letter(_));
            assert!(part(c) == Part::Unsure || is_word == c.is_alphanumeric(), "{c:?}");
        }
    }

    #[test]
    fn no_is_certain() {
        let mut words = FirstWords::default();
        for phrase in ["hòa bình", "© báo", "xem", "новое"] {
            words.add(phrase, true);
        }
        words.add("tin", false);
        for line in ["- HOÀ Bình nhé", "©Báo", "xem: thêm", "Xe\u{301}m", "İ", "Tin:", "НОВОЕ на сайте"]
        {
            assert!(words.may_begin(line), "{line}");
        }
        for line in ["» Hoà bình", "hòa", "Hòa giải", "tin tức", "東京", "báo", "Новости", "...", "→「」"]
        {
            assert!(!words.may_begin(line), "{line}");
        }
    }

    proptest! {
        #[test]
        fn a_line_and_its_fold_have_the_same_first_words(line in "\\PC{0,20}") {
            let words = first_words(&line);
            if words != First::Unsure {
                prop_assert_eq!(first_words(&fold(&line)), words);
            }
        }
    }
}
