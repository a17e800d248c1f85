//! Unicode form and white space of what a reader sees.
//!
//! Enters: text as decoded. Leaves: NFC, without characters that show nothing, white space collapsed.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfc};

/// Characters that show nothing and only break comparison: zero-width space, word joiner, byte order mark, soft hyphen,
/// direction marks.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}')
        || (c.is_control() && !c.is_whitespace())
}

/// Appends `text` to `out`, white space collapsed across calls; `\n` is white space too.
pub fn push_collapsed(out: &mut String, text: &str) {
    out.reserve(text.len());
    let mut space = out.is_empty() || out.ends_with([' ', '\n']);
    // What stays as it is is copied in runs.
    let mut run = 0;
    for (at, c) in text.char_indices() {
        if c.is_ascii_graphic() || (c >= '\u{C0}' && is_settled(c)) {
            space = false;
            continue;
        }
        if c == ' ' && !space {
            space = true;
            continue;
        }
        if c != '\u{85}' && c.is_whitespace() {
            out.push_str(&text[run..at]);
            if !space {
                out.push(' ');
                space = true;
            }
        } else if is_invisible(c) {
            out.push_str(&text[run..at]);
        } else {
            space = false;
            continue;
        }
        run = at + c.len_utf8();
    }
    out.push_str(&text[run..]);
}

/// Whether a character is sure to stay in NFC where no combining mark stands behind it: those below U+0300, precomposed
/// Latin, Cyrillic, punctuation, kana, ideographs, Hangul. From U+00C0 on these are all visible and no white space.
pub(crate) fn is_settled(c: char) -> bool {
    matches!(c, ..'\u{300}'
        | '\u{400}'..='\u{47F}'
        | '\u{1E00}'..='\u{1EFF}'
        | '\u{2010}'..='\u{2027}'
        | '\u{2030}'..='\u{203F}'
        | '\u{20A0}'..='\u{20BF}'
        | '\u{3001}'..='\u{3029}'
        | '\u{3041}'..='\u{3096}'
        | '\u{309B}'..='\u{30FF}'
        | '\u{4E00}'..='\u{9FFF}'
        | '\u{AC00}'..='\u{D7A3}')
}

/// The text in NFC, borrowed where it is so already.
#[must_use]
pub fn nfc(text: &str) -> Cow<'_, str> {
    if are_settled(text.as_bytes()) || is_nfc(text) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.nfc().collect())
    }
}

/// Whether UTF-8 holds only such characters. Most text needs no more.
fn are_settled(bytes: &[u8]) -> bool {
    // The lead byte of U+0300.
    const FIRST_UNSURE: u8 = 0xCC;
    bytes.chunks(32).enumerate().all(|(chunk, part)| {
        let highest = part.iter().fold(0, |highest, byte| highest.max(*byte));
        highest < FIRST_UNSURE
            || (chunk * 32..chunk * 32 + part.len())
                .all(|at| bytes[at] < FIRST_UNSURE || is_settled_at(&bytes[at..]))
    })
}

/// The same for the character that begins here, of those from U+0300 on.
pub(crate) fn is_settled_at(bytes: &[u8]) -> bool {
    match bytes {
        [0xE1, second, ..] => (0xB8..=0xBB).contains(second),
        [0xE2, 0x80, third, ..] => (0x90..=0xA7).contains(third) || *third >= 0xB0,
        [0xE2, 0x82, third, ..] => *third >= 0xA0,
        [0xE3, 0x80, third, ..] => (0x81..=0xA9).contains(third),
        [0xE3, 0x81, third, ..] => *third >= 0x81,
        [0xE3, 0x82, third, ..] => !(0x97..=0x9A).contains(third),
        [0xED, 0x9E, third, ..] => *third <= 0xA3,
        [first, second, ..] => matches!(
            (first, second),
            (0xD0 | 0xD1 | 0xE5..=0xE9 | 0xEB | 0xEC, _)
                | (0xE3, 0x83)
                | (0xE4, 0xB8..)
                | (0xEA, 0xB0..)
                | (0xED, ..0x9E)
        ),
        _ => false,
    }
}

/// One line of text: NFC, collapsed, trimmed.
#[must_use]
pub fn line(text: &str) -> String {
    let mut out = String::new();
    push_collapsed(&mut out, text);
    out.truncate(out.trim_end().len());
    match nfc(&out) {
        Cow::Borrowed(_) => out,
        Cow::Owned(text) => text,
    }
}

/// Resolves character references that survived as text: `&ocirc;`, `&#7879;`, and `&amp;#7879;` of a double escape.
/// Two passes at most; markup signs (`&lt;`, `&gt;`) stay as they are.
#[must_use]
pub fn unescape(text: &str) -> Cow<'_, str> {
    let once = unescape_once(text);
    match once {
        Cow::Borrowed(_) => once,
        Cow::Owned(text) => Cow::Owned(unescape_once(&text).into_owned()),
    }
}

fn unescape_once(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let taken = if let Some((length, c)) = reference(rest) {
            out.push_str(&c);
            length
        } else {
            out.push('&');
            1
        };
        rest = &rest[taken..];
    }
    out.push_str(rest);
    if out == text { Cow::Borrowed(text) } else { Cow::Owned(out) }
}

/// The character reference at the start of `text`: its length in bytes and what it stands for.
fn reference(text: &str) -> Option<(usize, String)> {
    let end = text.bytes().take(34).position(|byte| byte == b';')? + 1;
    let whole = &text[..end];
    let name = &whole[1..end - 1];
    let well_formed = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'#');
    if !well_formed || matches!(name, "lt" | "gt" | "LT" | "GT" | "#60" | "#62") {
        return None;
    }
    let decoded = html_escape::decode_html_entities(whole);
    (decoded != whole).then(|| (end, decoded.into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_normalization::{IsNormalized, is_nfc_quick};

    #[test]
    fn a_line_is_collapsed_composed_and_free_of_invisible_signs() {
        assert_eq!(line(" Hà\u{A0}\u{200B} No\u{302}\u{323}i \n"), "Hà Nội");
        assert_eq!(line("t\u{E2}\u{300}n\u{AD}g"), "tầng");
    }

    #[test]
    fn settled_characters_stay_as_they_are() {
        for c in ('\u{300}'..=char::MAX).filter(|c| is_settled(*c)) {
            let quick = is_nfc_quick(std::iter::once(c));
            assert!(quick == IsNormalized::Yes && !c.is_whitespace() && !is_invisible(c), "{c:?}");
        }
        for c in '\u{300}'..=char::MAX {
            assert_eq!(is_settled_at(c.to_string().as_bytes()), is_settled(c), "{c:?}");
        }
    }

    #[test]
    fn references_in_text_are_resolved_once_or_twice() {
        assert_eq!(
            unescape("&#7879;n &amp;ocirc; AT&T &lt;b&gt; &nonsense;"),
            "ện ô AT&T &lt;b&gt; &nonsense;"
        );
    }
}
