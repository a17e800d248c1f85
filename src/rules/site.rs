//! Site rules: where a host or a family of sites keeps title, lead, body and the rest.
//!
//! Enters: a TOML file. Leaves: a [`SiteRule`] with compiled selectors. Matching happens in `segment`.

use memchr::memmem::Finder;
use scraper::Selector;
use serde::Deserialize;

use crate::label::Label;
use crate::rules::RuleError;

/// A host's or family's rule.
#[derive(Debug, Clone)]
pub struct SiteRule {
    /// Its id and file: `sites/mastercms.toml`.
    pub id: String,
    /// Hosts it serves, with their subdomains.
    pub hosts: Vec<String>,
    /// Any of these in a page says that the page is of the family.
    pub detect: Vec<Detector>,
    /// Layouts over the years; the first whose body is found is taken.
    pub versions: Vec<SiteVersion>,
    /// All selectors as written.
    selectors: Vec<String>,
}

/// A selector, and the name in it that a page must hold for the selector to be worth a walk.
#[derive(Debug, Clone)]
pub struct Detector {
    /// The selector.
    pub selector: Selector,
    needle: Finder<'static>,
    /// Whether the name is that of a class or an id.
    is_name: bool,
}

impl Detector {
    /// Whether a page of this markup, with these classes and ids in it, may match.
    #[must_use]
    pub fn may_match(&self, markup: &str, names: &[u8]) -> bool {
        self.needle.find(if self.is_name { names } else { markup.as_bytes() }).is_some()
    }
}

/// One layout of a site. Of each list of selectors the first that matches counts.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "each field is the part of the page it finds")]
pub struct SiteVersion {
    pub title: Vec<Selector>,
    pub lead: Vec<Selector>,
    pub body: Vec<Selector>,
    pub caption: Vec<Selector>,
    pub author: Vec<Selector>,
    pub date: Vec<Selector>,
    pub section: Vec<Selector>,
    pub tags: Vec<Selector>,
    /// What is to go, wherever it stands; every match counts.
    pub drop: Vec<(Selector, Label)>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    id: String,
    #[serde(rename = "name")]
    _name: String,
    #[serde(default)]
    hosts: Vec<String>,
    #[serde(default)]
    detect: Vec<String>,
    version: Vec<Version>,
    #[serde(default, rename = "test")]
    _test: Vec<TestPage>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TestPage {
    #[serde(rename = "page")]
    _page: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
struct Version {
    #[serde(rename = "since")]
    _since: String,
    title: Vec<String>,
    lead: Vec<String>,
    body: Vec<String>,
    caption: Vec<String>,
    author: Vec<String>,
    date: Vec<String>,
    section: Vec<String>,
    tags: Vec<String>,
    drop: Vec<Drop>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Drop {
    select: String,
    label: Label,
}

impl File {
    fn selectors(&self) -> impl Iterator<Item = &String> {
        self.detect.iter().chain(self.version.iter().flat_map(Version::selectors))
    }
}

impl Version {
    fn selectors(&self) -> impl Iterator<Item = &String> {
        let Version { title, lead, body, caption, author, date, section, tags, .. } = self;
        let lists = [title, lead, body, caption, author, date, section, tags];
        lists.into_iter().flatten().chain(self.drop.iter().map(|entry| &entry.select))
    }
}

impl SiteRule {
    /// Compiles a rule file. `name` is how evidence and errors call it.
    ///
    /// # Errors
    /// [`RuleError`] where the file cannot be used.
    pub fn from_toml(name: &str, text: &str) -> Result<SiteRule, RuleError> {
        let file: File =
            toml::from_str(text).map_err(|source| RuleError::Toml { file: name.to_owned(), source })?;
        let selectors = file.selectors().cloned().collect();
        let compile = |selectors: &[String]| {
            selectors.iter().map(|text| selector(name, text)).collect::<Result<Vec<_>, _>>()
        };
        let versions = file.version.iter().map(|version| {
            let drop = version.drop.iter().map(|entry| {
                if entry.label.is_article() {
                    return Err(RuleError::Label {
                        file: name.to_owned(),
                        label: entry.label.name().to_owned(),
                    });
                }
                Ok((selector(name, &entry.select)?, entry.label))
            });
            Ok(SiteVersion {
                title: compile(&version.title)?,
                lead: compile(&version.lead)?,
                body: compile(&version.body)?,
                caption: compile(&version.caption)?,
                author: compile(&version.author)?,
                date: compile(&version.date)?,
                section: compile(&version.section)?,
                tags: compile(&version.tags)?,
                drop: drop.collect::<Result<Vec<_>, RuleError>>()?,
            })
        });
        Ok(SiteRule {
            id: format!("{}@{name}", file.id),
            hosts: file.hosts,
            detect: file.detect.iter().map(|text| detector(name, text)).collect::<Result<Vec<_>, _>>()?,
            versions: versions.collect::<Result<Vec<_>, RuleError>>()?,
            selectors,
        })
    }

    /// All its selectors, as written.
    pub fn selectors(&self) -> impl Iterator<Item = &str> {
        self.selectors.iter().map(String::as_str)
    }

    /// Whether a host is one of the rule's, or below one.
    #[must_use]
    pub fn serves(&self, host: &str) -> bool {
        self.hosts.iter().any(|own| {
            host.strip_suffix(own.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        })
    }
}

fn selector(file: &str, text: &str) -> Result<Selector, RuleError> {
    Selector::parse(text)
        .map_err(|_| RuleError::Selector { file: file.to_owned(), selector: text.to_owned() })
}

fn detector(file: &str, text: &str) -> Result<Detector, RuleError> {
    let names = text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-')));
    let longest = names.max_by_key(|name| name.len()).unwrap_or_default();
    let at = text.find(longest).unwrap_or_default();
    Ok(Detector {
        selector: selector(file, text)?,
        needle: Finder::new(longest.as_bytes()).into_owned(),
        // Within brackets or quotes a dot or hash would be part of a value.
        is_name: !text.contains('[') && text[..at].ends_with(['.', '#']),
    })
}
