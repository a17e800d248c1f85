//! Where an answer leads on to.
//!
//! Enters: an answer, or a page's bytes. Leaves: the URL it redirects to, if any. Touches no network.
//! Invariant: a target is http or https, bounded in length, without user information and fragment.

mod meta;

use reqwest::header::{HeaderMap, LOCATION, REFRESH};
use url::Url;

use super::Exchange;
use super::bare::{bare, shown};
use super::error::FetchError;

/// Longest target that is followed, in bytes, as sent and when resolved.
const MAX_TARGET_BYTES: usize = 8 * 1024;
/// Seconds of waiting beyond which a refresh is no redirect: a page to be read, which loads itself anew.
const MAX_REFRESH_SECONDS: u32 = 5;

/// Why a target cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Unusable {
    Scheme(String),
    Other(&'static str),
}

/// The URL that the answer's `Location` field (RFC 9110, section 10.2.2) or `Refresh` field leads to.
///
/// # Errors
/// A redirect whose target cannot be used. Whether it may be asked is the guard's matter, when it is asked.
pub fn target(exchange: &Exchange) -> Result<Option<Url>, FetchError> {
    let outcome = match exchange.status {
        304 => return Ok(None),
        300 | 301 | 302 | 303 | 307 | 308 => location(&exchange.url, &exchange.fields).map(Some),
        300..400 => Err(Unusable::Other("no browser follows this status")),
        _ => return Ok(refresh(&exchange.url, &exchange.fields)),
    };
    outcome.map_err(|unusable| match unusable {
        Unusable::Scheme(scheme) => FetchError::RefusedScheme { url: shown(&exchange.url), scheme },
        Unusable::Other(reason) => FetchError::BadRedirect {
            url: shown(&exchange.url),
            status: exchange.status,
            reason: reason.to_owned(),
        },
    })
}

/// The URL that a page's `<meta http-equiv="refresh">` leads to. `body` is decoded; its first part is looked at.
///
/// A page that at once loads itself anew gives its own URL, so that the loop is seen. What stands in `<noscript>` is
/// left out, although no scripts run here: there it leads away from a page that can be read to one that says that it
/// cannot.
#[must_use]
pub fn meta_refresh(url: &Url, body: &[u8]) -> Option<Url> {
    let found = meta::find(body)?;
    let base = found.base.and_then(|base| url.join(&base).ok());
    follow(url, base.as_ref().unwrap_or(url), &found.content)
}

fn location(url: &Url, fields: &HeaderMap) -> Result<Url, Unusable> {
    let mut values = fields.get_all(LOCATION).iter();
    let value = values.next().ok_or(Unusable::Other("it has no Location"))?;
    if values.any(|other| other != value) {
        return Err(Unusable::Other("it has several Locations"));
    }
    resolve(url, &text(value.as_bytes()))
}

fn refresh(url: &Url, fields: &HeaderMap) -> Option<Url> {
    follow(url, url, &text(fields.get(REFRESH)?.as_bytes()))
}

/// Where the value of a refresh leads from `url`.
fn follow(url: &Url, base: &Url, value: &str) -> Option<Url> {
    let (seconds, target) = meta::read_refresh(value)?;
    let Some(target) = target else {
        return (seconds == 0).then(|| url.clone());
    };
    let resolved = resolve(base, target).ok()?;
    let is_itself = resolved == bare(url.clone());
    let most = if is_itself { 0 } else { MAX_REFRESH_SECONDS };
    (seconds <= most).then_some(resolved)
}

/// Resolves a target against the URL that sent it.
fn resolve(base: &Url, target: &str) -> Result<Url, Unusable> {
    let target = target.trim_ascii();
    if target.is_empty() {
        return Err(Unusable::Other("its target is empty"));
    }
    if target.len() > MAX_TARGET_BYTES {
        return Err(Unusable::Other("its target is too long"));
    }
    // Parsers differ in whether `\` is a `/`, and so in what the host is.
    if target.split(['?', '#']).next().unwrap_or_default().contains('\\') {
        return Err(Unusable::Other("its target has backslashes"));
    }
    let resolved = base.join(target).map_err(|_| Unusable::Other("its target is no URL"))?;
    if !matches!(resolved.scheme(), "http" | "https") {
        return Err(Unusable::Scheme(resolved.scheme().to_owned()));
    }
    let resolved = bare(resolved);
    if resolved.as_str().len() > MAX_TARGET_BYTES {
        return Err(Unusable::Other("its target is too long"));
    }
    Ok(resolved)
}

/// A field's value as text: UTF-8 as it is, bytes that are none percent-encoded, as browsers do.
fn text(value: &[u8]) -> String {
    let mut text = String::with_capacity(value.len());
    for chunk in value.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.extend(format!("%{byte:02X}").chars());
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: &str = "https://u:p@a.vn/x/y?z#f";

    fn here() -> Url {
        Url::parse(HERE).unwrap_or_else(|error| panic!("{error}"))
    }

    fn check(value: &[u8], expected: Result<&str, Unusable>) {
        let resolved = resolve(&here(), &text(value)).map(String::from);
        assert_eq!(resolved, expected.map(ToOwned::to_owned), "{}", value.escape_ascii());
    }

    #[test]
    fn targets_are_resolved() {
        check(b"/ok", Ok("https://a.vn/ok"));
        check(b" b?c ", Ok("https://a.vn/x/b?c"));
        check(b"?q", Ok("https://a.vn/x/y?q"));
        check(b"//b.vn/1", Ok("https://b.vn/1"));
        check(b"http://b.vn:80", Ok("http://b.vn/"));
        check(b"/ok#part", Ok("https://a.vn/ok"));
        check(b"https://name:word@b.vn/", Ok("https://b.vn/"));
        check("/café".as_bytes(), Ok("https://a.vn/caf%C3%A9"));
        check(b"/caf\xe9", Ok("https://a.vn/caf%E9"));
        check(b"/ok?a=b c", Ok("https://a.vn/ok?a=b%20c"));
        check(b"/ok?a=\\b", Ok("https://a.vn/ok?a=\\b"));
        check(b"http://0x7f.1/", Ok("http://127.0.0.1/"));
    }

    #[test]
    fn unusable_targets_are_refused() {
        check(b"", Err(Unusable::Other("its target is empty")));
        check(b" \t", Err(Unusable::Other("its target is empty")));
        check(b"\\\\127.0.0.1:9\\x", Err(Unusable::Other("its target has backslashes")));
        check(b"https:/\\b.vn", Err(Unusable::Other("its target has backslashes")));
        check(b"http://", Err(Unusable::Other("its target is no URL")));
        check(b"http://a..b:x/", Err(Unusable::Other("its target is no URL")));
        check(&[b'a'; MAX_TARGET_BYTES + 1], Err(Unusable::Other("its target is too long")));
        check("é".repeat(MAX_TARGET_BYTES / 3).as_bytes(), Err(Unusable::Other("its target is too long")));
        for scheme in ["file:///etc/passwd", "data:text/html,x", "javascript:x", "ftp://a.vn/", "unix:///x"] {
            let name = scheme.split(':').next().unwrap_or_default().to_owned();
            check(scheme.as_bytes(), Err(Unusable::Scheme(name)));
        }
    }

    #[test]
    fn locations_are_of_one_mind() {
        let fields = |values: &[&'static str]| {
            values.iter().map(|value| (LOCATION, reqwest::header::HeaderValue::from_static(value))).collect()
        };
        assert_eq!(
            location(&here(), &fields(&["/a", "/a"])).map(String::from),
            Ok("https://a.vn/a".to_owned())
        );
        assert!(location(&here(), &fields(&["/a", "/b"])).is_err());
        assert!(location(&here(), &fields(&[])).is_err());
    }

    #[test]
    fn refreshes_are_redirects_when_they_are_quick() {
        let page = |content: &str| format!("<head><meta http-equiv=refresh content='{content}'>");
        let leads = |content: &str| meta_refresh(&here(), page(content).as_bytes()).map(String::from);
        assert_eq!(leads("0; url=/ok").as_deref(), Some("https://a.vn/ok"));
        assert_eq!(leads("5;/ok").as_deref(), Some("https://a.vn/ok"));
        assert_eq!(leads("6; url=/ok"), None);
        assert_eq!(leads("0").as_deref(), Some(HERE));
        assert_eq!(leads("0; url=y?z").as_deref(), Some("https://a.vn/x/y?z"));
        assert_eq!(leads("3"), None);
        assert_eq!(leads("3; url=y?z"), None);
        assert_eq!(leads("0; url=javascript:x"), None);
        let based = br#"<base href="//b.vn/c/"><meta content="0;url=d" HTTP-EQUIV="Refresh">"#;
        assert_eq!(meta_refresh(&here(), based).map(String::from).as_deref(), Some("https://b.vn/c/d"));
    }
}
