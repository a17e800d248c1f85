//! Numbers that a text browser puts before the text of each link: `the [12]harbour master said`.
//!
//! Enters: the blocks of a flattened text in order, twice. Leaves: blocks without the numbers, if the text has a browser's:
//! they count up through the document, and each stands right before a word. Numbers of notes stand behind one.

use std::borrow::Cow;
use std::ops::Range;

use memchr::{memchr_iter, memmem};

/// Numbers from which a text is taken for a browser's.
const LEAST: usize = 3;
/// Steps between two numbers: a browser counts links that show nothing too.
const MAX_STEP: u32 = 8;
/// Digits of a number.
const MAX_DIGITS: usize = 5;

/// Signs that a link may follow without a space; behind a full stop a number is a note's.
const BEFORE: [char; 16] = ['(', '\'', '’', '‘', '"', '“', '„', '«', '‹', '-', '–', '—', '/', '|', '*', '•'];

/// The numbers of a text's links that are still to come, the next one last.
#[derive(Debug)]
pub struct LinkNumbers(Vec<u32>);

/// Whether a text may hold such numbers: they begin with 1.
#[must_use]
pub fn may_stand_in(text: &str) -> bool {
    memmem::find(text.as_bytes(), b"[1]").is_some()
}

impl LinkNumbers {
    /// Finds the numbers of a text by its blocks; none where what looks like them does not count up. The blocks have to be
    /// those that are stripped: what stands around a number may change where references are resolved.
    #[must_use]
    pub fn of<'a>(blocks: impl Iterator<Item = &'a str>) -> Option<LinkNumbers> {
        let (mut found, mut all) = (Vec::new(), 0);
        let mut last = 0;
        for (number, _) in blocks.flat_map(numbers) {
            all += 1;
            if number > last && number <= last + MAX_STEP {
                found.push(number);
                last = number;
            }
        }
        if found.len() < LEAST || found.len() * 5 < all * 4 {
            return None;
        }
        found.reverse();
        Some(LinkNumbers(found))
    }

    /// A text without the numbers that come next.
    pub fn strip<'a>(&mut self, text: &'a str) -> Cow<'a, str> {
        if self.0.is_empty() {
            return text.into();
        }
        let mut kept = String::new();
        let mut from = 0;
        for (number, place) in numbers(text) {
            if self.0.last() == Some(&number) {
                self.0.pop();
                kept.push_str(&text[from..place.start]);
                from = place.end;
            }
        }
        if from == 0 {
            return text.into();
        }
        kept.push_str(&text[from..]);
        kept.into()
    }
}

/// What looks like a link's number, and where it stands: not behind a word, and right before something.
fn numbers(text: &str) -> impl Iterator<Item = (u32, Range<usize>)> {
    let bytes = text.as_bytes();
    let mut last_end = usize::MAX;
    memchr_iter(b'[', bytes).filter_map(move |at| {
        let digits =
            bytes[at + 1..].iter().take(MAX_DIGITS + 1).take_while(|byte| byte.is_ascii_digit()).count();
        let end = at + digits + 2;
        let number = text.get(at + 1..end - 1)?.parse().ok()?;
        let closed = bytes.get(end - 1) == Some(&b']') && digits <= MAX_DIGITS;
        let before_word = bytes.get(end).is_some_and(|byte| !byte.is_ascii_whitespace());
        let opens = match text[..at].chars().next_back() {
            // A number right behind another one, whose link shows nothing.
            Some(']') => last_end == at,
            Some(c) => c.is_whitespace() || BEFORE.contains(&c),
            None => true,
        };
        if !(closed && before_word && opens) {
            return None;
        }
        last_end = end;
        Some((number, at..end))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let mut numbers = LinkNumbers::of(text.lines());
        let mut strip = |line| numbers.as_mut().map_or(Cow::Borrowed(line), |numbers| numbers.strip(line));
        let stripped: Vec<Cow<'_, str>> = text.lines().map(&mut strip).collect();
        assert_eq!(stripped.join("\n"), expected);
    }

    #[test]
    fn numbers_of_links_go() {
        check("* [1]Home\n* [2]News\nAt l'[4]école the [5]master", "* Home\n* News\nAt l'école the master");
        check("[1]One [2][3]Two [4]Three [x]", "One Two Three [x]");
    }

    #[test]
    fn numbers_of_notes_and_of_lists_stay() {
        for text in [
            "It was so.[1] It is no more.[2] Who knows?[3]",
            "[1] Smith 2003\n[2] Miller 1999\n[3] Baker 1987",
            "[1]One and [2]two",
            "It was so.[1][2] And so on.[3][4][5] “Is it?”[6], he asked. 是的。[7]不。[8]好",
            "[1]One [1]one [2]two [2]two [3]three [3]three",
            "[1",
        ] {
            check(text, text);
        }
    }
}
