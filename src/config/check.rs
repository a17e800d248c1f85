//! The comparison of a parsed file with the table of keys.
//!
//! Enters: a file's text and name. Leaves: all its mistakes, in the order of their lines.
//! Invariant: one mistake does not hide another, save on a line whose syntax is broken.

mod sources;

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue, Error};

use super::ConfigMistake;
use super::fetch::Seconds;
use super::mistake::nearest;
use super::schema::{self, Key, Takes};
use super::value::{self, Check};
use crate::label::Label;

/// All mistakes of the text; none means that it can be read as a `Config`.
pub(super) fn check(text: &str, file: &str) -> Vec<ConfigMistake> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let broken: Vec<ConfigMistake> = errors.iter().map(|error| from_toml_error(error, text, file)).collect();
    let line_starts =
        text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1).collect();
    let mut found = Found { line_starts, file, mistakes: Vec::new() };
    found.top(table.get_ref());
    // The parser fills a broken line with a guess, so what the walk says of it is no use to anyone.
    found.mistakes.retain(|mistake| broken.iter().all(|other| other.line != mistake.line));
    found.mistakes.extend(broken);
    found.mistakes.sort_by_key(|mistake| mistake.line);
    found.mistakes.dedup();
    found.mistakes
}

/// The parser's own error as a mistake with its line.
pub(super) fn from_toml_error(error: &Error, text: &str, file: &str) -> ConfigMistake {
    let start = error.span().map_or(0, |span| span.start).min(text.len());
    let line = text.bytes().take(start).filter(|byte| *byte == b'\n').count() + 1;
    ConfigMistake { file: file.to_owned(), line, what: error.message().replace('\n', "; "), nearest: None }
}

/// What the walk has found so far.
struct Found<'a> {
    /// Where each line but the first begins, in bytes.
    line_starts: Vec<usize>,
    file: &'a str,
    mistakes: Vec<ConfigMistake>,
}

impl Found<'_> {
    fn top(&mut self, table: &DeTable<'_>) {
        for (name, value) in table {
            let word = name.get_ref().as_ref();
            if !schema::sections().any(|section| section == word) {
                self.unknown_section(word, name.span(), value.get_ref());
                continue;
            }
            match value.get_ref() {
                _ if word == schema::SOURCE => self.source(value),
                DeValue::Table(keys) => self.section(word, keys),
                other => self.push(value.span(), wrong_type(word, "a section", other), None),
            }
        }
    }

    fn unknown_section(&mut self, word: &str, span: Range<usize>, value: &DeValue<'_>) {
        if value.is_table() {
            let near = nearest(word, schema::sections()).map(str::to_owned);
            let what = unknown(&format!("section `[{}]`", shown(word)), near.as_ref(), schema::sections());
            return self.push(span, what, near);
        }
        let near = schema::nearest_key("", word);
        let what = format!("key `{}` stands outside a section", shown(word));
        self.push(span, what, near);
    }

    fn section(&mut self, section: &str, keys: &DeTable<'_>) {
        for (name, value) in keys {
            let word = name.get_ref().as_ref();
            if let Some(key) = schema::find(section, word) {
                self.value(key, value);
                continue;
            }
            let near = schema::nearest_key(section, word);
            let table =
                if section == schema::SOURCE { format!("[[{section}]]") } else { format!("[{section}]") };
            let subject = format!("key `{}` in `{table}`", shown(word));
            self.push(name.span(), unknown(&subject, near.as_ref(), schema::keys_of(section)), near);
        }
    }

    fn value(&mut self, key: &Key, value: &Spanned<DeValue<'_>>) {
        let name = key.name;
        match (key.takes, value.get_ref()) {
            (Takes::Bool, DeValue::Boolean(_)) | (Takes::Text, DeValue::String(_)) => {}
            (Takes::Number(low, high), DeValue::Integer(number)) => {
                let fits = u64::from_str_radix(number.as_str(), number.radix())
                    .is_ok_and(|n| (low..=high).contains(&n));
                if !fits {
                    let what = format!("`{name}` is {}, but must be {low} to {high}", shown(number.as_str()));
                    self.push(value.span(), what, None);
                }
            }
            (Takes::Word(words), DeValue::String(text)) => self.word(name, words, text, value.span()),
            (Takes::Seconds(most), DeValue::Integer(_) | DeValue::Float(_)) => {
                self.seconds(name, value.get_ref(), most, value.span());
            }
            (Takes::Texts, DeValue::Array(items)) => self.texts(name, items),
            (Takes::Path, DeValue::String(text)) => self.path(name, text, value.span()),
            (Takes::Paths, DeValue::Array(items)) => self.paths(name, items),
            (Takes::Labels, DeValue::Array(items)) => {
                self.labels(name, items);
                if items.is_empty() {
                    self.push(value.span(), format!("`{name}` is empty, so nothing would be written"), None);
                }
            }
            (Takes::Checked(_, check), DeValue::String(text)) => {
                self.checked(name, check, text, value.span());
            }
            (Takes::Patterns, DeValue::Array(items)) => {
                self.texts(name, items);
                for item in items {
                    self.checked(name, value::pattern, item.get_ref().as_str().unwrap_or("*"), item.span());
                }
            }
            (Takes::SomeLabels, DeValue::Array(items)) => self.labels(name, items),
            (takes, other) => self.push(value.span(), wrong_type(name, wanted(takes), other), None),
        }
    }

    fn word(&mut self, name: &str, words: &'static [&'static str], text: &str, span: Range<usize>) {
        if words.contains(&text) {
            return;
        }
        let near = nearest(text, words.iter().copied()).map(str::to_owned);
        let what = format!("`{name}` is \"{}\", but must be {}", shown(text), alternatives(words));
        self.push(span, what, near);
    }

    fn seconds(&mut self, name: &str, value: &DeValue<'_>, most: Seconds, span: Range<usize>) {
        let text = match value {
            DeValue::Integer(number) => number.as_str(),
            DeValue::Float(number) => number.as_str(),
            _ => "",
        };
        let number = text.replace('_', "").parse::<f64>().ok().filter(|number| *number >= 0.0);
        if number.is_none_or(|number| Seconds::from_number(number) > most) {
            let what = format!("`{name}` is {}, but must be 0 to {} seconds", shown(text), most.0 / 1_000);
            self.push(span, what, None);
        }
    }

    fn texts(&mut self, name: &str, items: &DeArray<'_>) {
        for item in items {
            if !item.get_ref().is_str() {
                self.push(item.span(), wrong_type(name, "a list of texts", item.get_ref()), None);
            }
        }
    }

    fn paths(&mut self, name: &str, items: &DeArray<'_>) {
        for item in items {
            match item.get_ref() {
                DeValue::String(text) => self.path(name, text, item.span()),
                other => self.push(item.span(), wrong_type(name, "a list of paths", other), None),
            }
        }
    }

    fn labels(&mut self, name: &str, items: &DeArray<'_>) {
        let mut seen = Vec::new();
        for item in items {
            let DeValue::String(word) = item.get_ref() else {
                self.push(item.span(), wrong_type(name, "a list of labels", item.get_ref()), None);
                continue;
            };
            match Label::from_name(word) {
                None => {
                    let what = format!("`{name}` holds \"{}\", which is no label", shown(word));
                    self.push(item.span(), what, schema::nearest_label(word));
                }
                Some(label) if seen.contains(&label) => {
                    self.push(item.span(), format!("`{name}` holds \"{}\" twice", label.name()), None);
                }
                Some(label) => seen.push(label),
            }
        }
    }

    fn checked(&mut self, name: &str, check: Check, text: &str, span: Range<usize>) {
        if let Err(why) = check(text) {
            // Some say themselves what they were given.
            let given = if why.starts_with('"') { String::new() } else { format!(" \"{}\"", shown(text)) };
            self.push(span, format!("`{name}`{given}: {why}"), None);
        }
    }

    fn path(&mut self, name: &str, path: &str, span: Range<usize>) {
        if path.is_empty() {
            self.push(span, format!("`{name}` holds an empty path"), None);
        } else if path.contains('\0') {
            self.push(span, format!("`{name}` holds a path with a NUL character"), None);
        }
    }

    fn push(&mut self, span: Range<usize>, what: String, nearest: Option<String>) {
        let line = self.line_starts.partition_point(|start| *start <= span.start) + 1;
        self.mistakes.push(ConfigMistake { file: self.file.to_owned(), line, what, nearest });
    }
}

/// `unknown …`, with the list of what there is where no suggestion follows.
fn unknown(subject: &str, near: Option<&String>, valid: impl Iterator<Item = &'static str>) -> String {
    if near.is_some() {
        return format!("unknown {subject}");
    }
    format!("unknown {subject}; valid are {}", valid.collect::<Vec<_>>().join(", "))
}

fn wrong_type(name: &str, wanted: &str, found: &DeValue<'_>) -> String {
    let found = match found {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a decimal number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a section",
    };
    format!("`{name}` must be {wanted}, but is {found}")
}

fn wanted(takes: Takes) -> &'static str {
    match takes {
        Takes::Bool => "true or false",
        Takes::Number(..) => "a whole number",
        Takes::Seconds(_) => "a number of seconds",
        Takes::Text => "a text in quotes",
        Takes::Texts => "a list of texts",
        Takes::Path => "a path in quotes",
        Takes::Paths => "a list of paths",
        Takes::Word(_) => "a word in quotes",
        Takes::Labels | Takes::SomeLabels => "a list of labels",
        Takes::Patterns => "a list of patterns",
        Takes::Checked(wanted, _) => wanted,
    }
}

fn alternatives(words: &[&str]) -> String {
    words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(" or ")
}

/// A word from the file, short and without control characters, fit for a message.
fn shown(word: &str) -> String {
    const LONGEST: usize = 40;
    let short: String = word.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if word.chars().nth(LONGEST).is_some() { format!("{short}…") } else { short }
}
