//! What the ledger is told.
//!
//! Enters: what lists and documents name, and how visits and runs of sources ended. Leaves: a note of it.
//! Invariant: the permit of a visit goes with its outcome, so no other visit begins before the ledger has that.

use tokio::sync::OwnedSemaphorePermit;

use super::listing::Listing;
use super::record::Records;
use super::tour::TourEnd;
use crate::run::visited::Visited;
use crate::state::RobotsRow;

/// One thing that the ledger is told.
pub(super) enum Note {
    /// Addresses, in the order of the list.
    Listed(Vec<Listing>),
    /// There are no more.
    ListEnded,
    /// Addresses that a document of a source names.
    Found { source: usize, listings: Vec<Listing> },
    /// A source was followed.
    Followed { source: usize, end: Box<TourEnd> },
    /// A visit is over. The permit lets another one begin.
    Visited(Box<Visited>, Option<Box<Records>>, Option<OwnedSemaphorePermit>),
    /// A robots file was asked for.
    Robots(RobotsRow),
    /// The engine goes on.
    Well,
    /// The engine has ended; whoever writes later is not waited for. `is_whole`: nothing is left to visit.
    Ended { is_whole: bool },
}
