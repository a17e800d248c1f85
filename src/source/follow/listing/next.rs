//! Where a list of articles goes on.
//!
//! Enters: a page's links and its address. Leaves: at most one address: that of the page with the next number.
//! Invariant: numbers only grow and end at the bound, so a chain of next pages ends, whatever the server says.

use url::Url;

use super::super::address::resolved;
use super::shape::is_trap;
use crate::canonical;
use crate::parse::links::PageLinks;

/// Parameters that number a page.
const PARAMETERS: [&str; 9] =
    ["p", "page", "pagei", "pageindex", "pageno", "pagenumber", "paged", "pg", "trang"];
/// Words before a number in a path.
const WORDS: [&str; 3] = ["page", "trang", "p"];
/// Digits of a page's number.
const MAX_DIGITS: usize = 6;

/// The next page of the list that `base` is a page of; `most` pages are read.
pub(super) fn page(links: &PageLinks, origin: &Url, base: &Url, most: u32) -> Option<Url> {
    let (stem, number) = numbered(base).unwrap_or_else(|| (bare(base), 1));
    let wanted = number.checked_add(1).filter(|wanted| *wanted <= most)?;
    let site = canonical::site(base);
    let key = canonical::key(base);
    let is_fit = |url: &Url| canonical::site(url) == site && canonical::key(url) != key && !is_trap(url);
    let is_next = |rel: &str| rel.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case("next"));
    let anchors = || links.anchors.iter().map(|anchor| (&anchor.href, &anchor.rel));
    let stated = links.head.iter().map(|link| (&link.href, &link.rel)).chain(anchors());
    let stated = stated.filter(|(_, rel)| is_next(rel)).filter_map(|(href, _)| resolved(href, origin));
    // A page that says "next" of one whose number is not the next would be followed without end.
    let mut stated =
        stated.filter(|url| is_fit(url) && numbered(url).is_some_and(|(_, number)| number == wanted));
    let counted = anchors().filter_map(|(href, _)| resolved(href, origin));
    let mut counted =
        counted.filter(|url| is_fit(url) && numbered(url).is_some_and(|it| it == (stem.clone(), wanted)));
    stated.next().or_else(|| counted.next())
}

/// The address without its page's number, and the number.
fn numbered(url: &Url) -> Option<(String, u32)> {
    in_query(url).or_else(|| in_path(url))
}

/// `?page=2`.
fn in_query(url: &Url) -> Option<(String, u32)> {
    let is_number = |name: &str| PARAMETERS.contains(&name.to_ascii_lowercase().as_str());
    let number = url.query_pairs().find(|(name, _)| is_number(name)).and_then(|(_, value)| number(&value))?;
    let rest: Vec<(String, String)> =
        url.query_pairs().filter(|(name, _)| !is_number(name)).map(owned).collect();
    let mut stem = url.clone();
    stem.set_query(None);
    if !rest.is_empty() {
        stem.query_pairs_mut().extend_pairs(rest);
    }
    Some((bare(&stem), number))
}

fn owned((name, value): (std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)) -> (String, String) {
    (name.into_owned(), value.into_owned())
}

/// `/tin/page/2`, `/tin/trang-2.html`, `/tin/p2`, `/tin-p2`, `/tin-trang-2.htm`.
fn in_path(url: &Url) -> Option<(String, u32)> {
    let path = without_end(url.path().trim_end_matches('/'));
    let digits = path.bytes().rev().take_while(u8::is_ascii_digit).count();
    let (before, digits) = path.split_at(path.len() - digits);
    let number = number(digits)?;
    let before = before.strip_suffix(['-', '/', '_']).unwrap_or(before);
    let lower = before.to_ascii_lowercase();
    let word = WORDS
        .iter()
        .find(|word| lower.ends_with(&format!("/{word}")) || lower.ends_with(&format!("-{word}")))?;
    let stem = &before[..before.len() - word.len() - 1];
    let mut url = url.clone();
    url.set_path(stem);
    Some((bare(&url), number))
}

fn number(digits: &str) -> Option<u32> {
    (1..=MAX_DIGITS)
        .contains(&digits.len())
        .then(|| digits.parse().ok())
        .flatten()
        .filter(|number| *number > 0)
}

/// A path without the end of a file's name.
fn without_end(path: &str) -> &str {
    match path.rsplit_once('.') {
        Some((stem, end)) if (2..=5).contains(&end.len()) && end.bytes().all(|b| b.is_ascii_alphabetic()) => {
            stem
        }
        _ => path,
    }
}

/// An address by which pages of one list are told: without scheme, end and slash.
fn bare(url: &Url) -> String {
    let url = canonical::canonical(url);
    let host = url.host_str().unwrap_or_default();
    let path = without_end(url.path().trim_end_matches('/'));
    format!("{}:{:?}{path}?{}", host.trim_start_matches("www."), url.port(), url.query().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::links::read_links;

    #[track_caller]
    fn check(base: &str, html: &str, expected: Option<&str>) {
        let base = Url::parse(base).expect("a URL");
        let found = page(&read_links(html), &base, &base, 5);
        assert_eq!(found.as_ref().map(Url::as_str), expected, "{base} {html}");
    }

    #[test]
    fn the_page_with_the_next_number() {
        for (base, href, expected) in [
            ("/tin", "?page=2", "/tin?page=2"),
            ("/tin?page=2", "?page=3", "/tin?page=3"),
            ("/tin?a=1", "/tin?trang=2&a=1", "/tin?trang=2&a=1"),
            ("/tin/", "/tin/page/2/", "/tin/page/2/"),
            ("/tin/page/2/", "/tin/page/3/", "/tin/page/3/"),
            ("/thoi-su", "/thoi-su-p2", "/thoi-su-p2"),
            ("/thoi-su-p2", "/thoi-su-p3", "/thoi-su-p3"),
            ("/thoi-su.htm", "/thoi-su/trang-2.htm", "/thoi-su/trang-2.htm"),
            ("/thoi-su/trang-2.htm", "/thoi-su/trang-3.htm", "/thoi-su/trang-3.htm"),
        ] {
            let wanted = format!("https://x.vn{expected}");
            check(
                &format!("https://x.vn{base}"),
                &format!("<a href='/x'>x</a><a href='{href}'>2</a>"),
                Some(&wanted),
            );
        }
        check("https://x.vn/tin", "<link rel=next href=/tin/trang-2>", Some("https://x.vn/tin/trang-2"));
        check(
            "https://x.vn/tin",
            "<a href=?page=3>3</a><a rel='next' href=?page=2>2",
            Some("https://x.vn/tin?page=2"),
        );
    }

    #[test]
    fn what_is_no_next_page() {
        for (base, html) in [
            ("/tin", "<a href=?page=3>3</a><a href=?page=1>1</a>"),
            ("/tin?page=4", "<a href=?page=3>x</a><a rel=next href=?page=4>x</a><a rel=next href=?page=1>x"),
            ("/tin?page=5", "<a href=?page=6>6</a>"),
            ("/tin", "<a rel=next href=/lich/2026/12>x</a>"),
            ("/tin", "<a rel=next href='?month=12&page=2'>x</a>"),
            ("/tin", "<a rel=next href=https://y.vn/tin?page=2>x</a>"),
            ("/tin", "<a rel=next href=/bai-sau.html>x</a>"),
            ("/tin", "<a href=/khac?page=2>x</a>"),
            ("/tin?page=999999", "<a href=?page=1000000>x</a>"),
            ("/tin?page=99999999999", "<a href=?page=100000000000>x</a>"),
        ] {
            check(&format!("https://x.vn{base}"), html, None);
        }
    }
}
