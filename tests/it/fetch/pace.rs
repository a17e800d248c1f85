//! Politeness, read from the logs of the servers.

use std::time::SystemTime;

use super::*;

/// What clocks and rounding may cost.
const SLACK: Duration = Duration::from_millis(20);

/// Lets some of the first pages fail, one with 503.
const SEED: u64 = 22;

/// Begin and end of each request, with what was asked, in the order of the begins.
fn times(room: &Newsroom) -> Vec<(Duration, Duration, String)> {
    let ms = Duration::from_millis;
    let mut log: Vec<_> =
        room.log().into_iter().map(|entry| (ms(entry.ms), ms(entry.end_ms), entry.path)).collect();
    log.sort();
    log
}

/// The same of a server, since a moment.
fn times_of(server: &Server, since: Instant) -> Vec<(Duration, Duration, String)> {
    server.log().into_iter().map(|asked| (asked.came - since, asked.answered - since, asked.target)).collect()
}

/// Between the end of each request and the begin of the next at least `delay` passes.
#[track_caller]
fn keeps(times: &[(Duration, Duration, String)], delay: Duration) {
    for pair in times.windows(2) {
        assert!(pair[1].0 + SLACK >= pair[0].1 + delay, "{delay:?} between {pair:?}");
    }
}

fn waits(desk: &Desk, seconds: &str, args: &[&str]) -> Said {
    desk.fetch(&[args, &["--delay", seconds]].concat())
}

/// What a server answers that has no robots.txt and an article everywhere else.
fn articles(asked: &server::Asked) -> Reply {
    match asked.target.strip_prefix("/") {
        Some("robots.txt") | None => Reply::status(404),
        Some(number) => Reply::html(page(number.parse().unwrap_or_default())),
    }
}

#[test]
fn a_site_gets_one_request_at_a_time_and_the_delay_between_two() {
    let options = Options { faults: Some(SEED), ..Options::default() };
    let (room, desk) = newsroom(&options);
    let mut paths: Vec<String> = room.site().paths()[..5].to_vec();
    paths.push("/bai/1009".into());
    desk.write("urls.txt", paths.iter().map(|path| url(&room, path) + "\n").collect::<String>());
    waits(&desk, "0.15", &["--input", "urls.txt"]).ends_with(0);
    let log = room.log();
    let faults: Vec<&str> = log.iter().filter_map(|entry| entry.fault.as_deref()).collect();
    assert!(faults.contains(&"status503") && faults.len() > 1, "{faults:?}");
    assert!(log[0].path == "/robots.txt" && log.iter().any(|entry| entry.status == 301));
    assert_eq!(desk.texts().len(), 6);
    let times = times(&room);
    keeps(&times, Duration::from_millis(150));
    // The newsroom's 503 asks for a second.
    for entry in log.iter().filter(|entry| entry.status == 503) {
        let end = Duration::from_millis(entry.end_ms);
        let next = times.iter().find(|(begin, ..)| *begin > end).unwrap();
        assert!(next.0 + SLACK >= end + Duration::from_secs(1), "{entry:?} {next:?}");
    }
}

#[test]
fn crawl_delay_is_obeyed_from_the_first_page_on() {
    let (room, desk) = newsroom(&Options { crawl_delay: Some("0.4".into()), ..Options::default() });
    let paths = room.site().paths()[..4].to_vec();
    let urls: Vec<String> = paths.iter().map(|path| url(&room, path)).collect();
    desk.write("urls.txt", urls.join("\n"));
    waits(&desk, "0.05", &["--input", "urls.txt"]).ends_with(0);
    let times = times(&room);
    assert_eq!(times.len(), 5);
    keeps(&times, Duration::from_millis(400));
}

#[test]
fn what_robots_txt_closes_is_never_asked_for_unless_it_is_ignored() {
    let (room, desk) = newsroom(&Options::default());
    let listed = ["/noi-bo/ban-nhap-1.html", "/noi-bo/gioi-thieu.html"].map(|path| url(&room, path));
    let listed = listed.each_ref().map(String::as_str);
    desk.fetch(&listed).ends_with(0);
    let asked = |room: &Newsroom| room.log().into_iter().map(|entry| entry.path).collect::<Vec<_>>();
    assert_eq!(asked(&room), ["/robots.txt", "/noi-bo/gioi-thieu.html"]);
    fs::remove_dir_all(desk.path("out")).unwrap();
    desk.fetch(&[&listed[..], &["--ignore-robots"]].concat()).ends_with(0);
    assert_eq!(asked(&room)[2..], ["/noi-bo/ban-nhap-1.html", "/noi-bo/gioi-thieu.html"]);
}

/// A redirect does not lead around a robots.txt.
#[test]
fn what_is_closed_stays_closed_behind_a_redirect() {
    let room = Newsroom::start(&Options::default()).unwrap();
    let closed = url(&room, "/noi-bo/ban-nhap-1.html");
    let leads = closed.clone();
    let server = Server::start("127.0.0.1", 0, move |asked| match asked.target.as_str() {
        "/robots.txt" => Reply::status(404),
        _ => Reply::to(&leads),
    });
    let desk = Desk::new([room.address().port(), server.port()]);
    desk.fetch(&[&server.url("/a")]).ends_with(0);
    let rows = desk.rows();
    assert_eq!((&rows[0]["reason"], &rows[0]["final_url"]), (&"robots".into(), &closed.into()));
    assert!(room.log().iter().all(|entry| entry.path == "/robots.txt"));
}

#[test]
fn robots_txt_is_asked_for_once_and_remembered() {
    let (room, desk) = newsroom(&Options::default());
    let urls: Vec<String> = room.site().paths()[..6].iter().map(|path| url(&room, path)).collect();
    let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
    desk.fetch(&urls[..3]).ends_with(0);
    desk.fetch(&urls[3..]).ends_with(0);
    let robots = room.log().iter().filter(|entry| entry.path == "/robots.txt").count();
    assert_eq!((robots, room.log().len()), (1, 7));
}

#[test]
fn a_robots_txt_that_fails_closes_the_site() {
    let server = Server::start("127.0.0.1", 0, |_| Reply::status(500));
    let desk = Desk::new([server.port()]);
    desk.write("config.toml", "[fetch]\nattempts = 1\n");
    desk.fetch(&[&server.url("/a"), &server.url("/b")]).ends_with(1);
    assert_eq!(server.targets(), ["/robots.txt"]);
    assert!(desk.rows().iter().all(|row| code(row) == "robots_unreachable"), "{:?}", desk.rows());
}

#[test]
fn names_that_share_an_address_share_its_patience() {
    let server = Server::start("127.0.0.1", 0, articles);
    let desk = Desk::new([server.port()]);
    let since = Instant::now();
    let urls: Vec<String> = (0..6)
        .map(|number| {
            format!(
                "http://{}:{}/{number}",
                ["localhost", "127.0.0.1", "bao.localhost"][number % 3],
                server.port()
            )
        })
        .collect();
    let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
    waits(&desk, "0.15", &urls).ends_with(0);
    let times = times_of(&server, since);
    assert_eq!(times.len(), 9, "{times:?}");
    keeps(&times, Duration::from_millis(150));
}

#[test]
fn sites_at_different_addresses_do_not_wait_for_each_other() {
    let one = Server::start("127.0.0.1", 0, articles);
    let other = Server::start("127.0.0.2", one.port(), articles);
    let desk = Desk::new([one.port()]);
    let since = Instant::now();
    let urls: Vec<String> = (0..8).map(|n| [&one, &other][n % 2].url(&format!("/{n}"))).collect();
    let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
    waits(&desk, "0.3", &urls).ends_with(0);
    let (one, other) = (times_of(&one, since), times_of(&other, since));
    for times in [&one, &other] {
        assert_eq!(times.len(), 5);
        keeps(times, Duration::from_millis(300));
    }
    let (last, others_last) = (one[4].0, other[4].0);
    assert!(one[0].0 < others_last && other[0].0 < last, "{one:?} {other:?}");
}

#[test]
fn a_slow_site_holds_no_other_up() {
    let slow = Server::start("127.0.0.2", 0, |asked| match asked.target.as_str() {
        "/robots.txt" => Reply::status(404),
        _ => articles(asked).after(Duration::from_millis(1_500)),
    });
    let quick = Server::start("127.0.0.3", 0, articles);
    let desk = Desk::new([slow.port(), quick.port()]);
    let urls: Vec<String> = (0..2)
        .map(|number| slow.url(&format!("/{number}")))
        .chain((10..20).map(|number| quick.url(&format!("/{number}"))))
        .collect();
    desk.write("urls.txt", urls.join("\n"));
    waits(&desk, "0.02", &["--input", "urls.txt", "--concurrency", "2"]).ends_with(0);
    assert_eq!((slow.log().len(), quick.log().len(), desk.texts().len()), (3, 11, 12));
    // The slow site's second page is asked for after three seconds at the earliest: its first took half of them, and it
    // rests as long.
    assert!(quick.log()[10].answered < slow.log()[2].came);
    keeps(&times_of(&slow, slow.log()[0].came)[1..], Duration::from_millis(1_500));
}

#[test]
fn retry_after_is_waited_for_in_both_forms() {
    let answer = move |date: bool| {
        move |asked: &server::Asked| match (asked.target.as_str(), asked.earlier) {
            ("/1", 0) if date => Reply::new(429, &format!("Retry-After: {}\r\n", later()), ""),
            ("/1", 0) => Reply::new(503, "Retry-After: 3\r\n", ""),
            _ => articles(asked),
        }
    };
    let (seconds, date) =
        (Server::start("127.0.0.2", 0, answer(false)), Server::start("127.0.0.3", 0, answer(true)));
    let desk = Desk::new([seconds.port(), date.port()]);
    let urls: Vec<String> =
        [&seconds, &date].iter().flat_map(|server| [server.url("/1"), server.url("/2")]).collect();
    desk.fetch(&urls.iter().map(String::as_str).collect::<Vec<_>>()).ends_with(0);
    for server in [&seconds, &date] {
        let log = server.log();
        assert_eq!(log.len(), 4, "{:?}", server.targets());
        let at = log.iter().position(|asked| asked.target == "/1").unwrap();
        // A date is cut to its second.
        assert!(
            log[at + 1].came + SLACK >= log[at].answered + Duration::from_secs(3),
            "{:?}",
            server.targets()
        );
    }
    assert_eq!(row_of(&desk.rows(), &urls[0])["attempts"], 2);
}

#[test]
fn a_site_that_cannot_be_reached_says_why() {
    // A port where nobody listens.
    let port = Server::start("127.0.0.1", 0, |_| Reply::status(404)).port();
    let desk = Desk::new([port]);
    desk.write("config.toml", "[fetch]\nattempts = 1\n");
    let listed = [format!("http://127.0.0.1:{port}/a"), "http://bao.invalid/a".to_owned()];
    desk.fetch(&listed.each_ref().map(String::as_str)).ends_with(1);
    for (row, (kind, told)) in
        desk.rows().iter().zip([("connect", "no connection"), ("dns", "has no address")])
    {
        let message = row["error"]["message"].as_str().unwrap();
        assert!(code(row) == kind && message.contains(told), "{row}");
        assert!(
            message.contains("/robots.txt: ") && message.ends_with("nothing of the site may be fetched"),
            "{row}"
        );
    }
}

/// A date four seconds ahead, which is more than three even when it is cut to its second.
fn later() -> String {
    httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(4))
}

#[test]
fn a_site_that_asks_for_an_hour_is_left_alone() {
    let server = Server::start("127.0.0.1", 0, |asked| match asked.target.as_str() {
        "/robots.txt" => Reply::status(404),
        _ => Reply::new(503, "Retry-After: 3600\r\n", ""),
    });
    let desk = Desk::new([server.port()]);
    desk.fetch(&[&server.url("/1"), &server.url("/2"), &server.url("/3")]).ends_with(1);
    assert_eq!(server.targets(), ["/robots.txt", "/1"]);
    assert!(desk.rows().iter().all(|row| code(row) == "host_parked"), "{:?}", desk.rows());
}
