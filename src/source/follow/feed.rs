//! Feeds: RSS 0.9 to 2.0, RDF, Atom and JSON Feed, sound or broken.
//!
//! Enters: the bytes of an answer, its address and content type, the time. Leaves: [`Followed`], or what it is instead.
//! Invariant: no entity that a document declares is resolved, and nothing it names is read.

mod element;
mod entry;
mod json;
mod xml;

use url::Url;

use super::discover::named_feeds;
use super::{Followed, NotFollowed};
use crate::decode::{Unreadable, decode};
use crate::page::{Form, RawPage};

/// Items of a feed that are read.
const MAX_ITEMS: usize = 5_000;
/// Characters of a title.
const MAX_TITLE: usize = 500;
/// Bytes before the first tag of a feed: warnings of the program that makes it.
const MAX_JUNK: usize = 64 * 1024;
/// Feeds that are named of a page that stands where a feed was expected.
const MAX_ALTERNATES: usize = 32;

/// Reads a feed. `base` is the address that answered, `now` the time of the answer in seconds since 1970.
///
/// Addresses may be those of any site, for feeds are often kept elsewhere than their articles; titles are plain text.
///
/// # Errors
/// [`NotFollowed`] where the bytes are no feed. A broken or truncated feed is read as far as it goes.
pub fn feed(bytes: &[u8], base: &Url, content_type: Option<&str>, now: i64) -> Result<Followed, NotFollowed> {
    let page = RawPage {
        url: Some(base.as_str().to_owned()),
        content_type: content_type.map(str::to_owned),
        form: Some(Form::Html),
        body: bytes.to_vec(),
        ..RawPage::default()
    };
    let decoded = decode(&page).map_err(|why| match why {
        Unreadable::Empty => NotFollowed::Empty,
        _ => NotFollowed::Unknown,
    })?;
    let text = decoded.text.as_ref();
    match kind(text) {
        Kind::Xml(at) => Ok(xml::read(text, at, base, now)),
        Kind::Json(at) => json::read(&text[at..], at > 0, base, now),
        Kind::Html => {
            let mut alternates = named_feeds(text, base);
            alternates.truncate(MAX_ALTERNATES);
            Err(NotFollowed::Html { alternates })
        }
        Kind::Sitemap => Err(NotFollowed::Sitemap),
        Kind::Other => Err(NotFollowed::Unknown),
    }
}

/// What a text is, and where it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Xml(usize),
    Json(usize),
    Html,
    Sitemap,
    Other,
}

/// Tells by the first tag that only one kind of document has.
fn kind(text: &str) -> Kind {
    let start = text.len() - text.trim_start().len();
    if text[start..].starts_with(['{', '[']) {
        return Kind::Json(start);
    }
    let window = start.saturating_add(MAX_JUNK);
    for at in memchr::memchr_iter(b'<', text.as_bytes()).take_while(|at| *at <= window) {
        match first_word(&text[at + 1..]).as_str() {
            "rss" | "feed" | "rdf" | "channel" => return Kind::Xml(at),
            "urlset" | "sitemapindex" => return Kind::Sitemap,
            "html" | "head" | "body" | "!doctype html" => return Kind::Html,
            _ => {}
        }
    }
    // Some programs print warnings before JSON as well.
    let head = &text.as_bytes()[start..text.len().min(window)];
    match memchr::memchr(b'{', head) {
        Some(at) if text[start + at..].contains("jsonfeed.org/version/") => Kind::Json(start + at),
        _ => Kind::Other,
    }
}

/// The local name that a tag (its inside) begins with, in lower case; a document type with its name.
fn first_word(tag: &str) -> String {
    let end = tag.bytes().take(40).position(|byte| matches!(byte, b'>' | b'/') || byte.is_ascii_whitespace());
    let word = tag.get(..end.unwrap_or(0)).unwrap_or_default().to_ascii_lowercase();
    if word == "!doctype" {
        let name = tag[word.len()..].split_ascii_whitespace().next().unwrap_or_default();
        let is_html = name.get(..4).is_some_and(|name| name.eq_ignore_ascii_case("html"));
        return if is_html { "!doctype html".to_owned() } else { word };
    }
    word.rsplit(':').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests;
