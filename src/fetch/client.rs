//! One exchange with a server.
//!
//! Enters: a request. Leaves: the answer as it was sent, or a typed error.
//! Invariant: every wait and every buffer has a bound.

use std::net::IpAddr;

use url::Url;

use super::error::{ClientError, FetchError};
use super::{Exchange, FetchOptions, Request};

/// Makes exchanges. Cheap to clone; clones share connections and looked-up names.
#[derive(Debug, Clone)]
pub struct Client {}

impl Client {
    /// A client with these options.
    ///
    /// # Errors
    /// Options that cannot be used: certificates, proxy, fields.
    pub fn new(_options: &FetchOptions) -> Result<Self, ClientError> {
        Err(ClientError::Setup { reason: String::new() })
    }

    /// The address that `url` would be asked at first; looked up once in a while, and kept.
    ///
    /// # Errors
    /// A URL that may not be asked, or a name without an address.
    #[expect(clippy::unused_async, reason = "a place to be filled")]
    pub async fn resolve(&self, url: &Url) -> Result<IpAddr, FetchError> {
        Err(FetchError::BadUrl { url: url.to_string(), reason: String::new() })
    }

    /// Sends one request and reads the answer. Follows nothing.
    ///
    /// # Errors
    /// Anything that gives no document and no redirect.
    #[expect(clippy::unused_async, reason = "a place to be filled")]
    pub async fn exchange(&self, request: &Request<'_>) -> Result<Exchange, FetchError> {
        Err(FetchError::BadUrl { url: request.url.to_string(), reason: String::new() })
    }
}

/// Undoes the codings of an answer's body; at most `limit` bytes come out.
///
/// # Errors
/// A body that cannot be decoded, or becomes too large.
pub fn decode_body(exchange: &Exchange, _limit: u64) -> Result<Vec<u8>, FetchError> {
    Ok(exchange.body.clone())
}
