//! Lists of addresses over real files: every kind and wrapping gives the same addresses, and what is wrong costs a row.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use tempfile::TempDir;
use tinsach::source::SourceError;
use tinsach::source::url_list::{self, UrlInput};

/// A list in a file of this name.
fn list(name: &str, content: impl AsRef<[u8]>) -> (TempDir, PathBuf) {
    let folder = TempDir::new().expect("a temporary folder");
    let path = folder.path().join(name);
    fs::write(&path, content).expect("the list");
    (folder, path)
}

/// `line address` or `line !code` of each item.
fn lines(name: &str, content: impl AsRef<[u8]>) -> Vec<String> {
    let (_folder, path) = list(name, content);
    let items = url_list::read(&[UrlInput::List(path.clone())]).expect("a list");
    let lines = items.map(|item| match item {
        Ok(listed) => {
            assert_eq!(&*listed.list, path.to_str().expect("UTF-8"));
            format!("{} {}", listed.line, listed.url)
        }
        Err(error) => {
            let message = error.to_string();
            let place = message.split_once('#').expect("a line in the message").1;
            assert!(message.starts_with(path.to_str().expect("UTF-8")), "{message}");
            let line = place.split_once(':').expect("a number").0;
            format!("{line} !{}", error.code())
        }
    });
    lines.collect()
}

#[track_caller]
fn check(name: &str, content: impl AsRef<[u8]>, expected: &[&str]) {
    assert_eq!(lines(name, content), expected, "{name}");
}

fn gzip(content: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content.as_ref()).expect("in memory");
    encoder.finish().expect("in memory")
}

fn utf16(text: &str) -> Vec<u8> {
    ['\u{feff}']
        .into_iter()
        .chain(text.chars())
        .collect::<String>()
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect()
}

const PLAIN: &str =
    "# bài cần lấy\n\nhttps://x.vn/một,hai;ba.html\n  https://x.vn/b#c   # thử\n#https://x.vn/no\nx.vn/c";
const PLAIN_LINES: [&str; 3] = ["3 https://x.vn/một,hai;ba.html", "4 https://x.vn/b#c", "6 x.vn/c"];

#[test]
fn plain_lists_are_read_in_every_wrapping() {
    let crlf = PLAIN.replace('\n', "\r\n");
    for content in [
        PLAIN.as_bytes().to_vec(),
        crlf.clone().into_bytes(),
        format!("\u{feff}{PLAIN}\n").into_bytes(),
        utf16(&crlf),
        gzip(PLAIN),
        gzip(utf16(PLAIN)),
    ] {
        check("a.txt", content, &PLAIN_LINES);
    }
}

#[test]
fn tables_give_one_column() {
    let expected = ["2 https://x.vn/a", "3 https://x.vn/b,c", "6 https://x.vn/d"];
    let table = "id,tiêu đề,URL\r\n1,\"Một, hai\",https://x.vn/a\r\n2,ba,\"https://x.vn/b,c\"\r\n\r\n# chú thích\r\n\
                 3,\"hai\r\n\r\n# dòng\",https://x.vn/d\r\n";
    check("a.csv", table, &expected);
    check("không-đuôi", table, &expected);
    check("a.csv.gz", gzip(table), &expected);
    check("a.txt", utf16(&format!("{table},,\n")), &expected);
    check(
        "a.csv",
        "id;link\n1;https://x.vn/a\n2\n;\n3;  \n4;\"b\"",
        &["2 https://x.vn/a", "3 !broken_row", "5 !broken_row", "6 b"],
    );
    check("a.tsv", "1\thttps://x.vn/a\tMột, hai\n2\tx.vn/b\t\n", &["1 https://x.vn/a", "2 x.vn/b"]);
    check("a.csv", "https://x.vn/a\nhttps://x.vn/b\n", &["1 https://x.vn/a", "2 https://x.vn/b"]);
    check("a.csv", "id,title\n1,https://x.vn/a\n", &["1 !broken_row"]);
}

#[test]
fn rows_of_json_give_their_field() {
    let rows = "{\"url\": \"https://x.vn/a\", \"html\": \"<p>\"}\n\n\"https://x.vn/b\"\n{\"url\": 5}\n{\"url\"\n\
                # chú thích\n{\"title\": \"\\ud83d\", \"url\": \" https://x.vn/c \"}\n";
    let expected =
        ["1 https://x.vn/a", "3 https://x.vn/b", "4 !broken_row", "5 !broken_row", "7 https://x.vn/c"];
    check("a.jsonl", rows, &expected);
    check("a.txt", gzip(rows), &expected);
}

#[test]
fn what_is_no_list_is_told_once() {
    for content in
        ["<!DOCTYPE html>\n<p>a\n", "[\n\"https://x.vn/a\"\n]", "WARC/1.0\r\nA: b\r\n", "\u{0}\u{1}\n\u{2}\n"]
    {
        check("a", content, &["1 !broken_row"]);
    }
    check("a", "", &[]);
    check("a", "# nothing\n\n", &[]);
}

#[test]
fn a_row_over_the_limit_costs_no_other() {
    let long = "a".repeat(5 << 20);
    check(
        "a.txt",
        format!("https://x.vn/a\n{long}\nhttps://x.vn/b\n"),
        &["1 https://x.vn/a", "2 !broken_row", "3 https://x.vn/b"],
    );
    check("a.txt", format!("{long}\nhttps://x.vn/b\n"), &["1 !broken_row", "2 https://x.vn/b"]);
    check("a.csv", format!("url,b\n{long},c\nhttps://x.vn/b,d\n"), &["2 !broken_row", "3 https://x.vn/b"]);
    let open = format!("url,b\nhttps://x.vn/a,\"\n{}", "https://x.vn/lost,b\n".repeat(1 << 20));
    let items = lines("a.csv", open);
    assert_eq!(items[0], "2 !broken_row");
    assert!(items.len() > 1 << 19 && items[1].ends_with(" https://x.vn/lost"), "{}", items.len());
}

#[test]
fn a_broken_stream_ends_its_list_only() {
    let mut cut = gzip("https://x.vn/a\nhttps://x.vn/b\n");
    cut.truncate(cut.len() - 8);
    check("a.txt.gz", &cut, &["1 https://x.vn/a", "2 https://x.vn/b", "3 !truncated"]);
    let (_first, broken) = list("a.txt.gz", cut);
    let (_second, whole) = list("b.txt", "https://x.vn/c\n");
    let inputs =
        [UrlInput::List(broken), UrlInput::Address(" https://x.vn/d\n".into()), UrlInput::List(whole)];
    let items: Vec<_> = url_list::read(&inputs).expect("lists").flatten().collect();
    let urls: Vec<(&str, u64)> = items.iter().map(|listed| (listed.url.as_str(), listed.line)).collect();
    let expected =
        [("https://x.vn/a", 1), ("https://x.vn/b", 2), ("https://x.vn/d", 2), ("https://x.vn/c", 1)];
    assert_eq!(urls, expected);
    assert_eq!(&*items[2].list, "");
}

#[test]
fn lists_that_cannot_be_had_are_refused_at_once() {
    let (folder, path) = list("a.txt", "https://x.vn/a\n");
    for missing in [folder.path().join("none"), folder.path().to_path_buf()] {
        let outcome = url_list::read(&[UrlInput::List(path.clone()), UrlInput::List(missing.clone())]);
        let error = outcome.err().expect("refused");
        assert!(matches!(error, SourceError::NotFound { .. } | SourceError::Unreadable { .. }), "{error}");
        assert!(error.to_string().contains(missing.to_str().expect("UTF-8")));
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_is_a_list_and_is_read_as_it_comes() {
    let (folder, path) = list("x", "");
    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success());
    assert!(made, "mkfifo");
    let writer = std::thread::spawn({
        let pipe = pipe.clone();
        move || {
            let mut pipe = fs::OpenOptions::new().write(true).open(pipe).expect("the pipe");
            pipe.write_all(b"https://x.vn/a\n").expect("a reader");
            pipe
        }
    });
    let mut items = url_list::read(&[UrlInput::List(pipe), UrlInput::List(path)]).expect("lists");
    let first = items.next().expect("an item").expect("an address");
    assert_eq!(first.url, "https://x.vn/a");
    // The writer's end is still open: the first row came without the second.
    drop(writer.join().expect("the writer"));
    assert!(items.next().is_none());
}

/// Pieces that lead into each reader.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "url",
            ",",
            ";",
            "\t",
            "\"",
            "\n",
            "\r\n",
            "\r",
            "#",
            "{\"url\": ",
            "}",
            "https://x.vn/a",
            "x.vn",
            "[",
            "<",
            "\u{feff}",
            " ",
            "\\",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..6),
        Just(b"\xff\xfe".to_vec()),
        Just(b"\x1f\x8b\x08".to_vec()),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_end_without_panic(
        content in pieces(),
        name in prop::sample::select(vec!["a", "a.csv", "a.tsv"]),
        compressed in any::<bool>(),
    ) {
        let most = content.len() + 1;
        let lines = lines(name, if compressed { gzip(&content) } else { content });
        prop_assert!(lines.len() <= most, "{} rows", lines.len());
        let numbers: Vec<u64> = lines.iter().filter_map(|line| line.split(' ').next()?.parse().ok()).collect();
        prop_assert!(numbers.is_sorted() && numbers.len() == lines.len() && !numbers.contains(&0));
    }
}
