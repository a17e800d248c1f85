//! Letters and words of a text, 64 bytes in a step.
//!
//! Enters: bytes of UTF-8. Leaves: what the next bytes are ([`Window`]), and the hash of a word ([`Word`]). Invariant: a
//! word has one hash, however its bytes were cut into steps.

#![expect(clippy::inline_always, reason = "what is inlined is compiled for each kind of vectors")]

use fearless_simd::{Simd, prelude::*, u8x64};

use crate::normalize::letter::latin;

/// Bytes of a window.
pub(super) const WINDOW: usize = 64;
/// Bytes of a word that are mixed at once.
pub(super) const STEP: usize = 8;

/// The next bytes of a text, letters made small, and which of them are what: a bit for each, the first one lowest.
pub(super) struct Window {
    /// Behind the text stand zeros.
    bytes: [u8; WINDOW + STEP],
    /// Bytes that are of the text.
    pub(super) length: usize,
    pub(super) classes: Classes,
    /// Apostrophes behind letters, which belong to their words.
    pub(super) joints: u64,
    /// Whether characters stand here whose words are not their bytes.
    pub(super) is_mixed: bool,
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
    beyond: u64,
    pub(super) inner: u64,
    /// Bytes of letters that begin none.
    tails: u64,
}

impl Window {
    /// Reads the bytes from a place in the text on.
    #[inline(always)]
    pub(super) fn read<S: Simd>(simd: S, text: &str, at: usize) -> Window {
        let here = &text.as_bytes()[at..];
        let length = here.len().min(WINDOW);
        let mut window = Window {
            bytes: [0; WINDOW + STEP],
            length,
            classes: Classes::default(),
            joints: 0,
            is_mixed: false,
        };
        window.bytes[..length].copy_from_slice(&here[..length]);
        window.classes = Classes::of(simd, &mut window.bytes);
        if window.classes.beyond != 0 {
            window.look_beyond(text, at);
        }
        let letters = window.classes.letters | window.classes.tails;
        window.joints |= window.classes.apostrophes & (letters << 1);
        window
    }

    /// Looks at the characters beyond ASCII one by one.
    fn look_beyond(&mut self, text: &str, at: usize) {
        let mut rest = self.classes.beyond & !self.classes.inner;
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
            } else if matches!(c, '\u{2010}'..='\u{2027}') {
                // Dashes, quotes and dots need no tables.
                let letters = self.classes.letters | self.classes.tails;
                let joins = c == '’' && letters << 1 >> place & 1 != 0;
                self.joints |= if joins { bits } else { 0 };
            } else if c.is_whitespace() {
                self.classes.blanks |= bits;
            } else if is_ideograph(c) {
                self.is_mixed = true;
            } else if c.is_alphanumeric() {
                let lower = c.to_lowercase().next().unwrap_or(c);
                self.is_mixed = !c.is_alphabetic() || lower.len_utf8() != c.len_utf8();
                self.letter((place, bits), (c, lower), c.is_uppercase());
            }
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

    /// Up to eight bytes as one number, the first one lowest.
    pub(super) fn number(&self, place: usize, count: usize) -> u64 {
        let bytes = self.bytes[place..].first_chunk().map_or(0, |chunk| u64::from_le_bytes(*chunk));
        bytes & first(8 * count)
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
    /// Looks at all bytes at once, and makes capitals of ASCII small.
    #[inline(always)]
    fn of<S: Simd>(simd: S, bytes: &mut [u8; WINDOW + STEP]) -> Classes {
        let all = u8x64::from_slice(simd, &bytes[..WINDOW]);
        let within = |bytes: u8x64<S>, first: u8, count: u8| (bytes - first).simd_lt(count);
        let capitals = within(all, b'A', 26);
        let small = capitals.select(all | 0x20, all);
        small.store_slice(&mut bytes[..WINDOW]);
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

/// The hash of a word in the making: eight bytes of it are mixed at once.
#[derive(Clone, Copy, Default)]
pub(super) struct Word {
    hash: u64,
    waiting: u64,
    /// Bytes that wait, less than eight.
    count: usize,
}

impl Word {
    /// Adds up to eight bytes, the first one lowest; those beyond `count` are zero.
    pub(super) fn add(&mut self, bytes: u64, count: usize) {
        self.waiting |= bytes << (8 * self.count);
        self.count += count;
        if self.count >= 8 {
            self.mix();
            self.count -= 8;
            // What did not fit: nothing where the last byte just did.
            let taken = count - self.count;
            self.waiting = bytes.checked_shr(8 * u32::try_from(taken).unwrap_or(8)).unwrap_or(0);
        }
    }

    fn mix(&mut self) {
        let mixed = (self.hash ^ self.waiting).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.hash = mixed ^ (mixed >> 32);
    }

    /// The hash of a word that is less than eight bytes long.
    pub(super) fn whole(bytes: u64) -> u32 {
        Word { waiting: bytes, ..Word::default() }.end()
    }

    /// The word's hash; the next word begins.
    pub(super) fn end(&mut self) -> u32 {
        self.mix();
        let [a, b, c, d, ..] = self.hash.to_le_bytes();
        *self = Word::default();
        u32::from_le_bytes([a, b, c, d])
    }
}
