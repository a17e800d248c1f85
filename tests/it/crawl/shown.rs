//! `--status`, `--dry-run` and `--restart`: what is known of sources is shown, and nothing is touched.

use serde_json::Value;

use super::{Desk, Reply, Said, paper, source};

fn rows(said: &Said) -> Vec<Value> {
    said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_table_tells_of_each_source() {
    let server = paper(3, |target| (target == "/hong").then(|| Reply::status(500)));
    let config = source("tốt", &server.url("/rss"), "schedule = \"every 1h\"\nzone = \"Asia/Ho_Chi_Minh\"")
        + &source("hỏng", &server.url("/hong"), "kind = \"sitemap\"")
        + &source("tắt", &server.url("/tat"), "enabled = false");
    let desk = Desk::new(&(config + "[fetch]\n").replace("[fetch]\n", ""));
    let said = desk.crawl(&["--status"]).ends_with(0);
    assert!(said.out.contains("no crawl has written to clean yet"), "{}", said.out);
    assert!(said.out.contains("tốt     feed     never"), "{}", said.out);
    assert!(!desk.path("clean").exists());
    desk.crawl(&[]).ends_with(1);
    let before = desk.files();
    let said = desk.crawl(&["--status"]).ends_with(0);
    for text in ["tốt     feed     ok", "hỏng    sitemap  failing 1", "tắt     feed     off  "] {
        assert!(said.out.contains(text), "{text}: {}", said.out);
    }
    assert!(said.out.contains("\nhỏng: "), "{}", said.out);
    let rows = rows(&desk.crawl(&["--status", "--log-format", "json"]).ends_with(0));
    assert_eq!((&rows[0]["found"], &rows[0]["new"], &rows[0]["written"]), (&3.into(), &3.into(), &3.into()));
    assert!(rows[0]["next"].as_str().unwrap().ends_with("+07:00"));
    assert_eq!((&rows[1]["state"], &rows[1]["failures"]), (&"failing 1".into(), &1.into()));
    // One that was taken out of the configuration is still remembered.
    desk.configure(&source("khác", &server.url("/rss"), ""));
    let said = desk.crawl(&["--status"]).ends_with(0);
    assert!(said.out.contains("tốt     -     not configured"), "{}", said.out);
    assert_eq!(desk.files(), before);
}

#[test]
fn a_preview_says_what_would_be_done_and_why() {
    let server = paper(3, |target| (target == "/cu").then(|| Reply::new(301, "Location: /rss\r\n", "")));
    let config = source("một", &server.url("/cu"), "schedule = \"every 1h\"")
        + &source("hai", &server.url("/rss"), "");
    let desk = Desk::new(&config);
    let said = desk.crawl(&["--dry-run"]).ends_with(0);
    assert!(
        said.out.contains("Followed would be 2 of 2 sources:\n  1. một: never followed before\n"),
        "{}",
        said.out
    );
    assert!(server.log().is_empty() && !desk.path("clean").exists());
    desk.crawl(&["--quiet"]).ends_with(0);
    let (before, asked) = (desk.files(), server.log().len());
    let said = desk.crawl(&["--dry-run"]).ends_with(0);
    assert!(said.out.contains("  1. hai: has no schedule, so that each crawl follows it\n"), "{}", said.out);
    assert!(said.out.contains("/rss, only if it has changed\n"), "{}", said.out);
    assert!(said.out.contains("Left alone would be:\n  một: not due until 20"), "{}", said.out);
    let rows = rows(&desk.crawl(&["--dry-run", "--now", "--log-format", "json"]).ends_with(0));
    assert_eq!((&rows[0]["source"], &rows[0]["follow"]), (&"một".into(), &true.into()));
    assert_eq!((&rows[0]["moved"], &rows[0]["url"]), (&true.into(), &server.url("/rss").into()));
    assert_eq!((before, asked), (desk.files(), server.log().len()));
}

#[test]
fn a_source_that_is_gone_is_asked_again_on_request() {
    let server = paper(3, |target| (target == "/het").then(|| Reply::status(410)));
    let desk = Desk::new(&source("hết", &server.url("/het"), ""));
    let said = desk.crawl(&[]).ends_with(1);
    assert!(said.err.contains("--restart \"hết\""), "{}", said.err);
    let asked = || server.targets().iter().filter(|target| *target == "/het").count();
    desk.crawl(&[]).ends_with(0);
    assert_eq!(asked(), 1);
    let said = desk.crawl(&["--dry-run"]).ends_with(0);
    assert!(said.out.contains("hết: stopped since 20"), "{}", said.out);
    let said = desk.crawl(&["--restart", "hết"]).ends_with(0);
    assert_eq!(said.out, "hết: is asked again\n");
    desk.crawl(&[]).ends_with(1);
    assert_eq!(asked(), 2);
}

#[test]
fn a_crawl_that_goes_on_can_be_looked_at() {
    let server = paper(3, |_| None);
    let desk = Desk::new(&source("tốt", &server.url("/rss"), "schedule = \"every 1s\""));
    let mut command = desk.command(&["--watch", "--now"]);
    let file = |name: &str| std::fs::File::create(desk.path(name)).unwrap();
    command.stdout(file("watched")).stderr(file("watching"));
    let mut child = command.spawn().unwrap();
    for _ in 0..2_000 {
        if desk.said("watching").contains("not changed") {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let said = desk.crawl(&["--status"]).ends_with(0);
    assert!(said.out.contains("tốt"), "{}", said.out);
    desk.crawl(&["--dry-run"]).ends_with(0);
    assert!(desk.crawl(&["--restart", "tốt"]).ends_with(2).err.contains("clean"));
    child.kill().unwrap();
    child.wait().unwrap();
}
