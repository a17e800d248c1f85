//! Crawls that are killed at any moment of a newsroom that publishes and edits meanwhile, and started again.
//!
//! `TINSACH_KILLS` says how often; 8 times without it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

/// Kills of one newsroom.
const ROUND: usize = 20;

/// Between two requests, so that there is something to kill.
const DELAY: &str = "0.02";

fn wished() -> usize {
    std::env::var("TINSACH_KILLS").map_or(8, |kills| kills.parse().unwrap())
}

fn sources(room: &Newsroom, schedule: &str) -> Vec<String> {
    let more = format!("schedule = \"{schedule}\"");
    [("sitemap", "/sitemap.xml"), ("feed", "/atom.xml"), ("feed", "/rss/home.rss"), ("listing", "/xa-hoi")]
        .map(|(kind, path)| source(path, kind, &url(room, path), &more))
        .to_vec()
}

/// Publishes and edits until it is told to stop.
fn edit(room: &Newsroom, seed: u64, ends: &AtomicBool) {
    let mut chance = fastrand::Rng::with_seed(seed);
    while !ends.load(Ordering::SeqCst) {
        thread::sleep(Duration::from_millis(chance.u64(20..400)));
        let articles = room.site().articles().to_vec();
        let article = &articles[chance.usize(0..articles.len())];
        let hook = match chance.u32(0..3) {
            0 => "/_publish?n=1".to_owned(),
            _ if adds(article, seed) => format!("/_edit?id={}", article.id()),
            _ => continue,
        };
        assert_eq!(crate::newsroom::ask(room, &hook, "").unwrap().status, 200);
    }
}

/// Whether editing an article adds what it does not say yet.
fn adds(article: &Article, seed: u64) -> bool {
    let mut edited = article.clone();
    edited.edit(seed);
    edited.blocks.last().is_some_and(|last| !article.blocks.contains(last))
}

/// Lets the crawl run, and kills it, so many times.
fn harass(desk: &Desk, args: &[&str], chance: &mut fastrand::Rng, kills: usize) {
    for _ in 0..kills {
        let mut child = desk.start(desk.crawling(args));
        // Most moments lie before the first commit or about it; some let more happen.
        let longest = if chance.u32(0..4) == 0 { 3_000 } else { 1_000 };
        thread::sleep(Duration::from_millis(chance.u64(0..longest)));
        // One that has ended by itself is begun again, as a timer would.
        _ = child.kill();
        child.wait().unwrap();
    }
}

/// Everything that was published is there in its last edition, once in each edition that was seen.
fn nothing_is_lost_and_nothing_twice(room: &Newsroom, desk: &Desk) {
    desk.is_whole();
    let (written, texts) = (desk.written(), desk.texts());
    let articles = room.site().articles().to_vec();
    assert_eq!(written.len(), articles.len());
    let contents: BTreeSet<&String> = texts.values().collect();
    assert_eq!(contents.len(), texts.len(), "a text twice");
    for article in &articles {
        let rows = &written[&article.path()];
        assert_eq!(rows[0]["revision_of"], Value::Null, "{rows:?}");
        for (at, row) in rows.iter().enumerate().skip(1) {
            // The one before, or an earlier one that the page had gone back to.
            assert!(rows[..at].iter().any(|earlier| earlier["file"] == row["revision_of"]), "{rows:?}");
        }
        let last = rows.last().unwrap()["file"].as_str().unwrap();
        // The last edition alone has its last paragraph.
        let end = article.texts().pop().unwrap();
        assert!(texts[last].contains(end), "{rows:?} lack {end}");
    }
    // A neighbour's teaser may be taken for text, and be gone later: then an edition is as an earlier one was.
    let (rows, is) = (desk.rows(), |row: &Value, status: &str| row["status"] == status);
    let is_right = |row: &Value| is(row, "written") || is(row, "duplicate") && row["revision_of"].is_string();
    assert!(rows.iter().all(is_right), "{rows:?}");
}

/// Rounds of crawls that are killed, until there were as many kills as wished for.
fn rounds(args: &[&str], schedule: &str) {
    let wished = wished();
    let mut chance = fastrand::Rng::with_seed(wished as u64);
    for round in 0..wished.div_ceil(ROUND) {
        let (room, desk) = newsroom(&Options { seed: round as u64, ..Options::default() });
        desk.follows("[crawl]\nrevisions = true", &sources(&room, schedule));
        let ends = Arc::new(AtomicBool::new(false));
        thread::scope(|scope| {
            scope.spawn(|| edit(&room, round as u64, &ends));
            let args = [args, &["--delay", DELAY]].concat();
            harass(&desk, &args, &mut chance, ROUND.min(wished - round * ROUND));
            ends.store(true, Ordering::SeqCst);
        });
        // What the first run had queued may be older than what the second one reads.
        for _ in 0..2 {
            desk.crawl(&["--now"]).ends_with(0);
        }
        nothing_is_lost_and_nothing_twice(&room, &desk);
        let asked = room.log().len();
        desk.crawl(&["--now"]).ends_with(0);
        let news = room.log()[asked..].iter().filter(|entry| entry.status != 304).count();
        assert!(news <= 1, "an index of sitemaps, and nothing else, is read whole");
    }
}

#[test]
fn a_crawl_that_is_killed_at_any_moment_loses_nothing_and_writes_nothing_twice() {
    rounds(&["--once", "--now"], "every 1h");
}

#[test]
fn a_watch_that_is_killed_at_any_moment_loses_nothing_and_writes_nothing_twice() {
    rounds(&["--watch", "--now"], "every 1s");
}
