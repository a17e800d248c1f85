//! Section pages: which of their links are articles, and where the list goes on.
//!
//! Enters: a page, its address, rules. Leaves: [`Followed`]: articles in the order of the page, at most one next page.
//! Invariant: only links of the page's own site leave, each page once, and a list that never ends is left at a bound.

pub(in crate::source::follow) mod glob;
mod next;
mod shape;

use std::collections::HashMap;

use url::Url;

use self::glob::Glob;
pub(super) use self::shape::is_section;
use super::address::resolved;
use super::notice::Tally;
use super::{Followed, Found};
use crate::canonical::{self, Key};
use crate::parse::links::{Anchor, PageLinks, Region, read_links};

/// Points from which a link is an article's: its address gives up to eight, its text and place up to four.
const ENOUGH: i32 = 4;
/// Words of the shortest headline.
const HEADLINE: usize = 4;
/// Links in elements of the same names that make a list.
const LIST: usize = 3;

/// How the links of a section page are chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListingRules {
    /// Paths that articles have; `*` stands for any characters. Where there are some, they alone decide.
    pub include: Vec<String>,
    /// Paths that no article has, whatever else is said.
    pub exclude: Vec<String>,
    /// Most articles of one page.
    pub max_links: usize,
    /// Pages of a list that are read, the first among them.
    pub max_pages: u32,
}

impl Default for ListingRules {
    fn default() -> Self {
        ListingRules { include: Vec::new(), exclude: Vec::new(), max_links: 500, max_pages: 3 }
    }
}

/// Finds the articles that a section page links. `base` is the address that answered.
#[must_use]
pub fn listing(html: &str, base: &Url, rules: &ListingRules) -> Followed {
    let links = read_links(html);
    let origin = origin(&links, base);
    let mut tally = Tally { broken: links.cut, ..Tally::default() };
    let candidates = candidates(&links, &origin, base);
    let include: Vec<Glob> = rules.include.iter().map(|pattern| Glob::new(pattern)).collect();
    let exclude: Vec<Glob> = rules.exclude.iter().map(|pattern| Glob::new(pattern)).collect();
    let site = canonical::site(base);
    let is_excluded = |url: &Url| exclude.iter().any(|glob| glob.matches(url));
    let mut wanted = if include.is_empty() {
        articles_among(candidates)
    } else {
        candidates.into_iter().filter(|it| include.iter().any(|glob| glob.matches(&it.url))).collect()
    };
    wanted.retain(|candidate| !is_excluded(&candidate.url));
    let mut found = Vec::new();
    for candidate in wanted {
        let Candidate { url, .. } = &candidate;
        if canonical::site(url) != site {
            tally.other_site += 1;
        } else if shape::is_trap(url) {
            tally.trap += 1;
        } else if found.len() >= rules.max_links {
            tally.many_items = Some(rules.max_links as u64);
        } else {
            found.push(candidate.into_found(links.language.as_deref()));
        }
    }
    let more = next::page(&links, &origin, base, rules.max_pages).into_iter().collect();
    Followed { found, more, notices: tally.notices(), refresh: None }
}

/// The candidates that are articles by themselves and beside each other: a site numbers or dates the addresses of its
/// articles, or does not.
fn articles_among(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    candidates.retain(|candidate| candidate.points() >= ENOUGH);
    let marked = candidates.iter().filter(|candidate| shape::is_marked(&candidate.url)).count();
    if marked >= LIST && marked * 3 >= candidates.len() {
        candidates.retain(|candidate| shape::is_marked(&candidate.url));
    }
    candidates
}

/// What the page's links are relative to.
pub(super) fn origin(links: &PageLinks, base: &Url) -> Url {
    links.base.as_deref().and_then(|own| resolved(own, base)).unwrap_or_else(|| base.clone())
}

/// A page that is linked, with the best that its links say.
struct Candidate {
    url: Url,
    title: String,
    of_address: i32,
    of_text: i32,
    in_heading: bool,
}

impl Candidate {
    fn points(&self) -> i32 {
        if self.of_address < 0 { self.of_address } else { self.of_address + self.of_text }
    }

    fn into_found(self, language: Option<&str>) -> Found {
        Found {
            url: self.url,
            title: (!self.title.is_empty()).then_some(self.title),
            published: None,
            modified: None,
            language: language.and_then(super::tag::language),
        }
    }
}

/// The pages that are linked, each once, in the order of the page.
fn candidates(links: &PageLinks, origin: &Url, base: &Url) -> Vec<Candidate> {
    let own = canonical::key(base);
    let mut in_list: HashMap<u64, usize> = HashMap::new();
    for anchor in &links.anchors {
        *in_list.entry(anchor.signature).or_default() += 1;
    }
    let mut places: HashMap<Key, usize> = HashMap::new();
    let mut candidates: Vec<Candidate> = Vec::new();
    for anchor in &links.anchors {
        let Some(url) = resolved(&anchor.href, origin) else { continue };
        let key = canonical::key(&url);
        if key == own || leads_elsewhere(&anchor.rel) {
            continue;
        }
        let text = if anchor.text.is_empty() { &anchor.title } else { &anchor.text };
        let of_text = text_points(anchor, text, in_list[&anchor.signature] >= LIST);
        let Some(&place) = places.get(&key) else {
            places.insert(key, candidates.len());
            let of_address = shape::points(&url);
            let in_heading = anchor.in_heading && !anchor.text.is_empty();
            candidates.push(Candidate { url, title: text.clone(), of_address, of_text, in_heading });
            continue;
        };
        let candidate = &mut candidates[place];
        candidate.of_text = candidate.of_text.max(of_text);
        // A picture's link may hold nothing but a number of pictures.
        let is_longer = words(&candidate.title) < HEADLINE && words(text) > words(&candidate.title);
        let is_better = !candidate.in_heading && (anchor.in_heading || is_longer);
        if is_better && !anchor.text.is_empty() {
            text.clone_into(&mut candidate.title);
            candidate.in_heading |= anchor.in_heading;
        }
    }
    candidates
}

/// Relations of links that lead to no article.
fn leads_elsewhere(rel: &str) -> bool {
    rel.split_ascii_whitespace().any(|word| {
        ["author", "help", "license", "next", "prev", "search", "tag"]
            .iter()
            .any(|it| it.eq_ignore_ascii_case(word))
    })
}

/// Points for a link's text and place: a headline has some words, and stands in a list in the page's body.
fn text_points(anchor: &Anchor, text: &str, in_list: bool) -> i32 {
    let words = match words(text) {
        0..HEADLINE => 0,
        HEADLINE..6 => 1,
        _ => 2,
    };
    // Tags are shown with their sign.
    if text.starts_with('#') {
        return -ENOUGH;
    }
    let frame = matches!(anchor.region, Region::Nav | Region::Header | Region::Footer);
    let place = i32::from(anchor.in_heading && words > 0) + i32::from(in_list && words > 0);
    words + place - if frame { 4 } else { 0 }
}

/// Words of a text; in scripts without blanks, two characters count as one.
fn words(text: &str) -> usize {
    let wide = text
        .chars()
        .filter(|c| matches!(u32::from(*c), 0x0E00..=0x0EFF | 0x3040..=0x30FF | 0x3400..=0x9FFF))
        .count();
    text.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric)).count().max(wide / 2)
}

#[cfg(test)]
mod tests;
