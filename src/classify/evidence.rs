//! Why a block has its label.

use serde::Serialize;

/// The signals that decided a block's label, the strongest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Evidence {
    /// Signals, the deciding one first.
    pub signals: Vec<Signal>,
    /// The model's estimate that the block is article text, 0 to 1.
    pub score: f32,
}

/// One observation about a block.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Signal {
    /// Name of the signal, such as `phrase` or `repeats_title`.
    pub name: &'static str,
    /// Id and file of the rule behind it, where a rule stands behind it: `phrases/vi.toml#related`.
    pub rule: Option<String>,
    /// How much it weighed, where it was weighed: log-odds in favour of the article.
    pub weight: Option<f32>,
}
