//! The local newsroom is what the tests that fetch from it take it for.

#[allow(dead_code, reason = "each test takes what it needs")]
#[path = "../newsroom/mod.rs"]
pub(super) mod room;

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use tinsach::fetch::robots::Robots;
use tinsach::label::Label;
use tinsach::page::RawPage;
use tinsach::pipeline::{Cleaner, Outcome, article_text, clean_page};
use tinsach::rules::UserRules;
use url::{Position, Url};

use room::{Block, Newsroom, Options, Site};

/// What came back: head and body, perhaps not whole.
pub(super) struct Reply {
    pub(super) status: u16,
    head: String,
    pub(super) body: Vec<u8>,
}

impl Reply {
    fn field(&self, name: &str) -> Option<&str> {
        let fields = self.head.lines().filter_map(|line| line.split_once(": "));
        fields.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    fn is_whole(&self) -> bool {
        self.field("content-length").and_then(|length| length.parse().ok()) == Some(self.body.len())
    }
}

/// One request on a connection of its own; an error where the connection is reset.
pub(super) fn ask(room: &Newsroom, target: &str, fields: &str) -> std::io::Result<Reply> {
    let mut stream = TcpStream::connect(room.address())?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let host = room.address();
    write!(stream, "GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{fields}\r\n")?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(bytes.len());
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Ok(Reply { status, head, body: bytes.get(end + 4..).unwrap_or_default().to_vec() })
}

fn start(options: &Options) -> Newsroom {
    Newsroom::start(options).expect("a free port on loopback")
}

#[test]
fn articles_are_distinct_and_the_seed_decides() {
    let site = Site::new(1, None);
    let texts: Vec<Vec<&str>> = site.articles().iter().map(|article| article.texts()).collect();
    assert_eq!(texts.len(), 30);
    let sentences: Vec<&str> = texts.iter().flatten().copied().collect();
    let distinct: BTreeSet<&str> = sentences.iter().copied().collect();
    assert_eq!(distinct.len(), sentences.len(), "no title, lead or paragraph stands in two articles");
    for article in site.articles() {
        let paragraphs = article.blocks.iter().filter(|block| matches!(block, Block::Paragraph(_))).count();
        assert!(paragraphs >= 5, "{}", article.title);
    }
    assert_eq!(site.articles(), Site::new(1, None).articles());
    assert_ne!(site.articles(), Site::new(2, None).articles());
    let paths = site.paths();
    assert_eq!(paths.iter().collect::<BTreeSet<_>>().len(), paths.len());
    assert!(paths.len() > 70, "{}", paths.len());
}

#[test]
fn every_page_cleans_to_its_article() {
    let cleaner = Cleaner::new(&UserRules::default()).expect("the shipped rules");
    let mut site = Site::new(0, None);
    let articles = site.articles().to_vec();
    for path in site.paths() {
        let answer = site.answer("127.0.0.1:8080", &path);
        if answer.status == 301 {
            continue;
        }
        assert_eq!(answer.status, 200, "{path}");
        let article = articles.iter().find(|article| path.contains(&article.id().to_string()));
        let article = article.expect("the article of a path");
        let url = Some(format!("http://127.0.0.1:8080{path}"));
        let page = clean_page(&RawPage { url, body: answer.body, ..RawPage::default() }, &cleaner);
        assert_eq!(page.outcome, Outcome::Article, "{path}");
        let parts = [Label::Title, Label::Lead, Label::Body, Label::Subhead];
        let expected = article.texts().join("\n\n") + "\n";
        assert_eq!(article_text(&page, &parts), expected, "{path}");
    }
    for path in ["/", "/en", "/xa-hoi", "/kinh-te"] {
        let body = site.answer("localhost", path).body;
        let page = clean_page(&RawPage { body, ..RawPage::default() }, &cleaner);
        assert!(matches!(page.outcome, Outcome::Skipped(_)), "{path}: {:?}", page.outcome);
    }
}

#[test]
fn lists_name_every_article_and_robots_txt_closes_a_folder() {
    let mut site = Site::new(0, Some("2.5".into()));
    let base = "http://bao.localhost:8080";
    let mut text = |path: &str| {
        let answer = site.answer("bao.localhost:8080", path);
        assert_eq!(answer.status, 200, "{path}");
        String::from_utf8(answer.body).expect("UTF-8")
    };
    let maps = ["/sitemap-1.xml", "/sitemap-2.xml"];
    let index = text("/sitemap.xml");
    assert!(maps.iter().all(|map| index.contains(&format!("<loc>{base}{map}</loc>"))), "{index}");
    let listed = maps.map(&mut text).concat();
    let feeds = ["/rss/home.rss", "/rss/xa-hoi.rss", "/atom.xml"].map(&mut text);
    let robots = Robots::parse(text("/robots.txt").as_bytes(), "tinsach");
    assert_eq!(robots.crawl_delay(), Some(Duration::from_millis(2_500)));
    assert_eq!(robots.sitemaps(), [format!("{base}/sitemap.xml")]);
    let url = |path: &str| Url::parse(base).and_then(|url| url.join(path)).expect("a URL");
    let allowed = |path: &str| robots.verdict(&url(path)).allowed;
    assert!(
        !allowed("/noi-bo/") && !allowed("/noi-bo/ban-nhap-1.html") && allowed("/noi-bo/gioi-thieu.html")
    );
    text("/noi-bo/ban-nhap-1.html");
    for article in Site::new(0, None).articles() {
        assert!(listed.contains(&format!("<loc>{base}{}</loc>", article.path())));
        assert!(allowed(&article.path()));
    }
    let newest = Site::new(0, None).articles()[29].path();
    assert!(feeds[0].contains(&newest) && feeds[2].contains(&newest));
    assert!(feeds[1].contains("/xa-hoi/") && !feeds[1].contains("/van-hoa/"));
}

#[test]
fn what_is_published_and_edited_shows() {
    let room = start(&Options::default());
    let path = room.site().articles()[3].path();
    let before = ask(&room, &path, "").expect("an answer");
    let tag = before.field("etag").expect("a tag").to_owned();
    let same = format!("If-None-Match: {tag}\r\n");
    assert_eq!(ask(&room, &path, &same).expect("an answer").status, 304);
    let since = format!("If-Modified-Since: {}\r\n", before.field("last-modified").expect("a date"));
    assert_eq!(ask(&room, &path, &since).expect("an answer").status, 304);
    ask(&room, "/_edit?id=1003", "").expect("an answer");
    assert_eq!(ask(&room, &path, &same).expect("an answer").status, 200);
    assert_eq!(ask(&room, &path, &since).expect("an answer").status, 200);

    let told = ask(&room, "/_publish?n=2", "").expect("an answer").body;
    let told = String::from_utf8(told).expect("UTF-8");
    assert_eq!((told.lines().count(), room.site().articles().len()), (2, 32));
    let feed = ask(&room, "/rss/home.rss", "").expect("an answer").body;
    assert!(String::from_utf8_lossy(&feed).contains("-1031"));
    let coded = ask(&room, &path, "Accept-Encoding: gzip\r\n").expect("an answer");
    assert_eq!((coded.field("content-encoding"), coded.is_whole()), (Some("gzip"), true));

    let log = room.log();
    assert!(log.iter().all(|entry| !entry.path.starts_with("/_") && entry.end_ms >= entry.ms));
    let statuses: Vec<u16> = log.iter().map(|entry| entry.status).collect();
    assert_eq!(statuses, [200, 304, 304, 200, 200, 200, 200]);
    let shown: serde_json::Value =
        serde_json::from_slice(&ask(&room, "/_log", "").expect("an answer").body).expect("JSON");
    assert_eq!(shown.as_array().map(Vec::len), Some(log.len()));
}

#[test]
fn other_addresses_end_as_they_should() {
    let mut site = Site::new(0, None);
    for (path, status) in [
        ("/", 200),
        ("/khong-co", 404),
        ("/xa-hoi/khong-co-1000.html", 404),
        ("/da-go/1", 410),
        ("/vong", 302),
        ("/bai/1002", 301),
        ("/tag/9", 404),
        ("/sitemap-0.xml", 404),
        ("/sitemap-3.xml", 404),
        ("/rss/khong.rss", 404),
        ("/_khong", 404),
    ] {
        assert_eq!(site.answer("localhost", path).status, status, "{path}");
    }
    let path = site.articles()[0].path();
    let body = |site: &mut Site, host: &str, path: &str| site.answer(host, path).body;
    let mobile = body(&mut site, "m.bao.localhost", &path);
    assert_eq!(mobile, body(&mut site, "bao.localhost", &format!("{path}?mobile=1")));
    assert_ne!(mobile, body(&mut site, "bao.localhost", &path));
    assert!(String::from_utf8_lossy(&mobile).contains(&format!("href=\"http://bao.localhost{path}\"")));
}

#[test]
fn faults_come_first_and_go_away() {
    let room = start(&Options { faults: Some(7), ..Options::default() });
    let paths = room.site().paths();
    let mut seen = BTreeSet::new();
    let mut failed = 0;
    for path in &paths {
        let mut tries = 0;
        let mut begun = Instant::now();
        loop {
            tries += 1;
            let reply = ask(&room, path, "");
            let what = match &reply {
                Err(_) => "reset",
                Ok(reply) if reply.status == 500 => "500",
                Ok(reply) if reply.status == 503 => {
                    assert_eq!(reply.field("retry-after"), Some("1"));
                    "503"
                }
                Ok(reply) if !reply.is_whole() => "cut",
                Ok(_) if begun.elapsed() > Duration::from_secs(1) => "slow",
                Ok(_) => break,
            };
            seen.insert(what);
            assert!(tries <= 2, "{path}: {what} a third time");
            begun = Instant::now();
        }
        failed += usize::from(tries > 1);
    }
    assert_eq!(seen, BTreeSet::from(["500", "503", "cut", "reset", "slow"]));
    assert!((paths.len() / 10..paths.len() / 3).contains(&failed), "{failed} of {}", paths.len());
}

/// `samples/urls.txt` is for the newsroom on its usual port.
#[test]
fn the_sample_list_is_answered() {
    let list = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/urls.txt"));
    let list = list.expect("samples/urls.txt");
    let mut site = Site::new(0, None);
    let lines = list.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut statuses = Vec::new();
    for line in lines {
        assert!(line.starts_with("http://127.0.0.1:8080/"), "{line}");
        let url = Url::parse(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        let target = &url[Position::BeforePath..Position::AfterQuery];
        statuses.push(site.answer("127.0.0.1:8080", target).status);
    }
    let count = |status| statuses.iter().filter(|found| **found == status).count();
    assert_eq!((count(301), count(404), count(410)), (1, 1, 1));
    assert_eq!(count(200), statuses.len() - 3);
    assert!(statuses.len() > 30, "{}", statuses.len());
}
