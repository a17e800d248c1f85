//! Opens what the walk found and takes it apart.
//!
//! Enters: one file or standard input. Leaves: its documents, lazily.
//! Invariant: a file is read once, from front to back, and no further than the iterator is asked.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::iter;
use std::path::Path;
use std::sync::Arc;

use super::error::SourceError;
use super::fault::StreamFault;
use super::gzip::{self, Peeled};
use super::jsonl::Rows;
use super::naming::Origin;
use super::peek::Stream;
use super::sniff::{self, Kind};
use super::walk::{self, Found, Input};
use super::warc::Records;
use super::{Item, SourceOptions};
use crate::page::RawPage;

/// The documents of one input.
pub(super) type Items = Box<dyn Iterator<Item = Item> + Send>;

/// Everything that `found` holds; an error where it cannot be opened.
pub(super) fn items(found: Found, options: &SourceOptions) -> Items {
    let origin = Origin::new(&found.path, &found.relative);
    let limit = options.max_document_bytes;
    let opened = found.input.and_then(|input| match input {
        Input::Stdin => rows(gzip::peel(io::stdin()), origin.clone(), limit),
        Input::File => file(&found.path, origin.clone(), limit),
    });
    opened.unwrap_or_else(|error| Box::new(iter::once(whole(&origin, Err(error)))))
}

/// The item for an input that is one document.
fn whole(origin: &Origin, page: Result<RawPage, SourceError>) -> Item {
    Item { id: origin.id.clone(), stem: origin.stem.clone(), page }
}

fn file(path: &Path, origin: Origin, limit: u64) -> Result<Items, SourceError> {
    let unreadable = |cause| SourceError::Unreadable { id: origin.id.clone(), cause };
    let file = Arc::new(File::open(path).map_err(unreadable)?);
    let metadata = file.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(walk::special_file(path, metadata.file_type()));
    }
    let mut peeled = gzip::peel(Arc::clone(&file));
    if peeled.too_deep {
        return Err(SourceError::NestedTooDeep { id: origin.id, limit: gzip::MAX_LAYERS });
    }
    match sniff::kind(&mut peeled.stream, limit) {
        Kind::Warc => Ok(Box::new(Records::new(peeled.stream, origin, limit))),
        Kind::Jsonl => rows(peeled, origin, limit),
        Kind::Document if peeled.layers == 0 && metadata.len() > limit => {
            Err(SourceError::TooLarge { id: origin.id, limit })
        }
        Kind::Document => {
            let items = document(peeled.stream, &origin, limit);
            let after = file.metadata().map_err(unreadable)?;
            if is_changed(&metadata, &after) {
                return Err(SourceError::Changed { id: origin.id });
            }
            Ok(items)
        }
    }
}

fn rows(peeled: Peeled, origin: Origin, limit: u64) -> Result<Items, SourceError> {
    if peeled.too_deep {
        return Err(SourceError::NestedTooDeep { id: origin.id, limit: gzip::MAX_LAYERS });
    }
    Ok(Box::new(Rows::new(peeled.stream, origin, limit)))
}

/// Reads a stream that is one document.
fn document(stream: Stream, origin: &Origin, limit: u64) -> Items {
    let mut body = Vec::new();
    let outcome = stream.take(limit.saturating_add(1)).read_to_end(&mut body);
    let length = body.len() as u64;
    if length > limit {
        let error = SourceError::TooLarge { id: origin.id.clone(), limit };
        return Box::new(iter::once(whole(origin, Err(error))));
    }
    let Err(cause) = outcome else {
        return Box::new(iter::once(whole(origin, Ok(RawPage { body, ..RawPage::default() }))));
    };
    let is_complete = StreamFault::of(&cause) == Some(&StreamFault::TrailingBytes);
    let error = SourceError::from_stream(origin.id.clone(), length, cause);
    if !is_complete {
        return Box::new(iter::once(whole(origin, Err(error))));
    }
    // The document passed its checksum; what follows it is told apart from it.
    let page = whole(origin, Ok(RawPage { body, ..RawPage::default() }));
    let rest = Item { id: origin.member_id(length), stem: origin.member_stem(1), page: Err(error) };
    Box::new([page, rest].into_iter())
}

/// Whether somebody wrote to the file between two looks. A file replaced by renaming is read to its end as it was.
fn is_changed(before: &Metadata, after: &Metadata) -> bool {
    before.len() != after.len() || before.modified().ok() != after.modified().ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_file_that_grows_has_changed() {
        let mut file = tempfile::tempfile().unwrap();
        let before = file.metadata().unwrap();
        assert!(!is_changed(&before, &file.metadata().unwrap()));
        file.write_all(b"more").unwrap();
        assert!(is_changed(&before, &file.metadata().unwrap()));
    }
}
