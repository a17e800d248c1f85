//! What elements say of themselves: tag names and the words of class, id, role and itemprop, as a set of hints.
//!
//! Enters: an element's names. Leaves: [`Hints`], a bit set. The words are data: `rules/markup.toml`.

use std::collections::HashMap;

use serde::Serialize;

/// Bytes of a class, id or role attribute that are read.
const MAX_NAMES: usize = 400;

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

            /// The name of the feature "some element between it and the way to the best prose says so".
            #[must_use]
            pub fn way_name(self) -> &'static str {
                match self { $(Hint::$variant => concat!("way.", $name)),* }
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

    /// This set's hints that the other lacks.
    #[must_use]
    pub fn without(self, other: Hints) -> Hints {
        Hints(self.0 & !other.0)
    }

    /// Both sets' common hints.
    #[must_use]
    pub fn common(self, other: Hints) -> Hints {
        Hints(self.0 & other.0)
    }

    /// The set of these hints.
    #[must_use]
    pub fn of(hints: &[Hint]) -> Hints {
        hints.iter().fold(Hints::default(), |set, hint| set.with(*hint))
    }

    /// Whether the set holds any of these.
    #[must_use]
    pub fn any(self, hints: &[Hint]) -> bool {
        hints.iter().any(|hint| self.has(*hint))
    }
}

/// Words to hints, by their first two letters; few words share them.
#[derive(Debug, Clone)]
pub struct Lexicon {
    words: Vec<Vec<Entry>>,
}

/// A word of the lexicon, of two letters or more.
#[derive(Debug, Clone)]
struct Entry {
    text: Box<[u8]>,
    /// Whether words that begin with it are meant as well.
    is_start: bool,
    hints: Hints,
}

/// Letters of the alphabet.
const LETTERS: usize = 26;

impl Default for Lexicon {
    fn default() -> Self {
        Lexicon { words: vec![Vec::new(); LETTERS * LETTERS] }
    }
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
                let start = word.strip_suffix('*');
                let text = start.unwrap_or(word).as_bytes();
                // A word with a sign in it is never met, because names are split there.
                if let Some(place) = place(text) {
                    let hints = Hints::default().with(hint);
                    lexicon.words[place].push(Entry { text: text.into(), is_start: start.is_some(), hints });
                }
            }
        }
        Ok(lexicon)
    }

    /// What the words of a class, id or role attribute say. Words end at signs, digits and before capitals.
    #[must_use]
    pub fn read(&self, names: &str) -> Hints {
        let names = names.as_bytes();
        let names = &names[..names.len().min(MAX_NAMES)];
        let mut lower = [0; MAX_NAMES];
        let lower = &mut lower[..names.len()];
        lower.copy_from_slice(names);
        lower.make_ascii_lowercase();
        let (mut hints, mut from) = (Hints::default(), 0);
        for (at, byte) in names.iter().enumerate() {
            let is_letter = byte.is_ascii_alphabetic();
            let is_capital = byte.is_ascii_uppercase() && at > 0 && names[at - 1].is_ascii_lowercase();
            if !is_letter || is_capital {
                hints = hints.and(self.word(&lower[from..at]));
                from = if is_letter { at } else { at + 1 };
            }
        }
        hints.and(self.word(&lower[from..]))
    }

    fn word(&self, word: &[u8]) -> Hints {
        let Some(place) = place(word) else { return Hints::default() };
        let fits = |entry: &&Entry| {
            if entry.is_start { word.starts_with(&entry.text) } else { *word == *entry.text }
        };
        self.words[place].iter().filter(fits).fold(Hints::default(), |hints, entry| hints.and(entry.hints))
    }
}

/// Where words with these first two letters stand.
fn place(word: &[u8]) -> Option<usize> {
    let letter = |at: usize| {
        word.get(at).filter(|byte| byte.is_ascii_lowercase()).map(|byte| usize::from(byte - b'a'))
    };
    Some(letter(0)? * LETTERS + letter(1)?)
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
