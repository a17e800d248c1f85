//! The server: connections, conditional requests, coding, faults and the log.
//!
//! Enters: options. Leaves: a listener on loopback and its threads. Invariant: nothing listens off 127.0.0.1.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Serialize;

use super::fault::{Fault, fault};
use super::http::{Answer, Request};
use super::site::Site;

/// Most connections at a time.
const CONNECTIONS: usize = 512;
/// How long an idle connection stays open.
const IDLE: Duration = Duration::from_secs(30);
/// Between two parts of a slow answer.
const SLOW: Duration = Duration::from_millis(150);
/// Smallest body that is compressed, in bytes.
const COMPRESSED_FROM: usize = 256;

/// How the newsroom is set up.
#[derive(Debug, Clone, Default)]
pub(crate) struct Options {
    /// 0 takes a free one.
    pub(crate) port: u16,
    /// Decides what the articles say.
    pub(crate) seed: u64,
    /// Lets one path in five fail at first; decides which, and how.
    pub(crate) faults: Option<u64>,
    /// Seconds that robots.txt states.
    pub(crate) crawl_delay: Option<String>,
}

/// A request that was answered, or reset.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Entry {
    /// When the request was there, in milliseconds since the start.
    pub(crate) ms: u64,
    /// When the last part of the answer was about to be written.
    pub(crate) end_ms: u64,
    pub(crate) method: String,
    pub(crate) host: String,
    pub(crate) path: String,
    /// 0 for a reset connection.
    pub(crate) status: u16,
    pub(crate) fault: Option<String>,
    pub(crate) agent: String,
}

/// A newsroom that runs until it is dropped.
#[derive(Debug)]
pub(crate) struct Newsroom {
    address: SocketAddr,
    state: Arc<State>,
    accepting: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct State {
    site: Mutex<Site>,
    log: Mutex<Vec<Entry>>,
    tries: Mutex<HashMap<String, u32>>,
    faults: Option<u64>,
    begun: Instant,
    open: AtomicUsize,
    ends: AtomicBool,
}

impl Newsroom {
    /// Opens the newsroom.
    pub(crate) fn start(options: &Options) -> io::Result<Newsroom> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port))?;
        let address = listener.local_addr()?;
        let state = Arc::new(State {
            site: Mutex::new(Site::new(options.seed, options.crawl_delay.clone())),
            log: Mutex::default(),
            tries: Mutex::default(),
            faults: options.faults,
            begun: Instant::now(),
            open: AtomicUsize::new(0),
            ends: AtomicBool::new(false),
        });
        let shared = Arc::clone(&state);
        let accepting = thread::spawn(move || accept(&listener, &shared));
        Ok(Newsroom { address, state, accepting: Some(accepting) })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// All requests so far, in the order in which their answers ended.
    pub(crate) fn log(&self) -> Vec<Entry> {
        lock(&self.state.log).clone()
    }

    /// The site as it is.
    pub(crate) fn site(&self) -> Site {
        lock(&self.state.site).clone()
    }

    /// Waits for ever.
    pub(crate) fn wait(mut self) {
        if let Some(accepting) = self.accepting.take() {
            _ = accepting.join();
        }
    }
}

impl Drop for Newsroom {
    fn drop(&mut self) {
        self.state.ends.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for connections.
        _ = TcpStream::connect(self.address);
        if let Some(accepting) = self.accepting.take() {
            _ = accepting.join();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn accept(listener: &TcpListener, state: &Arc<State>) {
    for stream in listener.incoming() {
        if state.ends.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        if state.open.fetch_add(1, Ordering::SeqCst) >= CONNECTIONS {
            state.open.fetch_sub(1, Ordering::SeqCst);
            continue;
        }
        let state = Arc::clone(state);
        thread::spawn(move || {
            // A client that goes away is no concern of ours.
            _ = converse(stream, &state);
            state.open.fetch_sub(1, Ordering::SeqCst);
        });
    }
}

/// Answers the requests of one connection.
fn converse(mut stream: TcpStream, state: &State) -> io::Result<()> {
    stream.set_read_timeout(Some(IDLE))?;
    stream.set_nodelay(true)?;
    while let Some(request) = Request::peek(&stream)? {
        if state.ends.load(Ordering::SeqCst) {
            break;
        }
        let came = state.begun.elapsed();
        let fault = state.fault(&request);
        if fault == Some(Fault::Reset) {
            state.note(&request, came, 0, fault);
            // Closing with the request unread makes the system reset the connection.
            return Ok(());
        }
        request.take(&mut stream)?;
        let answer = state.answer(&request, fault);
        let (sent, pause) = match fault {
            Some(Fault::Cut) => (answer.body.len() / 2, Duration::ZERO),
            Some(Fault::Slow) => (usize::MAX, SLOW),
            _ => (usize::MAX, Duration::ZERO),
        };
        let ends = || state.note(&request, came, answer.status, fault);
        answer.write(&mut stream, request.method != "HEAD", (sent, pause), ends)?;
        if fault == Some(Fault::Cut) || request.closes() {
            break;
        }
    }
    Ok(())
}

impl State {
    fn fault(&self, request: &Request) -> Option<Fault> {
        let seed = self.faults?;
        if request.target.starts_with("/_") || request.target == "/robots.txt" {
            return None;
        }
        let mut tries = lock(&self.tries);
        let tries = tries.entry(format!("{} {}", request.host, request.target)).or_default();
        *tries += 1;
        fault(seed, &request.host, &request.target, *tries - 1)
    }

    /// Adds a request that ends to the log.
    fn note(&self, request: &Request, came: Duration, status: u16, fault: Option<Fault>) {
        if request.target.starts_with("/_") {
            return;
        }
        let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        lock(&self.log).push(Entry {
            ms: ms(came),
            end_ms: ms(self.begun.elapsed()),
            method: request.method.clone(),
            host: request.host.clone(),
            path: request.target.clone(),
            status,
            fault: fault.map(|fault| format!("{fault:?}").to_lowercase()),
            agent: request.field("user-agent").unwrap_or_default().to_owned(),
        });
    }

    fn answer(&self, request: &Request, fault: Option<Fault>) -> Answer {
        match fault {
            Some(Fault::Status500) => return Answer::error(500),
            Some(Fault::Status503) => {
                return Answer { fields: vec![("Retry-After", "1".into())], ..Answer::error(503) };
            }
            _ => {}
        }
        if request.target == "/_log" {
            let log = serde_json::to_vec(&*lock(&self.log)).unwrap_or_default();
            return Answer::new(200, "application/json", log, None);
        }
        if !matches!(request.method.as_str(), "GET" | "HEAD") && !request.target.starts_with("/_") {
            return Answer { fields: vec![("Allow", "GET, HEAD".into())], ..Answer::error(405) };
        }
        let answer = lock(&self.site).answer(&request.host, &request.target);
        coded(conditional(answer, request), request)
    }
}

/// Adds validators, and answers 304 where the client's are still right (RFC 9110, 13.1).
fn conditional(mut answer: Answer, request: &Request) -> Answer {
    let Some(modified) = answer.modified.filter(|_| answer.status == 200) else { return answer };
    let mut hasher = DefaultHasher::new();
    answer.body.hash(&mut hasher);
    let tag = format!("W/\"{:016x}\"", hasher.finish());
    let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(modified).unwrap_or(0));
    let is_same = match (request.field("if-none-match"), request.field("if-modified-since")) {
        (Some(tags), _) => tags.split(',').any(|known| known.trim() == tag),
        (None, Some(since)) => httpdate::parse_http_date(since).is_ok_and(|since| since >= modified),
        (None, None) => false,
    };
    answer.fields.push(("ETag", tag));
    answer.fields.push(("Last-Modified", httpdate::fmt_http_date(modified)));
    if is_same {
        answer.status = 304;
        answer.body.clear();
    }
    answer
}

/// Compresses the body for who takes gzip.
fn coded(mut answer: Answer, request: &Request) -> Answer {
    let takes_gzip = request.field("accept-encoding").is_some_and(|codings| codings.contains("gzip"));
    answer.fields.push(("Vary", "Accept-Encoding".into()));
    if takes_gzip && answer.body.len() >= COMPRESSED_FROM {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        let written = encoder.write_all(&answer.body).and_then(|()| encoder.finish());
        if let Ok(body) = written {
            answer.body = body;
            answer.fields.push(("Content-Encoding", "gzip".into()));
        }
    }
    answer
}
