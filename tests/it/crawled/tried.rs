//! Articles that fail, and what robots.txt closes.

use super::*;

/// Makes all visits a day older.
fn age(desk: &Desk) {
    let state = rusqlite::Connection::open(desk.path("out/.tinsach/state.db")).unwrap();
    state.execute("UPDATE urls SET visited = visited - 86400", []).unwrap();
}

#[test]
fn an_article_that_fails_is_tried_again_at_once_and_then_less_and_less_often() {
    let paper = Paper::open();
    paper.lay_feed(1..=3);
    paper.lay(&article(1), Reply::status(404));
    paper.lay(&article(2), Reply::status(500));
    let desk = paper.desk();
    desk.follows("", &[paper.feed("")]);
    let tries = || (paper.count(&article(1)), paper.count(&article(2)));
    for expected in [1, 2, 2] {
        let is_tried = tries() != (expected, expected);
        let said = desk.crawl(&[]);
        assert_eq!((said.status, tries()), (Some(i32::from(is_tried)), (expected, expected)), "{}", said.err);
    }
    for day in 1..=8 {
        age(&desk);
        paper.lay_feed((1..=3).chain([10 + day]));
        desk.crawl(&[]);
        let expected = (2 + day).min(8);
        assert_eq!(tries(), (expected, expected), "day {day}");
    }
    assert_eq!(paper.count(&article(3)), 1);
}

#[test]
fn an_article_that_comes_back_is_written() {
    let paper = Paper::open();
    paper.lay_feed(1..=2);
    paper.lay(&article(1), Reply::status(500));
    let desk = paper.desk();
    desk.follows("", &[paper.feed("")]);
    desk.crawl(&[]).ends_with(1);
    paper.lay(&article(1), Reply::html(crate::fetch::page(1)));
    paper.lay_feed(1..=3);
    desk.crawl(&[]).ends_with(0);
    assert_eq!(desk.numbers(), [1, 2, 3]);
    desk.is_whole();
    assert_eq!(paper.count(&article(1)), 2);
}

/// A feed that names a failure and is not changed is no reason to give the article up.
#[test]
fn an_article_that_fails_is_tried_again_though_its_feed_has_not_changed() {
    let paper = Paper::open();
    paper.lay_feed(1..=2);
    paper.lay(&article(1), Reply::status(500));
    let desk = paper.desk();
    desk.follows("", &[paper.feed("")]);
    desk.crawl(&[]).ends_with(1);
    paper.lay(&article(1), Reply::html(crate::fetch::page(1)));
    desk.crawl(&[]).ends_with(0);
    assert_eq!(desk.numbers(), [1, 2]);
}

#[test]
fn robots_txt_is_obeyed() {
    let paper = Paper::open();
    paper.lay_feed(1..=2);
    let robots = format!("User-agent: *\nDisallow: {}\nDisallow: /zu\n", article(1));
    paper.lay("/robots.txt", Reply::new(200, "Content-Type: text/plain\r\n", robots));
    let desk = paper.desk();
    desk.follows("", &[source("zu", "feed", &paper.url("/zu"), ""), paper.feed("")]);
    let said = desk.crawl(&[]);
    assert_eq!((desk.numbers(), paper.count(&article(1)), paper.count("/zu")), (vec![2], 0, 0));
    assert_eq!(row_of(&desk.rows(), &paper.url(&article(1)))["reason"], "robots");
    assert!(said.err.contains("zu: ") && said.err.contains("robots.txt"), "{}", said.err);
    // What is closed is not tried again and again.
    paper.lay_feed(1..=3);
    desk.crawl(&[]);
    assert_eq!((desk.numbers(), desk.rows().len()), (vec![2, 3], 3));
    assert_eq!(paper.count("/robots.txt"), 1);
}
