//! `--discover`: what a site offers is proposed after it was read, and no site is asked more than is polite.

use std::time::Duration;

use tinsach::config::{Config, SourceKind};

use super::{Desk, Reply, Server, feed};
use crate::newsroom::room::{Newsroom, Options};

/// What is proposed, as a configuration.
fn proposed(text: &str) -> Config {
    Config::from_toml(text, "proposed").unwrap_or_else(|mistakes| panic!("{mistakes:?}\n{text}"))
}

fn sitemap(host: &str, paths: &[&str]) -> Reply {
    let urls: Vec<String> =
        paths.iter().map(|path| format!("<url><loc>http://{host}{path}</loc></url>")).collect();
    let text =
        format!("<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">{}</urlset>", urls.concat());
    Reply::new(200, "Content-Type: application/xml\r\n", text)
}

/// A page of links to articles, with a navigation.
fn section(name: &str) -> Reply {
    let link = |number: usize| {
        format!(
            "<h3><a href=\"/{name}/mua-gat-thu-{number}-o-thon-dong-{number}00{number}.html\">Mùa gặt thứ {number} ở thôn Đông năm nay</a></h3>"
        )
    };
    let links: String = (1..=8).map(link).collect();
    Reply::html(format!(
        "<html><body><nav><a href=/the-thao>Thể thao</a><a href=/kinh-te>Kinh tế</a></nav><main>{links}</main></body></html>"
    ))
}

#[test]
fn a_newsroom_has_a_feed() {
    let room = Newsroom::start(&Options::default()).unwrap();
    let desk = Desk::new("");
    let said =
        desk.crawl(&["--discover", &format!("http://{}/", room.address()), "--delay", "0.1"]).ends_with(0);
    let config = proposed(&said.out);
    assert_eq!(config.source[0].kind, SourceKind::Feed);
    assert!(config.source[0].url.ends_with("/rss/home.rss"), "{}", said.out);
    assert!(said.out.contains("# 20 entries, the newest of 2026-"), "{}", said.out);
    assert!(said.out.contains("sitemap.xml"), "{}", said.out);
    // The Atom feed names the same pages.
    assert!(said.err.contains("/atom.xml: the same as"), "{}", said.err);
    assert!(!desk.path("clean").exists());
    let log = room.log();
    assert_eq!(log[0].path, "/robots.txt");
    let pauses = log.windows(2).map(|two| two[1].ms - two[0].end_ms);
    assert!(pauses.into_iter().all(|pause| pause >= 95), "{log:?}");
    // What is proposed can be followed as it is.
    desk.configure(&said.out);
    let said = desk.crawl(&[]).ends_with(0);
    assert!(said.err.contains("20 found, 20 new"), "{}", said.err);
}

#[test]
fn stated_feeds_are_read_before_they_are_proposed() {
    let server = Server::start("127.0.0.1", 0, |asked| {
        let host = asked.field("host").unwrap_or_default();
        match asked.target.as_str() {
            "/" => Reply::html(
                "<head><link rel=alternate type=application/rss+xml title='Tin \"mới\"' href=/moi.rss>\
                 <link rel=alternate type=application/rss+xml href=/chet.rss>\
                 <link rel=alternate type=application/rss+xml href=/rong.rss></head><body><a href=/rss>RSS</a>",
            ),
            "/moi.rss" => feed(host, &["/a.html".to_owned()]),
            "/rong.rss" => feed(host, &[]),
            // A page of feeds leads on.
            "/rss" => Reply::html("<html><link rel=alternate type=application/rss+xml href=/the-thao.rss>"),
            "/the-thao.rss" => feed(host, &["/b.html".to_owned()]),
            _ => Reply::status(404),
        }
    });
    let desk = Desk::new("");
    let said = desk.crawl(&["--discover", &server.url("/")]).ends_with(0);
    let urls: Vec<String> = proposed(&said.out).source.into_iter().map(|source| source.url).collect();
    assert_eq!(urls, [server.url("/moi.rss"), server.url("/the-thao.rss")]);
    assert!(said.out.contains("# Tin \"mới\": 1 entries"), "{}", said.out);
    assert!(said.err.contains("/rong.rss: a feed without entries"), "{}", said.err);
}

#[test]
fn sitemaps_stand_in_for_feeds() {
    let server = Server::start("127.0.0.1", 0, |asked| {
        let host = asked.field("host").unwrap_or_default();
        match asked.target.as_str() {
            "/" => Reply::html("<p>Báo"),
            "/robots.txt" => Reply::new(
                200,
                "Content-Type: text/plain\r\n",
                format!("Sitemap: http://{host}/chi-muc.xml\n"),
            ),
            "/chi-muc.xml" => Reply::new(
                200,
                "Content-Type: text/xml\r\n",
                format!("<sitemapindex><sitemap><loc>http://{host}/1.xml</loc></sitemap></sitemapindex>"),
            ),
            "/1.xml" => sitemap(host, &["/a-1.html", "/b-2.html"]),
            _ => Reply::status(404),
        }
    });
    let desk = Desk::new("");
    let said = desk.crawl(&["--discover", &server.url("/"), "--quiet"]).ends_with(0);
    let config = proposed(&said.out);
    assert_eq!(config.source.len(), 1);
    assert_eq!(
        (config.source[0].kind, &config.source[0].url),
        (SourceKind::Sitemap, &server.url("/chi-muc.xml"))
    );
    assert!(said.out.contains("an index of 1 sitemaps; of the one that was read 2 entries"), "{}", said.out);
    assert!(said.err.is_empty(), "{}", said.err);
}

#[test]
fn section_pages_stand_in_for_sitemaps() {
    let server = Server::start("127.0.0.1", 0, |asked| match asked.target.as_str() {
        "/" => section("tin"),
        "/the-thao" => section("the-thao"),
        "/kinh-te" => section("kinh-te"),
        _ => Reply::status(404),
    });
    let desk = Desk::new("");
    let said = desk.crawl(&["--discover", &server.url("/")]).ends_with(0);
    let config = proposed(&said.out);
    let urls: Vec<&str> = config.source.iter().map(|source| source.url.as_str()).collect();
    assert_eq!(urls, [server.url("/"), server.url("/the-thao"), server.url("/kinh-te")]);
    assert!(config.source.iter().all(|source| source.kind == SourceKind::Listing));
    assert!(said.out.contains("# Thể thao: ") && !said.out.contains(" 0 entries"), "{}", said.out);
}

#[test]
fn where_nothing_is_found_that_is_said_after_a_bounded_number_of_requests() {
    let link = |number| format!("<link rel=alternate type=application/rss+xml href=/{number}.rss>");
    let links = (0..200).map(link).collect::<Vec<_>>().concat();
    let server = Server::start("127.0.0.1", 0, move |asked| match asked.target.as_str() {
        "/" => Reply::html(&links),
        _ => Reply::status(404),
    });
    let desk = Desk::new("");
    let said = desk.crawl(&["--discover", &server.url("/")]).ends_with(1);
    assert!(said.err.contains("neither feeds nor sitemaps nor pages"), "{}", said.err);
    assert!(said.out.is_empty());
    assert!(server.targets().len() <= 25, "{:?}", server.targets());
    // All three kinds had their share of the requests.
    assert!(server.targets().iter().any(|target| target.starts_with("/sitemap")), "{:?}", server.targets());
}

#[test]
fn robots_guard_and_delays_hold() {
    let server = Server::start("127.0.0.1", 0, |asked| match asked.target.as_str() {
        "/robots.txt" => Reply::new(
            200,
            "Content-Type: text/plain\r\n",
            "User-agent: *\nCrawl-delay: 0.3\nDisallow: /kin\n",
        ),
        "/kin" => feed("x", &["/a".to_owned()]),
        "/" => Reply::html("<link rel=alternate type=application/rss+xml href=/kin>"),
        _ => Reply::status(404),
    });
    let desk = Desk::new("");
    let said = desk.crawl(&["--discover", &server.url("/kin")]).ends_with(1);
    assert!(said.err.contains("forbids it: Disallow: /kin"), "{}", said.err);
    assert_eq!(server.targets(), ["/robots.txt"]);
    let said = desk.crawl(&["--discover", &server.url("/"), "--delay", "0.05"]).ends_with(1);
    assert!(said.err.contains("/kin: ") && !server.targets().contains(&"/kin".to_owned()), "{}", said.err);
    let log = server.log();
    let pauses = log[2..].windows(2).map(|two| two[1].came - two[0].answered);
    assert!(pauses.into_iter().all(|pause| pause >= Duration::from_millis(295)));
    // The guard's word stands, and an address of the network that is not there says so.
    let closed = Desk::new("");
    std::fs::write(closed.path("config.toml"), "").unwrap();
    let said = closed.crawl(&["--discover", &server.url("/")]).ends_with(1);
    assert!(said.err.contains("127.0.0.1"), "{}", said.err);
}
