//! Addresses on their way into the frontier.
//!
//! Enters: batches of listed addresses. Leaves: what became of each: queued, known, queued again, left aside.
//! Invariant: an address has one number at a time, and a later one than all before it.

use std::collections::HashMap;

use rusqlite::{OptionalExtension, Transaction, params};

use super::finding::{Again, Finding};
use super::integer::{signed, unsigned};
use super::outcome::{Outcome, insert_outcome};
use super::stage::{NEXT_NUMBER, Stage, requeue};
use super::{State, StateError, failed};
use crate::canonical;

/// Names of sites whose numbers are kept in memory while addresses are listed.
const MAX_SITES_KEPT: usize = 50_000;

/// One address as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The address as given.
    pub url: String,
    /// Key of its canonical URL; of the text itself where it is no usable address.
    pub key: i64,
    /// Key of the text as given.
    pub given_key: i64,
    /// The site it is asked from; `None` where it is no usable address, so that nothing is to be visited.
    pub site: Option<String>,
    /// What the source says that names it; `None` for an address of a list.
    pub finding: Option<Finding>,
}

/// What became of a listed address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    /// It got this number, and is queued for the site of this number.
    Queued {
        /// Position among all addresses.
        number: u64,
        /// Number of the site.
        site: i64,
    },
    /// It got this number, and there is nothing to visit: it is unusable, or another spelling of an earlier one.
    Numbered {
        /// Position among all addresses.
        number: u64,
    },
    /// It was visited before, and is queued again under this number: it failed, or its source states a change.
    Again {
        /// Position among all addresses.
        number: u64,
        /// Number of the site.
        site: i64,
    },
    /// There was no room for it, or its page has changed while it is visited; nothing is remembered of that.
    Left,
    /// The same text was listed before.
    Known {
        /// The number that it got then.
        number: u64,
        /// How far it has come.
        stage: Stage,
    },
}

/// Gives numbers to sites; keeps the latest in memory.
#[derive(Debug, Default)]
pub(super) struct SiteNumbers(HashMap<String, i64>);

impl SiteNumbers {
    fn of(&mut self, transaction: &Transaction<'_>, name: &str) -> rusqlite::Result<i64> {
        if let Some(id) = self.0.get(name) {
            return Ok(*id);
        }
        transaction.prepare_cached("INSERT OR IGNORE INTO sites (name) VALUES (?1)")?.execute([name])?;
        let id = transaction
            .prepare_cached("SELECT id FROM sites WHERE name = ?1")?
            .query_row([name], |row| row.get(0))?;
        if self.0.len() >= MAX_SITES_KEPT {
            self.0.clear();
        }
        self.0.insert(name.to_owned(), id);
        Ok(id)
    }
}

impl State {
    /// Adds listed addresses in one transaction; gives what became of each, in their order. `outcome` gives that of the
    /// candidate at a place where nothing is to be visited, under its number; it is added with it.
    ///
    /// At most `room` addresses that were not known are added. A power failure may take them back, until the next commit
    /// of a batch; what was listed is then listed again.
    ///
    /// # Errors
    /// [`StateError::Failed`]; then none of them is added.
    pub fn list(
        &mut self,
        candidates: &[Candidate],
        room: u64,
        outcome: &dyn Fn(usize, u64) -> Outcome,
    ) -> Result<Vec<Listed>, StateError> {
        let mut sites = std::mem::take(&mut self.sites);
        let mut listed = Vec::with_capacity(candidates.len());
        self.sync_commits(false)?;
        let added = self.transact(|transaction| {
            let mut next = transaction.query_row(NEXT_NUMBER, [], |row| unsigned(row, 0))?;
            let mut room = room;
            for (at, candidate) in candidates.iter().enumerate() {
                let mut adding = Adding { transaction, sites: &mut sites, next, has_room: room > 0 };
                let result = adding.add(candidate)?;
                if let Listed::Numbered { number } = result {
                    insert_outcome(transaction, &outcome(at, number))?;
                }
                next += u64::from(!matches!(result, Listed::Known { .. } | Listed::Left));
                room -= u64::from(matches!(result, Listed::Queued { .. } | Listed::Numbered { .. }));
                listed.push(result);
            }
            Ok(())
        });
        self.sync_commits(true)?;
        if added.is_ok() {
            // Numbers that a failed transaction gave are not there.
            self.sites = sites;
        }
        added.map(|()| listed)
    }

    /// Whether a commit waits for the disk. One that does takes all before it along.
    fn sync_commits(&self, waits: bool) -> Result<(), StateError> {
        let mode = if waits { "full" } else { "normal" };
        self.connection.pragma_update(None, "synchronous", mode).map_err(failed(&self.path))
    }
}

/// One address on its way into the frontier.
struct Adding<'a, 'b> {
    transaction: &'a Transaction<'b>,
    sites: &'a mut SiteNumbers,
    /// The number that it gets.
    next: u64,
    has_room: bool,
}

impl Adding<'_, '_> {
    fn add(&mut self, candidate: &Candidate) -> rusqlite::Result<Listed> {
        let (key, (site, state)) = match (self.known(candidate.key)?, &candidate.site) {
            (Some((url, known)), _) if url == candidate.url => {
                return self.again(candidate, known);
            }
            (None, _) if !self.has_room => return Ok(Listed::Left),
            (None, Some(site)) => (candidate.key, self.queued(site)?),
            (None, None) => (candidate.key, (0, Stage::Failed)),
            (Some((url, first)), site) => {
                if let Some((_, known)) = self.known(candidate.given_key)? {
                    return self.again(candidate, known);
                }
                let is_same = is_same_page(&url, &candidate.url);
                if is_same && candidate.finding.is_some() {
                    // A source may spell an address as it likes, each time another way.
                    return self.again(candidate, first);
                }
                if !self.has_room {
                    return Ok(Listed::Left);
                }
                // Another spelling of an address is known by its text alone; so is another address, should two ever
                // share the few bits of a key.
                let outcome = match site {
                    Some(site) if !is_same => self.queued(site)?,
                    _ => (0, Stage::Done),
                };
                (candidate.given_key, outcome)
            }
        };
        let number = self.next;
        self.transaction
            .prepare_cached(
                "INSERT INTO urls (number, key, site, state, url, source, first, stated)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                signed(number),
                key,
                site,
                state.number(),
                candidate.url,
                candidate.finding.map(|finding| finding.source),
                candidate.finding.map(|finding| finding.at),
                candidate.finding.and_then(|finding| finding.stated)
            ])?;
        Ok(if state == Stage::Queued { Listed::Queued { number, site } } else { Listed::Numbered { number } })
    }

    /// An address that was listed before: as it is, or queued once more if the source gives a reason to.
    fn again(&mut self, candidate: &Candidate, known: Listed) -> rusqlite::Result<Listed> {
        let (Some(finding), Listed::Known { number, stage }) = (&candidate.finding, known) else {
            return Ok(known);
        };
        match finding.asks_again(self.transaction, number, stage)? {
            Again::Never => Ok(known),
            Again::Later => Ok(Listed::Left),
            Again::AtOnce => {
                let site = requeue(self.transaction, number, self.next)?;
                Ok(Listed::Again { number: self.next, site })
            }
        }
    }

    fn known(&self, key: i64) -> rusqlite::Result<Option<(String, Listed)>> {
        let mut find =
            self.transaction.prepare_cached("SELECT url, number, state FROM urls WHERE key = ?1")?;
        find.query_row([key], |row| {
            let (number, stage) = (unsigned(row, 1)?, Stage::from_number(row.get(2)?));
            Ok((row.get(0)?, Listed::Known { number, stage }))
        })
        .optional()
    }

    fn queued(&mut self, site: &str) -> rusqlite::Result<(i64, Stage)> {
        Ok((self.sites.of(self.transaction, site)?, Stage::Queued))
    }
}

fn is_same_page(one: &str, other: &str) -> bool {
    let key = |given: &str| canonical::parse(given).map(|url| canonical::key(&url)).ok();
    key(one) == key(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_addresses_of_one_key_are_both_visited() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut state = State::open(&folder.path().join("state.db")).expect("a state");
        let candidate = |url: &str, given_key| Candidate {
            url: url.to_owned(),
            key: 1,
            given_key,
            site: Some("x.vn".to_owned()),
            finding: None,
        };
        let list = [
            candidate("https://x.vn/a", 2),
            candidate("https://x.vn/b", 3),
            candidate("https://x.vn/a?utm_source=y", 4),
            candidate("https://x.vn/b", 3),
        ];
        let none = |_: usize, number| Outcome {
            number,
            stem: String::new(),
            bytes: 0,
            row: "{}".to_owned(),
            text: String::new(),
            keys: vec![0, 0],
        };
        let listed = state.list(&list, u64::MAX, &none).expect("listed");
        let expected = [
            Listed::Queued { number: 1, site: 1 },
            Listed::Queued { number: 2, site: 1 },
            Listed::Numbered { number: 3 },
            Listed::Known { number: 2, stage: Stage::Queued },
        ];
        assert_eq!(listed, expected);
    }
}
