//! The body of an answer.
//!
//! Enters: an answer whose header section was read. Leaves: its body, whole or up to a limit.
//! Invariant: memory grows with what has come, not with what was announced, and the time is bounded.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use url::Url;

use super::Limits;
use super::bare::shown;
use super::error::{FetchError, Stage};
use super::fault;

/// Bytes of memory that are asked for on the word of a header field alone.
const MAX_TRUSTED_BYTES: u64 = 256 * 1024;
/// Bytes by which the memory of a body grows at least.
const LEAST_STEP: usize = 8 * 1024;
/// Bytes read of a body that nobody wants, so that the connection can be used again.
const MAX_DRAINED_BYTES: u64 = 64 * 1024;
/// How long such a body is waited for.
const DRAIN_FOR: Duration = Duration::from_secs(2);

/// How a body is read.
pub(super) struct Reading<'a> {
    pub(super) url: &'a Url,
    pub(super) limits: &'a Limits,
    /// Most bytes that are read.
    pub(super) limit: u64,
    /// Whether a longer body is cut there, or is an error.
    pub(super) may_cut: bool,
    /// When the whole exchange has to be over.
    pub(super) deadline: Instant,
}

/// Reads a body; and whether it was cut.
pub(super) async fn read(
    response: &mut reqwest::Response,
    reading: &Reading<'_>,
) -> Result<(Vec<u8>, bool), FetchError> {
    let announced = response.content_length();
    let too_large = || FetchError::TooLarge { url: shown(reading.url), limit: reading.limit };
    if !reading.may_cut && announced.is_some_and(|length| length > reading.limit) {
        return Err(too_large());
    }
    let mut body = Vec::with_capacity(capacity(announced.unwrap_or(0).min(MAX_TRUSTED_BYTES)));
    let mut window = Window::new(reading.limits);
    while let Some(piece) = next_piece(response, reading, &mut window).await? {
        let room = reading.limit - body.len() as u64;
        if piece.len() as u64 > room {
            if !reading.may_cut {
                return Err(too_large());
            }
            body.extend_from_slice(&piece[..capacity(room)]);
            return Ok((body, true));
        }
        if body.capacity() - body.len() < piece.len() {
            grow(&mut body, piece.len(), announced.map(|length| length.min(reading.limit)));
        }
        body.extend_from_slice(&piece);
    }
    Ok((body, false))
}

/// Reads what a server says beside a status that gives no document: a bounded part, in a bounded time, and whether
/// more was left. Faults do not matter; they only cost the connection.
pub(super) async fn drain(response: &mut reqwest::Response, reading: &Reading<'_>) -> (Vec<u8>, bool) {
    let deadline = reading.deadline.min(Instant::now() + DRAIN_FOR);
    let mut body = Vec::new();
    loop {
        let Ok(Ok(piece)) = timeout_at(deadline, response.chunk()).await else { return (body, true) };
        let Some(piece) = piece else { return (body, false) };
        let room = capacity(MAX_DRAINED_BYTES) - body.len();
        body.extend_from_slice(&piece[..piece.len().min(room)]);
        if piece.len() > room {
            return (body, true);
        }
    }
}

/// Waits for the next piece of a body; `None` at its end.
async fn next_piece(
    response: &mut reqwest::Response,
    reading: &Reading<'_>,
    window: &mut Window,
) -> Result<Option<bytes::Bytes>, FetchError> {
    loop {
        let wake = window.end.min(reading.deadline);
        let outcome = timeout_at(wake, response.chunk()).await;
        let now = Instant::now();
        let piece = match outcome {
            Ok(Ok(None)) => return Ok(None),
            Ok(Ok(Some(piece))) => Some(piece),
            Ok(Err(error)) => return Err(fault::of_body(reading.url, &error, response.version())),
            Err(_) => None,
        };
        window.received += piece.as_ref().map_or(0, |piece| piece.len() as u64);
        if now >= reading.deadline {
            let limit = reading.limits.total;
            return Err(FetchError::Timeout { url: shown(reading.url), stage: Stage::Total, limit });
        }
        if !window.keeps_up(now) {
            let min_rate = reading.limits.min_rate;
            return Err(FetchError::TooSlow { url: shown(reading.url), min_rate });
        }
        if piece.is_some() {
            return Ok(piece);
        }
    }
}

/// A stretch of time in which a number of bytes has to come.
struct Window {
    end: Instant,
    length: Duration,
    wanted: u64,
    received: u64,
}

impl Window {
    fn new(limits: &Limits) -> Self {
        // A stretch of no length would end at once, again and again.
        let length = limits.rate_window.max(Duration::from_millis(100));
        let wanted =
            limits.min_rate.saturating_mul(u64::try_from(length.as_millis()).unwrap_or(u64::MAX)) / 1000;
        Self { end: Instant::now() + length, length, wanted, received: 0 }
    }

    /// Whether enough came in the stretch, if it is over; then the next begins.
    fn keeps_up(&mut self, now: Instant) -> bool {
        if now < self.end {
            return true;
        }
        let keeps_up = self.received >= self.wanted;
        self.end = now + self.length;
        self.received = 0;
        keeps_up
    }
}

/// Makes room for `more` bytes and some to come: what was announced, but at most three times what is there.
fn grow(body: &mut Vec<u8>, more: usize, announced: Option<u64>) {
    let rest = announced.map_or(0, capacity).saturating_sub(body.len());
    let step = if rest > 0 { rest.min(3 * body.len()) } else { body.len() / 2 };
    body.reserve_exact(more.max(step).max(LEAST_STEP));
}

/// A number of bytes, in memory's terms.
fn capacity(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}
