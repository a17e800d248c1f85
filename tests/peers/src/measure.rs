//! Time, memory and texts of each extractor over the same documents.
//!
//! Enters: extractors and documents. Leaves: a [`Measured`] each. Invariant: extractors take turns, a round each, so what
//! else the machine does in the meantime meets them all; one that has used up its seconds takes no further round.

use std::cmp::Ordering;
use std::time::Instant;

use crate::MEMORY;
use crate::clock::Clock;
use crate::corpus::Corpus;
use crate::extractor::Extractor;

/// Rounds of each extractor, at most.
const ROUNDS: usize = 5;

/// CPU seconds after which an extractor takes no further round. Nothing stops it within a document: there are pages that
/// keep rs-trafilatura for half a minute.
const BUDGET_SECONDS: f64 = 25.0;

/// CPU seconds of a round, at least: the clock ticks in milliseconds.
const LEAST_SECONDS: f64 = 0.2;

/// What came of one extractor.
pub(crate) struct Measured {
    pub(crate) name: &'static str,
    pub(crate) extracts: bool,
    /// CPU seconds of one pass over all documents, by round.
    pub(crate) rounds: Vec<f64>,
    /// CPU seconds of all rounds.
    spent: f64,
    /// The document's best time on the wall clock, in seconds, by its place.
    pub(crate) times: Vec<f64>,
    /// The most bytes held at once beyond the document, the article included, by its place. A buffer that grows counts
    /// twice while it moves.
    pub(crate) peaks: Vec<usize>,
    /// The texts, by the document's place.
    pub(crate) texts: Vec<String>,
}

/// Goes over all documents in rounds.
pub(crate) fn measure(extractors: &[Extractor<'_>], corpus: &Corpus) -> Vec<Measured> {
    let mut measured: Vec<Measured> = extractors.iter().map(|one| Measured::none(one, corpus)).collect();
    // Patterns and models that are loaded with the first document are no part of its cost.
    for extractor in extractors {
        corpus.pages.first().map(&extractor.extract);
    }
    for _ in 0..ROUNDS {
        for (one, extractor) in measured.iter_mut().zip(extractors) {
            if one.spent < BUDGET_SECONDS {
                one.round(extractor, corpus);
            }
        }
    }
    measured
}

impl Measured {
    fn none(extractor: &Extractor<'_>, corpus: &Corpus) -> Measured {
        let count = corpus.pages.len();
        Measured {
            name: extractor.name,
            extracts: extractor.extracts,
            rounds: Vec::new(),
            spent: 0.0,
            times: vec![f64::INFINITY; count],
            peaks: vec![0; count],
            texts: vec![String::new(); count],
        }
    }

    /// One round; few small documents are passed over until the clock can tell.
    fn round(&mut self, extractor: &Extractor<'_>, corpus: &Corpus) {
        let clock = Clock::start();
        let mut passes = 0.0;
        let mut seconds = 0.0;
        while seconds < LEAST_SECONDS {
            self.pass(extractor, corpus);
            passes += 1.0;
            seconds = clock.seconds();
        }
        self.spent += seconds;
        self.rounds.push(seconds / passes);
    }

    /// CPU seconds of one pass over all documents: the median of the rounds.
    pub(crate) fn seconds(&self) -> f64 {
        median(&self.rounds).unwrap_or_default()
    }

    fn pass(&mut self, extractor: &Extractor<'_>, corpus: &Corpus) {
        for (at, page) in corpus.pages.iter().enumerate() {
            MEMORY.reset_peak_usage();
            let held = MEMORY.current_usage();
            let started = Instant::now();
            let text = (extractor.extract)(page);
            self.times[at] = self.times[at].min(started.elapsed().as_secs_f64());
            self.peaks[at] = self.peaks[at].max(MEMORY.peak_usage().saturating_sub(held));
            self.texts[at] = text;
        }
    }

    /// The place and time of the slowest document.
    pub(crate) fn slowest(&self) -> Option<(usize, f64)> {
        self.times.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1))
    }
}

/// The middle value, the lower one of two.
pub(crate) fn median<T: PartialOrd + Copy>(values: &[T]) -> Option<T> {
    let mut values = values.to_vec();
    values.sort_by(|a, b| a.partial_cmp(b).unwrap_or(Ordering::Equal));
    values.get(values.len().checked_sub(1)? / 2).copied()
}
