//! Runs that are killed, run into each other, lose their folder, or break down.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use tinsach::page::RawPage;
use tinsach::run::{self as batch, Input, Observer, RunOptions};
use tinsach::write::manifest::Row;

use super::{article, assert_calm, err, folder, out, rows, run, tinsach, tree};

/// Copies of the samples, and rounds of killing.
const COPIES: usize = 20;
const ROUNDS: usize = 20;

/// Several hundred copies of the samples; those whose markup allows it differ from each other.
fn copies(dump: &Path) {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/dump");
    let mut files: Vec<PathBuf> =
        fs::read_dir(samples).expect("samples").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    for copy in 0..COPIES {
        let place = dump.join(format!("{copy:02}"));
        fs::create_dir_all(&place).expect("made");
        for file in &files {
            let bytes = fs::read(file).expect("a sample");
            let bytes = match String::from_utf8(bytes) {
                Ok(text) => text.replacen("</p>", &format!(" Bản sao số {copy}.</p>"), 3).into_bytes(),
                Err(bytes) => bytes.into_bytes(),
            };
            fs::write(place.join(file.file_name().expect("a name")), bytes).expect("written");
        }
    }
}

fn start(folder: &Path, out: &str) -> Child {
    tinsach(folder, &["clean", "dump", "--out", out])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts")
}

/// A whole number below `below`, from a seed that moves on.
fn random(seed: &mut u64, below: u64) -> u64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 33) % below
}

#[test]
fn killed_at_random_moments_and_started_again_it_ends_the_same() {
    let folder = folder();
    copies(&folder.path().join("dump"));
    let before = Instant::now();
    assert_eq!(start(folder.path(), "whole").wait().expect("a child").code(), Some(1));
    let took = u64::try_from(before.elapsed().as_micros()).expect("short");
    let expected = tree(&folder.path().join("whole"));
    assert!(expected.len() > 100, "{} files", expected.len());

    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a clock");
    let mut seed = u64::from(now.subsec_nanos());
    let first_seed = seed;
    let (mut killed, mut completed) = (0, 0);
    while killed < ROUNDS || completed == 0 {
        let out = format!("killed{completed}");
        loop {
            let mut child = start(folder.path(), &out);
            thread::sleep(Duration::from_micros(random(&mut seed, took / 2)));
            // Once there were kills enough, the last run is let go on to its end.
            let ended = if killed < ROUNDS { child.try_wait().expect("a child") } else { child.wait().ok() };
            if ended.is_some() {
                break;
            }
            child.kill().expect("a child");
            child.wait().expect("a child");
            killed += 1;
        }
        completed += 1;
        let found = tree(&folder.path().join(&out));
        assert!(found.keys().eq(expected.keys()), "seed {first_seed}: other files");
        for (name, content) in &found {
            assert!(expected[name] == *content, "seed {first_seed}: {name} differs");
        }
    }
    let again = run(folder.path(), &["clean", "dump", "--out", "killed0"]);
    assert!(out(&again).contains("Nothing new was written"), "{}", out(&again));
    assert!(tree(&folder.path().join("killed0")) == expected);
}

/// A run that reads from a pipe until it is closed.
fn waiting(folder: &Path, out: &str) -> Child {
    let child = tinsach(folder, &["clean", "-", "--out", out])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let manifest = folder.join(out).join("manifest.jsonl");
    let deadline = Instant::now() + Duration::from_mins(1);
    while !manifest.exists() {
        assert!(Instant::now() < deadline, "the run does not start");
        thread::sleep(Duration::from_millis(10));
    }
    child
}

fn feed(child: &mut Child, place: &str) {
    use std::io::Write;
    let row = serde_json::json!({ "html": article(place) });
    let mut pipe = child.stdin.as_ref().expect("a pipe");
    writeln!(pipe, "{row}").expect("taken");
}

#[test]
fn of_two_runs_on_one_folder_the_second_is_refused() {
    let folder = folder();
    fs::write(folder.path().join("a.html"), article("xóm Hai")).expect("written");
    let mut first = waiting(folder.path(), "o");
    feed(&mut first, "xóm Một");
    for args in [&["clean", "a.html", "--out", "o"][..], &["clean", "a.html", "--out", "./o/../o"]] {
        let second = run(folder.path(), args);
        assert_eq!(second.status.code(), Some(2), "{}", err(&second));
        assert!(err(&second).contains("another run is writing to"), "{}", err(&second));
    }
    drop(first.stdin.take());
    let first = first.wait_with_output().expect("it ends");
    assert_eq!((first.status.code(), err(&first)), (Some(0), String::new()));
    let third = run(folder.path(), &["clean", "a.html", "--out", "o"]);
    assert_eq!(third.status.code(), Some(0), "{}", err(&third));
    assert_eq!(rows(&folder.path().join("o")).len(), 2);
}

#[cfg(unix)]
#[test]
fn a_folder_removed_under_a_run_ends_it_with_a_summary() {
    let folder = folder();
    let mut child = waiting(folder.path(), "o");
    feed(&mut child, "xóm Một");
    let is_done = |path: &Path| fs::read(path.join("manifest.jsonl")).is_ok_and(|rows| rows.ends_with(b"\n"));
    let deadline = Instant::now() + Duration::from_mins(1);
    while !is_done(&folder.path().join("o")) {
        assert!(Instant::now() < deadline, "nothing is written");
        thread::sleep(Duration::from_millis(10));
    }
    // The row is counted right behind its writing.
    thread::sleep(Duration::from_millis(200));
    fs::remove_dir_all(folder.path().join("o")).expect("removed");
    feed(&mut child, "xóm Hai");
    let output = child.wait_with_output().expect("it ends");
    assert_calm(&output);
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    assert!(err(&output).starts_with("tinsach: cannot write o"), "{}", err(&output));
    assert!(out(&output).starts_with("The run broke off. Until then:\nRead 1 document"), "{}", out(&output));
}

/// Makes this test program the child that breaks down; holds its output folder.
const CHILD: &str = "TINSACH_TEST_PANIC_CHILD";

struct Lines;

impl Observer for Lines {
    #[expect(clippy::print_stderr, reason = "the parent reads it")]
    fn finished(&self, row: &Row, _: u64) {
        let error = row.error.as_ref().map(|error| error.message.as_str()).unwrap_or_default();
        eprintln!("row {} {error}", row.path);
    }

    fn notice(&self, _: &str) {}
}

#[test]
fn breaking_down_child() {
    let Some(out) = std::env::var_os(CHILD) else { return };
    tinsach::cli::silence_workers();
    let options = RunOptions {
        out: out.into(),
        jobs: 2,
        naming: batch::Naming::Hash,
        format: batch::Format::Txt,
        dedup: batch::Dedup::Exact,
        include: Vec::new(),
        key_version: 1,
        options_fingerprint: String::new(),
        folders: std::collections::BTreeMap::new(),
    };
    let inputs = (0..3).map(|number| Input {
        id: format!("{number}.html"),
        stem: String::new(),
        page: Ok(RawPage::default()),
    });
    batch::run(inputs, &options, |_| panic!("a stage broke down"), &Lines).expect("the run goes on");
    thread::Builder::new()
        .name("other".into())
        .spawn(|| panic!("heard"))
        .expect("started")
        .join()
        .expect_err("heard");
}

/// A page that breaks a stage gets its row; the panic itself is not printed, and those of other threads are.
#[test]
fn a_caught_panic_is_a_row_and_no_noise() {
    let folder = folder();
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command
        .args(["--exact", "hostile::stopped::breaking_down_child", "--nocapture"])
        .env(CHILD, folder.path().join("o"))
        .env("RUST_BACKTRACE", "1");
    let output = super::finish(command);
    assert!(output.status.success(), "{}", err(&output));
    for number in 0..3 {
        assert!(
            err(&output).contains(&format!("row {number}.html a stage broke down\n")),
            "{}",
            err(&output)
        );
    }
    assert_eq!(err(&output).matches("panicked").count(), 1, "{}", err(&output));
    assert!(err(&output).contains("heard"), "{}", err(&output));
    assert!(rows(&folder.path().join("o")).values().all(|row| row["error"]["code"] == "panic"));
}
