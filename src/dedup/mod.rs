//! Duplicates: the key under which two documents are one.

pub mod exact;
