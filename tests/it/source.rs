//! The `source` edge over real files: every kind of input, in order, and every kind of bad input as a typed item.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use tempfile::TempDir;
use tinsach::page::{Form, RawPage};
use tinsach::source::{self, DEFAULT_MAX_DOCUMENT_BYTES, Item, SourceError, SourceOptions};

const PAGE: &str =
    "<html><body><h1>Mùa gặt sớm ở xã Đông</h1><p>Bà con ra đồng từ tờ mờ sáng.</p></body></html>";

/// A folder of inputs that a test fills.
struct Dump {
    folder: TempDir,
}

impl Dump {
    fn new() -> Self {
        Self { folder: TempDir::new().expect("a temporary folder") }
    }

    fn root(&self) -> &Path {
        self.folder.path()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    fn with(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder around it")).expect("the folder");
        fs::write(path, content).expect("the file");
        self
    }

    fn read(&self) -> Vec<Item> {
        self.read_limited(DEFAULT_MAX_DOCUMENT_BYTES)
    }

    fn read_limited(&self, limit: u64) -> Vec<Item> {
        read(&[self.root().to_path_buf()], limit)
    }

    /// `id stem outcome` of each item, the folder's own path left out.
    fn lines(&self, limit: u64) -> Vec<String> {
        let root = format!("{}/", self.root().display());
        let lines = self.read_limited(limit).into_iter().map(|item| {
            let outcome = match &item.page {
                Ok(page) => String::from_utf8_lossy(&page.body).into_owned(),
                Err(error) => {
                    assert!(error.to_string().contains(&root), "the message names the input: {error}");
                    format!("!{}", error.code())
                }
            };
            format!("{} {} {outcome}", item.id.replace(&root, ""), item.stem)
        });
        lines.collect()
    }

    fn check(&self, limit: u64, expected: &[&str]) {
        assert_eq!(self.lines(limit), expected);
    }
}

fn read(paths: &[PathBuf], limit: u64) -> Vec<Item> {
    let options = SourceOptions { max_document_bytes: limit };
    source::read(paths, &options).expect("readable arguments").collect()
}

fn gzip(content: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content.as_ref()).expect("in memory");
    encoder.finish().expect("in memory")
}

fn pages(items: &[Item]) -> Vec<&RawPage> {
    items.iter().filter_map(|item| item.page.as_ref().ok()).collect()
}

/// A WARC record with a URL and a date.
fn record(kind: &str, url: &str, content_type: &str, content: impl AsRef<[u8]>) -> Vec<u8> {
    let content = content.as_ref();
    let mut bytes = format!(
        "WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2026-03-07T00:05:00Z\r\n\
         Content-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
        content.len()
    )
    .into_bytes();
    bytes.extend(content);
    bytes.extend(b"\r\n\r\n");
    bytes
}

fn response(url: &str, header: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let mut message = format!("HTTP/1.1 {header}\r\n\r\n").into_bytes();
    message.extend(body.as_ref());
    record("response", url, "application/http; msgtype=response", message)
}

fn html_response(url: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    response(url, "200 OK\r\nContent-Type: text/html; charset=utf-8", body)
}

// --- files and folders ---

#[test]
fn folders_are_walked_in_the_order_of_the_bytes() {
    let dump = Dump::new()
        .with("b.html", "5")
        .with("a/z.txt", "3")
        .with("a/b/c.html.gz", gzip("2"))
        .with("Z.html", "1")
        .with("a.html", "4")
        .with(".hidden/x.html", "no")
        .with("a/.x.html", "no")
        .with("đầu.txt", "6");
    let expected =
        ["Z.html Z 1", "a/b/c.html.gz a/b/c 2", "a/z.txt a/z 3", "a.html a 4", "b.html b 5", "đầu.txt đầu 6"];
    dump.check(100, &expected);
    assert_eq!(source::count(&[dump.root().to_path_buf()]), Some(6));
    assert_eq!(source::count(&[dump.root().to_path_buf(), PathBuf::from("-")]), None);
}

#[test]
fn arguments_keep_their_order_and_form() {
    let dump = Dump::new().with("x/b.html", "b").with(".a.html.gz", gzip("a"));
    let items = read(&[dump.path("x/b.html"), dump.path(".a.html.gz"), dump.path("x/")], 100);
    let stems: Vec<&str> = items.iter().map(|item| item.stem.as_str()).collect();
    assert_eq!(stems, ["b", ".a", "b"]);
    assert_eq!(items[2].id, format!("{}/x/b.html", dump.root().display()));
}

#[test]
fn an_argument_that_does_not_exist_is_refused() {
    let dump = Dump::new();
    let outcome = source::read(&[dump.path("none.html")], &SourceOptions::default());
    let error = outcome.err().expect("no such file");
    assert!(matches!(error, SourceError::NotFound { .. }) && error.to_string().contains("none.html"));
}

#[test]
fn a_plain_file_is_one_page_without_a_form() {
    let dump =
        Dump::new().with("a.html", PAGE).with("empty.html", "").with("image.html", b"\x89PNG\r\n\x1a\n\0");
    let items = dump.read();
    let expected = RawPage { body: PAGE.into(), ..RawPage::default() };
    assert_eq!(pages(&items), [&expected, &RawPage::default(), pages(&items)[2]]);
    assert!(pages(&items)[2].body.starts_with(b"\x89PNG"));
}

#[test]
fn depth_is_bounded() {
    let dump = Dump::new();
    let mut path = dump.root().to_path_buf();
    for _ in 0..300 {
        path.push("d");
    }
    fs::create_dir_all(&path).expect("deep folders");
    let items = dump.read();
    assert!(matches!(items[..], [Item { page: Err(SourceError::TooDeep { limit: 256, .. }), .. }]));
}

#[cfg(unix)]
#[test]
fn links_are_followed_but_not_in_circles() {
    use std::os::unix::fs::symlink;
    let dump = Dump::new().with("a/real.html", "page").with("other/b.html", "linked");
    let link = |target: &str, name: &str| symlink(target, dump.path(name)).expect("a link");
    link("real.html", "a/file-link.html");
    link("nowhere.html", "a/gone.html");
    link("self", "a/self");
    link("..", "a/up");
    link("../other", "a/via");
    let expected = [
        "a/file-link.html a/file-link page",
        "a/gone.html a/gone !dangling_link",
        "a/real.html a/real page",
        "a/self a/self !circular_link",
        "a/up a/up !circular_link",
        "a/via/b.html a/via/b linked",
        "other/b.html other/b linked",
    ];
    dump.check(100, &expected);
}

#[cfg(unix)]
#[test]
fn crossing_links_do_not_multiply_for_ever() {
    use std::os::unix::fs::symlink;
    let dump = Dump::new();
    for level in 0..12 {
        fs::create_dir(dump.path(&format!("{level:02}"))).expect("a folder");
        symlink(format!("../{:02}", level + 1), dump.path(&format!("{level:02}/next"))).expect("a link");
    }
    let lines = dump.lines(100);
    assert_eq!(lines.iter().filter(|line| line.ends_with("!too_many_links")).count(), 3, "{lines:?}");
}

#[cfg(unix)]
#[test]
fn special_files_do_not_block() {
    let dump = Dump::new().with("a.html", "page");
    let _socket = std::os::unix::net::UnixListener::bind(dump.path("socket")).expect("a socket");
    let made = std::process::Command::new("mkfifo").arg(dump.path("fifo")).status();
    assert!(made.expect("mkfifo").success());
    dump.check(100, &["a.html a page", "fifo fifo !special_file", "socket socket !special_file"]);
    let items = read(&[dump.path("fifo"), PathBuf::from("/dev/zero")], 100);
    assert!(items.iter().all(|item| matches!(item.page, Err(SourceError::SpecialFile { .. }))));
}

#[cfg(unix)]
#[test]
fn what_may_not_be_read_is_an_item() {
    use std::os::unix::fs::PermissionsExt;
    let dump = Dump::new().with("a.html", "a").with("closed/b.html", "b").with("z.html", "z");
    let close = |name: &str, mode| fs::set_permissions(dump.path(name), fs::Permissions::from_mode(mode));
    close("a.html", 0o000).expect("permissions");
    close("closed", 0o000).expect("permissions");
    // The superuser reads everything.
    if fs::File::open(dump.path("a.html")).is_err() {
        dump.check(100, &["a.html a !unreadable", "closed closed !unreadable", "z.html z z"]);
        assert!(source::read(&[dump.path("closed")], &SourceOptions::default()).is_err());
    }
    close("closed", 0o700).expect("permissions");
}

// --- gzip ---

#[test]
fn gzip_is_found_by_content() {
    let mut members = gzip("một ");
    members.extend(gzip("hai"));
    Dump::new()
        .with("a.html", gzip("page"))
        .with("b.gz", "not compressed")
        .with("c.txt", &members)
        .with("d.gz", gzip(gzip("twice")))
        .with("e.gz", gzip(gzip(gzip("three times"))))
        .with("f.jsonl.gz", gzip("{\"text\": \"row\"}\n"))
        .check(
            100,
            &[
                "a.html a page",
                "b.gz b not compressed",
                "c.txt c một hai",
                "d.gz d twice",
                "e.gz e !nested_too_deep",
                "f.jsonl.gz#1 f-000001 row",
            ],
        );
}

#[test]
fn broken_gzip_is_told() {
    let whole = gzip(PAGE);
    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0x55;
    let mut trailed = gzip("page");
    trailed.extend(b"rubbish");
    let lines = Dump::new()
        .with("a.gz", &whole[..whole.len() - 9])
        .with("b.gz", flipped)
        .with("c.gz", trailed)
        .with("d.gz", &whole[..5])
        .lines(1000);
    let expected = [
        "a.gz a !truncated",
        "b.gz b !corrupt",
        "c.gz c page",
        "c.gz#4 c-000001 !corrupt",
        "d.gz d !truncated",
    ];
    assert_eq!(lines, expected);
}

// --- limits ---

#[test]
fn documents_over_the_limit_are_passed_over() {
    let dump = Dump::new()
        .with("a.html", [b'a'; 100])
        .with("b.html", [b'b'; 101])
        .with("c.gz", gzip(vec![0; 64 << 20]))
        .with("z.html", "z");
    let sparse = fs::File::create(dump.path("sparse.html")).expect("a file");
    sparse.set_len(1 << 36).expect("a sparse file");
    let lines = dump.lines(100);
    let expected =
        ["b.html b !too_large", "c.gz c !too_large", "sparse.html sparse !too_large", "z.html z z"];
    assert_eq!(lines[1..], expected);
}

#[test]
fn a_row_over_the_limit_does_not_stop_the_rows() {
    let big = "x".repeat(4 << 20);
    let rows = format!(
        "{{\"text\": \"{big}\"}}\n{{\"text\": \"one\"}}\n{{\"text\": \"{big}\"}}\r\n\n{{\"text\": \"{}\"}}\n{{\"text\": \"two\"}}",
        "y".repeat(1001)
    );
    let expected = |name: &str| {
        ["1 !too_large", "2 one", "3 !too_large", "5 !too_large", "6 two"].map(|line| {
            let (number, outcome) = line.split_once(' ').expect("two words");
            format!("{name}#{number} {}-00000{number} {outcome}", &name[..1])
        })
    };
    let dump = Dump::new().with("a.jsonl", &rows).with("b.jsonl.gz", gzip(&rows));
    assert_eq!(dump.lines(1000), [expected("a.jsonl"), expected("b.jsonl.gz")].concat());
}

#[test]
fn a_record_over_the_limit_does_not_stop_the_archive() {
    let big = vec![b'x'; 4 << 20];
    let chunked =
        [format!("{:x}\r\n", big.len()).into_bytes(), big.clone(), b"\r\n0\r\n\r\n".to_vec()].concat();
    let archive = [
        html_response("http://a.vn/1", &big),
        html_response("http://a.vn/2", "two"),
        response("http://a.vn/3", "200 OK\r\nTransfer-Encoding: chunked", &chunked),
        response("http://a.vn/4", "200 OK\r\nContent-Encoding: gzip", gzip(&big)),
        html_response("http://a.vn/5", "five"),
    ];
    let items = Dump::new().with("x.warc", archive.concat()).read_limited(1000);
    let outcomes: Vec<&str> =
        items.iter().map(|item| item.page.as_ref().map_or_else(SourceError::code, |_| "page")).collect();
    assert_eq!(outcomes, ["too_large", "page", "too_large", "too_large", "page"]);
}

// --- JSONL ---

#[test]
fn rows_become_pages() {
    let rows = concat!(
        "\u{feff}{\"url\": \"https://a.vn/1\", \"html\": \"<p>Đồng lúa\", \"fetched_at\": \"2026-03-07\", \"id\": 7}\r\n",
        "\n",
        "{\"text\": \"Đồng lúa\", \"charset\": \"windows-1258\", \"content_type\": \"text/plain; charset=x\"}\n",
    );
    let items = Dump::new().with("rows.txt", rows).read();
    let first = RawPage {
        url: Some("https://a.vn/1".into()),
        fetched_at: Some("2026-03-07".into()),
        content_type: Some("text/html; charset=utf-8".into()),
        form: Some(Form::Html),
        body: "<p>Đồng lúa".into(),
    };
    let second = RawPage {
        content_type: Some("text/plain; charset=utf-8".into()),
        form: Some(Form::Text),
        body: "Đồng lúa".into(),
        ..RawPage::default()
    };
    assert_eq!(pages(&items), [&first, &second]);
    assert!(items[1].id.ends_with("rows.txt#3") && items[1].stem == "rows-000003");
}

#[test]
fn broken_rows_do_not_stop_the_rows() {
    let rows = b"{\"text\": \"a\"}\n{\"text\": \"b\n{\"url\": \"http://c\"}\nd\n{\"text\": \"\xff\"}\n{\"text\": \"f\"}";
    Dump::new().with("r.jsonl", rows).check(
        100,
        &[
            "r.jsonl#1 r-000001 a",
            "r.jsonl#2 r-000002 !broken_row",
            "r.jsonl#3 r-000003 !broken_row",
            "r.jsonl#4 r-000004 !broken_row",
            "r.jsonl#5 r-000005 !broken_row",
            "r.jsonl#6 r-000006 f",
        ],
    );
}

#[test]
fn truncated_rows_end_with_one_error() {
    let mut raw = gzip("{\"text\": \"a\"}\n{\"text\": \"b\"}\n");
    raw.truncate(raw.len() - 8);
    let mut trailed = gzip("{\"text\": \"a\"}");
    trailed.extend(b"rubbish");
    Dump::new().with("r.gz", raw).with("t.gz", trailed).check(
        100,
        &[
            "r.gz#1 r-000001 a",
            "r.gz#2 r-000002 b",
            "r.gz#3 r-000003 !truncated",
            "t.gz#1 t-000001 a",
            "t.gz#2 t-000002 !corrupt",
        ],
    );
}

#[test]
fn what_only_looks_like_rows_is_a_document() {
    let texts = ["{ text: 1 }", "{\"name\": \"a\"}", "{{ t }}<html>", "[{\"html\": \"a\"}]", "{"];
    for text in texts {
        let items = Dump::new().with("a.jsonl", text).read();
        assert_eq!(pages(&items)[0].body, text.as_bytes());
        assert_eq!((items.len(), pages(&items)[0].form), (1, None));
    }
}

// --- WARC ---

fn archive() -> Vec<Vec<u8>> {
    vec![
        record("warcinfo", "", "application/warc-fields", "software: none\r\n"),
        record("request", "http://a.vn/1", "application/http", "GET / HTTP/1.1\r\n\r\n"),
        html_response("<http://a.vn/1>", "<p>one"),
        response("http://a.vn/a.png", "200 OK\r\nContent-Type: image/png", "\u{1}"),
        response("http://a.vn/gone", "404 Not Found\r\nContent-Type: text/html", "gone"),
        response("http://a.vn/br", "200 OK\r\nContent-Encoding: br", b"\x0b\x02\x80"),
        record("metadata", "http://a.vn/1", "text/plain", "via: x"),
        record("resource", "file:///a/b.txt", "text/plain", "two"),
        record("resource", "urn:pageinfo:x", "text/plain", "no page"),
        record("response", "dns:a.vn", "text/dns", "1.1.1.1"),
        response(
            "http://a.vn/3",
            "200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\nContent-Type: text/html",
            {
                let body = gzip("<p>three");
                [format!("{:x}\r\n", body.len()).into_bytes(), body, b"\r\n0\r\n\r\n".to_vec()].concat()
            },
        ),
    ]
}

const ARCHIVE_OUTCOMES: [&str; 6] =
    ["<p>one", "!not_a_document", "!http_status", "!unsupported_coding", "two", "<p>three"];

fn outcomes(lines: &[String]) -> Vec<&str> {
    lines.iter().map(|line| line.splitn(3, ' ').last().unwrap_or_default()).collect()
}

#[test]
fn archives_are_read_in_every_wrapping() {
    let members: Vec<Vec<u8>> = archive().iter().map(gzip).collect();
    for content in [archive().concat(), gzip(archive().concat()), members.concat(), gzip(members.concat())] {
        let lines = Dump::new().with("x.bin", content).lines(1000);
        assert_eq!(outcomes(&lines), ARCHIVE_OUTCOMES);
    }
}

#[test]
fn bare_line_feeds_and_version_1_1_are_read() {
    let message = "HTTP/1.1 200 OK\nContent-Type: text/html\n\n<p>one\n";
    let record = format!("WARC/1.1\nwarc-type: Response\ncontent-length: {}\n\n{message}\n\n", message.len());
    let lines = Dump::new().with("lf.warc", record.repeat(2)).lines(1000);
    assert_eq!(outcomes(&lines), ["<p>one\n", "<p>one\n"]);
}

#[test]
fn records_carry_what_the_archive_knows() {
    let start = archive()[..2].concat().len();
    let dump = Dump::new().with("a/x.warc.gz", gzip(archive().concat()));
    let items = dump.read();
    let expected = RawPage {
        url: Some("http://a.vn/1".into()),
        fetched_at: Some("2026-03-07T00:05:00Z".into()),
        content_type: Some("text/html; charset=utf-8".into()),
        form: None,
        body: b"<p>one".to_vec(),
    };
    assert_eq!(pages(&items)[0], &expected);
    assert!(items[0].id.ends_with(&format!("a/x.warc.gz#{start}")), "{}", items[0].id);
    assert_eq!((items[0].stem.as_str(), items[5].stem.as_str()), ("a/x-000001", "a/x-000006"));
}

#[test]
fn a_truncated_archive_gives_what_stands_before_the_break() {
    let first = html_response("http://a.vn/1", "one");
    let second = html_response("http://a.vn/2", PAGE);
    for cut in 1..second.len() - 4 {
        let content = [&first[..], &second[..cut]].concat();
        let items = Dump::new().with("x.warc", content).read();
        assert_eq!((items.len(), pages(&items).len()), (2, 1), "cut at {cut}");
    }
    let members = [gzip(&first), gzip(&second)].concat();
    let items = Dump::new().with("x.warc", &members[..members.len() - 30]).read();
    assert!(
        matches!(&items[1].page, Err(SourceError::Truncated { offset, .. }) if *offset > first.len() as u64)
    );
    assert_eq!(items.len(), 2);
}

#[test]
fn rubbish_between_records_costs_no_record() {
    let content = [
        html_response("http://a.vn/1", "one"),
        b"\0rubbish\r\nmore\r\n".to_vec(),
        html_response("http://a.vn/2", "two"),
        b"WARC/1.0\r\nContent-Length: minus\r\n\r\n".to_vec(),
        html_response("http://a.vn/3", "three"),
    ];
    let lines = Dump::new().with("x.warc", content.concat()).lines(1000);
    assert_eq!(outcomes(&lines), ["one", "!corrupt", "two", "!corrupt", "three"]);
}

#[test]
fn an_endless_header_is_bounded() {
    let mut content = html_response("http://a.vn/1", "one");
    content.extend(b"WARC/1.0\r\n");
    content.extend(b"X: y\r\n".repeat(100_000));
    content.extend(html_response("http://a.vn/2", "two"));
    let lines = Dump::new().with("x.warc", content).lines(1000);
    assert_eq!(outcomes(&lines), ["one", "!corrupt", "two"]);
}

#[test]
fn a_body_that_the_archiver_cut_is_taken_as_it_is() {
    let message = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n<p>half";
    let cut = record("response", "http://a.vn/1\r\nWARC-Truncated: length", "application/http", message);
    let broken = record("response", "http://a.vn/1", "application/http", message);
    let lines = Dump::new().with("x.warc", [cut, broken].concat()).lines(1000);
    assert_eq!(outcomes(&lines), ["<p>half", "!broken_record"]);
}

// --- arbitrary input ---

/// Starts that lead into each reader.
fn prefixes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(Vec::new()),
        Just(b"\x1f\x8b\x08".to_vec()),
        Just(b"WARC/1.0\r\n".to_vec()),
        Just(b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 40\r\n\r\nHTTP/1.1 200 OK\r\n".to_vec()),
        Just(b"{\"text\": \"a\"}\n".to_vec()),
        Just(b"\xef\xbb\xbf{\"".to_vec()),
    ]
}

fn read_bytes(content: &[u8]) -> Vec<Item> {
    Dump::new().with("a", content).read_limited(500)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn arbitrary_bytes_end_without_panic(
        start in prefixes(),
        rest in proptest::collection::vec(any::<u8>(), 0..400),
        compressed in any::<bool>(),
    ) {
        let content = [start, rest].concat();
        let content = if compressed { gzip(content) } else { content };
        let items = read_bytes(&content);
        prop_assert!(items.len() <= 500 && !items.is_empty());
    }

    #[test]
    fn a_damaged_archive_ends_without_panic(
        place in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<prop::sample::Index>(),
        compressed in any::<bool>(),
    ) {
        let members = archive().into_iter().map(|record| if compressed { gzip(record) } else { record });
        let mut content = members.collect::<Vec<_>>().concat();
        let at = place.index(content.len());
        content[at] = byte;
        content.truncate(cut.index(content.len()) + 1);
        prop_assert!(read_bytes(&content).len() <= 20);
    }
}
