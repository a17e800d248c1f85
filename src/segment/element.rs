//! HTML elements: how they are laid out, what kind of block they make, what their tags say.

use crate::rules::markup::{Hint, Hints};
use crate::segment::block::Kind;

/// How an element takes part in the layout of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Display {
    /// Its text is no text a reader sees.
    None,
    /// Its text goes on in the line.
    Inline,
    /// Its text stands apart.
    Block,
    /// A table cell: apart, or on in the row.
    Cell,
    /// A line break.
    Break,
}

/// How an element is laid out by its name, as browsers do by default.
pub(crate) fn display(name: &str) -> Display {
    match name {
        "script" | "style" | "noscript" | "template" | "head" | "svg" | "math" | "iframe" | "object"
        | "canvas" | "audio" | "video" | "select" | "datalist" | "textarea" | "title" | "noframes" => {
            Display::None
        }
        "br" => Display::Break,
        "td" | "th" => Display::Cell,
        "a" | "abbr" | "acronym" | "b" | "bdi" | "bdo" | "big" | "cite" | "code" | "data" | "del" | "dfn"
        | "em" | "font" | "i" | "img" | "input" | "ins" | "kbd" | "mark" | "nobr" | "q" | "rp" | "rt"
        | "ruby" | "s" | "samp" | "small" | "span" | "strike" | "strong" | "sub" | "sup" | "time" | "tt"
        | "u" | "var" | "wbr" | "picture" | "source" => Display::Inline,
        _ => Display::Block,
    }
}

/// The kind of block that text in this element makes, inside an element of another kind.
pub(crate) fn kind_of(name: &str, above: Kind) -> Kind {
    match (name, above) {
        ("figcaption" | "caption", _) | ("tr" | "td" | "th", Kind::Caption) => Kind::Caption,
        ("h1", _) => Kind::Heading(1),
        ("h2", _) => Kind::Heading(2),
        ("h3", _) => Kind::Heading(3),
        ("h4", _) => Kind::Heading(4),
        ("h5", _) => Kind::Heading(5),
        ("h6", _) => Kind::Heading(6),
        ("button" | "label" | "legend" | "option" | "optgroup", _) => Kind::Control,
        ("li" | "dt" | "dd", _) => Kind::Item,
        ("blockquote", _) => Kind::Quote,
        ("pre", _) => Kind::Pre,
        ("p", Kind::Quote | Kind::Caption) => above,
        ("p", _) => Kind::Paragraph,
        (
            "table" | "tr" | "td" | "th" | "ul" | "ol" | "dl" | "form" | "section" | "article" | "main"
            | "aside" | "nav",
            _,
        ) => Kind::Loose,
        (_, above) => above,
    }
}

/// What an element's tag says.
pub(crate) fn tag_hints(name: &str) -> Hints {
    let none = Hints::default();
    match name {
        "article" => none.with(Hint::ArticleTag),
        "main" => none.with(Hint::MainTag),
        "aside" => none.with(Hint::AsideTag),
        "nav" | "menu" => none.with(Hint::NavTag),
        "header" => none.with(Hint::HeaderTag),
        "footer" => none.with(Hint::FooterTag),
        "form" | "fieldset" | "button" | "label" => none.with(Hint::FormTag),
        "figure" | "figcaption" => none.with(Hint::FigureTag),
        "ul" | "ol" | "dl" => none.with(Hint::ListTag),
        "table" => none.with(Hint::TableTag),
        "blockquote" => none.with(Hint::QuoteTag),
        "time" => none.with(Hint::Date),
        "address" => none.with(Hint::Author),
        "dialog" => none.with(Hint::Popup),
        _ => none,
    }
}

/// What one attribute says by itself, apart from the words of names.
pub(crate) fn attribute_hints(name: &str, value: &str) -> Hints {
    let hint = match name {
        "hidden" => Hint::Hidden,
        "aria-hidden" if value == "true" => Hint::Hidden,
        "style" if hides(value) => Hint::Hidden,
        "itemprop" if value.eq_ignore_ascii_case("articleBody") => Hint::ArticleBody,
        "role" if value == "main" => Hint::MainTag,
        "rel" if value == "author" => Hint::Author,
        _ => return Hints::default(),
    };
    Hints::default().with(hint)
}

/// Attributes whose words tell what an element is for.
pub(crate) fn names_purpose(name: &str) -> bool {
    matches!(name, "class" | "id" | "role" | "itemprop" | "data-role" | "data-testid" | "data-component")
}

/// Whether an input is an empty field to write in; one that is filled in already is there to be copied.
pub(crate) fn is_field(input: &scraper::node::Element) -> bool {
    let is_text =
        |kind: &str| ["email", "tel", "text"].iter().any(|field| field.eq_ignore_ascii_case(kind.trim()));
    input.attr("type").is_none_or(is_text)
        && input.attr("value").is_none_or(str::is_empty)
        && input.attr("readonly").is_none()
}

fn hides(style: &str) -> bool {
    let style = style.get(..200).unwrap_or(style);
    let is_none = |rule: &str| {
        rule.split_once(':')
            .is_some_and(|(key, value)| key.trim() == "display" && value.trim().starts_with("none"))
    };
    style.split(';').any(is_none)
}
