//! WARC archives: whole, damaged, with bodies that are none.

use super::*;

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

fn archive() -> Vec<Vec<u8>> {
    vec![
        record("warcinfo", "", "application/warc-fields", "software: none\r\n"),
        record("request", "http://a.vn/1", "application/http", "GET / HTTP/1.1\r\n\r\n"),
        html_response("<http://a.vn/1>", "<p>one"),
        response("http://a.vn/a.png", "200 OK\r\nContent-Type: image/png", "\u{1}"),
        response("http://a.vn/gone", "404 Not Found\r\nContent-Type: text/html", "gone"),
        response("http://a.vn/z", "200 OK\r\nContent-Encoding: compress", b"\x1f\x9d\x90"),
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

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
