//! Blocks to labels with evidence.
pub mod evidence;
pub mod label;
