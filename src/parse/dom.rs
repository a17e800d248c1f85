//! Text to tree, with a bound on depth, attributes, nodes and work.
//!
//! Enters: decoded HTML. Leaves: a [`Dom`]. Parsing never fails; hostile nesting is flattened and hostile size is cut,
//! so that time and memory grow linearly with the text.

mod attributes;
mod guard;

use ego_tree::NodeId;
use html5ever::TokenizerResult;
use html5ever::buffer_queue::BufferQueue;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{Tokenizer, TokenizerOpts};
use html5ever::tree_builder::{TreeBuilder, TreeBuilderOpts};
use scraper::{Html, HtmlTreeSink};

use guard::Guard;

/// Bytes that the tokenizer is given at once: what is read after the bounds are reached.
const CHUNK_BYTES: usize = 64 * 1024;

/// A parsed page. It stays inside `parse` and `segment`.
#[derive(Debug)]
pub struct Dom {
    /// The tree.
    pub html: Html,
    /// Whether the document was cut where it grew too complex.
    pub cut: bool,
}

/// Parses a page.
#[must_use]
pub fn parse(text: &str) -> Dom {
    let text = attributes::bounded(text);
    let options = TreeBuilderOpts { scripting_enabled: false, ..TreeBuilderOpts::default() };
    let builder: TreeBuilder<NodeId, _> = TreeBuilder::new(HtmlTreeSink::new(Html::new_document()), options);
    let tokenizer = Tokenizer::new(Guard::new(builder), TokenizerOpts::default());
    let input = BufferQueue::default();
    let mut rest: &str = &text;
    while !rest.is_empty() && !tokenizer.sink.is_cut() {
        let (chunk, behind) = rest.split_at(rest.floor_char_boundary(CHUNK_BYTES));
        input.push_back(StrTendril::from_slice(chunk));
        // `feed` returns at each closed script so that a browser could run it; here it just goes on.
        while !matches!(tokenizer.feed(&input), TokenizerResult::Done) {}
        rest = behind;
    }
    tokenizer.end();
    let (html, cut) = tokenizer.sink.finish();
    Dom { html, cut }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(count: u32) -> String {
        (0..count).fold(String::new(), |text, n| text + &format!(" a{n}=1"))
    }

    #[test]
    fn hostile_nesting_keeps_its_text() {
        for tag in ["div", "b", "span", "table", "font color=red", "svg", "optgroup", "svg><tr"] {
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
    fn what_multiplies_is_cut() {
        let distinct = attributes(100);
        for (start, again) in
            [(String::new(), "<p><font color=#N>x</p>"), (format!("<p><b{distinct}>x</p>"), "<p>x</p>")]
        {
            let dom = parse(&(0..25_000).fold(start, |text, n| text + &again.replace('N', &n.to_string())));
            assert!(dom.cut && dom.html.tree.nodes().len() < 600_000, "{again}");
        }
    }

    #[test]
    fn monster_tags_go_and_their_text_stays() {
        let attributes = attributes(100_000);
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
