//! Records of WARC 1.0 and 1.1 (ISO 28500).
//!
//! Enters: an archive, already decompressed. Leaves: a page or an error for each `response` and `resource`.
//! Invariant: only the document that is asked for is held; everything else is passed over as it streams by.

use std::io::{self, BufRead, Read};

use super::Item;
use super::coding::BodyFault;
use super::error::SourceError;
use super::fault::StreamFault;
use super::headers::{HeaderFault, Headers, MAX_LINE_BYTES};
use super::http_message::{Bounds, Document, MessageFault, media_type, read_resource, read_response};
use super::naming::Origin;
use super::peek::{Line, Stream, read_line};
use crate::page::RawPage;

/// Records that crawlers keep beside the pages: name look-ups, their own logs, derived texts and pictures.
const NO_DOCUMENT_SCHEMES: [&str; 4] = ["dns:", "metadata:", "urn:", "whois:"];

/// The documents of an archive, in order.
pub(super) struct Records {
    stream: Stream,
    origin: Origin,
    limit: u64,
    number: u64,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before a record.
    Ready,
    /// After something that is no record: the next version line is looked for.
    Lost,
    Done,
}

/// A record's header and where it starts.
struct Record {
    headers: Headers,
    offset: u64,
    length: u64,
}

/// Why the archive cannot be read on from here.
enum Break {
    Stream(io::Error),
    Format(u64, String),
}

impl From<io::Error> for Break {
    fn from(error: io::Error) -> Self {
        Self::Stream(error)
    }
}

impl Records {
    /// Records whose documents are of at most `limit` bytes.
    pub(super) fn new(stream: Stream, origin: Origin, limit: u64) -> Self {
        Self { stream, origin, limit, number: 0, state: State::Ready }
    }

    /// Reads up to the next document; `None` at the end.
    fn advance(&mut self) -> Result<Option<Item>, Break> {
        while let Some(record) = self.next_record()? {
            if is_document(&record.headers) {
                return self.document(&record).map(Some);
            }
            self.skip(record.length)?;
        }
        Ok(None)
    }

    /// Reads the next record's header; `None` at the end.
    fn next_record(&mut self) -> Result<Option<Record>, Break> {
        let mut line = Vec::new();
        let offset = loop {
            let offset = self.stream.position();
            let found = read_line(&mut self.stream, MAX_LINE_BYTES, &mut line)?;
            if found == Line::End {
                return Ok(None);
            }
            if is_version(&line) {
                break offset;
            }
            if self.state == State::Ready && !(found == Line::Whole && line.trim_ascii().is_empty()) {
                return Err(Break::Format(offset, "a WARC/1.x record should start here".to_owned()));
            }
        };
        self.state = State::Ready;
        let headers = Headers::read(&mut self.stream).map_err(|fault| match fault {
            HeaderFault::Stream(error) => Break::Stream(error),
            HeaderFault::TooLarge(reason) => Break::Format(offset, reason.to_owned()),
        })?;
        if !headers.is_whole {
            return Err(io::Error::from(StreamFault::Truncated).into());
        }
        let length = headers.get("content-length").and_then(|value| value.parse().ok());
        let length = length
            .ok_or_else(|| Break::Format(offset, "the record has no valid Content-Length".to_owned()))?;
        Ok(Some(Record { headers, offset, length }))
    }

    /// Reads a document's record to its end.
    fn document(&mut self, record: &Record) -> Result<Item, Break> {
        self.number += 1;
        let bounds = Bounds { limit: self.limit, is_cut: record.headers.get("warc-truncated").is_some() };
        let mut content = Read::take(&mut self.stream, record.length);
        let outcome = read_content(&mut content, &record.headers, bounds);
        let rest = content.limit();
        // A break in the archive itself shows here, and goes before what it made of the content.
        self.skip(rest)?;
        let id = self.origin.member_id(record.offset);
        let page = match outcome {
            Ok(document) => Ok(page(document, &record.headers)),
            Err(fault) => Err(word(fault, id.clone(), self.limit)),
        };
        Ok(Item { id, stem: self.origin.member_stem(self.number), page })
    }

    /// Passes over `length` bytes.
    fn skip(&mut self, length: u64) -> Result<(), Break> {
        let skipped = io::copy(&mut Read::take(&mut self.stream, length), &mut io::sink())?;
        if skipped < length {
            return Err(io::Error::from(StreamFault::Truncated).into());
        }
        Ok(())
    }

    /// The item that tells of a break.
    fn report(&mut self, broken: Break) -> Item {
        self.number += 1;
        let stem = self.origin.member_stem(self.number);
        let (offset, error) = match broken {
            Break::Stream(cause) => {
                self.state = State::Done;
                let offset = self.stream.position();
                (offset, SourceError::from_stream(self.origin.id.clone(), offset, cause))
            }
            Break::Format(offset, reason) => {
                self.state = State::Lost;
                (offset, SourceError::Corrupt { id: self.origin.id.clone(), offset, reason })
            }
        };
        Item { id: self.origin.member_id(offset), stem, page: Err(error) }
    }
}

impl Iterator for Records {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        if self.state == State::Done {
            return None;
        }
        match self.advance() {
            Ok(Some(item)) => Some(item),
            Ok(None) => {
                self.state = State::Done;
                None
            }
            Err(broken) => Some(self.report(broken)),
        }
    }
}

fn read_content(
    content: &mut dyn BufRead,
    headers: &Headers,
    bounds: Bounds,
) -> Result<Document, MessageFault> {
    let content_type = headers.get("content-type");
    let stated = media_type(content_type.unwrap_or_default());
    let is_response = headers.get("warc-type").is_some_and(|kind| kind.eq_ignore_ascii_case("response"));
    if is_response && (stated.is_empty() || stated == "application/http") {
        read_response(content, bounds)
    } else {
        read_resource(content, content_type, bounds)
    }
}

/// Whether a record may hold a page.
fn is_document(headers: &Headers) -> bool {
    let kind = headers.get("warc-type").unwrap_or_default();
    let scheme =
        headers.get("warc-target-uri").unwrap_or_default().trim_start_matches('<').to_ascii_lowercase();
    (kind.eq_ignore_ascii_case("response") || kind.eq_ignore_ascii_case("resource"))
        && !NO_DOCUMENT_SCHEMES.iter().any(|prefix| scheme.starts_with(prefix))
}

fn page(document: Document, headers: &Headers) -> RawPage {
    let url = headers.get("warc-target-uri").map(|uri| uri.trim_start_matches('<').trim_end_matches('>'));
    RawPage {
        url: url.filter(|url| !url.is_empty()).map(ToOwned::to_owned),
        fetched_at: headers.get("warc-date").map(ToOwned::to_owned),
        content_type: document.content_type,
        form: None,
        body: document.body,
    }
}

fn word(fault: MessageFault, id: String, limit: u64) -> SourceError {
    match fault {
        MessageFault::Status(status) => SourceError::HttpStatus { id, status },
        MessageFault::NotADocument(media_type) => SourceError::NotADocument { id, media_type },
        MessageFault::Broken(reason) => SourceError::BrokenRecord { id, reason },
        MessageFault::Body(BodyFault::TooLarge) => SourceError::TooLarge { id, limit },
        MessageFault::Body(BodyFault::Unsupported(coding)) => SourceError::UnsupportedCoding { id, coding },
        MessageFault::Body(BodyFault::Stream(error)) => {
            SourceError::BrokenRecord { id, reason: format!("its body cannot be decoded: {error}") }
        }
    }
}

/// Whether a line opens a record of a version that is read here.
fn is_version(line: &[u8]) -> bool {
    let minor = line.strip_prefix(b"WARC/1.").map(<[u8]>::trim_ascii_end);
    minor.is_some_and(|minor| !minor.is_empty() && minor.iter().all(u8::is_ascii_digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_told_from_text() {
        assert!(is_version(b"WARC/1.0") && is_version(b"WARC/1.1 "));
        assert!(!is_version(b"WARC/0.18") && !is_version(b"WARC/1.1 la") && !is_version(b"WARC/1."));
    }
}
