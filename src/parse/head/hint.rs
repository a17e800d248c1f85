//! Attributes that say "author" or "date" in one of their words.
//!
//! Enters: an element. Leaves: what its class, id, rel and itemprop call it; nothing is looked up below it.

use scraper::node::Element;

/// Attributes of one element and characters of one value that are read.
const MAX_ATTRIBUTES: usize = 64;
const MAX_CHARS: usize = 256;

/// What an element says of itself.
#[derive(Default, PartialEq)]
pub(super) struct Hint {
    pub(super) author: bool,
    pub(super) date: bool,
    /// Its `itemprop`, in lower case, if that is one that is read.
    pub(super) property: Option<&'static str>,
}

const AUTHOR_WORDS: [&str; 7] =
    ["author", "byline", "tacgia", "tac-gia", "tac_gia", "nguoi-viet", "post-signature"];
const DATE_WORDS: [&str; 8] =
    ["date", "time", "publish", "posted", "ngaydang", "ngay-dang", "ngay_dang", "pubdate"];
/// Words that mark the author or date of something else: a comment, a player, a card.
const FOREIGN_WORDS: [&str; 12] = [
    "authori",
    "comment",
    "avatar",
    "related",
    "sidebar",
    "player",
    "timeline",
    "countdown",
    "update",
    "runtime",
    "footer",
    "follow",
];
const PROPERTIES: [(&str, &str); 5] = [
    ("headline", "headline"),
    ("author", "author"),
    ("datePublished", "datepublished"),
    ("dateModified", "datemodified"),
    ("articleSection", "articlesection"),
];

impl Hint {
    pub(super) fn of(element: &Element) -> Hint {
        let mut hint = Hint::default();
        for (name, value) in element.attrs.iter().take(MAX_ATTRIBUTES) {
            match &*name.local {
                "class" | "id" | "data-role" => {
                    let words: String =
                        value.chars().take(MAX_CHARS).collect::<String>().to_ascii_lowercase();
                    if FOREIGN_WORDS.iter().any(|word| words.contains(word)) {
                        return Hint { property: hint.property, ..Hint::default() };
                    }
                    hint.author |= AUTHOR_WORDS.iter().any(|word| words.contains(word));
                    hint.date |= DATE_WORDS.iter().any(|word| words.contains(word));
                }
                "rel" => hint.author |= value.split_ascii_whitespace().any(|word| word == "author"),
                "itemprop" => {
                    hint.property =
                        PROPERTIES.iter().find(|(prop, _)| **prop == **value).map(|(_, key)| *key);
                }
                _ => {}
            }
        }
        hint
    }
}
