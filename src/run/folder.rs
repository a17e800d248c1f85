//! The output folder: its lock, its logs, its memory, and the position from which a run goes on.
//!
//! Enters: the options of a run. Leaves: a folder that is locked, checked and recovered.
//! Invariant: until lock and database are checked, nothing but the lock file and the folders around it is made.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use unicode_normalization::UnicodeNormalization;

use super::archive::{self, Archive};
use super::{Format, RunError, RunOptions, number};
use crate::state::{self, Position, Presence, State};
use crate::write::articles;
use crate::write::durable::{self, AppendLog, Tail, WriteError};

/// Folder of the run's own files, inside the output folder.
pub(super) const OWN: &str = ".tinsach";

/// One row for every input.
pub(super) const MANIFEST: &str = "manifest.jsonl";

/// An output folder in use by this run.
pub(super) struct Folder {
    pub(super) out: PathBuf,
    pub(super) temporary: PathBuf,
    pub(super) state: State,
    pub(super) manifest: AppendLog,
    pub(super) articles: Option<AppendLog>,
    pub(super) archive: Option<Archive>,
    pub(super) position: Position,
    /// Whether `a` and `A` are one name to the file system.
    folds_case: bool,
    /// Held until the run ends, however it ends.
    _lock: Lock,
}

/// The lock of an output folder. It is given up by name: a process that another thread is just starting may hold a copy
/// of the file for a moment longer than this one.
pub(super) struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // Where it fails, closing the file gives the lock up all the same.
        _ = self.0.unlock();
    }
}

impl Folder {
    /// Locks and checks the folder, then takes it back to its last commit. `notice` hears what a person should know.
    pub(super) fn open(options: &RunOptions, notice: &dyn Fn(&str)) -> Result<Folder, RunError> {
        let out = &options.out;
        let own = out.join(OWN);
        fs::create_dir_all(&own).map_err(refused(out))?;
        let lock = lock(out, &own.join("lock"))?;
        let database = own.join("state.db");
        let presence = state::check(&database)?;
        let temporary = own.join("tmp");
        fs::create_dir_all(&temporary).map_err(refused(&temporary))?;
        durable::sync_folder(out).map_err(unusable)?;
        let state = State::open(&database)?;
        let manifest = AppendLog::open(&out.join(MANIFEST)).map_err(unusable)?;
        let path = out.join(articles::FILE);
        let wanted = options.format == Format::Jsonl || path.exists();
        let articles = wanted.then(|| AppendLog::open(&path)).transpose().map_err(unusable)?;
        let mut folder = Folder {
            out: out.clone(),
            temporary,
            state,
            manifest,
            articles,
            archive: None,
            position: Position::default(),
            folds_case: out.join(OWN.to_uppercase()).exists(),
            _lock: lock,
        };
        durable::sync_folder(out)?;
        folder.recover()?;
        folder.take_position(presence, notice)?;
        folder.compare_settings(options, notice)?;
        Ok(folder)
    }

    /// Opens the raw archive, so that records of batches go there. `notice` hears where an earlier one is not whole.
    pub(super) fn open_archive(&mut self, notice: &dyn Fn(&str)) -> Result<&Archive, RunError> {
        let committed = self.state.position()?;
        if let archive::Found::Begins(number) = archive::find(&self.out, committed.as_ref())? {
            if committed.is_some() {
                notice("files of the raw archive are gone or cut: it goes on in a file of its own");
            }
            self.state.forget_payloads()?;
            (self.position.archive_number, self.position.archive_bytes) = (number, 0);
        }
        let archive = Archive::open(&self.out, &self.position)?;
        Ok(self.archive.insert(archive))
    }

    /// Takes up a manifest that was put in the old one's place.
    pub(super) fn reopen_manifest(&mut self) -> Result<(), RunError> {
        self.manifest = AppendLog::open(&self.out.join(MANIFEST))?;
        self.position.manifest_bytes = self.manifest.len();
        Ok(())
    }

    /// The last commit.
    pub(super) fn position(&self) -> Position {
        self.position
    }

    pub(super) fn state(&self) -> &State {
        &self.state
    }

    /// The database to look inputs up in; `None` if it knows none.
    pub(super) fn known_inputs(&self) -> Result<Option<PathBuf>, RunError> {
        Ok(self.state.knows_any()?.then(|| self.state.path().to_owned()))
    }

    /// What two names share if the file system takes them for one.
    pub(super) fn name_key(&self, name: &str) -> String {
        if self.folds_case { name.nfc().collect::<String>().to_lowercase() } else { name.to_owned() }
    }

    /// Reads the committed position; without a database, finds it in the folder. Rows that others wrote stay.
    fn take_position(&mut self, presence: Presence, notice: &dyn Fn(&str)) -> Result<(), RunError> {
        let committed = self.state.position()?;
        let logs = [Some(&mut self.manifest), self.articles.as_mut()];
        for log in logs.into_iter().flatten() {
            if log.mend()? == Tail::Cut {
                notice(&format!("the last line of {} was torn and is taken away", log.path().display()));
            }
        }
        let (manifest_bytes, articles_bytes) =
            (self.manifest.len(), self.articles.as_ref().map_or(0, AppendLog::len));
        let next_number = match committed {
            Some(committed) => {
                if committed.manifest_bytes != manifest_bytes {
                    notice("manifest.jsonl was changed since the last run; rows are added at its end");
                }
                committed.next_number
            }
            None => number::after_existing(&self.out, self.manifest.path())?,
        };
        if presence == Presence::Missing && (manifest_bytes > 0 || next_number > 0) {
            notice(&format!(
                "{} is missing: documents of earlier runs are not known and are written again; numbers go on at {next_number:03}",
                self.state.path().display()
            ));
        }
        let committed = match committed {
            Some(committed) => committed,
            // What lies in the archive is nobody's to overwrite.
            None => Position { archive_number: archive::after_existing(&self.out)?, ..Position::default() },
        };
        self.position = Position { next_number, manifest_bytes, articles_bytes, ..committed };
        Ok(())
    }

    /// Says so if earlier documents were made under other options, and remembers these.
    fn compare_settings(&self, options: &RunOptions, notice: &dyn Fn(&str)) -> Result<(), RunError> {
        let version = options.key_version.to_string();
        let settings = [
            (
                "options",
                options.options_fingerprint.as_str(),
                "options or rules differ from the last run's: earlier documents keep their earlier form; \
                 to make all of them anew, give another --out",
            ),
            (
                "key_version",
                version.as_str(),
                "the content key's version differs from the last run's: copies of earlier documents are not found",
            ),
        ];
        let has_documents = self.state.knows_any()? || self.state.has_keys()?;
        for (name, value, message) in settings {
            let before = self.state.setting(name)?;
            if before.as_deref() == Some(value) {
                continue;
            }
            if before.is_some() && has_documents {
                notice(message);
            }
            self.state.set_setting(name, value)?;
        }
        Ok(())
    }
}

/// Takes the lock of an output folder.
pub(super) fn lock(out: &Path, path: &Path) -> Result<Lock, RunError> {
    let file =
        OpenOptions::new().write(true).create(true).truncate(false).open(path).map_err(refused(path))?;
    match file.try_lock() {
        Ok(()) => Ok(Lock(file)),
        Err(TryLockError::WouldBlock) => Err(RunError::Locked { dir: out.to_owned() }),
        Err(TryLockError::Error(source)) => Err(RunError::Folder { path: path.to_owned(), source }),
    }
}

/// A write that fails before the run has begun.
fn unusable(error: WriteError) -> RunError {
    RunError::Folder { path: error.path, source: error.source }
}

/// For `map_err`: the folder cannot be used.
fn refused(path: &Path) -> impl FnOnce(io::Error) -> RunError {
    let path = path.to_owned();
    move |source| RunError::Folder { path, source }
}
