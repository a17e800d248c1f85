//! What stands around and before the blocks of a document: shapes, phrases, repetition, the title's place, the densest
//! span. Computed once a document; signals and features read it.
//!
//! Enters: [`Segmented`] and what the page's head states. Leaves: [`Context`].

use std::collections::HashMap;

use crate::classify::kinship::Kinship;
use crate::classify::shape::Shape;
use crate::classify::tree::Tree;
use crate::page::Form;
use crate::rules::phrase::{Fit, Found, Phrases};
use crate::segment::block::{Kind, Segmented};

/// What a page's head states of the article; empty for flattened text.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stated<'a> {
    /// Candidates for the title.
    pub headlines: &'a [String],
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
    /// Each block's words in sorted order.
    pub words: Vec<Words>,
    /// Each block's phrase.
    pub phrases: Vec<Option<Found>>,
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
    /// Index of the block that is the title, if one is.
    pub title: Option<usize>,
    /// Blocks from and to (exclusive) of the densest span of prose.
    pub span: (usize, usize),
    /// Prose by container.
    pub tree: Tree,
    /// What ties each block to the prose.
    pub kinship: Kinship,
}

impl<'a> Context<'a> {
    /// Reads a document's context; the title's place is still open.
    #[must_use]
    pub fn of(page: &'a Segmented, stated: &Stated<'_>, phrases: &Phrases) -> Context<'a> {
        let shapes: Vec<Shape> = page.blocks.iter().map(|block| Shape::of(&block.text)).collect();
        let found: Vec<Option<Found>> = page.blocks.iter().map(|block| phrases.find(&block.text)).collect();
        let (copies, first_copy) = copies(&shapes);
        let words: Vec<Words> = shapes.iter().map(Words::of).collect();
        let headlines: Vec<Words> = stated.headlines.iter().map(|text| Words::of(&Shape::of(text))).collect();
        let likeness = |words: &Words| headlines.iter().map(|title| words.dice(title)).fold(0.0, f32::max);
        let title_likeness = words.iter().map(likeness).collect();
        let described: Vec<u32> =
            stated.descriptions.iter().flat_map(|text| Shape::of(text).hashes).collect();
        let lead_likeness = shares(&shapes, &described, 1);
        let body: Vec<u32> = stated.body.map(Shape::words_of).unwrap_or_default();
        let body_likeness = shares(&shapes, &body, 2);
        let prose: Vec<f32> =
            (0..shapes.len()).map(|at| prose_weight(page, &shapes[at], found[at].as_ref(), at)).collect();
        let weights: Vec<(f32, f32, f32)> = (0..shapes.len())
            .map(|at| {
                let linked = page.blocks[at].dom.as_ref().map_or(0.0, |dom| to_f32(dom.link_chars));
                (shapes[at].weight, linked, prose[at])
            })
            .collect();
        let tree = Tree::of(page, &weights);
        let span = densest(&prose, &shapes);
        let kinship = Kinship::of(page, &shapes, &prose);

        Context {
            page,
            shapes,
            words,
            phrases: found,
            credited: page.blocks.iter().map(|block| phrases.ends_with_credit(&block.text)).collect(),
            copies,
            first_copy,
            title_likeness,
            lead_likeness,
            body_likeness,
            title: None,
            span,
            tree,
            kinship,
        }
    }

    /// Whether the document is a page or flattened text.
    #[must_use]
    pub fn form(&self) -> Form {
        if self.page.containers.is_empty() { Form::Text } else { Form::Html }
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
        self.page.blocks[at]
            .dom
            .as_ref()
            .map_or(0.0, |dom| to_f32(dom.link_chars) / self.shapes[at].weight.max(1.0))
    }

    /// Whether a block opens a part of the page that is not the article.
    #[must_use]
    pub fn opens_section(&self, at: usize) -> bool {
        self.phrases[at].as_ref().is_some_and(|found| found.fit == Fit::Section)
    }
}

/// A count as a feature's value.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of a page's characters are far below the 24 bits of f32's mantissa"
)]
#[must_use]
pub fn to_f32(count: u32) -> f32 {
    count as f32
}

/// How much of a block is running text: full weight for sentences outside links, none for the rest.
fn prose_weight(page: &Segmented, shape: &Shape, found: Option<&Found>, at: usize) -> f32 {
    let block = &page.blocks[at];
    if found.is_some() || matches!(block.kind, Kind::Heading(_) | Kind::Control) {
        return 0.0;
    }
    let density = block.dom.as_ref().map_or(0.0, |dom| to_f32(dom.link_chars) / shape.weight.max(1.0));
    let is_prose = shape.weight >= 60.0
        && (shape.ends_sentence || shape.ends_colon || shape.sentences >= 1.0 || shape.weight >= 200.0);
    if !is_prose || density > 0.5 || shape.ends_cut {
        return 0.0;
    }
    shape.weight * (1.0 - density)
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

/// How often each text stands in the document, and where first.
fn copies(shapes: &[Shape]) -> (Vec<u32>, Vec<u32>) {
    let mut seen: HashMap<&[u32], (u32, u32)> = HashMap::with_capacity(shapes.len());
    for (at, shape) in shapes.iter().enumerate().filter(|(_, shape)| !shape.hashes.is_empty()) {
        let entry = seen.entry(&shape.hashes).or_insert((0, u32::try_from(at).unwrap_or(u32::MAX)));
        entry.0 += 1;
    }
    let of = |at: usize, shape: &Shape| {
        seen.get(shape.hashes.as_slice()).copied().unwrap_or((1, u32::try_from(at).unwrap_or(u32::MAX)))
    };
    shapes.iter().enumerate().map(|(at, shape)| of(at, shape)).unzip()
}

/// A short text's words in sorted order, for comparison.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words(Vec<u32>);

/// Words beyond which a text is compared with no title.
const MAX_COMPARED: usize = 200;

impl Words {
    /// The words of a shape; none where it has more than a title may be like.
    #[must_use]
    pub fn of(shape: &Shape) -> Words {
        if shape.hashes.len() > MAX_COMPARED {
            return Words::default();
        }
        let mut words = shape.hashes.clone();
        words.sort_unstable();
        Words(words)
    }

    /// How many words a text has in common with another; `NaN` where either is not compared.
    #[must_use]
    pub fn shared(&self, other: &Words) -> f32 {
        if self.0.is_empty() || other.0.is_empty() { f32::NAN } else { to_f32(self.hits(other)) }
    }

    /// Words that stand in both.
    fn hits(&self, other: &Words) -> u32 {
        let (a, b) = (&self.0, &other.0);
        let (mut at, mut to, mut hits) = (0, 0, 0_u32);
        while let (Some(one), Some(two)) = (a.get(at), b.get(to)) {
            hits += u32::from(one == two);
            at += usize::from(one <= two);
            to += usize::from(two <= one);
        }
        hits
    }

    /// Dice's coefficient of two texts' words; 0 where their lengths alone forbid likeness.
    #[must_use]
    pub fn dice(&self, other: &Words) -> f32 {
        let (a, b) = (&self.0, &other.0);
        if a.is_empty() || b.is_empty() || a.len() > b.len() * 4 || b.len() > a.len() * 4 {
            return 0.0;
        }
        2.0 * to_f32(self.hits(other)) / to_f32(u32::try_from(a.len() + b.len()).unwrap_or(u32::MAX))
    }
}

/// For each block the share of its runs of `n` words that a text holds; `NaN` where there is no text.
fn shares(shapes: &[Shape], text: &[u32], n: usize) -> Vec<f32> {
    if text.len() < n.max(4) {
        return vec![f32::NAN; shapes.len()];
    }
    let known: std::collections::HashSet<&[u32]> = text.windows(n).collect();
    shapes
        .iter()
        .map(|shape| {
            let runs = shape.hashes.windows(n);
            let total = u32::try_from(runs.len()).unwrap_or(u32::MAX).max(1);
            to_f32(u32::try_from(runs.filter(|run| known.contains(run)).count()).unwrap_or(0)) / to_f32(total)
        })
        .collect()
}
