//! Flattened text to lines.
//!
//! Enters: text. Leaves: [`Line`]s, borrowed where nothing in them is to be changed. What has to be told of bytes is told of
//! 64 at once, for the whole text, before lines are made.

use std::borrow::Cow;
use std::iter;
use std::ops::Range;

use fearless_simd::{Level, Simd, dispatch, prelude::*, u8x64};

use super::MAX_LINE;
use crate::normalize::letter::latin;
use crate::normalize::unicode;

/// A line of the text: white space collapsed, references resolved, NFC.
pub(super) struct Line<'a> {
    pub(super) text: Cow<'a, str>,
    /// Where it stands in the text, if it is borrowed from there.
    pub(super) from: usize,
    /// Its characters.
    pub(super) chars: usize,
    pub(super) start: Start,
    pub(super) gap_before: bool,
}

/// How a line begins.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// With a sign that never begins a line of its own.
    Closing,
    /// With a small letter.
    Small,
    /// With anything else.
    Other,
}

/// Signs that never begin a line of their own.
pub(super) const CLOSING: [char; 8] = [',', '.', ';', ':', ')', '!', '?', '”'];

impl Start {
    fn of(line: &str) -> Start {
        match line.chars().next() {
            Some('a'..='z') => Start::Small,
            Some('A'..='Z' | '0'..='9') | None => Start::Other,
            Some(c) if CLOSING.contains(&c) && !line.starts_with("...") => Start::Closing,
            Some(c) if latin(c).map_or_else(|| c.is_lowercase(), |letter| !letter.capital) => Start::Small,
            Some(_) => Start::Other,
        }
    }
}

/// The lines of a text that are not empty.
pub(super) fn lines(text: &str) -> Vec<Line<'_>> {
    let bytes = text.as_bytes();
    let marks = read(bytes);
    let mut lines = Vec::with_capacity(text.len() / 40);
    let (mut gap_before, mut from) = (true, 0);
    for end in ends(&marks).chain(iter::once(text.len())) {
        let is_empty = from == end;
        let is_second = is_empty && from > 0 && bytes[from - 1..].starts_with(b"\r\n");
        let line = trimmed(bytes, from..end);
        from = end + 1;
        if is_second || end == text.len() && is_empty {
            continue;
        }
        let settled = if line.len() <= MAX_LINE { settled_chars(&marks, &line) } else { None };
        if let Some(chars) = settled {
            add_line(&mut lines, (Cow::Borrowed(&text[line.clone()]), line.start), chars, &mut gap_before);
        } else {
            for piece in text[line].split(BREAKS).flat_map(pieces) {
                let text = unicode::line(&unicode::unescape(piece));
                let chars = text.chars().count();
                add_line(&mut lines, (Cow::Owned(text), 0), chars, &mut gap_before);
            }
        }
    }
    lines
}

/// A line without the spaces at its ends.
fn trimmed(bytes: &[u8], Range { mut start, mut end }: Range<usize>) -> Range<usize> {
    while start < end && bytes[start] == b' ' {
        start += 1;
    }
    while start < end && bytes[end - 1] == b' ' {
        end -= 1;
    }
    start..end
}

/// Line breaks besides the usual ones.
const BREAKS: [char; 4] = ['\u{2028}', '\u{2029}', '\u{C}', '\u{B}'];

#[inline(always)]
#[expect(clippy::inline_always, reason = "a text handed over in memory is waited for")]
fn add_line<'a>(
    lines: &mut Vec<Line<'a>>,
    (text, from): (Cow<'a, str>, usize),
    chars: usize,
    gap_before: &mut bool,
) {
    if text.is_empty() {
        *gap_before = true;
    } else {
        let start = Start::of(&text);
        lines.push(Line { text, from, chars, start, gap_before: *gap_before });
        *gap_before = false;
    }
}

/// Bytes that are looked at together.
const WINDOW: usize = 64;

/// A bit for each byte of a window, and what stands in the windows before it.
#[derive(Default)]
struct Marks {
    /// Whether it ends a line.
    ends: u64,
    /// Whether something is to be changed there, or may have to be: white space to collapse, a reference, what is not sure
    /// to be NFC.
    rough: u64,
    /// Whether it begins no character.
    inner: u64,
    rough_before: usize,
    inner_before: usize,
}

impl Marks {
    /// Rough bytes before one of the window's, and those that begin no character.
    fn before(&self, place: usize) -> (usize, usize) {
        let before = (1 << place) - 1;
        let (rough, inner) = (self.rough & before, self.inner & before);
        (self.rough_before + ones(rough), self.inner_before + ones(inner))
    }
}

/// The marks of a text, window by window, and those of its end.
fn read(bytes: &[u8]) -> Vec<Marks> {
    dispatch!(Level::new(), simd => read_with(simd, bytes))
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "it is compiled for each kind of vectors where it is called")]
fn read_with<S: Simd>(simd: S, bytes: &[u8]) -> Vec<Marks> {
    let mut marks = Vec::with_capacity(bytes.len().div_ceil(WINDOW) + 1);
    let mut space_before = 0;
    let (mut rough_before, mut inner_before) = (0, 0);
    for (chunk, at) in bytes.chunks(WINDOW).zip((0..).step_by(WINDOW)) {
        let mut padded = [0; WINDOW];
        let window = chunk.first_chunk().unwrap_or_else(|| {
            padded[..chunk.len()].copy_from_slice(chunk);
            &padded
        });
        let all = u8x64::load_array_ref(simd, window);
        let is = |byte: u8| all.simd_eq(byte).to_bitmask();
        let spaces = is(b' ');
        let double = spaces & (spaces << 1 | space_before);
        space_before = spaces >> (WINDOW - 1);
        // Characters that begin with these are looked at one by one.
        let among = |first: u8, count: u8| (all - first).simd_lt(count);
        let unsure = all.simd_eq(0xC2) | among(0xE1, 4) | all.simd_eq(0xEA) | all.simd_eq(0xED);
        // Cyrillic, ideographs, Hangul.
        let settled = among(0xD0, 2) | among(0xE5, 5) | among(0xEB, 2);
        let beyond = all.simd_ge(0xCC) & !(unsure | settled);
        let (unsure, rough) = (unsure.to_bitmask(), (all.simd_lt(0x20) | beyond).to_bitmask());
        let unsettled = if unsure == 0 { 0 } else { unsettled(bytes, at, unsure) };
        // An ampersand before a space begins no reference.
        let rough = rough | double | is(b'&') & !(spaces >> 1) | is(0x7F) | unsettled;
        let inner = (all - 0x80).simd_lt(0x40).to_bitmask();
        marks.push(Marks { ends: is(b'\n') | is(b'\r'), rough, inner, rough_before, inner_before });
        rough_before += ones(rough);
        inner_before += ones(inner);
    }
    marks.push(Marks { rough_before, inner_before, ..Marks::default() });
    marks
}

/// Where lines end, but for the last.
fn ends(marks: &[Marks]) -> impl Iterator<Item = usize> {
    let windows = marks.iter().zip((0..).step_by(WINDOW));
    windows.flat_map(|(marks, at)| places(marks.ends).map(move |place| at + place))
}

/// The characters of a line that neither begins nor ends with a space; `None` where something may have to be changed in it.
fn settled_chars(marks: &[Marks], line: &Range<usize>) -> Option<usize> {
    let before = |at: usize| marks[at / WINDOW].before(at % WINDOW);
    let ((rough, inner), (rough_to_end, inner_to_end)) = (before(line.start), before(line.end));
    (rough == rough_to_end).then(|| line.len() - (inner_to_end - inner))
}

fn ones(bits: u64) -> usize {
    bits.count_ones() as usize
}

/// The places of bits that are set.
fn places(mut bits: u64) -> impl Iterator<Item = usize> {
    iter::from_fn(move || {
        let place = (bits != 0).then(|| bits.trailing_zeros() as usize);
        bits &= bits.wrapping_sub(1);
        place
    })
}

/// Which of some characters, by their first bytes, are not sure to stay as they are.
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
