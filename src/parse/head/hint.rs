//! Attributes that say "author" or "date" in one of their words.
//!
//! Enters: an element. Leaves: what its class, id, rel and itemprop call it; nothing is looked up below it.

use scraper::node::Element;

use crate::parse::memo::Memo;

/// Attributes of one element that are read.
const MAX_ATTRIBUTES: usize = 64;
/// Bytes of one attribute that are read.
const MAX_BYTES: usize = 256;

/// What an element says of itself.
#[derive(Default, PartialEq)]
pub(super) struct Hint {
    pub(super) author: bool,
    pub(super) date: bool,
    /// The key of its `itemprop`, if that is one that is read.
    pub(super) property: Option<&'static str>,
}

/// What the words of one name say.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Named {
    author: bool,
    date: bool,
    /// It is the author or date of something else: a comment, a player, a card.
    foreign: bool,
}

const AUTHOR: Named = Named { author: true, date: false, foreign: false };
const DATE: Named = Named { author: false, date: true, foreign: false };
const FOREIGN: Named = Named { author: false, date: false, foreign: true };

const PROPERTIES: [(&str, &str); 5] = [
    ("headline", "itemprop:headline"),
    ("author", "itemprop:author"),
    ("datePublished", "itemprop:datepublished"),
    ("dateModified", "itemprop:datemodified"),
    ("articleSection", "itemprop:articlesection"),
];

/// Words that count wherever they stand in a name, by their first letter.
fn words(first: u8) -> &'static [(&'static str, Named)] {
    match first {
        b'a' => &[("author", AUTHOR), ("authori", FOREIGN), ("avatar", FOREIGN)],
        b'b' => &[("byline", AUTHOR)],
        b'c' => &[("comment", FOREIGN), ("countdown", FOREIGN)],
        b'd' => &[("date", DATE)],
        b'f' => &[("follow", FOREIGN), ("footer", FOREIGN)],
        b'n' => &[("ngay-dang", DATE), ("ngay_dang", DATE), ("ngaydang", DATE), ("nguoi-viet", AUTHOR)],
        b'p' => &[
            ("player", FOREIGN),
            ("post-signature", AUTHOR),
            ("posted", DATE),
            ("pubdate", DATE),
            ("publish", DATE),
        ],
        b'r' => &[("related", FOREIGN), ("runtime", FOREIGN)],
        b's' => &[("sidebar", FOREIGN)],
        b't' => &[
            ("tac-gia", AUTHOR),
            ("tac_gia", AUTHOR),
            ("tacgia", AUTHOR),
            ("time", DATE),
            ("timeline", FOREIGN),
        ],
        b'u' => &[("update", FOREIGN)],
        _ => &[],
    }
}

impl Named {
    fn of(name: &str) -> Named {
        let name = &name.as_bytes()[..name.len().min(MAX_BYTES)];
        let mut lower = [0; MAX_BYTES];
        let lower = &mut lower[..name.len()];
        lower.copy_from_slice(name);
        lower.make_ascii_lowercase();
        let mut named = Named::default();
        for (at, first) in lower.iter().enumerate() {
            // The second letter decides most.
            let second = lower.get(at + 1);
            for (word, says) in words(*first).iter().filter(|(word, _)| second == word.as_bytes().get(1)) {
                if lower[at..].starts_with(word.as_bytes()) {
                    named.author |= says.author;
                    named.date |= says.date;
                    named.foreign |= says.foreign;
                }
            }
        }
        named
    }
}

impl Hint {
    pub(super) fn of<'a>(element: &'a Element, memo: &mut Memo<'a, Named>) -> Hint {
        let mut hint = Hint::default();
        for (name, value) in element.attrs.iter().take(MAX_ATTRIBUTES) {
            match &*name.local {
                "class" | "id" | "data-role" => {
                    let named = memo.get(value, Named::of);
                    if named.foreign {
                        return Hint { property: hint.property, ..Hint::default() };
                    }
                    hint.author |= named.author;
                    hint.date |= named.date;
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
