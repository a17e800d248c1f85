//! The one door: a raw page in, a cleaned page out, all pure stages on one screen.

use serde::Serialize;

use crate::classify::evidence::Evidence;
use crate::label::Label;
use crate::page::{Form, RawPage};
use crate::parse::metadata::Metadata;
use crate::rules::RuleSet;

/// Compiled rules and the options of every stage; shared between threads.
#[derive(Debug, Clone, Default)]
pub struct Cleaner {
    /// Site rules and phrases.
    pub rules: RuleSet,
    /// Whether site rules take part (the general path always does).
    pub site_rules: bool,
}

/// What the pipeline makes of one page.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CleanedPage {
    /// HTML or flattened text; `None` where the bytes are neither.
    pub form: Option<Form>,
    /// The charset the bytes were read in, by its WHATWG name.
    pub charset: &'static str,
    /// Whether this is an article, and why not.
    pub outcome: Outcome,
    /// Title, lead, author and the rest, from markup and visible text.
    pub metadata: Metadata,
    /// Every block of the input, in its order, each with one label.
    pub blocks: Vec<LabelledBlock>,
    /// Ids of the site rules that took part.
    pub rules: Vec<String>,
}

/// A block's text with its label and the signals that decided it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LabelledBlock {
    /// The block's text.
    pub text: String,
    /// What it is.
    pub label: Label,
    /// Why.
    pub evidence: Evidence,
}

/// Whether a page is an article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is: its blocks hold a title or a body worth keeping.
    Article,
    /// It is not, and why.
    Skipped(SkipReason),
}

/// Why a page that could be read is no article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// No bytes, or nothing but white space.
    Empty,
    /// Not text: an image, a PDF, an executable …
    Binary,
    /// No text that a reader would see.
    NoText,
    /// A front page or section page: titles and teasers of many articles.
    IndexPage,
    /// A log-in, cookie or captcha wall, or a paywall without a readable part.
    Wall,
    /// A "not found" page served as if it were found.
    SoftNotFound,
    /// A page that a script would have to draw.
    ScriptShell,
    /// Text, but no article body in it.
    NoArticle,
}

/// Cleans one page. Never fails and never panics: what cannot be cleaned is skipped with its reason.
#[must_use]
pub fn clean_page(page: &RawPage, cleaner: &Cleaner) -> CleanedPage {
    let _ = (page, cleaner);
    CleanedPage {
        form: None,
        charset: "utf-8",
        outcome: Outcome::Skipped(SkipReason::NoArticle),
        metadata: Metadata::default(),
        blocks: Vec::new(),
        rules: Vec::new(),
    }
}
