//! What a crawl would do at a moment, and what is known of its sources.
//!
//! Enters: a crawl, the output folder of earlier ones, the time. Leaves: [`Forecast`]s and [`QueuedAt`]s.
//! Invariant: nothing is asked and nothing written; a run may be writing to the folder meanwhile.

use std::path::Path;

use super::crawl::{CrawlRun, Mode, Place, SourceRun};
use super::roster::Roster;
use crate::run::RunError;
use crate::run::folder::OWN;
use crate::state::{Frontier, SourceRow};
use crate::timing::Turn;

/// Addresses of a site that are shown.
const SHOWN: u32 = 3;
/// Sites that are shown.
const SITES: u32 = 1_000;

/// What is known of a source, and what would be done with it.
#[derive(Debug, Clone)]
pub struct Forecast {
    /// The source as configured.
    pub source: SourceRun,
    /// What is remembered of it; `None` for one that was never seen.
    pub known: Option<(SourceRow, Turn)>,
    /// Where it is asked.
    pub place: String,
    /// Whether that is another address than the configured one.
    pub has_moved: bool,
    /// Whether it is asked for what has changed alone.
    pub is_conditional: bool,
    /// Whether it would be followed at this moment.
    pub is_followed: bool,
    /// Why it would be followed, or would not.
    pub why: Why,
}

/// Why a source would be followed, or would not. Times are seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// It was asked for.
    Asked,
    /// It was never followed.
    New,
    /// Its last run broke off.
    BrokenOff,
    /// It has no schedule, and so is due whenever a crawl is begun that ends.
    Unscheduled,
    /// It is due since then, or nearly.
    Due(i64),
    /// It is not due until then.
    NotUntil(i64),
    /// It has failed, and is asked again then.
    Failing(i64),
    /// It is gone for good since then.
    Stopped(i64),
    /// It is being followed since then.
    Running(i64),
}

/// Addresses of a site that are queued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedAt {
    /// The site.
    pub site: String,
    /// How many.
    pub queued: u64,
    /// The first of them.
    pub first: Vec<String>,
}

/// What crawls have left in an output folder.
#[derive(Debug)]
pub struct Memory {
    frontier: Option<Frontier>,
}

impl Memory {
    /// Looks at an output folder.
    ///
    /// # Errors
    /// [`RunError::State`].
    pub fn look(out: &Path) -> Result<Memory, RunError> {
        Ok(Memory { frontier: Frontier::look(&out.join(OWN).join("state.db"))? })
    }

    /// Whether there is any.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.frontier.is_some()
    }

    /// Every source that was ever followed, with its turn where that can be read.
    ///
    /// # Errors
    /// [`RunError::State`].
    pub fn sources(&self) -> Result<Vec<(SourceRow, Option<Turn>)>, RunError> {
        let Some(frontier) = &self.frontier else { return Ok(Vec::new()) };
        if !frontier.knows_sources()? {
            return Ok(Vec::new());
        }
        let rows = frontier.sources()?.into_iter();
        Ok(rows
            .map(|row| (serde_json::from_str(&row.turn).ok(), row))
            .map(|(turn, row)| (row, turn))
            .collect())
    }

    /// What a crawl would do at `now`, in seconds since 1970, source by source in the crawl's order.
    ///
    /// # Errors
    /// [`RunError::State`].
    pub fn forecast(&self, crawl: &CrawlRun, now: i64) -> Result<Vec<Forecast>, RunError> {
        let known = self.sources()?;
        let rows: Vec<SourceRow> = known.iter().map(|(row, _)| row.clone()).collect();
        let roster = Roster::new(crawl, &rows, now);
        let mut forecasts = Vec::new();
        for seat in &roster.seats {
            let name = &seat.source.name;
            let known = known.iter().find(|(row, _)| row.name == *name).cloned();
            let known = known.and_then(|(row, turn)| Some((row, turn?)));
            let given = seat.source.place.text();
            let is_web = matches!(seat.source.place, Place::Web(_));
            let is_followed = seat.is_wanted()
                || crawl.mode == Mode::Watch && seat.turn.stopped.is_none() && seat.turn.at <= now;
            forecasts.push(Forecast {
                is_conditional: is_web && self.is_conditional(&seat.row)?,
                why: why(
                    known.as_ref().map(|(_, turn)| turn),
                    &seat.turn,
                    (&seat.source, crawl),
                    is_followed,
                ),
                has_moved: seat.row.url != given,
                place: seat.row.url.clone(),
                source: seat.source.clone(),
                is_followed,
                known,
            });
        }
        Ok(forecasts)
    }

    /// What is queued, by site.
    ///
    /// # Errors
    /// [`RunError::State`].
    pub fn queued(&self) -> Result<Vec<QueuedAt>, RunError> {
        let Some(frontier) = &self.frontier else { return Ok(Vec::new()) };
        if !frontier.knows_sources()? {
            return Ok(Vec::new());
        }
        let mut queued = Vec::new();
        for site in frontier.queued_sites(0, SITES)? {
            let first = frontier
                .queued(site.id, (0, u64::MAX), SHOWN)?
                .into_iter()
                .map(|address| address.url)
                .collect();
            queued.push(QueuedAt { site: site.name, queued: site.queued, first });
        }
        Ok(queued)
    }

    fn is_conditional(&self, row: &SourceRow) -> Result<bool, RunError> {
        let Some(frontier) = self.frontier.as_ref().filter(|_| row.id != 0) else { return Ok(false) };
        let document = frontier.document(row.id, &row.url)?;
        let validators = document.map(|document| document.validators).unwrap_or_default();
        Ok(validators.etag.is_some() || validators.last_modified.is_some())
    }
}

/// `before` is the turn as it was stored, `turn` as a crawl would take it up.
fn why(
    before: Option<&Turn>,
    turn: &Turn,
    (source, crawl): (&SourceRun, &CrawlRun),
    is_followed: bool,
) -> Why {
    if let Some(stopped) = &turn.stopped {
        return Why::Stopped(stopped.since);
    }
    let Some(before) = before else { return Why::New };
    if crawl.follows_all {
        return Why::Asked;
    }
    match (before.begun, is_followed) {
        (Some(begun), _) if turn.broken_off == 0 => Why::Running(begun),
        _ if turn.broken_off > 0 => Why::BrokenOff,
        (_, true) if turn.last_due.is_none() => Why::New,
        (_, true) if !source.is_scheduled && crawl.mode == Mode::Once => Why::Unscheduled,
        (_, true) => Why::Due(turn.due.min(turn.at)),
        (_, false) if turn.failures > 0 => Why::Failing(turn.at),
        (_, false) => Why::NotUntil(turn.at),
    }
}
