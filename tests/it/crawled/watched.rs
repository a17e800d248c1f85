//! `--watch`: sources in their turns, until SIGTERM.

use super::*;

/// The only source's turn, as it is remembered.
fn turn(desk: &Desk) -> Value {
    let state = rusqlite::Connection::open(desk.path("out/.tinsach/state.db")).unwrap();
    let turn: String = state.query_row("SELECT turn FROM sources", [], |row| row.get(0)).unwrap();
    serde_json::from_str(&turn).unwrap()
}

/// The memory is whole, and so are the outputs.
#[track_caller]
fn all_is_whole(desk: &Desk) {
    desk.is_whole();
    desk.run(desk.program(&["state", "check", "--out", "out"])).ends_with(0);
}

/// Begin and end of each request for a path, since the first of them.
fn times(paper: &Paper, path: &str) -> Vec<(Duration, Duration)> {
    let log = paper.server.log();
    let of_path: Vec<_> = log.iter().filter(|asked| asked.target == path).collect();
    of_path.iter().map(|asked| (asked.came - of_path[0].came, asked.answered - of_path[0].came)).collect()
}

#[test]
fn what_is_published_meanwhile_is_written_and_no_source_is_read_twice_at_once() {
    let paper = Paper::open();
    let slow = Duration::from_millis(400);
    paper.lay("/rss", xml(rss_of([1])).after(slow));
    let desk = paper.desk();
    desk.follows("", &[paper.feed("schedule = \"every 1s\"")]);
    let watch = desk.watch();
    for number in 1..=3 {
        wait_for("an article is fetched", || paper.count(&article(number)) > 0);
        paper.lay("/rss", xml(rss_of(1..=number + 1)).after(slow));
    }
    let said = desk.stop(watch);
    all_is_whole(&desk);
    let times = times(&paper, "/rss");
    assert!(times.len() >= 3, "{times:?}");
    for pair in times.windows(2) {
        assert!(pair[1].0 > pair[0].1, "{times:?}");
    }
    // Turns are counted in whole seconds, and the last one may be cut short.
    assert!(times.len() as u64 <= times.last().unwrap().0.as_secs() + 3, "{times:?}");
    assert!(desk.numbers().starts_with(&[1, 2, 3]), "{}", said.err);

    // The next run goes on, and asks for nothing that is there.
    let before = desk.numbers();
    paper.lay_feed(1..=5);
    paper.news();
    desk.crawl(&["--now"]).ends_with(0);
    let mut asked = paper.asked();
    asked.sort_unstable();
    assert_eq!([before, asked].concat(), [1, 2, 3, 4, 5]);
}

#[test]
fn sources_have_their_own_rhythms_and_a_slow_one_holds_no_other_up() {
    let (slow, quick) = (Paper::on("127.0.0.2"), Paper::on("127.0.0.3"));
    slow.lay("/rss", xml(rss_of([1])).after(Duration::from_secs(4)));
    quick.lay_feed([2]);
    quick.lay("/rare", xml(rss_of([3])));
    let desk = Desk::new([slow.server.port(), quick.server.port()]);
    let every = |seconds| format!("schedule = \"every {seconds}s\"");
    desk.follows(
        "",
        &[
            source("slow", "feed", &slow.url("/rss"), &every(1)),
            source("quick", "feed", &quick.url("/rss"), &every(1)),
            source("rare", "feed", &quick.url("/rare"), &every(2)),
        ],
    );
    let watch = desk.watch();
    wait_for("the slow source is answered", || slow.count(&article(1)) > 0);
    let first = slow.server.log().into_iter().find(|asked| asked.target == "/rss").unwrap();
    let meanwhile = |path: &str| {
        let log = quick.server.log();
        log.iter().filter(|asked| asked.target == path && asked.came < first.answered).count()
    };
    let (often, rarely) = (meanwhile("/rss"), meanwhile("/rare"));
    assert!(often >= 3 && (2..often).contains(&rarely), "{often} and {rarely}");
    assert_eq!((quick.count(&article(2)), quick.count(&article(3))), (1, 1));
    desk.stop(watch);
    all_is_whole(&desk);
    assert_eq!(desk.numbers(), [1, 2, 3]);
}

#[test]
fn a_source_that_is_stopped_in_the_middle_gets_its_turn_back() {
    let paper = Paper::open();
    let maps = (1..=12).map(|number| paper.url(&format!("/m{number}.xml")));
    paper.lay("/index.xml", xml(index(maps)));
    for number in 1..=12 {
        paper.lay(&format!("/m{number}.xml"), xml(sitemap([paper.url(&article(number))])));
    }
    let desk = paper.desk();
    desk.follows(
        "",
        &[source("map", "sitemap", &paper.url("/index.xml"), "schedule = \"every 1h\"\ndelay = 0.3")],
    );
    let watch = desk.watch();
    wait_for("some of the sitemaps are read", || paper.server.log().len() > 6);
    desk.stop(watch);
    all_is_whole(&desk);
    let turn = turn(&desk);
    assert_eq!(
        (&turn["begun"], &turn["last_due"], &turn["failures"]),
        (&Value::Null, &Value::Null, &0.into())
    );
    assert!(desk.numbers().len() < 12);

    desk.follows("", &[source("map", "sitemap", &paper.url("/index.xml"), "schedule = \"every 1h\"")]);
    desk.crawl(&[]).ends_with(0);
    assert_eq!(desk.numbers(), (1..=12).collect::<Vec<_>>());
    for number in 1..=12 {
        assert_eq!(paper.count(&article(number)), 1, "{number}");
    }
    // Its turn is served.
    let asked = paper.server.log().len();
    desk.crawl(&[]).ends_with(0);
    assert_eq!(paper.server.log().len(), asked);
}

#[test]
fn a_source_that_fails_is_asked_less_often_and_one_that_is_gone_no_more() {
    let (fails, gone) = (Paper::on("127.0.0.2"), Paper::on("127.0.0.3"));
    fails.lay("/rss", Reply::status(500));
    gone.lay("/rss", Reply::status(410));
    let desk = Desk::new([fails.server.port(), gone.server.port()]);
    let every = "schedule = \"every 1s\"";
    desk.follows(
        "",
        &[
            source("fails", "feed", &fails.url("/rss"), every),
            source("gone", "feed", &gone.url("/rss"), every),
        ],
    );
    let watch = desk.watch();
    wait_for("it is asked a second time", || fails.count("/rss") > 1);
    fails.lay_feed([1]);
    wait_for("it is asked a third time", || fails.count("/rss") > 2);
    let returned = Instant::now();
    wait_for("its article is fetched", || fails.count(&article(1)) > 0);
    wait_for("it is asked each second", || fails.count("/rss") > 4);
    assert!(returned.elapsed() < Duration::from_secs(10), "{:?}", returned.elapsed());
    let said = desk.stop(watch);
    let times = times(&fails, "/rss");
    let pauses: Vec<f32> =
        times.windows(2).map(|pair| pair[1].0.as_secs_f32() - pair[0].0.as_secs_f32()).collect();
    assert!(pauses[0] > 0.9 && pauses[1] > 2.9 && pauses[3] < 3.5, "{pauses:?}");
    assert_eq!((gone.count("/rss"), desk.numbers()), (1, vec![1]));
    assert_eq!(said.err.matches("HTTP status 410").count(), 1, "{}", said.err);
}

#[test]
fn a_watch_that_was_killed_makes_the_run_again_that_broke_off() {
    let paper = Paper::open();
    paper.lay("/rss", xml(rss_of([1, 2])).after(Duration::from_secs(20)));
    let desk = paper.desk();
    desk.follows("", &[paper.feed("schedule = \"every 1h\"")]);
    let mut watch = desk.watch();
    wait_for("the feed is asked for", || paper.count("/rss") > 0);
    watch.kill().unwrap();
    watch.wait().unwrap();
    assert!(turn(&desk)["begun"].is_i64());
    paper.lay_feed([1, 2]);
    let watch = desk.start(desk.crawling(&["--watch"]));
    wait_for("the articles are fetched", || paper.count(&article(2)) > 0);
    desk.stop(watch);
    all_is_whole(&desk);
    assert_eq!((desk.numbers(), paper.count("/rss")), (vec![1, 2], 2));
}

/// A site that was away for a while is asked again when a source names more of it.
#[test]
fn a_site_that_comes_back_is_asked_again() {
    let paper = Paper::on("127.0.0.2");
    let site = Paper::on("127.0.0.3");
    let port = site.server.port();
    let at = |number: usize| format!("<link>http://127.0.0.3:{port}{}</link>", article(number));
    paper.lay("/rss", xml(rss([at(1)])));
    let desk = Desk::new([paper.server.port(), port]);
    desk.follows("", &[source("feed", "feed", &paper.url("/rss"), "schedule = \"every 1s\"")]);
    let watch = desk.watch();
    wait_for("the site is asked", || site.count(&article(1)) > 0);
    drop(site);
    paper.lay("/rss", xml(rss((1..=12).map(at))));
    wait_for("its articles fail", || {
        let said = std::fs::read_to_string(desk.path("stderr")).unwrap();
        said.contains("several times in a row")
    });
    let site = Paper::at("127.0.0.3", port);
    paper.lay("/rss", xml(rss((1..=13).map(at))));
    wait_for("the site is asked again", || site.count(&article(13)) > 0);
    desk.stop(watch);
    all_is_whole(&desk);
    assert!(desk.numbers().contains(&13), "{:?}", desk.numbers());
}

/// What is on its way gets ten seconds; what takes longer is fetched by the next run.
#[test]
fn an_article_that_never_ends_holds_up_no_end() {
    let paper = Paper::open();
    paper.lay_feed([1, 2]);
    paper.lay(&article(2), Reply::html(crate::fetch::page(2)).after(Duration::from_secs(25)));
    let desk = paper.desk();
    desk.follows("", &[paper.feed("schedule = \"every 1s\"")]);
    let watch = desk.watch();
    wait_for("the slow article is asked for", || paper.count(&article(2)) > 0);
    desk.stop(watch);
    all_is_whole(&desk);
    assert_eq!(desk.numbers(), [1]);
    paper.lay(&article(2), Reply::html(crate::fetch::page(2)));
    desk.crawl(&[]).ends_with(0);
    assert_eq!(desk.numbers(), [1, 2]);
}
