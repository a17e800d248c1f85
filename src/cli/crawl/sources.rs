//! The sources of the configuration as a crawl takes them.
//!
//! Enters: a configuration that has no mistakes. Leaves: [`CrawlRun`], and what the cleaner has to know of each source.
//! Invariant: what the configuration leaves to the program is decided here, and nowhere else.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::time::Duration;

use jiff::tz::TimeZone;

use super::super::failure::Failure;
use crate::canonical;
use crate::config::{self, Config, Source};
use crate::label::Label;
use crate::run::fetch::crawl::{CrawlRun, Mode, Place, SourceKind, SourceRun, Window};
use crate::source::follow::ListingRules;
use crate::timing::{self, Bounds, Rhythm, Schedule};

/// Interval of a source without a schedule under `--watch`, in seconds.
const HOURLY: i64 = 3_600;
/// Interval from which the bounds of adaptation follow where the schedule is a calendar's, in seconds.
const OF_CALENDAR: i64 = 3_600;
/// For how long after it was found an article is looked at again for changes.
const REVISED_FOR: Duration = Duration::from_hours(7 * 24);

/// The sources that are followed, each with what it is followed by.
///
/// # Errors
/// There are none.
pub(super) fn crawl_run(config: &Config, mode: Mode, follows_all: bool) -> Result<CrawlRun, Failure> {
    if config.source.is_empty() {
        let message = "there is no [[source]] in the configuration; tinsach crawl --discover https://example.vn/ \
                       proposes some";
        return Err(Failure::Argument { message: message.to_owned() });
    }
    let enabled = config.source.iter().filter(|source| source.enabled);
    let sources = enabled.map(source_run).collect::<Result<_, _>>()?;
    let revises = config.crawl.revisions.then_some(REVISED_FOR);
    Ok(CrawlRun { sources, mode, follows_all, revises })
}

/// Labels that are written of the articles of sources that have their own.
pub(super) fn labels(config: &Config) -> HashMap<String, Vec<Label>> {
    let own = config.source.iter().filter(|source| !source.include.is_empty());
    own.map(|source| (source.name.clone(), source.include.clone())).collect()
}

/// Folders of sources that have their own.
pub(super) fn folders(config: &Config) -> BTreeMap<String, String> {
    let own = config.source.iter().filter(|source| !source.folder.is_empty());
    own.map(|source| (source.name.clone(), source.folder.trim_end_matches('/').to_owned())).collect()
}

/// One source.
pub(super) fn source_run(source: &Source) -> Result<SourceRun, Failure> {
    let bad = |key: &str, why: String| Failure::Argument {
        message: format!("[[source]] \"{}\": `{key}`: {why}", source.name),
    };
    let zone = zone(source).map_err(|error| bad("zone", error.to_string()))?;
    let schedule = match source.schedule.trim() {
        "" => Schedule::every(HOURLY),
        text => text.parse().map_err(|error: timing::ScheduleError| bad("schedule", error.to_string()))?,
    };
    let place = if source.is_file() {
        Place::File(PathBuf::from(&source.url))
    } else {
        Place::Web(canonical::parse(&source.url).map_err(|error| bad("url", error.to_string()))?)
    };
    let day = |text: &str| if text.is_empty() { None } else { timing::day(text, &zone) };
    let days = |days: u64| Duration::from_hours(days.saturating_mul(24));
    let window = Window {
        max_age: (source.max_age_days > 0).then(|| days(source.max_age_days)),
        since: day(&source.since).map(|(first, _)| first),
        until: day(&source.until).map(|(_, last)| last.saturating_add(1)),
    };
    let jitter = i64::try_from(source.jitter).unwrap_or(i64::MAX);
    let adaptive = if source.adaptive { Some(bounds(source, &schedule)) } else { None };
    Ok(SourceRun {
        name: source.name.clone(),
        kind: kind(source.kind),
        place,
        rhythm: Rhythm { jitter, adaptive: adaptive.flatten(), ..Rhythm::new(schedule, zone) },
        is_scheduled: !source.schedule.trim().is_empty(),
        rules: ListingRules {
            include: source.only.clone(),
            exclude: source.except.clone(),
            max_links: usize::try_from(source.max_links).unwrap_or(usize::MAX),
            max_pages: u32::try_from(source.max_pages).unwrap_or(u32::MAX),
        },
        window,
        limit: (source.limit > 0).then_some(source.limit),
        newest_first: source.newest_first,
        delay: source.delay.map(|delay| Duration::from_millis(delay.0)),
    })
}

/// The zone in which a source's times are meant, and shown.
pub(super) fn zone(source: &Source) -> Result<TimeZone, timing::ScheduleError> {
    if source.zone.is_empty() { Ok(TimeZone::system()) } else { timing::zone(&source.zone) }
}

fn kind(kind: config::SourceKind) -> SourceKind {
    match kind {
        config::SourceKind::Feed => SourceKind::Feed,
        config::SourceKind::Sitemap => SourceKind::Sitemap,
        config::SourceKind::Listing => SourceKind::Listing,
        config::SourceKind::Urls => SourceKind::Urls,
    }
}

/// The bounds of an adaptive interval: as configured, else from a quarter of the schedule's interval to eight times it.
fn bounds(source: &Source, schedule: &Schedule) -> Option<Bounds> {
    let interval = schedule.interval().unwrap_or(OF_CALENDAR);
    let own = |text: &str| format!("every {text}").parse::<Schedule>().ok()?.interval();
    let least = own(&source.adaptive_least);
    let most = own(&source.adaptive_most);
    // Where one is configured, the other one gives way.
    let least_or = least.unwrap_or((interval / 4).max(1)).min(most.unwrap_or(i64::MAX));
    let most_or = most.unwrap_or(interval.saturating_mul(8)).max(least_or).min(366 * 86_400);
    Bounds::new(least_or, most_or)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    fn read(keys: &str) -> SourceRun {
        let text = format!("[[source]]\nname = \"a\"\nurl = \"https://x.vn/rss\"\n{keys}");
        let config = Config::from_toml(&text, "t").unwrap();
        source_run(&config.source[0]).unwrap()
    }

    #[test]
    fn a_source_of_two_keys_is_plain() {
        let source = read("");
        assert!(
            !source.is_scheduled && source.newest_first && source.delay.is_none() && source.limit.is_none()
        );
        assert_eq!(source.rhythm.schedule.to_string(), "every 1h");
        assert_eq!((source.window, source.rhythm.adaptive), (Window::default(), None));
        assert_eq!(source.rules, ListingRules::default());
        assert_eq!(source.rhythm, Rhythm::new(Schedule::every(3_600), TimeZone::system()));
    }

    #[test]
    fn every_key_arrives() {
        let source = read(
            "kind = \"listing\"\nschedule = \"*/30 6-23 * * *\"\nzone = \"Asia/Ho_Chi_Minh\"\njitter = 7\n\
             delay = 0.5\nsince = \"2026-01-01\"\nuntil = \"2026-01-31\"\nmax_age_days = 2\nnewest_first = false\n\
             limit = 9\nmax_links = 8\nmax_pages = 6\nonly = [\"/a/*\"]\nexcept = [\"/b/*\"]\n",
        );
        assert_eq!((source.kind, source.is_scheduled, source.rhythm.jitter), (SourceKind::Listing, true, 7));
        assert_eq!(source.delay, Some(Duration::from_millis(500)));
        // Midnight in Viet Nam is five in the afternoon of the day before.
        let window = source.window;
        assert_eq!((window.since, window.until), (Some(1_767_200_400), Some(1_767_200_400 + 31 * 86_400)));
        assert_eq!(window.max_age, Some(Duration::from_hours(48)));
        assert_eq!((source.limit, source.newest_first), (Some(9), false));
        let rules = source.rules;
        assert_eq!((rules.max_links, rules.max_pages), (8, 6));
        assert_eq!((rules.include, rules.exclude), (vec!["/a/*".to_owned()], vec!["/b/*".to_owned()]));
    }

    #[test]
    fn adaptation_has_bounds() {
        let of =
            |keys: &str| read(&format!("schedule = \"every 40m\"\nadaptive = true\n{keys}")).rhythm.adaptive;
        assert_eq!(of(""), Bounds::new(600, 8 * 2_400));
        assert_eq!(of("adaptive_least = \"5m\"\nadaptive_most = \"1d\""), Bounds::new(300, 86_400));
        assert_eq!(of("adaptive_least = \"10d\""), Bounds::new(864_000, 864_000));
        assert_eq!(of("adaptive_most = \"1m\""), Bounds::new(60, 60));
    }

    #[test]
    fn without_sources_there_is_nothing_to_do() {
        let message = crawl_run(&Config::default(), Mode::Once, false).unwrap_err().to_string();
        assert!(message.contains("--discover"), "{message}");
    }
}
