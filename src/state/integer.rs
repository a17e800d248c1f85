//! Counts and lengths as integers of the database.
//!
//! Enters: a count. Leaves: the integer that is stored for it, and the count again.
//! Invariant: what is read as a count is none below zero; a row that says so is an error.

/// Integers of `SQLite` are signed; no count or length here comes near their end.
pub(super) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A count or length as it was stored.
pub(super) fn unsigned(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let value: i64 = row.get(column)?;
    u64::try_from(value).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, value))
}
