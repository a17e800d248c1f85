//! The frontier: every address that was listed, in the order of the lists, and what is still to be visited.
//!
//! Enters: sites and numbers. Leaves: queued addresses by site; failed ones, queued again.
//! Invariant: an address has one number for good, unless it is queued again after a failure; memory does not grow with
//! the number of addresses.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

use super::integer::{signed, unsigned};
use super::stage::NEXT_NUMBER;
use super::{BUSY, State, StateError, failed};
use crate::fetch::Validators;

/// Number of queued addresses of one site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedSite {
    /// Number of the site.
    pub id: i64,
    /// Its name: a registrable domain or an address literal.
    pub name: String,
    /// Addresses that wait.
    pub queued: u64,
    /// The lowest number among them.
    pub first: u64,
}

/// What an earlier visit to an address has brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    /// `file` of its document.
    pub file: String,
    /// Validators of the answer.
    pub validators: Validators,
}

/// A queued address, and what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedAddress {
    /// Position among all addresses.
    pub number: u64,
    /// The address as given.
    pub url: String,
    /// Number of the source that named it.
    pub source: Option<i64>,
    /// What an earlier visit has brought.
    pub earlier: Option<Box<Earlier>>,
}

impl State {
    /// Queues all failed addresses again. Those that are settled go behind everything that was listed, for their rows
    /// are written; the outcomes of the others are forgotten. Gives how many were settled. If there are any, the setting
    /// of this name is set to `yes` with them.
    ///
    /// # Errors
    /// [`StateError::Failed`]; then nothing has changed.
    pub fn queue_failed(&mut self, setting: &str) -> Result<u64, StateError> {
        let mut moved = 0;
        self.transact(|transaction| {
            let one = |query: &str| transaction.query_row(query, [], |row| row.get::<_, i64>(0));
            let next = one(NEXT_NUMBER)?;
            let settled = one("SELECT coalesce(max(settled_urls), 0) FROM position")?;
            for query in [
                "DELETE FROM outcomes WHERE number > ?1 AND number IN
                     (SELECT number FROM urls WHERE state = 2 AND site > 0)",
                "UPDATE urls SET state = 0 WHERE number > ?1 AND state = 2 AND site > 0",
            ] {
                transaction.execute(query, [settled])?;
            }
            let failed: Vec<i64> = transaction
                .prepare("SELECT number FROM urls WHERE state = 2 AND site > 0 ORDER BY number")?
                .query_map([], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            let mut requeue =
                transaction.prepare("UPDATE urls SET number = ?1, state = 0 WHERE number = ?2")?;
            for (at, number) in (next..).zip(failed) {
                requeue.execute([at, number])?;
                moved += 1;
            }
            if moved > 0 {
                transaction.execute("INSERT OR REPLACE INTO settings VALUES (?1, 'yes')", [setting])?;
            }
            Ok(())
        })?;
        Ok(moved)
    }

    /// Number of queued addresses.
    ///
    /// # Errors
    /// [`StateError::Failed`].
    pub fn queued(&self) -> Result<u64, StateError> {
        self.connection
            .query_row("SELECT count(*) FROM urls WHERE state = 0", [], |row| unsigned(row, 0))
            .map_err(failed(&self.path))
    }

    /// The highest number that a listed address has; 0 if there is none.
    ///
    /// # Errors
    /// [`StateError::Failed`].
    pub fn last_listed(&self) -> Result<u64, StateError> {
        self.connection
            .query_row("SELECT coalesce(max(number), 0) FROM urls", [], |row| unsigned(row, 0))
            .map_err(failed(&self.path))
    }

    /// Queues addresses again that count as visited and have no outcome, neither settled nor put away; gives how many.
    /// No commit leaves any; this heals what somebody else's hand did.
    ///
    /// # Errors
    /// [`StateError::Failed`]; then nothing has changed.
    pub fn queue_lost(&mut self) -> Result<u64, StateError> {
        let mut queued = 0;
        self.transact(|transaction| {
            queued = transaction.execute(
                "UPDATE urls SET state = 0 WHERE state <> 0 AND site > 0
                     AND number > (SELECT coalesce(max(settled_urls), 0) FROM position)
                     AND number NOT IN (SELECT number FROM outcomes)",
                [],
            )? as u64;
            Ok(())
        })?;
        Ok(queued)
    }

    /// Whether an address of this text and key is queued; what `--retry-failed` takes up has no row any more.
    ///
    /// # Errors
    /// [`StateError::Failed`].
    pub fn is_queued(&self, key: i64) -> Result<bool, StateError> {
        let query = || -> rusqlite::Result<bool> {
            self.connection.prepare_cached("SELECT 1 FROM urls WHERE key = ?1 AND state = 0")?.exists([key])
        };
        query().map_err(failed(&self.path))
    }

    /// `file` of the first written document that has one of the keys, in their order.
    ///
    /// # Errors
    /// [`StateError::Failed`].
    pub fn file_at(&self, key: &[u8; 16]) -> Result<Option<String>, StateError> {
        let query = || -> rusqlite::Result<Option<String>> {
            self.connection
                .prepare_cached("SELECT file FROM addresses WHERE key = ?1")?
                .query_row([key], |row| row.get(0))
                .optional()
        };
        query().map_err(failed(&self.path))
    }
}

/// A reading connection to the frontier, for whoever visits.
#[derive(Debug)]
pub struct Frontier {
    pub(super) connection: Connection,
    pub(super) path: PathBuf,
}

impl Frontier {
    /// Opens a second connection to a database that [`State::open`] opened.
    ///
    /// # Errors
    /// [`StateError::Failed`].
    pub fn open(path: &Path) -> Result<Frontier, StateError> {
        let open = || -> rusqlite::Result<Connection> {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let connection = Connection::open_with_flags(path, flags)?;
            connection.busy_timeout(BUSY)?;
            Ok(connection)
        };
        Ok(Frontier { connection: open().map_err(failed(path))?, path: path.to_owned() })
    }

    /// Sites with queued addresses, at most `limit`, in the order of their numbers from `after` on.
    ///
    /// # Errors
    /// [`StateError::Failed`].
    pub fn queued_sites(&self, after: i64, limit: u32) -> Result<Vec<QueuedSite>, StateError> {
        let query = || -> rusqlite::Result<Vec<QueuedSite>> {
            self.connection
                .prepare_cached(
                    "SELECT site, count(*), min(number), (SELECT name FROM sites WHERE id = site) FROM urls
                     WHERE state = 0 AND site > ?1 GROUP BY site ORDER BY site LIMIT ?2",
                )?
                .query_map(params![after, limit], |row| {
                    let (queued, first) = (unsigned(row, 1)?, unsigned(row, 2)?);
                    Ok(QueuedSite { id: row.get(0)?, queued, first, name: row.get(3)? })
                })?
                .collect()
        };
        query().map_err(failed(&self.path))
    }

    /// The next queued addresses of a site with numbers above `after` and below `before`, at most `limit`.
    ///
    /// # Errors
    /// [`StateError::Failed`].
    pub fn queued(
        &self,
        site: i64,
        (after, before): (u64, u64),
        limit: u32,
    ) -> Result<Vec<QueuedAddress>, StateError> {
        let query = || -> rusqlite::Result<Vec<QueuedAddress>> {
            self.connection
                .prepare_cached(
                    "SELECT number, url, source, file, etag, last_modified FROM urls
                     WHERE state = 0 AND site = ?1 AND number > ?2 AND number < ?3 ORDER BY number LIMIT ?4",
                )?
                .query_map(params![site, signed(after), signed(before), limit], |row| {
                    let validators = Validators { etag: row.get(4)?, last_modified: row.get(5)? };
                    let file: Option<String> = row.get(3)?;
                    Ok(QueuedAddress {
                        number: unsigned(row, 0)?,
                        url: row.get(1)?,
                        source: row.get(2)?,
                        earlier: file.map(|file| Box::new(Earlier { file, validators })),
                    })
                })?
                .collect()
        };
        query().map_err(failed(&self.path))
    }

    /// What is remembered of an origin's robots.txt.
    ///
    /// # Errors
    /// [`StateError::Failed`].
    pub fn robots(&self, origin: &str) -> Result<Option<super::RobotsRow>, StateError> {
        let query = || -> rusqlite::Result<Option<super::RobotsRow>> {
            self.connection
                .prepare_cached("SELECT fetched, expires, kind, body FROM robots WHERE origin = ?1")?
                .query_row([origin], |row| {
                    Ok(super::RobotsRow {
                        origin: origin.to_owned(),
                        fetched: row.get(0)?,
                        expires: row.get(1)?,
                        kind: row.get(2)?,
                        body: row.get(3)?,
                    })
                })
                .optional()
        };
        query().map_err(failed(&self.path))
    }
}
