//! What runs remember between each other: `DIR/.tinsach/state.db`, `SQLite` in WAL mode.
//!
//! Enters: content keys, inputs and names of committed batches. Leaves: answers by primary key.
//! Invariant: a batch is remembered whole or not at all, and its output files are listed before they exist.
//!
//! Memory is bounded by the page cache of `SQLite`, whatever the number of documents.

mod batch;
mod care;
mod check;
mod finding;
mod frontier;
mod integer;
mod listing;
mod look;
mod outcome;
mod schema;
mod sources;
mod stage;

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

pub use batch::{Answered, Batch, Position, RobotsRow};
pub use care::{Forgotten, KnownAddress, Survey};
pub use check::{Presence, check};
pub use finding::Finding;
pub use frontier::{Earlier, Frontier, QueuedAddress, QueuedSite};
pub use listing::{Candidate, Listed};
pub use outcome::Outcome;
pub use schema::VERSION;
pub use sources::{DocumentRow, Recent, SourceRow};
pub use stage::Stage;

/// How long one connection waits for another, at a checkpoint.
const BUSY: Duration = Duration::from_secs(30);

/// A state database that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// It is no database, or a broken one.
    #[error(
        "{} is damaged ({detail}); tinsach state rebuild --out DIR makes another one from the manifest",
        path.display()
    )]
    Damaged {
        /// The database file.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// A newer version of the program wrote it.
    #[error(
        "{} has format {found}, and this version knows formats up to {supported}; use the newer version of tinsach",
        path.display()
    )]
    Newer {
        /// The database file.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The newest format this version knows.
        supported: i64,
    },
    /// Another program's database lies in its place.
    #[error("{} is a database of another program; choose another output folder", path.display())]
    Foreign {
        /// The database file.
        path: PathBuf,
    },
    /// The operating system does not let us read it, or write to it.
    #[error("cannot open {}: {source}", path.display())]
    Unreadable {
        /// The database file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A statement failed in the middle of a run.
    #[error(
        "{}: {source}; tinsach state check --out DIR tells whether it is whole, and how to go on",
        path.display()
    )]
    Failed {
        /// The database file.
        path: PathBuf,
        /// What `SQLite` said.
        source: rusqlite::Error,
    },
}

/// The one writing connection; held by the run that holds the folder's lock.
#[derive(Debug)]
pub struct State {
    connection: Connection,
    path: PathBuf,
    sites: listing::SiteNumbers,
}

impl State {
    /// Opens the database, or creates it with its tables. Call [`check`] first.
    ///
    /// # Errors
    /// [`StateError::Unreadable`] if it may not be written to, [`StateError::Failed`] with what `SQLite` said.
    pub fn open(path: &Path) -> Result<State, StateError> {
        let open = || -> rusqlite::Result<Connection> {
            let mut connection = Connection::open(path)?;
            connection.busy_timeout(BUSY)?;
            if !connection.is_readonly("main")? {
                schema::prepare(&mut connection)?;
            }
            Ok(connection)
        };
        let connection = open().map_err(failed(path))?;
        if connection.is_readonly("main").map_err(failed(path))? {
            let source = io::ErrorKind::PermissionDenied.into();
            return Err(StateError::Unreadable { path: path.to_owned(), source });
        }
        Ok(State { connection, path: path.to_owned(), sites: listing::SiteNumbers::default() })
    }

    /// Where the database lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether an input with that id and digest came before.
    ///
    /// # Errors
    /// [`StateError::Failed`].
    pub fn knows(&self, id: &str, digest: &[u8; 32]) -> Result<bool, StateError> {
        knows(&self.connection, id, digest).map_err(failed(&self.path))
    }

    /// Whether any input came before.
    ///
    /// # Errors
    /// [`StateError::Failed`].
    pub fn knows_any(&self) -> Result<bool, StateError> {
        self.connection
            .query_row("SELECT EXISTS (SELECT 1 FROM inputs)", [], |row| row.get(0))
            .map_err(failed(&self.path))
    }

    /// Whether any document was written.
    ///
    /// # Errors
    /// [`StateError::Failed`].
    pub fn has_keys(&self) -> Result<bool, StateError> {
        self.connection
            .query_row("SELECT EXISTS (SELECT 1 FROM content_keys)", [], |row| row.get(0))
            .map_err(failed(&self.path))
    }

    /// `file` of the document that holds a content key of that version.
    ///
    /// # Errors
    /// [`StateError::Failed`].
    pub fn file_of(&self, key: &[u8; 32], version: u32) -> Result<Option<String>, StateError> {
        let query = || -> rusqlite::Result<Option<String>> {
            self.connection
                .prepare_cached("SELECT file FROM content_keys WHERE key = ?1 AND version = ?2")?
                .query_row(params![key, version], |row| row.get(0))
                .optional()
        };
        query().map_err(failed(&self.path))
    }

    /// For a name that is taken: the next suffix to try after it. `None` for a free name.
    ///
    /// # Errors
    /// [`StateError::Failed`].
    pub fn next_suffix(&self, name: &str) -> Result<Option<u32>, StateError> {
        let query = || -> rusqlite::Result<Option<u32>> {
            self.connection
                .prepare_cached("SELECT next FROM names WHERE name = ?1")?
                .query_row([name], |row| row.get(0))
                .optional()
        };
        query().map_err(failed(&self.path))
    }

    /// A remembered setting of the last run.
    ///
    /// # Errors
    /// [`StateError::Failed`].
    pub fn setting(&self, name: &str) -> Result<Option<String>, StateError> {
        self.connection
            .query_row("SELECT value FROM settings WHERE name = ?1", [name], |row| row.get(0))
            .optional()
            .map_err(failed(&self.path))
    }

    /// Remembers a setting for the next run.
    ///
    /// # Errors
    /// [`StateError::Failed`].
    pub fn set_setting(&self, name: &str, value: &str) -> Result<(), StateError> {
        self.connection
            .execute(
                "INSERT INTO settings (name, value) VALUES (?1, ?2)
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                [name, value],
            )
            .map(drop)
            .map_err(failed(&self.path))
    }
}

/// A reading connection for one worker thread.
#[derive(Debug)]
pub struct Known {
    connection: Connection,
}

impl Known {
    /// Opens a second connection to a database that [`State::open`] opened.
    ///
    /// # Errors
    /// [`StateError::Failed`].
    pub fn open(path: &Path) -> Result<Known, StateError> {
        let open = || -> rusqlite::Result<Connection> {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let connection = Connection::open_with_flags(path, flags)?;
            connection.busy_timeout(BUSY)?;
            Ok(connection)
        };
        Ok(Known { connection: open().map_err(failed(path))? })
    }

    /// Whether an input with that id and digest is known to have come before. An input that is being written, or a
    /// database that cannot answer, gives `false`: the writer asks again in input order.
    #[must_use]
    pub fn knows(&self, id: &str, digest: &[u8; 32]) -> bool {
        knows(&self.connection, id, digest).unwrap_or(false)
    }
}

fn knows(connection: &Connection, id: &str, digest: &[u8; 32]) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT 1 FROM inputs WHERE id = ?1 AND digest = ?2")?
        .exists(params![id, digest])
}

/// For `map_err`: attaches the path to an `SQLite` error.
fn failed(path: &Path) -> impl FnOnce(rusqlite::Error) -> StateError {
    let path = path.to_owned();
    move |source| StateError::Failed { path, source }
}
