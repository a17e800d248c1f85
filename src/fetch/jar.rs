//! Cookies of one visit.
//!
//! Enters: `Set-Cookie` fields and the URL that sent them. Leaves: a `Cookie` field for a URL.
//! Invariant: number and size are bounded, and no cookie reaches a host that it was not set for.

use std::sync::Mutex;

/// Cookies that one visit has been given.
#[derive(Debug, Default)]
pub struct Jar {
    store: Mutex<cookie_store::CookieStore>,
}
