//! Batches at library level, with a cleaning function of our own.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use tinsach::classify::evidence::Evidence;
use tinsach::label::Label;
use tinsach::page::RawPage;
use tinsach::parse::metadata::Metadata;
use tinsach::pipeline::{CleanedPage, LabelledBlock, Outcome, SkipReason};
use tinsach::run::{
    Dedup, Format, Input, InputError, Naming, Observer, Product, RunError, RunOptions, Summary, run,
};
use tinsach::state::StateError;
use tinsach::write::manifest::{Row, Status};

/// Hands a run its output folder when it is a child that will be killed.
const CHILD: &str = "TINSACH_TEST_RUN_CHILD";

#[derive(Default)]
struct Notes {
    rows: Mutex<Vec<Row>>,
    notices: Mutex<Vec<String>>,
}

impl Observer for Notes {
    fn finished(&self, row: &Row, _: u64) {
        self.rows.lock().unwrap().push(row.clone());
    }

    fn notice(&self, message: &str) {
        self.notices.lock().unwrap().push(message.to_owned());
    }
}

fn options(out: &Path) -> RunOptions {
    RunOptions {
        out: out.to_owned(),
        jobs: 2,
        naming: Naming::Hash,
        format: Format::Txt,
        dedup: Dedup::Exact,
        include: Label::ARTICLE.to_vec(),
        key_version: 1,
        options_fingerprint: "first".to_owned(),
    }
}

/// A page by hand: `SKIP` is no article, `PANIC` panics, all else is a title and body lines.
fn work(page: &RawPage) -> Product {
    let text = String::from_utf8_lossy(&page.body).into_owned();
    assert!(!text.starts_with("PANIC"), "a stage broke down");
    let skipped = text.starts_with("SKIP");
    let blocks = text.lines().enumerate().map(|(at, line)| LabelledBlock {
        text: line.to_owned(),
        label: match (at, line.starts_with("Nguồn")) {
            (0, _) => Label::Title,
            (_, true) => Label::Other,
            (_, false) => Label::Body,
        },
        evidence: Evidence::default(),
    });
    let page = CleanedPage {
        form: page.form,
        charset: "UTF-8",
        outcome: if skipped { Outcome::Skipped(SkipReason::IndexPage) } else { Outcome::Article },
        metadata: Metadata { title: text.lines().next().map(str::to_owned), ..Metadata::default() },
        blocks: blocks.collect(),
        rules: Vec::new(),
    };
    let key = Some(Sha256::digest(text.to_lowercase()).into());
    Product { page, text, key }
}

fn page(id: &str, body: &str) -> Input {
    let page = RawPage { body: body.as_bytes().to_vec(), ..RawPage::default() };
    let stem = id.rsplit_once('.').map_or(id, |(stem, _)| stem);
    Input { id: id.to_owned(), stem: stem.to_owned(), page: Ok(page) }
}

fn broken(id: &str, message: &str) -> Input {
    let page = Err(InputError { code: "truncated", message: message.to_owned(), is_skip: false });
    Input { id: id.to_owned(), stem: id.to_owned(), page }
}

/// A mixed dump: articles, copies, index pages, unreadable files, and a page that breaks a stage.
fn dump(size: usize) -> Vec<Input> {
    let input = |number: usize| {
        let id = format!("dump/{number}.html");
        match number % 10 {
            3 => page(&id, &format!("SKIP {number}")),
            5 => broken(&id, "the gzip ends early"),
            7 => page(&id, &format!("BÀI SỐ {}\nThân bài.\n", number - 7)),
            9 if number % 100 == 9 => page(&id, &format!("PANIC {number}")),
            _ => page(&id, &format!("Bài số {number}\nThân bài.\n")),
        }
    };
    (0..size).map(input).collect()
}

fn clean(inputs: Vec<Input>, options: &RunOptions) -> Result<Summary, RunError> {
    run(inputs.into_iter(), options, work, &Notes::default())
}

/// Every file outside `.tinsach` by its name.
fn tree(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with(".tinsach") {
                folders.push(path);
            } else if path.is_file() {
                let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
                files.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    files
}

fn names(root: &Path) -> Vec<String> {
    tree(root).into_keys().filter(|name| Path::new(name).extension() != Some("jsonl".as_ref())).collect()
}

fn rows(root: &Path) -> Vec<serde_json::Value> {
    let manifest = fs::read_to_string(root.join("manifest.jsonl")).unwrap();
    manifest.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn any_number_of_jobs_gives_the_same_bytes() {
    for (naming, format) in [(Naming::Hash, Format::Txt), (Naming::Source, Format::Jsonl)] {
        let mut trees = Vec::new();
        for jobs in [1, 2, 8] {
            let folder = tempfile::tempdir().unwrap();
            let options = RunOptions { jobs, naming, format, ..options(folder.path()) };
            let summary = clean(dump(300), &options).unwrap();
            assert_eq!(
                (summary.written, summary.duplicate, summary.skipped, summary.failed),
                (207, 30, 30, 33),
                "{summary:?}"
            );
            assert_eq!((summary.rows, summary.inputs()), (300, 300));
            assert_eq!(summary.failures, BTreeMap::from([("panic".into(), 3), ("truncated".into(), 30)]));
            assert_eq!(summary.skip_reasons, BTreeMap::from([("index_page".into(), 30)]));
            trees.push(tree(folder.path()));
        }
        assert!(trees[0] == trees[1] && trees[1] == trees[2]);
    }
}

#[test]
fn the_manifest_has_a_row_for_every_input_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let inputs = vec![
        page("a.html", "Tin một\nThân bài.\nNguồn: báo\n"),
        page("b.html", "TIN MỘT\nThân bài.\nNguồn: báo\n"),
        page("c.html", "SKIP\nmenu\n"),
        broken("d.gz", "the gzip ends early"),
        page("e.html", "PANIC"),
        page("f.html", "Tin hai\n"),
    ];
    clean(inputs, &options(folder.path())).unwrap();
    let rows = rows(folder.path());
    let status: Vec<_> = rows.iter().map(|row| row["status"].as_str().unwrap()).collect();
    assert_eq!(status, ["written", "duplicate", "skipped", "failed", "failed", "written"]);
    let first = rows[0]["file"].as_str().unwrap();
    assert!(first.starts_with("000_") && first.len() == "000_7f6c86709e46efd1.txt".len());
    assert_eq!(rows[0]["content_key"].as_str().unwrap()[..16], first[4..20]);
    assert_eq!(rows[0]["blocks_kept"], serde_json::json!({"title": 1, "body": 1}));
    assert_eq!(rows[0]["blocks_cut"], serde_json::json!({"other": 1}));
    assert_eq!(rows[0]["characters"], "Tin một\nThân bài.\nNguồn: báo\n".chars().count());
    assert_eq!(rows[1]["duplicate_of"], first);
    assert!(rows[1].get("file").is_none());
    assert_eq!(rows[2]["reason"], "index_page");
    assert_eq!(rows[2]["blocks_cut"], serde_json::json!({"title": 1, "body": 1}));
    assert_eq!(rows[3]["error"], serde_json::json!({"code": "truncated", "message": "the gzip ends early"}));
    assert_eq!(rows[4]["error"], serde_json::json!({"code": "panic", "message": "a stage broke down"}));
    assert!(rows[5]["file"].as_str().unwrap().starts_with("001_"));
    assert!(rows.iter().all(|row| row.as_object().unwrap().values().all(|value| !value.is_null())));
}

#[test]
fn the_same_run_again_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let options = options(folder.path());
    clean(dump(200), &options).unwrap();
    let before = tree(folder.path());
    let notes = Notes::default();
    let cleaned = AtomicUsize::new(0);
    let counting = |page: &RawPage| {
        cleaned.fetch_add(1, Ordering::Relaxed);
        work(page)
    };
    let again = run(dump(200).into_iter(), &options, counting, &notes).unwrap();
    assert_eq!((again.rows, again.unchanged, again.failed), (0, 178, 22));
    // Only the two pages that broke a stage are tried again.
    assert_eq!(cleaned.into_inner(), 2);
    assert!(tree(folder.path()) == before);
    let seen = notes.rows.into_inner().unwrap();
    assert_eq!(seen.len(), 200);
    assert!(seen.iter().all(|row| matches!(row.status, Status::Unchanged | Status::Failed)));
    assert!(notes.notices.into_inner().unwrap().is_empty());
}

#[test]
fn numbers_and_duplicates_go_on_across_runs() {
    let folder = tempfile::tempdir().unwrap();
    let options = options(folder.path());
    clean(vec![page("a.html", "Tin một\n"), page("b.html", "Tin hai\n")], &options).unwrap();
    let summary = clean(
        vec![
            page("a.html", "Tin một, bản sửa\n"),
            page("c.html", "tin HAI\n"),
            page("b.html", "Tin hai\n"),
            broken("d.gz", "gone"),
        ],
        &options,
    )
    .unwrap();
    assert_eq!((summary.written, summary.duplicate, summary.unchanged, summary.failed), (1, 1, 1, 1));
    let rows = rows(folder.path());
    assert!(rows[2]["file"].as_str().unwrap().starts_with("002_"));
    assert_eq!(rows[3]["duplicate_of"], rows[1]["file"]);
    // A failure is reported once, a different one again, and success at last.
    for (input, added) in
        [(broken("d.gz", "gone"), 0), (broken("d.gz", "torn"), 1), (page("d.gz", "Tin ba\n"), 1)]
    {
        assert_eq!(clean(vec![input], &options).unwrap().rows, added);
    }
}

#[test]
fn without_deduplication_copies_are_written_and_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let all = RunOptions { dedup: Dedup::Off, ..options(folder.path()) };
    let copies = || vec![page("a.html", "Tin\n"), page("b.html", "TIN\n")];
    assert_eq!(clean(copies(), &all).unwrap().written, 2);
    let summary = clean(vec![page("c.html", "tin\n")], &options(folder.path())).unwrap();
    assert_eq!(summary.duplicate, 1);
    let rows = rows(folder.path());
    assert_eq!(rows[2]["duplicate_of"], rows[0]["file"]);
}

#[test]
fn source_names_are_safe_and_collide_in_input_order() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let options = RunOptions { naming: Naming::Source, dedup: Dedup::Off, ..options(&out) };
    fs::create_dir_all(&out).unwrap();
    fs::write(out.join("kept.txt"), "the user's own").unwrap();
    let stems = [
        "a/b",
        "a/b",
        "a/b-2",
        "a/b",
        "../../escape",
        "/abs/x",
        ".tinsach/state",
        "nul\0l",
        "..",
        "kept",
        "x",
        "x.txt/y",
        "manifest.jsonl/z",
    ];
    let input = |(number, stem): (usize, &&str)| Input {
        stem: (*stem).to_owned(),
        ..page(&format!("{number}"), &format!("Tin {number}\n"))
    };
    clean(stems.iter().enumerate().map(input).collect(), &options).unwrap();
    let files: Vec<_> = rows(&out).iter().map(|row| row["file"].as_str().unwrap().to_owned()).collect();
    let expected = [
        "a/b.txt",
        "a/b-2.txt",
        "a/b-2-2.txt",
        "a/b-3.txt",
        "escape.txt",
        "abs/x.txt",
        "_tinsach/state.txt",
        "nul_l.txt",
        "document.txt",
        "kept-2.txt",
        "x.txt",
        "x.txt_/y.txt",
        "manifest.jsonl_/z.txt",
    ];
    assert_eq!(files, expected);
    assert_eq!(fs::read(out.join("kept.txt")).unwrap(), b"the user's own");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    let stem = Input { stem: "a/b".to_owned(), ..page("another run", "Tin khác\n") };
    clean(vec![stem], &options).unwrap();
    assert_eq!(rows(&out).last().unwrap()["file"], "a/b-4.txt");
}

#[test]
fn articles_of_a_jsonl_run_are_rows() {
    let folder = tempfile::tempdir().unwrap();
    let options = RunOptions { format: Format::Jsonl, ..options(folder.path()) };
    clean(dump(20), &options).unwrap();
    assert!(names(folder.path()).is_empty());
    let articles = fs::read_to_string(folder.path().join("articles.jsonl")).unwrap();
    let articles: Vec<serde_json::Value> =
        articles.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let rows = rows(folder.path());
    let written: Vec<_> = rows.iter().filter(|row| row["status"] == "written").collect();
    assert_eq!(articles.len(), written.len());
    for (article, row) in articles.iter().zip(written) {
        assert_eq!(row["file"], format!("articles.jsonl#{}", article["id"].as_str().unwrap()));
        assert_eq!((&row["path"], &row["title"]), (&article["path"], &article["title"]));
        assert!(article["text"].as_str().unwrap().ends_with('\n'));
    }
    let duplicate = rows.iter().find(|row| row["status"] == "duplicate").unwrap();
    assert!(duplicate["duplicate_of"].as_str().unwrap().starts_with("articles.jsonl#000_"));
}

#[test]
fn without_its_database_a_folder_only_loses_its_memory() {
    let folder = tempfile::tempdir().unwrap();
    let options = options(folder.path());
    clean(dump(20), &options).unwrap();
    fs::remove_dir_all(folder.path().join(".tinsach")).unwrap();
    fs::write(folder.path().join("9999_0123456789abcdef.txt"), "moved here\n").unwrap();
    let before = rows(folder.path());
    let manifest = folder.path().join("manifest.jsonl");
    let mut torn = fs::read(&manifest).unwrap();
    torn.extend_from_slice(b"{\"path\":");
    fs::write(&manifest, torn).unwrap();
    let notes = Notes::default();
    run(vec![page("a.html", "Tin mới\n")].into_iter(), &options, work, &notes).unwrap();
    let rows = rows(folder.path());
    assert_eq!(rows[..before.len()], before[..]);
    assert!(rows[before.len()]["file"].as_str().unwrap().starts_with("01/10000_"));
    assert!(folder.path().join(rows[before.len()]["file"].as_str().unwrap()).is_file());
    assert_eq!(notes.notices.into_inner().unwrap().len(), 2);
}

#[test]
fn other_options_are_noted_and_change_nothing_written() {
    let folder = tempfile::tempdir().unwrap();
    clean(dump(20), &options(folder.path())).unwrap();
    let before = tree(folder.path());
    let notes = Notes::default();
    let other = RunOptions { options_fingerprint: "second".to_owned(), ..options(folder.path()) };
    run(dump(20).into_iter(), &other, work, &notes).unwrap();
    assert!(tree(folder.path()) == before);
    let notices = notes.notices.into_inner().unwrap();
    assert!(notices.len() == 1 && notices[0].contains("earlier form"), "{notices:?}");
}

#[test]
fn a_second_run_on_the_same_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let options = options(folder.path());
    let (release, blocked) = mpsc::channel::<()>();
    let (started, ready) = mpsc::channel();
    thread::scope(|scope| {
        let first = options.clone();
        let first = scope.spawn(move || {
            let inputs = std::iter::once_with(move || {
                started.send(()).unwrap();
                let _ = blocked.recv();
                page("a.html", "Tin\n")
            });
            run(inputs, &first, work, &Notes::default())
        });
        ready.recv().unwrap();
        let error = clean(dump(3), &options).unwrap_err();
        assert!(matches!(&error, RunError::Locked { dir } if dir == folder.path()));
        assert!(error.is_usage());
        assert!(names(folder.path()).is_empty());
        drop(release);
        assert_eq!(first.join().unwrap().unwrap().written, 1);
    });
}

#[test]
fn a_database_that_cannot_be_used_is_refused_before_anything_is_touched() {
    let folder = tempfile::tempdir().unwrap();
    let options = options(folder.path());
    clean(dump(300), &options).unwrap();
    let database = folder.path().join(".tinsach/state.db");
    let good = fs::read(&database).unwrap();
    let before = tree(folder.path());
    let mut flipped = good.clone();
    flipped[4096..20_000].fill(0x5a);
    let with = |sql: &str| {
        fs::write(&database, &good).unwrap();
        let connection = rusqlite::Connection::open(&database).unwrap();
        connection.execute_batch(sql).unwrap();
        connection.close().unwrap();
        fs::read(&database).unwrap()
    };
    let newer = with("PRAGMA user_version = 99");
    let foreign = with("PRAGMA application_id = 7");
    let without_table = with("DROP TABLE names");
    for (content, kind) in [
        (b"not a database at all".to_vec(), "damaged"),
        (good[..good.len() / 2].to_vec(), "damaged"),
        (good[..50].to_vec(), "damaged"),
        (flipped, "damaged"),
        (without_table, "damaged"),
        (newer, "newer"),
        (foreign, "foreign"),
    ] {
        fs::write(&database, &content).unwrap();
        let error = clean(dump(310), &options).unwrap_err();
        let found = match &error {
            RunError::State(StateError::Damaged { .. }) => "damaged",
            RunError::State(StateError::Newer { found: 99, .. }) => "newer",
            RunError::State(StateError::Foreign { .. }) => "foreign",
            _ => "other",
        };
        assert_eq!(found, kind, "{error}");
        assert!(error.is_usage() && error.to_string().contains("state.db"), "{error}");
        assert!(tree(folder.path()) == before && fs::read(&database).unwrap() == content);
    }
    fs::write(&database, &good).unwrap();
    assert_eq!(clean(dump(300), &options).unwrap().rows, 0);
}

#[test]
fn a_folder_that_cannot_be_used_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "kept").unwrap();
    for out in [file.clone(), file.join("below"), PathBuf::from("/proc/tinsach-cannot-be-here")] {
        if out.starts_with("/proc") && !Path::new("/proc/self").exists() {
            continue;
        }
        let error = clean(dump(3), &options(&out)).unwrap_err();
        assert!(matches!(error, RunError::Folder { .. }) && error.is_usage(), "{error}");
    }
    assert_eq!(fs::read(file).unwrap(), b"kept");
}

#[test]
fn a_slow_document_holds_the_reader_back() {
    let folder = tempfile::tempdir().unwrap();
    let options = RunOptions { jobs: 4, ..options(folder.path()) };
    let taken = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&taken);
    let inputs = dump(2000).into_iter().inspect(move |_| {
        counter.fetch_add(1, Ordering::SeqCst);
    });
    let most = AtomicUsize::new(0);
    let slow = |page: &RawPage| {
        if page.body.starts_with("Bài số 0\n".as_bytes()) {
            thread::sleep(Duration::from_millis(700));
            most.store(taken.load(Ordering::SeqCst), Ordering::SeqCst);
        }
        work(page)
    };
    let summary = run(inputs, &options, slow, &Notes::default()).unwrap();
    assert_eq!(summary.inputs(), 2000);
    let most = most.into_inner();
    assert!((4..=64 + 4 * 16 + 1).contains(&most), "{most} inputs were taken");
}

#[test]
fn a_waiting_source_does_not_hold_finished_documents_back() {
    let folder = tempfile::tempdir().unwrap();
    let options = options(folder.path());
    let (release, blocked) = mpsc::channel::<()>();
    let inputs = dump(3).into_iter().chain(std::iter::once_with(move || {
        let _ = blocked.recv();
        page("last.html", "Tin cuối\n")
    }));
    thread::scope(|scope| {
        let running = scope.spawn(|| run(inputs, &options, work, &Notes::default()));
        let deadline = Instant::now() + Duration::from_secs(30);
        while names(folder.path()).len() < 3 {
            assert!(Instant::now() < deadline, "nothing was written while the source waits");
            thread::sleep(Duration::from_millis(20));
        }
        drop(release);
        assert_eq!(running.join().unwrap().unwrap().written, 4);
    });
}

#[test]
fn a_failed_run_does_not_wait_for_its_source() {
    let folder = tempfile::tempdir().unwrap();
    let options = options(folder.path());
    let forever = std::iter::repeat_with(|| {
        thread::sleep(Duration::from_hours(1));
        page("never.html", "")
    });
    let temporary = folder.path().join(".tinsach/tmp");
    let sabotage = |page: &RawPage| {
        let _ = fs::remove_dir(&temporary);
        work(page)
    };
    let error = run(dump(3).into_iter().chain(forever), &options, sabotage, &Notes::default()).unwrap_err();
    assert!(matches!(error, RunError::Write { .. }) && !error.is_usage(), "{error}");
    assert_eq!(clean(dump(3), &options).unwrap().written, 3);
}

#[test]
fn a_source_that_breaks_down_ends_the_run_and_keeps_what_was_read() {
    let folder = tempfile::tempdir().unwrap();
    let options = options(folder.path());
    let inputs = dump(3).into_iter().chain(std::iter::once_with(|| panic!("a broken source")));
    let error = run(inputs, &options, work, &Notes::default()).unwrap_err();
    assert!(matches!(&error, RunError::Reader { message } if message == "a broken source"), "{error}");
    assert_eq!(names(folder.path()).len(), 3);
}

#[test]
fn killed_child() {
    let Some(out) = std::env::var_os(CHILD) else { return };
    let slowly = |page: &RawPage| {
        thread::sleep(Duration::from_micros(500));
        work(page)
    };
    run(dump(1000).into_iter(), &options(Path::new(&out)), slowly, &Notes::default()).unwrap();
}

#[test]
fn killed_at_any_moment_and_started_again_it_ends_the_same() {
    let undisturbed = tempfile::tempdir().unwrap();
    clean(dump(1000), &options(undisturbed.path())).unwrap();
    let killed = tempfile::tempdir().unwrap();
    let mut progress = Vec::new();
    for attempt in 0..12_u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "run::killed_child"])
            .env(CHILD, killed.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        thread::sleep(Duration::from_millis(40 + attempt * 17));
        child.kill().unwrap();
        child.wait().unwrap();
        progress
            .push(fs::metadata(killed.path().join("manifest.jsonl")).map_or(0, |manifest| manifest.len()));
    }
    clean(dump(1000), &options(killed.path())).unwrap();
    assert!(tree(killed.path()) == tree(undisturbed.path()), "manifest grew as {progress:?}");
    assert_eq!(clean(dump(1000), &options(killed.path())).unwrap().rows, 0);
}

#[cfg(target_os = "linux")]
#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn a_full_disk_ends_the_run_and_a_larger_one_completes_it() {
    let folder = tempfile::tempdir().unwrap();
    let mount = |option: &str| {
        let status = Command::new("mount")
            .args(["-t", "tmpfs", "-o", option, "tmpfs"])
            .arg(folder.path())
            .stderr(Stdio::null())
            .status();
        status.is_ok_and(|status| status.success())
    };
    if !mount("size=2m") {
        eprintln!("skipped: a small file system cannot be mounted here");
        return;
    }
    let out = folder.path().join("out");
    let inputs =
        || (0..400).map(|number| page(&format!("{number}"), &format!("{number} {}\n", "bài ".repeat(2500))));
    let outcome = run(inputs(), &options(&out), work, &Notes::default());
    let part = (rows(&out).len(), names(&out).len());
    let enlarged = mount("remount,size=64m");
    let completed = clean(inputs().collect(), &options(&out));
    let whole = (rows(&out).len(), names(&out).len());
    Command::new("umount").arg(folder.path()).status().unwrap();
    let error = outcome.unwrap_err();
    assert!(matches!(error, RunError::Write { .. }) && !error.is_usage(), "{error}");
    assert!(part.0 == part.1 && part.0 < 400, "{part:?}");
    assert!(enlarged);
    assert_eq!(completed.unwrap().written, 400 - part.0 as u64);
    assert_eq!(whole, (400, 400));
}
