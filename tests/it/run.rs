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

mod refused;
mod stopped;

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
        folders: BTreeMap::new(),
    }
}

/// A page by hand: `SKIP` is no article, `PANIC` panics, all else is a title and body lines.
fn work(page: &RawPage) -> Product {
    let text = String::from_utf8_lossy(&page.body).into_owned();
    assert!(!text.starts_with("PANIC"), "a stage broke down");
    let skipped = text.starts_with("SKIP");
    let blocks = text.lines().enumerate().map(|(at, line)| LabelledBlock {
        text: line.into(),
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
