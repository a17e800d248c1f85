//! Sources that move, go for good, fail and come back.

use super::*;

/// What is remembered of a desk's only source: where it is asked, and its turn.
fn memory(desk: &Desk) -> (String, Value) {
    let state = rusqlite::Connection::open(desk.path("out/.tinsach/state.db")).unwrap();
    state
        .query_row("SELECT url, turn FROM sources", [], |row| {
            Ok((row.get(0)?, serde_json::from_str(&row.get::<_, String>(1)?).unwrap()))
        })
        .unwrap()
}

fn redirect(status: u16, to: &str) -> Reply {
    Reply::new(status, &format!("Location: {to}\r\n"), "")
}

#[test]
fn a_feed_that_has_moved_for_good_is_asked_where_it_is() {
    for status in [301, 308] {
        let paper = Paper::open();
        paper.lay("/rss", redirect(status, "/rss.xml"));
        paper.lay("/rss.xml", xml(rss_of([1])));
        let desk = paper.desk();
        desk.follows("", &[paper.feed("")]);
        let said = desk.crawl(&[]).ends_with(0);
        assert!(said.err.contains("moved for good") && said.err.contains("/rss.xml"), "{}", said.err);
        assert_eq!(memory(&desk).0, paper.url("/rss.xml"));
        let said = desk.crawl(&[]).ends_with(0);
        assert!(!said.err.contains("moved"), "told once: {}", said.err);
        assert_eq!((paper.count("/rss"), paper.count("/rss.xml")), (1, 2));
        assert!(paper.news().contains(&("/rss.xml".to_owned(), 304)));
        // Whoever configures another address is obeyed.
        desk.follows("", &[source("đồng", "feed", &paper.url("/rss?neu"), "")]);
        paper.lay("/rss?neu", xml(rss_of([2])));
        desk.crawl(&[]).ends_with(0);
        assert_eq!((paper.count("/rss.xml"), desk.numbers()), (2, vec![1, 2]));
    }
}

#[test]
fn a_feed_that_has_moved_in_passing_is_asked_where_it_was() {
    let paper = Paper::open();
    paper.lay("/a", redirect(301, "/b"));
    paper.lay("/b", redirect(302, "/rss"));
    paper.lay_feed([1]);
    let desk = paper.desk();
    desk.follows("", &[source("a", "feed", &paper.url("/a"), "")]);
    for run in 1..=2 {
        let said = desk.crawl(&[]).ends_with(0);
        assert!(!said.err.contains("moved"), "{}", said.err);
        assert_eq!((paper.count("/a"), paper.count("/b"), paper.count("/rss")), (run, run, run));
    }
    assert_eq!((memory(&desk).0, desk.numbers()), (paper.url("/a"), vec![1]));
}

/// A feed that moves to a place where no feed is stays where it was.
#[test]
fn a_move_to_nowhere_is_not_remembered() {
    let paper = Paper::open();
    paper.lay("/rss", redirect(301, "/"));
    paper.lay("/", Reply::html("<html><body><p>Trang chủ</p></body></html>"));
    let desk = paper.desk();
    desk.follows("", &[paper.feed("")]);
    desk.crawl(&[]);
    assert_eq!(memory(&desk).0, paper.url("/rss"));
    paper.lay_feed([1]);
    desk.crawl(&["--now"]).ends_with(0);
    assert_eq!(desk.numbers(), [1]);
}

#[test]
fn a_feed_that_is_gone_is_not_asked_again() {
    let paper = Paper::open();
    paper.lay("/rss", Reply::status(410));
    let desk = paper.desk();
    desk.follows("", &[paper.feed("")]);
    let said = desk.crawl(&[]);
    assert!(said.err.contains("đồng: ") && said.err.contains("HTTP status 410"), "{}", said.err);
    assert!(memory(&desk).1["stopped"]["since"].is_i64());
    for args in [&[][..], &["--now"]] {
        desk.crawl(args);
        assert_eq!(paper.count("/rss"), 1);
    }
    // Until another address is configured.
    desk.follows("", &[source("đồng", "feed", &paper.url("/rss2"), "")]);
    paper.lay("/rss2", xml(rss_of([1])));
    desk.crawl(&[]).ends_with(0);
    assert_eq!((desk.numbers(), &memory(&desk).1["stopped"]), (vec![1], &Value::Null));
}

/// An article that is gone does not take its source along.
#[test]
fn a_part_that_is_gone_stops_no_source() {
    let paper = Paper::open();
    paper.lay("/index.xml", xml(index(["/a.xml", "/b.xml"].map(|path| paper.url(path)))));
    paper.lay("/a.xml", Reply::status(410));
    paper.lay("/b.xml", xml(sitemap([1, 2].map(|number| paper.url(&article(number))))));
    paper.lay(&article(1), Reply::status(410));
    let desk = paper.desk();
    desk.follows("", &[source("map", "sitemap", &paper.url("/index.xml"), "")]);
    for run in 1..=2 {
        let said = desk.crawl(&[]);
        assert!(said.err.contains("/a.xml"), "{}", said.err);
        assert_eq!((paper.count("/index.xml"), desk.numbers()), (run, vec![2]));
    }
}

#[test]
fn failures_are_counted_and_forgotten_when_the_source_returns() {
    let paper = Paper::open();
    let desk = paper.desk();
    desk.follows("", &[paper.feed("schedule = \"every 1h\"")]);
    for (status, failures) in [(404, 1), (500, 2), (403, 3)] {
        paper.lay("/rss", Reply::status(status));
        let said = desk.crawl(&["--now"]);
        assert!(
            said.err.contains("đồng: ") && said.err.contains(&format!("HTTP status {status}")),
            "{}",
            said.err
        );
        let turn = memory(&desk).1;
        assert_eq!((&turn["failures"], &turn["last_success"]), (&failures.into(), &Value::Null));
        // A source of a schedule is not asked at once again.
        let wait = turn["wait"].as_i64().unwrap();
        let least = 3_600 << failures;
        assert!(((least * 8 / 10)..=(least * 11 / 10)).contains(&wait), "{wait} after {failures}");
        desk.crawl(&[]);
        assert_eq!(paper.count("/rss"), failures);
    }
    paper.lay_feed([1]);
    desk.crawl(&["--now"]).ends_with(0);
    let turn = memory(&desk).1;
    assert!(turn["failures"] == 0 && turn["last_success"].is_i64(), "{turn}");
    assert_eq!(desk.numbers(), [1]);
}

#[test]
fn a_server_that_is_not_there_is_a_failure_of_its_source_alone() {
    let paper = Paper::open();
    paper.lay_feed([1]);
    let nobody = Paper::on("127.0.0.2").server.port();
    let desk = Desk::new([paper.server.port(), nobody]);
    let nowhere = source("nowhere", "feed", &format!("http://127.0.0.2:{nobody}/rss"), "");
    desk.follows("", &[nowhere, paper.feed("")]);
    let said = desk.crawl(&[]);
    assert!(said.err.contains("nowhere: "), "{}", said.err);
    assert_eq!(desk.numbers(), [1]);
}

#[test]
fn a_server_that_asks_for_peace_gets_it() {
    let paper = Paper::open();
    paper.lay("/rss", Reply::new(503, "Retry-After: 7200\r\n", ""));
    let desk = paper.desk();
    desk.follows("", &[paper.feed("schedule = \"every 10m\"")]);
    desk.crawl(&["--now"]);
    let turn = memory(&desk).1;
    let left = turn["at"].as_i64().unwrap() - jiff::Timestamp::now().as_second();
    assert!((7_100..=7_200).contains(&left), "{left}");
    desk.crawl(&[]);
    assert_eq!(paper.count("/rss"), 1);
}

#[test]
fn a_feed_that_has_moved_and_is_back_is_found_where_it_was() {
    let paper = Paper::open();
    paper.lay("/rss", redirect(301, "/rss.xml"));
    paper.lay("/rss.xml", xml(rss_of([1])));
    let desk = paper.desk();
    desk.follows("", &[paper.feed("")]);
    desk.crawl(&["--now"]).ends_with(0);
    paper.lay("/rss.xml", Reply::status(404));
    paper.lay_feed([1, 2]);
    for _ in 0..5 {
        desk.crawl(&["--now"]);
    }
    assert_eq!((desk.numbers(), memory(&desk).0), (vec![1, 2], paper.url("/rss")));
}
