//! Letters and words of a text, 64 bytes in a step.
//!
//! Enters: bytes of UTF-8. Leaves: which of the next bytes are letters and digits of ASCII ([`Window`]), and the hash of a
//! word ([`Word`]). Invariant: a word has one hash, however its bytes were cut into steps.

use fearless_simd::{Level, Simd, dispatch, prelude::*, u8x64};

/// Bytes of a window.
pub(super) const WINDOW: usize = 64;
/// Bytes of a word that are mixed at once.
pub(super) const STEP: usize = 8;

/// The next bytes of a text, and which of them are letters, capitals and digits of ASCII: a bit for each, the first one
/// lowest.
pub(super) struct Window {
    /// Behind the text stand zeros.
    bytes: [u8; WINDOW + STEP],
    length: usize,
    pub(super) classes: Classes,
}

/// Which bytes of a window are what.
#[derive(Clone, Copy)]
pub(super) struct Classes {
    pub(super) letters: u64,
    pub(super) capitals: u64,
    pub(super) digits: u64,
}

impl Window {
    /// Reads the bytes from a place in the text on.
    pub(super) fn read(text: &[u8], at: usize) -> Window {
        let here = text.get(at..).unwrap_or_default();
        let length = here.len().min(WINDOW);
        let mut bytes = [0; WINDOW + STEP];
        bytes[..length].copy_from_slice(&here[..length]);
        let classes = dispatch!(Level::new(), simd => Classes::of(simd, &bytes));
        Window { bytes, length, classes }
    }

    /// Bytes that are of the text.
    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// How many letters and digits stand here one after the other.
    pub(super) fn run(&self, place: usize) -> usize {
        (!((self.classes.letters | self.classes.digits) >> place)).trailing_zeros() as usize
    }

    /// One of the bytes; `None` behind the window, where the text may go on.
    pub(super) fn at(&self, place: usize) -> Option<u8> {
        if place < WINDOW { Some(self.bytes[place]) } else { None }
    }

    /// Up to eight letters and digits as one number, the first one lowest, with letters made small.
    pub(super) fn small(&self, place: usize, count: usize) -> u64 {
        let bytes = self.bytes[place..].first_chunk().map_or(0, |chunk| u64::from_le_bytes(*chunk));
        (bytes | 0x2020_2020_2020_2020) & (u64::MAX >> (64 - 8 * count.clamp(1, STEP)))
    }
}

impl Classes {
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "it is compiled for each kind of vectors where it is called")]
    fn of<S: Simd>(simd: S, bytes: &[u8; WINDOW + STEP]) -> Classes {
        let bytes = u8x64::from_slice(simd, &bytes[..WINDOW]);
        let within = |bytes: u8x64<S>, first: u8, count: u8| (bytes - first).simd_lt(count).to_bitmask();
        Classes {
            letters: within(bytes | 0x20, b'a', 26),
            capitals: within(bytes, b'A', 26),
            digits: within(bytes, b'0', 10),
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
