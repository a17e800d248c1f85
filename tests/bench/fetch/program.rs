//! Runs of the built program over a list of addresses, measured from outside.
//!
//! Enters: a list. Leaves: pages a second, CPU seconds, memory. Invariant: the program has politeness delays off and
//! everything else at its default, robots files included.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::nginx::Nginx;
use crate::{cpu_seconds, fresh, status_mb};

/// What a run took.
#[derive(Debug, Clone)]
pub(crate) struct Ran {
    pub(crate) pages_per_second: f64,
    pub(crate) cpu_seconds: f64,
    pub(crate) peak_mb: f64,
}

/// Fetches the list into a fresh folder.
pub(crate) fn fetch(nginx: &Nginx, list: &Path, at_once: usize, only_archive: bool) -> Ran {
    let out = nginx.folder().join("out");
    fresh(&out);
    let began = Instant::now();
    let mut child = start(list, &out, at_once, only_archive);
    let (mut cpu, mut peak_mb): (f64, f64) = (0.0, 0.0);
    let status = loop {
        cpu = cpu.max(cpu_seconds(child.id()));
        peak_mb = peak_mb.max(status_mb(child.id(), "VmHWM"));
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        thread::sleep(Duration::from_millis(2));
    };
    let seconds = began.elapsed().as_secs_f64();
    let rows = rows(&out);
    assert!(
        status.success() && rows == fs::read_to_string(list).unwrap().lines().count(),
        "{status}, {rows} rows"
    );
    Ran { pages_per_second: rows as f64 / seconds, cpu_seconds: cpu, peak_mb }
}

/// Watches the memory of a fetch for a while, then asks it to stop. `tell` hears seconds, MB and rows.
pub(crate) fn watch(list: &Path, at_once: usize, time: Duration, tell: impl Fn(u64, f64, usize)) {
    let out = list.with_file_name("watched");
    fresh(&out);
    let began = Instant::now();
    let mut child = start(list, &out, at_once, true);
    while began.elapsed() < time && child.try_wait().unwrap().is_none() {
        thread::sleep(Duration::from_secs(5));
        tell(began.elapsed().as_secs(), status_mb(child.id(), "VmRSS"), rows(&out));
    }
    let peak_mb = status_mb(child.id(), "VmHWM");
    Command::new("kill").arg(child.id().to_string()).status().unwrap();
    child.wait().unwrap();
    println!("peak {peak_mb:.0} MB; state.db {:.0} MB", size_mb(&out.join(".tinsach/state.db")));
}

fn start(list: &Path, out: &Path, at_once: usize, only_archive: bool) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tinsach"));
    command
        .args(["fetch", "--delay", "0", "--allow-address", "127.0.0.0/8", "--quiet"])
        .args(["--user-agent", "tinsach-bench/1 (+bench)", "--concurrency", &at_once.to_string()])
        .arg("--input")
        .arg(list)
        .arg("--out")
        .arg(out)
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    if only_archive {
        command.arg("--archive-only");
    }
    command.spawn().unwrap()
}

fn rows(out: &Path) -> usize {
    fs::read_to_string(out.join("manifest.jsonl")).map_or(0, |rows| rows.lines().count())
}

fn size_mb(path: &Path) -> f64 {
    fs::metadata(path).map_or(0.0, |file| file.len() as f64 / 1e6)
}
