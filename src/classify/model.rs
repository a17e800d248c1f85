//! The model: boosted decision trees over a block's features.
//!
//! Enters: a row of features. Leaves: the log-odds that the block is article text, and what each feature added to them.
//! The trees are data (`model.txt`), trained by `tests/bench/train.py`; evaluation is a walk down small arrays.

use std::fmt::Write as _;

use thiserror::Error;

/// A node: a question, or a leaf's answer where `feature` is [`LEAF`].
#[derive(Debug, Clone, Copy, PartialEq)]
struct Node {
    feature: u16,
    /// Where a row goes whose value is unknown.
    unknown_left: bool,
    left: u16,
    right: u16,
    threshold: f64,
    /// Log-odds of the rows that reach this node in training; a leaf's answer.
    value: f32,
}

const LEAF: u16 = u16::MAX;
/// Log-odds below which a feature's share is not worth telling.
const LEAST_SHARE: f32 = 0.05;

/// Trees whose answers are added up.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Model {
    names: Vec<String>,
    nodes: Vec<Node>,
    roots: Vec<u32>,
    base: f32,
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

    /// Reads a model: `feature NAME` lines, `base X`, then for each tree a `tree` line and its nodes in order, `s FEATURE
    /// THRESHOLD UNKNOWN_LEFT LEFT RIGHT VALUE` or `l VALUE`; children stand after their parent.
    ///
    /// # Errors
    /// [`ModelError`] where a line is not of this form.
    pub fn from_text(text: &str) -> Result<Model, ModelError> {
        let mut model = Model::default();
        for (number, line) in text.lines().enumerate() {
            model.read_line(line).map_err(|what| ModelError { line: number + 1, what })?;
        }
        model.check().map_err(|what| ModelError { line: 0, what })?;
        Ok(model)
    }

    fn read_line(&mut self, line: &str) -> Result<(), &'static str> {
        let mut words = line.split(' ');
        match words.next() {
            Some("feature") => self.names.push(words.next().ok_or("a feature's name")?.to_owned()),
            Some("base") => self.base = parse(words.next())?,
            Some("tree") => self.roots.push(u32::try_from(self.nodes.len()).map_err(|_| "fewer nodes")?),
            Some("s") => {
                let node = Node {
                    feature: parse(words.next())?,
                    threshold: parse(words.next())?,
                    unknown_left: parse::<u8>(words.next())? == 1,
                    left: parse(words.next())?,
                    right: parse(words.next())?,
                    value: parse(words.next())?,
                };
                self.nodes.push(node);
            }
            Some("l") => {
                let value = parse(words.next())?;
                self.nodes.push(Node {
                    feature: LEAF,
                    unknown_left: false,
                    left: 0,
                    right: 0,
                    threshold: 0.0,
                    value,
                });
            }
            Some("" | "#") | None => {}
            Some(_) => return Err("feature, base, tree, s or l"),
        }
        Ok(())
    }

    /// Children stand after their parents and inside their tree, so a walk ends.
    fn check(&self) -> Result<(), &'static str> {
        for (at, root) in self.roots.iter().enumerate() {
            let from = *root as usize;
            let to = self.roots.get(at + 1).map_or(self.nodes.len(), |next| *next as usize);
            let size = to.checked_sub(from).filter(|size| *size > 0).ok_or("a tree with nodes")?;
            for (index, node) in
                self.nodes[from..to].iter().enumerate().filter(|(_, node)| node.feature != LEAF)
            {
                let sound = |child: u16| usize::from(child) > index && usize::from(child) < size;
                if !sound(node.left) || !sound(node.right) || usize::from(node.feature) >= self.names.len() {
                    return Err("children inside the tree and known features");
                }
            }
        }
        Ok(())
    }

    /// Names of the features a row holds, in order.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Log-odds that a row is article text. `added` becomes what each feature added to them: the change of the nodes'
    /// values along each tree's path (Saabas 2014, "Interpreting random forests").
    #[must_use]
    pub fn score(&self, row: &[f32], added: &mut Vec<f32>) -> f32 {
        added.clear();
        added.resize(self.names.len(), 0.0);
        let mut answer =
            |root: &u32| self.nodes[self.leaf(row, *root, |feature, change| added[feature] += change)].value;
        self.base + self.roots.iter().map(&mut answer).sum::<f32>()
    }

    /// The `top` features that added most, strongest first, with their shares in log-odds.
    #[must_use]
    pub fn strongest(&self, added: &[f32], top: usize) -> Vec<(&str, f32)> {
        let mut best: Vec<usize> = Vec::with_capacity(top + 1);
        for (feature, share) in added.iter().enumerate().filter(|(_, share)| share.abs() > LEAST_SHARE) {
            let place = best.partition_point(|other| added[*other].abs() >= share.abs());
            best.insert(place, feature);
            best.truncate(top);
        }
        best.into_iter().map(|feature| (self.names[feature].as_str(), added[feature])).collect()
    }

    fn leaf(&self, row: &[f32], root: u32, mut step: impl FnMut(usize, f32)) -> usize {
        let root = root as usize;
        let mut at = root;
        loop {
            let node = &self.nodes[at];
            if node.feature == LEAF {
                return at;
            }
            let value = row.get(usize::from(node.feature)).copied().unwrap_or(f32::NAN);
            let left = if value.is_nan() { node.unknown_left } else { f64::from(value) <= node.threshold };
            at = root + usize::from(if left { node.left } else { node.right });
            step(usize::from(node.feature), self.nodes[at].value - node.value);
        }
    }

    /// The model's size for people: trees and nodes.
    #[must_use]
    pub fn describe(&self) -> String {
        let mut text = String::new();
        let _ = write!(
            text,
            "{} trees, {} nodes, {} features",
            self.roots.len(),
            self.nodes.len(),
            self.names.len()
        );
        text
    }
}

fn parse<T: std::str::FromStr>(word: Option<&str>) -> Result<T, &'static str> {
    word.and_then(|word| word.parse().ok()).ok_or("a number")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str =
        "feature weight\nfeature kind\nbase 0.5\ntree\ns 0 10 1 1 2 0\nl -1\ns 1 2.5 0 3 4 0.5\nl 1\nl 2\n";

    #[test]
    fn a_row_walks_down_and_says_why() {
        let model = Model::from_text(SMALL).expect("model");
        let mut added = Vec::new();
        let mut check = |row: &[f32], expected: f32| {
            assert!((model.score(row, &mut added) - expected).abs() < 1e-6, "{row:?}");
        };
        check(&[5.0, 0.0], -0.5);
        check(&[20.0, 1.0], 1.5);
        check(&[20.0, f32::NAN], 2.5);
        check(&[f32::NAN, 0.0], -0.5);
        check(&[20.0, 9.0], 2.5);
        assert_eq!(model.strongest(&added, 2), [("kind", 1.5), ("weight", 0.5)]);
    }

    #[test]
    fn broken_files_name_the_line() {
        for text in ["s 1", "tree\ns 0 1 1 1 2 0\nl 1", "feature a\ntree\ns 0 1 1 0 0 0\nl 1", "what"] {
            assert!(Model::from_text(text).is_err(), "{text}");
        }
    }
}
