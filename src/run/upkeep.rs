//! Care for the memory in an output folder: `tinsach state`.
//!
//! Enters: an output folder. Leaves: what is wrong with its database, its addresses, a smaller or another database.
//! Invariant: the folder's lock is held as long as anything is looked at, and texts and rows are never touched.

mod rebuild;
mod restart;

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use url::Url;

use super::archive::file_bytes;
use super::folder::{Lock, MANIFEST, OWN, lock};
use super::rows::Rows;
use super::{RunError, archive};
use crate::canonical;
use crate::state::{self, Forgotten, KnownAddress, Position, Presence, State, StateError, Survey};
use crate::write::articles;

pub use rebuild::Rebuilt;

/// An output folder whose memory is looked after.
pub struct Upkeep {
    out: PathBuf,
    database: PathBuf,
    _lock: Lock,
}

/// What was found in a folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// Where the database lies.
    pub database: PathBuf,
    /// What is wrong; nothing of a whole one.
    pub faults: Vec<String>,
    /// What a person may want to know.
    pub notes: Vec<String>,
    /// What lies in the database; `None` where it cannot be looked at.
    pub survey: Option<Survey>,
    /// Bytes of the database on disk.
    pub bytes: u64,
}

impl Upkeep {
    /// Takes the lock of a folder that a run has written to.
    ///
    /// # Errors
    /// [`RunError::NoState`], [`RunError::Locked`] and [`RunError::Folder`]; nothing is made then.
    pub fn open(out: &Path) -> Result<Upkeep, RunError> {
        let own = out.join(OWN);
        if !own.is_dir() && !out.join(MANIFEST).is_file() {
            return Err(RunError::NoState { dir: out.to_owned() });
        }
        fs::create_dir_all(&own).map_err(|source| RunError::Folder { path: own.clone(), source })?;
        let lock = lock(out, &own.join("lock"))?;
        Ok(Upkeep { out: out.to_owned(), database: own.join("state.db"), _lock: lock })
    }

    /// Looks at every page of the database, and compares it with the files that it speaks of.
    ///
    /// # Errors
    /// [`StateError`] where another or a newer program's database is in the way, or may not be read.
    pub fn check(&self) -> Result<Health, RunError> {
        let mut health = Health { database: self.database.clone(), ..Health::default() };
        let survey = match self.state().and_then(|state| Ok((state.bytes(), state.survey()?))) {
            Ok((bytes, survey)) => {
                health.bytes = bytes;
                survey
            }
            Err(RunError::State(StateError::Damaged { detail, .. })) => {
                health.faults.push(detail);
                return Ok(health);
            }
            Err(RunError::State(StateError::Failed { source, .. })) if rebuild::is_damage(&source) => {
                health.faults.push(source.to_string());
                return Ok(health);
            }
            Err(RunError::NoState { .. }) => {
                health.faults.push("it is missing".to_owned());
                return Ok(health);
            }
            Err(error) => return Err(error),
        };
        health.faults.clone_from(&survey.faults);
        if survey.lost > 0 {
            let lost = survey.lost;
            health
                .notes
                .push(format!("what came of {lost} visits is not there; the next fetch makes them again"));
        }
        if let Some(files) = survey.pending {
            health.notes.push(format!(
                "a run was killed in the middle of a batch; the next one takes its {files} files back"
            ));
        }
        if let Some(position) = &survey.position {
            self.compare(position, survey.pending.is_some(), &mut health);
        }
        health.survey = Some(survey);
        Ok(health)
    }

    /// Compares the committed position with the files.
    fn compare(&self, position: &Position, is_open: bool, health: &mut Health) {
        let of = |name: &str| fs::metadata(self.out.join(name)).map_or(0, |file| file.len());
        for (name, remembered) in
            [(MANIFEST, position.manifest_bytes), (articles::FILE, position.articles_bytes)]
        {
            let bytes = of(name);
            if bytes < remembered {
                let missing = remembered - bytes;
                health
                    .faults
                    .push(format!("{name} is {missing} bytes shorter than it was: rows were taken away"));
            } else if bytes > remembered && !is_open {
                let more = bytes - remembered;
                health.notes.push(format!("{name} is {more} bytes longer than the last run left it"));
            }
        }
        if file_bytes(&self.out, position.archive_number) < position.archive_bytes {
            let name = archive::file_name(position.archive_number);
            health.notes.push(format!("{name} is gone or cut; the archive goes on in a file of its own"));
        }
    }

    /// Writes the database anew without what was deleted; gives its bytes before and after.
    ///
    /// # Errors
    /// [`RunError::State`].
    pub fn compact(&self) -> Result<(u64, u64), RunError> {
        let mut state = self.state()?;
        let before = state.bytes();
        state.compact()?;
        Ok((before, state.bytes()))
    }

    /// Hands every address that was listed to `each`, until it fails.
    ///
    /// # Errors
    /// The outer one is [`RunError::State`], the inner one that of `each`.
    pub fn each_address<E>(
        &self,
        each: impl FnMut(KnownAddress) -> Result<(), E>,
    ) -> Result<Result<(), E>, RunError> {
        Ok(self.state()?.each_address(each)?)
    }

    /// Forgets the addresses of a host and of those below it, so that they are fetched anew when they are listed again.
    ///
    /// # Errors
    /// [`RunError::NoHost`], [`RunError::State`], [`RunError::Write`] if the manifest cannot be read; then nothing is
    /// forgotten.
    pub fn forget(&self, host: &str) -> Result<Forgotten, RunError> {
        let (host, site) = self::host(host).ok_or_else(|| RunError::NoHost { host: host.to_owned() })?;
        let is_its = |url: &str| {
            let parsed = canonical::parse(url).ok();
            let own = parsed.as_ref().and_then(Url::host_str);
            own.and_then(|own| own.strip_suffix(host.as_str()))
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        let mut state = self.state()?;
        let mut rows = Rows::open(&self.out.join(MANIFEST))?;
        let mut its = std::iter::from_fn(|| {
            loop {
                let row: Written = serde_json::from_slice(rows.next()?).unwrap_or_default();
                let addresses = [row.url, row.final_url, row.canonical_url];
                if addresses.iter().flatten().any(|url| is_its(url)) && row.file.is_some() {
                    return row.file;
                }
            }
        });
        let forgotten = state.forget(&site, &is_its, &mut its)?;
        rows.end()?;
        Ok(forgotten)
    }

    /// Opens the database that is there.
    fn state(&self) -> Result<State, RunError> {
        match state::check(&self.database)? {
            Presence::Missing => Err(RunError::NoState { dir: self.out.clone() }),
            Presence::Usable => Ok(State::open(&self.database)?),
        }
    }
}

/// A host as addresses have it, and its site.
fn host(typed: &str) -> Option<(String, String)> {
    let url = canonical::parse(&format!("https://{}/", typed.trim())).ok()?;
    let is_alone =
        url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.port().is_none();
    let host = url.host_str().filter(|_| is_alone)?;
    Some((host.to_owned(), canonical::site(&url)))
}

/// What a row says of addresses and its document.
#[derive(Default, Deserialize)]
struct Written {
    url: Option<String>,
    final_url: Option<String>,
    canonical_url: Option<String>,
    file: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_names_alone() {
        let of = |typed: &str| host(typed).map(|(host, site)| format!("{host} {site}"));
        assert_eq!(of("example.vn").as_deref(), Some("example.vn example.vn"));
        assert_eq!(of(" Www.Báo.com.VN ").as_deref(), Some("www.xn--bo-mia.com.vn xn--bo-mia.com.vn"));
        assert_eq!(of("127.1").as_deref(), Some("127.0.0.1 127.0.0.1"));
        for typed in ["", "a/b", "a:81", "https://a.vn", "a?b", "u@a.vn", "a b"] {
            assert_eq!(of(typed), None, "{typed}");
        }
    }
}
