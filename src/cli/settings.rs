//! The finding and reading of the configuration file.
//!
//! Enters: the path that was typed, if any. Leaves: a [`Config`]. Invariant: the file's size is bounded, and one that
//! was named must be there, while ./config.toml need not.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::failure::Failure;
use crate::config::{Config, ConfigMistake};

/// The file that is read when none is named.
pub(super) const DEFAULT_PATH: &str = "config.toml";

/// Largest configuration file, in bytes.
const LARGEST: u64 = 1 << 20;

/// A configuration and the file it came from; `None` where the defaults stand alone.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) config: Config,
    pub(super) path: Option<PathBuf>,
}

/// Reads the named file, or ./config.toml if it is there.
pub(super) fn load(named: Option<&Path>) -> Result<Loaded, Failure> {
    let path = named.unwrap_or(Path::new(DEFAULT_PATH));
    match File::open(path) {
        Ok(file) => {
            let config = read(file, path)?;
            Ok(Loaded { config, path: Some(path.to_owned()) })
        }
        Err(error) if named.is_none() && error.kind() == io::ErrorKind::NotFound => {
            Ok(Loaded { config: Config::default(), path: None })
        }
        Err(source) => Err(Failure::ConfigUnreadable { path: path.to_owned(), source }),
    }
}

fn read(file: File, path: &Path) -> Result<Config, Failure> {
    let mut bytes = Vec::new();
    file.take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|source| Failure::ConfigUnreadable { path: path.to_owned(), source })?;
    if bytes.len() as u64 > LARGEST {
        return Err(Failure::ConfigTooLarge { path: path.to_owned(), limit: LARGEST });
    }
    let name = path.display().to_string();
    let text = std::str::from_utf8(&bytes).map_err(|error| {
        let what = "this line is not UTF-8; save the file as UTF-8".to_owned();
        let line = bytes.iter().take(error.valid_up_to()).filter(|byte| **byte == b'\n').count() + 1;
        Failure::ConfigMistakes { mistakes: vec![ConfigMistake::new(&name, line, what)] }
    })?;
    Config::from_toml(text, &name).map_err(|mistakes| Failure::ConfigMistakes { mistakes })
}
