//! RSS, RDF and Atom as a stream of tags, each field where it may stand.
//!
//! Enters: text from its first tag on. Leaves: its items, whole ones only.
//! Invariant: what is open is one item and one field of it, so depth costs nothing; tags that do not match are passed
//! over, and after a fault that ends the markup reading goes on at the next item, a bounded number of times.

use std::time::Duration;

use memchr::memmem;
use quick_xml::Reader;
use quick_xml::errors::Error;
use quick_xml::events::{BytesStart, Event};
use url::Url;

use super::super::Followed;
use super::super::address::resolved;
use super::super::tag::{attribute, language, parts, referenced};
use super::element::{is_dublin, is_field, is_no, period};
use super::entry::{Entry, Items, as_address, link};
use super::first_word;

/// Bytes of a field that are kept.
const MAX_FIELD: usize = 16 * 1024;
/// Dates of one item that are looked at.
const MAX_DATES: usize = 4;
/// Times that reading starts again after markup that never ends.
const MAX_RESTARTS: usize = 16;
/// Faults of other kinds that are passed over.
const MAX_FAULTS: usize = 1_000;

/// Reads a feed whose first tag stands at `at`.
pub(super) fn read(text: &str, at: usize, base: &Url, now: i64) -> Followed {
    let mut walk = Walk::new(base, now);
    let before = &text[..at];
    walk.items.tally.junk_before = has_junk(before);
    walk.items.tally.entities = before.contains("<!ENTITY");
    let mut start = at;
    for round in 0..=MAX_RESTARTS {
        let Some(fault) = walk.run(&text[start..]) else { break };
        // The next item after the fault; a tag that was never closed may have swallowed it.
        let Some(next) = next_item(text, start + fault + 1) else {
            walk.items.tally.truncated = true;
            break;
        };
        walk.items.tally.broken = true;
        walk.items.tally.truncated |= round == MAX_RESTARTS;
        (walk.entry, walk.open) = (None, Open::Nothing);
        start = next;
    }
    let every = walk.period.map(|period| Duration::from_secs(period / walk.frequency.unwrap_or(1)));
    walk.items.refresh = walk.items.refresh.or(every);
    walk.items.finish()
}

/// Whether text stands before the first tag besides the declarations that may.
fn has_junk(before: &str) -> bool {
    let mut rest = before.trim_start();
    while !rest.is_empty() {
        let end = match rest.as_bytes() {
            [b'<', b'?', ..] => rest.find("?>").map(|at| at + 2),
            [b'<', b'!', b'-', ..] => rest.find("-->").map(|at| at + 3),
            // What a document type declares stands in brackets, with tags of its own.
            [b'<', b'!', ..] => return false,
            _ => None,
        };
        let Some(end) = end else { return true };
        rest = rest[end..].trim_start();
    }
    false
}

/// Where the next item or entry begins.
fn next_item(text: &str, from: usize) -> Option<usize> {
    let rest = text.as_bytes().get(from..)?;
    let tags = memmem::find_iter(rest, b"<").map(|at| from + at);
    let mut items = tags.filter(|at| matches!(first_word(&text[at + 1..]).as_str(), "item" | "entry"));
    items.next()
}

/// The field that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Title,
    Link(usize),
    Published,
    Modified,
    Language,
    FeedLanguage,
    Minutes,
    Period,
    Frequency,
}

/// What the texts that follow belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Open {
    Nothing,
    /// A field, with the name of its element.
    Field(Field, String),
    /// An element that is none of ours, and how many of its name are open.
    Skipped(String, usize),
}

struct Walk {
    items: Items,
    base: Url,
    /// The prefix of the feed's own elements.
    prefix: String,
    is_begun: bool,
    entry: Option<Entry>,
    open: Open,
    text: String,
    /// An RSS link that was closed at once: the address may stand behind it.
    link_before_text: bool,
    period: Option<u64>,
    frequency: Option<u64>,
}

impl Walk {
    fn new(base: &Url, now: i64) -> Walk {
        Walk {
            items: Items::new(base, now),
            base: base.clone(),
            prefix: String::new(),
            is_begun: false,
            entry: None,
            open: Open::Nothing,
            text: String::new(),
            link_before_text: false,
            period: None,
            frequency: None,
        }
    }

    /// Reads to the end, or to markup that has none: its place in `text`.
    fn run(&mut self, text: &str) -> Option<usize> {
        let mut reader = Reader::from_str(text);
        let config = reader.config_mut();
        (config.check_end_names, config.allow_unmatched_ends, config.allow_dangling_amp) =
            (false, true, true);
        let mut faults = 0;
        loop {
            match reader.read_event() {
                Ok(Event::Eof) => {
                    self.items.tally.truncated |= self.entry.is_some();
                    return None;
                }
                Ok(event) => self.event(&event),
                Err(Error::IllFormed(_)) if faults < MAX_FAULTS => {
                    self.items.tally.broken = true;
                    faults += 1;
                }
                Err(_) => return usize::try_from(reader.error_position()).ok(),
            }
            if self.items.is_full() {
                let rest = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
                if next_item(text, rest).is_some() {
                    self.items.take(Entry::default());
                }
                return None;
            }
        }
    }

    fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag, false),
            Event::Empty(tag) => self.start(tag, true),
            Event::End(tag) => self.end(tag.name().as_ref()),
            Event::Text(text) => self.append(text),
            Event::CData(text) => self.append(text),
            Event::GeneralRef(name) => self.reference(name),
            Event::DocType(text) => self.items.tally.entities |= text.contains("<!ENTITY"),
            _ => {}
        }
    }

    fn start(&mut self, tag: &BytesStart<'_>, is_empty: bool) {
        let name = tag.name();
        let (prefix, local) = parts(name.as_ref());
        if !local.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            return self.no_tag(tag);
        }
        let is_own = self.is_own(&prefix);
        let opens_item = is_own && matches!(local.as_str(), "item" | "entry");
        match &mut self.open {
            Open::Skipped(skipped, count) if !opens_item => {
                *count += usize::from(!is_empty && *skipped == name.as_ref());
                return;
            }
            // Markup inside a title; another field means that this one was never closed.
            Open::Field(..) if !(opens_item || is_own && is_field(&local)) => return self.append(" "),
            _ => self.close_field(),
        }
        if opens_item {
            // An item inside another one: the first was never closed, and all of it is there.
            self.finish_entry();
            return self.begin_entry(tag, is_empty);
        }
        if self.entry.is_none() {
            self.outside(tag, (&prefix, &local), is_empty);
        } else {
            self.inside(tag, (&prefix, &local), is_empty);
        }
    }

    fn is_own(&self, prefix: &str) -> bool {
        prefix == self.prefix || matches!(prefix, "" | "atom" | "a10" | "rss")
    }

    /// A `<` that begins no tag: it and what follows is text, up to the end tag that it swallowed.
    fn no_tag(&mut self, tag: &BytesStart<'_>) {
        self.items.tally.broken = true;
        let raw: &str = tag;
        let swallowed = raw.find("</");
        self.append("<");
        self.append(&raw[..swallowed.unwrap_or(raw.len())]);
        if swallowed.is_some() {
            self.close_field();
        }
    }

    fn begin_entry(&mut self, tag: &BytesStart<'_>, is_empty: bool) {
        let mut entry =
            Entry { language: attribute(tag, "lang").as_deref().and_then(language), ..Entry::default() };
        entry.base = attribute(tag, "base").and_then(|base| resolved(&base, &self.base));
        entry.links[link::NAME] = attribute(tag, "about").as_deref().and_then(as_address);
        if is_empty { self.items.take(entry) } else { self.entry = Some(entry) }
    }

    fn finish_entry(&mut self) {
        if let Some(mut entry) = self.entry.take() {
            entry.base.get_or_insert_with(|| self.base.clone());
            self.items.take(entry);
        }
    }

    /// An element of the feed itself.
    fn outside(&mut self, tag: &BytesStart<'_>, (prefix, local): (&str, &str), is_empty: bool) {
        if !self.is_begun {
            self.is_begun = true;
            if local == "feed" {
                prefix.clone_into(&mut self.prefix);
            }
        }
        if matches!(local, "rss" | "rdf" | "feed" | "channel") {
            if let Some(base) = attribute(tag, "base").and_then(|base| resolved(&base, &self.base)) {
                self.base = base;
            }
            self.items.language =
                attribute(tag, "lang").as_deref().and_then(language).or(self.items.language.take());
            return;
        }
        let is_own = self.is_own(prefix);
        let field = match local {
            "language" if is_own || is_dublin(prefix) => Field::FeedLanguage,
            "ttl" if is_own => Field::Minutes,
            "updateperiod" => Field::Period,
            "updatefrequency" => Field::Frequency,
            _ => return,
        };
        self.open_field(field, tag, is_empty);
    }

    /// An element of an item.
    fn inside(&mut self, tag: &BytesStart<'_>, (prefix, local): (&str, &str), is_empty: bool) {
        let is_own = self.is_own(prefix);
        let field = match local {
            "link" if is_own => return self.link(tag, is_empty),
            "origlink" => Field::Link(link::ORIGIN),
            "title" if is_own || is_dublin(prefix) => Field::Title,
            // "If isPermaLink is not there, it is true" (RSS 2.0), and for a name that is no address it means nothing.
            "guid" if is_own && !attribute(tag, "ispermalink").is_some_and(|it| is_no(&it)) => {
                Field::Link(link::NAME)
            }
            "pubdate" | "published" | "issued" | "created" | "date" if is_own || is_dublin(prefix) => {
                Field::Published
            }
            "updated" | "modified" | "lastbuilddate" if is_own || is_dublin(prefix) => Field::Modified,
            "language" if is_own || is_dublin(prefix) => Field::Language,
            _ => {
                if !is_empty {
                    self.open = Open::Skipped(tag.name().as_ref().to_owned(), 1);
                }
                return;
            }
        };
        self.open_field(field, tag, is_empty);
    }

    /// A link: its address is an attribute in Atom (RFC 4287, 4.2.7), the text in RSS.
    fn link(&mut self, tag: &BytesStart<'_>, is_empty: bool) {
        let Some(entry) = &mut self.entry else { return };
        let Some(href) = attribute(tag, "href") else {
            self.link_before_text = is_empty;
            return self.open_field(Field::Link(link::LINK), tag, is_empty);
        };
        let relation = attribute(tag, "rel").unwrap_or_default().to_ascii_lowercase();
        let is_page = attribute(tag, "type").is_none_or(|media| media.contains("html"));
        let is_article = relation.is_empty() || relation.rsplit('/').next() == Some("alternate");
        if is_article && (is_page || entry.links[link::ALTERNATE].is_none()) {
            let base = entry.base.as_ref().unwrap_or(&self.base);
            let own = attribute(tag, "base").and_then(|own| resolved(&own, base));
            let href = own.and_then(|own| resolved(&href, &own)).map_or(href, Url::into);
            let place = if is_page { link::LINK } else { link::ALTERNATE };
            entry.links[place].get_or_insert(href);
        }
        if !is_empty {
            self.open = Open::Skipped(tag.name().as_ref().to_owned(), 1);
        }
    }

    fn open_field(&mut self, field: Field, tag: &BytesStart<'_>, is_empty: bool) {
        self.text.clear();
        if !is_empty {
            self.open = Open::Field(field, tag.name().as_ref().to_owned());
        }
    }

    fn append(&mut self, text: &str) {
        if matches!(self.open, Open::Field(..)) {
            let room = MAX_FIELD.saturating_sub(self.text.len());
            self.text.push_str(&text[..text.floor_char_boundary(room)]);
        } else if self.link_before_text && !text.trim().is_empty() {
            self.link_before_text = false;
            if let (Some(entry), Some(address)) = (&mut self.entry, as_address(text)) {
                entry.links[link::LINK].get_or_insert(address);
            }
        }
    }

    /// A reference: to a character, or to an entity of HTML. Those that the document declares are left out.
    fn reference(&mut self, name: &str) {
        match referenced(name) {
            Some(text) => self.append(&text),
            None if self.items.tally.entities => {}
            None => self.append(&format!("&{name};")),
        }
    }

    fn end(&mut self, name: &str) {
        let (prefix, local) = parts(name);
        if self.is_own(&prefix) && matches!(local.as_str(), "item" | "entry") {
            self.close_field();
            self.finish_entry();
            return;
        }
        match &mut self.open {
            Open::Field(_, own) if own == name => self.close_field(),
            Open::Skipped(own, count) if own == name => {
                *count -= 1;
                if *count == 0 {
                    self.open = Open::Nothing;
                }
            }
            Open::Field(..) => self.append(" "),
            _ => {}
        }
    }

    /// Puts the text of the open field where it belongs.
    fn close_field(&mut self) {
        self.link_before_text = false;
        let Open::Field(field, _) = std::mem::replace(&mut self.open, Open::Nothing) else { return };
        let text = std::mem::take(&mut self.text);
        let number = || text.trim().parse::<u64>().ok().filter(|number| *number > 0);
        match (field, &mut self.entry) {
            (Field::FeedLanguage, _) => self.items.language = language(&text).or(self.items.language.take()),
            (Field::Minutes, _) => {
                self.items.refresh = number().map(|minutes| Duration::from_secs(minutes.saturating_mul(60)));
            }
            (Field::Period, _) => self.period = period(&text),
            (Field::Frequency, _) => self.frequency = number(),
            (Field::Title, Some(entry)) if entry.title.is_empty() => entry.title = text,
            (Field::Link(link::NAME), Some(entry)) => entry.links[link::NAME] = as_address(&text),
            (Field::Link(place), Some(entry)) if !text.trim().is_empty() => {
                entry.links[place].get_or_insert(text);
            }
            (Field::Published, Some(entry)) if entry.published.len() < MAX_DATES => {
                entry.published.push(text);
            }
            (Field::Modified, Some(entry)) if entry.modified.len() < MAX_DATES => entry.modified.push(text),
            (Field::Language, Some(entry)) => entry.language = language(&text),
            _ => {}
        }
    }
}
