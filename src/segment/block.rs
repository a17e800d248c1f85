//! The unit of cleaning: a block of text and what is known of its surroundings.

use serde::Serialize;

use crate::classify::label::Label;

/// A run of text that a reader sees as one paragraph, heading, caption, cell or line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Block {
    /// The text in NFC, white space collapsed; lines of verse or code stay apart by `\n`.
    pub text: String,
    /// The kind of element or line the text stood in.
    pub kind: Kind,
    /// Whether an empty line stood before it (flattened text only).
    pub gap_before: bool,
    /// What the document tree tells; `None` for flattened text.
    pub dom: Option<DomFacts>,
}

/// The element a block's text stood in, or `Line` for flattened text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A paragraph element.
    Paragraph,
    /// Loose text in a division, or between line breaks.
    Loose,
    /// A heading of that level, 1 to 6.
    Heading(u8),
    /// A list item.
    Item,
    /// A table row, its cells apart by ` | `.
    Row,
    /// A block quote.
    Quote,
    /// A figure's caption or a photo table's.
    Caption,
    /// Preformatted text.
    Pre,
    /// A button, option, label or another part of a form.
    Control,
    /// One line of flattened text.
    Line,
}

/// What the tree of an HTML page knows about a block.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct DomFacts {
    /// Characters that stand inside links.
    pub link_chars: u32,
    /// Number of links.
    pub links: u32,
    /// Characters that stand inside strong or bold text.
    pub strong_chars: u32,
    /// Depth of the block's element below the root.
    pub depth: u32,
    /// The block's parent container: an index that is equal for siblings.
    pub parent: u32,
    /// Grandparent container, as `parent`.
    pub grandparent: u32,
    /// What the elements around it say of themselves, by tag, class and id words.
    pub hints: Hints,
    /// The label a site rule gives it, with the rule's id.
    pub site: Option<(Label, String)>,
}

/// A set of [`Hint`]s.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Hints(pub u64);
