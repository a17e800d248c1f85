//! Where the prose stands in the tree: how much of it each container holds, and the container that holds most.
//!
//! Enters: containers and what their blocks weigh. Leaves: [`Tree`]. For flattened text there is none.

use crate::segment::block::{Container, Segmented};

/// Prose by container.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    /// Weight of all text below a container.
    pub text: Vec<f32>,
    /// Weight of linked text below it.
    pub linked: Vec<f32>,
    /// Weight of prose below it.
    pub prose: Vec<f32>,
    /// Weight of prose that stands directly in it.
    pub own_prose: Vec<f32>,
    /// Blocks that stand directly in it.
    pub own_blocks: Vec<f32>,
    /// Blocks below it.
    pub blocks: Vec<f32>,
    /// The deepest container that holds most of the page's prose.
    pub main: u32,
    /// The container that holds most prose in its own paragraphs, wrappers of single paragraphs passed over.
    pub best: u32,
}

/// Share of the page's prose that the main container holds.
const MAIN_SHARE: f32 = 0.6;

impl Tree {
    /// Sums up what the blocks weigh. `weights` holds, for each block, text, linked text and prose.
    #[must_use]
    pub fn of(page: &Segmented, weights: &[(f32, f32, f32)]) -> Tree {
        let count = page.containers.len();
        let zeros = || vec![0.0; count];
        let mut tree = Tree {
            text: zeros(),
            linked: zeros(),
            prose: zeros(),
            own_prose: zeros(),
            own_blocks: zeros(),
            blocks: zeros(),
            main: 0,
            best: 0,
        };
        for (block, (text, linked, prose)) in page.blocks.iter().zip(weights) {
            let Some(dom) = &block.dom else { continue };
            let at = dom.container as usize;
            tree.text[at] += text;
            tree.linked[at] += linked;
            tree.prose[at] += prose;
            tree.own_prose[at] += prose;
            tree.own_blocks[at] += 1.0;
            tree.blocks[at] += 1.0;
        }
        for at in (1..count).rev() {
            let parent = page.containers[at].parent as usize;
            tree.text[parent] += tree.text[at];
            tree.linked[parent] += tree.linked[at];
            tree.prose[parent] += tree.prose[at];
            tree.blocks[parent] += tree.blocks[at];
        }
        tree.main = tree.main_of(&page.containers);
        tree.best = tree.best_of(&page.containers);
        tree
    }

    /// Children stand after parents, so the last container with the share is the deepest.
    fn main_of(&self, containers: &[Container]) -> u32 {
        let Some(total) = self.prose.first().copied().filter(|total| *total > 0.0) else { return 0 };
        let deepest = (0..containers.len())
            .filter(|at| self.prose[*at] >= total * MAIN_SHARE)
            .max_by_key(|at| (containers[*at].depth, *at));
        let mut main = deepest.unwrap_or(0);
        // A single long paragraph is not the main container: its parent is.
        while self.blocks[main] <= 1.0 && main != 0 {
            main = containers[main].parent as usize;
        }
        u32::try_from(main).unwrap_or(0)
    }

    fn best_of(&self, containers: &[Container]) -> u32 {
        let mut sums = vec![0.0_f32; containers.len()];
        for at in 1..containers.len() {
            // A paragraph's element votes for its parent, as in Readability, and half for its grandparent.
            let parent = containers[at].parent as usize;
            sums[parent] += self.own_prose[at];
            sums[containers[parent].parent as usize] += self.own_prose[at] / 2.0;
        }
        let best = (0..sums.len()).max_by(|a, b| sums[*a].total_cmp(&sums[*b])).unwrap_or(0);
        u32::try_from(best).unwrap_or(0)
    }

    /// Steps from a container up to the meeting point with another, and down from there.
    #[must_use]
    pub fn distance(containers: &[Container], from: u32, to: u32) -> (u32, u32) {
        let (mut a, mut b, mut up, mut down) = (from as usize, to as usize, 0, 0);
        while a != b {
            if containers[a].depth >= containers[b].depth {
                a = containers[a].parent as usize;
                up += 1;
            } else {
                b = containers[b].parent as usize;
                down += 1;
            }
        }
        (up, down)
    }
}
