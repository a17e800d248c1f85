//! Standard input and output that break, and a working folder that is gone.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Output, Stdio};

use super::{article, assert_calm, err, fate, finish, folder, out, rows, run, tinsach};

/// Runs with bytes on standard input.
fn fed(folder: &Path, args: &[&str], input: &[u8]) -> Output {
    let mut file = super::file();
    file.write_all(input).expect("written");
    std::io::Seek::rewind(&mut file).expect("rewound");
    let mut command = tinsach(folder, args);
    command.stdin(file);
    finish(command)
}

#[test]
fn rows_from_standard_input_are_cleaned_and_bad_ones_named() {
    let folder = folder();
    let row =
        |place: &str| serde_json::json!({ "url": "http://bao.example", "html": article(place) }).to_string();
    let input = format!("{}\nno json\n\n{{\"text\": 5}}\n{}", row("xóm Trên"), row("xóm Dưới"));
    let output = fed(folder.path(), &["clean", "-", "--out", "o"], input.as_bytes());
    assert_calm(&output);
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    let rows = rows(&folder.path().join("o"));
    let fates: Vec<_> = rows.iter().map(|(path, row)| (path.as_str(), fate(row))).collect();
    let broken = || "failed broken_row".to_owned();
    assert_eq!(
        fates,
        [("-#1", "written".to_owned()), ("-#2", broken()), ("-#4", broken()), ("-#5", "written".to_owned())]
    );
}

#[test]
fn standard_input_that_is_no_jsonl_is_worded() {
    let folder = folder();
    for (at, input) in
        [&b""[..], b"\n\n", b"<html>\n<p>a", b"\xff\xfe\x00", b"\x1f\x8b\x08"].iter().enumerate()
    {
        let place = format!("o{at}");
        let output = fed(folder.path(), &["clean", "-", "--out", &place], input);
        assert_calm(&output);
        let is_empty = input.iter().all(u8::is_ascii_whitespace);
        assert_eq!(output.status.code(), Some(i32::from(!is_empty)), "{}", err(&output));
        assert_eq!(err(&output).is_empty(), is_empty, "{}", err(&output));
    }
}

/// A reader who leaves early costs nothing: no panic, no lost document, no failure.
#[cfg(unix)]
#[test]
fn a_reader_who_leaves_is_no_failure() {
    let folder = folder();
    fs::create_dir(folder.path().join("dump")).expect("made");
    let long = article("xóm Dài").replace("</body>", &"<p>Một đoạn nữa về con đường.</p>".repeat(5000));
    fs::write(folder.path().join("dump/a.html"), long).expect("written");
    for args in [&["explain", "dump/a.html"][..], &["clean", "dump", "--out", "o"]] {
        let mut child = tinsach(folder.path(), args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!((output.status.code(), err(&output)), (Some(0), String::new()), "{args:?}");
    }
    assert_eq!(fate(&rows(&folder.path().join("o"))["dump/a.html"]), "written");
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_that_takes_nothing_is_named() {
    let folder = folder();
    fs::write(folder.path().join("a.html"), article("xóm Đầy")).expect("written");
    for args in [&["explain", "a.html"][..], &["clean", "a.html", "--out", "o"]] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("a device");
        let output = tinsach(folder.path(), args).stdout(full).output().expect("the program starts");
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        assert!(err(&output).starts_with("tinsach: cannot write to standard output"), "{}", err(&output));
    }
    assert_eq!(fate(&rows(&folder.path().join("o"))["a.html"]), "written");
}

/// A shell may stand in a folder that somebody has removed.
#[cfg(target_os = "linux")]
#[test]
fn a_removed_working_folder_is_worded_where_it_matters() {
    let folder = folder();
    let page = folder.path().join("a.html");
    fs::write(&page, article("xóm Mất")).expect("written");
    let in_removed = |args: &str| {
        let gone = folder.path().join("gone");
        fs::create_dir(&gone).expect("made");
        let mut shell = std::process::Command::new("sh");
        let script = format!("rmdir ../gone; exec '{}' {args}", env!("CARGO_BIN_EXE_tinsach"));
        shell.args(["-c", &script]).current_dir(&gone).stdin(Stdio::null());
        finish(shell)
    };
    let (page, place) = (page.display(), folder.path().join("o"));
    let output = in_removed(&format!("clean {page} --out {}", place.display()));
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert_eq!(rows(&place).len(), 1);
    let output = in_removed(&format!("clean {page} --out relative"));
    assert_eq!(output.status.code(), Some(2), "{}", err(&output));
    assert!(err(&output).contains("cannot use relative for output"), "{}", err(&output));
    for args in ["clean .", "explain a.html", "config init", "config check", "--help"] {
        assert_calm(&in_removed(args));
    }
}

#[test]
fn explain_words_what_it_cannot_show() {
    let folder = folder();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).expect("written");
    write("empty.html", b"");
    write("picture.html", b"\x89PNG\r\n\x1a\n0000");
    write("short.html.gz", &super::gzip(article("x").as_bytes())[..40]);
    write("deep.html", "<div>".repeat(100_000).as_bytes());
    for (name, code, part) in [
        ("empty.html", 0, "skipped"),
        ("picture.html", 0, "skipped"),
        ("deep.html", 0, "skipped"),
        ("short.html.gz", 1, "truncated"),
        ("missing.html", 1, "no such file"),
    ] {
        let output = run(folder.path(), &["explain", name]);
        assert_calm(&output);
        assert_eq!(output.status.code(), Some(code), "{name}: {}", err(&output));
        assert!(out(&output).contains(part) || err(&output).contains(part), "{name}: {}", out(&output));
    }
}
