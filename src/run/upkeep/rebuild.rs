//! Another database from the manifest, in the place of a damaged one.
//!
//! Enters: an output folder. Leaves: a database that knows what the manifest says; the old one under another name.
//! Invariant: the old database is moved aside only when the other one is whole and on disk.
//!
//! From the manifest come content keys, names, the next number, and fetched addresses with what became of them. What it
//! does not hold is asked for again: digests of inputs (files are cleaned again, and found to be copies), addresses that
//! were never visited (give the list again), robots files, openings of texts, and payloads of archived records.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use unicode_normalization::UnicodeNormalization;

use super::super::archive;
use super::super::fetch::ListedAddress;
use super::super::fetch::listing::Listing;
use super::super::folder::OWN;
use super::super::{RunError, number};
use super::{MANIFEST, Rows, Upkeep};
use crate::canonical;
use crate::dedup::address::title_keys;
use crate::parse::metadata::Metadata;
use crate::pipeline::{CleanedPage, Outcome};
use crate::state::{Batch, Listed, Position, SourceRow, Stage, State};
use crate::write::articles;
use crate::write::durable::{self, AppendLog};
use crate::write::manifest::{Row, Status};
use crate::write::name::number_of;

/// Rows that are remembered together.
const CHUNK: usize = 1_000;

/// Damaged databases that are kept beside each other.
const MAX_ASIDE: u32 = 1_000;

/// Content keys, by the version of their definition, with their documents.
type Keys = BTreeMap<u32, BTreeMap<[u8; 32], String>>;

/// What was made anew.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// Where the old database lies; `None` if there was none.
    pub aside: Option<PathBuf>,
    /// Rows of the manifest.
    pub rows: u64,
    /// Lines of it that are no rows.
    pub unread: u64,
    /// Addresses that were fetched.
    pub addresses: u64,
    /// Content keys.
    pub keys: u64,
    /// Number of the next document.
    pub next_number: u64,
}

impl Upkeep {
    /// Makes another database from the manifest, and puts the old one aside as `state.db.damaged-1` and on.
    ///
    /// # Errors
    /// [`RunError::Whole`] where [`Upkeep::check`] finds no fault; then, and with any other error, it stays as it is.
    pub fn rebuild(&self) -> Result<Rebuilt, RunError> {
        if self.database.exists() && self.check()?.faults.is_empty() {
            return Err(RunError::Whole { path: self.database.clone() });
        }
        let temporary = self.out.join(OWN).join("tmp");
        fs::create_dir_all(&temporary).map_err(durable::WriteError::at(&temporary))?;
        let fresh = temporary.join("state.db");
        for end in ["", "-wal", "-shm"] {
            durable::remove(&with_end(&fresh, end))?;
        }
        let mut rebuilt = self.restore(State::open(&fresh)?)?;
        rebuilt.aside = self.put_aside()?;
        durable::place(&fresh, &self.database)?;
        durable::sync_folder(&self.out.join(OWN))?;
        Ok(rebuilt)
    }

    /// Fills a fresh database; it is closed and whole on disk afterwards.
    fn restore(&self, state: State) -> Result<Rebuilt, RunError> {
        let manifest = self.out.join(MANIFEST);
        let mut log = AppendLog::open(&manifest)?;
        log.mend()?;
        let mut articles = 0;
        if self.out.join(articles::FILE).exists() {
            let mut log = AppendLog::open(&self.out.join(articles::FILE))?;
            log.mend()?;
            articles = log.len();
        }
        let position = Position {
            next_number: number::after_existing(&self.out, &manifest)?,
            manifest_bytes: log.len(),
            articles_bytes: articles,
            archive_number: archive::after_existing(&self.out)?,
            ..Position::default()
        };
        let folds_case = self.out.join(OWN.to_uppercase()).exists();
        let rebuilt = Rebuilt { next_number: position.next_number, ..Rebuilt::default() };
        let mut restoring = Restoring { state, position, folds_case, rebuilt, sources: HashMap::new() };
        let mut rows = Rows::open(&manifest)?;
        let mut chunk = Vec::with_capacity(CHUNK);
        while let Some(line) = rows.next() {
            match serde_json::from_slice::<Row>(line) {
                Ok(row) => chunk.push(row),
                Err(_) => restoring.rebuilt.unread += 1,
            }
            if chunk.len() >= CHUNK {
                restoring.remember(&std::mem::take(&mut chunk))?;
            }
        }
        rows.end()?;
        restoring.remember(&chunk)?;
        restoring.state.compact()?;
        Ok(restoring.rebuilt)
    }

    /// Renames the old database and what belongs to it.
    fn put_aside(&self) -> Result<Option<PathBuf>, RunError> {
        if !self.database.exists() {
            return Ok(None);
        }
        let name = |number| PathBuf::from(format!("{}.damaged-{number}", self.database.display()));
        let free = (1..=MAX_ASIDE).map(name).find(|path| !path.exists()).unwrap_or_else(|| name(MAX_ASIDE));
        for end in ["-wal", "-shm", ""] {
            let from = with_end(&self.database, end);
            if from.exists() {
                durable::place(&from, &with_end(&free, end))?;
            }
        }
        Ok(Some(free))
    }
}

/// A database that is being filled.
struct Restoring {
    state: State,
    position: Position,
    folds_case: bool,
    rebuilt: Rebuilt,
    /// Numbers of sources by their names.
    sources: HashMap<String, i64>,
}

impl Restoring {
    fn remember(&mut self, rows: &[Row]) -> Result<(), RunError> {
        let mut batch = Batch::default();
        let mut keys = Keys::new();
        for row in rows {
            self.rebuilt.rows += 1;
            let Some(file) = &row.file else { continue };
            if let Some(key) = row.content_key.as_deref().and_then(unhex) {
                keys.entry(row.key_version.unwrap_or(1))
                    .or_default()
                    .entry(key)
                    .or_insert_with(|| file.clone());
                self.rebuilt.keys += 1;
            }
            // Numbered names are known by their number.
            if number_of(file).is_none() {
                batch.names.insert(self.name_key(file), 2);
            }
        }
        self.list(rows, &mut batch)?;
        // A key is remembered with its version, and a batch has one.
        for (version, keys) in keys {
            self.state.commit(&Batch { keys, ..Batch::default() }, version, &self.position)?;
        }
        Ok(self.state.commit(&batch, 0, &self.position)?)
    }

    /// Gives fetched addresses their numbers, in the order of the manifest, and their stages.
    fn list(&mut self, rows: &[Row], batch: &mut Batch) -> Result<(), RunError> {
        let fetched = |row: &&Row| row.path.is_empty() && row.url.is_some();
        let rows: Vec<&Row> = rows.iter().filter(fetched).collect();
        let of =
            |row: &&Row| Listing::of(ListedAddress { url: row.url.clone().unwrap_or_default(), error: None });
        let listings: Vec<Listing> = rows.iter().map(of).collect();
        let candidates: Vec<_> = listings.iter().map(|listing| listing.candidate.clone()).collect();
        let outcome = |at: usize, number: u64| listings[at].without_visit(number).put_away();
        let listed = self.state.list(&candidates, u64::MAX, &outcome)?;
        for ((row, listing), listed) in rows.iter().zip(&listings).zip(listed) {
            let number = match listed {
                Listed::Queued { number, .. } => {
                    let stage = if row.status == Status::Failed { Stage::Failed } else { Stage::Done };
                    batch.visited.push((number, stage));
                    if let Some(source) = &row.source {
                        let at = row.fetched_at.as_deref().and_then(|at| at.parse::<Timestamp>().ok());
                        let at = at.map_or(0, Timestamp::as_second);
                        batch.origins.push((number, self.source(source)?, at));
                    }
                    number
                }
                Listed::Numbered { number } => number,
                Listed::Known { number, .. } => {
                    // A revision, which the next one names; or what came of an address that failed before.
                    if row.status != Status::Failed {
                        batch.visited.push((number, Stage::Done));
                    }
                    batch.files.extend(row.file.clone().map(|file| (number, file)));
                    continue;
                }
                Listed::Again { .. } | Listed::Left => continue,
            };
            if row.source.is_some() {
                batch.files.extend(row.file.clone().map(|file| (number, file)));
            }
            self.rebuilt.addresses += 1;
            // Its row is written; what `outcome` put away goes with the commit.
            self.position.settled_urls = self.position.settled_urls.max(number);
            let Some(file) = row.file.as_ref().or(row.duplicate_of.as_ref()) else { continue };
            for key in keys_of(row).into_iter().chain(listing.address) {
                batch.addresses.entry(key).or_insert_with(|| file.clone());
            }
        }
        Ok(())
    }

    /// The number of a source of this name; where it is and when it is due is told by the configuration.
    fn source(&mut self, name: &str) -> Result<i64, RunError> {
        if let Some(id) = self.sources.get(name) {
            return Ok(*id);
        }
        let id = self.state.add_source(&SourceRow { name: name.to_owned(), ..SourceRow::default() })?;
        self.sources.insert(name.to_owned(), id);
        Ok(id)
    }

    /// A document's name, as the folder compares names.
    fn name_key(&self, file: &str) -> String {
        let name = file.rsplit_once('#').map_or(file, |(_, name)| name);
        let name = name.strip_suffix(".txt").unwrap_or(name);
        if self.folds_case { name.nfc().collect::<String>().to_lowercase() } else { name.to_owned() }
    }
}

/// Whether an error tells of the file itself, and not of who else uses it.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    matches!(error.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase))
}

/// Keys of a written document's addresses with its title; those with its opening need its text.
fn keys_of(row: &Row) -> Vec<[u8; 16]> {
    let Some(url) = row.final_url.as_deref().or(row.url.as_deref()) else { return Vec::new() };
    let Ok(url) = canonical::parse(url) else { return Vec::new() };
    let metadata = Metadata {
        title: row.title.clone(),
        canonical_url: row.canonical_url.clone(),
        ..Metadata::default()
    };
    let page = CleanedPage {
        form: None,
        charset: "",
        outcome: Outcome::Article,
        metadata,
        blocks: Vec::new(),
        rules: Vec::new(),
    };
    title_keys(&page, &url)
}

/// The bytes of a content key's 64 hex digits.
fn unhex(digits: &str) -> Option<[u8; 32]> {
    let mut key = [0; 32];
    if digits.len() != 64 || !digits.is_ascii() {
        return None;
    }
    for (at, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digits.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(key)
}

fn with_end(path: &Path, end: &str) -> PathBuf {
    PathBuf::from(format!("{}{end}", path.display()))
}
