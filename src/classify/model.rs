//! The model: boosted oblivious trees over a block's features: a forest for pages, one for flattened text, one for titles.
//!
//! Enters: rows of features. Leaves: the log-odds that each block is article text.
//! The trees are data (`model.txt`), trained by `tests/bench/train.py`. An oblivious tree asks one question a level
//! (Kohavi 1994; Prokhorenkova et al. 2018, "`CatBoost`"), so that many rows go down it together without a branch.

use fearless_simd::{Level, Simd, dispatch, f32x16, prelude::*, u8x64, u16x32, u32x16};
use thiserror::Error;

use crate::page::Form;

/// Questions of a tree: it has two to the power of this many leaves.
pub(super) const DEPTH: usize = 6;
pub(super) const LEAVES: usize = 1 << DEPTH;
/// Rows that go down the trees together: as many as a vector of bytes has, each of which is a row's leaf.
pub const LANES: usize = 64;
/// Rows whose values are compared at once.
const QUARTER: usize = LANES / 4;
/// Trees whose leaves' bytes are added up before a sum of 16 bits is full.
const MAX_SUMMED: usize = 256;
/// Leaves' answers are kept without a sign, from this on.
const ZERO: u16 = 1 << 15;
/// Parts of log-odds in which the file holds a leaf's answer.
const UNIT: f32 = 1e-4;

/// A question: whether a feature is above a threshold. An unknown value (`NaN`) is above none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Split {
    pub(super) feature: u16,
    pub(super) threshold: f32,
    /// How many of the feature's thresholds a value is above that is above this one, at least.
    rank: u8,
}

/// A rank that no value has.
const NO_RANK: u8 = u8::MAX;

/// A tree. The answers' bits, the first question's lowest, make the leaf's index.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tree {
    pub(super) splits: [Split; DEPTH],
    /// The leaves' answers, plus [`ZERO`], by their bytes: a vector holds one byte of all of them.
    low: [u8; LEAVES],
    high: [u8; LEAVES],
    /// How often training came to each leaf, as a power of two.
    pub(super) weights: [u8; LEAVES],
}

/// Trees whose answers are added up, and the features they ask for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Forest {
    names: Vec<String>,
    /// The thresholds of each feature that any tree asks for, in ascending order.
    thresholds: Vec<Vec<f32>>,
    pub(super) trees: Vec<Tree>,
    base: f32,
}

/// Rows that go down the trees together, feature by feature. Rows that are not filled have any score.
///
/// Trees ask many times whether a value is above one of its feature's thresholds, so it is told once how many it is above,
/// which is a byte.
#[derive(Debug, Clone)]
pub struct Batch<'a> {
    forest: &'a Forest,
    values: Column<f32>,
    ranks: Vec<Column<u8>>,
}

/// A feature's values or ranks, one for each row, where vectors are read at once.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
struct Column<T>([T; LANES]);

impl Batch<'_> {
    /// Room for rows of a forest's features.
    #[must_use]
    pub fn new(forest: &Forest) -> Batch<'_> {
        let ranks = vec![Column([0; LANES]); forest.names.len()];
        Batch { forest, values: Column([0.0; LANES]), ranks }
    }

    /// Takes the values of a feature by its number, one for each row; asks for none where no tree does.
    pub(crate) fn put(&mut self, feature: usize, fill: impl FnOnce(&mut [f32; LANES])) {
        // A forest asks for no feature that it has no name for, as one that was trained before the feature was.
        let Some(thresholds) = self.forest.thresholds.get(feature).filter(|all| !all.is_empty()) else {
            return;
        };
        fill(&mut self.values.0);
        let (values, ranks) = (&self.values, &mut self.ranks[feature]);
        dispatch!(Level::new(), simd => rank(simd, values, thresholds, ranks));
    }

    /// Takes the value of a feature that is the same for all rows.
    pub(crate) fn put_same(&mut self, feature: usize, value: f32) {
        let rank = self.forest.thresholds[feature].partition_point(|threshold| value > *threshold);
        self.ranks[feature].0.fill(u8::try_from(rank).unwrap_or(NO_RANK));
    }
}

/// Tells how many thresholds each value is above: in each four bytes those of a row of each quarter.
#[inline(always)]
#[expect(clippy::inline_always, reason = "it is compiled for each kind of vectors where it is called")]
fn rank<S: Simd>(simd: S, values: &Column<f32>, thresholds: &[f32], ranks: &mut Column<u8>) {
    let (quarters, _) = values.0.as_chunks::<QUARTER>();
    let mut counts = [u32x16::splat(simd, 0); LANES / QUARTER];
    let values: [f32x16<S>; LANES / QUARTER] =
        std::array::from_fn(|quarter| f32x16::load_array_ref(simd, &quarters[quarter]));
    for threshold in thresholds {
        for (count, values) in counts.iter_mut().zip(values) {
            *count = values.simd_gt(*threshold).select(*count + 1, *count);
        }
    }
    let [a, b, c, d] = counts;
    let all: u8x64<S> = (a | b << 8 | c << 16 | d << 24).bitcast();
    all.store_array(&mut ranks.0);
}

/// The forests of both forms of documents.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Model {
    html: Forest,
    text: Forest,
    titles: Forest,
}

/// What is wrong with a model file.
#[derive(Debug, Error)]
#[error("model: line {line}: {what}")]
pub struct ModelError {
    /// Line of the file, from 1.
    pub line: usize,
    /// What was expected.
    pub what: &'static str,
}

impl Model {
    /// The shipped model.
    ///
    /// # Errors
    /// [`ModelError`] only if the file built in is not the one that was tested.
    pub fn shipped() -> Result<Model, ModelError> {
        Model::from_text(include_str!("model.txt"))
    }

    /// Reads a model: `forest html`, `text` or `title`, then that forest's `feature NAME` lines, `base X` and trees. A tree
    /// is a line `tree FEATURE:THRESHOLD …` with at most six questions, a line of its leaves' answers in
    /// ten-thousandths of log-odds, and a line with a letter for each leaf: how often training came there, `a` once, each
    /// letter on twice as often.
    ///
    /// # Errors
    /// [`ModelError`] where a line is not of this form.
    pub fn from_text(text: &str) -> Result<Model, ModelError> {
        let mut model = Model::default();
        let mut forest = &mut Forest::default();
        let mut lines = text.lines().enumerate();
        while let Some((number, line)) = lines.next() {
            let wrong = |what| ModelError { line: number + 1, what };
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            match (word, rest) {
                ("forest", "html") => forest = &mut model.html,
                ("forest", "text") => forest = &mut model.text,
                ("forest", "title") => forest = &mut model.titles,
                ("feature", name) => {
                    forest.names.push(name.to_owned());
                    forest.thresholds.push(Vec::new());
                }
                ("base", base) => forest.base = base.parse().map_err(|_| wrong("a number"))?,
                ("tree", splits) => {
                    let mut next = || lines.next().map_or("", |(_, line)| line);
                    let tree = Tree::read(splits, next(), next(), forest.names.len()).map_err(wrong)?;
                    forest.trees.push(tree);
                }
                ("" | "#", _) => {}
                _ => return Err(wrong("forest, feature, base or tree")),
            }
        }
        let forests = [&mut model.html, &mut model.text, &mut model.titles];
        if !forests.into_iter().all(Forest::rank_thresholds) {
            return Err(ModelError { line: text.lines().count(), what: "fewer thresholds of each feature" });
        }
        Ok(model)
    }

    /// The forest for documents of a form.
    #[must_use]
    pub fn forest(&self, form: Form) -> &Forest {
        match form {
            Form::Html => &self.html,
            Form::Text => &self.text,
        }
    }

    /// The forest that tells which line of flattened text is the title, by the same features.
    #[must_use]
    pub fn titles(&self) -> &Forest {
        &self.titles
    }
}

impl Tree {
    fn read(splits: &str, leaves: &str, weights: &str, features: usize) -> Result<Tree, &'static str> {
        let mut tree = Tree {
            // A question that nothing is above: its bit is never set.
            splits: [Split { feature: 0, threshold: f32::INFINITY, rank: NO_RANK }; DEPTH],
            low: [ZERO.to_le_bytes()[0]; LEAVES],
            high: [ZERO.to_le_bytes()[1]; LEAVES],
            weights: [0; LEAVES],
        };
        let mut levels = 0;
        for question in splits.split(' ') {
            let (feature, threshold) = question.split_once(':').ok_or("feature:threshold")?;
            let split = tree.splits.get_mut(levels).ok_or("fewer questions")?;
            split.feature = feature.parse().map_err(|_| "a feature's number")?;
            split.threshold = threshold.parse().map_err(|_| "a threshold")?;
            if usize::from(split.feature) >= features {
                return Err("a feature that is named before");
            }
            levels += 1;
        }
        let answers: Vec<&str> = leaves.split(' ').collect();
        if answers.len() != 1 << levels || weights.len() != answers.len() {
            return Err("a leaf for each way down, and its weight");
        }
        for ((low, high), answer) in tree.low.iter_mut().zip(&mut tree.high).zip(answers) {
            let answer: i16 = answer.parse().map_err(|_| "a leaf's answer, of 16 bits")?;
            [*low, *high] = answer.wrapping_add_unsigned(ZERO).to_le_bytes();
        }
        for (weight, letter) in tree.weights.iter_mut().zip(weights.bytes()) {
            *weight = letter.checked_sub(b'a').filter(|power| *power < 26).ok_or("a letter for each leaf")?;
        }
        Ok(tree)
    }

    /// A leaf's answer in log-odds.
    pub(super) fn answer(&self, leaf: usize) -> f32 {
        (f32::from(u16::from_le_bytes([self.low[leaf], self.high[leaf]])) - f32::from(ZERO)) * UNIT
    }

    /// The leaf that each row comes to: in each four bytes one of a row of each quarter.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "it is compiled for each kind of vectors where it is called")]
    fn leaves<S: Simd>(&self, simd: S, ranks: &[Column<u8>]) -> u8x64<S> {
        let mut leaves = u8x64::splat(simd, 0);
        for (level, split) in self.splits.iter().enumerate() {
            let ranks = u8x64::load_array_ref(simd, &ranks[usize::from(split.feature)].0);
            leaves = ranks.simd_ge(split.rank).select(leaves | (1 << level), leaves);
        }
        leaves
    }
}

impl Forest {
    /// Gathers the thresholds of each feature, and tells each question the rank of its own; `false` where a byte has no room
    /// for them.
    fn rank_thresholds(&mut self) -> bool {
        let splits =
            self.trees.iter().flat_map(|tree| &tree.splits).filter(|split| split.threshold.is_finite());
        splits.for_each(|split| self.thresholds[usize::from(split.feature)].push(split.threshold));
        for thresholds in &mut self.thresholds {
            thresholds.sort_by(f32::total_cmp);
            thresholds.dedup();
        }
        let splits = self.trees.iter_mut().flat_map(|tree| &mut tree.splits);
        for split in splits.filter(|split| split.threshold.is_finite()) {
            let thresholds = &self.thresholds[usize::from(split.feature)];
            let below = thresholds.partition_point(|threshold| *threshold < split.threshold);
            split.rank = u8::try_from(below + 1).unwrap_or(NO_RANK);
        }
        self.thresholds.iter().all(|thresholds| thresholds.len() < usize::from(NO_RANK))
    }

    /// Names of the features a row holds, in order.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Log-odds that each row of a batch is article text.
    #[must_use]
    pub fn score(&self, batch: &Batch<'_>) -> [f32; LANES] {
        dispatch!(Level::new(), simd => self.sums(simd, &batch.ranks))
    }

    /// Takes a batch down all trees, with the widest vectors that the processor has. Answers are added up as whole numbers,
    /// low and high bytes apart, and those of even and of odd rows.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "it is compiled for each kind of vectors where it is called")]
    fn sums<S: Simd>(&self, simd: S, ranks: &[Column<u8>]) -> [f32; LANES] {
        let mut quarters = [u32x16::splat(simd, 0); LANES / QUARTER];
        for trees in self.trees.chunks(MAX_SUMMED) {
            let mut bytes = [[u16x32::splat(simd, 0); 2]; 2];
            for tree in trees {
                let leaves = tree.leaves(simd, ranks);
                for (sums, table) in bytes.iter_mut().zip([&tree.low, &tree.high]) {
                    let found: u16x32<S> = u8x64::load_array_ref(simd, table).swizzle_dyn(leaves).bitcast();
                    sums[0] += found & 0xFF;
                    sums[1] += found >> 8;
                }
            }
            for (sums, shift) in bytes.into_iter().zip([0, 8]) {
                let [even, odd] = sums.map(u16x32::bitcast::<u32x16<S>>);
                let parts = [even & 0xFFFF, odd & 0xFFFF, even >> 16, odd >> 16];
                quarters.iter_mut().zip(parts).for_each(|(sum, part)| *sum += part << shift);
            }
        }
        let zeros = u32::from(ZERO).wrapping_mul(u32::try_from(self.trees.len()).unwrap_or(u32::MAX));
        let mut scores = [0.0; LANES];
        for (score, sum) in scores.iter_mut().zip(quarters.iter().flat_map(|quarter| **quarter)) {
            *score = self.base + whole(sum.wrapping_sub(zeros).cast_signed()) * UNIT;
        }
        scores
    }
}

/// A sum of answers as a number for the log-odds.
#[expect(clippy::cast_precision_loss, reason = "sums of answers are far below the 24 bits of f32's mantissa")]
fn whole(sum: i32) -> f32 {
    sum as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = "forest text\nfeature weight\nfeature kind\nbase 0.5\ntree 0:10 1:2.5\n-10000 10000 -10000 20000\naabb\n";

    #[test]
    fn rows_walk_down() {
        let model = Model::from_text(SMALL).expect("model");
        let forest = model.forest(Form::Text);
        let rows = [5.0, 0.0, 20.0, 1.0, 20.0, f32::NAN, f32::NAN, 0.0, 20.0, 9.0];
        let mut batch = Batch::new(forest);
        for feature in 0..2 {
            let column = rows.iter().skip(feature).step_by(2);
            batch.put(feature, |values| values.iter_mut().zip(column).for_each(|(to, value)| *to = *value));
        }
        let scores = forest.score(&batch);
        let expected = [-0.5, 1.5, 1.5, -0.5, 2.5];
        assert!(
            scores.iter().zip(expected).all(|(score, wanted)| (score - wanted).abs() < 1e-3),
            "{scores:?}"
        );
    }

    #[test]
    fn broken_files_name_the_line() {
        for text in [
            "tree 0:1",
            "forest html\nfeature a\ntree 1:1\n0 0\naa",
            "forest html\nfeature a\ntree 0:1\n0 0 0\naaa",
            "forest html\nfeature a\ntree 0:1\n0 0\na!",
            "what",
        ] {
            assert!(Model::from_text(text).is_err(), "{text}");
        }
    }
}
