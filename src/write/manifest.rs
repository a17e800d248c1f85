//! Rows of `manifest.jsonl`: what became of each input.
//!
//! Enters: a cleaned page or a failure. Leaves: one JSON object per input, on one line.
//! Invariant: null and empty fields are left out; every other field means the same in every row.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::label::Label;
use crate::page::RawPage;
use crate::pipeline::{CleanedPage, Outcome};

/// What became of an input.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Its article was written.
    #[default]
    Written,
    /// It is an article whose content key an earlier input has.
    Duplicate,
    /// It could be read and is no article.
    Skipped,
    /// It could not be read or cleaned.
    Failed,
    /// The same bytes came under the same id before. Seen by observers only; no row of the manifest has it.
    Unchanged,
}

/// Why an input failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowError {
    /// A short, stable name of the kind of failure.
    pub code: Cow<'static, str>,
    /// What happened, for a person.
    pub message: String,
}

/// One row of the manifest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Row {
    /// Address of the page, as the list or the carrier gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Id of the input: its path, with the record's position inside an archive; empty for what was fetched.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// The document: `000_….txt`, or `articles.jsonl#000_…`; of written ones only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// What became of it.
    pub status: Status,
    /// `file` of the document that was kept; of duplicates only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duplicate_of: Option<String>,
    /// `file` of the document that an earlier visit to the address brought; of pages that have changed since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision_of: Option<String>,
    /// Name of the source of a crawl that named the address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Why it is no article; of skipped ones only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// More of that reason, where there is more to say: the rule of robots.txt that forbids the visit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What went wrong; of failed ones only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<RowError>,
    /// Headline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Author or authors, apart by ", ".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Time of publication, ISO 8601 with zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published: Option<String>,
    /// Section of the paper.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub section: Option<String>,
    /// Tags or key words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Language, BCP 47 primary tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Address after redirects, where a fetch knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub final_url: Option<String>,
    /// Address the page names as its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canonical_url: Option<String>,
    /// Content key, 64 hex digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_key: Option<String>,
    /// Version of the content key's definition; beside a content key only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_version: Option<u32>,
    /// Unicode characters of the written text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub characters: Option<u64>,
    /// Blocks that make the document, by label.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub blocks_kept: BTreeMap<Label, u64>,
    /// All other blocks of the input, by label.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub blocks_cut: BTreeMap<Label, u64>,
    /// When the page was fetched, as its carrier wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fetched_at: Option<String>,
    /// Requests that were made for it, redirects and repetitions included; of fetched ones only, as the next three.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempts: Option<u32>,
    /// Status of the last answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_status: Option<u16>,
    /// Milliseconds spent in requests, without the waits between them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fetch_ms: Option<u64>,
    /// Bytes of the last answer's body, as they were sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Ids of the site rules that took part.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// Charset the bytes were read in; of cleaned ones only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub charset: Option<Cow<'static, str>>,
}

impl Row {
    /// A row that only names its input.
    #[must_use]
    pub fn of(id: &str, status: Status) -> Row {
        Row { path: id.to_owned(), status, ..Row::default() }
    }

    /// A row that only names the address it came for.
    #[must_use]
    pub fn of_url(url: &str, status: Status) -> Row {
        Row { url: Some(url.to_owned()), status, ..Row::default() }
    }

    /// The row of a failure, for this reason.
    #[must_use]
    pub fn failed(self, code: &'static str, message: &str) -> Row {
        let error = Some(RowError { code: code.into(), message: message.to_owned() });
        Row { status: Status::Failed, error, ..self }
    }

    /// Address or path: what names the input to a person.
    #[must_use]
    pub fn input(&self) -> &str {
        if self.path.is_empty() { self.url.as_deref().unwrap_or_default() } else { &self.path }
    }

    /// Adds what the page's carrier knew.
    #[must_use]
    pub fn with_page(mut self, page: &RawPage) -> Row {
        self.url.clone_from(&page.url);
        self.fetched_at.clone_from(&page.fetched_at);
        self
    }

    /// Adds what cleaning found. Blocks of the labels in `include` count as kept, all blocks of a skipped page as cut.
    #[must_use]
    pub fn with_cleaned(mut self, page: CleanedPage, include: &[Label]) -> Row {
        let article = page.outcome == Outcome::Article;
        for block in &page.blocks {
            let kept = article && include.contains(&block.label);
            let side = if kept { &mut self.blocks_kept } else { &mut self.blocks_cut };
            *side.entry(block.label).or_default() += 1;
        }
        if let Outcome::Skipped(reason) = page.outcome {
            self.status = Status::Skipped;
            self.reason = serde_json::to_value(reason).ok().and_then(|name| name.as_str().map(str::to_owned));
        }
        let metadata = page.metadata;
        self.title = metadata.title;
        self.author = metadata.author;
        self.published = metadata.published;
        self.section = metadata.section;
        self.tags = metadata.tags;
        self.language = metadata.language;
        self.canonical_url = metadata.canonical_url;
        self.rules = page.rules;
        self.charset = Some(page.charset).filter(|charset| !charset.is_empty()).map(Cow::Borrowed);
        self
    }

    /// Turns the row of an article without a block to write into one of a skipped page.
    #[must_use]
    pub fn without_text(mut self) -> Row {
        self.status = Status::Skipped;
        self.reason = Some("no_text".to_owned());
        for (label, count) in std::mem::take(&mut self.blocks_kept) {
            *self.blocks_cut.entry(label).or_default() += count;
        }
        self
    }
}

/// Appends `value` as one line of JSON.
///
/// # Errors
/// Only if a value cannot be written as JSON, which the rows of this crate can.
pub fn push_line<T: Serialize>(lines: &mut Vec<u8>, value: &T) -> serde_json::Result<()> {
    serde_json::to_writer(&mut *lines, value)?;
    lines.push(b'\n');
    Ok(())
}
