//! Looks at a state database without changing it.
//!
//! Enters: a path. Leaves: whether there is a usable database, or why there is none.
//! Invariant: the database file is opened for reading only, unless a killed run left a journal that must be rolled back.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use rusqlite::{Connection, OpenFlags, ffi};

use super::schema::{APPLICATION, VERSION};
use super::{BUSY, StateError};

/// First bytes of every `SQLite` database.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// Databases up to this size, in bytes, are checked page by page; larger ones by a read from each table.
const FULL_CHECK_BYTES: u64 = 32 << 20;

/// Reads that touch every table and the schema, by the version that brought the tables.
const READS: [&[&str]; 3] = [
    &[
        "SELECT id, digest FROM inputs LIMIT 1",
        "SELECT key, version, file FROM content_keys LIMIT 1",
        "SELECT name, next FROM names LIMIT 1",
        "SELECT file FROM pending LIMIT 1",
        "SELECT next_number, manifest_bytes, articles_bytes, batch_open FROM position",
        "SELECT name, value FROM settings LIMIT 1",
    ],
    &[
        "SELECT archive_number, archive_bytes, settled_urls FROM position",
        "SELECT id, name FROM sites LIMIT 1",
        "SELECT number, key, site, state, url FROM urls LIMIT 1",
        "SELECT number, stem, bytes, row, text, keys FROM outcomes LIMIT 1",
        "SELECT key, file FROM addresses LIMIT 1",
        "SELECT origin, fetched, expires, kind, body FROM robots LIMIT 1",
        "SELECT digest, uri, date FROM payloads LIMIT 1",
    ],
    &[
        "SELECT id, name, given, selection, url, turn, error, written, failed FROM sources LIMIT 1",
        "SELECT source, url, read, etag, last_modified FROM documents LIMIT 1",
        "SELECT source, first, stated, visited, tries, etag, last_modified, file FROM urls LIMIT 1",
    ],
];

/// Whether there is a memory of earlier runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// No database, or one that was never given its tables.
    Missing,
    /// A database of a format this version knows.
    Usable,
}

/// Checks the database at `path` before anything is touched.
///
/// # Errors
/// [`StateError::Damaged`], [`StateError::Newer`], [`StateError::Foreign`], or [`StateError::Unreadable`].
pub fn check(path: &Path) -> Result<Presence, StateError> {
    let damaged = |detail: String| StateError::Damaged { path: path.to_owned(), detail };
    let unreadable = |source| StateError::Unreadable { path: path.to_owned(), source };
    let size = match fs::metadata(path) {
        Ok(found) if !found.is_file() => return Err(damaged("it is not a file".to_owned())),
        Ok(found) => found.len(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Presence::Missing),
        Err(error) => return Err(unreadable(error)),
    };
    if size == 0 {
        return Ok(Presence::Missing);
    }
    let mut start = Vec::new();
    File::open(path).and_then(|file| file.take(16).read_to_end(&mut start)).map_err(unreadable)?;
    if start != MAGIC {
        return Err(damaged("it is not an SQLite database".to_owned()));
    }
    let found = match inspect(path, size, OpenFlags::SQLITE_OPEN_READ_ONLY) {
        Err(error) if wants_recovery(&error) => inspect(path, size, OpenFlags::SQLITE_OPEN_READ_WRITE),
        found => found,
    };
    match found {
        Ok(Found::Empty) => Ok(Presence::Missing),
        Ok(Found::Ours) => Ok(Presence::Usable),
        Ok(Found::Foreign) => Err(StateError::Foreign { path: path.to_owned() }),
        Ok(Found::Newer(found)) => {
            Err(StateError::Newer { path: path.to_owned(), found, supported: VERSION })
        }
        Ok(Found::Broken(detail)) => Err(damaged(detail)),
        Err(error) => Err(damaged(error.to_string())),
    }
}

enum Found {
    Empty,
    Ours,
    Foreign,
    Newer(i64),
    Broken(String),
}

/// Whether a database can be read only by one who may write: a run was killed inside a transaction.
fn wants_recovery(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error().map(|error| error.extended_code);
    matches!(
        code,
        Some(ffi::SQLITE_READONLY_ROLLBACK | ffi::SQLITE_READONLY_RECOVERY | ffi::SQLITE_READONLY_CANTINIT)
    )
}

fn inspect(path: &Path, size: u64, access: OpenFlags) -> rusqlite::Result<Found> {
    let connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY)?;
    let pragma = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let (application, version) = (pragma("application_id")?, pragma("user_version")?);
    if application != APPLICATION {
        let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        let fresh = application == 0 && version == 0 && tables == 0;
        return Ok(if fresh { Found::Empty } else { Found::Foreign });
    }
    if version > VERSION {
        return Ok(Found::Newer(version));
    }
    if size <= FULL_CHECK_BYTES {
        let answer: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if answer != "ok" {
            return Ok(Found::Broken(answer));
        }
    }
    let known = usize::try_from(version).unwrap_or_default().min(READS.len());
    for read in READS[..known].iter().copied().flatten() {
        connection.prepare(read)?.exists([])?;
    }
    Ok(Found::Ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_that_a_killed_run_left_is_rolled_back() {
        let folder = tempfile::tempdir().expect("folder");
        let (open, killed) = (folder.path().join("open.db"), folder.path().join("killed.db"));
        let connection = Connection::open(&open).expect("opened");
        connection
            .execute_batch(
                "PRAGMA journal_mode = DELETE; PRAGMA cache_size = 1; CREATE TABLE t (x);
                 INSERT INTO t VALUES (zeroblob(100000)); BEGIN;
                 WITH n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50)
                 INSERT INTO t SELECT zeroblob(20000) FROM n; UPDATE t SET x = 1;",
            )
            .expect("in a transaction");
        for end in ["", "-journal"] {
            let of = |path: &Path| format!("{}{end}", path.display());
            fs::copy(of(&open), of(&killed)).expect("copied");
        }
        // Another program's database, and nothing wrong with it.
        assert!(matches!(check(&killed), Err(StateError::Foreign { .. })), "{:?}", check(&killed));
    }
}
