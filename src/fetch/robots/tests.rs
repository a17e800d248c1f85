//! Verdicts of whole files.

use proptest::prelude::*;

use super::*;

fn verdict(text: &str, path: &str) -> Verdict {
    let url = Url::parse("https://bao.example").and_then(|url| url.join(path)).expect("a URL");
    Robots::parse(text.as_bytes(), "tinsach").verdict(&url)
}

#[track_caller]
fn check(text: &str, path: &str, rule: Option<&str>) {
    let allowed = rule.is_none_or(|rule| rule.starts_with("Allow"));
    assert_eq!(verdict(text, path), Verdict { allowed, rule: rule.map(str::to_owned) }, "{path} by {text}");
}

#[test]
fn groups_that_name_us_come_before_those_for_everybody() {
    let text = "User-agent: *\nDisallow: /\n\nUser-agent: TinSach/2.0 (+x)\nDisallow: /a\n\n\
                user-agent: other\nDisallow: /c\n\nUSER-AGENT: tinsach\nAllow: /a/b\n";
    check(text, "/a/x", Some("Disallow: /a"));
    check(text, "/a/b", Some("Allow: /a/b"));
    check(text, "/c", None);
    check("User-agent: tinsach2\nDisallow: /\n", "/", Some("Disallow: /"));
    check("User-agent: tinsach-news\nDisallow: /\n", "/", None);
    check("User-agent: tin\nDisallow: /\n", "/", None);
    check("User-agent: *bot\nDisallow: /\n", "/", None);
    check("User-agent: * everybody\nDisallow: /\n", "/", Some("Disallow: /"));
    check("User-agent: *\nDisallow: /\nUser-agent: tinsach\n", "/", None);
    check("User-agent: tinsach\n\nUser-agent: *\nDisallow: /\n", "/", Some("Disallow: /"));
}

#[test]
fn a_run_of_names_is_one_group() {
    let text = "User-agent: a\nSitemap: https://x/s.xml\nFoo: bar\n\nUser-agent: tinsach\n# x\nUser-agent: b\nDisallow: /x\n";
    check(text, "/x", Some("Disallow: /x"));
    check("User-agent: tinsach\nDisallow: /x\nFoo: bar\nDisallow: /y\n", "/y", Some("Disallow: /y"));
    // A delay, or another rule, belongs to the group before it and ends its names.
    for rule in ["Crawl-delay: 2", "Noindex: /y", "Content-Signal: ai-train=no", "Disallow:"] {
        let text = format!("User-agent: tinsach\n{rule}\n\nUser-agent: bad\nDisallow: /\n");
        check(&text, "/x", None);
    }
}

#[test]
fn rules_outside_groups_are_ignored() {
    check("Disallow: /\n\nUser-agent: *\nAllow: /x\n", "/y", None);
    check("Disallow: /\n", "/y", None);
    check("", "/y", None);
}

#[test]
fn the_longest_rule_decides_and_allow_wins_a_tie() {
    let text = "User-agent: *\nDisallow: /private/\nAllow: /private/page\nDisallow: /*.pdf$\nAllow: /x\nDisallow: /x\n";
    check(text, "/private/page", Some("Allow: /private/page"));
    check(text, "/private/other", Some("Disallow: /private/"));
    check(text, "/private/page.pdf", Some("Allow: /private/page"));
    check(text, "/a.pdf", Some("Disallow: /*.pdf$"));
    check(text, "/a.pdf?x", None);
    check(text, "/x", Some("Allow: /x"));
    check("User-agent: *\nDisallow: /%70rivate/\n", "/private/", Some("Disallow: /%70rivate/"));
    check("User-agent: *\nDisallow: /bài-viết\n", "/bài-viết/1", Some("Disallow: /bài-viết"));
}

#[test]
fn robots_txt_itself_is_allowed() {
    check("User-agent: *\nDisallow: /\n", "/robots.txt", None);
    check("User-agent: *\nDisallow: /\n", "/robots.txt.html", Some("Disallow: /"));
    check("User-agent: *\nDisallow: /\n", "/a/robots.txt", Some("Disallow: /"));
}

#[test]
fn what_is_no_robots_txt_has_no_rules() {
    let page = "<!doctype html>\n<html><head><title>404: Not found</title></head>\n<body><p>User-agent: *</p>\n\
                <p>Disallow: /</p></body></html>\n";
    assert_eq!(Robots::parse(page.as_bytes(), "tinsach"), Robots::default());
    assert_eq!(Robots::parse(&[0; 1000], "tinsach"), Robots::default());
    assert_eq!(Robots::parse(b"", "tinsach"), Robots::default());
}

#[test]
fn utf_16_is_bridged() {
    let text = "User-agent: *\r\nDisallow: /bài\r\n";
    let mut bytes = vec![0xff, 0xfe];
    bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    let expected = Robots::parse(text.as_bytes(), "tinsach");
    assert_eq!(expected.rules.len(), 1);
    assert_eq!(Robots::parse(&bytes, "tinsach"), expected);
}

#[test]
fn delays_and_sitemaps() {
    let delay = |text: &str| Robots::parse(text.as_bytes(), "tinsach").crawl_delay().map(|d| d.as_millis());
    assert_eq!(delay("User-agent: *\nCrawl-delay: 1.5\n"), Some(1_500));
    assert_eq!(delay("User-agent: *\nCrawl-delay: 5\nUser-agent: tinsach\nDisallow: /x\n"), None);
    assert_eq!(delay("Crawl-delay: 3\nUser-agent: *\nDisallow: /x\n"), Some(3_000));
    assert_eq!(
        delay("User-agent: *\nCrawl-delay: 3\nCrawl-delay: 7\nCrawl-delay: x\nDisallow: /x\n"),
        Some(7_000)
    );
    assert_eq!(delay("User-agent: other\nCrawl-delay: 3\n"), None);

    let long = "x".repeat(MAX_SITEMAP);
    let text = format!("Sitemap: https://a.vn/một.xml\nSitemap:\nSitemap: /{long}\n");
    assert_eq!(Robots::parse(text.as_bytes(), "tinsach").sitemaps(), ["https://a.vn/một.xml"]);
    let many = "Sitemap: /s\n".repeat(MAX_SITEMAPS + 5);
    assert_eq!(Robots::parse(many.as_bytes(), "tinsach").sitemaps().len(), MAX_SITEMAPS);
}

#[test]
fn memory_is_bounded_by_the_file() {
    assert!(Robots::default().memory() < 200);
    let rules: String =
        (0..70_000).map(|number: u32| ["Allow:/", &number.to_string(), "\n"].concat()).collect();
    let robots = Robots::parse(format!("User-agent:*\n{rules}").as_bytes(), "tinsach");
    assert!(robots.rules.len() < MAX_BODY / 8);
    assert!((robots.rules.len() * size_of::<Rule>()..16 << 20).contains(&robots.memory()));
}

#[test]
fn product_tokens() {
    for (user_agent, token) in [
        ("tinsach/0.1 (+https://a.vn; x@a.vn)", "tinsach"),
        ("My-Bot_x", "My-Bot_x"),
        ("bot2/1.0", "bot2"),
        ("Mozilla/5.0 (compatible; x)", "Mozilla"),
        ("", ""),
    ] {
        assert_eq!(product_token(user_agent), token);
    }
    let text = b"User-agent: bot1\nDisallow: /a\nUser-agent: Bot2/3\nDisallow: /b\n";
    assert_eq!(Robots::parse(text, "bot2").rules.len(), 1);
    assert_eq!(Robots::parse(text, "").rules.len(), 0);
}

proptest! {
    #[test]
    fn any_bytes_are_read(bytes: Vec<u8>, token: String, path: String) {
        let robots = Robots::parse(&bytes, &token);
        if let Ok(url) = Url::parse("https://a.vn").and_then(|url| url.join(&path)) {
            let _ = robots.verdict(&url);
        }
    }

    #[test]
    fn line_ends_do_not_matter(lines in proptest::collection::vec("(user-agent|allow|disallow):? ?[/*a-z$%0-9]{0,6}", 0..9)) {
        let unix = Robots::parse(lines.join("\n").as_bytes(), "tinsach");
        prop_assert_eq!(&unix, &Robots::parse(lines.join("\r").as_bytes(), "tinsach"));
        prop_assert_eq!(&unix, &Robots::parse(lines.join("\r\n").as_bytes(), "tinsach"));
    }
}
