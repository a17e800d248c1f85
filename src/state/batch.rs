//! The two transactions of a batch: its files are announced, then everything about it is remembered.
//!
//! Enters: what a batch is about to create, and what it has created. Leaves: the position from which a run goes on.
//! Invariant: between the two, `pending` names every file that may exist without being remembered.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{OptionalExtension, TransactionBehavior, params};

use super::{State, StateError, failed};

/// Where the outputs end, as far as they are committed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Position {
    /// Number of the next document.
    pub next_number: u64,
    /// Length of `manifest.jsonl`, in bytes.
    pub manifest_bytes: u64,
    /// Length of `articles.jsonl`, in bytes.
    pub articles_bytes: u64,
}

/// What a batch adds to the memory.
#[derive(Debug, Default)]
pub struct Batch {
    /// Id and digest of each input.
    pub inputs: BTreeSet<(String, [u8; 32])>,
    /// Content key to the `file` that holds it.
    pub keys: BTreeMap<[u8; 32], String>,
    /// Names that were taken, each with the next suffix to try.
    pub names: BTreeMap<String, u32>,
}

impl State {
    /// The committed position; `None` in a fresh database.
    ///
    /// # Errors
    /// [`StateError::Failed`].
    pub fn position(&self) -> Result<Option<Position>, StateError> {
        self.connection
            .query_row("SELECT next_number, manifest_bytes, articles_bytes FROM position", [], |row| {
                Ok(Position {
                    next_number: unsigned(row, 0)?,
                    manifest_bytes: unsigned(row, 1)?,
                    articles_bytes: unsigned(row, 2)?,
                })
            })
            .optional()
            .map_err(failed(&self.path))
    }

    /// Files of a batch that was announced and not committed; `None` if there is no such batch.
    ///
    /// # Errors
    /// [`StateError::Failed`].
    pub fn open_batch(&self) -> Result<Option<Vec<String>>, StateError> {
        let query = || -> rusqlite::Result<Option<Vec<String>>> {
            let open = self
                .connection
                .query_row("SELECT batch_open FROM position", [], |row| row.get(0))
                .optional()?;
            if open != Some(true) {
                return Ok(None);
            }
            let mut statement = self.connection.prepare("SELECT file FROM pending")?;
            let files = statement.query_map([], |row| row.get(0))?;
            files.collect::<rusqlite::Result<_>>().map(Some)
        };
        query().map_err(failed(&self.path))
    }

    /// Announces a batch: the files it will create, and where the outputs end before it.
    ///
    /// # Errors
    /// [`StateError::Failed`]; then nothing is announced.
    pub fn announce<'a>(
        &mut self,
        files: impl Iterator<Item = &'a str>,
        position: &Position,
    ) -> Result<(), StateError> {
        self.transact(|transaction| {
            let mut insert = transaction.prepare_cached("INSERT INTO pending (file) VALUES (?1)")?;
            for file in files {
                insert.execute([file])?;
            }
            set_position(transaction, position, true)
        })
    }

    /// Remembers a batch whose files and rows are all on disk.
    ///
    /// # Errors
    /// [`StateError::Failed`]; then nothing of it is remembered.
    pub fn commit(&mut self, batch: &Batch, key_version: u32, position: &Position) -> Result<(), StateError> {
        self.transact(|transaction| {
            let mut insert =
                transaction.prepare_cached("INSERT OR IGNORE INTO inputs (id, digest) VALUES (?1, ?2)")?;
            for (id, digest) in &batch.inputs {
                insert.execute(params![id, digest])?;
            }
            let mut insert = transaction.prepare_cached(
                "INSERT OR IGNORE INTO content_keys (key, version, file) VALUES (?1, ?2, ?3)",
            )?;
            for (key, file) in &batch.keys {
                insert.execute(params![key, key_version, file])?;
            }
            let mut insert = transaction.prepare_cached(
                "INSERT INTO names (name, next) VALUES (?1, ?2)
                 ON CONFLICT (name) DO UPDATE SET next = max(next, excluded.next)",
            )?;
            for (name, next) in &batch.names {
                insert.execute(params![name, next])?;
            }
            transaction.execute("DELETE FROM pending", [])?;
            set_position(transaction, position, false)
        })
    }

    /// Forgets an announced batch whose files and rows have been taken away.
    ///
    /// # Errors
    /// [`StateError::Failed`].
    pub fn withdraw(&mut self, position: &Position) -> Result<(), StateError> {
        self.transact(|transaction| {
            transaction.execute("DELETE FROM pending", [])?;
            set_position(transaction, position, false)
        })
    }

    fn transact(
        &mut self,
        work: impl FnOnce(&rusqlite::Transaction<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), StateError> {
        let path = &self.path;
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(failed(path))?;
        work(&transaction).map_err(failed(path))?;
        transaction.commit().map_err(failed(path))
    }
}

fn set_position(
    transaction: &rusqlite::Transaction<'_>,
    position: &Position,
    batch_open: bool,
) -> rusqlite::Result<()> {
    transaction.execute(
        "INSERT OR REPLACE INTO position (one, next_number, manifest_bytes, articles_bytes, batch_open)
         VALUES (1, ?1, ?2, ?3, ?4)",
        params![
            signed(position.next_number),
            signed(position.manifest_bytes),
            signed(position.articles_bytes),
            batch_open
        ],
    )?;
    Ok(())
}

/// Integers of `SQLite` are signed; no count or length here comes near their end.
fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn unsigned(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let value: i64 = row.get(column)?;
    u64::try_from(value).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, value))
}
