//! Blocks to labels with evidence.
pub mod evidence;

