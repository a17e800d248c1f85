//! Text to tree, with a bound on depth, attributes, nodes and work.
//!
//! Enters: decoded HTML and the attributes to keep. Leaves: a [`Dom`]. Parsing never fails; hostile nesting is flattened
//! and hostile size is cut, so that time and memory grow linearly with the text.

mod feed;
mod guard;
mod input;
mod names;

use ego_tree::NodeId;
use html5ever::tree_builder::{TreeBuilder, TreeBuilderOpts};
use html5gum::Tokenizer;
use scraper::{Html, HtmlTreeSink};

use crate::rules::attribute::Attributes;
use feed::Feed;
use guard::Guard;
use input::Input;

/// A parsed page. It stays inside `parse` and `segment`.
#[derive(Debug)]
pub struct Dom {
    /// The tree.
    pub html: Html,
    /// All its classes and ids, apart by blanks.
    pub names: Vec<u8>,
    /// Whether the document was cut where it grew too complex.
    pub cut: bool,
}

/// Parses a page. Attributes that are not to be kept, comments and the text of scripts and styles are not in the tree.
#[must_use]
pub fn parse(text: &str, attributes: &Attributes) -> Dom {
    let options = TreeBuilderOpts { scripting_enabled: false, ..TreeBuilderOpts::default() };
    let builder: TreeBuilder<NodeId, _> = TreeBuilder::new(HtmlTreeSink::new(Html::new_document()), options);
    let (mut guard, mut names) = (Guard::new(builder), Vec::new());
    let feed = Feed::new(&mut guard, &mut names, attributes);
    // The one item that a feed has for its reader says that the document is cut.
    let _ = Tokenizer::new_with_emitter(Input::new(text), feed).next();
    let (html, cut) = guard.finish();
    Dom { html, names, cut }
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
            let dom = parse(&text, &Attributes::default());
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
            let text = (0..25_000).fold(start, |text, n| text + &again.replace('N', &n.to_string()));
            let dom = parse(&text, &Attributes::all());
            assert!(dom.cut && dom.html.tree.nodes().len() < 600_000, "{again}");
        }
    }

    #[test]
    fn monster_tags_go_and_their_text_stays() {
        let text = format!("<div{}>inner</div><p>after</p>", attributes(100_000));
        for kept in [Attributes::default(), Attributes::all()] {
            assert_eq!(text_of(&text, &kept), "innerafter");
        }
    }

    #[test]
    fn the_first_of_an_attribute_is_kept_if_it_is_read() {
        let dom = parse("<p class='a &amp; b' x-y=1 CLASS=c ID=ế hidden>", &Attributes::default());
        let paragraph =
            dom.html.tree.nodes().find_map(|node| node.value().as_element().filter(|p| p.name() == "p"));
        let kept: Vec<_> = paragraph.expect("p").attrs().collect();
        assert_eq!(kept, [("class", "a & b"), ("hidden", ""), ("id", "ế")]);
    }

    #[test]
    fn what_is_no_markup_is_told_apart() {
        for (text, wanted) in [
            ("<script>var a='<p>no</p>'</script><style>p{}</style>x", "x"),
            ("<script type='application/ld+json'>{}</script>x", "{}x"),
            ("<script><!-- <script> </script> --></SCRIPT >x", "x"),
            ("<title>a</b> &lt;b></title>x", "a</b> <b>x"),
            ("<textarea></text></textarea>x", "</text>x"),
            ("<svg><![CDATA[<b>]]></svg><![CDATA[c]]>x", "<b>x"),
            ("a<!-- <b> -->b<!doctype x><?pi?></3>c", "abc"),
            ("<noscript><i>a</i></noscript><plaintext></plaintext>b", "a</plaintext>b"),
            ("1 <ế &#1234567; &notit; &ế <p", "1 <ế \u{fffd} ¬it; &ế "),
        ] {
            assert_eq!(text_of(text, &Attributes::default()), wanted, "{text}");
        }
    }

    fn text_of(text: &str, kept: &Attributes) -> String {
        parse(text, kept).html.root_element().text().collect()
    }
}
