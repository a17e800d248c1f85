//! What stands around each block: prose, phrases and copies among the blocks on either side.
//!
//! Enters: an observation of each block in order. Leaves: [`Around`], which tells any stretch's sums in one step.

use std::ops::Range;

use crate::classify::number::to_f32;

/// What is known of one block.
#[derive(Debug, Clone, Copy)]
pub struct Observed {
    /// Its weight, where it is plain prose.
    pub prose: Option<f32>,
    /// Whether it is a phrase.
    pub is_phrase: bool,
    /// Whether it opens a part of the page that is not the article.
    pub opens_section: bool,
    /// Whether its text stands in the document more than once.
    pub is_copy: bool,
}

/// Sums over all blocks before a place.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    prose: u32,
    /// In halves, which weights are made of: sums of whole numbers are exact.
    half_weight: u32,
    phrases: u32,
    copies: u32,
    /// The last block of prose and the last that opened a section, counted from 1; 0 is none.
    last_prose: u32,
    last_section: u32,
    /// The first block of prose from here on, or one beyond all blocks.
    next_prose: u32,
}

/// Sums over any stretch of a document's blocks.
#[derive(Debug, Clone, Default)]
pub struct Around {
    /// One more than there are blocks.
    sums: Vec<Sums>,
}

/// Weight that one paragraph adds at most.
const MAX_WEIGHT: f32 = 500.0;

impl Around {
    /// Sums up what is known of each block.
    #[must_use]
    pub fn of(blocks: impl ExactSizeIterator<Item = Observed>) -> Around {
        let mut sums = Vec::with_capacity(blocks.len() + 1);
        let mut sum = Sums::default();
        sums.push(sum);
        for (block, number) in blocks.zip(1..) {
            // Prose and menus take turns too often for a branch.
            let is_prose = u32::from(block.prose.is_some());
            sum.prose += is_prose;
            sum.half_weight += is_prose * halves(block.prose.unwrap_or(0.0).min(MAX_WEIGHT));
            sum.last_prose = sum.last_prose.max(is_prose * number);
            sum.last_section = sum.last_section.max(u32::from(block.opens_section) * number);
            sum.phrases += u32::from(block.is_phrase);
            sum.copies += u32::from(block.is_copy);
            sums.push(sum);
        }
        let mut next = u32::MAX;
        for at in (0..sums.len()).rev() {
            sums[at].next_prose = next;
            // The block before this place.
            next =
                if sums[at].last_prose as usize == at { sums[at].last_prose.wrapping_sub(1) } else { next };
        }
        Around { sums }
    }

    /// Blocks of prose in a stretch.
    #[must_use]
    pub fn prose(&self, range: &Range<usize>) -> u32 {
        self.sums[range.end].prose - self.sums[range.start].prose
    }

    /// Their weight.
    #[must_use]
    pub fn prose_weight(&self, range: &Range<usize>) -> f32 {
        to_f32(self.sums[range.end].half_weight - self.sums[range.start].half_weight) / 2.0
    }

    /// Phrases in a stretch.
    #[must_use]
    pub fn phrases(&self, range: &Range<usize>) -> u32 {
        self.sums[range.end].phrases - self.sums[range.start].phrases
    }

    /// Blocks in a stretch whose text stands in the document more than once.
    #[must_use]
    pub fn copies(&self, range: &Range<usize>) -> u32 {
        self.sums[range.end].copies - self.sums[range.start].copies
    }

    /// The last block of prose in a stretch.
    #[must_use]
    pub fn last_prose(&self, range: &Range<usize>) -> Option<usize> {
        last(self.sums[range.end].last_prose, range)
    }

    /// The first block of prose in a stretch.
    #[must_use]
    pub fn first_prose(&self, range: &Range<usize>) -> Option<usize> {
        let next = self.sums[range.start].next_prose as usize;
        (next < range.end).then_some(next)
    }

    /// The last block in a stretch that opens a section.
    #[must_use]
    pub fn last_section(&self, range: &Range<usize>) -> Option<usize> {
        last(self.sums[range.end].last_section, range)
    }
}

/// The last block of some kind before a stretch's end, by its number from 1, if the stretch holds it.
fn last(number: u32, range: &Range<usize>) -> Option<usize> {
    let number = number as usize;
    (number > range.start).then(|| number - 1)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "weights are bounded and not negative"
)]
fn halves(weight: f32) -> u32 {
    (weight * 2.0) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_tell_what_they_hold() {
        let observed = |number: u8| Observed {
            prose: (number.is_multiple_of(3)).then_some(f32::from(number) * 100.5),
            is_phrase: number.is_multiple_of(2),
            opens_section: number == 4,
            is_copy: number > 7,
        };
        let around = Around::of((0..10).collect::<Vec<u8>>().into_iter().map(observed));
        assert_eq!((around.prose(&(1..7)), around.phrases(&(1..7)), around.copies(&(1..9))), (2, 3, 1));
        assert!((around.prose_weight(&(0..7)) - 801.5).abs() < 1e-6);
        assert_eq!((around.first_prose(&(1..7)), around.last_prose(&(1..7))), (Some(3), Some(6)));
        assert_eq!((around.first_prose(&(1..3)), around.last_prose(&(4..6))), (None, None));
        assert_eq!((around.last_section(&(0..10)), around.last_section(&(5..10))), (Some(4), None));
    }
}
