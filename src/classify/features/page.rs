//! What only pages tell of a block: its markup, and where its element stands in the tree.
//!
//! Enters: a [`Context`] of a page. Leaves: features for the row, behind those that flattened text tells too.

use super::{NEIGHBOURS, Sink, flag};
use crate::classify::branch::{LEVELS, Place};
use crate::classify::context::Context;
use crate::classify::number::to_f32;
use crate::rules::markup::Hint;
use crate::segment::block::{DomFacts, Kind};

/// All of them.
pub(super) fn features(context: &Context<'_>, out: &mut impl Sink) {
    markup(context, out);
    tree(context, out);
    around(context, out);
    groups(context, out);
    branches(context, out);
}

fn markup(context: &Context<'_>, out: &mut impl Sink) {
    let (blocks, doms) = (&context.page.blocks[..], &context.page.doms[..]);
    let density = |at: usize, chars: u32| to_f32(chars) / context.shapes[at].weight.max(1.0);
    out.put_at("link_density", |at| density(at, doms[at].link_chars));
    out.put("links", doms, |dom| to_f32(dom.links));
    out.put_at("strong_density", |at| density(at, doms[at].strong_chars));
    out.put("kind", blocks, |block| kind_code(block.kind));
    let level = |kind: Kind| if let Kind::Heading(level) = kind { f32::from(level) } else { 0.0 };
    out.put("heading", blocks, |block| level(block.kind));
    for hint in Hint::ALL.iter().copied() {
        out.put(hint.near_name(), doms, |dom| flag(dom.near.has(hint)));
    }
    for hint in Hint::ALL.iter().copied() {
        out.put(hint.all_name(), doms, |dom| flag(context.hints_around(dom).has(hint)));
    }
    out.put("template_share", &context.kinship.template, |share| *share);
    out.put("path_share", &context.kinship.path, |share| *share);
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

fn tree(context: &Context<'_>, out: &mut impl Sink) {
    let (tree, containers, doms) = (&context.tree, &context.page.containers, &context.page.doms[..]);
    let page_prose = tree.prose();
    let up = |dom: &DomFacts, steps: usize| {
        (0..steps).fold(dom.container as usize, |at, _| containers[at].parent as usize)
    };
    out.put("depth", doms, |dom| to_f32(containers[up(dom, 0)].depth));
    for (steps, [prose, blocks, link_density, share]) in TREE_NAMES.into_iter().enumerate() {
        let sums = |dom: &DomFacts| tree.sums[up(dom, steps)];
        out.put(prose, doms, |dom| sums(dom).prose);
        out.put(blocks, doms, |dom| sums(dom).blocks);
        out.put(link_density, doms, |dom| sums(dom).link_density());
        out.put(share, doms, |dom| tree.share(sums(dom)));
    }
    for (ways, [up_name, down_name]) in [&tree.to_main, &tree.to_best].into_iter().zip(WAY_NAMES) {
        let way = |dom: &DomFacts| ways[dom.container as usize];
        out.put(up_name, doms, |dom| to_f32(way(dom).up));
        out.put(down_name, doms, |dom| to_f32(way(dom).down));
    }
    out.put_same("page_prose", page_prose);
}

/// Names of what a row tells of a block's container and of the two around it.
const TREE_NAMES: [[&str; 4]; 3] = [
    ["own_prose", "own_blocks", "own_link_density", "own_share"],
    ["parent_prose", "parent_blocks", "parent_link_density", "parent_share"],
    ["grandparent_prose", "grandparent_blocks", "grandparent_link_density", "grandparent_share"],
];
/// Names of the ways to the main container and to the best.
const WAY_NAMES: [[&str; 2]; 2] = [["up_to_main", "down_from_main"], ["up_to_best", "down_from_best"]];

/// Names of what a row tells of each neighbour's element, by its offset.
const AROUND_NAMES: [[&str; 3]; 6] = [
    ["-3.link_density", "-3.kind", "-3.same_container"],
    ["-2.link_density", "-2.kind", "-2.same_container"],
    ["-1.link_density", "-1.kind", "-1.same_container"],
    ["+1.link_density", "+1.kind", "+1.same_container"],
    ["+2.link_density", "+2.kind", "+2.same_container"],
    ["+3.link_density", "+3.kind", "+3.same_container"],
];

fn around(context: &Context<'_>, out: &mut impl Sink) {
    let (blocks, doms) = (&context.page.blocks[..], &context.page.doms[..]);
    for ([density, kind, same_container], offset) in AROUND_NAMES.into_iter().zip(NEIGHBOURS) {
        let other = |at: usize| at.checked_add_signed(offset).filter(|other| *other < context.len());
        let same = |at: usize, other: usize| same_place(context, doms[at].container, doms[other].container);
        out.put_at(density, |at| other(at).map_or(f32::NAN, |other| context.link_density(other)));
        out.put_beside(kind, blocks, offset, |block| kind_code(block.kind));
        out.put_at(same_container, |at| other(at).map_or(f32::NAN, |other| flag(same(at, other))));
    }
}

/// Same container, or siblings: paragraphs are elements of their own below one parent.
fn same_place(context: &Context<'_>, a: u32, b: u32) -> bool {
    let parent = |container: u32| context.page.containers[container as usize].parent;
    a == b || parent(a) == parent(b) || parent(a) == b || parent(b) == a
}

/// Names of what a row tells of the groups around a block.
const GROUP_NAMES: [[&str; 4]; LEVELS] = [
    ["group1.blocks", "group1.link_density", "group1.share", "group1.mean"],
    ["group2.blocks", "group2.link_density", "group2.share", "group2.mean"],
    ["group3.blocks", "group3.link_density", "group3.share", "group3.mean"],
];

/// What a block's groups hold, and what stands before and behind the nearest.
fn groups(context: &Context<'_>, out: &mut impl Sink) {
    let (branches, doms) = (&context.branches, &context.page.doms[..]);
    let tree = &branches.tree;
    for (level, [blocks, link_density, share, mean]) in GROUP_NAMES.into_iter().enumerate() {
        let sums = |dom: &DomFacts| tree.sums[branches.place(dom).groups[level] as usize];
        out.put(blocks, doms, |dom| sums(dom).blocks);
        out.put(link_density, doms, |dom| sums(dom).link_density());
        out.put(share, doms, |dom| tree.share(sums(dom)));
        out.put(mean, doms, |dom| sums(dom).text / sums(dom).blocks.max(1.0));
    }
    let extent = |dom: &DomFacts| branches.extents[branches.place(dom).groups[0] as usize];
    let before = |dom: &DomFacts| (extent(dom).first as usize).checked_sub(1);
    let after = |dom: &DomFacts| Some(extent(dom).end as usize).filter(|at| *at < context.len());
    let shape = |at: usize| &context.shapes[at];
    let up = |at: usize| to_f32(tree.to_best[doms[at].container as usize].up);
    let mut put =
        |name: &'static str, at: &dyn Fn(&DomFacts) -> Option<usize>, value: &dyn Fn(usize) -> f32| {
            out.put(name, doms, |dom| at(dom).map_or(f32::NAN, value));
        };
    put("group_before.weight", &before, &|at| shape(at).weight);
    put("group_before.ends_colon", &before, &|at| flag(shape(at).ends_colon));
    put("group_before.ends_sentence", &before, &|at| flag(shape(at).ends_sentence));
    put("group_before.link_density", &before, &|at| context.link_density(at));
    put("group_before.kind", &before, &|at| kind_code(context.page.blocks[at].kind));
    put("group_before.up", &before, &up);
    put("group_after.weight", &after, &|at| shape(at).weight);
    put("group_after.ends_sentence", &after, &|at| flag(shape(at).ends_sentence));
    put("group_after.up", &after, &up);
}

/// The branch and the record that a block stands in, and how far the prose is done there.
fn branches(context: &Context<'_>, out: &mut impl Sink) {
    let (branches, doms) = (&context.branches, &context.page.doms[..]);
    let tree = &branches.tree;
    let mut holds = |[blocks, share, link_density]: [&'static str; 3], holder: fn(&Place) -> u32| {
        let sums = |dom: &DomFacts| tree.sums[holder(branches.place(dom)) as usize];
        out.put(blocks, doms, |dom| sums(dom).blocks);
        out.put(share, doms, |dom| tree.share(sums(dom)));
        out.put(link_density, doms, |dom| sums(dom).link_density());
    };
    holds(["branch.blocks", "branch.share", "branch.link_density"], |place| place.branch);
    holds(["record.blocks", "record.share", "record.link_density"], |place| place.record);
    let alike = |at: u32| to_f32(branches.alike[at as usize]);
    out.put("branch.alike", doms, |dom| alike(branches.place(dom).branch));
    out.put("record.alike", doms, |dom| alike(branches.place(dom).record));
    let way = |dom: &DomFacts| tree.to_best[dom.container as usize];
    out.put("branch.inside", doms, |dom| flag(way(dom).down == 0));
    out.put("clear.up_to_best", doms, |dom| to_f32(way(dom).up));
    out.put("clear.down_from_best", doms, |dom| to_f32(way(dom).down));
    let share = tree.prose() / context.tree.prose().max(1.0);
    out.put_same("clear.share", share);
    out.put("prose_done", &branches.done, |share| *share);
    for hint in Hint::ALL.iter().copied() {
        out.put(hint.way_name(), doms, |dom| flag(branches.place(dom).own_way.has(hint)));
    }
}
