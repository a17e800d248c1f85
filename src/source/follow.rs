//! What feeds, sitemaps and section pages name: addresses of articles, and what is said of them there.
//!
//! Enters: the bytes of a document and its address. Leaves: [`Followed`], or the reason why the document is none of
//! these. Nothing is fetched and no clock is read.
//! Invariant: whatever the bytes, time grows with their number, and no list is longer than its bound.

mod address;
mod date;
mod discover;
mod feed;
mod listing;
mod notice;
mod sitemap;
mod tag;

use std::ops::ControlFlow;
use std::time::Duration;

use thiserror::Error;
use url::Url;

pub use self::discover::{Discovered, Section, Suggestion, discover};
pub use self::feed::feed;
pub use self::listing::glob::Glob;
pub use self::listing::{ListingRules, listing};
pub use self::notice::Notice;
pub use self::sitemap::{SitemapItem, SitemapKind, SitemapLimits, Walked, sitemap};

/// Whether a walk goes on after an item.
pub type Flow = ControlFlow<()>;

/// An address that was found, with what the document says of the page behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The address as the document gives it, resolved; http or https, without credentials and fragment.
    pub url: Url,
    /// One line of plain text.
    pub title: Option<String>,
    /// Time of publication, in seconds since 1970.
    pub published: Option<i64>,
    /// Time of the last change, in seconds since 1970.
    pub modified: Option<i64>,
    /// Language tag, as stated.
    pub language: Option<String>,
}

/// What a document names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Followed {
    /// Pages, in the order of the document; an address stands once.
    pub found: Vec<Found>,
    /// Documents of the same kind to read next: the next page of a listing.
    pub more: Vec<Url>,
    /// What was wrong, and what was passed over.
    pub notices: Vec<Notice>,
    /// How often the document says that it changes.
    pub refresh: Option<Duration>,
}

/// Why a document is not what it was taken for.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NotFollowed {
    /// Nothing, or white space.
    #[error("the document is empty")]
    Empty,
    /// A page: the address gives HTML.
    #[error("the address gives a page, not a feed or sitemap{}", suggestion(alternates))]
    Html {
        /// Feeds that the page names, in its order.
        alternates: Vec<Url>,
    },
    /// A feed, where a sitemap was expected.
    #[error("the address gives a feed, not a sitemap")]
    Feed,
    /// A sitemap, where a feed was expected.
    #[error("the address gives a sitemap, not a feed")]
    Sitemap,
    /// A sitemap that declares entities of its own; none has a reason to.
    #[error("the sitemap declares entities, which are never resolved")]
    Entities,
    /// More than the limit before anything was found.
    #[error("nothing was found in the first {limit} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit: u64,
    },
    /// The bytes could not be read, or their compression could not be undone.
    #[error("cannot be read: {cause}")]
    Unreadable {
        /// What the reader says.
        cause: String,
    },
    /// None of the known kinds.
    #[error("neither a feed nor a sitemap")]
    Unknown,
}

impl NotFollowed {
    /// A short name that stays the same.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            NotFollowed::Empty => "empty",
            NotFollowed::Html { .. } => "html",
            NotFollowed::Feed => "feed",
            NotFollowed::Sitemap => "sitemap",
            NotFollowed::Entities => "entities",
            NotFollowed::TooLarge { .. } => "too_large",
            NotFollowed::Unreadable { .. } => "unreadable",
            NotFollowed::Unknown => "unknown",
        }
    }
}

fn suggestion(alternates: &[Url]) -> String {
    alternates.first().map_or_else(String::new, |url| format!("; the page names the feed {url}"))
}
