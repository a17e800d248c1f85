//! Kept + cut = input: every visible character of a page stands in exactly one block, in the page's order.
//!
//! What is visible is told here anew, from scraper's own parse and from the text's lines, and compared in NFD, so that a
//! mark at a block's start cannot join the letter before it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use scraper::{Html, Node};
use tinsach::decode;
use tinsach::normalize::unicode;
use tinsach::page::{Form, RawPage};
use tinsach::pipeline::{Cleaner, LabelledBlock, clean_page};
use tinsach::rules::UserRules;
use tinsach::segment::flat::links::LinkNumbers;
use unicode_normalization::UnicodeNormalization;

use super::{development, sets};

/// Elements whose text no reader sees.
const UNSEEN: [&str; 19] = [
    "script", "style", "noscript", "template", "head", "svg", "math", "iframe", "object", "canvas", "audio",
    "video", "select", "datalist", "textarea", "title", "noframes", "noembed", "applet",
];

/// A text's visible characters: NFD, without white space and signs that show nothing.
pub(super) fn visible(text: &str) -> String {
    text.nfd().filter(|c| !c.is_whitespace() && !unicode::is_invisible(*c)).collect()
}

/// The visible text of a page, told without the program's own walk.
fn visible_of_html(markup: &str) -> String {
    let html = Html::parse_document(markup);
    let mut out = String::new();
    let mut nodes = vec![html.tree.root()];
    while let Some(node) = nodes.pop() {
        match node.value() {
            Node::Text(text) => out.push_str(text),
            Node::Element(element) if UNSEEN.contains(&element.name()) => {}
            _ => nodes.extend(node.children().rev()),
        }
    }
    visible(&unicode::unescape(&out))
}

/// What is wrong with a document's blocks, if anything.
pub(crate) fn fault(raw: &RawPage, cleaner: &Cleaner) -> Option<String> {
    let decoded = decode::decode(raw).ok()?;
    let expected = match decoded.form {
        Form::Html => visible_of_html(&decoded.text),
        Form::Text => {
            let lines: Vec<String> =
                decoded.text.lines().map(|line| unicode::line(&unicode::unescape(line))).collect();
            let mut numbers = LinkNumbers::of(lines.iter().map(String::as_str));
            let strip = |line: &String| match &mut numbers {
                Some(numbers) => visible(&numbers.strip(line)),
                None => visible(line),
            };
            lines.iter().map(strip).collect()
        }
    };
    let page = clean_page(raw, cleaner);
    let found: String = page.blocks.iter().map(|block| visible(&block.text)).collect();
    // Bars are what the program itself puts between the cells of a row.
    let without_bars = |text: &str| text.chars().filter(|c| *c != '|').collect::<Vec<_>>();
    let (expected, found) = match decoded.form {
        Form::Html => (without_bars(&expected), without_bars(&found)),
        Form::Text => (expected.chars().collect(), found.chars().collect()),
    };
    // A body that the page states and does not show stands behind what it shows.
    let states =
        |block: &LabelledBlock| block.evidence.signals.iter().any(|signal| signal.name == "stated_body");
    let shown = if page.blocks.iter().any(states) { expected.len().min(found.len()) } else { found.len() };
    difference(&expected, &found[..shown])
}

/// The first place where two texts part.
fn difference(expected: &[char], found: &[char]) -> Option<String> {
    if expected == found {
        return None;
    }
    let at = expected.iter().zip(found).take_while(|(a, b)| a == b).count();
    let near =
        |text: &[char]| text[at.saturating_sub(20)..(at + 30).min(text.len())].iter().collect::<String>();
    Some(format!(
        "{} characters, {} in blocks; part at {at}: {:?} / {:?}",
        expected.len(),
        found.len(),
        near(expected),
        near(found)
    ))
}

/// Every document of every set; in a debug build every fourth of the largest folder.
#[expect(clippy::print_stdout, reason = "a shortened test says what it left out")]
fn documents(sets: &Path) -> Vec<PathBuf> {
    let mut documents = Vec::new();
    for set in ["vi-dev", "fundus-a", "wcxb-dev-articles"] {
        for (form, extension) in [("html", "html"), ("flat_bs4", "txt"), ("flat_htmltext", "txt")] {
            let folder = sets.join(set).join(form);
            if !folder.is_dir() {
                continue;
            }
            let files = development::files(&folder, extension).expect("a set's folder");
            let step = if cfg!(debug_assertions) && files.len() > 500 { 4 } else { 1 };
            if step > 1 {
                println!("{set}/{form}: every {step}th of {} documents in a debug build", files.len());
            }
            documents.extend(files.into_iter().step_by(step));
        }
    }
    documents
}

#[test]
fn every_visible_character_of_the_sets_stands_in_one_block() {
    let Some(sets) = sets() else { return };
    let documents = documents(&sets);
    let cleaner = Cleaner::new(&UserRules::default()).expect("the shipped rules");
    let (next, faults) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some(path) = documents.get(next.fetch_add(1, Ordering::Relaxed)) {
            let page = RawPage { body: fs::read(path).expect("readable"), ..RawPage::default() };
            if let Some(fault) = fault(&page, &cleaner) {
                let name = path.strip_prefix(&sets).expect("below the sets").display();
                faults.lock().expect("no panic").push(format!("{name}: {fault}"));
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    let mut faults = faults.into_inner().expect("no panic");
    faults.sort();
    assert!(faults.is_empty(), "{} of {} documents:\n{}", faults.len(), documents.len(), faults.join("\n"));
}
