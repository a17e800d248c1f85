//! Addresses of names.
//!
//! Enters: a host name. Leaves: its addresses, those that the guard refuses left out, or why there are none.
//! Invariant: look-ups, the time of each, and what is remembered of them are bounded.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use thiserror::Error;
use tokio::sync::Semaphore;

use super::guard::{self, Allowed};

/// Names whose addresses are remembered, in each of two generations.
const MAX_NAMES: usize = 4_096;
/// Addresses that are kept of one name.
const MAX_ADDRESSES: usize = 16;
/// Look-ups at the same time; each holds a thread until the system gives up.
const MAX_LOOKUPS: usize = 32;
/// How long addresses are remembered: the system's resolver does not tell how long they hold.
const FOUND_FOR: Duration = Duration::from_mins(5);
/// How long it is remembered that a name does not exist.
const NOT_FOUND_FOR: Duration = Duration::from_mins(1);
/// How long it is remembered that a look-up failed.
const FAILED_FOR: Duration = Duration::from_secs(5);
/// How much longer a connection may use what was found when the request was checked, so that both see the same.
const GRACE: Duration = Duration::from_mins(1);

/// Why a name has no address.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum LookupFault {
    #[error("{0}")]
    NotFound(String),
    #[error("{0}")]
    Temporary(String),
    #[error("the look-up took too long")]
    TimedOut,
    #[error("no address that may be asked")]
    Refused,
}

type Answer = Result<Arc<[IpAddr]>, LookupFault>;

/// Looks names up by way of the system. Clones share what they remember.
#[derive(Debug, Clone)]
pub(super) struct Resolver {
    memory: Arc<Mutex<Memory>>,
    permits: Arc<Semaphore>,
    limit: Duration,
    allow: Arc<[Allowed]>,
}

impl Resolver {
    /// A resolver that gives up after `limit`.
    pub(super) fn new(limit: Duration, allow: Arc<[Allowed]>) -> Self {
        let permits = Arc::new(Semaphore::new(MAX_LOOKUPS));
        Self { memory: Arc::default(), permits, limit, allow }
    }

    /// All addresses of `name`, also refused ones.
    pub(super) async fn lookup(&self, name: &str) -> Answer {
        self.lookup_within(name, Duration::ZERO).await
    }

    async fn lookup_within(&self, name: &str, grace: Duration) -> Answer {
        if guard::is_local_name(name) {
            // Never a question for a name server (RFC 6761, section 6.3).
            return Ok(Arc::from([IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)]));
        }
        let name = name.to_ascii_lowercase();
        if let Some(known) = self.memory().get(&name, Instant::now(), grace) {
            return known;
        }
        let answer = self.ask(name.clone()).await;
        self.memory().put(name, answer.clone(), Instant::now());
        answer
    }

    /// Asks the system. The look-up cannot be stopped; it keeps its permit until it ends.
    async fn ask(&self, name: String) -> Answer {
        let permits = Arc::clone(&self.permits);
        let lookup = async move {
            let permit = permits.acquire_owned().await.map_err(io::Error::other)?;
            tokio::spawn(async move {
                let _permit = permit;
                let found = tokio::net::lookup_host((name, 0)).await?;
                Ok::<Vec<_>, io::Error>(found.map(|found| found.ip()).take(MAX_ADDRESSES).collect())
            })
            .await
            .map_err(io::Error::other)?
        };
        match tokio::time::timeout(self.limit, lookup).await {
            Err(_) => Err(LookupFault::TimedOut),
            Ok(Err(error)) => Err(tell(&error)),
            Ok(Ok(found)) if found.is_empty() => Err(LookupFault::NotFound("it has no address".to_owned())),
            Ok(Ok(found)) => Ok(found.into()),
        }
    }

    fn memory(&self) -> std::sync::MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// For connections: only addresses that may be asked. Which port it is for was checked when the request began.
impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let resolver = self.clone();
        Box::pin(async move {
            let found = resolver.lookup_within(name.as_str(), GRACE).await?;
            let mut usable =
                found.iter().copied().filter(|addr| guard::may_be_asked(*addr, &resolver.allow)).peekable();
            if usable.peek().is_none() {
                return Err(LookupFault::Refused.into());
            }
            let usable: Vec<_> = usable.map(|addr| SocketAddr::new(addr, 0)).collect();
            Ok(Box::new(usable.into_iter()) as Addrs)
        })
    }
}

/// Whether a name does not exist, or could not be looked up. The system's code is lost on the way; its words are those
/// of `gai_strerror` in glibc, musl and the BSDs.
fn tell(error: &io::Error) -> LookupFault {
    let text = error.to_string();
    let text = text.strip_prefix("failed to lookup address information: ").unwrap_or(&text).to_owned();
    let lower = text.to_ascii_lowercase();
    let is_temporary = error.raw_os_error().is_some()
        || ["temporary failure", "try again", "system error"].iter().any(|words| lower.contains(words));
    if is_temporary { LookupFault::Temporary(text) } else { LookupFault::NotFound(text) }
}

/// Answers by name. When the young generation is full it becomes the old one, and the old one is forgotten.
#[derive(Debug, Default)]
struct Memory {
    young: HashMap<String, Remembered>,
    old: HashMap<String, Remembered>,
}

#[derive(Debug, Clone)]
struct Remembered {
    answer: Answer,
    until: Instant,
}

impl Memory {
    fn get(&self, name: &str, now: Instant, grace: Duration) -> Option<Answer> {
        let known = self.young.get(name).or_else(|| self.old.get(name))?;
        (now < known.until + grace).then(|| known.answer.clone())
    }

    fn put(&mut self, name: String, answer: Answer, now: Instant) {
        if self.young.len() >= MAX_NAMES {
            self.old = std::mem::take(&mut self.young);
        }
        let until = now
            + match &answer {
                Ok(_) => FOUND_FOR,
                Err(LookupFault::NotFound(_)) => NOT_FOUND_FOR,
                Err(_) => FAILED_FOR,
            };
        self.young.insert(name, Remembered { answer, until });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_bounded_and_ends() {
        let now = Instant::now();
        let mut memory = Memory::default();
        let found: Answer = Ok(Arc::from([IpAddr::from([1, 1, 1, 1])]));
        memory.put("a.vn".to_owned(), found.clone(), now);
        memory.put("b.vn".to_owned(), Err(LookupFault::NotFound(String::new())), now);
        memory.put("c.vn".to_owned(), Err(LookupFault::TimedOut), now);
        let late = |name: &str, seconds| memory.get(name, now + Duration::from_secs(seconds), Duration::ZERO);
        assert_eq!(late("a.vn", 299), Some(found));
        assert_eq!(late("a.vn", 300), None);
        assert!(late("b.vn", 59).is_some() && late("b.vn", 60).is_none());
        assert!(late("c.vn", 4).is_some() && late("c.vn", 5).is_none());
        assert!(memory.get("a.vn", now + FOUND_FOR, GRACE).is_some());
        for number in 0..3 * MAX_NAMES {
            memory.put(number.to_string(), Err(LookupFault::TimedOut), now);
        }
        assert!(memory.young.len() + memory.old.len() <= 2 * MAX_NAMES);
        assert_eq!(memory.get("a.vn", now, Duration::ZERO), None);
    }

    #[test]
    fn failures_are_told_apart() {
        let tell =
            |text: &str| tell(&io::Error::other(format!("failed to lookup address information: {text}")));
        assert_eq!(
            tell("Name or service not known"),
            LookupFault::NotFound("Name or service not known".to_owned())
        );
        assert!(matches!(tell("Temporary failure in name resolution"), LookupFault::Temporary(_)));
        assert!(matches!(tell("Try again"), LookupFault::Temporary(_)));
        assert!(matches!(super::tell(&io::Error::from_raw_os_error(24)), LookupFault::Temporary(_)));
    }

    #[tokio::test]
    async fn connections_get_no_refused_address() {
        let resolver = |allow: &str| {
            let allow: Vec<Allowed> =
                allow.split_whitespace().filter_map(|entry| entry.parse().ok()).collect();
            Resolver::new(Duration::from_secs(5), allow.into())
        };
        let name = || "localhost".parse::<Name>().unwrap_or_else(|_| panic!("a name"));
        let refused = resolver("").resolve(name()).await.err();
        assert_eq!(refused.and_then(|error| error.downcast().ok()), Some(Box::new(LookupFault::Refused)));
        let found = resolver("127.0.0.0/8 ::1/128:80").resolve(name()).await;
        let found: Vec<IpAddr> = found.map(|found| found.map(|addr| addr.ip()).collect()).unwrap_or_default();
        assert_eq!(found, [IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)]);
        assert_eq!(resolver("").lookup("a.LocalHost.").await.map(|found| found.len()), Ok(2));
    }
}
