//! What the configuration says of sources, as the crawl takes it.
//!
//! Enters: a checked configuration. Leaves: [`CrawlRun`], and where and how documents of each source are written.
//! Invariant: sources that are turned off are not there.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::time::Duration;

use jiff::tz::TimeZone;

use super::super::failure::Failure;
use crate::canonical;
use crate::config::{Config, Source, SourceKind};
use crate::label::Label;
use crate::run::fetch::crawl::{self, CrawlRun, Mode, Place, SourceRun, Window};
use crate::source::follow::ListingRules;
use crate::timing::{Bounds, Rhythm, Schedule, day, zone};

/// When a source is followed whose schedule is not configured, where a crawl does not end.
const UNSCHEDULED: i64 = 3_600;

/// For how long articles are looked at again.
const REVISED_FOR: Duration = Duration::from_hours(7 * 24);

/// Parts and multiples of an interval between which it adapts unless the source says otherwise.
const ADAPTS_DOWN: i64 = 4;
const ADAPTS_UP: i64 = 8;

/// The crawl of a configuration.
pub(super) fn crawl_run(config: &Config, mode: Mode, follows_all: bool) -> Result<CrawlRun, Failure> {
    let sources = config.source.iter().filter(|source| source.enabled).map(source_run);
    Ok(CrawlRun {
        sources: sources.collect::<Result<_, _>>()?,
        mode,
        follows_all,
        revises: config.crawl.revisions.then_some(REVISED_FOR),
    })
}

/// Folders of sources that have their own, by the source's name.
pub(super) fn folders(config: &Config) -> BTreeMap<String, String> {
    let own = config.source.iter().filter(|source| !source.folder.is_empty());
    own.map(|source| (source.name.clone(), source.folder.clone())).collect()
}

/// Labels that are written of sources that have their own, by the source's name.
pub(super) fn includes(config: &Config) -> HashMap<String, Vec<Label>> {
    let own = config.source.iter().filter(|source| !source.include.is_empty());
    own.map(|source| (source.name.clone(), source.include.clone())).collect()
}

fn source_run(source: &Source) -> Result<SourceRun, Failure> {
    // The configuration was checked, so each of these is there; who skips the check is told.
    let bad = |key: &str, why: String| Failure::Argument {
        message: format!("[[source]] \"{}\": {key}: {why}", source.name),
    };
    let zone = if source.zone.is_empty() {
        TimeZone::system()
    } else {
        zone(&source.zone).map_err(|error| bad("zone", error.to_string()))?
    };
    let place = if source.is_file() {
        Place::File(PathBuf::from(&source.url))
    } else {
        Place::Web(canonical::parse(&source.url).map_err(|error| bad("url", error.to_string()))?)
    };
    let (since, until) = (day(&source.since, &zone), day(&source.until, &zone));
    let days = |days: u64| Duration::from_secs(days.saturating_mul(86_400));
    Ok(SourceRun {
        name: source.name.clone(),
        kind: kind(source.kind),
        place,
        rhythm: rhythm(source, zone).map_err(|(key, why)| bad(key, why))?,
        is_scheduled: !source.schedule.trim().is_empty(),
        rules: ListingRules {
            include: source.only.clone(),
            exclude: source.except.clone(),
            max_links: usize::try_from(source.max_links).unwrap_or(usize::MAX),
            max_pages: u32::try_from(source.max_pages).unwrap_or(u32::MAX),
        },
        window: Window {
            max_age: Some(source.max_age_days).filter(|age| *age > 0).map(days),
            since: since.map(|(first, _)| first),
            until: until.map(|(_, last)| last + 1),
        },
        limit: Some(source.limit).filter(|limit| *limit > 0),
        newest_first: source.newest_first,
        delay: source.delay.map(|delay| Duration::from_millis(delay.0)),
    })
}

fn kind(kind: SourceKind) -> crawl::SourceKind {
    match kind {
        SourceKind::Feed => crawl::SourceKind::Feed,
        SourceKind::Sitemap => crawl::SourceKind::Sitemap,
        SourceKind::Listing => crawl::SourceKind::Listing,
        SourceKind::Urls => crawl::SourceKind::Urls,
    }
}

fn rhythm(source: &Source, zone: TimeZone) -> Result<Rhythm, (&'static str, String)> {
    let schedule = match source.schedule.trim() {
        "" => Schedule::every(UNSCHEDULED),
        text => text.parse().map_err(|error| ("schedule", format!("{error}")))?,
    };
    let jitter = i64::try_from(source.jitter).unwrap_or(i64::MAX);
    let interval = schedule.interval().unwrap_or(UNSCHEDULED);
    let length = |key: &'static str, text: &str, otherwise: i64| match text {
        "" => Ok(otherwise),
        text => match format!("every {text}").parse::<Schedule>() {
            Ok(schedule) => Ok(schedule.interval().unwrap_or(otherwise)),
            Err(error) => Err((key, error.to_string())),
        },
    };
    let mut adaptive = None;
    if source.adaptive {
        let least = length("adaptive_least", &source.adaptive_least, (interval / ADAPTS_DOWN).max(1))?;
        let most = length("adaptive_most", &source.adaptive_most, interval.saturating_mul(ADAPTS_UP))?;
        let bounds = Bounds::new(least, most.clamp(least, 366 * 86_400));
        adaptive = Some(bounds.ok_or_else(|| ("adaptive_least", "is longer than adaptive_most".to_owned()))?);
    }
    Ok(Rhythm { jitter, adaptive, ..Rhythm::new(schedule, zone) })
}
