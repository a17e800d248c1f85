//! What the ledger tells the engine.
//!
//! Enters: what was listed, and which source's turn it is. Leaves: word of it.
//! Invariant: what the engine is told of is in the state already, so that nothing is lost with it.

use super::crawl::Place;
use crate::state::QueuedSite;

/// One thing that the engine is told.
pub(super) enum Event {
    /// Addresses were queued for these sites. What came with a later lane is visited first.
    Queued { sites: Vec<QueuedSite>, lane: u64 },
    /// A source is to be followed.
    Follow { source: usize, place: Place },
    /// The list has ended.
    ListEnded,
}
