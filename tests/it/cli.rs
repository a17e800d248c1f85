//! The built program from outside: help, exit status, configuration, completions, manual, explain.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tinsach::config::{Config, DEFAULT_TOML};

/// The program, in an empty folder of its own, with nothing of this terminal in its environment.
fn tinsach(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tinsach"));
    command.args(args).current_dir(folder).stdin(Stdio::null());
    for name in ["NO_COLOR", "COLUMNS", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    command
}

fn run(folder: &Path, args: &[&str]) -> Output {
    tinsach(folder, args).output().expect("the program starts")
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

fn entries(folder: &Path) -> usize {
    fs::read_dir(folder).expect("readable").count()
}

#[test]
fn help_works_for_every_command() {
    let folder = folder();
    for args in [
        &["--help"][..],
        &["-h"],
        &["help"],
        &["clean", "--help"],
        &["explain", "--help"],
        &["config", "--help"],
        &["config", "init", "--help"],
        &["completions", "--help"],
        &["man", "--help"],
        &["--version"],
    ] {
        let output = run(folder.path(), args);
        assert_eq!(output.status.code(), Some(0), "{args:?} {}", err(&output));
        assert!(!output.stdout.is_empty() && output.stderr.is_empty(), "{args:?}");
        assert!(out(&output).lines().all(|line| line.chars().count() <= 100), "{args:?}");
    }
    assert!(out(&run(folder.path(), &["--help"])).contains("Examples:"));
}

#[test]
fn unusable_arguments_end_with_2_and_touch_nothing() {
    let folder = folder();
    fs::write(folder.path().join("a.txt"), "Một bài báo.\n").expect("written");
    for args in [
        &[][..],
        &["clena"],
        &["clean"],
        &["clean", "a.txt", "--no-such-option"],
        &["clean", "a.txt", "--dedup", "near"],
        &["clean", "a.txt", "--include", "title,boddy"],
        &["clean", "a.txt", "--include", ""],
        &["clean", "a.txt", "--format", "csv"],
        &["clean", "a.txt", "--naming", "date"],
        &["clean", "a.txt", "--jobs", "-1"],
        &["clean", "a.txt", "--jobs", "many"],
        &["clean", "a.txt", "--jobs", "1025"],
        &["clean", "a.txt", "--max-document-mib", "0"],
        &["clean", "a.txt", "--out", ""],
        &["clean", "a.txt", "--log-format", "xml"],
        &["clean", "a.txt", "--config", "missing.toml"],
        &["explain"],
        &["explain", "a.txt", "a.txt"],
        &["explain", "a.txt", "--color", "red"],
        &["explain", "a.txt", "--config", "missing.toml"],
        &["explain", "a.txt", "--html", "a.txt"],
        &["explain", "a.txt", "--html", "missing/a.html"],
        &["config"],
        &["config", "check", "--config", "missing.toml"],
        &["config", "init", "--config", "missing/c.toml"],
        &["completions", "tcsh"],
    ] {
        let output = run(folder.path(), args);
        assert_eq!(output.status.code(), Some(2), "{args:?} {}", err(&output));
        assert!(!output.stderr.is_empty() && output.stdout.is_empty(), "{args:?}");
        assert_eq!(entries(folder.path()), 1, "{args:?}");
    }
    assert_eq!(fs::read_to_string(folder.path().join("a.txt")).expect("read"), "Một bài báo.\n");
}

#[test]
fn a_mistyped_option_gets_a_hint() {
    let folder = folder();
    let message = err(&run(folder.path(), &["clean", "a.txt", "--namng", "hash"]));
    assert!(message.contains("--naming"), "{message}");
    let message = err(&run(folder.path(), &["clean", "a.txt", "--include", "boddy"]));
    assert!(message.contains("body"), "{message}");
}

#[test]
fn config_init_writes_the_default_once() {
    let folder = folder();
    let output = run(folder.path(), &["config", "init"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let file = folder.path().join("config.toml");
    assert_eq!(fs::read_to_string(&file).expect("written"), DEFAULT_TOML);

    fs::write(&file, "[run]\njobs = 2\n").expect("written");
    let output = run(folder.path(), &["config", "init"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("config.toml") && err(&output).contains("--force"), "{}", err(&output));
    assert_eq!(fs::read_to_string(&file).expect("kept"), "[run]\njobs = 2\n");

    assert_eq!(run(folder.path(), &["config", "init", "--force"]).status.code(), Some(0));
    assert_eq!(fs::read_to_string(&file).expect("written"), DEFAULT_TOML);

    assert_eq!(run(folder.path(), &["config", "init", "--config", "team.toml"]).status.code(), Some(0));
    assert_eq!(run(folder.path(), &["config", "--config", "team.toml", "check"]).status.code(), Some(0));
}

#[test]
fn config_check_names_each_mistake() {
    let folder = folder();
    let output = run(folder.path(), &["config", "check"]);
    assert_eq!((output.status.code(), out(&output).contains("defaults")), (Some(0), true));

    fs::write(folder.path().join("config.toml"), "[run]\njbos = 2\n\n[output]\nformat = \"pdf\"\n")
        .expect("written");
    for args in
        [&["config", "check"][..], &["config", "show"], &["clean", "x", "--out", "o"], &["explain", "x"]]
    {
        let output = run(folder.path(), args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        let message = err(&output);
        assert!(message.contains("config.toml:2: unknown key `jbos`"), "{args:?} {message}");
        assert!(message.contains("did you mean `jobs`?"), "{args:?} {message}");
        assert!(message.contains("config.toml:5: `format` is \"pdf\""), "{args:?} {message}");
        assert_eq!(message.lines().count(), 2, "{message}");
        assert_eq!(entries(folder.path()), 1, "{args:?}");
    }

    fs::write(folder.path().join("bytes.toml"), b"[run]\n# \xff\n").expect("written");
    let message = err(&run(folder.path(), &["config", "check", "--config", "bytes.toml"]));
    assert!(message.contains("bytes.toml:2: ") && message.contains("UTF-8"), "{message}");

    fs::write(folder.path().join("large.toml"), "#".repeat(2 << 20)).expect("written");
    let output = run(folder.path(), &["config", "check", "--config", "large.toml"]);
    assert_eq!(output.status.code(), Some(2), "{}", err(&output));
}

#[test]
fn config_show_prints_what_is_in_effect() {
    let folder = folder();
    let shown = out(&run(folder.path(), &["config", "show"]));
    assert_eq!(Config::from_toml(&shown, "shown"), Ok(Config::default()));

    fs::write(folder.path().join("config.toml"), "[run]\njobs = 5\n").expect("written");
    let mut expected = Config::default();
    expected.run.jobs = 5;
    let shown = out(&run(folder.path(), &["config", "show"]));
    assert_eq!(Config::from_toml(&shown, "shown"), Ok(expected));

    fs::write(folder.path().join("other.toml"), "[output]\ndir = \"kết quả\"\n").expect("written");
    let shown = out(&run(folder.path(), &["config", "show", "--config", "other.toml"]));
    assert!(
        shown.contains("other.toml") && shown.contains("kết quả") && shown.contains("jobs = 0"),
        "{shown}"
    );
}

#[test]
fn completions_name_commands_and_options() {
    let folder = folder();
    for shell in ["bash", "zsh", "fish"] {
        let output = run(folder.path(), &["completions", shell]);
        assert_eq!(output.status.code(), Some(0), "{shell}");
        let script = out(&output);
        for word in ["clean", "explain", "completions", "max-document-mib"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
}

#[test]
fn the_manual_has_a_page_for_each_command() {
    let folder = folder();
    let output = run(folder.path(), &["man"]);
    assert_eq!(output.status.code(), Some(0));
    let roff = out(&output);
    for page in ["tinsach", "tinsach-clean", "tinsach-explain", "tinsach-config", "tinsach-config-init"] {
        assert!(roff.contains(&format!(".TH {page} 1")), "{page}");
    }
    assert!(roff.contains("Examples:"));
}

#[test]
fn explain_tells_text_and_page() {
    let folder = folder();
    fs::write(folder.path().join("a.txt"), "Một bài báo.\n").expect("written");
    let output = run(folder.path(), &["explain", "a.txt"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(out(&output).starts_with("a.txt\n"), "{}", out(&output));
    assert!(out(&output).contains("\nkept "), "{}", out(&output));

    let output = run(folder.path(), &["explain", "a.txt", "--html", "a.html"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let page = fs::read_to_string(folder.path().join("a.html")).expect("written");
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("a.txt"), "{page}");
}

#[test]
fn colour_follows_option_and_environment() {
    let folder = folder();
    fs::write(folder.path().join("a.txt"), "Một bài báo.\n").expect("written");
    let coloured = |args: &[&str], no_color: Option<&str>| {
        let mut command = tinsach(folder.path(), &["explain", "a.txt"]);
        command.args(args);
        if let Some(value) = no_color {
            command.env("NO_COLOR", value);
        }
        out(&command.output().expect("the program starts")).contains('\u{1b}')
    };
    assert!(!coloured(&[], None), "standard output is no terminal");
    assert!(!coloured(&["--color", "never"], None));
    assert!(coloured(&["--color", "always"], None));
    assert!(coloured(&["--color", "always"], Some("1")), "what is typed wins");
    assert!(!coloured(&["--color", "auto"], Some("1")));
}

#[test]
fn explain_names_what_cannot_be_read() {
    let folder = folder();
    fs::create_dir(folder.path().join("dir")).expect("made");
    fs::write(folder.path().join("large.txt"), "a".repeat((1 << 20) + 1)).expect("written");
    for args in [&["missing.html"][..], &["dir"], &["large.txt", "--max-document-mib", "1"]] {
        let output = tinsach(folder.path(), &["explain"]).args(args).output().expect("the program starts");
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        assert!(err(&output).contains(args[0]), "{args:?} {}", err(&output));
        assert!(output.stdout.is_empty());
    }
}

/// A reader that leaves at once is no failure and no panic.
#[cfg(unix)]
#[test]
fn a_broken_pipe_is_success() {
    let folder = folder();
    fs::write(folder.path().join("a.txt"), "Một bài báo.\n").expect("written");
    for args in
        [&["explain", "a.txt"][..], &["config", "show"], &["completions", "bash"], &["man"], &["--help"]]
    {
        let mut child = tinsach(folder.path(), args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(0), "{args:?} {}", err(&output));
        assert!(output.stderr.is_empty(), "{args:?} {}", err(&output));
    }
}
