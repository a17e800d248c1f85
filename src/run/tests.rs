//! Crashes and failures at every step of a commit: what is restarted ends like what was never disturbed.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use super::*;
use crate::classify::evidence::Evidence;
use crate::parse::metadata::Metadata;
use crate::pipeline::{LabelledBlock, Outcome};

struct Silent;

impl Observer for Silent {
    fn finished(&self, _: &Row, _: u64) {}
    fn notice(&self, _: &str) {}
}

fn options(out: &Path, naming: Naming, format: Format) -> RunOptions {
    RunOptions {
        out: out.to_owned(),
        jobs: 2,
        naming,
        format,
        dedup: Dedup::Exact,
        include: Label::ARTICLE.to_vec(),
        key_version: 1,
        options_fingerprint: "a".to_owned(),
        folders: BTreeMap::new(),
    }
}

/// 150 inputs: five stems, every seventh a copy, every eleventh unreadable.
fn inputs() -> impl Iterator<Item = Input> + Send + 'static {
    (0..150_u32).map(|number| {
        let body = format!("Bài số {}\n", if number % 7 == 0 { 1 } else { number });
        let unreadable =
            InputError { code: "io", message: format!("input {number} is gone"), is_skip: number % 2 == 0 };
        Input {
            id: format!("dump/{number}.html"),
            stem: format!("tin/{}", number % 5),
            page: if number % 11 == 0 {
                Err(unreadable)
            } else {
                Ok(RawPage { body: body.into_bytes(), ..RawPage::default() })
            },
        }
    })
}

fn work(page: &RawPage) -> Product {
    use sha2::Digest as _;
    let text = String::from_utf8_lossy(&page.body).into_owned();
    let block =
        LabelledBlock { text: text.as_str().into(), label: Label::Body, evidence: Evidence::default() };
    let page = CleanedPage {
        form: page.form,
        charset: "UTF-8",
        outcome: Outcome::Article,
        metadata: Metadata::default(),
        blocks: vec![block],
        rules: Vec::new(),
    };
    Product { page, key: Some(sha2::Sha256::digest(&text).into()), text }
}

/// Every file outside `.tinsach`, with its content.
fn tree(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.ends_with(".tinsach") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
                files.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    files
}

/// Counts the steps of an undisturbed run, then breaks one run at each of them and lets it go on.
fn check(naming: Naming, format: Format, break_at: impl Fn(Step) -> io::Result<()>) {
    let undisturbed = tempfile::tempdir().unwrap();
    let steps = Cell::new(0);
    let count = |_: Step| {
        steps.set(steps.get() + 1);
        Ok(())
    };
    run_with_hook(inputs(), &options(undisturbed.path(), naming, format), work, &Silent, &count).unwrap();
    let expected = tree(undisturbed.path());
    // Neighbouring renames break alike; every step of the other kinds is tried.
    for at in (0..steps.get()).filter(|at| at % 5 == 0 || *at < 8 || at + 8 > steps.get()) {
        let broken = tempfile::tempdir().unwrap();
        let options = options(broken.path(), naming, format);
        let seen = Cell::new(0);
        let hook = |step: Step| {
            seen.set(seen.get() + 1);
            if seen.get() == at + 1 { break_at(step) } else { Ok(()) }
        };
        let outcome =
            catch_unwind(AssertUnwindSafe(|| run_with_hook(inputs(), &options, work, &Silent, &hook)));
        if let Ok(outcome) = outcome {
            // On a slow machine the clock makes more or fewer batches: the step may not have come.
            let Err(error) = outcome else { continue };
            assert!(matches!(error, RunError::Write { .. }) && !error.is_usage(), "{error}");
            // Nothing visible that the manifest does not name.
            let manifest = fs::read_to_string(broken.path().join("manifest.jsonl")).unwrap();
            assert!(manifest.is_empty() || manifest.ends_with('\n'));
            for file in
                tree(broken.path()).keys().filter(|file| Path::new(file).extension() == Some("txt".as_ref()))
            {
                assert!(
                    manifest.contains(&format!("\"file\":\"{file}\"")),
                    "step {at}: {file} is not committed"
                );
            }
        } else {
            tear(broken.path(), format);
        }
        run(inputs(), &options, work, &Silent).unwrap();
        assert!(tree(broken.path()) == expected, "step {at}: {:?}", tree(broken.path()).keys());
        let again = run(inputs(), &options, work, &Silent).unwrap();
        assert_eq!((again.rows, again.written, again.inputs()), (0, 0, 150));
        assert!(tree(broken.path()) == expected);
    }
}

/// A crash may also tear the rows that were being appended: adds half a row if the batch was never remembered.
fn tear(out: &Path, format: Format) {
    let state = crate::state::State::open(&out.join(".tinsach/state.db")).unwrap();
    if state.open_batch().unwrap().is_none() {
        return;
    }
    let logs = ["manifest.jsonl", articles_of(format)];
    for log in logs {
        let path = out.join(log);
        let mut torn = fs::read(&path).unwrap();
        torn.extend_from_slice(b"{\"path\":\"dump/half");
        fs::write(&path, torn).unwrap();
    }
}

fn articles_of(format: Format) -> &'static str {
    if format == Format::Jsonl { "articles.jsonl" } else { "manifest.jsonl" }
}

fn crash(step: Step) -> io::Result<()> {
    panic!("crash before {step:?}")
}

fn full(_: Step) -> io::Result<()> {
    Err(io::ErrorKind::StorageFull.into())
}

#[test]
fn a_crash_at_any_step_loses_and_repeats_nothing() {
    check(Naming::Hash, Format::Txt, crash);
}

#[test]
fn a_crash_with_source_names_loses_and_repeats_nothing() {
    check(Naming::Source, Format::Txt, crash);
}

#[test]
fn a_crash_with_rows_of_articles_loses_and_repeats_nothing() {
    check(Naming::Hash, Format::Jsonl, crash);
}

#[test]
fn a_full_disk_at_any_step_leaves_whole_documents_only() {
    check(Naming::Source, Format::Txt, full);
}
