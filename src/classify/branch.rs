//! Which part of the page each container belongs to, seen from the container of the best prose: the branch that leaves
//! the way to it, the group of blocks around each container however many wrappers stand between, and how many siblings
//! are made alike.
//!
//! Enters: containers, what they hold, the best of them. Leaves: [`Branches`]; empty for flattened text.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::classify::tree::{Sums, Tree};
use crate::rules::markup::Hints;
use crate::segment::block::{Container, DomFacts, Segmented};

/// Groups that are looked at, from the nearest outwards.
pub const LEVELS: usize = 3;

/// What a container's surroundings are.
#[derive(Debug, Clone, Copy, Default)]
pub struct Place {
    /// The containers around that hold two blocks or more, and each more than the one before: a wrapper holds no more.
    pub groups: [u32; LEVELS],
    /// The outermost container around that does not hold the best one; itself where it does.
    pub branch: u32,
    /// The outermost container around below the meeting point with the best one that has siblings like it; the branch
    /// where none has.
    pub record: u32,
    /// What elements between it and the meeting point say.
    pub own_way: Hints,
}

/// Blocks below a container.
#[derive(Debug, Clone, Copy)]
pub struct Extent {
    /// The first.
    pub first: u32,
    /// One behind the last.
    pub end: u32,
}

/// The surroundings of each container.
#[derive(Debug, Clone, Default)]
pub struct Branches {
    /// Prose by container.
    pub tree: Tree,
    /// By container.
    pub places: Vec<Place>,
    /// By container, the siblings with text and its signature, itself among them.
    pub alike: Vec<u32>,
    /// By container.
    pub extents: Vec<Extent>,
    /// For each block the share of the best container's prose that stands before it.
    pub done: Vec<f32>,
}

/// Siblings from which a container is one of several data records (Liu, Grossman and Zhai 2003, Mining Data Records in Web
/// Pages).
const RECORDS: u32 = 3;

impl Branches {
    /// Reads where each container stands. `prose` holds the weight of prose of each block, `tree` its sums.
    #[must_use]
    pub fn of(page: &Segmented, tree: Tree, prose: &[f32]) -> Branches {
        let containers = &page.containers;
        if containers.is_empty() {
            return Branches::default();
        }
        let extents = extents(page);
        let alike = alike(containers, &tree.sums);
        let places = places(containers, &tree, &alike);
        let done = done(prose, extents[tree.best]);
        Branches { tree, places, alike, extents, done }
    }

    /// The surroundings of a block's container.
    #[must_use]
    pub fn place(&self, dom: &DomFacts) -> &Place {
        &self.places[dom.container as usize]
    }
}

fn extents(page: &Segmented) -> Vec<Extent> {
    let mut extents = vec![Extent { first: u32::MAX, end: 0 }; page.containers.len()];
    for (dom, at) in page.doms.iter().zip(0..) {
        let own = &mut extents[dom.container as usize];
        own.first = own.first.min(at);
        own.end = at + 1;
    }
    for at in (1..extents.len()).rev() {
        let own = extents[at];
        let parent = &mut extents[page.containers[at].parent as usize];
        parent.first = parent.first.min(own.first);
        parent.end = parent.end.max(own.end);
    }
    extents
}

fn alike(containers: &[Container], sums: &[Sums]) -> Vec<u32> {
    let mut counts: HashMap<(u32, u32), u32, RandomState> = HashMap::default();
    let key = |at: usize| (containers[at].parent, containers[at].signature);
    for at in (0..containers.len()).filter(|at| sums[*at].blocks > 0.0) {
        *counts.entry(key(at)).or_default() += 1;
    }
    (0..containers.len()).map(|at| counts.get(&key(at)).copied().unwrap_or(0)).collect()
}

/// Parents stand before their children.
fn places(containers: &[Container], Tree { sums, to_best, .. }: &Tree, alike: &[u32]) -> Vec<Place> {
    let is_around_best = |at: usize| to_best[at].up == 0;
    // The nearest container around that holds more blocks.
    let mut wider: Vec<u32> = Vec::with_capacity(containers.len());
    let mut places: Vec<Place> = Vec::with_capacity(containers.len());
    for (at, number) in (0..containers.len()).zip(0_u32..) {
        let parent = containers[at].parent;
        let above = parent as usize;
        wider.push(match wider.get(above) {
            Some(_) if sums[above].blocks > sums[at].blocks => parent,
            Some(up) => *up,
            None => 0,
        });
        let mut place = Place { branch: number, record: number, ..Place::default() };
        let mut group = if sums[at].blocks > 1.0 { number } else { wider[at] };
        for level in &mut place.groups {
            *level = group;
            group = wider[group as usize];
        }
        if let Some(around) = places.get(above).copied()
            && !is_around_best(at)
        {
            let leaves = is_around_best(above);
            place.branch = if leaves { number } else { around.branch };
            // The outermost record; the branch itself where there is none.
            let stands_in_record = !leaves && alike[around.record as usize] >= RECORDS;
            place.record =
                if leaves || alike[at] >= RECORDS && !stands_in_record { number } else { around.record };
            place.own_way = around.own_way.and(containers[at].own);
        }
        places.push(place);
    }
    places
}

fn done(prose: &[f32], best: Extent) -> Vec<f32> {
    let within = best.first as usize..best.end as usize;
    let total = prose.get(within.clone()).unwrap_or_default().iter().sum::<f32>().max(1.0);
    let mut sum = 0.0;
    let before = |(at, prose): (usize, &f32)| {
        let before = sum / total;
        sum += if within.contains(&at) { *prose } else { 0.0 };
        before
    };
    prose.iter().enumerate().map(before).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::shape::Shape;
    use crate::classify::tests::page;

    const PAGE: &str = "<div class=a><div class=wrap><p>The first paragraph of the text, which is \
        long enough to count as prose.</p></div><p>The second paragraph of the text, which is long enough as well, and \
        more.</p></div><div class=b><div class=row><h3>One</h3><p>1</p></div><div class=row><h3>Two</h3><p>2</p></div>\
        <div class=row><h3>Three</h3><p>3</p></div></div>";

    #[test]
    fn blocks_stand_in_branches_groups_and_records() {
        let page = page(PAGE);
        let shapes: Vec<Shape> =
            page.blocks.iter().map(|block| Shape::read(&block.text, &mut Vec::new())).collect();
        let prose: Vec<f32> =
            shapes.iter().map(|shape| if shape.ends_sentence { shape.weight } else { 0.0 }).collect();
        let branches = Branches::of(&page, Tree::of(&page, &shapes, &prose), &prose);
        let place = |at: usize| branches.place(&page.doms[at]);
        let blocks = |container: u32| branches.tree.sums[container as usize].blocks;
        let inside = |at: usize| branches.tree.to_best[page.doms[at].container as usize].down == 0;
        // Paragraphs: inside the best container, a wrapper passed over.
        assert!(inside(0) && inside(1) && !inside(2));
        assert_eq!(place(0).groups[0], place(1).groups[0]);
        // A record's heading: a group of two in a group of six, which is its branch.
        let [row, list, _] = place(4).groups;
        assert!((blocks(row) - 2.0).abs() < 0.1 && (blocks(list) - 6.0).abs() < 0.1);
        assert_eq!((place(4).branch, place(4).record), (list, row));
        assert_eq!(branches.alike[row as usize], 3);
        assert!(branches.done[0].abs() < 0.01 && branches.done[1] > 0.3 && branches.done[2] > 0.99);
    }
}
