//! What a run did, for the person who started it.
//!
//! Enters: the run's counts. Leaves: a few lines of text. Invariant: what did not happen takes no line.

use std::collections::BTreeMap;

use serde::Serialize;

use super::explained::grouped;

/// The counts of a run. Each document read is counted in exactly one of the five outcomes.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct RunCounts {
    /// Documents read, good or bad.
    pub read: u64,
    /// Documents written.
    pub written: u64,
    /// Documents whose text an earlier document has.
    pub duplicates: u64,
    /// Documents that an earlier run into the same folder has dealt with.
    pub unchanged: u64,
    /// Pages that are no article, by reason (`index_page`).
    pub skipped: BTreeMap<String, u64>,
    /// Inputs that could not be read or written, by code (`truncated_gzip`).
    pub failed: BTreeMap<String, u64>,
    /// Bytes of documents, after decompression.
    pub bytes: u64,
    /// Wall-clock time, in seconds.
    pub seconds: f64,
    /// The output folder.
    pub out: String,
}

impl RunCounts {
    /// Number of inputs that failed.
    #[must_use]
    pub fn failures(&self) -> u64 {
        self.failed.values().sum()
    }
}

/// The summary, several lines with a line break at the end.
#[must_use]
pub fn render(counts: &RunCounts) -> String {
    let mut out = headline(counts);
    let skipped = counts.skipped.values().sum();
    let rows = [
        ("written", counts.written, "", None),
        ("duplicates", counts.duplicates, "same text as an earlier document", None),
        ("unchanged", counts.unchanged, "dealt with before", None),
        ("skipped", skipped, "no article", Some(&counts.skipped)),
        ("failed", counts.failures(), "could not be read or written", Some(&counts.failed)),
    ];
    let widest = grouped(counts.read).len().max(5);
    for (name, number, note, kinds) in rows {
        if number == 0 && name != "written" {
            continue;
        }
        let row = format!("  {name:<12}{:>widest$}  {note}", grouped(number));
        out.push_str(row.trim_end());
        out.push('\n');
        for (kind, number) in by_number(kinds) {
            let kind = kind.replace('_', " ");
            let number = grouped(number);
            out.push_str(&[" ".repeat(14), format!("{number:>widest$}  {kind}\n")].concat());
        }
    }
    out.push_str(&closing(counts));
    out
}

fn headline(counts: &RunCounts) -> String {
    let documents = if counts.read == 1 { "document" } else { "documents" };
    let read = format!(
        "Read {} {documents}, {}, in {}",
        grouped(counts.read),
        size(counts.bytes),
        time(counts.seconds)
    );
    if counts.read == 0 || counts.seconds < 0.05 {
        return format!("{read}.\n");
    }
    #[expect(clippy::cast_precision_loss, reason = "a rate for people needs three digits")]
    let (documents, bytes) = (counts.read as f64 / counts.seconds, counts.bytes as f64 / counts.seconds);
    format!("{read}: {documents:.0} documents/s, {:.1} MB/s.\n", bytes / 1e6)
}

fn closing(counts: &RunCounts) -> String {
    let out = counts.out.trim_end_matches('/');
    let mut text = match (counts.read, counts.written) {
        (0, _) => "Nothing was found to clean.\n".to_owned(),
        (_, 0) if counts.unchanged > 0 => {
            format!("Nothing new was written. Each input's row: {out}/manifest.jsonl\n")
        }
        (_, 0) => format!("No text was written. Each input's row: {out}/manifest.jsonl\n"),
        _ => format!("Texts: {out}/   each input's row: {out}/manifest.jsonl\n"),
    };
    if counts.failures() > 0 {
        text.push_str("Failed inputs are named above and in the manifest (\"status\":\"failed\").\n");
    }
    text
}

/// The kinds, the most frequent first, then by name.
fn by_number(kinds: Option<&BTreeMap<String, u64>>) -> Vec<(&str, u64)> {
    let mut kinds: Vec<(&str, u64)> =
        kinds.into_iter().flatten().map(|(kind, number)| (kind.as_str(), *number)).collect();
    kinds.sort_by_key(|(_, number)| std::cmp::Reverse(*number));
    kinds
}

/// Bytes in decimal units, `56.7 MB`.
#[must_use]
pub fn size(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "a size for people needs three digits")]
    let amount = bytes as f64;
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{:.1} kB", amount / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", amount / 1e6),
        _ => format!("{:.2} GB", amount / 1e9),
    }
}

/// Seconds as `0.4 s`, `2 min 05 s` or `3 h 20 min`.
#[must_use]
pub fn time(seconds: f64) -> String {
    if seconds < 60.0 {
        return format!("{seconds:.1} s");
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "positive, and the cast saturates"
    )]
    let whole = seconds.round() as u64;
    if whole < 3600 {
        return format!("{} min {:02} s", whole / 60, whole % 60);
    }
    format!("{} h {:02} min", whole / 3600, whole % 3600 / 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(pairs: &[(&str, u64)]) -> BTreeMap<String, u64> {
        pairs.iter().map(|(kind, number)| ((*kind).to_owned(), *number)).collect()
    }

    #[test]
    fn a_mixed_run_is_exact() {
        let counts = RunCounts {
            read: 1_234,
            written: 1_000,
            duplicates: 12,
            unchanged: 100,
            skipped: kinds(&[("index_page", 30), ("wall", 80)]),
            failed: kinds(&[("truncated_gzip", 12)]),
            bytes: 56_700_000,
            seconds: 12.5,
            out: "clean/".into(),
        };
        let expected = "\
Read 1,234 documents, 56.7 MB, in 12.5 s: 99 documents/s, 4.5 MB/s.
  written     1,000
  duplicates     12  same text as an earlier document
  unchanged     100  dealt with before
  skipped       110  no article
                 80  wall
                 30  index page
  failed         12  could not be read or written
                 12  truncated gzip
Texts: clean/   each input's row: clean/manifest.jsonl
Failed inputs are named above and in the manifest (\"status\":\"failed\").
";
        assert_eq!(render(&counts), expected);
    }

    #[test]
    fn what_did_not_happen_takes_no_line() {
        let counts =
            RunCounts { read: 1, unchanged: 1, bytes: 900, out: "clean".into(), ..RunCounts::default() };
        let expected = "\
Read 1 document, 900 bytes, in 0.0 s.
  written         0
  unchanged       1  dealt with before
Nothing new was written. Each input's row: clean/manifest.jsonl
";
        assert_eq!(render(&counts), expected);
        assert!(render(&RunCounts::default()).ends_with("Nothing was found to clean.\n"));
    }

    #[test]
    fn times_and_sizes_read_well() {
        assert_eq!([time(0.44), time(125.2), time(12_000.0)], ["0.4 s", "2 min 05 s", "3 h 20 min"]);
        assert_eq!([size(999), size(1_500), size(2_000_000_000)], ["999 bytes", "1.5 kB", "2.00 GB"]);
    }
}
