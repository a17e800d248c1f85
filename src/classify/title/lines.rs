//! Lines of flattened text that may be the title, as numbers: what the model for titles reads.
//!
//! Enters: a [`Context`] without a title. Leaves: [`Lines`], with a row of [`Lines::names`]`().len()` values for each. The few
//! lines are compared with each other and looked up in the text, which would cost too much for every block.

use crate::classify::context::Context;
use crate::classify::features::{Columns, Names, Row, Sink, flag};
use crate::classify::model::Forest;
use crate::classify::number::{count, to_f32};
use crate::classify::scores;
use crate::classify::shape::Shape;
use crate::classify::title::ties::{self, FIRST, Ties};
use crate::label::Label;

/// Lines above the densest prose among which a title is looked for.
const MAX_BEFORE: usize = 80;
/// Lines after its beginning: what looks like prose may stand above the title.
const MAX_AFTER: usize = 4;
/// First paragraphs of the document around which a title is looked for too, and how many lines above and from each: the
/// densest prose may be a part far below the title, and the very first a notice above it.
const PARAGRAPHS: usize = 3;
const MAX_ABOVE: usize = 40;
const FROM: usize = 2;
/// Share of the head's words from which a line that it begins with is looked at wherever it stands, and how many are:
/// menus and lists repeat a title too.
const LEAST_NAMED: f32 = 0.4;
const MAX_NAMED: usize = 8;
/// Weights of a title: hardly one is shorter, unless the head names it, and most lines of a menu are; longer lines are
/// paragraphs.
const MIN_WEIGHT: f32 = 15.0;
const MIN_NAMED: f32 = 6.0;
const MAX_WEIGHT: f32 = 300.0;
/// Lines to either side that say what a line stands among.
const AROUND: usize = 8;
const NEAR: usize = 5;
/// Lines to either side in which dates, bylines and phrases are looked for.
const REACH: usize = 12;
/// Distances beyond which a feature tells them apart no more.
const MAX_DISTANCE: f32 = 60.0;
const MAX_UNTIL: usize = 200;

/// Lines that may be the title, in order.
pub struct Lines<'a> {
    context: &'a Context<'a>,
    all: Vec<Line>,
    /// The first paragraphs.
    paragraphs: [Option<usize>; PARAGRAPHS],
    /// The most that any of the lines has.
    most_next: f32,
    most_likeness: f32,
}

/// One of them.
struct Line {
    at: usize,
    weight: f32,
    ties: Ties,
}

impl<'a> Lines<'a> {
    /// The lines of a document that may be its title.
    #[must_use]
    pub fn of(context: &'a Context<'a>) -> Lines<'a> {
        let mut paragraphs = [None; PARAGRAPHS];
        let mut from = 0;
        for paragraph in &mut paragraphs {
            *paragraph = context.around.first_prose(&(from.min(context.len())..context.len()));
            from = paragraph.map_or(context.len(), |at| at + 1);
        }
        let head = head(context);
        let places = places(context, &paragraphs, head);
        let ties = ties::of(context, &places);
        let most = |value: fn(&Ties) -> f32| ties.iter().map(value).fold(0.0, f32::max);
        let (most_next, most_likeness) = (most(|ties| ties.next), most(|ties| ties.likeness));
        let line = |(at, ties): (usize, Ties)| Line { at, weight: context.shapes[at].weight, ties };
        let all = places.into_iter().zip(ties).map(line).collect();
        Lines { context, all, paragraphs, most_next, most_likeness }
    }

    /// Where they stand.
    #[must_use]
    pub fn places(&self) -> impl ExactSizeIterator<Item = usize> {
        self.all.iter().map(|line| line.at)
    }

    /// The features' names, in a row's order.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        let mut names = Names(Vec::new());
        features(self, &mut names);
        names.0
    }

    /// The row of each, one after the other.
    #[must_use]
    pub fn rows(&self) -> Vec<f32> {
        let length = self.names().len();
        let mut rows = vec![0.0; self.all.len() * length];
        for (number, row) in rows.chunks_mut(length).enumerate() {
            features(self, &mut Row::of(number, row));
        }
        rows
    }

    /// A forest's log-odds that each is the title.
    pub(super) fn scores(&self, forest: &Forest) -> Vec<f32> {
        scores(forest, self.all.len(), |lines, batch| features(self, &mut Columns::of(lines, batch)))
    }

    fn shape(&self, line: &Line) -> &Shape {
        &self.context.shapes[line.at]
    }

    /// What is known of the line that stands so many lines behind another; unknown where none does.
    fn beside(&self, line: &Line, offset: isize, value: impl Fn(usize) -> f32) -> f32 {
        let at = line.at.checked_add_signed(offset).filter(|at| *at < self.context.len());
        at.map_or(f32::NAN, value)
    }

    fn shape_beside(&self, line: &Line, offset: isize, value: impl Fn(&Shape) -> f32) -> f32 {
        self.beside(line, offset, |at| value(&self.context.shapes[at]))
    }

    /// The shapes of some lines before and after a line.
    fn around(&self, line: &Line, reach: usize) -> (&[Shape], &[Shape]) {
        let (before, after) = (&self.context.shapes[..line.at], &self.context.shapes[line.at + 1..]);
        (&before[before.len().saturating_sub(reach)..], &after[..reach.min(after.len())])
    }

    /// Lines to the next one of some kind.
    fn until(&self, line: &Line, is_kind: impl Fn(&Context<'_>, usize) -> bool) -> f32 {
        let after = line.at + 1..self.context.len().min(line.at + REACH);
        count(after.into_iter().position(|at| is_kind(self.context, at)).map_or(REACH, |steps| steps + 1))
    }

    /// Lines down to so many paragraphs after it.
    fn until_paragraph(&self, line: &Line, number: usize) -> f32 {
        let mut at = line.at;
        for _ in 0..number {
            let after = (at + 1).min(self.context.len())..self.context.len();
            let Some(next) = self.context.around.first_prose(&after) else { return count(MAX_UNTIL + 1) };
            at = next;
        }
        count((at - line.at).min(MAX_UNTIL))
    }

    fn beyond_paragraph(&self, line: &Line, number: usize) -> f32 {
        self.paragraphs[number].map_or(f32::NAN, |at| between(line.at, at))
    }

    /// The prose of some lines behind it.
    fn prose(&self, line: &Line, reach: usize) -> f32 {
        let len = self.context.len();
        self.context.around.prose_weight(&((line.at + 1).min(len)..(line.at + 1 + reach).min(len)))
    }
}

/// Where the lines stand that may be the title, in order.
fn places(context: &Context<'_>, paragraphs: &[Option<usize>], head: Option<usize>) -> Vec<usize> {
    let (start, end) = context.span;
    let mut windows = [(start.saturating_sub(MAX_BEFORE), start + MAX_AFTER); PARAGRAPHS + 1];
    for (window, at) in windows.iter_mut().zip(paragraphs.iter().flatten()) {
        *window = (at.saturating_sub(MAX_ABOVE), at + FROM);
    }
    windows.sort_unstable();
    let mut places = Vec::with_capacity(2 * MAX_BEFORE);
    let mut from = 0;
    for (start, end) in windows {
        places.extend(start.max(from)..end.min(context.len()));
        from = from.max(end);
    }
    let may_be = |at: &usize, least: f32| {
        let shape = &context.shapes[*at];
        (least..=MAX_WEIGHT).contains(&shape.weight) && shape.words >= 2.0 && !is_phrase(context, *at)
    };
    places.retain(|at| may_be(at, MIN_WEIGHT));
    if let Some(head) = head {
        let is_named = |at: &usize| share_of(context, *at, head) >= LEAST_NAMED && may_be(at, MIN_NAMED);
        places.extend((head + 1..end.max(context.len() / 2)).filter(is_named).take(MAX_NAMED));
        places.sort_unstable();
        places.dedup();
    }
    places
}

/// The first line that may be the page's own head: a title, and mostly the site's name behind it.
fn head(context: &Context<'_>) -> Option<usize> {
    (0..context.len().min(FIRST)).find(|at| {
        let shape = &context.shapes[*at];
        shape.weight >= 12.0 && shape.words >= 3.0 && !is_phrase(context, *at) && !is_date(context, *at)
    })
}

/// Share that a line's words are of the head's, which begins with them.
fn share_of(context: &Context<'_>, at: usize, head: usize) -> f32 {
    let (own, whole) = (context.words.of(at), context.words.of(head));
    let is_named = at != head && own.len() >= 3 && whole.starts_with(own);
    if is_named { count(own.len()) / count(whole.len()) } else { 0.0 }
}

/// How far a line stands behind another.
fn between(at: usize, from: usize) -> f32 {
    (count(at) - count(from)).clamp(-MAX_DISTANCE, MAX_DISTANCE)
}

fn mean(values: impl ExactSizeIterator<Item = f32>) -> f32 {
    let all = count(values.len());
    values.sum::<f32>() / all
}

fn is_date(context: &Context<'_>, at: usize) -> bool {
    context.shapes[at].date || context.phrase_labels[at] == Some(Label::Date)
}

fn is_byline(context: &Context<'_>, at: usize) -> bool {
    context.phrase_labels[at] == Some(Label::Byline)
}

fn is_phrase(context: &Context<'_>, at: usize) -> bool {
    context.phrases[at].is_some()
}

/// Likeness to the document's first line, by marks; unknown of that line itself.
fn first_likeness(of: &Lines<'_>, line: &Line) -> f32 {
    let [own, first] = [line.at, 0].map(|at| of.context.words.marks(at));
    let likeness = 2.0 * to_f32((own & first).count_ones()) / to_f32(own.count_ones() + first.count_ones());
    if line.at == 0 { f32::NAN } else { likeness }
}

/// Share of the lines near it that are about as long: those of a list are.
fn alike(of: &Lines<'_>, line: &Line) -> f32 {
    let (before, after) = of.around(line, NEAR);
    let weight = of.shape(line).weight;
    let is_like = |shape: &&Shape| (shape.weight - weight).abs() <= 0.35 * weight;
    let all = count((before.len() + after.len()).max(1));
    count(before.iter().chain(after).filter(is_like).count()) / all
}

/// The features of the lines.
fn features(of: &Lines<'_>, out: &mut impl Sink) {
    own_shape(of, out);
    neighbours(of, out);
    place(of, out);
    ties_to_others(of, out);
}

fn own_shape(of: &Lines<'_>, out: &mut impl Sink) {
    let lines = &of.all[..];
    out.put("weight", lines, |line| line.weight);
    out.put("words", lines, |line| of.shape(line).words);
    out.put("ends_sentence", lines, |line| flag(of.shape(line).ends_sentence));
    out.put("sentences", lines, |line| of.shape(line).sentences);
    out.put("digits", lines, |line| of.shape(line).digits);
    out.put("capitals", lines, |line| of.shape(line).capitals);
    out.put("upper", lines, |line| of.shape(line).upper);
    out.put("gap_before", lines, |line| flag(of.context.page.blocks[line.at].gap_before));
    out.put("copies", lines, |line| to_f32(of.context.copies[line.at]));
    out.put("shared_words", lines, |line| of.context.kinship.words[line.at]);
}

fn neighbours(of: &Lines<'_>, out: &mut impl Sink) {
    let lines = &of.all[..];
    out.put("-2.weight", lines, |line| of.shape_beside(line, -2, |shape| shape.weight));
    out.put("-1.weight", lines, |line| of.shape_beside(line, -1, |shape| shape.weight));
    out.put("+1.weight", lines, |line| of.shape_beside(line, 1, |shape| shape.weight));
    out.put("+2.weight", lines, |line| of.shape_beside(line, 2, |shape| shape.weight));
    out.put("-1.words", lines, |line| of.shape_beside(line, -1, |shape| shape.words));
    out.put("-1.capitals", lines, |line| of.shape_beside(line, -1, |shape| shape.capitals));
    out.put("+1.capitals", lines, |line| of.shape_beside(line, 1, |shape| shape.capitals));
    out.put("-1.gap_before", lines, |line| {
        of.beside(line, -1, |at| flag(of.context.page.blocks[at].gap_before))
    });
    out.put("+1.gap_before", lines, |line| {
        of.beside(line, 1, |at| flag(of.context.page.blocks[at].gap_before))
    });
    out.put("+1.copies", lines, |line| of.beside(line, 1, |at| to_f32(of.context.copies[at])));
    out.put("-2.shared_words", lines, |line| of.beside(line, -2, |at| of.context.kinship.words[at]));
    out.put("-1.shared_words", lines, |line| of.beside(line, -1, |at| of.context.kinship.words[at]));
}

fn place(of: &Lines<'_>, out: &mut impl Sink) {
    let lines = &of.all[..];
    out.put_same("blocks", count(of.context.len()));
    out.put("from_span_start", lines, |line| between(line.at, of.context.span.0));
    out.put("from_paragraph", lines, |line| of.beyond_paragraph(line, 0));
    out.put("from_second", lines, |line| of.beyond_paragraph(line, 1));
    out.put("from_third", lines, |line| of.beyond_paragraph(line, 2));
    out.put("until_paragraph", lines, |line| of.until_paragraph(line, 1));
    out.put("until_third", lines, |line| of.until_paragraph(line, 3));
    out.put("prose_near", lines, |line| of.prose(line, 16));
    out.put("prose_after", lines, |line| of.prose(line, 32));
    out.put("prose_share_before", lines, |line| {
        let (around, all) = (&of.context.around, of.context.len());
        around.prose_weight(&(0..line.at)) / around.prose_weight(&(0..all)).max(1.0)
    });
    out.put("heavier", lines, |line| {
        // All are compared, without a branch.
        of.all.iter().map(|other| flag(other.weight > line.weight)).sum()
    });
    out.put("alike", lines, |line| alike(of, line));
    out.put("weight_before", lines, |line| mean(of.around(line, AROUND).0.iter().map(|shape| shape.weight)));
    out.put("heaviest_before", lines, |line| {
        of.around(line, AROUND).0.iter().map(|shape| shape.weight).fold(0.0, f32::max)
    });
    out.put("short_before", lines, |line| {
        mean(of.around(line, AROUND).0.iter().map(|shape| flag(shape.words <= 3.0)))
    });
    out.put("until_date", lines, |line| of.until(line, is_date));
    out.put("until_byline", lines, |line| of.until(line, is_byline));
}

fn ties_to_others(of: &Lines<'_>, out: &mut impl Sink) {
    let lines = &of.all[..];
    out.put("next", lines, |line| line.ties.next);
    out.put("next_beside_most", lines, |line| line.ties.next - of.most_next);
    out.put("known", lines, |line| line.ties.known);
    out.put("likeness", lines, |line| line.ties.likeness);
    out.put("likeness_beside_most", lines, |line| line.ties.likeness - of.most_likeness);
    out.put("held", lines, |line| line.ties.held);
    out.put("first_likeness", lines, |line| first_likeness(of, line));
}
