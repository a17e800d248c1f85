//! Outcomes of visits that are put away until their turn to be written comes.
//!
//! Enters: an outcome under the number of its address. Leaves: the same when its turn comes.
//! Invariant: an outcome is settled in its turn, or an empty one stands in its place until then.

use rusqlite::{OptionalExtension, Transaction, params};

use super::integer::{signed, unsigned};
use super::{State, StateError, failed};

/// Whether an address's outcome is settled: in its turn, or before it.
pub(super) const SETTLED: &str = "(number <= (SELECT coalesce(max(settled_urls), 0) FROM position)
    OR EXISTS (SELECT 1 FROM outcomes WHERE outcomes.number = urls.number AND row = ''))";

/// The outcome of a visit whose turn to be written has not come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Number of the address.
    pub number: u64,
    /// Name that its document gets where it is named by its source.
    pub stem: String,
    /// Bytes of the document.
    pub bytes: u64,
    /// The row of the manifest as JSON.
    pub row: String,
    /// The article; empty if there is none.
    pub text: String,
    /// Content key and address keys, one after the other, as their owner packs them.
    pub keys: Vec<u8>,
}

impl Outcome {
    /// What stands in the place of an outcome that was settled before its turn.
    #[must_use]
    pub fn settled(number: u64) -> Outcome {
        Outcome {
            number,
            stem: String::new(),
            bytes: 0,
            row: String::new(),
            text: String::new(),
            keys: Vec::new(),
        }
    }

    /// Whether it only stands in a place.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.row.is_empty()
    }
}

impl State {
    /// The outcome of a listed address that waits for its turn.
    ///
    /// # Errors
    /// [`StateError::Failed`].
    pub fn outcome(&self, number: u64) -> Result<Option<Outcome>, StateError> {
        let query = || -> rusqlite::Result<Option<Outcome>> {
            self.connection
                .prepare_cached("SELECT stem, bytes, row, text, keys FROM outcomes WHERE number = ?1")?
                .query_row([signed(number)], |row| {
                    Ok(Outcome {
                        number,
                        stem: row.get(0)?,
                        bytes: unsigned(row, 1)?,
                        row: row.get(2)?,
                        text: row.get(3)?,
                        keys: row.get(4)?,
                    })
                })
                .optional()
        };
        query().map_err(failed(&self.path))
    }
}

/// Puts an outcome away until its turn comes.
pub(super) fn insert_outcome(transaction: &Transaction<'_>, outcome: &Outcome) -> rusqlite::Result<()> {
    let Outcome { number, stem, bytes, row, text, keys } = outcome;
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO outcomes (number, stem, bytes, row, text, keys)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![signed(*number), stem, signed(*bytes), row, text, keys])
        .map(drop)
}
