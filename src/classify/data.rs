//! Data that is no text: an object of JSON that a page carries in an element and shows to nobody, however long it is, and a
//! number alone, such as that of a slide, outside paragraphs.
//!
//! Enters: a draft. Leaves: claims for such blocks; what stands in `pre` is shown to be read.

use crate::classify::draft::Draft;
use crate::classify::evidence::Signal;
use crate::label::Label;
use crate::segment::block::Kind;

/// Bytes of a number that counts something of the page's, such as "2 / 14".
const MAX_NUMBER: usize = 7;
/// Digits of it: a year heads what it tells of.
const MAX_DIGITS: usize = 3;

/// Claims the data.
pub(super) fn claim(draft: &mut Draft<'_>) {
    for at in 0..draft.context.len() {
        let block = &draft.context.page.blocks[at];
        let is_number = block.kind == Kind::Loose && is_number(&block.text);
        let starts_sign = draft.context.shapes[at].starts_sign;
        if is_number || starts_sign && block.kind != Kind::Pre && is_data(&block.text) {
            draft.claim(at, Label::Other, Signal::plain("data"));
        }
    }
}

fn is_number(text: &str) -> bool {
    let is_sign = |byte: u8| b"/.# ".contains(&byte);
    let parts = text.split(|c: char| !c.is_ascii_digit()).map(str::len);
    text.len() <= MAX_NUMBER
        && text.bytes().all(|byte| byte.is_ascii_digit() || is_sign(byte))
        && (1..=MAX_DIGITS).contains(&parts.max().unwrap_or(0))
}

fn is_data(text: &str) -> bool {
    let in_brackets = (text.starts_with("{\"") && text.ends_with('}'))
        || (text.starts_with("[{\"") && text.ends_with("}]"));
    in_brackets && text.contains("\":")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_alone_are_data() {
        assert!(["1", "12.", "#3", "2 / 14"].into_iter().all(is_number));
        assert!(!["1 giờ", "2-1", "١", "—", "1968", "...", ""].into_iter().any(is_number));
    }

    #[test]
    fn objects_are_data_and_prose_in_braces_is_not() {
        assert!(is_data(r#"{"layout":2,"text":"Buy now"}"#));
        assert!(is_data(r#"[{"a":1,"b":[2]},{"c":3}]"#));
        assert!(is_data(r#"{"error":"no such page"}"#));
        for text in
            ["{a} is a set", "[{1}]", r#"{"a": so he wrote, and left."#, r#"{"Why?" she asked}"#, "{", ""]
        {
            assert!(!is_data(text), "{text}");
        }
    }
}
