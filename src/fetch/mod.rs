//! Fetches: one exchange with a server at a time, within limits, and the rules of politeness around it.
//!
//! Enters: a URL. Leaves: status, fields and body as they were sent, or a typed error that names the URL.
//! Invariant: nothing is ever sent to an address that the guard refuses, at any hop.

pub mod politeness;
pub mod retry;
pub mod robots;
