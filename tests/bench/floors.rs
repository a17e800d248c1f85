//! Floors: the F1 below which a figure of the quality bench must not fall.
//!
//! Enters: `tests/gold/floors.toml` and the figures found. Leaves: the figures below their floors, or the floors raised.
//! A floor never falls: whoever means to lower one edits the file and says why.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::development;

pub(crate) const FILE: &str = "tests/gold/floors.toml";

const HEAD: &str = "\
# Floors of the quality bench: F1 by set, metric and form, rounded down to four decimals.
# `cargo bench --bench quality -- --check` fails below one; `-- --update` raises them and refuses to lower one.
";

/// The floors, and the archives they were measured on.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Floors {
    /// SHA-256 of each archive, by its name.
    archives: BTreeMap<String, String>,
    /// Floors by `set.metric.form`.
    floors: BTreeMap<String, f64>,
}

impl Floors {
    /// The pinned floors.
    pub(crate) fn read() -> Result<Floors, Box<dyn Error>> {
        let path = file();
        if !path.is_file() {
            return Ok(Floors::default());
        }
        Ok(toml::from_str(&std::fs::read_to_string(path)?)?)
    }

    /// A line for each figure that is below its floor or has none, and for each archive that is another one.
    pub(crate) fn below(&self, found: &[(String, f64)]) -> Vec<String> {
        let mut lines = Vec::new();
        for (name, f1) in found {
            match self.floors.get(name) {
                Some(floor) if f1 < floor => lines.push(format!("below its floor: {name} {f1:.4} < {floor}")),
                Some(_) => {}
                None => lines.push(format!("no floor: {name} {f1:.4}; pin it with --update")),
            }
        }
        for (archive, sum) in sums().unwrap_or_default() {
            if self.archives.get(&archive).is_some_and(|pinned| *pinned != sum) {
                lines.push(format!("{archive} is not the archive that the floors were measured on"));
            }
        }
        lines
    }

    /// The floors raised to the figures found.
    pub(crate) fn raised_to(&self, found: &[(String, f64)]) -> Result<Floors, Box<dyn Error>> {
        let mut floors = self.floors.clone();
        for (name, f1) in found {
            let f1 = (f1 * 1e4).floor() / 1e4;
            match floors.get(name) {
                Some(floor) if f1 < *floor => {
                    return Err(format!("{name} fell from {floor} to {f1}: floors are only raised").into());
                }
                _ => floors.insert(name.clone(), f1),
            };
        }
        let sums = sums()?;
        Ok(Floors { archives: if sums.is_empty() { self.archives.clone() } else { sums }, floors })
    }

    pub(crate) fn write(&self) -> Result<(), Box<dyn Error>> {
        let mut text = format!("{HEAD}\n[floors]\n");
        for (name, floor) in &self.floors {
            writeln!(text, "\"{name}\" = {floor:.4}")?;
        }
        text.push_str("\n# The archives they were measured on, by SHA-256.\n[archives]\n");
        for (archive, sum) in &self.archives {
            writeln!(text, "\"{archive}\" = \"{sum}\"")?;
        }
        Ok(std::fs::write(file(), text)?)
    }
}

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE)
}

/// SHA-256 of each archive, by its name.
fn sums() -> Result<BTreeMap<String, String>, std::io::Error> {
    let mut sums = BTreeMap::new();
    for archive in development::archives()? {
        let mut sum = String::new();
        for byte in Sha256::digest(std::fs::read(&archive)?) {
            let _ = write!(sum, "{byte:02x}");
        }
        sums.insert(archive.file_name().unwrap_or_default().to_string_lossy().into_owned(), sum);
    }
    Ok(sums)
}
