//! A cleaned page on its way to the manifest, from a file or from the web.
//!
//! Enters: what cleaning made of a page. Leaves: its row, and what is needed to settle it among others.
//! Invariant: nothing here depends on another page.

use url::Url;

use super::{Product, RunOptions};
use crate::dedup::address::opening_keys;
use crate::write::manifest::{Row, Status};
use crate::write::name::hex;

/// A row, and what is written if it is an article's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Cleaned {
    /// `Written` means an article, if no earlier one has its text or an address of it.
    pub(super) row: Row,
    /// The article; empty if there is none.
    pub(super) text: String,
    /// Its content key.
    pub(super) key: Option<[u8; 32]>,
    /// Keys under which it is found by its addresses.
    pub(super) addresses: Vec<[u8; 16]>,
    /// The address that it was listed under; other spellings of it are its duplicates.
    pub(super) listed: Option<[u8; 16]>,
}

impl Cleaned {
    /// A row that is all there is.
    pub(super) fn of_row(row: Row) -> Cleaned {
        Cleaned { row, ..Cleaned::default() }
    }

    /// What cleaning made of a page from `url`, beside what its row says already.
    pub(super) fn of_product(row: Row, product: Product, url: Option<&Url>, options: &RunOptions) -> Cleaned {
        let Product { page, text, key } = product;
        let addresses = url.map(|url| opening_keys(&page, url)).unwrap_or_default();
        let mut row = row.with_cleaned(page, &options.include);
        if row.status == Status::Skipped {
            return Cleaned::of_row(row);
        }
        if text.trim().is_empty() {
            return Cleaned::of_row(row.without_text());
        }
        row.characters = Some(text.chars().count() as u64);
        row.content_key = key.as_ref().map(|key| hex(key));
        row.key_version = key.map(|_| options.key_version);
        Cleaned { row, text, key, addresses, listed: None }
    }
}
