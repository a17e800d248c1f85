//! What a transport error means.
//!
//! Enters: an error of the HTTP library, which is a chain of the errors below it. Leaves: one of ours.
//! Invariant: texts come from the innermost errors, none of which holds a URL.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::time::Duration;

use reqwest::Version;
use url::Url;

use super::bare::shown;
use super::error::{FetchError, Stage};
use super::resolver::LookupFault;
use super::tls;

/// Longest text of a lower layer that a message shows, in characters.
const MAX_REASON: usize = 200;
/// Errors in a chain that are looked at.
const MAX_CHAIN: usize = 16;

/// Tells what went wrong before the header section was whole. `connect` is the time that a connection may take.
pub(super) fn of_request(url: &Url, error: &reqwest::Error, connect: Duration) -> FetchError {
    if let Some(fault) = find::<LookupFault>(error) {
        return of_lookup(url, fault, connect);
    }
    let (shown, reason) = (shown(url), reason(error));
    if error.is_builder() {
        return FetchError::BadUrl { url: shown, reason };
    }
    if !error.is_connect() {
        return of_transport(url, error);
    }
    if let Some(fault) = find::<rustls::Error>(error) {
        return FetchError::Tls { url: shown, reason: tls::word(fault) };
    }
    if error.is_timeout() {
        return FetchError::Timeout { url: shown, stage: Stage::Connect, limit: connect };
    }
    // The error of a tunnel has no type that can be named.
    if chain(error).any(|error| error.to_string() == "tunnel error: proxy authorization required") {
        return FetchError::Proxy { url: shown, reason };
    }
    FetchError::Connect { url: shown, reason }
}

/// Tells why a name has no address.
pub(super) fn of_lookup(url: &Url, fault: &LookupFault, limit: Duration) -> FetchError {
    let (url, reason) = (shown(url), fault.to_string());
    match fault {
        LookupFault::NotFound(_) => FetchError::Dns { url, reason, is_temporary: false },
        LookupFault::Temporary(_) => FetchError::Dns { url, reason, is_temporary: true },
        LookupFault::TimedOut => FetchError::Timeout { url, stage: Stage::Resolve, limit },
        LookupFault::Refused => FetchError::RefusedAddress {
            url,
            address: "its name".to_owned(),
            reason: "for no public address",
        },
    }
}

/// Tells what went wrong in the body of an answer.
pub(super) fn of_body(url: &Url, error: &reqwest::Error, version: Version) -> FetchError {
    match of_transport(url, error) {
        // Over HTTP/2 frames are checked below the body; what reaches it is the end of its stream.
        FetchError::BadFraming { url, reason } if version == Version::HTTP_2 => {
            FetchError::Reset { url, reason }
        }
        told => told,
    }
}

/// Tells what went wrong on a connection that stood.
fn of_transport(url: &Url, error: &reqwest::Error) -> FetchError {
    let (url, reason) = (shown(url), reason(error));
    if let Some(fault) = find::<rustls::Error>(error) {
        return FetchError::Tls { url, reason: tls::word(fault) };
    }
    let mut kinds = chain(error).filter_map(|error| error.downcast_ref::<io::Error>()).map(io::Error::kind);
    match kinds.find(|kind| *kind != ErrorKind::Other) {
        Some(ErrorKind::UnexpectedEof) => return FetchError::Truncated { url, reason },
        Some(ErrorKind::InvalidData | ErrorKind::InvalidInput) => {
            return FetchError::BadFraming { url, reason };
        }
        Some(_) => return FetchError::Reset { url, reason },
        None => {}
    }
    match find::<hyper::Error>(error) {
        Some(fault) if fault.is_incomplete_message() => FetchError::Truncated { url, reason },
        // Over HTTP/2 the server, or a proxy before it, gave the stream up; its error has no type that can be named.
        Some(fault) if fault.is_canceled() || fault.is_closed() || fault.to_string().starts_with("http2") => {
            FetchError::Reset { url, reason }
        }
        Some(_) => FetchError::BadFraming { url, reason },
        None => FetchError::Reset { url, reason },
    }
}

/// The text of the innermost error, shortened.
fn reason(error: &reqwest::Error) -> String {
    let texts = chain(error).skip(1).map(ToString::to_string);
    let text = texts.last().unwrap_or_else(|| "the request cannot be sent".to_owned());
    text.chars().take(MAX_REASON).collect()
}

/// The first error of a type in the chain.
fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    chain(error).find_map(|error| error.downcast_ref())
}

/// An error and those below it, also those that an [`io::Error`] wraps: it names their causes, but not them.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let below = |error: &&'a (dyn Error + 'static)| -> Option<&'a (dyn Error + 'static)> {
        let error: &'a (dyn Error + 'static) = *error;
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        }
    };
    std::iter::successors(Some(error), below).take(MAX_CHAIN)
}
