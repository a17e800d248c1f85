//! Bad input through the built program, as its user sees it: manifest rows, messages, exit status.
//!
//! Each test makes its own fixtures. Invariant: whatever comes in, the program ends in time with a worded result, and
//! the good documents beside it are written.

mod bombs;
mod inputs;
mod outputs;
mod streams;
mod stopped;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read, Seek};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// Time that any run of these tests may take: many times what it needs in a debug build on a busy machine.
const IN_TIME: Duration = Duration::from_mins(4);

/// The program, in a folder.
fn tinsach(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tinsach"));
    command.args(args).current_dir(folder).stdin(Stdio::null());
    for name in ["NO_COLOR", "COLUMNS", "CLICOLOR", "CLICOLOR_FORCE", "RUST_BACKTRACE"] {
        command.env_remove(name);
    }
    command
}

/// Runs a command to its end; one that hangs is killed and fails the test.
fn finish(mut command: Command) -> Output {
    let name = format!("{command:?}");
    let (mut out, mut err) = (file(), file());
    command.stdout(out.try_clone().expect("a handle")).stderr(err.try_clone().expect("a handle"));
    let mut child = command.spawn().expect("the program starts");
    let deadline = Instant::now() + IN_TIME;
    let status = loop {
        if let Some(status) = child.try_wait().expect("a child") {
            break status;
        }
        if Instant::now() > deadline {
            child.kill().expect("a child");
            panic!("{name} did not end within {IN_TIME:?}");
        }
        thread::sleep(Duration::from_millis(10));
    };
    Output { status, stdout: content(&mut out), stderr: content(&mut err) }
}

fn file() -> File {
    tempfile::tempfile().expect("a file")
}

fn content(file: &mut File) -> Vec<u8> {
    let mut bytes = Vec::new();
    file.rewind().and_then(|()| file.read_to_end(&mut bytes)).expect("readable");
    bytes
}

fn run(folder: &Path, args: &[&str]) -> Output {
    finish(tinsach(folder, args))
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

/// A folder that other users may enter.
#[cfg(unix)]
fn open_folder() -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("ours");
    folder
}

/// The rows of a manifest by their path. Every line is whole, and no path has two rows.
fn rows(out: &Path) -> BTreeMap<String, Value> {
    let manifest = fs::read_to_string(out.join("manifest.jsonl")).expect("a manifest");
    assert!(manifest.is_empty() || manifest.ends_with('\n'));
    let mut rows = BTreeMap::new();
    for line in manifest.lines() {
        let row: Value = serde_json::from_str(line).expect("a row");
        let path = row["path"].as_str().expect("a path").to_owned();
        assert!(rows.insert(path, row).is_none(), "two rows: {line}");
    }
    rows
}

/// What became of an input: `written`, `skipped empty`, `failed truncated`.
fn fate(row: &Value) -> String {
    let detail = row["reason"].as_str().or(row["error"]["code"].as_str()).unwrap_or_default();
    format!("{} {detail}", row["status"].as_str().expect("a status")).trim_end().to_owned()
}

/// Every file below a folder but the program's own, with its content.
fn tree(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("readable") {
            let path = entry.expect("an entry").path();
            if path.is_dir() && !path.ends_with(".tinsach") {
                folders.push(path);
            } else if path.is_file() {
                let name = path.strip_prefix(root).expect("below").to_string_lossy().into_owned();
                files.insert(name, fs::read(&path).expect("readable"));
            }
        }
    }
    files
}

/// An article of our own; `place` makes it another one.
fn article(place: &str) -> String {
    format!(
        "<html><head><title>Con đường {place}</title></head><body><h1>Con đường {place} được trải nhựa</h1>\
         <p>Sáng nay, con đường {place} dài ba cây số đã được trải nhựa sau gần một năm thi công.</p>\
         <p>Bà con {place} rất vui, vì từ nay trẻ nhỏ đi học không còn phải lội bùn vào mùa mưa nữa.</p>\
         <p>Chủ tịch xã cho biết công trình {place} sẽ được bàn giao cho thôn quản lý ngay trong tháng tới.</p>\
         <p>Những hàng cây ven đường {place} cũng được trồng lại, mỗi nhà nhận chăm một gốc bàng.</p></body></html>"
    )
}

fn gzip(data: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(data).and_then(|()| encoder.finish()).expect("in memory")
}

/// No panic showed through.
fn assert_calm(output: &Output) {
    let message = err(output);
    assert!(output.status.code().is_some(), "ended by a signal: {message}");
    for word in ["panicked", "backtrace", "overflow", "RUST_"] {
        assert!(!message.contains(word), "{message}");
    }
}

/// The command as another user than root, whom permissions bind; `None` where that cannot be had.
#[cfg(unix)]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn unprivileged(folder: &Path, args: &[&str]) -> Option<Command> {
    let is_root = fs::write(folder.join("probe"), "x").is_ok() && {
        use std::os::unix::fs::PermissionsExt;
        let probe = folder.join("probe");
        fs::set_permissions(&probe, fs::Permissions::from_mode(0o000)).expect("ours");
        let readable = fs::read(&probe).is_ok();
        fs::remove_file(&probe).expect("ours");
        readable
    };
    if !is_root {
        return Some(tinsach(folder, args));
    }
    // The build folder may be closed to others.
    let program = folder.join("tinsach-program");
    fs::copy(env!("CARGO_BIN_EXE_tinsach"), &program).expect("copied");
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&program);
    let reaches = Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(&program)
        .arg("--version")
        .output();
    if !reaches.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: permissions do not bind this user, and no other can be had");
        return None;
    }
    command.args(args).current_dir(folder).stdin(Stdio::null());
    Some(command)
}
