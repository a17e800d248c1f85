//! Text to tree, and the tree's head to metadata.
pub mod dom;
pub mod author;
pub mod date;
pub mod entity;
pub mod head;
pub mod hydration;
pub mod jsonld;
pub mod language;
pub mod links;
pub(crate) mod memo;
pub mod metadata;
pub mod resolve;
pub mod site_name;
pub mod title;
