//! The shape of a line: what can be told of a block from its characters alone, in any language.
//!
//! Enters: a block's text. Leaves: [`Shape`] and the hashes of its words, from one pass over the characters.

mod bytes;

use crate::classify::context::to_f32;
use crate::normalize::letter::latin;
use bytes::{Classes, STEP, Window, Word};

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
}

/// Words of a block that take part in comparisons.
const MAX_HASHES: usize = 4000;

impl Shape {
    /// Reads a text's shape, and adds the hashes of its words, folded to lower case, to `words`.
    #[must_use]
    pub fn read(text: &str, words: &mut Vec<u32>) -> Shape {
        let room = words.len() + MAX_HASHES;
        let mut count = Counter::new(words, room);
        count.take(text);
        count.into_shape(text)
    }

    /// Hashes of a long text's words, without a bound but the text's own.
    #[must_use]
    pub fn words_of(text: &str) -> Vec<u32> {
        let mut words = Vec::with_capacity(text.len() / 6);
        Counter::new(&mut words, usize::MAX).take(text);
        words
    }
}

/// Counts of one text, and the hashes of its words.
struct Counter<'a> {
    hashes: &'a mut Vec<u32>,
    /// Number of hashes beyond which words count only as words.
    room: usize,
    visible: u32,
    ideographs: u32,
    letters: u32,
    capitals: u32,
    digits: u32,
    first_digit: usize,
    words: u32,
    capital_words: u32,
    sentences: u32,
    commas: u32,
    separators: u32,
    signs: u32,
    address: bool,
    word: Word,
    in_word: bool,
    sentence_sign: bool,
}

impl<'a> Counter<'a> {
    fn new(hashes: &'a mut Vec<u32>, room: usize) -> Counter<'a> {
        Counter {
            hashes,
            room,
            visible: 0,
            ideographs: 0,
            letters: 0,
            capitals: 0,
            digits: 0,
            first_digit: 0,
            words: 0,
            capital_words: 0,
            sentences: 0,
            commas: 0,
            separators: 0,
            signs: 0,
            address: false,
            word: Word::default(),
            in_word: false,
            sentence_sign: false,
        }
    }

    fn take(&mut self, text: &str) {
        let mut at = 0;
        while at < text.len() {
            let window = Window::read(text.as_bytes(), at);
            self.count(window.classes, at);
            let mut place = 0;
            while place < window.len() {
                let run = window.run(place);
                place += if run > 0 {
                    self.take_run(&window, place, run)
                } else {
                    self.take_other(text, at + place)
                };
            }
            at += place;
        }
        self.end_word();
    }

    /// Counts the letters and digits of a window.
    fn count(&mut self, Classes { letters, capitals, digits }: Classes, at: usize) {
        if digits != 0 {
            if self.digits == 0 {
                self.first_digit = at + digits.trailing_zeros() as usize;
            }
            self.digits += digits.count_ones();
        }
        if capitals != 0 {
            self.capitals += capitals.count_ones();
        }
        self.letters += letters.count_ones();
        self.visible += (letters | digits).count_ones();
    }

    /// Takes letters and digits of ASCII, and a space behind them; returns how many bytes it took.
    fn take_run(&mut self, window: &Window, place: usize, run: usize) -> usize {
        let next = window.at(place + run);
        let ends = next.is_some_and(|next| next.is_ascii() && next != b'\'');
        let capital = window.classes.capitals >> place & 1 != 0;
        if ends && !self.in_word && run < STEP {
            // Most words are read at once.
            self.words += 1;
            self.capital_words += u32::from(capital);
            self.sentence_sign = false;
            self.push_hash(Word::whole(window.small(place, run)));
        } else {
            self.begin_word(capital);
            for from in (0..run).step_by(STEP) {
                let count = STEP.min(run - from);
                self.word.add(window.small(place + from, count), count);
            }
            if ends {
                self.end_word();
            }
        }
        run + usize::from(next == Some(b' '))
    }

    /// Takes a character that is no letter or digit of ASCII; returns its length.
    fn take_other(&mut self, text: &str, at: usize) -> usize {
        let byte = text.as_bytes()[at];
        match byte {
            b' ' | b'\t'..=b'\r' => self.blank(),
            0..0x80 => self.ascii_sign(text, at, byte),
            _ => return self.beyond_ascii(text, at),
        }
        1
    }

    /// Takes the character beyond ASCII that stands here; returns its length.
    fn beyond_ascii(&mut self, text: &str, at: usize) -> usize {
        let Some(c) = text[at..].chars().next() else { return 1 };
        match latin(c) {
            Some(letter) => self.letter(letter.lower as u32, letter.capital),
            None => self.other(text, at, c),
        }
        c.len_utf8()
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
    fn hash(&mut self, lower: u32, capital: bool) {
        self.begin_word(capital);
        self.visible += 1;
        // A letter of ASCII may be the small form of another: it takes one byte, as in a run.
        let length = match lower {
            0..0x80 => 1,
            0x80..=0xFFFF => 2,
            _ => 4,
        };
        self.word.add(u64::from(lower), length);
    }

    fn letter(&mut self, lower: u32, capital: bool) {
        self.hash(lower, capital);
        self.letters += 1;
        self.capitals += u32::from(capital);
    }

    fn blank(&mut self) {
        self.sentences += u32::from(self.sentence_sign);
        self.sentence_sign = false;
        self.end_word();
    }

    fn ascii_sign(&mut self, text: &str, at: usize, byte: u8) {
        let before = &text.as_bytes()[..at];
        match byte {
            b'@' => self.address = true,
            b'/' if before.ends_with(b":/") => self.address = true,
            b'.' if before.ends_with(b"www") => self.address = true,
            _ => {}
        }
        self.sign(text, at, char::from(byte));
    }

    /// A character beyond ASCII that is no Latin letter.
    fn other(&mut self, text: &str, at: usize, c: char) {
        // Dashes, quotes and dots need no tables.
        if matches!(c, '\u{2010}'..='\u{2027}') {
            self.sign(text, at, c);
        } else if c.is_whitespace() {
            self.blank();
        } else if is_ideograph(c) {
            self.end_word();
            self.visible += 1;
            self.ideographs += 1;
            self.letters += 1;
            self.push_hash(c as u32);
        } else if c.is_alphanumeric() {
            let lower = c.to_lowercase().next().unwrap_or(c) as u32;
            if c.is_alphabetic() {
                self.letter(lower, c.is_uppercase());
            } else {
                self.hash(lower, c.is_uppercase());
            }
        } else {
            self.sign(text, at, c);
        }
    }

    fn sign(&mut self, text: &str, at: usize, c: char) {
        self.visible += 1;
        let is_apostrophe = matches!(c, '\'' | '’');
        if is_apostrophe && text[..at].chars().next_back().is_some_and(char::is_alphabetic) {
            // An apostrophe belongs to its word.
            return;
        }
        self.end_word();
        match c {
            '.' | '!' | '?' | '…' => self.sentence_sign = true,
            '。' | '！' | '？' | '।' | '؟' => self.sentences += 1,
            ',' | ';' | '、' | '，' | '،' => self.commas += 1,
            '|' | '»' | '«' | '·' | '•' | '›' => self.separators += 1,
            '"' | '“' | '”' | '\'' | '‘' | '’' | '(' | ')' | ':' | '-' | '–' | '—' | '%' | '/' | '$'
            | '€' | '&' => {}
            _ => self.signs += 1,
        }
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
        }
    }

    fn into_shape(self, text: &str) -> Shape {
        let bare = text.trim_end_matches(['"', '”', '’', '\'', ')', '»', ']', '“', '』', '」', ' ']);
        let last = bare.chars().next_back().unwrap_or(' ');
        let first = text.chars().next().unwrap_or(' ');
        let (visible, letters) = (to_f32(self.visible).max(1.0), to_f32(self.letters).max(1.0));
        let words = to_f32(self.words) + 0.5 * to_f32(self.ideographs);
        let starts_quote = matches!(first, '"' | '“' | '„' | '«' | '‘' | '「' | '–' | '—');
        Shape {
            weight: to_f32(self.visible - self.ideographs) + 2.5 * to_f32(self.ideographs),
            words,
            ends_cut: bare.ends_with("...") || last == '…',
            ends_sentence: matches!(last, '.' | '!' | '?' | '…' | '。' | '！' | '？' | '।' | '؟'),
            ends_question: matches!(last, '?' | '？' | '؟'),
            ends_colon: matches!(last, ':' | '：'),
            sentences: to_f32(self.sentences + u32::from(self.sentence_sign)),
            commas: to_f32(self.commas),
            digits: to_f32(self.digits) / visible,
            capitals: to_f32(self.capital_words) / words.max(1.0),
            upper: to_f32(self.capitals) / letters,
            signs: to_f32(self.signs) / visible,
            starts_small: latin(first).map_or_else(|| first.is_lowercase(), |letter| !letter.capital),
            starts_quote,
            starts_sign: latin(first).is_none() && !first.is_alphanumeric() && !starts_quote && first != '(',
            separators: to_f32(self.separators),
            address: self.address,
            date: self.digits > 0 && has_date(text, self.first_digit),
        }
    }
}

fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{2E80}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
        && !matches!(c, '\u{3000}'..='\u{303F}')
}

/// Whether a short text holds a date (`4/7/2024`, `2024-07-04`, `4.7.24`) or a clock time (`19:15`, `9h30`).
/// `from` is where its first digit stands.
fn has_date(text: &str, from: usize) -> bool {
    let bytes = text.as_bytes();
    let bytes = &bytes[..bytes.len().min(400)];
    let digits = |at: usize| bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut at = from;
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
