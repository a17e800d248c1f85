//! Metadata of an article.

use serde::Serialize;

/// What is known of an article besides its text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Metadata {
    /// Headline, without the site's name.
    pub title: Option<String>,
    /// Lead paragraph (sapo), as on the page.
    pub lead: Option<String>,
    /// Author or authors, apart by ", ".
    pub author: Option<String>,
    /// Time of publication, ISO 8601 with zone.
    pub published: Option<String>,
    /// Section of the paper.
    pub section: Option<String>,
    /// Tags or key words.
    pub tags: Vec<String>,
    /// Language, BCP 47 primary tag.
    pub language: Option<String>,
    /// Canonical URL.
    pub canonical_url: Option<String>,
    /// Name of the site.
    pub site: Option<String>,
}
