//! Data that a page carries in an element and shows to nobody: an object of JSON is no sentence, however long it is.
//!
//! Enters: a draft. Leaves: claims for blocks that are such an object or a list of them; what stands in `pre` is shown to be read.

use crate::classify::Draft;
use crate::classify::evidence::Signal;
use crate::label::Label;
use crate::segment::block::Kind;

/// Pairs of key and value from which a text in brackets is data.
const PAIRS: usize = 2;

/// Claims the data.
pub(super) fn claim(draft: &mut Draft<'_>) {
    for at in 0..draft.context.len() {
        let block = &draft.context.page.blocks[at];
        if draft.context.shapes[at].starts_sign && block.kind != Kind::Pre && is_data(&block.text) {
            draft.claim(at, Label::Other, Signal::plain("data"));
        }
    }
}

fn is_data(text: &str) -> bool {
    let in_brackets = (text.starts_with("{\"") && text.ends_with('}'))
        || (text.starts_with("[{\"") && text.ends_with("}]"));
    in_brackets && text.match_indices("\":").take(PAIRS).count() == PAIRS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_data_and_prose_in_braces_is_not() {
        assert!(is_data(r#"{"layout":2,"text":"Buy now"}"#));
        assert!(is_data(r#"[{"a":1,"b":[2]},{"c":3}]"#));
        for text in
            ["{a} is a set", "[{1}]", r#"{"a": so he wrote, and left."#, r#"{"Why?" she asked}"#, "{", ""]
        {
            assert!(!is_data(text), "{text}");
        }
    }
}
