//! The page's bytes, as the tokenizer asks for them.
//!
//! Enters: the text of a page. Leaves: the same bytes, in pieces up to the next one that the tokenizer waits for.
//! Invariant: the tokenizer goes at most [`MAX_QUOTED`] attributes deep.
//!
//! html5gum 0.9 calls itself for each attribute in double quotes, so a tag of a million would overflow the stack. A `/`
//! between two attributes means nothing in HTML, and there it returns; so one is put in where the page has none.

use std::convert::Infallible;

use html5gum::Reader;
use memchr::{memchr2, memchr3};

/// Attributes in double quotes after which the tokenizer is made to return.
const MAX_QUOTED: u32 = 32;

/// What is left of a page.
pub(super) struct Input<'a> {
    rest: &'a [u8],
    /// Values in double quotes since the tokenizer last returned, or more.
    quoted: u32,
    /// Whether the last byte closed such a value.
    behind_quote: bool,
}

impl<'a> Input<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Input { rest: text.as_bytes(), quoted: 0, behind_quote: false }
    }

    fn take(&mut self, bytes: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at(bytes);
        self.rest = rest;
        taken
    }
}

#[expect(
    clippy::inline_always,
    reason = "the stops are constants of the caller; inlined, they choose the search"
)]
impl Reader for Input<'_> {
    type Error = Infallible;

    #[inline(always)]
    fn read_byte(&mut self) -> Result<Option<u8>, Infallible> {
        let Some(next) = self.rest.first().copied() else { return Ok(None) };
        if std::mem::take(&mut self.behind_quote) && self.quoted >= MAX_QUOTED && next != b'>' {
            self.quoted = 0;
            return Ok(Some(b'/'));
        }
        self.take(1);
        Ok(Some(next))
    }

    #[inline(always)]
    fn read_until<'b>(
        &'b mut self,
        stops: &[u8],
        _: &'b mut [u8; 4],
    ) -> Result<Option<&'b [u8]>, Infallible> {
        let Some(next) = self.rest.first() else { return Ok(None) };
        if !stops.contains(next) {
            let end = find(stops, self.rest).unwrap_or(self.rest.len());
            return Ok(Some(self.take(end)));
        }
        if *next == b'"' && stops == b"\"&\0\r" {
            self.quoted += 1;
            self.behind_quote = true;
        }
        Ok(Some(self.take(1)))
    }

    #[inline(always)]
    fn try_read_string(&mut self, wanted: &[u8], case_sensitive: bool) -> Result<bool, Infallible> {
        let next = self.rest.get(..wanted.len());
        let found =
            next.is_some_and(|next| next == wanted || (!case_sensitive && next.eq_ignore_ascii_case(wanted)));
        if found {
            self.take(wanted.len());
        }
        Ok(found)
    }
}

/// Where the first of the stops is. The sets are those of the tokenizer's states; NUL, which is in all of them, is not
/// looked for in long runs, because no decoded page holds one.
#[inline]
fn find(stops: &[u8], bytes: &[u8]) -> Option<usize> {
    match stops {
        b"&<\0\r" => memchr3(b'&', b'<', b'\r', bytes),
        b"<\0\r" => memchr2(b'<', b'\r', bytes),
        b"<-\0\r" | b"-<\0\r" => memchr3(b'<', b'-', b'\r', bytes),
        b"\"&\0\r" => memchr3(b'"', b'&', b'\r', bytes),
        b"'&\0\r" => memchr3(b'\'', b'&', b'\r', bytes),
        b">\0\r" => memchr2(b'>', b'\r', bytes),
        _ => bytes.iter().position(|byte| stops.contains(byte)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_the_page() {
        let text = "a&amp;b<p title=\"ế\">\r\nc--><!d";
        for stops in ["&<\0\r", "<\0\r", "<-\0\r", "\"&\0\r", "'&\0\r", ">\0\r", "\0\r", "\t\n\x0c />\0\r"] {
            let (mut input, mut read) = (Input::new(text), Vec::new());
            while let Ok(Some(piece)) = input.read_until(stops.as_bytes(), &mut [0; 4]) {
                let stopped = piece.iter().any(|byte| stops.as_bytes().contains(byte));
                assert!(!piece.is_empty() && stopped <= (piece.len() == 1), "{stops:?}: {piece:?}");
                read.extend_from_slice(piece);
            }
            assert_eq!(read, text.as_bytes(), "{stops:?}");
        }
    }

    #[test]
    fn a_solidus_is_put_in_between_attributes_only() {
        let text = "\"".repeat(MAX_QUOTED as usize * 2) + ">";
        let mut input = Input::new(&text);
        for _ in 0..MAX_QUOTED {
            let _ = input.read_until(b"\"&\0\r", &mut [0; 4]);
        }
        assert_eq!(input.read_byte(), Ok(Some(b'/')));
        for _ in 0..MAX_QUOTED {
            let _ = input.read_until(b"\"&\0\r", &mut [0; 4]);
        }
        assert_eq!(input.read_byte(), Ok(Some(b'>')));
    }
}
