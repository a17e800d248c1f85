//! Articles that change while they are looked at.

use super::*;

/// An Atom feed of one article of another site, changed at this hour of a day.
fn atom(url: &str, hour: u32) -> Reply {
    xml(format!(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>Đồng</title><entry><title>Bài</title><link href=\"{url}\"/>\
         <updated>2026-03-01T{hour:02}:00:00Z</updated></entry></feed>"
    ))
}

/// A feed states a change of an article whose earlier edition is on its way, and then changes no more.
#[test]
fn a_change_that_is_stated_during_a_visit_is_not_lost() {
    let (feeds, site) = (Paper::on("127.0.0.2"), Paper::on("127.0.0.3"));
    let url = site.url(&article(1));
    feeds.lay("/atom", atom(&url, 8));
    site.lay(&article(1), Reply::html(crate::fetch::page(1)).after(Duration::from_secs(3)));
    let desk = Desk::new([feeds.server.port(), site.server.port()]);
    let feed = source("feed", "feed", &feeds.url("/atom"), "schedule = \"every 1s\"");
    desk.follows("[crawl]\nrevisions = true", &[feed]);
    let watch = desk.watch();
    wait_for("the article is asked for", || site.count(&article(1)) > 0);
    feeds.lay("/atom", atom(&url, 9));
    site.lay(&article(1), Reply::html(crate::fetch::page(2)));
    wait_for("the article is asked for again", || site.count(&article(1)) > 1);
    // From here on nothing is new.
    wait_for("the feed is known", || {
        feeds.news().iter().any(|(path, status)| path == "/atom" && *status == 304)
    });
    desk.stop(watch);
    desk.is_whole();
    let rows = desk.rows();
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert_eq!(rows[1]["revision_of"], rows[0]["file"]);
    assert!(desk.texts()[rows[1]["file"].as_str().unwrap()].contains("bài số 2:"));
    assert_eq!(site.count(&article(1)), 2);
}

/// An edition that fails leaves the earlier one, and is looked for again though the feed has not changed.
#[test]
fn a_change_that_cannot_be_fetched_leaves_the_earlier_edition() {
    let paper = Paper::open();
    let url = paper.url(&article(1));
    paper.lay("/rss", atom(&url, 8));
    let desk = paper.desk();
    desk.follows("[crawl]\nrevisions = true", &[paper.feed("")]);
    desk.crawl(&[]).ends_with(0);
    paper.lay("/rss", atom(&url, 9));
    paper.lay(&article(1), Reply::status(500));
    desk.crawl(&[]);
    desk.is_whole();
    assert_eq!(desk.numbers(), [1]);
    paper.lay(&article(1), Reply::html(crate::fetch::page(2)));
    desk.crawl(&[]).ends_with(0);
    desk.is_whole();
    assert_eq!(desk.written()[&article(1)].len(), 2);
    assert!(paper.news().contains(&("/rss".to_owned(), 304)));
}

/// Undone changes, and those of what stands around an article, are no editions.
#[test]
fn an_edition_is_written_once() {
    let paper = Paper::open();
    paper.lay_feed([1]);
    let desk = paper.desk();
    desk.follows("[crawl]\nrevisions = true", &[paper.feed("")]);
    let pages = [1, 2, 1, 2].map(crate::fetch::page);
    for (at, page) in pages.iter().enumerate() {
        for frame in ["", "<!-- hôm nay -->"] {
            paper.lay(&article(1), Reply::html(format!("{page}{frame}")));
            desk.crawl(&[]).ends_with(0);
            desk.is_whole();
            assert_eq!(desk.written()[&article(1)].len(), (at + 1).min(2));
        }
    }
    assert_eq!(paper.count(&article(1)), 8);
}

/// A page that goes back to its first text is no third text, and is compared with that one from then on.
#[test]
fn a_page_that_goes_back_to_an_earlier_text_gets_one_row_for_it() {
    let paper = Paper::open();
    paper.lay_feed([1]);
    let desk = paper.desk();
    desk.follows("[crawl]\nrevisions = true", &[paper.feed("")]);
    for edition in [1, 2, 1, 1, 1] {
        paper.lay(&article(1), Reply::html(crate::fetch::page(edition)));
        desk.crawl(&[]).ends_with(0);
    }
    desk.is_whole();
    let rows = desk.rows();
    let of = |status: &str| rows.iter().filter(|row| row["status"] == status).count();
    assert_eq!((of("written"), of("duplicate")), (2, 1), "{rows:?}");
    assert_eq!((&rows[2]["duplicate_of"], &rows[2]["revision_of"]), (&rows[0]["file"], &rows[1]["file"]));
}
