//! What the elements of feeds are.
//!
//! Enters: names and values of elements. Leaves: what they mean. Invariant: nothing is kept.

/// Whether an element of the feed's own opens a field of an item.
pub(super) fn is_field(local: &str) -> bool {
    matches!(
        local,
        "author"
            | "category"
            | "comments"
            | "content"
            | "description"
            | "enclosure"
            | "guid"
            | "id"
            | "link"
            | "pubdate"
            | "published"
            | "summary"
            | "title"
            | "updated"
    )
}

/// Whether a prefix is one of Dublin Core's (<https://www.rssboard.org/rss-profile#namespace-elements-dublin>).
pub(super) fn is_dublin(prefix: &str) -> bool {
    matches!(prefix, "dc" | "dct" | "dcterms")
}

/// Whether a value says no.
pub(super) fn is_no(value: &str) -> bool {
    matches!(value.trim().to_ascii_lowercase().as_str(), "false" | "no" | "0")
}

/// Seconds of a period's name (<https://web.resource.org/rss/1.0/modules/syndication/>).
pub(super) fn period(name: &str) -> Option<u64> {
    const DAY: u64 = 86_400;
    match name.trim().to_ascii_lowercase().as_str() {
        "hourly" => Some(3_600),
        "daily" => Some(DAY),
        "weekly" => Some(7 * DAY),
        "monthly" => Some(30 * DAY),
        "yearly" => Some(365 * DAY),
        _ => None,
    }
}
