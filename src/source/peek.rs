//! A reader that can look ahead and knows its position.
//!
//! Enters: any buffered reader. Leaves: the same bytes, in the same order.
//! Invariant: looking ahead never loses a byte, and what was looked at is freed once it is read.

use std::io::{self, BufRead, Read};

use super::fault::StreamFault;

/// The bytes of an input after its compression was undone.
pub(super) type Stream = Peek<Box<dyn BufRead + Send>>;

/// Reads on from `inner`, after the bytes that were looked at.
pub(super) struct Peek<R> {
    ahead: Vec<u8>,
    consumed: usize,
    position: u64,
    inner: R,
}

impl<R: BufRead> Peek<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { ahead: Vec::new(), consumed: 0, position: 0, inner }
    }

    /// Bytes read so far; those only looked at do not count.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// The next `count` bytes, fewer only where the input ends or fails.
    ///
    /// A failure is not reported here: the reader underneath repeats it when the reading gets there.
    pub(super) fn peek(&mut self, count: usize) -> &[u8] {
        let missing = count.saturating_sub(self.ahead.len() - self.consumed);
        if missing > 0 {
            let limit = u64::try_from(missing).unwrap_or(u64::MAX);
            // Bytes read before a failure stay in the buffer.
            let _ = self.inner.by_ref().take(limit).read_to_end(&mut self.ahead);
        }
        let end = self.ahead.len().min(self.consumed.saturating_add(count));
        &self.ahead[self.consumed..end]
    }
}

impl<R: BufRead> Read for Peek<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let count = available.len().min(into.len());
        into[..count].copy_from_slice(&available[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Peek<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.consumed < self.ahead.len() {
            return Ok(&self.ahead[self.consumed..]);
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.position += count as u64;
        if self.consumed < self.ahead.len() {
            self.consumed += count;
            if self.consumed >= self.ahead.len() {
                self.ahead = Vec::new();
                self.consumed = 0;
            }
        } else {
            self.inner.consume(count);
        }
    }
}

/// What [`read_line`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    /// A line, left without its line end.
    Whole,
    /// A line over the limit; all of it was passed over.
    TooLong,
    /// Nothing more.
    End,
}

/// Reads one line of at most `limit` bytes (LF or CRLF not counted) into `line`, replacing what it held.
pub(super) fn read_line(reader: &mut dyn BufRead, limit: u64, line: &mut Vec<u8>) -> io::Result<Line> {
    line.clear();
    // Two more, for the line end.
    match Read::take(&mut *reader, limit.saturating_add(2)).read_until(b'\n', line) {
        Ok(0) => return Ok(Line::End),
        Ok(_) => {}
        // What stands before the rubbish is whole, and the next read tells of the rubbish.
        Err(error) if StreamFault::of(&error) == Some(&StreamFault::TrailingBytes) && !line.is_empty() => {}
        Err(error) => return Err(error),
    }
    let ended = line.last() == Some(&b'\n');
    if ended {
        line.pop();
        if line.last() == Some(&b'\r') {
            line.pop();
        }
    }
    if line.len() as u64 <= limit {
        return Ok(Line::Whole);
    }
    *line = Vec::new();
    if !ended {
        reader.skip_until(b'\n')?;
    }
    Ok(Line::TooLong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peeked_bytes_are_read_again() -> io::Result<()> {
        let mut stream = Peek::new(&b"abcdef"[..]);
        assert_eq!(stream.peek(2), b"ab");
        assert_eq!(stream.peek(4), b"abcd");
        stream.consume(3);
        assert_eq!(stream.peek(9), b"def");
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest)?;
        assert_eq!((rest.as_slice(), stream.position()), (&b"def"[..], 6));
        Ok(())
    }

    #[test]
    fn lines_are_bounded() -> io::Result<()> {
        let mut reader = &b"1234\r\n12345\n\n1234567890\nab"[..];
        let mut line = Vec::new();
        let mut seen = Vec::new();
        loop {
            let kind = read_line(&mut reader, 4, &mut line)?;
            if kind == Line::End {
                break;
            }
            seen.push((kind, line.clone()));
        }
        let expected: [(Line, &[u8]); 5] = [
            (Line::Whole, b"1234"),
            (Line::TooLong, b""),
            (Line::Whole, b""),
            (Line::TooLong, b""),
            (Line::Whole, b"ab"),
        ];
        assert!(seen.iter().map(|(kind, line)| (*kind, line.as_slice())).eq(expected));
        Ok(())
    }
}
