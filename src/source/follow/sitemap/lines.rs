//! A sitemap of one address on each line.
//!
//! Enters: text. Leaves: its entries. Invariant: a line that is too long is one bad address, and no more of it is kept.

use super::decoding::Decoding;
use super::{Entries, SitemapItem, SitemapKind, Walked};
use crate::canonical::MAX_ADDRESS_BYTES;
use crate::source::follow::{Found, NotFollowed};
use crate::source::peek::{Line, read_line};

/// Reads all lines; blank ones, and comments as robots.txt has them, are no entries.
pub(super) fn walk(mut text: Decoding, mut entries: Entries<'_>) -> Result<Walked, NotFollowed> {
    let mut line = Vec::new();
    let mut end = None;
    while !entries.stopped {
        text.rewind();
        match read_line(&mut text, MAX_ADDRESS_BYTES as u64, &mut line) {
            Err(error) => {
                end = Some(error);
                break;
            }
            Ok(Line::End) => break,
            Ok(Line::TooLong) => {
                entries.count += 1;
                entries.tally.bad_address += 1;
                continue;
            }
            Ok(Line::Whole) => {}
        }
        let address = String::from_utf8_lossy(&line);
        let address = address.trim();
        if address.is_empty() || address.starts_with('#') {
            continue;
        }
        if entries.is_full() {
            entries.tally.many_items = Some(entries.limits.entries);
            break;
        }
        if let Some(url) = entries.admitted(address) {
            let found = Found { url, title: None, published: None, modified: None, language: None };
            entries.give(SitemapItem::Page(found));
        }
    }
    entries.finish(SitemapKind::Lines, end.as_ref())
}
