//! One mistake in a configuration file, and the search for what was meant.
//!
//! Enters: a file's name, a line, a wrong word. Leaves: a message that a person can act on.
//! Invariant: the cost of a suggestion is bounded, however long the wrong word is.

use thiserror::Error;

/// A key or value that cannot be used, with the place where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
#[error("{file}:{line}: {what}{}", hint(self.nearest.as_deref()))]
pub struct ConfigMistake {
    /// The file's name, as given.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
    /// The valid key or value that comes closest, where one comes close.
    pub nearest: Option<String>,
}

impl ConfigMistake {
    /// A mistake for which nothing can be suggested.
    #[must_use]
    pub fn new(file: &str, line: usize, what: String) -> ConfigMistake {
        ConfigMistake { file: file.to_owned(), line, what, nearest: None }
    }
}

fn hint(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |key| format!("; did you mean `{key}`?"))
}

/// Words longer than this are mistyped beyond recognition; it bounds the distance's cost.
const LONGEST_WORD: usize = 64;

/// The candidate that takes the fewest edits, if it takes few for the word's length.
pub(super) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().take(LONGEST_WORD + 1).count();
    if length > LONGEST_WORD {
        return None;
    }
    let limit = (length / 2).clamp(2, 6);
    candidates
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(edits, _)| *edits <= limit)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein distance in characters, case folded, `-` read as `_`; a swap of neighbours counts 2.
fn distance(left: &str, right: &str) -> usize {
    let fold = |text: &str| -> Vec<char> { text.to_lowercase().replace('-', "_").chars().collect() };
    let (left, right) = (fold(left), fold(right));
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.iter().enumerate() {
            let substituted = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_edits() {
        for (left, right, edits) in [
            ("", "", 0),
            ("jobs", "jobs", 0),
            ("job", "jobs", 1),
            ("kitten", "sitting", 3),
            ("Log-Format", "log_format", 0),
        ] {
            assert_eq!(distance(left, right), edits, "{left} / {right}");
            assert_eq!(distance(right, left), edits, "{right} / {left}");
        }
    }

    #[test]
    fn nearest_stays_silent_for_far_words() {
        assert_eq!(nearest("namng", ["dir", "format", "naming"]), Some("naming"));
        assert_eq!(nearest("zzzzzzzz", ["dir", "format", "naming"]), None);
        assert_eq!(nearest(&"a".repeat(1_000_000), ["dir"]), None);
    }
}
