//! Rows of `articles.jsonl`, the output of `--format jsonl`: one article each.
//!
//! Enters: a manifest row and the rendered text. Leaves: one JSON object.
//! Invariant: `articles.jsonl#` and the row's `id` make the `file` of the manifest's row.

use serde::Serialize;

use crate::write::manifest::Row;

/// Name of the file inside the output folder.
pub const FILE: &str = "articles.jsonl";

/// One article with its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Article<'a> {
    /// The name that the article's file would have, without `.txt`.
    pub id: &'a str,
    /// Address of the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<&'a str>,
    /// Id of the input; empty for what was fetched.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub path: &'a str,
    /// Headline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<&'a str>,
    /// Author or authors, apart by ", ".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<&'a str>,
    /// Time of publication, ISO 8601 with zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published: Option<&'a str>,
    /// Section of the paper.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub section: Option<&'a str>,
    /// Tags or key words.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub tags: &'a [String],
    /// Language, BCP 47 primary tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<&'a str>,
    /// Address the page names as its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canonical_url: Option<&'a str>,
    /// Content key, 64 hex digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_key: Option<&'a str>,
    /// Version of the content key's definition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_version: Option<u32>,
    /// The article, exactly as its file would hold it.
    pub text: &'a str,
}

impl<'a> Article<'a> {
    /// The article of a manifest row.
    #[must_use]
    pub fn new(id: &'a str, row: &'a Row, text: &'a str) -> Article<'a> {
        Article {
            id,
            url: row.url.as_deref(),
            path: &row.path,
            title: row.title.as_deref(),
            author: row.author.as_deref(),
            published: row.published.as_deref(),
            section: row.section.as_deref(),
            tags: &row.tags,
            language: row.language.as_deref(),
            canonical_url: row.canonical_url.as_deref(),
            content_key: row.content_key.as_deref(),
            key_version: row.key_version,
            text,
        }
    }
}
