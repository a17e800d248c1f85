//! How far an address of the frontier has come, and the number under which it waits.
//!
//! Enters: an address that is there. Leaves: its stage as the table `urls` has it; its place in the queue.
//! Invariant: what is queued, for the first time or again, stands behind all that are there.

use rusqlite::{Transaction, params};

use super::integer::signed;

/// The number of the next address: behind all that are there, and behind those that were settled and forgotten.
pub(super) const NEXT_NUMBER: &str = "SELECT max(coalesce((SELECT max(number) FROM urls), 0),
                               coalesce((SELECT settled_urls FROM position), 0)) + 1";

/// How far an address has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// To be visited.
    Queued,
    /// Visited, or settled without a visit.
    Done,
    /// Visited in vain.
    Failed,
}

impl Stage {
    pub(super) fn number(self) -> i64 {
        match self {
            Stage::Queued => 0,
            Stage::Done => 1,
            Stage::Failed => 2,
        }
    }

    pub(super) fn from_number(number: i64) -> Stage {
        match number {
            0 => Stage::Queued,
            2 => Stage::Failed,
            _ => Stage::Done,
        }
    }
}

/// Queues a settled address again behind all others; gives its site.
pub(super) fn requeue(transaction: &Transaction<'_>, number: u64, next: u64) -> rusqlite::Result<i64> {
    transaction
        .prepare_cached("UPDATE urls SET number = ?2, state = 0 WHERE number = ?1 RETURNING site")?
        .query_row(params![signed(number), signed(next)], |row| row.get(0))
}
