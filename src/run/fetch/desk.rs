//! The desk where robots files lie: what each origin lets us do.
//!
//! Enters: answers to `/robots.txt`, and what the state remembers of them. Leaves: a ruling for a URL.
//! Invariant: memory is bounded; what was put away is read from the state again.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use url::Url;

use crate::fetch::robots::{Access, Answer, Kind, Stored, Why};
use crate::run::InputError;
use crate::state::{Frontier, RobotsRow};

/// Bytes of memory for the rules of robots files, apart from the last one read.
const MAX_DESK_BYTES: usize = 16 << 20;

/// Bytes that an origin costs besides its file.
const ORIGIN_BYTES: usize = 512;

/// What a URL's robots file says of it.
#[derive(Debug)]
pub(super) enum Ruling {
    /// It may be visited; the file asks for this time between requests.
    Allowed { delay: Option<Duration> },
    /// It may not.
    Denied(InputError),
    /// The file has to be fetched first.
    Unknown,
}

struct Entry {
    expires_at: u64,
    fetched_at: u64,
    access: Arc<Access>,
    /// Why no answer came, where this run has seen it.
    fault: Option<InputError>,
}

/// The robots files of this run.
pub(super) struct Desk {
    /// Our name in robots files; `None` where they are ignored.
    product: Option<String>,
    entries: HashMap<String, Entry>,
    bytes: usize,
    /// Whether a file that could not be had in an earlier run is left alone for as long as that says.
    trusts_refusals: bool,
}

impl Desk {
    /// A desk for the crawler of this product token; without one, everything is allowed.
    pub(super) fn new(product: Option<String>, trusts_refusals: bool) -> Desk {
        Desk { product, entries: HashMap::new(), bytes: 0, trusts_refusals }
    }

    /// What the robots file of the URL's origin says of it.
    pub(super) fn ruling(&mut self, url: &Url, frontier: &Frontier) -> Ruling {
        let Some(product) = self.product.clone() else { return Ruling::Allowed { delay: None } };
        let (origin, now) = (origin(url), seconds(SystemTime::now()));
        if !self.entries.get(&origin).is_some_and(|entry| is_fresh(entry, now)) {
            // A state that cannot answer costs one more request.
            let stored = frontier.robots(&origin).ok().flatten().and_then(stored);
            let holds = |stored: &Stored| {
                stored.is_fresh(now) && (self.trusts_refusals || !matches!(stored.kind, Kind::DenyAll(_)))
            };
            match stored.filter(holds) {
                Some(stored) => self.put(&origin, &stored, None, &product),
                None => return Ruling::Unknown,
            }
        }
        let Some(entry) = self.entries.get(&origin) else { return Ruling::Unknown };
        match &*entry.access {
            Access::AllowAll => Ruling::Allowed { delay: None },
            Access::DenyAll { why } => Ruling::Denied(unreachable(&origin, *why, entry.fault.as_ref())),
            Access::Rules(robots) => {
                let verdict = robots.verdict(url);
                if verdict.allowed {
                    return Ruling::Allowed { delay: robots.crawl_delay() };
                }
                let rule = verdict.rule.unwrap_or_default();
                let message = format!("{origin}/robots.txt forbids it: {rule}");
                Ruling::Denied(InputError { code: "robots", message, is_skip: true })
            }
        }
    }

    /// Keeps what an answer meant, or why none came; gives the row for the state.
    pub(super) fn keep(
        &mut self,
        origin: &str,
        (answer, fault): (&Answer<'_>, Option<InputError>),
        frontier: &Frontier,
    ) -> RobotsRow {
        let now = seconds(SystemTime::now());
        let before = frontier.robots(origin).ok().flatten().and_then(stored);
        let stored = Stored::new(answer, now, before.as_ref());
        if let Some(product) = self.product.clone() {
            self.put(origin, &stored, fault, &product);
        }
        RobotsRow {
            origin: origin.to_owned(),
            fetched: i64::try_from(stored.fetched_at).unwrap_or(i64::MAX),
            expires: i64::try_from(stored.expires_at).unwrap_or(i64::MAX),
            kind: i64::from(stored.kind.code()),
            body: stored.body,
        }
    }

    fn put(&mut self, origin: &str, stored: &Stored, fault: Option<InputError>, product: &str) {
        if self.bytes > MAX_DESK_BYTES {
            // Those still in use come back from the state.
            self.entries.clear();
            self.bytes = 0;
        }
        let access = Arc::new(stored.access(product));
        let rules = if let Access::Rules(robots) = &*access { robots.memory() } else { 0 };
        self.bytes += rules + ORIGIN_BYTES + fault.as_ref().map_or(0, |fault| fault.message.len());
        let entry = Entry { expires_at: stored.expires_at, fetched_at: stored.fetched_at, access, fault };
        self.entries.insert(origin.to_owned(), entry);
    }
}

fn is_fresh(entry: &Entry, now: u64) -> bool {
    (entry.fetched_at..entry.expires_at).contains(&now)
}

fn stored(row: RobotsRow) -> Option<Stored> {
    Some(Stored {
        fetched_at: row.fetched.try_into().ok()?,
        expires_at: row.expires.try_into().ok()?,
        kind: Kind::from_code(row.kind.try_into().ok()?)?,
        body: row.body,
    })
}

/// The end of a visit to a site whose robots file says nothing, so that nothing is allowed (RFC 9309, 2.3.1.4).
fn unreachable(origin: &str, why: Why, fault: Option<&InputError>) -> InputError {
    let (code, why) = match (why, fault) {
        (Why::Status(status), _) => ("robots_unreachable", format!("{origin}/robots.txt answers {status}")),
        // It names the address itself.
        (Why::Unreachable, Some(fault)) => (fault_code(fault), fault.message.clone()),
        (Why::Unreachable, None) => ("robots_unreachable", format!("{origin}/robots.txt cannot be reached")),
        (Why::Refused, _) => {
            ("refused_address", format!("{origin}/robots.txt lies at an address that is not asked"))
        }
    };
    let message = format!("{why}, so nothing of the site may be fetched");
    InputError { code, message, is_skip: false }
}

/// A site that is not reached at all fails as it would without a robots file; one whose file alone is in the way says so.
fn fault_code(fault: &InputError) -> &'static str {
    const OF_THE_SITE: [&str; 8] =
        ["connect", "connect_timeout", "dns", "dns_timeout", "host_down", "host_parked", "proxy", "tls"];
    if OF_THE_SITE.contains(&fault.code) { fault.code } else { "robots_unreachable" }
}

/// Scheme, host and port: what a robots.txt holds for.
pub(super) fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// Seconds since 1970.
fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
