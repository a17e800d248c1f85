//! What makes the next request for the same address conditional.
//!
//! Enters: the fields of an answer. Leaves: its validators. Invariant: what is kept is bounded, and as it was sent.

use reqwest::header::{ETAG, HeaderMap, HeaderName, LAST_MODIFIED};

/// Longest validator that is kept, in bytes.
const MAX_VALIDATOR: usize = 1_000;

/// Validators of an earlier answer (RFC 9110, section 8.8), sent back byte for byte.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validators {
    /// `ETag`, sent as `If-None-Match`.
    pub etag: Option<String>,
    /// `Last-Modified`, sent as `If-Modified-Since`.
    pub last_modified: Option<String>,
}

impl Validators {
    /// Those of an answer, as far as they are kept.
    pub(crate) fn of(fields: &HeaderMap) -> Validators {
        let kept = |name: HeaderName| {
            // A validator is sent back byte for byte, so one that is no text is none.
            let value = fields.get(name)?.to_str().ok()?;
            (value.len() <= MAX_VALIDATOR).then(|| value.to_owned())
        };
        Validators { etag: kept(ETAG), last_modified: kept(LAST_MODIFIED) }
    }
}
