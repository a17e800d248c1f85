//! What a worker does with one input: digest, look-up, cleaning, the row's description.
//!
//! Enters: a numbered input. Leaves: a [`Done`] for every input, also if cleaning panics.
//! Invariant: nothing here depends on another input, apart from the hint that an input is known already.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::Sender;
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};
use url::Url;

use super::ahead::{Ahead, Job, message};
use super::cleaned::Cleaned;
use super::{InputError, Product, RunOptions};
use crate::page::RawPage;
use crate::state::Known;
use crate::write::manifest::{Row, Status};

/// Connections that look inputs up, however many workers share them: each holds several open files.
const LOOK_UPS: usize = 8;

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
    Cleaned(Box<Cleaned>),
}

/// What all workers share.
pub(super) struct Worker<'a, F> {
    ahead: &'a Ahead,
    work: &'a F,
    options: &'a RunOptions,
    /// Databases to look inputs up in, one and the same; none if it knows no inputs.
    known: Vec<Mutex<Known>>,
}

impl<'a, F: Fn(&RawPage) -> Product + Sync> Worker<'a, F> {
    /// `known` is the database to look inputs up in; `None` if it knows no inputs.
    pub(super) fn new(
        ahead: &'a Ahead,
        work: &'a F,
        options: &'a RunOptions,
        known: Option<&Path>,
    ) -> Worker<'a, F> {
        let look_ups = known.map_or(0, |_| options.jobs.clamp(1, LOOK_UPS));
        // Without a look-up every input is cleaned, and found to be known afterwards.
        let open = |path| Known::open(path).ok().map(Mutex::new);
        let known = std::iter::repeat_n(known, look_ups).flatten().filter_map(open).collect();
        Worker { ahead, work, options, known }
    }

    /// One worker thread: jobs until there are no more, or until nobody takes the results.
    pub(super) fn run(&self, results: &Sender<Done>) {
        while let Some(job) = self.ahead.pop() {
            if results.send(self.finish(job)).is_err() {
                break;
            }
        }
    }

    fn finish(&self, job: Job) -> Done {
        let Job { number, input, charge } = job;
        let bytes = input.page.as_ref().map_or(0, |page| page.body.len() as u64);
        let judged = match &input.page {
            Err(error) => Err(error.clone()),
            Ok(page) => {
                catch_unwind(AssertUnwindSafe(|| self.judge(number, &input.id, page))).map_err(|panic| {
                    InputError { code: "panic", message: message(panic.as_ref()), is_skip: false }
                })
            }
        };
        let (digest, verdict) =
            judged.unwrap_or_else(|error| without_page(&input.id, input.page.as_ref().ok(), &error));
        Done { number, charge, id: input.id, stem: input.stem, bytes, digest, verdict }
    }

    /// Whether an input is known, as far as a look-up beside the writer can tell.
    fn knows(&self, number: u64, id: &str, digest: &[u8; 32]) -> bool {
        let at = usize::try_from(number).unwrap_or_default().checked_rem(self.known.len());
        at.and_then(|at| self.known.get(at))
            .is_some_and(|known| known.lock().unwrap_or_else(PoisonError::into_inner).knows(id, digest))
    }

    fn judge(&self, number: u64, id: &str, page: &RawPage) -> ([u8; 32], Verdict) {
        let digest = page_digest(page);
        if self.knows(number, id, &digest) {
            return (digest, Verdict::Known);
        }
        let row = Row::of(id, Status::Written).with_page(page);
        let url = page.url.as_deref().and_then(|url| Url::parse(url).ok());
        let cleaned = Cleaned::of_product(row, (self.work)(page), url.as_ref(), self.options);
        (digest, Verdict::Cleaned(Box::new(cleaned)))
    }
}

/// The verdict on an input that gave no page, or whose page broke a stage.
fn without_page(id: &str, page: Option<&RawPage>, error: &InputError) -> ([u8; 32], Verdict) {
    let digest = failure_digest(error);
    if error.is_skip {
        let mut row = Row::of(id, Status::Skipped);
        row.reason = Some(error.code.to_owned());
        return (digest, Verdict::Cleaned(Box::new(Cleaned::of_row(row))));
    }
    let row = Row::of(id, Status::Failed).failed(error.code, &error.message);
    let row = page.into_iter().fold(row, Row::with_page);
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
