//! Tags with thousands of attributes, found before the tokenizer meets them.
//!
//! Enters: decoded HTML. Leaves: the same without the attributes beyond [`MAX_ATTRIBUTES`] of a tag.
//! Invariant: no tag of the text that leaves has more, wherever a tokenizer may see tags begin. html5ever compares each
//! attribute with all before it, so a tag of a million would take hours.
//!
//! Whether a `<` begins a tag depends on all that stands before it (comments, scripts, embedded SVG). Instead of that,
//! every `<` and a letter is taken for a beginning, and all tags that may be open are followed at once: there are never
//! more of them than states, because two in one state have one future.

use std::borrow::Cow;

/// Attributes that a tag keeps. Pages have some dozens; a script between `<` and `>` may look like hundreds.
pub(super) const MAX_ATTRIBUTES: u32 = 4096;

/// Where a tokenizer stands inside a tag, after the HTML standard, section 13.2.5.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Behind the `<`.
    Opened,
    TagName,
    BeforeName,
    Name,
    AfterName,
    BeforeValue,
    DoubleQuoted,
    SingleQuoted,
    Unquoted,
    AfterQuoted,
}

/// A tag that may be open.
#[derive(Debug, Clone, Copy)]
struct Open {
    state: State,
    attributes: u32,
}

impl Open {
    /// Reads a byte; `false` where it ends the tag.
    fn take(&mut self, byte: u8) -> bool {
        let Some(next) = self.state.after(byte) else { return false };
        let between = matches!(self.state, State::BeforeName | State::AfterName | State::AfterQuoted);
        self.attributes += u32::from(between && next == State::Name);
        self.state = next;
        true
    }

    /// How many bytes of a quoted value follow that neither end it nor may begin another tag.
    fn quoted_bytes(self, bytes: &[u8]) -> usize {
        let quote = match self.state {
            State::DoubleQuoted => b'"',
            State::SingleQuoted => b'\'',
            _ => return 0,
        };
        memchr::memchr2(quote, b'<', bytes).unwrap_or(bytes.len())
    }
}

/// The text, each tag with at most [`MAX_ATTRIBUTES`].
pub(super) fn bounded(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let mut kept = String::new();
    let (mut from, mut at) = (0, 0);
    while let Some(excess) = next_excess(bytes, at) {
        let end = end_of_excess(bytes, excess);
        kept.push_str(&text[from..excess]);
        // Where the tag's own end goes as well, another takes its place.
        kept.push('>');
        (from, at) = (end, end);
    }
    if from == 0 {
        return Cow::Borrowed(text);
    }
    kept.push_str(&text[from..]);
    Cow::Owned(kept)
}

/// Where, from `at` on, an attribute begins that is one too many for its tag.
fn next_excess(bytes: &[u8], mut at: usize) -> Option<usize> {
    let mut open: Vec<Open> = Vec::new();
    while at < bytes.len() {
        match open.as_mut_slice() {
            [] => at += memchr::memchr(b'<', &bytes[at..])?,
            [only] => at += only.quoted_bytes(&bytes[at..]),
            _ => {}
        }
        let Some(byte) = bytes.get(at) else { break };
        let mut excess = false;
        open.retain_mut(|tag| {
            let goes_on = tag.take(*byte);
            excess |= tag.attributes > MAX_ATTRIBUTES;
            goes_on
        });
        if excess {
            return Some(at);
        }
        if *byte == b'<' && begins_tag(&bytes[at + 1..]) {
            open.push(Open { state: State::Opened, attributes: 0 });
        }
        if open.len() > 1 {
            merge(&mut open);
        }
        at += 1;
    }
    None
}

/// Of tags in one state only the one with most attributes counts.
fn merge(open: &mut Vec<Open>) {
    open.sort_unstable_by_key(|tag| (tag.state as u8, std::cmp::Reverse(tag.attributes)));
    open.dedup_by_key(|tag| tag.state);
}

fn begins_tag(rest: &[u8]) -> bool {
    let name = rest.strip_prefix(b"/").unwrap_or(rest);
    name.first().is_some_and(u8::is_ascii_alphabetic)
}

/// Where the attributes that began at `from` end: behind the tag, or before the next end tag. Should this be a script
/// after all, its end is not lost.
fn end_of_excess(bytes: &[u8], from: usize) -> usize {
    let mut state = State::BeforeName;
    for (at, byte) in bytes.iter().enumerate().skip(from) {
        if *byte == b'<' && bytes.get(at + 1) == Some(&b'/') {
            return at;
        }
        match state.after(*byte) {
            Some(next) => state = next,
            None => return at + 1,
        }
    }
    bytes.len()
}

impl State {
    /// The state after a byte; `None` where the byte ends the tag.
    fn after(self, byte: u8) -> Option<State> {
        use State::{
            AfterName, AfterQuoted, BeforeName, BeforeValue, DoubleQuoted, Name, Opened, SingleQuoted,
            TagName, Unquoted,
        };
        let blank = matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0C);
        Some(match (self, byte) {
            (DoubleQuoted, b'"') | (SingleQuoted, b'\'') => AfterQuoted,
            (DoubleQuoted | SingleQuoted, _) => self,
            (Opened, _) => TagName,
            (_, b'>') => return None,
            (TagName | BeforeName | Unquoted | AfterQuoted, _) if blank => BeforeName,
            (Name | AfterName, _) if blank => AfterName,
            (BeforeValue, _) if blank => BeforeValue,
            (BeforeValue, b'"') => DoubleQuoted,
            (BeforeValue, b'\'') => SingleQuoted,
            (BeforeValue | Unquoted, _) => Unquoted,
            (_, b'/') => BeforeName,
            (TagName, _) => TagName,
            (Name | AfterName, b'=') => BeforeValue,
            (BeforeName | Name | AfterName | AfterQuoted, _) => Name,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flood(attribute: impl Fn(u32) -> String) -> String {
        (0..20_000).map(attribute).collect()
    }

    fn attributes(text: &str) -> u32 {
        let mut open = Open { state: State::Opened, attributes: 0 };
        let _ = text.bytes().skip(1).find(|byte| !open.take(*byte));
        open.attributes
    }

    #[test]
    fn attributes_are_counted_as_the_standard_tells_them_apart() {
        for (tag, count) in [
            ("<a>", 0),
            ("<a/>", 0),
            ("<a b>", 1),
            ("<a b=c d>", 2),
            ("<a b='c d' e>", 2),
            ("<a b=\"x>y\"c/d/e>", 4),
            ("<a b = c>", 1),
            ("<a =b>", 1),
            ("<a b=c/d>", 1),
            ("<a b=>c", 1),
            ("</a b c>", 2),
        ] {
            assert_eq!(attributes(tag), count, "{tag}");
        }
    }

    #[test]
    fn floods_end_at_the_bound_however_they_are_written() {
        for attribute in [
            |n: u32| format!(" a{n}=1"),
            |n: u32| format!("/a{n}"),
            |n: u32| format!("b{n}='>'"),
            |n: u32| format!(" a{n}=\"<p c d e>\""),
            |n: u32| format!("\n<{n}"),
        ] {
            let text = format!("<div {}>inner</div>", flood(attribute));
            let bounded = bounded(&text);
            assert!(
                attributes(&bounded) <= MAX_ATTRIBUTES && bounded.ends_with(">inner</div>"),
                "{text:.40}"
            );
        }
    }

    #[test]
    fn a_false_beginning_hides_no_flood() {
        let flood = flood(|n| format!(" a{n}"));
        for before in ["<!-- <a b=\" -->", "<script>i<a='</script>", "x<y z=\"<b c='"] {
            let text = format!("{before}<div{flood}>inner");
            let bounded = bounded(&text);
            assert!(bounded.len() < text.len() / 2 && bounded.ends_with(">inner"), "{before}");
        }
    }

    #[test]
    fn what_looks_like_a_tag_in_a_script_leaves_its_end() {
        let code = "if(i<n) a = b; ".to_owned() + &"go to x; ".repeat(5000);
        let text = format!("<script>{code}</script><p>text</p>");
        assert!(bounded(&text).ends_with("</script><p>text</p>"));
        let quiet = format!("<script>{}</script><p title='a > b'>x", "i<n; ".repeat(5000));
        assert!(bounded(&quiet).ends_with("</script><p title='a > b'>x"));
    }

    #[test]
    fn pages_stay_as_they_are() {
        let page = "<p class='a b' data-x=\"{'a': 1}\">chữ < số</p>".repeat(3000);
        assert!(matches!(bounded(&page), Cow::Borrowed(_)));
    }
}
