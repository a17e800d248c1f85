//! The lines of a list.
//!
//! Enters: a stream. Leaves: one line after the other, with its number.
//! Invariant: a line over the limit is an error and costs no other line; a fault of the stream ends the list.

use std::sync::Arc;

use super::ListedUrl;
use crate::source::error::SourceError;
use crate::source::jsonl::BYTE_ORDER_MARK;
use crate::source::peek::{Line, Stream, read_line};

/// Longest row of a list in bytes. Addresses are far shorter; rows of JSON or CSV may carry a page beside theirs.
pub(super) const MAX_ROW_BYTES: u64 = 4 * 1024 * 1024;

/// Lines of one list, of which one is held.
pub(super) struct Lines {
    stream: Stream,
    list: Arc<str>,
    number: u64,
    line: Vec<u8>,
    is_done: bool,
}

impl Lines {
    pub(super) fn new(stream: Stream, list: Arc<str>) -> Self {
        Self { stream, list, number: 0, line: Vec::new(), is_done: false }
    }

    /// Goes to the next line; `None` at the end.
    pub(super) fn next_line(&mut self) -> Option<Result<(), SourceError>> {
        if self.is_done {
            return None;
        }
        self.number += 1;
        match read_line(&mut self.stream, MAX_ROW_BYTES, &mut self.line) {
            Ok(Line::Whole) => {
                if self.number == 1 && self.line.starts_with(BYTE_ORDER_MARK) {
                    self.line.drain(..BYTE_ORDER_MARK.len());
                }
                Some(Ok(()))
            }
            Ok(Line::TooLong) => {
                Some(Err(self.broken(format!("the line is longer than {MAX_ROW_BYTES} bytes"))))
            }
            Ok(Line::End) => {
                self.is_done = true;
                None
            }
            Err(cause) => {
                self.is_done = true;
                Some(Err(SourceError::from_stream(self.id(self.number), self.stream.position(), cause)))
            }
        }
    }

    /// Goes to the next line that is neither empty nor a comment.
    pub(super) fn next_content(&mut self) -> Option<Result<(), SourceError>> {
        loop {
            if let Err(error) = self.next_line()? {
                return Some(Err(error));
            }
            let start = self.line.trim_ascii_start().first();
            if start.is_some_and(|first| *first != b'#') {
                return Some(Ok(()));
            }
        }
    }

    /// The line that was gone to last, without its end.
    pub(super) fn line(&self) -> &[u8] {
        &self.line
    }

    /// Its number, from 1.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// An address on this line.
    pub(super) fn listed(&self, url: String) -> ListedUrl {
        self.listed_at(url, self.number)
    }

    /// An address in the row that begins on a line.
    pub(super) fn listed_at(&self, url: String, line: u64) -> ListedUrl {
        ListedUrl { url, list: Arc::clone(&self.list), line }
    }

    /// This line as a row that cannot be used.
    pub(super) fn broken(&self, reason: String) -> SourceError {
        self.broken_at(reason, self.number)
    }

    /// The row that begins on a line as one that cannot be used.
    pub(super) fn broken_at(&self, reason: String, line: u64) -> SourceError {
        SourceError::BrokenRow { id: self.id(line), reason }
    }

    fn id(&self, line: u64) -> String {
        format!("{}#{line}", self.list)
    }
}
