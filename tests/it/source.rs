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

mod archives;

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
}
