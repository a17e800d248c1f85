//! The sentences that articles are made of.
//!
//! Enters: `bank.txt`. Leaves: topics with their sentences, and what goes with any topic, by language.

/// All that one language has.
#[derive(Debug, Default)]
pub(super) struct Language {
    pub(super) code: &'static str,
    pub(super) places: Vec<&'static str>,
    pub(super) names: Vec<&'static str>,
    pub(super) tags: Vec<&'static str>,
    /// Sentences that go with any topic.
    pub(super) general: Vec<&'static str>,
    pub(super) topics: Vec<Topic>,
}

/// What there is to say about one thing: enough for two articles.
#[derive(Debug, Default)]
pub(super) struct Topic {
    pub(super) section: &'static str,
    pub(super) titles: Vec<&'static str>,
    pub(super) leads: Vec<&'static str>,
    pub(super) sentences: Vec<&'static str>,
    pub(super) quotes: Vec<&'static str>,
    pub(super) subheads: Vec<&'static str>,
    pub(super) captions: Vec<&'static str>,
}

/// Vietnamese and English, in this order.
pub(super) fn languages() -> Vec<Language> {
    let mut languages: Vec<Language> = Vec::new();
    for line in include_str!("bank.txt").lines() {
        let Some((kind, text)) = line.split_once(' ').filter(|(kind, _)| *kind != "#") else { continue };
        if kind == "!" {
            languages.push(Language { code: text, ..Language::default() });
        } else if let Some(language) = languages.last_mut() {
            take(language, kind, text);
        }
    }
    languages
}

fn take(language: &mut Language, kind: &str, text: &'static str) {
    match kind {
        "P" => language.places.push(text),
        "N" => language.names.push(text),
        "W" => language.tags.push(text),
        "G" => language.general.push(text),
        "@" => {
            let section = text.split_once(' ').map_or(text, |(_, section)| section);
            language.topics.push(Topic { section, ..Topic::default() });
        }
        _ => {
            let topic = language.topics.last_mut().expect("a topic before its lines");
            let list = match kind {
                "T" => &mut topic.titles,
                "L" => &mut topic.leads,
                "S" => &mut topic.sentences,
                "Q" => &mut topic.quotes,
                "H" => &mut topic.subheads,
                "C" => &mut topic.captions,
                _ => panic!("bank.txt: {kind} {text}"),
            };
            list.push(text);
        }
    }
}
