//! Rules as data: site rules, phrases and markup words, compiled once.
//!
//! Enters: TOML texts with their names (the shipped ones are built in; a user's are read by the command line).
//! Leaves: a [`RuleSet`], shared by all threads.

pub mod attribute;
pub mod markup;
pub mod phrase;
mod sieve;
pub mod site;

use thiserror::Error;

use crate::rules::attribute::Attributes;
use crate::rules::markup::Lexicon;
use crate::rules::phrase::Phrases;
use crate::rules::site::SiteRule;

/// The shipped phrase files, one a language: name in evidence, text. Where two languages share a phrase, the first file
/// says what it means.
pub const PHRASE_FILES: [(&str, &str); 28] = [
    ("phrases/vi.toml", include_str!("phrases/vi.toml")),
    ("phrases/en.toml", include_str!("phrases/en.toml")),
    ("phrases/ar.toml", include_str!("phrases/ar.toml")),
    ("phrases/cs.toml", include_str!("phrases/cs.toml")),
    ("phrases/da.toml", include_str!("phrases/da.toml")),
    ("phrases/de.toml", include_str!("phrases/de.toml")),
    ("phrases/el.toml", include_str!("phrases/el.toml")),
    ("phrases/es.toml", include_str!("phrases/es.toml")),
    ("phrases/fi.toml", include_str!("phrases/fi.toml")),
    ("phrases/fr.toml", include_str!("phrases/fr.toml")),
    ("phrases/he.toml", include_str!("phrases/he.toml")),
    ("phrases/hi.toml", include_str!("phrases/hi.toml")),
    ("phrases/hu.toml", include_str!("phrases/hu.toml")),
    ("phrases/id.toml", include_str!("phrases/id.toml")),
    ("phrases/it.toml", include_str!("phrases/it.toml")),
    ("phrases/ja.toml", include_str!("phrases/ja.toml")),
    ("phrases/ko.toml", include_str!("phrases/ko.toml")),
    ("phrases/lt.toml", include_str!("phrases/lt.toml")),
    ("phrases/nb.toml", include_str!("phrases/nb.toml")),
    ("phrases/nl.toml", include_str!("phrases/nl.toml")),
    ("phrases/pl.toml", include_str!("phrases/pl.toml")),
    ("phrases/pt.toml", include_str!("phrases/pt.toml")),
    ("phrases/ro.toml", include_str!("phrases/ro.toml")),
    ("phrases/ru.toml", include_str!("phrases/ru.toml")),
    ("phrases/sv.toml", include_str!("phrases/sv.toml")),
    ("phrases/tr.toml", include_str!("phrases/tr.toml")),
    ("phrases/uk.toml", include_str!("phrases/uk.toml")),
    ("phrases/zh.toml", include_str!("phrases/zh.toml")),
];

/// The shipped site rules: name in evidence, text.
pub const SITE_FILES: [(&str, &str); 7] = [
    ("sites/admicro.toml", include_str!("sites/admicro.toml")),
    ("sites/baodautu.toml", include_str!("sites/baodautu.toml")),
    ("sites/dantri.toml", include_str!("sites/dantri.toml")),
    ("sites/epi.toml", include_str!("sites/epi.toml")),
    ("sites/mastercms.toml", include_str!("sites/mastercms.toml")),
    ("sites/vietnamnet.toml", include_str!("sites/vietnamnet.toml")),
    ("sites/vnexpress.toml", include_str!("sites/vnexpress.toml")),
];

/// Site rules, phrases and markup words.
#[derive(Debug, Clone)]
pub struct RuleSet {
    /// Site rules; a user's stand first and win.
    pub sites: Vec<SiteRule>,
    /// Phrases of all languages.
    pub phrases: Phrases,
    /// Words of class, id, role and itemprop.
    pub lexicon: Lexicon,
    /// Attributes that a page has to keep for the rules and for the stages.
    pub attributes: Attributes,
}

/// What is wrong with a rule file.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RuleError {
    /// The file is no TOML, or has keys or values that no rule has.
    #[error("{file}: {source}")]
    Toml {
        /// The rule file.
        file: String,
        /// What and where.
        source: toml::de::Error,
    },
    /// A selector that does not parse.
    #[error("{file}: the selector `{selector}` does not parse")]
    Selector {
        /// The rule file.
        file: String,
        /// The selector as written.
        selector: String,
    },
    /// A label that a rule may not give.
    #[error("{file}: `{label}` cannot be dropped: it is a label of the article")]
    Label {
        /// The rule file.
        file: String,
        /// The label as written.
        label: String,
    },
}

/// Rule files that a user adds to the shipped ones: name in evidence, text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserRules {
    /// Site rules.
    pub sites: Vec<(String, String)>,
    /// Phrase files.
    pub phrases: Vec<(String, String)>,
}

impl RuleSet {
    /// The shipped rules with a user's before them.
    ///
    /// # Errors
    /// The first file that cannot be used.
    pub fn new(user: &UserRules) -> Result<RuleSet, RuleError> {
        let toml_error = |file: &str| {
            let file = file.to_owned();
            move |source| RuleError::Toml { file, source }
        };
        let mut phrases = Phrases::default();
        for (name, text) in own_first(&user.phrases, &PHRASE_FILES) {
            phrases.add(name, text).map_err(toml_error(name))?;
        }
        let (mut sites, mut attributes) = (Vec::new(), Attributes::default());
        for (name, text) in own_first(&user.sites, &SITE_FILES) {
            let site = SiteRule::from_toml(name, text)?;
            site.selectors().for_each(|selector| attributes.keep_for(selector));
            sites.push(site);
        }
        let lexicon = Lexicon::from_toml(include_str!("markup.toml")).map_err(toml_error("markup.toml"))?;
        Ok(RuleSet { sites, phrases, lexicon, attributes })
    }
}

fn own_first<'a>(
    own: &'a [(String, String)],
    shipped: &'a [(&str, &str)],
) -> impl Iterator<Item = (&'a str, &'a str)> {
    own.iter().map(|(name, text)| (name.as_str(), text.as_str())).chain(shipped.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shipped_rules_load() {
        RuleSet::new(&UserRules::default()).expect("shipped rules");
    }
}
