//! The files of the raw archive: `archive/tinsach-00000.warc.gz` and on, in the output folder.
//!
//! Enters: whole records, and the committed position. Leaves: the records at the archive's end, synced.
//! Invariant: a file ends with a whole record, for what was not committed is cut off by the next run.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::RunError;
use crate::state::Position;
use crate::write::durable::{self, AppendLog, WriteError};
use crate::write::warc;

/// Folder of the archive, inside the output folder.
const FOLDER: &str = "archive";

/// The archive file that is being written.
#[derive(Debug)]
pub(super) struct Archive {
    out: PathBuf,
    number: u64,
    log: AppendLog,
}

impl Archive {
    /// Opens the archive where the committed position ends, and takes away what lies behind it. Call [`find`] first.
    pub(super) fn open(out: &Path, position: &Position) -> Result<Archive, RunError> {
        let mut archive = Archive {
            out: out.to_owned(),
            number: position.archive_number,
            log: open(out, position.archive_number)?,
        };
        archive.recover(position)?;
        Ok(archive)
    }

    /// Cuts back to the committed position.
    pub(super) fn recover(&mut self, position: &Position) -> Result<(), RunError> {
        // At most one file is begun in a batch.
        durable::remove(&path(&self.out, position.archive_number + 1))?;
        if self.number != position.archive_number {
            *self = Archive {
                out: self.out.clone(),
                number: position.archive_number,
                log: open(&self.out, position.archive_number)?,
            };
        }
        self.log.cut(position.archive_bytes)?;
        Ok(())
    }

    /// Appends whole records; a full file makes room for the next one first.
    pub(super) fn append(&mut self, records: &[u8]) -> Result<(), RunError> {
        if records.is_empty() {
            return Ok(());
        }
        if self.is_full() {
            self.log = open(&self.out, self.number + 1)?;
            self.number += 1;
        }
        Ok(self.log.append(records)?)
    }

    /// Whether the next batch goes to another file.
    fn is_full(&self) -> bool {
        self.log.len() >= warc::FILE_BYTES
    }

    /// Number and length of the file that is being written.
    pub(super) fn end(&self) -> (u64, u64) {
        (self.number, self.log.len())
    }

    /// Name of the file that the next records go to.
    pub(super) fn file_name(&self) -> String {
        name(self.number + u64::from(self.is_full()))
    }
}

/// The number after the highest one in the archive; 0 where there is none.
pub(super) fn after_existing(out: &Path) -> Result<u64, RunError> {
    let folder = out.join(FOLDER);
    let entries = match fs::read_dir(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        entries => entries.map_err(WriteError::at(&folder))?,
    };
    let mut next = 0;
    for entry in entries {
        let name = entry.map_err(WriteError::at(&folder))?.file_name();
        let number = name.to_str().and_then(warc::file_number);
        next = next.max(number.map_or(0, |number| u64::from(number) + 1));
    }
    Ok(next)
}

/// An archive file, relative to the output folder.
pub(super) fn file_name(number: u64) -> String {
    format!("{FOLDER}/{}", name(number))
}

/// Length of an archive file; 0 where it is not there.
pub(super) fn file_bytes(out: &Path, number: u64) -> u64 {
    fs::metadata(path(out, number)).map_or(0, |file| file.len())
}

/// Where the archive ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// Where the committed position says.
    Whole,
    /// Nowhere that is known: the next file has this number.
    Begins(u64),
}

/// Compares the archive's files with the committed position, if there is one. Files that no position names are somebody's
/// all the same, and a file that is shorter than was committed, or gone, is not what records refer to.
pub(super) fn find(out: &Path, committed: Option<&Position>) -> Result<Found, RunError> {
    let next = after_existing(out)?;
    let Some(position) = committed else {
        return Ok(if next == 0 { Found::Whole } else { Found::Begins(next) });
    };
    let is_whole = file_bytes(out, position.archive_number) >= position.archive_bytes;
    Ok(if is_whole { Found::Whole } else { Found::Begins(next.max(position.archive_number + 1)) })
}

fn name(number: u64) -> String {
    warc::file_name(u32::try_from(number).unwrap_or(u32::MAX))
}

fn path(out: &Path, number: u64) -> PathBuf {
    out.join(FOLDER).join(name(number))
}

fn open(out: &Path, number: u64) -> Result<AppendLog, RunError> {
    let path = path(out, number);
    let folder = out.join(FOLDER);
    durable::create_folders(out, &folder)?;
    let log = AppendLog::open(&path)?;
    durable::sync_folder(&folder)?;
    Ok(log)
}
