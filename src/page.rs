//! What enters the pipeline: one raw page, as bytes, with what its carrier knew about it.
//!
//! Enters: bytes from a file, an archive record, a JSONL row or an HTTP answer.
//! Leaves: nothing; this is the plain struct every source fills and every stage may read.

use serde::Serialize;

/// One document before any cleaning: its bytes and what its carrier said of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RawPage {
    /// Address the page was fetched from, if the carrier knew it.
    pub url: Option<String>,
    /// When it was fetched, as the carrier wrote it (ISO 8601 in WARC).
    pub fetched_at: Option<String>,
    /// Value of the carrier's `Content-Type`, charset parameter included.
    pub content_type: Option<String>,
    /// What the carrier said the bytes are; `None` lets the content decide.
    pub form: Option<Form>,
    /// The document, after any transfer coding or compression was undone.
    #[serde(skip)]
    pub body: Vec<u8>,
}

/// The two forms of document that the pipeline cleans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// Markup, whole or broken.
    Html,
    /// Text that somebody flattened from a page: one line after the other.
    Text,
}
