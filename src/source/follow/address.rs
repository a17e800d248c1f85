//! Addresses as documents link them.
//!
//! Enters: the text of a link and the address that it is relative to. Leaves: a URL that can be asked for.
//! Invariant: only http and https leave, with a host, without credentials and fragment, in bounded length.

use url::Url;

use crate::canonical::MAX_ADDRESS_BYTES;

/// The address that `link` leads to from `base`.
pub(super) fn resolved(link: &str, base: &Url) -> Option<Url> {
    let link = link.trim();
    if link.is_empty() || link.len() > MAX_ADDRESS_BYTES {
        return None;
    }
    let mut url = base.join(link).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    if !is_web || url.as_str().len() > MAX_ADDRESS_BYTES {
        return None;
    }
    if !url.username().is_empty() || url.password().is_some() {
        return None;
    }
    // A fragment that begins with `!` names a page, as `canonical` has it.
    if !url.fragment().is_some_and(|fragment| fragment.starts_with('!')) {
        url.set_fragment(None);
    }
    Some(url)
}

/// Whether a text is an address of its own, without a base.
pub(super) fn is_absolute(text: &str) -> bool {
    let text = text.trim_start();
    ["http://", "https://"]
        .iter()
        .any(|scheme| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_resolved_or_refused() {
        let base = Url::parse("https://x.vn/tin/").expect("a URL");
        for (link, expected) in [
            (" bai-1.html\n", Some("https://x.vn/tin/bai-1.html")),
            ("//y.vn/a#b", Some("https://y.vn/a")),
            ("/a#!/b", Some("https://x.vn/a#!/b")),
            ("HTTP://Y.vn", Some("http://y.vn/")),
            ("javascript:void(0)", None),
            ("file:///etc/passwd", None),
            ("https://u:p@x.vn/", None),
            ("https://", None),
            ("", None),
        ] {
            assert_eq!(resolved(link, &base).as_ref().map(Url::as_str), expected, "{link}");
        }
        assert_eq!(resolved(&format!("/{}", "a".repeat(MAX_ADDRESS_BYTES)), &base), None);
        assert!(is_absolute(" HTTPS://x") && !is_absolute("/http://") && !is_absolute("ế"));
    }
}
