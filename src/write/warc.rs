//! WARC 1.1 (ISO 28500:2017) with one gzip member for each record.
//!
//! Enters: exchanges with servers as plain values. Leaves: bytes to append to an archive, and the names of its files.
//! Invariant: the bytes depend on the values alone, so an interrupted run that is taken up writes the same records.

mod http;
mod record;

use std::net::IpAddr;
use std::time::SystemTime;

use reqwest::Version;

use self::record::Record;
pub use self::record::{Digest, Packer, RecordId};

/// Size in bytes at which an archive's file is full, as archivers have it.
pub const FILE_BYTES: u64 = 1_000_000_000;

/// What revisit records of an identical payload conform to.
const REVISIT_PROFILE: &str = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest";
/// What all records of an archive conform to.
const CONFORMS_TO: &str = "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/";

/// What a file of the archive says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Info<'a> {
    /// The file's name.
    pub file_name: &'a str,
    /// When it was begun.
    pub date: SystemTime,
    /// Program and version: `tinsach/0.1.0`.
    pub software: &'a str,
    /// The User-Agent that servers were told, contact included.
    pub user_agent: &'a str,
    /// Whether robots.txt was obeyed.
    pub obeys_robots: bool,
}

/// One exchange with a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capture<'a> {
    /// The URL that was asked for.
    pub uri: &'a str,
    /// When the request was sent.
    pub date: SystemTime,
    /// The server's address; none behind a proxy.
    pub ip: Option<IpAddr>,
    /// Request line and fields as they were sent; without one no request record is written.
    pub request_head: &'a [u8],
    /// Version of HTTP that the server answered in.
    pub version: Version,
    /// The status.
    pub status: u16,
    /// The reason phrase, where the answer had one.
    pub reason: Option<&'a str>,
    /// The answer's fields in their order.
    pub fields: Vec<(&'a str, &'a [u8])>,
    /// The answer's body without transfer codings, its content codings left on.
    pub body: &'a [u8],
    /// Why the body ends before its end, if it does.
    pub truncated: Option<Truncated>,
}

/// Why a body was cut (ISO 28500, section 5.13).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truncated {
    /// It was too long.
    Length,
    /// It took too long.
    Time,
    /// The connection broke.
    Disconnect,
    /// Something else.
    Unspecified,
}

impl Truncated {
    fn name(self) -> &'static str {
        match self {
            Self::Length => "length",
            Self::Time => "time",
            Self::Disconnect => "disconnect",
            Self::Unspecified => "unspecified",
        }
    }
}

/// An earlier capture with the same payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier<'a> {
    /// The URL it was captured from.
    pub uri: &'a str,
    /// When; the value of its [`Capture::date`].
    pub date: SystemTime,
}

/// A file of an archive: what its records refer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArchiveFile {
    /// The id of the file's `warcinfo` record.
    pub info: RecordId,
}

/// The record that begins a file, and what the others need of it.
#[must_use]
pub fn begin(info: &Info, packer: &mut Packer) -> (ArchiveFile, Vec<u8>) {
    let robots = if info.obeys_robots { "obey" } else { "ignore" };
    let block = [
        ("software", info.software),
        ("format", "WARC File Format 1.1"),
        ("conformsTo", CONFORMS_TO),
        ("robots", robots),
        ("http-header-user-agent", info.user_agent),
    ];
    let block: String = block
        .iter()
        .fold(String::new(), |block, (name, value)| block + name + ": " + &record::printable(value) + "\r\n");
    let mut record = Record::new("warcinfo", info.date, "application/warc-fields");
    record.field("WARC-Filename", info.file_name);
    let (id, bytes) = record.packed(&[block.as_bytes()], None, packer, false);
    (ArchiveFile { info: id }, bytes)
}

/// The records of an exchange: the answer as a `response`, or as a `revisit` where an earlier capture had the same
/// payload, then the `request`.
///
/// `payload` is the digest of the capture's body. Values of `Authorization`, `Proxy-Authorization` and `Cookie` are
/// withheld: an archive is passed on, and they are the user's.
#[must_use]
pub fn exchange(
    capture: &Capture,
    payload: &Digest,
    earlier: Option<&Earlier>,
    file: &ArchiveFile,
    packer: &mut Packer,
) -> Vec<u8> {
    let head = http::response_head(capture);
    let kind = if earlier.is_some() { "revisit" } else { "response" };
    let mut record = of_capture(kind, capture, "application/http;msgtype=response");
    if earlier.is_none() {
        record.payload(payload);
    } else {
        record.field("WARC-Payload-Digest", &payload.to_string());
    }
    if capture.version == Version::HTTP_2 {
        // The head is spelt as HTTP/1.1, as archives have it.
        record.field("WARC-Protocol", "h2");
    }
    let body = if let Some(earlier) = earlier {
        record.field("WARC-Profile", REVISIT_PROFILE);
        record.field("WARC-Refers-To-Target-URI", earlier.uri);
        record.field("WARC-Refers-To-Date", &record::date(earlier.date));
        &[]
    } else {
        if let Some(truncated) = capture.truncated {
            record.field("WARC-Truncated", truncated.name());
        }
        capture.body
    };
    let is_compressed = http::is_compressed(capture);
    let (id, mut bytes) = record.packed(&[&head, body], Some(&file.info), packer, is_compressed);
    if !capture.request_head.is_empty() {
        let mut request = of_capture("request", capture, "application/http;msgtype=request");
        request.field("WARC-Concurrent-To", &id.to_string());
        let head = http::request_head(capture.request_head);
        bytes.extend(request.packed(&[&head], Some(&file.info), packer, false).1);
    }
    bytes
}

fn of_capture(kind: &'static str, capture: &Capture, content_type: &'static str) -> Record {
    let mut record = Record::new(kind, capture.date, content_type);
    record.field("WARC-Target-URI", capture.uri);
    if let Some(ip) = capture.ip {
        record.field("WARC-IP-Address", &ip.to_string());
    }
    record
}

/// The name of an archive's file: `tinsach-00000.warc.gz`.
#[must_use]
pub fn file_name(number: u32) -> String {
    format!("tinsach-{number:05}.warc.gz")
}

/// The number in a name that [`file_name`] gave; `None` for other names.
#[must_use]
pub fn file_number(name: &str) -> Option<u32> {
    let number = name.strip_prefix("tinsach-")?.strip_suffix(".warc.gz")?.parse().ok()?;
    (file_name(number) == name).then_some(number)
}

/// Whether `next` bytes more begin another file, after `written` bytes in this one. A file holds at least one exchange.
#[must_use]
pub fn is_full(written: u64, next: usize) -> bool {
    written > 0 && written.saturating_add(next as u64) > FILE_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_numbered_and_rolled() {
        assert_eq!(file_name(7), "tinsach-00007.warc.gz");
        for number in [0, 99_999, 100_000, u32::MAX] {
            assert_eq!(file_number(&file_name(number)), Some(number));
        }
        for name in ["tinsach-7.warc.gz", "tinsach-00007.warc", "tinsach-+0007.warc.gz", "x.warc.gz"] {
            assert_eq!(file_number(name), None);
        }
        assert!(!is_full(0, usize::MAX) && !is_full(FILE_BYTES - 1, 1) && is_full(FILE_BYTES, 1));
    }
}
