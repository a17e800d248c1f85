//! A page's tree to blocks: one walk, in reading order.
//!
//! Enters: a [`Dom`] and the roles of a site rule. Leaves: [`Segmented`], in which every piece of visible text stands in
//! exactly one block. Last place that sees a tree.

use std::borrow::Cow;

use ego_tree::NodeRef;
use ego_tree::iter::Edge;
use scraper::Node;
use scraper::node::Element;

use crate::normalize::unicode;
use crate::parse::dom::Dom;
use crate::parse::memo::Memo;
use crate::rules::markup::{Hint, Hints, Lexicon};
use crate::segment::block::{Block, Container, DomFacts, Kind, Segmented, SiteRole};
use crate::segment::element::{
    Display, attribute_hints, display, is_field, kind_of, names_purpose, tag_hints,
};
use crate::segment::site::Roles;
use crate::segment::table;
use crate::segment::text::Texts;

/// Tags of one block that are told apart.
const MAX_ITEMS: usize = 40;

/// Cuts a page into blocks.
#[must_use]
pub fn segment(dom: &Dom, lexicon: &Lexicon, roles: &Roles) -> Segmented {
    let mut walk = Walk::new(lexicon, roles);
    // How each open element is laid out; below one that is not, nothing is looked at but where it ends.
    let mut open: Vec<Display> = Vec::new();
    let mut edges = dom.html.tree.root().traverse();
    while let Some(edge) = edges.next() {
        match edge {
            Edge::Open(node) => match node.value() {
                Node::Text(text) => walk.text(text),
                Node::Element(element) => {
                    let display = display(element.name());
                    if display == Display::None {
                        edges.by_ref().find(|edge| *edge == Edge::Close(node));
                    } else {
                        walk.open(node, element, display);
                        open.push(display);
                    }
                }
                _ => {}
            },
            Edge::Close(node) if node.value().is_element() => {
                if let Some(display) = open.pop() {
                    walk.close(display);
                }
            }
            Edge::Close(_) => {}
        }
    }
    walk.flush();
    let Walk { texts, kinds, doms, containers, .. } = walk;
    let block = |(text, kind)| Block { text, kind, gap_before: false };
    Segmented { blocks: texts.finish().zip(kinds).map(block).collect(), doms, containers }
}

/// An open block-level element.
#[derive(Clone, Copy)]
struct Frame {
    container: u32,
    kind: Kind,
    role: SiteRole,
}

/// An open inline element.
#[derive(Clone, Copy)]
struct Inline {
    link: bool,
    strong: bool,
    hints: Hints,
    role: SiteRole,
    /// Where in the block's text the element begins.
    start: usize,
}

/// The block being filled.
#[derive(Default)]
struct Pending {
    text: String,
    /// Characters of the text that are no white space.
    chars: u32,
    link_chars: u32,
    links: u32,
    strong_chars: u32,
    inline_chars: u32,
    inline_hints: Hints,
    role_chars: u32,
    role: SiteRole,
    /// Where in the text the last link ended.
    link_end: Option<usize>,
    /// Whether the row's next text stands in another cell.
    new_cell: bool,
    items: Vec<String>,
}

struct Walk<'a> {
    lexicon: &'a Lexicon,
    roles: &'a Roles,
    names: Memo<'a, Hints>,
    frames: Vec<Frame>,
    inlines: Vec<Inline>,
    pending: Pending,
    /// The blocks, part by part.
    texts: Texts,
    kinds: Vec<Kind>,
    doms: Vec<DomFacts>,
    containers: Vec<Container>,
}

impl<'a> Walk<'a> {
    fn new(lexicon: &'a Lexicon, roles: &'a Roles) -> Self {
        Walk {
            lexicon,
            roles,
            names: Memo::new(),
            frames: vec![Frame { container: 0, kind: Kind::Loose, role: SiteRole::None }],
            inlines: Vec::new(),
            pending: Pending::default(),
            texts: Texts::default(),
            kinds: Vec::new(),
            doms: Vec::new(),
            containers: vec![Container {
                parent: 0,
                depth: 0,
                own: Hints::default(),
                all: Hints::default(),
                signature: 0,
                asks: false,
            }],
        }
    }

    fn frame(&self) -> Frame {
        self.frames.last().copied().unwrap_or(Frame { container: 0, kind: Kind::Loose, role: SiteRole::None })
    }

    fn open(&mut self, node: NodeRef<'a, Node>, element: &'a Element, display: Display) {
        let role = self.roles.get(&node.id()).copied().unwrap_or_default();
        match display {
            Display::Break => self.line_break(),
            Display::Inline => {
                let name = element.name();
                // What colours code calls its parts "comment", "tag" or "title".
                let in_code = self.frame().kind == Kind::Pre;
                let hints = if in_code { Hints::default() } else { self.hints(element, name) };
                if name == "input" && is_field(element) {
                    let container = self.frame().container;
                    self.containers[container as usize].asks = true;
                }
                let link = name == "a" && element.attrs().any(|(attribute, _)| attribute == "href");
                if link {
                    self.open_link();
                }
                let start = self.pending.text.len();
                let strong = matches!(name, "b" | "strong");
                self.inlines.push(Inline { link, strong, hints, role, start });
            }
            Display::Cell if self.frame().kind == Kind::Row => self.cell(element, role),
            Display::Block | Display::Cell => self.open_block(node, element, role),
            Display::None => {}
        }
    }

    fn open_block(&mut self, node: NodeRef<'a, Node>, element: &'a Element, role: SiteRole) {
        self.flush();
        let above = self.frame();
        let name = element.name();
        let mut own = self.hints(element, name);
        let kind = match name {
            "table" if table::is_photo_frame(node) => {
                own = own.with(Hint::FigureTag);
                Kind::Caption
            }
            "tr" if above.kind != Kind::Caption && table::is_data_row(node) => Kind::Row,
            _ => kind_of(name, above.kind),
        };
        let parent = self.containers[above.container as usize];
        let below_body = !matches!(name, "html" | "body");
        let own = if below_body { own } else { Hints::default() };
        let all = parent.all.and(own);
        let container = u32::try_from(self.containers.len()).unwrap_or(u32::MAX);
        let signature = signature(name, element.attr("class").unwrap_or_default());
        self.containers.push(Container {
            parent: above.container,
            depth: parent.depth + 1,
            own,
            all,
            signature,
            asks: false,
        });
        self.frames.push(Frame { container, kind, role: inherit(above.role, role) });
    }

    /// A cell of a data row goes on in the row's block.
    fn cell(&mut self, element: &'a Element, role: SiteRole) {
        self.pending.new_cell = !self.pending.text.is_empty();
        let hints = self.hints(element, "td");
        let start = self.pending.text.len();
        self.inlines.push(Inline { link: false, strong: false, hints, role, start });
    }

    fn close(&mut self, display: Display) {
        match display {
            Display::Inline => self.close_inline(),
            Display::Cell if self.frame().kind == Kind::Row => self.close_inline(),
            Display::Block | Display::Cell => {
                self.flush();
                if self.frames.len() > 1 {
                    self.frames.pop();
                }
            }
            Display::Break | Display::None => {}
        }
    }

    /// Links that touch in the markup are apart on the page.
    fn open_link(&mut self) {
        self.pending.links += 1;
        let text = &mut self.pending.text;
        if self.pending.link_end == Some(text.len()) && !text.is_empty() && !text.ends_with([' ', '\n']) {
            text.push(' ');
        }
    }

    fn close_inline(&mut self) {
        let Some(inline) = self.inlines.pop().filter(|inline| inline.link) else { return };
        let frame = self.frame();
        let own = self.containers[frame.container as usize].own;
        let lists_tags = frame.role == SiteRole::Tags || own.and(inline.hints).has(Hint::Tags);
        let pending = &mut self.pending;
        pending.link_end = Some(pending.text.len());
        if let Some(text) =
            pending.text.get(inline.start..).filter(|_| lists_tags && pending.items.len() < MAX_ITEMS)
        {
            pending.items.extend(Some(finish(text).into_owned()).filter(|text| !text.is_empty()));
        }
    }

    fn text(&mut self, text: &str) {
        let pending = &mut self.pending;
        if text.trim_ascii().is_empty() {
            if !pending.text.is_empty() && !pending.text.ends_with([' ', '\n']) {
                pending.text.push(' ');
            }
            return;
        }
        if pending.new_cell && !text.trim().is_empty() {
            pending.text.push_str(" | ");
            pending.chars += 1;
            pending.new_cell = false;
        }
        let before = pending.text.len();
        unicode::push_collapsed(&mut pending.text, text);
        let added = collapsed_chars(&pending.text[before..]);
        if added == 0 {
            return;
        }
        pending.chars += added;
        let (mut link, mut strong, mut role) = (false, false, SiteRole::None);
        for inline in &self.inlines {
            link |= inline.link;
            strong |= inline.strong;
            role = inherit(role, inline.role);
            self.pending.inline_hints = self.pending.inline_hints.and(inline.hints);
        }
        let pending = &mut self.pending;
        pending.link_chars += if link { added } else { 0 };
        pending.strong_chars += if strong { added } else { 0 };
        pending.inline_chars += if self.inlines.is_empty() { 0 } else { added };
        if role != SiteRole::None {
            pending.role_chars += added;
            pending.role = role;
        }
    }

    /// One break ends a line, two end the block; in loose text one is enough.
    fn line_break(&mut self) {
        let loose = matches!(self.frame().kind, Kind::Loose);
        let trimmed = self.pending.text.trim_end_matches(' ').len();
        self.pending.text.truncate(trimmed);
        if loose || self.pending.text.ends_with('\n') {
            self.flush();
        } else if !self.pending.text.is_empty() {
            self.pending.text.push('\n');
        }
    }

    /// Ends the block being filled.
    fn flush(&mut self) {
        let text = finish(&self.pending.text);
        if text.is_empty() {
            self.pending.renew();
            return;
        }
        let chars = match &text {
            Cow::Borrowed(_) => self.pending.chars,
            Cow::Owned(text) => visible_chars(text),
        };
        self.texts.push(&text);
        let pending = self.pending.renew();
        let frame = self.frame();
        let container = self.containers[frame.container as usize];
        let parent = self.containers[container.parent as usize];
        let inline = if pending.inline_chars * 2 > chars { pending.inline_hints } else { Hints::default() };
        let near = container.own.and(parent.own).and(inline);
        let role =
            if pending.role_chars * 2 > chars { inherit(frame.role, pending.role) } else { frame.role };
        let dom = DomFacts {
            link_chars: pending.link_chars.min(chars),
            links: pending.links.max(u32::from(pending.link_chars > 0)),
            strong_chars: pending.strong_chars.min(chars),
            container: frame.container,
            near,
            all: container.all.and(inline),
            site: role,
            items: pending.items,
        };
        self.kinds.push(frame.kind);
        self.doms.push(dom);
    }

    fn hints(&mut self, element: &'a Element, name: &str) -> Hints {
        let mut hints = tag_hints(name);
        for (attribute, value) in element.attrs() {
            hints = hints.and(attribute_hints(attribute, value));
            if names_purpose(attribute) && !value.is_empty() {
                hints = hints.and(self.names.get(value, |names| self.lexicon.read(names)));
            }
        }
        hints
    }
}

impl Pending {
    /// What was gathered; the next block takes over the room for its text.
    fn renew(&mut self) -> Pending {
        let mut text = std::mem::take(&mut self.text);
        text.clear();
        std::mem::replace(self, Pending { text, ..Pending::default() })
    }
}

/// A hash of a tag and its class list (FNV-1a); digits count no element of a list.
pub(crate) fn signature(name: &str, class: &str) -> u32 {
    let bytes = name.bytes().chain([b'.']).chain(class.bytes().filter(|byte| !byte.is_ascii_digit()));
    bytes.fold(0x811C_9DC5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// A role inside another: what is dropped stays dropped, else the inner one speaks.
fn inherit(outer: SiteRole, inner: SiteRole) -> SiteRole {
    match (outer, inner) {
        (SiteRole::Drop(_), _) | (_, SiteRole::None) => outer,
        _ => inner,
    }
}

/// A block's text as the later stages read it: references resolved, NFC, trimmed.
fn finish(text: &str) -> Cow<'_, str> {
    let text = text.trim_matches([' ', '\n']);
    match unicode::unescape(text) {
        Cow::Borrowed(text) => unicode::nfc(text),
        Cow::Owned(text) => Cow::Owned(unicode::nfc(&text).into_owned()),
    }
}

/// Characters that are no white space.
fn visible_chars(text: &str) -> u32 {
    u32::try_from(text.chars().filter(|c| !c.is_whitespace()).count()).unwrap_or(u32::MAX)
}

/// The same for text whose white space is collapsed: only blanks and U+0085 are left.
fn collapsed_chars(text: &str) -> u32 {
    let blanks = memchr::memchr_iter(b' ', text.as_bytes()).count();
    let next_lines = if text.is_ascii() { 0 } else { text.matches('\u{85}').count() };
    u32::try_from(text.chars().count() - blanks - next_lines).unwrap_or(u32::MAX)
}
