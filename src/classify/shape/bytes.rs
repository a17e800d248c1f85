//! Letters and words of a text, 64 bytes in a step.
//!
//! Enters: bytes of UTF-8. Leaves: what the next bytes are ([`Window`]).

#![expect(clippy::inline_always, reason = "what is inlined is compiled for each kind of vectors")]

use fearless_simd::{Simd, mask8x64, prelude::*, u8x64};

use super::latin::{Told, within};
use crate::normalize::letter::{is_alphanumeric, latin};
use crate::normalize::word::STEP;

/// Bytes of a window.
pub(super) const WINDOW: usize = 64;
/// Bytes that words are shorter than whose hash is told without a loop.
pub(super) const SHORT: usize = 2 * STEP;

/// The next bytes of a text, letters made small, and which of them are what: a bit for each, the first one lowest. What bits
/// tell of bytes behind the text means nothing.
pub(super) struct Window {
    bytes: [u8; WINDOW + SHORT],
    /// Bytes that are of the text.
    pub(super) length: usize,
    pub(super) classes: Classes,
    /// Apostrophes behind letters, which belong to their words.
    pub(super) joints: u64,
    /// Signs of ASCII by what they are to a text.
    pub(super) signs: Signs,
    /// Whether characters stand here whose words are not their bytes.
    pub(super) is_mixed: bool,
    /// Whether characters stand here whose fold may change more than case and tone marks.
    pub(super) is_plain: bool,
}

/// Which bytes of a window are which signs.
#[derive(Clone, Copy, Default)]
pub(super) struct Signs {
    /// Those that end a sentence where a blank follows.
    pub(super) endings: u64,
    pub(super) commas: u64,
    pub(super) separators: u64,
    /// Those that are common in prose, besides.
    pub(super) usual: u64,
    /// Those that may be part of an address.
    pub(super) of_addresses: u64,
    pub(super) colons: u64,
    pub(super) backticks: u64,
}

/// Which bytes of a window are what. Of a character beyond ASCII the first byte is a letter or capital, and all are blanks.
#[derive(Clone, Copy, Default)]
pub(super) struct Classes {
    pub(super) letters: u64,
    pub(super) capitals: u64,
    pub(super) digits: u64,
    pub(super) blanks: u64,
    apostrophes: u64,
    /// Bytes of characters beyond ASCII, and those of them that begin none.
    pub(super) beyond: u64,
    pub(super) inner: u64,
    /// Bytes of letters that begin none.
    tails: u64,
}

impl Default for Window {
    fn default() -> Window {
        Window {
            bytes: [0; WINDOW + SHORT],
            length: 0,
            classes: Classes::default(),
            joints: 0,
            signs: Signs::default(),
            is_mixed: false,
            is_plain: true,
        }
    }
}

impl Window {
    /// Reads the bytes from a place in the text on. `bytes` are those of the text and what stands behind it.
    #[inline(always)]
    pub(super) fn read<S: Simd>(&mut self, simd: S, text: &str, bytes: &[u8], at: usize) {
        let here = &bytes[at..];
        self.length = (text.len() - at).min(WINDOW);
        let all = if let Some(window) = here.first_chunk() {
            u8x64::load_array_ref(simd, window)
        } else {
            let mut padded = [0; WINDOW];
            padded[..here.len()].copy_from_slice(here);
            u8x64::load_array_ref(simd, &padded)
        };
        let capitals = within(all, b'A', 26);
        let small = capitals.select(all | 0x20, all);
        self.classes = Classes::of(all, small, capitals);
        self.classes.beyond &= first(self.length);
        (self.joints, self.is_mixed, self.is_plain) = (0, false, true);
        if self.classes.beyond == 0 {
            small.store_slice(&mut self.bytes[..WINDOW]);
        } else {
            let told = Told::of(all, self.classes.beyond);
            told.lowered(simd, small).store_slice(&mut self.bytes[..WINDOW]);
            self.look_beyond(&told, text, at);
        }
        let letters = self.classes.letters | self.classes.tails;
        self.joints |= self.classes.apostrophes & (letters << 1);
        let signs = !(self.words() | self.classes.blanks | self.classes.beyond) & first(self.length);
        self.signs = if signs == 0 { Signs::default() } else { Signs::of(all) };
    }

    /// Takes the characters beyond ASCII that are told, and looks at the others one by one.
    #[inline(always)]
    fn look_beyond(&mut self, told: &Told, text: &str, at: usize) {
        let letters = told.pairs | told.triples;
        self.classes.letters |= letters;
        self.classes.tails |= told.tails();
        self.classes.capitals |= told.capitals;
        self.is_plain = told.is_plain;
        let rest = self.classes.beyond & !(self.classes.inner | letters | told.signs);
        if rest != 0 {
            self.look_one_by_one(rest, text, at);
        }
        self.joints |= told.joints(self.classes.letters | self.classes.tails);
    }

    /// Looks at characters beyond ASCII, by the places of their first bytes.
    fn look_one_by_one(&mut self, mut rest: u64, text: &str, at: usize) {
        while rest != 0 && !self.is_mixed {
            let place = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            let Some(c) = text[at + place..].chars().next() else { break };
            let bits = first(c.len_utf8()) << place;
            if place + c.len_utf8() > WINDOW {
                // What is torn is taken for a word's, which the next window has whole.
                self.classes.tails |= bits;
            } else if let Some(letter) = latin(c) {
                self.letter((place, bits), (c, letter.lower), letter.capital);
            } else {
                self.is_plain = false;
                self.other((place, bits), c);
            }
        }
    }

    /// Takes a character that is neither a Latin letter nor common punctuation.
    fn other(&mut self, (place, bits): (usize, u64), c: char) {
        if c.is_whitespace() {
            self.classes.blanks |= bits;
        } else if is_ideograph(c) {
            self.is_mixed = true;
        } else if is_alphanumeric(c) {
            let lower = c.to_lowercase().next().unwrap_or(c);
            self.is_mixed = !c.is_alphabetic() || lower.len_utf8() != c.len_utf8();
            self.letter((place, bits), (c, lower), c.is_uppercase());
        }
    }

    fn letter(&mut self, (place, bits): (usize, u64), (c, lower): (char, char), capital: bool) {
        self.classes.letters |= 1 << place;
        self.classes.tails |= bits & !(1 << place);
        self.classes.capitals |= u64::from(capital) << place;
        // Also of the letters that are neither small nor capital, such as ǅ.
        if c != lower
            && let Some(bytes) = self.bytes.get_mut(place..place + lower.len_utf8())
        {
            lower.encode_utf8(bytes);
        }
    }

    /// Letters, digits and what joins them.
    pub(super) fn words(&self) -> u64 {
        self.classes.letters | self.classes.tails | self.classes.digits | self.joints
    }

    /// One of the bytes.
    pub(super) fn at(&self, place: usize) -> u8 {
        self.bytes[place]
    }

    /// One to eight bytes as one number, the first one lowest.
    #[inline(always)]
    pub(super) fn start(&self, place: usize, count: usize) -> u64 {
        self.eight(place) & u64::MAX >> (8 * (STEP - count))
    }

    /// What is behind the first eight of less than sixteen bytes.
    #[inline(always)]
    pub(super) fn rest(&self, place: usize, count: usize) -> u64 {
        self.eight(place) & ((1 << (8 * count.saturating_sub(STEP))) - 1)
    }

    fn eight(&self, place: usize) -> u64 {
        self.bytes[place..].first_chunk().map_or(0, |chunk| u64::from_le_bytes(*chunk))
    }

    /// Up to eight bytes as one number, the first one lowest.
    pub(super) fn number(&self, place: usize, count: usize) -> u64 {
        self.eight(place) & first(8 * count)
    }
}

/// The lowest bits, so many.
pub(super) fn first(count: usize) -> u64 {
    if count < 64 { (1 << count) - 1 } else { u64::MAX }
}

/// Whether a character is a word of its own.
pub(super) fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{2E80}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
        && !matches!(c, '\u{3000}'..='\u{303F}')
}

impl Classes {
    /// Looks at all bytes at once; `small` are those with small letters in place of `capitals`.
    #[inline(always)]
    fn of<S: Simd>(all: u8x64<S>, small: u8x64<S>, capitals: mask8x64<S>) -> Classes {
        let beyond = all.simd_ge(0x80).to_bitmask();
        Classes {
            letters: within(small, b'a', 26).to_bitmask(),
            capitals: capitals.to_bitmask(),
            digits: within(all, b'0', 10).to_bitmask(),
            blanks: within(all, b'\t', 5).to_bitmask() | all.simd_eq(b' ').to_bitmask(),
            apostrophes: all.simd_eq(b'\'').to_bitmask(),
            beyond,
            inner: if beyond == 0 { 0 } else { within(all, 0x80, 0x40).to_bitmask() },
            tails: 0,
        }
    }
}

impl Signs {
    #[inline(always)]
    fn of<S: Simd>(all: u8x64<S>) -> Signs {
        let is = |byte: u8| all.simd_eq(byte);
        let (dots, slashes, colons) = (is(b'.'), is(b'/'), is(b':'));
        let before_dots = is(b'w').to_bitmask() << 1;
        Signs {
            endings: (dots | is(b'!') | is(b'?')).to_bitmask(),
            commas: (is(b',') | is(b';')).to_bitmask(),
            separators: is(b'|').to_bitmask(),
            // All of `$%&'()`, and others.
            usual: (within(all, b'$', 6) | is(b'"') | colons | is(b'-') | slashes).to_bitmask(),
            of_addresses: (is(b'@') | slashes).to_bitmask() | dots.to_bitmask() & (before_dots | 1),
            colons: colons.to_bitmask(),
            backticks: is(b'`').to_bitmask(),
        }
    }
}
