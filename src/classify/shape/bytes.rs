//! Letters and words of a text, eight bytes in a step.
//!
//! Enters: bytes of UTF-8. Leaves: which of the next eight are letters of ASCII ([`Eight`]), and the hash of a word
//! ([`Word`]). Invariant: a word has one hash, however its bytes were cut into steps.

/// The next eight bytes of a text, the first one lowest, and which of them are ASCII letters: the highest bit of each byte
/// tells.
#[derive(Clone, Copy)]
pub(super) struct Eight {
    bytes: u64,
    letters: u64,
}

/// A bit in each of eight bytes.
const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x80 * ONES;

impl Eight {
    /// Reads the bytes from a place in the text on; behind the text stand zeros.
    pub(super) fn read(bytes: &[u8], at: usize) -> Eight {
        let here = bytes.get(at..).unwrap_or_default();
        let bytes = match (here.first_chunk(), bytes.last_chunk()) {
            (Some(chunk), _) => u64::from_le_bytes(*chunk),
            (None, Some(last)) => u64::from_le_bytes(*last) >> (8 * (8 - here.len())),
            (None, None) => here.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
        };
        // No sum of two bytes below 0x80 runs over into the next one.
        let small = (bytes & !HIGH) | (0x20 * ONES);
        let from = |first: u8| small + u64::from(0x80 - first) * ONES;
        Eight { bytes, letters: from(b'a') & !from(b'z' + 1) & !bytes & HIGH }
    }

    /// How many of the bytes are letters, from the first on.
    pub(super) fn run(self) -> usize {
        (!self.letters & HIGH).trailing_zeros() as usize / 8
    }

    /// Which of the bytes are capitals.
    pub(super) fn capitals(self) -> u64 {
        self.letters & !(self.bytes << 2)
    }

    /// One of the bytes.
    pub(super) fn at(self, place: usize) -> u8 {
        (self.bytes >> (8 * place)).to_le_bytes()[0]
    }

    /// The bytes with letters made small.
    pub(super) fn small(self) -> u64 {
        self.bytes | (0x20 * ONES)
    }

    /// The bits of the first so many bytes, of one at least.
    pub(super) fn first(count: usize) -> u64 {
        u64::MAX >> (64 - 8 * count.clamp(1, 8))
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
