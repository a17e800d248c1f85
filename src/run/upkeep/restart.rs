//! A source that is asked again.
//!
//! Enters: a source of a crawl, the time. Leaves: its turn as that of a source that was never seen.
//! Invariant: what is remembered of its addresses stays.

use super::Upkeep;
use crate::run::RunError;
use crate::run::fetch::crawl::SourceRun;
use crate::timing::Turn;

impl Upkeep {
    /// Has a source asked again that is gone for good or waits after failures, at the address of the configuration. Gives
    /// false where nothing is remembered of it.
    ///
    /// # Errors
    /// [`RunError::State`].
    pub fn restart(&self, source: &SourceRun, now: i64) -> Result<bool, RunError> {
        let mut state = self.state()?;
        let Some(mut row) = state.sources()?.into_iter().find(|row| row.name == source.name) else {
            return Ok(false);
        };
        let turn = match serde_json::from_str::<Turn>(&row.turn) {
            Ok(turn) => turn.restart(&source.rhythm, now, 0),
            Err(_) => Turn::first(&source.rhythm, now, 0),
        };
        // A turn is numbers and words, which JSON can hold.
        row.turn = serde_json::to_string(&turn).unwrap_or_default();
        row.url.clone_from(&row.given);
        row.error = None;
        state.set_source(&row, &[])?;
        Ok(true)
    }
}
