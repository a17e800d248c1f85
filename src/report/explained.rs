//! What every rendering of one cleaned page shows.
//!
//! Enters: a cleaned page, its source's name, the labels that are written.
//! Leaves: facts in words, and for each block whether it is kept. Invariant: every block is counted once.

use crate::label::Label;
use crate::page::Form;
use crate::pipeline::{CleanedPage, LabelledBlock, Outcome, SkipReason};

/// One cleaned page, to be explained.
#[derive(Debug, Clone, Copy)]
pub struct Explained<'a> {
    /// Where the page came from: a path or an address.
    pub source: &'a str,
    /// The page.
    pub page: &'a CleanedPage,
    /// The labels whose blocks are written.
    pub include: &'a [Label],
}

/// How much of a page carries one label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LabelCount {
    /// The label.
    pub label: Label,
    /// Whether its blocks are kept.
    pub kept: bool,
    /// Number of blocks.
    pub blocks: usize,
    /// Number of characters in them.
    pub characters: usize,
}

impl Explained<'_> {
    /// Whether a block is written: the page is an article and the block's label is included.
    #[must_use]
    pub fn kept(&self, block: &LabelledBlock) -> bool {
        self.keeps(block.label)
    }

    fn keeps(&self, label: Label) -> bool {
        self.page.outcome == Outcome::Article && self.include.contains(&label)
    }

    /// The outcome in words.
    #[must_use]
    pub fn outcome(&self) -> String {
        match self.page.outcome {
            Outcome::Article => "article".to_owned(),
            Outcome::Skipped(reason) => format!("skipped: {}; nothing is written", reason_words(reason)),
        }
    }

    /// Form, charset, rules and metadata: name and value of each that is known.
    #[must_use]
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        let page = self.page;
        let meta = &page.metadata;
        let form = match page.form {
            Some(Form::Html) => "HTML",
            Some(Form::Text) => "flattened text",
            None => "unknown",
        };
        let list = |items: &[String]| (!items.is_empty()).then(|| items.join(", "));
        let all = [
            ("form", Some(format!("{form}, {}", page.charset))),
            ("rules", list(&page.rules)),
            ("title", meta.title.clone()),
            ("lead", meta.lead.clone()),
            ("author", meta.author.clone()),
            ("published", meta.published.clone()),
            ("section", meta.section.clone()),
            ("tags", list(&meta.tags)),
            ("language", meta.language.clone()),
            ("url", meta.canonical_url.clone()),
            ("site", meta.site.clone()),
        ];
        all.into_iter().filter_map(|(name, value)| value.map(|value| (name, value))).collect()
    }

    /// Blocks and characters by label, in the labels' order; labels without a block are left out.
    #[must_use]
    pub fn counts(&self) -> Vec<LabelCount> {
        let count = |label: Label| {
            let of_label = self.page.blocks.iter().filter(|block| block.label == label);
            let (blocks, characters) = of_label.fold((0, 0), |(blocks, characters), block| {
                (blocks + 1, characters + block.text.chars().count())
            });
            LabelCount { label, kept: self.keeps(label), blocks, characters }
        };
        Label::ALL.into_iter().map(count).filter(|count| count.blocks > 0).collect()
    }

    /// `kept 8 of 23 blocks, 3,512 of 5,120 characters`.
    #[must_use]
    pub fn totals(&self) -> String {
        let counts = self.counts();
        let kept = || counts.iter().filter(|count| count.kept);
        format!(
            "kept {} of {} blocks, {} of {} characters",
            grouped(kept().map(|c| c.blocks as u64).sum()),
            grouped(counts.iter().map(|c| c.blocks as u64).sum()),
            grouped(kept().map(|c| c.characters as u64).sum()),
            grouped(counts.iter().map(|c| c.characters as u64).sum()),
        )
    }
}

/// Why a page is no article, in words.
#[must_use]
pub fn reason_words(reason: SkipReason) -> &'static str {
    match reason {
        SkipReason::Empty => "it is empty",
        SkipReason::Binary => "it is not text",
        SkipReason::NoText => "it holds no text that a reader would see",
        SkipReason::IndexPage => "it is an index page, with titles and teasers of many articles",
        SkipReason::Wall => "it is a wall: log-in, cookies, captcha or payment",
        SkipReason::SoftNotFound => "it is a \"not found\" page",
        SkipReason::ScriptShell => "a script would have to draw it",
        SkipReason::TooComplex => "its markup is too complex to take apart",
        SkipReason::NoArticle => "no article body was found in it",
    }
}

/// A number with commas between thousands.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn thousands_are_grouped() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (12_345_678, "12,345,678")] {
            assert_eq!(grouped(number), text);
        }
    }
}
