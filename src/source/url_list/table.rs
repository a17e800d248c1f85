//! Lists in CSV (RFC 4180), with their variants of separator and header.
//!
//! Enters: lines and the table's layout. Leaves: the addresses of one column.
//! Invariant: a quote that is never closed holds no more than two rows of the greatest length.

use std::io::{self, Read};

use csv::{ByteRecord, Reader, ReaderBuilder};

use super::ListedUrl;
use super::kind::Layout;
use super::lines::{Lines, MAX_ROW_BYTES};
use crate::source::error::SourceError;

/// Bytes that the parser takes at once.
const BUFFER_BYTES: usize = 16 * 1024;

/// The addresses of a table.
pub(super) struct Table {
    /// `None` once the list has ended.
    reader: Option<Reader<Feed>>,
    layout: Layout,
    record: ByteRecord,
    /// Whether the next row is the header.
    at_header: bool,
}

impl Table {
    /// A table whose first row begins on the line that `lines` stands on.
    pub(super) fn new(lines: Lines, layout: Layout) -> Self {
        let feed = Feed { lines, given: 0, has_line: true, row: Row::default(), fault: None };
        let reader = Some(parser(feed, layout));
        Self { reader, layout, record: ByteRecord::new(), at_header: layout.has_header }
    }

    /// The next row's address; `Ok(None)` where the row holds nothing.
    fn row(&mut self) -> Option<Result<Option<ListedUrl>, SourceError>> {
        let reader = self.reader.as_mut()?;
        reader.get_mut().row = Row::default();
        let outcome = reader.read_byte_record(&mut self.record);
        let feed = reader.get_mut();
        match outcome {
            Ok(true) if std::mem::take(&mut self.at_header) => Some(Ok(None)),
            Ok(true) => Some(address(&self.record, self.layout.column, feed)),
            Ok(false) => {
                self.reader = None;
                None
            }
            Err(error) => {
                let fault = feed.fault.take();
                let fault = fault.unwrap_or_else(|| feed.lines.broken_at(error.to_string(), feed.row.line));
                // The parser stands inside a row; the next one begins on the next line.
                let feed = self.reader.take().map(Reader::into_inner);
                self.reader =
                    feed.map(|feed| parser(Feed { has_line: false, given: 0, ..feed }, self.layout));
                Some(Err(fault))
            }
        }
    }
}

impl Iterator for Table {
    type Item = Result<ListedUrl, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(item) = self.row()?.transpose() {
                return Some(item);
            }
        }
    }
}

fn parser(feed: Feed, layout: Layout) -> Reader<Feed> {
    let mut builder = ReaderBuilder::new();
    builder.has_headers(false).flexible(true).delimiter(layout.separator).buffer_capacity(BUFFER_BYTES);
    builder.from_reader(feed)
}

/// The address in a row; none where all fields are empty.
fn address(record: &ByteRecord, column: usize, feed: &Feed) -> Result<Option<ListedUrl>, SourceError> {
    let field = record.get(column).unwrap_or_default().trim_ascii();
    if field.is_empty() && record.iter().all(|field| field.trim_ascii().is_empty()) {
        return Ok(None);
    }
    // A bare carriage return ends a row as well, and leaves the next one on the same line.
    let line = if feed.row.line == 0 { feed.lines.number() } else { feed.row.line };
    if field.is_empty() {
        let reason = format!("column {} holds no address", column + 1);
        return Err(feed.lines.broken_at(reason, line));
    }
    let url = std::str::from_utf8(field).map_err(|_| feed.lines.broken_at("not UTF-8".to_owned(), line))?;
    Ok(Some(feed.lines.listed_at(url.trim().to_owned(), line)))
}

/// Hands lines to the parser, one at a time, so that it never holds more than the row it is in.
struct Feed {
    lines: Lines,
    /// Bytes of the line that were handed over.
    given: usize,
    /// Whether there is something of the line left, be it its end.
    has_line: bool,
    row: Row,
    /// What the parser was stopped by.
    fault: Option<SourceError>,
}

/// The row that is being read.
#[derive(Default)]
struct Row {
    /// The line on which it begins; 0 before that.
    line: u64,
    bytes: u64,
}

impl Feed {
    /// Goes to the next line; comments and empty lines are passed over between rows, and belong to the row inside one.
    fn next_line(&mut self) -> io::Result<()> {
        let is_inside = self.row.line > 0;
        let next = if is_inside { self.lines.next_line() } else { self.lines.next_content() };
        self.given = 0;
        match next {
            None => Ok(()),
            Some(Ok(())) => {
                self.has_line = true;
                Ok(())
            }
            Some(Err(error)) => {
                self.fault = Some(error);
                Err(io::Error::other("see the fault"))
            }
        }
    }
}

impl Read for Feed {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        if !self.has_line {
            self.next_line()?;
            if !self.has_line {
                return Ok(0);
            }
        }
        if self.row.line == 0 {
            self.row.line = self.lines.number();
        }
        let rest = &self.lines.line()[self.given..];
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        self.given += count;
        self.row.bytes += count as u64 + 1;
        if self.row.bytes > 2 * MAX_ROW_BYTES {
            let reason = format!("a quote that opens here is not closed before line {}", self.lines.number());
            self.fault = Some(self.lines.broken_at(reason, self.row.line));
            return Err(io::Error::other("see the fault"));
        }
        if count < into.len() {
            into[count] = b'\n';
            self.has_line = false;
            return Ok(count + 1);
        }
        Ok(count)
    }
}
