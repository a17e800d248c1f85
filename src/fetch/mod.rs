//! Fetches: one exchange with a server at a time, within limits, and the rules of politeness around it.
//!
//! Enters: a URL. Leaves: status, fields and body as they were sent, or a typed error that names the URL.
//! Invariant: nothing is ever sent to an address that the guard refuses, at any hop.

mod bare;
mod body;
mod client;
mod decoded;
mod error;
mod fault;
pub mod guard;
mod jar;
mod outgoing;
pub mod politeness;
pub mod redirect;
mod resolver;
pub mod retry;
pub mod robots;
#[cfg(test)]
mod tests;
mod tls;
mod validators;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use reqwest::Version;
use reqwest::header::HeaderMap;
use url::Url;

pub use self::client::{Client, MAX_SOURCE_BYTES};
pub use self::decoded::decode_body;
pub use self::error::{ClientError, FetchError, Stage};
use self::guard::Allowed;
pub use self::jar::Jar;
pub use self::validators::Validators;

/// How pages are fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchOptions {
    /// The `User-Agent` field; should hold a product token and a way to reach the one who fetches.
    pub user_agent: String,
    /// Bounds of one exchange.
    pub limits: Limits,
    /// Addresses that may be asked although the guard refuses them.
    pub allow: Vec<Allowed>,
    /// Address of a proxy (`http`, `https`, `socks4`, `socks4a`, `socks5`, `socks5h`); empty for none at all; without
    /// it that of the environment (`HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`) or of the system.
    ///
    /// Most proxies look names up themselves; then the guard sees literal addresses and names of this machine alone,
    /// and what else may not be asked is the proxy's matter. `socks4` and `socks5` are given addresses, which are
    /// looked up and checked here.
    pub proxy: Option<String>,
    /// Fields and cookies for single hosts.
    pub host_fields: Vec<HostFields>,
    /// PEM files with root certificates that are trusted besides those of the system.
    pub certificates: Vec<PathBuf>,
    /// How long a connection stays open while nothing is asked: 3 s. An open one holds as much memory as a page.
    pub idle: Duration,
}

impl FetchOptions {
    /// Options that send `user_agent`, with the usual limits and nothing else.
    #[must_use]
    pub fn new(user_agent: impl Into<String>) -> Self {
        Self {
            user_agent: user_agent.into(),
            limits: Limits::default(),
            allow: Vec::new(),
            proxy: None,
            host_fields: Vec::new(),
            certificates: Vec::new(),
            idle: Duration::from_secs(3),
        }
    }
}

/// Bounds of one exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Until a connection stands, TLS handshake and look-up of the name included: 7 s each.
    pub connect: Duration,
    /// Until the header section is whole, from the start of the exchange: 10 s.
    pub first_byte: Duration,
    /// Until the body is whole, from the start of the exchange: 60 s.
    pub total: Duration,
    /// Bytes a second below which a body is given up: 100 …
    pub min_rate: u64,
    /// … measured over stretches of this length: 10 s.
    pub rate_window: Duration,
    /// Most bytes of a body, as sent and decoded: 10 MiB.
    pub max_body_bytes: u64,
    /// Redirects followed from one address: 10. Counted by whoever follows them.
    pub max_redirects: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(7),
            first_byte: Duration::from_secs(10),
            total: Duration::from_mins(1),
            min_rate: 100,
            rate_window: Duration::from_secs(10),
            max_body_bytes: 10 * 1024 * 1024,
            max_redirects: 10,
        }
    }
}

/// Fields and cookies that are sent to one host, and to no other, also after a redirect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostFields {
    /// The host (`example.vn`); with a leading `*.` all hosts below it.
    pub host: String,
    /// Names and values of fields.
    pub fields: Vec<(String, String)>,
    /// Names and values of cookies.
    pub cookies: Vec<(String, String)>,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A page: HTML or text.
    Page,
    /// A `robots.txt`: any media type, cut where it is longer than is read.
    Robots,
    /// What names pages, a feed, a sitemap, a section page or a list: any media type, cut at [`MAX_SOURCE_BYTES`].
    Source,
}

/// One request.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Where to.
    pub url: &'a Url,
    /// What is expected there.
    pub kind: Kind,
    /// Cookies of this visit, sent and kept.
    pub jar: Option<&'a Jar>,
    /// Makes the request conditional; a 304 is then an answer.
    pub validators: Option<&'a Validators>,
}

/// A request and its answer.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The URL that was asked, without its fragment and user information.
    pub url: Url,
    /// What was asked for.
    pub kind: Kind,
    /// When the exchange began.
    pub started: SystemTime,
    /// From the beginning until the body was whole.
    pub elapsed: Duration,
    /// From the beginning until the header section was whole.
    pub first_byte: Duration,
    /// The address that answered: that of the server, or of the proxy.
    pub remote: Option<SocketAddr>,
    /// The protocol that was spoken.
    pub version: Version,
    /// The status.
    pub status: u16,
    /// The reason phrase, where the protocol has one.
    pub reason: Option<String>,
    /// Request line and fields in the form of HTTP/1.1, for an archive; without the empty line.
    pub request_head: Vec<u8>,
    /// The fields of the answer.
    pub fields: HeaderMap,
    /// The body as sent: transfer coding undone, content codings not.
    pub body: Vec<u8>,
    /// The body is longer; what is here is its beginning.
    pub is_cut: bool,
}
