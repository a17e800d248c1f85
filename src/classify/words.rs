//! The words of a document's blocks, and comparison by them.
//!
//! Enters: hashes of words, block by block. Leaves: [`Words`], how often each text stands in the document, and likeness to a
//! title ([`Bag`]) or to a text that holds it ([`Runs`]). Time and memory grow linearly with the words.

use std::collections::HashSet;

use fearless_simd::{Level, Simd, dispatch};
use foldhash::fast::RandomState;

use crate::classify::number::count;
use crate::classify::shape::{Glance, Shape, mark};
use crate::segment::text::Text;

/// The words of all blocks as hashes, one after the other.
#[derive(Debug, Clone, Default)]
pub struct Words {
    all: Vec<u32>,
    blocks: Vec<Place>,
}

/// Where a block's words stand, and what they are at a glance.
#[derive(Debug, Clone, Copy)]
struct Place {
    from: usize,
    to: usize,
    glance: Glance,
}

impl Words {
    /// Reads the words and the shapes of some texts.
    #[must_use]
    pub fn read<'a>(texts: impl ExactSizeIterator<Item = &'a Text> + Clone) -> (Words, Vec<Shape>) {
        let bytes: usize = texts.clone().map(Text::len).sum();
        let mut words = Words { all: Vec::with_capacity(bytes / 5), blocks: Vec::with_capacity(texts.len()) };
        let shapes = dispatch!(Level::new(), simd => words.read_with(simd, texts));
        (words, shapes)
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "it is compiled for each kind of vectors where it is called")]
    fn read_with<'a, S: Simd>(&mut self, simd: S, texts: impl Iterator<Item = &'a Text>) -> Vec<Shape> {
        let mut shapes = Vec::with_capacity(self.blocks.capacity());
        for text in texts {
            let from = self.all.len();
            let (whole, place) = text.place();
            let (shape, glance) =
                Shape::read_with(simd, text, &whole.as_bytes()[place.start..], &mut self.all);
            shapes.push(shape);
            self.blocks.push(Place { from, to: self.all.len(), glance });
        }
        shapes
    }

    /// A block's words in order.
    #[must_use]
    pub fn of(&self, at: usize) -> &[u32] {
        let place = &self.blocks[at];
        &self.all[place.from..place.to]
    }

    /// Whether two blocks have the same words.
    #[must_use]
    pub fn are_same(&self, at: usize, other: usize) -> bool {
        self.blocks[at].glance.print == self.blocks[other].glance.print && self.of(at) == self.of(other)
    }

    /// A bit for each of a block's words; two words may share one.
    pub(crate) fn marks(&self, at: usize) -> u64 {
        self.blocks[at].glance.marks
    }

    /// How often each block's text stands in the document, and where first.
    #[must_use]
    pub fn copies(&self) -> (Vec<u32>, Vec<u32>) {
        let index = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        // The number of the first block with each hash, from 1, at the place that the hash says or behind it; most are free.
        let mut places = vec![0_u32; (4 * self.blocks.len()).next_power_of_two()];
        let mut first: Vec<u32> = Vec::with_capacity(self.blocks.len());
        let mut counts = vec![0; self.blocks.len()];
        for (at, block) in self.blocks.iter().enumerate() {
            let earliest = if block.from < block.to { self.first_alike(at, &mut places) } else { at };
            first.push(index(earliest));
            counts[earliest] += 1;
        }
        let copies = first.iter().map(|first| counts[*first as usize]).collect();
        (copies, first)
    }

    /// The first block with the words of one, which takes a free place if it is the first with their hash.
    fn first_alike(&self, at: usize, places: &mut [u32]) -> usize {
        let (print, last) = (self.blocks[at].glance.print, places.len() - 1);
        let from = usize::try_from(print >> 32).unwrap_or(0);
        for place in (0..MAX_STEPS).map(|step| from.wrapping_add(step) & last) {
            let Some(known) = (places[place] as usize).checked_sub(1) else {
                places[place] = u32::try_from(at + 1).unwrap_or(u32::MAX);
                return at;
            };
            if self.blocks[known].glance.print == print {
                // Two texts may share a hash by chance: then the later one has no copies.
                return if self.of(known) == self.of(at) { known } else { at };
            }
        }
        at
    }
}

/// Places at which a hash is looked for: more are taken in a row only where somebody has chosen the words for it.
pub(super) const MAX_STEPS: usize = 64;

/// Words beyond which a text is compared with no title.
const MAX_COMPARED: usize = 200;

/// A short text's words without their order: what others are compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bag {
    /// Those with the same slot stand side by side.
    words: Vec<u32>,
    marks: u64,
    /// For each slot the number of the first word that has it, from 1; 0 tells most words that the text lacks.
    slots: [u8; SLOTS],
}

const SLOTS: usize = 1024;

fn slot(word: u32) -> usize {
    word as usize % SLOTS
}

impl Bag {
    /// The words of a text; none where it has more than a title may be like.
    #[must_use]
    pub fn of(words: &[u32]) -> Bag {
        let mut words = if words.len() > MAX_COMPARED { Vec::new() } else { words.to_vec() };
        words.sort_unstable_by_key(|word| (slot(*word), *word));
        let marks = words.iter().fold(0, |marks, word| marks | mark(*word));
        let mut slots = [0; SLOTS];
        for (word, number) in words.iter().zip(1..) {
            let first = &mut slots[slot(*word)];
            *first = if *first == 0 { number } else { *first };
        }
        Bag { words, marks, slots }
    }

    /// Dice's coefficient of the words of this text and of a block; 0 where their lengths alone forbid likeness.
    #[must_use]
    pub fn likeness(&self, words: &Words, at: usize) -> f32 {
        if self.most(words, at) == 0 {
            0.0
        } else {
            self.dice(self.hits(words.of(at).iter().copied()), words.of(at).len())
        }
    }

    /// The same of every block, and how many words of this text it holds; `NaN` where either is too long to be like a title.
    #[must_use]
    pub fn likeness_and_shared(&self, words: &Words) -> Vec<(f32, f32)> {
        let mut room = [0; MAX_COMPARED];
        let each = (0..words.blocks.len()).map(|at| {
            let own = words.of(at);
            if self.words.is_empty() || own.is_empty() || own.len() > MAX_COMPARED {
                return (0.0, f32::NAN);
            }
            let known = self.sifted(own, &mut room);
            if known.is_empty() {
                return (0.0, 0.0);
            }
            let hits = self.hits(known.iter().copied());
            let likeness =
                if hits == 0 || self.most(words, at) == 0 { 0.0 } else { self.dice(hits, own.len()) };
            (likeness, count(hits))
        });
        each.collect()
    }

    /// Whether that coefficient is at least so much.
    #[must_use]
    pub fn is_like(&self, words: &Words, at: usize, least: f32) -> bool {
        let length = words.of(at).len();
        let most = self.most(words, at);
        most > 0
            && self.dice(most, length) >= least
            && self.dice(self.hits(words.of(at).iter().copied()), length) >= least
    }

    fn dice(&self, hits: usize, length: usize) -> f32 {
        2.0 * count(hits) / count(self.words.len() + length)
    }

    /// Words that the texts may have in common at most, by their lengths and marks.
    fn most(&self, words: &Words, at: usize) -> usize {
        let place = &words.blocks[at];
        let (a, b) = (self.words.len(), place.to - place.from);
        if a == 0 || b == 0 || b > MAX_COMPARED || a > b * 4 || b > a * 4 {
            return 0;
        }
        let only = |marks: u64, others: u64| (marks & !others).count_ones() as usize;
        (a - only(self.marks, place.glance.marks)).min(b - only(place.glance.marks, self.marks))
    }

    /// Words that the texts have in common, each as often as both have it.
    fn hits(&self, others: impl Iterator<Item = u32>) -> usize {
        let mut taken = [0_u64; MAX_COMPARED.div_ceil(64)];
        let mut hits = 0;
        for word in others {
            let Some(first) = usize::from(self.slots[slot(word)]).checked_sub(1) else { continue };
            let alike = self.words[first..].iter().take_while(|own| slot(**own) == slot(word));
            let same = alike.zip(first..).filter(|(own, _)| **own == word).map(|(_, at)| at);
            let mut free = same.filter(|at| taken[at / 64] & (1 << (at % 64)) == 0);
            if let Some(at) = free.next() {
                taken[at / 64] |= 1 << (at % 64);
                hits += 1;
            }
        }
        hits
    }

    /// Those of no more than [`MAX_COMPARED`] words that the text may hold, told without a branch for each.
    fn sifted<'a>(&self, words: &[u32], room: &'a mut [u32; MAX_COMPARED]) -> &'a [u32] {
        let mut count = 0;
        for word in words {
            if let Some(place) = room.get_mut(count) {
                *place = *word;
            }
            count += usize::from(self.slots[slot(*word)] != 0);
        }
        &room[..count.min(MAX_COMPARED)]
    }
}

/// The runs of one or two words that a text holds.
pub struct Runs {
    known: HashSet<u64, RandomState>,
    /// A bit for each run: most of what the text lacks is told by it.
    marks: Vec<u64>,
    length: usize,
}

impl Runs {
    /// The runs of `length` words (1 or 2) of a text; `None` where it is too short to tell anything.
    #[must_use]
    pub fn of(text: &[u32], length: usize) -> Option<Runs> {
        if text.len() < 4 {
            return None;
        }
        let bits = (text.len() * 8).next_power_of_two().max(64);
        let mut runs = Runs { known: HashSet::default(), marks: vec![0; bits / 64], length };
        runs.known.reserve(text.len());
        for run in text.windows(length) {
            let key = key(run);
            runs.known.insert(key);
            let (at, bit) = runs.place(key);
            runs.marks[at] |= bit;
        }
        Some(runs)
    }

    fn place(&self, key: u64) -> (usize, u64) {
        let hash = (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as usize;
        ((hash / 64) % self.marks.len(), 1 << (hash % 64))
    }

    /// The share of a block's runs that the text holds.
    #[must_use]
    pub fn share(&self, words: &[u32]) -> f32 {
        let runs = words.windows(self.length);
        let total = runs.len().max(1);
        let is_known = |run: &&[u32]| {
            let key = key(run);
            let (at, bit) = self.place(key);
            self.marks[at] & bit != 0 && self.known.contains(&key)
        };
        count(runs.filter(is_known).count()) / count(total)
    }
}

/// A run of one or two words as one number.
fn key(run: &[u32]) -> u64 {
    run.iter().fold(0, |key, word| key << 32 | u64::from(*word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(texts: &[&str]) -> Words {
        let texts: Vec<Text> = texts.iter().map(|text| Text::from(*text)).collect();
        Words::read(texts.iter()).0
    }

    #[test]
    fn copies_are_counted_from_the_first() {
        let words = words(&["a b", "c", "...", "A, B", "...", "a b c"]);
        assert_eq!(words.copies(), (vec![2, 1, 1, 2, 1, 1], vec![0, 1, 2, 0, 4, 5]));
        assert!(words.are_same(0, 3) && !words.are_same(0, 5));
    }

    #[test]
    fn hashes_that_crowd_cost_no_more_than_others() {
        let place = |at: u32| {
            let glance = Glance { print: u64::from(at), marks: 0 };
            Place { from: at as usize, to: at as usize + 1, glance }
        };
        let words = Words { all: (0..100_000).collect(), blocks: (0..100_000).map(place).collect() };
        assert!(words.copies().0.iter().all(|copies| *copies == 1));
    }

    #[test]
    fn likeness_counts_words_as_often_as_both_texts_have_them() {
        let words = words(&["a a b c", "a a a d", "x y", "", "c b a a"]);
        let bag = Bag::of(words.of(0));
        let likeness: Vec<f32> = (0..5).map(|at| bag.likeness(&words, at)).collect();
        assert_eq!(likeness, [1.0, 0.5, 0.0, 0.0, 1.0]);
        assert!(bag.is_like(&words, 1, 0.5) && !bag.is_like(&words, 1, 0.51) && bag.is_like(&words, 4, 1.0));
    }

    #[test]
    fn shares_count_runs_that_the_text_holds() {
        let text = Shape::words_of("một hai ba bốn năm");
        let block = Shape::words_of("hai ba năm");
        assert!(Runs::of(&text[..3], 1).is_none());
        let share = |length: usize| Runs::of(&text, length).map(|runs| runs.share(&block));
        assert_eq!((share(1), share(2)), (Some(1.0), Some(0.5)));
    }
}
