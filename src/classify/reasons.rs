//! Why the model answers as it does.
//!
//! Enters: a forest, a row of features. Leaves: what each feature added to the row's log-odds: the change of the expected
//! answer with each question of each tree (Saabas 2014, "Interpreting random forests").

use crate::classify::model::{DEPTH, Forest, LEAVES, Tree};

/// Log-odds below which a feature's share is not worth telling.
const LEAST_SHARE: f32 = 0.05;

/// What a forest's trees answer on average once some of their questions are.
#[derive(Debug, Clone)]
pub struct Reasons<'a> {
    forest: &'a Forest,
    averages: Vec<Averages>,
    /// What each feature added to the last row.
    added: Vec<f32>,
}

/// A tree's average answer, at `(1 << known) + answers` once its first `known` questions have those answers, the first one's in
/// the lowest bit.
type Averages = [f32; 2 * LEAVES];

impl<'a> Reasons<'a> {
    /// Readies a forest's reasons.
    #[must_use]
    pub fn of(forest: &'a Forest) -> Reasons<'a> {
        Reasons { forest, averages: forest.trees.iter().map(averages).collect(), added: Vec::new() }
    }

    /// The `top` features that added most to a row's log-odds, strongest first, by their numbers and with their shares.
    pub fn strongest(&mut self, row: &[f32], top: usize) -> Vec<(usize, f32)> {
        self.added.clear();
        self.added.resize(self.forest.names().len(), 0.0);
        for (tree, averages) in self.forest.trees.iter().zip(&self.averages) {
            let mut answers = 0;
            for (known, split) in tree.splits.iter().enumerate() {
                let before = averages[(1 << known) + answers];
                let feature = usize::from(split.feature);
                let is_above = row.get(feature).is_some_and(|value| *value > split.threshold);
                answers |= usize::from(is_above) << known;
                self.added[feature] += averages[(2 << known) + answers] - before;
            }
        }
        let mut best: Vec<usize> = Vec::with_capacity(top + 1);
        for (feature, share) in self.added.iter().enumerate().filter(|(_, share)| share.abs() > LEAST_SHARE) {
            let place = best.partition_point(|other| self.added[*other].abs() >= share.abs());
            best.insert(place, feature);
            best.truncate(top);
        }
        best.into_iter().map(|feature| (feature, self.added[feature])).collect()
    }
}

/// Answers of leaves, averaged by how often training came to each.
fn averages(tree: &Tree) -> Averages {
    let (mut sums, mut weights) = ([0.0; 2 * LEAVES], [0.0; 2 * LEAVES]);
    // A question that nothing is above has no leaves on its other side.
    let levels = tree.splits.iter().filter(|split| split.threshold.is_finite()).count();
    for leaf in 0..1 << levels {
        let weight = f32::from(tree.weights[leaf]).exp2();
        (sums[LEAVES + leaf], weights[LEAVES + leaf]) = (weight * tree.answer(leaf), weight);
    }
    for known in (0..DEPTH).rev() {
        let (from, next) = (1 << known, 2 << known);
        for answers in 0..from {
            for values in [&mut sums, &mut weights] {
                values[from + answers] = values[next + answers] + values[next + from + answers];
            }
        }
    }
    std::array::from_fn(|at| sums[at] / weights[at])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::model::Model;
    use crate::page::Form;

    #[test]
    fn shares_are_changes_of_the_expected_answer() {
        let model =
            "forest text\nfeature a\nfeature b\nbase 0\ntree 0:10 1:2.5\n-10000 10000 -10000 30000\naaab\n";
        let model = Model::from_text(model).expect("a model");
        let mut reasons = Reasons::of(model.forest(Form::Text));
        // Leaves -1, 1, -1 and 3, the last one weighing two: 1 of all, 7/3 where the first feature is above, -1 where not.
        for (row, shares) in [([20.0, 9.0], [4.0 / 3.0, 2.0 / 3.0]), ([5.0, f32::NAN], [-2.0, 0.0])] {
            let mut found = [0.0; 2];
            reasons.strongest(&row, 2).into_iter().for_each(|(feature, share)| found[feature] = share);
            assert!(found.iter().zip(shares).all(|(a, b)| (a - b).abs() < 1e-5), "{found:?}");
        }
        assert_eq!(reasons.strongest(&[20.0, 9.0], 1).len(), 1);
    }
}
