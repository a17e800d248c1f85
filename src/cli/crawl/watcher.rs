//! What a crawl tells, passed on to messages, figures, the service manager and the command of `[crawl] notify`.
//!
//! Enters: what the run tells its observer. Leaves: the same, to each of those who want to know.
//! Invariant: nobody who is told can hold the run up.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;

use super::super::messages::Messages;
use super::figures::Figures;
use super::hook::{Call, Event, Hook};
use super::service::Service;
use crate::run::{Observer, Pulse, Report};
use crate::timing::{End, Turn};
use crate::write::manifest::Row;

/// What lasts as long as the program, over all readings of the configuration.
pub(super) struct Lasting {
    pub(super) figures: Arc<Mutex<Figures>>,
    pub(super) service: Service,
    /// Failures in a row of each source, before its turn.
    failures: Mutex<HashMap<String, u32>>,
    /// A source could not be followed.
    pub(super) has_failed: AtomicBool,
    /// The run is being stopped for another configuration.
    pub(super) is_reloading: AtomicBool,
}

/// The observer of one crawl.
pub(super) struct Watcher<'a> {
    /// Counts pages and tells of those that failed.
    pub(super) pages: &'a dyn Observer,
    pub(super) messages: Messages<'a>,
    pub(super) is_quiet: bool,
    pub(super) hook: Option<(Hook, u32)>,
    /// Where the times of a source are shown.
    pub(super) zones: HashMap<String, TimeZone>,
    pub(super) lasting: &'a Lasting,
}

impl Lasting {
    pub(super) fn new() -> Lasting {
        Lasting {
            figures: Arc::new(Mutex::new(Figures::new(now()))),
            service: Service::default(),
            failures: Mutex::default(),
            has_failed: AtomicBool::new(false),
            is_reloading: AtomicBool::new(false),
        }
    }
}

/// A lock that is taken also after a panic elsewhere: figures are whole at any time.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Seconds since 1970.
pub(super) fn now() -> i64 {
    Timestamp::now().as_second()
}

impl Observer for Watcher<'_> {
    fn finished(&self, row: &Row, bytes: u64) {
        locked(&self.lasting.figures).finished(row, bytes);
        self.pages.finished(row, bytes);
    }

    fn notice(&self, message: &str) {
        // What is left over is taken up at once by the run with the other configuration.
        if !self.lasting.is_reloading.load(Ordering::Relaxed) {
            self.pages.notice(message);
        }
    }

    fn followed(&self, report: &Report<'_>) {
        locked(&self.lasting.figures).followed(
            report.source,
            report.turn,
            (report.outcome, report.is_unchanged),
            report.seconds,
        );
        let before = locked(&self.lasting.failures)
            .insert(report.source.to_owned(), report.turn.failures)
            .unwrap_or(0);
        if matches!(report.outcome.end, End::Failed { .. } | End::Gone { .. }) {
            self.lasting.has_failed.store(true, Ordering::Relaxed);
        }
        self.tell(report);
        let Some((hook, after)) = &self.hook else { return };
        if let Some(event) = Event::of(report.outcome, before, report.turn, *after) {
            hook.call(Call {
                event,
                source: report.source.to_owned(),
                error: report.error.unwrap_or_default().to_owned(),
                failures: if event == Event::Returned { before } else { report.turn.failures },
            });
        }
    }

    fn alive(&self, pulse: &Pulse<'_>) {
        locked(&self.lasting.figures).alive(pulse.queued, pulse.turns, now());
        let failures = pulse.turns.iter().map(|(name, turn)| ((*name).to_owned(), turn.failures));
        *locked(&self.lasting.failures) = failures.collect();
        if !self.lasting.is_reloading.load(Ordering::Relaxed) {
            self.lasting.service.alive(pulse.turns.len(), pulse.queued);
        }
    }
}

impl Watcher<'_> {
    /// A line for a source's turn, and one for each thing that was passed over.
    fn tell(&self, report: &Report<'_>) {
        let Report { source, outcome, turn, .. } = report;
        for notice in report.notices {
            let message = format!("note: {source}: {notice}");
            self.messages.news("warning", &message, &[("source", json!(source))]);
        }
        let (level, text) = match &outcome.end {
            End::Failed { .. } | End::Gone { .. } if report.is_told => return,
            End::CutShort => return,
            End::Done if report.is_unchanged => ("info", "not changed".to_owned()),
            End::Done => ("info", format!("{} found, {} new", outcome.found, outcome.new)),
            End::Failed { .. } => ("error", self.failed(report)),
            End::Gone { reason } => (
                "error",
                format!("{reason}; it is asked no more, until tinsach crawl --restart \"{source}\""),
            ),
        };
        if level == "info" && self.is_quiet {
            return;
        }
        let before = if level == "error" { "failed: " } else { "" };
        let fields = [
            ("source", json!(source)),
            ("found", json!(outcome.found)),
            ("new", json!(outcome.new)),
            ("failed", json!(outcome.failed)),
            ("unchanged", json!(report.is_unchanged)),
            ("failures", json!(turn.failures)),
            ("next", json!(self.next(source, turn))),
            ("seconds", json!((report.seconds * 1_000.0).round() / 1_000.0)),
            ("error", json!(report.error)),
        ];
        self.messages.news(level, &format!("{before}{source}: {text}"), &fields);
    }

    fn failed(&self, report: &Report<'_>) -> String {
        let error = report.error.unwrap_or("it could not be followed");
        let next = self.next(report.source, report.turn);
        let next = next.map_or(String::new(), |next| format!("; asked again at {next}"));
        match report.turn.failures {
            0 | 1 => format!("{error}{next}"),
            times => format!("{error}; {times} times in a row{next}"),
        }
    }

    /// When a source is followed next, in its zone.
    fn next(&self, source: &str, turn: &Turn) -> Option<String> {
        if turn.stopped.is_some() {
            return None;
        }
        let zone = self.zones.get(source).cloned().unwrap_or(TimeZone::UTC);
        moment(turn.at, &zone)
    }
}

/// A moment in a zone; `None` for one that never comes.
pub(super) fn moment(second: i64, zone: &TimeZone) -> Option<String> {
    let at = Timestamp::from_second(second).ok()?.to_zoned(zone.clone());
    Some(at.strftime("%Y-%m-%d %H:%M:%S%:z").to_string())
}
