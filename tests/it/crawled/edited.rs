//! A configuration that is edited while it is in use.

use super::*;

/// What the program has said so far.
fn said(desk: &Desk) -> String {
    std::fs::read_to_string(desk.path("stderr")).unwrap()
}

#[test]
fn an_edited_configuration_takes_effect_at_sighup_unless_it_has_mistakes() {
    let paper = Paper::open();
    paper.lay_feed([1, 2]);
    paper.lay("/rare", xml(rss_of([3])));
    let desk = paper.desk();
    let rare = source("rare", "feed", &paper.url("/rare"), "schedule = \"every 1h\"");
    let often = |more: &str| paper.feed(&format!("schedule = \"every 1s\"\n{more}"));
    desk.follows("", &[rare.clone(), often("only = [\"*-1.html\", \"*-11.html\"]")]);
    let watch = desk.watch();
    wait_for("the articles are fetched", || paper.count(&article(1)) + paper.count(&article(3)) == 2);

    // Without a signal it is not looked at, and with mistakes it is not taken.
    desk.follows("", &[often("except = 7")]);
    send("-HUP", &watch);
    wait_for("the mistake is told", || said(&desk).contains("has mistakes"));
    assert!(said(&desk).contains("except"), "{}", said(&desk));
    paper.lay_feed([1, 2, 11]);
    wait_for("the old configuration goes on", || paper.count(&article(11)) > 0);

    desk.follows("", &[rare.clone(), often("")]);
    send("-HUP", &watch);
    wait_for("other rules take other articles", || paper.count(&article(2)) > 0);

    let off = often("enabled = false");
    desk.follows("", &[rare, off]);
    send("-HUP", &watch);
    wait_for("the change is told", || said(&desk).matches("was read again").count() == 2);
    let asked = paper.count("/rss");
    thread::sleep(Duration::from_secs(3));
    assert!(paper.count("/rss") <= asked + 1, "{} and {asked}", paper.count("/rss"));
    assert_eq!(paper.count("/rare"), 1, "a configuration that was read again makes nothing due");
    desk.stop(watch);
    desk.is_whole();
    assert_eq!(desk.numbers(), [1, 2, 3, 11]);
    for number in [1, 2, 3, 11] {
        assert_eq!(paper.count(&article(number)), 1);
    }
}

/// What a source had queued is fetched, also when the source is no longer there.
#[test]
fn a_source_that_is_taken_away_leaves_what_it_had_named() {
    let paper = Paper::open();
    paper.lay_feed(1..=6);
    paper.lay("/other", xml(rss_of([7])));
    let desk = paper.desk();
    desk.follows("", &[paper.feed("delay = 0.4")]);
    let watch = desk.watch();
    wait_for("some are fetched", || paper.server.log().len() > 3);
    desk.stop(watch);
    assert!(desk.numbers().len() < 6);
    desk.follows("", &[source("other", "feed", &paper.url("/other"), "")]);
    desk.crawl(&[]).ends_with(0);
    assert_eq!(desk.numbers(), (1..=7).collect::<Vec<_>>());
    let rows = desk.rows();
    assert_eq!((with(&rows, "source", "đồng").len(), with(&rows, "source", "other").len()), (6, 1));
}
