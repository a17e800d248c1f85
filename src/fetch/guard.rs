//! Which addresses may be asked.
//!
//! Enters: an address and a port. Leaves: nothing, or why it is refused. Touches no network.
//! Invariant: what the registries do not call globally reachable is refused, unless an entry allows it.

use std::net::IpAddr;
use std::str::FromStr;

use thiserror::Error;

/// Addresses, and perhaps ports, that may be asked although they are refused to all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    base: IpAddr,
    prefix: u8,
    ports: Option<(u16, u16)>,
}

/// A text that is no [`Allowed`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("'{text}' is no address range: {reason}; write 10.0.0.0/8 or 127.0.0.1/32:8080-8090")]
pub struct AllowedError {
    text: String,
    reason: &'static str,
}

/// Why an address is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Not of the public Internet; what it is instead.
    Address(&'static str),
    /// A port of another protocol.
    Port(u16),
}

impl FromStr for Allowed {
    type Err = AllowedError;

    fn from_str(text: &str) -> Result<Self, AllowedError> {
        Err(AllowedError { text: text.to_owned(), reason: "it is not read yet" })
    }
}

/// Whether `addr` may be asked on `port`.
///
/// # Errors
/// Where it may not: the reason.
pub fn check(_addr: IpAddr, port: u16, _allow: &[Allowed]) -> Result<(), Refused> {
    Err(Refused::Port(port))
}
