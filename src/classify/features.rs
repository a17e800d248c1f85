//! A block as numbers: what the model reads.
//!
//! Enters: a [`Context`] and a block's index. Leaves: a row of [`names`]`().len()` values. What flattened text or a bare
//! head cannot tell is `NaN`, which the model treats as "unknown", not as zero.

use std::array;

use crate::classify::context::{Context, to_f32};
use crate::label::Label;
use crate::rules::markup::{Hint, Hints};
use crate::rules::phrase::Fit;
use crate::segment::block::Kind;

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

/// Values of a row.
const WIDTH: usize = 200;

/// Collects names or values in one order, so that the two cannot part.
trait Sink {
    fn put<const N: usize>(&mut self, features: [(&str, f32); N]);

    /// Features of which nothing is known.
    fn pass<'a>(&mut self, names: impl ExactSizeIterator<Item = &'a str>);
}

struct Names(Vec<String>);

impl Sink for Names {
    fn put<const N: usize>(&mut self, features: [(&str, f32); N]) {
        self.0.extend(features.map(|(name, _)| name.to_owned()));
    }

    fn pass<'a>(&mut self, names: impl ExactSizeIterator<Item = &'a str>) {
        self.0.extend(names.map(str::to_owned));
    }
}

/// What is left of a row of unknown values, to be filled from the left.
struct Values<'a>(&'a mut [f32]);

impl Sink for Values<'_> {
    fn put<const N: usize>(&mut self, features: [(&str, f32); N]) {
        if let Some((slots, rest)) = std::mem::take(&mut self.0).split_first_chunk_mut() {
            *slots = features.map(|(_, value)| value);
            self.0 = rest;
        }
    }

    fn pass<'a>(&mut self, names: impl ExactSizeIterator<Item = &'a str>) {
        self.0 = std::mem::take(&mut self.0).get_mut(names.len()..).unwrap_or_default();
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

/// Appends a block's row.
pub fn fill(context: &Context<'_>, at: usize, out: &mut Vec<f32>) {
    let from = out.len();
    out.extend_from_slice(&[f32::NAN; WIDTH]);
    row(context, at, &mut Values(&mut out[from..]));
}

fn row(context: &Context<'_>, at: usize, out: &mut impl Sink) {
    own_shape(context, at, out);
    phrase(context, at, out);
    repetition(context, at, out);
    position(context, at, out);
    surroundings(context, at, out);
    markup(context, at, out);
    tree(context, at, out);
    neighbours(context, at, out);
}

fn flag(value: bool) -> f32 {
    f32::from(u8::from(value))
}

fn count(value: usize) -> f32 {
    to_f32(u32::try_from(value).unwrap_or(u32::MAX))
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
        (
            "gap_before",
            if context.page.containers.is_empty() {
                flag(context.page.blocks[at].gap_before)
            } else {
                f32::NAN
            },
        ),
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
        ("is_flat", flag(context.page.containers.is_empty())),
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

fn markup(context: &Context<'_>, at: usize, out: &mut impl Sink) {
    let block = &context.page.blocks[at];
    let Some(dom) = &block.dom else {
        out.pass(["link_density", "links", "strong_density", "kind", "heading"].into_iter());
        out.pass(Hint::ALL.iter().map(|hint| hint.near_name()));
        out.pass(Hint::ALL.iter().map(|hint| hint.all_name()));
        return;
    };
    let weight = context.shapes[at].weight.max(1.0);
    out.put([
        ("link_density", to_f32(dom.link_chars) / weight),
        ("links", to_f32(dom.links)),
        ("strong_density", to_f32(dom.strong_chars) / weight),
        ("kind", kind_code(block.kind)),
        ("heading", if let Kind::Heading(level) = block.kind { f32::from(level) } else { 0.0 }),
    ]);
    let hints = |value: fn(Hint) -> &'static str, said: Hints| {
        array::from_fn::<_, { Hint::ALL.len() }, _>(|at| {
            (value(Hint::ALL[at]), flag(said.has(Hint::ALL[at])))
        })
    };
    out.put(hints(Hint::near_name, dom.near));
    out.put(hints(Hint::all_name, dom.all));
}

fn kind_code(kind: Kind) -> f32 {
    match kind {
        Kind::Paragraph => 1.0,
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

/// Names of what a row tells of a block's containers.
const TREE_NAMES: [&str; 18] = [
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

fn tree(context: &Context<'_>, at: usize, out: &mut impl Sink) {
    let Some(dom) = &context.page.blocks[at].dom else {
        out.pass(TREE_NAMES.into_iter());
        return;
    };
    let (tree, containers) = (&context.tree, &context.page.containers);
    let own = dom.container as usize;
    let parent = containers[own].parent as usize;
    let grandparent = containers[parent].parent as usize;
    let page_prose = tree.sums[0].prose;
    let mut values = [0.0; TREE_NAMES.len()];
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
    out.put(named(TREE_NAMES, values));
}

fn named<const N: usize>(names: [&'static str; N], values: [f32; N]) -> [(&'static str, f32); N] {
    array::from_fn(|at| (names[at], values[at]))
}

/// Names of what a row tells of each neighbour, by its offset.
const NEIGHBOUR_NAMES: [[&str; 7]; 6] = [
    [
        "-3.weight",
        "-3.ends_sentence",
        "-3.link_density",
        "-3.kind",
        "-3.phrase",
        "-3.same_container",
        "-3.title_likeness",
    ],
    [
        "-2.weight",
        "-2.ends_sentence",
        "-2.link_density",
        "-2.kind",
        "-2.phrase",
        "-2.same_container",
        "-2.title_likeness",
    ],
    [
        "-1.weight",
        "-1.ends_sentence",
        "-1.link_density",
        "-1.kind",
        "-1.phrase",
        "-1.same_container",
        "-1.title_likeness",
    ],
    [
        "+1.weight",
        "+1.ends_sentence",
        "+1.link_density",
        "+1.kind",
        "+1.phrase",
        "+1.same_container",
        "+1.title_likeness",
    ],
    [
        "+2.weight",
        "+2.ends_sentence",
        "+2.link_density",
        "+2.kind",
        "+2.phrase",
        "+2.same_container",
        "+2.title_likeness",
    ],
    [
        "+3.weight",
        "+3.ends_sentence",
        "+3.link_density",
        "+3.kind",
        "+3.phrase",
        "+3.same_container",
        "+3.title_likeness",
    ],
];

fn neighbours(context: &Context<'_>, at: usize, out: &mut impl Sink) {
    let own = context.page.blocks[at].dom.as_ref();
    for (names, offset) in NEIGHBOUR_NAMES.iter().zip(NEIGHBOURS) {
        let Some(other) = at.checked_add_signed(offset).filter(|other| *other < context.len()) else {
            out.pass(names.iter().copied());
            continue;
        };
        let block = &context.page.blocks[other];
        let dom = block.dom.as_ref();
        let same = own.zip(dom).map(|(own, dom)| flag(same_place(context, own.container, dom.container)));
        let values = [
            context.shapes[other].weight,
            flag(context.shapes[other].ends_sentence),
            dom.map_or(f32::NAN, |_| context.link_density(other)),
            dom.map_or(f32::NAN, |_| kind_code(block.kind)),
            flag(context.phrases[other].is_some()),
            same.unwrap_or(f32::NAN),
            context.title_likeness[other],
        ];
        out.put(named(*names, values));
    }
}

/// Same container, or siblings: paragraphs are elements of their own below one parent.
fn same_place(context: &Context<'_>, a: u32, b: u32) -> bool {
    let parent = |container: u32| context.page.containers[container as usize].parent;
    a == b || parent(a) == parent(b) || parent(a) == b || parent(b) == a
}
