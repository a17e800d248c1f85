//! What stands around and before the blocks of a document: shapes, phrases, repetition, the title's place, the densest
//! span. Computed once a document; signals and features read it.
//!
//! Enters: [`Segmented`] and what the page's head states. Leaves: [`Context`].

use crate::classify::around::{Around, Observed};
use crate::classify::branch::Branches;
use crate::classify::kinship::Kinship;
use crate::classify::number::to_f32;
use crate::classify::shape::Shape;
use crate::classify::tree::Tree;
use crate::classify::words::{Bag, Runs, Words};
use crate::classify::{beside, thread};
use crate::label::Label;
use crate::page::Form;
use crate::rules::markup::Hints;
use crate::rules::phrase::{Fit, Found, Phrases};
use crate::segment::block::{DomFacts, Kind, Segmented};

/// What a page's head states of the article; empty for flattened text.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stated<'a> {
    /// Candidates for the title.
    pub headlines: &'a [String],
    /// Names of the site and its publisher.
    pub site_names: &'a [String],
    /// Descriptions and other candidates for the lead.
    pub descriptions: &'a [String],
    /// The body, where JSON-LD holds it.
    pub body: Option<&'a str>,
}

/// What is known of each block beside its own text.
#[derive(Debug, Clone)]
pub struct Context<'a> {
    /// The document.
    pub page: &'a Segmented,
    /// Each block's shape.
    pub shapes: Vec<Shape>,
    /// Each block's words.
    pub words: Words,
    /// Each block's phrase.
    pub phrases: Vec<Option<&'a Found>>,
    /// What that phrase says of the block.
    pub phrase_labels: Vec<Option<Label>>,
    /// Whether each block ends with a picture's credit.
    pub credited: Vec<bool>,
    /// How often each block's text stands in the document.
    pub copies: Vec<u32>,
    /// Index of the first block with the same text.
    pub first_copy: Vec<u32>,
    /// Similarity of each block to the title as stated, 0 to 1: Dice's coefficient of words.
    pub title_likeness: Vec<f32>,
    /// Share of each block's words that the description holds; `NaN` without one.
    pub lead_likeness: Vec<f32>,
    /// Share of each block's word pairs that the stated body holds; `NaN` without one.
    pub body_likeness: Vec<f32>,
    /// Whether each block is nothing but a name of the site, and no title that the head states.
    pub names_site: Vec<bool>,
    /// Index of the block that is the title, if one is.
    pub title: Option<usize>,
    /// Similarity of each block to that block; `NaN` without one.
    pub likeness_to_title: Vec<f32>,
    /// Words that each block has in common with that block; `NaN` without one.
    pub title_words: Vec<f32>,
    /// Blocks from and to (exclusive) of the densest span of prose.
    pub span: (usize, usize),
    /// Prose, phrases and copies by stretches of blocks.
    pub around: Around,
    /// Prose by container.
    pub tree: Tree,
    /// The part of the page that each container belongs to, by prose without that of parts beside the article.
    pub branches: Branches,
    /// What ties each block to the prose.
    pub kinship: Kinship,
    /// Names of other parts of a page that elements around most of the prose have as well: here they tell nothing.
    pub void_hints: Hints,
}

impl<'a> Context<'a> {
    /// Reads a document's context; the title's place is still open.
    #[must_use]
    pub fn of(page: &'a Segmented, stated: &Stated<'_>, phrases: &'a Phrases) -> Context<'a> {
        let count = page.blocks.len();
        let (words, shapes) = Words::read(page.blocks.iter().map(|block| &block.text));
        let found = find_phrases(page, &words, &shapes, phrases);
        let is_credited = |at: usize| shapes[at].colon && phrases.ends_with_credit(&page.blocks[at].text);
        let credited = (0..count).map(is_credited).collect();
        let (copies, first_copy) = words.copies();
        let described = stated.descriptions.iter().fold(Vec::new(), |mut words, text| {
            let _ = Shape::read(text, &mut words);
            words
        });
        let body = stated.body.map(Shape::words_of).unwrap_or_default();
        let mut prose: Vec<f32> =
            (0..count).map(|at| prose_weight(page, &shapes[at], found[at], at)).collect();
        let title_likeness = title_likeness(stated.headlines, &words, count);
        let names_site = names_site(stated.site_names, &words, &title_likeness);
        let heading = beside::heading(page, &title_likeness);
        thread::leave_out(page, heading, &mut prose);
        let tree = Tree::of(page, &shapes, &prose);
        let span = densest(&prose, &shapes);
        let kinship = Kinship::of(page, &words, &prose);
        let void_hints = beside::void_hints(page, &tree, &title_likeness);
        let is_clear = !beside::leave_out(page, &title_likeness, &mut prose);
        let clear = if is_clear { tree.clone() } else { Tree::of(page, &shapes, &prose) };
        let branches = Branches::of(page, clear, &prose);
        let mut context = Context {
            page,
            shapes,
            phrase_labels: found.iter().map(|found| found.map(|found| found.label)).collect(),
            phrases: found,
            credited,
            copies,
            first_copy,
            title_likeness,
            lead_likeness: shares(&words, count, &described, 1),
            body_likeness: shares(&words, count, &body, 2),
            words,
            names_site,
            title: None,
            likeness_to_title: vec![f32::NAN; count],
            title_words: vec![f32::NAN; count],
            span,
            around: Around::default(),
            tree,
            branches,
            kinship,
            void_hints,
        };
        context.around = Around::of((0..count).map(|at| context.observed(at)));
        context
    }

    /// Sets the block that is the title.
    pub(crate) fn set_title(&mut self, title: Option<usize>) {
        self.title = title;
        let Some(title) = title else { return };
        let bag = Bag::of(self.words.of(title));
        (self.likeness_to_title, self.title_words) = bag.likeness_and_shared(&self.words).into_iter().unzip();
        self.likeness_to_title[title] = 1.0;
    }

    #[expect(clippy::needless_bitwise_bool, reason = "prose and menus take turns too often for a branch")]
    fn observed(&self, at: usize) -> Observed {
        let shape = &self.shapes[at];
        let is_prose =
            (shape.weight >= 60.0) & shape.ends_sentence & !shape.ends_cut & (self.link_density(at) < 0.4);
        Observed {
            prose: is_prose.then_some(shape.weight),
            is_phrase: self.phrases[at].is_some(),
            opens_section: self.opens_section(at),
            is_copy: self.copies[at] > 1,
        }
    }

    /// Whether the document is a page or flattened text.
    #[must_use]
    pub fn form(&self) -> Form {
        if self.page.containers.is_empty() { Form::Text } else { Form::Html }
    }

    /// What the elements around a block say of it, in this page.
    #[must_use]
    pub fn hints_around(&self, dom: &DomFacts) -> Hints {
        dom.all.without(self.void_hints)
    }

    /// Number of blocks.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shapes.len()
    }

    /// Whether the document has no block.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shapes.is_empty()
    }

    /// Share of a block's characters that stand in links; 0 for flattened text.
    #[must_use]
    pub fn link_density(&self, at: usize) -> f32 {
        self.page.dom(at).map_or(0.0, |dom| to_f32(dom.link_chars) / self.shapes[at].weight.max(1.0))
    }

    /// Whether a block opens a part of the page that is not the article.
    #[must_use]
    pub fn opens_section(&self, at: usize) -> bool {
        self.phrases[at].as_ref().is_some_and(|found| found.fit == Fit::Section)
    }
}

/// Each block's phrase.
fn find_phrases<'a>(
    page: &Segmented,
    words: &Words,
    shapes: &[Shape],
    phrases: &'a Phrases,
) -> Vec<Option<&'a Found>> {
    let mut room = String::new();
    let mut find = |at: usize| {
        let text = &page.blocks[at].text;
        let shape = &shapes[at];
        let counted = if shape.digits > 0.0 { phrases.find_counted(text, &mut room) } else { None };
        if counted.is_some() {
            return counted;
        }
        let fits =
            if shape.is_plain { phrases.fits_words(words.of(at), shape.weight) } else { phrases.fits(text) };
        if fits.whole || fits.start { phrases.find_where(fits, text, &mut room) } else { None }
    };
    (0..page.blocks.len()).map(&mut find).collect()
}

/// How much of a block is running text: full weight for sentences outside links, none for the rest.
#[expect(clippy::needless_bitwise_bool, reason = "prose and menus take turns too often for a branch")]
fn prose_weight(page: &Segmented, shape: &Shape, found: Option<&Found>, at: usize) -> f32 {
    let block = &page.blocks[at];
    let density = page.dom(at).map_or(0.0, |dom| to_f32(dom.link_chars) / shape.weight.max(1.0));
    let is_text = shape.ends_sentence | shape.ends_colon | (shape.sentences >= 1.0) | (shape.weight >= 200.0);
    let is_prose = is_text & (shape.weight >= 60.0) & !shape.ends_cut & (density <= 0.5) & found.is_none();
    let is_other = matches!(block.kind, Kind::Heading(_) | Kind::Control);
    if is_prose & !is_other { shape.weight * (1.0 - density) } else { 0.0 }
}

/// The span of blocks with the greatest sum of prose less a toll for each block that is none (Kadane).
fn densest(prose: &[f32], shapes: &[Shape]) -> (usize, usize) {
    let (mut best, mut sum, mut start, mut span) = (0.0_f32, 0.0_f32, 0, (0, 0));
    for at in 0..prose.len() {
        let value = if prose[at] > 0.0 { prose[at].min(1200.0) } else { -40.0 - shapes[at].weight.min(60.0) };
        if sum <= 0.0 {
            sum = 0.0;
            start = at;
        }
        sum += value;
        if sum > best {
            best = sum;
            span = (start, at + 1);
        }
    }
    span
}

/// Each block's likeness to the stated title that it is most like.
fn title_likeness(headlines: &[String], words: &Words, count: usize) -> Vec<f32> {
    let mut titles: Vec<Bag> = Vec::new();
    for title in headlines.iter().map(|text| Bag::of(&Shape::words_of(text))) {
        // A page states its title many times.
        if !titles.contains(&title) {
            titles.push(title);
        }
    }
    let likeness = |at: usize| titles.iter().map(|title| title.likeness(words, at)).fold(0.0, f32::max);
    (0..count).map(likeness).collect()
}

/// Which blocks are a name of the site, where the head states a title that is none.
fn names_site(names: &[String], words: &Words, title_likeness: &[f32]) -> Vec<bool> {
    let names: Vec<Vec<u32>> = names.iter().map(|name| Shape::words_of(name)).collect();
    let is_name = |(at, likeness): (usize, &f32)| {
        *likeness < beside::ALIKE && names.iter().any(|name| !name.is_empty() && name == words.of(at))
    };
    title_likeness.iter().enumerate().map(is_name).collect()
}

/// For each block the share of its runs of `length` words that a text holds; `NaN` where there is no text.
fn shares(words: &Words, count: usize, text: &[u32], length: usize) -> Vec<f32> {
    match Runs::of(text, length) {
        Some(runs) => (0..count).map(|at| runs.share(words.of(at))).collect(),
        None => vec![f32::NAN; count],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::PHRASE_FILES;
    use crate::segment::flat;

    #[test]
    fn phrases_are_found_by_words_as_by_letters() {
        let mut phrases = Phrases::default();
        let mut lines: Vec<String> = Vec::new();
        for (name, text) in PHRASE_FILES {
            phrases.add(name, text).expect("phrases");
            let quoted = text.lines().flat_map(|line| line.split('"').skip(1).step_by(2));
            for phrase in quoted {
                let other = phrase.replace("òa", "oà").replace("ủy", "uỷ").replace('\'', "’").to_uppercase();
                let apart = phrase.replace(' ', " - ");
                lines.extend([
                    phrase.to_owned(),
                    format!("» {other}: 5"),
                    format!("{phrase} Dva tri"),
                    apart,
                ]);
            }
        }
        let page = flat::segment(&lines.join("\n\n"));
        let context = Context::of(&page, &Stated::default(), &phrases);
        let found = context.phrases.iter().flatten().count();
        assert!(found > 5_000, "{found}");
        for (block, found) in page.blocks.iter().zip(&context.phrases) {
            assert_eq!(*found, phrases.find(&block.text), "{}", block.text);
        }
    }
}
