//! The tables that say what a crawl follows, and what their keys say together.
//!
//! Enters: the list of `[[source]]`. Leaves: its mistakes.
//! Invariant: what is wrong with one key is told once, and not again with those beside it.

use std::collections::HashSet;

use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::{Found, shown, wrong_type};
use crate::config::SourceKind;
use crate::config::schema;
use crate::config::value;

/// What `source` must be.
const LIST: &str = "a list: begin each with `[[source]]`";

impl Found<'_> {
    /// Looks at what stands under the name `source`.
    pub(super) fn source(&mut self, value: &Spanned<DeValue<'_>>) {
        match value.get_ref() {
            DeValue::Array(sources) => self.sources(sources),
            other => self.push(value.span(), wrong_type(schema::SOURCE, LIST, other), None),
        }
    }

    fn sources(&mut self, sources: &DeArray<'_>) {
        let mut names: HashSet<String> = HashSet::new();
        for source in sources {
            let DeValue::Table(keys) = source.get_ref() else {
                self.push(source.span(), wrong_type(schema::SOURCE, LIST, source.get_ref()), None);
                continue;
            };
            self.section(schema::SOURCE, keys);
            for needed in schema::SOURCE_NEEDS {
                if find(keys, needed).is_none() {
                    self.push(source.span(), format!("a `[[source]]` without `{needed}`"), None);
                }
            }
            self.place(keys);
            self.ranges(keys);
            let Some((name, text)) = text(keys, "name") else { continue };
            if !names.insert(text.to_owned()) {
                self.push(name.span(), format!("two sources are called \"{}\"", shown(text)), None);
            }
        }
    }

    /// The address, which for one kind may be a file.
    fn place(&mut self, keys: &DeTable<'_>) {
        let word = text(keys, "kind").map_or("feed", |(_, word)| word);
        let deserializer: StrDeserializer<'_, Error> = word.into_deserializer();
        let Ok(kind) = SourceKind::deserialize(deserializer) else { return };
        let Some((url, place)) = text(keys, "url") else { return };
        if let Err(why) = value::place(place, kind) {
            let given = if why.starts_with(place) { String::new() } else { format!(" \"{}\"", shown(place)) };
            self.push(url.span(), format!("`url`{given}: {why}"), None);
        }
    }

    /// Pairs of which the first may not be the greater.
    fn ranges(&mut self, keys: &DeTable<'_>) {
        if let (Some((_, since)), Some((until, last))) = (text(keys, "since"), text(keys, "until")) {
            let are_days = [since, last].iter().all(|day| !day.is_empty() && value::day(day).is_ok());
            // Days of this form are in the order of their texts.
            if are_days && since > last {
                self.push(
                    until.span(),
                    format!("`until` is before `since`, {since}, so that nothing is taken"),
                    None,
                );
            }
        }
        let (Some((_, least)), Some((most, longest))) =
            (text(keys, "adaptive_least"), text(keys, "adaptive_most"))
        else {
            return;
        };
        if let (Ok(Some(least)), Ok(Some(longest))) = (value::SECONDS(least), value::SECONDS(longest))
            && least > longest
        {
            self.push(most.span(), "`adaptive_most` is shorter than `adaptive_least`".to_owned(), None);
        }
    }
}

fn find<'a, 'b>(keys: &'a DeTable<'b>, name: &str) -> Option<&'a Spanned<DeValue<'b>>> {
    keys.iter().find(|(key, _)| key.get_ref().as_ref() == name).map(|(_, value)| value)
}

fn text<'a, 'b>(keys: &'a DeTable<'b>, name: &str) -> Option<(&'a Spanned<DeValue<'b>>, &'a str)> {
    let value = find(keys, name)?;
    Some((value, value.get_ref().as_str()?))
}
