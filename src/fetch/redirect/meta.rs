//! Refreshes that a page's markup asks for.
//!
//! Enters: the bytes of a page. Leaves: the value of its first refresh, and the base of its links.
//! Invariant: a bounded part of the page is looked at, each byte of it a few times at most.

use memchr::{memchr, memchr2_iter, memmem};

/// First bytes of a page in which a refresh is looked for.
const MAX_LOOK_BYTES: usize = 64 * 1024;

/// Elements whose content is text, or is not for us; see [`meta_refresh`](super::meta_refresh) for `noscript`.
const OPAQUE: [&[u8]; 10] = [
    b"iframe",
    b"noembed",
    b"noframes",
    b"noscript",
    b"script",
    b"style",
    b"template",
    b"textarea",
    b"title",
    b"xmp",
];

/// A refresh in a page.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// The `content` attribute.
    pub(super) content: String,
    /// The `href` of the first `base` before it.
    pub(super) base: Option<String>,
}

/// The first `<meta http-equiv="refresh">` of a page.
pub(super) fn find(body: &[u8]) -> Option<Found> {
    let page = &body[..body.len().min(MAX_LOOK_BYTES)];
    // Nearly every page ends here.
    let is_refresh = |f: usize| {
        page.get(f.wrapping_sub(2)..f + 5).is_some_and(|word| word.eq_ignore_ascii_case(b"refresh"))
    };
    if !memchr2_iter(b'f', b'F', page).any(is_refresh) {
        return None;
    }
    let mut base = None;
    let mut at = 0;
    loop {
        at += memchr(b'<', &page[at..])?;
        if page[at..].starts_with(b"<!--") {
            at += memmem::find(&page[at..], b"-->")?;
            continue;
        }
        let tag = Tag::read(&page[at + 1..])?;
        at += 1 + tag.length;
        match tag.name.to_ascii_lowercase().as_slice() {
            b"meta" if tag.get(b"http-equiv").is_some_and(|name| name.eq_ignore_ascii_case("refresh")) => {
                if let Some(content) = tag.get(b"content") {
                    return Some(Found { content, base });
                }
            }
            b"base" if base.is_none() => base = tag.get(b"href"),
            name if OPAQUE.contains(&name) => at += end_of(&page[at..], name)?,
            _ => {}
        }
    }
}

/// A name and its value.
type Attribute<'a> = (&'a [u8], &'a [u8]);

/// A start tag; for anything else, an empty name.
struct Tag<'a> {
    name: &'a [u8],
    attributes: Vec<Attribute<'a>>,
    /// Bytes from behind the `<` to behind the `>`.
    length: usize,
}

impl<'a> Tag<'a> {
    /// Reads from behind a `<`; `None` where the tag does not end.
    fn read(text: &'a [u8]) -> Option<Self> {
        let length = text.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        if !text.first()?.is_ascii_alphabetic() {
            return Some(Self { name: b"", attributes: Vec::new(), length: 0 });
        }
        let name = &text[..length];
        let is_wanted = name.eq_ignore_ascii_case(b"meta") || name.eq_ignore_ascii_case(b"base");
        let mut attributes = Vec::new();
        let mut at = length;
        loop {
            at += text[at..].iter().take_while(|byte| is_gap(**byte)).count();
            if *text.get(at)? == b'>' {
                return Some(Self { name, attributes, length: at + 1 });
            }
            let (attribute, length) = read_attribute(&text[at..])?;
            at += length;
            if is_wanted {
                attributes.push(attribute);
            }
        }
    }

    /// The value of an attribute, the first of its name, with character references resolved.
    fn get(&self, name: &[u8]) -> Option<String> {
        let (_, value) = self.attributes.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(html_escape::decode_html_entities(&String::from_utf8_lossy(value)).into_owned())
    }
}

/// Reads a name and its value, and how long both are.
fn read_attribute(text: &[u8]) -> Option<(Attribute<'_>, usize)> {
    // A name may start with `=`, and has at least one byte.
    let end = text.iter().skip(1).position(|byte| is_gap(*byte) || b"=>".contains(byte))? + 1;
    let name = &text[..end];
    let equals = end + text[end..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    if text.get(equals) != Some(&b'=') {
        return Some(((name, b""), end));
    }
    let start = equals + 1;
    let start = start + text[start..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let first = *text.get(start)?;
    if matches!(first, b'"' | b'\'') {
        let length = memchr(first, &text[start + 1..])?;
        return Some(((name, &text[start + 1..start + 1 + length]), start + length + 2));
    }
    let length = text[start..].iter().position(|byte| byte.is_ascii_whitespace() || *byte == b'>')?;
    Some(((name, &text[start..start + length]), start + length))
}

fn is_gap(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == b'/'
}

/// Where the end tag of an element starts.
fn end_of(text: &[u8], name: &[u8]) -> Option<usize> {
    memmem::find_iter(text, b"</").find(|at| {
        let behind = &text[at + 2..];
        behind.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name))
    })
}

/// The seconds of a refresh, and its target if it names one (HTML standard, "shared declarative refresh steps").
pub(super) fn read_refresh(value: &str) -> Option<(u32, Option<&str>)> {
    let value = value.trim_ascii_start();
    let digits = value.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 && !value.starts_with('.') {
        return None;
    }
    let seconds = if digits == 0 { 0 } else { value[..digits].parse().unwrap_or(u32::MAX) };
    let rest = value[digits..].trim_start_matches(|letter: char| letter == '.' || letter.is_ascii_digit());
    if rest.is_empty() {
        return Some((seconds, None));
    }
    if !rest.starts_with([';', ',', ' ', '\t', '\n', '\r', '\u{c}']) {
        return None;
    }
    let rest = rest.trim_ascii_start();
    let rest = rest.strip_prefix([';', ',']).unwrap_or(rest).trim_ascii_start();
    let target = behind_url(rest).unwrap_or(rest);
    let target = match target.chars().next() {
        Some(quote @ ('"' | '\'')) => target[1..].split(quote).next().unwrap_or_default(),
        _ => target,
    };
    let target = target.trim_ascii();
    Some((seconds, (!target.is_empty()).then_some(target)))
}

/// What follows `url=`.
fn behind_url(text: &str) -> Option<&str> {
    let name = text.get(..3)?;
    if !name.eq_ignore_ascii_case("url") {
        return None;
    }
    Some(text[3..].trim_ascii_start().strip_prefix('=')?.trim_ascii_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(page: &str) -> Option<String> {
        find(page.as_bytes()).map(|found| found.content)
    }

    #[test]
    fn the_first_refresh_is_found() {
        for page in [
            r#"<html><head><META HTTP-EQUIV="Refresh" CONTENT="0;url=/a">"#,
            "<meta content='0;url=/a' http-equiv=refresh>",
            "<meta\nhttp-equiv = refresh / content=0;url=/a >",
            "<p title='<meta http-equiv=refresh content=1>'><meta http-equiv=refresh content=0;url=/a>",
            "<!-- <meta http-equiv=refresh content=1> --><meta http-equiv=refresh content=0;url=/a>",
            "<script>'<meta http-equiv=refresh content=1>'</SCRIPT><meta http-equiv=refresh content=0;url=/a>",
            "<noscript><meta http-equiv=refresh content=1></noscript><meta http-equiv=refresh content=0;url=/a>",
            "a < b <meta http-equiv=refresh><meta http-equiv=refresh content=0;url=/a>",
        ] {
            assert_eq!(content(page).as_deref(), Some("0;url=/a"), "{page}");
        }
        assert_eq!(content("<meta http-equiv=refresh content='0;/?a&amp;b'>").as_deref(), Some("0;/?a&b"));
    }

    #[test]
    fn what_is_no_refresh_is_none() {
        for page in [
            "",
            "refresh",
            "<meta name=refresh content=0>",
            "<meta http-equiv=refresh",
            "<meta http-equiv=refresh content='0",
            "<noscript><meta http-equiv=refresh content=0></noscript>",
            "<style><meta http-equiv=refresh content=0>",
            "<!-- <meta http-equiv=refresh content=0>",
        ] {
            assert_eq!(content(page), None, "{page}");
        }
        let late = format!("{}<meta http-equiv=refresh content=0>", " ".repeat(MAX_LOOK_BYTES));
        assert_eq!(content(&late), None);
    }

    #[test]
    fn values_are_read_as_browsers_read_them() {
        for (value, expected) in [
            ("0; url=/ok", Some((0, Some("/ok")))),
            (" 3 , URL = '/ok' x", Some((3, Some("/ok")))),
            ("1.5;/ok", Some((1, Some("/ok")))),
            ("0 /ok", Some((0, Some("/ok")))),
            (".5", Some((0, None))),
            ("0;url=", Some((0, None))),
            ("0; urls", Some((0, Some("urls")))),
            ("99999999999", Some((u32::MAX, None))),
            ("0;é", Some((0, Some("é")))),
            ("0x", None),
            ("", None),
            ("url=/ok", None),
        ] {
            assert_eq!(read_refresh(value), expected, "{value}");
        }
    }
}
