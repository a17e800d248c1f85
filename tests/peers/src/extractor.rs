//! What is measured: tinsach, its peers, and work that none of them can do without.
//!
//! Enters: a document. Leaves: the article's text. Invariant: each peer runs with its own defaults, beside them in a mode
//! that may serve its text better, and a document that it refuses has no text.

use std::hint::black_box;

use dom_smoothie::{Config, Readability, TextMode};
use sha2::{Digest, Sha256};
use tinsach::label::Label;
use tinsach::pipeline::{Cleaner, Outcome, article_text, clean_page};

use crate::corpus::Page;

/// Every name that `--only` takes.
pub(crate) const NAMES: [&str; 9] = [
    "tinsach",
    "dom_smoothie",
    "dom_smoothie/formatted",
    "rs-trafilatura",
    "trafilatura",
    "trafilatura/fallback",
    "scraper",
    "sha2",
    "reading",
];

const TEXT: [Label; 3] = [Label::Lead, Label::Body, Label::Subhead];
const TEXT_AND_TITLE: [Label; 4] = [Label::Title, Label::Lead, Label::Body, Label::Subhead];

/// Documents whose article begins with its title, by their gold texts.
const TITLED: &str = "vi-dev";

/// One way to take documents.
pub(crate) struct Extractor<'a> {
    /// The crate's name, and the mode where it is not the default.
    pub(crate) name: &'static str,
    /// Whether what it gives is an article; else it stands beside the others for its speed.
    pub(crate) extracts: bool,
    pub(crate) extract: Box<dyn Fn(&Page) -> String + 'a>,
}

impl<'a> Extractor<'a> {
    fn new(name: &'static str, extract: impl Fn(&Page) -> String + 'a) -> Extractor<'a> {
        Extractor { name, extracts: true, extract: Box::new(extract) }
    }

    /// Work that gives no text.
    fn reference(name: &'static str, work: impl Fn(&Page) + 'a) -> Extractor<'a> {
        let extract = move |page: &Page| {
            work(page);
            String::new()
        };
        Extractor { extracts: false, ..Extractor::new(name, extract) }
    }
}

/// For whole pages.
pub(crate) fn of_pages(cleaner: &Cleaner) -> Vec<Extractor<'_>> {
    let formatted = Config { text_mode: TextMode::Formatted, ..Config::default() };
    let fallback = trafilatura::Options::default().with_fallback(true);
    vec![
        Extractor::new("tinsach", |page| tinsach(page, cleaner)),
        Extractor::new("dom_smoothie", |page| dom_smoothie(page, None)),
        Extractor::new("dom_smoothie/formatted", move |page| dom_smoothie(page, Some(formatted.clone()))),
        Extractor::new("rs-trafilatura", rs_trafilatura),
        Extractor::new("trafilatura", |page| trafilatura(page, &trafilatura::Options::default())),
        Extractor::new("trafilatura/fallback", move |page| trafilatura(page, &fallback)),
        Extractor::reference("scraper", |page| {
            black_box(scraper::Html::parse_document(&page.text));
        }),
    ]
}

/// For flattened text, which no peer takes.
pub(crate) fn of_texts(cleaner: &Cleaner) -> Vec<Extractor<'_>> {
    vec![
        Extractor::new("tinsach", |page| tinsach(page, cleaner)),
        Extractor::reference("sha2", |page| {
            black_box(Sha256::digest(&page.raw.body));
        }),
        Extractor::reference("reading", |page| {
            let _ = black_box(std::fs::read(&page.path));
        }),
    ]
}

/// From bytes, so with finding out the charset and decoding, which is done for the peers.
fn tinsach(page: &Page, cleaner: &Cleaner) -> String {
    let result = clean_page(&page.raw, cleaner);
    let labels: &[Label] = if page.set == TITLED { &TEXT_AND_TITLE } else { &TEXT };
    match result.outcome {
        Outcome::Article => article_text(&result, labels),
        Outcome::Skipped(_) => String::new(),
    }
}

/// Its text as it is joins paragraphs without a blank; "formatted" keeps them apart.
fn dom_smoothie(page: &Page, config: Option<Config>) -> String {
    let article = Readability::new(page.text.as_str(), None, config).and_then(|mut reader| reader.parse());
    article.map_or_else(|_| String::new(), |article| titled(page, &article.title, &article.text_content))
}

fn rs_trafilatura(page: &Page) -> String {
    rs_trafilatura::extract(&page.text).map_or_else(
        |_| String::new(),
        |found| titled(page, found.metadata.title.as_deref().unwrap_or_default(), &found.content_text),
    )
}

fn trafilatura(page: &Page, options: &trafilatura::Options) -> String {
    trafilatura::extract(&page.text, options)
        .map_or_else(|_| String::new(), |found| titled(page, &found.metadata.title, &found.content_text))
}

/// The text, after the title where the gold text has it and the peer leaves it out.
fn titled(page: &Page, title: &str, text: &str) -> String {
    let text = text.trim();
    if page.set == TITLED && !text.is_empty() && !text.starts_with(title.trim()) {
        format!("{title}\n{text}")
    } else {
        text.to_owned()
    }
}
