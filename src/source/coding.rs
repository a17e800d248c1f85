//! Undoes the codings of a message body.
//!
//! Enters: a body and the codings that its header names. Leaves: the document's bytes.
//! Invariant: no layer gives out more bytes than the document's limit, so no nesting can grow without bound.

use std::io::{self, BufRead, BufReader, Read};

use brotli_decompressor::Decompressor;
use flate2::bufread::{DeflateDecoder, ZlibDecoder};
use zstd::stream::read::Decoder as ZstdDecoder;

use super::chunked::{Dechunk, looks_chunked};
use super::fault::{Fused, StreamFault};
use super::gzip::{Gunzip, MAGIC};
use super::peek::Peek;

/// Codings undone on one body.
pub(crate) const MAX_CODINGS: usize = 5;
/// Largest window of zstd that is given memory, as a power of two: 8 MiB, the most that RFC 9659 lets a server use.
const MAX_ZSTD_WINDOW_LOG: u32 = 23;
/// Bytes of coded data that the brotli decoder reads at once.
const BROTLI_BUFFER_BYTES: usize = 8 * 1024;
/// First bytes of a body that are looked at.
const LOOK_BYTES: usize = 512;
/// Bytes of text from which on it is no accident that they look like text.
const LEAST_TEXT: usize = 16;

/// Why a body could not be decoded.
#[derive(Debug)]
pub(crate) enum BodyFault {
    TooLarge,
    Unsupported(String),
    Stream(io::Error),
}

/// Where a body comes from, and what is wanted of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// From an archive: a header field may tell of a coding that was undone before the body was stored.
    Archived,
    /// From a server: all of it.
    Whole,
    /// From a server: its beginning, up to the limit.
    Beginning,
}

/// How a body is to be read.
pub(crate) struct BodyOptions<'a> {
    /// Codings in the order they were applied, as the header names them.
    pub(crate) codings: &'a [String],
    /// Most bytes of the decoded document.
    pub(crate) limit: u64,
    /// The archiver says that it cut the body, or we cut it ourselves: what is there is taken.
    pub(crate) is_cut: bool,
    /// Where it comes from.
    pub(crate) manner: Manner,
}

/// Reads a body and undoes its codings, the last first.
pub(crate) fn read_body(body: &mut dyn BufRead, options: &BodyOptions) -> Result<Vec<u8>, BodyFault> {
    if options.codings.len() > MAX_CODINGS {
        return Err(BodyFault::Unsupported(options.codings.join(", ")));
    }
    let most = options.limit.saturating_add(1);
    let mut reader: Peek<Box<dyn BufRead + '_>> = Peek::new(Box::new(body));
    for coding in options.codings.iter().rev() {
        reader = Peek::new(undo(reader, coding, options.manner, most)?);
    }
    let mut decoded = Vec::new();
    let outcome = reader.take(most).read_to_end(&mut decoded);
    if decoded.len() as u64 > options.limit {
        if options.manner != Manner::Beginning {
            return Err(BodyFault::TooLarge);
        }
        decoded.truncate(usize::try_from(options.limit).unwrap_or(usize::MAX));
        return Ok(decoded);
    }
    match outcome {
        Ok(_) => Ok(decoded),
        Err(error) if is_usable(&error, options.is_cut, &decoded) => Ok(decoded),
        Err(error) => Err(BodyFault::Stream(error)),
    }
}

/// Whether the bytes before an error are the document: all of it, or the part that was kept.
fn is_usable(error: &io::Error, is_cut: bool, decoded: &[u8]) -> bool {
    match StreamFault::of(error) {
        Some(StreamFault::TrailingBytes) => true,
        Some(StreamFault::Truncated) => is_cut && !decoded.is_empty(),
        _ => false,
    }
}

/// Undoes one coding. Archivers often keep the header field of a body that they stored decoded, and servers name
/// codings that they did not apply; so each coding is looked for in the body first.
fn undo<'a>(
    mut body: Peek<Box<dyn BufRead + 'a>>,
    coding: &str,
    manner: Manner,
    most: u64,
) -> Result<Box<dyn BufRead + 'a>, BodyFault> {
    let is_archived = manner == Manner::Archived;
    let start = body.peek(LOOK_BYTES);
    let is_plain = looks_decoded(start) || !is_archived && looks_text(start);
    Ok(match coding.to_ascii_lowercase().as_str() {
        "chunked" if looks_chunked(start) => Box::new(bounded(Dechunk::new(body), most)),
        "" | "identity" | "none" | "utf-8" | "utf8" | "chunked" => Box::new(body),
        "gzip" | "x-gzip" if start.starts_with(&MAGIC) => Box::new(bounded(Gunzip::new(body), most)),
        "gzip" | "x-gzip" if is_plain || is_archived => Box::new(body),
        "gzip" | "x-gzip" => Box::new(bounded(Gunzip::new(body), most)),
        "deflate" | "br" | "zstd" if is_plain => Box::new(body),
        "deflate" if has_zlib_header(start) => Box::new(bounded(ZlibDecoder::new(body), most)),
        "deflate" => Box::new(bounded(DeflateDecoder::new(body), most)),
        "br" => Box::new(bounded(Unbrotli::new(body), most)),
        "zstd" => Box::new(bounded(Unzstd::new(body).map_err(BodyFault::Stream)?, most)),
        _ if is_archived && looks_decoded(start) => Box::new(body),
        unknown => return Err(BodyFault::Unsupported(unknown.to_owned())),
    })
}

fn bounded<R: Read>(layer: R, most: u64) -> BufReader<io::Take<Fused<R>>> {
    BufReader::new(Fused::new(layer).take(most))
}

/// Nothing, or the start of markup, which no compressed body has.
fn looks_decoded(start: &[u8]) -> bool {
    let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start();
    text.is_empty() || matches!(text, [b'<', next, ..] if next.is_ascii_alphabetic() || b"!?/".contains(next))
}

/// A stretch of printable UTF-8, which no compressed body starts with.
fn looks_text(start: &[u8]) -> bool {
    let whole = match std::str::from_utf8(start) {
        Ok(text) => text,
        // Cut in the middle of a character.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&start[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    start.len() >= LEAST_TEXT
        && !whole.chars().any(|letter| letter.is_control() && !"\t\n\r\u{c}".contains(letter))
}

/// RFC 1950: method 8, and a check over both bytes. Some servers leave it out and send raw deflate.
fn has_zlib_header(start: &[u8]) -> bool {
    let [first, second, ..] = start else { return false };
    first & 0x0f == 8 && (u16::from(*first) << 8 | u16::from(*second)).is_multiple_of(31)
}

/// Undoes brotli (RFC 7932), whose windows end at 16 MiB. To be wrapped in [`Fused`].
struct Unbrotli<R: Read> {
    decoder: Decompressor<Watched<R>>,
}

impl<R: Read> Unbrotli<R> {
    fn new(inner: R) -> Self {
        Self { decoder: Decompressor::new(Watched { inner, has_ended: false }, BROTLI_BUFFER_BYTES) }
    }
}

impl<R: Read> Read for Unbrotli<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.decoder.read(into).map_err(|error| {
            // The decoder has one error for broken data and for an early end.
            let is_its_own = StreamFault::of(&error).is_none() && error.kind() == io::ErrorKind::InvalidData;
            if is_its_own && self.decoder.get_ref().has_ended { StreamFault::Truncated.into() } else { error }
        })
    }
}

/// Knows whether its reader has come to the end.
struct Watched<R> {
    inner: R,
    has_ended: bool,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into)?;
        self.has_ended |= count == 0 && !into.is_empty();
        Ok(count)
    }
}

/// Undoes zstd (RFC 8878), frame after frame. To be wrapped in [`Fused`].
struct Unzstd<R: BufRead> {
    decoder: ZstdDecoder<'static, R>,
}

impl<R: BufRead> Unzstd<R> {
    fn new(inner: R) -> io::Result<Self> {
        let mut decoder = ZstdDecoder::with_buffer(inner)?;
        decoder.window_log_max(MAX_ZSTD_WINDOW_LOG)?;
        Ok(Self { decoder })
    }
}

impl<R: BufRead> Read for Unzstd<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.decoder.read(into).map_err(|error| {
            let is_its_own = error.kind() == io::ErrorKind::Other && error.raw_os_error().is_none();
            if is_its_own { StreamFault::Corrupt(error.to_string()).into() } else { error }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    const PAGE: &[u8] = b"<html><p>Mot hai ba</p></html>";

    const BOTH: [Manner; 2] = [Manner::Archived, Manner::Whole];
    /// `PAGE` as one uncompressed meta-block of brotli, and the empty last one.
    const BROTLI_PAGE: &[u8] = b"\xd0\x01\x10<html><p>Mot hai ba</p></html>\x03";

    fn decode(body: &[u8], codings: &[&str], limit: u64) -> Result<Vec<u8>, BodyFault> {
        decode_as(Manner::Archived, body, codings, limit)
    }

    fn decode_as(manner: Manner, body: &[u8], codings: &[&str], limit: u64) -> Result<Vec<u8>, BodyFault> {
        let codings: Vec<String> = codings.iter().map(|coding| (*coding).to_owned()).collect();
        let mut body = body;
        read_body(&mut body, &BodyOptions { codings: &codings, limit, is_cut: false, manner })
    }

    fn fault(manner: Manner, body: &[u8], codings: &[&str]) -> Option<StreamFault> {
        match decode_as(manner, body, codings, 1000) {
            Err(BodyFault::Stream(error)) => StreamFault::of(&error).cloned(),
            _ => None,
        }
    }

    fn zstd(data: &[u8]) -> Vec<u8> {
        let mut encoder = zstd::stream::Encoder::new(Vec::new(), 1).ok();
        if let Some(encoder) = &mut encoder {
            let _ = encoder.include_checksum(true);
            let _ = encoder.write_all(data);
        }
        encoder.and_then(|encoder| encoder.finish().ok()).unwrap_or_default()
    }

    fn gzip(data: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(data).and_then(|()| encoder.finish()).unwrap_or_default()
    }

    fn check(body: &[u8], codings: &[&str]) {
        for manner in BOTH {
            let decoded = decode_as(manner, body, codings, 1000);
            assert_eq!(decoded.as_deref().ok(), Some(PAGE), "{codings:?} {manner:?} {decoded:?}");
        }
    }

    #[test]
    fn codings_are_undone_or_found_undone() {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
        let zlib = zlib.write_all(PAGE).and_then(|()| zlib.finish()).unwrap_or_default();
        let mut raw = DeflateEncoder::new(Vec::new(), Compression::default());
        let raw = raw.write_all(PAGE).and_then(|()| raw.finish()).unwrap_or_default();
        let mut chunked = format!("{:x}\r\n", gzip(PAGE).len()).into_bytes();
        chunked.extend(gzip(PAGE));
        chunked.extend(b"\r\n0\r\n\r\n");
        check(&gzip(PAGE), &["GZip"]);
        check(&gzip(&gzip(PAGE)), &["gzip", "x-gzip"]);
        check(&zlib, &["deflate"]);
        check(&raw, &["deflate"]);
        check(&chunked, &["gzip", "chunked"]);
        check(&zstd(PAGE), &["ZSTD"]);
        check(&[zstd(&PAGE[..9]), zstd(&PAGE[9..])].concat(), &["zstd"]);
        check(BROTLI_PAGE, &["br"]);
        check(&zstd(&gzip(BROTLI_PAGE)), &["br", "gzip", "zstd"]);
        for coding in ["identity", "", "utf-8", "gzip", "deflate", "br", "zstd", "chunked"] {
            check(PAGE, &[coding]);
        }
    }

    #[test]
    fn what_cannot_be_undone_is_typed() {
        for manner in BOTH {
            let decoded = decode_as(manner, b"\x1f\x9d\x90", &["compress"], 99);
            assert!(matches!(decoded, Err(BodyFault::Unsupported(name)) if name == "compress"));
        }
        assert!(matches!(decode(PAGE, &["gzip"; 6], 99), Err(BodyFault::Unsupported(_))));
        assert!(matches!(decode(PAGE, &[], 10), Err(BodyFault::TooLarge)));
        assert!(matches!(decode(&gzip(&[b'a'; 5000]), &["gzip"], 100), Err(BodyFault::TooLarge)));
        let half = gzip(PAGE);
        assert!(matches!(decode(&half[..half.len() / 2], &["gzip"], 99), Err(BodyFault::Stream(_))));
    }

    #[test]
    fn servers_are_trusted_less_than_archives() {
        let decoded = decode_as(Manner::Whole, PAGE, &["foobar"], 99);
        assert!(matches!(decoded, Err(BodyFault::Unsupported(_))));
        assert!(decode(PAGE, &["foobar"], 99).is_ok());
        assert!(matches!(fault(Manner::Whole, &[1; 20], &["gzip"]), Some(StreamFault::Corrupt(_))));
        assert!(decode(&[1; 20], &["gzip"], 99).is_ok());
        let rules = b"User-agent: *\nDisallow: /\n";
        assert!(decode_as(Manner::Whole, rules, &["br"], 99).is_ok_and(|text| text == rules));
    }

    #[test]
    fn broken_bodies_are_told_from_cut_ones() {
        let mut broken = gzip(PAGE);
        let crc = broken.len() - 8;
        broken[crc] ^= 1;
        for manner in BOTH {
            for (coding, body) in [("gzip", gzip(PAGE)), ("br", BROTLI_PAGE.to_vec()), ("zstd", zstd(PAGE))] {
                let cut = &body[..body.len() - 3];
                assert_eq!(fault(manner, cut, &[coding]), Some(StreamFault::Truncated), "{coding}");
            }
            assert!(matches!(fault(manner, &broken, &["gzip"]), Some(StreamFault::Corrupt(_))));
            let mut broken = zstd(PAGE);
            broken[10] ^= 1;
            assert!(matches!(fault(manner, &broken, &["zstd"]), Some(StreamFault::Corrupt(_))));
            assert!(matches!(fault(manner, b"\xff\xff\xff\xff", &["br"]), Some(StreamFault::Corrupt(_))));
        }
    }

    #[test]
    fn windows_and_beginnings_are_bounded() {
        // A frame that asks for a window of 2 GiB, then one block of one byte repeated.
        let frame = b"\x28\xb5\x2f\xfd\x00\xa8\x03\x00\x10\x00";
        assert!(matches!(fault(Manner::Whole, frame, &["zstd"]), Some(StreamFault::Corrupt(_))));
        let beginning = decode_as(Manner::Beginning, &gzip(PAGE), &["gzip"], 6);
        assert_eq!(beginning.ok().as_deref(), Some(&PAGE[..6]));
    }
}
