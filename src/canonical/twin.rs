//! Twins: the AMP, mobile and print versions of one article.
//!
//! Enters: a URL. Leaves: the spelling of the plain version, or a key that all versions share.
//! The spellings are data: `canonical/twins.toml`. Invariant: this is a hint; who takes two pages for one by it must find
//! that their titles or openings agree too.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use url::{Host, Url};

use super::site::site_of_name;
use super::spelling::{Key, canonical, key};

/// Times that a spelling is undone: a cached copy of an AMP page on a mobile host takes two.
const MAX_ROUNDS: usize = 4;
/// Longest extension of a last segment that the shared key leaves out (`.html`, `.chn`, `.tpo`), in bytes.
const MAX_EXTENSION_BYTES: usize = 6;

/// The shipped spellings.
static SPELLINGS: LazyLock<Spellings> =
    LazyLock::new(|| toml::from_str(include_str!("twins.toml")).unwrap_or_default());

/// How other versions are spelt.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Spellings {
    labels: Vec<String>,
    segments: Vec<String>,
    endings: Vec<String>,
    cache: Vec<Cache>,
    parameters: BTreeMap<String, Vec<String>>,
}

/// A host that keeps copies.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cache {
    host: String,
    prefixes: Vec<String>,
}

/// The canonical URL of the plain version of a page whose own URL is that of an AMP, mobile or print version; `None`
/// where the URL looks plain.
#[must_use]
pub fn twin(url: &Url) -> Option<Url> {
    let start = canonical(url);
    if !start.has_host() {
        return None;
    }
    let mut plain = start.clone();
    for _ in 0..MAX_ROUNDS {
        let next = without_version(&plain);
        if next == plain {
            break;
        }
        plain = next;
    }
    (plain != start).then_some(plain)
}

/// The key that all versions of a page share. The extension of the last segment takes no part: one system serves
/// `/bai.tpo` and `/bai.amp`.
#[must_use]
pub fn twin_key(url: &Url) -> Key {
    let mut plain = twin(url).unwrap_or_else(|| canonical(url));
    if let Some(path) = without_extension(plain.path()).map(str::to_owned) {
        plain.set_path(&path);
    }
    key(&plain)
}

/// One step towards the plain version.
fn without_version(url: &Url) -> Url {
    if let Some(original) = cached(url) {
        return canonical(&original);
    }
    let mut plain = url.clone();
    if let Some(host) = plain_host(url) {
        // A host that was one stays one without a label.
        let _ = plain.set_host(Some(&host));
    }
    plain.set_path(&plain_path(url.path()));
    let query = url.query().map(plain_query);
    plain.set_query(query.as_deref().filter(|query| !query.is_empty()));
    canonical(&plain)
}

/// The address that a cache's address holds.
fn cached(url: &Url) -> Option<Url> {
    let host = url.host_str()?;
    let is_below =
        |of: &str| host.strip_suffix(of).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    let cache = SPELLINGS.cache.iter().find(|cache| is_below(&cache.host))?;
    let rest = cache.prefixes.iter().find_map(|prefix| url.path().strip_prefix(prefix.as_str()))?;
    let (scheme, rest) = rest.strip_prefix("s/").map_or(("http", rest), |rest| ("https", rest));
    let name = rest.split('/').next().filter(|name| name.contains('.'))?;
    let mut original = Url::parse(&format!("{scheme}://{rest}")).ok()?;
    // What the cache's path named is a host, and no trick with an `@` or a port.
    if original.host_str() != Some(name) {
        return None;
    }
    original.set_query(url.query());
    Some(original)
}

/// The host without the labels of a version.
fn plain_host(url: &Url) -> Option<String> {
    let Some(Host::Domain(name)) = url.host() else { return None };
    let site = site_of_name(name);
    let before = name.strip_suffix(site)?;
    let labels =
        before.split_terminator('.').filter(|label| !SPELLINGS.labels.iter().any(|own| own == label));
    Some(labels.chain([site]).collect::<Vec<_>>().join("."))
}

/// The path without segments and endings of a version.
fn plain_path(path: &str) -> String {
    let (path, slash) =
        path.strip_suffix('/').filter(|path| !path.is_empty()).map_or((path, ""), |path| (path, "/"));
    let mut segments: Vec<&str> = path.split('/').skip(1).collect();
    let is_version = |segment: &str| {
        let segment = segment.to_ascii_lowercase();
        let bare = segment.strip_suffix(".html").or_else(|| segment.strip_suffix(".htm")).unwrap_or(&segment);
        SPELLINGS.segments.iter().any(|own| own == bare)
    };
    while segments.len() > 1 && segments.last().is_some_and(|last| is_version(last)) {
        segments.pop();
    }
    let first = segments.iter().take(segments.len().saturating_sub(1)).take_while(|s| is_version(s)).count();
    let mut segments = segments.split_off(first);
    let last = segments.pop().map(plain_segment).unwrap_or_default();
    segments.push(&last);
    format!("/{}{slash}", segments.join("/"))
}

/// A last segment without the ending of a version.
fn plain_segment(segment: &str) -> String {
    let ending = |text: &str| {
        let lower = text.to_ascii_lowercase();
        let is_own = |own: &&String| lower.len() > own.len() && lower.ends_with(own.as_str());
        SPELLINGS.endings.iter().find(is_own).map(|own| text.len() - own.len())
    };
    if let Some(end) = ending(segment) {
        return segment[..end].to_owned();
    }
    let Some((name, extension)) = segment.rsplit_once('.') else { return segment.to_owned() };
    ending(name).map_or_else(|| segment.to_owned(), |end| format!("{}.{extension}", &name[..end]))
}

/// The query without the parameters that ask for a version.
fn plain_query(query: &str) -> String {
    let is_version = |parameter: &&str| {
        let parameter = parameter.to_ascii_lowercase();
        let (name, value) = parameter.split_once('=').unwrap_or((&parameter, ""));
        let values = SPELLINGS.parameters.get(name);
        values.is_some_and(|values| values.iter().any(|own| own == value))
    };
    query.split('&').filter(|parameter| !is_version(parameter)).collect::<Vec<_>>().join("&")
}

/// The path up to the extension of its last segment; `None` where it has none.
fn without_extension(path: &str) -> Option<&str> {
    let (name, extension) = path.trim_end_matches('/').rsplit_once('.')?;
    let is_extension = (2..=MAX_EXTENSION_BYTES).contains(&extension.len())
        && extension.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && extension.bytes().any(|byte| byte.is_ascii_alphabetic());
    (is_extension && !name.ends_with('/')).then_some(name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("a URL")
    }

    #[test]
    fn versions_are_spelt_as_the_plain_page() {
        for (version, plain) in [
            ("https://amp.tuoitre.vn/bai-123.htm", "https://tuoitre.vn/bai-123.htm"),
            ("https://m.nld.com.vn/bai.htm", "https://nld.com.vn/bai.htm"),
            ("https://mobile.tin.x.vn/bai", "https://tin.x.vn/bai"),
            ("https://x.vn/amp/bai.html", "https://x.vn/bai.html"),
            ("https://x.vn/tin/bai/amp/", "https://x.vn/tin/bai/"),
            ("https://x.vn/bai.html/amp", "https://x.vn/bai.html"),
            ("https://x.vn/bai/amp.html", "https://x.vn/bai"),
            ("https://x.vn/bai-amp.html", "https://x.vn/bai.html"),
            ("https://x.vn/bai.amp.html", "https://x.vn/bai.html"),
            ("https://x.vn/bai-post1.amp", "https://x.vn/bai-post1"),
            ("https://x.vn/bai.html?amp=1&id=2", "https://x.vn/bai.html?id=2"),
            ("https://x.vn/bai?amp", "https://x.vn/bai"),
            ("https://a.blogspot.com/2024/05/bai.html?m=1", "https://a.blogspot.com/2024/05/bai.html"),
            ("https://x.vn/print/bai.html", "https://x.vn/bai.html"),
            ("https://x.vn/bai/in-bai/", "https://x.vn/bai/"),
            ("https://x.vn/bai-print.html", "https://x.vn/bai.html"),
            ("https://x.vn/a?id=1&tmpl=component&print=1", "https://x.vn/a?id=1"),
            ("https://x-vn.cdn.ampproject.org/c/s/x.vn/bai/amp?utm_source=a", "https://x.vn/bai"),
            ("https://x-vn.cdn.ampproject.org/v/amp.x.vn/bai.html", "http://x.vn/bai.html"),
            ("https://www.google.com/amp/s/amp.x.vn/bai.html", "https://x.vn/bai.html"),
        ] {
            assert_eq!(twin(&url(version)).as_ref().map(Url::as_str), Some(plain), "{version}");
            assert_eq!(twin_key(&url(version)), twin_key(&url(plain)), "{version}");
        }
    }

    #[test]
    fn plain_pages_have_no_twin() {
        for plain in [
            "https://x.vn/",
            "https://x.vn/amp",
            "https://x.vn/bai.html",
            "https://x.vn/champ/bai-camp.html",
            "https://m.com.vn/bai",
            "https://m.blogspot.com/bai",
            "https://x.vn/bai?amp=2&m=5",
            "https://google.com/search?q=amp",
            "https://x.cdn.ampproject.org/c/s/khong",
            "https://x.cdn.ampproject.org/c/s/a@x.vn/bai",
            "mailto:a@m.x.vn",
        ] {
            assert_eq!(twin(&url(plain)), None, "{plain}");
        }
    }

    #[test]
    fn extensions_take_no_part_in_the_shared_key() {
        assert_eq!(twin_key(&url("https://x.vn/bai-1.tpo")), twin_key(&url("https://x.vn/bai-1.amp")));
        assert_ne!(twin_key(&url("https://x.vn/bai-1.5")), twin_key(&url("https://x.vn/bai-1.6")));
    }

    #[test]
    fn the_shipped_spellings_load_sorted_and_in_lower_case() {
        let spellings: Spellings = toml::from_str(include_str!("twins.toml")).expect("shipped spellings");
        assert!(spellings.cache.is_sorted_by_key(|cache| &cache.host));
        let prefixes = spellings.cache.iter().map(|cache| &cache.prefixes);
        let lists = [&spellings.labels, &spellings.segments, &spellings.endings];
        for list in lists.into_iter().chain(spellings.parameters.values()).chain(prefixes) {
            assert!(
                !list.is_empty() && list.windows(2).all(|pair| pair[0] < pair[1]),
                "not sorted: {list:?}"
            );
            assert!(list.iter().all(|word| *word == word.to_ascii_lowercase()), "{list:?}");
        }
        assert!(spellings.parameters.keys().all(|name| *name == name.to_ascii_lowercase()));
    }

    proptest! {
        #[test]
        fn a_twin_is_canonical(text in "https?://(m\\.|amp\\.)?[a-c]\\.vn(/(amp|m|a|print)){0,3}(/a[.-]amp)?(\\.html)?(\\?amp=1)?") {
            if let Some(plain) = twin(&url(&text)) {
                prop_assert_eq!(&canonical(&plain), &plain);
                prop_assert_eq!(twin(&plain), None);
                prop_assert_eq!(twin_key(&plain), twin_key(&url(&text)));
            }
        }
    }
}
