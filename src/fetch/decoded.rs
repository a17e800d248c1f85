//! The document in an answer.
//!
//! Enters: an answer as it was sent. Leaves: its body without codings. Takes CPU time and touches no network.
//! Invariant: what comes out is bounded in bytes, and in proportion to what was sent.

use std::borrow::Cow;

use reqwest::header::{CONTENT_ENCODING, HeaderName, TRANSFER_ENCODING};

use super::bare::shown;
use super::error::FetchError;
use super::{Exchange, Kind};
use crate::source::coding::{BodyFault, BodyOptions, MAX_CODINGS, Manner, read_body};

/// Growth that no honest page reaches: markup that repeats itself lies below 50 …
const MAX_RATIO: u64 = 200;
/// … looked at only beyond this many bytes, because a small page of blanks may reach it.
const RATIO_FREE_BYTES: u64 = 1024 * 1024;
/// Longest name of a coding that a message shows, in characters.
const MAX_NAME: usize = 40;

/// Undoes the codings of an answer's body; at most `limit` bytes come out.
///
/// For a `robots.txt` the first `limit` bytes count, and what is behind them is left out.
///
/// # Errors
/// A body that cannot be decoded, or becomes too large.
pub fn decode_body(exchange: &Exchange, limit: u64) -> Result<Cow<'_, [u8]>, FetchError> {
    let url = || shown(&exchange.url);
    let codings = codings(exchange);
    if codings.len() > MAX_CODINGS {
        return Err(FetchError::TooManyCodings { url: url(), limit: MAX_CODINGS });
    }
    if codings.is_empty() && exchange.body.len() as u64 <= limit {
        return Ok(Cow::Borrowed(&exchange.body));
    }
    let proportionate = (exchange.body.len() as u64).saturating_mul(MAX_RATIO).max(RATIO_FREE_BYTES);
    let is_bound_by_ratio = proportionate < limit;
    let options = BodyOptions {
        codings: &codings,
        limit: limit.min(proportionate),
        is_cut: exchange.is_cut,
        manner: if exchange.kind == Kind::Robots || exchange.is_cut {
            Manner::Beginning
        } else {
            Manner::Whole
        },
    };
    read_body(&mut exchange.body.as_slice(), &options).map(Cow::Owned).map_err(|fault| match fault {
        BodyFault::TooLarge if is_bound_by_ratio => {
            FetchError::DecompressionBomb { url: url(), ratio: MAX_RATIO }
        }
        BodyFault::TooLarge => FetchError::TooLarge { url: url(), limit },
        BodyFault::Unsupported(name) => {
            FetchError::UnknownCoding { url: url(), coding: name.chars().take(MAX_NAME).collect() }
        }
        BodyFault::Stream(error) => FetchError::BadCoding { url: url(), reason: error.to_string() },
    })
}

/// Codings in the order they were applied: those of the content, then those of the transfer, of which the HTTP library
/// undoes `chunked` alone.
fn codings(exchange: &Exchange) -> Vec<String> {
    let named = |name: &HeaderName| -> Vec<String> {
        let values =
            exchange.fields.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
        values.flat_map(|value| value.split(',').map(read_coding).collect::<Vec<_>>()).collect()
    };
    let transfer = named(&TRANSFER_ENCODING).into_iter().filter(|coding| coding != "chunked");
    let codings = named(&CONTENT_ENCODING).into_iter().chain(transfer);
    codings.filter(|coding| !matches!(coding.as_str(), "" | "identity")).take(MAX_CODINGS + 1).collect()
}

fn read_coding(text: &str) -> String {
    text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}
