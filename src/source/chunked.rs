//! Undoes the chunked transfer coding (RFC 9112, section 7.1).
//!
//! Enters: a message body. Leaves: the same without chunk sizes; trailers are left unread.
//! Invariant: an end before the last chunk is an error, never a shorter body.

use std::io::{self, BufRead, Read};

use super::fault::StreamFault;
use super::peek::{Line, read_line};

/// Longest line with a chunk's size and extensions.
const MAX_SIZE_LINE_BYTES: u64 = 4096;

/// Reads what the chunks hold. To be wrapped in [`Fused`](super::fault::Fused).
pub(super) struct Dechunk<R> {
    inner: R,
    left: u64,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    First,
    Later,
    Done,
}

impl<R: BufRead> Dechunk<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { inner, left: 0, state: State::First }
    }

    fn next_chunk(&mut self) -> io::Result<()> {
        let mut line = Vec::new();
        if self.state == State::Later {
            self.size_line(&mut line)?;
            if !line.is_empty() {
                return Err(corrupt("a chunk does not end where its size says"));
            }
        }
        self.size_line(&mut line)?;
        self.left = chunk_size(&line).ok_or_else(|| corrupt("a chunk has no size"))?;
        self.state = if self.left == 0 { State::Done } else { State::Later };
        Ok(())
    }

    fn size_line(&mut self, line: &mut Vec<u8>) -> io::Result<()> {
        match read_line(&mut self.inner, MAX_SIZE_LINE_BYTES, line)? {
            Line::Whole => Ok(()),
            Line::TooLong => Err(corrupt("the line with a chunk's size is too long")),
            Line::End => Err(StreamFault::Truncated.into()),
        }
    }
}

impl<R: BufRead> Read for Dechunk<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 && self.state != State::Done {
            self.next_chunk()?;
        }
        if self.state == State::Done || into.is_empty() {
            return Ok(0);
        }
        let count = Read::take(&mut self.inner, self.left).read(into)?;
        if count == 0 {
            return Err(StreamFault::Truncated.into());
        }
        self.left -= count as u64;
        Ok(count)
    }
}

/// Whether a body starts with a chunk's size. Archivers keep the header field of bodies they have joined.
pub(super) fn looks_chunked(start: &[u8]) -> bool {
    let line = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
    line.len() < start.len() && chunk_size(line).is_some()
}

fn chunk_size(line: &[u8]) -> Option<u64> {
    let digits = line.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    if digits.is_empty() || digits.len() > 16 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

fn corrupt(reason: &str) -> io::Error {
    StreamFault::Corrupt(reason.to_owned()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &[u8], expected: Result<&str, StreamFault>) {
        let mut out = String::new();
        let outcome = Dechunk::new(body).read_to_string(&mut out);
        let outcome = outcome.map(|_| out.as_str()).map_err(|error| StreamFault::of(&error).cloned());
        assert_eq!(outcome, expected.map_err(Some));
    }

    #[test]
    fn chunks_are_joined() {
        check(b"4\r\nbai \r\nA;x=y\r\nbao so mot\r\n0\r\nT: 1\r\n\r\n", Ok("bai bao so mot"));
        check(b"3\nbai\n0\n\n", Ok("bai"));
        check(b"0\r\n\r\n", Ok(""));
    }

    #[test]
    fn broken_chunks_are_errors() {
        check(b"9\r\nbai", Err(StreamFault::Truncated));
        check(b"3\r\nbai\r\n", Err(StreamFault::Truncated));
        check(
            b"3\r\nbai va\r\n0\r\n",
            Err(StreamFault::Corrupt("a chunk does not end where its size says".into())),
        );
        check(b"z\r\n", Err(StreamFault::Corrupt("a chunk has no size".into())));
    }

    #[test]
    fn joined_bodies_are_told_apart() {
        assert!(looks_chunked(b"1f4;a=b\r\n<html>"));
        assert!(!looks_chunked(b"<html>\n") && !looks_chunked(b"dad") && !looks_chunked(b"\r\n"));
    }
}
