//! The seeds and the development sets of `../shared`: what comes out of them, and that nothing vanishes on the way.
//!
//! Enters: `../shared`, or the folder that `TINSACH_SHARED` names; where there is none, each test says so and passes.
//! Invariant: nothing of these texts is in the project; the tests tell files and lines apart by place and repetition.

pub(crate) mod conservation;
mod seeds;

#[path = "../bench/development.rs"]
mod development;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The folder of seeds and sets; says so where it is missing.
#[expect(clippy::print_stdout, reason = "a skipped test says that it was skipped")]
fn shared() -> Option<PathBuf> {
    let shared = development::shared();
    if shared.is_none() {
        println!("skipped: ../shared is not here");
    }
    shared
}

/// The unpacked development sets; says so where they are missing.
#[expect(clippy::print_stdout, reason = "a skipped test says that it was skipped")]
fn sets() -> Option<PathBuf> {
    let sets = development::unpacked().expect("the sets unpack");
    if sets.is_none() {
        println!("skipped: the development sets are not here");
    }
    sets
}

fn clean(inputs: &[&Path], out: &Path, options: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_tinsach"))
        .arg("clean")
        .args(inputs)
        .arg("--out")
        .arg(out)
        .args(options)
        .stdin(Stdio::null())
        .output()
        .expect("the program starts");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

/// Every file of a folder but the database, by its path below it.
fn files_below(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("readable") {
            let path = entry.expect("entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.components().any(|part| part.as_os_str() == ".tinsach") {
                let name = path.strip_prefix(root).expect("below the root").to_owned();
                files.insert(name, fs::read(path).expect("readable"));
            }
        }
    }
    files
}

#[test]
fn any_number_of_jobs_gives_the_same_bytes_on_real_pages() {
    let Some(sets) = sets() else { return };
    let folders = [
        "vi-dev/html",
        "vi-dev/flat_bs4",
        "vi-dev/flat_htmltext",
        "fundus-a/flat_bs4",
        "fundus-a/flat_htmltext",
    ];
    let folders: Vec<PathBuf> = folders.iter().map(|folder| sets.join(folder)).collect();
    let inputs: Vec<&Path> = folders.iter().map(PathBuf::as_path).collect();
    let out = tempfile::tempdir().expect("a folder");
    let runs = ["1", "2", "8"].map(|jobs| {
        let folder = out.path().join(jobs);
        clean(&inputs, &folder, &["--jobs", jobs, "--quiet"]);
        files_below(&folder)
    });
    assert!(runs[0].len() > 100, "only {} files", runs[0].len());
    for (run, jobs) in runs.iter().zip(["1", "2", "8"]) {
        let other = run.iter().find(|(name, bytes)| runs[0].get(*name) != Some(bytes));
        assert!(other.is_none(), "--jobs {jobs}: {} differs", other.expect("one").0.display());
        assert_eq!(run.len(), runs[0].len(), "--jobs {jobs}");
    }
}
