//! robots.txt after RFC 9309.
//!
//! Enters: the bytes of a robots.txt and the product token of our User-Agent. Leaves: whether a URL may be asked for,
//! and the line that says so; the delay that the site wishes; its sitemaps.
//! Invariant: parsing takes time in proportion to the bytes, at most [`MAX_BODY`], and cannot fail.

mod access;
mod line;
mod pattern;

use std::borrow::Cow;
use std::cmp::Reverse;
use std::time::Duration;

use url::{Position, Url};

pub use access::{Access, Answer, Kind, MAX_REDIRECTS, Stored, Why, max_age};
pub use line::MAX_BODY;
use line::Record;
use pattern::{Path, Pattern};

/// Most addresses of sitemaps that are kept of one file.
const MAX_SITEMAPS: usize = 1_000;
/// Longest address of a sitemap that is kept, in bytes.
const MAX_SITEMAP: usize = 2_048;

/// What a robots.txt says to us.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Robots {
    /// Rules of our groups, the one that decides first before the others.
    rules: Vec<Rule>,
    crawl_delay: Option<Duration>,
    sitemaps: Vec<String>,
}

/// A line that allows or disallows.
#[derive(Debug, Clone, PartialEq)]
struct Rule {
    is_allow: bool,
    pattern: Pattern,
    /// Its path as the file has it.
    stated: Box<str>,
}

/// Whether a URL may be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The answer.
    pub allowed: bool,
    /// The line that decided, `Disallow: /private/`; `None` where no rule matches, which allows (RFC 9309, 2.2.2).
    pub rule: Option<String>,
}

impl Robots {
    /// Reads a robots.txt for the crawler that calls itself `product_token`, compared without case (RFC 9309, 2.2.1).
    ///
    /// Bytes beyond [`MAX_BODY`], and a line that this cuts, take no part. What cannot be parsed is left aside
    /// (2.3.1.5), so bytes that are no robots.txt at all have no rules and allow everything.
    #[must_use]
    pub fn parse(bytes: &[u8], product_token: &str) -> Robots {
        let bytes = utf8(bytes);
        let mut gathered = Gathered::default();
        for record in line::records(&bytes) {
            gathered.take(record, product_token);
        }
        gathered.finish()
    }

    /// Whether a URL of the site may be asked for: the longest rule that matches decides, `allow` before `disallow`
    /// (RFC 9309, 2.2.2). Only path and query are looked at.
    #[must_use]
    pub fn verdict(&self, url: &Url) -> Verdict {
        let path = &url[Position::BeforePath..Position::AfterQuery];
        if path == "/robots.txt" || self.rules.is_empty() {
            return Verdict { allowed: true, rule: None };
        }
        let path = Path::new(path);
        let decides = self.rules.iter().find(|rule| rule.pattern.matches(&path));
        Verdict { allowed: decides.is_none_or(|rule| rule.is_allow), rule: decides.map(Rule::line) }
    }

    /// About how many bytes of memory it takes, for whoever keeps many.
    #[must_use]
    pub fn memory(&self) -> usize {
        let rules: usize = self.rules.iter().map(|rule| rule.stated.len() + rule.pattern.memory()).sum();
        let sitemaps: usize = self.sitemaps.iter().map(|address| size_of::<String>() + address.len()).sum();
        size_of::<Robots>() + self.rules.len() * size_of::<Rule>() + rules + sitemaps
    }

    /// The longest `Crawl-delay` of our groups as stated, at most a day. It is no part of RFC 9309.
    #[must_use]
    pub fn crawl_delay(&self) -> Option<Duration> {
        self.crawl_delay
    }

    /// Addresses of sitemaps as stated, a bounded number; they belong to no group.
    #[must_use]
    pub fn sitemaps(&self) -> &[String] {
        &self.sitemaps
    }
}

impl Rule {
    fn new(path: &[u8], is_allow: bool) -> Option<Rule> {
        let pattern = Pattern::new(path, is_allow)?;
        Some(Rule { is_allow, pattern, stated: String::from_utf8_lossy(path).into() })
    }

    fn line(&self) -> String {
        format!("{}: {}", if self.is_allow { "Allow" } else { "Disallow" }, self.stated)
    }
}

/// The product token of a User-Agent: its leading letters, `_` and `-` (RFC 9309, 2.2.1).
///
/// Of a name that holds other characters too (`bot2/1.0`), all up to the slash or a blank.
#[must_use]
pub fn product_token(user_agent: &str) -> &str {
    let end = user_agent.find(['/', ' ', '\t', '(', ';', ',']);
    &user_agent[..end.unwrap_or(user_agent.len())]
}

/// The file as UTF-8, which it has to be (RFC 9309, 2.3); UTF-16 with its mark is bridged (2.2.2).
fn utf8(bytes: &[u8]) -> Cow<'_, [u8]> {
    match encoding_rs::Encoding::for_bom(bytes) {
        Some((encoding, _)) if encoding != encoding_rs::UTF_8 => {
            // Cut twice: a UTF-16 file has at least two bytes for each of the characters that are kept.
            let (text, _) = encoding.decode_with_bom_removal(&bytes[..bytes.len().min(2 * MAX_BODY)]);
            Cow::Owned(text.into_owned().into_bytes())
        }
        _ => Cow::Borrowed(bytes),
    }
}

/// Whom the lines that follow concern.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Addressed {
    us: bool,
    everybody: bool,
}

/// Rules of all groups of one name: they count as one group (RFC 9309, 2.2.1).
#[derive(Debug, Default)]
struct Group {
    rules: Vec<Rule>,
    crawl_delay: Option<Duration>,
}

/// What was read so far.
#[derive(Debug, Default)]
struct Gathered {
    /// The group that is open.
    open: Addressed,
    /// The last rule or user-agent line was a user-agent line, so another one joins the group.
    in_names: bool,
    /// A group has begun.
    has_group: bool,
    /// A group names us, perhaps one without rules.
    is_named: bool,
    ours: Group,
    everybodys: Group,
    /// A delay before all groups: nobody in particular is meant, so everybody is.
    general_delay: Option<Duration>,
    sitemaps: Vec<String>,
}

impl Gathered {
    fn take(&mut self, record: Record<'_>, product_token: &str) {
        match record {
            Record::UserAgent(name) => self.address(name, product_token),
            Record::Allow(path) => self.rule(path, true),
            Record::Disallow(path) => self.rule(path, false),
            Record::CrawlDelay(delay) => self.delay(delay),
            Record::OtherRule => self.in_names = false,
            Record::Sitemap(address) => self.sitemap(address),
        }
    }

    fn address(&mut self, name: &[u8], product_token: &str) {
        if !self.in_names {
            self.open = Addressed::default();
        }
        self.in_names = true;
        self.has_group = true;
        if is_everybody(name) {
            self.open.everybody = true;
        } else if is_us(name, product_token.as_bytes()) {
            self.open.us = true;
            self.is_named = true;
        }
    }

    /// The groups that the next rule belongs to. Those before all groups belong to none (RFC 9309, 2.2.2).
    fn groups(&mut self) -> impl Iterator<Item = &mut Group> {
        self.in_names = false;
        let ours = self.open.us.then_some(&mut self.ours);
        // Once a group names us, what everybody is told does not matter.
        let everybodys = (self.open.everybody && !self.is_named).then_some(&mut self.everybodys);
        ours.into_iter().chain(everybodys)
    }

    fn rule(&mut self, path: &[u8], is_allow: bool) {
        for group in self.groups() {
            group.rules.extend(Rule::new(path, is_allow));
        }
    }

    fn delay(&mut self, delay: Option<Duration>) {
        if !self.has_group {
            self.general_delay = self.general_delay.max(delay);
        }
        for group in self.groups() {
            group.crawl_delay = group.crawl_delay.max(delay);
        }
    }

    fn sitemap(&mut self, address: &[u8]) {
        if self.sitemaps.len() == MAX_SITEMAPS || address.len() > MAX_SITEMAP {
            return;
        }
        let address = std::str::from_utf8(address).ok().filter(|address| !address.is_empty());
        self.sitemaps.extend(address.map(str::to_owned));
    }

    fn finish(self) -> Robots {
        let Group { mut rules, crawl_delay } = if self.is_named { self.ours } else { self.everybodys };
        rules.sort_by_key(|rule| (Reverse(rule.pattern.octets()), !rule.is_allow));
        rules.dedup_by(|next, last| next.is_allow == last.is_allow && next.pattern == last.pattern);
        rules.shrink_to_fit();
        Robots { rules, crawl_delay: crawl_delay.or(self.general_delay), sitemaps: self.sitemaps }
    }
}

/// `*`, also with words behind it.
fn is_everybody(name: &[u8]) -> bool {
    matches!(name, [b'*'] | [b'*', b' ' | b'\t', ..])
}

/// Whether a group is for the crawler: by the letters that its name starts with, so that `BOT/1.0` is `bot`.
fn is_us(name: &[u8], product_token: &[u8]) -> bool {
    let is_identifier = |byte: &u8| byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'_');
    let end = if product_token.iter().all(is_identifier) {
        name.iter().position(|byte| !is_identifier(byte))
    } else {
        name.iter().position(|byte| matches!(byte, b'/' | b' ' | b'\t' | b'(' | b';' | b','))
    };
    let name = &name[..end.unwrap_or(name.len())];
    !name.is_empty() && name.eq_ignore_ascii_case(product_token)
}

#[cfg(test)]
mod tests;
