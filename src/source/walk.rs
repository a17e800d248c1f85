//! Walks the arguments and the folders below them.
//!
//! Enters: the paths of the command line. Leaves: every file, and an error for everything that is none.
//! Invariant: the walk keeps one listing for each level it is in, goes only down, and blocks on nothing.

use std::ffi::OsString;
use std::fs::{self, File, FileType};
use std::io;
use std::path::{Path, PathBuf};
use std::vec;

use super::error::SourceError;
use super::naming::readable;

/// Folders entered below an argument.
const MAX_DEPTH: usize = 256;
/// Links to folders followed on one path. Links that cross each other multiply the walk with every level.
const MAX_LINKS: usize = 8;

/// One thing the walk came upon.
pub(super) struct Found {
    pub(super) path: PathBuf,
    /// The path below the argument; the file's name where the argument is the file.
    pub(super) relative: PathBuf,
    pub(super) input: Result<Input, SourceError>,
}

/// What is there to read.
pub(super) enum Input {
    File,
    Stdin,
}

/// Whether the argument stands for standard input.
pub(super) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Tries an argument: it must exist and, if it is a file or a folder, open.
pub(super) fn check_argument(path: &Path) -> Result<(), SourceError> {
    if is_stdin(path) {
        return Ok(());
    }
    let file_type = resolve(path)?;
    let tried = if file_type.is_dir() {
        fs::read_dir(path).map(drop)
    } else if file_type.is_file() {
        File::open(path).map(drop)
    } else {
        Ok(())
    };
    tried.map_err(|cause| SourceError::Unreadable { id: id(path), cause })
}

/// The error for something that is neither file nor folder.
pub(super) fn special_file(path: &Path, file_type: FileType) -> SourceError {
    SourceError::SpecialFile { id: id(path), kind: special_kind(file_type) }
}

/// Lazy walk in a stable order.
pub(super) struct Walk {
    arguments: vec::IntoIter<PathBuf>,
    levels: Vec<Level>,
}

/// A folder that the walk is in.
struct Level {
    place: Place,
    entries: vec::IntoIter<(OsString, FileType)>,
    /// What broke the listing off, told after the entries it did give.
    fault: Option<SourceError>,
}

/// Where the walk stands.
struct Place {
    path: PathBuf,
    relative: PathBuf,
    /// Links to folders on the way here.
    links: usize,
}

impl Place {
    fn found(self, input: Result<Input, SourceError>) -> Found {
        Found { path: self.path, relative: self.relative, input }
    }
}

impl Walk {
    pub(super) fn new(paths: &[PathBuf]) -> Self {
        let arguments = paths.to_vec();
        Self { arguments: arguments.into_iter(), levels: Vec::new() }
    }

    fn enter_argument(&mut self, path: PathBuf) -> Option<Found> {
        if is_stdin(&path) {
            let place = Place { relative: PathBuf::from("stdin"), path, links: 0 };
            return Some(place.found(Ok(Input::Stdin)));
        }
        match resolve(&path) {
            Ok(file_type) if file_type.is_dir() => {
                self.descend(Place { path, relative: PathBuf::new(), links: 0 })
            }
            outcome => {
                let relative = path.file_name().map_or_else(|| path.clone(), PathBuf::from);
                let place = Place { path, relative, links: 0 };
                match outcome {
                    Ok(file_type) => self.visit(place, file_type),
                    Err(error) => Some(place.found(Err(error))),
                }
            }
        }
    }

    /// Reports a file, or goes into a folder and reports nothing yet.
    fn visit(&mut self, place: Place, file_type: FileType) -> Option<Found> {
        if file_type.is_symlink() {
            self.follow(place)
        } else if file_type.is_dir() {
            self.descend(place)
        } else if file_type.is_file() {
            Some(place.found(Ok(Input::File)))
        } else {
            let error = special_file(&place.path, file_type);
            Some(place.found(Err(error)))
        }
    }

    fn follow(&mut self, mut place: Place) -> Option<Found> {
        let target = match resolve(&place.path) {
            Ok(target) => target,
            Err(error) => return Some(place.found(Err(error))),
        };
        if target.is_dir() {
            place.links += 1;
            if let Err(error) = self.check_link(&place) {
                return Some(place.found(Err(error)));
            }
        }
        self.visit(place, target)
    }

    /// Refuses a link to a folder around the walk, from where it would come back here.
    fn check_link(&self, place: &Place) -> Result<(), SourceError> {
        if place.links > MAX_LINKS {
            return Err(SourceError::TooManyLinks { id: id(&place.path), limit: MAX_LINKS });
        }
        let unreadable = |cause| SourceError::Unreadable { id: id(&place.path), cause };
        let target = fs::canonicalize(&place.path).map_err(unreadable)?;
        for level in &self.levels {
            let around = fs::canonicalize(&level.place.path).map_err(unreadable)?;
            if around.starts_with(&target) {
                return Err(SourceError::CircularLink { id: id(&place.path) });
            }
        }
        Ok(())
    }

    fn descend(&mut self, place: Place) -> Option<Found> {
        if self.levels.len() > MAX_DEPTH {
            let error = SourceError::TooDeep { id: id(&place.path), limit: MAX_DEPTH };
            return Some(place.found(Err(error)));
        }
        match list(&place.path) {
            Ok(Listing { entries, fault }) => {
                let fault = fault.map(|cause| SourceError::Unreadable { id: id(&place.path), cause });
                self.levels.push(Level { place, entries: entries.into_iter(), fault });
                None
            }
            Err(cause) => {
                let error = SourceError::Unreadable { id: id(&place.path), cause };
                Some(place.found(Err(error)))
            }
        }
    }
}

impl Iterator for Walk {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        loop {
            let Some(level) = self.levels.last_mut() else {
                let argument = self.arguments.next()?;
                if let Some(found) = self.enter_argument(argument) {
                    return Some(found);
                }
                continue;
            };
            let reported = if let Some((name, file_type)) = level.entries.next() {
                let place = Place {
                    path: level.place.path.join(&name),
                    relative: level.place.relative.join(&name),
                    links: level.place.links,
                };
                self.visit(place, file_type)
            } else {
                let ended = self.levels.pop()?;
                ended.fault.map(|error| ended.place.found(Err(error)))
            };
            if reported.is_some() {
                return reported;
            }
        }
    }
}

/// What is in a folder.
struct Listing {
    /// Names and types, hidden files left out, by the bytes of the names.
    entries: Vec<(OsString, FileType)>,
    /// What broke the listing off, if anything did.
    fault: Option<io::Error>,
}

fn list(folder: &Path) -> io::Result<Listing> {
    let mut entries = Vec::new();
    let mut fault = None;
    for entry in fs::read_dir(folder)? {
        match entry.and_then(|entry| Ok((entry.file_name(), entry.file_type()?))) {
            Ok((name, _)) if name.as_encoded_bytes().starts_with(b".") => {}
            Ok(entry) => entries.push(entry),
            Err(cause) => {
                fault = Some(cause);
                break;
            }
        }
    }
    entries.sort_unstable_by(|(a, _), (b, _)| a.as_encoded_bytes().cmp(b.as_encoded_bytes()));
    Ok(Listing { entries, fault })
}

/// The type of what a path leads to, links followed.
fn resolve(path: &Path) -> Result<FileType, SourceError> {
    let cause = match fs::metadata(path) {
        Ok(metadata) => return Ok(metadata.file_type()),
        Err(cause) => cause,
    };
    let id = id(path);
    let is_link = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
    Err(match cause.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory if is_link => SourceError::DanglingLink { id },
        io::ErrorKind::NotFound => SourceError::NotFound { id },
        _ if is_link && is_link_loop(&cause) => SourceError::CircularLink { id },
        _ => SourceError::Unreadable { id, cause },
    })
}

/// ELOOP, which the standard library does not name on stable: 40 on Linux, 62 on macOS and the BSDs.
fn is_link_loop(cause: &io::Error) -> bool {
    matches!(cause.raw_os_error(), Some(40 | 62))
}

#[cfg(unix)]
fn special_kind(file_type: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    if file_type.is_fifo() {
        "fifo"
    } else if file_type.is_socket() {
        "socket"
    } else if file_type.is_dir() {
        "folder"
    } else {
        "device"
    }
}

#[cfg(not(unix))]
fn special_kind(_: FileType) -> &'static str {
    "special file"
}

fn id(path: &Path) -> String {
    readable(path.as_os_str())
}
