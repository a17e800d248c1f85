//! Counts of a text's characters.
//!
//! Enters: a text. Leaves: [`Counter`], and the hashes of the text's words. Invariant: what is counted does not depend on
//! how the text falls into windows.

#![expect(clippy::inline_always, reason = "what is inlined is compiled for each kind of vectors")]

use fearless_simd::Simd;

use super::bytes::{Classes, SHORT, Signs, WINDOW, Window, first, is_ideograph};
use crate::normalize::letter::latin;
use crate::normalize::word::{STEP, Word};

/// Counts of one text, and the hashes of its words.
#[expect(clippy::struct_excessive_bools, reason = "each is an observation of its own, not a state")]
pub(super) struct Counter<'a> {
    hashes: &'a mut Vec<u32>,
    /// A hash of all of them in order.
    pub(super) print: u64,
    /// A bit for each of them; two may share one.
    pub(super) marks: u64,
    /// Number of hashes beyond which words count only as words.
    room: usize,
    pub(super) visible: u32,
    pub(super) ideographs: u32,
    pub(super) letters: u32,
    pub(super) capitals: u32,
    pub(super) digits: u32,
    /// Where the first digit stands that has another one two bytes behind it, and none between.
    pub(super) first_pair: Option<usize>,
    pub(super) words: u32,
    pub(super) capital_words: u32,
    pub(super) sentences: u32,
    pub(super) commas: u32,
    pub(super) separators: u32,
    pub(super) signs: u32,
    pub(super) address: bool,
    pub(super) colon: bool,
    pub(super) is_plain: bool,
    word: Word,
    in_word: bool,
    pub(super) sentence_sign: bool,
}

impl<'a> Counter<'a> {
    pub(super) fn new(hashes: &'a mut Vec<u32>, room: usize) -> Counter<'a> {
        Counter {
            hashes,
            print: 0,
            marks: 0,
            room,
            visible: 0,
            ideographs: 0,
            letters: 0,
            capitals: 0,
            digits: 0,
            first_pair: None,
            words: 0,
            capital_words: 0,
            sentences: 0,
            commas: 0,
            separators: 0,
            signs: 0,
            address: false,
            colon: false,
            is_plain: true,
            word: Word::default(),
            in_word: false,
            sentence_sign: false,
        }
    }

    /// Takes a text. `bytes` are its own and those of what stands behind it: they spare it a copy.
    #[inline(always)]
    pub(super) fn take<S: Simd>(&mut self, simd: S, text: &str, bytes: &[u8]) {
        let (mut at, mut window) = (0, Window::default());
        while at < text.len() {
            window.read(simd, text, bytes, at);
            at += self.take_window(&window, text, at).unwrap_or_else(|| self.take_chars(text, at));
        }
        self.end_word();
    }

    /// Takes a window up to the end of its last whole word; returns how many bytes it took. `None` where this cannot be
    /// told from bytes, or a word began before it or is longer.
    #[inline(always)]
    fn take_window(&mut self, window: &Window, text: &str, at: usize) -> Option<usize> {
        let goes_on = at + window.length < text.len();
        let torn = if goes_on { window.words().leading_ones() as usize } else { 0 };
        if self.in_word || window.is_mixed || torn == WINDOW {
            return None;
        }
        self.is_plain &= window.is_plain;
        let length = window.length - torn;
        let inside = first(length);
        let (words, blanks) = (window.words() & inside, window.classes.blanks & inside);
        self.count(window, inside, text, at);
        self.take_words(window, words);
        let signs = inside & !(words | blanks);
        let ending = if signs == 0 { 0 } else { self.take_signs(window, signs, text, at) };
        // A sign of a sentence's end is carried over the signs behind it, to a blank if the sentence ends there.
        let (sum, beyond) = signs.overflowing_add(ending);
        let (sum, beyond_too) = sum.overflowing_add(u64::from(self.sentence_sign));
        let ends = sum & !signs;
        self.sentences += (ends & blanks).count_ones();
        self.sentence_sign = if length == WINDOW { beyond || beyond_too } else { ends >> length & 1 != 0 };
        Some(length)
    }

    /// Counts letters and digits among some bytes of a window.
    #[inline(always)]
    fn count(&mut self, window: &Window, inside: u64, text: &str, at: usize) {
        let Classes { letters, capitals, digits, blanks, inner, .. } = window.classes;
        let digits = digits & inside;
        if digits != 0 {
            self.digits += digits.count_ones();
            let others = window.classes.digits & first(window.length);
            let pairs = digits & !(others >> 1) & others >> 2;
            if digits & 1 != 0 {
                self.pair_behind(text, at);
            }
            if pairs != 0 {
                self.first_pair = self.first_pair.or(Some(at + pairs.trailing_zeros() as usize));
            }
        }
        self.capitals += (capitals & inside).count_ones();
        self.letters += (letters & inside).count_ones();
        self.visible += (inside & !blanks & !inner).count_ones();
    }

    #[inline(always)]
    fn take_words(&mut self, window: &Window, words: u64) {
        let starts = words & !(words << 1);
        self.words += starts.count_ones();
        self.capital_words += (starts & window.classes.capitals).count_ones();
        let mut rest = words;
        while rest != 0 {
            // The lowest run of bits carries the sum to the bit behind it.
            let lowest = rest & rest.wrapping_neg();
            let sum = rest.wrapping_add(lowest);
            let word = rest & !sum;
            rest &= sum;
            let (place, run) = (lowest.trailing_zeros() as usize, word.count_ones() as usize);
            let hash = if run < SHORT && window.joints & word == 0 {
                Word::short(window.start(place, run.min(STEP)), window.rest(place + STEP, run))
            } else {
                self.add_run(window, place, run);
                self.word.end()
            };
            self.push_hash(hash);
        }
    }

    /// Adds letters and digits to the word in the making.
    fn add_run(&mut self, window: &Window, mut place: usize, run: usize) {
        let end = place + run;
        while place < end {
            let joint = (window.joints >> place).trailing_zeros() as usize;
            let count = joint.min(STEP).min(end - place);
            if count > 0 {
                self.word.add(window.number(place, count), count);
            }
            place += count + usize::from(joint == count);
        }
    }

    /// Takes signs; returns which of them end sentences.
    #[inline(always)]
    fn take_signs(&mut self, window: &Window, signs: u64, text: &str, at: usize) -> u64 {
        let Signs { endings, commas, separators, usual, of_addresses, colons, backticks } = window.signs;
        let plain = signs & !window.classes.beyond;
        self.commas += (plain & commas).count_ones();
        self.separators += (plain & separators).count_ones();
        self.signs += (plain & !(endings | commas | separators | usual)).count_ones();
        self.colon |= plain & colons != 0;
        self.is_plain &= plain & backticks == 0;
        if plain & of_addresses != 0 {
            self.address |=
                places(plain & of_addresses).any(|place| is_address(text, at + place, window.at(place)));
        }
        let mut ending = plain & endings;
        for place in places(signs & window.classes.beyond & !window.classes.inner) {
            let sign = text[at + place..].chars().next().map_or(Sign::Other, sign_of);
            ending |= u64::from(sign == Sign::Ending) << place;
            self.add_sign(sign);
        }
        ending
    }

    fn add_sign(&mut self, sign: Sign) {
        self.sentences += u32::from(sign == Sign::Sentence);
        self.commas += u32::from(sign == Sign::Comma);
        self.separators += u32::from(sign == Sign::Separator);
        self.signs += u32::from(sign == Sign::Other);
    }

    /// Takes a window's length of any characters, one by one; returns how many bytes it took.
    fn take_chars(&mut self, text: &str, at: usize) -> usize {
        self.is_plain = false;
        let mut place = 0;
        for c in text[at..].chars() {
            if place >= WINDOW {
                break;
            }
            self.take_char(c, text, at + place);
            place += c.len_utf8();
        }
        place
    }

    fn take_char(&mut self, c: char, text: &str, at: usize) {
        if let Some(letter) = latin(c) {
            self.letter(letter.lower, letter.capital);
        } else if c.is_ascii_digit() {
            self.pair_behind(text, at);
            self.digits += 1;
            self.hash(c, false);
        } else if c.is_ascii_control() {
            if matches!(c, '\t'..='\r') { self.blank() } else { self.sign(text, at, c) }
        } else if c.is_whitespace() {
            self.blank();
        } else if is_ideograph(c) {
            self.end_word();
            self.visible += 1;
            self.ideographs += 1;
            self.letters += 1;
            self.push_hash(c as u32);
        } else if c.is_alphanumeric() {
            let lower = c.to_lowercase().next().unwrap_or(c);
            if c.is_alphabetic() {
                self.letter(lower, c.is_uppercase());
            } else {
                self.hash(lower, c.is_uppercase());
            }
        } else {
            self.sign(text, at, c);
        }
    }

    /// Notes a pair of digits whose second one stands here.
    fn pair_behind(&mut self, text: &str, at: usize) {
        if let [.., one, between] = text.as_bytes()[..at]
            && one.is_ascii_digit()
            && !between.is_ascii_digit()
        {
            self.first_pair = self.first_pair.or(Some(at - 2));
        }
    }

    fn begin_word(&mut self, capital: bool) {
        if !self.in_word {
            self.in_word = true;
            self.words += 1;
            self.capital_words += u32::from(capital);
        }
        self.sentence_sign = false;
    }

    /// A letter or digit: its small form goes into the word's hash.
    fn hash(&mut self, lower: char, capital: bool) {
        self.begin_word(capital);
        self.visible += 1;
        self.word.add_char(lower);
    }

    fn letter(&mut self, lower: char, capital: bool) {
        self.hash(lower, capital);
        self.letters += 1;
        self.capitals += u32::from(capital);
    }

    fn blank(&mut self) {
        self.sentences += u32::from(self.sentence_sign);
        self.sentence_sign = false;
        self.end_word();
    }

    fn sign(&mut self, text: &str, at: usize, c: char) {
        self.visible += 1;
        let is_apostrophe = matches!(c, '\'' | '’');
        if is_apostrophe && text[..at].chars().next_back().is_some_and(char::is_alphabetic) {
            // An apostrophe belongs to its word.
            return;
        }
        self.end_word();
        self.colon |= c == ':';
        let sign = sign_of(c);
        self.sentence_sign |= sign == Sign::Ending;
        self.add_sign(sign);
        self.address |= u8::try_from(c).is_ok_and(|byte| is_address(text, at, byte));
    }

    fn end_word(&mut self) {
        if self.in_word {
            let hash = self.word.end();
            self.push_hash(hash);
        }
        self.in_word = false;
    }

    fn push_hash(&mut self, hash: u32) {
        if self.hashes.len() < self.room {
            self.hashes.push(hash);
            self.print = (self.print.rotate_left(5) ^ u64::from(hash)).wrapping_mul(0x517C_C1B7_2722_0A95);
            self.marks |= mark(hash);
        }
    }
}

/// The bit that stands for a word among its text's.
pub(crate) fn mark(word: u32) -> u64 {
    1 << (word.wrapping_mul(0x9E37_79B1) >> 26)
}

/// What a sign is to a text's shape.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    /// It ends a sentence where a blank follows.
    Ending,
    /// It ends a sentence.
    Sentence,
    Comma,
    Separator,
    /// It is common in prose.
    Usual,
    Other,
}

const fn sign_of(c: char) -> Sign {
    match c {
        '.' | '!' | '?' | '…' => Sign::Ending,
        '。' | '！' | '？' | '।' | '؟' => Sign::Sentence,
        ',' | ';' | '、' | '，' | '،' => Sign::Comma,
        '|' | '»' | '«' | '·' | '•' | '›' => Sign::Separator,
        '"' | '“' | '”' | '\'' | '‘' | '’' | '(' | ')' | ':' | '-' | '–' | '—' | '%' | '/' | '$' | '€'
        | '&' => Sign::Usual,
        _ => Sign::Other,
    }
}

/// The places of bits that are set.
fn places(mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let place = (bits != 0).then(|| bits.trailing_zeros() as usize);
        bits &= bits.wrapping_sub(1);
        place
    })
}

/// Whether a sign is part of an address.
fn is_address(text: &str, at: usize, sign: u8) -> bool {
    let before = || &text.as_bytes()[..at];
    match sign {
        b'@' => true,
        b'/' => before().ends_with(b":/"),
        b'.' => before().ends_with(b"www"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fearless_simd::{Level, dispatch};
    use proptest::prelude::*;

    /// All that is counted of a text, in windows or character by character, and its words.
    fn counts(text: &str, in_windows: bool) -> (Vec<u32>, Option<usize>, bool, Vec<u32>) {
        let behind = if text.len().is_multiple_of(2) { String::new() } else { "b'’.Đ9 ".repeat(9) };
        let mut words = Vec::new();
        let mut count = Counter::new(&mut words, usize::MAX);
        if in_windows {
            dispatch!(Level::new(), simd => count.take(simd, text, format!("{text}{behind}").as_bytes()));
        } else {
            let mut at = 0;
            while at < text.len() {
                at += count.take_chars(text, at);
            }
            count.end_word();
        }
        let Counter { visible, ideographs, letters, capitals, digits, sentences, commas, .. } = count;
        let Counter { words: number, capital_words, separators, signs, first_pair, address, .. } = count;
        let ends = u32::from(count.sentence_sign);
        let numbers = vec![
            visible,
            ideographs,
            letters,
            capitals,
            digits,
            sentences,
            commas,
            number,
            capital_words,
            separators,
            signs,
            ends,
        ];
        (numbers, first_pair, address, words)
    }

    #[test]
    fn words_are_the_same_across_windows() {
        for length in 40..90 {
            let text = format!("{} don't Đường-phố’s 12.5% ・ nhà. “Ai?” Aῌ ǅa www.a.vn", "x".repeat(length));
            assert_eq!(counts(&text, true), counts(&text, false), "{text}");
        }
    }

    proptest! {
        #[test]
        fn windows_change_nothing(text in "([a-zA-Z0-9]{0,9}|[À-ỹ' ’.,!?…|@:/。・\u{A0}日が가Жß²ǅῌ]){0,60}|\\PC{0,150}") {
            prop_assert_eq!(counts(&text, true), counts(&text, false));
        }
    }
}
