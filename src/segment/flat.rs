//! Flattened text to blocks.
//!
//! Enters: text whose lines were a page's elements. Leaves: [`Segmented`] with a block for each line, or for the lines
//! that are one paragraph: a flattener breaks lines at inline markup, others wrap them at a fixed width.

mod lines;
pub mod links;

use std::borrow::Cow;

use crate::segment::block::{Block, Kind, Segmented};
use crate::segment::text::Texts;
use lines::{CLOSING, Line, Start, lines};
use links::LinkNumbers;

/// Bytes beyond which a line is taken in pieces: no paragraph is longer, and no stage has to hold more.
const MAX_LINE: usize = 100_000;
/// Characters from which an open line is a paragraph's part, not a heading.
const LONG: usize = 80;
/// Characters of the widest wrapped line.
const MAX_WIDTH: usize = 132;
/// Characters of the narrowest.
const MIN_WIDTH: usize = 50;
/// Lines of full width from which a text is taken for wrapped.
const MIN_WRAPPED: usize = 12;
/// Lines as wide as the text's width, at least: a heading may stand out of the indented text.
const WIDEST: usize = 3;
/// Characters below which a line is a menu's entry, and tells nothing of wrapping.
const MIN_TELLING: usize = 30;
/// Lines that begin inside a sentence from which a text is taken for broken at inline markup.
const MIN_BROKEN: usize = 3;
/// Bytes at a text's end in which its last sentence is looked for.
const MAX_TAIL: usize = 600;
/// Characters below which an open line is no sentence's beginning.
const MIN_BEGUN: usize = 20;
/// Words after the last full stop from which a sentence is taken for begun, and not for a signature.
const BEGUN_WORDS: usize = 3;

/// Cuts flattened text into blocks.
#[must_use]
pub fn segment(text: &str) -> Segmented {
    let lines = lines(text);
    let width = wrap_width(&lines);
    let broken = is_broken(&lines);
    let mut texts = Texts::of(text, lines.len());
    let mut gaps: Vec<bool> = Vec::with_capacity(lines.len());
    // Characters of the last text.
    let mut chars = 0;
    for (at, line) in lines.iter().enumerate() {
        let next = lines.get(at + 1).filter(|next| !next.gap_before);
        let joins = at > 0 && !line.gap_before && {
            let (before, last) = (&lines[at - 1], Before { texts: &texts, chars });
            let fits = texts.last_len() + line.text.len() < MAX_LINE;
            fits && (is_wrapped(before, line, width)
                || continues(&last, line, next)
                || broken && ends_soon(line, next) && hangs(texts.last()))
        };
        if joins {
            if !line.text.starts_with(CLOSING) {
                texts.extend_last(" ");
                chars += 1;
            }
            texts.extend_last(&line.text);
            chars += line.chars;
        } else {
            match &line.text {
                Cow::Borrowed(text) => texts.push_part(line.from..line.from + text.len()),
                Cow::Owned(text) => texts.push(text),
            }
            gaps.push(line.gap_before);
            chars = line.chars;
        }
    }
    drop(lines);
    // Not before: lines were wrapped with the numbers in them.
    if links::may_stand_in(text)
        && let Some(mut numbers) = LinkNumbers::of(texts.iter())
    {
        texts = texts.changed(|text| numbers.strip(text));
    }
    let block = |(text, gap_before)| Block { text, kind: Kind::Line, gap_before };
    Segmented { blocks: texts.finish().zip(gaps).map(block).collect(), ..Segmented::default() }
}

/// The last text, which a line may go on with, and its characters.
struct Before<'a> {
    texts: &'a Texts,
    chars: usize,
}

/// Whether a line goes on with the sentence of the text before it: the flattener broke it at a link or bold words.
fn continues(before: &Before<'_>, line: &Line<'_>, next: Option<&Line<'_>>) -> bool {
    if line.start != Start::Other && begins_inside(before.texts.last(), line) {
        return true;
    }
    // A name or a link inside a paragraph: short, and the sentence goes on after it or ends with it.
    let (is_long, closes) = (before.chars >= LONG, next.is_some_and(|next| next.start == Start::Closing));
    if line.chars >= LONG || !(is_long || closes) || !is_open(before.texts.last()) {
        return false;
    }
    let goes_on = |next: &Line<'_>| begins_inside(&line.text, next);
    let of_long = is_long && (line.text.ends_with(['.', '!', '?']) || next.is_some_and(goes_on));
    of_long || closes && is_begun(before.texts.last())
}

/// Whether a text is long enough for a sentence's beginning, and in small letters.
fn is_begun(text: &str) -> bool {
    has_small_letters(text) && text.chars().nth(MIN_BEGUN - 1).is_some()
}

fn has_small_letters(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_lowercase()) || text.chars().any(char::is_lowercase)
}

/// Whether a text's lines were broken at links and bold words.
fn is_broken(lines: &[Line<'_>]) -> bool {
    let inside = |pair: &&[Line<'_>]| !pair[1].gap_before && begins_inside(&pair[0].text, &pair[1]);
    lines.windows(2).filter(inside).nth(MIN_BROKEN - 1).is_some()
}

/// Whether a line ends a sentence, or is part of one that goes on behind it: menus below a paragraph do not.
fn ends_soon(line: &Line<'_>, next: Option<&Line<'_>>) -> bool {
    line.text.ends_with(['.', '!', '?', '…', '"', '”', ')'])
        || line.chars >= LONG
        || next.is_some_and(|next| begins_inside(&line.text, next))
}

/// Whether a text's last sentence is surely not at its end, whatever follows: it ends with a comma or inside brackets, or
/// is the second of a paragraph.
fn hangs(text: &str) -> bool {
    // What stands far before the end tells nothing, and would be read again with each line that is joined.
    let text = &text[text.ceil_char_boundary(text.len().saturating_sub(MAX_TAIL))..];
    let bytes = text.as_bytes();
    let opened = memchr::memrchr(b'(', bytes).is_some_and(|at| memchr::memchr(b')', &bytes[at..]).is_none());
    if opened || text.ends_with(',') {
        return is_begun(text);
    }
    if !is_open(text) || !is_long(text) || !is_begun(text) {
        return false;
    }
    let begun = memchr::memmem::rfind(bytes, b". ").map_or("", |at| &text[at + 2..]);
    let words = begun.split(' ').count();
    let credit = begun.contains(':') || !begun.contains(|c: char| c.is_lowercase());
    words >= BEGUN_WORDS && !credit
}

/// Whether an open line is a paragraph's part by its length.
fn is_long(text: &str) -> bool {
    text.len() >= LONG && text.chars().nth(LONG - 1).is_some()
}

/// Whether a line begins in the middle of a sentence.
fn begins_inside(before: &str, line: &Line<'_>) -> bool {
    match line.start {
        Start::Closing => true,
        Start::Small => is_open(before) && has_small_letters(before),
        Start::Other => false,
    }
}

/// Whether a text ends without a sentence's end.
fn is_open(text: &str) -> bool {
    !matches!(text.chars().next_back(), Some('.' | '!' | '?' | ':' | '…' | '"' | '”' | ';' | '|' | '»'))
}

/// The width at which a text was wrapped, if it was: that of its longest lines, where many come near it and hardly any is
/// longer than a page is wide (an address is).
fn wrap_width(lines: &[Line<'_>]) -> Option<usize> {
    let mut counts = [0_usize; MAX_WIDTH + 1];
    let mut longer = 0;
    for line in lines {
        let length = if line.text.len() <= MIN_TELLING { 0 } else { line.chars };
        match counts.get_mut(length) {
            Some(count) => *count += 1,
            None => longer += 1,
        }
        // Longer lines tell that none was wrapped.
        if longer * 50 > lines.len() {
            return None;
        }
    }
    // How many lines are of each width or wider.
    for width in (0..MAX_WIDTH).rev() {
        counts[width] += counts[width + 1];
    }
    let width = (MIN_WIDTH..=MAX_WIDTH).rev().find(|width| counts[*width] >= WIDEST)?;
    let full = counts[width * 8 / 10];
    (full >= MIN_WRAPPED && full * 4 >= counts[MIN_TELLING]).then_some(width)
}

/// Whether a line stands apart from the one before only because its first word did not fit.
fn is_wrapped(before: &Line<'_>, line: &Line<'_>, width: Option<usize>) -> bool {
    width.is_some_and(|width| {
        // Lines of a menu stand far below the width together.
        if before.chars + 1 + line.chars <= width {
            return false;
        }
        let first_word = line.text.split(' ').next().map_or(0, |word| word.chars().count());
        before.chars + 1 + first_word > width
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let blocks = segment(text).blocks;
        let texts: Vec<&str> = blocks.iter().map(|block| block.text.as_str()).collect();
        assert_eq!(texts, expected);
    }

    #[test]
    fn lines_are_blocks_and_broken_sentences_are_joined() {
        check("Tiêu đề\r\n\r\nĐoạn một &amp; hai.\nĐoạn ba", &["Tiêu đề", "Đoạn một & hai.", "Đoạn ba"]);
        check(
            "viếng các\nanh hùng liệt sĩ\n- những người đã",
            &["viếng các anh hùng liệt sĩ", "- những người đã"],
        );
        check("tại xã Hạ Mỗ\n, huyện Đan Phượng.", &["tại xã Hạ Mỗ, huyện Đan Phượng."]);
    }

    #[test]
    fn names_inside_a_paragraph_are_joined_and_headings_are_not() {
        let long = "Sáng 11/10, tại hội trường lớn của thành phố, sau khi nghe báo cáo của ban tổ chức, ông";
        check(
            &format!("{long}\nTrần Văn B\nnói rằng mọi việc đã xong.\nViệc tiếp theo\nNgày mai, đoàn sẽ đi."),
            &[
                &format!("{long} Trần Văn B nói rằng mọi việc đã xong."),
                "Việc tiếp theo",
                "Ngày mai, đoàn sẽ đi.",
            ],
        );
    }

    #[test]
    fn wrapped_lines_are_joined() {
        let word = "mười chữ ";
        let paragraph = word.repeat(120);
        let mut wrapped = String::new();
        let mut length = 0;
        for word in paragraph.split_whitespace() {
            if length + 1 + word.chars().count() > 70 {
                wrapped.push('\n');
                length = 0;
            } else if length > 0 {
                wrapped.push(' ');
                length += 1;
            }
            wrapped.push_str(word);
            length += word.chars().count();
        }
        check(&format!("{wrapped}\n\nKết."), &[paragraph.trim(), "Kết."]);
    }

    #[test]
    fn a_link_number_that_reads_otherwise_keeps_no_later_one() {
        check(
            "[1]Home [2]News\n[3]&nbsp;Sport, the caf&eacute;[4]x\n\nA [5]link, [6]another and [7]a third.",
            &["Home News", "[3] Sport, the café[4]x", "A link, another and a third."],
        );
    }

    #[test]
    fn an_endless_line_is_taken_in_pieces() {
        assert_eq!(segment(&"từ ".repeat(100_000)).blocks.len(), 6);
    }

    #[test]
    fn line_feeds_after_carriage_returns_make_no_gap() {
        let blocks = segment("Một\r\nHai\r\n\r\nBa").blocks;
        assert_eq!(blocks.iter().map(|block| block.gap_before).collect::<Vec<_>>(), [true, false, true]);
    }
}
