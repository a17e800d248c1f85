//! HTTP answers as archives keep them.
//!
//! Enters: the bytes of a status line, header and body. Leaves: status, media type and decoded body.
//! Invariant: a body is decoded only where status and media type say that it is a document.

use std::io::BufRead;

use super::coding::{BodyFault, BodyOptions, Manner, read_body};
use super::headers::{HeaderFault, Headers, MAX_LINE_BYTES};
use super::peek::{Line, read_line};

/// Media types of documents; an answer without a media type is let through, and its content decides.
const DOCUMENT_TYPES: [&str; 4] =
    ["application/vnd.wap.xhtml+xml", "application/xhtml+xml", "text/html", "text/plain"];

/// The document in a message.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) content_type: Option<String>,
    pub(super) body: Vec<u8>,
}

/// Why a message holds no document.
#[derive(Debug)]
pub(super) enum MessageFault {
    Status(u16),
    NotADocument(String),
    Broken(String),
    Body(BodyFault),
}

/// Bounds of a body.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Most bytes of the decoded document.
    pub(super) limit: u64,
    /// The archiver says that it cut the message: what is there is taken.
    pub(super) is_cut: bool,
}

impl Bounds {
    fn for_body(self, codings: &[String]) -> BodyOptions<'_> {
        BodyOptions { codings, limit: self.limit, is_cut: self.is_cut, manner: Manner::Archived }
    }
}

/// Reads a whole HTTP answer.
pub(super) fn read_response(message: &mut dyn BufRead, bounds: Bounds) -> Result<Document, MessageFault> {
    let mut line = Vec::new();
    let found = read_line(message, MAX_LINE_BYTES, &mut line).map_err(stream_fault)?;
    let status = (found == Line::Whole).then(|| parse_status(&line)).flatten();
    let status = status.ok_or_else(|| MessageFault::Broken("it has no HTTP status line".to_owned()))?;
    let headers = Headers::read(message).map_err(|fault| match fault {
        HeaderFault::Stream(error) => stream_fault(error),
        HeaderFault::TooLarge(reason) => MessageFault::Broken(reason.to_owned()),
    })?;
    if !(200..300).contains(&status) {
        return Err(MessageFault::Status(status));
    }
    let content_type = headers.get("content-type").map(ToOwned::to_owned);
    check_media_type(content_type.as_deref())?;
    let body = read_body(message, &bounds.for_body(&codings(&headers))).map_err(MessageFault::Body)?;
    Ok(Document { content_type, body })
}

/// Reads a document that is stored without HTTP around it.
pub(super) fn read_resource(
    content: &mut dyn BufRead,
    content_type: Option<&str>,
    bounds: Bounds,
) -> Result<Document, MessageFault> {
    check_media_type(content_type)?;
    let body = read_body(content, &bounds.for_body(&[])).map_err(MessageFault::Body)?;
    Ok(Document { content_type: content_type.map(ToOwned::to_owned), body })
}

/// The media type of a `Content-Type`, lower case and without parameters.
pub(super) fn media_type(content_type: &str) -> String {
    content_type.split([';', ',']).next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn check_media_type(content_type: Option<&str>) -> Result<(), MessageFault> {
    unreadable_media_type(content_type)
        .map_or(Ok(()), |media_type| Err(MessageFault::NotADocument(media_type)))
}

/// The media type of what is no document; `None` where it is one, or nothing says what it is.
pub(crate) fn unreadable_media_type(content_type: Option<&str>) -> Option<String> {
    let media_type = media_type(content_type.unwrap_or_default());
    let is_readable = !media_type.contains('/') || DOCUMENT_TYPES.contains(&media_type.as_str());
    (!is_readable).then_some(media_type)
}

/// Codings in the order they were applied: those of the content, then those of the transfer.
fn codings(headers: &Headers) -> Vec<String> {
    let values = headers.all("content-encoding").chain(headers.all("transfer-encoding"));
    let codings = values.flat_map(|value| value.split(','));
    codings.map(|coding| coding.split(';').next().unwrap_or_default().trim().to_owned()).collect()
}

/// The status of a line such as `HTTP/1.1 200 OK`.
fn parse_status(line: &[u8]) -> Option<u16> {
    let line = std::str::from_utf8(line.get(..line.len().min(64))?).unwrap_or_default();
    let mut words = line.split_ascii_whitespace();
    let protocol = words.next()?;
    let status = words.next()?;
    if !protocol.starts_with("HTTP/") || status.len() != 3 {
        return None;
    }
    status.parse().ok()
}

fn stream_fault(error: std::io::Error) -> MessageFault {
    MessageFault::Body(BodyFault::Stream(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(message: &str, expected: Result<&str, &str>) {
        let outcome = read_response(&mut message.as_bytes(), Bounds { limit: 100, is_cut: false });
        match (outcome, expected) {
            (Ok(document), Ok(body)) => assert_eq!(document.body, body.as_bytes(), "{message}"),
            (Err(fault), Err(part)) => assert!(format!("{fault:?}").contains(part), "{message}: {fault:?}"),
            (outcome, _) => panic!("{message}: {outcome:?}"),
        }
    }

    #[test]
    fn documents_are_kept_and_others_told() {
        check("HTTP/1.1 200 OK\r\nContent-Type: text/HTML; charset=utf-8\r\n\r\n<p>a", Ok("<p>a"));
        check("HTTP/2 200\nA: 1\n\na\n", Ok("a\n"));
        check("HTTP/1.0 204 No Content\r\n", Ok(""));
        check("HTTP/1.1 404 Not Found\r\n\r\n", Err("Status(404)"));
        check("HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\nx", Err("image/png"));
        check("<html>", Err("status line"));
        check("", Err("status line"));
        check("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nbai\r\n0\r\n\r\n", Ok("bai"));
        check("HTTP/1.1 200 OK\r\nContent-Encoding: compress\r\n\r\n\u{1f}", Err("Unsupported"));
    }
}
