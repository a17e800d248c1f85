//! One walk over the tree to everything that links elsewhere.
//!
//! Enters: the text of a page. Leaves: [`PageLinks`], plain and bounded, in the order of the page.
//! Nothing is decided here: which links are articles, feeds or sections is another's question.

use std::hash::{BuildHasher, Hasher};

use ego_tree::NodeRef;
use ego_tree::iter::Edge;
use foldhash::fast::FixedState;
use scraper::{Html, Node, node::Element};
use serde::Serialize;

use super::dom;
use super::entity::tidy;
use crate::rules::attribute::Attributes;

/// Links of a page that are gathered.
const MAX_LINKS: usize = 20_000;
/// `link` elements that are gathered.
const MAX_HEAD_LINKS: usize = 500;
/// Characters of a link's text.
const MAX_TEXT: usize = 400;
/// Bytes of an address as written.
const MAX_HREF: usize = 8 * 1024;
/// Elements around a link that make its signature, the nearest ones.
const SIGNATURE_DEPTH: usize = 6;

/// Where on the page a link stands, as its elements say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Region {
    /// None of the others.
    Body,
    /// `aside`, complementary.
    Aside,
    /// The page's head, not that of an article or a section.
    Header,
    /// Navigation.
    Nav,
    /// The page's foot.
    Footer,
}

/// A link that a reader can follow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Anchor {
    /// The address as written.
    pub href: String,
    /// Its visible text on one line, of a block with a heading that of the heading; empty for a picture.
    pub text: String,
    /// The text that shows when it is pointed at.
    pub title: String,
    /// Its relations, as written.
    pub rel: String,
    /// Where it stands.
    pub region: Region,
    /// Whether it stands in a heading or holds one.
    pub in_heading: bool,
    /// Equal for links that stand in elements of the same names and classes.
    pub signature: u64,
}

/// A link of the page's head: a `link` element.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeadLink {
    /// The address as written.
    pub href: String,
    /// Its relations, as written.
    pub rel: String,
    /// Its media type, as written.
    pub media_type: String,
    /// Its title.
    pub title: String,
}

/// Everything on a page that links elsewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PageLinks {
    /// What addresses are relative to, where the page says so, as written.
    pub base: Option<String>,
    /// `html lang`, as written.
    pub language: Option<String>,
    /// Links of the head.
    pub head: Vec<HeadLink>,
    /// Links of the body, in the order of the page.
    pub anchors: Vec<Anchor>,
    /// Whether there were more than are gathered, or the page was too complex to be read whole.
    pub cut: bool,
}

/// Gathers all links of a page.
#[must_use]
pub fn read_links(html: &str) -> PageLinks {
    let mut attributes = Attributes::default();
    attributes.keep_for("[href][rel][title][type][role][lang]");
    let page = dom::parse(html, &attributes);
    let mut walk = Walk { links: PageLinks { cut: page.cut, ..PageLinks::default() }, ..Walk::default() };
    walk.run(&page.html);
    walk.links
}

/// What holds for everything inside an open element.
#[derive(Debug, Clone, Copy)]
struct Around {
    region: Region,
    in_heading: bool,
    /// Inside an article or a section, whose head and foot are not the page's.
    in_part: bool,
    name: u64,
}

/// The link that is open.
struct Open {
    anchor: Anchor,
    /// Text of a heading inside of it.
    heading: String,
    /// How deep the stack was.
    depth: usize,
}

#[derive(Default)]
struct Walk {
    links: PageLinks,
    stack: Vec<Around>,
    open: Option<Open>,
}

impl Walk {
    fn run(&mut self, html: &Html) {
        for edge in html.tree.root().traverse() {
            match edge {
                Edge::Open(node) => self.open(node),
                Edge::Close(node) if node.value().is_element() => self.close(),
                Edge::Close(_) => {}
            }
        }
    }

    fn open(&mut self, node: NodeRef<'_, Node>) {
        match node.value() {
            Node::Text(text) => {
                let parent = node.parent().and_then(|parent| parent.value().as_element().map(Element::name));
                if !matches!(parent, Some("script" | "style" | "noscript")) {
                    self.text(text);
                }
            }
            Node::Element(element) => self.element(element),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        let is_heading = self.stack.last().is_some_and(|around| around.in_heading);
        let Some(open) = &mut self.open else { return };
        let text = &text[..text.floor_char_boundary(MAX_TEXT * 4)];
        if open.anchor.text.len() < MAX_TEXT * 4 {
            open.anchor.text.push_str(text);
        }
        if is_heading && open.heading.len() < MAX_TEXT * 4 {
            open.heading.push_str(text);
        }
    }

    fn element(&mut self, element: &Element) {
        let above = self.stack.last().copied();
        let around = around(element, above);
        match element.name() {
            "base" if self.links.base.is_none() => self.links.base = value(element, "href"),
            "html" if self.links.language.is_none() => self.links.language = value(element, "lang"),
            "link" => self.head_link(element),
            "a" | "area" => self.begin(element, around),
            _ => {
                // Words of two elements are two words.
                if let Some(open) = &mut self.open {
                    open.anchor.text.push(' ');
                    open.heading.push(' ');
                    open.anchor.in_heading |= around.in_heading;
                }
            }
        }
        self.stack.push(around);
    }

    fn close(&mut self) {
        self.stack.pop();
        if let Some(open) = self.open.take_if(|open| open.depth == self.stack.len()) {
            self.finish(open);
        }
    }

    fn begin(&mut self, element: &Element, around: Around) {
        let Some(href) = value(element, "href") else { return };
        let anchor = Anchor {
            href,
            text: String::new(),
            title: value(element, "title").and_then(|title| tidy(&title, MAX_TEXT)).unwrap_or_default(),
            rel: value(element, "rel").unwrap_or_default(),
            region: around.region,
            in_heading: around.in_heading,
            signature: self.signature(around.name),
        };
        // Links cannot stand in links; where a tree holds such, the outer one ends.
        let open = Open { anchor, heading: String::new(), depth: self.stack.len() };
        if let Some(outer) = self.open.replace(open) {
            self.finish(outer);
        }
    }

    /// The names of the elements around, the nearest ones, and the link's own.
    fn signature(&self, own: u64) -> u64 {
        let mut hasher = FixedState::default().build_hasher();
        hasher.write_u64(own);
        for around in self.stack.iter().rev().take(SIGNATURE_DEPTH) {
            hasher.write_u64(around.name);
        }
        hasher.finish()
    }

    fn finish(&mut self, open: Open) {
        let Open { mut anchor, heading, .. } = open;
        if self.links.anchors.len() >= MAX_LINKS {
            self.links.cut = true;
            return;
        }
        let heading = one_line(&heading);
        anchor.text = if heading.is_empty() { one_line(&anchor.text) } else { heading };
        self.links.anchors.push(anchor);
    }

    fn head_link(&mut self, element: &Element) {
        let Some(href) = value(element, "href") else { return };
        if self.links.head.len() >= MAX_HEAD_LINKS {
            self.links.cut = true;
            return;
        }
        self.links.head.push(HeadLink {
            href,
            rel: value(element, "rel").unwrap_or_default(),
            media_type: value(element, "type").unwrap_or_default(),
            title: value(element, "title").and_then(|title| tidy(&title, MAX_TEXT)).unwrap_or_default(),
        });
    }
}

/// What an element makes of what is around it.
fn around(element: &Element, above: Option<Around>) -> Around {
    let start = Around { region: Region::Body, in_heading: false, in_part: false, name: 0 };
    let above = above.unwrap_or(start);
    let role = element.attr("role").unwrap_or_default();
    let own = match (element.name(), role) {
        (_, "navigation") | ("nav", _) => Region::Nav,
        (_, "contentinfo") | ("footer", _) if !above.in_part => Region::Footer,
        (_, "banner") | ("header", _) if !above.in_part => Region::Header,
        (_, "complementary") | ("aside", _) => Region::Aside,
        _ => Region::Body,
    };
    Around {
        region: own.max(above.region),
        in_heading: above.in_heading || matches!(element.name(), "h1" | "h2" | "h3" | "h4" | "h5" | "h6"),
        in_part: above.in_part || matches!(element.name(), "article" | "section"),
        name: name(element),
    }
}

/// An element's name with its first class.
fn name(element: &Element) -> u64 {
    let mut hasher = FixedState::default().build_hasher();
    hasher.write(element.name().as_bytes());
    hasher.write_u8(b'.');
    let class = element.attr("class").and_then(|classes| classes.split_ascii_whitespace().next());
    hasher.write(class.unwrap_or_default().as_bytes());
    hasher.finish()
}

/// The value of an attribute, cut to nothing where it is too long.
fn value(element: &Element, name: &str) -> Option<String> {
    let value = element.attr(name)?.trim();
    (!value.is_empty() && value.len() <= MAX_HREF).then(|| value.to_owned())
}

/// Text on one line, cut at the bound.
fn one_line(text: &str) -> String {
    let cut = text.char_indices().nth(MAX_TEXT).map_or(text.len(), |(at, _)| at);
    tidy(&text[..cut], MAX_TEXT).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_have_their_place() {
        let page = "<html lang=vi><head><base href=/x/><link rel=alternate type=application/rss+xml href=/rss title=Tin>\
            <title>x</title></head><body><header><a href=/>Báo</a></header><nav><a href=/the-thao>Thể thao</a></nav>\
            <main><article><header><h3><a href=a.html title='Giá &amp; xăng'>Giá\n <b>xăng</b></a></h3></header></article>\
            <a href=b.html><h2>Hai</h2><script>x</script><p>ba</p></a></main><aside><a rel='nofollow' href=c>C</a></aside>\
            <footer><a>no</a><a href=d><img alt=x></a></footer>";
        let links = read_links(page);
        assert_eq!(
            (links.base.as_deref(), links.language.as_deref(), links.cut),
            (Some("/x/"), Some("vi"), false)
        );
        let head: Vec<_> = links.head.iter().map(|link| (link.href.as_str(), link.title.as_str())).collect();
        assert_eq!(head, [("/rss", "Tin")]);
        let anchors: Vec<_> = links
            .anchors
            .iter()
            .map(|a| (a.href.as_str(), a.text.as_str(), a.region, a.in_heading))
            .collect();
        let expected = [
            ("/", "Báo", Region::Header, false),
            ("/the-thao", "Thể thao", Region::Nav, false),
            ("a.html", "Giá xăng", Region::Body, true),
            ("b.html", "Hai", Region::Body, true),
            ("c", "C", Region::Aside, false),
            ("d", "", Region::Footer, false),
        ];
        assert_eq!(anchors, expected);
        assert_eq!(
            (links.anchors[2].title.as_str(), links.anchors[4].rel.as_str()),
            ("Giá & xăng", "nofollow")
        );
    }

    #[test]
    fn links_of_one_list_have_one_signature() {
        let links = read_links(
            "<ul class=a><li class='x y'><a href=1>1</a><li class=x><a href=2>2</a></ul><ul><li><a href=3>3</a></ul>",
        );
        let signatures: Vec<u64> = links.anchors.iter().map(|anchor| anchor.signature).collect();
        assert!(signatures[0] == signatures[1] && signatures[0] != signatures[2]);
    }

    #[test]
    fn what_is_gathered_is_bounded() {
        let links = read_links(&"<a href=x>y</a>".repeat(MAX_LINKS + 5));
        assert!(links.cut && links.anchors.len() == MAX_LINKS);
        let links = read_links(&format!("<a href=x>{}</a>", "ế ".repeat(100_000)));
        assert!(links.anchors[0].text.chars().count() <= MAX_TEXT);
        let nested = read_links(&"<a href=x>y<div>".repeat(3_000));
        assert!(!nested.anchors.is_empty());
    }
}
