//! What goes wrong at first.
//!
//! Enters: a seed, host and path, how often they were asked for. Leaves: a fault, or none.
//! Invariant: one path in five fails, once or twice, and then never again.

use std::hash::{DefaultHasher, Hash, Hasher};

/// A way for an answer to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Status500,
    /// 503 with `Retry-After: 1`.
    Status503,
    /// The connection is reset in place of an answer.
    Reset,
    /// Half of the body comes.
    Cut,
    /// The answer comes, slowly.
    Slow,
}

const ALL: [Fault; 5] = [Fault::Status500, Fault::Status503, Fault::Reset, Fault::Cut, Fault::Slow];

/// What becomes of the request, after `tries` earlier ones for the same. The port does not matter.
pub(super) fn fault(seed: u64, host: &str, target: &str, tries: u32) -> Option<Fault> {
    let host = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let mut hasher = DefaultHasher::new();
    (seed, host, target).hash(&mut hasher);
    let mut chance = fastrand::Rng::with_seed(hasher.finish());
    let is_faulty = chance.u32(0..5) == 0;
    let times = if chance.u32(0..4) == 0 { 2 } else { 1 };
    let kind = ALL[chance.usize(0..ALL.len())];
    (is_faulty && tries < times).then_some(kind)
}
