//! What was wrong with a document and what was passed over, told once for each kind.
//!
//! Enters: one call for each thing met. Leaves: [`Notice`]s in a fixed order.
//! Invariant: a document has at most one notice of each kind, whatever its size.

use std::fmt;

use serde::Serialize;

/// Something that was passed over or mended. Counts are of items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Notice {
    /// The document ends in the middle; what was whole before is kept.
    Truncated,
    /// Markup that no rule allows was passed over.
    Broken,
    /// Text before the document's first tag was passed over.
    JunkBefore,
    /// The document declares entities; none is resolved, and what names one is left out.
    Entities,
    /// Only the first so many items were read.
    ManyItems(u64),
    /// Only the first so many bytes were read.
    ManyBytes(u64),
    /// Items without an address were passed over.
    NoAddress(u64),
    /// Addresses that are none of http or https, or malformed, were passed over.
    BadAddress(u64),
    /// Addresses of other sites were passed over.
    OtherSite(u64),
    /// Addresses that look like a calendar's or an endless page's were passed over.
    Trap(u64),
    /// Dates that cannot be read were dropped.
    BadDate(u64),
    /// Dates more than a day ahead were dropped.
    FutureDate(u64),
    /// Items that state no date.
    NoDate(u64),
}

impl Notice {
    /// A short name that stays the same.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Notice::Truncated => "truncated",
            Notice::Broken => "broken",
            Notice::JunkBefore => "junk_before",
            Notice::Entities => "entities",
            Notice::ManyItems(_) => "many_items",
            Notice::ManyBytes(_) => "many_bytes",
            Notice::NoAddress(_) => "no_address",
            Notice::BadAddress(_) => "bad_address",
            Notice::OtherSite(_) => "other_site",
            Notice::Trap(_) => "trap",
            Notice::BadDate(_) => "bad_date",
            Notice::FutureDate(_) => "future_date",
            Notice::NoDate(_) => "no_date",
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Notice::Truncated => out.write_str("ends in the middle; what was whole is kept"),
            Notice::Broken => out.write_str("malformed in places, which were passed over"),
            Notice::JunkBefore => out.write_str("other text stands before it"),
            Notice::Entities => out.write_str("declares entities, which are not resolved"),
            Notice::ManyItems(limit) => write!(out, "only the first {limit} items were read"),
            Notice::ManyBytes(limit) => write!(out, "only the first {limit} bytes were read"),
            Notice::NoAddress(count) => write!(out, "{count} without an address"),
            Notice::BadAddress(count) => write!(out, "{count} with an address that is none of the web's"),
            Notice::OtherSite(count) => write!(out, "{count} of another site"),
            Notice::Trap(count) => write!(out, "{count} that look like a calendar or an endless page"),
            Notice::BadDate(count) => write!(out, "{count} with a date that cannot be read"),
            Notice::FutureDate(count) => write!(out, "{count} dated ahead of time"),
            Notice::NoDate(count) => write!(out, "{count} without a date"),
        }
    }
}

/// Counts while a document is read.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a notice of its own, told once")]
pub(super) struct Tally {
    pub(super) truncated: bool,
    pub(super) broken: bool,
    pub(super) junk_before: bool,
    pub(super) entities: bool,
    pub(super) many_items: Option<u64>,
    pub(super) many_bytes: Option<u64>,
    pub(super) no_address: u64,
    pub(super) bad_address: u64,
    pub(super) other_site: u64,
    pub(super) trap: u64,
    pub(super) bad_date: u64,
    pub(super) future_date: u64,
    pub(super) no_date: u64,
}

impl Tally {
    /// The notices, in the order of [`Notice`].
    pub(super) fn notices(&self) -> Vec<Notice> {
        let flags = [
            (self.truncated, Notice::Truncated),
            (self.broken, Notice::Broken),
            (self.junk_before, Notice::JunkBefore),
            (self.entities, Notice::Entities),
        ];
        let limits = [self.many_items.map(Notice::ManyItems), self.many_bytes.map(Notice::ManyBytes)];
        let counts = [
            Notice::NoAddress(self.no_address),
            Notice::BadAddress(self.bad_address),
            Notice::OtherSite(self.other_site),
            Notice::Trap(self.trap),
            Notice::BadDate(self.bad_date),
            Notice::FutureDate(self.future_date),
            Notice::NoDate(self.no_date),
        ];
        let flags = flags.into_iter().filter_map(|(is_set, notice)| is_set.then_some(notice));
        flags.chain(limits.into_iter().flatten()).chain(counts.into_iter().filter(Notice::counts)).collect()
    }
}

impl Notice {
    /// Whether a count is not 0.
    fn counts(&self) -> bool {
        match self {
            Notice::NoAddress(count)
            | Notice::BadAddress(count)
            | Notice::OtherSite(count)
            | Notice::Trap(count)
            | Notice::BadDate(count)
            | Notice::FutureDate(count)
            | Notice::NoDate(count) => *count > 0,
            _ => true,
        }
    }
}
