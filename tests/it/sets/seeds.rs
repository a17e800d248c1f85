//! The five seeds: two with gold text and labels, three by what must not and what must come out.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use tinsach::label::Label;
use tinsach::page::RawPage;
use tinsach::pipeline::{Cleaner, article_text, clean_page};
use tinsach::rules::UserRules;

use super::conservation::visible;
use super::{clean, development, shared};

/// Seeds with gold text, by number.
const GOLD: [usize; 2] = [0, 2];
/// The others, and the byline that ends their article.
const BYLINES: [(usize, &str); 3] = [(1, "Bảo Duy"), (3, "Đinh Luyện"), (4, "Bảo Thoa")];

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn seeds(shared: &Path) -> Vec<PathBuf> {
    let seeds = development::files(&shared.join("seeds"), "txt").expect("the seeds");
    assert_eq!(seeds.len(), 5, "seeds");
    seeds
}

/// The texts that the program writes for the seeds, by number.
fn written(shared: &Path) -> Vec<String> {
    let out = tempfile::tempdir().expect("a folder");
    let seeds = seeds(shared);
    let inputs: Vec<&Path> = seeds.iter().map(PathBuf::as_path).collect();
    clean(&inputs, out.path(), &["--quiet"]);
    let files = development::files(out.path(), "txt").expect("the output");
    assert_eq!(files.len(), 5, "texts");
    files.iter().map(|path| read(path)).collect()
}

fn gold(shared: &Path, seed: &Path, extension: &str) -> String {
    let stem = seed.file_stem().expect("a name").to_string_lossy();
    read(&shared.join("seeds/gold").join(format!("{stem}.{extension}")))
}

#[test]
fn seeds_with_gold_text_come_out_byte_for_byte() {
    let Some(shared) = shared() else { return };
    let (seeds, texts) = (seeds(&shared), written(&shared));
    for number in GOLD {
        assert!(texts[number] == gold(&shared, &seeds[number], "txt"), "seed {number}:\n{}", texts[number]);
    }
}

#[test]
fn seed_lines_have_their_labels() {
    let Some(shared) = shared() else { return };
    let cleaner = Cleaner::new(&UserRules::default()).expect("the shipped rules");
    for number in GOLD {
        let seed = &seeds(&shared)[number];
        let gold: serde_json::Value =
            serde_json::from_str(&gold(&shared, seed, "labels.json")).expect("JSON");
        let wanted = gold["labels"].as_array().expect("labels");
        let text = read(seed);
        let page = clean_page(&RawPage { body: text.clone().into_bytes(), ..RawPage::default() }, &cleaner);
        let mut blocks = page
            .blocks
            .iter()
            .flat_map(|block| visible(&block.text).chars().map(|_| block.label).collect::<Vec<_>>());
        assert_eq!(text.lines().count(), wanted.len(), "seed {number}");
        for (at, (line, wanted)) in text.lines().zip(wanted).enumerate() {
            // A block may hold several lines, so the line's label is that of its characters.
            let own = visible(line).chars().count();
            let labels: HashSet<Label> = blocks.by_ref().take(own).collect();
            let wanted = wanted.as_str().expect("a label");
            let fits = |label: &Label| match wanted {
                "cut" => !label.is_article(),
                name => label.name() == name,
            };
            let blank = own == 0 && wanted == "blank";
            assert!(
                blank || (labels.len() == 1 && labels.iter().all(fits)),
                "seed {number}, line {}: {labels:?}, not {wanted}",
                at + 1
            );
        }
    }
}

/// The lines of a text without empty ones.
fn lines(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
}

#[test]
fn seeds_without_gold_text_hold_the_article_and_nothing_else() {
    let Some(shared) = shared() else { return };
    let (seeds, texts) = (seeds(&shared), written(&shared));
    for (number, byline) in BYLINES {
        let input = read(&seeds[number]);
        let (input, output) = (lines(&input), lines(&texts[number]));
        let title = input[0];
        assert_eq!((output[0], output.last()), (title, Some(&byline)), "seed {number}");
        let last = input.iter().position(|line| *line == byline).expect("the byline");
        let (top, below) = input.split_at(last + 1);

        let mut counts: HashMap<&str, usize> = HashMap::new();
        for line in &input {
            *counts.entry(line).or_default() += 1;
        }
        for line in &output[1..] {
            assert!(top.contains(line), "seed {number}: not a line of the article: {line}");
            assert!(!below.contains(line), "seed {number}: from below the article: {line}");
            assert_eq!(counts[line], 1, "seed {number}: stands twice: {line}");
        }
        let kept: HashSet<&&str> = output.iter().collect();
        for line in top.iter().filter(|line| line.ends_with(['.', '…'])) {
            assert!(kept.contains(line), "seed {number}: lost: {line}");
        }
    }
}

#[test]
fn no_phrase_of_a_cut_part_is_left_in_the_seeds() {
    let Some(shared) = shared() else { return };
    let cleaner = Cleaner::new(&UserRules::default()).expect("the shipped rules");
    for (number, text) in written(&shared).iter().enumerate() {
        for line in lines(text) {
            let found = cleaner.rules.phrases.find(line).filter(|found| !found.label.is_article());
            assert!(found.is_none(), "seed {number}: {line} is {found:?}");
        }
    }
}

#[test]
fn a_cleaned_seed_cleaned_again_keeps_every_paragraph() {
    let Some(shared) = shared() else { return };
    let cleaner = Cleaner::new(&UserRules::default()).expect("the shipped rules");
    let mut lost = Vec::new();
    for (number, text) in written(&shared).iter().enumerate() {
        let page = clean_page(&RawPage { body: text.clone().into_bytes(), ..RawPage::default() }, &cleaner);
        let again = article_text(&page, &Label::ARTICLE);
        let kept = lines(&again);
        lost.extend(
            lines(text)
                .iter()
                .filter(|line| !kept.contains(line))
                .map(|line| format!("seed {number}: {line}")),
        );
    }
    assert!(lost.is_empty(), "{} paragraphs lost:\n{}", lost.len(), lost.join("\n"));
}
