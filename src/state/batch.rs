//! The two transactions of a batch: its files are announced, then everything about it is remembered.
//!
//! Enters: what a batch is about to create, and what it has created. Leaves: the position from which a run goes on.
//! Invariant: between the two, `pending` names every file that may exist without being remembered.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{OptionalExtension, TransactionBehavior, params};

use super::integer::{signed, unsigned};
use super::outcome::{Outcome, insert_outcome};
use super::stage::Stage;
use super::{State, StateError, failed};
use crate::fetch::Validators;

/// Where the outputs end, as far as they are committed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Position {
    /// Number of the next document.
    pub next_number: u64,
    /// Length of `manifest.jsonl`, in bytes.
    pub manifest_bytes: u64,
    /// Length of `articles.jsonl`, in bytes.
    pub articles_bytes: u64,
    /// Number of the raw archive that is being written.
    pub archive_number: u64,
    /// Length of that archive, in bytes.
    pub archive_bytes: u64,
    /// All listed addresses up to this number are settled.
    pub settled_urls: u64,
}

/// What the answer to a visit says of when the page changes. Times are seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// Number of the address.
    pub number: u64,
    /// When it was visited.
    pub at: i64,
    /// Validators to ask with the next time; `None` leaves those that are known.
    pub validators: Option<Validators>,
    /// Whether the visit failed. The change that it was to see is then no longer taken for seen: an earlier edition is
    /// asked for again as those are of which nobody says whether they have changed.
    pub has_failed: bool,
}

/// What is remembered of an origin's robots.txt. Times are seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RobotsRow {
    /// Scheme, host and port.
    pub origin: String,
    /// When it was asked for.
    pub fetched: i64,
    /// Until when it holds.
    pub expires: i64,
    /// What the answer meant, as its owner numbers it.
    pub kind: i64,
    /// The file, as far as it is read.
    pub body: Vec<u8>,
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
    /// Keys under which other addresses of written documents are found, with their `file`.
    pub addresses: BTreeMap<[u8; 16], String>,
    /// Listed addresses whose visit is over.
    pub visited: Vec<(u64, Stage)>,
    /// What answers to addresses that sources have named said of their own change.
    pub answered: Vec<Answered>,
    /// Numbers of addresses, each with that of the source that has named it and when, in seconds since 1970.
    pub origins: Vec<(u64, i64, i64)>,
    /// `file` of addresses that sources have named, by their number.
    pub files: Vec<(u64, String)>,
    /// Documents written for each source, and visits for it that failed, by its name.
    pub tallies: BTreeMap<String, (u64, u64)>,
    /// Outcomes that have to wait for earlier ones.
    pub outcomes: Vec<Outcome>,
    /// Robots files that were asked for.
    pub robots: Vec<RobotsRow>,
    /// Digests of archived payloads, each with the address and time of its first record, the time in
    /// nanoseconds since 1970.
    pub payloads: BTreeMap<[u8; 32], (String, u64)>,
}

impl Batch {
    /// Whether there is nothing to remember.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.inputs.is_empty()
            && self.keys.is_empty()
            && self.names.is_empty()
            && self.visited.is_empty()
            && self.answered.is_empty()
            && self.origins.is_empty()
            && self.files.is_empty()
            && self.tallies.is_empty()
            && self.outcomes.is_empty()
            && self.robots.is_empty()
            && self.payloads.is_empty()
    }
}

impl State {
    /// The committed position; `None` in a fresh database.
    ///
    /// # Errors
    /// [`StateError::Failed`].
    pub fn position(&self) -> Result<Option<Position>, StateError> {
        self.connection
            .query_row(
                "SELECT next_number, manifest_bytes, articles_bytes, archive_number, archive_bytes, settled_urls
                 FROM position",
                [],
                |row| {
                    Ok(Position {
                        next_number: unsigned(row, 0)?,
                        manifest_bytes: unsigned(row, 1)?,
                        articles_bytes: unsigned(row, 2)?,
                        archive_number: unsigned(row, 3)?,
                        archive_bytes: unsigned(row, 4)?,
                        settled_urls: unsigned(row, 5)?,
                    })
                },
            )
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
            remember_visits(transaction, batch, position)?;
            remember_found(transaction, batch)?;
            transaction.execute("DELETE FROM pending", [])?;
            set_position(transaction, position, false)
        })
    }

    /// Address and time of the first archived record with a payload of that digest.
    ///
    /// # Errors
    /// [`StateError::Failed`].
    pub fn payload(&self, digest: &[u8; 32]) -> Result<Option<(String, u64)>, StateError> {
        let query = || -> rusqlite::Result<Option<(String, u64)>> {
            self.connection
                .prepare_cached("SELECT uri, date FROM payloads WHERE digest = ?1")?
                .query_row([digest], |row| Ok((row.get(0)?, unsigned(row, 1)?)))
                .optional()
        };
        query().map_err(failed(&self.path))
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

    /// Forgets which payloads were archived: what held them is gone.
    ///
    /// # Errors
    /// [`StateError::Failed`].
    pub fn forget_payloads(&mut self) -> Result<(), StateError> {
        self.transact(|transaction| transaction.execute("DELETE FROM payloads", []).map(drop))
    }

    /// Forgets a setting, and takes the position at which what it asked for is done.
    ///
    /// # Errors
    /// [`StateError::Failed`]; then nothing has changed.
    pub fn forget_setting(&mut self, name: &str, position: &Position) -> Result<(), StateError> {
        self.transact(|transaction| {
            transaction.execute("DELETE FROM settings WHERE name = ?1", [name])?;
            set_position(transaction, position, false)
        })
    }

    pub(super) fn transact(
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

/// What a batch of visits adds: stages, outcomes that wait, addresses, robots files, payloads.
fn remember_visits(
    transaction: &rusqlite::Transaction<'_>,
    batch: &Batch,
    position: &Position,
) -> rusqlite::Result<()> {
    let mut update = transaction.prepare_cached("UPDATE urls SET state = ?2 WHERE number = ?1")?;
    for (number, stage) in &batch.visited {
        update.execute(params![signed(*number), stage.number()])?;
    }
    for outcome in &batch.outcomes {
        insert_outcome(transaction, outcome)?;
    }
    transaction
        .prepare_cached("DELETE FROM outcomes WHERE number <= ?1")?
        .execute([signed(position.settled_urls)])?;
    let mut insert =
        transaction.prepare_cached("INSERT OR IGNORE INTO addresses (key, file) VALUES (?1, ?2)")?;
    for (key, file) in &batch.addresses {
        insert.execute(params![key, file])?;
    }
    let mut insert = transaction.prepare_cached(
        "INSERT OR REPLACE INTO robots (origin, fetched, expires, kind, body) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for row in &batch.robots {
        insert.execute(params![row.origin, row.fetched, row.expires, row.kind, row.body])?;
    }
    let mut insert = transaction
        .prepare_cached("INSERT OR IGNORE INTO payloads (digest, uri, date) VALUES (?1, ?2, ?3)")?;
    for (digest, (uri, date)) in &batch.payloads {
        insert.execute(params![digest, uri, signed(*date)])?;
    }
    Ok(())
}

/// What is known of addresses that sources have named.
fn remember_found(transaction: &rusqlite::Transaction<'_>, batch: &Batch) -> rusqlite::Result<()> {
    let mut origin = transaction.prepare_cached(
        "UPDATE urls SET source = ?2, first = ?3, visited = ?3, tries = 1 WHERE number = ?1",
    )?;
    for (number, source, first) in &batch.origins {
        origin.execute(params![signed(*number), source, first])?;
    }
    let mut answer = transaction.prepare_cached(
        "UPDATE urls SET visited = ?2, tries = tries + 1, etag = iif(?3, ?4, etag),
             last_modified = iif(?3, ?5, last_modified), stated = iif(?6 AND file IS NOT NULL, NULL, stated)
         WHERE number = ?1",
    )?;
    for Answered { number, at, validators, has_failed } in &batch.answered {
        let known = validators.clone().unwrap_or_default();
        answer.execute(params![
            signed(*number),
            at,
            validators.is_some(),
            known.etag,
            known.last_modified,
            has_failed
        ])?;
    }
    let mut file = transaction.prepare_cached("UPDATE urls SET file = ?2 WHERE number = ?1")?;
    for (number, name) in &batch.files {
        file.execute(params![signed(*number), name])?;
    }
    let mut tally = transaction
        .prepare_cached("UPDATE sources SET written = written + ?2, failed = failed + ?3 WHERE name = ?1")?;
    for (source, (written, failed)) in &batch.tallies {
        tally.execute(params![source, signed(*written), signed(*failed)])?;
    }
    Ok(())
}

fn set_position(
    transaction: &rusqlite::Transaction<'_>,
    position: &Position,
    batch_open: bool,
) -> rusqlite::Result<()> {
    transaction.execute(
        "INSERT OR REPLACE INTO position (one, next_number, manifest_bytes, articles_bytes, archive_number,
             archive_bytes, settled_urls, batch_open)
         VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            signed(position.next_number),
            signed(position.manifest_bytes),
            signed(position.articles_bytes),
            signed(position.archive_number),
            signed(position.archive_bytes),
            signed(position.settled_urls),
            batch_open
        ],
    )?;
    Ok(())
}
