//! The table of sections and keys that a configuration may have.
//!
//! Enters: nothing. Leaves: for each key its section and the values it takes.
//! Invariant: the table and the fields of [`super::Config`] are the same set; a test compares them.

use super::fetch::Seconds;
use super::mistake::nearest;
use super::value::{self, Check};
use crate::label::Label;

/// One key of a section.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    pub(super) section: &'static str,
    pub(super) name: &'static str,
    pub(super) takes: Takes,
}

/// The values a key takes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Takes {
    /// `true` or `false`.
    Bool,
    /// A whole number, both ends included.
    Number(u64, u64),
    /// A number of seconds from 0 to this, fractions allowed.
    Seconds(Seconds),
    /// Any text, also an empty one.
    Text,
    /// A list of texts.
    Texts,
    /// A path that is not empty.
    Path,
    /// A list of such paths.
    Paths,
    /// One of these words.
    Word(&'static [&'static str]),
    /// At least one label, each once.
    Labels,
    /// Labels, each once, or none.
    SomeLabels,
    /// A list of patterns that are not empty.
    Patterns,
    /// A text that passes a check; with what it is called where something else stands there.
    Checked(&'static str, Check),
}

const fn key(section: &'static str, name: &'static str, takes: Takes) -> Key {
    Key { section, name, takes }
}

/// All keys, in the order of the shipped file.
pub(super) const KEYS: &[Key] = &[
    key("input", "max_document_mib", Takes::Number(1, 1024)),
    key("clean", "include", Takes::Labels),
    key("clean", "site_rules", Takes::Bool),
    key("rules", "dirs", Takes::Paths),
    key("dedup", "mode", Takes::Word(&["off", "exact"])),
    key("output", "dir", Takes::Path),
    key("output", "format", Takes::Word(&["txt", "jsonl"])),
    key("output", "naming", Takes::Word(&["hash", "source"])),
    key("fetch", "contact", Takes::Text),
    key("fetch", "user_agent", Takes::Text),
    key("fetch", "delay", Takes::Seconds(Seconds::MOST)),
    key("fetch", "timeout", Takes::Seconds(Seconds::MOST)),
    key("fetch", "concurrency", Takes::Number(1, 4096)),
    key("fetch", "attempts", Takes::Number(1, 20)),
    key("fetch", "robots", Takes::Bool),
    key("fetch", "archive", Takes::Word(&["off", "on", "only"])),
    key("fetch", "max_page_mib", Takes::Number(1, 1024)),
    key("fetch", "allow_addresses", Takes::Texts),
    key("fetch", "host_fields", Takes::Texts),
    key("fetch", "proxy", Takes::Text),
    key("fetch", "certificates", Takes::Paths),
    key("crawl", "revisions", Takes::Bool),
    key("crawl", "notify", Takes::Text),
    key("crawl", "notify_after", Takes::Number(1, 1000)),
    key("crawl", "metrics", Takes::Checked("an address in quotes", value::loopback)),
    key("run", "jobs", Takes::Number(0, 1024)),
    key("run", "quiet", Takes::Bool),
    key("run", "log_format", Takes::Word(&["text", "json"])),
];

/// The name of the tables of which there may be many.
pub(super) const SOURCE: &str = "source";

/// Keys that each of them must have.
pub(super) const SOURCE_NEEDS: [&str; 2] = ["name", "url"];

/// The keys of a `[[source]]`.
pub(super) const SOURCE_KEYS: &[Key] = &[
    key(SOURCE, "name", Takes::Checked("a name in quotes", value::name)),
    key(SOURCE, "kind", Takes::Word(&["feed", "sitemap", "listing", "urls"])),
    // What it takes depends on the kind, and is looked at with it.
    key(SOURCE, "url", Takes::Checked("an address in quotes", |_| Ok(()))),
    key(SOURCE, "schedule", Takes::Checked("a schedule in quotes", value::SCHEDULE)),
    key(SOURCE, "zone", Takes::Checked("a time zone in quotes", value::ZONE)),
    key(SOURCE, "jitter", Takes::Number(0, 86_400)),
    key(SOURCE, "enabled", Takes::Bool),
    key(SOURCE, "adaptive", Takes::Bool),
    key(SOURCE, "adaptive_least", Takes::Checked("an interval in quotes, such as \"5m\"", value::INTERVAL)),
    key(SOURCE, "adaptive_most", Takes::Checked("an interval in quotes, such as \"1d\"", value::INTERVAL)),
    key(SOURCE, "include", Takes::SomeLabels),
    key(SOURCE, "folder", Takes::Checked("a folder in quotes", value::folder)),
    key(SOURCE, "delay", Takes::Seconds(Seconds::MOST)),
    key(SOURCE, "since", Takes::Checked("a day in quotes, such as \"2026-01-31\"", value::day)),
    key(SOURCE, "until", Takes::Checked("a day in quotes, such as \"2026-01-31\"", value::day)),
    key(SOURCE, "max_age_days", Takes::Number(0, 36_500)),
    key(SOURCE, "newest_first", Takes::Bool),
    key(SOURCE, "limit", Takes::Number(0, 1_000_000)),
    key(SOURCE, "max_links", Takes::Number(1, 20_000)),
    key(SOURCE, "max_pages", Takes::Number(1, 1_000)),
    key(SOURCE, "only", Takes::Patterns),
    key(SOURCE, "except", Takes::Patterns),
];

/// The sections, each once, in the order of the shipped file.
pub(super) fn sections() -> impl Iterator<Item = &'static str> {
    let first = |i: usize| i == 0 || KEYS[i - 1].section != KEYS[i].section;
    KEYS.iter().enumerate().filter(move |(i, _)| first(*i)).map(|(_, key)| key.section).chain([SOURCE])
}

/// The names of a section's keys.
pub(super) fn keys_of(section: &str) -> impl Iterator<Item = &'static str> {
    KEYS.iter().chain(SOURCE_KEYS).filter(move |key| key.section == section).map(|key| key.name)
}

/// The key of that name in that section.
pub(super) fn find(section: &str, name: &str) -> Option<&'static Key> {
    KEYS.iter().chain(SOURCE_KEYS).find(|key| key.section == section && key.name == name)
}

/// The key that an unknown name most likely means: in its own section first, then in any other.
pub(super) fn nearest_key(section: &str, name: &str) -> Option<String> {
    if let Some(own) = nearest(name, keys_of(section)) {
        return Some(own.to_owned());
    }
    let all = || KEYS.iter().chain(SOURCE_KEYS);
    let elsewhere = nearest(name, all().map(|key| key.name))?;
    let key = all().find(|key| key.name == elsewhere)?;
    Some(if key.section == SOURCE {
        format!("[[{SOURCE}]] {}", key.name)
    } else {
        format!("[{}] {}", key.section, key.name)
    })
}

/// The label that an unknown word most likely means.
pub(super) fn nearest_label(word: &str) -> Option<String> {
    nearest(word, Label::ALL.map(Label::name)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::config::Config;

    fn defaults() -> toml::Table {
        toml::from_str(&Config::default().to_toml()).expect("the default is TOML")
    }

    #[test]
    fn the_table_is_the_struct() {
        let table: BTreeSet<(String, String)> =
            KEYS.iter().map(|key| (key.section.to_owned(), key.name.to_owned())).collect();
        let fields: BTreeSet<(String, String)> = defaults()
            .iter()
            .flat_map(|(section, keys)| {
                let keys = keys.as_table().expect("a section is a table");
                keys.keys().map(|key| (section.clone(), key.clone())).collect::<Vec<_>>()
            })
            .collect();
        assert_eq!(table, fields);
        assert_eq!(table.len(), KEYS.len(), "a key stands twice");
    }

    #[test]
    fn the_table_of_sources_is_the_struct() {
        let source = crate::config::Source { delay: Some(Seconds(1)), ..Default::default() };
        let config = Config { source: vec![source], ..Config::default() };
        let shown: toml::Table = toml::from_str(&config.to_toml()).expect("TOML");
        let fields: BTreeSet<&str> =
            shown["source"][0].as_table().expect("a table").keys().map(String::as_str).collect();
        assert_eq!(fields, keys_of(SOURCE).collect());
    }

    #[test]
    fn every_word_of_the_table_is_read() {
        for key in KEYS {
            let Takes::Word(words) = key.takes else { continue };
            for word in words {
                let text = format!("[{}]\n{} = \"{word}\"\n", key.section, key.name);
                Config::from_toml(&text, "t").expect(&text);
            }
        }
    }

    #[test]
    fn both_ends_of_each_range_are_read() {
        for key in KEYS {
            let Takes::Number(low, high) = key.takes else { continue };
            for number in [low, high] {
                let text = format!("[{}]\n{} = {number}\n", key.section, key.name);
                Config::from_toml(&text, "t").expect(&text);
            }
            let text = format!("[{}]\n{} = {}\n", key.section, key.name, high + 1);
            assert!(Config::from_toml(&text, "t").is_err(), "{text}");
        }
    }
}
