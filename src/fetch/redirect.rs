//! Where an answer leads on to.
//!
//! Enters: an answer. Leaves: the URL it redirects to, if any. Touches no network.
//! Invariant: a target is http or https, bounded in length, without user information and fragment.

use url::Url;

use super::Exchange;
use super::error::FetchError;

/// The URL that the answer's `Location` or `Refresh` field leads to.
///
/// # Errors
/// A redirect whose target cannot be used.
pub fn target(_exchange: &Exchange) -> Result<Option<Url>, FetchError> {
    Ok(None)
}

/// The URL that a page's `<meta http-equiv="refresh">` leads to.
#[must_use]
pub fn meta_refresh(_url: &Url, _body: &[u8]) -> Option<Url> {
    None
}
