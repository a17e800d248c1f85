//! Pages beside the articles' own: the home page, sections, and the versions for phones and printers.
//!
//! Enters: articles. Leaves: HTML. Invariant: a version holds the article's text and nothing of the boxes around it.

use std::fmt::Write as _;

use super::article::{Article, Block};
use super::layout::{escaped, menu, paper, section_name};

/// A version of an article's page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    Amp,
    Mobile,
    Print,
}

/// An article in a version of its page; `canonical` is the address that it names as its own.
pub(super) fn version(article: &Article, version: Version, canonical: Option<&str>) -> String {
    let mark = if version == Version::Amp { " amp" } else { "" };
    let (title, paper) = (escaped(&article.title), paper(article));
    let mut page = format!(
        "<!doctype html>\n<html{mark} lang=\"{}\">\n<head><meta charset=\"utf-8\"><title>{title} | {paper}</title>\n",
        article.language
    );
    if let Some(canonical) = canonical {
        _ = writeln!(page, "<link rel=\"canonical\" href=\"{canonical}\">");
    }
    if version == Version::Mobile {
        page.push_str("<meta name=\"viewport\" content=\"width=device-width\">\n");
    }
    _ = write!(
        page,
        "</head>\n<body>\n<article>\n<h1>{title}</h1>\n<div class=\"meta\"><span class=\"author\">{}</span> <time datetime=\"{}\">{}</time></div>\n<p class=\"sapo\">{}</p>\n",
        article.byline,
        article.date("%Y-%m-%dT%H:%M:%S+07:00"),
        article.date("%d/%m/%Y %H:%M"),
        escaped(&article.lead)
    );
    for block in &article.blocks {
        _ = match block {
            Block::Paragraph(text) => writeln!(page, "<p>{}</p>", escaped(text)),
            Block::Subhead(text) => writeln!(page, "<h2>{}</h2>", escaped(text)),
            Block::Caption(text) if version == Version::Amp => writeln!(
                page,
                "<figure><amp-img src=\"/anh/{}.jpg\" width=\"640\" height=\"360\"></amp-img><figcaption>{}</figcaption></figure>",
                article.id(),
                escaped(text)
            ),
            Block::Caption(text) => writeln!(
                page,
                "<figure><img src=\"/anh/{}.jpg\" alt=\"\"><figcaption>{}</figcaption></figure>",
                article.id(),
                escaped(text)
            ),
        };
    }
    page.push_str("</article>\n");
    if version == Version::Print {
        page.push_str("<script>window.print()</script>\n");
    }
    page + "</body>\n</html>\n"
}

/// A page of teasers: the home page, or a section's.
pub(super) fn list(heading: &str, language: &str, articles: &[&Article]) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"{language}\">\n<head><meta charset=\"utf-8\"><title>{heading}</title>\n\
         <link rel=\"alternate\" type=\"application/rss+xml\" href=\"/rss/home.rss\">\n\
         <link rel=\"alternate\" type=\"application/atom+xml\" href=\"/atom.xml\">\n</head>\n<body>\n<nav>{}</nav>\n<main>\n",
        menu(language)
    );
    for article in articles {
        let path = article.path();
        _ = writeln!(
            page,
            "<article class=\"item-news\"><h3 class=\"title-news\"><a href=\"{path}\">{}</a></h3>\
             <p class=\"description\"><a href=\"{path}\">{}</a></p><span class=\"time\">{}</span> \
             <a class=\"cat\" href=\"/{}\">{}</a></article>",
            escaped(&article.title),
            escaped(&article.lead),
            article.date("%d/%m/%Y %H:%M"),
            article.section,
            section_name(article.section),
        );
    }
    page + "</main>\n<footer><a href=\"/noi-bo/\">Nội bộ</a></footer>\n</body>\n</html>\n"
}
