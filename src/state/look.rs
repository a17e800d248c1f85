//! A look at a database that a run may be writing to.
//!
//! Enters: its path. Leaves: a reading connection. Invariant: nothing is written, not even the files that `SQLite` keeps
//! beside a database while it is open.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use url::Url;

use super::{Frontier, StateError, failed};

impl Frontier {
    /// Opens a database that may be in use; where it is not, as one that nobody changes. `None` where there is none.
    ///
    /// # Errors
    /// [`StateError::Failed`].
    pub fn look(path: &Path) -> Result<Option<Frontier>, StateError> {
        if !path.is_file() {
            return Ok(None);
        }
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        if Path::new(&log).exists() {
            return Frontier::open(path).map(Some);
        }
        // Nobody has it open. A plain connection would leave files of its own behind.
        let open = || -> rusqlite::Result<Connection> {
            let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
            let mut url =
                Url::from_file_path(absolute).map_err(|()| rusqlite::Error::InvalidPath(path.to_owned()))?;
            url.set_query(Some("immutable=1"));
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
                | OpenFlags::SQLITE_OPEN_NO_MUTEX
                | OpenFlags::SQLITE_OPEN_URI;
            Connection::open_with_flags(url.as_str(), flags)
        };
        let connection = open().map_err(failed(path))?;
        Ok(Some(Frontier { connection, path: path.to_owned() }))
    }

    /// Whether the database knows sources: one that only fetches have written to may be of an older form.
    ///
    /// # Errors
    /// [`StateError::Failed`].
    pub fn knows_sources(&self) -> Result<bool, StateError> {
        self.connection
            .query_row("SELECT count(*) FROM sqlite_schema WHERE name = 'sources'", [], |row| row.get(0))
            .map_err(failed(&self.path))
    }
}
