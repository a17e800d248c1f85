//! The outcome of a visit on its way to the manifest, and how it is kept until its turn comes.
//!
//! Enters: what a visit ended with. Leaves: the same, also from the database.
//! Invariant: what is kept and taken up again settles as what was never put away.

use super::cleaned::Cleaned;
use crate::state::{Answered, Outcome, Stage};
use crate::write::manifest::{Row, Status};

/// Length of a content key and of an address key, in bytes.
const KEY: usize = 32;
const ADDRESS: usize = 16;

/// The outcome of one listed address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Visited {
    /// Number of the address.
    pub(super) number: u64,
    /// Name that its document gets where it is named by its source.
    pub(super) stem: String,
    /// Bytes of the document.
    pub(super) bytes: u64,
    /// What came of it; the row is `Duplicate` for another spelling of an earlier address.
    pub(super) cleaned: Cleaned,
    /// What the answer said of its own change; remembered at once, and not put away.
    pub(super) answered: Option<Answered>,
}

impl Visited {
    /// An outcome that is a row alone.
    pub(super) fn of_row(number: u64, row: Row) -> Visited {
        Visited { number, stem: String::new(), bytes: 0, cleaned: Cleaned::of_row(row), answered: None }
    }

    /// How far the address has come with it.
    pub(super) fn stage(&self) -> Stage {
        let Row { status, revision_of, .. } = &self.cleaned.row;
        // What an earlier visit brought is still there.
        if *status == Status::Failed && revision_of.is_none() { Stage::Failed } else { Stage::Done }
    }

    /// For the database. A row that cannot be written as JSON, which no row of ours is, becomes an empty one.
    pub(super) fn put_away(self) -> Outcome {
        let Cleaned { row, text, key, addresses, listed } = self.cleaned;
        let mut keys = Vec::with_capacity(2 + KEY + ADDRESS * (1 + addresses.len()));
        keys.extend([u8::from(key.is_some()), u8::from(listed.is_some())]);
        keys.extend(key.into_iter().flatten());
        keys.extend(listed.into_iter().flatten());
        keys.extend(addresses.iter().flatten());
        Outcome {
            number: self.number,
            stem: self.stem,
            bytes: self.bytes,
            row: serde_json::to_string(&row).unwrap_or_default(),
            text,
            keys,
        }
    }

    /// From the database; `None` for what [`Visited::put_away`] has not written.
    pub(super) fn take_up(outcome: Outcome) -> Option<Visited> {
        let row = serde_json::from_str(&outcome.row).ok()?;
        let ([has_key, has_listed], keys) = outcome.keys.split_first_chunk()?;
        let (key, keys) = keys.split_at_checked(KEY * usize::from(*has_key))?;
        let (listed, keys) = keys.split_at_checked(ADDRESS * usize::from(*has_listed))?;
        let (addresses, rest) = keys.as_chunks::<ADDRESS>();
        rest.is_empty().then(|| Visited {
            number: outcome.number,
            stem: outcome.stem,
            bytes: outcome.bytes,
            cleaned: Cleaned {
                row,
                text: outcome.text,
                key: key.try_into().ok(),
                addresses: addresses.to_vec(),
                listed: listed.try_into().ok(),
            },
            answered: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_away_comes_back() {
        let mut visited = Visited::of_row(7, Row::of_url("https://x.vn/a", Status::Written));
        assert_eq!(Visited::take_up(visited.clone().put_away()), Some(visited.clone()));
        visited.cleaned.key = Some([3; 32]);
        visited.cleaned.addresses = vec![[1; 16], [2; 16]];
        visited.cleaned.listed = Some([4; 16]);
        visited.cleaned.row.charset = Some("UTF-8".into());
        visited.cleaned.row.blocks_kept.insert(crate::label::Label::Body, 3);
        assert_eq!(Visited::take_up(visited.clone().put_away()), Some(visited));
    }

    #[test]
    fn broken_outcomes_are_told() {
        let whole = Visited::of_row(7, Row::of_url("https://x.vn/a", Status::Failed)).put_away();
        assert_eq!(Visited::take_up(Outcome { row: "{".to_owned(), ..whole.clone() }), None);
        assert_eq!(Visited::take_up(Outcome { keys: vec![1, 2], ..whole }), None);
    }
}
