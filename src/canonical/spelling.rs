//! The canonical spelling of a URL (RFC 3986, section 6.2), and the key made of it.
//!
//! Enters: a parsed URL; the `url` crate has lowered scheme and host, dropped the default port and resolved dot segments
//! by the URL Standard. Leaves: one spelling for the addresses that lead to one page.
//! Invariant: what differs in a path or in a parameter that is not known to be idle stays different.

use sha2::{Digest, Sha256};
use url::{Host, Url};

use super::parameter::kept_query;
use super::path::{without_index, without_sessions};
use super::percent;

/// A key of an address: the first 16 bytes of a SHA-256.
pub type Key = [u8; 16];

/// The canonical spelling of a page's URL.
///
/// Dropped are: credentials, the dot that ends a host name, the fragment (one that begins with `!` names a page and
/// stays), tracking parameters and session identifiers, empty parameters, `index.html` and the like at the end.
/// Percent-encodings get one spelling. Parameters are sorted by name, those of one name in the order they had. Scheme,
/// `www.` and a slash at the end stay as they are; [`key`] looks past them.
///
/// A URL that is neither http nor https comes back as it is.
#[must_use]
pub fn canonical(url: &Url) -> Url {
    let mut url = url.clone();
    if !matches!(url.scheme(), "http" | "https") {
        return url;
    }
    // None of the setters below can fail for a URL with a host.
    let _ = (url.set_username(""), url.set_password(None));
    settle_host(&mut url);
    let path = without_sessions(&percent::normalised(url.path()));
    url.set_path(&path);
    if let Some(folder) = without_index(url.path()).map(str::to_owned) {
        url.set_path(&folder);
    }
    let query = url.query().map(|query| kept_query(query, url.host_str().unwrap_or_default()));
    url.set_query(query.as_deref().filter(|query| !query.is_empty()));
    let fragment = url.fragment().filter(|fragment| fragment.len() > 1 && fragment.starts_with('!'));
    let fragment = fragment.map(percent::normalised);
    url.set_fragment(fragment.as_deref());
    url
}

/// Drops the dots that end a host name.
fn settle_host(url: &mut Url) {
    if let Some(Host::Domain(name)) = url.host()
        && name.ends_with('.')
    {
        let name = name.trim_end_matches('.').to_owned();
        // Dots alone are no name, and stay.
        let _ = url.set_host(Some(&name));
    }
}

/// The key under which two addresses are one page: that of the canonical URL without scheme, leading `www.` and slashes
/// at the end of the path.
#[must_use]
pub fn key(url: &Url) -> Key {
    hash(&[bare(&canonical(url)).as_bytes()])
}

/// What a canonical URL's key is made of.
fn bare(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let host = host.strip_prefix("www.").filter(|rest| rest.contains('.')).unwrap_or(host);
    let mut bare = host.to_owned();
    if let Some(port) = url.port() {
        bare.push(':');
        bare.push_str(&port.to_string());
    }
    bare.push_str(url.path().trim_end_matches('/'));
    for (sign, part) in [('?', url.query()), ('#', url.fragment())] {
        if let Some(part) = part {
            bare.push(sign);
            bare.push_str(part);
        }
    }
    bare
}

/// The key of some parts; where one ends is part of it.
fn hash(parts: &[&[u8]]) -> Key {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let digest: [u8; 32] = hasher.finalize().into();
    let mut key = Key::default();
    key.copy_from_slice(&digest[..16]);
    key
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("a URL")
    }

    #[track_caller]
    fn check(given: &str, expected: &str) {
        assert_eq!(canonical(&url(given)).as_str(), expected, "{given}");
    }

    #[test]
    fn spellings_of_one_page_are_one() {
        for (given, expected) in [
            ("HTTPS://TuoiTre.VN:443/a/./b/../c.htm", "https://tuoitre.vn/a/c.htm"),
            ("http://x.vn:80", "http://x.vn/"),
            ("http://x.vn.:8080/a", "http://x.vn:8080/a"),
            ("https://x.vn/%7ebai%2Dviet%2fa?q=%e1%BA%bf", "https://x.vn/~bai-viet%2Fa?q=%E1%BA%BF"),
            ("https://x.vn/a#binh-luan", "https://x.vn/a"),
            ("https://x.vn/a#", "https://x.vn/a"),
            ("https://x.vn/#!/bai/1", "https://x.vn/#!/bai/1"),
            ("https://x.vn/a?", "https://x.vn/a"),
            ("https://x.vn/a?&&b=2&a=1&&b=1", "https://x.vn/a?a=1&b=2&b=1"),
            ("https://x.vn/a?utm_source=zalo&id=5&fbclid=x&zarsrc=31", "https://x.vn/a?id=5"),
            ("https://x.vn/a?utm_source=zalo&UTM_Medium=x", "https://x.vn/a"),
            ("https://x.vn/index.php?id=5", "https://x.vn/?id=5"),
            ("https://x.vn/tin/Index.html;jsessionid=12", "https://x.vn/tin/"),
            ("https://x.vn/a/.;jsessionid=12/b", "https://x.vn/a/b"),
            ("https://user:secret@x.vn/a", "https://x.vn/a"),
            ("https://x.vn/a/", "https://x.vn/a/"),
            ("https://x.vn/100%", "https://x.vn/100%25"),
            ("https://xn--bo-mia.vn/", "https://xn--bo-mia.vn/"),
            ("mailto:a@x.vn?utm_source=x", "mailto:a@x.vn?utm_source=x"),
        ] {
            check(given, expected);
        }
    }

    #[test]
    fn keys_look_past_scheme_www_and_the_last_slash() {
        let one = ["https://x.vn/tin", "http://www.x.vn/tin/", "https://X.vn./tin/index.html?utm_id=1#a"];
        for other in one {
            assert_eq!(key(&url(one[0])), key(&url(other)), "{other}");
        }
        for other in [
            "https://x.vn/tin2",
            "https://x.vn/",
            "https://x.vn:81/tin",
            "https://a.x.vn/tin",
            "https://x.vn/tin?a",
        ] {
            assert_ne!(key(&url(one[0])), key(&url(other)), "{other}");
        }
    }

    /// Addresses made of what the rules look at.
    fn addresses() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "/",
            "a",
            "B",
            ".",
            "..",
            "%2e",
            "%",
            "%25",
            "%7E",
            "%c3",
            ";jsessionid=1",
            ";sid=",
            "(S(aaaaaaaaaaaaaaaa))",
            "index.html",
            "default.aspx",
            "?",
            "&",
            "=",
            "utm_source=x",
            "amp;",
            "sid=0123456789abcdef0",
            "#",
            "!",
            "ế",
            " ",
            "\\",
            "\"",
            "'",
            "|",
            "^",
            "+",
            ":",
            "@",
        ]);
        let rest = prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat());
        (
            prop::sample::select(vec![
                "http://x.vn",
                "https://www.x.vn..",
                "https://1.2.3.4",
                "https://a:b@X.vn:8080",
            ]),
            rest,
        )
            .prop_map(|(start, rest)| format!("{start}/{rest}"))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

        #[test]
        fn twice_is_once(address in addresses()) {
            let once = canonical(&url(&address));
            prop_assert_eq!(&canonical(&once), &once, "{}", address);
            // What was written can be read again and means the same.
            prop_assert_eq!(&url(once.as_str()), &once);
            prop_assert_eq!(key(&once), key(&url(&address)));
        }

        #[test]
        fn any_url_has_a_canonical_one(text in "https?://\\PC{1,60}") {
            if let Ok(url) = Url::parse(&text) {
                let once = canonical(&url);
                prop_assert_eq!(canonical(&once), once);
            }
        }
    }
}
