//! Undoes gzip around a whole input.
//!
//! Enters: a buffered reader. Leaves: its bytes without up to two layers of gzip, all members joined.
//! Invariant: growth is bounded, and what follows a complete member is a member, padding or a fault.

use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::fault::{Fused, StreamFault};
use super::peek::{Peek, Stream};
use flate2::bufread::GzDecoder;

/// First bytes of a gzip member: magic and the only method there is.
pub(super) const MAGIC: [u8; 3] = [0x1f, 0x8b, 0x08];
/// Layers of gzip that are undone.
pub(super) const MAX_LAYERS: usize = 2;
/// Bytes read from a file at once.
const BUFFER_BYTES: usize = 64 * 1024;
/// Growth that no honest archive of pages reaches (deflate ends at 1032, pages lie near 5) …
const MAX_RATIO: u64 = 256;
/// … looked at only beyond this many bytes, because a single page of blanks may reach it.
const RATIO_FREE_BYTES: u64 = 4 * 1024 * 1024 * 1024;

/// An input without its compression.
pub(super) struct Peeled {
    pub(super) stream: Stream,
    /// Layers of gzip that were undone.
    pub(super) layers: usize,
    /// Another layer follows, beyond those that are undone.
    pub(super) too_deep: bool,
}

/// Undoes the gzip around `raw`, as its first bytes call for.
pub(super) fn peel(raw: impl Read + Send + 'static) -> Peeled {
    let read = Arc::new(AtomicU64::new(0));
    let counted = Counted { inner: raw, read: Arc::clone(&read) };
    let mut stream: Stream = Peek::new(Box::new(BufReader::with_capacity(BUFFER_BYTES, counted)));
    let mut layers = 0;
    while stream.peek(MAGIC.len()) == MAGIC {
        if layers == MAX_LAYERS {
            return Peeled { stream, layers, too_deep: true };
        }
        layers += 1;
        let guarded =
            Guarded { inner: Fused::new(Gunzip::new(stream)), produced: 0, read: Arc::clone(&read) };
        stream = Peek::new(Box::new(BufReader::with_capacity(BUFFER_BYTES, guarded)));
    }
    Peeled { stream, layers, too_deep: false }
}

/// Counts the bytes that come out of a file, and reads on after a signal, which the decoders above do not.
struct Counted<R> {
    inner: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = loop {
            match self.inner.read(into) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                outcome => break outcome?,
            }
        };
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// Gives up on a stream that grows out of all proportion to the bytes read for it.
struct Guarded<R> {
    inner: R,
    produced: u64,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Guarded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.produced > allowed(self.read.load(Ordering::Relaxed)) {
            return Err(StreamFault::Bomb { ratio: MAX_RATIO }.into());
        }
        let count = self.inner.read(into)?;
        self.produced += count as u64;
        Ok(count)
    }
}

/// Bytes that `read` compressed bytes may become.
fn allowed(read: u64) -> u64 {
    read.saturating_mul(MAX_RATIO).max(RATIO_FREE_BYTES)
}

/// Reads all members of a gzip stream, one after the other. To be wrapped in [`Fused`].
pub(super) struct Gunzip<R: BufRead> {
    state: State<R>,
}

enum State<R: BufRead> {
    Member(Box<GzDecoder<R>>),
    Between(R),
    Done,
}

impl<R: BufRead> Gunzip<R> {
    /// `inner` stands at the start of the first member.
    pub(super) fn new(inner: R) -> Self {
        Self { state: State::Member(Box::new(GzDecoder::new(inner))) }
    }
}

impl<R: BufRead> Read for Gunzip<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        loop {
            match std::mem::replace(&mut self.state, State::Done) {
                State::Done => return Ok(0),
                State::Between(mut inner) => match has_next_member(&mut inner) {
                    Ok(true) => self.state = State::Member(Box::new(GzDecoder::new(inner))),
                    Ok(false) => {}
                    Err(error) => {
                        self.state = State::Between(inner);
                        return Err(error);
                    }
                },
                State::Member(mut decoder) => {
                    let outcome = decoder.read(into);
                    if matches!(outcome, Ok(0)) {
                        self.state = State::Between(decoder.into_inner());
                    } else {
                        self.state = State::Member(decoder);
                        return outcome;
                    }
                }
            }
        }
    }
}

/// Whether another member follows; zeros before the end are passed over.
fn has_next_member(inner: &mut impl BufRead) -> io::Result<bool> {
    loop {
        let available = inner.fill_buf()?;
        match available.first() {
            None => return Ok(false),
            Some(&first) if first == MAGIC[0] => return Ok(true),
            // Tapes and block devices pad with zeros, and gzip(1) passes over them as well.
            Some(0) => {
                let zeros = available.iter().take_while(|byte| **byte == 0).count();
                inner.consume(zeros);
            }
            Some(_) => return Err(StreamFault::TrailingBytes.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(data: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(data).and_then(|()| encoder.finish()).unwrap_or_default()
    }

    fn check(raw: &[u8], expected: &[u8], fault: Option<&StreamFault>) {
        let mut reader = Fused::new(Gunzip::new(raw));
        let mut out = Vec::new();
        let first = reader.read_to_end(&mut out);
        let again = reader.read(&mut [0; 8]);
        assert_eq!(out, expected);
        assert_eq!(first.as_ref().err().and_then(StreamFault::of), fault);
        assert_eq!(again.as_ref().err().and_then(StreamFault::of), fault, "a fault is repeated");
    }

    #[test]
    fn members_are_joined_and_zeros_ignored() {
        let mut raw = gzip(b"mot ");
        raw.extend(gzip(b""));
        raw.extend(gzip(b"hai"));
        check(&raw, b"mot hai", None);
        raw.extend([0; 512]);
        check(&raw, b"mot hai", None);
    }

    #[test]
    fn faults_are_typed_and_repeated() {
        let mut raw = gzip(b"mot hai ba");
        let whole = raw.len();
        check(&raw[..whole - 4], b"mot hai ba", Some(&StreamFault::Truncated));
        raw.extend(b"rac");
        check(&raw, b"mot hai ba", Some(&StreamFault::TrailingBytes));
    }

    #[test]
    fn growth_is_bounded() {
        let read = Arc::new(AtomicU64::new(10));
        let mut reader = Guarded { inner: io::repeat(0), produced: RATIO_FREE_BYTES + 1, read };
        let error = reader.read(&mut [0; 8]).err();
        assert_eq!(error.as_ref().and_then(StreamFault::of), Some(&StreamFault::Bomb { ratio: MAX_RATIO }));
        assert_eq!(allowed(RATIO_FREE_BYTES), RATIO_FREE_BYTES * MAX_RATIO);
    }
}
