//! The options of all stages as one value, and the reading of it from TOML.
//!
//! Enters: the text of a configuration file. Leaves: a [`Config`], or every mistake in the text with its line.
//! Invariant: what [`Config::from_toml`] accepts needs no further checking, and nothing here touches a file.

use serde::{Deserialize, Serialize};

use crate::label::Label;

mod check;
mod fetch;
mod mistake;
mod schema;
mod source;
mod value;

pub use fetch::{Archive, Fetch, Seconds};
pub use mistake::ConfigMistake;
pub use source::{Crawl, Source, SourceKind};

/// The shipped `config.toml`: every key with its default and an explanation.
pub const DEFAULT_TOML: &str = include_str!("../../config.toml");

/// Options of all stages. Every field has a default, so an empty file is a valid one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What is read.
    pub input: Input,
    /// What a document keeps.
    pub clean: Clean,
    /// Rules of the user's own.
    pub rules: Rules,
    /// How copies are treated.
    pub dedup: Dedup,
    /// Where and how texts are written.
    pub output: Output,
    /// How pages are fetched.
    pub fetch: Fetch,
    /// How sources are followed.
    pub crawl: Crawl,
    /// How the run is carried out and talks.
    pub run: Run,
    /// What a crawl follows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub source: Vec<Source>,
}

/// `[input]`: what is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Input {
    /// A document larger than this fails, in MiB after decompression; 1 to 1024.
    pub max_document_mib: u64,
}

/// `[clean]`: what a document keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Clean {
    /// Labels whose blocks are written; never empty.
    pub include: Vec<Label>,
    /// Whether site rules take part beside the general path.
    pub site_rules: bool,
}

/// `[rules]`: rules of the user's own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// Folders with `sites/*.toml` and `phrases/*.toml`, relative to the current folder; the first one wins.
    pub dirs: Vec<String>,
}

/// `[dedup]`: how copies are treated.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Dedup {
    /// What counts as a copy.
    pub mode: DedupMode,
}

/// `[output]`: where and how texts are written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Output {
    /// The folder that receives texts, manifest and state, relative to the current folder.
    pub dir: String,
    /// The form of the texts.
    pub format: Format,
    /// What the files are called.
    pub naming: Naming,
}

/// `[run]`: how the run is carried out and talks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Run {
    /// Documents cleaned at once; 0 takes all cores. At most 1024.
    pub jobs: usize,
    /// Whether progress and summary stay away.
    pub quiet: bool,
    /// The form of messages and summary.
    pub log_format: LogFormat,
}

/// What counts as a copy of an earlier document.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DedupMode {
    /// Nothing: every article is written.
    Off,
    /// An article with the same content key.
    #[default]
    Exact,
}

/// The form of the texts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// One plain text file per article.
    #[default]
    Txt,
    /// One JSON object per article.
    Jsonl,
}

/// What output files are called.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Naming {
    /// Number in input order and the start of the content key.
    #[default]
    Hash,
    /// The input's own path and stem.
    Source,
}

/// The form of messages and summary.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

impl Default for Input {
    fn default() -> Self {
        Input { max_document_mib: 32 }
    }
}

impl Default for Clean {
    fn default() -> Self {
        Clean { include: Label::ARTICLE.to_vec(), site_rules: true }
    }
}

impl Default for Output {
    fn default() -> Self {
        Output { dir: "clean".to_owned(), format: Format::default(), naming: Naming::default() }
    }
}

impl Config {
    /// Reads a configuration; what it leaves out keeps its default. `file` is the name that mistakes carry.
    ///
    /// # Errors
    /// All mistakes of the text in the order of their lines: syntax, unknown keys, wrong types, bad values.
    pub fn from_toml(text: &str, file: &str) -> Result<Config, Vec<ConfigMistake>> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mistakes = check::check(text, file);
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        toml::from_str(text).map_err(|error| vec![check::from_toml_error(&error, text, file)])
    }

    /// The configuration as TOML, every key with its value in effect.
    #[must_use]
    pub fn to_toml(&self) -> String {
        // A `Config` holds only strings, numbers, lists and tables, all of which TOML can write.
        toml::to_string(self).unwrap_or_default()
    }

    /// The largest document that is read, in bytes after decompression.
    #[must_use]
    pub fn max_document_bytes(&self) -> u64 {
        self.input.max_document_mib.saturating_mul(1024 * 1024)
    }
}
