//! The edge that turns paths into a lazy, bounded stream of raw pages.
//!
//! Enters: files, folders, archives, or `-` for JSONL on standard input.
//! Leaves: one [`Item`] for every document and for everything that could not be read.
//! Invariant: the order depends on names and contents only, and memory is bounded by a few documents of the
//! largest allowed size, whatever the number of files or the size of an archive.

mod chunked;
pub(crate) mod coding;
mod error;
mod fault;
pub mod follow;
mod gzip;
mod headers;
mod http_message;
mod jsonl;
mod naming;
mod open;
mod peek;
mod sniff;
pub mod url_list;
mod walk;
mod warc;

use std::path::PathBuf;

use serde::Serialize;

pub use self::error::SourceError;
pub(crate) use self::http_message::unreadable_media_type;
use self::walk::Walk;
use crate::page::RawPage;

/// Largest document that is read unless the options say otherwise: 32 MiB, in bytes.
pub const DEFAULT_MAX_DOCUMENT_BYTES: u64 = 32 * 1024 * 1024;

/// How inputs are read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceOptions {
    /// Documents of more bytes than this, before or after decompression, are refused and passed over.
    pub max_document_bytes: u64,
}

impl Default for SourceOptions {
    fn default() -> Self {
        Self { max_document_bytes: DEFAULT_MAX_DOCUMENT_BYTES }
    }
}

/// One document of the input, or the reason why there is none.
#[derive(Debug)]
pub struct Item {
    /// Stable identity: the path as given joined with the walk (`dump/a/b.html`); in an archive, with the record's
    /// byte offset in the decompressed stream (`dump/x.warc.gz#1234`) or the line's number (`dump/x.jsonl#17`,
    /// `-#17`). Control characters and bytes that are not UTF-8 stand as `\xNN`.
    pub id: String,
    /// Path below the argument's root without extensions (`a/b`), `/` between its parts; documents of an archive
    /// carry their number (`a/x-000001`).
    pub stem: String,
    /// The page, or why it could not be had.
    pub page: Result<RawPage, SourceError>,
}

/// Reads every document below `paths`, in the order of the arguments and, in a folder, of the names' bytes.
///
/// Nothing is opened before the iterator gets there, except that each argument is tried once.
///
/// # Errors
/// Only for an argument that does not exist or cannot be opened at all. Whatever goes wrong further down is an
/// [`Item`] whose page is an error, and reading goes on.
pub fn read(
    paths: &[PathBuf],
    options: &SourceOptions,
) -> Result<Box<dyn Iterator<Item = Item> + Send>, SourceError> {
    for path in paths {
        walk::check_argument(path)?;
    }
    let options = options.clone();
    Ok(Box::new(Walk::new(paths).flat_map(move |found| open::items(found, &options))))
}

/// Number of files below `paths`, for a progress bar; `None` where standard input is among them.
///
/// Reads folders but opens no file; an archive counts as one.
#[must_use]
pub fn count(paths: &[PathBuf]) -> Option<u64> {
    if paths.iter().any(|path| walk::is_stdin(path)) {
        return None;
    }
    u64::try_from(Walk::new(paths).count()).ok()
}
