//! The reading of the one page that `explain` looks at.
//!
//! Enters: a path and a limit in bytes. Leaves: the first document there, with its name.
//! Invariant: of an archive no more is read than its first document takes, or a bounded number of bad records.

use std::path::Path;

use super::failure::Failure;
use crate::page::RawPage;
use crate::source::{self, SourceOptions};

/// Records without a page that are passed over in search of the first one.
const MOST_PASSED: usize = 1_000;

/// A page with the name of the file, and of the record in an archive.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) id: String,
    pub(super) page: RawPage,
}

/// Reads the first document of the file.
pub(super) fn read(path: &Path, limit: u64) -> Result<Document, Failure> {
    if path.is_dir() {
        let message = format!("{}: is a folder; explain looks at one page", path.display());
        return Err(Failure::Input { message });
    }
    let options = SourceOptions { max_document_bytes: limit };
    let items = source::read(&[path.to_owned()], &options).map_err(|error| input(&error))?;
    let mut first_error = None;
    for item in items.take(MOST_PASSED) {
        match item.page {
            Ok(page) => return Ok(Document { id: item.id, page }),
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    Err(first_error.map_or_else(
        || Failure::Input { message: format!("{}: holds no document", path.display()) },
        |error| input(&error),
    ))
}

fn input(error: &source::SourceError) -> Failure {
    Failure::Input { message: error.to_string() }
}
