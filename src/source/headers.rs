//! Header fields of WARC records and HTTP messages.
//!
//! Enters: a reader at the first field. Leaves: the fields; the reader stands behind the blank line.
//! Invariant: number and size of the fields are bounded.

use std::io::{self, BufRead};

use super::peek::{Line, read_line};

/// Longest header line in bytes; browsers and servers stop at 8 to 64 KiB.
pub(super) const MAX_LINE_BYTES: u64 = 64 * 1024;
/// Fields of one record or message.
const MAX_FIELDS: usize = 512;
/// Bytes of all fields together.
const MAX_TOTAL_BYTES: usize = 512 * 1024;

/// Why a header could not be read.
#[derive(Debug)]
pub(super) enum HeaderFault {
    Stream(io::Error),
    /// A bound was passed; holds which.
    TooLarge(&'static str),
}

/// Fields in their order; names are compared without regard to case.
#[derive(Debug, Default)]
pub(super) struct Headers {
    fields: Vec<(String, String)>,
    /// Whether the blank line was there; the input ended before it otherwise.
    pub(super) is_whole: bool,
}

impl Headers {
    /// Reads fields up to a blank line or the end. Lines without a colon are passed over.
    pub(super) fn read(reader: &mut dyn BufRead) -> Result<Self, HeaderFault> {
        let mut headers = Self::default();
        let mut line = Vec::new();
        let mut total = 0;
        loop {
            match read_line(reader, MAX_LINE_BYTES, &mut line).map_err(HeaderFault::Stream)? {
                Line::End => return Ok(headers),
                Line::TooLong => return Err(HeaderFault::TooLarge("a header line is too long")),
                Line::Whole => {}
            }
            if line.is_empty() {
                headers.is_whole = true;
                return Ok(headers);
            }
            total += line.len();
            if headers.fields.len() == MAX_FIELDS || total > MAX_TOTAL_BYTES {
                return Err(HeaderFault::TooLarge("too many header fields"));
            }
            headers.add(&String::from_utf8_lossy(&line));
        }
    }

    fn add(&mut self, line: &str) {
        if line.starts_with([' ', '\t']) {
            // A folded line goes on with the value above it.
            if let Some((_, value)) = self.fields.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            self.fields.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }

    /// The first value with this name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// All values with this name.
    pub(super) fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let named = self.fields.iter().filter(move |(field, _)| field.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_up_to_the_blank_line() {
        let mut input = &b"A: 1\r\njunk\r\nB:2\n  3\r\na: 4\r\n\r\nrest"[..];
        let Ok(headers) = Headers::read(&mut input) else { panic!("readable") };
        assert_eq!((headers.get("b"), headers.get("C")), (Some("2 3"), None));
        assert!(headers.all("a").eq(["1", "4"]) && headers.is_whole);
        assert_eq!(input, b"rest");
    }

    #[test]
    fn number_and_size_are_bounded() {
        let many = "A: 1\n".repeat(MAX_FIELDS + 1);
        assert!(matches!(Headers::read(&mut many.as_bytes()), Err(HeaderFault::TooLarge(_))));
        let long = "a".repeat(100_000);
        assert!(matches!(Headers::read(&mut long.as_bytes()), Err(HeaderFault::TooLarge(_))));
    }
}
