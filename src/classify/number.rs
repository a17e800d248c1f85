//! Numbers of things as features: the model reads nothing but `f32`.

/// A count as a feature's value.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of a page's characters are far below the 24 bits of f32's mantissa"
)]
#[must_use]
pub fn to_f32(count: u32) -> f32 {
    count as f32
}

/// A number of things as a feature's value.
pub(crate) fn count(things: usize) -> f32 {
    to_f32(u32::try_from(things).unwrap_or(u32::MAX))
}
