//! A block as numbers: what the model reads.
//!
//! Enters: a [`Context`] and a block's index. Leaves: a row of [`names`]`().len()` values: those of flattened text tell less
//! than those of pages. What a bare head cannot tell is `NaN`, which the model treats as "unknown", not as zero.

use std::array;

use crate::classify::context::{Context, count, to_f32};
use crate::classify::model::{Batch, Column, LANES};
use crate::label::Label;
use crate::rules::markup::{Hint, Hints};
use crate::rules::phrase::Fit;
use crate::segment::block::{DomFacts, Kind};

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
trait Sink {
    fn put<const N: usize>(&mut self, features: [(&str, f32); N]);
}

struct Names(Vec<String>);

impl Sink for Names {
    fn put<const N: usize>(&mut self, features: [(&str, f32); N]) {
        self.0.extend(features.map(|(name, _)| name.to_owned()));
    }
}

/// What is left of a row to be filled from the left.
struct Values<'a>(&'a mut [f32]);

impl Sink for Values<'_> {
    fn put<const N: usize>(&mut self, features: [(&str, f32); N]) {
        if let Some((slots, rest)) = std::mem::take(&mut self.0).split_first_chunk_mut() {
            *slots = features.map(|(_, value)| value);
            self.0 = rest;
        }
    }
}

/// What is left of a row in a batch.
struct Lane<'a> {
    columns: &'a mut [Column],
    lane: usize,
}

impl Sink for Lane<'_> {
    fn put<const N: usize>(&mut self, features: [(&str, f32); N]) {
        if let Some((columns, rest)) = std::mem::take(&mut self.columns).split_first_chunk_mut::<N>() {
            for (column, (_, value)) in columns.iter_mut().zip(features) {
                column.0[self.lane % LANES] = value;
            }
            self.columns = rest;
        }
    }
}

/// The features' names, in a row's order.
#[must_use]
pub fn names(context: &Context<'_>) -> Vec<String> {
    let mut names = Names(Vec::new());
    if !context.is_empty() {
        row(context, 0, &mut names);
    }
    names.0
}

/// Fills a block's row, which has room for a value of each name.
pub fn fill(context: &Context<'_>, at: usize, out: &mut [f32]) {
    row(context, at, &mut Values(out));
}

/// Fills a block's row in a batch.
pub fn fill_lane(context: &Context<'_>, at: usize, batch: &mut Batch, lane: usize) {
    row(context, at, &mut Lane { columns: batch.columns(), lane });
}

fn row(context: &Context<'_>, at: usize, out: &mut impl Sink) {
    own_shape(context, at, out);
    phrase(context, at, out);
    repetition(context, at, out);
    position(context, at, out);
    surroundings(context, at, out);
    neighbours(context, at, out);
    kinship(context, at, out);
    if let Some(dom) = &context.page.blocks[at].dom {
        markup(context, at, dom, out);
        tree(context, dom, out);
        around(context, at, dom, out);
    }
}

fn kinship(context: &Context<'_>, at: usize, out: &mut impl Sink) {
    out.put([("shared_words", context.kinship.words[at]), ("title_words", context.title_words[at])]);
}

fn flag(value: bool) -> f32 {
    f32::from(u8::from(value))
}

fn own_shape(context: &Context<'_>, at: usize, out: &mut impl Sink) {
    let shape = &context.shapes[at];
    out.put([
        ("weight", shape.weight),
        ("words", shape.words),
        ("ends_sentence", flag(shape.ends_sentence)),
        ("ends_cut", flag(shape.ends_cut)),
        ("ends_colon", flag(shape.ends_colon)),
        ("ends_question", flag(shape.ends_question)),
        ("sentences", shape.sentences),
        ("commas", shape.commas / shape.words.max(1.0)),
        ("digits", shape.digits),
        ("capitals", shape.capitals),
        ("upper", shape.upper),
        ("signs", shape.signs),
        ("word_length", shape.weight / shape.words.max(1.0)),
        ("starts_small", flag(shape.starts_small)),
        ("starts_quote", flag(shape.starts_quote)),
        ("starts_sign", flag(shape.starts_sign)),
        ("separators", shape.separators),
        ("address", flag(shape.address)),
        ("date", flag(shape.date)),
        ("gap_before", flag(context.page.blocks[at].gap_before)),
    ]);
}

fn phrase(context: &Context<'_>, at: usize, out: &mut impl Sink) {
    let found = context.phrases[at];
    out.put(PHRASE_LABELS.map(|(label, name)| (name, flag(found.is_some_and(|found| found.label == label)))));
    let fit = found.map_or(0.0, |found| match found.fit {
        Fit::Start => 1.0,
        Fit::Line => 2.0,
        Fit::Section => 3.0,
    });
    out.put([("phrase_fit", fit)]);
}

fn repetition(context: &Context<'_>, at: usize, out: &mut impl Sink) {
    out.put([
        ("copies", to_f32(context.copies[at])),
        ("is_later_copy", flag((context.first_copy[at] as usize) < at)),
        ("title_likeness", context.title_likeness[at]),
        ("likeness_to_title_block", context.likeness_to_title[at]),
        ("lead_likeness", context.lead_likeness[at]),
        ("body_likeness", context.body_likeness[at]),
    ]);
}

fn position(context: &Context<'_>, at: usize, out: &mut impl Sink) {
    let n = context.len();
    let from_title = context.title.map_or(f32::NAN, |title| signed(at, title).clamp(-40.0, 200.0));
    let (start, end) = context.span;
    out.put([
        ("relative_index", count(at) / count(n)),
        ("blocks", count(n)),
        ("from_title", from_title),
        ("from_span_start", signed(at, start).clamp(-60.0, 60.0)),
        ("from_span_end", signed(at, end).clamp(-60.0, 60.0)),
        ("in_span", flag(at >= start && at < end)),
        ("span_share", count(end - start) / count(n)),
    ]);
}

#[expect(clippy::cast_precision_loss, clippy::cast_possible_wrap, reason = "block indexes are small")]
fn signed(at: usize, from: usize) -> f32 {
    (at as isize - from as isize) as f32
}

/// Blocks before and after that the window sums look at.
const WINDOW: usize = 8;
/// Blocks before a block in which the last phrase that opened a section is looked for.
const MARKER_REACH: usize = 60;

fn surroundings(context: &Context<'_>, at: usize, out: &mut impl Sink) {
    let (n, around) = (context.len(), &context.around);
    let before = at.saturating_sub(WINDOW)..at;
    let after = (at + 1).min(n)..(at + 1 + WINDOW).min(n);
    let marker = around.last_section(&(at.saturating_sub(MARKER_REACH)..at + 1));
    let prose_since = marker.map_or(f32::NAN, |marker| to_f32(around.prose(&(marker..at))));
    out.put([
        ("prose_before", around.prose_weight(&before)),
        ("prose_after", around.prose_weight(&after)),
        ("since_prose", around.last_prose(&before).map_or(20.0, |last| count(at - 1 - last))),
        ("until_prose", around.first_prose(&after).map_or(20.0, |next| count(next - at - 1))),
        ("since_marker", marker.map_or(f32::NAN, |marker| count(at - marker))),
        ("prose_since_marker", prose_since),
        ("phrases_before", to_f32(around.phrases(&before))),
        ("phrases_after", to_f32(around.phrases(&after))),
        ("copies_before", to_f32(around.copies(&before))),
        ("copies_after", to_f32(around.copies(&after))),
    ]);
}

fn markup(context: &Context<'_>, at: usize, dom: &DomFacts, out: &mut impl Sink) {
    let kind = context.page.blocks[at].kind;
    let weight = context.shapes[at].weight.max(1.0);
    out.put([
        ("link_density", to_f32(dom.link_chars) / weight),
        ("links", to_f32(dom.links)),
        ("strong_density", to_f32(dom.strong_chars) / weight),
        ("kind", kind_code(kind)),
        ("heading", if let Kind::Heading(level) = kind { f32::from(level) } else { 0.0 }),
    ]);
    let hints = |name: fn(Hint) -> &'static str, said: Hints| {
        let feature = |at: usize| (name(Hint::ALL[at]), flag(said.has(Hint::ALL[at])));
        array::from_fn::<_, { Hint::ALL.len() }, _>(feature)
    };
    out.put(hints(Hint::near_name, dom.near));
    out.put(hints(Hint::all_name, context.hints_around(dom)));
    let of = |shares: &[f32]| shares.get(at).copied().unwrap_or(f32::NAN);
    out.put([("template_share", of(&context.kinship.template)), ("path_share", of(&context.kinship.path))]);
}

fn kind_code(kind: Kind) -> f32 {
    match kind {
        Kind::Paragraph | Kind::Stated => 1.0,
        Kind::Loose => 2.0,
        Kind::Quote => 3.0,
        Kind::Item => 4.0,
        Kind::Row => 5.0,
        Kind::Caption => 6.0,
        Kind::Pre => 7.0,
        Kind::Heading(_) => 8.0,
        Kind::Control => 9.0,
        Kind::Line => f32::NAN,
    }
}

fn tree(context: &Context<'_>, dom: &DomFacts, out: &mut impl Sink) {
    const NAMES: [&str; 18] = [
        "depth",
        "own_prose",
        "own_blocks",
        "own_link_density",
        "own_share",
        "parent_prose",
        "parent_blocks",
        "parent_link_density",
        "parent_share",
        "grandparent_prose",
        "grandparent_blocks",
        "grandparent_link_density",
        "grandparent_share",
        "up_to_main",
        "down_from_main",
        "up_to_best",
        "down_from_best",
        "page_prose",
    ];
    let (tree, containers) = (&context.tree, &context.page.containers);
    let own = dom.container as usize;
    let parent = containers[own].parent as usize;
    let grandparent = containers[parent].parent as usize;
    let page_prose = tree.sums[0].prose;
    let mut values = [0.0; NAMES.len()];
    values[0] = to_f32(containers[own].depth);
    for (values, container) in values[1..13].chunks_exact_mut(4).zip([own, parent, grandparent]) {
        let sums = &tree.sums[container];
        values.copy_from_slice(&[
            sums.prose,
            sums.blocks,
            sums.linked / sums.text.max(1.0),
            sums.prose / page_prose.max(1.0),
        ]);
    }
    for (values, way) in values[13..17].chunks_exact_mut(2).zip([tree.to_main[own], tree.to_best[own]]) {
        values.copy_from_slice(&[to_f32(way.up), to_f32(way.down)]);
    }
    values[17] = page_prose;
    out.put(named(NAMES, values));
}

fn named<const N: usize>(names: [&'static str; N], values: [f32; N]) -> [(&'static str, f32); N] {
    array::from_fn(|at| (names[at], values[at]))
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

fn neighbours(context: &Context<'_>, at: usize, out: &mut impl Sink) {
    for (names, offset) in NEIGHBOUR_NAMES.iter().zip(NEIGHBOURS) {
        let values = neighbour(context, at, offset).map_or([f32::NAN; 4], |other| {
            [
                context.shapes[other].weight,
                flag(context.shapes[other].ends_sentence),
                flag(context.phrases[other].is_some()),
                context.title_likeness[other],
            ]
        });
        out.put(named(*names, values));
    }
}

fn neighbour(context: &Context<'_>, at: usize, offset: isize) -> Option<usize> {
    at.checked_add_signed(offset).filter(|other| *other < context.len())
}

/// Names of what a row tells of each neighbour's element, by its offset.
const AROUND_NAMES: [[&str; 3]; 6] = [
    ["-3.link_density", "-3.kind", "-3.same_container"],
    ["-2.link_density", "-2.kind", "-2.same_container"],
    ["-1.link_density", "-1.kind", "-1.same_container"],
    ["+1.link_density", "+1.kind", "+1.same_container"],
    ["+2.link_density", "+2.kind", "+2.same_container"],
    ["+3.link_density", "+3.kind", "+3.same_container"],
];

fn around(context: &Context<'_>, at: usize, dom: &DomFacts, out: &mut impl Sink) {
    for (names, offset) in AROUND_NAMES.iter().zip(NEIGHBOURS) {
        let other = neighbour(context, at, offset);
        let element = other.and_then(|other| Some((other, context.page.blocks[other].dom.as_ref()?)));
        let values = element.map_or([f32::NAN; 3], |(other, element)| {
            [
                context.link_density(other),
                kind_code(context.page.blocks[other].kind),
                flag(same_place(context, dom.container, element.container)),
            ]
        });
        out.put(named(*names, values));
    }
}

/// Same container, or siblings: paragraphs are elements of their own below one parent.
fn same_place(context: &Context<'_>, a: u32, b: u32) -> bool {
    let parent = |container: u32| context.page.containers[container as usize].parent;
    a == b || parent(a) == parent(b) || parent(a) == b || parent(b) == a
}
