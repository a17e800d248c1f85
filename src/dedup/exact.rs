//! The content key: SHA-256 over the folded text of the article, without title, captions, byline and date.
//!
//! Enters: a [`CleanedPage`]. Leaves: a [`ContentKey`]; equal for copies that differ in markup, encoding, spacing, quotes,
//! dashes, case or tone placement.

use std::fmt;

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::label::Label;
use crate::normalize::fold::fold;
use crate::pipeline::CleanedPage;

/// Version of the key's definition. Keys of different versions are not compared.
pub const KEY_VERSION: u32 = 1;

/// Labels whose text makes the key.
const PARTS: [Label; 3] = [Label::Lead, Label::Body, Label::Subhead];

/// A document's content key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ContentKey(pub [u8; 32]);

impl ContentKey {
    /// The first 16 hex digits, as in file names.
    #[must_use]
    pub fn short(&self) -> String {
        self.to_string()[..16].to_owned()
    }
}

impl fmt::Display for ContentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The key of a page's text; `None` where it has none.
#[must_use]
pub fn content_key(page: &CleanedPage) -> Option<ContentKey> {
    let text = folded_text(page, usize::MAX);
    (!text.is_empty()).then(|| ContentKey(Sha256::digest(text).into()))
}

/// The folded text that makes the key, block after block, ended once it has `bytes` or more.
pub(super) fn folded_text(page: &CleanedPage, bytes: usize) -> String {
    let mut text = String::new();
    for block in page.blocks.iter().filter(|block| PARTS.contains(&block.label)) {
        let folded = fold(&block.text);
        text.push_str(without_sign(&folded));
        text.push(' ');
        if text.len() >= bytes {
            break;
        }
    }
    // Blocks are paragraphs in one form and lines in another, so what stands between them is one space.
    text.trim().to_owned()
}

/// A folded text without the paper's sign before it: `(lđtđ) `, `(plo)- `.
fn without_sign(folded: &str) -> &str {
    let Some((sign, rest)) = folded.strip_prefix('(').and_then(|rest| rest.split_once(')')) else {
        return folded;
    };
    let is_sign = sign.chars().count() <= 14 && !sign.contains(' ');
    if is_sign { rest.trim_start_matches([' ', '-', ':']) } else { folded }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_papers_sign_takes_no_part() {
        assert_eq!(without_sign("(lđ&pl) ngày 4/7"), "ngày 4/7");
        assert_eq!(without_sign("(plo)- phó bí thư"), "phó bí thư");
        assert_eq!(without_sign("(một câu trong ngoặc) rồi"), "(một câu trong ngoặc) rồi");
    }
}
