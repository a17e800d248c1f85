//! The progress bar; the one place that knows indicatif.
//!
//! Enters: the outcome of each input. Leaves: two lines on standard error that are drawn again and again.
//! Invariant: nothing is drawn unless standard error is a terminal and the run is not quiet.

use std::fmt::Write as _;
use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::report::explained::grouped;
use crate::report::summary::time;

/// What became of an input, as far as the bar tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finished {
    /// Its article was written.
    Written,
    /// An earlier input has its text.
    Duplicate,
    /// It is no article.
    Skipped,
    /// It could not be read or cleaned.
    Failed,
    /// An earlier run has dealt with it.
    Unchanged,
}

/// A run's progress on standard error; clones share one bar.
#[derive(Debug, Clone)]
pub struct Progress {
    bar: ProgressBar,
    unit: Unit,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    written: AtomicU64,
    duplicate: AtomicU64,
    skipped: AtomicU64,
    failed: AtomicU64,
    unchanged: AtomicU64,
    bytes: AtomicU64,
}

const KNOWN: &str = "{bar:24} {done} of {all} {unit}  {rate}  {left} left\n{counts}";
const UNKNOWN: &str = "{spinner} {done} documents  {rate}  {passed}\n{counts}";

/// What the inputs are counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Files of a dump.
    File,
    /// Addresses of a list.
    Address,
}

impl Progress {
    /// Starts the bar. Until [`Progress::expect`] is told how many inputs there are, it shows no time left.
    #[must_use]
    pub fn start(quiet: bool, unit: Unit) -> Progress {
        let counts = Arc::new(Counts::default());
        if quiet || !io::stderr().is_terminal() {
            return Progress { bar: ProgressBar::hidden(), unit, counts };
        }
        let target = ProgressDrawTarget::stderr_with_hz(10);
        let bar = ProgressBar::with_draw_target(None, target).with_style(style(UNKNOWN, unit, &counts));
        bar.enable_steady_tick(Duration::from_millis(250));
        Progress { bar, unit, counts }
    }

    /// Whether anybody sees it, so that counting inputs beforehand is worth the while.
    #[must_use]
    pub fn is_drawn(&self) -> bool {
        !self.bar.is_hidden()
    }

    /// Tells the number of inputs.
    pub fn expect(&self, total: u64) {
        self.bar.set_length(total.max(self.bar.position()));
        self.bar.set_style(style(KNOWN, self.unit, &self.counts));
    }

    /// Counts an input of so many bytes.
    pub fn finished(&self, outcome: Finished, bytes: u64) {
        let counts = &self.counts;
        let counter = match outcome {
            Finished::Written => &counts.written,
            Finished::Duplicate => &counts.duplicate,
            Finished::Skipped => &counts.skipped,
            Finished::Failed => &counts.failed,
            Finished::Unchanged => &counts.unchanged,
        };
        counter.fetch_add(1, Ordering::Relaxed);
        counts.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.bar.inc(1);
        // An archive counts as one file and holds many documents.
        if self.bar.length().is_some_and(|length| length < self.bar.position()) {
            self.bar.set_length(self.bar.position());
        }
    }

    /// Does something with standard error while the bar stands aside.
    pub fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }

    /// Takes the bar away.
    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

fn style(template: &str, unit: Unit, counts: &Arc<Counts>) -> ProgressStyle {
    // The template is ours; should it be wrong, a plain bar does as well.
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let (of_rate, of_counts) = (Arc::clone(counts), Arc::clone(counts));
    style
        .progress_chars("━╸─")
        .with_key("done", |state: &ProgressState, out: &mut dyn std::fmt::Write| {
            _ = out.write_str(&grouped(state.pos()));
        })
        .with_key("all", |state: &ProgressState, out: &mut dyn std::fmt::Write| {
            _ = out.write_str(&grouped(state.len().unwrap_or_default()));
        })
        .with_key("unit", move |_: &ProgressState, out: &mut dyn std::fmt::Write| {
            _ = out.write_str(if unit == Unit::File { "files" } else { "addresses" });
        })
        .with_key("left", |state: &ProgressState, out: &mut dyn std::fmt::Write| {
            // Before the first document there is nothing to tell the time left from.
            let left = if state.per_sec() > 0.0 { time(state.eta().as_secs_f64()) } else { "…".to_owned() };
            _ = out.write_str(&left);
        })
        .with_key("passed", |state: &ProgressState, out: &mut dyn std::fmt::Write| {
            _ = out.write_str(&time(state.elapsed().as_secs_f64()));
        })
        .with_key("rate", move |state: &ProgressState, out: &mut dyn std::fmt::Write| {
            _ = out.write_str(&of_rate.rate(state.per_sec(), state.elapsed()));
        })
        .with_key("counts", move |_: &ProgressState, out: &mut dyn std::fmt::Write| {
            _ = out.write_str(&of_counts.words());
        })
}

impl Counts {
    #[expect(clippy::cast_precision_loss, reason = "a rate for people needs three digits")]
    fn rate(&self, documents: f64, elapsed: Duration) -> String {
        let bytes = self.bytes.load(Ordering::Relaxed) as f64;
        let megabytes = bytes / 1e6 / elapsed.as_secs_f64().max(0.001);
        format!("{documents:.0} documents/s  {megabytes:.1} MB/s")
    }

    /// The counts that are not zero; `written` always.
    fn words(&self) -> String {
        let all = [
            ("duplicate", &self.duplicate),
            ("unchanged", &self.unchanged),
            ("skipped", &self.skipped),
            ("failed", &self.failed),
        ];
        let mut out = format!("{} written", grouped(self.written.load(Ordering::Relaxed)));
        for (name, counter) in all {
            let number = counter.load(Ordering::Relaxed);
            if number > 0 {
                _ = write!(out, " · {} {name}", grouped(number));
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_worded() {
        let progress = Progress::start(true, Unit::File);
        assert_eq!(progress.counts.words(), "0 written");
        for outcome in [Finished::Written, Finished::Written, Finished::Failed, Finished::Unchanged] {
            progress.finished(outcome, 1_000_000);
        }
        assert_eq!(progress.counts.words(), "2 written · 1 unchanged · 1 failed");
        assert_eq!(progress.counts.rate(7.6, Duration::from_secs(2)), "8 documents/s  2.0 MB/s");
    }

    #[test]
    fn the_templates_are_valid() {
        for template in [KNOWN, UNKNOWN] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}
