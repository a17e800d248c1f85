//! One exchange with a server.
//!
//! Enters: a request. Leaves: the answer as it was sent, or a typed error.
//! Invariant: every wait and every buffer has a bound, and each exchange is one request: only a connection that the
//! server had closed before it was used again is replaced by a fresh one.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use hyper::ext::ReasonPhrase;
use hyper_util::client::proxy::matcher::Matcher;
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Method, Proxy, Response, Version};
use tokio::time::{Instant, timeout_at};
use url::{Host, Url};

use super::bare::{bare, shown};
use super::body::{self, Reading};
use super::error::{ClientError, FetchError, Stage};
use super::guard::{self, Allowed, Refused};
use super::outgoing::{self, Outgoing};
use super::redirect;
use super::resolver::Resolver;
use super::{Exchange, FetchOptions, Kind, Limits, Request, fault, tls};
use crate::source::unreadable_media_type;

/// Most bytes of a document that names pages, as sent and decoded: those of a sitemap (sitemaps.org).
pub const MAX_SOURCE_BYTES: u64 = 50 * 1024 * 1024;
/// Most bytes that are read of a `robots.txt`; RFC 9309, section 2.5, asks for at least as many.
const MAX_ROBOTS_BYTES: u64 = 500 * 1024;
/// Connections to one host that are kept open while nothing is asked.
const MAX_IDLE: usize = 1;
/// Fields of one answer; the HTTP library ends at 100 by itself, and some sites send more.
const MAX_FIELDS: usize = 256;
/// Bytes of all fields of an answer over HTTP/2; over HTTP/1 the library ends at about 400 KiB.
const MAX_FIELD_BYTES: u32 = 256 * 1024;
/// Bytes of a body over HTTP/2 that a server may send before they are read.
const STREAM_WINDOW: u32 = 1024 * 1024;
/// Longest host name and longest label in it, in bytes (RFC 1035, section 2.3.4).
const MAX_NAME: usize = 253;
const MAX_LABEL: usize = 63;
/// Longest `Retry-After` field that is passed on, in characters.
const MAX_RETRY_AFTER: usize = 100;

/// Makes exchanges. Cheap to clone; clones share connections and looked-up names.
#[derive(Debug, Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    direct: reqwest::Client,
    proxied: reqwest::Client,
    /// Which URLs go through a proxy.
    proxies: Matcher,
    resolver: Resolver,
    outgoing: Outgoing,
    limits: Limits,
    allow: Arc<[Allowed]>,
}

/// The way of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Route {
    Direct,
    /// By a proxy that is told an address.
    ProxyOfAddresses,
    /// By a proxy that is told a name, and looks it up itself.
    ProxyOfNames,
}

/// When an exchange began, and when it has to be over.
#[derive(Clone, Copy)]
struct Clock {
    started: SystemTime,
    start: Instant,
    deadline: Instant,
}

impl Client {
    /// A client with these options.
    ///
    /// # Errors
    /// Options that cannot be used: certificates, proxy, fields.
    pub fn new(options: &FetchOptions) -> Result<Self, ClientError> {
        let allow: Arc<[Allowed]> = options.allow.clone().into();
        let limits = options.limits;
        let resolver = Resolver::new(limits.connect, Arc::clone(&allow));
        let tls = tls::configure(&options.certificates)?;
        let setup = |error: reqwest::Error| ClientError::Setup { reason: error.to_string() };
        let builder = || builder(&limits, options.idle).tls_backend_preconfigured(tls.clone());
        let direct = builder().no_proxy().dns_resolver(resolver.clone()).build().map_err(setup)?;
        let (behind, matcher) = match options.proxy.as_deref() {
            Some("") => (builder().no_proxy(), Matcher::builder().build()),
            Some(address) => (builder().proxy(read_proxy(address)?), Matcher::builder().all(address).build()),
            None => (builder(), Matcher::from_system()),
        };
        let proxied = behind.build().map_err(setup)?;
        let outgoing = Outgoing::new(options)?;
        Ok(Self {
            inner: Arc::new(Inner { direct, proxied, proxies: matcher, resolver, outgoing, limits, allow }),
        })
    }

    /// The address that `url` would be asked at first, looked up once in a while; `None` behind a proxy, which looks
    /// names up itself.
    ///
    /// # Errors
    /// A URL that may not be asked, or a name without an address.
    pub async fn resolve(&self, url: &Url) -> Result<Option<IpAddr>, FetchError> {
        self.inner.check(url).await
    }

    /// Sends one request and reads the answer: a success, a redirect that can be followed, or the 304 of a
    /// conditional request. Follows nothing.
    ///
    /// # Errors
    /// Anything else.
    pub async fn exchange(&self, request: &Request<'_>) -> Result<Exchange, FetchError> {
        let inner = &*self.inner;
        let start = Instant::now();
        let clock = Clock { started: SystemTime::now(), start, deadline: start + inner.limits.total };
        let url = bare(request.url.clone());
        let is_direct = inner.route(&url) == Route::Direct;
        inner.check(&url).await?;
        let fields = inner.outgoing.fields(&url, request);
        let request_head = outgoing::head(&url, &fields);
        let response = inner.send(&url, fields, is_direct, clock).await?;
        let first_byte = clock.start.elapsed();
        if is_direct {
            inner.check_remote(&url, &response)?;
        }
        if let Some(jar) = request.jar {
            jar.keep(&url, response.headers());
        }
        let mut exchange = begin(&url, request.kind, clock, &response);
        exchange.request_head = request_head;
        exchange.first_byte = first_byte;
        inner.finish(exchange, response, request.validators.is_some(), clock).await
    }
}

impl Inner {
    fn route(&self, url: &Url) -> Route {
        let proxy = url.as_str().parse().ok().and_then(|uri| self.proxies.intercept(&uri));
        match proxy.as_ref().map(|proxy| proxy.uri().scheme_str()) {
            None => Route::Direct,
            Some(Some("socks4" | "socks5")) => Route::ProxyOfAddresses,
            Some(_) => Route::ProxyOfNames,
        }
    }

    /// Checks that `url` may be asked; and the first address of its host, where it is looked up here.
    async fn check(&self, url: &Url) -> Result<Option<IpAddr>, FetchError> {
        let (host, port) = self.check_form(url)?;
        let name = match host {
            Host::Ipv4(addr) => return self.check_address(url, addr.into(), port).map(Some),
            Host::Ipv6(addr) => return self.check_address(url, addr.into(), port).map(Some),
            Host::Domain(name) => name,
        };
        if self.route(url) == Route::ProxyOfNames {
            let is_local = guard::is_local_name(name);
            let reason = "this machine";
            let refused = FetchError::RefusedAddress { url: shown(url), address: name.to_owned(), reason };
            return if is_local { Err(refused) } else { Ok(None) };
        }
        let found = self.resolver.lookup(name).await;
        let found = found.map_err(|fault| fault::of_lookup(url, &fault, self.limits.connect))?;
        self.first_allowed(url, &found, port).map(Some)
    }

    /// The first of `found` that may be asked.
    ///
    /// A connection tries all addresses that may be asked on any port, so one among them that may not be asked on this
    /// port spoils the others.
    fn first_allowed(&self, url: &Url, found: &[IpAddr], port: u16) -> Result<IpAddr, FetchError> {
        let mut first = None;
        let mut refused = None;
        for addr in found {
            match self.check_address(url, *addr, port) {
                Ok(addr) => first = first.or(Some(addr)),
                Err(error) if guard::may_be_asked(*addr, &self.allow) => return Err(error),
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        first.ok_or_else(|| refused.unwrap_or_else(|| bad_url(url, "its host has no address")))
    }

    fn check_address(&self, url: &Url, addr: IpAddr, port: u16) -> Result<IpAddr, FetchError> {
        guard::check(addr, port, &self.allow).map(|()| addr).map_err(|refused| match refused {
            Refused::Port(port) => FetchError::RefusedPort { url: shown(url), port },
            Refused::Address(reason) => {
                FetchError::RefusedAddress { url: shown(url), address: addr.to_string(), reason }
            }
        })
    }

    /// Checks scheme, host and port as they are written.
    fn check_form<'u>(&self, url: &'u Url) -> Result<(Host<&'u str>, u16), FetchError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(FetchError::RefusedScheme { url: shown(url), scheme: url.scheme().to_owned() });
        }
        let host = url.host().ok_or_else(|| bad_url(url, "it has no host"))?;
        let port = url.port_or_known_default().unwrap_or(0);
        if guard::is_refused_port(port, &self.allow) {
            return Err(FetchError::RefusedPort { url: shown(url), port });
        }
        if let Host::Domain(name) = host {
            let name = name.strip_suffix('.').unwrap_or(name);
            if name.len() > MAX_NAME
                || name.split('.').any(|label| label.is_empty() || label.len() > MAX_LABEL)
            {
                return Err(bad_url(url, "its host name has an empty or an overlong part"));
            }
        }
        Ok((host, port))
    }

    /// Checks the address that answered: what the guard refuses is never read, however it was reached.
    fn check_remote(&self, url: &Url, response: &Response) -> Result<(), FetchError> {
        match response.remote_addr() {
            Some(remote) => self.check_address(url, remote.ip(), remote.port()).map(|_| ()),
            None => Ok(()),
        }
    }

    /// Sends the request and waits for the header section of the answer.
    async fn send(
        &self,
        url: &Url,
        fields: HeaderMap,
        is_direct: bool,
        clock: Clock,
    ) -> Result<Response, FetchError> {
        let mut request = reqwest::Request::new(Method::GET, url.clone());
        *request.headers_mut() = fields;
        let client = if is_direct { &self.direct } else { &self.proxied };
        let first_byte = clock.start + self.limits.first_byte;
        let (deadline, stage, limit) = if first_byte <= clock.deadline {
            (first_byte, Stage::FirstByte, self.limits.first_byte)
        } else {
            (clock.deadline, Stage::Total, self.limits.total)
        };
        match timeout_at(deadline, client.execute(request)).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(fault::of_request(url, &error, self.limits.connect)),
            Err(_) => Err(FetchError::Timeout { url: shown(url), stage, limit }),
        }
    }

    /// Judges the status, and reads the body.
    async fn finish(
        &self,
        mut exchange: Exchange,
        mut response: Response,
        is_conditional: bool,
        clock: Clock,
    ) -> Result<Exchange, FetchError> {
        let url = exchange.url.clone();
        let is_robots = exchange.kind == Kind::Robots;
        let limits = &self.limits;
        let limit = match exchange.kind {
            Kind::Page => limits.max_body_bytes,
            Kind::Robots => MAX_ROBOTS_BYTES.min(limits.max_body_bytes),
            Kind::Source => MAX_SOURCE_BYTES,
        };
        // What is read of a longer sitemap is a sitemap.
        let may_cut = exchange.kind != Kind::Page;
        let reading = Reading { url: &url, limits, limit, may_cut, deadline: clock.deadline };
        match exchange.status {
            304 if is_conditional => {}
            101 | 206 | 304 => return Err(FetchError::Unasked { url: shown(&url), status: exchange.status }),
            200..300 => {
                check_media_type(&exchange)?;
                (exchange.body, exchange.is_cut) = body::read(&mut response, &reading).await?;
                if exchange.body.is_empty() && !is_robots {
                    return Err(FetchError::Empty { url: shown(&url), status: exchange.status });
                }
            }
            300..400 => {
                redirect::target(&exchange)?;
                (exchange.body, exchange.is_cut) = body::drain(&mut response, &reading).await;
            }
            status => {
                body::drain(&mut response, &reading).await;
                let retry_after = exchange.fields.get(RETRY_AFTER);
                let retry_after = retry_after.map(|value| String::from_utf8_lossy(value.as_bytes()));
                let retry_after = retry_after.map(|value| value.chars().take(MAX_RETRY_AFTER).collect());
                return Err(FetchError::Status { url: shown(&url), status, retry_after });
            }
        }
        exchange.elapsed = clock.start.elapsed();
        Ok(exchange)
    }
}

fn builder(limits: &Limits, idle: Duration) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        // Another crate of the same build may have switched them on.
        .no_gzip()
        .no_brotli()
        .no_deflate()
        .no_zstd()
        .connect_timeout(limits.connect)
        .pool_max_idle_per_host(MAX_IDLE)
        .pool_idle_timeout(idle)
        .http1_max_headers(MAX_FIELDS)
        .http2_max_header_list_size(MAX_FIELD_BYTES)
        .http2_initial_stream_window_size(STREAM_WINDOW)
        .http2_initial_connection_window_size(STREAM_WINDOW)
}

/// Refuses what the HTTP library would take for a proxy, but not use as one.
fn read_proxy(address: &str) -> Result<Proxy, ClientError> {
    let unusable = |reason: &str| ClientError::Proxy { reason: reason.to_owned() };
    let url = Url::parse(address).map_err(|_| unusable("it is no URL"))?;
    if !matches!(url.scheme(), "http" | "https" | "socks4" | "socks4a" | "socks5" | "socks5h") {
        return Err(unusable("it is neither of http, https, socks4, socks4a, socks5, socks5h"));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(unusable("it has no host"));
    }
    Proxy::all(address).map_err(|error| ClientError::Proxy { reason: error.without_url().to_string() })
}

fn bad_url(url: &Url, reason: &str) -> FetchError {
    FetchError::BadUrl { url: shown(url), reason: reason.to_owned() }
}

/// What is known of an exchange before the body.
fn begin(url: &Url, kind: Kind, clock: Clock, response: &Response) -> Exchange {
    let status = response.status();
    let stated = response.extensions().get::<ReasonPhrase>();
    let stated = stated.map(|reason| String::from_utf8_lossy(reason.as_bytes()).into_owned());
    let usual = || status.canonical_reason().map(ToOwned::to_owned);
    let has_reason = response.version() <= Version::HTTP_11;
    Exchange {
        url: url.clone(),
        kind,
        started: clock.started,
        elapsed: Duration::ZERO,
        first_byte: Duration::ZERO,
        remote: response.remote_addr(),
        version: response.version(),
        status: status.as_u16(),
        reason: has_reason.then(|| stated.or_else(usual)).flatten(),
        request_head: Vec::new(),
        fields: response.headers().clone(),
        body: Vec::new(),
        is_cut: false,
    }
}

/// Stops before the body of what is surely no page. For what is no page the content counts, whatever it is called.
fn check_media_type(exchange: &Exchange) -> Result<(), FetchError> {
    if exchange.kind != Kind::Page {
        return Ok(());
    }
    let stated = exchange.fields.get(CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes()));
    match unreadable_media_type(stated.as_deref()) {
        Some(media_type) => {
            let (url, status) = (shown(&exchange.url), exchange.status);
            Err(FetchError::NotADocument { url, status, media_type })
        }
        None => Ok(()),
    }
}
