//! What a source says of an address that it names.
//!
//! Enters: a finding, and the address as it is known. Leaves: whether the address is visited again.
//! Invariant: an address is queued once: one that waits, or whose outcome is not settled, is left for a later run.

use rusqlite::{OptionalExtension, Transaction, params};

use super::integer::signed;
use super::outcome::SETTLED;
use super::stage::Stage;

/// What a source says of an address that it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// Number of the source.
    pub source: i64,
    /// When it was read, in seconds since 1970.
    pub at: i64,
    /// When the page was changed last, in seconds since 1970, where the source states it.
    pub stated: Option<i64>,
    /// Whether a page that has changed is visited again.
    pub revises: bool,
}

impl Finding {
    /// Whether an address that was visited is to be visited again, for its page was changed since.
    pub(super) fn asks_again(
        &self,
        transaction: &Transaction<'_>,
        number: u64,
        stage: Stage,
    ) -> rusqlite::Result<Again> {
        // What has failed is tried again however often it is named.
        if stage == Stage::Failed || self.stated.is_none() || !self.revises {
            return Ok(Again::Never);
        }
        let known = transaction
            .prepare_cached(&format!(
                "SELECT stated, visited, {SETTLED} FROM urls WHERE number = ?1 AND source IS NOT NULL"
            ))?
            .query_row([signed(number)], |row| {
                Ok((row.get::<_, Option<i64>>(0)?, row.get::<_, Option<i64>>(1)?, row.get::<_, bool>(2)?))
            })
            .optional()?;
        let Some((stated, visited, is_settled)) = known else { return Ok(Again::Never) };
        let before = stated.or(visited).unwrap_or(i64::MAX);
        let Some(newer) = self.stated.filter(|at| *at > before) else { return Ok(Again::Never) };
        if stage == Stage::Queued || !is_settled {
            // A visit that is going on may have seen the page as it was.
            return Ok(Again::Later);
        }
        transaction
            .prepare_cached("UPDATE urls SET stated = ?2 WHERE number = ?1")?
            .execute(params![signed(number), newer])?;
        Ok(Again::AtOnce)
    }
}

/// Whether an address is visited again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    Never,
    AtOnce,
    /// The next run of the source is to decide.
    Later,
}
