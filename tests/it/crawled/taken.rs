//! What of a source is taken, in which order, and where it goes.

use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write as _;

use super::*;

/// An item of RSS with a time of publication so many days ago.
fn dated(number: usize, days_ago: i64) -> String {
    let at = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24 * days_ago);
    let at = at.strftime("%a, %d %b %Y %H:%M:%S +0000");
    format!("<title>Bài {number}</title><link>{}</link><pubDate>{at}</pubDate>", article(number))
}

/// Numbers of the articles that a source of this feed brings, in the order of the requests.
fn brings(feed: &str, more: &str) -> Vec<usize> {
    let paper = Paper::open();
    paper.lay("/rss", xml(feed));
    let desk = paper.desk();
    desk.follows("", &[paper.feed(more)]);
    desk.crawl(&[]).ends_with(0);
    let asked = paper.asked();
    let mut sorted = asked.clone();
    sorted.sort_unstable();
    assert_eq!(desk.numbers(), sorted);
    asked
}

#[test]
fn the_newest_are_fetched_first_unless_the_order_is_to_be_the_documents() {
    let feed = || {
        let plain = format!("<title>Bài 9</title><link>{}</link>", article(9));
        rss([dated(1, 3), dated(2, 1), plain, dated(3, 2)])
    };
    assert_eq!(brings(&feed(), ""), [2, 3, 1, 9]);
    assert_eq!(brings(&feed(), "newest_first = false"), [1, 2, 9, 3]);
}

#[test]
fn patterns_decide() {
    let feed = rss_of([1, 2, 13, 24]);
    assert_eq!(
        brings(&feed, "only = [\"/tin/*-2.html\", \"*-13.html\", \"*-24.html\"]\nexcept = [\"*-24.html\"]"),
        [2, 13]
    );
    assert_eq!(brings(&feed, "except = [\"*-1*.html\"]"), [2, 24]);
}

#[test]
fn days_decide() {
    let feed = || rss([dated(1, 1), dated(2, 10), dated(3, 30), dated(4, 400)]);
    let day = |days: i64| {
        let at = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24 * days);
        at.strftime("%Y-%m-%d").to_string()
    };
    assert_eq!(brings(&feed(), "max_age_days = 20"), [1, 2]);
    assert_eq!(brings(&feed(), &format!("zone = \"UTC\"\nsince = \"{}\"", day(30))), [1, 2, 3]);
    assert_eq!(brings(&feed(), &format!("zone = \"UTC\"\nuntil = \"{}\"", day(30))), [3, 4]);
    let both = format!("zone = \"UTC\"\nsince = \"{}\"\nuntil = \"{}\"", day(31), day(9));
    assert_eq!(brings(&feed(), &both), [2, 3]);
}

/// What no feed dates is judged by the date on its page.
#[test]
fn a_page_that_is_too_old_is_left_aside() {
    let (room, desk) = newsroom(&Options::default());
    let day = room.site().articles()[20].date("%Y-%m-%d");
    desk.follows(
        "",
        &[source(
            "xã hội",
            "listing",
            &url(&room, "/xa-hoi"),
            &format!("since = \"{day}\"\nzone = \"Asia/Ho_Chi_Minh\""),
        )],
    );
    desk.crawl(&[]).ends_with(0);
    let rows = desk.rows();
    let (written, skipped) = (with(&rows, "status", "written"), with(&rows, "reason", "outside_window"));
    assert!(
        !written.is_empty() && !skipped.is_empty() && written.len() + skipped.len() == rows.len(),
        "{rows:?}"
    );
    assert!(written.iter().all(|row| row["published"].as_str().unwrap() >= day.as_str()));
    assert!(skipped.iter().all(|row| row["published"].as_str().unwrap() < day.as_str()));
    assert_eq!(desk.texts().len(), written.len());
}

#[test]
fn a_limit_leaves_the_rest_to_later_runs() {
    let paper = Paper::open();
    paper.lay_feed(1..=7);
    let desk = paper.desk();
    desk.follows("", &[paper.feed("limit = 3")]);
    let mut asked = Vec::new();
    for (run, feed) in [200, 200, 200, 304].into_iter().enumerate() {
        desk.crawl(&[]).ends_with(0);
        let news = paper.news();
        assert!(news.contains(&("/rss".to_owned(), feed)), "run {run}: {news:?}");
        asked.push(news.iter().filter(|(target, _)| target.starts_with("/tin/")).count());
    }
    assert_eq!(asked, [3, 3, 1, 0]);
    assert_eq!(desk.numbers(), [1, 2, 3, 4, 5, 6, 7]);
}

/// What is left aside is looked for again once the rules are others, although the feed has not changed.
#[test]
fn other_rules_find_what_the_earlier_ones_left() {
    let paper = Paper::open();
    paper.lay_feed(1..=4);
    let desk = paper.desk();
    desk.follows("", &[paper.feed("only = [\"*-1.html\"]")]);
    desk.crawl(&[]).ends_with(0);
    assert_eq!(desk.numbers(), [1]);
    desk.follows("", &[paper.feed("")]);
    desk.crawl(&[]).ends_with(0);
    assert_eq!(desk.numbers(), [1, 2, 3, 4]);
}

#[test]
fn sources_have_their_own_folders_and_labels() {
    let (room, desk) = newsroom(&Options::default());
    let own = "folder = \"xa/hoi\"\ninclude = [\"title\"]";
    desk.follows(
        "",
        &[
            source("xã hội", "feed", &url(&room, "/rss/xa-hoi.rss"), own),
            source("kinh tế", "feed", &url(&room, "/rss/kinh-te.rss"), ""),
        ],
    );
    desk.crawl(&[]).ends_with(0);
    desk.is_whole();
    let (rows, texts, site) = (desk.rows(), desk.texts(), room.site());
    for row in &rows {
        let path = path_of(row["url"].as_str().unwrap());
        let article = site.articles().iter().find(|article| article.path() == path).unwrap();
        let file = row["file"].as_str().unwrap();
        if row["source"] == "xã hội" {
            assert!(file.starts_with("xa/hoi/"), "{row}");
            assert_eq!(texts[file], format!("{}\n", article.title));
        } else {
            assert!(!file.contains('/'), "{row}");
            assert_eq!(texts[file], super::expected(article));
        }
    }
    let of = |name: &str| with(&rows, "source", name).len();
    assert!(of("xã hội") > 0 && of("kinh tế") > 0 && of("xã hội") + of("kinh tế") == rows.len());
}

#[test]
fn a_source_has_its_own_delay_and_one_that_is_turned_off_is_not_asked() {
    let slow = Paper::on("127.0.0.2");
    let off = Paper::on("127.0.0.3");
    slow.lay_feed(1..=3);
    off.lay_feed(4..=6);
    let desk = Desk::new([slow.server.port(), off.server.port()]);
    let off_source = source("aus", "feed", &off.url("/rss"), "enabled = false");
    desk.follows("", &[slow.feed("delay = 0.3"), off_source]);
    desk.crawl(&[]).ends_with(0);
    assert_eq!((desk.numbers(), off.server.log().len()), (vec![1, 2, 3], 0));
    let log = slow.server.log();
    for pair in log.windows(2) {
        let pause = pair[1].came - pair[0].answered;
        assert!(pause >= Duration::from_millis(280), "{pause:?}");
    }
}

#[test]
fn a_list_may_be_a_file_and_may_be_served() {
    let paper = Paper::open();
    let lines = |numbers: [usize; 2]| numbers.map(|number| paper.url(&article(number))).join("\n");
    paper.lay("/list.txt", Reply::new(200, "Content-Type: text/plain\r\n", lines([3, 4])));
    let desk = paper.desk();
    desk.write("urls.txt", lines([1, 2]) + "\nkeine-adresse\n");
    desk.follows(
        "",
        &[source("file", "urls", "urls.txt", ""), source("web", "urls", &paper.url("/list.txt"), "")],
    );
    desk.crawl(&[]);
    assert_eq!(desk.numbers(), [1, 2, 3, 4]);
    assert_eq!(code(row_of(&desk.rows(), "keine-adresse")), "address_no_scheme");
    // The file has grown, and the list on the web is as it was.
    desk.write("urls.txt", lines([2, 5]));
    paper.news();
    desk.crawl(&[]).ends_with(0);
    assert_eq!(paper.news(), [("/list.txt".to_owned(), 304), (article(5), 200)]);
}

fn gzip(body: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn sitemaps_of_all_kinds_are_read() {
    let paper = Paper::open();
    let urls = |numbers: std::ops::RangeInclusive<usize>| numbers.map(|number| paper.url(&article(number)));
    let packed = Reply::new(200, "Content-Type: application/gzip\r\n", gzip(&sitemap(urls(1..=3))));
    paper.lay("/tin.xml.gz", packed);
    paper.lay(
        "/tin.txt",
        Reply::new(200, "Content-Type: text/plain\r\n", urls(4..=6).collect::<Vec<_>>().join("\n")),
    );
    paper.lay("/index.xml", xml(index(["/tin.xml.gz", "/tin.txt"].map(|path| paper.url(path)))));
    let robots =
        format!("User-agent: *\nAllow: /\nSitemap: {}\nSitemap: /them.xml\n", paper.url("/index.xml"));
    paper.lay("/robots.txt", Reply::new(200, "Content-Type: text/plain\r\n", robots));
    paper.lay("/them.xml", xml(sitemap(urls(7..=8))));
    let desk = paper.desk();
    desk.follows("", &[source("sitemaps", "sitemap", &paper.url("/robots.txt"), "")]);
    desk.crawl(&[]).ends_with(0);
    assert_eq!(desk.numbers(), [1, 2, 3, 4, 5, 6, 7, 8]);
    paper.news();
    desk.crawl(&[]).ends_with(0);
    let unchanged: BTreeSet<_> = paper.news().into_iter().filter(|(_, status)| *status == 304).collect();
    let expected = ["/tin.xml.gz", "/tin.txt", "/them.xml"].map(|path| (path.to_owned(), 304));
    assert_eq!(unchanged, expected.into_iter().collect());
}

#[test]
fn a_feed_and_a_sitemap_may_stand_for_each_other() {
    let paper = Paper::open();
    paper.lay_feed([1]);
    paper.lay("/sitemap.xml", xml(sitemap([paper.url(&article(2))])));
    let desk = paper.desk();
    desk.follows(
        "",
        &[
            source("feed", "sitemap", &paper.url("/rss"), ""),
            source("map", "feed", &paper.url("/sitemap.xml"), ""),
        ],
    );
    let said = desk.crawl(&[]).ends_with(0);
    assert_eq!(desk.numbers(), [1, 2], "{}", said.err);
}

/// A day may be all that an index states of a part, and more may be added on that day.
#[test]
fn a_part_of_which_a_day_is_stated_is_read_again_on_that_day() {
    let paper = Paper::open();
    let today = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
    let part = |path: &str, day: &str| {
        format!("<sitemap><loc>{}</loc><lastmod>{day}</lastmod></sitemap>", paper.url(path))
    };
    let parts = part("/new.xml", &today) + &part("/old.xml", "2026-01-31");
    paper.lay("/index.xml", xml(format!("<sitemapindex>{parts}</sitemapindex>")));
    paper.lay("/old.xml", xml(sitemap([paper.url(&article(1))])));
    let desk = paper.desk();
    desk.follows("", &[source("map", "sitemap", &paper.url("/index.xml"), "")]);
    for last in 2..=4 {
        paper.lay("/new.xml", xml(sitemap((2..=last).map(|number| paper.url(&article(number))))));
        desk.crawl(&[]).ends_with(0);
        assert_eq!(desk.numbers(), (1..=last).collect::<Vec<_>>());
    }
    assert_eq!(paper.count("/old.xml"), 1);
}

/// A line that is no address is told once, and costs nothing else, in this run and in later ones.
#[test]
fn unusable_lines_of_a_list_have_one_row_each() {
    let paper = Paper::open();
    let desk = paper.desk();
    desk.write("urls.txt", format!("{}\nkhông phải địa chỉ\nhttp://[\n", paper.url(&article(1))));
    desk.follows("", &[source("list", "urls", "urls.txt", "")]);
    for _ in 0..3 {
        desk.crawl(&[]);
    }
    let failed = desk.rows().iter().filter(|row| row["status"] == "failed").count();
    assert_eq!((desk.numbers(), failed), (vec![1], 2), "{:?}", desk.rows());
}
