//! The reading of the one page that `explain` looks at.
//!
//! Enters: a path and a limit in bytes. Leaves: a raw page. Invariant: no more than the limit is held.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::failure::Failure;
use crate::page::RawPage;

/// Reads the file as one page.
pub(super) fn read(path: &Path, limit: u64) -> Result<RawPage, Failure> {
    let failure = |what: String| Failure::Input { message: format!("{}: {what}", path.display()) };
    if path.is_dir() {
        return Err(failure("is a folder; explain looks at one page".to_owned()));
    }
    let mut body = Vec::new();
    let file = File::open(path).map_err(|error| failure(format!("cannot be opened: {error}")))?;
    file.take(limit.saturating_add(1))
        .read_to_end(&mut body)
        .map_err(|error| failure(format!("cannot be read: {error}")))?;
    if body.len() as u64 > limit {
        let what = format!("larger than the limit of {limit} bytes a document; --max-document-mib raises it");
        return Err(failure(what));
    }
    Ok(RawPage { body, ..RawPage::default() })
}
