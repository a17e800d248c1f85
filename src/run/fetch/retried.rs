//! `--retry-failed`: addresses that failed are queued again, and their rows leave the manifest.
//!
//! Enters: an open folder. Leaves: the same, with each address in one place: the manifest, or the queue.
//! Invariant: a run that is killed in between is finished by the next one.

use std::fs::File;
use std::io::Write;

use serde::Deserialize;

use crate::canonical;
use crate::run::RunError;
use crate::run::folder::Folder;
use crate::run::rows::Rows;
use crate::write::durable::{self, WriteError};

/// Remembered from the moment addresses are queued until their rows are gone.
const SETTING: &str = "rows_to_drop";

#[derive(Deserialize)]
struct Failed {
    #[serde(default)]
    url: String,
    status: String,
}

/// Queues failed addresses again if `wanted`; finishes what an earlier run has begun.
pub(super) fn settle(folder: &mut Folder, wanted: bool) -> Result<(), RunError> {
    if wanted && folder.state.queue_failed(SETTING)? == 0 && folder.state.setting(SETTING)?.is_none() {
        return Ok(());
    }
    if folder.state.setting(SETTING)?.as_deref() != Some("yes") {
        return Ok(());
    }
    let path = folder.manifest.path().to_owned();
    let staged = folder.temporary.join("manifest");
    let mut rows = Rows::open(&path)?;
    let mut kept = File::create(&staged).map_err(WriteError::at(&staged))?;
    while let Some(row) = rows.next() {
        if !is_queued(folder, row)? {
            kept.write_all(row).map_err(WriteError::at(&staged))?;
        }
    }
    rows.end()?;
    kept.sync_all().map_err(WriteError::at(&staged))?;
    durable::place(&staged, &path)?;
    durable::sync_folder(&folder.out)?;
    folder.reopen_manifest()?;
    Ok(folder.state.forget_setting(SETTING, &folder.position())?)
}

/// Whether a line is the row of a failure whose address is queued again.
fn is_queued(folder: &Folder, line: &[u8]) -> Result<bool, RunError> {
    let Ok(Failed { url, status }) = serde_json::from_slice(line) else { return Ok(false) };
    let Some(url) = (status == "failed").then(|| canonical::parse(&url).ok()).flatten() else {
        return Ok(false);
    };
    Ok(folder.state.is_queued(super::listing::key(&url))?)
}
