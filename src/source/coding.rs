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
const MAX_CODINGS: usize = 4;
/// Largest window of zstd, as the logarithm of its bytes: 8 MiB (RFC 9659, section 3).
const MAX_ZSTD_WINDOW_LOG: u32 = 23;
/// Bytes of compressed data that the decoder of brotli takes at once.
const BROTLI_BUFFER_BYTES: usize = 16 * 1024;

/// Why a body could not be decoded.
#[derive(Debug)]
pub(super) enum BodyFault {
    TooLarge,
    Unsupported(String),
    Stream(io::Error),
}

/// How a body is to be read.
pub(super) struct BodyOptions<'a> {
    /// Codings in the order they were applied, as the header names them.
    pub(super) codings: &'a [String],
    /// Most bytes of the decoded document.
    pub(super) limit: u64,
    /// The archiver says that it cut the body: what is there is taken.
    pub(super) is_cut: bool,
}

/// Reads a body and undoes its codings, the last first.
pub(super) fn read_body(body: &mut dyn BufRead, options: &BodyOptions) -> Result<Vec<u8>, BodyFault> {
    if options.codings.len() > MAX_CODINGS {
        return Err(BodyFault::Unsupported(options.codings.join(", ")));
    }
    let most = options.limit.saturating_add(1);
    let mut reader: Peek<Box<dyn BufRead + '_>> = Peek::new(Box::new(body));
    for coding in options.codings.iter().rev() {
        reader = Peek::new(undo(reader, coding, most)?);
    }
    let mut decoded = Vec::new();
    let outcome = reader.take(most).read_to_end(&mut decoded);
    if decoded.len() as u64 > options.limit {
        return Err(BodyFault::TooLarge);
    }
    match outcome {
        Ok(_) => Ok(decoded),
        Err(error) if is_usable(&error, options.is_cut, &decoded) => Ok(decoded),
        Err(error) => Err(BodyFault::Stream(error)),
    }
}

/// Whether the bytes before an error are the document: all of it, or the part that the archiver kept.
fn is_usable(error: &io::Error, is_cut: bool, decoded: &[u8]) -> bool {
    match StreamFault::of(error) {
        Some(StreamFault::TrailingBytes) => true,
        Some(StreamFault::Truncated) => is_cut && !decoded.is_empty(),
        _ => false,
    }
}

/// Undoes one coding. Archivers often keep the header field of a body that they stored decoded, so each coding
/// is looked for in the body first.
fn undo<'a>(
    mut body: Peek<Box<dyn BufRead + 'a>>,
    coding: &str,
    most: u64,
) -> Result<Box<dyn BufRead + 'a>, BodyFault> {
    let start = body.peek(512);
    Ok(match coding.to_ascii_lowercase().as_str() {
        "chunked" if looks_chunked(start) => Box::new(bounded(Dechunk::new(body), most)),
        "gzip" | "x-gzip" if start.starts_with(&MAGIC) => Box::new(bounded(Gunzip::new(body), most)),
        "" | "identity" | "chunked" | "gzip" | "x-gzip" => Box::new(body),
        _ if looks_decoded(start) => Box::new(body),
        "deflate" if has_zlib_header(start) => Box::new(bounded(ZlibDecoder::new(body), most)),
        "deflate" => Box::new(bounded(DeflateDecoder::new(body), most)),
        "br" => Box::new(bounded(Decompressor::new(body, BROTLI_BUFFER_BYTES), most)),
        "zstd" => Box::new(bounded(unzstd(body)?, most)),
        unknown => return Err(BodyFault::Unsupported(unknown.to_owned())),
    })
}

/// Reads all frames of zstd.
fn unzstd<R: BufRead>(body: R) -> Result<ZstdDecoder<'static, R>, BodyFault> {
    let mut decoder = ZstdDecoder::with_buffer(body).map_err(BodyFault::Stream)?;
    decoder.window_log_max(MAX_ZSTD_WINDOW_LOG).map_err(BodyFault::Stream)?;
    Ok(decoder)
}

fn bounded<R: Read>(layer: R, most: u64) -> BufReader<io::Take<Fused<R>>> {
    BufReader::new(Fused::new(layer).take(most))
}

/// Nothing, or the start of markup, which no compressed body has.
fn looks_decoded(start: &[u8]) -> bool {
    let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start();
    text.is_empty() || matches!(text, [b'<', next, ..] if next.is_ascii_alphabetic() || b"!?/".contains(next))
}

/// RFC 1950: method 8, and a check over both bytes. Some servers leave it out and send raw deflate.
fn has_zlib_header(start: &[u8]) -> bool {
    let [first, second, ..] = start else { return false };
    first & 0x0f == 8 && (u16::from(*first) << 8 | u16::from(*second)).is_multiple_of(31)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    const PAGE: &[u8] = b"<html><p>Mot hai ba</p></html>";

    /// The page in brotli.
    const BROTLI: &[u8] = b"\x8b\x0e\x80<html><p>Mot hai ba</p></html>\x03";

    fn decode(body: &[u8], codings: &[&str], limit: u64) -> Result<Vec<u8>, BodyFault> {
        let codings: Vec<String> = codings.iter().map(|coding| (*coding).to_owned()).collect();
        let mut body = body;
        read_body(&mut body, &BodyOptions { codings: &codings, limit, is_cut: false })
    }

    fn gzip(data: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(data).and_then(|()| encoder.finish()).unwrap_or_default()
    }

    fn check(body: &[u8], codings: &[&str]) {
        assert_eq!(decode(body, codings, 1000).ok().as_deref(), Some(PAGE), "{codings:?}");
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
        let zstd = zstd::encode_all(PAGE, 3).unwrap_or_default();
        check(BROTLI, &["br"]);
        check(&zstd, &["ZSTD"]);
        check(&gzip(BROTLI), &["br", "gzip"]);
        for cut in 1..BROTLI.len() {
            assert!(decode(&BROTLI[..cut], &["br"], 1000).is_err(), "brotli cut at {cut}");
        }
        for cut in 1..zstd.len() {
            assert!(decode(&zstd[..cut], &["zstd"], 1000).is_err(), "zstd cut at {cut}");
        }
        check(&gzip(PAGE), &["GZip"]);
        check(&gzip(&gzip(PAGE)), &["gzip", "x-gzip"]);
        check(&zlib, &["deflate"]);
        check(&raw, &["deflate"]);
        check(&chunked, &["gzip", "chunked"]);
        for coding in ["identity", "gzip", "deflate", "br", "zstd", "chunked"] {
            check(PAGE, &[coding]);
        }
    }

    #[test]
    fn what_cannot_be_undone_is_typed() {
        assert!(
            matches!(decode(b"\x0b\x02\x80", &["sdch"], 99), Err(BodyFault::Unsupported(name)) if name == "sdch")
        );
        assert!(matches!(decode(PAGE, &["gzip"; 5], 99), Err(BodyFault::Unsupported(_))));
        assert!(matches!(decode(PAGE, &[], 10), Err(BodyFault::TooLarge)));
        assert!(matches!(decode(&gzip(&[b'a'; 5000]), &["gzip"], 100), Err(BodyFault::TooLarge)));
        let half = gzip(PAGE);
        assert!(matches!(decode(&half[..half.len() / 2], &["gzip"], 99), Err(BodyFault::Stream(_))));
    }
}
