//! File operations that survive a crash: staged files, renames, synced folders, logs that only grow.
//!
//! Enters: bytes and paths. Leaves: files on disk, or a [`WriteError`] that names the path.
//! Invariant: a staged file is complete and synced before it is placed under a name that a reader looks at.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// A file or folder that could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: {source}", path.display())]
pub struct WriteError {
    /// The file or folder.
    pub path: PathBuf,
    /// What the operating system said.
    pub source: io::Error,
}

impl WriteError {
    /// For `map_err`: attaches the path to an I/O error.
    pub fn at(path: &Path) -> impl FnOnce(io::Error) -> WriteError {
        let path = path.to_owned();
        move |source| WriteError { path, source }
    }
}

/// Writes a whole file under a temporary name and syncs it.
///
/// # Errors
/// [`WriteError`] with the temporary path: disk full, no permission, input or output error.
pub fn stage(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let write = || -> io::Result<()> {
        let mut file = File::create(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(WriteError::at(path))
}

/// Renames a staged file to its place. The caller syncs the folder afterwards.
///
/// # Errors
/// [`WriteError`] with the place.
pub fn place(staged: &Path, place: &Path) -> Result<(), WriteError> {
    fs::rename(staged, place).map_err(WriteError::at(place))
}

/// Removes a file; one that is not there is no error.
///
/// # Errors
/// [`WriteError`] with the path.
pub fn remove(path: &Path) -> Result<(), WriteError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(WriteError { path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}

/// Makes the names inside a folder durable. Does nothing where folders cannot be synced (Windows).
///
/// # Errors
/// [`WriteError`] with the folder.
pub fn sync_folder(path: &Path) -> Result<(), WriteError> {
    if cfg!(unix) {
        File::open(path).and_then(|folder| folder.sync_all()).map_err(WriteError::at(path))?;
    }
    Ok(())
}

/// Creates `folder` below `root` where missing, and makes each created name durable.
///
/// # Errors
/// [`WriteError`] with the folder that could not be made.
pub fn create_folders(root: &Path, folder: &Path) -> Result<(), WriteError> {
    if folder == root || folder.is_dir() {
        return Ok(());
    }
    let mut path = root.to_owned();
    for part in folder.strip_prefix(root).unwrap_or(folder).components() {
        let parent = path.clone();
        path.push(part);
        match fs::create_dir(&path) {
            Ok(()) => sync_folder(&parent)?,
            Err(_) if path.is_dir() => {}
            Err(source) => return Err(WriteError { path, source }),
        }
    }
    Ok(())
}

/// A file of lines that only grows, and knows how long it is.
#[derive(Debug)]
pub struct AppendLog {
    path: PathBuf,
    file: File,
    len: u64,
}

/// What [`AppendLog::mend`] found at the end of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tail {
    /// The log is empty or ends with a line feed.
    Whole,
    /// The last line was whole, and got its line feed.
    Ended,
    /// The last line was torn, and was cut off.
    Cut,
}

impl AppendLog {
    /// Longest last line that [`AppendLog::mend`] looks at, in bytes.
    const TAIL_BYTES: u64 = 16 << 20;

    /// Opens the log, or creates it empty.
    ///
    /// # Errors
    /// [`WriteError`] with its path.
    pub fn open(path: &Path) -> Result<AppendLog, WriteError> {
        let open = || -> io::Result<(File, u64)> {
            let file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
            let len = file.metadata()?.len();
            Ok((file, len))
        };
        let (file, len) = open().map_err(WriteError::at(path))?;
        Ok(AppendLog { path: path.to_owned(), file, len })
    }

    /// Where the log lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Length in bytes, what was appended and not synced included.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Appends whole lines and syncs them; nothing for no bytes.
    ///
    /// # Errors
    /// [`WriteError`]; the log may then end in a torn line, which [`AppendLog::cut`] takes away. Also where the log
    /// has lost its name: what is written to a removed file is gone with it.
    pub fn append(&mut self, lines: &[u8]) -> Result<(), WriteError> {
        if lines.is_empty() {
            return Ok(());
        }
        self.file
            .write_all(lines)
            .and_then(|()| self.file.sync_data())
            .and_then(|()| self.check_name())
            .map_err(WriteError::at(&self.path))?;
        self.len += lines.len() as u64;
        Ok(())
    }

    /// Whether the log still lies under its name.
    fn check_name(&self) -> io::Result<()> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let (named, held) = (fs::metadata(&self.path)?, self.file.metadata()?);
            if (named.dev(), named.ino()) != (held.dev(), held.ino()) {
                return Err(io::Error::other("it was replaced while the run was writing to it"));
            }
        }
        Ok(())
    }

    /// Cuts the log back to `len` bytes where it is longer.
    ///
    /// # Errors
    /// [`WriteError`] with its path.
    pub fn cut(&mut self, len: u64) -> Result<(), WriteError> {
        let cut = || -> io::Result<u64> {
            let real = self.file.metadata()?.len();
            if real > len {
                self.file.set_len(len)?;
                self.file.sync_all()?;
            }
            Ok(real.min(len))
        };
        self.len = cut().map_err(WriteError::at(&self.path))?;
        Ok(())
    }

    /// Makes sure that the log ends with a line feed: a whole last row gets one, a torn one is cut off.
    ///
    /// # Errors
    /// [`WriteError`] with its path.
    pub fn mend(&mut self) -> Result<Tail, WriteError> {
        let tail = self.tail().map_err(WriteError::at(&self.path))?;
        if tail.is_empty() || tail.ends_with(b"\n") {
            return Ok(Tail::Whole);
        }
        let feed = tail.iter().rposition(|byte| *byte == b'\n');
        let last = feed.map_or(&tail[..], |at| &tail[at + 1..]);
        let too_long = feed.is_none() && self.len > tail.len() as u64;
        if too_long || serde_json::from_slice::<serde::de::IgnoredAny>(last).is_ok() {
            self.append(b"\n")?;
            return Ok(Tail::Ended);
        }
        self.cut(self.len - last.len() as u64)?;
        Ok(Tail::Cut)
    }

    /// The end of the log: one byte if that is a line feed, else as much as a last line may have.
    fn tail(&mut self) -> io::Result<Vec<u8>> {
        let mut tail = Vec::new();
        for want in [1, Self::TAIL_BYTES] {
            let start = self.len.saturating_sub(want);
            self.file.seek(SeekFrom::Start(start))?;
            tail.clear();
            (&self.file).take(self.len - start).read_to_end(&mut tail)?;
            if tail.last() == Some(&b'\n') {
                break;
            }
        }
        Ok(tail)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    fn mended(content: &[u8]) -> (Tail, Vec<u8>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        fs::write(&path, content).unwrap();
        let tail = AppendLog::open(&path).unwrap().mend().unwrap();
        (tail, fs::read(&path).unwrap())
    }

    #[test]
    fn torn_rows_are_cut_and_whole_ones_ended() {
        assert_eq!(mended(b""), (Tail::Whole, b"".to_vec()));
        assert_eq!(mended(b"{}\n"), (Tail::Whole, b"{}\n".to_vec()));
        assert_eq!(mended(b"{}\n{}"), (Tail::Ended, b"{}\n{}\n".to_vec()));
        assert_eq!(mended(b"{}\n{\"a\":"), (Tail::Cut, b"{}\n".to_vec()));
        assert_eq!(mended(b"{\"a"), (Tail::Cut, b"".to_vec()));
    }

    #[cfg(unix)]
    #[test]
    fn a_log_without_its_name_takes_no_rows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut log = AppendLog::open(&path).unwrap();
        log.append(b"one\n").unwrap();
        fs::remove_file(&path).unwrap();
        assert_eq!(log.append(b"two\n").unwrap_err().path, path);
        fs::write(&path, "another").unwrap();
        assert!(log.append(b"three\n").unwrap_err().to_string().contains("replaced"));
    }

    #[test]
    fn a_cut_log_grows_from_the_cut() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut log = AppendLog::open(&path).unwrap();
        log.append(b"one\ntwo\n").unwrap();
        log.cut(4).unwrap();
        log.append(b"three\n").unwrap();
        assert_eq!((log.len(), fs::read(&path).unwrap()), (10, b"one\nthree\n".to_vec()));
    }
}
