//! What is wrong with a configuration is told before anything is touched.

use std::fs;
use std::net::TcpListener;

use super::{Desk, paper, source};

#[test]
fn what_is_unusable_is_refused_before_anything_is_touched() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let metrics = format!("[crawl]\nmetrics = \"{}\"\n", taken.local_addr().unwrap());
    let good = source("a", "http://127.0.0.1:1/rss", "");
    for (config, message) in [
        (String::new(), "--discover"),
        (source("a", "http://127.0.0.1:1/rss", "schedule = \"every\""), "config.toml:8: `schedule`"),
        (source("a", "ftp://x/rss", ""), "config.toml:7: `url`"),
        (format!("{good}{good}"), "config.toml:10: two sources are called \"a\""),
        (metrics + &good, "metrics"),
    ] {
        let desk = Desk::new(&config);
        let said = desk.crawl(&[]).ends_with(2);
        assert!(said.err.contains(message), "{message}: {}", said.err);
        assert!(!desk.path("clean").exists());
    }
    let desk = Desk::new(&good);
    desk.crawl(&["--once", "--watch"]).ends_with(2);
    desk.crawl(&["--restart", "b"]).ends_with(2);
    assert!(desk.crawl(&["--restart", "a"]).ends_with(2).err.contains("clean"));
    assert!(!desk.path("clean").exists());
}

#[test]
fn labels_and_folders_are_those_of_the_source() {
    let server = paper(2, |_| None);
    let config = source("lúa", &server.url("/rss"), "include = [\"title\"]\nfolder = \"lua/mua\"");
    let desk = Desk::new(&config);
    let said = desk.crawl(&[]).ends_with(0);
    assert!(said.err.contains("lúa: 2 found, 2 new\n"), "{}", said.err);
    let texts: Vec<String> = fs::read_dir(desk.path("clean/lua/mua"))
        .unwrap()
        .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect();
    assert_eq!(texts.len(), 2);
    assert!(
        texts.iter().all(|text| text.starts_with("Mùa gặt thứ ") && text.lines().count() == 1),
        "{texts:?}"
    );
}
