//! Text to comparable text: Unicode form, white space, and the fold of the content key.
//!
//! Every function is pure and idempotent.

pub mod fold;
pub mod unicode;
