//! tinsach (*tin sạch*, "clean news") separates news articles from everything a page puts around them.
//!
//! First the pure core, in the order of the data's way down, then the edges around it; each module imports only from
//! those above it. The core does no I/O, reads no clock and keeps no state; the edges (`source`, `fetch`, `write`,
//! `state`, `run`, `cli`) exist only with the feature `cli`.

pub mod label;
pub mod page;

pub mod normalize;

pub mod canonical;

#[cfg(feature = "cli")]
pub mod timing;

pub mod rules;

pub mod decode;

pub mod parse;

pub mod segment;

pub mod classify;

pub mod pipeline;

pub mod dedup;

pub mod report;

pub mod config;

#[cfg(feature = "cli")]
pub mod source;

#[cfg(feature = "cli")]
pub mod fetch;

#[cfg(feature = "cli")]
pub mod write;

#[cfg(feature = "cli")]
pub mod state;

#[cfg(feature = "cli")]
pub mod run;

#[cfg(feature = "cli")]
pub mod cli;
