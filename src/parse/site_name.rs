//! Names of a site, to tell them from titles and people.
//!
//! Enters: what markup and the address call the site. Leaves: whether a text is such a name.
//! Comparison ignores case, tone marks, spaces and words that many names hold ("Báo", "Online").

use unicode_normalization::char::{decompose_canonical, is_combining_mark};
use url::Url;

/// Words that many names hold and that tell none apart, as [`plain_words`] gives them.
const GENERIC: [&str; 16] = [
    "bao",
    "com",
    "net",
    "news",
    "newspaper",
    "official",
    "online",
    "org",
    "page",
    "site",
    "the",
    "vn",
    "web",
    "website",
    "www",
    "gov",
];
/// The same for pairs: "điện tử", "tin tức", "trang tin", "tạp chí".
const GENERIC_PAIRS: [(&str, &str); 4] = [("dien", "tu"), ("tin", "tuc"), ("trang", "tin"), ("tap", "chi")];
/// Shortest name that is looked for inside another text.
const SHORTEST_INSIDE: usize = 4;
/// Most words of a text that holds a site's name among others.
const MAX_WORDS: usize = 7;
/// Most words of a name.
const MAX_NAME_WORDS: usize = 9;
/// Longest text that is compared, in characters.
const MAX_CHARS: usize = 600;

/// What a site calls itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SiteNames {
    /// Names as [`match_key`] gives them, whole and without generic words.
    keys: Vec<String>,
}

impl SiteNames {
    /// Gathers names from what markup says and from the address.
    #[must_use]
    pub fn new(stated: &[String], url: Option<&str>) -> SiteNames {
        let mut names = SiteNames::default();
        for name in stated.iter().take(32) {
            names.add(name);
            // "Tin tức thời sự - Báo Ví Dụ" holds the name in one of its parts.
            for part in name.split(" - ").flat_map(|part| part.split(" | ")).take(8) {
                names.add(part);
            }
        }
        if let Some(host) = url.and_then(host_of) {
            names.add(host.strip_prefix("www.").unwrap_or(&host));
            for label in host.split('.').filter(|label| label.len() >= 3) {
                names.add(label);
            }
        }
        names
    }

    fn add(&mut self, name: &str) {
        let core = core(name);
        // A motto that is taken for a name would hide the title it resembles.
        if core.len() < 3 || core.len() > 60 || name.split_whitespace().nth(MAX_NAME_WORDS).is_some() {
            return;
        }
        for key in [core, match_key(name)] {
            if !self.keys.contains(&key) {
                self.keys.push(key);
            }
        }
    }

    /// Whether no name is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Whether a text is the site's name, and nothing else.
    #[must_use]
    pub fn is_name(&self, text: &str) -> bool {
        if self.keys.is_empty() {
            return false;
        }
        let core = core(text);
        !core.is_empty() && (self.keys.contains(&core) || self.keys.contains(&match_key(text)))
    }

    /// Whether a short text is the site's name, perhaps with a section or a motto.
    #[must_use]
    pub fn holds_name(&self, text: &str) -> bool {
        if self.is_name(text) {
            return true;
        }
        if text.split_whitespace().nth(MAX_WORDS).is_some() {
            return false;
        }
        let key = match_key(text);
        self.keys.iter().any(|name| name.len() >= SHORTEST_INSIDE && key.contains(name.as_str()))
    }
}

/// The host of an address, in lower case.
#[must_use]
pub fn host_of(url: &str) -> Option<String> {
    Url::parse(url).ok()?.host_str().map(str::to_lowercase)
}

/// A text for comparison: letters and digits in lower case, without marks and spaces.
///
/// "Báo Đầu tư" and "baodautu" are equal; so are "hoà" and "hòa".
#[must_use]
pub fn match_key(text: &str) -> String {
    let mut key = String::with_capacity(text.len().min(MAX_CHARS));
    for c in text.chars().take(MAX_CHARS) {
        if c.is_ascii_alphanumeric() {
            key.push(c.to_ascii_lowercase());
        } else if !c.is_ascii() {
            // Marks go, so their order does not matter.
            decompose_canonical(c, |part| {
                if !is_combining_mark(part) {
                    key.extend(plain(part));
                }
            });
        }
    }
    key
}

/// A name without the words that many names hold.
fn core(name: &str) -> String {
    let words: Vec<String> = name
        .split(|c: char| !c.is_alphanumeric() && !is_combining_mark(c))
        .take(32)
        .map(match_key)
        .filter(|word| !word.is_empty())
        .collect();
    let mut core = String::new();
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let next = words.get(at + 1).map_or("", String::as_str);
        if GENERIC_PAIRS.contains(&(word.as_str(), next)) {
            at += 2;
            continue;
        }
        if !GENERIC.contains(&word.as_str()) {
            core.push_str(word);
        }
        at += 1;
    }
    core
}

fn plain(c: char) -> impl Iterator<Item = char> {
    // The crossed letters do not decompose.
    let c = match c {
        'đ' | 'Đ' | 'Ð' | 'ð' => 'd',
        other => other,
    };
    c.to_lowercase().filter(|c| c.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::SiteNames;

    #[test]
    fn names_are_known_in_all_spellings() {
        let stated = ["Tin tức - Báo Sông Xanh".to_owned(), "https://songxanh.vn".to_owned()];
        let names = SiteNames::new(&stated, Some("https://www.songxanh.vn/bai-1.html"));
        for (text, is, holds) in [
            ("Báo Sông Xanh", true, true),
            ("SONG XANH ONLINE", true, true),
            ("songxanh.vn", true, true),
            ("Báo điện tử Sông Xanh", true, true),
            ("Sông Xanh Kinh tế", false, true),
            ("Hà Xanh", false, false),
            ("Báo điện tử", false, false),
            ("Dọc theo con Sông Xanh đi mãi về phía biển", false, false),
        ] {
            assert_eq!((names.is_name(text), names.holds_name(text)), (is, holds), "{text}");
        }
    }
}
