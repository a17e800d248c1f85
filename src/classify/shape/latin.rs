//! Latin letters and common signs beyond ASCII, 64 bytes in a step.
//!
//! Enters: the bytes of a window. Leaves: which of them are letters, capitals and signs ([`Told`]); characters that take
//! more than a look at their bytes are left to others. Invariant: what is told is what [`crate::normalize::letter::latin`]
//! says.

#![expect(clippy::inline_always, reason = "what is inlined is compiled for each kind of vectors")]

use fearless_simd::{Simd, mask8x64, prelude::*, u8x64};

/// Characters that are told: a bit for the first byte of each, the first one lowest.
#[derive(Clone, Copy)]
pub(super) struct Told {
    /// Letters of two bytes: those of Latin-1, and of the rows behind it where capitals and small letters take turns.
    pub(super) pairs: u64,
    /// Letters of three bytes: those of Vietnamese.
    pub(super) triples: u64,
    /// Those of both that are capitals.
    pub(super) capitals: u64,
    /// Dashes, quotes and dots, of three bytes.
    pub(super) signs: u64,
    /// Those of them that may join a word.
    pub(super) apostrophes: u64,
    /// Whether a fold changes nothing of them but case and tone marks.
    pub(super) is_plain: bool,
    /// Capitals of Latin-1, whose small letters stand in another column.
    latin1: u64,
}

impl Told {
    /// Looks at all bytes at once; `beyond` are those of characters beyond ASCII.
    #[inline(always)]
    pub(super) fn of<S: Simd>(all: u8x64<S>, beyond: u64) -> Told {
        let is = |byte: u8| all.simd_eq(byte).to_bitmask();
        let among = |first: u8, count: u8| within(all, first, count).to_bitmask();
        let second = |bits: u64| bits >> 1;
        let third = |bits: u64| bits >> 2;
        let odd = (all & 1).simd_eq(1).to_bitmask();

        // U+00C0 to U+00FF, but the signs of multiplication and division: capitals stand before their small letters.
        let latin1 = beyond & is(0xC3) & !second(is(0x97) | is(0xB7));
        let large = latin1 & second(among(0x80, 0x1F));
        let eth = latin1 & second(is(0x90) | is(0xB0));
        // U+0100 to U+012F and U+014A to U+0177: capitals are even.
        let even = beyond & (is(0xC4) & second(among(0x80, 0x30)) | is(0xC5) & second(among(0x8A, 0x2E)));
        // U+0140 to U+0148 and U+0179 to U+017E: capitals are odd.
        let uneven = beyond & is(0xC5) & second(among(0x80, 9) | among(0xB9, 6));
        // Ơ and ư: U+01A0, U+01A1, U+01AF and U+01B0.
        let horned = beyond & is(0xC6) & second(among(0xA0, 2) | among(0xAF, 2));
        let large_horned = horned & second(is(0xA0) | is(0xAF));
        // U+1EA0 to U+1EF9: capitals are even.
        let triples = beyond
            & is(0xE1)
            & (second(is(0xBA)) & third(among(0xA0, 0x20)) | second(is(0xBB)) & third(among(0x80, 0x3A)));
        // U+2010 to U+2027.
        let signs = beyond & is(0xE2) & second(is(0x80)) & third(among(0x90, 0x18));
        let odd_signs = signs & third(is(0x98) | among(0x9A, 2));
        Told {
            pairs: latin1 | even | uneven | horned,
            triples,
            capitals: large
                | even & !second(odd)
                | uneven & second(odd)
                | large_horned
                | triples & !third(odd),
            signs,
            apostrophes: signs & third(is(0x99)),
            is_plain: eth | odd_signs == 0,
            latin1: large,
        }
    }

    /// The bytes with small letters in place of these capitals.
    #[inline(always)]
    pub(super) fn lowered<S: Simd>(&self, simd: S, bytes: u8x64<S>) -> u8x64<S> {
        let others = self.capitals & !self.latin1;
        let next = (others & self.pairs) << 1 | (others & self.triples) << 2;
        let is = |bits: u64| mask8x64::from_bitmask(simd, bits);
        let bytes = is(next).select(bytes + 1, bytes);
        is(self.latin1 << 1).select(bytes + 0x20, bytes)
    }

    /// The bytes of the letters that begin none.
    pub(super) fn tails(&self) -> u64 {
        self.pairs << 1 | self.triples << 1 | self.triples << 2
    }

    /// The bytes of those apostrophes that stand right behind one of some letters.
    pub(super) fn joints(&self, letters: u64) -> u64 {
        let joints = self.apostrophes & letters << 1;
        joints | joints << 1 | joints << 2
    }
}

/// Which bytes are one of `count`, from the first on.
#[inline(always)]
pub(super) fn within<S: Simd>(bytes: u8x64<S>, first: u8, count: u8) -> mask8x64<S> {
    (bytes - first).simd_lt(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normalize::letter::latin;
    use fearless_simd::{Level, dispatch};

    /// What is told of a character: whether it is a letter, a capital, a sign, and its small form.
    fn told(c: char) -> (bool, bool, bool, String) {
        let mut bytes = [b' '; 64];
        let end = 61 + c.encode_utf8(&mut bytes[61..]).len();
        let mut small = [0; 64];
        let told = dispatch!(Level::new(), simd => {
            let all = u8x64::load_array_ref(simd, &bytes);
            let told = Told::of(all, u64::MAX << 61);
            told.lowered(simd, all).store_array(&mut small);
            told
        });
        let is = |bits: u64| bits == 1 << 61;
        let lower = String::from_utf8_lossy(&small[61..end]).into_owned();
        (is(told.pairs | told.triples), is(told.capitals), is(told.signs), lower)
    }

    #[test]
    fn what_is_told_is_what_the_tables_say() {
        for c in '\u{80}'..='\u{FFFF}' {
            let (letter, capital, sign, lower) = told(c);
            let known = latin(c).filter(|_| letter);
            assert_eq!(letter, known.is_some(), "{c:?}");
            assert_eq!(capital, known.is_some_and(|known| known.capital), "{c:?}");
            assert_eq!(lower, known.map_or(c, |known| known.lower).to_string(), "{c:?}");
            assert_eq!(sign, matches!(c, '\u{2010}'..='\u{2027}'), "{c:?}");
        }
        assert!("ÀàßÿĂăĐđŐőŘřŞşŁłŹźŻżƠơƯưẠạỆệỹ".chars().all(|c| told(c).0));
    }

    #[test]
    fn letters_and_signs_that_fold_otherwise_are_not_plain() {
        let is_plain = |text: &str| {
            let mut bytes = [b' '; 64];
            bytes[..text.len()].copy_from_slice(text.as_bytes());
            dispatch!(Level::new(), simd => Told::of(u8x64::load_array_ref(simd, &bytes), u64::MAX)).is_plain
        };
        assert!(is_plain("Điều này “rõ” – it’s"));
        assert!(["Ð", "ð", "‘", "‚", "‛"].iter().all(|text| !is_plain(text)));
    }
}
