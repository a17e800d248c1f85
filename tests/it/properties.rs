//! What holds for every input: no panic, nothing lost, and the same article whatever bytes carry it.
//!
//! Enters: bytes and tag soup made up by proptest, `tests/pages` and `samples`, re-encoded here. Leaves: nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use encoding_rs::WINDOWS_1252;
use encoding_rs::WINDOWS_1258;
use proptest::prelude::*;
use tinsach::label::Label;
use tinsach::page::{Form, RawPage};
use tinsach::pipeline::{CleanedPage, Cleaner, Outcome, article_text, clean_page};
use tinsach::rules::UserRules;
use unicode_normalization::UnicodeNormalization;

use super::sets::conservation;

fn cleaner() -> &'static Cleaner {
    static CLEANER: OnceLock<Cleaner> = OnceLock::new();
    CLEANER.get_or_init(|| Cleaner::new(&UserRules::default()).expect("the shipped rules"))
}

fn clean(body: Vec<u8>, content_type: Option<&str>) -> CleanedPage {
    let content_type = content_type.map(str::to_owned);
    clean_page(&RawPage { body, content_type, ..RawPage::default() }, cleaner())
}

/// Tags of pages, whole and torn.
#[rustfmt::skip]
const TAGS: &[&str] = &[
    "<div>", "</div>", "<div class=sidebar>", "<p>", "</p>", "<table>", "</table>", "<tr>", "<td>", "</td>", "<ul>",
    "</ul>", "<li>", "<a href=/x>", "</a>", "<b>", "</b>", "<span>", "</span>", "<br>", "<h1>", "</h1>", "<h2>",
    "<article>", "</article>", "<figure>", "<figcaption>", "</figure>", "<img alt=x>", "<blockquote>", "<pre>", "</pre>",
    "<form>", "<button>", "</button>", "<svg>", "<path/>", "</svg>", "<script>var a;</script>", "<style>p{}</style>",
    "<!-- x -->", "<select><option>x</select>", "<title>x</title>", "</html>", "<body>", "<caption>", "<section>",
    "</section>", "<template>x</template>", "<nobr>", "<iframe></iframe>", "<",
];

/// Texts of pages: words, markers, references, signs that show nothing, marks without a letter.
#[rustfmt::skip]
const TEXTS: &[&str] = &[
    "Hà Nội ", "tin. ", "Xem thêm", "Tin khác", "Ảnh: N.A", "19:15 | 04/07/2024", " ", "\n", "&amp;", "&nbsp;", "&#7879;",
    "&amp;ocirc;", "\u{200B}", "\u{AD}", "e\u{302}\u{323}", "\u{301}", "A & B ", "“quý”", "…",
    "Chiều nay, thành phố công bố kết quả sau ba tháng thử nghiệm, theo đó số chuyến trễ giảm một nửa. ",
];

/// Tags and texts in orders that no page has.
fn soup() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(TAGS).prop_map(str::to_owned),
        prop::sample::select(TEXTS).prop_map(str::to_owned),
        "[a-zđ]{1,8} ",
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_never_panic(body in prop::collection::vec(any::<u8>(), 0..600), form in 0..3) {
        let form = [None, Some(Form::Html), Some(Form::Text)][usize::try_from(form).unwrap_or(0)];
        let page = clean_page(&RawPage { body, form, ..RawPage::default() }, cleaner());
        let _ = article_text(&page, &Label::ALL);
    }

    #[test]
    fn tag_soup_is_conserved(body in soup()) {
        let page = RawPage { body: body.into_bytes(), form: Some(Form::Html), ..RawPage::default() };
        prop_assert_eq!(conservation::fault(&page, cleaner()), None);
    }

    #[test]
    fn lines_are_conserved(lines in prop::collection::vec(prop_oneof!["\\PC{0,80}", soup()], 0..12)) {
        let body = lines.join("\n").into_bytes();
        let page = RawPage { body, form: Some(Form::Text), ..RawPage::default() };
        prop_assert_eq!(conservation::fault(&page, cleaner()), None);
    }
}

fn root(relative: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(relative)
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("entry").path()).collect();
    paths.sort();
    paths
}

/// The markup of every folder of `tests/pages`, with its path.
fn pages() -> Vec<(PathBuf, String)> {
    let folders = entries(&root("tests/pages")).into_iter().flat_map(|language| entries(&language));
    let files = folders.map(|folder| folder.join("page.html")).filter(|path| path.is_file());
    files.map(|path| (path.clone(), fs::read_to_string(path).expect("UTF-8"))).collect()
}

/// The flattened texts of `samples/dump`, with their paths.
fn flattened() -> Vec<(PathBuf, String)> {
    let files = entries(&root("samples/dump")).into_iter();
    let texts = files.filter(|path| path.extension().is_some_and(|extension| extension == "txt"));
    texts.map(|path| (path.clone(), fs::read_to_string(path).expect("UTF-8"))).collect()
}

/// Checks that another form of each document's bytes gives the same outcome and the same article.
fn check(documents: Vec<(PathBuf, String)>, content_type: Option<&str>, encode: impl Fn(&str) -> Vec<u8>) {
    assert!(!documents.is_empty());
    for (path, text) in documents {
        let plain = clean(text.clone().into_bytes(), None);
        let other = clean(encode(&text), content_type);
        assert_eq!(other.outcome, plain.outcome, "{}", path.display());
        let articles = [&other, &plain].map(|page| article_text(page, &Label::ARTICLE));
        assert_eq!(articles[0], articles[1], "{}", path.display());
    }
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(bytes).collect()
}

/// Vietnamese windows-1258: letters with a tone are a letter and a combining mark; what the charset lacks is a character
/// reference. `encoding_rs` writes references for all of these letters.
fn windows_1258(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for c in text.nfc() {
        if push_1258(c, &mut out) {
            continue;
        }
        let (tones, letter): (Vec<char>, Vec<char>) =
            std::iter::once(c).nfd().partition(|mark| is_tone(*mark));
        let mut own = Vec::new();
        if letter.into_iter().nfc().chain(tones).all(|part| push_1258(part, &mut own)) {
            out.extend(own);
        } else {
            out.extend(format!("&#{};", u32::from(c)).bytes());
        }
    }
    out
}

fn is_tone(mark: char) -> bool {
    matches!(mark, '\u{300}' | '\u{301}' | '\u{303}' | '\u{309}' | '\u{323}')
}

/// Appends a character that the charset has.
fn push_1258(c: char, out: &mut Vec<u8>) -> bool {
    let mut letter = [0; 4];
    let (bytes, _, unmappable) = WINDOWS_1258.encode(c.encode_utf8(&mut letter));
    if !unmappable {
        out.extend_from_slice(&bytes);
    }
    !unmappable
}

#[test]
fn a_byte_order_mark_changes_nothing() {
    check(pages(), None, |text| format!("\u{FEFF}{text}").into_bytes());
    check(flattened(), None, |text| format!("\u{FEFF}{text}").into_bytes());
}

#[test]
fn utf_16_gives_the_same_article() {
    check(pages(), None, |text| utf16(text, u16::to_le_bytes));
    check(pages(), None, |text| utf16(text, u16::to_be_bytes));
    check(flattened(), None, |text| utf16(text, u16::to_le_bytes));
}

#[test]
fn windows_1258_gives_the_same_article() {
    let named = |text: &str| {
        let head = text.to_ascii_lowercase().find("charset=").expect("a page that names its charset");
        let at = text[head..].to_ascii_lowercase().find("utf-8").expect("a page in UTF-8") + head;
        windows_1258(&format!("{}windows-1258{}", &text[..at], &text[at + 5..]))
    };
    check(pages(), None, named);
    check(pages(), Some("text/html; charset=windows-1258"), windows_1258);
    check(flattened(), Some("text/plain; charset=windows-1258"), windows_1258);
}

#[test]
fn what_was_encoded_twice_gives_the_same_article() {
    let twice =
        |text: &str| WINDOWS_1252.decode_without_bom_handling(text.as_bytes()).0.into_owned().into_bytes();
    let is_telling = |(_, text): &(PathBuf, String)| text.chars().filter(|c| !c.is_ascii()).count() > 2;
    check(pages().into_iter().filter(is_telling).collect(), None, twice);
    check(flattened().into_iter().filter(is_telling).collect(), None, twice);
}

#[test]
fn decomposed_letters_give_the_same_article() {
    check(pages(), None, |text| text.nfd().collect::<String>().into_bytes());
    check(flattened(), None, |text| text.nfd().collect::<String>().into_bytes());
}

#[test]
fn what_shows_nothing_is_no_article() {
    for text in [
        "\u{200B}",
        "\u{FEFF}\u{AD}\n\u{2060}",
        "<html><body></body></html>",
        "<p>\u{200B}</p><p></p><p></p>",
    ] {
        for form in [None, Some(Form::Html), Some(Form::Text)] {
            let page = RawPage { body: text.into(), form, ..RawPage::default() };
            let outcome = clean_page(&page, cleaner()).outcome;
            assert_ne!(outcome, Outcome::Article, "{text:?} {form:?}");
        }
    }
}

#[test]
fn line_ends_change_nothing() {
    check(flattened(), None, |text| text.replace('\n', "\r\n").into_bytes());
    check(pages(), None, |text| text.replace('\n', "\r\n").into_bytes());
}

/// Paragraphs of a document's article that are not in what comes out when that article is cleaned again.
fn lost_again(text: &str) -> Vec<String> {
    let page = clean(text.as_bytes().to_vec(), None);
    if page.outcome != Outcome::Article {
        return Vec::new();
    }
    let once = article_text(&page, &Label::ARTICLE);
    let again = article_text(&clean(once.clone().into_bytes(), None), &Label::ARTICLE);
    let kept: Vec<&str> = again.split("\n\n").map(str::trim).collect();
    let paragraphs = once.split("\n\n").map(str::trim);
    paragraphs.filter(|paragraph| !kept.contains(paragraph)).map(str::to_owned).collect()
}

#[test]
fn a_cleaned_text_cleaned_again_keeps_every_paragraph() {
    for (path, text) in flattened() {
        assert_eq!(lost_again(&text), Vec::<String>::new(), "{}", path.display());
    }
}

#[test]
fn a_cleaned_page_cleaned_again_keeps_its_prose() {
    for (path, text) in pages() {
        let mut lost = lost_again(&text);
        // What only markup told, such as a name alone in a line or a row of a table, may be lost with it.
        lost.retain(|paragraph| paragraph.chars().count() > 60 && paragraph.ends_with(['.', '!', '?', '…']));
        assert_eq!(lost, Vec::<String>::new(), "{}", path.display());
    }
}
