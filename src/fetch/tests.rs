//! Exchanges with small servers on loopback that answer with given bytes.
//!
//! Enters: bytes to answer with. Leaves: what the client makes of them. Invariant: nothing leaves this machine.

use std::borrow::Cow;
use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::*;

const PAGE: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<p>one";

/// What a server does with each request, after its head was read.
#[derive(Clone)]
enum Act {
    /// Sends bytes, and ends the connection.
    Send(Vec<u8>),
    /// Sends bytes, and waits for the next request.
    Keep(Vec<u8>),
    /// Sends bytes, and waits for ever.
    Stall(Vec<u8>),
    /// Sends the same bytes for ever, after a beginning.
    Endless(Vec<u8>, Vec<u8>),
    /// Sends a byte, and resets the connection.
    Reset,
}

struct Server {
    addr: SocketAddr,
    connections: Arc<AtomicUsize>,
    heads: Arc<std::sync::Mutex<Vec<String>>>,
}

impl Server {
    /// Answers the requests of all connections with `acts` in turn, the last for all that follow.
    async fn start(acts: Vec<Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap_or_else(|error| panic!("{error}"));
        let addr = listener.local_addr().unwrap_or_else(|error| panic!("{error}"));
        let (connections, heads) = (Arc::new(AtomicUsize::new(0)), Arc::default());
        let server = Self { addr, connections: Arc::clone(&connections), heads: Arc::clone(&heads) };
        let turn = Arc::new(AtomicUsize::new(0));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(stream, acts.clone(), Arc::clone(&turn), Arc::clone(&heads)));
            }
        });
        server
    }

    fn url(&self, path: &str) -> Url {
        url(&format!("http://{}{path}", self.addr))
    }

    /// The server that answers once with `answer`.
    async fn once(answer: impl AsRef<[u8]>) -> Self {
        Self::start(vec![Act::Send(answer.as_ref().to_vec())]).await
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap_or_else(|error| panic!("{error}")).clone()
    }
}

async fn serve(
    mut stream: TcpStream,
    acts: Vec<Act>,
    turn: Arc<AtomicUsize>,
    heads: Arc<std::sync::Mutex<Vec<String>>>,
) -> Option<()> {
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.ok()?);
        }
        heads.lock().ok()?.push(String::from_utf8_lossy(&head).into_owned());
        let act = acts.get(turn.fetch_add(1, Ordering::SeqCst)).or(acts.last())?;
        match act {
            Act::Send(bytes) => {
                stream.write_all(bytes).await.ok()?;
                return stream.shutdown().await.ok();
            }
            Act::Keep(bytes) => stream.write_all(bytes).await.ok()?,
            Act::Stall(bytes) => {
                stream.write_all(bytes).await.ok()?;
                std::future::pending::<()>().await;
            }
            Act::Endless(first, rest) => {
                stream.write_all(first).await.ok()?;
                loop {
                    stream.write_all(rest).await.ok()?;
                }
            }
            Act::Reset => {
                stream.write_all(b"H").await.ok()?;
                stream.set_zero_linger().ok()?;
                return None;
            }
        }
    }
}

fn url(text: &str) -> Url {
    Url::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn options() -> FetchOptions {
    let allow = vec!["127.0.0.1".parse().unwrap_or_else(|error| panic!("{error}"))];
    let limits = Limits {
        first_byte: Duration::from_millis(600),
        total: Duration::from_millis(1_200),
        min_rate: 1_000,
        rate_window: Duration::from_millis(300),
        max_body_bytes: 100_000,
        ..Limits::default()
    };
    let proxy = Some(String::new());
    FetchOptions { limits, allow, proxy, ..FetchOptions::new("tinsach-test/1 (+mailto:a@b.vn)") }
}

fn client(options: &FetchOptions) -> Client {
    Client::new(options).unwrap_or_else(|error| panic!("{error}"))
}

/// Also a proof that exchanges can be spawned.
fn get(url: &Url, kind: Kind) -> impl Future<Output = Result<Exchange, FetchError>> + Send {
    let client = client(&options());
    async move { client.exchange(&Request { url, kind, jar: None, validators: None }).await }
}

/// The code of the error that an answer ends with, or the text of the document.
async fn outcome(answer: impl AsRef<[u8]>) -> String {
    let server = Server::once(answer).await;
    told(get(&server.url("/"), Kind::Page).await)
}

fn told(outcome: Result<Exchange, FetchError>) -> String {
    match outcome.and_then(|exchange| decode_body(&exchange, 100_000).map(Cow::into_owned)) {
        Ok(body) => String::from_utf8_lossy(&body).into_owned(),
        Err(error) => format!("!{}{}", error.code(), if error.is_passing() { "?" } else { "" }),
    }
}

fn answer(head: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let head = format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.into_bytes(), body.to_vec()].concat()
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).and_then(|()| encoder.finish()).unwrap_or_default()
}

#[tokio::test]
async fn an_exchange_tells_all_of_it() {
    let server = Server::once("HTTP/1.1 200 Fine\r\nX-A: 1\r\nContent-Length: 3\r\n\r\none").await;
    let asked = url(&format!("http://name:word@{}/a?b=%20c#d", server.addr));
    let exchange = get(&asked, Kind::Page).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(exchange.url.as_str(), format!("http://{}/a?b=%20c", server.addr));
    assert_eq!((exchange.status, exchange.reason.as_deref()), (200, Some("Fine")));
    assert_eq!((exchange.body.as_slice(), exchange.is_cut), (b"one".as_slice(), false));
    assert_eq!(exchange.remote, Some(server.addr));
    assert!(exchange.first_byte <= exchange.elapsed && exchange.elapsed > Duration::ZERO);
    let sent = server.heads().concat();
    let kept = String::from_utf8_lossy(&exchange.request_head).into_owned() + "\r\n";
    let lines = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(str::to_ascii_lowercase).collect();
        lines.sort();
        lines
    };
    assert_eq!(lines(&sent), lines(&kept));
    assert!(sent.starts_with("GET /a?b=%20c HTTP/1.1\r\n") && !sent.contains("word"));
    assert!(sent.contains("accept-encoding: gzip, deflate, br, zstd\r\n"));
}

#[tokio::test]
async fn statuses_have_their_outcomes() {
    assert_eq!(outcome(answer("200 OK", "one")).await, "one");
    for (status, expected) in [
        ("101 Switching Protocols", "!unasked_status"),
        ("204 No Content", "!empty"),
        ("206 Partial Content", "!unasked_status"),
        ("300 Multiple Choices", "!bad_redirect"),
        ("302 Found", "!bad_redirect"),
        ("304 Not Modified", "!unasked_status"),
        ("305 Use Proxy\r\nLocation: /b", "!bad_redirect"),
        ("404 Not Found", "!http_status"),
        ("408 Request Timeout", "!http_status?"),
        ("429 Too Many Requests", "!http_status?"),
        ("501 Not Implemented", "!http_status"),
        ("503 Service Unavailable", "!http_status?"),
        ("999 Denied", "!http_status"),
        ("200 OK\r\nContent-Type: Application/PDF; x=y", "!not_a_document"),
        ("200 OK\r\nContent-Type: text/html\r\nContent-Encoding: foobar", "!unknown_coding"),
    ] {
        assert_eq!(outcome(answer(status, "one")).await, expected, "{status}");
    }
    assert_eq!(outcome(answer("200 OK", "")).await, "!empty");
    let server = Server::once(answer("503 Later\r\nRetry-After: 7", "x")).await;
    let error = get(&server.url("/"), Kind::Page).await.err();
    assert_eq!(error.as_ref().and_then(FetchError::status), Some((503, Some("7"))));
}

#[tokio::test]
async fn conditional_requests_may_be_answered_by_304() {
    let server = Server::once("HTTP/1.1 304 Not Modified\r\nETag: W/\"a\"\r\n\r\n").await;
    let validators = Validators { etag: Some("W/\"a\"".to_owned()), last_modified: Some("x".to_owned()) };
    let url = server.url("/");
    let request = Request { url: &url, kind: Kind::Page, jar: None, validators: Some(&validators) };
    let exchange = client(&options()).exchange(&request).await;
    assert_eq!(exchange.ok().map(|exchange| (exchange.status, exchange.body.len())), Some((304, 0)));
    let sent = server.heads().concat();
    assert!(
        sent.contains("if-none-match: W/\"a\"\r\n") && sent.contains("if-modified-since: x\r\n"),
        "{sent}"
    );
}

#[tokio::test]
async fn broken_framing_is_never_a_page() {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let flood = "HTTP/1.1 103 Early Hints\r\n\r\n";
    for (bytes, expected) in [
        (format!("{chunked}3\r\none\r\n0\r\n\r\n"), "one"),
        (format!("{flood}{PAGE}"), "<p>one"),
        ("HTTP/1.0 200 OK\r\n\r\none".to_owned(), "one"),
        (format!("{chunked}3\r\none\r\n"), "!truncated?"),
        (format!("{chunked}9\r\none"), "!truncated?"),
        (format!("{chunked}zz\r\none"), "!bad_framing"),
        (format!("{chunked}3\r\nonetwo\r\n0\r\n\r\n"), "!bad_framing"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\none".to_owned(), "!truncated?"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 2\r\n\r\none".to_owned(), "!bad_framing"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 9999999999999\r\n\r\none".to_owned(), "!too_large"),
        ("HTTP/1.1 abc OK\r\n\r\n".to_owned(), "!bad_framing"),
        ("SSH-2.0-OpenSSH_9\r\n".to_owned(), "!bad_framing"),
        (String::new(), "!truncated?"),
        (format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "a".repeat(600_000)), "!bad_framing"),
    ] {
        let start: String = bytes.chars().take(80).collect();
        assert_eq!(outcome(bytes).await, expected, "{start}");
    }
    let server = Server::start(vec![Act::Reset]).await;
    assert_eq!(told(get(&server.url("/"), Kind::Page).await), "!reset?");
}

#[tokio::test]
async fn codings_are_bounded() {
    let bomb = gzip(&vec![0; 2 << 20]);
    let page = |codings: &str, body: &[u8]| answer(&format!("200 OK\r\nContent-Encoding: {codings}"), body);
    assert_eq!(outcome(page("gzip", &gzip(b"one"))).await, "one");
    assert_eq!(outcome(page("gzip, identity, GZIP, utf-8", &gzip(&gzip(b"one")))).await, "one");
    assert_eq!(outcome(page("gzip", &bomb)).await, "!too_large");
    assert_eq!(outcome(page("gzip, gzip, gzip, gzip, gzip, gzip", b"one")).await, "!too_many_codings");
    assert_eq!(outcome(page("gzip", &gzip(&[b'a'; 500])[..20])).await, "!bad_coding");
    let server = Server::once(page("gzip", &bomb)).await;
    let bomb = get(&server.url("/"), Kind::Page)
        .await
        .and_then(|exchange| decode_body(&exchange, 10 << 20).map(Cow::into_owned));
    assert_eq!(bomb.err().map(|error| error.code()), Some("decompression_bomb"));
}

#[tokio::test]
async fn waits_and_bodies_are_bounded() {
    let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    let hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(50);
    for (act, expected) in [
        (Act::Stall(Vec::new()), "!first_byte_timeout?"),
        (Act::Stall(b"HTTP/1.1 200 OK\r\nX: ".to_vec()), "!first_byte_timeout?"),
        (Act::Endless(Vec::new(), hints), "!first_byte_timeout?"),
        (Act::Stall([&head[..], b"3\r\none\r\n"].concat()), "!too_slow?"),
        (Act::Endless(head, b"5\r\nhello\r\n".repeat(500)), "!too_large"),
    ] {
        let server = Server::start(vec![act]).await;
        assert_eq!(told(get(&server.url("/"), Kind::Page).await), expected);
    }
}

#[tokio::test]
async fn rules_for_robots_are_cut_and_of_any_type() {
    let typed = answer("200 OK\r\nContent-Type: image/png", "User-agent: *");
    let server = Server::once(typed).await;
    assert_eq!(told(get(&server.url("/robots.txt"), Kind::Robots).await), "User-agent: *");
    let server = Server::once(answer("200 OK", "")).await;
    assert_eq!(told(get(&server.url("/robots.txt"), Kind::Robots).await), "");
    let long = gzip(&(0..200_000_u32).flat_map(u32::to_le_bytes).collect::<Vec<_>>());
    let server = Server::once(answer("200 OK\r\nContent-Encoding: gzip", &long)).await;
    let cut = get(&server.url("/robots.txt"), Kind::Robots).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((cut.is_cut, cut.body.len()), (true, 100_000));
    assert_eq!(decode_body(&cut, 500).map(|rules| rules.len()), Ok(500));
    assert!(decode_body(&cut, 10 << 20).is_ok_and(|rules| rules.len() > 50_000));
}

#[tokio::test]
async fn connections_live_on_and_stale_ones_are_replaced() {
    let kept = |status: &str| Act::Keep(answer(status, "<p>one"));
    let acts = vec![kept("200 OK"), kept("302 Found\r\nLocation: /b"), kept("404 Not Found"), kept("200 OK")];
    let server = Server::start(acts).await;
    let client = client(&options());
    let url = server.url("/");
    for _ in 0..4 {
        let _ = client.exchange(&Request { url: &url, kind: Kind::Page, jar: None, validators: None }).await;
    }
    assert_eq!(server.connections.load(Ordering::SeqCst), 1);
    let server = Server::once(PAGE).await;
    let url = server.url("/");
    for _ in 0..3 {
        let request = Request { url: &url, kind: Kind::Page, jar: None, validators: None };
        assert_eq!(told(client.exchange(&request).await), "<p>one");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(server.connections.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn cookies_come_back_within_a_visit() {
    let set = answer("302 Found\r\nLocation: /\r\nSet-Cookie: seen=1; Path=/", "");
    let server = Server::start(vec![Act::Keep(set), Act::Keep(PAGE.into())]).await;
    let (client, jar, url) = (client(&options()), Jar::default(), server.url("/"));
    let request = Request { url: &url, kind: Kind::Page, jar: Some(&jar), validators: None };
    let first = client.exchange(&request).await.and_then(|exchange| redirect::target(&exchange));
    assert_eq!(first, Ok(Some(url.clone())));
    assert_eq!(told(client.exchange(&request).await), "<p>one");
    let heads = server.heads();
    assert!(!heads[0].contains("cookie") && heads[1].contains("cookie: seen=1\r\n"), "{heads:?}");
}

#[tokio::test]
async fn refused_hosts_are_never_asked() {
    let server = Server::once(PAGE).await;
    let port = server.addr.port();
    let closed = FetchOptions { allow: Vec::new(), ..options() };
    for host in
        ["127.0.0.1", "localhost", "localhost.", "LOCALHOST", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"]
    {
        let target = url(&format!("http://{host}:{port}/"));
        let request = Request { url: &target, kind: Kind::Page, jar: None, validators: None };
        assert_eq!(told(client(&closed).exchange(&request).await), "!refused_address", "{host}");
        assert_eq!(
            client(&closed).resolve(&target).await.err().map(|error| error.code()),
            Some("refused_address")
        );
    }
    let target = url(&format!("http://localhost:{port}/"));
    let other_port = FetchOptions {
        allow: vec!["127.0.0.1:1".parse().unwrap_or_else(|error| panic!("{error}"))],
        ..options()
    };
    let request = Request { url: &target, kind: Kind::Page, jar: None, validators: None };
    assert_eq!(told(client(&other_port).exchange(&request).await), "!refused_address");
    assert_eq!(server.connections.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn unusable_urls_are_told_apart() {
    for (target, expected) in [
        ("ftp://127.0.0.1/", "!refused_scheme"),
        ("data:text/html,x", "!refused_scheme"),
        ("http://127.0.0.1:25/", "!refused_port"),
        ("http://a..b/", "!bad_url"),
        ("http://127.0.0.1:1/", "!refused_port"),
        ("http://169.254.169.254/latest", "!refused_address"),
        ("http://127.0.0.1:2/", "!connect?"),
    ] {
        assert_eq!(told(get(&url(target), Kind::Page).await), expected, "{target}");
    }
    let long = format!("http://{}.vn/", "x".repeat(64));
    assert_eq!(told(get(&url(&long), Kind::Page).await), "!bad_url");
    let error = get(&url("http://name:word@127.0.0.1:25/"), Kind::Page).await.err();
    let text = error.as_ref().map(|error| format!("{error} {error:?}")).unwrap_or_default();
    assert!(
        text.contains("http://127.0.0.1:25/") && !text.contains("word") && !text.contains("name:"),
        "{text}"
    );
}

#[tokio::test]
async fn a_proxy_is_asked_for_names_but_not_for_this_machine() {
    let proxy = Server::once(PAGE).await;
    let through =
        FetchOptions { proxy: Some(format!("http://u:p@{}", proxy.addr)), allow: Vec::new(), ..options() };
    let client = client(&through);
    let name = url("http://news.example/a");
    let request = Request { url: &name, kind: Kind::Page, jar: None, validators: None };
    assert_eq!(client.resolve(&name).await, Ok(None));
    assert_eq!(told(client.exchange(&request).await), "<p>one");
    assert!(proxy.heads()[0].starts_with("GET http://news.example/a HTTP/1.1\r\n"));
    for host in ["127.0.0.1", "localhost", "a.localhost.", "10.0.0.1"] {
        let target = url(&format!("http://{host}/"));
        let request = Request { url: &target, ..request };
        assert_eq!(told(client.exchange(&request).await), "!refused_address", "{host}");
    }
    assert_eq!(proxy.connections.load(Ordering::SeqCst), 1);
    // A proxy of addresses is given none that the guard refuses.
    let addresses = FetchOptions { proxy: Some(format!("socks5://{}", proxy.addr)), ..through };
    let target = url("http://localhost/");
    let request = Request { url: &target, ..request };
    assert_eq!(told(self::client(&addresses).exchange(&request).await), "!refused_address");
    assert_eq!(proxy.connections.load(Ordering::SeqCst), 1);
    for address in ["127.0.0.1:80", "ftp://a", "http://", "nonsense"] {
        let options = FetchOptions { proxy: Some(address.to_owned()), ..options() };
        assert!(Client::new(&options).is_err(), "{address}");
    }
}
