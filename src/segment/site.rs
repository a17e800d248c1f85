//! A site rule on a tree: which elements have which role.
//!
//! Enters: a [`Dom`], its markup and host, the rules. Leaves: [`Match`], if a rule fits and finds a body.

use std::collections::HashMap;

use ego_tree::NodeId;
use scraper::Selector;

use crate::parse::dom::Dom;
use crate::rules::site::{SiteRule, SiteVersion};
use crate::segment::block::SiteRole;

/// Elements of one role that are taken: a page of an honest site has few.
const MAX_MATCHES: usize = 400;

/// Elements and their roles.
pub type Roles = HashMap<NodeId, SiteRole>;

/// A rule that fits a page.
#[derive(Debug)]
pub struct Match<'a> {
    /// The rule.
    pub rule: &'a SiteRule,
    /// The layout whose body was found; `None` where none was.
    pub version: Option<&'a SiteVersion>,
    /// Elements and their roles.
    pub roles: Roles,
}

/// The first rule that serves the host or recognises the page.
#[must_use]
pub fn find<'a>(dom: &Dom, markup: &str, host: Option<&str>, rules: &'a [SiteRule]) -> Option<Match<'a>> {
    let by_host = host.and_then(|host| rules.iter().find(|rule| rule.serves(host)));
    let rule = by_host.or_else(|| rules.iter().find(|rule| recognises(rule, dom, markup)))?;
    for version in &rule.versions {
        let found = roles(dom, version);
        if found.values().any(|role| *role == SiteRole::Body) {
            return Some(Match { rule, version: Some(version), roles: found });
        }
    }
    Some(Match { rule, version: None, roles: Roles::new() })
}

fn recognises(rule: &SiteRule, dom: &Dom, markup: &str) -> bool {
    rule.detect.iter().any(|detector| {
        detector.may_match(markup, &dom.names) && dom.html.select(&detector.selector).next().is_some()
    })
}

fn roles(dom: &Dom, version: &SiteVersion) -> Roles {
    let mut roles = Roles::new();
    let lists: [(&[Selector], SiteRole, usize); 8] = [
        (&version.body, SiteRole::Body, MAX_MATCHES),
        (&version.caption, SiteRole::Caption, MAX_MATCHES),
        (&version.author, SiteRole::Author, MAX_MATCHES),
        (&version.date, SiteRole::Date, MAX_MATCHES),
        (&version.section, SiteRole::Section, MAX_MATCHES),
        (&version.tags, SiteRole::Tags, MAX_MATCHES),
        (&version.title, SiteRole::Title, 1),
        (&version.lead, SiteRole::Lead, 1),
    ];
    for (selectors, role, most) in lists {
        let first = selectors.iter().find(|selector| dom.html.select(selector).next().is_some());
        for element in first.into_iter().flat_map(|selector| dom.html.select(selector)).take(most) {
            roles.insert(element.id(), role);
        }
    }
    for (at, (selector, _)) in version.drop.iter().enumerate() {
        for element in dom.html.select(selector).take(MAX_MATCHES) {
            roles.insert(element.id(), SiteRole::Drop(u16::try_from(at).unwrap_or(u16::MAX)));
        }
    }
    roles
}
