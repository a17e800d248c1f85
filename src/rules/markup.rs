//! What elements say of themselves: tag names and the words of class, id, role and itemprop, as a set of hints.
//!
//! Enters: an element's names. Leaves: [`Hints`], a bit set. The words are data: `rules/markup.toml`.

use std::collections::HashMap;

use serde::Serialize;

/// Declares the hints once: variant, name, and the names of its two features.
macro_rules! hints {
    ($($variant:ident $name:literal),* $(,)?) => {
        /// One thing that an element may say of itself. The words behind each stand in `rules/markup.toml` under its name;
        /// those whose names end in `tag`, and the last two, come from tags and attributes alone.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
        #[serde(rename_all = "lowercase")]
        #[repr(u8)]
        #[allow(missing_docs, reason = "the words behind each are its meaning")]
        pub enum Hint { $($variant),* }

        impl Hint {
            /// All hints, in bit order.
            pub const ALL: &'static [Hint] = &[$(Hint::$variant),*];

            /// The hint's name in `rules/markup.toml` and in evidence.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Hint::$variant => $name),* }
            }

            /// The name of the feature "the nearest elements say so".
            #[must_use]
            pub fn near_name(self) -> &'static str {
                match self { $(Hint::$variant => concat!("near.", $name)),* }
            }

            /// The name of the feature "some element around it says so".
            #[must_use]
            pub fn all_name(self) -> &'static str {
                match self { $(Hint::$variant => concat!("all.", $name)),* }
            }
        }
    };
}

hints! {
    Related "related",
    Card "card",
    Comment "comment",
    Share "share",
    Navigation "navigation",
    Header "header",
    Footer "footer",
    Sidebar "sidebar",
    Ad "ad",
    Newsletter "newsletter",
    Paywall "paywall",
    Legal "legal",
    Popup "popup",
    Author "author",
    Date "date",
    Caption "caption",
    Tags "tags",
    Lead "lead",
    Title "title",
    Section "section",
    Body "body",
    Quote "quote",
    Media "media",
    Box "box",
    Live "live",
    Accessibility "accessibility",
    ArticleTag "articletag",
    MainTag "maintag",
    AsideTag "asidetag",
    NavTag "navtag",
    HeaderTag "headertag",
    FooterTag "footertag",
    FormTag "formtag",
    FigureTag "figuretag",
    ListTag "listtag",
    TableTag "tabletag",
    QuoteTag "quotetag",
    Hidden "hidden",
    ArticleBody "articlebody",
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
        for hint in Hint::ALL.iter().copied() {
            for word in lists.get(hint.name()).into_iter().flatten() {
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
