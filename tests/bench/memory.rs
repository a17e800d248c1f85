//! Peak memory of the built program, over few and over many files.
//!
//! Enters: documents. Leaves: the greatest resident size (`VmHWM`) of `tinsach clean` over 1,000 and over 20,000 files of
//! them, which is the same where memory does not grow with the number of files. Linux only.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::Corpus;

const COUNTS: [usize; 2] = [1_000, 20_000];

/// Prints the peak for each number of files.
#[expect(clippy::print_stdout, reason = "a bench prints its table")]
pub(crate) fn measure(corpora: &[Corpus]) -> Result<(), Box<dyn Error>> {
    // The smallest set is enough: the same documents over and over.
    let set =
        corpora.first().map(|corpus| corpus.name.split('/').next().unwrap_or_default()).unwrap_or_default();
    let paths: Vec<&PathBuf> = corpora
        .iter()
        .filter(|corpus| corpus.name.starts_with(set))
        .flat_map(|corpus| &corpus.paths)
        .collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/speed");
    println!("{:>8} {:>10} {:>9}", "files", "peak MB", "seconds");
    for count in COUNTS {
        // Left by a run that was broken off.
        let _ = fs::remove_dir_all(&folder);
        dump(&folder.join("dump"), &paths, count)?;
        let started = Instant::now();
        let child = Command::new(env!("CARGO_BIN_EXE_tinsach"))
            .args(["clean", "dump", "--out", "clean", "--dedup", "off", "--quiet"])
            .current_dir(&folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let (peak, status) = peak(child)?;
        if status.code().is_none_or(|code| code > 1) {
            return Err(format!("tinsach ended with {status}").into());
        }
        println!("{count:8} {:10.1} {:9.1}", peak / 1e3, started.elapsed().as_secs_f64());
    }
    Ok(fs::remove_dir_all(&folder)?)
}

/// A folder of that many links to the documents.
fn dump(folder: &Path, paths: &[&PathBuf], count: usize) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    for (number, path) in (0..count).zip(paths.iter().cycle()) {
        let extension = path.extension().unwrap_or_default().to_string_lossy();
        let link = folder.join(format!("{number:06}.{extension}"));
        if fs::hard_link(path, &link).is_err() {
            fs::copy(path, &link)?;
        }
    }
    Ok(())
}

/// The greatest resident size of a program until its end, in kB.
fn peak(mut child: Child) -> std::io::Result<(f64, ExitStatus)> {
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    let mut peak = 0.0_f64;
    loop {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        peak = peak.max(kilobytes.unwrap_or(0.0));
        if let Some(ended) = child.try_wait()? {
            return Ok((peak, ended));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}
