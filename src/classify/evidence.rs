//! Why a block has its label.

use std::sync::Arc;

use serde::Serialize;
use smallvec::SmallVec;

/// The signals that decided a block's label, the deciding one first.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Evidence {
    /// Signals, the deciding one first.
    pub signals: Signals,
    /// The model's estimate that the block is article text, 0 to 1.
    pub score: f32,
}

/// A list of signals. Most blocks have one, which takes no room of its own.
pub type Signals = SmallVec<[Signal; 1]>;

/// One observation about a block.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Signal {
    /// The signal's name, such as `phrase` or `repeats_title`; for the model's, the feature's name.
    pub name: &'static str,
    /// Id and file of the rule behind it, where one stands behind it: `phrases/vi.toml#related.section`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<Arc<str>>,
    /// What it added to the log-odds that the block is article text, where it was weighed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<f32>,
}

impl Signal {
    /// A signal that decides by itself.
    #[must_use]
    pub fn plain(name: &'static str) -> Signal {
        Signal { name, rule: None, weight: None }
    }

    /// A signal with a rule behind it.
    #[must_use]
    pub fn of_rule(name: &'static str, rule: &Arc<str>) -> Signal {
        Signal { name, rule: Some(rule.clone()), weight: None }
    }

    /// A feature that the model weighed.
    #[must_use]
    pub fn weighed(name: &'static str, weight: f32) -> Signal {
        Signal { name, rule: None, weight: Some(weight) }
    }
}
