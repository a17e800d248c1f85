//! Flattened text to lines.
//!
//! Enters: text. Leaves: [`Line`]s, borrowed where nothing in them is to be changed. What has to be told of bytes is told of
//! 64 at once, for the whole text, before lines are made.

use std::borrow::Cow;
use std::iter;
use std::ops::Range;

use fearless_simd::{Level, Simd, dispatch, prelude::*, u8x64};

use super::MAX_LINE;
use crate::normalize::unicode;

/// A line of the text: white space collapsed, references resolved, NFC.
pub(super) struct Line<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) gap_before: bool,
}

/// The lines of a text that are not empty.
pub(super) fn lines(text: &str) -> Vec<Line<'_>> {
    let bytes = text.as_bytes();
    let marks = Marks::of(bytes);
    let mut lines = Vec::with_capacity(text.len() / 40);
    let (mut gap_before, mut from) = (true, 0);
    for end in marks.ends().chain(iter::once(text.len())) {
        let line = &text[from..end];
        let is_second = line.is_empty() && from > 0 && bytes[from - 1..].starts_with(b"\r\n");
        let start = from + (line.len() - line.trim_start_matches(' ').len());
        from = end + 1;
        if is_second || end == text.len() && line.is_empty() {
            continue;
        }
        let line = line.trim_matches(' ');
        if line.len() <= MAX_LINE && marks.is_settled(start..start + line.len()) {
            add_line(&mut lines, Cow::Borrowed(line), &mut gap_before);
        } else {
            for piece in line.split(BREAKS).flat_map(pieces) {
                let text = unicode::line(&unicode::unescape(piece));
                add_line(&mut lines, Cow::Owned(text), &mut gap_before);
            }
        }
    }
    lines
}

/// Line breaks besides the usual ones.
const BREAKS: [char; 4] = ['\u{2028}', '\u{2029}', '\u{C}', '\u{B}'];

fn add_line<'a>(lines: &mut Vec<Line<'a>>, text: Cow<'a, str>, gap_before: &mut bool) {
    if text.is_empty() {
        *gap_before = true;
    } else {
        lines.push(Line { text, gap_before: *gap_before });
        *gap_before = false;
    }
}

/// Bytes that are looked at together.
const WINDOW: usize = 64;

/// A bit for each byte of a text.
struct Marks {
    /// Whether it ends a line.
    ends: Vec<u64>,
    /// Whether something is to be changed there, or may have to be: white space to collapse, a reference, what is not sure
    /// to be NFC.
    rough: Vec<u64>,
}

impl Marks {
    fn of(bytes: &[u8]) -> Marks {
        let room = bytes.len().div_ceil(WINDOW);
        let mut marks = Marks { ends: Vec::with_capacity(room), rough: Vec::with_capacity(room) };
        dispatch!(Level::new(), simd => marks.read(simd, bytes));
        marks
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "it is compiled for each kind of vectors where it is called")]
    fn read<S: Simd>(&mut self, simd: S, bytes: &[u8]) {
        let mut space_before = 0;
        for (chunk, at) in bytes.chunks(WINDOW).zip((0..).step_by(WINDOW)) {
            let mut padded = [0; WINDOW];
            padded[..chunk.len()].copy_from_slice(chunk);
            let all = u8x64::from_slice(simd, &padded);
            let is = |byte: u8| all.simd_eq(byte).to_bitmask();
            let spaces = is(b' ');
            let double = spaces & (spaces << 1 | space_before);
            space_before = spaces >> (WINDOW - 1);
            let rough = all.simd_lt(0x20) | (all - 0xCC).simd_lt(0xE1 - 0xCC) | all.simd_ge(0xE3);
            // Characters that begin with these are looked at one by one.
            let (unsure, rough) = (is(0xC2) | is(0xE1) | is(0xE2), rough.to_bitmask());
            let unsettled = if unsure == 0 { 0 } else { unsettled(bytes, at, unsure) };
            self.ends.push(is(b'\n') | is(b'\r'));
            self.rough.push(rough | double | is(b'&') | is(0x7F) | unsettled);
        }
    }

    /// Where lines end, but for the last.
    fn ends(&self) -> impl Iterator<Item = usize> {
        self.ends
            .iter()
            .zip((0..).step_by(WINDOW))
            .flat_map(|(ends, at)| places(*ends).map(move |place| at + place))
    }

    /// Whether nothing is to be changed in a line that neither begins nor ends with a space.
    fn is_settled(&self, line: Range<usize>) -> bool {
        if line.is_empty() {
            return true;
        }
        let (first, last) = (line.start / WINDOW, (line.end - 1) / WINDOW);
        let from = u64::MAX << (line.start % WINDOW);
        let to = u64::MAX >> (WINDOW - 1 - (line.end - 1) % WINDOW);
        if first == last {
            return self.rough[first] & from & to == 0;
        }
        let between = &self.rough[first + 1..last];
        self.rough[first] & from == 0 && self.rough[last] & to == 0 && between.iter().all(|rough| *rough == 0)
    }
}

/// The places of bits that are set.
fn places(mut bits: u64) -> impl Iterator<Item = usize> {
    iter::from_fn(move || {
        let place = (bits != 0).then(|| bits.trailing_zeros() as usize);
        bits &= bits.wrapping_sub(1);
        place
    })
}

/// Which of some characters are not sure to stay as they are; all begin with 0xC2, 0xE1 or 0xE2.
fn unsettled(bytes: &[u8], at: usize, unsure: u64) -> u64 {
    let is_settled = |place: &usize| match &bytes[at + place..] {
        // Signs of Latin-1, but the unbroken space and the soft hyphen.
        [0xC2, second, ..] => matches!(second, 0xA1..=0xAC | 0xAE..=0xBF),
        rest => unicode::is_settled_at(rest),
    };
    places(unsure).filter(|place| !is_settled(place)).fold(0, |bits, place| bits | 1 << place)
}

/// A line in pieces of bounded length, cut at white space.
fn pieces(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let text = rest.take()?;
        if text.len() <= MAX_LINE {
            return Some(text);
        }
        let limit = (0..=MAX_LINE).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
        let cut = text[..limit].rfind(char::is_whitespace).filter(|at| *at > 0).unwrap_or(limit);
        rest = Some(&text[cut..]);
        Some(&text[..cut])
    })
}
