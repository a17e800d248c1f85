//! What a worker does with one input: digest, look-up, cleaning, the row's description.
//!
//! Enters: a numbered input. Leaves: a [`Done`] for every input, also if cleaning panics.
//! Invariant: nothing here depends on another input, apart from the hint that an input is known already.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc::Sender;

use sha2::{Digest, Sha256};

use super::ahead::{Ahead, Job, message};
use super::{InputError, Product, RunOptions};
use crate::page::RawPage;
use crate::state::Known;
use crate::write::manifest::{Row, RowError, Status};
use crate::write::name::hex;

/// One input, ready to be settled in its turn.
pub(super) struct Done {
    pub(super) number: u64,
    pub(super) charge: usize,
    pub(super) id: String,
    pub(super) stem: String,
    /// Bytes of the document.
    pub(super) bytes: u64,
    /// Digest of the input, or of its failure.
    pub(super) digest: [u8; 32],
    pub(super) verdict: Verdict,
}

/// What came of an input, before its surroundings are looked at.
pub(super) enum Verdict {
    /// Known from before; not cleaned.
    Known,
    /// Not read, or not cleaned.
    Failed(Box<Row>),
    /// Cleaned: an article if the row is not skipped.
    Cleaned { row: Box<Row>, text: String, key: Option<[u8; 32]> },
}

/// What all workers share.
pub(super) struct Worker<'a, F> {
    ahead: &'a Ahead,
    work: &'a F,
    options: &'a RunOptions,
    /// Database to look inputs up in; `None` if it knows no inputs.
    known: Option<PathBuf>,
}

impl<'a, F: Fn(&RawPage) -> Product + Sync> Worker<'a, F> {
    pub(super) fn new(
        ahead: &'a Ahead,
        work: &'a F,
        options: &'a RunOptions,
        known: Option<PathBuf>,
    ) -> Worker<'a, F> {
        Worker { ahead, work, options, known }
    }

    /// One worker thread: jobs until there are no more, or until nobody takes the results.
    pub(super) fn run(&self, results: &Sender<Done>) {
        let known = self.known.as_deref().and_then(|path| Known::open(path).ok());
        while let Some(job) = self.ahead.pop() {
            if results.send(self.finish(job, known.as_ref())).is_err() {
                break;
            }
        }
    }

    fn finish(&self, job: Job, known: Option<&Known>) -> Done {
        let Job { number, input, charge } = job;
        let bytes = input.page.as_ref().map_or(0, |page| page.body.len() as u64);
        let judged = match &input.page {
            Err(error) => Err(error.clone()),
            Ok(page) => {
                catch_unwind(AssertUnwindSafe(|| self.judge(&input.id, page, known))).map_err(|panic| {
                    InputError { code: "panic", message: message(panic.as_ref()), is_skip: false }
                })
            }
        };
        let (digest, verdict) =
            judged.unwrap_or_else(|error| without_page(&input.id, input.page.as_ref().ok(), error));
        Done { number, charge, id: input.id, stem: input.stem, bytes, digest, verdict }
    }

    fn judge(&self, id: &str, page: &RawPage, known: Option<&Known>) -> ([u8; 32], Verdict) {
        let digest = page_digest(page);
        if known.is_some_and(|known| known.knows(id, &digest)) {
            return (digest, Verdict::Known);
        }
        let Product { page: cleaned, text, key } = (self.work)(page);
        let mut row =
            Row::of(id, Status::Written).with_page(page).with_cleaned(cleaned, &self.options.include);
        if row.status == Status::Skipped {
            return (digest, Verdict::Cleaned { row: Box::new(row), text: String::new(), key: None });
        }
        if text.trim().is_empty() {
            let row = Box::new(row.without_text());
            return (digest, Verdict::Cleaned { row, text: String::new(), key: None });
        }
        row.characters = Some(text.chars().count() as u64);
        row.content_key = key.as_ref().map(|key| hex(key));
        row.key_version = key.map(|_| self.options.key_version);
        (digest, Verdict::Cleaned { row: Box::new(row), text, key })
    }
}

/// The verdict on an input that gave no page, or whose page broke a stage.
fn without_page(id: &str, page: Option<&RawPage>, error: InputError) -> ([u8; 32], Verdict) {
    let digest = failure_digest(&error);
    if error.is_skip {
        let mut row = Row::of(id, Status::Skipped);
        row.reason = Some(error.code.to_owned());
        return (digest, Verdict::Cleaned { row: Box::new(row), text: String::new(), key: None });
    }
    let mut row = Row::of(id, Status::Failed);
    if let Some(page) = page {
        row = row.with_page(page);
    }
    row.error = Some(RowError { code: error.code, message: error.message });
    (digest, Verdict::Failed(Box::new(row)))
}

/// Digest of all that cleaning sees of a page: its bytes, its address and what its carrier said of it.
fn page_digest(page: &RawPage) -> [u8; 32] {
    let form = page.form.map(|form| format!("{form:?}"));
    let mut hash = Sha256::new_with_prefix(b"page\0");
    for field in [&page.url, &page.content_type, &form] {
        let field = field.as_deref().unwrap_or("\0");
        hash.update((field.len() as u64).to_le_bytes());
        hash.update(field);
    }
    hash.update(&page.body);
    hash.finalize().into()
}

/// Digest of a failure: the same failure of the same input is reported once.
fn failure_digest(error: &InputError) -> [u8; 32] {
    Sha256::new()
        .chain_update(b"failure\0")
        .chain_update(error.code)
        .chain_update(b"\0")
        .chain_update(&error.message)
        .finalize()
        .into()
}
