//! Renderings of what the pipeline and a run found, for people to read.
//!
//! Enters: plain values. Leaves: strings; the edge prints or saves them.
//! Invariant: text from documents is made printable first, so no page can steer a terminal or a browser.

#[cfg(feature = "cli")]
pub mod explain;
pub mod explain_html;
pub mod explained;
pub mod palette;
pub mod summary;
pub mod wrap;
