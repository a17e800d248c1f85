//! What a run says on standard error while it works.
//!
//! Enters: failures, notices and news. Leaves: one line each, as text or JSON, above the progress bar.
//! Invariant: one message is one line, and text from inputs cannot steer the terminal.

use std::io::{self, Write};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::progress::Progress;
use crate::config::LogFormat;
use crate::report::wrap::printable;

/// Standard error, in one form.
#[derive(Debug, Clone, Copy)]
pub struct Messages<'a> {
    /// The form of the lines.
    pub format: LogFormat,
    /// The bar that must stand aside.
    pub progress: &'a Progress,
    /// Name of the run, where runs have to be told apart; then each line of JSON has it, and its time.
    pub run: Option<&'a str>,
}

/// An input that failed.
#[derive(Debug, Clone, Copy)]
pub struct FailedInput<'a> {
    /// Its path or address.
    pub input: &'a str,
    /// The source of a crawl that named it.
    pub source: Option<&'a str>,
    /// The kind of failure.
    pub code: &'a str,
    /// What happened.
    pub message: &'a str,
}

impl Messages<'_> {
    /// An input failed: which, the kind of failure, and what happened.
    pub fn failed(&self, failed: &FailedInput<'_>) {
        let FailedInput { input, source, code, message } = *failed;
        let of = source.map_or(String::new(), |source| format!("{source}: "));
        match self.format {
            LogFormat::Text if names(message, input) => self.line(&format!("failed: {of}{message}")),
            LogFormat::Text => self.line(&format!("failed: {of}{input}: {message}")),
            LogFormat::Json => {
                let fields = [("input", json!(input)), ("code", json!(code)), ("message", json!(message))];
                let source = source.map(|source| ("source", json!(source)));
                let url = source.is_some().then(|| ("url", json!(input)));
                self.row("error", source.into_iter().chain(url).chain(fields));
            }
        }
    }

    /// Something to know before trusting the output.
    pub fn notice(&self, message: &str) {
        match self.format {
            LogFormat::Text => self.line(&format!("note: {message}")),
            LogFormat::Json => self.row("warning", [("message", json!(message))]),
        }
    }

    /// Something that went as it should, or did not, with its figures; as text only the message.
    pub fn news(&self, level: &str, message: &str, fields: &[(&str, Value)]) {
        match self.format {
            LogFormat::Text => self.line(message),
            LogFormat::Json => {
                let fields = fields.iter().cloned();
                self.row(level, fields.chain([("message", json!(message))]));
            }
        }
    }

    fn row<'a>(&self, level: &str, fields: impl IntoIterator<Item = (&'a str, Value)>) {
        let mut row = Map::new();
        if let Some(run) = self.run {
            let time = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
            row.extend([("time".to_owned(), json!(time)), ("run".to_owned(), json!(run))]);
        }
        row.insert("level".to_owned(), json!(level));
        row.extend(fields.into_iter().map(|(name, value)| (name.to_owned(), value)));
        self.line(&Value::Object(row).to_string());
    }

    fn line(&self, text: &str) {
        let line = printable(text).replace('\n', " ");
        // Nobody is left to tell when standard error is closed.
        self.progress.aside(|| _ = writeln!(io::stderr().lock(), "{line}"));
    }
}

/// Whether a message begins with the name of its input, or of the archive that holds it.
fn names(message: &str, input: &str) -> bool {
    let archive = input.rsplit_once('#').map_or(input, |(archive, _)| archive);
    [input, archive]
        .into_iter()
        .any(|name| message.strip_prefix(name).is_some_and(|rest| rest.starts_with(':')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_input_is_named_twice() {
        assert!(names("a/b.html: truncated", "a/b.html") && names("a.warc: truncated", "a.warc#12"));
        assert!(!names("a stage broke down", "a") && !names("no space", "a.warc#12"));
    }
}
