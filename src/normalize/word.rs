//! The hash of a word, by which texts are compared.
//!
//! Enters: the bytes of a word in small letters. Leaves: 32 bits. Invariant: a word has one hash, however its bytes were cut
//! into steps.

use super::letter::latin;

/// Bytes that are added at once, at most.
pub(crate) const STEP: usize = 8;
/// Bytes of a word that are mixed at once.
const MIXED: usize = 2 * STEP;

/// The hash of a word in the making: sixteen bytes of it are mixed at once, which hardly any word has.
#[derive(Clone, Copy, Default)]
pub(crate) struct Word {
    hash: u64,
    /// Bytes that wait, the first one lowest.
    waiting: u128,
    /// Their number, less than sixteen.
    count: usize,
}

impl Word {
    /// Adds up to eight bytes, the first one lowest; those beyond `count` are zero.
    pub(crate) fn add(&mut self, bytes: u64, count: usize) {
        self.waiting |= u128::from(bytes) << (8 * self.count);
        self.count += count;
        if self.count >= MIXED {
            self.mix();
            self.count -= MIXED;
            // What did not fit: nothing where the last byte just did.
            let taken = count - self.count;
            self.waiting = bytes.checked_shr(8 * u32::try_from(taken).unwrap_or(8)).unwrap_or(0).into();
        }
    }

    fn mix(&mut self) {
        let bytes = self.waiting.to_le_bytes();
        let ([first, others], _) = bytes.as_chunks() else { return };
        self.hash = mixed(self.hash ^ u64::from_le_bytes(*first), u64::from_le_bytes(*others));
    }

    /// The hash of a word of less than sixteen bytes, by its first eight bytes and the others.
    pub(crate) fn short(first: u64, others: u64) -> u32 {
        low_half(mixed(first, others))
    }

    /// Adds a character.
    pub(crate) fn add_char(&mut self, c: char) {
        let mut bytes = [0; STEP];
        let length = c.encode_utf8(&mut bytes).len();
        self.add(u64::from_le_bytes(bytes), length);
    }

    /// The word's hash; the next word begins.
    pub(crate) fn end(&mut self) -> u32 {
        self.mix();
        low_half(std::mem::take(self).hash)
    }
}

/// Two halves as one number, each bit of which depends on all that stand below it and on higher ones.
fn mixed(first: u64, others: u64) -> u64 {
    let mixed = first.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ others.wrapping_mul(0xD6E8_FEB8_6659_FD93);
    mixed ^ (mixed >> 32)
}

fn low_half(hash: u64) -> u32 {
    let [a, b, c, d, ..] = hash.to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

/// Hashes of the words of a folded text of Latin letters, digits and signs: those with which it is read as a block's.
pub(crate) fn words_of_folded(text: &str) -> Vec<u32> {
    let (mut words, mut word, mut in_word, mut after_letter) = (Vec::new(), Word::default(), false, false);
    for c in text.chars().chain([' ']) {
        let is_letter = latin(c).is_some();
        if is_letter || c.is_ascii_digit() {
            word.add_char(c);
            in_word = true;
        } else if !(c == '\'' && after_letter) && std::mem::take(&mut in_word) {
            words.push(word.end());
        }
        after_letter = is_letter;
    }
    words
}
