//! Cookies of one visit.
//!
//! Enters: `Set-Cookie` fields and the URL that sent them. Leaves: the cookies for a URL.
//! Invariant: number and size are bounded, and no cookie reaches a host that it was not set for (RFC 6265).

use std::sync::{Mutex, MutexGuard, PoisonError};

use cookie_store::{CookieStore, RawCookie};
use reqwest::header::{HeaderMap, SET_COOKIE};
use url::Url;

/// Cookies that one visit keeps.
const MAX_COOKIES: usize = 64;
/// Bytes of one `Set-Cookie` field that is read; browsers take 4 KiB of name and value.
const MAX_COOKIE_BYTES: usize = 4 * 1024;

/// Cookies that one visit has been given, over all its redirects. Some sites redirect until theirs comes back.
#[derive(Debug, Default)]
pub struct Jar {
    store: Mutex<CookieStore>,
}

impl Jar {
    /// Keeps the cookies that an answer of `url` sets. What breaks the rules is left out, as in browsers.
    pub fn keep(&self, url: &Url, fields: &HeaderMap) {
        if !fields.contains_key(SET_COOKIE) {
            return;
        }
        let mut store = self.store();
        for value in fields.get_all(SET_COOKIE).iter().take(MAX_COOKIES) {
            let text = value.to_str().ok().filter(|text| text.len() <= MAX_COOKIE_BYTES);
            let cookie = text.and_then(|text| RawCookie::parse(text).ok());
            let Some(cookie) = cookie.filter(|cookie| !is_for_a_suffix(cookie, url)) else { continue };
            if store.iter_any().count() < MAX_COOKIES || cookie.value().is_empty() {
                // The error says which rule the cookie breaks.
                let _ = store.insert_raw(&cookie, url);
            }
        }
    }

    /// Names and values of the cookies for `url`, by name.
    #[must_use]
    pub fn cookies(&self, url: &Url) -> Vec<(String, String)> {
        let store = self.store();
        let mut cookies: Vec<_> =
            store.get_request_values(url).map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        cookies.sort_unstable();
        cookies
    }

    fn store(&self) -> MutexGuard<'_, CookieStore> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a cookie would go to all hosts below a public suffix such as `com.vn`.
fn is_for_a_suffix(cookie: &RawCookie<'_>, url: &Url) -> bool {
    let Some(domain) = cookie.domain().map(|domain| domain.trim_start_matches('.').to_ascii_lowercase())
    else {
        return false;
    };
    url.host_str() != Some(domain.as_str()) && psl::suffix_str(&domain) == Some(domain.as_str())
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap_or_else(|error| panic!("{error}"))
    }

    fn keep(jar: &Jar, from: &str, values: &[&str]) {
        let values = values.iter().filter_map(|value| HeaderValue::from_str(value).ok());
        jar.keep(&url(from), &values.map(|value| (SET_COOKIE, value)).collect());
    }

    fn sent(jar: &Jar, to: &str) -> String {
        jar.cookies(&url(to)).iter().flat_map(|(name, value)| [name, "=", value, " "]).collect()
    }

    #[test]
    fn cookies_go_where_they_belong() {
        let jar = Jar::default();
        let values =
            ["seen=1; Path=/", "b=2; Domain=a.com.vn", "c=3; Domain=com.vn", "d=4; Path=/p", "e=5; Secure"];
        keep(&jar, "http://www.a.com.vn/x", &values);
        assert_eq!(sent(&jar, "http://www.a.com.vn/"), "b=2 seen=1 ");
        assert_eq!(sent(&jar, "http://www.a.com.vn/p/q"), "b=2 d=4 seen=1 ");
        assert_eq!(sent(&jar, "http://a.com.vn/"), "b=2 ");
        assert_eq!(sent(&jar, "http://b.com.vn/"), "");
        keep(&jar, "http://www.a.com.vn/x", &["seen=; Path=/; Max-Age=0"]);
        assert_eq!(sent(&jar, "http://www.a.com.vn/"), "b=2 ");
        keep(&jar, "http://127.0.0.1:8800/x", &["seen=1; Path=/"]);
        assert_eq!(sent(&jar, "http://127.0.0.1:8800/x"), "seen=1 ");
    }

    #[test]
    fn number_and_size_are_bounded() {
        let jar = Jar::default();
        for round in 0..3 {
            let values: Vec<String> = (0..50).map(|number| format!("n{round}-{number}=1")).collect();
            keep(&jar, "http://a.vn/", &values.iter().map(String::as_str).collect::<Vec<_>>());
        }
        assert_eq!(jar.cookies(&url("http://a.vn/")).len(), MAX_COOKIES);
        let jar = Jar::default();
        keep(&jar, "http://a.vn/", &[&format!("a={}", "x".repeat(MAX_COOKIE_BYTES))]);
        assert_eq!(sent(&jar, "http://a.vn/"), "");
    }
}
