//! What comes back from outside the engine; `answers.rs` says what is done with it.
//!
//! Enters: how an exchange, or taking apart what it brought, has ended. Leaves: the same, as the engine takes it.
//! Invariant: whatever the engine has begun comes back as one answer.

use std::time::Instant;

use tokio::sync::OwnedSemaphorePermit;
use url::Url;

use super::schedule::SiteIndex;
use super::visit::{Last, Visit};
use crate::fetch::{Exchange, FetchError};
use crate::run::InputError;
use crate::state::DocumentRow;

/// How something that the engine has begun has ended.
pub(super) enum Answer {
    /// An exchange has ended.
    Exchanged {
        site: SiteIndex,
        visit: Box<Visit>,
        outcome: Result<Box<Exchange>, FetchError>,
        permit: OwnedSemaphorePermit,
    },
    /// The address may not be asked yet.
    Later { site: SiteIndex, visit: Box<Visit>, until: Instant },
    /// A document of a source was read, or is none.
    Read { source: usize, depth: u32, last: Option<Last>, outcome: Box<Result<Read, InputError>> },
    /// A page was taken apart and has no outcome yet: it leads on, or was broken.
    Harvested { visit: Box<Visit>, outcome: Harvested },
}

/// How taking a page apart ended.
pub(super) enum Harvested {
    /// The ledger has its outcome.
    Noted,
    /// It leads on.
    Leads(Url),
    /// Its body is broken.
    Broken(FetchError),
}

/// What a document brought, besides addresses.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// Documents to read next, with the time of their last change in seconds since 1970.
    pub(super) more: Vec<(Url, Option<i64>)>,
    /// What to remember of it.
    pub(super) document: Option<DocumentRow>,
    /// Where it has moved for good.
    pub(super) moved: Option<Url>,
    /// It has not changed since the last time.
    pub(super) is_unchanged: bool,
    /// What was wrong and was passed over.
    pub(super) notices: Vec<String>,
}
