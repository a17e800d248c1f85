//! `tinsach clean` from outside: summary, messages, exit status, and what it refuses to touch.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn run(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tinsach"))
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .expect("the program starts")
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

/// A folder with `dump/`: an empty file, and a gzip that breaks off.
fn dump() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("dump")).expect("made");
    fs::write(folder.path().join("dump/empty.txt"), "").expect("written");
    fs::write(folder.path().join("dump/short.html.gz"), b"\x1f\x8b\x08\0\0\0\0\0\0\x03K").expect("written");
    folder
}

#[test]
fn a_failed_input_is_named_and_ends_with_1() {
    let folder = dump();
    let output = run(folder.path(), &["clean", "dump", "--out", "o"]);
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    assert!(err(&output).starts_with("failed: dump/short.html.gz: "), "{}", err(&output));
    assert_eq!(err(&output).lines().count(), 1, "{}", err(&output));
    assert!(out(&output).starts_with("Read 2 documents"), "{}", out(&output));
    assert_eq!(
        fs::read_to_string(folder.path().join("o/manifest.jsonl")).expect("written").lines().count(),
        2
    );

    fs::remove_file(folder.path().join("dump/short.html.gz")).expect("removed");
    let output = run(folder.path(), &["clean", "dump", "--out", "o"]);
    assert_eq!((output.status.code(), err(&output)), (Some(0), String::new()));
}

#[test]
fn json_messages_are_rows() {
    let folder = dump();
    let output = run(folder.path(), &["clean", "dump", "--out", "o", "--log-format", "json"]);
    let message: serde_json::Value = serde_json::from_str(err(&output).trim_end()).expect("one row");
    assert_eq!(message["level"], "error");
    assert_eq!(message["input"], "dump/short.html.gz");
    assert!(message["code"].is_string() && message["message"].is_string(), "{message}");
    let summary: serde_json::Value = serde_json::from_str(&out(&output)).expect("one object");
    assert_eq!(summary["read"], 2);
}

#[test]
fn quiet_leaves_only_failures() {
    let folder = dump();
    let output = run(folder.path(), &["clean", "dump", "--out", "o", "--quiet"]);
    assert_eq!((output.status.code(), out(&output)), (Some(1), String::new()));
    assert_eq!(err(&output).lines().count(), 1, "{}", err(&output));
}

#[test]
fn what_cannot_start_touches_nothing() {
    let folder = dump();
    for args in [
        &["clean", "missing"][..],
        &["clean", "dump", "missing"],
        &["clean", "dump", "--out", "dump/o"],
        &["clean", "."],
        &["clean", "dump", "--out", "dump/empty.txt"],
    ] {
        let output = run(folder.path(), args);
        assert_eq!(output.status.code(), Some(2), "{args:?} {}", err(&output));
        assert_eq!(err(&output).lines().count(), 1, "{args:?} {}", err(&output));
        assert_eq!(fs::read_dir(folder.path()).expect("readable").count(), 1, "{args:?}");
        assert_eq!(fs::read_dir(folder.path().join("dump")).expect("readable").count(), 2, "{args:?}");
    }
}
