//! Tables of the state database, and the marks by which it is known.
//!
//! Enters: a fresh or known connection. Leaves: the same with its tables and settings.
//! Invariant: the tables and both marks appear in one transaction, so a database is empty or whole.

use rusqlite::{Connection, TransactionBehavior};

/// Format of the tables, as `user_version`.
pub const VERSION: i64 = 1;

/// `application_id` in the file's header: "tsac".
pub(super) const APPLICATION: i64 = 0x7473_6163;

/// Page cache of the writing connection, in KiB.
const CACHE_KIB: i64 = 16 * 1024;

/// `inputs` holds every outcome an input ever had, so that it says the same whenever it is asked.
const TABLES: &str = "
CREATE TABLE inputs (
    id     TEXT NOT NULL,
    digest BLOB NOT NULL,
    PRIMARY KEY (id, digest)
) WITHOUT ROWID, STRICT;
CREATE TABLE content_keys (
    key     BLOB NOT NULL,
    version INTEGER NOT NULL,
    file    TEXT NOT NULL,
    PRIMARY KEY (key, version)
) WITHOUT ROWID, STRICT;
CREATE TABLE names (
    name TEXT PRIMARY KEY,
    next INTEGER NOT NULL
) WITHOUT ROWID, STRICT;
CREATE TABLE pending (
    file TEXT PRIMARY KEY
) WITHOUT ROWID, STRICT;
CREATE TABLE position (
    one            INTEGER PRIMARY KEY CHECK (one = 1),
    next_number    INTEGER NOT NULL,
    manifest_bytes INTEGER NOT NULL,
    articles_bytes INTEGER NOT NULL,
    batch_open     INTEGER NOT NULL
) STRICT;
CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID, STRICT;
";

/// Sets the connection up, and creates the tables of a fresh database.
pub(super) fn prepare(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get::<_, String>(0))?;
    connection.pragma_update(None, "synchronous", "full")?;
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version == 0 {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(TABLES)?;
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
        transaction.commit()?;
    }
    Ok(())
}
