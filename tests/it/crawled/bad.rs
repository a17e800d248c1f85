//! Feeds as they should not be, all in one crawl: each is told once, and none holds another up.

use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write as _;

use super::*;

/// A feed, what is said of it, and the articles that it brings all the same.
struct Bad {
    name: &'static str,
    reply: Reply,
    told: &'static str,
    brings: Vec<usize>,
}

fn bad(name: &'static str, reply: Reply, told: &'static str, brings: impl Into<Vec<usize>>) -> Bad {
    Bad { name, reply, told, brings: brings.into() }
}

fn item(number: usize, more: &str) -> String {
    format!("<title>Bài {number}</title><link>{}</link>{more}", article(number))
}

/// A feed of 60 MiB in a few KiB.
fn bomb() -> Reply {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(b"<rss><channel><item><link>/tin/a-1.html</link><description>").unwrap();
    for _ in 0..60 {
        encoder.write_all(&vec![b' '; 1 << 20]).unwrap();
    }
    Reply::new(200, "Content-Type: text/xml\r\nContent-Encoding: gzip\r\n", encoder.finish().unwrap())
}

/// A feed in windows-1258, whose marks stand behind their letters.
fn windows_1258() -> Reply {
    let mut bytes =
        b"<?xml version=\"1.0\" encoding=\"windows-1258\"?><rss><channel><item><title>M\xF9a g\xE3\xF2t</title>".to_vec();
    bytes.extend(b"<link>/tin/m\xF9a-g\xE3\xF2t-80.html</link></item></channel></rss>");
    Reply::new(200, "Content-Type: text/xml\r\n", bytes)
}

fn all() -> Vec<Bad> {
    let html = "<!doctype html><html><head><link rel=alternate type=application/rss+xml href=/neu.rss></head><body>x</body></html>";
    let whole = rss_of([30, 31]);
    let cut = &whole[..whole.len() - 60];
    let many = rss((0..6_000).map(|number| item(number % 3 + 40, &format!("<guid>{number}</guid>"))));
    let no_links =
        rss(["<title>Ohne</title>".to_owned(), item(50, ""), "<guid>tag:a,2026:1</guid>".to_owned()]);
    let future = rss([item(60, "<pubDate>Tue, 01 Jan 2047 08:00:00 +0700</pubDate>")]);
    let undated = rss([item(61, "<pubDate>hôm qua</pubDate>")]);
    let relative =
        rss(["<link>mua-gat-70.html</link>", "<link>./b/../mua-gat-71.html#top</link>", "<link>//</link>"]
            .map(str::to_owned));
    vec![
        bad("html", Reply::html(html), "/neu.rss", []),
        bad("empty", xml(""), "empty", []),
        bad("blank", xml(" \n\t\n"), "empty", []),
        bad(
            "text",
            Reply::new(200, "Content-Type: text/plain\r\n", "Fatal error: too many connections"),
            "neither",
            [],
        ),
        bad("json", Reply::new(200, "Content-Type: application/json\r\n", "{\"error\": true}"), "json: ", []),
        bad("huge", bomb(), "huge: ", []),
        bad("broken", Reply::new(200, "Content-Encoding: gzip\r\n", "no gzip at all"), "broken: ", []),
        bad("cut", xml(cut), "in the middle", [30]),
        bad("many", xml(many), "only the first 5000 items", [40, 41, 42]),
        bad("links", xml(no_links), "2 without an address", [50]),
        bad("future", xml(future), "1 dated ahead", [60]),
        bad("undated", xml(undated), "1 with a date that cannot be read", [61]),
        bad("relative", xml(relative), "1 with an address", [70, 71]),
        bad("old", windows_1258(), "old: 1 found", [80]),
    ]
}

#[test]
fn bad_feeds_are_told_once_and_hold_no_other_up() {
    let paper = Paper::open();
    let desk = paper.desk();
    let all = all();
    let mut sources = Vec::new();
    for Bad { name, reply, .. } in &all {
        let path = format!("/tin/{name}.rss");
        paper.lay(&path, reply.clone());
        sources.push(source(name, "feed", &paper.url(&path), ""));
    }
    paper.lay_feed([90]);
    sources.push(paper.feed(""));
    desk.follows("", &sources);
    let said = desk.crawl(&[]);
    let mut brought = vec![90];
    for Bad { name, told, brings, .. } in &all {
        let own: Vec<&str> = said.err.lines().filter(|line| line.contains(&format!("{name}: "))).collect();
        assert!(own.iter().any(|line| line.contains(told)), "{name}: {own:?} in {}", said.err);
        // No source says more than its counts and what was wrong with it.
        assert!(own.len() <= 3 && own.iter().all(|line| line.len() < 300), "{name}: {own:?}");
        brought.extend(brings);
    }
    brought.sort_unstable();
    assert_eq!(desk.numbers(), brought);
    let again = desk.crawl(&["--now"]);
    for Bad { name, told, brings, .. } in all.iter().filter(|bad| bad.brings.is_empty()) {
        assert!(brings.is_empty() && !again.err.contains(told), "{name}: {}", again.err);
    }
}

/// Dates in several notations are dates of one order; one that lies ahead puts nothing in front.
#[test]
fn dates_of_several_notations_have_one_order() {
    let ago = |days: i64, format: &str| {
        let at = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24 * days);
        at.strftime(format).to_string()
    };
    let feed = rss([
        item(4, "<pubDate>Tue, 01 Jan 2047 08:00:00 +0700</pubDate>"),
        item(3, &format!("<pubDate>{}</pubDate>", ago(30, "%d/%m/%Y %H:%M"))),
        item(1, &format!("<pubDate>{}</pubDate>", ago(10, "%a, %d %b %Y %H:%M:%S GMT"))),
        item(2, &format!("<dc:date>{}</dc:date>", ago(20, "%Y-%m-%dT%H:%M:%SZ"))),
    ]);
    let paper = Paper::open();
    paper.lay("/rss", xml(feed));
    let desk = paper.desk();
    desk.follows("", &[paper.feed("max_age_days = 25")]);
    desk.crawl(&[]).ends_with(0);
    assert_eq!(paper.asked(), [1, 2, 4]);
}

/// What a server sends is not all that stands in its feed.
#[test]
fn a_feed_whose_answer_breaks_off_is_asked_again() {
    let paper = Paper::open();
    paper.lay("/rss", xml(rss_of([1, 2])).cut());
    let desk = paper.desk();
    desk.follows("", &[paper.feed("")]);
    let said = desk.crawl(&[]);
    assert!(desk.numbers().is_empty() && said.err.contains("đồng: "), "{}", said.err);
    paper.lay_feed([1, 2]);
    desk.crawl(&[]).ends_with(0);
    assert_eq!(desk.numbers(), [1, 2]);
}
