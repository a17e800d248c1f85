//! A sitemap in XML as a stream of tags.
//!
//! Enters: text from its first tag on. Leaves: its entries, whole ones only.
//! Invariant: one entry is in memory; names count without regard to case or namespace, and where reading cannot go on,
//! what was whole before has left.

use quick_xml::Reader;
use quick_xml::errors::Error;
use quick_xml::events::{BytesStart, Event};

use super::decoding::Decoding;
use super::{Entries, SitemapItem, SitemapKind, Walked};
use crate::parse::entity::tidy;
use crate::source::follow::tag::{attributes, language, parts, referenced};
use crate::source::follow::{Found, NotFollowed, date};

/// Bytes of a field that are kept.
const MAX_FIELD: usize = 16 * 1024;
/// Characters of a title.
const MAX_TITLE: usize = 500;
/// Elements that may be open at a time: an honest sitemap has five.
const MAX_DEPTH: usize = 256;
/// Faults that are passed over.
const MAX_FAULTS: usize = 1_000;

/// Reads all entries.
pub(super) fn walk(text: Decoding, entries: Entries<'_>) -> Result<Walked, NotFollowed> {
    let mut reader = Reader::from_reader(text);
    let config = reader.config_mut();
    (config.check_end_names, config.allow_unmatched_ends, config.allow_dangling_amp) = (false, true, true);
    let mut walk = Walk::new(entries);
    let mut piece = Vec::new();
    let mut end = None;
    while !walk.is_done {
        piece.clear();
        reader.get_mut().rewind();
        match reader.read_event_into(&mut piece) {
            Ok(Event::Eof) => {
                walk.entries.tally.truncated |= walk.entry.is_some();
                break;
            }
            Ok(Event::DocType(text)) if text.contains("<!ENTITY") => return Err(NotFollowed::Entities),
            Ok(event) => walk.event(&event),
            Err(Error::IllFormed(_)) if walk.faults < MAX_FAULTS => {
                walk.faults += 1;
                walk.entries.tally.broken = true;
            }
            Err(Error::Io(error)) => {
                end = Some(error);
                break;
            }
            // Markup that begins and never ends.
            Err(_) => {
                walk.entries.tally.truncated = true;
                break;
            }
        }
    }
    walk.entries.finish(walk.kind, end.as_deref())
}

/// The texts of an entry.
#[derive(Debug, Default)]
struct Entry {
    is_sitemap: bool,
    address: String,
    changed: String,
    published: String,
    title: String,
    language: String,
}

/// The field that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Address,
    Changed,
    Published,
    Title,
    Language,
}

struct Walk<'a> {
    entries: Entries<'a>,
    kind: SitemapKind,
    /// Prefix of the sitemap's own elements, and of those of news sitemaps.
    prefix: String,
    news: String,
    entry: Option<Entry>,
    field: Option<Field>,
    depth: usize,
    faults: usize,
    is_done: bool,
}

impl<'a> Walk<'a> {
    fn new(entries: Entries<'a>) -> Walk<'a> {
        Walk {
            entries,
            kind: SitemapKind::Pages,
            prefix: String::new(),
            news: "news".to_owned(),
            entry: None,
            field: None,
            depth: 0,
            faults: 0,
            is_done: false,
        }
    }

    fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Start(tag) => {
                self.depth += 1;
                if self.depth > MAX_DEPTH {
                    self.entries.tally.broken = true;
                    self.is_done = true;
                }
                self.start(tag);
            }
            Event::End(tag) => {
                self.depth = self.depth.saturating_sub(1);
                self.end(tag.name().as_ref());
            }
            Event::Text(text) => self.append(text),
            Event::CData(text) => self.append(text),
            Event::GeneralRef(name) => match referenced(name) {
                Some(text) => self.append(&text),
                None => self.append(&format!("&{};", &**name)),
            },
            _ => {}
        }
    }

    fn start(&mut self, tag: &BytesStart<'_>) {
        let (prefix, local) = parts(tag.name().as_ref());
        match local.as_str() {
            "urlset" | "sitemapindex" => {
                self.kind = if local == "urlset" { SitemapKind::Pages } else { SitemapKind::Index };
                let mut spaces = attributes(tag).filter(|(kind, _, _)| kind == "xmlns");
                if let Some((_, news, _)) = spaces.find(|(_, _, space)| space.contains("sitemap-news")) {
                    self.news = news;
                }
                self.prefix = prefix;
            }
            "url" | "sitemap" if prefix == self.prefix => {
                // An entry inside another one: the first was never closed.
                self.finish_entry();
                let is_sitemap = local == "sitemap";
                self.entry = Some(Entry { is_sitemap, ..Entry::default() });
            }
            _ => self.field = self.field_of(&prefix, &local),
        }
    }

    fn field_of(&self, prefix: &str, local: &str) -> Option<Field> {
        match local {
            "loc" if prefix == self.prefix => Some(Field::Address),
            "lastmod" if prefix == self.prefix => Some(Field::Changed),
            "publication_date" if prefix == self.news => Some(Field::Published),
            "title" if prefix == self.news => Some(Field::Title),
            "language" if prefix == self.news => Some(Field::Language),
            _ => None,
        }
    }

    fn append(&mut self, text: &str) {
        let (Some(field), Some(entry)) = (self.field, &mut self.entry) else { return };
        let kept = match field {
            Field::Address => &mut entry.address,
            Field::Changed => &mut entry.changed,
            Field::Published => &mut entry.published,
            Field::Title => &mut entry.title,
            Field::Language => &mut entry.language,
        };
        let room = MAX_FIELD.saturating_sub(kept.len());
        kept.push_str(&text[..text.floor_char_boundary(room)]);
    }

    fn end(&mut self, name: &str) {
        let (prefix, local) = parts(name);
        self.field = None;
        if prefix == self.prefix && matches!(local.as_str(), "url" | "sitemap") {
            self.finish_entry();
        }
    }

    fn finish_entry(&mut self) {
        self.field = None;
        let Some(entry) = self.entry.take() else { return };
        if self.entries.is_full() {
            self.entries.tally.many_items = Some(self.entries.limits.entries);
            self.is_done = true;
            return;
        }
        let Some(url) = self.entries.admitted(&entry.address) else { return };
        let modified = self.time(&entry.changed);
        let item = if entry.is_sitemap {
            SitemapItem::Sitemap { url, modified }
        } else {
            let published = self.time(&entry.published);
            let title = tidy(&entry.title, MAX_TITLE);
            let language = language(&entry.language);
            SitemapItem::Page(Found { url, title, published, modified, language })
        };
        self.entries.give(item);
        self.is_done |= self.entries.stopped;
    }

    fn time(&mut self, text: &str) -> Option<i64> {
        if text.trim().is_empty() {
            return None;
        }
        let zone = date::zone(self.entries.base, None);
        date::read(text, self.entries.limits.now, zone, &mut self.entries.tally)
    }
}
