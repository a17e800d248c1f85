//! The documents that every extractor is given.
//!
//! Enters: a folder of unpacked sets, or any folder of pages. Leaves: the documents in memory, as bytes and as text.
//! Invariant: their order is that of their paths, so a document's place names it in every table.

use std::io;
use std::path::{Path, PathBuf};

use tinsach::page::RawPage;

use crate::development;
use crate::metric::float;

const SETS: [&str; 3] = ["vi-dev", "fundus-a", "wcxb-dev-articles"];
const FLATTENED: [&str; 2] = ["flat_bs4", "flat_htmltext"];

/// Folders entered below the one that is given.
const DEPTH: usize = 8;

/// A document in the forms that extractors ask for.
pub(crate) struct Page {
    pub(crate) path: PathBuf,
    /// The set it is of; empty for a page of any other folder.
    pub(crate) set: &'static str,
    /// Its bytes, for who decodes them.
    pub(crate) raw: RawPage,
    /// Its text, decoded already, for who does not.
    pub(crate) text: String,
}

impl Page {
    fn read(path: PathBuf, set: &'static str) -> io::Result<Page> {
        let body = std::fs::read(&path)?;
        let text = String::from_utf8_lossy(&body).into_owned();
        Ok(Page { path, set, raw: RawPage { body, ..RawPage::default() }, text })
    }

    /// The name of its file without extension: the id in its set.
    pub(crate) fn id(&self) -> String {
        self.path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Where it is, short enough for a table.
    pub(crate) fn place(&self) -> String {
        let parts: Vec<_> = self.path.iter().rev().take(3).collect();
        parts.into_iter().rev().collect::<PathBuf>().display().to_string()
    }

    pub(crate) fn megabytes(&self) -> f64 {
        float(self.raw.body.len()) / 1e6
    }
}

/// All documents of one form.
pub(crate) struct Corpus {
    pub(crate) pages: Vec<Page>,
}

impl Corpus {
    /// The whole pages of the sets; of a folder without sets all pages below it.
    pub(crate) fn html(sets: &Path) -> io::Result<Corpus> {
        let corpus = Corpus::of_sets(sets, &["html"], "html")?;
        if !corpus.pages.is_empty() {
            return Ok(corpus);
        }
        let mut paths = Vec::new();
        below(sets, DEPTH, &mut paths)?;
        let pages = paths.into_iter().map(|path| Page::read(path, "")).collect::<io::Result<_>>()?;
        Ok(Corpus { pages })
    }

    /// The flattened texts of the sets.
    pub(crate) fn flattened(sets: &Path) -> io::Result<Corpus> {
        Corpus::of_sets(sets, &FLATTENED, "txt")
    }

    fn of_sets(sets: &Path, forms: &[&str], extension: &str) -> io::Result<Corpus> {
        let mut pages = Vec::new();
        for set in SETS {
            let folders = forms.iter().map(|form| sets.join(set).join(form));
            for folder in folders.filter(|folder| folder.is_dir()) {
                for path in development::files(&folder, extension)? {
                    pages.push(Page::read(path, set)?);
                }
            }
        }
        Ok(Corpus { pages })
    }

    pub(crate) fn megabytes(&self) -> f64 {
        self.pages.iter().map(Page::megabytes).sum()
    }
}

/// The pages of a folder, then those of the folders in it.
fn below(folder: &Path, depth: usize, paths: &mut Vec<PathBuf>) -> io::Result<()> {
    paths.extend(development::files(folder, "html")?);
    let mut entries = std::fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<_>>>()?;
    entries.sort();
    for entry in entries.iter().filter(|entry| depth > 0 && entry.is_dir()) {
        below(entry, depth - 1, paths)?;
    }
    Ok(())
}
