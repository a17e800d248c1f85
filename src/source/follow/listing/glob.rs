//! Patterns on paths, with one wildcard.
//!
//! Enters: a pattern as a person writes it, a URL. Leaves: yes or no.
//! Invariant: a match takes steps in proportion to both lengths, whatever the wildcards.

use memchr::memmem;
use url::Url;

/// A pattern that a whole path has to fit: `*` stands for any characters, among them none and slashes. A pattern with a
/// `?` is compared with path and query, any other with the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob {
    octets: Vec<u8>,
    has_query: bool,
}

impl Glob {
    /// Reads a pattern; letters beyond ASCII match their encoded spelling.
    #[must_use]
    pub fn new(pattern: &str) -> Glob {
        let mut octets = Vec::with_capacity(pattern.len());
        for byte in pattern.trim().bytes() {
            if byte.is_ascii() {
                octets.push(byte);
            } else {
                octets.extend(format!("%{byte:02X}").bytes());
            }
        }
        Glob { has_query: octets.contains(&b'?'), octets }
    }

    /// Whether the URL's path fits.
    #[must_use]
    pub fn matches(&self, url: &Url) -> bool {
        match url.query().filter(|_| self.has_query) {
            Some(query) => fits(&self.octets, format!("{}?{query}", url.path()).as_bytes()),
            None => fits(&self.octets, url.path().as_bytes()),
        }
    }
}

/// Between wildcards the leftmost place is as good as any later one, so none is tried twice.
fn fits(pattern: &[u8], text: &[u8]) -> bool {
    let mut pieces = pattern.split(|byte| *byte == b'*');
    let Some(mut rest) = text.strip_prefix(pieces.next().unwrap_or_default()) else { return false };
    let Some(last) = pieces.next_back() else { return rest.is_empty() };
    for piece in pieces {
        let Some(at) = memmem::find(rest, piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_whole_paths() {
        for (pattern, path, expected) in [
            ("/the-thao/*", "/the-thao/bai-1.html", true),
            ("/the-thao/*", "/the-thao", false),
            ("/the-thao/*", "/kinh-te/the-thao/x", false),
            ("*.html", "/a/b.html", true),
            ("*.html", "/a/b.html?x=1", true),
            ("*.html", "/a/b.htm", false),
            ("*-tin-*.htm*", "/a-tin-b.html", true),
            ("/a", "/a", true),
            ("/a", "/ab", false),
            ("*?p=*", "/x?p=12", true),
            ("*?p=*", "/x?q=12", false),
            ("/thể-thao/*", "/thể-thao/x", true),
            ("**", "/", true),
            ("", "/", false),
            ("/a*a", "/a", false),
        ] {
            let url = Url::parse(&format!("https://x.vn{path}")).expect("a URL");
            assert_eq!(Glob::new(pattern).matches(&url), expected, "{pattern} {path}");
        }
    }
}
