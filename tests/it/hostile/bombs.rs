//! Markup and text made to cost time and memory.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::{article, assert_calm, err, fate, folder, rows, run};

/// Tags of which very many are opened and none is closed, each in a page of its own.
const NESTED: [&str; 26] = [
    "span",
    "b",
    "font color=red",
    "table",
    "table><tr><td",
    "svg",
    "svg><tr",
    "math",
    "math><mi",
    "blockquote",
    "div><p",
    "p><b",
    "b><div",
    "a href=/x",
    "a href=/x><div",
    "select",
    "select><option",
    "optgroup",
    "template",
    "button",
    "form",
    "ul><li",
    "nobr",
    "object",
    "ruby><rt",
    "noscript",
];

/// What follows an article; `N` stands for a number.
const REPEATED: [&str; 28] = [
    "<p><font color=#N>x",
    "<b><i><u>x",
    "<p><b id=N><i id=N>x</p>",
    "<b><p>x</b>",
    "<a><div>x</a>",
    "<b><i><p>x</b></i>",
    "<table>x<b>y</b><div>z</div>",
    "<table><tr><td>x",
    "<form><p>x</form>",
    "<form><input name=a>x",
    "<br>",
    "<p>",
    "</p>",
    "</h1>",
    "<body a N=1>",
    "<xN>t</xN>",
    "<p class=cN>x</p>",
    "<a href=/N>tin N</a>",
    "&amp;",
    "&amp;amp;lt;",
    "&#7871;",
    "&",
    "<!--",
    "<!-- N -->",
    "<![CDATA[",
    "<",
    "<script>x</script>",
    "<meta property=og:title content='tin N'>",
];

/// Elements whose text is no markup, never closed.
const SWALLOWING: [&str; 9] =
    ["plaintext", "textarea", "title", "script", "style", "xmp", "iframe", "noframes", "!--"];

fn write(dump: &Path, name: &str, text: &str) {
    fs::write(dump.join(name), text).expect("written");
}

fn file_name(tag: &str) -> String {
    tag.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

/// Cleans the dump, in which `good.html` is an article, and gives the rows' fates.
fn clean(folder: &Path) -> Vec<(String, String)> {
    write(&folder.join("dump"), "good.html", &article("xóm Yên"));
    let output = run(folder, &["clean", "dump", "--out", "o"]);
    assert_calm(&output);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let rows = rows(&folder.join("o"));
    assert_eq!(fate(&rows["dump/good.html"]), "written");
    assert_eq!(rows.len(), fs::read_dir(folder.join("dump")).expect("readable").count());
    rows.iter().map(|(path, row)| (path.clone(), fate(row))).collect()
}

fn dump() -> tempfile::TempDir {
    let folder = folder();
    fs::create_dir(folder.path().join("dump")).expect("made");
    folder
}

#[test]
fn a_million_nested_tags_keep_the_article_above_them() {
    let folder = dump();
    let page = article("xóm Sâu").replace("</body></html>", "");
    let text = format!("{page}{}", "<div>".repeat(1_000_000));
    write(&folder.path().join("dump"), "div.html", &text);
    let fates = clean(folder.path());
    assert_eq!(fates[0], ("dump/div.html".to_owned(), "written".to_owned()));
}

#[test]
fn nested_tags_of_every_kind_end_in_time() {
    let folder = dump();
    let page = article("xóm Sâu").replace("</body></html>", "");
    for tag in NESTED {
        let text = format!("{page}{}", format!("<{tag}>").repeat(20_000));
        write(&folder.path().join("dump"), &format!("{}.html", file_name(tag)), &text);
    }
    for (path, fate) in clean(folder.path()) {
        assert!(["written", "duplicate", "skipped too_complex"].contains(&fate.as_str()), "{path}: {fate}");
    }
}

#[test]
fn repeated_markup_of_every_kind_ends_in_time() {
    let folder = dump();
    let dump = folder.path().join("dump");
    let page = article("xóm Lặp").replace("</body></html>", "");
    for (at, part) in REPEATED.iter().enumerate() {
        let text = (0..6_000).fold(page.clone(), |text, n| text + &part.replace('N', &n.to_string()));
        write(&dump, &format!("{at}.html"), &text);
    }
    for tag in SWALLOWING {
        let text = format!("{page}<{tag}>{}", "chữ trong thẻ ".repeat(30_000));
        write(&dump, &format!("{}.html", file_name(tag)), &text);
    }
    for (path, fate) in clean(folder.path()) {
        let known =
            ["written", "duplicate", "skipped too_complex", "skipped no_article", "skipped index_page"];
        assert!(known.contains(&fate.as_str()), "{path}: {fate}");
    }
}

#[test]
fn a_hundred_thousand_attributes_on_one_tag_do_not_cost_the_article() {
    let folder = dump();
    let dump = folder.path().join("dump");
    let floods: [fn(&mut String, u32); 6] = [
        |tag, n| _ = write!(tag, " a{n}=1"),
        |tag, n| _ = write!(tag, "/a{n}"),
        |tag, n| _ = write!(tag, "a{n}='>'"),
        |tag, n| _ = write!(tag, " a{n}=\"<i b c>\""),
        |tag, n| _ = write!(tag, " class=\"a{n}\""),
        |tag, n| _ = write!(tag, "\na{n}"),
    ];
    for (at, flood) in floods.iter().enumerate() {
        for tag in ["<div ", "</div ", "<b ", "<body "] {
            let mut text = tag.to_owned();
            (0..100_000).for_each(|n| flood(&mut text, n));
            let page = article("xóm Nhãn").replace("<p>Bà", &format!("{text}>\n<p>Bà"));
            write(&dump, &format!("{at}-{}.html", file_name(tag)), &page);
        }
    }
    for (path, fate) in clean(folder.path()) {
        assert!(["written", "duplicate"].contains(&fate.as_str()), "{path}: {fate}");
    }
}

/// A formatting element is opened again in each paragraph, with all its attributes that somebody reads.
#[test]
fn attributes_do_not_multiply() {
    let folder = dump();
    let page = article("xóm Nhân").replace("</body></html>", "");
    let attributes = (0..4000).fold(String::new(), |text, n| text + &format!(" a{n}=1"));
    let text = format!("{page}<p><b{attributes}>x</p>{}", "<p>x</p>".repeat(20_000));
    write(&folder.path().join("dump"), "b.html", &text);
    assert_eq!(clean(folder.path())[0].1, "written");
}

/// Names that are none of HTML's go into a set of fixed size.
/// A tag by its number.
type Tag = fn(u32) -> String;

#[test]
fn names_without_number_end_in_time() {
    let folder = dump();
    let page = article("xóm Tên").replace("</body></html>", "<b class=e-magazine__sapo></b>");
    let kinds: [(&str, Tag); 3] = [
        ("open", |n| format!("<element-{n}>")),
        ("class", |n| format!("<i class='name-{n}-a name-{n}-b name-{n}-c'></i>")),
        ("attribute", |n| format!("<i name-{n}-a name-{n}-b name-{n}-c></i>")),
    ];
    for (name, part) in kinds {
        let text = (0..120_000).fold(page.clone(), |text, n| text + &part(n));
        write(&folder.path().join("dump"), &format!("{name}.html"), &text);
    }
    for (path, fate) in clean(folder.path()) {
        assert!(["written", "duplicate", "skipped too_complex"].contains(&fate.as_str()), "{path}: {fate}");
    }
}

#[test]
fn texts_of_every_kind_end_in_time() {
    let folder = dump();
    let dump = folder.path().join("dump");
    let texts: [(&str, String); 8] = [
        ("feeds", "\n".repeat(1_000_000)),
        ("lines", "a\n".repeat(10_000)),
        ("word", "a".repeat(1_000_000)),
        ("marks", format!("a{}", "\u{301}".repeat(300_000))),
        ("references", format!("&{}", "amp;".repeat(200_000))),
        ("angles", "< ".repeat(300_000)),
        (
            "twins",
            (0..3_000).fold(String::new(), |text, n| text + &format!("Tin số {n} hôm nay\n").repeat(2)),
        ),
        ("dates", "19:15 | 04/07/2024\n".repeat(4_000)),
    ];
    for (name, text) in texts {
        write(&dump, &format!("{name}.txt"), &text);
    }
    for (path, fate) in clean(folder.path()) {
        assert!(fate == "written" || fate.starts_with("skipped "), "{path}: {fate}");
    }
}
