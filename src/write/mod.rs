//! What a run leaves behind: names, manifest rows, article rows, and the file operations that survive a crash.
//!
//! Enters: cleaned pages and their rendered text. Leaves: file names, lines of JSON, synced files.
//! Invariant: a reader of the output folder never sees half a document under its final name.

pub mod articles;
pub mod durable;
pub mod manifest;
pub mod name;
pub mod warc;
