//! Bad files and folders beside good ones.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::{article, assert_calm, err, fate, folder, gzip, out, rows, run};

fn record(url: &str, status: &str, media_type: &str, body: &[u8]) -> Vec<u8> {
    let mut message = format!("HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\n\r\n").into_bytes();
    message.extend_from_slice(body);
    let mut record = format!(
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2024-07-04T00:00:00Z\r\n\
         Content-Type: application/http; msgtype=response\r\nContent-Length: {}\r\n\r\n",
        message.len()
    )
    .into_bytes();
    record.extend_from_slice(&message);
    record.extend_from_slice(b"\r\n\r\n");
    record
}

fn write(dump: &Path, name: &str, bytes: impl AsRef<[u8]>) {
    fs::write(dump.join(name), bytes).expect("written");
}

/// Fills a folder and tells what is to become of each input in it.
fn fill(dump: &Path) -> Vec<(String, &'static str)> {
    let page = |place: &str| article(place).into_bytes();
    let packed = gzip(&page("xóm Nén"));
    let mut tail = gzip(&page("xóm Đuôi"));
    let whole = tail.len();
    tail.extend_from_slice(b"rubbish");
    let mut wrong_sum = packed.clone();
    wrong_sum.splice(packed.len() - 8.., [0; 8]);
    let mut torn = page("xóm Rách");
    torn.splice(60..60, *b"\xff\xfe\xc3 ");
    let nested = gzip(&gzip(&gzip(&packed)));
    let files: [(&str, Vec<u8>, &str); 18] = [
        ("00-good.html", page("xóm Đầu"), "written"),
        ("empty.html", Vec::new(), "skipped empty"),
        ("blank.txt", b" \n\t\r\n".to_vec(), "skipped empty"),
        ("binary.bin", (0..=255).cycle().take(100_000).collect(), "skipped binary"),
        ("picture.html", [&b"\x89PNG\r\n\x1a\n"[..], &[7; 1000]].concat(), "skipped binary"),
        ("photo.html", [&b"\xff\xd8\xff\xe0"[..], &[9; 500]].concat(), "skipped binary"),
        ("short.html.gz", packed[..packed.len() / 2].to_vec(), "failed truncated"),
        ("header.gz", packed[..10].to_vec(), "failed truncated"),
        ("sum.html.gz", wrong_sum, "failed corrupt"),
        ("stream.gz", [&packed[..12], &[0xff; 40]].concat(), "failed corrupt"),
        ("nested.gz", nested, "failed nested_too_deep"),
        ("torn.html", torn, "written"),
        ("nul.html", article("xóm Không").replace("nhựa", "nh\0ựa").into_bytes(), "written"),
        (" space s .html", page("xóm Trắng"), "written"),
        ("-dash.html", page("xóm Gạch"), "written"),
        ("two\nlines.html", page("xóm Dòng"), "written"),
        ("\u{1b}[31mred.html", page("xóm Đỏ"), "written"),
        ("zz-good.html", page("xóm Cuối"), "written"),
    ];
    let mut fates = Vec::new();
    for (name, bytes, fate) in files {
        write(dump, name, bytes);
        let id = name.replace('\n', "\\x0A").replace('\u{1b}', "\\x1B");
        fates.push((id, fate));
    }
    write(dump, "tail.gz", &tail);
    fates.push(("tail.gz".to_owned(), "written"));
    fates.push((format!("tail.gz#{}", article("xóm Đuôi").len()), "failed corrupt"));
    assert!(whole < tail.len());
    fates.extend(archives(dump));
    fates
}

fn archives(dump: &Path) -> Vec<(String, &'static str)> {
    let first = record("http://bao.example/1", "200 OK", "text/html", article("phố Một").as_bytes());
    let missing = record("http://bao.example/2", "404 Not Found", "text/html", b"no");
    let picture = record("http://bao.example/3", "200 OK", "image/png", b"\x89PNG");
    let last = record("http://bao.example/4", "200 OK", "text/html", article("phố Hai").as_bytes());
    let archive = [&first[..], &missing, &picture, &last].concat();
    let places = [0, first.len(), first.len() + missing.len(), archive.len() - last.len()];
    write(dump, "a.warc", &archive);
    let of_whole = ["written", "skipped http_status", "skipped not_a_document", "written"];
    let mut fates: Vec<_> =
        places.iter().zip(of_whole).map(|(at, fate)| (format!("a.warc#{at}"), fate)).collect();

    let short =
        [record("http://bao.example/5", "200 OK", "text/html", article("phố Ba").as_bytes()), last].concat();
    write(dump, "short.warc", &short[..short.len() - 300]);
    write(dump, "short.warc.gz", &gzip(&short)[..500]);
    fates.push(("short.warc#0".to_owned(), "written"));
    fates.push((format!("short.warc#{}", short.len() - 300), "failed truncated"));

    let html = serde_json::to_string(&article("phố Bốn")).expect("a string");
    let lines = [
        format!("{{\"url\": \"http://bao.example/6\", \"html\": {html}}}").into_bytes(),
        b"{\"broken".to_vec(),
        Vec::new(),
        b"[1, 2]".to_vec(),
        b"{\"url\": \"http://bao.example/7\"}".to_vec(),
        b"{\"text\": \"\xff\xfe\"}".to_vec(),
        b"{\"text\": \"\"}".to_vec(),
    ];
    write(dump, "rows.jsonl", lines.join(&b'\n'));
    for (line, fate) in
        [(1, "written"), (2, "failed broken_row"), (4, "failed broken_row"), (5, "failed broken_row")]
    {
        fates.push((format!("rows.jsonl#{line}"), fate));
    }
    fates.push(("rows.jsonl#6".to_owned(), "failed broken_row"));
    fates.push(("rows.jsonl#7".to_owned(), "skipped empty"));
    fates
}

#[cfg(unix)]
fn fill_special(dump: &Path) -> Vec<(String, &'static str)> {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;
    symlink("nowhere", dump.join("dangling")).expect("linked");
    symlink("loop", dump.join("loop")).expect("linked");
    symlink("..", dump.join("up")).expect("linked");
    fs::create_dir_all(dump.join("sub/x")).expect("made");
    symlink("../../sub", dump.join("sub/x/back")).expect("linked");
    let listener = std::os::unix::net::UnixListener::bind(dump.join("socket")).expect("bound");
    drop(listener);
    fs::write(dump.join(OsStr::from_bytes(b"bytes\xff\xfe.html")), article("xóm Lạ")).expect("written");
    [
        ("dangling", "failed dangling_link"),
        ("loop", "failed circular_link"),
        ("up", "failed circular_link"),
        ("sub/x/back", "failed circular_link"),
        ("socket", "failed special_file"),
        ("bytes\\xFF\\xFE.html", "written"),
    ]
    .map(|(id, fate)| (id.to_owned(), fate))
    .into()
}

#[test]
fn each_bad_input_gets_its_row_and_the_good_ones_are_written() {
    let folder = folder();
    let dump = folder.path().join("dump");
    fs::create_dir(&dump).expect("made");
    let mut fates = fill(&dump);
    #[cfg(unix)]
    fates.extend(fill_special(&dump));
    let output = run(folder.path(), &["clean", "dump", "--out", "o"]);
    assert_calm(&output);
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    let rows = rows(&folder.path().join("o"));
    let short = rows.keys().find(|path| path.starts_with("dump/short.warc.gz#")).expect("a row");
    assert_eq!(fate(&rows[short]), "failed truncated");
    assert_eq!(rows.len(), fates.len() + 1, "{:?}", rows.keys());
    for (id, expected) in fates {
        let id = format!("dump/{id}");
        let row = rows.get(&id).unwrap_or_else(|| panic!("{id} has no row: {:?}", rows.keys()));
        assert_eq!(fate(row), expected, "{id}: {row}");
        if row["status"] == "failed" {
            let named = err(&output).lines().filter(|line| line.starts_with("failed: dump/")).count();
            assert!(named > 0 && row["error"]["message"].as_str().expect("worded").len() > id.len(), "{row}");
        }
        if row["status"] == "written" {
            let file = folder.path().join("o").join(row["file"].as_str().expect("a file"));
            assert!(fs::read_to_string(file).expect("there").contains("được trải"), "{id}");
        }
    }
    let failed = rows.values().filter(|row| row["status"] == "failed").count();
    assert_eq!(err(&output).lines().count(), failed, "a line for each: {}", err(&output));
    assert!(err(&output).chars().all(|c| c == '\n' || !c.is_control()));

    // Again: nothing new, and the failures are named once more.
    let manifest = fs::read(folder.path().join("o/manifest.jsonl")).expect("there");
    let again = run(folder.path(), &["clean", "dump", "--out", "o"]);
    assert_eq!((again.status.code(), err(&again)), (Some(1), err(&output)));
    assert!(fs::read(folder.path().join("o/manifest.jsonl")).expect("there") == manifest);
}

#[cfg(unix)]
#[test]
fn what_may_not_be_read_is_named_and_the_rest_is_read() {
    use std::os::unix::fs::PermissionsExt;
    let folder = super::open_folder();
    let (dump, closed) = (folder.path().join("dump"), folder.path().join("dump/closed"));
    fs::create_dir_all(&closed).expect("made");
    fs::create_dir(folder.path().join("o")).expect("made");
    for (name, place) in [("a.html", "xóm Kín"), ("closed/b.html", "xóm Sâu"), ("c.html", "xóm Mở")] {
        write(&dump, name, article(place));
    }
    let allow =
        |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("ours");
    allow(&dump.join("a.html"), 0);
    allow(&closed, 0);
    allow(&folder.path().join("o"), 0o777);
    let Some(command) = super::unprivileged(folder.path(), &["clean", "dump", "--out", "o"]) else { return };
    let output = super::finish(command);
    for refused in ["dump/a.html", "dump/closed"] {
        let args = ["clean", "dump/c.html", refused, "--out", "o2"];
        let output = super::finish(super::unprivileged(folder.path(), &args).expect("as before"));
        assert_eq!(output.status.code(), Some(2), "{}", err(&output));
        assert!(err(&output).starts_with(&format!("tinsach: {refused}: cannot be read")), "{}", err(&output));
    }
    allow(&closed, 0o755);
    assert_calm(&output);
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    let rows = rows(&folder.path().join("o"));
    let fates: Vec<_> = rows.iter().map(|(path, row)| (path.as_str(), fate(row))).collect();
    let unreadable = || "failed unreadable".to_owned();
    assert_eq!(
        fates,
        [("dump/a.html", unreadable()), ("dump/c.html", "written".to_owned()), ("dump/closed", unreadable())]
    );
}

#[test]
fn deep_folders_end_with_a_row() {
    let folder = folder();
    let mut deep = PathBuf::from("dump");
    fs::create_dir(folder.path().join("dump")).expect("made");
    write(&folder.path().join("dump"), "z.html", article("xóm Nông"));
    for _ in 0..300 {
        deep.push("d");
        fs::create_dir(folder.path().join(&deep)).expect("made");
    }
    write(&folder.path().join(&deep), "a.html", article("xóm Thẳm"));
    let output = run(folder.path(), &["clean", "dump", "--out", "o"]);
    assert_calm(&output);
    let rows = rows(&folder.path().join("o"));
    let mut fates: Vec<String> = rows.values().map(fate).collect();
    fates.sort();
    assert_eq!(fates, ["failed too_deep", "written"], "{}", err(&output));
}

#[test]
fn documents_over_the_limit_fail_and_those_at_it_do_not() {
    let folder = folder();
    let dump = folder.path().join("dump");
    fs::create_dir(&dump).expect("made");
    let limit = 1 << 20;
    let padded = |length: usize| {
        let page = article("xóm Rộng");
        format!("{page}{}", " ".repeat(length - page.len()))
    };
    write(&dump, "at.html", padded(limit));
    write(&dump, "over.html", padded(limit + 1));
    write(&dump, "over.html.gz", gzip(padded(limit + 1).as_bytes()));
    let row = |length: usize| serde_json::json!({ "html": padded(length) }).to_string();
    write(&dump, "rows.jsonl", [row(limit), row(limit + 1), row(8 * limit), row(limit)].join("\n"));
    File::create(dump.join("sparse.html")).and_then(|file| file.set_len(3 << 30)).expect("sparse");
    let output = run(folder.path(), &["clean", "dump", "--out", "o", "--max-document-mib", "1"]);
    assert_calm(&output);
    let rows = rows(&folder.path().join("o"));
    let expected = [
        ("dump/at.html", "written"),
        ("dump/over.html", "failed too_large"),
        ("dump/over.html.gz", "failed too_large"),
        ("dump/rows.jsonl#1", "duplicate"),
        ("dump/rows.jsonl#2", "failed too_large"),
        ("dump/rows.jsonl#3", "failed too_large"),
        ("dump/rows.jsonl#4", "duplicate"),
        ("dump/sparse.html", "failed too_large"),
    ];
    assert!(
        rows.iter()
            .map(|(path, row)| (path.as_str(), fate(row)))
            .eq(expected.map(|(path, fate)| (path, fate.to_owned()))),
        "{rows:?}"
    );
    assert!(err(&output).contains("larger than the limit of 1048576 bytes"), "{}", err(&output));
}

#[test]
fn a_line_of_64_mb_fails_as_page_text_or_row() {
    let folder = folder();
    let dump = folder.path().join("dump");
    fs::create_dir(&dump).expect("made");
    let line = "chữ và số ".repeat(64_000_000 / 13);
    write(&dump, "line.txt", &line);
    write(&dump, "line.html", format!("<html><body><p>{line}"));
    write(&dump, "line.jsonl", format!("{{\"text\": \"{line}{line}\"}}\n{}", row_of("xóm Dài")));
    write(&dump, "line.txt.gz", gzip(line.as_bytes()));
    // Half the limit is cleaned, however long the line.
    write(&dump, "half.txt", &line[..line.floor_char_boundary(1 << 20)]);
    drop(line);
    let output = run(folder.path(), &["clean", "dump", "--out", "o"]);
    assert_calm(&output);
    let rows = rows(&folder.path().join("o"));
    for (path, row) in &rows {
        let expected = match path.as_str() {
            "dump/half.txt" => continue,
            "dump/line.jsonl#2" => "written",
            _ => "failed too_large",
        };
        assert_eq!(fate(row), expected, "{path}");
    }
    assert_eq!(rows.len(), 6);
}

fn row_of(place: &str) -> String {
    serde_json::json!({ "html": article(place) }).to_string()
}

#[test]
fn ten_thousand_files_get_ten_thousand_rows() {
    let folder = folder();
    let dump = folder.path().join("dump");
    for number in 0..10_000 {
        let part = dump.join(format!("{:02}", number / 100));
        if number % 100 == 0 {
            fs::create_dir_all(&part).expect("made");
        }
        let text = if number % 500 == 7 {
            article(&format!("số {number}"))
        } else {
            "<p>Ngắn quá.</p>".to_owned()
        };
        write(&part, &format!("{number:04}.html"), text);
    }
    let output = run(folder.path(), &["clean", "dump", "--out", "o"]);
    assert_calm(&output);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(out(&output).starts_with("Read 10,000 documents"), "{}", out(&output));
    let rows = rows(&folder.path().join("o"));
    assert_eq!(rows.len(), 10_000);
    assert_eq!(rows.values().filter(|row| row["status"] == "written").count(), 20);
}

/// Files that somebody rewrites, truncates and replaces all the while cost nothing but themselves.
#[test]
fn files_that_change_while_they_are_read_do_no_harm() {
    let folder = folder();
    let dump = folder.path().join("dump");
    fs::create_dir(&dump).expect("made");
    let page = article("xóm Động").repeat(300);
    for number in 0..40 {
        write(
            &dump,
            &format!("{number:02}.html"),
            if number % 2 == 0 { article(&format!("số {number}")) } else { page.clone() },
        );
    }
    let stop = AtomicBool::new(false);
    let output = thread::scope(|scope| {
        scope.spawn(|| {
            let mut round = 0;
            while !stop.load(Ordering::Relaxed) {
                let path = dump.join(format!("{:02}.html", (round * 2 + 1) % 40));
                let replacement = dump.join("..").join("replacement");
                let _ = match round % 4 {
                    0 => fs::write(&path, "<p>x"),
                    1 => fs::write(&replacement, &page).and_then(|()| fs::rename(&replacement, &path)),
                    2 => fs::remove_file(&path),
                    _ => fs::write(&path, &page),
                };
                round += 1;
            }
        });
        let output = run(folder.path(), &["clean", "dump", "--out", "o"]);
        stop.store(true, Ordering::Relaxed);
        output
    });
    assert_calm(&output);
    for (path, row) in rows(&folder.path().join("o")) {
        let number: u32 = path["dump/".len()..].trim_end_matches(".html").parse().expect("a number");
        let expected: &[&str] = match number % 2 {
            0 => &["written"],
            _ => &[
                "written",
                "duplicate",
                "failed changed",
                "failed unreadable",
                "failed not_found",
                "skipped empty",
                "skipped no_article",
                "skipped no_text",
            ],
        };
        assert!(expected.contains(&fate(&row).as_str()), "{path}: {row}");
    }
}
