//! Figures for Prometheus are served while a crawl goes on.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use super::{Desk, Reply, paper, source};

fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn figures_are_those_of_the_crawl() {
    let server = paper(4, |target| (target == "/bai-4.html").then(|| Reply::status(404)));
    let metrics = "[crawl]\nmetrics = \"127.0.0.1:0\"\n";
    let config = source("lúa \\\"a\\\"", &server.url("/rss"), "schedule = \"every 1s\"")
        + &source("hỏng", "http://127.0.0.1:1/rss", "");
    let desk = Desk::new(&(metrics.to_owned() + &config));
    let going = desk.start(desk.command(&["--watch", "--now", "--log-format", "json"]));
    going.until("stderr", "not changed");
    let said = desk.said("stderr");
    let address = said.split("http://").nth(1).unwrap().split("/metrics").next().unwrap().to_owned();
    let mut text = String::new();
    for _ in 0..6_000 {
        text = get(&address, "/metrics");
        if text.contains("tinsach_fetch_seconds_count 4") && text.contains("tinsach_queue_addresses 0") {
            break;
        }
        thread::sleep(Duration::from_millis(10));
    }
    for line in [
        "tinsach_pages_total{outcome=\"written\"} 3",
        "tinsach_fetch_seconds_count 4",
        "tinsach_queue_addresses 0",
        "tinsach_source_found_total{source=\"lúa \\\"a\\\"\"} 4",
        "tinsach_source_new_total{source=\"lúa \\\"a\\\"\"} 4",
        "tinsach_source_turns_total{source=\"lúa \\\"a\\\"\",end=\"ok\"} 1",
    ] {
        assert!(text.lines().any(|known| known == line), "{line}: {text}");
    }
    assert!(text.contains("tinsach_source_last_success_time_seconds{source=\"lúa"), "{text}");
    assert!(get(&address, "/healthz").ends_with("ok\n"));
    going.stopped().ends_with(0);
    assert!(TcpStream::connect(address).is_err());
}
