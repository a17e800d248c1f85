//! Care for a state database: whether it is whole, how large it is, what it holds, and what it is to forget.
//!
//! Enters: an open database. Leaves: counts, addresses one at a time, and fewer addresses or bytes.
//! Invariant: memory does not grow with the number of addresses; what changes, changes in one transaction.

use std::fs;
use std::path::PathBuf;

use rusqlite::{Transaction, params};

use super::integer::{signed, unsigned};
use super::stage::Stage;
use super::{Position, State, StateError, failed};

/// Faults of the database that are told; one fault often shows in many places.
const MAX_FAULTS: u32 = 10;

/// What lies in a database.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Survey {
    /// What `SQLite` finds wrong with the file; empty for a whole one.
    pub faults: Vec<String>,
    /// Each table with the number of its rows.
    pub tables: Vec<(String, u64)>,
    /// Addresses that wait to be visited, that were visited, and that were visited in vain.
    pub stages: [u64; 3],
    /// Addresses that count as visited, are not in the manifest, and whose outcome is not there either: somebody else
    /// has changed the database. The next fetch visits them again.
    pub lost: u64,
    /// The committed position; `None` where nothing was committed yet.
    pub position: Option<Position>,
    /// Files of a batch that was announced and not committed.
    pub pending: Option<u64>,
}

/// One address of the frontier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownAddress {
    /// As it was given.
    pub url: String,
    /// How far it has come.
    pub stage: Stage,
    /// Position among all addresses.
    pub number: u64,
    /// The site it is asked from; `None` for what is not visited: unusable addresses and other spellings.
    pub site: Option<String>,
}

/// What was forgotten.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Addresses that are unknown from here on.
    pub addresses: u64,
    /// Addresses that wait to be visited again, because their rows were not written yet.
    pub queued_again: u64,
    /// robots.txt files.
    pub robots: u64,
    /// Keys by which other addresses of written documents are found.
    pub keys: u64,
}

impl State {
    /// Looks at every page of the file and counts what is in it.
    ///
    /// # Errors
    /// [`StateError::Failed`], where the file is so broken that it cannot be looked at.
    pub fn survey(&self) -> Result<Survey, StateError> {
        let position = self.position()?;
        let pending = self.open_batch()?.map(|files| files.len() as u64);
        let settled = position.map_or(0, |position| signed(position.settled_urls));
        let query = || -> rusqlite::Result<Survey> {
            let mut faults: Vec<String> = self
                .connection
                .prepare(&format!("PRAGMA integrity_check({MAX_FAULTS})"))?
                .query_map([], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            faults.retain(|fault| fault != "ok");
            let names: Vec<String> = self
                .connection
                .prepare(
                    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*'
                     ORDER BY name",
                )?
                .query_map([], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            let mut tables = Vec::with_capacity(names.len());
            for name in names {
                let rows =
                    self.connection
                        .query_row(&format!("SELECT count(*) FROM \"{name}\""), [], |row| unsigned(row, 0))?;
                tables.push((name, rows));
            }
            let mut stages = [0; 3];
            let mut by_stage = self.connection.prepare("SELECT state, count(*) FROM urls GROUP BY state")?;
            let mut rows = by_stage.query([])?;
            while let Some(row) = rows.next()? {
                let at = usize::try_from(Stage::from_number(row.get(0)?).number()).unwrap_or_default();
                stages[at] += unsigned(row, 1)?;
            }
            let lost = self.connection.query_row(
                "SELECT count(*) FROM urls WHERE number > ?1 AND state <> 0 AND site > 0
                 AND number NOT IN (SELECT number FROM outcomes)",
                [settled],
                |row| unsigned(row, 0),
            )?;
            Ok(Survey { faults, tables, stages, lost, position, pending })
        };
        query().map_err(failed(&self.path))
    }

    /// Bytes of the database on disk, its log included.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let log = PathBuf::from(format!("{}-wal", self.path.display()));
        [&self.path, &log].into_iter().filter_map(|path| fs::metadata(path).ok()).map(|file| file.len()).sum()
    }

    /// Writes the database anew without what was deleted, and empties its log. Needs as much room again on disk.
    ///
    /// # Errors
    /// [`StateError::Failed`]; then nothing has changed.
    pub fn compact(&mut self) -> Result<(), StateError> {
        let empty_log = || {
            self.connection
                .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0))
                .map(drop)
        };
        let compact = || -> rusqlite::Result<()> {
            empty_log()?;
            self.connection.execute_batch("VACUUM")?;
            empty_log()
        };
        compact().map_err(failed(&self.path))
    }

    /// Hands every address of the frontier to `each`, in the order of their numbers, until it fails.
    ///
    /// # Errors
    /// The outer one is [`StateError::Failed`], the inner one that of `each`.
    pub fn each_address<E>(
        &self,
        mut each: impl FnMut(KnownAddress) -> Result<(), E>,
    ) -> Result<Result<(), E>, StateError> {
        let mut query = || -> rusqlite::Result<Result<(), E>> {
            let mut statement = self.connection.prepare(
                "SELECT number, url, state, (SELECT name FROM sites WHERE id = site) FROM urls ORDER BY number",
            )?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let known = KnownAddress {
                    number: unsigned(row, 0)?,
                    url: row.get(1)?,
                    stage: Stage::from_number(row.get(2)?),
                    site: row.get(3)?,
                };
                if let Err(error) = each(known) {
                    return Ok(Err(error));
                }
            }
            Ok(Ok(()))
        };
        query().map_err(failed(&self.path))
    }

    /// Forgets the addresses of a site for which `is_its` says so, and the keys that lead to `files`, so that all of it
    /// is fetched anew when it is listed again. Content keys stay: a text that has not changed is still a copy.
    ///
    /// An address whose row is yet to be written keeps its number, for rows are written in the order of the numbers;
    /// it is visited again.
    ///
    /// # Errors
    /// [`StateError::Failed`]; then nothing is forgotten.
    pub fn forget(
        &mut self,
        site: &str,
        is_its: &dyn Fn(&str) -> bool,
        files: &mut dyn Iterator<Item = String>,
    ) -> Result<Forgotten, StateError> {
        let mut forgotten = Forgotten::default();
        self.transact(|transaction| {
            transaction.execute_batch(
                "CREATE TEMP TABLE IF NOT EXISTS its_numbers (number INTEGER PRIMARY KEY);
                 CREATE TEMP TABLE IF NOT EXISTS its_files (file TEXT PRIMARY KEY) WITHOUT ROWID;
                 DELETE FROM its_numbers; DELETE FROM its_files;",
            )?;
            let mut insert = transaction.prepare("INSERT OR IGNORE INTO its_files VALUES (?1)")?;
            for file in files {
                insert.execute([file])?;
            }
            forgotten.keys =
                deleted(transaction, "DELETE FROM addresses WHERE file IN (SELECT file FROM its_files)")?;
            gather(transaction, site, is_its)?;
            (forgotten.addresses, forgotten.queued_again) = forget_addresses(transaction)?;
            forgotten.robots = forget_robots(transaction, is_its)?;
            Ok(())
        })?;
        Ok(forgotten)
    }
}

/// Gathers the numbers of a site's addresses, other spellings and unusable ones included.
fn gather(transaction: &Transaction<'_>, site: &str, is_its: &dyn Fn(&str) -> bool) -> rusqlite::Result<()> {
    let mut insert = transaction.prepare("INSERT INTO its_numbers VALUES (?1)")?;
    let mut select = transaction.prepare(
        "SELECT number, url FROM urls WHERE site = 0 OR site = (SELECT id FROM sites WHERE name = ?1)",
    )?;
    let mut rows = select.query([site])?;
    while let Some(row) = rows.next()? {
        if is_its(row.get_ref(1)?.as_str().unwrap_or_default()) {
            insert.execute([row.get::<_, i64>(0)?])?;
        }
    }
    Ok(())
}

/// Forgets the gathered addresses whose rows are written, and queues the others again.
fn forget_addresses(transaction: &Transaction<'_>) -> rusqlite::Result<(u64, u64)> {
    let settled: i64 =
        transaction.query_row("SELECT coalesce(max(settled_urls), 0) FROM position", [], |row| row.get(0))?;
    let with = |query: &str| transaction.execute(query, [settled]).map(|rows| rows as u64);
    // Sources are read whole again, for an unchanged one would not name what is forgotten.
    transaction.execute("DELETE FROM documents", [])?;
    let addresses =
        with("DELETE FROM urls WHERE number <= ?1 AND number IN (SELECT number FROM its_numbers)")?;
    // What is not visited has nothing to be visited again for.
    with(
        "DELETE FROM outcomes WHERE number > ?1 AND number IN (SELECT number FROM its_numbers)
         AND number IN (SELECT number FROM urls WHERE site > 0 AND state <> 0)",
    )?;
    let again = with(
        "UPDATE urls SET state = 0 WHERE number > ?1 AND number IN (SELECT number FROM its_numbers)
         AND site > 0 AND state <> 0",
    )?;
    Ok((addresses, again))
}

fn forget_robots(transaction: &Transaction<'_>, is_its: &dyn Fn(&str) -> bool) -> rusqlite::Result<u64> {
    let origins: Vec<String> = transaction
        .prepare("SELECT origin FROM robots")?
        .query_map([], |row| row.get::<_, String>(0))?
        .filter(|origin| origin.as_ref().map_or(true, |origin| is_its(origin)))
        .collect::<rusqlite::Result<_>>()?;
    let mut delete = transaction.prepare("DELETE FROM robots WHERE origin = ?1")?;
    for origin in &origins {
        delete.execute(params![origin])?;
    }
    Ok(origins.len() as u64)
}

fn deleted(transaction: &Transaction<'_>, query: &str) -> rusqlite::Result<u64> {
    transaction.execute(query, []).map(|rows| rows as u64)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::super::{Batch, Candidate, Listed, Outcome};
    use super::*;

    fn candidate(key: i64, url: &str) -> Candidate {
        Candidate { url: url.to_owned(), key, given_key: -key, site: Some("x.vn".to_owned()), finding: None }
    }

    fn outcome(number: u64) -> Outcome {
        Outcome {
            number,
            stem: String::new(),
            bytes: 0,
            row: "{}".into(),
            text: String::new(),
            keys: Vec::new(),
        }
    }

    fn stages(state: &State) -> Vec<(u64, Stage)> {
        let mut stages = Vec::new();
        let each = |known: KnownAddress| {
            stages.push((known.number, known.stage));
            Ok::<(), ()>(())
        };
        state.each_address(each).unwrap().unwrap();
        stages
    }

    /// Three addresses: the first is settled, the second waits for its turn, the third for its visit.
    fn begun(folder: &tempfile::TempDir) -> State {
        let mut state = State::open(&folder.path().join("state.db")).unwrap();
        let candidates: Vec<Candidate> =
            (1..=3).map(|key| candidate(key, &format!("https://x.vn/{key}"))).collect();
        state.list(&candidates, u64::MAX, &|_, number| outcome(number)).unwrap();
        let batch = Batch {
            visited: vec![(1, Stage::Done), (2, Stage::Done)],
            outcomes: vec![outcome(2)],
            ..Batch::default()
        };
        state.commit(&batch, 1, &Position { settled_urls: 1, ..Position::default() }).unwrap();
        state
    }

    #[test]
    fn an_address_that_waits_for_its_row_keeps_its_number() {
        let folder = tempfile::tempdir().unwrap();
        let mut state = begun(&folder);
        assert_eq!(state.survey().unwrap().lost, 0);
        let forgotten = state.forget("x.vn", &|_| true, &mut std::iter::empty()).unwrap();
        assert_eq!((forgotten.addresses, forgotten.queued_again), (1, 1));
        assert_eq!(stages(&state), [(2, Stage::Queued), (3, Stage::Queued)]);
        assert_eq!(state.outcome(2).unwrap(), None);
        assert_eq!(state.survey().unwrap().stages, [2, 0, 0]);
    }

    #[test]
    fn numbers_are_never_given_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut state = begun(&folder);
        let batch = Batch { visited: vec![(3, Stage::Done)], ..Batch::default() };
        state.commit(&batch, 1, &Position { settled_urls: 3, ..Position::default() }).unwrap();
        let is_its = |url: &str| url != "https://x.vn/1";
        assert_eq!(state.forget("x.vn", &is_its, &mut std::iter::empty()).unwrap().addresses, 2);
        let listed =
            state.list(&[candidate(3, "https://x.vn/3")], u64::MAX, &|_, number| outcome(number)).unwrap();
        assert_eq!(listed, [Listed::Queued { number: 4, site: 1 }]);
    }

    #[test]
    fn lost_outcomes_are_counted() {
        let folder = tempfile::tempdir().unwrap();
        let state = begun(&folder);
        state.connection.execute("DELETE FROM outcomes", []).unwrap();
        assert_eq!(state.survey().unwrap().lost, 1);
    }
}
