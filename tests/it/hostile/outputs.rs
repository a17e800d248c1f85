//! Output folders that cannot be used, or stop being usable.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{article, assert_calm, err, fate, folder, out, rows, run, tree};

fn dump(folder: &Path, size: usize) {
    fs::create_dir(folder.join("dump")).expect("made");
    for number in 0..size {
        let page = article(&format!("số {number}"));
        fs::write(folder.join(format!("dump/{number:03}.html")), page).expect("written");
    }
}

#[test]
fn an_output_folder_that_cannot_be_is_refused() {
    let folder = folder();
    dump(folder.path(), 1);
    fs::write(folder.path().join("file"), "kept").expect("written");
    fs::create_dir_all(folder.path().join("taken/manifest.jsonl")).expect("made");
    fs::create_dir_all(folder.path().join("odd/.tinsach/state.db")).expect("made");
    let before = tree(folder.path());
    for (out, part) in [
        ("file", "in the way"),
        ("file/below", "in the way"),
        ("taken", "manifest.jsonl"),
        ("odd", "state.db is damaged"),
        ("/proc/tinsach-cannot-be-here", "you may write to"),
    ] {
        let output = run(folder.path(), &["clean", "dump", "--out", out]);
        assert_eq!(output.status.code(), Some(2), "{out}: {}", err(&output));
        assert!(err(&output).contains(part) && err(&output).lines().count() == 1, "{}", err(&output));
        assert!(output.stdout.is_empty() && tree(folder.path()) == before, "{out}");
    }
}

#[cfg(unix)]
#[test]
fn an_output_folder_that_may_not_be_written_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = super::open_folder();
    dump(folder.path(), 1);
    fs::create_dir(folder.path().join("closed")).expect("made");
    fs::set_permissions(folder.path().join("closed"), fs::Permissions::from_mode(0o555)).expect("ours");
    for place in ["closed", "closed/below"] {
        let Some(command) = super::unprivileged(folder.path(), &["clean", "dump", "--out", place]) else {
            return;
        };
        let output = super::finish(command);
        assert_eq!(output.status.code(), Some(2), "{}", err(&output));
        assert!(err(&output).contains("you may write to"), "{}", err(&output));
        assert_eq!(fs::read_dir(folder.path().join("closed")).expect("readable").count(), 0);
    }
}

#[test]
fn a_database_that_cannot_be_used_is_refused_and_named() {
    let folder = folder();
    dump(folder.path(), 3);
    assert_eq!(run(folder.path(), &["clean", "dump", "--out", "o"]).status.code(), Some(0));
    let database = folder.path().join("o/.tinsach/state.db");
    let good = fs::read(&database).expect("there");
    let with = |sql: &str| {
        fs::write(&database, &good).expect("written");
        let connection = rusqlite::Connection::open(&database).expect("opened");
        connection.execute_batch(sql).expect("executed");
        connection.close().expect("closed");
        fs::read(&database).expect("there")
    };
    let mut flipped = good.clone();
    flipped[4096..].fill(0x5a);
    let cases = [
        (b"no database".to_vec(), "is damaged"),
        (good[..good.len() / 2].to_vec(), "is damaged"),
        (flipped, "is damaged"),
        (with("PRAGMA user_version = 99"), "has format 99"),
        (with("PRAGMA application_id = 7"), "another program"),
    ];
    fs::write(folder.path().join("dump/new.html"), article("mới")).expect("written");
    let before = tree(&folder.path().join("o"));
    for (content, part) in cases {
        fs::write(&database, &content).expect("written");
        let output = run(folder.path(), &["clean", "dump", "--out", "o"]);
        assert_eq!(output.status.code(), Some(2), "{}", err(&output));
        assert!(err(&output).contains(part) && err(&output).contains("state.db"), "{}", err(&output));
        assert!(tree(&folder.path().join("o")) == before && fs::read(&database).expect("there") == content);
    }
    fs::remove_file(&database).expect("removed");
    let output = run(folder.path(), &["clean", "dump", "--out", "o"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(err(&output).contains("is missing"), "{}", err(&output));
}

#[cfg(target_os = "linux")]
#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn a_full_disk_ends_the_run_with_what_was_done_and_more_room_completes_it() {
    let folder = folder();
    dump(folder.path(), 900);
    let disk = folder.path().join("disk");
    fs::create_dir(&disk).expect("made");
    let mount = |option: &str| {
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", option, "tmpfs"]).arg(&disk).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    if !mount("size=4m") {
        eprintln!("skipped: a small file system cannot be mounted here");
        return;
    }
    let first = run(folder.path(), &["clean", "dump", "--out", "disk/o"]);
    let part = rows(&disk.join("o"));
    let texts = tree(&disk.join("o")).len() - 1;
    let enlarged = mount("remount,size=64m");
    let second = run(folder.path(), &["clean", "dump", "--out", "disk/o"]);
    let whole = rows(&disk.join("o"));
    Command::new("umount").arg(&disk).status().expect("unmounted");
    assert_calm(&first);
    assert_eq!(first.status.code(), Some(1), "{}", err(&first));
    assert!(
        // Whoever writes next meets the full disk, the text or the database.
        (err(&first).contains("No space left") || err(&first).contains("disk is full"))
            && err(&first).contains("goes on from there"),
        "{}",
        err(&first)
    );
    assert!(out(&first).starts_with("The run broke off. Until then:\nRead "), "{}", out(&first));
    assert!(part.len() == texts && texts > 0 && texts < 900, "{} rows, {texts} texts", part.len());
    assert!(out(&first).contains(&format!("\n  written       {texts}\n")), "{}", out(&first));
    assert!(enlarged);
    assert_eq!(second.status.code(), Some(0), "{}", err(&second));
    assert!(whole.len() == 900 && whole.values().all(|row| fate(row) == "written"));
}

/// Hundreds of jobs share the files that a process may open.
#[cfg(unix)]
#[test]
fn many_jobs_run_within_few_open_files() {
    let folder = folder();
    dump(folder.path(), 20);
    for round in 0..2 {
        let mut shell = Command::new("sh");
        let program = env!("CARGO_BIN_EXE_tinsach");
        shell.args(["-c", &format!("ulimit -n 128; exec '{program}' clean dump --out o --jobs 300")]);
        shell.current_dir(folder.path()).stdin(Stdio::null());
        let output = super::finish(shell);
        assert_calm(&output);
        assert_eq!(output.status.code(), Some(0), "round {round}: {}", err(&output));
        assert_eq!(rows(&folder.path().join("o")).len(), 20);
    }
}
