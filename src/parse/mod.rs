//! Text to tree, and the tree's head to metadata.
pub mod dom;
pub mod metadata;
