//! What markup and page say about an article to its metadata.
//!
//! Enters: [`HeadFacts`] of the markup, [`Visible`] of the classified blocks, and the address of the page.
//! Leaves: [`Metadata`]. Markup is trusted before the page; where they disagree, evidence settles.

use url::Url;

use super::author;
use super::date::{Offset, Stamp, parse_stamp};
use super::head::HeadFacts;
use super::language;
use super::metadata::Metadata;
use super::site_name::{SiteNames, host_of, match_key};
use super::title::{self, Candidates};

/// Texts with a date that are read of each kind.
const MAX_DATES: usize = 32;
/// Tags that are kept, words of a tag, and characters of one and of a section's or site's name.
const MAX_TAGS: usize = 32;
const MAX_TAG_WORDS: usize = 10;
const MAX_TAG_CHARS: usize = 80;
/// Longest address that is kept, in bytes.
const MAX_URL: usize = 2_048;
/// Characters that a description needs to stand in for a lead.
const LEAST_LEAD_CHARS: usize = 40;
/// Characters of the body from which on nothing else is needed to tell the language.
const ENOUGH_SAMPLE_CHARS: usize = 200;
/// Names of front pages on a trail, as [`match_key`] gives them.
const FRONT_PAGES: [&str; 4] = ["home", "homepage", "trangchu", "tintuc"];

/// What classification found in the blocks of the page; all of it may be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Visible<'a> {
    /// The block that is the title.
    pub title: Option<&'a str>,
    /// The block that is the lead.
    pub lead: Option<&'a str>,
    /// The byline.
    pub byline: Option<&'a str>,
    /// Blocks that hold dates, in their order.
    pub dates: Vec<&'a str>,
    /// The section.
    pub section: Option<&'a str>,
    /// Tags.
    pub tags: Vec<&'a str>,
    /// Text of the body, or the start of it, for the language.
    pub body_sample: &'a str,
}

/// Settles the metadata. Never fails; what nothing tells is `None`.
#[must_use]
pub fn resolve(facts: &HeadFacts, visible: &Visible<'_>, page_url: Option<&str>) -> Metadata {
    let canonical_url = canonical_url(&facts.canonical_urls, page_url);
    let address = page_url.or(canonical_url.as_deref());
    let site = SiteNames::new(&facts.site_names, address);
    let language = resolve_language(facts, visible);
    let zone = zone_of(language.as_deref(), address);
    let title = resolve_title(facts, visible, &site);
    Metadata {
        lead: resolve_lead(facts, visible, title.as_deref()),
        author: resolve_author(facts, visible, &site),
        published: resolve_published(facts, visible, zone).map(|stamp| stamp.to_string()),
        section: resolve_section(facts, visible, &site),
        tags: resolve_tags(facts, visible, &site),
        site: resolve_site(facts, address),
        title,
        language,
        canonical_url,
    }
}

fn resolve_title(facts: &HeadFacts, visible: &Visible<'_>, site: &SiteNames) -> Option<String> {
    // The trail of some systems ends with the article itself.
    let trail = facts.breadcrumbs.split_last().map_or(&[][..], |(_, above)| above);
    let candidates = Candidates {
        stated: facts.stated_titles.iter().map(String::as_str).collect(),
        seen: visible.title.into_iter().chain(facts.first_headings.iter().map(String::as_str)).collect(),
        sections: facts.sections.iter().chain(trail).map(String::as_str).collect(),
    };
    title::choose(&candidates, site)
}

/// The lead as on the page; a description stands in where it is a whole text and not the title again.
fn resolve_lead(facts: &HeadFacts, visible: &Visible<'_>, title: Option<&str>) -> Option<String> {
    if let Some(lead) = visible.lead {
        return Some(lead.to_owned());
    }
    let title = title.map(match_key);
    let stands_in = |text: &&String| {
        text.chars().nth(LEAST_LEAD_CHARS).is_some()
            && !text.ends_with(['…', '-'])
            && !text.ends_with("...")
            && title.as_ref().is_none_or(|title| *title != match_key(text))
    };
    facts.descriptions.iter().find(stands_in).cloned()
}

fn resolve_author(facts: &HeadFacts, visible: &Visible<'_>, site: &SiteNames) -> Option<String> {
    // Several values of JSON-LD are one byline; they are the first that are stated.
    let stated = facts.authors.iter().map(String::as_str);
    let shown = visible.byline.into_iter().chain(facts.author_hints.iter().map(String::as_str));
    author::choose(stated.chain(shown), site)
}

fn resolve_language(facts: &HeadFacts, visible: &Visible<'_>) -> Option<String> {
    let stated = facts.languages.iter().map(String::as_str);
    if visible.body_sample.chars().nth(ENOUGH_SAMPLE_CHARS).is_some() {
        return language::resolve(stated, visible.body_sample);
    }
    let shown = visible.title.into_iter().chain(visible.lead);
    let in_markup = facts.headlines.iter().chain(&facts.descriptions).take(4).map(String::as_str);
    let sample: Vec<&str> = std::iter::once(visible.body_sample).chain(shown).chain(in_markup).collect();
    language::resolve(stated, &sample.join(" "))
}

/// Vietnam's zone for Vietnamese text and hosts; nothing is assumed of others.
fn zone_of(language: Option<&str>, address: Option<&str>) -> Offset {
    let vietnamese_host = || {
        let host = address.and_then(host_of);
        host.is_some_and(|host| host.rsplit('.').next() == Some("vn"))
    };
    if language == Some("vi") || vietnamese_host() { Offset::VIETNAM } else { Offset::Unknown }
}

fn resolve_published(facts: &HeadFacts, visible: &Visible<'_>, zone: Offset) -> Option<Stamp> {
    let read = |text: &str| parse_stamp(text, zone);
    let mut shown: Vec<Stamp> = shown_dates(visible).into_iter().filter_map(read).collect();
    let hints = facts.date_hints.iter().filter(|text| !is_today(text));
    shown.extend(hints.take(MAX_DATES).filter_map(|text| read(text)));
    let stated: Vec<Stamp> = facts.published.iter().take(MAX_DATES).filter_map(|text| read(text)).collect();
    let settled = if let Some((first, others)) = stated.split_first() {
        shown.extend(others.iter().filter(|other| other.offset != Offset::Unknown));
        settle(*first, &shown, zone)
    } else {
        // A day alone on top of a page is often today's.
        let best = shown.iter().find(|stamp| stamp.has_time()).or(shown.first()).copied();
        best.or_else(|| facts.modified.iter().take(MAX_DATES).find_map(|text| read(text)))?
    };
    Some(settled.in_zone(zone))
}

/// Whether a text tells the reader's day: "Hôm nay: Thứ sáu …" on top of the page.
fn is_today(text: &str) -> bool {
    let lower = text.to_lowercase();
    ["hôm nay", "today"].iter().any(|word| lower.contains(word))
}

/// Dates of the page, those that speak of a change last.
fn shown_dates<'a>(visible: &Visible<'a>) -> Vec<&'a str> {
    let is_change = |text: &&str| {
        let lower = text.to_lowercase();
        ["cập nhật", "chỉnh sửa", "updated", "modified"].iter().any(|word| lower.contains(word))
    };
    let dates = visible.dates.iter().copied().take(MAX_DATES);
    let (changes, mut dates): (Vec<&str>, Vec<&str>) = dates.partition(is_change);
    dates.extend(changes);
    dates
}

/// The time as stated in markup, corrected by times that the page shows.
fn settle(stated: Stamp, shown: &[Stamp], zone: Offset) -> Stamp {
    for seen in shown {
        let seen = seen.in_zone(zone);
        let richer = stated.is_day_only() && !seen.is_day_only() && stated.same_day(&seen);
        if richer {
            return seen;
        }
        let Offset::Minutes(minutes) = seen.offset else { continue };
        if !seen.has_time() || !stated.has_time() {
            continue;
        }
        let ahead = seen.local_minutes() - stated.local_minutes();
        let vague = matches!(stated.offset, Offset::Unknown | Offset::Minutes(0));
        // Systems stamp local time with `Z`; the clock that the reader sees tells the truth.
        if vague && ahead == 0 {
            return stated.with_offset(seen.offset);
        }
        if stated.offset == Offset::Unknown && ahead == i64::from(minutes) {
            return seen;
        }
    }
    stated
}

fn resolve_section(facts: &HeadFacts, visible: &Visible<'_>, site: &SiteNames) -> Option<String> {
    let is_section = |text: &&str| {
        let key = match_key(text);
        !key.is_empty()
            && !text.contains("://")
            && text.chars().nth(MAX_TAG_CHARS).is_none()
            && !FRONT_PAGES.contains(&key.as_str())
            && !site.is_name(text)
    };
    let stated = facts.sections.iter().map(|section| {
        // "Kinh doanh, Tài chính" lists a section and its parts; "Văn hóa, Giải trí" on the page is one section.
        let whole = visible.section.is_some_and(|shown| match_key(shown) == match_key(section));
        if whole { section.as_str() } else { section.split(',').next().unwrap_or(section).trim() }
    });
    let trail = || facts.breadcrumbs.iter().map(String::as_str);
    let section = stated.chain(visible.section).chain(trail()).find(is_section)?;
    // Values for machines are often in lower case or hyphenated; the trail is written for readers.
    let readable =
        visible.section.into_iter().chain(trail()).find(|shown| match_key(shown) == match_key(section));
    Some(readable.unwrap_or(section).to_owned())
}

fn resolve_tags(facts: &HeadFacts, visible: &Visible<'_>, site: &SiteNames) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    let mut tags = Vec::new();
    for tag in facts.tags.iter().map(String::as_str).chain(visible.tags.iter().copied()).take(4 * MAX_TAGS) {
        let tag = tag.trim_matches(|c: char| c.is_whitespace() || c == '#' || c == ',');
        let key = match_key(tag);
        let fits =
            !key.is_empty() && tag.split_whitespace().nth(MAX_TAG_WORDS).is_none() && !site.is_name(tag);
        if fits && tag.chars().nth(MAX_TAG_CHARS).is_none() && tags.len() < MAX_TAGS && !keys.contains(&key) {
            keys.push(key);
            tags.push(tag.to_owned());
        }
    }
    tags
}

/// The site's own name for itself, else its host.
fn resolve_site(facts: &HeadFacts, address: Option<&str>) -> Option<String> {
    let host = address.and_then(host_of).map(|host| host.trim_start_matches("www.").to_owned());
    let is_name = |name: &&String| !name.contains("://") && (name.contains(' ') || !name.contains('.'));
    let stated = facts.site_names.iter().filter(|name| name.chars().nth(MAX_TAG_CHARS).is_none());
    stated.into_iter().find(is_name).cloned().or(host)
}

/// The first stated address that can be this page's own.
fn canonical_url(stated: &[String], page_url: Option<&str>) -> Option<String> {
    let page = page_url.and_then(|url| Url::parse(url).ok());
    let page_is_root = page.as_ref().is_some_and(is_root);
    stated.iter().find_map(|text| {
        let mut url = match &page {
            Some(page) => page.join(text).ok()?,
            None => Url::parse(text).ok()?,
        };
        let public =
            matches!(url.scheme(), "http" | "https") && url.domain().is_some_and(|host| host.contains('.'));
        if !public || (is_root(&url) && !page_is_root) {
            return None;
        }
        url.set_fragment(None);
        Some(url.to_string()).filter(|url| url.len() <= MAX_URL)
    })
}

fn is_root(url: &Url) -> bool {
    url.path() == "/" && url.query().is_none()
}
