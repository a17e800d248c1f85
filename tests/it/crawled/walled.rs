//! Documents that are not what they were, and documents that trap whoever follows them.

use super::*;

const WALL: &str = "<!doctype html><html><head><title>Just a moment</title></head><body><h1>Xin chờ</h1>\
                    <p>Trình duyệt của bạn đang được kiểm tra.</p></body></html>";

#[test]
fn a_source_that_turns_into_a_wall_is_told_once_and_holds_no_other_up() {
    let paper = Paper::open();
    let desk = paper.desk();
    paper.lay_feed([1]);
    paper.lay("/other", xml(rss_of([2])));
    desk.follows("", &[paper.feed(""), source("other", "feed", &paper.url("/other"), "")]);
    desk.crawl(&[]).ends_with(0);
    paper.lay("/rss", Reply::html(WALL));
    paper.lay("/other", xml(rss_of([2, 3])));
    let mut told = 0;
    for _ in 0..3 {
        let said = desk.crawl(&["--now"]);
        told += said.err.matches("not a feed").count();
    }
    assert_eq!((told, desk.numbers()), (1, vec![1, 2, 3]));
    paper.lay_feed([1, 4]);
    desk.crawl(&["--now"]).ends_with(0);
    assert_eq!(desk.numbers(), [1, 2, 3, 4]);
}

#[test]
fn sitemaps_that_name_each_other_end() {
    let paper = Paper::open();
    let url = |path: &str| paper.url(path);
    paper.lay("/a.xml", xml(index([url("/b.xml"), url("/a.xml")])));
    paper
        .lay("/b.xml", xml(index([url("/a.xml"), url("/b.xml"), url("/c.xml"), url("/c.xml?utm_source=b")])));
    paper.lay("/c.xml", xml(sitemap([url(&article(1))])));
    let desk = paper.desk();
    desk.follows("", &[source("map", "sitemap", &url("/a.xml"), "")]);
    desk.crawl(&[]).ends_with(0);
    assert_eq!((desk.numbers(), paper.server.log().len()), (vec![1], 5), "{:?}", paper.server.targets());
}

/// Each index names another one that nobody has seen.
#[test]
fn sitemaps_that_nest_without_end_are_left_at_a_depth() {
    let deep = crate::fetch::server::Server::start("127.0.0.1", 0, |asked| {
        let host = asked.field("host").unwrap_or_default();
        match asked.target.strip_prefix("/map-").and_then(|rest| rest.strip_suffix(".xml")) {
            Some(number) => {
                let number: u64 = number.parse().unwrap_or(0);
                xml(index((0..3).map(|next| format!("http://{host}/map-{}.xml", number * 3 + next + 1))))
            }
            None => Reply::status(404),
        }
    });
    let desk = Desk::new([deep.port()]);
    desk.follows("", &[source("deep", "sitemap", &deep.url("/map-0.xml"), "")]);
    desk.crawl(&[]).ends_with(0);
    // Four levels below the first, three indexes each.
    assert_eq!(deep.log().len(), 1 + 1 + 3 + 9 + 27 + 81);
}

/// An index of very many sitemaps, all of them new.
#[test]
fn one_run_reads_a_bounded_number_of_sitemaps() {
    let paper = Paper::open();
    let maps = (0..1_300).map(|number| paper.url(&format!("/m{number}.xml")));
    paper.lay("/index.xml", xml(index(maps)));
    let desk = paper.desk();
    desk.follows("", &[source("many", "sitemap", &paper.url("/index.xml"), "")]);
    desk.crawl(&[]);
    assert_eq!(paper.server.log().len(), 1 + 1_000);
}

#[test]
fn other_hosts_of_a_sitemap_are_left_aside_and_told() {
    let paper = Paper::open();
    let other = Paper::on("127.0.0.2");
    other.lay("/b.xml", xml(sitemap([other.url(&article(3))])));
    let own = sitemap([paper.url(&article(1)), other.url(&article(2))]);
    paper.lay("/own.xml", xml(own));
    paper.lay("/index.xml", xml(index([paper.url("/own.xml"), other.url("/b.xml")])));
    let desk = Desk::new([paper.server.port(), other.server.port()]);
    desk.follows("", &[source("map", "sitemap", &paper.url("/index.xml"), "")]);
    let said = desk.crawl(&[]).ends_with(0);
    assert_eq!((desk.numbers(), other.server.log().len()), (vec![1], 0));
    assert!(said.err.contains("of another site"), "{}", said.err);
}

#[test]
fn a_million_entries_are_read_to_a_bound() {
    let paper = Paper::open();
    let entry = |number: usize| format!("<url><loc>/tin/{number}</loc></url>\n");
    let entries: String = (0..1_000_000).map(entry).collect();
    paper.lay("/huge.xml", xml(format!("<urlset>{entries}</urlset>")));
    let desk = paper.desk();
    desk.follows(
        "",
        &[source("huge", "sitemap", &paper.url("/huge.xml"), "limit = 2\nonly = [\"/tin/1*\"]")],
    );
    let begun = Instant::now();
    let said = desk.crawl(&[]);
    assert!(said.err.contains("only the first 50000 items"), "{}", said.err);
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    assert_eq!(paper.asked().len(), 2);
}

/// A section page with articles and these further links.
fn section(numbers: impl IntoIterator<Item = usize>, more: &str) -> Reply {
    let mut page = "<!doctype html><html lang=\"vi\"><body><main>".to_owned();
    for number in numbers {
        _ = write!(
            page,
            "<h3><a href=\"{}\">Mùa gặt thứ {number} ở thôn Đông Hòa Hạ</a></h3>",
            article(number)
        );
    }
    Reply::html(format!("{page}</main>{more}</body></html>"))
}

#[test]
fn pages_of_a_listing_are_read_to_their_bound() {
    let paper = Paper::open();
    for page in 1..=6 {
        let path = if page == 1 { "/tin".to_owned() } else { format!("/tin?page={page}") };
        let next = format!("<a rel=\"next\" href=\"/tin?page={}\">Trang sau</a>", page + 1);
        paper.lay(&path, section([page * 10 + 1, page * 10 + 2], &next));
    }
    let desk = paper.desk();
    desk.follows("", &[source("tin", "listing", &paper.url("/tin"), "max_pages = 4")]);
    desk.crawl(&[]).ends_with(0);
    assert_eq!(desk.numbers(), [11, 12, 21, 22, 31, 32, 41, 42]);
    assert_eq!((paper.count("/tin?page=4"), paper.count("/tin?page=5")), (1, 0));
    paper.news();
    desk.crawl(&[]).ends_with(0);
    assert_eq!(paper.news(), [("/tin".to_owned(), 304)]);
}

#[test]
fn listings_that_trap_are_left_aside() {
    let paper = Paper::open();
    let mut days = String::new();
    for day in 1..=28 {
        _ = write!(days, "<a href=\"/lich/2026/11/{day}\">Ngày {day} tháng mười một năm nay</a>");
    }
    let endless = "<a rel=\"next\" href=\"/tin?page=999\">Trang sau</a><a href=\"/tin?calendar=2027-01\">Lịch của tháng sau nữa</a>";
    let trap = format!("{days}{endless}");
    paper.lay("/tin", section([11, 12, 13], &trap));
    let desk = paper.desk();
    desk.follows("", &[source("tin", "listing", &paper.url("/tin"), "")]);
    desk.crawl(&[]);
    assert_eq!(desk.numbers(), [11, 12, 13]);
    let asked: Vec<String> =
        paper.server.targets().into_iter().filter(|target| !target.starts_with("/tin/")).collect();
    assert_eq!(asked, ["/robots.txt", "/tin"]);
}

/// Each look at the page gives its articles another session.
#[test]
fn sessions_make_no_articles() {
    let sessions = crate::fetch::server::Server::start("127.0.0.1", 0, |asked| {
        let path = asked.target.split('?').next().unwrap_or_default();
        let links = |earlier: usize| {
            let link = |number: usize| {
                let path = article(number);
                format!(
                    "<h3><a href=\"{path}?PHPSESSID={earlier}abcdef0123456789abcdef01234567\">Mùa gặt thứ {number} ở thôn Đông Hòa</a></h3>"
                )
            };
            (1..=4).map(link).collect::<String>()
        };
        match (path, number_of(path)) {
            ("/tin", _) => {
                Reply::html(format!("<html><body><main>{}</main></body></html>", links(asked.earlier)))
            }
            (_, 0) => Reply::status(404),
            (_, number) => Reply::html(crate::fetch::page(number)),
        }
    });
    let desk = Desk::new([sessions.port()]);
    desk.follows("", &[source("tin", "listing", &sessions.url("/tin"), "")]);
    for _ in 0..4 {
        desk.crawl(&[]).ends_with(0);
    }
    assert_eq!(
        (desk.numbers(), sessions.log().len()),
        (vec![1, 2, 3, 4], 1 + 4 + 4),
        "{:?}",
        sessions.targets()
    );
}

/// A list's second page fails once, while the first one answers that it has not changed.
#[test]
fn a_page_of_a_listing_that_failed_is_read_in_the_next_run() {
    let paper = Paper::open();
    let next = "<a rel=\"next\" href=\"/tin?page=2\">2</a>";
    paper.lay("/tin", section(1..=8, next));
    paper.lay("/tin?page=2", Reply::status(500));
    let desk = paper.desk();
    desk.follows("", &[source("tin", "listing", &paper.url("/tin"), "")]);
    desk.crawl(&[]);
    paper.lay("/tin?page=2", section(9..=16, ""));
    desk.crawl(&[]).ends_with(0);
    assert_eq!(desk.numbers(), (1..=16).collect::<Vec<_>>());
}
