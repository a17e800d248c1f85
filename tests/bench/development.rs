//! Where the development sets and the seeds are.
//!
//! Enters: `../shared` beside the project, or the folder that `TINSACH_SHARED` names. Leaves: that folder, and its archives
//! unpacked into `target/sets`. Invariant: a set's folder is there whole or not at all, whoever else unpacks at the time.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The project's folder, from its own benches and tests and from those of a crate inside it.
fn project() -> &'static Path {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.ancestors().find(|folder| folder.join("tests/bench").is_dir()).unwrap_or(own)
}

/// The folder of seeds and development sets, if there is one.
pub(crate) fn shared() -> Option<PathBuf> {
    let beside = project().join("../shared");
    let folder = std::env::var_os("TINSACH_SHARED").map_or(beside, PathBuf::from);
    folder.is_dir().then_some(folder)
}

/// The archives of the development sets, in order; empty where there is no such folder.
pub(crate) fn archives() -> io::Result<Vec<PathBuf>> {
    let Some(folder) = shared().map(|shared| shared.join("bench/data")).filter(|data| data.is_dir()) else {
        return Ok(Vec::new());
    };
    files(&folder, "xz")
}

/// The folder of the unpacked sets, if their archives are there.
pub(crate) fn unpacked() -> io::Result<Option<PathBuf>> {
    let archives = archives()?;
    let sets = project().join("target/sets");
    for archive in &archives {
        unpack(archive, &sets)?;
    }
    Ok((!archives.is_empty()).then_some(sets))
}

/// Unpacks `NAME.tar.xz` to `sets/NAME`, in a folder of its own first.
fn unpack(archive: &Path, sets: &Path) -> io::Result<()> {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let name = archive.file_name().unwrap_or_default().to_string_lossy().replace(".tar.xz", "");
    let target = sets.join(&name);
    if target.is_dir() {
        return Ok(());
    }
    let turn = NEXT.fetch_add(1, Ordering::Relaxed);
    let own = sets.join(format!(".{}-{turn}-{name}", std::process::id()));
    std::fs::create_dir_all(&own)?;
    let status = Command::new("tar").arg("xJf").arg(archive).arg("-C").arg(&own).status()?;
    if !status.success() {
        return Err(io::Error::other(format!("tar could not unpack {}: {status}", archive.display())));
    }
    let moved = std::fs::rename(own.join(&name), &target);
    std::fs::remove_dir_all(&own)?;
    // Somebody else was faster: theirs is as good.
    if target.is_dir() { Ok(()) } else { moved }
}

/// The files of a folder with that extension, in order of their names.
pub(crate) fn files(folder: &Path, extension: &str) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        files.push(entry?.path());
    }
    files.retain(|path| path.extension().is_some_and(|found| found == extension));
    files.sort();
    Ok(files)
}
