//! The rules that a command cleans with: the built-in ones and the user's folders.
//!
//! Enters: the configuration. Leaves: a [`Cleaner`] and what its rules depend on.
//! Invariant: files are read in the order of folders and names, and their number and size are bounded.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::failure::Failure;
use crate::config::Config;
use crate::pipeline::Cleaner;
use crate::rules::RuleSet;

/// Largest rule file, in bytes.
const LARGEST: u64 = 1 << 20;
/// Most rule files in one folder.
const MOST: usize = 10_000;

/// A rule file of the user's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RuleFile {
    /// Its path, for messages and rule ids.
    pub(super) path: String,
    /// Its text.
    pub(super) text: String,
}

/// The cleaner that the configuration asks for, and the user's files that went into it.
pub(super) fn cleaner(config: &Config) -> Result<(Cleaner, Vec<RuleFile>), Failure> {
    let files = read_dirs(&config.rules.dirs)?;
    let cleaner = Cleaner { rules: RuleSet::default(), site_rules: config.clean.site_rules };
    Ok((cleaner, files))
}

/// The `.toml` files of the folders and of their `sites` and `phrases` folders.
fn read_dirs(dirs: &[String]) -> Result<Vec<RuleFile>, Failure> {
    let mut files = Vec::new();
    for dir in dirs.iter().map(Path::new) {
        read_dir(dir, &mut files)?;
        for part in ["sites", "phrases"].map(|name| dir.join(name)) {
            if part.is_dir() {
                read_dir(&part, &mut files)?;
            }
        }
    }
    Ok(files)
}

fn read_dir(dir: &Path, files: &mut Vec<RuleFile>) -> Result<(), Failure> {
    let unreadable = |source| Failure::RulesUnreadable { path: dir.to_owned(), source };
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(dir).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            paths.push(path);
        }
        if paths.len() > MOST {
            return Err(unreadable(io::Error::other(format!("more than {MOST} files"))));
        }
    }
    paths.sort();
    for path in paths {
        let text =
            read_file(&path).map_err(|source| Failure::RulesUnreadable { path: path.clone(), source })?;
        files.push(RuleFile { path: path.display().to_string(), text });
    }
    Ok(())
}

fn read_file(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(LARGEST + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LARGEST {
        return Err(io::Error::other(format!("larger than {LARGEST} bytes")));
    }
    Ok(text)
}
