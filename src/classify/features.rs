//! A block as numbers: what the model reads.
//!
//! Enters: a [`Context`] and a block's index. Leaves: a row of [`names`]`().len()` values: those of flattened text tell less
//! than those of pages. What a bare head cannot tell is `NaN`, which the model treats as "unknown", not as zero.

mod page;

use std::ops::Range;

use crate::classify::context::Context;
use crate::classify::model::{Batch, LANES};
use crate::classify::number::{count, to_f32};
use crate::label::Label;
use crate::page::Form;
use crate::rules::phrase::{Fit, Found};

/// Offsets of the neighbours that a row describes too.
const NEIGHBOURS: [isize; 6] = [-3, -2, -1, 1, 2, 3];
/// Labels whose phrases are told apart.
const PHRASE_LABELS: [(Label, &str); 12] = [
    (Label::Related, "phrase.related"),
    (Label::Comment, "phrase.comment"),
    (Label::Share, "phrase.share"),
    (Label::Navigation, "phrase.navigation"),
    (Label::Tags, "phrase.tags"),
    (Label::Legal, "phrase.legal"),
    (Label::Ad, "phrase.ad"),
    (Label::Sidebar, "phrase.sidebar"),
    (Label::Other, "phrase.other"),
    (Label::Byline, "phrase.byline"),
    (Label::Caption, "phrase.caption"),
    (Label::Date, "phrase.date"),
];

/// Collects names or values in one order, so that the two cannot part.
pub(super) trait Sink {
    /// A feature by what is known of each block.
    fn put<T>(&mut self, name: &'static str, known: &[T], value: impl Fn(&T) -> f32);

    /// A feature by each block's place.
    fn put_at(&mut self, name: &'static str, value: impl Fn(usize) -> f32);

    /// A feature that is the same for all blocks.
    fn put_same(&mut self, name: &'static str, value: f32);

    /// A feature by what is known of the block that stands so many blocks behind each; unknown where none does.
    fn put_beside<T>(&mut self, name: &'static str, known: &[T], offset: isize, value: impl Fn(&T) -> f32);
}

pub(super) struct Names(pub(super) Vec<&'static str>);

impl Sink for Names {
    fn put<T>(&mut self, name: &'static str, _: &[T], _: impl Fn(&T) -> f32) {
        self.0.push(name);
    }

    fn put_at(&mut self, name: &'static str, _: impl Fn(usize) -> f32) {
        self.0.push(name);
    }

    fn put_same(&mut self, name: &'static str, _: f32) {
        self.0.push(name);
    }

    fn put_beside<T>(&mut self, name: &'static str, _: &[T], _: isize, _: impl Fn(&T) -> f32) {
        self.0.push(name);
    }
}

/// What is left of a block's row to be filled from the left.
pub(super) struct Row<'a> {
    at: usize,
    values: std::slice::IterMut<'a, f32>,
}

impl Row<'_> {
    /// The row of what stands at a place, which has room for a value of each name.
    pub(super) fn of(at: usize, row: &mut [f32]) -> Row<'_> {
        Row { at, values: row.iter_mut() }
    }
}

impl Sink for Row<'_> {
    fn put<T>(&mut self, name: &'static str, known: &[T], value: impl Fn(&T) -> f32) {
        self.put_at(name, |at| value(&known[at]));
    }

    fn put_at(&mut self, _: &'static str, value: impl Fn(usize) -> f32) {
        if let Some(slot) = self.values.next() {
            *slot = value(self.at);
        }
    }

    fn put_same(&mut self, name: &'static str, value: f32) {
        self.put_at(name, |_| value);
    }

    fn put_beside<T>(&mut self, name: &'static str, known: &[T], offset: isize, value: impl Fn(&T) -> f32) {
        let beside = self.at.checked_add_signed(offset).and_then(|at| known.get(at));
        self.put_at(name, |_| beside.map_or(f32::NAN, &value));
    }
}

/// A batch that is filled feature by feature.
pub(super) struct Columns<'a, 'b> {
    blocks: Range<usize>,
    batch: &'a mut Batch<'b>,
    /// The number of the next feature.
    next: usize,
}

impl<'a, 'b> Columns<'a, 'b> {
    /// The rows of what stands at some places, no more than a batch has room for.
    pub(super) fn of(blocks: Range<usize>, batch: &'a mut Batch<'b>) -> Columns<'a, 'b> {
        Columns { blocks, batch, next: 0 }
    }

    fn fill(&mut self, fill: impl FnOnce(&mut [f32; LANES], Range<usize>)) {
        let blocks = self.blocks.clone();
        self.batch.put(self.next, |values| fill(values, blocks));
        self.next += 1;
    }
}

impl Sink for Columns<'_, '_> {
    fn put<T>(&mut self, _: &'static str, known: &[T], value: impl Fn(&T) -> f32) {
        self.fill(|values, blocks| fill_column(values, &known[blocks], value));
    }

    fn put_at(&mut self, _: &'static str, value: impl Fn(usize) -> f32) {
        self.fill(|values, blocks| {
            if blocks.len() == LANES {
                (0..LANES).for_each(|row| values[row] = value(blocks.start + row));
            } else {
                values.iter_mut().zip(blocks).for_each(|(slot, at)| *slot = value(at));
            }
        });
    }

    fn put_same(&mut self, _: &'static str, value: f32) {
        self.batch.put_same(self.next, value);
        self.next += 1;
    }

    fn put_beside<T>(&mut self, _: &'static str, known: &[T], offset: isize, value: impl Fn(&T) -> f32) {
        self.fill(|values, blocks| {
            // Some of a document's first blocks have none that far before them, and some of its last none behind.
            let missing = offset.unsigned_abs().saturating_sub(blocks.start);
            let missing = if offset < 0 { missing.min(LANES) } else { 0 };
            let start = blocks.start.saturating_add_signed(offset);
            let end = blocks.end.saturating_add_signed(offset).min(known.len());
            let beside = known.get(start..end).unwrap_or_default();
            if missing > 0 || beside.len() < LANES {
                values.fill(f32::NAN);
            }
            fill_column(&mut values[missing..], beside, value);
        });
    }
}

/// Fills slots from the first on. All rows of a batch are filled in a loop of known length, whose end is no surprise.
fn fill_column<T>(slots: &mut [f32], known: &[T], value: impl Fn(&T) -> f32) {
    let fill = |slots: &mut [f32], known: &[T]| {
        slots.iter_mut().zip(known).for_each(|(slot, known)| *slot = value(known));
    };
    match (slots.first_chunk_mut::<LANES>(), known.first_chunk::<LANES>()) {
        (Some(slots), Some(known)) => fill(slots, known),
        _ => fill(slots, known),
    }
}

/// The features' names, in a row's order.
#[must_use]
pub fn names(context: &Context<'_>) -> Vec<&'static str> {
    let mut names = Names(Vec::new());
    if !context.is_empty() {
        features(context, &mut names);
    }
    names.0
}

/// Fills a block's row, which has room for a value of each name.
pub fn fill(context: &Context<'_>, at: usize, out: &mut [f32]) {
    features(context, &mut Row::of(at, out));
}

/// Fills a batch with the rows of some blocks that follow each other, no more than it has room for.
pub fn fill_batch(context: &Context<'_>, blocks: Range<usize>, batch: &mut Batch<'_>) {
    features(context, &mut Columns::of(blocks, batch));
}

fn features(context: &Context<'_>, out: &mut impl Sink) {
    own_shape(context, out);
    phrase(context, out);
    repetition(context, out);
    position(context, out);
    surroundings(context, out);
    neighbours(context, out);
    kinship(context, out);
    if context.form() == Form::Html {
        page::features(context, out);
    }
}

fn kinship(context: &Context<'_>, out: &mut impl Sink) {
    out.put("shared_words", &context.kinship.words, |share| *share);
    out.put("title_words", &context.title_words, |words| *words);
}

/// 1 or 0, without a branch.
pub(super) fn flag(value: bool) -> f32 {
    f32::from_bits(u32::from(value) * 1.0_f32.to_bits())
}

fn own_shape(context: &Context<'_>, out: &mut impl Sink) {
    let shapes = &context.shapes[..];
    out.put("weight", shapes, |shape| shape.weight);
    out.put("words", shapes, |shape| shape.words);
    out.put("ends_sentence", shapes, |shape| flag(shape.ends_sentence));
    out.put("ends_cut", shapes, |shape| flag(shape.ends_cut));
    out.put("ends_colon", shapes, |shape| flag(shape.ends_colon));
    out.put("ends_question", shapes, |shape| flag(shape.ends_question));
    out.put("sentences", shapes, |shape| shape.sentences);
    out.put("commas", shapes, |shape| shape.commas / shape.words.max(1.0));
    out.put("digits", shapes, |shape| shape.digits);
    out.put("capitals", shapes, |shape| shape.capitals);
    out.put("upper", shapes, |shape| shape.upper);
    out.put("signs", shapes, |shape| shape.signs);
    out.put("word_length", shapes, |shape| shape.weight / shape.words.max(1.0));
    out.put("starts_small", shapes, |shape| flag(shape.starts_small));
    out.put("starts_quote", shapes, |shape| flag(shape.starts_quote));
    out.put("starts_sign", shapes, |shape| flag(shape.starts_sign));
    out.put("separators", shapes, |shape| shape.separators);
    out.put("address", shapes, |shape| flag(shape.address));
    out.put("date", shapes, |shape| flag(shape.date));
    out.put("gap_before", &context.page.blocks, |block| flag(block.gap_before));
}

fn phrase(context: &Context<'_>, out: &mut impl Sink) {
    for (label, name) in PHRASE_LABELS {
        out.put(name, &context.phrase_labels, |found| flag(*found == Some(label)));
    }
    let fit = |found: &Found| match found.fit {
        Fit::Start => 1.0,
        Fit::Line => 2.0,
        Fit::Section => 3.0,
    };
    out.put("phrase_fit", &context.phrases, |found| found.map_or(0.0, fit));
}

fn repetition(context: &Context<'_>, out: &mut impl Sink) {
    out.put("copies", &context.copies, |copies| to_f32(*copies));
    out.put_at("is_later_copy", |at| flag((context.first_copy[at] as usize) < at));
    out.put("title_likeness", &context.title_likeness, |likeness| *likeness);
    out.put("likeness_to_title_block", &context.likeness_to_title, |likeness| *likeness);
    out.put("lead_likeness", &context.lead_likeness, |likeness| *likeness);
    out.put("body_likeness", &context.body_likeness, |likeness| *likeness);
}

fn position(context: &Context<'_>, out: &mut impl Sink) {
    let n = count(context.len());
    let (start, end) = context.span;
    let from_title = |at| context.title.map_or(f32::NAN, |title| signed(at, title).clamp(-40.0, 200.0));
    out.put_at("relative_index", |at| count(at) / n);
    out.put_same("blocks", n);
    out.put_at("from_title", from_title);
    out.put_at("from_span_start", |at| signed(at, start).clamp(-60.0, 60.0));
    out.put_at("from_span_end", |at| signed(at, end).clamp(-60.0, 60.0));
    out.put_at("in_span", |at| flag(at >= start && at < end));
    out.put_same("span_share", count(end - start) / n);
}

#[expect(clippy::cast_precision_loss, clippy::cast_possible_wrap, reason = "block indexes are small")]
fn signed(at: usize, from: usize) -> f32 {
    (at as isize - from as isize) as f32
}

/// Blocks before and after that the window sums look at.
const WINDOW: usize = 8;
/// Blocks before a block in which the last phrase that opened a section is looked for.
const MARKER_REACH: usize = 60;

fn surroundings(context: &Context<'_>, out: &mut impl Sink) {
    let (n, around) = (context.len(), &context.around);
    let before = |at: usize| at.saturating_sub(WINDOW)..at;
    let after = |at: usize| (at + 1).min(n)..(at + 1 + WINDOW).min(n);
    let marker = |at: usize| around.last_section(&(at.saturating_sub(MARKER_REACH)..at + 1));
    let prose_since = |at| marker(at).map_or(f32::NAN, |marker| to_f32(around.prose(&(marker..at))));
    out.put_at("prose_before", |at| around.prose_weight(&before(at)));
    out.put_at("prose_after", |at| around.prose_weight(&after(at)));
    out.put_at("since_prose", |at| around.last_prose(&before(at)).map_or(20.0, |last| count(at - 1 - last)));
    out.put_at("until_prose", |at| around.first_prose(&after(at)).map_or(20.0, |next| count(next - at - 1)));
    out.put_at("since_marker", |at| marker(at).map_or(f32::NAN, |marker| count(at - marker)));
    out.put_at("prose_since_marker", prose_since);
    out.put_at("phrases_before", |at| to_f32(around.phrases(&before(at))));
    out.put_at("phrases_after", |at| to_f32(around.phrases(&after(at))));
    out.put_at("copies_before", |at| to_f32(around.copies(&before(at))));
    out.put_at("copies_after", |at| to_f32(around.copies(&after(at))));
}

/// Names of what a row tells of each neighbour, by its offset.
const NEIGHBOUR_NAMES: [[&str; 4]; 6] = [
    ["-3.weight", "-3.ends_sentence", "-3.phrase", "-3.title_likeness"],
    ["-2.weight", "-2.ends_sentence", "-2.phrase", "-2.title_likeness"],
    ["-1.weight", "-1.ends_sentence", "-1.phrase", "-1.title_likeness"],
    ["+1.weight", "+1.ends_sentence", "+1.phrase", "+1.title_likeness"],
    ["+2.weight", "+2.ends_sentence", "+2.phrase", "+2.title_likeness"],
    ["+3.weight", "+3.ends_sentence", "+3.phrase", "+3.title_likeness"],
];

fn neighbours(context: &Context<'_>, out: &mut impl Sink) {
    for ([weight, ends_sentence, phrase, likeness], offset) in NEIGHBOUR_NAMES.into_iter().zip(NEIGHBOURS) {
        out.put_beside(weight, &context.shapes, offset, |shape| shape.weight);
        out.put_beside(ends_sentence, &context.shapes, offset, |shape| flag(shape.ends_sentence));
        out.put_beside(phrase, &context.phrase_labels, offset, |found| flag(found.is_some()));
        out.put_beside(likeness, &context.title_likeness, offset, |likeness| *likeness);
    }
}
