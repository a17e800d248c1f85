//! Text to tree, with a bound on depth, attributes and nodes.
//!
//! Enters: decoded HTML. Leaves: a [`Dom`]. Parsing never fails; hostile nesting is flattened and hostile size is cut,
//! so that time and memory grow linearly with the text.
//!
//! html5ever walks its stack of open elements for many tags, which is quadratic on a page of a million nested ones.
//! A guard between tokenizer and tree builder therefore drops start tags beyond [`MAX_OPEN`] open ones (browsers stop
//! at 512 as well), and the text of scripts and styles before it costs a node.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use ego_tree::NodeId;
use html5ever::buffer_queue::BufferQueue;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{
    EndTag, StartTag, Tag, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use html5ever::tree_builder::{TreeBuilder, TreeBuilderOpts, TreeSink};
use html5ever::{LocalName, local_name};
use scraper::{Html, HtmlTreeSink};

/// Open elements beyond which a start tag is dropped and its text kept.
const MAX_OPEN: u32 = 512;
/// Nodes beyond which the rest of a document is dropped: 30 times what the largest news page seen has.
const MAX_NODES: usize = 2_000_000;
/// Bytes between `<` and `>` beyond which a tag's attributes are counted.
const LONG_TAG: usize = 64 * 1024;
/// Attributes beyond which a long tag is dropped: html5ever compares each with all before it.
const MAX_ATTRIBUTES: usize = 4096;

/// A parsed page. It stays inside `parse` and `segment`.
#[derive(Debug)]
pub struct Dom {
    /// The tree.
    pub html: Html,
    /// Whether the document was cut at [`MAX_NODES`].
    pub cut: bool,
}

/// Parses a page.
#[must_use]
pub fn parse(text: &str) -> Dom {
    let text = without_monster_tags(text);
    let options = TreeBuilderOpts { scripting_enabled: false, ..TreeBuilderOpts::default() };
    let builder = TreeBuilder::new(HtmlTreeSink::new(Html::new_document()), options);
    let tokenizer = Tokenizer::new(Guard::new(builder), TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(&text));
    // `feed` returns at each closed script so that a browser could run it; here it just goes on.
    while !matches!(tokenizer.feed(&input), html5ever::TokenizerResult::Done) {}
    tokenizer.end();
    let cut = tokenizer.sink.cut.get();
    Dom { html: tokenizer.sink.builder.sink.finish(), cut }
}

/// Stands between tokenizer and tree builder and lets pass what is bounded.
struct Guard {
    builder: TreeBuilder<NodeId, HtmlTreeSink>,
    /// Open elements by name, without those that another start tag closes.
    open: RefCell<HashMap<LocalName, u32>>,
    total: Cell<u32>,
    /// Start tags dropped whose end tags are still to come, by name.
    dropped: RefCell<HashMap<LocalName, u32>>,
    in_code: Cell<bool>,
    cut: Cell<bool>,
}

impl Guard {
    fn new(builder: TreeBuilder<NodeId, HtmlTreeSink>) -> Self {
        Guard {
            builder,
            open: RefCell::default(),
            total: Cell::new(0),
            dropped: RefCell::default(),
            in_code: Cell::new(false),
            cut: Cell::new(false),
        }
    }

    /// Whether a tag may go on to the tree builder.
    fn admits(&self, tag: &Tag) -> bool {
        if is_void(&tag.name) || closes_itself(&tag.name) {
            return true;
        }
        match tag.kind {
            StartTag if self.total.get() >= MAX_OPEN => {
                *self.dropped.borrow_mut().entry(tag.name.clone()).or_default() += 1;
                false
            }
            StartTag => {
                *self.open.borrow_mut().entry(tag.name.clone()).or_default() += 1;
                self.total.set(self.total.get() + 1);
                true
            }
            EndTag => {
                if let Some(count) = self.dropped.borrow_mut().get_mut(&tag.name).filter(|count| **count > 0)
                {
                    *count -= 1;
                    return false;
                }
                if let Some(count) = self.open.borrow_mut().get_mut(&tag.name).filter(|count| **count > 0) {
                    *count -= 1;
                    self.total.set(self.total.get() - 1);
                }
                true
            }
        }
    }

    fn is_full(&self) -> bool {
        if !self.cut.get() && self.builder.sink.0.borrow().tree.nodes().len() > MAX_NODES {
            self.cut.set(true);
        }
        self.cut.get()
    }
}

impl TokenSink for Guard {
    type Handle = NodeId;

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<NodeId> {
        match &token {
            Token::ParseError(_) | Token::CommentToken(_) => return TokenSinkResult::Continue,
            Token::CharacterTokens(_) | Token::NullCharacterToken if self.in_code.get() => {
                return TokenSinkResult::Continue;
            }
            Token::CharacterTokens(_) if self.is_full() => return TokenSinkResult::Continue,
            Token::TagToken(tag) => {
                if self.is_full() || !self.admits(tag) {
                    return TokenSinkResult::Continue;
                }
                self.in_code.set(tag.kind == StartTag && is_code(tag));
            }
            _ => {}
        }
        self.builder.process_token(token, line)
    }

    fn end(&self) {
        self.builder.end();
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.builder.adjusted_current_node_present_but_not_in_html_namespace()
    }
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

fn is_void(name: &LocalName) -> bool {
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
    )
}

/// Elements whose end tags may be left out: they do not nest without another element between.
fn closes_itself(name: &LocalName) -> bool {
    matches!(
        *name,
        local_name!("html")
            | local_name!("head")
            | local_name!("body")
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
            | local_name!("script")
            | local_name!("style")
            | local_name!("title")
            | local_name!("textarea")
    )
}

/// The text without tags that carry thousands of attributes.
fn without_monster_tags(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let mut monsters: Vec<(usize, usize)> = Vec::new();
    let mut at = 0;
    while let Some(start) = bytes[at..].iter().position(|byte| *byte == b'<').map(|offset| at + offset) {
        if !bytes.get(start + 1).is_some_and(u8::is_ascii_alphabetic) {
            at = start + 1;
            continue;
        }
        let length = bytes[start..].iter().position(|byte| *byte == b'>').unwrap_or(bytes.len() - start);
        if length > LONG_TAG && attribute_count(&bytes[start..start + length]) > MAX_ATTRIBUTES {
            monsters.push((start, (start + length + 1).min(bytes.len())));
        }
        at = start + length;
    }
    if monsters.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    let mut from = 0;
    for (start, end) in monsters {
        kept.push_str(&text[from..start]);
        from = end;
    }
    kept.push_str(&text[from..]);
    Cow::Owned(kept)
}

fn attribute_count(tag: &[u8]) -> usize {
    tag.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_nesting_keeps_its_text() {
        for tag in ["div", "b", "span", "table", "font color=red", "svg"] {
            let name = tag.split(' ').next().expect("name");
            let text = format!("<{tag}>").repeat(100_000)
                + "core"
                + &format!("</{name}>").repeat(100_000)
                + "<p>after";
            let dom = parse(&text);
            let all: String = dom.html.root_element().text().collect();
            assert!(all.contains("core") && all.contains("after"), "{tag}");
        }
    }

    #[test]
    fn monster_tags_go_and_their_text_stays() {
        let attributes: String = (0..100_000).map(|n| format!(" a{n}=1")).collect();
        let dom = parse(&format!("<div{attributes}>inner</div><p>after</p>"));
        let all: String = dom.html.root_element().text().collect();
        assert_eq!(all, "innerafter");
    }

    #[test]
    fn code_goes_and_json_ld_stays() {
        let dom = parse(
            "<script>var a='<p>no</p>'</script><style>p{}</style><script type='application/ld+json'>{}</script>x",
        );
        let all: String = dom.html.root_element().text().collect();
        assert_eq!(all, "{}x");
    }
}
