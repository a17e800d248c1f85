//! One record: its header, digests and gzip member.
//!
//! Enters: fields and a block. Leaves: bytes, and the id that other records refer to.
//! Invariant: no value can end its line, so nothing that a server sends becomes a field of the archive.

use std::fmt;
use std::time::SystemTime;

use flate2::{Compress, Compression, Crc, FlushCompress, Status};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

/// A SHA-256, labelled as ISO 28500 wants it: `sha256:` and 64 hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The digest of some bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self::of_all(&[bytes])
    }

    /// The digest of pieces put together.
    fn of_all(pieces: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        for piece in pieces {
            hasher.update(piece);
        }
        Self(hasher.finalize().into())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256:")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The id of a record: a UUID of version 8 (RFC 9562, section 5.8) made of the record's own header and digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RecordId(pub [u8; 16]);

impl RecordId {
    fn of(header: &[u8]) -> Self {
        let mut id = [0; 16];
        id.copy_from_slice(&Sha256::digest(header)[..16]);
        id[6] = id[6] & 0x0f | 0x80;
        id[8] = id[8] & 0x3f | 0x80;
        Self(id)
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<urn:uuid:")?;
        for (at, byte) in self.0.iter().enumerate() {
            if matches!(at, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        f.write_str(">")
    }
}

/// Size in bytes below which a record is stored: requests, redirects.
const LEAST_PACKED: usize = 2_048;

/// A record in the making.
pub(super) struct Record {
    kind: &'static str,
    content_type: &'static str,
    /// Fields after the id.
    fields: String,
    /// The block holds a payload whose digest is given: it is not digested twice.
    has_payload: bool,
}

impl Record {
    pub(super) fn new(kind: &'static str, at: SystemTime, content_type: &'static str) -> Self {
        let mut record = Self { kind, content_type, fields: String::new(), has_payload: false };
        record.field("WARC-Date", &date(at));
        record
    }

    /// Adds a field.
    pub(super) fn field(&mut self, name: &str, value: &str) {
        self.fields.push_str(name);
        self.fields.push_str(": ");
        self.fields.push_str(&printable(value));
        self.fields.push_str("\r\n");
    }

    /// Gives the digest of the payload that is the block's greatest part.
    pub(super) fn payload(&mut self, digest: &Digest) {
        self.field("WARC-Payload-Digest", &digest.to_string());
        self.has_payload = true;
    }

    /// The record as one gzip member, and its id. `info` is the id of the file's first record.
    pub(super) fn packed(
        mut self,
        block: &[&[u8]],
        info: Option<&RecordId>,
        packer: &mut Packer,
        is_compressed: bool,
    ) -> (RecordId, Vec<u8>) {
        if let Some(info) = info {
            self.field("WARC-Warcinfo-ID", &info.to_string());
        }
        if !self.has_payload {
            self.field("WARC-Block-Digest", &Digest::of_all(block).to_string());
        }
        self.field("Content-Type", self.content_type);
        let length: usize = block.iter().map(|piece| piece.len()).sum();
        self.field("Content-Length", &length.to_string());
        let id = RecordId::of(format!("{}\r\n{}", self.kind, self.fields).as_bytes());
        let start =
            format!("WARC/1.1\r\nWARC-Type: {}\r\nWARC-Record-ID: {id}\r\n{}\r\n", self.kind, self.fields);
        let pieces: Vec<&[u8]> =
            [start.as_bytes()].into_iter().chain(block.iter().copied()).chain([&b"\r\n\r\n"[..]]).collect();
        (id, packer.member(&pieces, length + start.len(), is_compressed))
    }
}

/// Compresses records one after the other, in the memory of one compressor: to make that anew costs more than a small
/// record takes.
#[derive(Debug)]
pub struct Packer {
    deflate: Compress,
    level: u32,
}

impl Packer {
    /// A packer at a level of gzip, 0 to 9. Bodies that came compressed, and small records, are stored at any level.
    #[must_use]
    pub fn new(level: u32) -> Self {
        let level = level.min(9);
        Self { deflate: Compress::new_gzip(Compression::new(level), 15), level }
    }

    /// A gzip member of pieces that have about `length` bytes together.
    fn member(&mut self, pieces: &[&[u8]], length: usize, is_compressed: bool) -> Vec<u8> {
        if self.level == 0 || is_compressed || length < LEAST_PACKED {
            return stored_member(pieces.iter().copied(), length);
        }
        self.deflate.reset();
        let mut member = Vec::with_capacity(length / 3 + 64);
        for piece in pieces {
            self.feed(piece, &mut member, FlushCompress::None);
        }
        self.feed(b"", &mut member, FlushCompress::Finish);
        member
    }

    /// Compresses a piece to its end, or the member to its end.
    fn feed(&mut self, piece: &[u8], member: &mut Vec<u8>, flush: FlushCompress) {
        let before = self.deflate.total_in();
        loop {
            let read = usize::try_from(self.deflate.total_in() - before).unwrap_or(piece.len());
            let rest = piece.get(read..).unwrap_or_default();
            let has_room = member.len() < member.capacity();
            let is_over = rest.is_empty() && has_room && matches!(flush, FlushCompress::None);
            // Memory takes all that it is given, so nothing but the end stops the compressor.
            if is_over
                || !matches!(
                    self.deflate.compress_vec(rest, member, flush),
                    Ok(Status::Ok | Status::BufError)
                )
            {
                return;
            }
            if member.len() == member.capacity() {
                member.reserve(member.len().max(4096));
            }
        }
    }
}

/// A gzip member (RFC 1952) of stored blocks (RFC 1951, section 3.2.4). The compressor's own level 0 takes longer than its
/// level 1; this takes the time of a copy.
fn stored_member<'a>(pieces: impl Iterator<Item = &'a [u8]>, length: usize) -> Vec<u8> {
    const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    const BLOCK_BYTES: u16 = u16::MAX;
    let mut member = Vec::with_capacity(length + length / 8000 + 64);
    member.extend(HEADER);
    let mut check = Crc::new();
    for block in pieces.flat_map(|piece| piece.chunks(usize::from(BLOCK_BYTES))) {
        check.update(block);
        let size = u16::try_from(block.len()).unwrap_or(BLOCK_BYTES);
        member.push(0);
        member.extend(size.to_le_bytes());
        member.extend((!size).to_le_bytes());
        member.extend(block);
    }
    // The last block is empty.
    member.extend([1, 0, 0, 0xff, 0xff]);
    member.extend(check.sum().to_le_bytes());
    member.extend(check.amount().to_le_bytes());
    member
}

/// A time in UTC with microseconds (W3C profile of ISO 8601, as WARC 1.1 lets it be).
pub(super) fn date(at: SystemTime) -> String {
    // Years that the calendar does not reach are nobody's clock.
    let timestamp = Timestamp::try_from(at).unwrap_or(Timestamp::UNIX_EPOCH);
    format!("{timestamp:.6}")
}

/// A value with a space for each control character.
pub(super) fn printable(value: &str) -> String {
    value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::time::Duration;

    use super::*;

    #[test]
    fn times_have_microseconds_and_no_year_breaks_them() {
        let at = SystemTime::UNIX_EPOCH + Duration::new(1_772_841_900, 120_456_789);
        assert_eq!(date(at), "2026-03-07T00:05:00.120456Z");
        assert_eq!(date(SystemTime::UNIX_EPOCH), "1970-01-01T00:00:00.000000Z");
        let far = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(1 << 60));
        assert_eq!(far.map(date).unwrap_or_default().len(), 27);
    }

    #[test]
    fn ids_are_uuids_of_version_8() {
        let id = RecordId::of(b"").to_string();
        assert_eq!((id.len(), &id[..10], &id[24..25]), (47, "<urn:uuid:", "8"), "{id}");
        assert!("89ab".contains(&id[29..30]), "{id}");
    }

    #[test]
    fn members_of_any_level_hold_their_pieces() {
        let long: Vec<u8> = (0..200_000_u32).flat_map(u32::to_le_bytes).collect();
        for pieces in
            [vec![], vec![&b""[..], b"a", b""], vec![&long[..65_535], b"b"], vec![&long[..], &long[7..]]]
        {
            for level in [0, 1, 6, 99] {
                let packed = Packer::new(level).member(&pieces, 10_000, false);
                let mut unpacked = Vec::new();
                let mut decoder = flate2::read::GzDecoder::new(&packed[..]);
                assert!(decoder.read_to_end(&mut unpacked).is_ok(), "level {level}");
                assert_eq!(unpacked, pieces.concat(), "level {level}");
            }
        }
    }

    #[test]
    fn no_value_ends_its_line() {
        let mut record = Record::new("response", SystemTime::UNIX_EPOCH, "a/b");
        record.field("WARC-Target-URI", "http://x.vn/\r\nWARC-Type: metadata");
        assert!(record.fields.contains("x.vn/  WARC-Type: metadata\r\n"));
    }
}
