//! Listed addresses on their way into the frontier.
//!
//! Enters: a line of a list. Leaves: what the frontier takes, and the row of what is never visited.
//! Invariant: every line that is no comment becomes exactly one listing.

use sha2::{Digest, Sha256};
use url::Url;

use crate::canonical;
use crate::run::InputError;
use crate::run::visited::Visited;
use crate::state::{Candidate, Finding};
use crate::write::manifest::{Row, Status};

/// Lines that are handed on together, and numbered in one transaction.
pub(super) const LINES: usize = 5_000;

/// Stretches of lines on their way to the ledger.
pub(super) const AHEAD: usize = 2;

/// An address of a list, or why a line holds none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedAddress {
    /// The address as given; the name of the line where there is none.
    pub url: String,
    /// Why the line could not be read.
    pub error: Option<InputError>,
}

/// One address, as the ledger takes it.
#[derive(Debug, Clone)]
pub(in crate::run) struct Listing {
    pub(in crate::run) candidate: Candidate,
    refusal: Option<InputError>,
    /// Key of the canonical URL.
    pub(in crate::run) address: Option<[u8; 16]>,
}

impl Listing {
    /// A line of a list.
    pub(in crate::run) fn of(listed: ListedAddress) -> Listing {
        let parsed = match listed.error {
            Some(error) => Err(error),
            None => canonical::parse(&listed.url).map_err(|error| InputError {
                code: error.code(),
                message: error.to_string(),
                is_skip: false,
            }),
        };
        let given_key = short(&Sha256::digest([b"given ", listed.url.as_bytes()].concat()));
        // What is refused for its password is known by it, and shown without.
        let url = if parsed.is_ok() {
            listed.url
        } else {
            canonical::without_credentials(&listed.url).into_owned()
        };
        let address = parsed.as_ref().ok().map(canonical::key);
        let site = parsed.as_ref().ok().map(canonical::site);
        let key =
            address.as_ref().zip(site.as_deref()).map_or(given_key, |(address, site)| joined(site, address));
        Listing {
            candidate: Candidate { url, key, given_key, site, finding: None },
            refusal: parsed.err(),
            address,
        }
    }

    /// The same, named by a source.
    pub(super) fn found(mut self, finding: Finding) -> Listing {
        self.candidate.finding = Some(finding);
        self
    }

    /// The outcome of an address that is not visited: it is unusable, or another spelling of an earlier one.
    pub(in crate::run) fn without_visit(&self, number: u64) -> Visited {
        let url = &self.candidate.url;
        if let Some(InputError { code, message, .. }) = &self.refusal {
            return Visited::of_row(number, Row::of_url(url, Status::Failed).failed(code, message));
        }
        let mut visited = Visited::of_row(number, Row::of_url(url, Status::Duplicate));
        visited.cleaned.listed = self.address;
        visited
    }
}

/// The key of an address in the frontier.
pub(super) fn key(url: &Url) -> i64 {
    joined(&canonical::site(url), &canonical::key(url))
}

/// A site's bits before those of the address: what a source brings at once lies together in the database's index, and
/// costs a page or two of it and not one for each address. For a million addresses of one site, 48 bits of their own
/// make one chance in five hundred that any two share a key.
fn joined(site: &str, address: &[u8; 16]) -> i64 {
    let mut key = [0; 8];
    key[..2].copy_from_slice(&Sha256::digest(site)[..2]);
    key[2..].copy_from_slice(&address[..6]);
    i64::from_be_bytes(key)
}

/// The first 8 bytes of a digest, as an integer of the database.
fn short(digest: &[u8]) -> i64 {
    digest.first_chunk().map_or(0, |bytes| i64::from_be_bytes(*bytes))
}
