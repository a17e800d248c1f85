//! JSON Feed 1.0 and 1.1 (<https://www.jsonfeed.org/version/1.1/>).
//!
//! Enters: text that begins with a brace. Leaves: its items, as far as they are whole.
//! Invariant: one item at a time is in memory, besides those that were taken.

use std::fmt;

use serde::Deserializer as _;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Deserializer, Value};
use url::Url;

use super::super::notice::Tally;
use super::super::tag::language;
use super::super::{Followed, NotFollowed};
use super::entry::{Entry, Items, as_address, link};

/// Reads a feed; `after_junk` tells that other text stood before it.
pub(super) fn read(text: &str, after_junk: bool, base: &Url, now: i64) -> Result<Followed, NotFollowed> {
    let mut items = Items::new(base, now);
    items.tally = Tally { junk_before: after_junk, ..Tally::default() };
    let mut feed = Feed { items: &mut items, has_version: false, has_items: false };
    let outcome = Deserializer::from_str(text).deserialize_map(&mut feed);
    let is_feed = feed.has_items && (feed.has_version || outcome.is_ok());
    match outcome {
        _ if !is_feed => return Err(NotFollowed::Unknown),
        Err(error) if error.is_eof() => items.tally.truncated = true,
        Err(_) => items.tally.broken = true,
        Ok(()) => {}
    }
    Ok(items.finish())
}

/// The outermost object.
struct Feed<'a> {
    items: &'a mut Items,
    has_version: bool,
    has_items: bool,
}

impl<'de> Visitor<'de> for &mut Feed<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a feed")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "version" => {
                    let version: Value = map.next_value()?;
                    self.has_version = version.as_str().is_some_and(|text| text.contains("jsonfeed.org"));
                }
                "language" => {
                    let value: Value = map.next_value()?;
                    self.items.language = value.as_str().and_then(language);
                }
                "items" => {
                    self.has_items = true;
                    map.next_value_seed(List(self.items))?;
                }
                _ => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        Ok(())
    }
}

/// The array of items.
struct List<'a>(&'a mut Items);

impl<'de> DeserializeSeed<'de> for List<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for List<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list of items")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        loop {
            if self.0.is_full() {
                while list.next_element::<IgnoredAny>()?.is_some() {
                    self.0.take(Entry::default());
                }
                return Ok(());
            }
            let Some(item) = list.next_element::<Value>()? else { return Ok(()) };
            self.0.take(entry(&item));
        }
    }
}

/// The fields of an item. One that is no object has none.
fn entry(item: &Value) -> Entry {
    let text = |name: &str| item.get(name).and_then(Value::as_str).map(str::to_owned);
    let mut entry = Entry {
        title: text("title").unwrap_or_default(),
        published: text("date_published").into_iter().collect(),
        modified: text("date_modified").into_iter().collect(),
        language: text("language").as_deref().and_then(language),
        ..Entry::default()
    };
    entry.links[link::LINK] = text("url").filter(|url| !url.trim().is_empty());
    entry.links[link::ALTERNATE] = text("external_url");
    entry.links[link::NAME] = text("id").as_deref().and_then(as_address);
    entry
}
