//! Lists and folders that are out of step: a slow head, a slow pipe, a state or an archive that is gone.

use std::io::Write as _;

use super::*;

/// A page whose text tells its number.
fn numbered(number: &str) -> Reply {
    Reply::html(page(number.bytes().fold(0, |sum, byte| sum * 10 + usize::from(byte % 10))))
}

/// Pages of its targets, the first of which is slow; everything is allowed.
fn slow_head(wait: Duration) -> Server {
    Server::start("127.0.0.1", 0, move |asked| match asked.target.as_str() {
        "/robots.txt" => Reply::status(404),
        "/slow" => Reply::html(page(0)).after(wait),
        other => numbered(other),
    })
}

#[test]
fn what_waits_for_a_slow_head_survives_a_kill() {
    let server = slow_head(Duration::from_secs(2));
    let desk = Desk::new([server.port()]);
    // More than a batch holds, over many sites that are asked side by side.
    let quick = (0..1_300).map(|at| format!("http://bao-{}.localhost:{}/{at}\n", at % 40, server.port()));
    desk.write("urls.txt", server.url("/slow\n") + &quick.collect::<String>());
    let command = || desk.command(&["--input", "urls.txt", "--archive-only"]);
    let mut child = desk.start(command());
    let manifest = desk.path("out/manifest.jsonl");
    while fs::metadata(&manifest).map_or(0, |file| file.len()) == 0 {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it could be killed");
        thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    desk.run(command()).ends_with(0);
    let rows = desk.rows();
    assert_eq!(rows.len(), 1_301);
    let urls: BTreeSet<&str> = rows.iter().map(|row| row["url"].as_str().unwrap()).collect();
    assert_eq!(urls.len(), rows.len(), "each has one row");
}

#[test]
fn a_pipe_that_stays_open_is_fetched_as_it_comes() {
    let server = slow_head(Duration::ZERO);
    let desk = Desk::new([server.port()]);
    let mut command = desk.command(&["--input", "-"]);
    command.stdin(Stdio::piped());
    let mut child = desk.start(command);
    let mut pipe = child.stdin.take().unwrap();
    for path in ["/1", "/2"] {
        writeln!(pipe, "{}", server.url(path)).unwrap();
        pipe.flush().unwrap();
        let begun = Instant::now();
        while !server.targets().iter().any(|target| target == path) {
            assert!(begun.elapsed() < PATIENCE, "{path} is not asked for");
            thread::sleep(Duration::from_millis(5));
        }
    }
    drop(pipe);
    desk.end(child).ends_with(0);
    assert_eq!(desk.rows().len(), 2);
}

/// Payloads that `clean` finds in the archive.
fn archived(desk: &Desk) -> usize {
    _ = fs::remove_dir_all(desk.path("again"));
    desk.run(desk.program(&["clean", "out/archive", "--out", "again"])).ends_with(0);
    rows(&desk.path("again")).len()
}

#[test]
fn an_archive_outlives_the_state() {
    let server = slow_head(Duration::ZERO);
    let desk = Desk::new([server.port()]);
    desk.fetch(&[&server.url("/1"), &server.url("/2"), "--archive"]).ends_with(0);
    for name in ["state.db", "state.db-wal", "state.db-shm"] {
        _ = fs::remove_file(desk.path("out/.tinsach").join(name));
    }
    desk.fetch(&[&server.url("/3"), "--archive"]).ends_with(0);
    // Two pages of before, one of after, and the robots file is no page.
    assert_eq!(archived(&desk), 3);
}

#[test]
fn an_archive_that_is_gone_is_referred_to_by_nobody() {
    let server = Server::start("127.0.0.1", 0, |asked| {
        if asked.target == "/robots.txt" { Reply::status(404) } else { Reply::html(page(7)) }
    });
    let desk = Desk::new([server.port()]);
    desk.fetch(&[&server.url("/1"), "--archive"]).ends_with(0);
    fs::remove_dir_all(desk.path("out/archive")).unwrap();
    let said = desk.fetch(&[&server.url("/2"), "--archive"]).ends_with(0);
    assert!(said.err.contains("archive"), "{}", said.err);
    assert_eq!(archived(&desk), 1);
}

#[test]
fn a_file_in_place_of_an_address_is_told() {
    let desk = Desk::new([1]);
    desk.write("urls.txt", "http://127.0.0.1:1/\n");
    let said = desk.fetch(&["urls.txt"]).ends_with(2);
    assert!(said.err.contains("--input urls.txt"), "{}", said.err);
    assert!(desk.is_untouched());
}

#[test]
fn a_site_that_was_down_is_asked_again_when_it_is_up() {
    let server = slow_head(Duration::ZERO);
    let (port, url) = (server.port(), server.url("/1"));
    drop(server);
    let desk = Desk::new([port]);
    desk.write("config.toml", "[fetch]\nattempts = 1\n");
    desk.fetch(&[&url]).ends_with(1);
    let server = Server::start("127.0.0.1", port, |asked| {
        if asked.target == "/robots.txt" { Reply::status(404) } else { Reply::html(page(1)) }
    });
    desk.fetch(&["--retry-failed"]).ends_with(0);
    assert_eq!(server.targets(), ["/robots.txt", "/1"]);
    assert_eq!(with(&desk.rows(), "status", "written").len(), 1);
}
