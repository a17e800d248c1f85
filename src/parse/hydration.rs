//! The article in the state that a page ships for its scripts: where nothing is drawn on the server, the body lies there, as
//! HTML in a string of JSON.
//!
//! Enters: a page's source. Leaves: the HTML of the longest such string that holds paragraphs and is the page's own, by
//! its words before its place. Time grows linearly with the page: each level of strings in strings is read once, and there
//! are few.

use std::cell::OnceCell;

use memchr::memmem::{self, Finder};

/// Ends of paragraphs that a string holds at least to be a body.
const PARAGRAPHS: usize = 3;
/// Bytes of a string, quotes and all, below which it cannot hold so many.
const LEAST: usize = 2 + PARAGRAPHS * "</p>".len();
/// Bytes of a string beyond which it is no article.
const MAX_STRING: usize = 1 << 20;
/// Strings in strings: scripts that stream their state wrap it once more.
const MAX_DEPTH: u32 = 2;
/// What each way to write `</p>` in a string of JSON has in it: plain, with `\/`, with `\u003c`, and all of it once more.
const ENDS: [&str; 3] = ["/p>", "003c/p", "003C/p"];

/// What ties a string to the page in whose scripts it stands.
#[derive(Clone, Copy)]
pub struct Ties<'a> {
    /// Whether a string's HTML is of the page by its words.
    pub of_text: &'a dyn Fn(&str) -> bool,
    /// Whether a script is: an article in it may be the page's, and a notice or another article too.
    pub of_source: &'a dyn Fn(&str) -> bool,
}

/// A string that may be the article. One that is of the page by its words goes before a longer one in a script of the page.
#[derive(Default)]
struct Found {
    by_words: bool,
    html: String,
}

/// The HTML of the article that a page's scripts would draw, if one of their strings holds it.
#[must_use]
pub fn fragment(html: &str, ties: &Ties<'_>) -> Option<String> {
    let mut found = Found::default();
    for script in scripts(html) {
        keep_best(script, MAX_DEPTH, ties, &mut found);
    }
    (!found.html.is_empty()).then_some(found.html)
}

/// What stands between `<script …>` and `</script>`.
fn scripts(html: &str) -> impl Iterator<Item = &str> {
    let open = Finder::new("<script");
    let mut rest = html;
    std::iter::from_fn(move || {
        let tag = &rest[open.find(rest.as_bytes())?..];
        let body = &tag[memchr::memchr(b'>', tag.as_bytes())? + 1..];
        let end = memmem::find(body.as_bytes(), b"</script").unwrap_or(body.len());
        rest = &body[end..];
        Some(&body[..end])
    })
}

fn keep_best(source: &str, depth: u32, ties: &Ties<'_>, best: &mut Found) {
    if depth == 0 || !holds_paragraphs(source) {
        return;
    }
    // Asked once: the source is long, and may hold many strings.
    let of_source = OnceCell::new();
    for literal in quoted(source).filter(|literal| (LEAST..=MAX_STRING).contains(&literal.len())) {
        if !holds_paragraphs(literal) {
            continue;
        }
        let Ok(text) = serde_json::from_str::<String>(literal) else { continue };
        if !is_html(&text) {
            keep_best(&text, depth - 1, ties, best);
            continue;
        }
        let is_longer = text.len() > best.html.len();
        let by_words = (is_longer || !best.by_words) && (ties.of_text)(&text);
        let of_source = || *of_source.get_or_init(|| (ties.of_source)(source));
        if by_words || is_longer && !best.by_words && of_source() {
            *best = Found { by_words, html: text };
        }
    }
}

/// Whether a string is HTML, and not JSON or a script that wraps such strings: it begins with a tag, or with a few words.
fn is_html(text: &str) -> bool {
    let text = text.trim_start();
    let before = text.split('<').next().unwrap_or_default();
    let is_prose = || before.contains(' ') && !before.contains(['"', '{', '[', '=', ';']);
    let opens = |c: char| c.is_alphanumeric() || "(“„«‘'—–-¿¡".contains(c);
    before.is_empty() || text.starts_with(opens) && is_prose()
}

fn holds_paragraphs(source: &str) -> bool {
    let count = |end: &str| memmem::find_iter(source.as_bytes(), end.as_bytes()).take(PARAGRAPHS).count();
    ENDS.iter().any(|end| count(end) == PARAGRAPHS)
}

/// What stands between each double quote and the next, with both; a quote behind a backslash is none.
///
/// Half of it is what stands between two strings. Which half, nobody can tell without reading a script as a browser does: a
/// comment, another kind of string or a pattern may hold a quote by itself. What stands between strings is no article.
fn quoted(source: &str) -> impl Iterator<Item = &str> {
    let bytes = source.as_bytes();
    let mut from = None;
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
            if bytes[at] == b'\\' {
                at += 2;
                continue;
            }
            let to = at;
            at += 1;
            if let Some(from) = from.replace(to) {
                return Some(&source[from..=to]);
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY: Ties<'_> = Ties { of_text: &|_| true, of_source: &|_| true };
    const BODY: &str = "<p class=\"a\">Một.</p><p>Hai.</p><p>Ba.</p>";

    #[test]
    fn words_of_the_page_go_before_length() {
        let notice = BODY.replace("Ba.", "Một thông báo dài hơn nhiều.");
        let ties = Ties { of_text: &|html| html == BODY, of_source: &|_| true };
        for state in [[BODY, &notice], [&notice, BODY]] {
            let state = format!("{{\"a\":{},\"b\":{}}}", json(state[0]), json(state[1]));
            assert_eq!(fragment(&page(&state), &ties).as_deref(), Some(BODY));
        }
    }

    fn json(text: &str) -> String {
        serde_json::to_string(text).expect("a string")
    }

    fn page(state: &str) -> String {
        format!("<html><body><div id=app></div><script>window.state={state}</script></body></html>")
    }

    #[test]
    fn the_longest_string_with_paragraphs_is_the_body() {
        let teaser = "<p>1</p><p>2</p><p>3</p>";
        let state = format!(r#"{{"title":"T","teaser":{},"body":{}}}"#, json(teaser), json(BODY));
        assert_eq!(fragment(&page(&state), &EVERY).as_deref(), Some(BODY));
        let escaped = state.replace('<', "\\u003c").replace('>', "\\u003e");
        assert_eq!(fragment(&page(&escaped), &EVERY).as_deref(), Some(BODY));
        assert_eq!(
            fragment(&page(&state), &Ties { of_text: &|html| html.contains('1'), of_source: &|_| false })
                .as_deref(),
            Some(teaser)
        );
        let wrapped = format!("push([1,{}])", json(&escaped));
        assert_eq!(fragment(&page(&wrapped), &EVERY).as_deref(), Some(BODY));
    }

    #[test]
    fn words_may_stand_before_the_first_tag() {
        for (begin, expected) in
            [("Theo báo. ", true), ("2a:T1f3,", false), ("{\"a\": ", false), ("a = b", false)]
        {
            let body = format!("{begin}{BODY}");
            let found = fragment(&page(&json(&body)), &EVERY);
            assert_eq!(found, Some(body).filter(|_| expected), "{begin}");
        }
    }

    #[test]
    fn what_holds_no_paragraphs_or_is_no_string_is_passed_over() {
        for source in [
            page(&json("<p>Một.</p><p>Hai.</p>")),
            page("'</p></p></p>'"),
            page("\"</p></p></p>\\"),
            page("\"\\"),
            "<script".to_owned(),
            "<script>\"".to_owned(),
            BODY.to_owned(),
        ] {
            assert_eq!(fragment(&source, &EVERY), None, "{source}");
        }
    }

    #[test]
    fn a_quote_by_itself_hides_no_string() {
        let state = format!(r#"window.state={{"body":{}}};"#, json(BODY));
        for stray in [
            "var q='\"';",
            "var q=/\"/g;",
            "var q=/[^\\\\\"]/;",
            "// 5\" wide\n",
            "/* 5\" wide */",
            "var q=`5\" wide`;",
            "a=\"\";b='\"';",
            "<!-- \" -->\n",
        ] {
            let page = format!("<script>{stray}{state}</script>");
            assert_eq!(fragment(&page, &EVERY).as_deref(), Some(BODY), "{stray}");
        }
    }

    #[test]
    fn what_stands_between_strings_is_no_article() {
        for source in [
            "<script>a=\"\"+'<p>1</p><p>2</p><p>3</p>'+\"\"</script>",
            "<script type=text/x><div class=\"a\"><p>1</p><p>2</p><p>3</p><i class=\"b\"></script>",
        ] {
            assert_eq!(fragment(source, &EVERY), None, "{source}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_source_is_read(source in r#"(<script>|</script>|"|\\|\\u003c/p\\u003e|</p>|ế|x){0,60}"#) {
            let _ = fragment(&source, &EVERY);
        }
    }
}
