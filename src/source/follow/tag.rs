//! Names, attributes and references of XML, as feeds and sitemaps write them.
//!
//! Enters: pieces of markup. Leaves: names in lower case, values with their references resolved.
//! Invariant: a tag's attributes are looked at up to a bound, and a wrong one hides none that follows it.

use quick_xml::events::BytesStart;

use crate::parse::entity::unescape;

/// Attributes of a tag that are looked at.
const MAX_ATTRIBUTES: usize = 32;
/// Longest language tag (RFC 5646, 4.4.1, asks for 35 characters).
const MAX_TAG: usize = 35;

/// Prefix and local name, both in lower case.
pub(super) fn parts(name: &str) -> (String, String) {
    let (prefix, local) = name.rsplit_once(':').unwrap_or(("", name));
    (prefix.to_ascii_lowercase(), local.to_ascii_lowercase())
}

/// The value of the attribute with this local name, in lower case.
pub(super) fn attribute(tag: &BytesStart<'_>, wanted: &str) -> Option<String> {
    // `base` and `lang` are XML's own; others with a prefix are somebody else's, but for RDF's.
    let is_own = |prefix: &str| matches!(prefix, "" | "xml" | "rdf");
    let mut fitting = attributes(tag).filter(|(prefix, local, _)| local == wanted && is_own(prefix));
    fitting.next().map(|(_, _, value)| value)
}

/// Prefix, local name and value of each attribute.
pub(super) fn attributes<'a>(
    tag: &'a BytesStart<'_>,
) -> impl Iterator<Item = (String, String, String)> + use<'a> {
    let mut attributes = tag.html_attributes();
    attributes.with_checks(false);
    attributes.take(MAX_ATTRIBUTES).filter_map(Result::ok).map(|attribute| {
        let (prefix, local) = parts(attribute.key.as_ref());
        (prefix, local, unescape(&attribute.value).into_owned())
    })
}

/// What a reference stands for: a character, or an entity of HTML. `None` for any other name.
pub(super) fn referenced(name: &str) -> Option<String> {
    let written = format!("&{name};");
    let decoded = unescape(&written);
    (decoded != written).then(|| decoded.into_owned())
}

/// A language tag, if the text is one.
pub(super) fn language(text: &str) -> Option<String> {
    let tag = text.trim();
    let fits = (2..=MAX_TAG).contains(&tag.len())
        && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        && tag.starts_with(|c: char| c.is_ascii_alphabetic());
    fits.then(|| tag.to_owned())
}
