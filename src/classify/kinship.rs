//! What ties a block to the rest of the prose: the words it shares with it, and elements of the same template.
//!
//! Enters: words, the weight of prose in each block, containers. Leaves: [`Kinship`], shares from 0 to 1. Both signals are
//! blind to language and to the names that a site uses.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::classify::number::count;
use crate::classify::words::{MAX_STEPS, Words};
use crate::segment::block::Segmented;

/// Words of a block that are looked up; more tell no more.
const MAX_LOOKED_UP: usize = 60;
/// Stands for no block, and for several.
const NOBODY: u32 = 0;
const SEVERAL: u32 = u32::MAX;

/// How much each block has in common with the document's prose.
#[derive(Debug, Clone, Default)]
pub struct Kinship {
    /// Share of each block's words that another block of prose holds; `NaN` for a block without words or a document
    /// without other prose.
    pub words: Vec<f32>,
    /// Share of the document's prose in elements with the block's tag and class; empty for flattened text.
    pub template: Vec<f32>,
    /// The same, where the two elements around it are alike as well.
    pub path: Vec<f32>,
}

impl Kinship {
    /// Reads a document's kinship. `prose` holds the weight of prose of each block.
    #[must_use]
    pub fn of(page: &Segmented, words: &Words, prose: &[f32]) -> Kinship {
        let (template, path) = templates(page, prose);
        Kinship { words: shared_words(words, prose), template, path }
    }
}

fn shared_words(words: &Words, prose: &[f32]) -> Vec<f32> {
    let is_prose = |at: &usize| prose[*at] > 0.0;
    let count_words = (0..prose.len()).filter(is_prose).map(|at| words.of(at).len()).sum();
    let mut holders = Holders::with_room(count_words);
    // Where the words of prose are, so that they need not be looked up a second time.
    let mut places: Vec<u32> = Vec::with_capacity(count_words);
    for at in (0..prose.len()).filter(is_prose) {
        places.extend(words.of(at).iter().map(|word| holders.add(*word, number(at))));
    }
    let mut places = &places[..];
    let share = |at: usize| {
        let own = words.of(at);
        let looked_up = own.len().min(MAX_LOOKED_UP);
        if own.is_empty() || count_words == 0 {
            return f32::NAN;
        }
        let held = if is_prose(&at) {
            let (own, others) = places.split_at(own.len());
            places = others;
            own[..looked_up].iter().filter(|place| holders.at(**place) != number(at)).count()
        } else {
            own[..looked_up].iter().filter(|word| holders.of(**word) != NOBODY).count()
        };
        count(held) / count(looked_up)
    };
    (0..prose.len()).map(share).collect()
}

/// A block's number, from 1.
fn number(at: usize) -> u32 {
    u32::try_from(at + 1).unwrap_or(SEVERAL)
}

/// For each word the block of prose that holds it, or that several do. Words are hashes already: their lowest bits say
/// in which bucket to look. Most words are in the first one or nowhere, which is told without a branch for each place.
struct Holders {
    buckets: Vec<Bucket>,
}

/// Places for a few words and the numbers of their blocks, filled from the first on.
#[derive(Clone, Copy, Default)]
struct Bucket {
    words: [u32; PLACES],
    holders: [u32; PLACES],
}

const PLACES: usize = 4;

impl Holders {
    /// Room for some words: at least half of the places are free.
    fn with_room(words: usize) -> Holders {
        Holders { buckets: vec![Bucket::default(); (2 * words / PLACES + 1).next_power_of_two()] }
    }

    /// The buckets in which a word may be, the likeliest first.
    fn ways(&self, word: u32) -> impl Iterator<Item = usize> + use<> {
        let mask = self.buckets.len() - 1;
        (0..MAX_STEPS).map(move |step| (word as usize).wrapping_add(step) & mask)
    }

    /// Adds a word of a block; returns where it is.
    #[expect(clippy::needless_bitwise_bool, reason = "no branch for each place")]
    fn add(&mut self, word: u32, block: u32) -> u32 {
        for at in self.ways(word) {
            let Bucket { words, holders } = &mut self.buckets[at];
            let fits = |place: usize| (words[place] == word) | (holders[place] == NOBODY);
            let places = (0..PLACES).fold(0_u32, |places, place| places | u32::from(fits(place)) << place);
            if places != 0 {
                let place = places.trailing_zeros() as usize % PLACES;
                let holder = holders[place];
                words[place] = word;
                holders[place] = if holder == NOBODY || holder == block { block } else { SEVERAL };
                return u32::try_from(at * PLACES + place).unwrap_or(u32::MAX);
            }
        }
        u32::MAX
    }

    /// The holder of a word that was added.
    fn at(&self, place: u32) -> u32 {
        let place = place as usize;
        self.buckets.get(place / PLACES).map_or(NOBODY, |bucket| bucket.holders[place % PLACES])
    }

    #[expect(clippy::needless_bitwise_bool, reason = "one branch that is mostly taken, not two that are not")]
    fn of(&self, word: u32) -> u32 {
        for at in self.ways(word) {
            let Bucket { words, holders } = &self.buckets[at];
            let holder = |place: usize| holders[place] & u32::from(words[place] == word).wrapping_neg();
            let holder = (0..PLACES).fold(NOBODY, |found, place| found | holder(place));
            if (holder != NOBODY) | (holders[PLACES - 1] == NOBODY) {
                return holder;
            }
        }
        NOBODY
    }
}

/// Shares of the prose by the template of each block's element and of its path.
fn templates(page: &Segmented, prose: &[f32]) -> (Vec<f32>, Vec<f32>) {
    if page.containers.is_empty() {
        return (Vec::new(), Vec::new());
    }
    let keys: Vec<(u32, u64)> = page.doms.iter().map(|dom| keys(page, dom.container)).collect();
    let mut own: HashMap<u32, f32, RandomState> = HashMap::default();
    let mut path: HashMap<u64, f32, RandomState> = HashMap::default();
    let mut total = 0.0_f32;
    for ((template, around), weight) in keys.iter().zip(prose).filter(|(_, weight)| **weight > 0.0) {
        *own.entry(*template).or_insert(0.0_f32) += weight;
        *path.entry(*around).or_insert(0.0_f32) += weight;
        total += weight;
    }
    let total = total.max(1.0);
    keys.iter()
        .map(|(template, around)| {
            (
                own.get(template).copied().unwrap_or(0.0) / total,
                path.get(around).copied().unwrap_or(0.0) / total,
            )
        })
        .unzip()
}

/// The signature of a container, and of it with the two around it.
fn keys(page: &Segmented, container: u32) -> (u32, u64) {
    let own = &page.containers[container as usize];
    let parent = &page.containers[own.parent as usize];
    let grandparent = &page.containers[parent.parent as usize];
    let mix = |hash: u64, signature: u32| (hash ^ u64::from(signature)).wrapping_mul(0x0100_0000_01B3);
    let path =
        [own, parent, grandparent].iter().fold(0xCBF2_9CE4_8422_2325, |hash, at| mix(hash, at.signature));
    (own.signature, path)
}
