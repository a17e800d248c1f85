//! Tells by its content what an input is.
//!
//! Enters: a stream at its start. Leaves: its kind; nothing is consumed.
//! Invariant: names take no part, and no more than a few mebibytes are looked at, whatever the length of the lines.

use super::jsonl;
use super::peek::Stream;

/// What the bytes of an input are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Warc,
    Jsonl,
    /// One page or text; the decoder looks closer.
    Document,
}

/// White space looked through before the first line.
const MAX_BLANK_BYTES: usize = 64 * 1024;
/// Lines that start like an object among which one must be a row; a run's first rows are often the broken ones.
const MAX_CANDIDATES: usize = 8;
/// Bytes of one line that are looked at. What starts like an object and is longer is left to the rows' reader.
const MAX_LOOK_BYTES: u64 = 1024 * 1024;
/// Bytes looked at in one step.
const STEP_BYTES: usize = 8 * 1024;

/// The kind of what `stream` holds; documents are of at most `limit` bytes.
pub(super) fn kind(stream: &mut Stream, limit: u64) -> Kind {
    if is_warc(stream.peek(16)) {
        Kind::Warc
    } else if is_jsonl(stream, limit) {
        Kind::Jsonl
    } else {
        Kind::Document
    }
}

/// A whole version line, because a text may begin with the format's name.
fn is_warc(start: &[u8]) -> bool {
    let Some(rest) = start.strip_prefix(b"WARC/") else { return false };
    let version = rest.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
    let end = &rest[version..];
    version > 0 && (end.starts_with(b"\n") || end.starts_with(b"\r\n"))
}

/// One of the first lines is a row, and those before it start like one.
fn is_jsonl(stream: &mut Stream, limit: u64) -> bool {
    let Some(mut from) = first_object(stream) else { return false };
    for _ in 0..MAX_CANDIDATES {
        let budget = jsonl::max_line_bytes(limit).min(MAX_LOOK_BYTES);
        let Some(line) = line_ahead(stream, from, budget) else { return false };
        let bytes = &stream.peek(line.end)[from..];
        let content = bytes.trim_ascii();
        if !content.is_empty() && !opens_object(content) {
            return false;
        }
        // A line that long is either a row or no document that anybody wants, and the reader finds those behind it.
        if !line.is_whole || jsonl::parse_row(bytes).is_ok() {
            return true;
        }
        from = line.end;
    }
    false
}

/// Offset of the `{` that the input starts with, after a byte order mark and white space.
fn first_object(stream: &mut Stream) -> Option<usize> {
    for window in [512, MAX_BLANK_BYTES] {
        let start = stream.peek(window);
        let mark = if start.starts_with(jsonl::BYTE_ORDER_MARK) { jsonl::BYTE_ORDER_MARK.len() } else { 0 };
        if let Some(blank) = start[mark..].iter().position(|byte| !byte.is_ascii_whitespace()) {
            return (start[mark + blank] == b'{').then_some(mark + blank);
        }
    }
    None
}

/// `{"`, as every object of JSON that is not empty starts; no style sheet, script or template does.
fn opens_object(content: &[u8]) -> bool {
    content.strip_prefix(b"{").is_some_and(|rest| rest.trim_ascii_start().starts_with(b"\""))
}

/// A line among the bytes ahead.
struct LineAhead {
    /// Offset behind it.
    end: usize,
    /// Its end was found within the budget.
    is_whole: bool,
}

/// The line that starts `from` bytes ahead, looked for over at most `budget` bytes; `None` at the input's end.
fn line_ahead(stream: &mut Stream, from: usize, budget: u64) -> Option<LineAhead> {
    let last = from.saturating_add(usize::try_from(budget).unwrap_or(usize::MAX));
    let mut searched = from;
    let mut window = from.saturating_add(STEP_BYTES).min(last);
    loop {
        let ahead = stream.peek(window);
        if let Some(length) = ahead[searched.min(ahead.len())..].iter().position(|byte| *byte == b'\n') {
            return Some(LineAhead { end: searched + length + 1, is_whole: true });
        }
        if ahead.len() < window {
            return (ahead.len() > from).then_some(LineAhead { end: ahead.len(), is_whole: true });
        }
        if window == last {
            return Some(LineAhead { end: window, is_whole: false });
        }
        searched = window;
        window = from.saturating_add((window - from).saturating_mul(2)).min(last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::peek::Peek;

    fn check(content: &'static str, expected: Kind) {
        let mut stream: Stream = Peek::new(Box::new(content.as_bytes()));
        assert_eq!(kind(&mut stream, 1000), expected, "{content:.40}");
        assert_eq!(stream.position(), 0);
    }

    #[test]
    fn kinds_are_told_by_content() {
        check("", Kind::Document);
        check("WARC/1.0\r\nWARC-Type: response\r\n", Kind::Warc);
        check("WARC/1.1\n", Kind::Warc);
        check("WARC/1.1 là một định dạng lưu trữ.\n", Kind::Document);
        check("{\"html\": \"<p>a\"}", Kind::Jsonl);
        check("\u{feff} \n{ \"text\": \"a\"}\r\n", Kind::Jsonl);
        check("{\"url\": \"http://a\"}\n{\"url\": \"http://b\", \"text\": \"b\"}\n", Kind::Jsonl);
        check("{\"html\": \"cut\n\n{\"html\": \"whole\"}\n", Kind::Jsonl);
        check("{\"html\": 5}\n", Kind::Document);
        check("{body: 1}\n{\"text\": \"a\"}\n", Kind::Document);
        check("{\n  \"html\": \"a\"\n}\n", Kind::Document);
        check("{{ mustache }} <html>", Kind::Document);
        check("<html>\n{\"text\": \"a\"}", Kind::Document);
    }

    #[test]
    fn a_first_line_over_the_limit_is_a_row_to_pass_over() {
        let line = format!("{{\"html\": \"{}\"}}\n{{\"html\": \"b\"}}\n", "a".repeat(200_000));
        let mut stream: Stream = Peek::new(Box::new(std::io::Cursor::new(line)));
        assert_eq!(kind(&mut stream, 1000), Kind::Jsonl);
    }
}
