//! Blocks to labels with evidence.

pub mod context;
pub mod evidence;
pub mod features;
pub mod model;
pub mod shape;
mod title;
pub mod tree;
