//! The body that a page states and does not show: in its head, or in the state that it ships for its scripts.
//!
//! Enters: the blocks of a page and its JSON-LD `articleBody`, or the blocks of the state's HTML. Leaves: the same blocks, and
//! behind them those of the stated body where most of it is nowhere on the page: a script would have drawn it, or a
//! paywall hides it.

use crate::normalize::unicode;
use crate::rules::markup::Hint;
use crate::segment::block::{Block, DomFacts, Kind, Segmented};
use crate::segment::flat;

/// Bytes below which a stated body is a summary.
const LEAST: usize = 400;
/// Places of the stated body that are looked for on the page.
const PROBES: usize = 24;
/// Characters looked for at each.
const PROBE_CHARS: usize = 24;

/// Whether a stated body is the article's, and not a summary that calls itself so.
#[must_use]
pub fn is_whole(body: &str) -> bool {
    body.len() >= LEAST
}

/// Adds the stated body, if the page does not show it. `body` is text, its paragraphs apart by line breaks.
pub fn append(page: &mut Segmented, body: &str) {
    if !is_whole(body) {
        return;
    }
    let stated = flat::segment(body);
    if is_shown(page, &stated) {
        return;
    }
    let blocks = stated.blocks.into_iter();
    page.blocks.extend(blocks.map(|block| Block { kind: Kind::Stated, gap_before: false, ..block }));
    page.doms.resize(page.blocks.len(), DomFacts::default());
}

/// Bytes of text outside links, at most, of a page that shows no article. Bytes: they weigh scripts that write a word in
/// a letter or two as what they say.
const BARE: usize = 500;
/// Bytes from which a block counts; shorter ones are a menu's.
const COUNTED: usize = 24;
/// Linked lines from which a page that shows no article is a list of others.
const LISTED: usize = 8;
/// Tenths of a stated title's or description's runs of letters that the article holds, at least.
const OF_STATED: usize = 3;
/// Runs from which a line tells anything.
const MIN_RUNS: usize = 6;
/// Runs of a line that are looked for.
const MAX_RUNS: usize = 60;
/// Stated titles, and descriptions, that are looked for.
const MAX_LINES: usize = 3;

/// Whether a page shows so little text that a script would have to draw its article.
#[must_use]
pub fn is_bare(page: &Segmented) -> bool {
    let blocks = || page.blocks.iter().zip(&page.doms).filter(|(block, _)| block.text.len() >= COUNTED);
    let text = blocks().filter(|(_, dom)| dom.link_chars == 0).map(|(block, _)| block.text.len());
    text.sum::<usize>() < BARE && blocks().filter(|(_, dom)| dom.link_chars > 0).count() < LISTED
}

/// Whether a text is the article that a page's head names: words of the title or of the description stand in it. A notice or
/// another article has few of them.
#[must_use]
pub fn is_of_page(text: &str, titles: &[String], descriptions: &[String]) -> bool {
    let mut stated = titles.iter().take(MAX_LINES).chain(descriptions.iter().take(MAX_LINES));
    stated.any(|line| shares_words(text, line))
}

/// Whether a source states the page's title, so that a body in it may be the page's.
#[must_use]
pub fn states_title(source: &str, titles: &[String]) -> bool {
    titles.iter().take(MAX_LINES).any(|title| title.len() >= COUNTED && source.contains(title.as_str()))
}

fn shares_words(text: &str, line: &str) -> bool {
    let text = unicode::nfc(text).to_lowercase();
    let line: Vec<char> = line.to_lowercase().chars().filter(|c| c.is_alphanumeric() || *c == ' ').collect();
    // About a word: of letters with a case five, of others three, and two where no space parts words.
    let cased = line.iter().any(|c| c.is_lowercase());
    let length = if cased { 5 } else { 2 + usize::from(line.contains(&' ')) };
    let runs: Vec<String> = line.windows(length).take(MAX_RUNS).map(|run| run.iter().collect()).collect();
    let held = runs.iter().filter(|run| text.contains(run.as_str())).count();
    runs.len() >= MIN_RUNS && held * 10 >= OF_STATED * runs.len()
}

/// The text of a state's HTML, its paragraphs apart by line breaks; captions are not of the body.
#[must_use]
pub fn body_of(fragment: &Segmented) -> String {
    let is_body = |(block, dom): &(&Block, &DomFacts)| {
        let hinted = [Hint::Caption, Hint::FigureTag, Hint::AsideTag].iter().any(|hint| dom.all.has(*hint));
        !hinted && !matches!(block.kind, Kind::Caption | Kind::Control)
    };
    let blocks = fragment.blocks.iter().zip(&fragment.doms).filter(is_body);
    let texts: Vec<&str> = blocks.map(|(block, _)| block.text.as_str()).collect();
    texts.join("\n\n")
}

/// Whether a third of the places looked for stand on the page: of a teaser fewer do.
fn is_shown(page: &Segmented, stated: &Segmented) -> bool {
    let probes = probes(stated);
    let is_there = |probe: &&&str| page.blocks.iter().any(|block| block.text.contains(**probe));
    probes.iter().filter(is_there).count() * 3 >= probes.len()
}

/// Short pieces of a body, evenly apart, however many lines it has.
fn probes(stated: &Segmented) -> Vec<&str> {
    let lengths = stated.blocks.iter().map(|block| block.text.chars().count());
    let step = (lengths.clone().sum::<usize>() / PROBES).max(PROBE_CHARS);
    let (mut probes, mut passed) = (Vec::new(), 0_usize);
    for (block, length) in stated.blocks.iter().zip(lengths) {
        let first = passed.next_multiple_of(step) - passed;
        let starts = block.text.char_indices().map(|(at, _)| at).skip(first).step_by(step);
        probes.extend(starts.filter_map(|from| beginning(&block.text[from..])));
        passed += length;
    }
    probes
}

/// A text's first characters; `None` where it has fewer than are looked for.
fn beginning(text: &str) -> Option<&str> {
    text.char_indices().nth(PROBE_CHARS).map(|(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::dom;
    use crate::rules::{RuleSet, UserRules};
    use crate::segment::html;
    use crate::segment::site::Roles;

    fn page(texts: &[&str]) -> Segmented {
        flat::segment(&texts.join("\n\n"))
    }

    /// A page of markup as blocks.
    fn html(body: &str) -> Segmented {
        let rules = RuleSet::new(&UserRules::default()).expect("the shipped rules");
        let dom = dom::parse(&format!("<body>{body}"), &rules.attributes);
        html::segment(&dom, &rules.lexicon, &Roles::new())
    }

    const LINE: &str = "<p>The ferry returns before the winter, and the crew with it, says the yard.</p>";

    #[test]
    fn a_page_of_a_few_lines_is_bare() {
        let menu = "<ul><li><a href=/a>Home</a><li><a href=/b>Sport</a></ul>";
        for body in ["", menu, &LINE.repeat(3), &format!("{menu}<p>Loading …</p>{}", "<p>x</p>".repeat(300))]
        {
            assert!(is_bare(&html(body)), "{body}");
        }
        let linked = "<p><a href=/a>The ferry returns before the winter</a></p>";
        assert!(is_bare(&html(&linked.repeat(LISTED - 1))));
        assert!(!is_bare(&html(&linked.repeat(LISTED))));
        assert!(!is_bare(&html(&LINE.repeat(8))));
        // A word in a letter or two: bytes weigh them.
        assert!(!is_bare(&html(&"<p>市政府周一宣布，渡轮将在入冬前恢复原来的班次。</p>".repeat(8))));
    }

    #[test]
    fn a_short_body_is_a_summary() {
        assert!(!is_whole("The ferry returns before the winter."));
        assert!(is_whole(&LINE.repeat(6)));
        let mut shell = page(&["Trang chủ"]);
        append(&mut shell, "The ferry returns before the winter.");
        assert_eq!(shell.blocks.len(), 1);
    }

    #[test]
    fn a_body_of_a_state_is_its_text() {
        let state = "<h2>Old engines</h2><p>One.</p><figure><img><figcaption>A boat</figcaption></figure><ul><li>Two\
                     </ul><aside>Read on</aside><p>Three <b>and</b> four.</p><button>More</button><blockquote>Five\
                     </blockquote>";
        assert_eq!(body_of(&html(state)), "Old engines\n\nOne.\n\nTwo\n\nThree and four.\n\nFive");
        assert_eq!(body_of(&html("<figure><figcaption>A boat</figcaption></figure>")), "");
    }

    #[test]
    fn a_state_of_another_article_is_not_the_pages() {
        let titles = ["Ferry returns to its old timetable".to_owned()];
        let other = "<p>We and our partners use cookies.</p>";
        assert!(is_of_page("<p>The ferry, which returns to the old timetable.</p>", &titles, &[]));
        assert!(states_title("{\"t\":\"Ferry returns to its old timetable\"}", &titles));
        assert!(!is_of_page(other, &titles, &["What the yard says of it".to_owned()]));
        assert!(!is_of_page(other, &[], &[]));
    }

    #[test]
    fn the_places_are_few_however_many_lines_there_are() {
        for lines in [1, 30, 3000] {
            let body = flat::segment(&"Một dòng của bài, dài hơn một chỗ tìm.\n\n".repeat(lines));
            let found = probes(&body).len();
            assert!((1..=PROBES + 1).contains(&found), "{lines} lines: {found}");
        }
    }

    #[test]
    fn a_body_that_is_not_shown_is_added_and_one_that_is_stays_single() {
        let paragraphs: Vec<String> = (0..8)
            .map(|n| {
                format!("Đoạn {n} kể chuyện làng {n} bên sông {n} vào mùa nước nổi năm {n}, dài vừa đủ.")
            })
            .collect();
        let body = paragraphs.join("\n");
        let mut shell = page(&["Trang chủ", "Đăng nhập"]);
        append(&mut shell, &body);
        assert_eq!(shell.blocks.len(), 10);
        assert!(shell.blocks[2..].iter().all(|block| block.kind == Kind::Stated));
        assert!(shell.dom(9).is_some());
        let shown: Vec<&str> = paragraphs.iter().map(String::as_str).collect();
        let mut whole = page(&shown);
        append(&mut whole, &body);
        assert_eq!(whole.blocks.len(), 8);
        let mut teaser = page(&shown[..2]);
        append(&mut teaser, &body);
        assert_eq!(teaser.blocks.len(), 10);
    }
}
