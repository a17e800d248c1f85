//! Where the prose stands in the tree: how much of it each container holds, and the container that holds most.
//!
//! Enters: containers and what their blocks weigh. Leaves: [`Tree`]. For flattened text there is none.

use crate::classify::number::to_f32;
use crate::classify::shape::Shape;
use crate::segment::block::{Container, Segmented};

/// What the blocks of one container weigh.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sums {
    /// Weight of all text below it.
    pub text: f32,
    /// Weight of linked text below it.
    pub linked: f32,
    /// Weight of prose below it.
    pub prose: f32,
    /// Weight of prose that stands directly in it.
    pub own_prose: f32,
    /// Blocks below it.
    pub blocks: f32,
}

impl Sums {
    /// Share of the text that is linked.
    #[must_use]
    pub fn link_density(&self) -> f32 {
        self.linked / self.text.max(1.0)
    }
}

/// Steps from a container up to its meeting point with another, and down from there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Way {
    /// Steps up.
    pub up: u32,
    /// Steps down.
    pub down: u32,
}

/// Prose by container.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    /// What each container holds.
    pub sums: Vec<Sums>,
    /// The deepest container that holds most of the page's prose.
    pub main: usize,
    /// The container that holds most prose in its own paragraphs.
    pub best: usize,
    /// The way from each container to the main one.
    pub to_main: Vec<Way>,
    /// The way to the best.
    pub to_best: Vec<Way>,
}

/// Share of the page's prose that the main container holds.
const MAIN_SHARE: f32 = 0.6;

impl Tree {
    /// Sums up what the blocks weigh; `prose` holds how much of each block is running text.
    #[must_use]
    pub fn of(page: &Segmented, shapes: &[Shape], prose: &[f32]) -> Tree {
        let containers = &page.containers;
        if containers.is_empty() {
            return Tree::default();
        }
        let mut tree = Tree { sums: vec![Sums::default(); containers.len()], ..Tree::default() };
        for ((dom, shape), prose) in page.doms.iter().zip(shapes).zip(prose) {
            let own = &mut tree.sums[dom.container as usize];
            own.text += shape.weight;
            own.linked += to_f32(dom.link_chars);
            own.prose += prose;
            own.own_prose += prose;
            own.blocks += 1.0;
        }
        for at in (1..containers.len()).rev() {
            let own = tree.sums[at];
            let parent = &mut tree.sums[containers[at].parent as usize];
            parent.text += own.text;
            parent.linked += own.linked;
            parent.prose += own.prose;
            parent.blocks += own.blocks;
        }
        tree.main = tree.main_of(containers);
        tree.to_main = ways(containers, tree.main);
        tree.best = tree.best_of(containers);
        tree.to_best = ways(containers, tree.best);
        tree
    }

    /// Weight of the page's prose.
    #[must_use]
    pub fn prose(&self) -> f32 {
        self.sums.first().map_or(0.0, |root| root.prose)
    }

    /// Share of the page's prose.
    #[must_use]
    pub fn share(&self, sums: Sums) -> f32 {
        sums.prose / self.prose().max(1.0)
    }

    /// The container that holds both the main one and another.
    #[must_use]
    pub fn meeting(&self, page: &Segmented, container: usize) -> usize {
        (0..self.to_main[container].up).fold(container, |at, _| page.containers[at].parent as usize)
    }

    /// Children stand after parents, so the last container with the share is the deepest.
    fn main_of(&self, containers: &[Container]) -> usize {
        let Some(total) = self.sums.first().map(|root| root.prose).filter(|total| *total > 0.0) else {
            return 0;
        };
        let deepest = (0..containers.len())
            .filter(|at| self.sums[*at].prose >= total * MAIN_SHARE)
            .max_by_key(|at| (containers[*at].depth, *at));
        let mut main = deepest.unwrap_or(0);
        // A single long paragraph is not the main container: its parent is.
        while self.sums[main].blocks <= 1.0 && main != 0 {
            main = containers[main].parent as usize;
        }
        main
    }

    fn best_of(&self, containers: &[Container]) -> usize {
        let mut sums = vec![0.0_f32; containers.len()];
        for at in 1..containers.len() {
            // A paragraph's element votes for its parent, as in Readability, and half for its grandparent.
            let parent = containers[at].parent as usize;
            sums[parent] += self.sums[at].own_prose;
            sums[containers[parent].parent as usize] += self.sums[at].own_prose / 2.0;
        }
        (0..sums.len()).max_by(|a, b| sums[*a].total_cmp(&sums[*b])).unwrap_or(0)
    }
}

/// The way from each container to one of them. Parents stand before their children.
fn ways(containers: &[Container], target: usize) -> Vec<Way> {
    // The target and what it stands in: no step up leads from there.
    let mut around_target = vec![false; containers.len()];
    let mut at = target;
    while !std::mem::replace(&mut around_target[at], true) {
        at = containers[at].parent as usize;
    }
    let mut ways: Vec<Way> = Vec::with_capacity(containers.len());
    for (at, container) in containers.iter().enumerate() {
        ways.push(if around_target[at] {
            Way { up: 0, down: containers[target].depth.saturating_sub(container.depth) }
        } else {
            let above = ways.get(container.parent as usize).copied().unwrap_or_default();
            Way { up: above.up + 1, ..above }
        });
    }
    ways
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::markup::Hints;

    #[test]
    fn ways_lead_up_to_the_meeting_point_and_down() {
        // 0 holds 1 and 4; 1 holds 2, which holds 3; 4 holds 5.
        let containers: Vec<Container> = [(0, 0), (0, 1), (1, 2), (2, 3), (0, 1), (4, 2)]
            .map(|(parent, depth)| Container {
                parent,
                depth,
                own: Hints::default(),
                all: Hints::default(),
                signature: 0,
                asks: false,
            })
            .to_vec();
        let ways: Vec<(u32, u32)> = ways(&containers, 2).iter().map(|way| (way.up, way.down)).collect();
        assert_eq!(ways, [(0, 2), (0, 1), (0, 0), (1, 0), (1, 2), (2, 2)]);
    }
}
