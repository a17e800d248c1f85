//! `[fetch]` of the configuration, as servers see it.

use super::*;

fn open(ip: &str) -> Server {
    Server::start(ip, 0, |asked| match asked.target.strip_prefix("/") {
        Some("robots.txt") | None => Reply::status(404),
        Some(number) => Reply::html(page(number.parse().unwrap_or_default())),
    })
}

#[test]
fn the_user_agent_names_a_contact() {
    let (room, desk) = newsroom(&Options::default());
    let own = url(&room, &room.site().articles()[0].path());
    let said = desk.fetch(&[&own]).ends_with(0);
    assert!(said.err.starts_with("note: sites cannot tell who fetches"), "{}", said.err);
    desk.write("config.toml", "[fetch]\ncontact = \"https://example.vn/corpus\"\n");
    fs::remove_dir_all(desk.path("out")).unwrap();
    let said = desk.fetch(&[&own]).ends_with(0);
    assert!(said.err.is_empty(), "{}", said.err);
    fs::remove_dir_all(desk.path("out")).unwrap();
    desk.fetch(&[&own, "--user-agent", "BadBot/2 (+mailto:a@example.vn)"]).ends_with(0);
    let agents: Vec<String> = room.log().into_iter().map(|entry| entry.agent).collect();
    let program = concat!("tinsach/", env!("CARGO_PKG_VERSION"));
    let named = format!("{program} (+https://example.vn/corpus)");
    // The newsroom's robots.txt closes everything to BadBot.
    assert_eq!(agents, [program, program, &named, &named, "BadBot/2 (+mailto:a@example.vn)"]);
    assert_eq!(desk.rows()[0]["reason"], "robots");
}

#[test]
fn what_is_wrong_in_the_configuration_is_refused_before_anything_is_touched() {
    let server = open("127.0.0.1");
    let desk = Desk::new([server.port()]);
    for (line, told) in [
        ("allow_addresses = [\"127.0.0.0/33\"]", "allow_addresses"),
        ("allow_addresses = [\"10.0.0.0/8\", \"example.vn\"]", "allow_addresses"),
        ("host_fields = [\"example.vn\"]", "host_fields"),
        ("host_fields = [\"example.vn Accept-Language\"]", "host_fields"),
        ("host_fields = [\"http://example.vn/ A: b\"]", "host_fields"),
        ("host_fields = [\"example.vn A b: c\"]", "'A b'"),
        ("host_fields = [\"example.vn Host: other.vn\"]", "'Host'"),
        ("proxy = \"gopher://127.0.0.1:1\"", "proxy"),
        ("proxy = \"not a proxy\"", "proxy"),
        ("certificates = [\"missing.pem\"]", "missing.pem"),
        ("user_agent = \"a\\nb\"", "User-Agent"),
        ("delay = -1", "delay"),
        ("concurrency = 0", "concurrency"),
        ("attempts = 21", "attempts"),
        ("contakt = \"a\"", "contact"),
    ] {
        desk.write("config.toml", format!("[fetch]\n{line}\n"));
        let said = desk.fetch(&[&server.url("/1")]).ends_with(2);
        assert!(said.err.contains(told) && said.out.is_empty(), "{line}: {}", said.err);
        assert!(desk.is_untouched(), "{line}");
    }
    fs::remove_file(desk.path("config.toml")).unwrap();
    let said = desk.fetch(&[&server.url("/1"), "--allow-address", "127.0.0.1/33"]).ends_with(2);
    assert!(said.err.contains("127.0.0.1/33") && desk.is_untouched(), "{}", said.err);
    assert_eq!(server.connections(), 0);
}

#[test]
fn fields_and_cookies_go_to_their_host_alone() {
    let own = open("127.0.0.2");
    let target = own.url("/2");
    let other = Server::start("127.0.0.3", 0, move |asked| match asked.target.as_str() {
        "/robots.txt" => Reply::status(404),
        "/leads" => Reply::to(&target),
        _ => Reply::html(page(3)),
    });
    let leads = other.url("/3");
    let third = Server::start("127.0.0.2", 0, move |asked| match asked.target.as_str() {
        "/robots.txt" => Reply::status(404),
        _ => Reply::to(&leads),
    });
    let desk = Desk::new([own.port(), other.port(), third.port()]);
    desk.write(
        "config.toml",
        "[fetch]\nhost_fields = [\"127.0.0.2 X-Edition: print\", \"127.0.0.2 Cookie: pass=ticket; b=c\"]\n",
    );
    desk.fetch(&[&own.url("/1"), &other.url("/leads"), &third.url("/leads")]).ends_with(0);
    assert_eq!((own.log().len(), other.log().len(), third.log().len()), (3, 3, 2));
    for asked in own.log().iter().chain(&third.log()) {
        assert_eq!(asked.field("x-edition"), Some("print"), "{}", asked.head);
        let cookies = asked.field("cookie").unwrap_or_default();
        assert!(cookies.contains("pass=ticket") && cookies.contains("b=c"), "{}", asked.head);
    }
    for asked in other.log() {
        assert!(asked.field("x-edition").is_none() && asked.field("cookie").is_none(), "{}", asked.head);
    }
}

#[test]
fn a_proxy_gets_every_request() {
    let proxy = Server::start("127.0.0.1", 0, |asked| {
        if asked.target.ends_with("/robots.txt") { Reply::status(404) } else { Reply::html(page(1)) }
    });
    let desk = Desk::new([]);
    desk.write("config.toml", format!("[fetch]\nproxy = \"http://127.0.0.1:{}\"\n", proxy.port()));
    desk.fetch(&["http://example.invalid/a"]).ends_with(0);
    assert_eq!(proxy.targets(), ["http://example.invalid/robots.txt", "http://example.invalid/a"]);
    assert_eq!(desk.texts().len(), 1);
}
