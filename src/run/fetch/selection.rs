//! Which addresses of a source's document are taken, and in which order.
//!
//! Enters: what a document names, the source's rules, the time. Leaves: the addresses to list.
//! Invariant: what is taken depends on the document, the rules and the time alone.

use std::cmp::Reverse;

use super::crawl::SourceRun;
use crate::source::follow::{Found, Glob};

/// Takes what the source's rules admit at `now`, in seconds since 1970; gives how much was left aside beside it.
pub(super) fn select(mut found: Vec<Found>, source: &SourceRun, now: i64) -> (Vec<Found>, usize) {
    let globs = |patterns: &[String]| patterns.iter().map(|text| Glob::new(text)).collect::<Vec<_>>();
    let (include, exclude) = (globs(&source.rules.include), globs(&source.rules.exclude));
    let before = found.len();
    found.retain(|found| {
        let admits = found.published.or(found.modified).is_none_or(|at| source.window.admits(at, now));
        let fits = |globs: &[Glob]| globs.iter().any(|glob| glob.matches(&found.url));
        admits && (include.is_empty() || fits(&include)) && !fits(&exclude)
    });
    if source.newest_first {
        // Stable: those without a date stay behind, in the order of the document.
        found.sort_by_key(|found| Reverse(found.published.or(found.modified)));
    }
    let left = before - found.len();
    (found, left)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use std::path::PathBuf;
    use std::time::Duration;

    use jiff::tz::TimeZone;
    use url::Url;

    use super::super::crawl::{Place, SourceKind, Window};
    use super::*;
    use crate::source::follow::ListingRules;
    use crate::timing::Rhythm;

    fn source(window: Window, only: &str) -> SourceRun {
        SourceRun {
            name: "a".to_owned(),
            kind: SourceKind::Feed,
            place: Place::File(PathBuf::new()),
            rhythm: Rhythm::new("every 1h".parse().unwrap(), TimeZone::UTC),
            is_scheduled: true,
            rules: ListingRules {
                include: vec![only.to_owned()],
                exclude: vec!["*/video/*".to_owned()],
                ..ListingRules::default()
            },
            window,
            limit: None,
            newest_first: true,
            delay: None,
        }
    }

    fn found(path: &str, published: Option<i64>) -> Found {
        let url = Url::parse(&format!("https://x.vn{path}")).unwrap();
        Found { url, title: None, published, modified: None, language: None }
    }

    #[test]
    fn the_newest_of_the_wanted_come_first() {
        let day = 86_400;
        let all = vec![
            found("/a/0", None),
            found("/a/old", Some(day)),
            found("/a/1", Some(9 * day)),
            found("/a/video/2", Some(9 * day)),
            found("/b/3", Some(9 * day)),
            found("/a/2", Some(10 * day)),
        ];
        let window = Window { max_age: Some(Duration::from_hours(48)), ..Window::default() };
        let (taken, left) = select(all, &source(window, "/a/*"), 10 * day + 5);
        let paths: Vec<&str> = taken.iter().map(|found| found.url.path()).collect();
        assert_eq!((paths, left), (vec!["/a/2", "/a/1", "/a/0"], 3));
    }

    #[test]
    fn both_ends_of_a_window_hold() {
        let window = Window { max_age: None, since: Some(10), until: Some(20) };
        assert!(
            !window.admits(9, 0) && window.admits(10, 0) && window.admits(19, 0) && !window.admits(20, 0)
        );
    }
}
