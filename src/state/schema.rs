//! Tables of the state database, and the marks by which it is known.
//!
//! Enters: a fresh or known connection. Leaves: the same with its tables and settings.
//! Invariant: the tables and both marks appear in one transaction, so a database is empty or whole, in some version.

use rusqlite::{Connection, TransactionBehavior};

/// Format of the tables, as `user_version`.
pub const VERSION: i64 = 3;

/// `application_id` in the file's header: "tsac".
pub(super) const APPLICATION: i64 = 0x7473_6163;

/// Page cache of the writing connection, in KiB.
const CACHE_KIB: i64 = 16 * 1024;

/// Pages of the log after which it is written back: 64 MiB. Addresses come in an order that has nothing to do with their
/// keys, so each dirties pages of its own in two indexes; the longer the log, the more of them fall together, and the
/// less often a page is written back. A log of this length lets addresses be listed twice as fast as the usual one
/// of 1,000 pages.
const MAX_LOG_PAGES: i64 = 16 * 1024;

/// One step for each version: what it adds to the tables of the one before.
///
/// `inputs` holds every outcome an input ever had, so that it says the same whenever it is asked.
///
/// `urls` is the frontier: every address that was ever listed, in the order of the lists. `key` is the canonical URL's,
/// `state` a [`Stage`](super::stage::Stage). `outcomes` are those of URLs whose turn to be written has not come.
/// `addresses` are the keys under which another address of a written article is found.
///
/// `sources` are those of crawls: `given` is a source's address as configured, `url` where it has moved since. `documents`
/// are the feeds, sitemaps and pages that were read of one. The later columns of `urls` are of addresses that a source has
/// named: which, since when, the change that it states, visits so far, and what the last answer brought.
const STEPS: [&str; 3] = [
    "
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
",
    "
ALTER TABLE position ADD COLUMN archive_number INTEGER NOT NULL DEFAULT 0;
ALTER TABLE position ADD COLUMN archive_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE position ADD COLUMN settled_urls INTEGER NOT NULL DEFAULT 0;
CREATE TABLE sites (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE urls (
    number INTEGER PRIMARY KEY,
    key    INTEGER NOT NULL UNIQUE,
    site   INTEGER NOT NULL,
    state  INTEGER NOT NULL,
    url    TEXT NOT NULL
) STRICT;
CREATE INDEX urls_queued ON urls (site, number) WHERE state = 0;
CREATE INDEX urls_failed ON urls (number) WHERE state = 2;
CREATE TABLE outcomes (
    number INTEGER PRIMARY KEY,
    stem   TEXT NOT NULL,
    bytes  INTEGER NOT NULL,
    row    TEXT NOT NULL,
    text   TEXT NOT NULL,
    keys   BLOB NOT NULL
) STRICT;
CREATE TABLE addresses (
    key  BLOB PRIMARY KEY,
    file TEXT NOT NULL
) WITHOUT ROWID, STRICT;
CREATE TABLE robots (
    origin  TEXT PRIMARY KEY,
    fetched INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    kind    INTEGER NOT NULL,
    body    BLOB NOT NULL
) WITHOUT ROWID, STRICT;
CREATE TABLE payloads (
    digest BLOB PRIMARY KEY,
    uri    TEXT NOT NULL,
    date   INTEGER NOT NULL
) WITHOUT ROWID, STRICT;
",
    "
CREATE TABLE sources (
    id        INTEGER PRIMARY KEY,
    name      TEXT NOT NULL UNIQUE,
    given     TEXT NOT NULL,
    selection TEXT NOT NULL,
    url       TEXT NOT NULL,
    turn      TEXT NOT NULL,
    error     TEXT,
    written   INTEGER NOT NULL DEFAULT 0,
    failed    INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE documents (
    source        INTEGER NOT NULL,
    url           TEXT NOT NULL,
    read          INTEGER NOT NULL,
    etag          TEXT,
    last_modified TEXT,
    PRIMARY KEY (source, url)
) WITHOUT ROWID, STRICT;
ALTER TABLE urls ADD COLUMN source INTEGER;
ALTER TABLE urls ADD COLUMN first INTEGER;
ALTER TABLE urls ADD COLUMN stated INTEGER;
ALTER TABLE urls ADD COLUMN visited INTEGER;
ALTER TABLE urls ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;
ALTER TABLE urls ADD COLUMN etag TEXT;
ALTER TABLE urls ADD COLUMN last_modified TEXT;
ALTER TABLE urls ADD COLUMN file TEXT;
CREATE INDEX urls_to_try ON urls (source, number) WHERE state = 2 AND tries < 8;
CREATE INDEX urls_unstated ON urls (source, first) WHERE stated IS NULL AND file IS NOT NULL;
",
];

/// Sets the connection up, creates the tables of a fresh database, and brings those of an older version up to this one.
pub(super) fn prepare(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get::<_, String>(0))?;
    connection.pragma_update(None, "wal_autocheckpoint", MAX_LOG_PAGES)?;
    connection.pragma_update(None, "synchronous", "full")?;
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let missing = usize::try_from(version).ok().and_then(|done| STEPS.get(done..)).unwrap_or_default();
    if missing.is_empty() {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for step in missing {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()
}
