//! The raw archive: texts come out of it again, and nothing that is secret is in it.

use std::io::Read as _;

use flate2::read::MultiGzDecoder;

use super::*;

/// All records of an archive, as they are without gzip.
fn records(desk: &Desk) -> String {
    let folder = desk.path("out/archive");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut all = Vec::new();
    for file in files {
        MultiGzDecoder::new(File::open(file).unwrap()).read_to_end(&mut all).unwrap();
    }
    String::from_utf8_lossy(&all).into_owned()
}

/// Cleans the archive of `out` into a folder of this name.
fn clean(desk: &Desk, into: &str) -> Said {
    desk.run(desk.program(&[&["clean", "out/archive", "--out", into][..], &PARTS].concat()))
}

/// Texts without their numbers.
fn contents(texts: BTreeMap<String, String>) -> Vec<String> {
    let mut contents: Vec<String> = texts.into_values().collect();
    contents.sort();
    contents
}

#[test]
fn the_archive_gives_the_same_texts() {
    let (room, desk) = newsroom(&Options::default());
    let mut paths = room.site().paths();
    paths.extend(["/".into(), "/rss/home.rss".into(), "/khong-co".into(), "/noi-bo/ban-nhap-1.html".into()]);
    desk.write("urls.txt", paths.iter().map(|path| url(&room, path) + "\n").collect::<String>());
    desk.fetch(&[&["--input", "urls.txt", "--archive"][..], &PARTS].concat()).ends_with(1);
    clean(&desk, "again").ends_with(0);
    // An archive is in the order in which answers came, so that numbers may differ.
    let (fetched, cleaned) = (contents(desk.texts()), contents(texts(&desk.path("again"))));
    assert!(fetched.len() == 30 && fetched == cleaned);
    let records = records(&desk);
    assert!(records.starts_with("WARC/1.1\r\nWARC-Type: warcinfo\r\n"), "{}", &records[..200]);
    let count = |kind: &str| records.matches(&format!("\r\nWARC-Type: {kind}\r\n")).count();
    assert_eq!(count("request"), count("response") + count("revisit"));
    assert!(!records.contains("ban-nhap-1"));
}

#[test]
fn an_archive_alone_makes_the_texts_later() {
    let (room, desk) = newsroom(&Options::default());
    let paths = room.site().paths();
    desk.write("urls.txt", paths.iter().map(|path| url(&room, path) + "\n").collect::<String>());
    let args = [&["--input", "urls.txt", "--archive-only"][..], &PARTS].concat();
    desk.fetch(&args).ends_with(0);
    assert!(desk.texts().is_empty());
    let archived = desk.rows().iter().filter(|row| row["reason"] == "archived").count();
    let (repeated, asked) = (with(&desk.rows(), "reason", "repeated_url").len(), room.log().len());
    assert_eq!(archived + repeated, paths.len());
    assert!(asked > archived && repeated > 0);
    clean(&desk, "later").ends_with(0);
    let mut articles: Vec<String> = room.site().articles().iter().map(expected).collect();
    articles.sort();
    assert!(contents(texts(&desk.path("later"))) == articles);
    // The same again asks nothing.
    desk.fetch(&args).ends_with(0);
    assert_eq!(room.log().len(), asked);
}

#[test]
fn a_payload_is_stored_once() {
    let server = Server::start("127.0.0.1", 0, |asked| match asked.target.as_str() {
        "/robots.txt" => Reply::status(404),
        "/other" => Reply::html(page(2)),
        _ => Reply::html(page(1)),
    });
    let desk = Desk::new([server.port()]);
    let urls = ["/a", "/b", "/other"].map(|path| server.url(path));
    desk.fetch(&[&["--archive", "--jobs", "1"], &urls.each_ref().map(String::as_str)[..]].concat())
        .ends_with(0);
    // Also in a later run.
    desk.fetch(&["--archive", &server.url("/c")]).ends_with(0);
    let all = records(&desk);
    let of_kind = |kind: &str| all.matches(&format!("\r\nWARC-Type: {kind}\r\n")).count();
    assert_eq!((of_kind("response"), of_kind("revisit"), of_kind("request")), (2, 2, 4));
    assert_eq!(all.matches("Đoạn thứ 6 của bài số 1:").count(), 1);
    assert_eq!(all.matches(&format!("\r\nWARC-Refers-To-Target-URI: {}\r\n", urls[0])).count(), 2);
    clean(&desk, "again").ends_with(0);
    assert_eq!(contents(texts(&desk.path("again"))).len(), 2);
}

#[test]
fn what_opens_a_site_is_not_archived() {
    let server = Server::start("127.0.0.1", 0, |asked| match asked.target.as_str() {
        "/robots.txt" => Reply::status(404),
        "/sets" => Reply::new(302, "Location: /page\r\nSet-Cookie: session=geheim-3\r\n", ""),
        _ => Reply::html(page(1)),
    });
    let desk = Desk::new([server.port()]);
    let lines = "host_fields = [\"127.0.0.1 Authorization: Bearer geheim-1\", \"127.0.0.1 Cookie: pass=geheim-2\", \
                 \"127.0.0.1 X-Api-Key: geheim-4\"]";
    desk.write("config.toml", format!("[fetch]\n{lines}\n"));
    desk.fetch(&["--archive", &server.url("/sets")]).ends_with(0);
    let asked = server.log().pop().unwrap();
    assert_eq!(asked.target, "/page");
    for secret in ["geheim-1", "geheim-2", "geheim-3", "geheim-4"] {
        assert!(asked.head.contains(secret), "{}", asked.head);
        let requests: String = records(&desk)
            .split("WARC/1.1\r\n")
            .filter(|record| record.contains("WARC-Type: request"))
            .collect();
        assert!(!requests.contains(secret), "{secret} is in the archive");
    }
}
