//! The unit of cleaning: a block of text and what is known of its surroundings.

use serde::Serialize;

use crate::rules::markup::Hints;
use crate::segment::text::Text;

/// A document as blocks in reading order, with the containers they stand in.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Segmented {
    /// Every piece of visible text, in the document's order.
    pub blocks: Vec<Block>,
    /// What the tree tells of each block. Empty for flattened text.
    pub doms: Vec<DomFacts>,
    /// Block-level elements, parents before children; index 0 is the root. Empty for flattened text.
    pub containers: Vec<Container>,
}

/// A block-level element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Container {
    /// Index of the element it stands in; the root's own.
    pub parent: u32,
    /// Steps from the root.
    pub depth: u32,
    /// What its own tag and names say.
    pub own: Hints,
    /// What its own and all enclosing tags and names say.
    pub all: Hints,
    /// Hash of its tag and class, digits left out: elements of one template share it.
    pub signature: u32,
    /// Whether a field to write in stands in it, in no element nearer.
    pub asks: bool,
}

/// A run of text that a reader sees as one paragraph, heading, caption, cell or line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Block {
    /// The text in NFC, white space collapsed; single line breaks stay as `\n`.
    pub text: Text,
    /// The kind of element or line the text stood in.
    pub kind: Kind,
    /// Whether an empty line stood before it (flattened text only).
    pub gap_before: bool,
}

impl Segmented {
    /// What the tree tells of a block; nothing for flattened text.
    #[must_use]
    pub fn dom(&self, at: usize) -> Option<&DomFacts> {
        self.doms.get(at)
    }

    /// A container and those it stands in, from the nearest outwards; the root is the last.
    pub fn around(&self, container: u32) -> impl Iterator<Item = u32> + '_ {
        std::iter::successors(Some(container), |at| (*at != 0).then(|| self.containers[*at as usize].parent))
    }
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
    /// A paragraph of the body that the page's head states and the page does not show.
    Stated,
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
    /// Index of the container it stands in.
    pub container: u32,
    /// What the nearest elements say of themselves: its own, its inline wrappers, its parent.
    pub near: Hints,
    /// What all elements around it say of themselves, below `body`.
    pub all: Hints,
    /// The role a site rule gives it.
    pub site: SiteRole,
    /// Texts of its links, where it calls itself a list of tags.
    pub items: Vec<String>,
}

/// What a site rule says of a block.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SiteRole {
    /// Nothing.
    #[default]
    None,
    /// It is the headline.
    Title,
    /// It is the lead.
    Lead,
    /// It stands in the body.
    Body,
    /// It is a caption.
    Caption,
    /// It names the author.
    Author,
    /// It tells the date.
    Date,
    /// It names the section.
    Section,
    /// It lists tags.
    Tags,
    /// It is to go; the index of the rule's `drop` entry.
    Drop(u16),
}
