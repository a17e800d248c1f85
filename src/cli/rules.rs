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
use crate::rules::UserRules;

/// Largest rule file, in bytes.
const LARGEST: u64 = 1 << 20;
/// Most entries in one folder.
const MOST: usize = 10_000;

/// The cleaner that the configuration asks for, and the user's files that went into it.
pub(super) fn cleaner(config: &Config) -> Result<(Cleaner, UserRules), Failure> {
    let user = read_dirs(&config.rules.dirs)?;
    let cleaner = Cleaner::new(&user)?;
    Ok((Cleaner { site_rules: config.clean.site_rules, ..cleaner }, user))
}

/// The files of each folder's `sites` and `phrases`; a folder that has neither is a mistake.
fn read_dirs(dirs: &[String]) -> Result<UserRules, Failure> {
    let mut user = UserRules::default();
    for dir in dirs.iter().map(Path::new) {
        let (sites, phrases) = (dir.join("sites"), dir.join("phrases"));
        fs::read_dir(dir).map_err(unreadable(dir))?;
        if !sites.is_dir() && !phrases.is_dir() {
            return Err(unreadable(dir)(io::Error::other("it holds neither sites/ nor phrases/")));
        }
        read_dir(&sites, &mut user.sites)?;
        read_dir(&phrases, &mut user.phrases)?;
    }
    Ok(user)
}

/// Adds path and text of a folder's `.toml` files; a folder that is not there has none.
fn read_dir(dir: &Path, files: &mut Vec<(String, String)>) -> Result<(), Failure> {
    if !dir.exists() {
        return Ok(());
    }
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(dir).map_err(unreadable(dir))? {
        paths.push(entry.map_err(unreadable(dir))?.path());
        if paths.len() > MOST {
            return Err(unreadable(dir)(io::Error::other(format!("more than {MOST} files"))));
        }
    }
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    for path in paths {
        let text = read_file(&path).map_err(unreadable(&path))?;
        files.push((path.display().to_string(), text));
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

fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> Failure {
    let path = path.to_owned();
    move |source| Failure::RulesUnreadable { path, source }
}
