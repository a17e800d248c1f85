//! A small server for the figures, on loopback.
//!
//! Enters: an address of loopback, a function that gives the text. Leaves: answers to `GET /metrics` and `GET /healthz`.
//! Invariant: connections, their time and what they send are bounded, and the crawl never waits for one.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use std::{io, thread};

use hyper::body::Incoming;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tokio::sync::{Semaphore, oneshot};
use tokio::time::timeout;

/// Connections at a time; further ones wait.
const MAX_CONNECTIONS: usize = 8;
/// Longest time of a connection.
const MAX_TIME: Duration = Duration::from_secs(10);
/// Longest head of a request, in bytes; the least that hyper can be told.
const MAX_HEAD: usize = 8 * 1024;
/// Rest after a connection that could not be taken, as when there are too many open files.
const REST: Duration = Duration::from_millis(100);

/// What is served: the text of the figures.
pub(super) type Figures = Arc<dyn Fn() -> String + Send + Sync>;

/// A server; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Server {
    address: SocketAddr,
    _ends: oneshot::Sender<()>,
}

impl Server {
    /// Listens on an address; port 0 takes a free one.
    ///
    /// # Errors
    /// The address is not one of loopback, or is taken.
    pub(super) fn start(address: SocketAddr, figures: Figures) -> io::Result<Server> {
        if !address.ip().is_loopback() {
            return Err(io::Error::other("no address on loopback"));
        }
        let listener = std::net::TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (ends, ended) = oneshot::channel();
        thread::Builder::new().name("tinsach metrics".to_owned()).spawn(move || {
            runtime.block_on(async {
                let Ok(listener) = TcpListener::from_std(listener) else { return };
                tokio::select! {
                    () = accept(&listener, &figures) => {}
                    _ = ended => {}
                }
            });
        })?;
        Ok(Server { address, _ends: ends })
    }

    /// Where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}

async fn accept(listener: &TcpListener, figures: &Figures) {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(REST).await;
            continue;
        };
        let figures = Arc::clone(figures);
        tokio::spawn(async move {
            let answered = service_fn(|request| {
                let answer = answer(&request, &figures);
                async move { Ok::<_, Infallible>(answer) }
            });
            let mut server = http1::Builder::new();
            server
                .keep_alive(false)
                .timer(TokioTimer::new())
                .header_read_timeout(MAX_TIME)
                .max_buf_size(MAX_HEAD);
            // Whoever asks badly, or goes away, is no concern of the crawl.
            _ = timeout(MAX_TIME, server.serve_connection(TokioIo::new(stream), answered)).await;
            drop(place);
        });
    }
}

fn answer(request: &Request<Incoming>, figures: &Figures) -> Response<String> {
    let with = |status, kind: &'static str, text: String| {
        let mut response = Response::new(text);
        *response.status_mut() = status;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        response
    };
    let plain = "text/plain; charset=utf-8";
    let is_known = matches!(request.uri().path(), "/metrics" | "/healthz");
    if is_known && !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut response = with(StatusCode::METHOD_NOT_ALLOWED, plain, "only GET is answered\n".to_owned());
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    match request.uri().path() {
        "/metrics" => with(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", figures()),
        "/healthz" => with(StatusCode::OK, plain, "ok\n".to_owned()),
        _ => with(StatusCode::NOT_FOUND, plain, "there are /metrics and /healthz\n".to_owned()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;

    use super::*;

    fn ask(server: &Server, request: &str) -> String {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        // A server that closes while much is still to be read resets the connection.
        _ = stream.read_to_string(&mut answer);
        answer
    }

    fn get(server: &Server, line: &str) -> String {
        ask(server, &format!("{line} HTTP/1.1\r\nHost: x\r\n\r\n"))
    }

    fn start() -> Server {
        Server::start("127.0.0.1:0".parse().unwrap(), Arc::new(|| "tinsach_x 1\n".to_owned())).unwrap()
    }

    #[test]
    fn figures_are_served_and_nothing_else() {
        let server = start();
        let answer = get(&server, "GET /metrics");
        assert!(
            answer.starts_with("HTTP/1.1 200") && answer.contains("text/plain; version=0.0.4"),
            "{answer}"
        );
        assert!(
            answer.ends_with("\r\n\r\ntinsach_x 1\n") && answer.contains("connection: close"),
            "{answer}"
        );
        assert!(get(&server, "GET /healthz").ends_with("ok\n"));
        assert!(get(&server, "GET /").starts_with("HTTP/1.1 404"));
        assert!(get(&server, "POST /metrics").starts_with("HTTP/1.1 405"));
        assert!(get(&server, "x").starts_with("HTTP/1.1 400"));
        let long = format!("GET /metrics HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(100_000));
        assert!(!ask(&server, &long).starts_with("HTTP/1.1 200"));
        assert!(get(&server, "GET /metrics").starts_with("HTTP/1.1 200"));
    }

    #[test]
    fn it_listens_on_loopback_until_it_is_dropped() {
        assert!(Server::start("0.0.0.0:0".parse().unwrap(), Arc::new(String::new)).is_err());
        let server = start();
        let address = server.address();
        assert!(Server::start(address, Arc::new(String::new)).is_err());
        drop(server);
        for _ in 0..200 {
            if TcpStream::connect(address).is_err() {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("it still listens");
    }
}
