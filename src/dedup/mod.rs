//! Duplicates: the keys under which two documents are one.

pub mod address;
pub mod exact;
