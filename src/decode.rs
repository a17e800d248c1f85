//! Bytes to text: charset, form, and the pages that are no text at all.
//!
//! Enters: a [`RawPage`]. Leaves: [`Decoded`] text, or the reason why there is none.
//! Decoding never fails: bytes that the charset does not know become U+FFFD and are counted.

mod twice;

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use serde::Serialize;

use crate::page::{Form, RawPage};

/// How far the search for a `<meta charset>` goes, as in the HTML standard, with room for long comments.
const META_WINDOW: usize = 4096;
/// Bytes of a page that hold a tag, at most, where it does not begin with one.
const BYTES_PER_TAG: usize = 160;
/// How far the search for markup goes when the form must be told from the content.
const FORM_WINDOW: usize = 16 * 1024;
/// How many bytes the charset guess reads.
const GUESS_WINDOW: usize = 256 * 1024;

/// Lines beyond which a flattened text is no page: each may become a block, and a block costs 800 bytes and 6
/// microseconds.
const MAX_LINES: usize = 250_000;

/// A page's text and how it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decoded<'a> {
    /// The text, without a byte order mark and without NUL characters.
    #[serde(skip)]
    pub text: Cow<'a, str>,
    /// HTML or flattened text.
    pub form: Form,
    /// WHATWG name of the charset.
    pub charset: &'static str,
    /// Who named the charset.
    pub source: CharsetSource,
}

/// Who named the charset, in the order of trust.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CharsetSource {
    /// A byte order mark.
    Mark,
    /// The carrier: HTTP header, WARC record, JSONL field.
    Carrier,
    /// A `<meta>` element or XML declaration.
    Meta,
    /// The bytes themselves.
    Guess,
}

/// Why bytes are no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Unreadable {
    /// Nothing, or nothing but white space.
    Empty,
    /// An image, an archive, a document of another format.
    Binary,
    /// More lines than any page has.
    TooComplex,
}

/// Reads a page's bytes as text.
///
/// # Errors
/// [`Unreadable`] where the bytes are empty or no text.
pub fn decode(page: &RawPage) -> Result<Decoded<'_>, Unreadable> {
    let bytes = page.body.as_slice();
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Unreadable::Empty);
    }
    let utf8 = Utf8Shape::of(bytes);
    let (encoding, source) = charset(page, bytes, &utf8);
    if encoding != UTF_16LE && encoding != UTF_16BE && is_binary(bytes, utf8.text.is_some()) {
        return Err(Unreadable::Binary);
    }
    let text = match utf8.text.filter(|_| encoding == UTF_8) {
        Some(text) => Cow::Borrowed(text.strip_prefix('\u{FEFF}').unwrap_or(text)),
        None => encoding.decode_with_bom_removal(bytes).0,
    };
    let text = twice::undo(&text).map_or(text, Cow::Owned);
    let has_zeros = memchr::memchr(0, text.as_bytes()).is_some();
    let text = if has_zeros { Cow::Owned(text.replace('\0', "")) } else { text };
    if text.trim().is_empty() {
        return Err(Unreadable::Empty);
    }
    let form = page.form.unwrap_or_else(|| form_of(&text));
    if form == Form::Text && has_too_many_lines(&text) {
        return Err(Unreadable::TooComplex);
    }
    Ok(Decoded { text, form, charset: encoding.name(), source })
}

fn has_too_many_lines(text: &str) -> bool {
    // A line that counts has a character and, but for the last, its end.
    text.len() > 2 * MAX_LINES && text.lines().filter(|line| !line.trim().is_empty()).nth(MAX_LINES).is_some()
}

/// The charset and who named it. A named charset that the bytes contradict is passed over.
fn charset(page: &RawPage, bytes: &[u8], utf8: &Utf8Shape<'_>) -> (&'static Encoding, CharsetSource) {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return (encoding, CharsetSource::Mark);
    }
    if let Some(encoding) = utf16_without_mark(bytes) {
        return (encoding, CharsetSource::Guess);
    }
    let carrier = page.content_type.as_deref().and_then(|value| named(value.as_bytes()));
    if let Some(encoding) = carrier.filter(|encoding| utf8.allows(encoding)) {
        return (encoding, CharsetSource::Carrier);
    }
    let head = &bytes[..bytes.len().min(META_WINDOW)];
    if let Some(encoding) = named(head).filter(|encoding| utf8.allows(encoding)) {
        return (encoding, CharsetSource::Meta);
    }
    (guess(page, bytes, utf8), CharsetSource::Guess)
}

/// How well bytes fit UTF-8.
struct Utf8Shape<'a> {
    /// The bytes as text where they are valid.
    text: Option<&'a str>,
    /// Whether they are valid, or their faults few.
    mostly: bool,
}

impl<'a> Utf8Shape<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        let text = simdutf8::basic::from_utf8(bytes).ok();
        Utf8Shape { text, mostly: text.is_some() || mostly_utf8(bytes) }
    }

    /// Bytes that are valid multi-byte UTF-8 are never another charset; bytes that are mostly broken are not UTF-8.
    fn allows(&self, encoding: &'static Encoding) -> bool {
        if encoding == UTF_8 { self.mostly } else { self.text.is_none_or(str::is_ascii) }
    }
}

/// Whether the faults in almost-UTF-8 are few: a torn sequence here and there, not another charset.
fn mostly_utf8(bytes: &[u8]) -> bool {
    let (mut faults, mut sequences) = (0_usize, 0_usize);
    for chunk in bytes[..bytes.len().min(GUESS_WINDOW)].utf8_chunks() {
        sequences += chunk.valid().bytes().filter(|byte| *byte >= 0xC0).count();
        faults += usize::from(!chunk.invalid().is_empty());
    }
    faults * 4 < sequences
}

/// The charset that follows `charset=` or `encoding=` in a header value or a document's first bytes.
fn named(bytes: &[u8]) -> Option<&'static Encoding> {
    memchr::memchr(b'=', bytes)?;
    [b"charset".as_slice(), b"encoding"].into_iter().find_map(|key| {
        let start = find_in_any_case(bytes, key)? + key.len();
        let rest = bytes[start..].trim_ascii_start().strip_prefix(b"=")?;
        let label: Vec<u8> = rest
            .iter()
            .copied()
            .skip_while(|byte| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\''))
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b':' | b'.'))
            .take(40)
            .collect();
        let encoding = Encoding::for_label(&label)?;
        // The standard's rule: a page that could be read this far as ASCII is not UTF-16.
        Some(if encoding == UTF_16LE || encoding == UTF_16BE { UTF_8 } else { encoding })
    })
}

/// Where a word of small ASCII letters stands first, capitals or not. Places whose first and last letter fit are told
/// many in a step.
fn find_in_any_case(bytes: &[u8], word: &[u8]) -> Option<usize> {
    const STEP: usize = 64;
    let ([first, ..], [.., last]) = (word, word) else { return None };
    let ends = bytes.get(word.len() - 1..)?;
    let fits = |(a, b): (&u8, &u8)| u8::from(*a | 0x20 == *first) & u8::from(*b | 0x20 == *last);
    bytes.chunks(STEP).zip(ends.chunks(STEP)).zip((0..).step_by(STEP)).find_map(|((starts, ends), from)| {
        let any = starts.iter().zip(ends).fold(0, |any, pair| any | fits(pair));
        let is_word = |at: &usize| bytes[*at..*at + word.len()].eq_ignore_ascii_case(word);
        if any != 0 { (from..from + ends.len()).find(is_word) } else { None }
    })
}

fn guess(page: &RawPage, bytes: &[u8], utf8: &Utf8Shape<'_>) -> &'static Encoding {
    if utf8.mostly {
        return UTF_8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(&bytes[..bytes.len().min(GUESS_WINDOW)], true);
    let host = page.url.as_deref().and_then(|url| url::Url::parse(url).ok());
    let domain = host.as_ref().and_then(|url| url.host_str()).and_then(|name| name.rsplit('.').next());
    detector.guess(
        domain.filter(|d| d.is_ascii()).map(str::to_ascii_lowercase).as_deref().map(str::as_bytes),
        Utf8Detection::Allow,
    )
}

/// UTF-16 without a mark shows as a zero in every other byte of ASCII text.
fn utf16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = &bytes[..bytes.len().min(512) & !1];
    if sample.len() < 16 || memchr::memchr(0, sample).is_none() {
        return None;
    }
    let zeros = |offset: usize| sample.iter().skip(offset).step_by(2).filter(|byte| **byte == 0).count();
    let half = sample.len() / 2;
    match (zeros(0), zeros(1)) {
        (even, odd) if odd * 10 >= half * 7 && even * 20 < half => Some(UTF_16LE),
        (even, odd) if even * 10 >= half * 7 && odd * 20 < half => Some(UTF_16BE),
        _ => None,
    }
}

/// Whether the first bytes are those of a format that is no text, or too many are control bytes: of UTF-8, in which few
/// binary files are valid by chance, a sixth.
fn is_binary(bytes: &[u8], is_utf8: bool) -> bool {
    const MAGIC: [&[u8]; 14] = [
        b"\x89PNG",
        b"\xFF\xD8\xFF",
        b"GIF8",
        b"%PDF-",
        b"PK\x03\x04",
        b"\x7FELF",
        b"\x1F\x8B",
        b"BZh",
        b"\xFD7zXZ",
        b"7z\xBC\xAF",
        b"Rar!",
        b"OggS",
        b"ID3",
        b"\xD0\xCF\x11\xE0",
    ];
    if MAGIC.iter().any(|magic| bytes.starts_with(magic))
        || (bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP"))
    {
        return true;
    }
    let sample = &bytes[..bytes.len().min(FORM_WINDOW)];
    let control = |byte: &u8| *byte < 0x20 && !matches!(byte, 0 | b'\t' | b'\n' | b'\r' | 0x0C | 0x1B);
    // All but white space is rare enough to be counted.
    let is_rare = |byte: u8| u8::from(byte < 0x20) & u8::from(!matches!(byte, b'\t' | b'\n' | b'\r'));
    if sample.iter().fold(0, |any, byte| any | is_rare(*byte)) == 0 {
        return false;
    }
    let zeros = memchr::memchr_iter(0, sample).count();
    let least = if is_utf8 { 6 } else { 20 };
    zeros * 8 > sample.len() || sample.iter().filter(|byte| control(byte)).count() * least > sample.len()
}

/// Tells markup from flattened text by the tags in the first bytes: a page begins with one, or consists of them; an article
/// about markup quotes some.
fn form_of(text: &str) -> Form {
    let head = text.trim_start().as_bytes();
    let head = &head[..head.len().min(FORM_WINDOW)];
    let mut tags = 0;
    let least = if head.first() == Some(&b'<') { 3 } else { 3.max(head.len() / BYTES_PER_TAG) };
    for at in memchr::memchr_iter(b'<', head) {
        tags += tag_weight(&head[at + 1..]).map_or(0, |weight| weight as usize);
        if tags >= least {
            return Form::Html;
        }
    }
    Form::Text
}

/// Weight of the tag that begins here: 3 for one that only a page has, 1 for one that prose may quote.
fn tag_weight(rest: &[u8]) -> Option<u32> {
    const PAGE: [&str; 8] = ["!doctype", "html", "head", "body", "meta", "title", "script", "link"];
    const INLINE: [&str; 24] = [
        "div", "p", "span", "a", "h1", "h2", "h3", "ul", "li", "table", "td", "tr", "br", "img", "section",
        "article", "main", "header", "nav", "strong", "em", "b", "i", "figure",
    ];
    let rest = rest.strip_prefix(b"/").unwrap_or(rest);
    let end = rest.iter().take(12).position(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'!'))?;
    let name = std::str::from_utf8(&rest[..end]).ok()?;
    let is = |list: &[&str]| list.iter().any(|tag| tag.eq_ignore_ascii_case(name));
    if is(&PAGE) { Some(3) } else { is(&INLINE).then_some(1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &[u8], content_type: Option<&str>, charset: &str, form: Form, text: &str) {
        let page = RawPage {
            body: body.to_vec(),
            content_type: content_type.map(str::to_owned),
            ..RawPage::default()
        };
        let decoded = decode(&page).expect("text");
        assert_eq!((decoded.charset, decoded.form, decoded.text.as_ref()), (charset, form, text));
    }

    #[test]
    fn charset_is_named_by_mark_carrier_meta_or_guess() {
        check(
            "\u{FEFF}<p>ê</p><p></p>".as_bytes(),
            Some("text/html; charset=windows-1252"),
            "UTF-8",
            Form::Html,
            "<p>ê</p><p></p>",
        );
        check(b"<html>\xE9", Some("text/html; charset=iso-8859-1"), "windows-1252", Form::Html, "<html>é");
        check(
            b"<meta charset='windows-1258'>\xEA\xF2",
            None,
            "windows-1258",
            Form::Html,
            "<meta charset='windows-1258'>ê\u{323}",
        );
        check("Hà Nội".as_bytes(), Some("text/plain; charset=latin1"), "UTF-8", Form::Text, "Hà Nội");
        check(b"a\0b plain line", None, "UTF-8", Form::Text, "ab plain line");
    }

    #[test]
    fn utf16_is_read_with_and_without_mark() {
        let wide: Vec<u8> = "<html><p>Hà Nội hôm nay".encode_utf16().flat_map(u16::to_le_bytes).collect();
        check(&wide, None, "UTF-16LE", Form::Html, "<html><p>Hà Nội hôm nay");
    }

    #[test]
    fn what_is_no_text_says_why() {
        let decode_bytes =
            |body: &[u8]| decode(&RawPage { body: body.to_vec(), ..RawPage::default() }).map(|_| ());
        assert_eq!(decode_bytes(b""), Err(Unreadable::Empty));
        assert_eq!(decode_bytes(b" \n\t "), Err(Unreadable::Empty));
        assert_eq!(decode_bytes(b"\x89PNG\r\n\x1a\n0000"), Err(Unreadable::Binary));
        assert_eq!(decode_bytes(&[1, 2, 3, 4, 5, 6, 7, 8]), Err(Unreadable::Binary));
        assert_eq!(decode_bytes("A.\n".repeat(MAX_LINES + 1).as_bytes()), Err(Unreadable::TooComplex));
    }
}
