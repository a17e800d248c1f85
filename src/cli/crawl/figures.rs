//! What a crawl has done since it began, as figures for Prometheus.
//!
//! Enters: what the run tells. Leaves: text of the exposition format 0.0.4
//! (<https://prometheus.io/docs/instrumenting/exposition_formats/>).
//! Invariant: memory grows with the number of sources alone, and no name of a source breaks a line.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::timing::{End, Outcome, Turn};
use crate::write::manifest::{Row, Status};

/// Upper bounds of the classes into which times of fetches fall, in milliseconds.
const CLASSES: [u64; 10] = [50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000];

/// The outcomes of a page, in the order in which they are told.
const STATUSES: [(Status, &str); 5] = [
    (Status::Written, "written"),
    (Status::Duplicate, "duplicate"),
    (Status::Skipped, "skipped"),
    (Status::Failed, "failed"),
    (Status::Unchanged, "unchanged"),
];

/// The ends of a source's turn, in the order in which they are told.
const ENDS: [&str; 4] = ["ok", "unchanged", "failed", "stopped"];

/// Figures of a run.
#[derive(Debug, Clone, Default)]
pub(super) struct Figures {
    /// When the program began, in seconds since 1970.
    started: i64,
    /// When the run was last seen to be well.
    alive: i64,
    pages: [u64; STATUSES.len()],
    bytes: u64,
    fetches: Histogram,
    queued: u64,
    sources: BTreeMap<String, OfSource>,
}

/// Times, by class.
#[derive(Debug, Clone, Default)]
struct Histogram {
    /// The last one is that of what is longer than all bounds.
    classes: [u64; CLASSES.len() + 1],
    millis: u64,
}

#[derive(Debug, Clone, Default)]
struct OfSource {
    turn: Option<Turn>,
    ends: [u64; ENDS.len()],
    found: u64,
    new: u64,
    failed: u64,
    /// How long its last turn took, in seconds.
    seconds: f64,
}

impl Figures {
    /// Nothing is done at `now`, in seconds since 1970.
    pub(super) fn new(now: i64) -> Figures {
        Figures { started: now, alive: now, ..Figures::default() }
    }

    /// A page has its row.
    pub(super) fn finished(&mut self, row: &Row, bytes: u64) {
        if let Some(at) = STATUSES.iter().position(|(status, _)| *status == row.status) {
            self.pages[at] += 1;
        }
        self.bytes = self.bytes.saturating_add(bytes);
        if let Some(millis) = row.fetch_ms {
            self.fetches.take(millis);
        }
    }

    /// A source's turn has ended.
    pub(super) fn followed(
        &mut self,
        source: &str,
        turn: &Turn,
        (outcome, is_unchanged): (&Outcome, bool),
        seconds: f64,
    ) {
        let of = self.sources.entry(source.to_owned()).or_default();
        let end = match &outcome.end {
            End::Done if is_unchanged => 1,
            End::Done => 0,
            End::Failed { .. } => 2,
            End::Gone { .. } => 3,
            // Its turn is still to come.
            End::CutShort => return,
        };
        of.ends[end] += 1;
        of.found += outcome.found;
        of.new += outcome.new;
        of.failed += outcome.failed;
        of.seconds = seconds;
        of.turn = Some(turn.clone());
    }

    /// The run is well. Sources that it does not know are forgotten.
    pub(super) fn alive(&mut self, queued: u64, turns: &[(&str, &Turn)], now: i64) {
        (self.alive, self.queued) = (now, queued);
        let mut known = std::mem::take(&mut self.sources);
        for (name, turn) in turns {
            let mut of = known.remove(*name).unwrap_or_default();
            of.turn = Some((*turn).clone());
            self.sources.insert((*name).to_owned(), of);
        }
    }

    /// All figures at `now`.
    pub(super) fn text(&self, now: i64) -> String {
        let mut page = Page { text: String::new() };
        let version = [("version", env!("CARGO_PKG_VERSION"))];
        page.head("tinsach_build_info", "gauge", "Which program this is.");
        page.row("tinsach_build_info", &version, 1.0);
        page.one(
            "tinsach_start_time_seconds",
            "gauge",
            "When the program began, in seconds since 1970.",
            number(self.started),
        );
        page.one(
            "tinsach_alive_time_seconds",
            "gauge",
            "When the run was last seen to be well, in seconds since 1970.",
            number(self.alive),
        );
        page.head("tinsach_pages_total", "counter", "Pages that have their row, by outcome.");
        for ((_, outcome), pages) in STATUSES.iter().zip(self.pages) {
            page.row("tinsach_pages_total", &[("outcome", outcome)], count(pages));
        }
        page.one(
            "tinsach_page_bytes_total",
            "counter",
            "Bytes of these pages, as they came.",
            count(self.bytes),
        );
        self.fetches.write(
            "tinsach_fetch_seconds",
            "How long pages were fetched, redirects and repetitions included.",
            &mut page,
        );
        page.one(
            "tinsach_queue_addresses",
            "gauge",
            "Addresses that are still to be fetched.",
            count(self.queued),
        );
        self.write_sources(&mut page, now);
        page.text
    }

    fn write_sources(&self, page: &mut Page, now: i64) {
        type Value = fn(&OfSource, i64) -> Option<f64>;
        let figures: [(&str, &str, &str, Value); 9] = [
            (
                "last_success_time_seconds",
                "gauge",
                "When a source was last read, in seconds since 1970.",
                |of, _| of.turn.as_ref()?.last_success.map(number),
            ),
            ("next_time_seconds", "gauge", "When a source is read next, in seconds since 1970.", |of, _| {
                of.turn
                    .as_ref()
                    .filter(|turn| turn.stopped.is_none() && turn.at < i64::MAX)
                    .map(|turn| number(turn.at))
            }),
            ("lag_seconds", "gauge", "By how much a source is late.", |of, now| {
                of.turn.as_ref().map(|turn| number(turn.lag(now)))
            }),
            ("failures", "gauge", "How often in a row a source could not be read.", |of, _| {
                of.turn.as_ref().map(|turn| f64::from(turn.failures))
            }),
            ("stopped", "gauge", "1 for a source that is gone for good and not asked any more.", |of, _| {
                of.turn.as_ref().map(|turn| f64::from(u8::from(turn.stopped.is_some())))
            }),
            ("turn_seconds", "gauge", "How long the last turn of a source took.", |of, _| Some(of.seconds)),
            ("found_total", "counter", "Entries that a source named.", |of, _| Some(count(of.found))),
            ("new_total", "counter", "Entries that were not known.", |of, _| Some(count(of.new))),
            ("failed_total", "counter", "Entries whose pages could not be fetched.", |of, _| {
                Some(count(of.failed))
            }),
        ];
        for (name, kind, help, value) in figures {
            let name = format!("tinsach_source_{name}");
            page.head(&name, kind, help);
            for (source, of) in &self.sources {
                if let Some(value) = value(of, now) {
                    page.row(&name, &[("source", source)], value);
                }
            }
        }
        let name = "tinsach_source_turns_total";
        page.head(name, "counter", "Turns of a source, by how they ended.");
        for (source, of) in &self.sources {
            for (end, turns) in ENDS.iter().zip(of.ends) {
                page.row(name, &[("source", source), ("end", end)], count(turns));
            }
        }
    }
}

impl Histogram {
    fn take(&mut self, millis: u64) {
        let class = CLASSES.iter().position(|bound| millis <= *bound).unwrap_or(CLASSES.len());
        self.classes[class] += 1;
        self.millis = self.millis.saturating_add(millis);
    }

    fn write(&self, name: &str, help: &str, page: &mut Page) {
        page.head(name, "histogram", help);
        let bucket = format!("{name}_bucket");
        let mut below = 0;
        for (bound, times) in CLASSES.iter().zip(self.classes) {
            below += times;
            page.row(&bucket, &[("le", &(count(*bound) / 1_000.0).to_string())], count(below));
        }
        let all = self.classes.iter().sum();
        page.row(&bucket, &[("le", "+Inf")], count(all));
        page.row(&format!("{name}_sum"), &[], count(self.millis) / 1_000.0);
        page.row(&format!("{name}_count"), &[], count(all));
    }
}

/// The text as it grows.
struct Page {
    text: String,
}

impl Page {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn row(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        self.text.push_str(name);
        for (at, (label, value)) in labels.iter().enumerate() {
            let before = if at == 0 { '{' } else { ',' };
            _ = write!(self.text, "{before}{label}=\"{}\"", escaped(value));
        }
        if !labels.is_empty() {
            self.text.push('}');
        }
        _ = writeln!(self.text, " {value}");
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: f64) {
        self.head(name, kind, help);
        self.row(name, &[], value);
    }
}

/// A label's value: a backslash before backslash and quotation mark, `\n` for a line feed.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below the 2^53 from which it begins")]
fn count(count: u64) -> f64 {
    count as f64
}

#[expect(clippy::cast_precision_loss, reason = "seconds are far below the 2^53 from which it begins")]
fn number(number: i64) -> f64 {
    number as f64
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::timing::{Rhythm, Schedule};

    fn turn(at: i64) -> Turn {
        let rhythm = Rhythm::new(Schedule::every(60), TimeZone::UTC);
        Turn { at, ..Turn::first(&rhythm, 1_000, 1) }
    }

    fn outcome(end: End) -> Outcome {
        Outcome { end, found: 50, new: 3, failed: 1 }
    }

    #[test]
    fn figures_add_up() {
        let mut figures = Figures::new(1_000);
        for (status, millis) in [(Status::Written, 40), (Status::Written, 50), (Status::Failed, 70_000)] {
            let row = Row { fetch_ms: Some(millis), ..Row::of_url("https://x.vn/a", status) };
            figures.finished(&row, 500);
        }
        figures.alive(7, &[("a", &turn(1_100)), ("b\"\\\n", &turn(i64::MAX))], 1_090);
        figures.followed("a", &turn(1_100), (&outcome(End::Done), false), 1.5);
        figures.followed("a", &turn(1_100), (&outcome(End::CutShort), false), 1.5);
        let text = figures.text(1_150);
        for line in [
            "tinsach_pages_total{outcome=\"written\"} 2",
            "tinsach_pages_total{outcome=\"failed\"} 1",
            "tinsach_page_bytes_total 1500",
            "tinsach_fetch_seconds_bucket{le=\"0.05\"} 2",
            "tinsach_fetch_seconds_bucket{le=\"60\"} 2",
            "tinsach_fetch_seconds_bucket{le=\"+Inf\"} 3",
            "tinsach_fetch_seconds_sum 70.09",
            "tinsach_fetch_seconds_count 3",
            "tinsach_queue_addresses 7",
            "tinsach_source_lag_seconds{source=\"a\"} 50",
            "tinsach_source_lag_seconds{source=\"b\\\"\\\\\\n\"} 0",
            "tinsach_source_found_total{source=\"a\"} 50",
            "tinsach_source_turns_total{source=\"a\",end=\"ok\"} 1",
        ] {
            assert!(text.lines().any(|known| known == line), "{line}\n{text}");
        }
        assert!(!text.contains("next_time_seconds{source=\"b"));
        // A source that is no longer followed is no longer told of.
        figures.alive(0, &[], 1_200);
        assert!(!figures.text(1_200).contains("source=\""));
    }

    #[test]
    fn every_line_is_of_the_format() {
        let mut figures = Figures::new(1_000);
        figures.alive(0, &[("Thể thao", &turn(1_100))], 1_000);
        let text = figures.text(1_000);
        assert!(text.ends_with('\n'));
        let mut known = String::new();
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# TYPE ") {
                known = rest.split(' ').next().unwrap().to_owned();
            } else if !line.starts_with("# HELP ") {
                assert!(line.starts_with(&known), "{line}");
                assert!(line.rsplit(' ').next().unwrap().parse::<f64>().is_ok(), "{line}");
            }
        }
    }
}
