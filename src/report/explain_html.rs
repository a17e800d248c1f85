//! A cleaned page block by block, as one HTML page that needs nothing else.
//!
//! Enters: an explained page. Leaves: the page's markup; it holds no script and loads nothing.
//! Invariant: every string that came from a document is escaped, and none becomes a link.

use std::fmt::{self, Write};

use super::explained::{Explained, LabelCount, grouped};
use super::palette;
use super::wrap::printable;
use crate::classify::evidence::Signal;
use crate::label::Label;
use crate::pipeline::LabelledBlock;

const STYLE: &str = include_str!("explain.css");

/// The whole page.
#[must_use]
pub fn render(explained: &Explained<'_>) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = page(&mut out, explained);
    out
}

fn page(out: &mut String, explained: &Explained<'_>) -> fmt::Result {
    let counts = explained.counts();
    let title = explained.page.metadata.title.as_deref().unwrap_or(explained.source);
    out.push_str("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    out.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    out.push_str("<meta http-equiv=\"Content-Security-Policy\" ");
    out.push_str("content=\"default-src 'none'; style-src 'unsafe-inline'\">\n");
    writeln!(out, "<title>{} – tinsach explain</title>", escaped(title))?;
    writeln!(out, "<style>\n{STYLE}{}</style>\n</head>\n<body>", label_style(&counts))?;
    header(out, explained, title)?;
    legend(out, &counts)?;
    let lang = language(explained).map_or_else(String::new, |lang| format!(" lang=\"{lang}\""));
    out.push_str("<main>\n");
    for (i, block) in explained.page.blocks.iter().enumerate() {
        self::block(out, i + 1, block, (explained.kept(block), &lang))?;
    }
    if explained.page.blocks.is_empty() {
        out.push_str("<p>The page has no blocks.</p>\n");
    }
    writeln!(out, "</main>\n<footer>{}</footer>\n</body>\n</html>", escaped(&explained.totals()))
}

fn header(out: &mut String, explained: &Explained<'_>, title: &str) -> fmt::Result {
    writeln!(out, "<header>\n<h1>{}</h1>", escaped(title))?;
    writeln!(out, "<p class=\"source\">{}</p>", escaped(explained.source))?;
    writeln!(out, "<p class=\"outcome\">{}</p>\n<dl>", escaped(&explained.outcome()))?;
    for (name, value) in explained.facts() {
        writeln!(out, "<dt>{name}</dt><dd>{}</dd>", escaped(&value))?;
    }
    out.push_str("</dl>\n</header>\n");
    Ok(())
}

/// The switches: check boxes, then a legend that labels them; style alone hides what is unchecked.
fn legend(out: &mut String, counts: &[LabelCount]) -> fmt::Result {
    let groups = [("kept", true), ("cut", false)];
    for id in groups.iter().map(|(id, _)| *id).chain(counts.iter().map(|count| count.label.name())) {
        writeln!(out, "<input class=\"toggle\" type=\"checkbox\" id=\"show-{id}\" checked>")?;
    }
    out.push_str("<nav aria-label=\"Show blocks\">\n");
    for (id, kept) in groups {
        let blocks: usize = counts.iter().filter(|count| count.kept == kept).map(|count| count.blocks).sum();
        switch(out, id, "all", blocks)?;
    }
    for count in counts {
        let name = count.label.name();
        switch(out, name, name, count.blocks)?;
    }
    out.push_str("</nav>\n");
    Ok(())
}

fn switch(out: &mut String, id: &str, class: &str, blocks: usize) -> fmt::Result {
    let number = grouped(blocks as u64);
    writeln!(out, "<label class=\"{class}\" for=\"show-{id}\"><b>{id}</b> {number}</label>")
}

fn block(out: &mut String, number: usize, block: &LabelledBlock, (kept, lang): (bool, &str)) -> fmt::Result {
    let label = block.label.name();
    let mark = if kept { "kept" } else { "cut" };
    writeln!(out, "<section class=\"block {label} {mark}\" id=\"b{number}\">\n<div class=\"head\">")?;
    writeln!(
        out,
        "<a class=\"number\" href=\"#b{number}\">{number}</a> <span class=\"label\">{label}</span>"
    )?;
    writeln!(
        out,
        "<span class=\"mark\">{mark}</span> <span class=\"score\">{:.2}</span>",
        block.evidence.score
    )?;
    writeln!(out, "</div>\n<p class=\"text\"{lang}>{}</p>", escaped(&block.text))?;
    if !block.evidence.signals.is_empty() {
        out.push_str("<ul class=\"signals\">\n");
        for signal in &block.evidence.signals {
            self::signal(out, signal)?;
        }
        out.push_str("</ul>\n");
    }
    out.push_str("</section>\n");
    Ok(())
}

fn signal(out: &mut String, signal: &Signal) -> fmt::Result {
    write!(out, "<li>{}", escaped(signal.name))?;
    if let Some(weight) = signal.weight {
        let class = if weight < 0.0 { "down" } else { "up" };
        write!(out, " <span class=\"{class}\">{weight:+.2}</span>")?;
    }
    if let Some(rule) = &signal.rule {
        write!(out, " ({})", escaped(rule))?;
    }
    out.push_str("</li>\n");
    Ok(())
}

/// Colours and switches of the labels that occur.
fn label_style(counts: &[LabelCount]) -> String {
    let names: Vec<Label> = counts.iter().map(|count| count.label).collect();
    let color = |pick: fn(palette::Color) -> &'static str| -> String {
        let rule =
            |label: &Label| format!(".{} {{ --c: {}; }}\n", label.name(), pick(palette::color(*label)));
        names.iter().map(rule).collect::<Vec<_>>().concat()
    };
    let (light, dark) = (color(|color| color.light), color(|color| color.dark));
    let ids = ["kept", "cut"].into_iter().chain(names.iter().map(|label| label.name()));
    let switch = |id: &str| {
        let off = format!("#show-{id}:not(:checked) ~");
        format!(
            "{off} main .{id} {{ display: none; }}\n\
             {off} nav label[for=show-{id}] {{ opacity: .55; text-decoration: line-through; }}\n\
             #show-{id}:focus-visible ~ nav label[for=show-{id}] {{ outline: 2px solid; outline-offset: 2px; }}\n"
        )
    };
    let switches: Vec<String> = ids.map(switch).collect();
    format!("{light}@media (prefers-color-scheme: dark) {{\n{dark}}}\n{}", switches.concat())
}

/// The page's language, if it is a plain tag.
fn language<'a>(explained: &Explained<'a>) -> Option<&'a str> {
    let tag = explained.page.metadata.language.as_deref()?;
    let plain = tag.len() <= 35 && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (plain && !tag.is_empty()).then_some(tag)
}

/// Printable text, safe in an element and in a quoted attribute.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in printable(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::evidence::Evidence;
    use crate::parse::metadata::Metadata;
    use crate::pipeline::{CleanedPage, Outcome};

    const EVIL: &str = "<script>alert('1')</script>\" onload=\"x\u{1b}\0&amp;";

    fn evil_page() -> CleanedPage {
        let signals = vec![Signal { name: "phrase", rule: Some(EVIL.into()), weight: Some(-1.0) }];
        let block = |label| LabelledBlock {
            text: EVIL.into(),
            label,
            evidence: Evidence { signals: signals.clone().into(), score: 0.5 },
        };
        CleanedPage {
            form: None,
            charset: "utf-8",
            outcome: Outcome::Article,
            metadata: Metadata {
                title: Some(EVIL.into()),
                canonical_url: Some("javascript:alert(1)".into()),
                language: Some("vi\" onclick=\"x".into()),
                ..Metadata::default()
            },
            blocks: Label::ALL.into_iter().map(block).collect(),
            rules: vec![EVIL.into()],
        }
    }

    #[test]
    fn nothing_of_the_document_is_markup() {
        let page = evil_page();
        let html = render(&Explained { source: EVIL, page: &page, include: &Label::ARTICLE });
        assert!(!html.contains("<script"), "{html}");
        assert!(!html.contains("onload=\""), "{html}");
        assert!(!html.contains("onclick=\""), "{html}");
        assert!(!html.contains("href=\"javascript"), "{html}");
        assert!(!html.contains('\u{1b}') && !html.contains('\0'));
    }

    #[test]
    fn every_block_and_switch_is_there_once() {
        let page = evil_page();
        let html = render(&Explained { source: "a.html", page: &page, include: &Label::ARTICLE });
        assert_eq!(html.matches("<section class=\"block ").count(), 18);
        assert_eq!(html.matches(" kept\" id=").count(), 6);
        assert_eq!(html.matches("type=\"checkbox\"").count(), 20);
        for label in Label::ALL {
            assert_eq!(html.matches(&format!("for=\"show-{}\"", label.name())).count(), 1);
        }
    }
}
