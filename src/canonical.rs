//! Addresses: the canonical URL of a page, the site it belongs to, and the twins that show the same article.
//!
//! Enters: addresses as somebody typed or linked them. Leaves: one spelling for each page.
//! Invariant: canonicalising twice is canonicalising once, and nothing here looks a name up.
