//! Rules as data.

/// Site rules and phrases, compiled once.
#[derive(Debug, Clone, Default)]
pub struct RuleSet {}
