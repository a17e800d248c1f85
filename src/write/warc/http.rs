//! Heads of HTTP messages as archives keep them.
//!
//! Enters: an exchange. Leaves: request and status lines with their fields, in HTTP/1.1.
//! Invariant: a head fits the body that is stored behind it.

use reqwest::{StatusCode, Version};

use super::Capture;

/// Request fields whose values are the user's secrets, in lower case.
const WITHHELD: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];

/// Beginnings of media types that are compressed already.
const COMPRESSED_TYPES: [&str; 6] =
    ["application/gzip", "application/zip", "audio/", "font/woff", "image/", "video/"];

/// Status line and fields of an answer, with the blank line.
///
/// The body stands behind it without its transfer coding, so `Transfer-Encoding`, and a `Content-Length` that is not the
/// body's, are kept under the names that archivers use: `X-Archive-Orig-…`.
pub(super) fn response_head(capture: &Capture) -> Vec<u8> {
    let version = if capture.version == Version::HTTP_10 { "HTTP/1.0" } else { "HTTP/1.1" };
    let known = StatusCode::from_u16(capture.status).ok().and_then(|status| status.canonical_reason());
    let reason = capture.reason.or(known).unwrap_or_default();
    let mut head = format!("{version} {:03} ", capture.status).into_bytes();
    put_value(&mut head, reason.as_bytes());
    head.extend(b"\r\n");
    let length = capture.body.len().to_string();
    let mut is_stated = false;
    for (name, value) in &capture.fields {
        let lower = name.to_ascii_lowercase();
        let is_length = lower == "content-length";
        if is_length && value.trim_ascii() == length.as_bytes() {
            if !is_stated {
                put_field(&mut head, "", name, value);
            }
            is_stated = true;
        } else if is_length || lower == "transfer-encoding" {
            put_field(&mut head, "X-Archive-Orig-", name, value);
        } else {
            put_field(&mut head, "", name, value);
        }
    }
    let has_body = capture.status >= 200 && !matches!(capture.status, 204 | 304);
    if !is_stated && has_body {
        put_field(&mut head, "", "Content-Length", length.as_bytes());
    }
    head.extend(b"\r\n");
    head
}

/// A request's head with its secrets withheld and the blank line at its end.
pub(super) fn request_head(sent: &[u8]) -> Vec<u8> {
    let mut head = Vec::with_capacity(sent.len() + 4);
    let lines = sent.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let mut is_secret = false;
    for (at, line) in lines.take_while(|line| !line.is_empty()).enumerate() {
        let is_folded = line.starts_with(b" ") || line.starts_with(b"\t");
        let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
        if is_folded && is_secret {
            continue;
        }
        is_secret = WITHHELD.iter().any(|secret| name.trim_ascii().eq_ignore_ascii_case(secret.as_bytes()));
        if at == 0 {
            put_value(&mut head, &spelt_as_http_1(line));
        } else if is_secret {
            put_value(&mut head, name);
            head.extend(b": [withheld]");
        } else {
            put_value(&mut head, line);
        }
        head.extend(b"\r\n");
    }
    head.extend(b"\r\n");
    head
}

/// A request line in HTTP/1.1, whichever version it was sent in.
fn spelt_as_http_1(line: &[u8]) -> Vec<u8> {
    let start = line.strip_suffix(b" HTTP/2.0").or_else(|| line.strip_suffix(b" HTTP/2"));
    start.map_or_else(|| line.to_vec(), |start| [start, b" HTTP/1.1"].concat())
}

/// Whether the body gains nothing from another compression.
pub(super) fn is_compressed(capture: &Capture) -> bool {
    capture.fields.iter().any(|(name, value)| {
        let value = value.trim_ascii();
        if name.eq_ignore_ascii_case("content-encoding") {
            return !value.is_empty() && !value.eq_ignore_ascii_case(b"identity");
        }
        let is_type = name.eq_ignore_ascii_case("content-type");
        is_type && COMPRESSED_TYPES.iter().any(|start| starts_with(value, start))
    })
}

fn starts_with(value: &[u8], start: &str) -> bool {
    value.get(..start.len()).is_some_and(|value| value.eq_ignore_ascii_case(start.as_bytes()))
}

fn put_field(head: &mut Vec<u8>, prefix: &str, name: &str, value: &[u8]) {
    head.extend(prefix.as_bytes());
    put_value(head, name.as_bytes());
    head.extend(b": ");
    put_value(head, value);
    head.extend(b"\r\n");
}

/// Puts a value on its line: a space for what would end it.
fn put_value(head: &mut Vec<u8>, value: &[u8]) {
    head.extend(value.iter().map(|byte| if matches!(byte, b'\r' | b'\n' | 0) { b' ' } else { *byte }));
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    fn capture<'a>(status: u16, fields: &[(&'a str, &'a str)], body: &'a [u8]) -> Capture<'a> {
        Capture {
            uri: "https://x.vn/",
            date: SystemTime::UNIX_EPOCH,
            ip: None,
            request_head: b"",
            version: Version::HTTP_2,
            status,
            reason: None,
            fields: fields.iter().map(|(name, value)| (*name, value.as_bytes())).collect(),
            body,
            truncated: None,
        }
    }

    #[track_caller]
    fn check(status: u16, fields: &[(&str, &str)], body: &str, expected: &str) {
        let head = response_head(&capture(status, fields, body.as_bytes()));
        assert_eq!(String::from_utf8_lossy(&head).replace("\r\n", "|"), expected);
    }

    #[test]
    fn heads_fit_their_bodies() {
        check(200, &[("content-length", "3"), ("b", "c")], "bai", "HTTP/1.1 200 OK|content-length: 3|b: c||");
        check(
            200,
            &[("Transfer-Encoding", "chunked"), ("Content-Encoding", "gzip")],
            "bai",
            "HTTP/1.1 200 OK|X-Archive-Orig-Transfer-Encoding: chunked|Content-Encoding: gzip|Content-Length: 3||",
        );
        let lengths = [("Content-Length", "9"), ("Content-Length", "3"), ("Content-Length", "3")];
        let expected = "HTTP/1.1 200 OK|X-Archive-Orig-Content-Length: 9|Content-Length: 3||";
        check(200, &lengths, "bai", expected);
        check(
            304,
            &[("Content-Length", "9")],
            "",
            "HTTP/1.1 304 Not Modified|X-Archive-Orig-Content-Length: 9||",
        );
        check(204, &[], "", "HTTP/1.1 204 No Content||");
        check(799, &[("a", "b\r\nc: d\0")], "", "HTTP/1.1 799 |a: b  c: d |Content-Length: 0||");
    }

    #[test]
    fn requests_keep_their_secrets() {
        let sent = b"GET /a HTTP/2.0\r\nHost: x.vn\r\nCOOKIE: id=secret\r\nAuthorization: secret\r\n\tsecret\r\nA: b\r\n\r\nrest";
        let head = request_head(sent);
        assert_eq!(
            String::from_utf8_lossy(&head).replace("\r\n", "|"),
            "GET /a HTTP/1.1|Host: x.vn|COOKIE: [withheld]|Authorization: [withheld]|A: b||"
        );
        assert_eq!(request_head(b"GET / HTTP/1.1"), b"GET / HTTP/1.1\r\n\r\n");
    }

    #[test]
    fn compressed_bodies_are_known() {
        assert!(is_compressed(&capture(200, &[("Content-Encoding", "br")], b"x")));
        assert!(is_compressed(&capture(200, &[("content-type", "Image/png")], b"x")));
        assert!(!is_compressed(&capture(
            200,
            &[("Content-Encoding", "identity"), ("content-type", "text/html")],
            b"x"
        )));
    }
}
