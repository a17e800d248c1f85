//! `--retry-failed`: addresses that failed are queued again, and their rows leave the manifest.
//!
//! Enters: an open folder. Leaves: the same, with each address in one place: the manifest, or the queue.
//! Invariant: a run that is killed in between is finished by the next one.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};

use serde::Deserialize;

use super::super::RunError;
use super::super::folder::Folder;
use crate::canonical;
use crate::write::durable::{self, WriteError};

/// Remembered from the moment addresses are queued until their rows are gone.
const SETTING: &str = "rows_to_drop";

/// Longest row that is looked at, in bytes; longer ones are no rows of failures.
const ROW_BYTES: u64 = 16 << 20;

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
    let copy = || -> Result<(), RunError> {
        let mut kept = File::create(&staged).map_err(WriteError::at(&staged))?;
        let mut rows = BufReader::new(File::open(&path).map_err(WriteError::at(&path))?);
        let mut line = Vec::new();
        loop {
            line.clear();
            let read =
                rows.by_ref().take(ROW_BYTES).read_until(b'\n', &mut line).map_err(WriteError::at(&path))?;
            if read == 0 {
                break;
            }
            if !is_queued(folder, &line)? {
                kept.write_all(&line).map_err(WriteError::at(&staged))?;
            }
        }
        Ok(kept.sync_all().map_err(WriteError::at(&staged))?)
    };
    copy()?;
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
