//! Paths of rules and of addresses, and whether one matches the other.
//!
//! Enters: the path that a rule states, and the path and query of a URL. Leaves: both in one spelling; yes or no.
//! Invariant: a match takes steps in proportion to both lengths, whatever the rule's wildcards.

use memchr::memmem;

/// Longest path of a rule, in bytes after normalisation.
const MAX_PATH: usize = 8 * 1024;

/// The path of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    /// Normalised; `*` stands for any octets and for nothing else.
    octets: Box<[u8]>,
    /// The same with the query encoded, where that differs.
    encoded: Option<Box<[u8]>>,
    /// Whether the rule ends with `$`: it matches whole paths only.
    is_anchored: bool,
    /// The length of the rule, all of its special characters counted.
    length: usize,
}

/// Path and query of a URL, ready to be matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path {
    octets: Box<[u8]>,
    encoded: Box<[u8]>,
}

impl Pattern {
    /// The pattern of a rule. `None` where it can match nothing, as for an empty one (RFC 9309, 2.2), or where it is
    /// too long; `is_allow` tells which way to err: a long `disallow` is cut and then matches more.
    pub(super) fn new(path: &[u8], is_allow: bool) -> Option<Pattern> {
        // The match starts with the path's first octet (2.2.2), which is a slash.
        if !matches!(path.first(), Some(b'/' | b'*')) {
            return None;
        }
        let (path, mut is_anchored) = match path.strip_suffix(b"$") {
            Some(rest) => (rest, true),
            None => (path, false),
        };
        let mut octets = normalized(path, Special::Pattern);
        let length = octets.len() + usize::from(is_anchored);
        octets.dedup_by(|next, last| *next == b'*' && *last == b'*');
        if octets.len() > MAX_PATH {
            if is_allow {
                return None;
            }
            octets.truncate(MAX_PATH);
            is_anchored = false;
        }
        let encoded = Some(query_encoded(&octets)).filter(|encoded| *encoded != octets);
        Some(Pattern { octets: octets.into(), encoded: encoded.map(Into::into), is_anchored, length })
    }

    /// The octets that decide between two rules that match (2.2.2), the special ones among them.
    pub(super) fn octets(&self) -> usize {
        self.length
    }

    /// Bytes that it keeps outside of itself.
    pub(super) fn memory(&self) -> usize {
        self.octets.len() + self.encoded.as_ref().map_or(0, |octets| octets.len())
    }

    /// Whether the rule holds for a path.
    pub(super) fn matches(&self, path: &Path) -> bool {
        self.matches_in(path, &mut 0)
    }

    /// As [`Self::matches`]; adds the octets that were looked at to `work`.
    fn matches_in(&self, path: &Path, work: &mut usize) -> bool {
        if matches(&self.octets, self.is_anchored, &path.octets, work) {
            return true;
        }
        let encoded = self.encoded.as_ref().unwrap_or(&self.octets);
        let is_other = self.encoded.is_some() || path.encoded != path.octets;
        // Only a rule that has a query of its own speaks of a query's octets.
        is_other && encoded.contains(&b'?') && matches(encoded, self.is_anchored, &path.encoded, work)
    }
}

impl Path {
    /// Prepares path and query as a URL has them.
    pub(super) fn new(path_and_query: &str) -> Path {
        let octets = normalized(path_and_query.as_bytes(), Special::Path);
        let encoded = query_encoded(&octets);
        Path { octets: octets.into(), encoded: encoded.into() }
    }
}

/// What `*` and `$` are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Special {
    /// `*` is a wildcard; `$` that does not end the pattern is itself.
    Pattern,
    /// Both are themselves.
    Path,
}

/// One spelling for octets that mean the same (RFC 9309, 2.2.2 and 2.2.3, by RFC 3986): encoded unreserved ones are
/// decoded, those that a URI cannot hold are encoded, reserved ones stay as they stand, hex digits are upper case.
/// `*` and `$` as themselves are encoded, for that is how a rule names them.
fn normalized(text: &[u8], special: Special) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        at += 1;
        match byte {
            b'%' => match (hex(text.get(at)), hex(text.get(at + 1))) {
                (Some(high), Some(low)) => {
                    at += 2;
                    let octet = high << 4 | low;
                    if is_unreserved(octet) { out.push(octet) } else { encode(octet, &mut out) }
                }
                _ => encode(byte, &mut out),
            },
            b'*' if special == Special::Pattern => out.push(byte),
            b'*' | b'$' => encode(byte, &mut out),
            _ if is_unreserved(byte) || is_reserved(byte) => out.push(byte),
            _ => encode(byte, &mut out),
        }
    }
    out
}

/// The spelling in which an address inside a query stands encoded: RFC 9309, 2.2.2 gives
/// `?baz=https://foo.bar` and `?baz=https%3A%2F%2Ffoo.bar` as one.
fn query_encoded(octets: &[u8]) -> Vec<u8> {
    let Some(query) = memchr::memchr(b'?', octets) else { return octets.to_vec() };
    let mut out = octets[..=query].to_vec();
    for &byte in &octets[query + 1..] {
        if matches!(byte, b':' | b'/' | b'?' | b'[' | b']' | b'@') {
            encode(byte, &mut out);
        } else {
            out.push(byte);
        }
    }
    out
}

fn encode(octet: u8, out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.extend([b'%', DIGITS[usize::from(octet >> 4)], DIGITS[usize::from(octet & 15)]]);
}

fn hex(digit: Option<&u8>) -> Option<u8> {
    let value = char::from(*digit?).to_digit(16)?;
    u8::try_from(value).ok()
}

/// RFC 3986, 2.3.
fn is_unreserved(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_' | b'~')
}

/// RFC 3986, 2.2.
fn is_reserved(octet: u8) -> bool {
    b":/?#[]@!$&'()*+,;=".contains(&octet)
}

/// Whether a pattern matches from the first octet on.
///
/// Between wildcards the leftmost place is as good as any later one, so no place is ever tried again: each search
/// goes on where the last one ended, and the first that fails decides.
fn matches(pattern: &[u8], is_anchored: bool, text: &[u8], work: &mut usize) -> bool {
    let mut pieces = pattern.split(|byte| *byte == b'*');
    let first = pieces.next().unwrap_or_default();
    *work += first.len();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let Some(mut piece) = pieces.next() else { return !is_anchored || rest.is_empty() };
    for next in pieces {
        let found = memmem::find(rest, piece);
        *work += piece.len() + found.unwrap_or(rest.len());
        let Some(at) = found else { return false };
        rest = &rest[at + piece.len()..];
        piece = next;
    }
    *work += piece.len();
    if is_anchored {
        return rest.ends_with(piece);
    }
    *work += rest.len();
    memmem::find(rest, piece).is_some()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(pattern: &str, path: &str, expected: bool) {
        let found =
            Pattern::new(pattern.as_bytes(), false).is_some_and(|pattern| pattern.matches(&Path::new(path)));
        assert_eq!(found, expected, "{pattern} on {path}");
    }

    #[test]
    fn prefixes_wildcards_and_ends() {
        check("/", "/a", true);
        check("/a", "/a/b", true);
        check("/a", "/A", false);
        check("/a/", "/a", false);
        check("/a$", "/a", true);
        check("/a$", "/ab", false);
        check("/a$", "/a?b", false);
        check("/a?", "/a?b", true);
        check("*.gif$", "/x/y.gif", true);
        check("*.gif$", "/x/y.gif?z", false);
        check("/*.gif", "/x/y.gif?z", true);
        check("/a*b*c", "/a-c-b", false);
        check("/a*b*c", "/abc", true);
        check("/a***c$", "/a--c", true);
        check("/a*$", "/a", true);
        check("/*", "/", true);
        check("/a*a$", "/a", false);
        check("/a*a$", "/aa", true);
        check("/a*ab*b$", "/aab", false);
        check("/a*ab*b$", "/aabb", true);
    }

    #[test]
    fn special_octets_as_themselves() {
        check("/file-%2A.html", "/file-*.html", true);
        check("/file-%2A.html", "/file-x.html", false);
        check("/cost-%24", "/cost-$", true);
        check("/cost-%24", "/cost-", false);
        check("/a$b", "/a$b", true);
        check("/a$$", "/a$", true);
        check("/a$$", "/a", false);
    }

    #[test]
    fn percent_normalisation() {
        check("/%70rivate/", "/private/x", true);
        check("/private/", "/%70%72ivate/", true);
        check("/foo/bar/%62%61%7A", "/foo/bar/baz", true);
        check("/bài", "/b%C3%A0i", true);
        check("/b%c3%a0i", "/b%C3%A0i-viet", true);
        check("/a%2fb", "/a%2Fb", true);
        check("/a%2fb", "/a/b", false);
        check("/a/b", "/a%2Fb", false);
        check("/a b", "/a%20b", true);
        check("/a|b^", "/a%7Cb%5E", true);
        check("/100%", "/100%", true);
        check("/100%", "/100%25", true);
        check("/100%zz", "/100%zz/", true);
        check("/%7", "/%7", true);
        check("/foo/bar?baz=https://foo.bar", "/foo/bar?baz=https%3A%2F%2Ffoo.bar", true);
        check("/foo/bar?baz=https%3a%2F%2Ffoo.bar", "/foo/bar?baz=https://foo.bar", true);
        check("/*/page", "/x?from=/old/page", true);
        check("/*%2Fpage", "/x?from=%2Fpage", true);
    }

    #[test]
    fn what_matches_nothing() {
        for pattern in ["", "private/", "$", "%2F", "https://a.vn/private/", "\\"] {
            assert_eq!(Pattern::new(pattern.as_bytes(), false), None, "{pattern}");
        }
    }

    #[test]
    fn a_long_rule_errs_on_the_side_of_the_site() {
        let long = format!("/a{}$", "b".repeat(2 * MAX_PATH));
        assert_eq!(Pattern::new(long.as_bytes(), true), None);
        let cut = Pattern::new(long.as_bytes(), false).expect("a pattern");
        assert!(cut.matches(&Path::new(&long[..MAX_PATH])));
        assert_eq!(cut.octets(), 2 * MAX_PATH + 3);
    }

    #[test]
    fn the_octets_are_those_of_the_normalised_rule() {
        for (pattern, octets) in [("/a", 2), ("/a$", 3), ("/a**b", 5), ("/%61", 2), ("/à", 7), ("/a%2f", 5)]
        {
            let pattern = Pattern::new(pattern.as_bytes(), false).expect("a pattern");
            assert_eq!(pattern.octets(), octets);
        }
    }

    #[test]
    fn work_grows_with_the_lengths_alone() {
        for stars in [1, 50, 1_000] {
            let pattern = Pattern::new(format!("/{}*b$", "*a".repeat(stars)).as_bytes(), false);
            let pattern = pattern.expect("a pattern");
            for length in [10, 1_000, 100_000] {
                for end in ["", "b", "c"] {
                    let path = Path::new(&format!("/{}{end}", "a".repeat(length)));
                    let mut work = 0;
                    let expected = end == "b" && length >= stars;
                    assert_eq!(pattern.matches_in(&path, &mut work), expected);
                    assert!(work <= pattern.octets.len() + path.octets.len(), "{work}");
                }
            }
        }
    }

    /// Tries every length for every wildcard.
    fn naive(pattern: &[u8], text: &[u8]) -> bool {
        match pattern {
            [] => true,
            [b'$'] => text.is_empty(),
            [b'*', rest @ ..] => (0..=text.len()).any(|skip| naive(rest, &text[skip..])),
            [byte, rest @ ..] => text.first() == Some(byte) && naive(rest, &text[1..]),
        }
    }

    proptest! {
        #[test]
        fn equals_a_naive_matcher(pattern in "[/*][ab/*]{0,8}[$]?", path in "/[ab/]{0,12}") {
            let found = Pattern::new(pattern.as_bytes(), false).expect("a pattern").matches(&Path::new(&path));
            prop_assert_eq!(found, naive(pattern.as_bytes(), path.as_bytes()));
        }

        #[test]
        fn any_octets_are_bounded(pattern: Vec<u8>, path: String) {
            let path = Path::new(&path);
            let pattern = [b"/*", pattern.as_slice()].concat();
            if let Some(pattern) = Pattern::new(&pattern, true) {
                let mut work = 0;
                pattern.matches_in(&path, &mut work);
                let encoded = pattern.encoded.as_ref().map_or(pattern.octets.len(), |octets| octets.len());
                prop_assert!(work <= pattern.octets.len() + path.octets.len() + encoded + path.encoded.len());
            }
        }

        #[test]
        fn normalising_twice_is_normalising_once(text: Vec<u8>) {
            for special in [Special::Pattern, Special::Path] {
                let once = normalized(&text, special);
                prop_assert_eq!(normalized(&once, special), once);
            }
        }
    }
}
