//! The guard before the tree builder.
//!
//! Enters: the tags and texts of a page. Leaves: those that the tree builder can take in bounded time and memory.
//! Invariant: each bound holds for what the tree builder really holds, because it is asked, not imitated.
//!
//! html5ever walks its stack of open elements, and the formatting elements it opens again, for many tags: quadratic on
//! a page of a million nested ones. Start tags beyond [`MAX_OPEN`] are therefore dropped and their text kept (browsers
//! stop at 512 as well); a page that still costs more than any real one is cut.

use std::cell::Cell;
use std::collections::HashMap;

use ego_tree::NodeId;
use html5ever::interface::Tracer;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{Doctype, EndTag, StartTag, Tag, Token, TokenSink, TokenSinkResult};
use html5ever::tree_builder::{TreeBuilder, TreeSink};
use html5ever::{LocalName, local_name};
use scraper::{Html, HtmlTreeSink};

/// Open and formatting elements beyond which a start tag is dropped and its text kept.
const MAX_OPEN: usize = 512;
/// The same for elements that close each other, of which a page may have many open only in foreign markup.
const MAX_OPEN_SIBLINGS: usize = 2 * MAX_OPEN;
/// Tags after which the open elements are counted again; each tag adds one, and formatting elements opened again.
const COUNT_EVERY: u32 = 16;
/// Nodes beyond which the rest of a document is dropped: fifteen times what the largest news page seen has.
const MAX_NODES: usize = 150_000;
/// Attributes of all nodes beyond which the rest of a document is dropped.
const MAX_TOTAL_ATTRIBUTES: usize = 2_000_000;
/// Steps on the stack of open elements, and comparisons of attributes, beyond which the rest of a document is dropped:
/// about a second, and a hundred times what the largest news page seen takes.
const MAX_WORK: usize = 250_000_000;
/// Names of dropped start tags whose end tags are dropped as well.
const MAX_DROPPED: usize = 10_000;
/// `<html>` and `<body>` tags that may add their attributes.
const MAX_ROOTS: u32 = 16;

/// Stands before the tree builder and lets pass what is bounded.
pub(super) struct Guard {
    builder: TreeBuilder<NodeId, HtmlTreeSink>,
    /// Open and formatting elements when last counted.
    open: usize,
    uncounted: u32,
    nodes: usize,
    attributes: usize,
    /// Most attributes of a formatting element, which the tree builder may open again with each paragraph.
    widest: usize,
    work: usize,
    roots: u32,
    /// Start tags dropped whose end tags are still to come, by name.
    dropped: HashMap<LocalName, u32>,
    in_code: bool,
    cut: bool,
}

/// Counts what the tree builder holds.
#[derive(Default)]
struct Held(Cell<usize>);

impl Tracer for Held {
    type Handle = NodeId;

    fn trace_handle(&self, _: &NodeId) {
        self.0.set(self.0.get() + 1);
    }
}

impl Guard {
    pub(super) fn new(builder: TreeBuilder<NodeId, HtmlTreeSink>) -> Self {
        Guard {
            builder,
            open: 0,
            uncounted: 0,
            nodes: 0,
            attributes: 0,
            widest: 0,
            work: 0,
            roots: 0,
            dropped: HashMap::new(),
            in_code: false,
            cut: false,
        }
    }

    /// Whether a bound was reached; everything from there on is dropped.
    pub(super) fn is_cut(&self) -> bool {
        self.cut
    }

    /// Whether text that comes next is that of a script or style.
    pub(super) fn in_code(&self) -> bool {
        self.in_code
    }

    /// Whether the element that is open is one of embedded SVG or `MathML`.
    pub(super) fn is_foreign(&self) -> bool {
        self.builder.adjusted_current_node_present_but_not_in_html_namespace()
    }

    /// Takes a tag; what it makes of the text behind it is for the tokenizer.
    pub(super) fn tag(&mut self, tag: Tag) -> TokenSinkResult<NodeId> {
        self.in_code = tag.kind == StartTag && is_code(&tag);
        if self.cut || !self.admits(&tag) {
            return TokenSinkResult::Continue;
        }
        self.count_attributes(&tag);
        self.uncounted += 1;
        self.pass(Token::TagToken(tag))
    }

    pub(super) fn text(&mut self, text: StrTendril) {
        if !self.in_code && !self.cut {
            let _ = self.pass(Token::CharacterTokens(text));
        }
    }

    pub(super) fn doctype(&mut self, doctype: Doctype) {
        if !self.cut {
            let _ = self.pass(Token::DoctypeToken(doctype));
        }
    }

    /// Takes the end of the document.
    pub(super) fn end(&mut self) {
        if !self.cut {
            let _ = self.pass(Token::EOFToken);
            self.builder.end();
        }
    }

    /// The tree, and whether it was cut.
    pub(super) fn finish(self) -> (Html, bool) {
        (self.builder.sink.finish(), self.cut)
    }

    /// Whether a tag may go on to the tree builder.
    fn admits(&mut self, tag: &Tag) -> bool {
        self.count_open();
        match tag.kind {
            StartTag if is_root(&tag.name) => {
                self.roots += 1;
                self.roots <= MAX_ROOTS
            }
            StartTag if self.open < MAX_OPEN || self.open < self.most_open(&tag.name) => true,
            StartTag => {
                if self.dropped.len() < MAX_DROPPED || self.dropped.contains_key(&tag.name) {
                    *self.dropped.entry(tag.name.clone()).or_default() += 1;
                }
                false
            }
            EndTag => {
                let count = self.dropped.get_mut(&tag.name).filter(|count| **count > 0);
                count.is_none_or(|count| {
                    *count -= 1;
                    false
                })
            }
        }
    }

    /// Open elements below which an element of this name may be opened.
    fn most_open(&self, name: &LocalName) -> usize {
        if never_nests(name) && !self.is_foreign() {
            usize::MAX
        } else if closes_itself(name) {
            MAX_OPEN_SIBLINGS
        } else {
            MAX_OPEN
        }
    }

    /// Counts the open elements again if enough tags were passed on since; those dropped changed nothing.
    fn count_open(&mut self) {
        if self.uncounted >= COUNT_EVERY || (self.uncounted > 0 && self.open >= MAX_OPEN) {
            let held = Held::default();
            self.builder.trace_handles(&held);
            self.open = held.0.get();
            self.uncounted = 0;
        }
    }

    fn charge(&mut self, work: usize) {
        self.work = self.work.saturating_add(work);
        self.cut |= self.work > MAX_WORK;
    }

    /// Passes a token on, and looks at what it has made of the tree.
    fn pass(&mut self, token: Token) -> TokenSinkResult<NodeId> {
        self.charge(self.open);
        let result = self.builder.process_token(token, 1);
        let nodes = self.builder.sink.0.borrow().tree.nodes().len();
        let made = nodes - std::mem::replace(&mut self.nodes, nodes);
        if made > 1 {
            // Formatting elements were opened again, with their attributes.
            self.attributes += made * self.widest;
        }
        self.cut |= nodes > MAX_NODES || self.attributes > MAX_TOTAL_ATTRIBUTES;
        result
    }

    /// Takes note of a tag's attributes.
    fn count_attributes(&mut self, tag: &Tag) {
        let attributes = tag.attrs.len();
        self.attributes += attributes;
        if is_formatting(&tag.name) {
            self.widest = self.widest.max(attributes);
            // The tree builder compares them with those of the other formatting elements.
            self.charge(self.open * attributes);
        }
    }
}

fn is_root(name: &LocalName) -> bool {
    matches!(*name, local_name!("html") | local_name!("body"))
}

/// Elements that stay in force until they are closed, across paragraphs.
fn is_formatting(name: &LocalName) -> bool {
    matches!(
        *name,
        local_name!("a")
            | local_name!("b")
            | local_name!("big")
            | local_name!("code")
            | local_name!("em")
            | local_name!("font")
            | local_name!("i")
            | local_name!("nobr")
            | local_name!("s")
            | local_name!("small")
            | local_name!("strike")
            | local_name!("strong")
            | local_name!("tt")
            | local_name!("u")
    )
}

/// Scripts and styles, but for JSON-LD.
fn is_code(tag: &Tag) -> bool {
    match tag.name {
        local_name!("style") => true,
        local_name!("script") => {
            let of_type = tag.attrs.iter().find(|attribute| attribute.name.local == local_name!("type"));
            !of_type.is_some_and(|attribute| attribute.value.to_ascii_lowercase().contains("ld+json"))
        }
        _ => false,
    }
}

/// Elements without content, or with nothing but text: outside foreign markup they hold no other element.
fn never_nests(name: &LocalName) -> bool {
    matches!(
        *name,
        local_name!("area")
            | local_name!("base")
            | local_name!("br")
            | local_name!("col")
            | local_name!("embed")
            | local_name!("hr")
            | local_name!("img")
            | local_name!("input")
            | local_name!("link")
            | local_name!("meta")
            | local_name!("param")
            | local_name!("source")
            | local_name!("track")
            | local_name!("wbr")
            | local_name!("script")
            | local_name!("style")
            | local_name!("title")
            | local_name!("textarea")
    )
}

/// Elements whose end tags may be left out: they do not nest without another element between.
fn closes_itself(name: &LocalName) -> bool {
    matches!(
        *name,
        local_name!("head")
            | local_name!("p")
            | local_name!("li")
            | local_name!("dt")
            | local_name!("dd")
            | local_name!("option")
            | local_name!("optgroup")
            | local_name!("tr")
            | local_name!("td")
            | local_name!("th")
            | local_name!("thead")
            | local_name!("tbody")
            | local_name!("tfoot")
            | local_name!("colgroup")
    )
}
