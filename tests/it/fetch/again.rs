//! `--retry-failed`: what failed is tried again, and nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

/// A server whose pages with an even number fail until it is mended.
fn mendable() -> (Server, Arc<AtomicBool>) {
    let mended = Arc::new(AtomicBool::new(false));
    let is_mended = Arc::clone(&mended);
    let server = Server::start("127.0.0.1", 0, move |asked| match asked.target.strip_prefix("/") {
        Some("robots.txt") | None => Reply::status(404),
        Some(number) => {
            let number: usize = number.parse().unwrap_or_default();
            let fails = number.is_multiple_of(2) && !is_mended.load(Ordering::SeqCst);
            if fails { Reply::status(500) } else { Reply::html(page(number)) }
        }
    });
    (server, mended)
}

/// A desk where each address is tried once in a run.
fn hasty(server: &Server) -> Desk {
    let desk = Desk::new([server.port()]);
    desk.write("config.toml", "[fetch]\nattempts = 1\n");
    desk
}

fn list(server: &Server, desk: &Desk, count: usize) -> Vec<String> {
    let urls: Vec<String> = (0..count).map(|number| server.url(&format!("/{number}"))).collect();
    desk.write("urls.txt", urls.join("\n"));
    urls
}

/// Each address has exactly one row, and it is that of a text.
#[track_caller]
fn all_are_written(desk: &Desk, urls: &[String]) {
    let rows = desk.rows();
    assert_eq!(rows.len(), urls.len(), "{rows:?}");
    for url in urls {
        let row = row_of(&rows, url);
        let name = row["file"].as_str().unwrap_or_else(|| panic!("{row}"));
        let number = url.rsplit('/').next().unwrap();
        assert!(desk.texts()[name].contains(&format!("bài số {number}:")), "{row}");
    }
    assert_eq!(desk.texts().len(), urls.len());
}

#[test]
fn failures_are_taken_up_again_and_nothing_else() {
    let (server, mended) = mendable();
    let desk = hasty(&server);
    let urls = list(&server, &desk, 8);
    desk.fetch(&["--input", "urls.txt"]).ends_with(1);
    assert_eq!(with(&desk.rows(), "status", "failed").len(), 4);
    let asked = server.log().len();

    // Without the flag a failure stands, and is told again.
    mended.store(true, Ordering::SeqCst);
    let said = desk.fetch(&["--input", "urls.txt"]).ends_with(1);
    assert!(said.err.contains("--retry-failed"), "{}", said.err);
    assert_eq!((server.log().len(), desk.rows().len()), (asked, 8));

    // The list need not be given again.
    mended.store(false, Ordering::SeqCst);
    desk.fetch(&["--retry-failed"]).ends_with(1);
    assert_eq!((server.log().len(), desk.rows().len()), (asked + 4, 8));
    assert_eq!(with(&desk.rows(), "status", "failed").len(), 4);

    mended.store(true, Ordering::SeqCst);
    desk.fetch(&["--retry-failed", "--input", "urls.txt"]).ends_with(0);
    let mut again = server.targets()[asked + 4..].to_vec();
    again.sort();
    assert_eq!(again, ["/0", "/2", "/4", "/6"]);
    all_are_written(&desk, &urls);
    desk.fetch(&["--retry-failed"]).ends_with(0);
    assert_eq!(server.log().len(), asked + 8);
}

#[test]
fn lines_that_are_no_addresses_keep_their_rows() {
    let (server, mended) = mendable();
    let desk = hasty(&server);
    desk.write("urls.txt", format!("{}\nkeine-adresse\n{}\n", server.url("/2"), server.url("/2#a")));
    desk.fetch(&["--input", "urls.txt"]).ends_with(1);
    mended.store(true, Ordering::SeqCst);
    desk.fetch(&["--retry-failed"]).ends_with(0);
    let rows = desk.rows();
    assert_eq!(rows.len(), 3, "{rows:?}");
    assert_eq!(row_of(&rows, &server.url("/2"))["status"], "written");
    assert_eq!(code(row_of(&rows, "keine-adresse")), "address_no_scheme");
}

#[test]
fn it_may_be_killed_at_any_moment() {
    let (server, mended) = mendable();
    let desk = hasty(&server);
    let urls = list(&server, &desk, 30);
    desk.fetch(&["--input", "urls.txt"]).ends_with(1);
    mended.store(true, Ordering::SeqCst);
    let mut chance = fastrand::Rng::with_seed(5);
    for _ in 0..6 {
        let mut child = desk.start(desk.command(&["--retry-failed", "--delay", "0.05"]));
        thread::sleep(Duration::from_millis(chance.u64(5..400)));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    // A run without the flag finishes what was begun; one with it takes up what is left.
    desk.fetch(&["--input", "urls.txt"]);
    desk.fetch(&["--retry-failed"]).ends_with(0);
    all_are_written(&desk, &urls);
}

/// A failure whose row waits for that of an earlier address has no row yet.
#[test]
fn failures_of_a_killed_run_are_taken_up_too() {
    let slow = Server::start("127.0.0.2", 0, |asked| match asked.target.as_str() {
        "/robots.txt" => Reply::status(404),
        _ if asked.earlier == 0 => Reply::html(page(0)).after(Duration::from_mins(1)),
        _ => Reply::html(page(0)),
    });
    let (server, mended) = mendable();
    let desk = Desk::new([server.port(), slow.port()]);
    desk.write("config.toml", "[fetch]\nattempts = 1\n");
    let mut urls = list(&server, &desk, 5);
    urls[0] = slow.url("/0");
    desk.write("urls.txt", urls.join("\n"));
    let mut child = desk.start(desk.command(&["--input", "urls.txt"]));
    let begun = Instant::now();
    while desk.committed().len() < 4 && begun.elapsed() < PATIENCE {
        thread::sleep(Duration::from_millis(50));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(desk.rows().is_empty(), "{:?}", desk.rows());
    mended.store(true, Ordering::SeqCst);
    desk.fetch(&["--retry-failed", "--input", "urls.txt"]).ends_with(0);
    all_are_written(&desk, &urls);
    assert_eq!(server.log().len(), 1 + 4 + 2);
}
