//! Words with the system: signals, the service manager, the command on failures, lines of JSON.

use std::os::unix::net::UnixDatagram;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Desk, PATIENCE, Reply, paper, source};

/// Messages on a socket until one holds a text.
#[track_caller]
fn heard(socket: &UnixDatagram, text: &str) -> Vec<String> {
    socket.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let begun = Instant::now();
    let mut all = Vec::new();
    let mut bytes = [0; 4096];
    while begun.elapsed() < PATIENCE {
        let Ok(length) = socket.recv(&mut bytes) else { continue };
        all.push(String::from_utf8_lossy(&bytes[..length]).into_owned());
        if all.last().unwrap().contains(text) {
            return all;
        }
    }
    panic!("no {text}: {all:?}");
}

fn watched(socket: &UnixDatagram, name: &str) {
    let server = paper(2, |_| None);
    let config = source("một", &server.url("/rss"), "schedule = \"every 1s\"");
    let desk = Desk::new(&config);
    let mut command = desk.command(&["--watch", "--now"]);
    command.env("NOTIFY_SOCKET", name);
    let going = desk.start(command);
    let first = heard(socket, "READY=1");
    assert!(first[0].contains("WATCHDOG=1") && first[0].contains("STATUS=1 sources"), "{first:?}");
    heard(socket, "WATCHDOG=1");
    // Mistakes are told, and the old configuration goes on.
    desk.configure(&source("một", &server.url("/rss"), "schedule = \"evry 1s\""));
    going.signal("-HUP");
    let all = heard(socket, "READY=1");
    assert!(all.iter().any(|it| it.contains("RELOADING=1") && it.contains("MONOTONIC_USEC=")), "{all:?}");
    going.until("stderr", "config.toml:8: `schedule`");
    // A good one takes its place.
    desk.configure(&(config + &source("hai", &server.url("/bai-1.html"), "kind = \"listing\"")));
    going.signal("-HUP");
    let all = heard(socket, "STATUS=2 sources");
    assert!(all.iter().any(|it| it.contains("RELOADING=1")), "{all:?}");
    going.until("stderr", "the configuration was read again");
    going.signal("-TERM");
    heard(socket, "STOPPING=1");
    let said = going.ended().ends_with(0);
    assert_eq!(said.err.matches("note: stopped").count(), 1, "{}", said.err);
}

#[test]
fn the_service_manager_is_told_on_a_socket_of_the_file_system() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    watched(&socket, path.to_str().unwrap());
}

#[cfg(target_os = "linux")]
#[test]
fn the_service_manager_is_told_on_an_abstract_socket() {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::SocketAddr;

    let name = format!("tinsach-test-{}", std::process::id());
    let address = SocketAddr::from_abstract_name(&name).unwrap();
    let socket = UnixDatagram::bind_addr(&address).unwrap();
    watched(&socket, &format!("@{name}"));
}

#[test]
fn the_command_is_run_when_failures_reach_the_number_and_when_the_source_returns() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let server = paper(1, move |target| {
        let is_bad = target == "/rss" && count.fetch_add(1, Ordering::SeqCst) < 3;
        is_bad.then(|| Reply::status(404))
    });
    let command = "echo $TINSACH_EVENT $TINSACH_SOURCE $TINSACH_FAILURES $TINSACH_ERROR >> told";
    let desk = Desk::new(&format!(
        "attempts = 1\n[crawl]\nnotify = \"{command}\"\nnotify_after = 2\n{}",
        source("một", &server.url("/rss"), "")
    ));
    for status in [1, 1, 1, 0, 0] {
        desk.crawl(&["--now"]).ends_with(status);
    }
    let told = desk.said("told");
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines.len(), 2, "{told}");
    assert!(lines[0].starts_with("failing một 2 http"), "{told}");
    assert!(lines[1].starts_with("returned một 3"), "{told}");
}

#[test]
fn lines_of_json_carry_run_source_and_url() {
    let server = paper(2, |target| (target == "/bai-2.html").then(|| Reply::status(404)));
    let desk = Desk::new(&source("một", &server.url("/rss"), ""));
    let said = desk.crawl(&["--log-format", "json"]).ends_with(1);
    let rows: Vec<Value> = said.err.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let runs: Vec<&Value> = rows.iter().map(|row| &row["run"]).collect();
    assert!(runs[0].is_string() && runs.iter().all(|run| *run == runs[0]), "{}", said.err);
    assert!(rows.iter().all(|row| row["time"].as_str().is_some_and(|time| time.ends_with('Z'))));
    let followed = rows.iter().find(|row| row["found"] == 2).unwrap();
    assert_eq!(
        (&followed["source"], &followed["level"], &followed["new"]),
        (&"một".into(), &"info".into(), &2.into())
    );
    let failed = rows.iter().find(|row| row["level"] == "error").unwrap();
    assert_eq!((&failed["source"], &failed["url"]), (&"một".into(), &server.url("/bai-2.html").into()));
    assert_eq!(failed["code"], "http_status");
    let text = Desk::new(&source("một", &server.url("/rss"), "")).crawl(&[]).ends_with(1);
    assert!(text.err.contains("failed: một: http://"), "{}", text.err);
}
