//! The frontier: every address that was listed, in the order of the lists, and what is still to be visited.
//!
//! Enters: batches of listed addresses. Leaves: what is new of them, and queued addresses by site.
//! Invariant: an address has one number for good, unless it is queued again after a failure; memory does not grow with
//! the number of addresses.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, params};

use super::batch::{Outcome, insert_outcome, signed, unsigned};
use super::{BUSY, State, StateError, failed};
use crate::canonical;

/// Names of sites whose numbers are kept in memory while addresses are listed.
const MAX_SITES_KEPT: usize = 50_000;

/// The number of the next address: behind all that are there, and behind those that were settled and forgotten.
const NEXT_NUMBER: &str = "SELECT max(coalesce((SELECT max(number) FROM urls), 0),
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

/// One address as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The address as given.
    pub url: String,
    /// Key of its canonical URL; of the text itself where it is no usable address.
    pub key: i64,
    /// Key of the text as given.
    pub given_key: i64,
    /// The site it is asked from; `None` where it is no usable address, so that nothing is to be visited.
    pub site: Option<String>,
}

/// What became of a listed address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    /// It got this number, and is queued for the site of this number.
    Queued {
        /// Position among all addresses.
        number: u64,
        /// Number of the site.
        site: i64,
    },
    /// It got this number, and there is nothing to visit: it is unusable, or another spelling of an earlier one.
    Numbered {
        /// Position among all addresses.
        number: u64,
    },
    /// The same text was listed before.
    Known {
        /// The number that it got then.
        number: u64,
        /// How far it has come.
        stage: Stage,
    },
}

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

/// Gives numbers to sites; keeps the latest in memory.
#[derive(Debug, Default)]
pub(super) struct SiteNumbers(HashMap<String, i64>);

impl SiteNumbers {
    fn of(&mut self, transaction: &Transaction<'_>, name: &str) -> rusqlite::Result<i64> {
        if let Some(id) = self.0.get(name) {
            return Ok(*id);
        }
        transaction.prepare_cached("INSERT OR IGNORE INTO sites (name) VALUES (?1)")?.execute([name])?;
        let id = transaction
            .prepare_cached("SELECT id FROM sites WHERE name = ?1")?
            .query_row([name], |row| row.get(0))?;
        if self.0.len() >= MAX_SITES_KEPT {
            self.0.clear();
        }
        self.0.insert(name.to_owned(), id);
        Ok(id)
    }
}

impl State {
    /// Adds listed addresses in one transaction; gives what became of each, in their order. `outcome` gives that of the
    /// candidate at a place where nothing is to be visited, under its number; it is added with it.
    ///
    /// A power failure may take them back, until the next commit of a batch; what was listed is then listed again.
    ///
    /// # Errors
    /// [`StateError::Failed`]; then none of them is added.
    pub fn list(
        &mut self,
        candidates: &[Candidate],
        outcome: &dyn Fn(usize, u64) -> Outcome,
    ) -> Result<Vec<Listed>, StateError> {
        let mut sites = std::mem::take(&mut self.sites);
        let mut listed = Vec::with_capacity(candidates.len());
        self.sync_commits(false)?;
        let added = self.transact(|transaction| {
            let mut next = transaction.query_row(NEXT_NUMBER, [], |row| unsigned(row, 0))?;
            for (at, candidate) in candidates.iter().enumerate() {
                let result = add(transaction, &mut sites, candidate, next)?;
                if let Listed::Numbered { number } = result {
                    insert_outcome(transaction, &outcome(at, number))?;
                }
                next += u64::from(!matches!(result, Listed::Known { .. }));
                listed.push(result);
            }
            Ok(())
        });
        self.sync_commits(true)?;
        if added.is_ok() {
            // Numbers that a failed transaction gave are not there.
            self.sites = sites;
        }
        added.map(|()| listed)
    }

    /// Whether a commit waits for the disk. One that does takes all before it along.
    fn sync_commits(&self, waits: bool) -> Result<(), StateError> {
        let mode = if waits { "full" } else { "normal" };
        self.connection.pragma_update(None, "synchronous", mode).map_err(failed(&self.path))
    }

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

fn add(
    transaction: &Transaction<'_>,
    sites: &mut SiteNumbers,
    candidate: &Candidate,
    number: u64,
) -> rusqlite::Result<Listed> {
    let mut find = transaction.prepare_cached("SELECT url, number, state FROM urls WHERE key = ?1")?;
    let mut known = |key: i64| -> rusqlite::Result<Option<(String, Listed)>> {
        let listed = |row: &rusqlite::Row<'_>| {
            let (number, stage) = (unsigned(row, 1)?, Stage::from_number(row.get(2)?));
            Ok((row.get(0)?, Listed::Known { number, stage }))
        };
        find.query_row([key], listed).optional()
    };
    let queued = |sites: &mut SiteNumbers, site: &str| -> rusqlite::Result<(i64, Stage)> {
        Ok((sites.of(transaction, site)?, Stage::Queued))
    };
    let (key, (site, state)) = match (known(candidate.key)?, &candidate.site) {
        (Some((url, known)), _) if url == candidate.url => return Ok(known),
        (None, Some(site)) => (candidate.key, queued(sites, site)?),
        (None, None) => (candidate.key, (0, Stage::Failed)),
        (Some((url, _)), site) => {
            if let Some((_, known)) = known(candidate.given_key)? {
                return Ok(known);
            }
            // Another spelling of an address is known by its text alone; so is another address, should two ever share
            // the few bits of a key.
            let outcome = match site {
                Some(site) if !is_same_page(&url, &candidate.url) => queued(sites, site)?,
                _ => (0, Stage::Done),
            };
            (candidate.given_key, outcome)
        }
    };
    transaction
        .prepare_cached("INSERT INTO urls (number, key, site, state, url) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![signed(number), key, site, state.number(), candidate.url])?;
    Ok(if state == Stage::Queued { Listed::Queued { number, site } } else { Listed::Numbered { number } })
}

fn is_same_page(one: &str, other: &str) -> bool {
    let key = |given: &str| canonical::parse(given).map(|url| canonical::key(&url)).ok();
    key(one) == key(other)
}

/// A reading connection to the frontier, for whoever visits.
#[derive(Debug)]
pub struct Frontier {
    connection: Connection,
    path: PathBuf,
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

    /// The next queued addresses of a site with numbers above `after`: number and text, at most `limit`.
    ///
    /// # Errors
    /// [`StateError::Failed`].
    pub fn queued(&self, site: i64, after: u64, limit: u32) -> Result<Vec<(u64, String)>, StateError> {
        let query = || -> rusqlite::Result<Vec<(u64, String)>> {
            self.connection
                .prepare_cached(
                    "SELECT number, url FROM urls WHERE state = 0 AND site = ?1 AND number > ?2
                     ORDER BY number LIMIT ?3",
                )?
                .query_map(params![site, signed(after), limit], |row| Ok((unsigned(row, 0)?, row.get(1)?)))?
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_addresses_of_one_key_are_both_visited() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut state = State::open(&folder.path().join("state.db")).expect("a state");
        let candidate = |url: &str, given_key| Candidate {
            url: url.to_owned(),
            key: 1,
            given_key,
            site: Some("x.vn".to_owned()),
        };
        let list = [
            candidate("https://x.vn/a", 2),
            candidate("https://x.vn/b", 3),
            candidate("https://x.vn/a?utm_source=y", 4),
            candidate("https://x.vn/b", 3),
        ];
        let none = |_: usize, number| Outcome {
            number,
            stem: String::new(),
            bytes: 0,
            row: "{}".to_owned(),
            text: String::new(),
            keys: vec![0, 0],
        };
        let listed = state.list(&list, &none).expect("listed");
        let expected = [
            Listed::Queued { number: 1, site: 1 },
            Listed::Queued { number: 2, site: 1 },
            Listed::Numbered { number: 3 },
            Listed::Known { number: 2, stage: Stage::Queued },
        ];
        assert_eq!(listed, expected);
    }
}
