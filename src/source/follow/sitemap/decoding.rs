//! A sitemap's bytes as UTF-8, in bounded number, and what they begin with.
//!
//! Enters: a stream without its compression. Leaves: valid UTF-8; the charset is that of a mark or of the XML
//! declaration, else UTF-8, and bytes that it does not know become U+FFFD.
//! Invariant: no more than the limit is read, and no more than a part of it between two calls of [`Decoding::rewind`].

use std::io::{self, BufRead, Read};

use encoding_rs::{Decoder, Encoding, UTF_8};
use thiserror::Error;

use crate::source::peek::Stream;

/// Bytes that are looked at to tell what a document is.
const HEAD: usize = 16 * 1024;
/// Bytes that one tag or text may have.
const MAX_PIECE: usize = 256 * 1024;
/// Bytes decoded at once.
const BUFFER: usize = 16 * 1024;

/// Why reading stopped although there is more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
enum Limit {
    #[error("too many bytes")]
    Bytes,
    #[error("a tag or text of more than {MAX_PIECE} bytes")]
    Piece,
}

/// Whether an error says that the limit of bytes was reached.
pub(super) fn is_limit(error: &io::Error) -> bool {
    error.get_ref().and_then(|inner| inner.downcast_ref()) == Some(&Limit::Bytes)
}

/// What a document begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Head {
    Empty,
    /// White space up to the limit.
    TooLarge,
    Sitemap {
        after_junk: bool,
    },
    Feed,
    Html,
    /// An address.
    Lines,
    Other,
}

/// A reader of text.
pub(super) struct Decoding {
    stream: Stream,
    /// Bytes that may still be read.
    left: u64,
    decoder: Decoder,
    text: Vec<u8>,
    at: usize,
    /// Bytes given since the last rewind.
    piece: usize,
    ended: bool,
}

impl Decoding {
    pub(super) fn new(mut stream: Stream, limit: u64) -> Decoding {
        let encoding = encoding(stream.peek(HEAD));
        Decoding {
            stream,
            left: limit,
            decoder: encoding.new_decoder_with_bom_removal(),
            text: Vec::new(),
            at: 0,
            piece: 0,
            ended: false,
        }
    }

    /// Passes over white space and tells what follows; text before the first tag is passed over as well.
    pub(super) fn head(&mut self) -> io::Result<Head> {
        loop {
            self.rewind();
            let text = match self.fill_buf() {
                Err(error) if is_limit(&error) => return Ok(Head::TooLarge),
                outcome => outcome?,
            };
            if text.is_empty() {
                return Ok(Head::Empty);
            }
            let blank = text.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            let is_blank = blank == text.len();
            self.consume(blank);
            if !is_blank {
                break;
            }
        }
        self.look_ahead()?;
        let (head, skip) = told(&self.text[self.at..]);
        self.consume(skip);
        self.rewind();
        Ok(head)
    }

    /// Says that the next piece begins here.
    pub(super) fn rewind(&mut self) {
        self.piece = 0;
    }

    /// Decodes until the head is there.
    fn look_ahead(&mut self) -> io::Result<()> {
        self.text.drain(..self.at);
        self.at = 0;
        while self.text.len() < HEAD && !self.ended {
            match self.decode() {
                Err(error) if self.text.is_empty() => return Err(error),
                // It comes again when reading gets there.
                Err(_) => break,
                Ok(()) => {}
            }
        }
        Ok(())
    }

    /// Decodes some more to the end of the text.
    fn decode(&mut self) -> io::Result<()> {
        let bytes = loop {
            match self.stream.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                outcome => break outcome?,
            }
        };
        if self.left == 0 && !bytes.is_empty() {
            return Err(io::Error::other(Limit::Bytes));
        }
        let last = bytes.is_empty();
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(BUFFER).min(bytes.len());
        let bytes = &bytes[..most];
        // Room for the longest that these bytes become, so that all of them are taken.
        let room = self.decoder.max_utf8_buffer_length(bytes.len()).unwrap_or(BUFFER * 3);
        let start = self.text.len();
        self.text.resize(start + room, 0);
        let (_, read, written, _) = self.decoder.decode_to_utf8(bytes, &mut self.text[start..], last);
        self.text.truncate(start + written);
        self.stream.consume(read);
        self.left -= read as u64;
        self.ended = last;
        Ok(())
    }
}

impl BufRead for Decoding {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.piece > MAX_PIECE {
            return Err(io::Error::other(Limit::Piece));
        }
        while self.at == self.text.len() && !self.ended {
            self.text.clear();
            self.at = 0;
            self.decode()?;
        }
        Ok(&self.text[self.at..])
    }

    fn consume(&mut self, count: usize) {
        self.piece += count;
        self.at = self.text.len().min(self.at + count);
    }
}

impl Read for Decoding {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let text = self.fill_buf()?;
        let count = text.len().min(into.len());
        into[..count].copy_from_slice(&text[..count]);
        self.consume(count);
        Ok(count)
    }
}

/// The charset that a mark or an XML declaration names.
fn encoding(head: &[u8]) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(head) {
        return encoding;
    }
    let declared = || {
        let declaration = head.trim_ascii_start().strip_prefix(b"<?xml")?;
        let declaration = &declaration[..memchr::memchr(b'>', declaration)?];
        let at = memchr::memmem::find(declaration, b"encoding")?;
        let mut parts = declaration[at..].splitn(3, |byte| matches!(byte, b'"' | b'\''));
        let label = parts.nth(1)?;
        // What could be read this far as ASCII is not UTF-16.
        Encoding::for_label(label).filter(|encoding| encoding.is_ascii_compatible())
    };
    declared().unwrap_or(UTF_8)
}

/// What a text that does not begin with white space is, and how much of it comes before that.
fn told(text: &[u8]) -> (Head, usize) {
    let is_address = |text: &[u8]| {
        [b"http://".as_slice(), b"https://"]
            .iter()
            .any(|scheme| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
    };
    if is_address(text) {
        return (Head::Lines, 0);
    }
    let mut declared = None;
    for at in memchr::memchr_iter(b'<', text) {
        let tag = &text[at + 1..text.len().min(at + 80)];
        if matches!(tag.first(), Some(b'?' | b'!')) {
            if tag.get(..13).is_some_and(|tag| tag.eq_ignore_ascii_case(b"!doctype html")) {
                return (Head::Html, 0);
            }
            declared.get_or_insert(at);
            continue;
        }
        let end = tag.iter().position(|byte| matches!(byte, b'>' | b'/') || byte.is_ascii_whitespace());
        let name = tag[..end.unwrap_or(tag.len())].rsplit(|byte| *byte == b':').next().unwrap_or_default();
        let start = declared.unwrap_or(at);
        match name.to_ascii_lowercase().as_slice() {
            b"urlset" | b"sitemapindex" => return (Head::Sitemap { after_junk: start > 0 }, start),
            b"rss" | b"feed" | b"rdf" => return (Head::Feed, 0),
            b"html" | b"head" | b"body" => return (Head::Html, 0),
            _ => {}
        }
    }
    (Head::Other, 0)
}
