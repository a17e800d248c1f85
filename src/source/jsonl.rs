//! Rows of JSON, one to a line.
//!
//! Enters: a stream of lines. Leaves: a page or an error for each line that is not blank.
//! Invariant: one line is held at a time, and one that is over the limit is passed over without being held.

use std::io;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Item;
use super::error::SourceError;
use super::naming::Origin;
use super::peek::{Line, Stream, read_line};
use crate::page::{Form, RawPage};

/// U+FEFF in UTF-8, which some tools put before the first row.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Longest line for documents of at most `limit` bytes: `\uXXXX` makes six bytes of the two of a Vietnamese
/// letter, and the other fields need room.
pub(super) fn max_line_bytes(limit: u64) -> u64 {
    limit.saturating_mul(3).saturating_add(64 * 1024)
}

/// A row, as far as it is of use; any type is let in, so that one odd field does not cost the document.
#[derive(Deserialize)]
struct Fields {
    html: Option<Value>,
    text: Option<Value>,
    url: Option<Value>,
    fetched_at: Option<Value>,
    content_type: Option<Value>,
}

/// Parses one line into a page, whose body is the UTF-8 of `html`, or of `text` where there is no `html`.
///
/// The string was decoded when the row was written, so the charset that `content_type` or `charset` names, and
/// the one a `<meta>` names, no longer hold: the page's `Content-Type` always says UTF-8.
pub(super) fn parse_row(line: &[u8]) -> Result<RawPage, String> {
    let line = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line);
    if line.trim_ascii_start().first() != Some(&b'{') {
        return Err("not a JSON object".to_owned());
    }
    let fields: Fields = parse_json(line)?;
    let (form, body) = match (string(fields.html), string(fields.text)) {
        (Some(html), Some(text)) if html.is_empty() => (Form::Text, text),
        (Some(html), _) => (Form::Html, html),
        (None, Some(text)) => (Form::Text, text),
        (None, None) => return Err("it has neither a string 'html' nor a string 'text'".to_owned()),
    };
    let stated = string(fields.content_type);
    let media_type = stated.as_deref().and_then(|value| value.split(';').next()).map_or("", str::trim);
    let media_type = match (media_type, form) {
        ("", Form::Html) => "text/html",
        ("", Form::Text) => "text/plain",
        (stated, _) => stated,
    };
    Ok(RawPage {
        url: string(fields.url).filter(|url| !url.is_empty()),
        fetched_at: string(fields.fetched_at).filter(|time| !time.is_empty()),
        content_type: Some(format!("{media_type}; charset=utf-8")),
        form: Some(form),
        body: body.into_bytes(),
    })
}

/// Parses one line of JSON; surrogates that have lost their other half cost nothing but themselves.
pub(super) fn parse_json<T: DeserializeOwned>(line: &[u8]) -> Result<T, String> {
    serde_json::from_slice(line).or_else(|error| {
        let mended = mend_surrogates(line).and_then(|mended| serde_json::from_slice(&mended).ok());
        mended.ok_or_else(|| reason(&error))
    })
}

fn string(value: Option<Value>) -> Option<String> {
    match value {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

/// The parser's words without the line number, which is 1 for every row.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let column = error.column();
    match text.split_once(" at line ") {
        Some((what, _)) => format!("{what} at column {column}"),
        None => text,
    }
}

/// Replaces surrogates that have lost their other half by U+FFFD; `None` where there are none.
///
/// Python writes them for text it could not decode, and the parser refuses the row for them.
fn mend_surrogates(line: &[u8]) -> Option<Vec<u8>> {
    let mut mended = line.to_vec();
    let mut found = false;
    let mut at = 0;
    while at < mended.len() {
        let step = match mended[at] {
            b'\\' => match (escaped_unit(&mended[at..]), mended.get(at + 6..).and_then(escaped_unit)) {
                (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
                (Some(0xd800..=0xdfff), _) => {
                    mended[at + 2..at + 6].copy_from_slice(b"fffd");
                    found = true;
                    6
                }
                (Some(_), _) => 6,
                (None, _) => 2,
            },
            _ => 1,
        };
        at += step;
    }
    found.then_some(mended)
}

/// The UTF-16 unit of a `\uXXXX` at the start.
fn escaped_unit(bytes: &[u8]) -> Option<u16> {
    let digits = bytes.strip_prefix(b"\\u")?.get(..4)?;
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// The rows of a stream, in order.
pub(super) struct Rows {
    stream: Stream,
    origin: Origin,
    limit: u64,
    number: u64,
    /// Whether a line was a row yet.
    found: bool,
    line: Vec<u8>,
    is_done: bool,
}

impl Rows {
    /// Rows whose documents are of at most `limit` bytes.
    pub(super) fn new(stream: Stream, origin: Origin, limit: u64) -> Self {
        Self { stream, origin, limit, number: 0, found: false, line: Vec::new(), is_done: false }
    }

    fn item(&self, page: Result<RawPage, SourceError>) -> Item {
        Item { id: self.origin.member_id(self.number), stem: self.origin.member_stem(self.number), page }
    }

    fn fault(&mut self, cause: io::Error) -> Item {
        self.is_done = true;
        let id = self.origin.member_id(self.number);
        self.item(Err(SourceError::from_stream(id, self.stream.position(), cause)))
    }

    /// Whether this is standard input that holds something else, such as a page: its lines are not worth a word each.
    fn is_no_jsonl(&self) -> bool {
        self.origin.id == "-" && !self.found && self.line.trim_ascii_start().first() != Some(&b'{')
    }

    fn no_jsonl(&mut self) -> Item {
        self.is_done = true;
        let id = self.origin.member_id(self.number);
        let reason =
            "not a JSON object; standard input takes JSONL only, so give a page as a file".to_owned();
        self.item(Err(SourceError::BrokenRow { id, reason }))
    }

    fn page(&self) -> Result<RawPage, SourceError> {
        let id = || self.origin.member_id(self.number);
        let page = parse_row(&self.line).map_err(|reason| SourceError::BrokenRow { id: id(), reason })?;
        if page.body.len() as u64 > self.limit {
            return Err(SourceError::TooLarge { id: id(), limit: self.limit });
        }
        Ok(page)
    }
}

impl Iterator for Rows {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        while !self.is_done {
            self.number += 1;
            let limit = max_line_bytes(self.limit);
            match read_line(&mut self.stream, limit, &mut self.line) {
                Err(cause) => return Some(self.fault(cause)),
                Ok(Line::End) => self.is_done = true,
                Ok(Line::TooLong) => {
                    let id = self.origin.member_id(self.number);
                    return Some(self.item(Err(SourceError::TooLarge { id, limit: self.limit })));
                }
                Ok(Line::Whole) if self.line.trim_ascii().is_empty() => {}
                Ok(Line::Whole) => {
                    let page = self.page();
                    self.found |= page.is_ok();
                    let item = match page {
                        Err(_) if self.is_no_jsonl() => self.no_jsonl(),
                        page => self.item(page),
                    };
                    self.line = Vec::new();
                    return Some(item);
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: Result<(Form, &str), &str>) {
        match (parse_row(line.as_bytes()), expected) {
            (Ok(page), Ok((form, body))) => {
                assert_eq!((page.form, page.body.as_slice()), (Some(form), body.as_bytes()), "{line}");
            }
            (Err(reason), Err(part)) => assert!(reason.contains(part), "{line}: {reason}"),
            (outcome, expected) => panic!("{line}: {outcome:?}, not {expected:?}"),
        }
    }

    #[test]
    fn html_comes_before_text() {
        check(r#"{"html": "<p>a", "text": "a"}"#, Ok((Form::Html, "<p>a")));
        check(r#"{"html": null, "text": "a"}"#, Ok((Form::Text, "a")));
        check(r#"{"html": "", "text": "a"}"#, Ok((Form::Text, "a")));
        check(r#"{"html": ""}"#, Ok((Form::Html, "")));
        check(r#"{"url": 5, "id": {"a": []}, "text": "a"}"#, Ok((Form::Text, "a")));
        check(r#"{"url": "http://a"}"#, Err("neither"));
        check(r#"["html"]"#, Err("object"));
        check(r#"{"html": "<p>"#, Err("at column"));
    }

    #[test]
    fn lone_surrogates_do_not_cost_the_row() {
        check(r#"{"text": "a\ud83d b"}"#, Ok((Form::Text, "a\u{fffd} b")));
        check(r#"{"text": "a\udc00\\ud83d\ud83d\ude00"}"#, Ok((Form::Text, "a\u{fffd}\\ud83d😀")));
        check(r#"{"text": "a\ud83"#, Err("column"));
    }

    #[test]
    fn the_charset_is_that_of_the_string() {
        let row = r#"{"html": "bài", "charset": "windows-1258", "content_type": "text/html; charset=windows-1258"}"#;
        let page = parse_row(row.as_bytes()).unwrap_or_default();
        assert_eq!(page.content_type.as_deref(), Some("text/html; charset=utf-8"));
    }
}
