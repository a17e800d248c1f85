//! Settles inputs in their order: known or not, first copy or duplicate, and under which name.
//!
//! Enters: finished inputs in input order. Leaves: committed batches, calls of the observer, the summary.
//! Invariant: what a batch not yet committed holds counts as much as what the database holds, so the borders of
//! batches, which depend on time, change nothing.

use std::time::Instant;

use sha2::{Digest, Sha256};

use super::cleaned::Cleaned;
use super::commit::{Batch, Hook};
use super::folder::Folder;
use super::visited::Visited;
use super::worker::{Done, Verdict};
use super::{Dedup, Format, Naming, Observer, RunError, RunOptions, Summary};
use crate::write::articles::{self, Article};
use crate::write::durable::WriteError;
use crate::write::manifest::{Row, Status, push_line};
use crate::write::name;

/// Most inputs in a batch, which share its syncs.
const BATCH_INPUTS: usize = 512;

/// Bytes of text and rows after which a batch is committed.
const BATCH_BYTES: usize = 16 << 20;

/// The one writer of a run.
pub(super) struct Writer<'a> {
    folder: Folder,
    options: &'a RunOptions,
    observer: &'a dyn Observer,
    hook: Hook<'a>,
    batch: Batch,
    since: Option<Instant>,
    summary: Summary,
}

impl<'a> Writer<'a> {
    pub(super) fn new(
        folder: Folder,
        options: &'a RunOptions,
        observer: &'a dyn Observer,
        hook: Hook<'a>,
    ) -> Writer<'a> {
        let batch = Batch::after(folder.position());
        Writer { folder, options, observer, hook, batch, since: None, summary: Summary::default() }
    }

    /// When the oldest input of the batch came; `None` for an empty batch.
    pub(super) fn batch_since(&self) -> Option<Instant> {
        self.since
    }

    pub(super) fn into_summary(self) -> Summary {
        self.summary
    }

    pub(super) fn observer(&self) -> &'a dyn Observer {
        self.observer
    }

    pub(super) fn folder(&self) -> &Folder {
        &self.folder
    }

    pub(super) fn folder_mut(&mut self) -> &mut Folder {
        &mut self.folder
    }

    pub(super) fn batch(&self) -> &Batch {
        &self.batch
    }

    /// The batch, for what is remembered beside the outcomes; starts its clock.
    pub(super) fn batch_mut(&mut self) -> &mut Batch {
        self.since.get_or_insert_with(Instant::now);
        &mut self.batch
    }

    /// Tells of an input that gets no row of its own.
    pub(super) fn pass(&mut self, row: &Row) {
        self.summary.count(row, 0);
        self.observer.finished(row, 0);
    }

    /// Settles one input; commits the batch when it is full.
    pub(super) fn accept(&mut self, done: Done) -> Result<(), RunError> {
        self.since.get_or_insert_with(Instant::now);
        let bytes = done.bytes;
        let row = self.settle(done)?;
        self.batch.outcomes.push((row, bytes));
        if self.is_full() { self.flush() } else { Ok(()) }
    }

    /// Settles the outcome of a visit, whose turn it is. The ledger commits: a batch holds all that it was told.
    pub(super) fn accept_visited(&mut self, visited: Visited) -> Result<(), RunError> {
        self.since.get_or_insert_with(Instant::now);
        let (number, bytes) = (visited.number, visited.bytes);
        let row = self.settle_cleaned(visited.cleaned, &visited.stem)?;
        // Another look at a page that has brought nothing else leaves the row of the first.
        let is_second_look =
            row.revision_of.is_some() && !matches!(row.status, Status::Written | Status::Duplicate);
        if !is_second_look {
            self.line(&row)?;
            self.batch.rows += 1;
        }
        if let Some(source) = &row.source {
            let tally = self.batch.memory.tallies.entry(source.clone()).or_default();
            tally.0 += u64::from(row.status == Status::Written);
            tally.1 += u64::from(row.status == Status::Failed);
            // A page that has gone back to an earlier text is compared with that one from then on.
            let went_back = row.duplicate_of.clone().filter(|_| row.revision_of.is_some());
            self.batch.memory.files.extend(row.file.clone().or(went_back).map(|file| (number, file)));
        }
        self.batch.outcomes.push((row, bytes));
        Ok(())
    }

    /// Whether the batch is full.
    pub(super) fn is_full(&self) -> bool {
        // Unit tests get more borders between batches.
        let most = if cfg!(test) { BATCH_INPUTS / 8 } else { BATCH_INPUTS };
        self.batch.outcomes.len() >= most || self.batch.bytes() >= BATCH_BYTES
    }

    /// Commits the batch, then tells the observer.
    pub(super) fn flush(&mut self) -> Result<(), RunError> {
        let after = self.folder.commit(&self.batch, self.options.key_version, self.hook)?;
        let batch = std::mem::replace(&mut self.batch, Batch::after(after));
        self.since = None;
        self.summary.rows += batch.rows;
        for (row, bytes) in &batch.outcomes {
            self.summary.count(row, *bytes);
            self.observer.finished(row, *bytes);
        }
        Ok(())
    }

    fn settle(&mut self, done: Done) -> Result<Row, RunError> {
        let known = matches!(done.verdict, Verdict::Known) || self.knows(&done)?;
        let Done { id, stem, digest, verdict, .. } = done;
        let row = match verdict {
            Verdict::Failed(row) if known => return Ok(*row),
            Verdict::Failed(row) => *row,
            _ if known => return Ok(Row::of(&id, Status::Unchanged)),
            Verdict::Known => Row::of(&id, Status::Unchanged),
            Verdict::Cleaned(cleaned) => self.settle_cleaned(*cleaned, &stem)?,
        };
        self.line(&row)?;
        self.batch.rows += 1;
        self.batch.memory.inputs.insert((id, digest));
        Ok(row)
    }

    /// An article that has an address key of an earlier one is its duplicate.
    fn settle_cleaned(&mut self, cleaned: Cleaned, stem: &str) -> Result<Row, RunError> {
        let Cleaned { row, text, key, addresses, listed } = cleaned;
        match row.status {
            Status::Written => {}
            Status::Duplicate => return self.settle_spelling(row, listed),
            _ => return Ok(row),
        }
        let mut first = None;
        if let Some(earlier) = &row.revision_of {
            first = key.map_or(Ok(None), |key| self.first_copy(&key))?;
            if first.as_ref() == Some(earlier) {
                return Ok(Row { status: Status::Unchanged, ..row });
            }
        } else if self.options.dedup == Dedup::Exact {
            for address in &addresses {
                first = first.or(self.first_at(address)?);
            }
        }
        let row = match &first {
            Some(file) => duplicate(row, file),
            None => self.settle_article(row, stem, text, key)?,
        };
        if let Some(file) = row.file.as_ref().or(row.duplicate_of.as_ref()) {
            for address in addresses.into_iter().chain(listed) {
                self.batch.memory.addresses.entry(address).or_insert_with(|| file.clone());
            }
        }
        Ok(row)
    }

    /// Another spelling of a listed address is the duplicate of what came of that, if anything did.
    fn settle_spelling(&self, mut row: Row, listed: Option<[u8; 16]>) -> Result<Row, RunError> {
        let first = listed.map_or(Ok(None), |address| self.first_at(&address))?;
        if let Some(file) = first {
            return Ok(duplicate(row, &file));
        }
        row.status = Status::Skipped;
        row.reason = Some("repeated_url".to_owned());
        Ok(row)
    }

    fn first_at(&self, address: &[u8; 16]) -> Result<Option<String>, RunError> {
        match self.batch.memory.addresses.get(address) {
            Some(file) => Ok(Some(file.clone())),
            None => Ok(self.folder.state().file_at(address)?),
        }
    }

    fn knows(&self, done: &Done) -> Result<bool, RunError> {
        let in_batch = self.batch.memory.inputs.contains(&(done.id.clone(), done.digest));
        Ok(in_batch || self.folder.state().knows(&done.id, &done.digest)?)
    }

    /// An article is a duplicate, or gets a name and is queued for writing.
    fn settle_article(
        &mut self,
        mut row: Row,
        stem: &str,
        text: String,
        key: Option<[u8; 32]>,
    ) -> Result<Row, RunError> {
        let first = match &key {
            Some(key) if self.options.dedup == Dedup::Exact => self.first_copy(key)?,
            _ => None,
        };
        if let Some(first) = first {
            return Ok(duplicate(row, &first));
        }
        let folder = row.source.as_ref().and_then(|source| self.options.folders.get(source));
        let folder = folder.map_or(String::new(), |folder| format!("{folder}/"));
        let name = match self.options.naming {
            // Without a content key the name still has to say something of the content.
            Naming::Hash => self.numbered_name(&folder, &key.unwrap_or_else(|| Sha256::digest(&text).into())),
            Naming::Source => self.source_name(&format!("{folder}{stem}"))?,
        };
        let file = match self.options.format {
            Format::Txt => format!("{name}.txt"),
            Format::Jsonl => format!("{}#{name}", articles::FILE),
        };
        if let Some(key) = key {
            self.batch.memory.keys.entry(key).or_insert_with(|| file.clone());
        }
        row.file = Some(file.clone());
        match self.options.format {
            Format::Txt => self.batch.push_file(file, text),
            Format::Jsonl => {
                let article = Article::new(&name, &row, &text);
                push_line(&mut self.batch.articles, &article).map_err(|error| self.unwritable(error))?;
            }
        }
        Ok(row)
    }

    fn first_copy(&self, key: &[u8; 32]) -> Result<Option<String>, RunError> {
        match self.batch.memory.keys.get(key) {
            Some(file) => Ok(Some(file.clone())),
            None => Ok(self.folder.state().file_of(key, self.options.key_version)?),
        }
    }

    /// The next number whose name no file in the folder has.
    fn numbered_name(&mut self, folder: &str, key: &[u8; 32]) -> String {
        loop {
            let name = format!("{folder}{}", name::numbered(self.batch.next_number, key));
            self.batch.next_number += 1;
            if !self.on_disk(&name) {
                return name;
            }
        }
    }

    /// The stem's name, or that name with the first free suffix from 2 on.
    fn source_name(&mut self, stem: &str) -> Result<String, RunError> {
        let base = name::from_stem(stem);
        let base_key = self.folder.name_key(&base);
        let mut name = base.clone();
        let mut suffix = self.next_suffix(&base_key)?.unwrap_or(2);
        let mut key = base_key.clone();
        while self.next_suffix(&key)?.is_some() || self.on_disk(&name) {
            name = name::with_suffix(&base, suffix);
            key = self.folder.name_key(&name);
            suffix += 1;
        }
        self.batch.memory.names.entry(key).or_insert(2);
        self.batch.memory.names.insert(base_key, suffix);
        Ok(name)
    }

    fn next_suffix(&self, key: &str) -> Result<Option<u32>, RunError> {
        match self.batch.memory.names.get(key) {
            Some(next) => Ok(Some(*next)),
            None => Ok(self.folder.state().next_suffix(key)?),
        }
    }

    /// Whether a text file would meet another file, such as one the user put there.
    fn on_disk(&self, name: &str) -> bool {
        self.options.format == Format::Txt
            && self.options.out.join(format!("{name}.txt")).symlink_metadata().is_ok()
    }

    fn line(&mut self, row: &Row) -> Result<(), RunError> {
        push_line(&mut self.batch.manifest, row).map_err(|error| self.unwritable(error))
    }

    fn unwritable(&self, error: serde_json::Error) -> RunError {
        WriteError { path: self.options.out.clone(), source: error.into() }.into()
    }
}

/// The row of an article that an earlier document has.
fn duplicate(mut row: Row, first: &str) -> Row {
    row.status = Status::Duplicate;
    row.duplicate_of = Some(first.to_owned());
    row.characters = None;
    row
}

impl Summary {
    /// Counts the outcome of an input of so many bytes, as [`Observer::finished`] tells it.
    pub fn count(&mut self, row: &Row, bytes: u64) {
        self.bytes_in += bytes;
        match row.status {
            Status::Written => {
                self.written += 1;
                self.characters_out += row.characters.unwrap_or(0);
            }
            Status::Duplicate => self.duplicate += 1,
            Status::Skipped => {
                self.skipped += 1;
                *self.skip_reasons.entry(row.reason.clone().unwrap_or_default()).or_default() += 1;
            }
            Status::Failed => {
                self.failed += 1;
                let code = row.error.as_ref().map_or("", |error| &error.code);
                *self.failures.entry(code.to_owned()).or_default() += 1;
            }
            Status::Unchanged => self.unchanged += 1,
        }
    }
}
