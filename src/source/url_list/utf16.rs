//! Lists that a spreadsheet wrote in UTF-16.
//!
//! Enters: a stream. Leaves: the same, as UTF-8 where a byte order mark says that it is UTF-16.
//! Invariant: what is held is one buffer; a broken unit becomes U+FFFD.

use std::io::{self, BufRead, BufReader, Read};

use encoding_rs::{CoderResult, Decoder, UTF_16BE, UTF_16LE};

use crate::source::peek::{Peek, Stream};

/// The stream as UTF-8.
pub(super) fn undone(mut stream: Stream) -> Stream {
    let encoding = match stream.peek(2) {
        b"\xff\xfe" => UTF_16LE,
        b"\xfe\xff" => UTF_16BE,
        _ => return stream,
    };
    let decoder = encoding.new_decoder_with_bom_removal();
    Peek::new(Box::new(BufReader::new(Transcoder { stream, decoder, is_done: false })))
}

/// Reads UTF-16 as UTF-8.
struct Transcoder {
    stream: Stream,
    decoder: Decoder,
    is_done: bool,
}

impl Read for Transcoder {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while !self.is_done {
            let input = self.stream.fill_buf()?;
            let is_last = input.is_empty();
            let (result, read, written, _) = self.decoder.decode_to_utf8(input, into, is_last);
            self.stream.consume(read);
            self.is_done = is_last && result == CoderResult::InputEmpty;
            if written > 0 {
                return Ok(written);
            }
            if result == CoderResult::OutputFull {
                // The buffer above is far larger than a character.
                return Err(io::Error::other("no room for a character"));
            }
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf_16_is_undone() -> io::Result<()> {
        let text = "url\tTiêu đề 🌾\r\n".repeat(3000);
        let little: Vec<u8> =
            [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> =
            [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect();
        for bytes in [little, big, text.clone().into_bytes()] {
            let mut out = String::new();
            undone(Peek::new(Box::new(io::Cursor::new(bytes)))).read_to_string(&mut out)?;
            assert_eq!(out, text);
        }
        Ok(())
    }
}
