//! `[[source]]` and `[crawl]`: what a crawl follows, and how.
//!
//! Enters: nothing. Leaves: the structs of both and their defaults.
//! Invariant: a source's name tells it from all others, and is what its memory is kept under.

use serde::{Deserialize, Serialize};

use super::Seconds;
use crate::label::Label;

/// `[[source]]`: one feed, sitemap, section page or list that a crawl follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Source {
    /// Its name, in the state, in rows and in messages.
    pub name: String,
    /// What it is.
    pub kind: SourceKind,
    /// Its address; for `urls` also the path of a list.
    pub url: String,
    /// When it is followed: `every 30m`, or a cron line.
    pub schedule: String,
    /// The time zone of a cron line, by its IANA name; empty for that of the system.
    pub zone: String,
    /// Whether it is followed at all.
    pub enabled: bool,
    /// Whether it is followed less often while it brings nothing, and more often while it brings much.
    pub adaptive: bool,
    /// Labels whose blocks are written of its articles; empty for those of `[clean]`.
    pub include: Vec<Label>,
    /// Folder of its texts inside the output folder; empty for the output folder itself.
    pub folder: String,
    /// Time between two requests to its site; zero for that of `[fetch]`.
    pub delay: Seconds,
    /// Articles that are dated earlier than so many days ago are left aside; 0 takes all.
    pub max_age_days: u64,
    /// Most articles that are taken in one run, the newest first; 0 takes all.
    pub limit: u64,
    /// Patterns of addresses that are taken (`/xa-hoi/*`); empty takes all.
    pub only: Vec<String>,
    /// Patterns of addresses that are left aside.
    pub except: Vec<String>,
}

impl Default for Source {
    fn default() -> Self {
        Source {
            name: String::new(),
            kind: SourceKind::Feed,
            url: String::new(),
            schedule: "every 1h".to_owned(),
            zone: String::new(),
            enabled: true,
            adaptive: false,
            include: Vec::new(),
            folder: String::new(),
            delay: Seconds(0),
            max_age_days: 0,
            limit: 0,
            only: Vec::new(),
            except: Vec::new(),
        }
    }
}

/// What a source is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceKind {
    /// RSS, Atom or JSON Feed.
    #[default]
    Feed,
    /// A sitemap, or an index of them.
    Sitemap,
    /// A section or front page.
    Listing,
    /// A list of addresses: a file, or an address that serves one.
    Urls,
}

/// `[crawl]`: how sources are followed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Crawl {
    /// Whether an article that has changed is written again.
    pub revisions: bool,
    /// A command that is run when a source has failed so many times in a row; empty for none.
    pub notify: String,
    /// After how many failures in a row; 1 to 1000.
    pub notify_after: u32,
    /// Where figures for Prometheus are served, on loopback: `127.0.0.1:9464`; empty for nowhere.
    pub metrics: String,
}

impl Default for Crawl {
    fn default() -> Self {
        Crawl { revisions: false, notify: String::new(), notify_after: 3, metrics: String::new() }
    }
}
