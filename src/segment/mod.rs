//! Documents to blocks.
pub mod block;
