//! A small server of scripted answers, which notes what it was asked for.
//!
//! Enters: an address of loopback, a function from requests to answers. Leaves: the answers, and a log of all requests.
//! Invariant: each connection carries one request.

use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// A request.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// When its head was there.
    pub(crate) came: Instant,
    /// Before the last part of the answer was sent.
    pub(crate) answered: Instant,
    /// Path and query.
    pub(crate) target: String,
    /// Request line and fields.
    pub(crate) head: String,
    /// Earlier requests for the same target.
    pub(crate) earlier: usize,
}

impl Asked {
    /// A field of the request.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.lines().filter_map(|line| line.split_once(": "));
        fields.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

/// What is sent, and after which wait.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reply {
    pub(crate) wait: Duration,
    /// Status line, fields, empty line and body. Without any, the connection is closed without a word.
    pub(crate) bytes: Vec<u8>,
}

impl Reply {
    /// An answer with these fields, each with its line break.
    pub(crate) fn new(status: u16, fields: &str, body: impl AsRef<[u8]>) -> Reply {
        let body = body.as_ref();
        let head = format!(
            "HTTP/1.1 {status} Status\r\nConnection: close\r\nContent-Length: {}\r\n{fields}\r\n",
            body.len()
        );
        Reply { wait: Duration::ZERO, bytes: [head.as_bytes(), body].concat() }
    }

    /// A page.
    pub(crate) fn html(body: impl AsRef<[u8]>) -> Reply {
        Reply::new(200, "Content-Type: text/html; charset=utf-8\r\n", body)
    }

    /// A redirect.
    pub(crate) fn to(location: &str) -> Reply {
        Reply::new(302, &format!("Location: {location}\r\n"), "")
    }

    /// An answer without a document.
    pub(crate) fn status(status: u16) -> Reply {
        Reply::new(status, "Content-Type: text/html\r\n", "<h1>none</h1>")
    }

    pub(crate) fn after(self, wait: Duration) -> Reply {
        Reply { wait, ..self }
    }

    /// Without the last half of its bytes.
    pub(crate) fn cut(mut self) -> Reply {
        self.bytes.truncate(self.bytes.len() / 2);
        self
    }
}

type Answer = dyn Fn(&Asked) -> Reply + Send + Sync;

/// A server that runs until it is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

struct Shared {
    log: Mutex<Vec<Asked>>,
    accepted: AtomicUsize,
    ends: AtomicBool,
    answer: Box<Answer>,
}

impl Server {
    /// Listens on an address of loopback; port 0 takes a free one.
    pub(crate) fn start(
        ip: &str,
        port: u16,
        answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
    ) -> Server {
        let ip: IpAddr = ip.parse().unwrap();
        assert!(ip.is_loopback());
        let listener = TcpListener::bind((ip, port)).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            log: Mutex::default(),
            accepted: AtomicUsize::new(0),
            ends: AtomicBool::new(false),
            answer: Box::new(answer),
        });
        let accepting = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || accept(&listener, &shared))
        };
        Server { address, shared, accepting: Some(accepting) }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// An address of its.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Requests in the order in which they came.
    pub(crate) fn log(&self) -> Vec<Asked> {
        let mut log = self.shared.log.lock().unwrap().clone();
        log.sort_by_key(|asked| asked.came);
        log
    }

    /// Targets in the order in which they were asked for.
    pub(crate) fn targets(&self) -> Vec<String> {
        self.log().into_iter().map(|asked| asked.target).collect()
    }

    /// Connections so far, also those without a request.
    pub(crate) fn connections(&self) -> usize {
        self.shared.accepted.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.ends.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for connections.
        _ = TcpStream::connect(self.address);
        if let Some(accepting) = self.accepting.take() {
            _ = accepting.join();
        }
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.ends.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        shared.accepted.fetch_add(1, Ordering::SeqCst);
        let shared = Arc::clone(shared);
        // A client that goes away is no concern of ours.
        thread::spawn(move || _ = converse(stream, &shared));
    }
}

fn converse(mut stream: TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    stream.set_nodelay(true)?;
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte)? == 0 {
            return Ok(());
        }
        head.push(byte[0]);
    }
    let came = Instant::now();
    let head = String::from_utf8_lossy(&head).into_owned();
    let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let at = {
        let mut log = shared.log.lock().unwrap();
        let earlier = log.iter().filter(|asked| asked.target == target).count();
        log.push(Asked { came, answered: came, target, head, earlier });
        log.len() - 1
    };
    let asked = shared.log.lock().unwrap()[at].clone();
    let reply = (shared.answer)(&asked);
    thread::sleep(reply.wait);
    shared.log.lock().unwrap()[at].answered = Instant::now();
    stream.write_all(&reply.bytes)?;
    stream.flush()
}
