//! Parameters of a query: which of them name a page.
//!
//! Enters: a query and the host that is asked. Leaves: the query without tracking, sessions and empty parameters, sorted.
//! The names are data: `canonical/tracking.toml`. Invariant: parameters of one name keep their order.

use std::collections::HashSet;
use std::sync::LazyLock;

use serde::Deserialize;

use super::percent;

/// The shipped names.
static RULES: LazyLock<Rules> =
    LazyLock::new(|| Rules::from_toml(include_str!("tracking.toml")).unwrap_or_default());

/// Parameters that name no page.
#[derive(Debug, Default)]
struct Rules {
    tracking: Names,
    session: Names,
    /// Shortest value in bytes that is taken for a session's.
    session_bytes: usize,
    hosts: Vec<(String, Names)>,
}

/// Names in lower case, whole and by their beginnings.
#[derive(Debug, Default)]
struct Names {
    whole: HashSet<String>,
    prefixes: Vec<String>,
}

impl Names {
    fn new(whole: Vec<String>, prefixes: Vec<String>) -> Self {
        Self { whole: whole.into_iter().collect(), prefixes }
    }

    fn holds(&self, name: &str) -> bool {
        self.whole.contains(name) || self.prefixes.iter().any(|prefix| name.starts_with(prefix.as_str()))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    tracking: List,
    session: SessionList,
    host: Vec<HostList>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    names: Vec<String>,
    prefixes: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SessionList {
    shortest: usize,
    names: Vec<String>,
    prefixes: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct HostList {
    host: String,
    names: Vec<String>,
    prefixes: Vec<String>,
}

impl Rules {
    fn from_toml(text: &str) -> Result<Self, toml::de::Error> {
        let file: File = toml::from_str(text)?;
        let host = |list: HostList| (list.host, Names::new(list.names, list.prefixes));
        Ok(Self {
            tracking: Names::new(file.tracking.names, file.tracking.prefixes),
            session: Names::new(file.session.names, file.session.prefixes),
            session_bytes: file.session.shortest,
            hosts: file.host.into_iter().map(host).collect(),
        })
    }

    /// Whether a parameter says nothing of the page.
    fn is_idle(&self, parameter: &str, own: Option<&Names>) -> bool {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let name = name.to_ascii_lowercase();
        // A link whose `&amp;` was escaped once too often.
        let name = name.trim_start_matches("amp;");
        // `sid` is a story's number on one site and a session on another.
        let is_session = || value.len() >= self.session_bytes && self.session.holds(name);
        name.is_empty() && value.is_empty()
            || self.tracking.holds(name)
            || own.is_some_and(|own| own.holds(name))
            || is_session()
    }

    /// The names that only this host and those below it use.
    fn own(&self, host: &str) -> Option<&Names> {
        let is_of =
            |of: &str| host.strip_suffix(of).is_some_and(|before| before.is_empty() || before.ends_with('.'));
        self.hosts.iter().find(|(of, _)| is_of(of)).map(|(_, names)| names)
    }
}

/// The parameters of a query that name a page, percent-encodings in one spelling, sorted by name.
pub(super) fn kept_query(query: &str, host: &str) -> String {
    let own = RULES.own(host);
    let query = percent::normalised(query);
    let mut kept: Vec<&str> = query.split('&').filter(|parameter| !RULES.is_idle(parameter, own)).collect();
    kept.sort_by_key(|parameter| parameter.split('=').next());
    kept.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_parameters_are_dropped() {
        for (query, expected) in [
            ("id=5&utm_source=zalo&gclid=x&_gl=1*a&mc_cid=1", "id=5"),
            ("zarsrc=31&gidzl=abc&utm_id=2", ""),
            ("id=1&amp;utm_source=x&amp;page=2", "amp;page=2&id=1"),
            ("a=&a&=b&&=", "=b&a=&a"),
            ("sid=123&phpsessid=0123456789abcdef", "sid=123"),
            ("SID=0123456789abcdef&ASPSESSIONIDQQ=0123456789ABCDEF", ""),
            ("b=1&a=2&b=0", "a=2&b=1&b=0"),
            ("p123", "p123"),
            ("source=tin&ref=5", "ref=5&source=tin"),
            ("vn_source=rcm&id=1", "id=1&vn_source=rcm"),
        ] {
            assert_eq!(kept_query(query, "x.vn"), expected, "{query}");
        }
    }

    #[test]
    fn some_names_are_idle_on_one_site_only() {
        assert_eq!(kept_query("vn_source=rcm&id=1", "m.vnexpress.net"), "id=1");
        assert_eq!(kept_query("vn_source=rcm&id=1", "notvnexpress.net"), "id=1&vn_source=rcm");
    }

    #[test]
    fn the_shipped_names_load_sorted_and_in_lower_case() {
        let file: File = toml::from_str(include_str!("tracking.toml")).expect("shipped names");
        assert!(file.host.is_sorted_by_key(|list| &list.host));
        let hosts = file.host.iter().flat_map(|list| [&list.names, &list.prefixes]);
        let lists =
            [&file.tracking.names, &file.tracking.prefixes, &file.session.names, &file.session.prefixes];
        for list in lists.into_iter().chain(hosts) {
            assert!(list.windows(2).all(|pair| pair[0] < pair[1]), "not sorted: {list:?}");
            assert!(
                list.iter().all(|name| !name.is_empty() && *name == name.to_ascii_lowercase()),
                "{list:?}"
            );
        }
        let covered =
            |name: &&String| file.tracking.prefixes.iter().any(|prefix| name.starts_with(prefix.as_str()));
        assert_eq!(file.tracking.names.iter().find(covered), None, "a prefix says so already");
    }
}
