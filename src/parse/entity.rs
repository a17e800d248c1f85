//! Character references that survived the parser, and the white space around values.
//!
//! Enters: a value of an attribute, a script or a flattened line. Leaves: the text a reader was meant to see.
//! Output is NFC and never longer than the bound that the caller gives.

use std::borrow::Cow;

use html5ever::data::NAMED_ENTITIES;

use crate::normalize::unicode::nfc;

/// Longest reference that is looked at, in bytes after the `&`; the longest name of HTML has 32.
const LONGEST_REFERENCE: usize = 33;
/// Rounds of decoding: one for the script that holds JSON, one for a system that escapes twice, one to spare.
const ROUNDS: usize = 3;

/// Decodes character references once: `&quot;`, `&#7871;` and `&#x1ebf;` (with their semicolon only).
#[must_use]
pub fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let reference = reference_in(after);
        if let Some((decoded, used)) = reference {
            out.push_str(&decoded);
            rest = &after[used..];
        } else {
            out.push('&');
            rest = after;
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The characters that `text` (after its `&`) begins with, and how many bytes wrote them.
fn reference_in(text: &str) -> Option<(String, usize)> {
    let end = text.bytes().take(LONGEST_REFERENCE).position(|byte| byte == b';')?;
    let name = &text[..end];
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        let decoded = char::from_u32(code).filter(|c| *c != '\0')?;
        return Some((decoded.to_string(), end + 1));
    }
    let (first, second) = NAMED_ENTITIES.get(&text[..=end])?;
    let decoded =
        [*first, *second].into_iter().filter(|code| *code != 0).filter_map(char::from_u32).collect();
    Some((decoded, end + 1))
}

/// One line of plain text out of a value: references decoded, tags dropped, white space collapsed, NFC.
///
/// `None` where nothing is left or where it has more than `max_chars` characters.
#[must_use]
pub fn tidy(text: &str, max_chars: usize) -> Option<String> {
    if text.len() > max_chars.saturating_mul(16) {
        return None;
    }
    let decoded = decode_fully(text);
    let composed = nfc(&decoded);
    let mut out = String::with_capacity(composed.len());
    for word in composed.split(is_space).filter(|word| !word.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        if word.is_ascii() {
            out.push_str(word);
        } else {
            out.extend(word.chars().filter(|c| !is_invisible(*c)));
        }
    }
    let trimmed = out.trim();
    (!trimmed.is_empty() && trimmed.chars().count() <= max_chars).then(|| trimmed.to_owned())
}

/// As [`tidy`], but lines stay apart by `\n` and the text is cut at `max_chars` characters.
#[must_use]
pub fn tidy_lines(text: &str, max_chars: usize) -> Option<String> {
    let end = text.char_indices().nth(max_chars).map_or(text.len(), |(at, _)| at);
    let decoded = decode_fully(&text[..end]);
    let lines: Vec<String> = decoded.lines().filter_map(|line| tidy(line, max_chars)).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// Decodes until nothing changes, at most [`ROUNDS`] times, then drops tags.
fn decode_fully(text: &str) -> Cow<'_, str> {
    let mut decoded = Cow::Borrowed(text);
    for _ in 0..ROUNDS {
        match unescape(&decoded) {
            Cow::Owned(next) if next != *decoded => decoded = Cow::Owned(next),
            _ => break,
        }
    }
    if decoded.contains('<') { Cow::Owned(without_tags(&decoded)) } else { decoded }
}

/// Text without what looks like a tag; tags that end a line in HTML leave a `\n`.
fn without_tags(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let tag = &rest[at + 1..];
        let named = tag.strip_prefix('/').unwrap_or(tag).starts_with(|c: char| c.is_ascii_alphabetic());
        let close = if named { tag.find('>') } else { None };
        let Some(close) = close else {
            out.push_str(&rest[..=at]);
            rest = tag;
            // Without a `>` in the rest no later `<` can open a tag either.
            if named {
                break;
            }
            continue;
        };
        out.push_str(&rest[..at]);
        if breaks_line(&tag[..close]) {
            out.push('\n');
        }
        rest = &tag[close + 1..];
    }
    out.push_str(rest);
    out
}

/// Whether a tag (its inside) separates lines.
fn breaks_line(tag: &str) -> bool {
    let name = tag.trim_start_matches('/').split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or("");
    [
        "p",
        "br",
        "div",
        "li",
        "tr",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "blockquote",
        "figure",
        "ul",
        "ol",
        "table",
    ]
    .iter()
    .any(|known| name.eq_ignore_ascii_case(known))
}

fn is_space(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}

/// Characters of no width that carry no meaning in a title or a name.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2060}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::{tidy, tidy_lines, unescape};

    #[test]
    fn references_are_decoded_once() {
        for (text, wanted) in [
            ("a &amp; b", "a & b"),
            ("&amp;quot;", "&quot;"),
            ("Ti&#7871;ng Vi&#x1EC7;t", "Tiếng Việt"),
            ("R&D; M&A", "R&D; M&A"),
            ("&#0; &#xFFFFFFFF; &;", "&#0; &#xFFFFFFFF; &;"),
            ("&", "&"),
            ("&ocirc;&agrave", "ô&agrave"),
            ("&ế;", "&ế;"),
        ] {
            assert_eq!(unescape(text), wanted, "{text}");
        }
    }

    #[test]
    fn values_become_one_clean_line() {
        for (text, wanted) in [
            ("  Hai \n\t ba\u{a0}bốn ", Some("Hai ba bốn")),
            ("Chi&amp;#7871;n s&amp;#7921;", Some("Chiến sự")),
            ("<b>Giá</b> xăng 1 < 2", Some("Giá xăng 1 < 2")),
            ("a <b", Some("a <b")),
            ("\u{200b}\u{feff}", None),
            ("Tie\u{302}\u{301}ng", Some("Tiếng")),
            ("", None),
        ] {
            assert_eq!(tidy(text, 100).as_deref(), wanted, "{text}");
        }
        assert_eq!(tidy("dài quá", 3), None);
    }

    #[test]
    fn lines_stay_apart() {
        assert_eq!(tidy_lines("<p>Một</p><p>Hai  ba</p>\n\nBốn", 99).as_deref(), Some("Một\nHai ba\nBốn"));
    }
}
