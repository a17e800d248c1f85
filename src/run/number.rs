//! The next number of a folder whose database is gone.
//!
//! Enters: the output folder and its manifest. Leaves: a number above every number in use.
//! Invariant: nothing is written, and memory does not grow with the folder.

use std::fs;
use std::io;
use std::path::Path;

use serde::Deserialize;

use super::RunError;
use super::rows::Rows;
use crate::write::durable::WriteError;
use crate::write::name::number_of;

/// The number after the highest one in the manifest, in the folder and in its numbered sub folders.
pub(super) fn after_existing(out: &Path, manifest: &Path) -> Result<u64, RunError> {
    let in_manifest = in_manifest(manifest)?;
    let in_folder = in_folder(out, true).map_err(WriteError::at(out))?;
    Ok(in_manifest.max(in_folder).map_or(0, |highest| highest + 1))
}

fn in_folder(folder: &Path, descend: bool) -> io::Result<Option<u64>> {
    let mut highest = None;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        let numbered_folder = name.len() >= 2 && name.bytes().all(|byte| byte.is_ascii_digit());
        if descend && numbered_folder && entry.file_type()?.is_dir() {
            highest = highest.max(in_folder(&entry.path(), false)?);
        } else {
            highest = highest.max(number_of(name));
        }
    }
    Ok(highest)
}

fn in_manifest(manifest: &Path) -> Result<Option<u64>, RunError> {
    #[derive(Deserialize)]
    struct Named {
        file: Option<String>,
    }
    let mut rows = Rows::open(manifest)?;
    let mut highest = None;
    while let Some(row) = rows.next() {
        if let Ok(Named { file: Some(file) }) = serde_json::from_slice(row) {
            highest = highest.max(number_of(&file));
        }
    }
    rows.end()?;
    Ok(highest)
}
