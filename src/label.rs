//! The labels of a block: six that make the article, twelve that do not.

use serde::{Deserialize, Serialize};

/// What a block is. Every block of the input has exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "each variant is the label's own name; the README's table explains them")]
pub enum Label {
    Title,
    Lead,
    Body,
    Subhead,
    Caption,
    Byline,
    Date,
    Section,
    Tags,
    Related,
    Repeat,
    Sidebar,
    Comment,
    Share,
    Navigation,
    Legal,
    Ad,
    Other,
}

impl Label {
    /// All labels, those of the article first.
    pub const ALL: [Label; 18] = [
        Label::Title,
        Label::Lead,
        Label::Body,
        Label::Subhead,
        Label::Caption,
        Label::Byline,
        Label::Date,
        Label::Section,
        Label::Tags,
        Label::Related,
        Label::Repeat,
        Label::Sidebar,
        Label::Comment,
        Label::Share,
        Label::Navigation,
        Label::Legal,
        Label::Ad,
        Label::Other,
    ];

    /// The labels an article is made of; also the default of `--include`.
    pub const ARTICLE: [Label; 6] =
        [Label::Title, Label::Lead, Label::Body, Label::Subhead, Label::Caption, Label::Byline];

    /// Whether blocks of this label belong to the article.
    #[must_use]
    pub fn is_article(self) -> bool {
        Label::ARTICLE.contains(&self)
    }

    /// The label's name in lower case, as in the manifest and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Label::Title => "title",
            Label::Lead => "lead",
            Label::Body => "body",
            Label::Subhead => "subhead",
            Label::Caption => "caption",
            Label::Byline => "byline",
            Label::Date => "date",
            Label::Section => "section",
            Label::Tags => "tags",
            Label::Related => "related",
            Label::Repeat => "repeat",
            Label::Sidebar => "sidebar",
            Label::Comment => "comment",
            Label::Share => "share",
            Label::Navigation => "navigation",
            Label::Legal => "legal",
            Label::Ad => "ad",
            Label::Other => "other",
        }
    }

    /// The label of that name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Label> {
        Label::ALL.into_iter().find(|label| label.name() == name)
    }
}
