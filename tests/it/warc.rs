//! Archives that are written here: our own reader takes them apart, and so does Python's `warcio` where it is installed.

use std::fs;
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use reqwest::Version;
use tinsach::source::{self, Item, SourceOptions};
use tinsach::write::warc::{self, Capture, Digest, Earlier, Info, Packer, Truncated};

const PAGE: &str =
    "<html><body><h1>Mùa gặt sớm ở xã Đông</h1><p>Bà con ra đồng từ tờ mờ sáng.</p></body></html>";

/// The page in brotli, in one stored block.
fn brotli() -> Vec<u8> {
    let page = PAGE.as_bytes();
    // RFC 7932: window of 16 bits (0), ISLAST 0, MNIBBLES 4 (00), MLEN - 1, ISUNCOMPRESSED 1; then an empty last block.
    let header = u32::try_from(page.len() - 1).expect("short") << 4 | 1 << 20;
    [&header.to_le_bytes()[..3], page, &[3]].concat()
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).expect("in memory");
    encoder.finish().expect("in memory")
}

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::new(1_772_841_900 + seconds, 5_000_000)
}

fn capture<'a>(uri: &'a str, fields: &[(&'a str, &'a str)], body: &'a [u8]) -> Capture<'a> {
    Capture {
        uri,
        date: at(0),
        ip: Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        request_head: b"GET / HTTP/1.1\r\nHost: x.vn\r\nUser-Agent: tinsach/0.1\r\n\r\n",
        version: Version::HTTP_11,
        status: 200,
        reason: Some("OK"),
        fields: fields.iter().map(|(name, value)| (*name, value.as_bytes())).collect(),
        body,
        truncated: None,
    }
}

const HTML: (&str, &str) = ("Content-Type", "text/html; charset=utf-8");

/// An archive of every kind of record.
fn archive(level: u32) -> Vec<u8> {
    let info = Info {
        file_name: "tinsach-00000.warc.gz",
        date: at(0),
        software: "tinsach/0.1.0",
        user_agent: "tinsach/0.1 (+mailto:a@x.vn)",
        obeys_robots: true,
    };
    let mut packer = Packer::new(level);
    let (file, mut bytes) = warc::begin(&info, &mut packer);
    let (gzipped, brotli) = (gzip(PAGE.as_bytes()), brotli());
    let zstd = zstd::encode_all(PAGE.as_bytes(), 3).expect("in memory");
    let captures = [
        capture("https://x.vn/a?b=%C3%A1", &[HTML, ("Content-Length", "106")], PAGE.as_bytes()),
        Capture { version: Version::HTTP_2, ..capture("https://x.vn/h2", &[HTML], PAGE.as_bytes()) },
        capture(
            "https://x.vn/gz",
            &[HTML, ("Transfer-Encoding", "chunked"), ("Content-Encoding", "gzip")],
            &gzipped,
        ),
        capture("https://x.vn/br", &[HTML, ("content-encoding", "br")], &brotli),
        capture("https://x.vn/zstd", &[HTML, ("content-encoding", "zstd")], &zstd),
        Capture { status: 404, reason: None, ..capture("https://x.vn/gone", &[HTML], b"gone") },
        Capture { status: 304, reason: None, ..capture("https://x.vn/same", &[("ETag", "\"a\"")], b"") },
        capture("https://x.vn/robots.txt", &[("Content-Type", "text/plain")], b"User-agent: *\n"),
        Capture { truncated: Some(Truncated::Length), ..capture("https://x.vn/cut", &[HTML], b"<p>half") },
        Capture {
            ip: None,
            request_head: b"",
            ..capture("https://x.vn/odd", &[("A\r\nB", "c\r\nd: e")], b"")
        },
    ];
    for capture in &captures {
        bytes.extend(warc::exchange(capture, &Digest::of(capture.body), None, &file, &mut packer));
    }
    let again = Capture { date: at(9), ..captures[2].clone() };
    let earlier = Earlier { uri: captures[2].uri, date: captures[2].date };
    bytes.extend(warc::exchange(&again, &Digest::of(again.body), Some(&earlier), &file, &mut packer));
    bytes
}

fn read(path: &Path) -> Vec<Item> {
    source::read(&[path.to_path_buf()], &SourceOptions::default()).expect("an archive").collect()
}

#[test]
fn our_reader_gives_the_pages_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tinsach-00000.warc.gz");
    for level in [0, 1, 9] {
        let bytes = archive(level);
        assert_eq!(bytes, archive(level), "the same values, the same bytes");
        fs::write(&path, bytes).expect("the archive");
        let items = read(&path);
        let outcomes: Vec<String> = items
            .iter()
            .map(|item| match &item.page {
                Ok(page) => {
                    assert_eq!(page.fetched_at.as_deref(), Some("2026-03-07T00:05:00.005000Z"));
                    let body = String::from_utf8_lossy(&page.body);
                    let body = if body == PAGE { "PAGE" } else { &body };
                    let kind = page.content_type.as_deref().unwrap_or("-");
                    format!("{} {kind} {body}", page.url.as_deref().unwrap_or("-"))
                }
                Err(error) => error.code().to_owned(),
            })
            .collect();
        let html = "text/html; charset=utf-8";
        let expected = [
            format!("https://x.vn/a?b=%C3%A1 {html} PAGE"),
            format!("https://x.vn/h2 {html} PAGE"),
            format!("https://x.vn/gz {html} PAGE"),
            format!("https://x.vn/br {html} PAGE"),
            format!("https://x.vn/zstd {html} PAGE"),
            "http_status".to_owned(),
            "http_status".to_owned(),
            "https://x.vn/robots.txt text/plain User-agent: *\n".to_owned(),
            format!("https://x.vn/cut {html} <p>half"),
            "https://x.vn/odd - ".to_owned(),
        ];
        assert_eq!(outcomes, expected);
    }
}

/// Reads an archive as its users do: every record, its heads and its body, and what links them.
const ITERATE: &str = r#"
import sys, warnings
sys.modules["brotli"] = None
warnings.simplefilter("error")
from warcio.archiveiterator import ArchiveIterator
ids, kinds = set(), []
with open(sys.argv[1], "rb") as stream:
    for record in ArchiveIterator(stream, check_digests="raise"):
        head = record.rec_headers
        assert head.protocol == "WARC/1.1", head.protocol
        identity = head.get_header("WARC-Record-ID")
        assert identity.startswith("<urn:uuid:") and identity not in ids, identity
        ids.add(identity)
        if record.rec_type == "warcinfo":
            info = identity
        else:
            assert head.get_header("WARC-Warcinfo-ID") == info
        if record.rec_type == "request":
            assert head.get_header("WARC-Concurrent-To") == last
            assert record.http_headers.get_header("Host") == "x.vn"
        if record.rec_type == "revisit":
            assert head.get_header("WARC-Refers-To-Target-URI") == "https://x.vn/gz"
            assert head.get_header("WARC-Refers-To-Date") == "2026-03-07T00:05:00.005000Z"
        last = identity
        kind = record.rec_type
        if kind in ("response", "revisit"):
            kind += " " + record.http_headers.get_statuscode()
            length = record.http_headers.get_header("Content-Length")
            if kind.startswith("response") and length is not None:
                assert int(length) == len(record.raw_stream.read()), head.get_header("WARC-Target-URI")
            else:
                record.content_stream().read()
        kinds.append(kind)
print("\n".join(kinds))
"#;

/// `warcio check`. warcio 1.8 sets an attribute that the decompressor of brotli 1.2 does not let it set, in any archive.
const CHECK: &str = r#"
import sys
sys.modules["brotli"] = None
from warcio.cli import main
main(["check", "-v", sys.argv[1]])
"#;

/// What `python3` says to these arguments; `None` where it or `warcio` is missing.
fn python(args: &[&str]) -> Option<String> {
    let run = |args: &[&str]| Command::new("python3").args(args).stdin(Stdio::null()).output();
    let has_warcio = run(&["-c", "import warcio"]).is_ok_and(|output| output.status.success());
    if !has_warcio {
        return None;
    }
    let output = run(args).expect("python3 starts");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && err.is_empty(), "{args:?}: {out}{err}");
    Some(out.into_owned())
}

#[test]
#[allow(clippy::print_stderr, reason = "a test that is skipped says so")]
fn warcio_reads_the_archive_without_complaint() {
    let folder = tempfile::tempdir().expect("a folder");
    for level in [0, 1] {
        let path = folder.path().join(format!("{level}.warc.gz"));
        fs::write(&path, archive(level)).expect("the archive");
        let path = path.to_str().expect("UTF-8");
        let Some(checked) = python(&["-c", CHECK, path]) else {
            eprintln!("skipped: python3 with warcio is not installed");
            return;
        };
        let count = |word: &str| checked.matches(word).count();
        assert_eq!((count("digest pass"), count("not checked (revisit)")), (21, 1), "{checked}");
        assert_eq!(count("no digest") + count("failed") + count("unknown"), 0, "{checked}");
        let kinds = python(&["-c", ITERATE, path]).expect("warcio is there");
        let expected = "warcinfo\n".to_owned()
            + &"response 200\nrequest\n".repeat(5)
            + "response 404\nrequest\nresponse 304\nrequest\n"
            + &"response 200\nrequest\n".repeat(2)
            + "response 200\nrevisit 200\nrequest\n";
        assert_eq!(kinds, expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_a_server_sends_stays_in_its_record(
        fields in prop::collection::vec(("[\\PC\r\n]{0,12}", prop::collection::vec(any::<u8>(), 0..20)), 0..6),
        reason in "[\\PC\r\n]{0,12}",
        body in prop::collection::vec(any::<u8>(), 0..60),
        status in 100_u16..999,
        level in 0_u32..3,
    ) {
        let fields = fields.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect();
        let odd = Capture { fields, status, reason: Some(&reason), ..capture("https://x.vn/odd", &[], &body) };
        let info = Info { file_name: "a", date: at(0), software: "b", user_agent: "c", obeys_robots: false };
        let mut packer = Packer::new(level);
    let (file, mut bytes) = warc::begin(&info, &mut packer);
        bytes.extend(warc::exchange(&odd, &Digest::of(&body), None, &file, &mut packer));
        let last = capture("https://x.vn/last", &[HTML], PAGE.as_bytes());
        bytes.extend(warc::exchange(&last, &Digest::of(last.body), None, &file, &mut packer));
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.warc.gz");
        fs::write(&path, bytes).expect("the archive");
        let items = read(&path);
        prop_assert_eq!(items.len(), 2);
        let page = items[1].page.as_ref().expect("the last page");
        prop_assert_eq!(page.url.as_deref(), Some("https://x.vn/last"));
        prop_assert_eq!(page.body.as_slice(), PAGE.as_bytes());
    }
}
