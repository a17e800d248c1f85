//! A paper whose feeds, sitemaps and pages are laid out by the test, and exchanged while it is read.
//!
//! Enters: answers by their paths. Leaves: a server of them, with validators, and the statuses that it gave.
//! Invariant: articles of all numbers are there, and everything that is laid out answers 304 to who has it.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex};

use super::*;
use crate::fetch::page;
use crate::fetch::server::{Asked, Server};

#[derive(Default)]
struct Shelf {
    replies: HashMap<String, Reply>,
    statuses: Vec<(String, u16)>,
}

pub(super) struct Paper {
    pub(super) server: Server,
    shelf: Arc<Mutex<Shelf>>,
}

impl Paper {
    /// A paper without feeds and without robots.txt.
    pub(super) fn open() -> Paper {
        Paper::on("127.0.0.1")
    }

    /// A paper on an address of loopback.
    pub(super) fn on(ip: &str) -> Paper {
        Paper::at(ip, 0)
    }

    /// A paper on an address and a port of it.
    pub(super) fn at(ip: &str, port: u16) -> Paper {
        let shelf = Arc::new(Mutex::new(Shelf::default()));
        let shared = Arc::clone(&shelf);
        let server = Server::start(ip, port, move |asked| {
            let laid = shared.lock().unwrap().replies.get(&asked.target).cloned();
            let reply = conditional(laid.unwrap_or_else(|| article_at(&asked.target)), asked);
            shared.lock().unwrap().statuses.push((asked.target.clone(), status(&reply)));
            reply
        });
        Paper { server, shelf }
    }

    /// What is answered at a path from here on.
    pub(super) fn lay(&self, path: &str, reply: Reply) {
        self.shelf.lock().unwrap().replies.insert(path.to_owned(), reply);
    }

    /// A feed of the articles of these numbers.
    pub(super) fn lay_feed(&self, numbers: impl IntoIterator<Item = usize>) {
        self.lay("/rss", xml(rss_of(numbers)));
    }

    pub(super) fn url(&self, path: &str) -> String {
        self.server.url(path)
    }

    /// A desk that may ask it.
    pub(super) fn desk(&self) -> Desk {
        Desk::new([self.server.port()])
    }

    /// Its feed as a source.
    pub(super) fn feed(&self, more: &str) -> String {
        source("đồng", "feed", &self.url("/rss"), more)
    }

    /// Targets and statuses since the last call, in the order of the answers.
    pub(super) fn news(&self) -> Vec<(String, u16)> {
        std::mem::take(&mut self.shelf.lock().unwrap().statuses)
    }

    /// Numbers of the articles that were asked for since the last call.
    pub(super) fn asked(&self) -> Vec<usize> {
        let news = self.news().into_iter();
        news.filter(|(target, _)| target.starts_with("/tin/")).map(|(target, _)| number_of(&target)).collect()
    }

    /// How often a path was asked for.
    pub(super) fn count(&self, path: &str) -> usize {
        self.server.targets().iter().filter(|target| *target == path).count()
    }
}

fn article_at(target: &str) -> Reply {
    match number_of(target) {
        0 => Reply::status(404),
        number => Reply::html(page(number)),
    }
}

fn status(reply: &Reply) -> u16 {
    let head = String::from_utf8_lossy(&reply.bytes[..reply.bytes.len().min(12)]).into_owned();
    head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
}

/// Adds a validator to a document; answers 304 to who has it.
fn conditional(reply: Reply, asked: &Asked) -> Reply {
    if status(&reply) != 200 {
        return reply;
    }
    let mut hasher = DefaultHasher::new();
    reply.bytes.hash(&mut hasher);
    let tag = format!("\"{:016x}\"", hasher.finish());
    if asked.field("if-none-match") == Some(&tag) {
        return Reply::new(304, &format!("ETag: {tag}\r\n"), "").after(reply.wait);
    }
    let end = reply.bytes.windows(2).position(|two| two == b"\r\n").unwrap() + 2;
    let (line, rest) = reply.bytes.split_at(end);
    let bytes = [line, format!("ETag: {tag}\r\n").as_bytes(), rest].concat();
    Reply { bytes, ..reply }
}
