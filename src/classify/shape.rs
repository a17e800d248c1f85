//! The shape of a line: what can be told of a block from its characters alone, in any language.
//!
//! Enters: a block's text. Leaves: [`Shape`], one pass over the characters.

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
    /// Hashes of its words, folded to lower case, in order.
    pub hashes: Vec<u32>,
}

/// Words of a block that take part in comparisons.
const MAX_HASHES: usize = 4000;

impl Shape {
    /// Hashes of a long text's words, without a bound but the text's own.
    #[must_use]
    pub fn words_of(text: &str) -> Vec<u32> {
        let mut count = Counter { max_hashes: usize::MAX, ..Counter::default() };
        let mut previous = ' ';
        for c in text.chars() {
            count.take(c, previous);
            previous = c;
        }
        count.end_word();
        count.shape.hashes
    }

    /// Reads a text's shape.
    #[must_use]
    pub fn of(text: &str) -> Shape {
        let mut count = Counter { max_hashes: MAX_HASHES, ..Counter::default() };
        let mut previous = ' ';
        for c in text.chars() {
            count.take(c, previous);
            previous = c;
        }
        count.end_word();
        count.into_shape(text)
    }
}

#[derive(Default)]
struct Counter {
    shape: Shape,
    letters: f32,
    visible: f32,
    capital_words: f32,
    word: u32,
    in_word: bool,
    sentence_sign: bool,
    max_hashes: usize,
}

impl Counter {
    fn take(&mut self, c: char, previous: char) {
        if c.is_whitespace() {
            if self.sentence_sign {
                self.shape.sentences += 1.0;
            }
            self.sentence_sign = false;
            self.end_word();
            return;
        }
        self.visible += 1.0;
        if is_ideograph(c) {
            self.end_word();
            self.shape.weight += 2.5;
            self.shape.words += 0.5;
            self.letters += 1.0;
            self.push_hash(c as u32);
            return;
        }
        self.shape.weight += 1.0;
        if c.is_alphanumeric() {
            self.letter(c);
        } else if matches!(c, '\'' | '’') && previous.is_alphabetic() {
            // An apostrophe belongs to its word.
        } else {
            self.end_word();
            self.sign(c);
        }
    }

    fn letter(&mut self, c: char) {
        if !self.in_word {
            self.in_word = true;
            self.word = 0x811C_9DC5;
            self.shape.words += 1.0;
            if c.is_uppercase() {
                self.capital_words += 1.0;
            }
        }
        if c.is_ascii_digit() {
            self.shape.digits += 1.0;
        } else if c.is_alphabetic() {
            self.letters += 1.0;
            if c.is_uppercase() {
                self.shape.upper += 1.0;
            }
        }
        let lower = if c.is_ascii() { c.to_ascii_lowercase() } else { c.to_lowercase().next().unwrap_or(c) };
        self.word = (self.word ^ lower as u32).wrapping_mul(0x0100_0193);
        self.sentence_sign = false;
    }

    fn sign(&mut self, c: char) {
        match c {
            '.' | '!' | '?' | '…' => self.sentence_sign = true,
            '。' | '！' | '？' | '।' | '؟' => self.shape.sentences += 1.0,
            ',' | ';' | '、' | '，' | '،' => self.shape.commas += 1.0,
            '|' | '»' | '«' | '·' | '•' | '›' => self.shape.separators += 1.0,
            '"' | '“' | '”' | '\'' | '‘' | '’' | '(' | ')' | ':' | '-' | '–' | '—' | '%' | '/' | '$'
            | '€' | '&' => {}
            _ => self.shape.signs += 1.0,
        }
    }

    fn end_word(&mut self) {
        if self.in_word {
            self.push_hash(self.word);
        }
        self.in_word = false;
    }

    fn push_hash(&mut self, hash: u32) {
        if self.shape.hashes.len() < self.max_hashes {
            self.shape.hashes.push(hash);
        }
    }

    fn into_shape(self, text: &str) -> Shape {
        let mut shape = self.shape;
        let bare = text.trim_end_matches(['"', '”', '’', '\'', ')', '»', ']', '“', '』', '」', ' ']);
        let last = bare.chars().next_back().unwrap_or(' ');
        let first = text.chars().next().unwrap_or(' ');
        shape.ends_cut = bare.ends_with("...") || last == '…';
        shape.ends_sentence = matches!(last, '.' | '!' | '?' | '…' | '。' | '！' | '？' | '।' | '؟');
        shape.ends_question = matches!(last, '?' | '？' | '؟');
        shape.ends_colon = matches!(last, ':' | '：');
        if self.sentence_sign {
            shape.sentences += 1.0;
        }
        shape.digits /= self.visible.max(1.0);
        shape.signs /= self.visible.max(1.0);
        shape.upper /= self.letters.max(1.0);
        shape.capitals = self.capital_words / shape.words.max(1.0);
        shape.starts_small = first.is_lowercase();
        shape.starts_quote = matches!(first, '"' | '“' | '„' | '«' | '‘' | '「' | '–' | '—');
        shape.starts_sign = !first.is_alphanumeric() && !shape.starts_quote && first != '(';
        shape.address = text.contains('@') || text.contains("://") || text.contains("www.");
        shape.date = has_date(text);
        shape
    }
}

fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{2E80}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
        && !matches!(c, '\u{3000}'..='\u{303F}')
}

/// Whether a short text holds a date (`4/7/2024`, `2024-07-04`, `4.7.24`) or a clock time (`19:15`, `9h30`).
fn has_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let bytes = &bytes[..bytes.len().min(400)];
    let digits = |at: usize| bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut at = 0;
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

    #[test]
    fn shapes_of_lines() {
        let prose = Shape::of("Sáng 29/9, quận tổ chức tọa đàm. “Rất cần thiết”, ông nói.");
        assert!(prose.ends_sentence && !prose.date && !prose.starts_small);
        assert!((prose.sentences - 2.0).abs() < 0.1);
        let title = Shape::of("Hà Nội: Mở bán vé tàu Tết");
        assert!(!title.ends_sentence && !title.date);
        assert!(
            Shape::of("19:15 | 04/07/2024").date
                && Shape::of("2024-07-04").date
                && !Shape::of("3.500 người").date
        );
        assert!((Shape::of("東京都").weight - 7.5).abs() < 0.1);
        assert_eq!(Shape::of("HÀ nội").hashes, Shape::of("hà, NỘI").hashes);
    }
}
