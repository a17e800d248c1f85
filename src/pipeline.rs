//! The one door: a raw page in, a cleaned page out, all pure stages on one screen.

use serde::Serialize;
use thiserror::Error;

use crate::classify::context::Stated;
use crate::classify::evidence::Evidence;
use crate::classify::model::{Model, ModelError};
use crate::classify::outcome::Says;
use crate::classify::{self, Known, Verdict, classify, outcome};
use crate::decode::{self, Decoded, Unreadable};
use crate::label::Label;
use crate::page::{Form, RawPage};
use crate::parse::dom;
use crate::parse::head::{self, HeadFacts};
use crate::parse::hydration::{self, Ties};
use crate::parse::metadata::Metadata;
use crate::parse::resolve::{self, Visible};
use crate::rules::site::SiteVersion;
use crate::rules::{RuleError, RuleSet, UserRules};
use crate::segment::block::Segmented;
use crate::segment::site::Roles;
use crate::segment::text::Text;
use crate::segment::{flat, html, site, stated};

pub use crate::classify::outcome::{Outcome, SkipReason};

/// Tags of one page.
const MAX_TAGS: usize = 40;

/// Compiled rules, the model, and the options of every stage; shared between threads.
#[derive(Debug, Clone)]
pub struct Cleaner {
    /// Site rules, phrases and markup words.
    pub rules: RuleSet,
    /// The block model.
    pub model: Model,
    /// Whether site rules take part (the general path always does).
    pub site_rules: bool,
    /// Whether the evidence of each block tells what the model weighed. It changes no label; it costs a second walk.
    pub tell_weights: bool,
}

/// What keeps a cleaner from being made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CleanerError {
    /// A rule file.
    #[error(transparent)]
    Rules(#[from] RuleError),
    /// The model file.
    #[error(transparent)]
    Model(#[from] ModelError),
}

impl Cleaner {
    /// A cleaner with the shipped rules and model and a user's own rules before them.
    ///
    /// # Errors
    /// [`CleanerError`] where a rule file cannot be used; never for the shipped files alone.
    pub fn new(user: &UserRules) -> Result<Cleaner, CleanerError> {
        Ok(Cleaner {
            rules: RuleSet::new(user)?,
            model: Model::shipped()?,
            site_rules: true,
            tell_weights: false,
        })
    }
}

/// What the pipeline makes of one page.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CleanedPage {
    /// HTML or flattened text; `None` where the bytes are neither.
    pub form: Option<Form>,
    /// The charset the bytes were read in, by its WHATWG name.
    pub charset: &'static str,
    /// Whether this is an article, and why not.
    pub outcome: Outcome,
    /// Title, lead, author and the rest, from markup and visible text.
    pub metadata: Metadata,
    /// Every block of the input, in its order, each with one label.
    pub blocks: Vec<LabelledBlock>,
    /// Ids of the site rules that took part; a rule that found no body says so: `id (no body)`.
    pub rules: Vec<String>,
}

/// A block's text with its label and the signals that decided it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LabelledBlock {
    /// The block's text.
    pub text: Text,
    /// What it is.
    pub label: Label,
    /// Why.
    pub evidence: Evidence,
}

/// Cleans one page. Never fails and never panics: what cannot be cleaned is skipped with its reason.
#[must_use]
pub fn clean_page(page: &RawPage, cleaner: &Cleaner) -> CleanedPage {
    match decode::decode(page) {
        Ok(decoded) => clean_text(page, &decoded, cleaner),
        Err(Unreadable::Empty) => unread(SkipReason::Empty),
        Err(Unreadable::Binary) => unread(SkipReason::Binary),
        Err(Unreadable::TooComplex) => unread(SkipReason::TooComplex),
    }
}

fn clean_text(page: &RawPage, decoded: &Decoded<'_>, cleaner: &Cleaner) -> CleanedPage {
    let document = match decoded.form {
        Form::Html => read_html(page, decoded, cleaner),
        Form::Text => Document { segmented: flat::segment(&decoded.text), ..Document::default() },
    };
    let facts = &document.facts;
    let stated = Stated {
        headlines: &facts.headlines,
        site_names: &facts.site_names,
        descriptions: &facts.descriptions,
        body: facts.json_ld_body.as_deref(),
    };
    let context = classify::read(&document.segmented, &stated, &cleaner.rules.phrases, &cleaner.model);
    let known = Known {
        authors: &facts.authors,
        site_names: &facts.site_names,
        version: document.version,
        site_rule: document.rule,
        tell_weights: cleaner.tell_weights,
    };
    let verdicts = classify(&context, known, &cleaner.model);
    let is_article = |kind: &str| kind.eq_ignore_ascii_case("article");
    let says = Says {
        article: !facts.published.is_empty() || facts.og_type.as_deref().is_some_and(is_article),
        free: facts.is_accessible_for_free,
    };
    let outcome = match outcome::outcome(&context, &verdicts, &cleaner.rules.phrases, says) {
        _ if document.cut => Outcome::Skipped(SkipReason::TooComplex),
        outcome => outcome,
    };
    // What follows takes its room.
    drop(context);
    let metadata = resolve::resolve(facts, &visible(&document.segmented, &verdicts), page.url.as_deref());
    let rules = document
        .rule
        .map(|id| if document.version.is_some() { id.to_owned() } else { format!("{id} (no body)") });
    let blocks = document.segmented.blocks.into_iter().zip(verdicts);
    CleanedPage {
        form: Some(decoded.form),
        charset: decoded.charset,
        outcome,
        metadata,
        blocks: blocks
            .map(|(block, verdict)| LabelledBlock {
                text: block.text,
                label: verdict.label,
                evidence: verdict.evidence,
            })
            .collect(),
        rules: rules.into_iter().collect(),
    }
}

/// A document as blocks, with what its head and a site rule say.
#[derive(Default)]
struct Document<'a> {
    segmented: Segmented,
    facts: HeadFacts,
    rule: Option<&'a str>,
    version: Option<&'a SiteVersion>,
    cut: bool,
}

fn read_html<'a>(page: &RawPage, decoded: &Decoded<'_>, cleaner: &'a Cleaner) -> Document<'a> {
    let dom = dom::parse(&decoded.text, &cleaner.rules.attributes);
    let facts = head::read_head(&dom.html);
    let address = page.url.as_deref().or(facts.canonical_urls.first().map(String::as_str));
    let host =
        address.and_then(|url| url::Url::parse(url).ok()).and_then(|url| url.host_str().map(str::to_owned));
    let found = if cleaner.site_rules {
        site::find(&dom, &decoded.text, host.as_deref(), &cleaner.rules.sites)
    } else {
        None
    };
    let none = Roles::new();
    let mut segmented =
        html::segment(&dom, &cleaner.rules.lexicon, found.as_ref().map_or(&none, |found| &found.roles));
    if let Some(body) = facts.json_ld_body.as_deref().filter(|body| stated::is_whole(body)) {
        stated::append(&mut segmented, body);
    } else if stated::is_bare(&segmented)
        && let Some(fragment) = hydration::fragment(
            &decoded.text,
            &Ties {
                of_text: &|html| stated::is_of_page(html, &facts.headlines, &facts.descriptions),
                of_source: &|source| stated::states_title(source, &facts.headlines),
            },
        )
    {
        let fragment = dom::parse(&fragment, &cleaner.rules.attributes);
        let fragment = html::segment(&fragment, &cleaner.rules.lexicon, &none);
        stated::append(&mut segmented, &stated::body_of(&fragment));
    }
    Document {
        segmented,
        facts,
        rule: found.as_ref().map(|found| found.rule.id.as_str()),
        version: found.and_then(|found| found.version),
        cut: dom.cut,
    }
}

/// What classification found, for the metadata.
fn visible<'a>(page: &'a Segmented, verdicts: &[Verdict]) -> Visible<'a> {
    let of = |label: Label| {
        page.blocks
            .iter()
            .zip(verdicts)
            .filter(move |(_, verdict)| verdict.label == label)
            .map(|(block, _)| block.text.as_str())
    };
    let body_sample =
        of(Label::Body).max_by_key(|text| text.len()).or_else(|| of(Label::Lead).next()).unwrap_or_default();
    Visible {
        title: of(Label::Title).next(),
        lead: of(Label::Lead).next(),
        byline: of(Label::Byline).next(),
        dates: of(Label::Date).take(8).collect(),
        // "07-03-2026 | Kinh doanh": the date comes first.
        section: of(Label::Section).next_back().and_then(|text| text.rsplit('|').next()),
        tags: tags(page, verdicts),
        body_sample,
    }
}

/// Tags one by one where links tell them apart, else the lines that hold them, less those that name the list.
fn tags<'a>(page: &'a Segmented, verdicts: &[Verdict]) -> Vec<&'a str> {
    let is_tags = |verdict: &Verdict| verdict.label == Label::Tags;
    let doms = page.doms.iter().zip(verdicts).filter(|(_, verdict)| is_tags(verdict));
    let linked = doms.flat_map(|(dom, _)| dom.items.iter().map(String::as_str));
    let linked: Vec<&str> = linked.take(MAX_TAGS).collect();
    if !linked.is_empty() {
        return linked;
    }
    let is_name =
        |verdict: &Verdict| verdict.evidence.signals.first().is_some_and(|signal| signal.name == "phrase");
    page.blocks
        .iter()
        .zip(verdicts)
        .filter(|(_, verdict)| is_tags(verdict) && !is_name(verdict))
        .map(|(block, _)| block.text.as_str())
        .take(MAX_TAGS)
        .collect()
}

fn unread(reason: SkipReason) -> CleanedPage {
    CleanedPage {
        form: None,
        charset: "",
        outcome: Outcome::Skipped(reason),
        metadata: Metadata::default(),
        blocks: Vec::new(),
        rules: Vec::new(),
    }
}

/// The article as text: blocks of the labels asked for, apart by an empty line, title first, one newline at the end; empty
/// where no block has such a label.
#[must_use]
pub fn article_text(page: &CleanedPage, include: &[Label]) -> String {
    let wanted = |label: Label| include.contains(&label);
    let title_block =
        page.blocks.iter().find(|block| block.label == Label::Title).map(|block| block.text.as_str());
    // A flattened `<title>` carries the site's name, which the metadata's title does not.
    let title = if page.form == Some(Form::Text) {
        page.metadata.title.as_deref().or(title_block)
    } else {
        title_block.or(page.metadata.title.as_deref())
    };
    let title = title.filter(|_| wanted(Label::Title));
    let rest = page
        .blocks
        .iter()
        .filter(|block| block.label != Label::Title && wanted(block.label))
        .map(|block| block.text.as_str());
    let mut text = title.into_iter().chain(rest).collect::<Vec<_>>().join("\n\n");
    if !text.is_empty() {
        text.push('\n');
    }
    text
}
