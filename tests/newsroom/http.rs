//! HTTP/1.1, as much as a newsroom needs.
//!
//! Enters: a connection. Leaves: a request's head; goes out: an answer.
//! Invariant: a request is looked at before it is taken, so that a connection with one unread can be reset.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Longest head of a request, in bytes.
const HEAD: usize = 16 * 1024;
/// Longest body of a request, in bytes; it is thrown away.
const BODY: u64 = 1024 * 1024;

/// The head of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) method: String,
    /// Path and query.
    pub(super) target: String,
    pub(super) host: String,
    fields: Vec<(String, String)>,
    /// Bytes of the head.
    length: usize,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) body: Vec<u8>,
    /// Seconds since 1970.
    pub(crate) modified: Option<i64>,
    /// Further fields.
    pub(crate) fields: Vec<(&'static str, String)>,
}

impl Request {
    /// Looks at the next request; `None` where the connection ends, or what comes is no request.
    pub(super) fn peek(stream: &TcpStream) -> io::Result<Option<Request>> {
        let mut bytes = vec![0; HEAD];
        loop {
            let count = stream.peek(&mut bytes)?;
            if let Some(end) = bytes[..count].windows(4).position(|four| four == b"\r\n\r\n") {
                return Ok(Request::parse(&bytes[..end], end + 4));
            }
            if count == 0 || count == HEAD {
                return Ok(None);
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Takes the request that was looked at off the connection.
    pub(super) fn take(&self, stream: &mut TcpStream) -> io::Result<()> {
        let mut head = vec![0; self.length];
        stream.read_exact(&mut head)?;
        let length: u64 = self.field("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
        io::copy(&mut stream.take(length.min(BODY)), &mut io::sink())?;
        Ok(())
    }

    fn parse(head: &[u8], length: usize) -> Option<Request> {
        let text = String::from_utf8_lossy(head);
        let mut lines = text.split("\r\n");
        let mut words = lines.next()?.split(' ');
        let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
        let field = |line: &str| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_ascii_lowercase(), value.trim().to_owned()))
        };
        let fields: Vec<(String, String)> = lines.filter_map(field).collect();
        let mut request = Request { method, target, host: String::new(), fields, length };
        request.host = request.field("host").unwrap_or("localhost").to_ascii_lowercase();
        Some(request)
    }

    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether the client wants no further answer on the connection.
    pub(super) fn closes(&self) -> bool {
        self.field("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
    }
}

impl Answer {
    pub(super) fn html(body: String, modified: i64) -> Answer {
        Answer::new(200, "text/html; charset=utf-8", body.into_bytes(), Some(modified))
    }

    pub(super) fn new(
        status: u16,
        content_type: &'static str,
        body: Vec<u8>,
        modified: Option<i64>,
    ) -> Answer {
        Answer { status, content_type, body, modified, fields: Vec::new() }
    }

    pub(super) fn error(status: u16) -> Answer {
        let body = format!("<!doctype html><title>{status}</title><h1>{status} {}</h1>", reason(status));
        Answer::new(status, "text/html; charset=utf-8", body.into_bytes(), None)
    }

    pub(super) fn redirect(status: u16, location: String) -> Answer {
        Answer { fields: vec![("Location", location)], ..Answer::error(status) }
    }

    /// Head and body; `sent` is how much of the body is sent, and with which wait between eight parts of it. `ends` is
    /// called before the last part: no client has the whole answer earlier.
    pub(super) fn write(
        &self,
        stream: &mut TcpStream,
        has_body: bool,
        (sent, pause): (usize, Duration),
        ends: impl FnOnce(),
    ) -> io::Result<()> {
        let head = self.head();
        let body = if has_body && self.status != 304 { &self.body[..sent.min(self.body.len())] } else { &[] };
        let part = if pause.is_zero() { body.len() } else { body.len() / 8 };
        let mut parts = vec![head.as_bytes()];
        parts.extend(body.chunks(part.max(1)));
        let last = parts.pop().unwrap_or_default();
        let mut written = Ok(());
        for part in parts {
            written = written.and_then(|()| stream.write_all(part));
            std::thread::sleep(pause);
        }
        ends();
        written?;
        stream.write_all(last)?;
        stream.flush()
    }

    fn head(&self) -> String {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        let now = httpdate::fmt_http_date(std::time::SystemTime::now());
        let own = [("Date", now), ("Server", "newsroom".into()), ("Content-Type", self.content_type.into())];
        for (name, value) in own.iter().chain(&self.fields) {
            head.push_str(&[name, ": ", value, "\r\n"].concat());
        }
        if self.status != 304 {
            head.push_str(&["Content-Length: ", &self.body.len().to_string(), "\r\n"].concat());
        }
        head + "\r\n"
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        301 => "Moved Permanently",
        302 => "Found",
        304 => "Not Modified",
        404 => "Not Found",
        405 => "Method Not Allowed",
        410 => "Gone",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "Unknown",
    }
}
