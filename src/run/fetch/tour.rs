//! One run of a source, as the engine keeps it while it goes on.
//!
//! Enters: which documents were asked for, and what came of them. Leaves: at the end, what the ledger is told of the run.
//! Invariant: what a run tells of its documents is bounded and stands once.

use std::collections::{HashMap, HashSet};

use url::Url;

use crate::canonical::Key;
use crate::state::DocumentRow;

/// Things that one run tells of its documents.
const MAX_NOTICES: usize = 8;

/// A run that is going on.
#[derive(Debug, Default)]
pub(super) struct Tour {
    /// Documents that were asked for and did not come back, and all that were asked for.
    pub(super) pending: usize,
    pub(super) asked: usize,
    /// Keys of the addresses of those.
    pub(super) seen: HashSet<Key>,
    pub(super) end: TourEnd,
}

/// What is told of a run at its end.
#[derive(Debug, Default)]
pub(super) struct TourEnd {
    /// Why the source itself could not be read.
    pub(super) fault: Option<Fault>,
    /// Where it has moved for good.
    pub(super) moved: Option<Url>,
    /// What was read.
    pub(super) documents: Vec<DocumentRow>,
    /// Nothing has changed since the last time.
    pub(super) is_unchanged: bool,
    /// A page of a list did not come; what led to it has to be read again.
    pub(super) is_partial: bool,
    /// What was wrong and was passed over.
    pub(super) notices: Vec<String>,
}

/// Why a source could not be read.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) message: String,
    /// It is gone for good (410).
    pub(super) is_gone: bool,
    /// For how many seconds its server asks to be left alone.
    pub(super) retry_after: Option<i64>,
}

/// The runs that are going on, by the source's place.
pub(super) type Tours = HashMap<usize, Tour>;

impl TourEnd {
    /// Adds something that was wrong and was passed over.
    pub(super) fn tell(&mut self, notice: String) {
        if self.notices.len() < MAX_NOTICES && !self.notices.contains(&notice) {
            self.notices.push(notice);
        }
    }
}
