//! The blocks on their way to their labels, and the bounds of log-odds that the steps on this way share.

use std::sync::Arc;

use crate::classify::Known;
use crate::classify::context::Context;
use crate::classify::evidence::Signal;
use crate::label::Label;

/// Log-odds from which a block is text although its words or its place say that it is not.
pub(super) const IN_SPITE: f32 = 2.0;
/// Log-odds of a block that is taken in after all.
pub(super) const MENDED: f32 = 0.1;
/// Log-odds above which the model is in doubt, and of a block that is taken out.
pub(super) const DOUBT: f32 = -1.0;
/// Share of a line in links from which it is nothing else.
pub(super) const LINKED: f32 = 0.8;
/// Weight from which a block of text is a paragraph that counts for the article's bounds.
pub(super) const SOLID: f32 = 60.0;

/// The blocks on their way to their labels.
pub(super) struct Draft<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) known: Known<'a>,
    /// Log-odds of the model.
    pub(super) scores: Vec<f32>,
    /// Labels, once claimed.
    pub(super) labels: Vec<Option<Label>>,
    /// The signals that decided them; the model's where none did.
    pub(super) signals: Vec<Signal>,
}

impl Draft<'_> {
    pub(super) fn claim(&mut self, at: usize, label: Label, signal: Signal) {
        if self.is_free(at) {
            self.overrule(at, label, signal);
        }
    }

    /// Claims what another claim may have.
    pub(super) fn overrule(&mut self, at: usize, label: Label, signal: Signal) {
        self.labels[at] = Some(label);
        self.signals[at] = signal;
    }

    /// Claims a free block by a signal's name and rule, which are written where they are kept: a signal that is written in
    /// pieces and copied as a whole is waited for, and most blocks come by here.
    pub(super) fn settle(&mut self, at: usize, label: Label, name: &'static str, rule: Option<&Arc<str>>) {
        self.labels[at] = Some(label);
        let own = &mut self.signals[at];
        (own.name, own.weight) = (name, None);
        own.rule = rule.cloned();
    }

    /// Takes a block out, unless a signal claims it: it has no more than [`DOUBT`].
    pub(super) fn doubt(&mut self, at: usize) {
        self.scores[at] = self.scores[at].min(DOUBT);
    }

    pub(super) fn label(&self, at: usize) -> Option<Label> {
        self.labels[at]
    }

    pub(super) fn is_free(&self, at: usize) -> bool {
        self.labels[at].is_none()
    }

    /// Free blocks that the model takes for article text.
    pub(super) fn is_text(&self, at: usize) -> bool {
        self.scores[at] > 0.0 && self.is_free(at)
    }
}
