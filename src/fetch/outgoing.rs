//! What is sent.
//!
//! Enters: a request, and what the options say of its host. Leaves: fields, and the head as an archive keeps it.
//! Invariant: fields and cookies of a host go to that host alone.

use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, COOKIE, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH,
    USER_AGENT,
};
use url::Url;

use super::error::ClientError;
use super::{FetchOptions, HostFields, Kind, Request};

/// Codings that are undone here.
const CODINGS: HeaderValue = HeaderValue::from_static("gzip, deflate, br, zstd");
const PAGES: HeaderValue = HeaderValue::from_static(
    "text/html,application/xhtml+xml,text/plain;q=0.9,application/xml;q=0.8,*/*;q=0.5",
);
const RULES: HeaderValue = HeaderValue::from_static("text/plain,*/*;q=0.5");
const SOURCES: HeaderValue = HeaderValue::from_static(
    "application/rss+xml,application/atom+xml,application/feed+json,application/xml,text/xml,text/html,*/*;q=0.5",
);

/// Longest `Cookie` field that is sent, in bytes; many servers take 8 KiB of fields in all.
const MAX_COOKIE_FIELD_BYTES: usize = 6 * 1024;

/// Fields that frame a message or belong to the connection; to send others than those of the client would break it.
const RESERVED: [&str; 13] = [
    "accept-encoding",
    "connection",
    "content-length",
    "cookie",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "range",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// Fields of a host that an archive may keep; what others hold may be what opens the site.
const HARMLESS: [&str; 3] = ["accept", "accept-language", "referer"];

/// The fields of all requests.
#[derive(Debug)]
pub(super) struct Outgoing {
    user_agent: HeaderValue,
    hosts: Vec<Prepared>,
}

#[derive(Debug)]
struct Prepared {
    host: String,
    fields: Vec<(HeaderName, HeaderValue)>,
    cookies: Vec<(String, String)>,
}

impl Outgoing {
    /// Checks the fields of the options.
    pub(super) fn new(options: &FetchOptions) -> Result<Self, ClientError> {
        let hosts = options.host_fields.iter().map(prepare).collect::<Result<_, _>>()?;
        Ok(Self { user_agent: value("User-Agent", &options.user_agent)?, hosts })
    }

    /// The fields of one request to `url`.
    pub(super) fn fields(&self, url: &Url, request: &Request<'_>) -> HeaderMap {
        let mut fields = HeaderMap::new();
        fields.insert(USER_AGENT, self.user_agent.clone());
        let accepted = match request.kind {
            Kind::Page => PAGES,
            Kind::Robots => RULES,
            Kind::Source => SOURCES,
        };
        fields.insert(ACCEPT, accepted);
        fields.insert(ACCEPT_ENCODING, CODINGS);
        if let Some(validators) = request.validators {
            let known = [(IF_NONE_MATCH, &validators.etag), (IF_MODIFIED_SINCE, &validators.last_modified)];
            for (name, text) in known {
                // What cannot be sent back cannot match.
                let text = text.as_deref().and_then(|text| HeaderValue::from_bytes(text.as_bytes()).ok());
                text.map(|text| fields.insert(name, text));
            }
        }
        let mut cookies = request.jar.map(|jar| jar.cookies(url)).unwrap_or_default();
        for host in self.hosts.iter().filter(|host| host.is_for(url)) {
            for (name, value) in &host.fields {
                fields.insert(name.clone(), value.clone());
            }
            for (name, value) in &host.cookies {
                if !cookies.iter().any(|(known, _)| known == name) {
                    cookies.push((name.clone(), value.clone()));
                }
            }
        }
        if let Some(cookies) = cookie_field(&cookies) {
            fields.insert(COOKIE, cookies);
        }
        fields
    }
}

impl Prepared {
    fn is_for(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default();
        match self.host.strip_prefix("*.") {
            Some(parent) => host.strip_suffix(parent).is_some_and(|below| below.ends_with('.')),
            None => host == self.host,
        }
    }
}

/// Request line and fields in the form of HTTP/1.1, whatever protocol carries them, for an archive: without the values
/// of a host's own fields.
pub(super) fn head(url: &Url, fields: &HeaderMap) -> Vec<u8> {
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let authority = &url[url::Position::BeforeHost..url::Position::AfterPort];
    let mut head = format!("GET {target} HTTP/1.1\r\n").into_bytes();
    for (name, value) in fields {
        let value = if value.is_sensitive() { b"[withheld]" } else { value.as_bytes() };
        head.extend([name.as_str().as_bytes(), b": ", value, b"\r\n"].concat());
    }
    head.extend(format!("host: {authority}\r\n").into_bytes());
    head
}

fn prepare(given: &HostFields) -> Result<Prepared, ClientError> {
    let mut fields = Vec::new();
    for (name, text) in &given.fields {
        let unusable = |reason: &str| ClientError::Field { name: name.clone(), reason: reason.to_owned() };
        let parsed = HeaderName::from_bytes(name.as_bytes());
        let parsed = parsed.map_err(|_| unusable("its name has characters that names cannot have"))?;
        if parsed == COOKIE {
            return Err(unusable("cookies are given by name and value"));
        }
        if RESERVED.contains(&parsed.as_str()) {
            return Err(unusable("the connection sets it itself"));
        }
        let mut value = value(name, text)?;
        value.set_sensitive(!HARMLESS.contains(&parsed.as_str()));
        fields.push((parsed, value));
    }
    for (name, text) in &given.cookies {
        let breaks =
            |text: &str| text.bytes().any(|byte| byte <= b' ' || byte == 0x7f || b";,\"\\".contains(&byte));
        if name.is_empty() || name.contains('=') || breaks(name) || breaks(text) {
            let reason = "a cookie has no blanks, quotes, commas, semicolons or backslashes".to_owned();
            return Err(ClientError::Field { name: name.clone(), reason });
        }
    }
    Ok(Prepared { host: given.host.to_ascii_lowercase(), fields, cookies: given.cookies.clone() })
}

fn value(name: &str, text: &str) -> Result<HeaderValue, ClientError> {
    HeaderValue::from_bytes(text.as_bytes()).map_err(|_| ClientError::Field {
        name: name.to_owned(),
        reason: "its value has control characters".to_owned(),
    })
}

/// The field that carries cookies; those that do not fit are left out.
fn cookie_field(cookies: &[(String, String)]) -> Option<HeaderValue> {
    let mut field = String::new();
    for (name, value) in cookies {
        if field.len() + name.len() + value.len() + 3 <= MAX_COOKIE_FIELD_BYTES {
            let gap = if field.is_empty() { "" } else { "; " };
            field.extend([gap, name, "=", value]);
        }
    }
    (!field.is_empty()).then(|| HeaderValue::from_bytes(field.as_bytes()).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::super::Jar;
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap_or_else(|error| panic!("{error}"))
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    fn options(host: &str, fields: &[(&str, &str)], cookies: &[(&str, &str)]) -> FetchOptions {
        let pairs = |pairs: &[(&str, &str)]| pairs.iter().map(|(name, value)| pair(name, value)).collect();
        let host_fields =
            HostFields { host: host.to_owned(), fields: pairs(fields), cookies: pairs(cookies) };
        FetchOptions { host_fields: vec![host_fields], ..FetchOptions::new("bot/1 (+mailto:a@b.vn)") }
    }

    fn sent(options: &FetchOptions, to: &str, jar: Option<&Jar>) -> String {
        let to = url(to);
        let request = Request { url: &to, kind: Kind::Page, jar, validators: None };
        let fields =
            Outgoing::new(options).map(|outgoing| outgoing.fields(&to, &request)).unwrap_or_default();
        String::from_utf8_lossy(&head(&to, &fields)).into_owned()
    }

    #[test]
    fn fields_go_to_their_host_alone() {
        let exact = options("A.vn", &[("X-Key", "k")], &[("c", "1")]);
        let jar = Jar::default();
        let set = [(reqwest::header::SET_COOKIE, HeaderValue::from_static("c=2"))];
        jar.keep(&url("http://a.vn/"), &set.into_iter().collect());
        assert!(
            sent(&exact, "http://a.vn:81/p?q#f", None)
                .starts_with("GET /p?q HTTP/1.1\r\nuser-agent: bot/1 (")
        );
        assert!(
            sent(&exact, "http://a.vn:81/", None)
                .ends_with("x-key: [withheld]\r\ncookie: c=1\r\nhost: a.vn:81\r\n")
        );
        assert!(sent(&exact, "http://a.vn/", Some(&jar)).contains("cookie: c=2\r\n"));
        let below = options("*.a.vn", &[("X-Key", "k")], &[]);
        for (to, expected) in [("b.a.vn", true), ("a.vn", false), ("ba.vn", false), ("a.vn.b.vn", false)] {
            assert_eq!(sent(&below, &format!("http://{to}/"), None).contains("x-key"), expected, "{to}");
            assert!(!sent(&exact, "http://b.a.vn/", None).contains("x-key"));
        }
    }

    #[test]
    fn what_cannot_be_sent_is_refused() {
        for (name, value) in
            [("Host", "b"), ("Cookie", "a=b"), ("a b", "c"), ("X-A", "a\nb"), ("TE", "x"), ("", "")]
        {
            assert!(Outgoing::new(&options("a.vn", &[(name, value)], &[])).is_err(), "{name}");
        }
        for (name, value) in [("", "b"), ("a", "b;c"), ("a=b", "c"), ("a", "b\n")] {
            assert!(Outgoing::new(&options("a.vn", &[], &[(name, value)])).is_err(), "{name}={value}");
        }
        assert!(Outgoing::new(&FetchOptions::new("a\r\nX: y")).is_err());
        assert!(Outgoing::new(&options("a.vn", &[("X-Title", "tiếng")], &[("a", "b=c")])).is_ok());
    }
}
