//! The rows of a manifest that is there, one at a time.
//!
//! Enters: the manifest's path. Leaves: its lines, line feeds included.
//! Invariant: memory does not grow with the manifest; a line that is no row of ours comes in pieces.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use super::RunError;
use crate::write::durable::WriteError;

/// Longest row, in bytes; longer ones are no rows of ours.
const ROW_BYTES: u64 = 16 << 20;

/// Reads rows; none where there is no manifest.
pub(super) struct Rows {
    path: PathBuf,
    reader: Option<BufReader<File>>,
    line: Vec<u8>,
    error: Option<io::Error>,
}

impl Rows {
    pub(super) fn open(path: &Path) -> Result<Rows, RunError> {
        let reader = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            file => Some(BufReader::new(file.map_err(WriteError::at(path))?)),
        };
        Ok(Rows { path: path.to_owned(), reader, line: Vec::new(), error: None })
    }

    /// The next line; `None` at the end, or where it cannot be read on.
    pub(super) fn next(&mut self) -> Option<&[u8]> {
        self.line.clear();
        match self.reader.as_mut()?.take(ROW_BYTES).read_until(b'\n', &mut self.line) {
            Ok(0) => None,
            Ok(_) => Some(&self.line),
            Err(error) => {
                self.error = Some(error);
                None
            }
        }
    }

    /// Whether all was read.
    pub(super) fn end(self) -> Result<(), RunError> {
        match self.error {
            Some(error) => Err(WriteError::at(&self.path)(error).into()),
            None => Ok(()),
        }
    }
}
