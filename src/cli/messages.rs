//! What a run says on standard error while it works.
//!
//! Enters: failures and notices. Leaves: one line each, as text or JSON, above the progress bar.
//! Invariant: one message is one line, and text from inputs cannot steer the terminal.

use std::io::{self, Write};

use serde_json::json;

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
}

impl Messages<'_> {
    /// An input failed: which, the kind of failure, and what happened.
    pub fn failed(&self, input: &str, code: &str, message: &str) {
        match self.format {
            LogFormat::Text if names(message, input) => self.line(&format!("failed: {message}")),
            LogFormat::Text => self.line(&format!("failed: {input}: {message}")),
            LogFormat::Json => {
                let row = json!({"level": "error", "input": input, "code": code, "message": message});
                self.line(&row.to_string());
            }
        }
    }

    /// Something to know before trusting the output.
    pub fn notice(&self, message: &str) {
        match self.format {
            LogFormat::Text => self.line(&format!("note: {message}")),
            LogFormat::Json => self.line(&json!({"level": "warning", "message": message}).to_string()),
        }
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
