//! What elements say of themselves: tag names and the words of class, id, role and itemprop, as a set of hints.
//!
//! Enters: an element's names. Leaves: [`Hints`], a bit set. The words are data: `rules/markup.toml`.

use std::collections::HashMap;

use serde::Serialize;

/// One thing that an element may say of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
#[allow(missing_docs, reason = "the words behind each stand in rules/markup.toml under its name")]
pub enum Hint {
    Related,
    Card,
    Comment,
    Share,
    Navigation,
    Header,
    Footer,
    Sidebar,
    Ad,
    Newsletter,
    Paywall,
    Legal,
    Popup,
    Author,
    Date,
    Caption,
    Tags,
    Lead,
    Title,
    Section,
    Body,
    Quote,
    Media,
    Box,
    Live,
    Accessibility,
    // From tags and attributes alone.
    ArticleTag,
    MainTag,
    AsideTag,
    NavTag,
    HeaderTag,
    FooterTag,
    FormTag,
    FigureTag,
    ListTag,
    TableTag,
    QuoteTag,
    Hidden,
    ArticleBody,
}

impl Hint {
    /// All hints, in bit order.
    pub const ALL: [Hint; 39] = [
        Hint::Related,
        Hint::Card,
        Hint::Comment,
        Hint::Share,
        Hint::Navigation,
        Hint::Header,
        Hint::Footer,
        Hint::Sidebar,
        Hint::Ad,
        Hint::Newsletter,
        Hint::Paywall,
        Hint::Legal,
        Hint::Popup,
        Hint::Author,
        Hint::Date,
        Hint::Caption,
        Hint::Tags,
        Hint::Lead,
        Hint::Title,
        Hint::Section,
        Hint::Body,
        Hint::Quote,
        Hint::Media,
        Hint::Box,
        Hint::Live,
        Hint::Accessibility,
        Hint::ArticleTag,
        Hint::MainTag,
        Hint::AsideTag,
        Hint::NavTag,
        Hint::HeaderTag,
        Hint::FooterTag,
        Hint::FormTag,
        Hint::FigureTag,
        Hint::ListTag,
        Hint::TableTag,
        Hint::QuoteTag,
        Hint::Hidden,
        Hint::ArticleBody,
    ];

    /// The name of the feature "the nearest elements say so".
    #[must_use]
    pub fn near_name(self) -> &'static str {
        const NAMES: [&str; 39] = [
            "near.related",
            "near.card",
            "near.comment",
            "near.share",
            "near.navigation",
            "near.header",
            "near.footer",
            "near.sidebar",
            "near.ad",
            "near.newsletter",
            "near.paywall",
            "near.legal",
            "near.popup",
            "near.author",
            "near.date",
            "near.caption",
            "near.tags",
            "near.lead",
            "near.title",
            "near.section",
            "near.body",
            "near.quote",
            "near.media",
            "near.box",
            "near.live",
            "near.accessibility",
            "near.articletag",
            "near.maintag",
            "near.asidetag",
            "near.navtag",
            "near.headertag",
            "near.footertag",
            "near.formtag",
            "near.figuretag",
            "near.listtag",
            "near.tabletag",
            "near.quotetag",
            "near.hidden",
            "near.articlebody",
        ];
        NAMES[self as usize]
    }

    /// The name of the feature "some element around it says so".
    #[must_use]
    pub fn all_name(self) -> &'static str {
        const NAMES: [&str; 39] = [
            "all.related",
            "all.card",
            "all.comment",
            "all.share",
            "all.navigation",
            "all.header",
            "all.footer",
            "all.sidebar",
            "all.ad",
            "all.newsletter",
            "all.paywall",
            "all.legal",
            "all.popup",
            "all.author",
            "all.date",
            "all.caption",
            "all.tags",
            "all.lead",
            "all.title",
            "all.section",
            "all.body",
            "all.quote",
            "all.media",
            "all.box",
            "all.live",
            "all.accessibility",
            "all.articletag",
            "all.maintag",
            "all.asidetag",
            "all.navtag",
            "all.headertag",
            "all.footertag",
            "all.formtag",
            "all.figuretag",
            "all.listtag",
            "all.tabletag",
            "all.quotetag",
            "all.hidden",
            "all.articlebody",
        ];
        NAMES[self as usize]
    }

    /// The hint's name in `rules/markup.toml` and in evidence.
    #[must_use]
    pub fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }
}

/// A set of [`Hint`]s.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Hints(pub u64);

impl Hints {
    /// Whether the set holds a hint.
    #[must_use]
    pub fn has(self, hint: Hint) -> bool {
        self.0 & (1 << hint as u8) != 0
    }

    /// The set with one hint more.
    #[must_use]
    pub fn with(self, hint: Hint) -> Hints {
        Hints(self.0 | (1 << hint as u8))
    }

    /// Both sets' hints.
    #[must_use]
    pub fn and(self, other: Hints) -> Hints {
        Hints(self.0 | other.0)
    }

    /// Whether the set holds any of these.
    #[must_use]
    pub fn any(self, hints: &[Hint]) -> bool {
        hints.iter().any(|hint| self.has(*hint))
    }
}

/// Words to hints: whole words by a map, word starts by a sorted list.
#[derive(Debug, Clone, Default)]
pub struct Lexicon {
    whole: HashMap<Box<str>, Hints>,
    starts: Vec<(Box<str>, Hints)>,
}

impl Lexicon {
    /// Builds the lexicon of `rules/markup.toml`'s text.
    ///
    /// # Errors
    /// What is wrong with the file, with its line.
    pub fn from_toml(text: &str) -> Result<Lexicon, toml::de::Error> {
        let lists: HashMap<String, Vec<String>> = toml::from_str(text)?;
        let mut lexicon = Lexicon::default();
        for hint in Hint::ALL {
            for word in lists.get(&hint.name()).into_iter().flatten() {
                let hints = Hints::default().with(hint);
                if let Some(start) = word.strip_suffix('*') {
                    lexicon.starts.push((start.into(), hints));
                } else {
                    let entry = lexicon.whole.entry(word.as_str().into()).or_default();
                    *entry = entry.and(hints);
                }
            }
        }
        lexicon.starts.sort();
        Ok(lexicon)
    }

    /// What the words of a class, id or role attribute say.
    #[must_use]
    pub fn read(&self, names: &str) -> Hints {
        let mut hints = Hints::default();
        let mut word = String::new();
        let mut lower = false;
        for c in names.chars().take(400) {
            let upper_start = c.is_ascii_uppercase() && lower;
            if !c.is_ascii_alphabetic() || upper_start {
                hints = hints.and(self.word(&word));
                word.clear();
            }
            if c.is_ascii_alphabetic() {
                word.push(c.to_ascii_lowercase());
            }
            lower = c.is_ascii_lowercase();
        }
        hints.and(self.word(&word))
    }

    fn word(&self, word: &str) -> Hints {
        if word.len() < 2 {
            return Hints::default();
        }
        let whole = self.whole.get(word).copied().unwrap_or_default();
        // A start that fits sorts at or before the word itself; starts share few letters, so few are looked at.
        let end = self.starts.partition_point(|(start, _)| start.as_ref() <= word);
        let fits = self.starts[..end]
            .iter()
            .rev()
            .take_while(|(start, _)| start.as_bytes()[0] == word.as_bytes()[0]);
        fits.filter(|(start, _)| word.starts_with(start.as_ref()))
            .fold(whole, |hints, (_, more)| hints.and(*more))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_split_and_looked_up() {
        let lexicon =
            Lexicon::from_toml("related = ['relate*', 'xemthem']\nbody = ['post']").expect("lexicon");
        let related = Hints::default().with(Hint::Related);
        assert_eq!(lexicon.read("box-relatedNews"), related);
        assert_eq!(lexicon.read("xemthem2 x"), related);
        assert_eq!(lexicon.read("singlePost"), Hints::default().with(Hint::Body));
        assert_eq!(lexicon.read("unrelated poster"), Hints::default());
    }
}
