//! Flattened text to blocks.
//!
//! Enters: text whose lines were a page's elements. Leaves: [`Segmented`] with a block for each line, or for the lines
//! that a flattener broke apart at inline markup.

use crate::normalize::unicode;
use crate::segment::block::{Block, Kind, Segmented};

/// Characters beyond which a line is taken in pieces: no paragraph is longer, and no stage has to hold more.
const MAX_LINE: usize = 100_000;

/// Cuts flattened text into blocks.
#[must_use]
pub fn segment(text: &str) -> Segmented {
    let mut blocks: Vec<Block> = Vec::new();
    let mut gap = true;
    for line in text.split(['\n', '\r', '\u{2028}', '\u{2029}', '\u{C}', '\u{B}']) {
        for piece in pieces(line) {
            let text = unicode::line(&unicode::unescape(piece));
            if text.is_empty() {
                gap = true;
                continue;
            }
            if !gap
                && blocks.last().is_some_and(|last| {
                    last.text.len() + text.len() < MAX_LINE && continues(&last.text, &text)
                })
            {
                if let Some(last) = blocks.last_mut() {
                    if !text.starts_with(CLOSING) {
                        last.text.push(' ');
                    }
                    last.text.push_str(&text);
                }
                continue;
            }
            blocks.push(Block { text, kind: Kind::Line, gap_before: gap, dom: None });
            gap = false;
        }
    }
    Segmented { blocks, containers: Vec::new() }
}

/// Signs that never begin a line of their own.
const CLOSING: [char; 8] = [',', '.', ';', ':', ')', '!', '?', '”'];

/// Whether a line goes on with the sentence of the line before: the flattener broke it at a link or bold text.
fn continues(before: &str, line: &str) -> bool {
    let open_end = !before.ends_with(['.', '!', '?', ':', '…', '"', '”', ';', '|', '»']);
    let mut chars = line.chars();
    let starts_closing = line.starts_with(CLOSING) && !line.starts_with("...");
    let starts_small = chars.next().is_some_and(char::is_lowercase);
    let prose = before.contains(' ') && before.chars().any(char::is_lowercase);
    starts_closing || (open_end && starts_small && prose)
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
            "dâng hương tưởng niệm các\nanh hùng liệt sĩ\n- những người đã",
            &["dâng hương tưởng niệm các anh hùng liệt sĩ", "- những người đã"],
        );
        check("tại xã Hạ Mỗ\n, huyện Đan Phượng.", &["tại xã Hạ Mỗ, huyện Đan Phượng."]);
    }

    #[test]
    fn an_endless_line_is_taken_in_pieces() {
        assert_eq!(segment(&"từ ".repeat(100_000)).blocks.len(), 6);
    }
}
