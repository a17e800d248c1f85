//! The article in the state that a page ships for its scripts: where nothing is drawn on the server, the body lies there, as
//! HTML in a string of JSON.
//!
//! Enters: a page's source. Leaves: the HTML of the longest such string that holds paragraphs and is the page's own. Time
//! grows linearly with the page: each level of strings in strings is read once, and there are few.

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

/// The HTML of the article that a page's scripts would draw, if one of their strings holds it. `is_it` tells from a
/// string's HTML, and from the source in which it stands, whether it is the article and not a notice or another one.
#[must_use]
pub fn fragment(html: &str, is_it: &dyn Fn(&str, &str) -> bool) -> Option<String> {
    let mut longest = None;
    for script in scripts(html) {
        keep_longest(script, MAX_DEPTH, is_it, &mut longest);
    }
    longest
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

fn keep_longest(source: &str, depth: u32, is_it: &dyn Fn(&str, &str) -> bool, longest: &mut Option<String>) {
    if depth == 0 || !holds_paragraphs(source) {
        return;
    }
    for literal in quoted(source).filter(|literal| (LEAST..=MAX_STRING).contains(&literal.len())) {
        if !holds_paragraphs(literal) {
            continue;
        }
        let Ok(text) = serde_json::from_str::<String>(literal) else { continue };
        if is_html(&text) {
            if longest.as_ref().is_none_or(|found| found.len() < text.len()) && is_it(&text, source) {
                *longest = Some(text);
            }
        } else {
            keep_longest(&text, depth - 1, is_it, longest);
        }
    }
}

/// Whether a string is HTML, and not JSON or a script that wraps such strings: it begins with a tag, or with a few words.
fn is_html(text: &str) -> bool {
    let text = text.trim_start();
    let before = text.split('<').next().unwrap_or_default();
    let is_prose = || before.contains(' ') && !before.contains(['"', '\'', '{', '[', '=', ';']);
    before.is_empty() || text.starts_with(char::is_alphanumeric) && is_prose()
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

    const BODY: &str = "<p class=\"a\">Một.</p><p>Hai.</p><p>Ba.</p>";

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
        assert_eq!(fragment(&page(&state), &|_, _| true).as_deref(), Some(BODY));
        let escaped = state.replace('<', "\\u003c").replace('>', "\\u003e");
        assert_eq!(fragment(&page(&escaped), &|_, _| true).as_deref(), Some(BODY));
        assert_eq!(fragment(&page(&state), &|html, _| html.contains('1')).as_deref(), Some(teaser));
        let wrapped = format!("push([1,{}])", json(&escaped));
        assert_eq!(fragment(&page(&wrapped), &|_, _| true).as_deref(), Some(BODY));
    }

    #[test]
    fn words_may_stand_before_the_first_tag() {
        for (begin, expected) in
            [("Theo báo. ", true), ("2a:T1f3,", false), ("{\"a\": ", false), ("a = b", false)]
        {
            let body = format!("{begin}{BODY}");
            let found = fragment(&page(&json(&body)), &|_, _| true);
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
            assert_eq!(fragment(&source, &|_, _| true), None, "{source}");
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
            assert_eq!(fragment(&page, &|_, _| true).as_deref(), Some(BODY), "{stray}");
        }
    }

    #[test]
    fn what_stands_between_strings_is_no_article() {
        for source in [
            "<script>a=\"\"+'<p>1</p><p>2</p><p>3</p>'+\"\"</script>",
            "<script type=text/x><div class=\"a\"><p>1</p><p>2</p><p>3</p><i class=\"b\"></script>",
        ] {
            assert_eq!(fragment(source, &|_, _| true), None, "{source}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_source_is_read(source in r#"(<script>|</script>|"|\\|\\u003c/p\\u003e|</p>|ế|x){0,60}"#) {
            let _ = fragment(&source, &|_, _| true);
        }
    }
}
