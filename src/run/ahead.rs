//! Work ahead: inputs that were taken and are not yet written, bounded in number and bytes.
//!
//! Enters: inputs, from the reader's thread. Leaves: numbered jobs, to the workers.
//! Invariant: the bound covers queue, workers and reorder buffer together, and always lets one input through; so a
//! slow document holds the reader back, and neither memory nor the order of the outputs suffers.

use std::any::Any;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::Input;

/// What an input without a body still costs, in bytes.
const BASE_CHARGE: usize = 1024;

/// Longest panic message that is passed on, in characters.
const MESSAGE_CHARACTERS: usize = 500;

/// One input on its way to a worker.
pub(super) struct Job {
    /// Position among all inputs, from 0.
    pub(super) number: u64,
    pub(super) input: Input,
    /// Bytes that count against the bound until the input is written.
    pub(super) charge: usize,
}

#[derive(Default)]
struct Inner {
    queue: VecDeque<Job>,
    inputs: usize,
    bytes: usize,
    taken: u64,
    closed: bool,
    stopped: bool,
    failure: Option<String>,
}

/// The bounded stretch between reader and writer.
pub(super) struct Ahead {
    inner: Mutex<Inner>,
    room: Condvar,
    work: Condvar,
    max_inputs: usize,
    max_bytes: usize,
}

impl Ahead {
    pub(super) fn new(max_inputs: usize, max_bytes: usize) -> Ahead {
        Ahead { inner: Mutex::default(), room: Condvar::new(), work: Condvar::new(), max_inputs, max_bytes }
    }

    /// The reader's thread: takes inputs until there are no more, or until the run stops.
    pub(super) fn fill(&self, mut inputs: impl Iterator<Item = Input>) {
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            for input in &mut inputs {
                if !self.push(input) {
                    break;
                }
            }
        }));
        let mut inner = self.lock();
        inner.closed = true;
        inner.failure = outcome.err().map(|panic| message(panic.as_ref()));
        drop(inner);
        self.work.notify_all();
    }

    /// Waits for room; `false` once the run has stopped.
    fn push(&self, input: Input) -> bool {
        let charge = BASE_CHARGE + input.page.as_ref().map_or(0, |page| page.body.len());
        let mut inner = self
            .room
            .wait_while(self.lock(), |inner| {
                let fits = inner.inputs < self.max_inputs && inner.bytes + charge <= self.max_bytes;
                !inner.stopped && inner.inputs > 0 && !fits
            })
            .unwrap_or_else(PoisonError::into_inner);
        if inner.stopped {
            return false;
        }
        inner.inputs += 1;
        inner.bytes += charge;
        let number = inner.taken;
        inner.taken += 1;
        inner.queue.push_back(Job { number, input, charge });
        drop(inner);
        self.work.notify_one();
        true
    }

    /// The next job, in input order; `None` at the end or once the run has stopped.
    pub(super) fn pop(&self) -> Option<Job> {
        let mut inner = self
            .work
            .wait_while(self.lock(), |inner| !inner.stopped && !inner.closed && inner.queue.is_empty())
            .unwrap_or_else(PoisonError::into_inner);
        if inner.stopped { None } else { inner.queue.pop_front() }
    }

    /// An input left the reorder buffer.
    pub(super) fn release(&self, charge: usize) {
        let mut inner = self.lock();
        inner.inputs = inner.inputs.saturating_sub(1);
        inner.bytes = inner.bytes.saturating_sub(charge);
        drop(inner);
        self.room.notify_one();
    }

    /// Number of inputs taken so far.
    pub(super) fn taken(&self) -> u64 {
        self.lock().taken
    }

    /// Message of the panic that ended the inputs, if one did.
    pub(super) fn reader_failure(&self) -> Option<String> {
        self.lock().failure.clone()
    }

    /// Stops reader and workers when the returned guard goes.
    pub(super) fn stop_on_drop(&self) -> StopOnDrop<'_> {
        StopOnDrop(self)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Guard of [`Ahead::stop_on_drop`].
pub(super) struct StopOnDrop<'a>(&'a Ahead);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.lock().stopped = true;
        self.0.room.notify_all();
        self.0.work.notify_all();
    }
}

/// The words of a panic.
pub(super) fn message(panic: &(dyn Any + Send)) -> String {
    let words = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic without a message");
    words.chars().take(MESSAGE_CHARACTERS).collect()
}
