//! A small newspaper on loopback: pages, feeds, sitemaps and robots.txt, for trying the fetcher on.
//!
//! Enters: a seed, a port. Leaves: a server that the example runs and tests start in a thread.
//! Invariant: the same seed gives the same site, whatever was asked before, until something is published or edited.

mod article;
mod bank;
mod fault;
mod feed;
mod http;
mod layout;
mod page;
mod server;
mod site;

#[allow(unused_imports, reason = "the example needs less than the tests")]
pub(crate) use article::{Article, Block};
#[allow(unused_imports, reason = "the example needs less than the tests")]
pub(crate) use server::Entry;
pub(crate) use server::{Newsroom, Options};
#[allow(unused_imports, reason = "the example needs less than the tests")]
pub(crate) use site::Site;
