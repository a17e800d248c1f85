//! Attributes that are worth keeping: those that the product reads and those that a rule's selectors ask for.
//!
//! Enters: the selectors of the rules, as text. Leaves: [`Attributes`], which the parser asks for each attribute that it
//! meets. Most attributes of a page are never read; one that is not kept costs no memory.

use html5ever::LocalName;

/// Longest attribute name that is kept, in bytes.
const MAX_NAME: usize = 256;

/// Names that the parser and the stages behind it read: `color`, `face`, `size` and `encoding` tell the tree builder HTML
/// from foreign markup, the rest stands in `parse::head`, `segment::html` and `segment::element`.
const READ: [&str; 25] = [
    "aria-hidden",
    "class",
    "color",
    "content",
    "data-component",
    "data-role",
    "data-testid",
    "datetime",
    "encoding",
    "face",
    "hidden",
    "href",
    "http-equiv",
    "id",
    "itemprop",
    "lang",
    "name",
    "property",
    "readonly",
    "rel",
    "role",
    "size",
    "style",
    "type",
    "value",
];

/// Names of attributes that a parsed page keeps.
#[derive(Debug, Clone)]
pub struct Attributes {
    all: bool,
    /// Names by their length in bytes.
    names: Vec<Vec<(Box<str>, LocalName)>>,
}

impl Default for Attributes {
    fn default() -> Self {
        let mut attributes = Attributes { all: false, names: Vec::new() };
        for name in READ {
            attributes.keep(name);
        }
        attributes
    }
}

impl Attributes {
    /// Every attribute, read or not.
    #[must_use]
    pub fn all() -> Self {
        Attributes { all: true, names: Vec::new() }
    }

    /// Keeps what a selector asks for as well. Where its text leaves room for doubt, everything is kept.
    pub fn keep_for(&mut self, selector: &str) {
        let has_namespace = selector.match_indices('|').any(|(at, _)| !selector[at + 1..].starts_with('='));
        self.all |= selector.contains('\\') || has_namespace;
        for behind in selector.split('[').skip(1) {
            let behind = behind.trim_start();
            let end = behind.find(|c: char| c.is_whitespace() || "]=~|^$*".contains(c));
            self.keep(&behind[..end.unwrap_or(behind.len())].to_ascii_lowercase());
        }
    }

    fn keep(&mut self, name: &str) {
        if name.len() > MAX_NAME || self.find(name.as_bytes()).is_some() {
            return;
        }
        if self.names.len() <= name.len() {
            self.names.resize(name.len() + 1, Vec::new());
        }
        self.names[name.len()].push((name.into(), name.into()));
    }

    /// Bytes of a name beyond which it is not kept.
    #[must_use]
    pub fn longest(&self) -> usize {
        if self.all { MAX_NAME } else { self.names.len().saturating_sub(1) }
    }

    /// The name of an attribute that is read, from its bytes in lower case.
    #[must_use]
    pub fn find(&self, name: &[u8]) -> Option<LocalName> {
        let same_length = self.names.get(name.len()).into_iter().flatten();
        same_length.into_iter().find(|(own, _)| own.as_bytes() == name).map(|(_, name)| name.clone())
    }

    /// Whether an attribute is kept even if nothing is known to read it.
    #[must_use]
    pub fn keeps_unknown(&self, name: &[u8]) -> bool {
        self.all && name.len() <= MAX_NAME
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keeps(selector: &str, name: &str) -> bool {
        let mut attributes = Attributes::default();
        attributes.keep_for(selector);
        attributes.find(name.as_bytes()).is_some() || attributes.keeps_unknown(name.as_bytes())
    }

    #[test]
    fn names_of_selectors_are_kept() {
        for (selector, name) in [
            ("div", "class"),
            ("[data-foo=bar]", "data-foo"),
            ("a.b[ Data-Foo |= 'x' ] > p", "data-foo"),
            ("p:not([x='[y]']):has(> b[z])", "z"),
            ("[xlink\\:href]", "xlink:href"),
            ("[*|href]", "xlink:href"),
            ("[onclick^='a'],[src$=\"jpg\"]", "src"),
        ] {
            assert!(keeps(selector, name), "{selector}: {name}");
        }
        assert!(!keeps("div[data-foo|='x']", "onclick"));
    }

    #[test]
    fn all_has_a_bound() {
        assert!(Attributes::all().keeps_unknown(b"anything"));
        assert!(!Attributes::all().keeps_unknown(&[b'a'; MAX_NAME + 1]));
    }
}
