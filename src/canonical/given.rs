//! Reads an address as a person or a list gives it.
//!
//! Enters: a line of text. Leaves: an http or https URL with a host and without credentials, or a typed error.
//! Invariant: no error repeats a user name or a password.

use std::borrow::Cow;
use std::ops::Range;

use thiserror::Error;
use url::{Host, Position, Url};

/// Longest address in bytes; servers refuse request lines beyond 8 KiB (RFC 9112, section 3, asks for 8,000 octets).
pub const MAX_ADDRESS_BYTES: usize = 8 * 1024;
/// Longest host name in bytes, and longest of its labels (RFC 1035, section 2.3.4).
const MAX_HOST_BYTES: usize = 253;
const MAX_LABEL_BYTES: usize = 63;
/// Pairs of quotes or brackets around an address that are taken off.
const MAX_WRAPPINGS: usize = 4;

/// Pairs of signs that people and programs put around an address.
const WRAPPINGS: [(char, char); 6] =
    [('<', '>'), ('"', '"'), ('\'', '\''), ('“', '”'), ('‘', '’'), ('`', '`')];

/// Why a text is no address of a page.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AddressError {
    /// Nothing but white space and quotes.
    #[error("the address is empty")]
    Empty,
    /// More than [`MAX_ADDRESS_BYTES`].
    #[error("the address is longer than {MAX_ADDRESS_BYTES} bytes")]
    TooLong,
    /// A control character inside.
    #[error("the address holds a control character")]
    Control,
    /// White space, and another address behind it.
    #[error("several addresses on one line; write one to a line")]
    Several,
    /// A scheme other than http and https.
    #[error("addresses begin with http:// or https://, not with '{scheme}:'")]
    Scheme {
        /// The scheme as written, shortened.
        scheme: String,
    },
    /// No scheme, and no known domain at the start that would stand for one.
    #[error("not an address; write it with https:// before it")]
    NoScheme,
    /// A user name or password before the host.
    #[error("the address holds a user name or a password; take out what stands before the '@'")]
    Credentials,
    /// The URL Standard refuses it, or no name server could know its host.
    #[error("not a valid address: {reason}")]
    Malformed {
        /// What is wrong, without the address.
        reason: &'static str,
    },
}

impl AddressError {
    /// The kind of error in `snake_case`, as the manifest writes it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "address_empty",
            Self::TooLong => "address_too_long",
            Self::Control => "address_control",
            Self::Several => "address_several",
            Self::Scheme { .. } => "address_scheme",
            Self::NoScheme => "address_no_scheme",
            Self::Credentials => "address_credentials",
            Self::Malformed { .. } => "address_malformed",
        }
    }
}

/// Parses an address as somebody gave it: quotes, angle brackets, byte order marks and white space around it are taken
/// off; `www.x.vn/bai` and `x.vn/bai` are read as https where the last label is a known one.
///
/// # Errors
/// [`AddressError`]; it holds nothing of the address but a shortened scheme.
pub fn parse(given: &str) -> Result<Url, AddressError> {
    if given.len() > MAX_ADDRESS_BYTES {
        return Err(AddressError::TooLong);
    }
    let bare = unwrapped(given);
    if bare.is_empty() {
        return Err(AddressError::Empty);
    }
    if bare.chars().any(char::is_control) {
        return Err(AddressError::Control);
    }
    if bare.split_whitespace().skip(1).any(starts_as_web) {
        return Err(AddressError::Several);
    }
    let url = if starts_as_web(bare) {
        Url::parse(bare)
    } else {
        Url::parse(&format!("https://{}", without_scheme(bare)?))
    };
    let url = url.map_err(|error| AddressError::Malformed { reason: reason(error) })?;
    check(&url)?;
    Ok(url)
}

/// An address as it was given, without what stands before the `@` of its authority: the way to show an address that
/// [`parse`] refuses.
#[must_use]
pub fn without_credentials(given: &str) -> Cow<'_, str> {
    if !given.contains('@') {
        return Cow::Borrowed(given);
    }
    let words = given.split_inclusive(char::is_whitespace).map(|word| match credentials(word) {
        Some(place) => format!("{}[withheld]{}", &word[..place.start], &word[place.end..]),
        None => word.to_owned(),
    });
    Cow::Owned(words.collect())
}

/// Where a word's credentials stand: behind the slashes of its scheme, or at its start.
fn credentials(word: &str) -> Option<Range<usize>> {
    let slash = |c| matches!(c, '/' | '\\');
    let first = word.find(slash).filter(|at| *at == 0 || word[..*at].ends_with(':'));
    let start = first.map_or(0, |at| word.len() - word[at..].trim_start_matches(slash).len());
    let authority = word[start..].split(|c| slash(c) || matches!(c, '?' | '#')).next()?;
    let end = authority.rfind('@').filter(|end| *end > 0)?;
    Some(start..start + end)
}

/// The text without what is around it.
fn unwrapped(given: &str) -> &str {
    let is_blank =
        |c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2060}');
    let mut bare = given.trim_matches(is_blank);
    for _ in 0..MAX_WRAPPINGS {
        // An element of a list that was cut from a program: `"https://x.vn/",`.
        let listed = bare.strip_suffix(',').filter(|_| bare.starts_with(['"', '\'']));
        let inside = WRAPPINGS
            .iter()
            .find_map(|(open, close)| listed.unwrap_or(bare).strip_prefix(*open)?.strip_suffix(*close));
        let Some(inside) = inside else { break };
        bare = inside.trim_matches(is_blank);
    }
    bare
}

/// Whether a text begins with `http:` or `https:`, in any case.
fn starts_as_web(text: &str) -> bool {
    ["http:", "https:"]
        .iter()
        .any(|scheme| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
}

/// What stands for the host and the rest in an address without a scheme.
fn without_scheme(bare: &str) -> Result<&str, AddressError> {
    let rest = bare.strip_prefix("//").unwrap_or(bare);
    let authority = rest.split(['/', '\\', '?', '#']).next().unwrap_or_default();
    let scheme =
        authority.split_once(':').filter(|(_, after)| !after.starts_with(|c: char| c.is_ascii_digit()));
    // A user's name would be taken for a scheme, and repeated.
    let is_mail = scheme.is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("mailto"));
    if authority.contains('@') && !is_mail {
        return Err(AddressError::Credentials);
    }
    if let Some((scheme, _)) = scheme {
        return Err(scheme_error(scheme));
    }
    let host = authority.split(':').next().unwrap_or_default();
    // Only a name that can be registered: `bai-viet.html` is a file.
    let is_known = Host::parse(host).is_ok_and(|parsed| match parsed {
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            name.contains('.') && psl::suffix(name.as_bytes()).is_some_and(|suffix| suffix.is_known())
        }
        Host::Ipv4(address) => address.to_string() == host,
        Host::Ipv6(_) => false,
    });
    if is_known { Ok(rest) } else { Err(AddressError::NoScheme) }
}

fn scheme_error(scheme: &str) -> AddressError {
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.len() <= 24
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    if is_scheme { AddressError::Scheme { scheme: scheme.to_owned() } } else { AddressError::NoScheme }
}

/// What the URL Standard lets pass and a fetch cannot use.
fn check(url: &Url) -> Result<(), AddressError> {
    let authority = &url[Position::BeforeUsername..Position::BeforeHost];
    if !authority.is_empty() {
        return Err(AddressError::Credentials);
    }
    if url.port() == Some(0) {
        return Err(AddressError::Malformed { reason: "no server answers on port 0" });
    }
    if url.as_str().len() > MAX_ADDRESS_BYTES {
        // Letters outside ASCII take three bytes for each of theirs.
        return Err(AddressError::TooLong);
    }
    let Some(Host::Domain(name)) = url.host() else { return Ok(()) };
    let name = name.strip_suffix('.').unwrap_or(name);
    if name.len() > MAX_HOST_BYTES || name.split('.').any(|label| label.len() > MAX_LABEL_BYTES) {
        return Err(AddressError::Malformed { reason: "the host name is too long" });
    }
    if name.split('.').any(str::is_empty) {
        return Err(AddressError::Malformed { reason: "the host name has an empty part" });
    }
    Ok(())
}

fn reason(error: url::ParseError) -> &'static str {
    use url::ParseError as E;
    match error {
        E::EmptyHost => "it has no host",
        E::IdnaError => "the host name is not valid",
        E::InvalidPort => "the port is not valid",
        E::InvalidIpv4Address => "the IPv4 address is not valid",
        E::InvalidIpv6Address => "the IPv6 address is not valid",
        E::InvalidDomainCharacter => "the host name holds a character that no name has",
        E::Overflow => "it is too long",
        _ => "it does not parse",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(given: &str, expected: &str) {
        assert_eq!(parse(given).map(String::from), Ok(expected.to_owned()), "{given:?}");
    }

    #[track_caller]
    fn refused(given: &str, code: &str) {
        assert_eq!(parse(given).map_err(|error| error.code()), Err(code), "{given:?}");
    }

    #[test]
    fn what_stands_around_an_address_is_taken_off() {
        for given in [
            "https://x.vn/bai",
            " \u{feff}https://x.vn/bai\r\n",
            "<https://x.vn/bai>",
            "\"https://x.vn/bai\",",
            "“ 'https://x.vn/bai' ”",
            "HTTPS://X.VN:443/a/../bai",
            "https:\\\\x.vn\\bai",
            "https:/x.vn/bai",
            "//x.vn/bai",
            "x.vn/bai",
            "\u{200b}X.vn:443/bai",
        ] {
            check(given, "https://x.vn/bai");
        }
        check("http://x.vn", "http://x.vn/");
        check("www.x.vn", "https://www.x.vn/");
        check("127.0.0.1:8800/a", "https://127.0.0.1:8800/a");
        check("https://x.vn/bai viết?q=số 1", "https://x.vn/bai%20vi%E1%BA%BFt?q=s%E1%BB%91%201");
        check("https://báo.vn/", "https://xn--bo-mia.vn/");
        check("báo.vn", "https://xn--bo-mia.vn/");
        check("https://localhost:8800/", "https://localhost:8800/");
        check("https://x.vn/a@b:c", "https://x.vn/a@b:c");
        check("x.vn/a?u=https://y.vn/", "https://x.vn/a?u=https://y.vn/");
    }

    #[test]
    fn what_is_no_address_of_a_page_is_refused() {
        for (given, code) in [
            ("", "address_empty"),
            (" <\"\"> ", "address_empty"),
            ("https://x.vn/a\u{0}b", "address_control"),
            ("https://x.vn/a\nb", "address_control"),
            ("https://x.vn/a\u{85}b", "address_control"),
            ("https://x.vn/a https://x.vn/b", "address_several"),
            ("ftp://x.vn/a", "address_scheme"),
            ("mailto:a@x.vn", "address_scheme"),
            ("javascript:alert(1)", "address_scheme"),
            ("file:///etc/passwd", "address_scheme"),
            ("data:text/html,a", "address_scheme"),
            ("view-source:https://x.vn/", "address_scheme"),
            ("bai-viet.html", "address_no_scheme"),
            ("/bai", "address_no_scheme"),
            ("Bản tin sáng", "address_no_scheme"),
            ("localhost:8800/x", "address_no_scheme"),
            ("2130706433", "address_no_scheme"),
            ("vn", "address_no_scheme"),
            ("[::1]/x", "address_no_scheme"),
            ("a@x.vn", "address_credentials"),
            ("https://user:secret@x.vn/", "address_credentials"),
            ("https://:secret@x.vn/", "address_credentials"),
            ("https://x.vn@y.vn/", "address_credentials"),
            ("https://", "address_malformed"),
            ("https://x.vn:99999/", "address_malformed"),
            ("https://x.vn:0/", "address_malformed"),
            ("https://1.2.3.4.5/", "address_malformed"),
            ("https://a b.vn/", "address_malformed"),
            ("https://a..vn/", "address_malformed"),
            ("https://.vn/", "address_malformed"),
            ("https://./", "address_malformed"),
        ] {
            refused(given, code);
        }
        refused(&format!("https://{}.vn/", "a".repeat(64)), "address_malformed");
        refused(&format!("https://{}vn/", "a.".repeat(130)), "address_malformed");
        refused(&format!("https://x.vn/{}", "a".repeat(MAX_ADDRESS_BYTES)), "address_too_long");
        refused(&format!("https://x.vn/{}", "ế".repeat(2000)), "address_too_long");
    }

    #[test]
    fn errors_keep_credentials_to_themselves() {
        for given in ["https://user:secret@x.vn/", "user:secret@x.vn", "secret@x.vn", "secret:x@x.vn:80/"] {
            let message = parse(given).map_err(|error| error.to_string()).expect_err("credentials");
            assert!(!message.contains("secret"), "{given}: {message}");
        }
    }

    #[test]
    fn credentials_are_not_shown() {
        for (given, expected) in [
            ("https://user:secret@x.vn/a", "https://[withheld]@x.vn/a"),
            ("<https://user:sec@ret@x.vn/>", "<https://[withheld]@x.vn/>"),
            ("https:/user:secret@x.vn/", "https:/[withheld]@x.vn/"),
            ("https:\\\\secret@x.vn", "https:\\\\[withheld]@x.vn"),
            ("user:secret@x.vn", "[withheld]@x.vn"),
            ("https://y.vn/ //secret@x.vn/", "https://y.vn/ //[withheld]@x.vn/"),
            ("https://x.vn/@ai/p@q?m=a@b#c@d", "https://x.vn/@ai/p@q?m=a@b#c@d"),
            ("https://x.vn/a", "https://x.vn/a"),
        ] {
            assert_eq!(without_credentials(given), expected);
        }
    }

    proptest! {
        #[test]
        fn any_text_parses_or_does_not(text in "\\PC{0,80}") {
            if let Ok(url) = parse(&text) {
                prop_assert!(matches!(url.scheme(), "http" | "https"));
                prop_assert!(url.has_host() && url.username().is_empty() && url.password().is_none());
                prop_assert_eq!(parse(url.as_str()), Ok(url));
            }
        }
    }
}
