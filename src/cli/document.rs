//! The reading of the one page that `explain` looks at.
//!
//! Enters: a path or an address, and the configuration. Leaves: the first document there, with its name.
//! Invariant: of an archive no more is read than the document wanted takes, or a bounded number of bad records.

use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::fetch;
use crate::config::Config;
use crate::page::RawPage;
use crate::run::fetch::fetch_one;
use crate::source::{self, SourceOptions};

/// Records without a page that are passed over in search of the first one.
const MOST_PASSED: usize = 1_000;

/// A page with the name of the file, and of the record in an archive.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) id: String,
    pub(super) page: RawPage,
}

/// Fetches the page of an address; of a file reads the first document, or the one that the path names behind a `#`.
pub(super) fn read(path: &Path, config: &Config) -> Result<Document, Failure> {
    if path.is_dir() {
        let message = format!("{}: is a folder; explain looks at one page", path.display());
        return Err(Failure::Input { message });
    }
    if let Some(url) = path.to_str().filter(|text| is_address(text)) {
        let options = fetch::fetch_run(config)?.client;
        let page = fetch_one(url, &options).map_err(|error| Failure::Input { message: error.message })?;
        return Ok(Document { id: url.to_owned(), page });
    }
    let (file, member) = member_of(path);
    let options = SourceOptions { max_document_bytes: config.max_document_bytes() };
    let items = source::read(&[file], &options).map_err(|error| input(&error))?;
    let mut first_error = None;
    let is_wanted =
        |id: &str| member.is_none_or(|member| id.rsplit_once('#').is_some_and(|(_, place)| place == member));
    let most = if member.is_some() { usize::MAX } else { MOST_PASSED };
    for item in items.take(most).filter(|item| is_wanted(&item.id)) {
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

fn is_address(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://")
}

/// A path as the manifest gives it, `dump/x.warc#3991`: the archive and the place in it.
fn member_of(path: &Path) -> (PathBuf, Option<&str>) {
    let parts = path.to_str().and_then(|text| text.rsplit_once('#'));
    match parts {
        Some((file, place)) if !path.exists() && Path::new(file).is_file() => (file.into(), Some(place)),
        _ => (path.to_owned(), None),
    }
}

fn input(error: &source::SourceError) -> Failure {
    Failure::Input { message: error.to_string() }
}
