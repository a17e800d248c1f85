//! Whether a failed visit is tried again, and when.
