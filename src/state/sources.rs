//! The sources of crawls: what is remembered of each and of its documents, and which of its addresses are asked again.
//!
//! Enters: a source's row and documents after a run. Leaves: the same in a later run; addresses that are to be asked
//! again.
//! Invariant: a turn is stored with the documents that its run has read, so a run that broke off reads them again.

use rusqlite::{OptionalExtension, Transaction, params};

use super::integer::unsigned;
use super::outcome::SETTLED;
use super::stage::{NEXT_NUMBER, requeue};
use super::{Frontier, QueuedSite, State, StateError, failed};
use crate::fetch::Validators;

/// Documents that are remembered of one source; those that were not read for longest are forgotten first.
const MAX_DOCUMENTS_KEPT: i64 = 10_000;

/// Visits to an address that fails each time.
pub(super) const MAX_TRIES: i64 = 8;

/// Whether enough time has gone by since the last of them, at the time `?1`: none after the first, then a quarter of an
/// hour, an hour, and so on with the square, so that the last one is about a day after the first.
const RESTED: &str = "?1 - coalesce(visited, 0) >= 900 * max(tries - 1, 0) * max(tries - 1, 0)";

/// Articles of one source that are asked again in one run because they failed, and because nobody says whether they
/// have changed.
const MAX_ASKED_AGAIN: i64 = 500;

/// An article is asked again after this part of its age, so the less often the older it is.
const AGE_PART: i64 = 8;

/// One source of a crawl.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceRow {
    /// Its number.
    pub id: i64,
    /// Its name, which tells it from all others.
    pub name: String,
    /// Its address as configured.
    pub given: String,
    /// What is taken of it, as its owner writes it.
    pub selection: String,
    /// Where it is asked: elsewhere if it has moved for good.
    pub url: String,
    /// When it is due, as its owner writes it.
    pub turn: String,
    /// Why its last run failed.
    pub error: Option<String>,
    /// Documents written of it so far.
    pub written: u64,
    /// Visits for it that failed so far.
    pub failed: u64,
}

/// A feed, sitemap or page that was read of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentRow {
    /// Its address.
    pub url: String,
    /// When it was read, in seconds since 1970.
    pub read: i64,
    /// Validators of the answer.
    pub validators: Validators,
}

/// Which articles of a source are asked again although it says nothing of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recent {
    /// The time, in seconds since 1970.
    pub now: i64,
    /// Those found within so many seconds.
    pub window: i64,
}

impl State {
    /// All sources, in the order in which they were first seen.
    ///
    /// # Errors
    /// [`StateError::Failed`].
    pub fn sources(&self) -> Result<Vec<SourceRow>, StateError> {
        sources(&self.connection).map_err(failed(&self.path))
    }

    /// Adds a source under its name; gives its number.
    ///
    /// # Errors
    /// [`StateError::Failed`], also if there is one of that name.
    pub fn add_source(&mut self, source: &SourceRow) -> Result<i64, StateError> {
        let SourceRow { name, given, url, turn, selection, .. } = source;
        self.connection
            .query_row(
                "INSERT INTO sources (name, given, url, turn, selection) VALUES (?1, ?2, ?3, ?4, ?5) RETURNING id",
                params![name, given, url, turn, selection],
                |row| row.get(0),
            )
            .map_err(failed(&self.path))
    }

    /// Stores what changes of a source between runs, and the documents that its run has read.
    ///
    /// # Errors
    /// [`StateError::Failed`]; then nothing has changed.
    pub fn set_source(&mut self, source: &SourceRow, documents: &[DocumentRow]) -> Result<(), StateError> {
        self.transact(|transaction| {
            let SourceRow { id, given, url, turn, error, selection, .. } = source;
            transaction
                .prepare_cached(
                    "UPDATE sources SET given = ?2, url = ?3, turn = ?4, error = ?5, selection = ?6 WHERE id = ?1",
                )?
                .execute(params![id, given, url, turn, error, selection])?;
            if documents.is_empty() {
                return Ok(());
            }
            let mut insert = transaction.prepare_cached(
                "INSERT OR REPLACE INTO documents (source, url, read, etag, last_modified)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?;
            for DocumentRow { url, read, validators } in documents {
                insert.execute(params![id, url, read, validators.etag, validators.last_modified])?;
            }
            transaction
                .prepare_cached(
                    "DELETE FROM documents WHERE source = ?1 AND url IN
                         (SELECT url FROM documents WHERE source = ?1 ORDER BY read DESC LIMIT -1 OFFSET ?2)",
                )?
                .execute([*id, MAX_DOCUMENTS_KEPT])
                .map(drop)
        })
    }

    /// Forgets which documents of a source were read, so that the next run reads them whole.
    ///
    /// # Errors
    /// [`StateError::Failed`].
    pub fn forget_documents(&mut self, source: i64) -> Result<(), StateError> {
        self.connection
            .execute("DELETE FROM documents WHERE source = ?1", [source])
            .map(drop)
            .map_err(failed(&self.path))
    }

    /// Queues the recent articles of a source again of which it does not say whether they have changed; gives where they
    /// are queued, and how many are in all.
    ///
    /// # Errors
    /// [`StateError::Failed`]; then nothing has changed.
    pub fn ask_again(&mut self, source: i64, recent: Recent) -> Result<Vec<QueuedSite>, StateError> {
        self.requeue_all(|transaction| {
            transaction
                .prepare_cached(&format!(
                    "SELECT number FROM urls
                     WHERE source = ?1 AND stated IS NULL AND file IS NOT NULL AND first > ?2 - ?3
                         AND visited <= ?2 AND ?2 - visited >= (visited - first) / ?4 AND state = 1 AND {SETTLED}
                     ORDER BY first DESC LIMIT ?5"
                ))?
                .query_map(params![source, recent.now, recent.window, AGE_PART, MAX_ASKED_AGAIN], |row| {
                    unsigned(row, 0)
                })?
                .collect()
        })
    }

    /// Queues articles of a source again whose visits failed up to the time `before`, in seconds since 1970: those that
    /// were listed last, and as often as they may be; gives where they are queued, and how many are in all.
    ///
    /// # Errors
    /// [`StateError::Failed`]; then nothing has changed.
    pub fn try_failed(&mut self, source: i64, before: i64) -> Result<Vec<QueuedSite>, StateError> {
        self.requeue_all(|transaction| {
            transaction
                .prepare_cached(&format!(
                    "SELECT number FROM urls
                     WHERE state = 2 AND source = ?2 AND tries < {MAX_TRIES} AND site > 0
                         AND coalesce(visited, 0) <= ?1 AND {RESTED} AND {SETTLED}
                     ORDER BY number DESC LIMIT ?3"
                ))?
                .query_map(params![before, source, MAX_ASKED_AGAIN], |row| unsigned(row, 0))?
                .collect()
        })
    }

    /// Queues settled addresses again, by the numbers that `choose` gives.
    fn requeue_all(
        &mut self,
        choose: impl Fn(&Transaction<'_>) -> rusqlite::Result<Vec<u64>>,
    ) -> Result<Vec<QueuedSite>, StateError> {
        let mut queued: Vec<QueuedSite> = Vec::new();
        self.transact(|transaction| {
            let next = transaction.query_row(NEXT_NUMBER, [], |row| unsigned(row, 0))?;
            for (next, number) in (next..).zip(choose(transaction)?) {
                let site = requeue(transaction, number, next)?;
                if let Some(known) = queued.iter_mut().find(|known| known.id == site) {
                    known.queued += 1;
                } else {
                    let name = transaction
                        .prepare_cached("SELECT name FROM sites WHERE id = ?1")?
                        .query_row([site], |row| row.get(0))?;
                    queued.push(QueuedSite { id: site, name, queued: 1, first: next });
                }
            }
            Ok(())
        })?;
        Ok(queued)
    }
}

impl Frontier {
    /// All sources, in the order in which they were first seen.
    ///
    /// # Errors
    /// [`StateError::Failed`].
    pub fn sources(&self) -> Result<Vec<SourceRow>, StateError> {
        sources(&self.connection).map_err(failed(&self.path))
    }

    /// What is remembered of a source's document.
    ///
    /// # Errors
    /// [`StateError::Failed`].
    pub fn document(&self, source: i64, url: &str) -> Result<Option<DocumentRow>, StateError> {
        let query = || -> rusqlite::Result<Option<DocumentRow>> {
            self.connection
                .prepare_cached(
                    "SELECT read, etag, last_modified FROM documents WHERE source = ?1 AND url = ?2",
                )?
                .query_row(params![source, url], |row| {
                    let validators = Validators { etag: row.get(1)?, last_modified: row.get(2)? };
                    Ok(DocumentRow { url: url.to_owned(), read: row.get(0)?, validators })
                })
                .optional()
        };
        query().map_err(failed(&self.path))
    }
}

fn sources(connection: &rusqlite::Connection) -> rusqlite::Result<Vec<SourceRow>> {
    connection
        .prepare_cached(
            "SELECT id, name, given, url, turn, error, written, failed, selection FROM sources ORDER BY id",
        )?
        .query_map([], |row| {
            Ok(SourceRow {
                id: row.get(0)?,
                name: row.get(1)?,
                given: row.get(2)?,
                url: row.get(3)?,
                turn: row.get(4)?,
                error: row.get(5)?,
                written: unsigned(row, 6)?,
                failed: unsigned(row, 7)?,
                selection: row.get(8)?,
            })
        })?
        .collect()
}
