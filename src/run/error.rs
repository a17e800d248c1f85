//! Why a run ended early.
//!
//! Enters: errors of files, of the state database and of threads. Leaves: one error that names its subject.
//! Invariant: a usage error means that no output was touched.

use std::io;
use std::path::PathBuf;

use crate::fetch::ClientError;
use crate::state::StateError;
use crate::write::durable::WriteError;

/// Why a run could not start, or ended early.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The output folder cannot be used.
    #[error("cannot use {} for output: {source}; {}", path.display(), advice(source))]
    Folder {
        /// The folder, or the file in it, that stands in the way.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Another run writes to the output folder.
    #[error("another run is writing to {}; wait for it, or choose another output folder", dir.display())]
    Locked {
        /// The output folder.
        dir: PathBuf,
    },
    /// There is no memory of earlier runs to take care of.
    #[error("no run has written to {}; name the output folder of one with --out", dir.display())]
    NoState {
        /// The folder.
        dir: PathBuf,
    },
    /// The memory of earlier runs is whole, so it is not made anew.
    #[error("{} is whole; move it away yourself if it is to be made anew from the manifest", path.display())]
    Whole {
        /// The database.
        path: PathBuf,
    },
    /// A text is no host's name.
    #[error("\"{host}\" is no host: write its name alone, as in \"example.vn\"")]
    NoHost {
        /// The text.
        host: String,
    },
    /// The memory of earlier runs cannot be used.
    #[error(transparent)]
    State(StateError),
    /// Writing failed in the middle of the run.
    #[error(
        "cannot write {}: {source}; all documents in the manifest are complete, the same command goes on from there",
        path.display()
    )]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The inputs ended in a panic.
    #[error("reading the inputs broke down: {message}; what was read before is written")]
    Reader {
        /// The panic's message.
        message: String,
    },
    /// An input was lost between the threads.
    #[error("input number {number} was lost by its worker; what stands before it is written")]
    Worker {
        /// Its position among the inputs, from 0.
        number: u64,
    },
    /// Nothing can be fetched with these options.
    #[error("cannot fetch: {source}")]
    Client {
        /// What is wrong with them.
        source: ClientError,
    },
    /// An address was visited, and what came of it cannot be found.
    #[error("the outcome of address number {number} was lost; the same command asks for it again")]
    Outcome {
        /// Its number in the frontier.
        number: u64,
    },
    /// The engine of a fetch broke down.
    #[error("the fetch broke down; what was fetched before is kept, the same command goes on from there")]
    Engine,
    /// A thread could not be started.
    #[error("cannot start a thread: {source}; try fewer jobs")]
    Thread {
        /// What the operating system said.
        source: io::Error,
    },
}

impl RunError {
    /// Whether the run was refused before any output was touched (exit status 2).
    #[must_use]
    pub fn is_usage(&self) -> bool {
        match self {
            RunError::Folder { .. }
            | RunError::Locked { .. }
            | RunError::NoState { .. }
            | RunError::Whole { .. }
            | RunError::NoHost { .. }
            | RunError::Client { .. } => true,
            RunError::State(error) => !matches!(error, StateError::Failed { .. }),
            _ => false,
        }
    }

    pub(super) fn thread(source: io::Error) -> RunError {
        RunError::Thread { source }
    }
}

impl From<WriteError> for RunError {
    fn from(error: WriteError) -> RunError {
        RunError::Write { path: error.path, source: error.source }
    }
}

/// A full disk is a full disk, whether a document or the database hits it.
impl From<StateError> for RunError {
    fn from(error: StateError) -> RunError {
        use rusqlite::ErrorCode::{CannotOpen, DiskFull, ReadOnly, SystemIoFailure};
        let StateError::Failed { path, source } = error else {
            return RunError::State(error);
        };
        let kind = match source.sqlite_error_code() {
            Some(DiskFull) => io::ErrorKind::StorageFull,
            Some(SystemIoFailure | CannotOpen) => io::ErrorKind::Other,
            Some(ReadOnly) => io::ErrorKind::ReadOnlyFilesystem,
            _ => return RunError::State(StateError::Failed { path, source }),
        };
        RunError::Write { path, source: io::Error::new(kind, source) }
    }
}

/// What to do about an output folder that cannot be used.
fn advice(cause: &io::Error) -> &'static str {
    match cause.kind() {
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
            "something else of that name is in the way: choose another output folder"
        }
        io::ErrorKind::IsADirectory => {
            "a folder is in the way: move it away, or choose another output folder"
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "make room, or choose another output folder"
        }
        _ => "choose a folder that you may write to",
    }
}
