//! One walk over the tree to everything that markup says about an article.
//!
//! Enters: a parsed page. Leaves: [`HeadFacts`], plain and bounded lists in order of trust.
//! Nothing is decided here; [`super::resolve`] does that.

mod hint;
mod keys;

use html5ever::{local_name, ns};
use scraper::{ElementRef, Html, Node, node::Element};
use serde::Serialize;

use super::entity::tidy;
use super::jsonld::{Article, LinkedData};
use super::memo::Memo;
use super::site_name::match_key;
use hint::{Hint, Named};

/// Characters of a value that is kept.
const MAX_VALUE: usize = 8_000;
/// Characters of a title and of the short text of a byline or date.
const MAX_HEADING: usize = 500;
const MAX_HINT: usize = 160;
/// Values that are gathered of one kind in the walk, and that a list of facts holds.
const MAX_GATHERED: usize = 16;
const MAX_LIST: usize = 64;
/// `meta` and `itemprop` values that are kept.
const MAX_META: usize = 256;
/// Elements whose text is read for headings, and for hints, whether or not it is kept.
const MAX_HEADING_LOOKS: usize = 64;
const MAX_HINT_LOOKS: usize = 256;
/// Nodes below an element that are read for its text.
const MAX_NODES: usize = 256;

/// What markup says about an article, most trusted first in each list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct HeadFacts {
    /// `articleBody` of the page's article in JSON-LD, lines apart by `\n`.
    pub json_ld_body: Option<String>,
    /// All candidates for a title: JSON-LD, `OpenGraph`, meta, `<title>`, first headings.
    pub headlines: Vec<String>,
    /// Those of them that are values, not headings: JSON-LD, `OpenGraph`, meta, `<title>`.
    pub stated_titles: Vec<String>,
    /// The first headings alone, in the order of the page.
    pub first_headings: Vec<String>,
    /// Descriptions.
    pub descriptions: Vec<String>,
    /// Bylines as stated in values, uncleaned; several values of one source are one byline, apart by `; `.
    pub authors: Vec<String>,
    /// Short texts of elements that call themselves author or byline.
    pub author_hints: Vec<String>,
    /// Times of publication as stated in values.
    pub published: Vec<String>,
    /// Times of change as stated in values.
    pub modified: Vec<String>,
    /// Times of `time` elements, then short texts of elements that call themselves date.
    pub date_hints: Vec<String>,
    /// Sections.
    pub sections: Vec<String>,
    /// The trail from the front page down.
    pub breadcrumbs: Vec<String>,
    /// Tags, then key words.
    pub tags: Vec<String>,
    /// `html lang`, `og:locale`, `inLanguage`, as written.
    pub languages: Vec<String>,
    /// Canonical addresses, as written.
    pub canonical_urls: Vec<String>,
    /// Address of the page's AMP form, as written.
    pub amp_url: Option<String>,
    /// `og:type`.
    pub og_type: Option<String>,
    /// Names of the site and its publisher.
    pub site_names: Vec<String>,
    /// `isAccessibleForFree` of JSON-LD.
    pub is_accessible_for_free: Option<bool>,
}

/// Reads everything that markup says about the article.
#[must_use]
pub fn read_head(html: &Html) -> HeadFacts {
    let (mut walk, mut names) = (Walk::default(), Memo::new());
    for element in html.tree.root().descendants().filter_map(ElementRef::wrap) {
        walk.visit(element, &mut names);
    }
    walk.into_facts()
}

/// What one walk gathers.
#[derive(Default)]
struct Walk {
    linked: LinkedData,
    /// Key and value.
    meta: Vec<(&'static str, String)>,
    document_title: Option<String>,
    headings: Vec<String>,
    author_hints: Vec<String>,
    times: Vec<String>,
    date_hints: Vec<String>,
    language: Option<String>,
    canonical: Option<String>,
    amp: Option<String>,
    heading_looks: usize,
    hint_looks: usize,
}

impl Walk {
    fn visit<'a>(&mut self, element: ElementRef<'a>, names: &mut Memo<'a, Named>) {
        let own = element.value();
        match own.name.local {
            local_name!("html") if self.language.is_none() => self.language = value_of(own, "lang"),
            local_name!("title") if self.document_title.is_none() && own.name.ns == ns!(html) => {
                self.document_title = tidy(&text_of(element, " "), MAX_HEADING);
            }
            local_name!("meta") => return self.visit_meta(own),
            local_name!("link") => return self.visit_link(own),
            local_name!("script") if attribute(own, "type").is_some_and(is_json_ld) => {
                return self.linked.read(&script_text(element));
            }
            local_name!("script") | local_name!("style") | local_name!("img") => return,
            local_name!("h1")
                if self.heading_looks < MAX_HEADING_LOOKS && self.headings.len() < MAX_GATHERED =>
            {
                self.heading_looks += 1;
                self.headings.extend(tidy(&text_of(element, " "), MAX_HEADING));
            }
            local_name!("time") if self.times.len() < MAX_GATHERED => {
                self.times.extend(value_of(own, "datetime"));
            }
            _ => {}
        }
        self.visit_hints(element, names);
    }

    fn visit_meta(&mut self, element: &Element) {
        for (name, prefix) in [("property", ""), ("name", ""), ("http-equiv", ""), ("itemprop", "itemprop:")]
        {
            let name = attribute(element, name).filter(|name| name.len() <= 64);
            let key = name.and_then(|name| keys::find(prefix, name.trim()));
            if let Some(key) = key.filter(|_| self.meta.len() < MAX_META) {
                self.meta.extend(value_of(element, "content").map(|content| (key, content)));
            }
        }
    }

    fn visit_link(&mut self, element: &Element) {
        let Some(rel) = attribute(element, "rel") else { return };
        let is = |wanted: &str| rel.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case(wanted));
        if self.canonical.is_none() && is("canonical") {
            self.canonical = value_of(element, "href");
        }
        if self.amp.is_none() && is("amphtml") {
            self.amp = value_of(element, "href");
        }
    }

    /// Takes the short text of an element whose attributes say author, date, headline or section.
    fn visit_hints<'a>(&mut self, element: ElementRef<'a>, names: &mut Memo<'a, Named>) {
        let own = element.value();
        let hint = Hint::of(own, names);
        if hint == Hint::default() || self.hint_looks >= MAX_HINT_LOOKS {
            return;
        }
        self.hint_looks += 1;
        if let Some(key) = hint.property.filter(|_| self.meta.len() < MAX_META) {
            let stated = value_of(own, "content").or_else(|| value_of(own, "datetime"));
            let value = stated.or_else(|| tidy(&text_of(element, " "), MAX_HEADING));
            self.meta.extend(value.map(|value| (key, value)));
        }
        if hint.author && self.author_hints.len() < MAX_GATHERED {
            self.author_hints.extend(tidy(&text_of(element, " | "), MAX_HINT));
        }
        if hint.date && self.date_hints.len() < MAX_GATHERED {
            let text = tidy(&text_of(element, " "), MAX_HINT);
            self.date_hints.extend(text.filter(|text| text.contains(|c: char| c.is_ascii_digit())));
        }
    }

    fn into_facts(mut self) -> HeadFacts {
        let article = self.main_article().unwrap_or_default();
        let stated = joined(article.headline, self.values(&keys::TITLE));
        let sections = joined(article.sections, self.values(&keys::SECTION));
        let others = stated.iter().chain(&sections).chain(&self.linked.breadcrumbs);
        // Some systems give their `WebSite` object the name of the article or of its section.
        let taken: Vec<String> = others.map(|other| match_key(other)).collect();
        self.linked.site_names.retain(|name| !taken.contains(&match_key(name)));
        let site_names = joined(article.publisher, std::mem::take(&mut self.linked.site_names));
        let site_names = joined(self.values(&keys::SITE), site_names);
        let stated_titles = joined(stated, self.document_title.take());
        let languages = joined(self.language.take(), self.values(&keys::LANGUAGE));
        let addresses = joined(self.canonical.take(), self.values(&[keys::URL]));
        HeadFacts {
            json_ld_body: article.body,
            headlines: joined(
                stated_titles.iter().cloned(),
                self.titles_among_headings(&stated_titles, &site_names),
            ),
            stated_titles,
            descriptions: joined(article.description, self.values(&keys::DESCRIPTION)),
            authors: joined(byline(&article.authors), self.bylines()),
            published: joined(article.published, self.values(&keys::PUBLISHED)),
            modified: joined(article.modified, self.values(&keys::MODIFIED)),
            sections,
            tags: joined(article.keywords, self.tags()),
            languages: joined(languages, article.language),
            canonical_urls: joined(addresses, article.urls),
            og_type: self.values(&[keys::KIND]).into_iter().next(),
            site_names,
            is_accessible_for_free: article.is_accessible_for_free,
            breadcrumbs: self.linked.breadcrumbs,
            date_hints: joined(self.times, self.date_hints),
            first_headings: self.headings,
            author_hints: self.author_hints,
            amp_url: self.amp,
        }
    }

    /// Headings, without those that name the site where a title is stated.
    fn titles_among_headings(&self, stated: &[String], site_names: &[String]) -> Vec<String> {
        let names: Vec<String> = site_names.iter().map(|name| match_key(name)).collect();
        let names_site = |heading: &&String| !stated.is_empty() && names.contains(&match_key(heading));
        self.headings.iter().filter(|heading| !names_site(heading)).cloned().collect()
    }

    fn bylines(&self) -> Vec<String> {
        keys::AUTHOR.iter().filter_map(|key| byline(&self.values(&[*key]))).collect()
    }

    /// Tags, unless a list of them is the description again, cut at its commas.
    fn tags(&self) -> Vec<String> {
        let descriptions: Vec<String> =
            self.values(&keys::DESCRIPTION).iter().map(|it| match_key(it)).collect();
        let lists = self.values(&keys::TAG);
        let own = lists.iter().filter(|list| !descriptions.contains(&match_key(list)));
        own.flat_map(|list| list.split([',', ';'])).filter_map(|tag| tidy(tag, MAX_HINT)).collect()
    }

    /// Values of the first of these keys, then of the second, and so on.
    fn values(&self, keys: &[&'static str]) -> Vec<String> {
        let of_key = |key: &&'static str| {
            let key = *key;
            self.meta.iter().filter(move |(name, _)| *name == key).map(|(_, value)| value.clone())
        };
        keys.iter().flat_map(of_key).collect()
    }

    /// The article of JSON-LD that this page is about: the one that shares its address or title, else the only one.
    fn main_article(&mut self) -> Option<Article> {
        let mut articles = std::mem::take(&mut self.linked.articles);
        if articles.iter().any(|article| !article.is_page) {
            articles.retain(|article| !article.is_page);
        }
        let addresses = joined(self.canonical.clone(), self.values(&[keys::URL]));
        let stated = self.values(&keys::TITLE);
        let shown = self.headings.iter().chain(&self.document_title);
        let titles: Vec<String> = stated.iter().chain(shown).map(|title| match_key(title)).collect();
        let same = |article: &Article| {
            let by_title =
                article.headline.as_ref().is_some_and(|headline| titles.contains(&match_key(headline)));
            by_title || article.urls.iter().any(|url| addresses.contains(url))
        };
        // Several that are all about something else are the cards of an index page.
        let only = (articles.len() == 1).then_some(0);
        let at = articles.iter().position(same).or(only)?;
        Some(articles.swap_remove(at))
    }
}

/// One list after the other, each value once, at most [`MAX_LIST`] of them.
fn joined(first: impl IntoIterator<Item = String>, then: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for value in first.into_iter().chain(then).take(MAX_META) {
        if all.len() < MAX_LIST && !all.contains(&value) {
            all.push(value);
        }
    }
    all
}

/// Names of one source as one line.
fn byline(names: &[String]) -> Option<String> {
    (!names.is_empty()).then(|| names.join("; "))
}

fn is_json_ld(kind: &str) -> bool {
    kind.trim().get(..19).is_some_and(|start| start.eq_ignore_ascii_case("application/ld+json"))
}

/// The value of an attribute of HTML.
fn attribute<'a>(element: &'a Element, name: &str) -> Option<&'a str> {
    let is = |own: &html5ever::QualName| &*own.local == name && own.ns == ns!();
    element.attrs.iter().find(|(own, _)| is(own)).map(|(_, value)| &**value)
}

fn value_of(element: &Element, name: &str) -> Option<String> {
    tidy(attribute(element, name)?, MAX_VALUE)
}

fn script_text(element: ElementRef<'_>) -> String {
    element
        .children()
        .take(MAX_NODES)
        .filter_map(|child| child.value().as_text())
        .map(|text| &**text)
        .collect()
}

/// Text below an element; `between` stands where an element begins a line of its own.
fn text_of(element: ElementRef<'_>, between: &str) -> String {
    let mut out = String::new();
    for below in element.descendants().skip(1).take(MAX_NODES) {
        match below.value() {
            Node::Text(text) => {
                let parent = below.parent().and_then(ElementRef::wrap);
                if !parent
                    .is_some_and(|parent| matches!(parent.value().name(), "script" | "style" | "noscript"))
                {
                    out.push_str(text);
                }
            }
            Node::Element(inner) if starts_line(inner.name()) => out.push_str(between),
            _ => {}
        }
        if out.len() > MAX_VALUE {
            break;
        }
    }
    out.trim_matches(|c: char| c.is_whitespace() || c == '|').to_owned()
}

fn starts_line(name: &str) -> bool {
    matches!(
        name,
        "br" | "dd" | "div" | "dt" | "h2" | "h3" | "h4" | "h5" | "h6" | "li" | "p" | "section" | "td" | "ul"
    )
}
