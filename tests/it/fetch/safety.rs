//! What is never asked, what is never kept, and what is not asked twice.

use super::*;

/// A server that has an article everywhere and no robots.txt.
fn articles(ip: &str) -> Server {
    Server::start(ip, 0, |asked| match asked.target.as_str() {
        "/robots.txt" => Reply::status(404),
        _ => Reply::html(page(1)),
    })
}

/// A server that redirects everything to one place, but its robots.txt.
fn leading_to(location: String) -> Server {
    Server::start("127.0.0.1", 0, move |asked| match asked.target.as_str() {
        "/robots.txt" => Reply::status(404),
        _ => Reply::to(&location),
    })
}

#[test]
fn loopback_is_refused_in_every_spelling_unless_it_is_allowed() {
    let server = articles("127.0.0.1");
    let port = server.port();
    let mut hosts = vec![
        "127.0.0.1",
        "localhost",
        "LOCALHOST.",
        "a.localhost",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "127.1",
        "0",
    ];
    hosts.extend(["[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::]", "１２７.0.0.1"]);
    let urls: Vec<String> = hosts.iter().map(|host| format!("http://{host}:{port}/a")).collect();
    for extra in [
        &[][..],
        &["--ignore-robots"],
        &["--allow-address", "127.0.0.0/8:1", "--allow-address", "10.0.0.0/8"],
    ] {
        let desk = Desk::new([]);
        desk.write("urls.txt", urls.join("\n"));
        desk.fetch(&[&["--input", "urls.txt"], extra].concat()).ends_with(1);
        let rows = desk.rows();
        assert_eq!(rows.len(), urls.len());
        assert!(desk.texts().is_empty());
        let refused = with(&rows, "status", "failed");
        assert!(refused.iter().all(|row| code(row) == "refused_address"), "{refused:?}");
        // The others are spellings of one address.
        let others = with(&rows, "status", "skipped");
        assert!(others.iter().all(|row| row["reason"] == "repeated_url"), "{others:?}");
        assert_eq!(refused.len() + others.len(), rows.len());
        assert_eq!(server.connections(), 0);
    }
}

/// Whatever would be sent goes to the proxy, which is ours and takes note of it: as an address and behind a redirect.
#[test]
fn private_addresses_are_refused_and_never_leave_the_machine() {
    let proxy = Server::start("127.0.0.1", 0, |_| Reply::to("http://169.254.169.254/latest/meta-data/"));
    let desk = Desk::new([]);
    desk.write(
        "config.toml",
        format!("[fetch]\nattempts = 1\nproxy = \"http://127.0.0.1:{}\"\n", proxy.port()),
    );
    let hosts = [
        "10.0.0.1",
        "192.168.1.1",
        "172.16.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "[fe80::1]",
        "[fd00::1]",
        "[::ffff:10.0.0.1]",
    ];
    let urls: Vec<String> = hosts.iter().map(|host| format!("http://{host}/a")).collect();
    desk.write("urls.txt", urls.join("\n"));
    desk.fetch(&["--input", "urls.txt", "--ignore-robots"]).ends_with(1);
    assert!(desk.rows().iter().all(|row| code(row) == "refused_address"), "{:?}", desk.rows());
    assert_eq!((desk.rows().len(), proxy.connections()), (hosts.len(), 0));
    desk.fetch(&["http://example.invalid/a", "--ignore-robots"]).ends_with(1);
    assert_eq!(code(row_of(&desk.rows(), "http://example.invalid/a")), "refused_address");
    assert_eq!(proxy.targets(), ["http://example.invalid/a"]);
}

#[test]
fn redirects_do_not_lead_to_what_is_refused() {
    let inside = articles("127.0.0.1");
    let port = inside.port();
    let targets = [
        format!("http://127.0.0.1:{port}/a"),
        format!("http://localhost:{port}/a"),
        format!("//2130706433:{port}/a"),
        format!("http://[::ffff:127.0.0.1]:{port}/a"),
    ];
    for target in targets {
        let server = leading_to(target.clone());
        let desk = Desk::new([server.port()]);
        desk.fetch(&[&server.url("/a")]).ends_with(1);
        let rows = desk.rows();
        assert_eq!(code(&rows[0]), "refused_address", "{target}: {}", rows[0]);
        assert_eq!((rows.len(), server.targets()), (1, vec!["/robots.txt".to_owned(), "/a".to_owned()]));
    }
    assert_eq!(inside.connections(), 0);
}

#[test]
fn a_refresh_in_the_page_does_not_either() {
    let inside = articles("127.0.0.1");
    let target = inside.url("/a");
    let server = Server::start("127.0.0.1", 0, move |asked| match asked.target.as_str() {
        "/robots.txt" => Reply::to(&target),
        "/head" => {
            Reply::new(200, &format!("Content-Type: text/html\r\nRefresh: 0; url={target}\r\n"), page(2))
        }
        _ => Reply::html(format!("<meta http-equiv=refresh content=\"0; url={target}\">{}", page(3))),
    });
    let desk = Desk::new([server.port()]);
    desk.fetch(&["--ignore-robots", &server.url("/head"), &server.url("/meta")]).ends_with(1);
    assert!(desk.rows().iter().all(|row| code(row) == "refused_address"), "{:?}", desk.rows());
    // Nor does a robots.txt that lies elsewhere.
    fs::remove_dir_all(desk.path("out")).unwrap();
    desk.fetch(&[&server.url("/head")]).ends_with(1);
    assert_eq!(code(&desk.rows()[0]), "refused_address", "{:?}", desk.rows());
    assert_eq!(inside.connections(), 0);
}

#[test]
fn redirects_to_other_schemes_end_the_visit() {
    for target in
        ["file:///etc/passwd", "ftp://127.0.0.1/a", "javascript:alert(1)", "data:text/html,x", "http://"]
    {
        let server = leading_to(target.to_owned());
        let desk = Desk::new([server.port()]);
        desk.fetch(&[&server.url("/a")]).ends_with(1);
        let rows = desk.rows();
        assert!(matches!(code(&rows[0]), "refused_scheme" | "bad_redirect"), "{target}: {}", rows[0]);
    }
}

#[test]
fn redirects_come_to_an_end() {
    let server = Server::start("127.0.0.1", 0, |asked| match asked.target.strip_prefix("/") {
        Some("robots.txt") | None => Reply::status(404),
        Some(number) => Reply::to(&format!("/{}", number.parse::<u32>().unwrap_or_default() + 1)),
    });
    let desk = Desk::new([server.port()]);
    desk.fetch(&[&server.url("/1")]).ends_with(1);
    let rows = desk.rows();
    assert_eq!(code(&rows[0]), "too_many_redirects");
    assert_eq!((server.log().len(), &rows[0]["attempts"]), (1 + 11, &11.into()));
}

#[test]
fn half_a_page_is_never_kept() {
    let server = Server::start("127.0.0.1", 0, |asked| match (asked.target.as_str(), asked.earlier) {
        ("/robots.txt", _) => Reply::status(404),
        ("/heals", 1..) => Reply::html(page(1)),
        _ => Reply::html(page(2)).cut(),
    });
    let desk = Desk::new([server.port()]);
    desk.write("config.toml", "[fetch]\nattempts = 2\n");
    let listed = ["/heals", "/always"].map(|path| server.url(path));
    desk.fetch(&[&PARTS[..], &listed.each_ref().map(String::as_str)].concat()).ends_with(1);
    let rows = desk.rows();
    let [heals, always] = listed.each_ref().map(|url| row_of(&rows, url));
    assert_eq!((&heals["status"], &heals["attempts"]), (&"written".into(), &2.into()));
    assert_eq!((code(always), &always["attempts"]), ("truncated", &2.into()));
    assert_eq!((server.log().len(), desk.texts().len()), (5, 1));
    assert!(desk.texts().values().all(|text| text.contains("Đoạn thứ 6 của bài số 1")));
}

#[test]
fn final_statuses_are_not_asked_again_and_passing_ones_are() {
    let server = Server::start("127.0.0.1", 0, |asked| match asked.target.strip_prefix("/") {
        Some("robots.txt") | None => Reply::status(404),
        Some(status) => Reply::status(status.parse().unwrap_or(500)),
    });
    let desk = Desk::new([server.port()]);
    desk.write("config.toml", "[fetch]\nattempts = 2\n");
    let finals = [400, 401, 403, 404, 406, 410, 451, 501];
    let statuses: Vec<u64> = finals.into_iter().chain([408, 500, 502, 504]).collect();
    let urls: Vec<String> = statuses.iter().map(|status| server.url(&format!("/{status}"))).collect();
    desk.fetch(&urls.iter().map(String::as_str).collect::<Vec<_>>()).ends_with(1);
    let (rows, targets) = (desk.rows(), server.targets());
    for (status, url) in statuses.iter().zip(&urls) {
        let (row, tries) = (row_of(&rows, url), if finals.contains(status) { 1 } else { 2 });
        assert_eq!(
            (code(row), &row["http_status"], &row["attempts"]),
            ("http_status", &(*status).into(), &tries.into())
        );
        assert_eq!(
            targets.iter().filter(|target| **target == format!("/{status}")).count(),
            tries,
            "{status}"
        );
    }
}

#[test]
fn a_page_beyond_the_limit_fails_and_others_do_not() {
    let server = Server::start("127.0.0.1", 0, |asked| match asked.target.as_str() {
        "/robots.txt" => Reply::status(404),
        "/large" => Reply::html(page(1) + &" ".repeat(1 << 20)),
        _ => Reply::html(page(2)),
    });
    let desk = Desk::new([server.port()]);
    desk.write("config.toml", "[fetch]\nmax_page_mib = 1\n");
    desk.fetch(&[&server.url("/large"), &server.url("/small")]).ends_with(1);
    let rows = desk.rows();
    assert_eq!((code(&rows[0]), &rows[1]["status"]), ("too_large", &"written".into()));
}
