//! Text to comparable text: Unicode form, white space, and the fold of the content key.
//!
//! Every function is pure; what makes text of text is idempotent.

pub mod fold;
pub mod letter;
pub mod unicode;
pub(crate) mod word;
