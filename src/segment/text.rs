//! The texts of a document's blocks, side by side in one string that they share.
//!
//! Enters: texts in order. Leaves: a [`Text`] for each, which needs no room of its own.

use std::borrow::Cow;
use std::fmt;
use std::ops::{Deref, Range};
use std::sync::Arc;

use serde::{Serialize, Serializer};

/// A part of a string that others share.
///
/// It reads as a `&str`. As long as one text of a document is kept, so is the string in which the texts of all its blocks stand,
/// of about the document's size; a clone shares it too. Whoever keeps a few texts of many documents takes
/// [`Text::detached`] ones, or strings: `text.to_string()`.
///
/// ```
/// use tinsach::segment::text::Text;
///
/// let text = Text::from("Hà Nội");
/// let kept: Text = text.detached();
/// let string: String = text.to_string();
/// assert_eq!(kept.as_str(), string);
/// ```
#[derive(Clone, Default)]
pub struct Text {
    whole: Arc<str>,
    from: usize,
    to: usize,
}

impl Text {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.whole[self.from..self.to]
    }

    /// The string that it is a part of, and where it stands there.
    pub(crate) fn place(&self) -> (&str, Range<usize>) {
        (&self.whole, self.from..self.to)
    }

    /// The same text in a string of its own, which no other text shares.
    #[must_use]
    pub fn detached(&self) -> Text {
        Text::from(self.as_str())
    }

    /// Its bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.to - self.from
    }

    /// Whether it holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.from == self.to
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Text {
        Text { whole: text.into(), from: 0, to: text.len() }
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Text) -> bool {
        self.as_str() == other.as_str()
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

/// Texts in the making.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    whole: String,
    places: Vec<Range<usize>>,
}

impl Texts {
    /// No text yet; those that are parts of `source` need not be copied one by one.
    pub(crate) fn of(source: &str, count: usize) -> Texts {
        let mut whole = String::with_capacity(source.len() + source.len() / 8);
        whole.push_str(source);
        Texts { whole, places: Vec::with_capacity(count) }
    }

    /// Takes a part of the source for the next text.
    pub(crate) fn push_part(&mut self, part: Range<usize>) {
        self.places.push(part);
    }

    /// Adds the next text.
    pub(crate) fn push(&mut self, text: &str) {
        let from = self.whole.len();
        self.whole.push_str(text);
        self.places.push(from..self.whole.len());
    }

    /// Adds to the last text.
    pub(crate) fn extend_last(&mut self, text: &str) {
        let Some(last) = self.places.last_mut() else { return };
        if last.end != self.whole.len() {
            let from = self.whole.len();
            self.whole.extend_from_within(last.clone());
            last.start = from;
        }
        self.whole.push_str(text);
        last.end = self.whole.len();
    }

    /// Bytes of the last text.
    pub(crate) fn last_len(&self) -> usize {
        self.places.last().map_or(0, Range::len)
    }

    /// The last text; empty where there is none.
    pub(crate) fn last(&self) -> &str {
        self.places.last().map_or("", |last| &self.whole[last.clone()])
    }

    /// The texts as they are so far, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.places.iter().map(|place| &self.whole[place.clone()])
    }

    /// The texts, each as it is after a change.
    pub(crate) fn changed<'a>(&'a self, mut change: impl FnMut(&'a str) -> Cow<'a, str>) -> Texts {
        let mut texts = Texts::of("", self.places.len());
        for place in &self.places {
            texts.push(&change(&self.whole[place.clone()]));
        }
        texts
    }

    /// The texts, in order.
    pub(crate) fn finish(self) -> impl Iterator<Item = Text> {
        let whole: Arc<str> = self.whole.into();
        self.places.into_iter().map(move |place| Text {
            whole: whole.clone(),
            from: place.start,
            to: place.end,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_detached_text_keeps_no_other() {
        let mut texts = Texts::of("không một", 1);
        texts.push_part(7..12);
        let text = texts.finish().next().expect("a text");
        assert_eq!((&*text, text.place().0), ("một", "không một"));
        assert_eq!((&*text.detached(), text.detached().place().0), ("một", "một"));
    }

    #[test]
    fn texts_come_out_as_they_were_put_in() {
        let mut texts = Texts::of("không một", 3);
        assert_eq!(texts.last(), "");
        texts.push_part(0..6);
        texts.extend_last(" phải");
        for text in ["", "hai"] {
            texts.push(text);
        }
        texts.extend_last(" ba");
        assert_eq!(texts.last(), "hai ba");
        texts.push_part(7..12);
        assert_eq!(texts.iter().collect::<Vec<_>>(), ["không phải", "", "hai ba", "một"]);
        let texts: Vec<Text> = texts.finish().collect();
        assert_eq!(texts.iter().map(Text::as_str).collect::<Vec<_>>(), ["không phải", "", "hai ba", "một"]);
    }
}
