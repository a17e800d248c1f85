//! The commit of a batch, step by step, and the way back from a commit that did not finish.
//!
//! Enters: settled documents and rows. Leaves: the same on disk and remembered, or nothing of them.
//! Invariant: a crash between any two steps leaves a folder that `Folder::recover` takes back to the last commit.
//!
//! Steps: announce the files in the database; stage them under temporary names, synced; rename them; sync their
//! folders; append to the logs and the archive, synced; remember everything in one transaction.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;

use super::RunError;
use super::archive::Archive;
use super::folder::Folder;
use crate::state::{self, Position};
use crate::write::durable::{self, WriteError};
use crate::write::manifest::Row;

/// Threads that sync staged files: a disk syncs several files in about the time of one.
const STAGE_THREADS: usize = 4;

/// A point before which a commit can be made to fail, in tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Announce,
    Stage,
    Place(usize),
    SyncFolders,
    Articles,
    Archive,
    Manifest,
    Remember,
    Committed,
}

/// Called before each step; an error takes the place of the step's own.
pub(super) type Hook<'a> = &'a dyn Fn(Step) -> io::Result<()>;

/// Settled inputs that are not yet on disk.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// A row and the input's bytes for each input, rows that are not written included.
    pub(super) outcomes: Vec<(Row, u64)>,
    /// Lines for `manifest.jsonl`.
    pub(super) manifest: Vec<u8>,
    /// Number of those lines.
    pub(super) rows: u64,
    /// Lines for `articles.jsonl`.
    pub(super) articles: Vec<u8>,
    /// Records for the raw archive.
    pub(super) archive: Vec<u8>,
    /// What the database will remember.
    pub(super) memory: state::Batch,
    /// Number of the next document.
    pub(super) next_number: u64,
    /// All listed addresses up to this number are settled.
    pub(super) settled_urls: u64,
    files: Vec<(String, String)>,
    file_bytes: usize,
}

impl Batch {
    /// An empty batch that goes on at a position.
    pub(super) fn after(position: Position) -> Batch {
        Batch { next_number: position.next_number, settled_urls: position.settled_urls, ..Batch::default() }
    }

    /// Queues a text file, by its name relative to the output folder.
    pub(super) fn push_file(&mut self, file: String, text: String) {
        self.file_bytes += text.len();
        self.files.push((file, text));
    }

    /// Bytes of text and rows it holds.
    pub(super) fn bytes(&self) -> usize {
        self.file_bytes + self.articles.len() + self.manifest.len() + self.archive.len()
    }

    /// Whether there is nothing to commit.
    fn is_empty(&self) -> bool {
        self.rows == 0 && self.archive.is_empty() && self.memory.is_empty()
    }
}

impl Folder {
    /// Commits a batch and gives the position after it. A batch that holds nothing touches nothing.
    ///
    /// If a step fails, what the steps before it did is taken back, as far as the disk allows; the next run takes
    /// back the rest.
    pub(super) fn commit(
        &mut self,
        batch: &Batch,
        key_version: u32,
        hook: Hook<'_>,
    ) -> Result<Position, RunError> {
        if batch.is_empty() {
            return Ok(self.position());
        }
        let outcome = self.try_commit(batch, key_version, hook);
        if outcome.is_err() {
            let _ = self.recover();
        }
        outcome
    }

    fn try_commit(&mut self, batch: &Batch, key_version: u32, hook: Hook<'_>) -> Result<Position, RunError> {
        let out = self.out.clone();
        let step = |step: Step| hook(step).map_err(WriteError::at(&out));
        step(Step::Announce)?;
        self.state.announce(batch.files.iter().map(|(file, _)| file.as_str()), &self.position)?;
        step(Step::Stage)?;
        let staged = stage_all(&self.temporary, &batch.files)?;
        let mut folders = BTreeSet::new();
        for (at, (staged, (file, _))) in staged.iter().zip(&batch.files).enumerate() {
            step(Step::Place(at))?;
            let place = out.join(file);
            let folder = place.parent().unwrap_or(&out).to_owned();
            durable::create_folders(&out, &folder)?;
            durable::place(staged, &place)?;
            folders.insert(folder);
        }
        step(Step::SyncFolders)?;
        folders.iter().try_for_each(|folder| durable::sync_folder(folder))?;
        step(Step::Articles)?;
        if let Some(articles) = &mut self.articles {
            articles.append(&batch.articles)?;
        }
        step(Step::Archive)?;
        if let Some(archive) = &mut self.archive {
            archive.append(&batch.archive)?;
        }
        step(Step::Manifest)?;
        self.manifest.append(&batch.manifest)?;
        let (archive_number, archive_bytes) = self
            .archive
            .as_ref()
            .map_or((self.position.archive_number, self.position.archive_bytes), Archive::end);
        let after = Position {
            next_number: batch.next_number,
            manifest_bytes: self.manifest.len(),
            articles_bytes: self
                .articles
                .as_ref()
                .map_or(self.position.articles_bytes, durable::AppendLog::len),
            archive_number,
            archive_bytes,
            settled_urls: batch.settled_urls,
        };
        step(Step::Remember)?;
        self.state.commit(&batch.memory, key_version, &after)?;
        self.position = after;
        step(Step::Committed)?;
        Ok(after)
    }

    /// Takes back a batch that was announced and not remembered, and clears temporary files.
    pub(super) fn recover(&mut self) -> Result<(), RunError> {
        for entry in std::fs::read_dir(&self.temporary).map_err(WriteError::at(&self.temporary))? {
            durable::remove(&entry.map_err(WriteError::at(&self.temporary))?.path())?;
        }
        let (Some(files), Some(position)) = (self.state.open_batch()?, self.state.position()?) else {
            return Ok(());
        };
        let mut folders = BTreeSet::new();
        for file in files {
            let place = self.out.join(file);
            durable::remove(&place)?;
            folders.extend(place.parent().filter(|folder| folder.is_dir()).map(Path::to_owned));
        }
        folders.iter().try_for_each(|folder| durable::sync_folder(folder))?;
        self.manifest.cut(position.manifest_bytes)?;
        if let Some(articles) = &mut self.articles {
            articles.cut(position.articles_bytes)?;
        }
        if let Some(archive) = &mut self.archive {
            archive.recover(&position)?;
        }
        self.state.withdraw(&position)?;
        Ok(())
    }
}

/// Stages all files on a few threads; gives their temporary paths in order.
fn stage_all(temporary: &Path, files: &[(String, String)]) -> Result<Vec<PathBuf>, WriteError> {
    let staged: Vec<PathBuf> = (0..files.len()).map(|at| temporary.join(format!("{at}"))).collect();
    let share = files.len().div_ceil(STAGE_THREADS).max(1);
    let stage_share = |(paths, files): (&[PathBuf], &[(String, String)])| {
        paths.iter().zip(files).try_for_each(|(path, (_, text))| durable::stage(path, text.as_bytes()))
    };
    let shares = staged.chunks(share).zip(files.chunks(share));
    thread::scope(|scope| {
        let threads: Vec<_> = shares.map(|share| scope.spawn(move || stage_share(share))).collect();
        threads.into_iter().try_for_each(|thread| {
            thread.join().unwrap_or_else(|_| {
                Err(WriteError {
                    path: temporary.to_owned(),
                    source: io::Error::other("a thread broke down"),
                })
            })
        })
    })?;
    Ok(staged)
}
