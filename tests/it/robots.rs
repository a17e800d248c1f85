//! Our verdicts on robots.txt beside those of two other parsers.
//!
//! Each case says what is right and why: by the sentence of RFC 9309 that decides, counted as section, paragraph,
//! sentence (`2.2.2 p2 s5`; lists, tables and grammar are no paragraphs). Where another parser says something else,
//! the case names it. A difference that no case names fails, and so does one that is named and not there.
//! The whole table is left in `robots-verdicts.txt` in Cargo's folder for files of tests.

mod cases;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use robotstxt::DefaultMatcher;
use texting_robots::Robot;
use tinsach::fetch::robots::{MAX_BODY, Robots};
use url::Url;

use cases::{CASES, Case, Other};

/// The crawler that the files of the cases name.
const TOKEN: &str = "tinsach";

fn url(path: &str) -> Url {
    let url = Url::parse("https://bao.example").and_then(|url| url.join(path));
    url.unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn ours(file: &[u8], path: &str) -> bool {
    Robots::parse(file, TOKEN).verdict(&url(path)).allowed
}

fn theirs(other: Other, file: &[u8], path: &str) -> bool {
    let url = url(path);
    match other {
        Other::Robotstxt => {
            let text = String::from_utf8_lossy(file);
            DefaultMatcher::default().one_agent_allowed_by_robots(&text, TOKEN, url.as_str())
        }
        Other::TextingRobots => Robot::new(TOKEN, file).is_ok_and(|robot| robot.allowed(url.as_str())),
    }
}

/// One line of the table, and whether it is as the case says.
fn row(case: &Case) -> (String, bool) {
    let say = |allowed| if allowed { "allow" } else { "deny" };
    let mut fits = ours(case.file, case.path) == case.allowed;
    let mut line = format!("{:<58} {:<6}", case.what, say(ours(case.file, case.path)));
    for other in [Other::Robotstxt, Other::TextingRobots] {
        let found = theirs(other, case.file, case.path);
        let is_named = case.differs.contains(&other);
        fits &= (found != case.allowed) == is_named;
        let mark = if found == case.allowed { "" } else { "*" };
        _ = write!(line, " {:<6}", format!("{}{mark}", say(found)));
    }
    _ = write!(line, " RFC 9309, {}{}", case.by, if fits { "" } else { "   <-- not as the case says" });
    (line, fits)
}

#[test]
fn verdicts_beside_other_parsers() {
    let rows: Vec<(String, bool)> = CASES.iter().map(row).collect();
    let table: Vec<&str> = rows.iter().map(|(line, _)| line.as_str()).collect();
    let table = format!("ours, robotstxt, texting_robots (* not as ours)\n{}\n", table.join("\n"));
    // For who wants to look at it.
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("robots-verdicts.txt");
    fs::write(place, &table).expect("a writable folder");
    assert!(rows.iter().all(|(_, fits)| *fits), "\n{table}");
}

#[test]
fn cases_differ_and_say_why() {
    for (at, case) in CASES.iter().enumerate() {
        assert!(case.by.starts_with("2.") || case.by.starts_with("5."), "{}", case.what);
        assert!(CASES[..at].iter().all(|other| other.what != case.what), "{} twice", case.what);
    }
    for other in [Other::Robotstxt, Other::TextingRobots] {
        assert!(CASES.iter().any(|case| case.differs.contains(&other)), "{other:?} never differs");
    }
}

/// Two hundred rules of fifty wildcards, which one of the other parsers takes minutes for. The pattern's own tests
/// count its steps; this one would not end if they grew faster than the lengths.
#[test]
fn wildcards_do_not_multiply() {
    let file = format!("User-agent: *\n{}", format!("Disallow: /{}*b$\n", "*a".repeat(50)).repeat(200));
    for end in ["", "b", "c"] {
        let path = format!("/{}{end}", "a".repeat(5_000));
        assert_eq!(ours(file.as_bytes(), &path), end != "b");
    }
}

#[test]
fn five_hundred_kibibytes_are_read_and_no_more() {
    let rule = "Disallow: /private/\n";
    let file = |before: usize| {
        let filler = "# a comment to fill the file up\n".repeat(MAX_BODY / 32 + 1);
        format!("User-agent: *\n{}\n{rule}", &filler[..before - "User-agent: *\n\n".len()])
    };
    for (before, allowed) in [(100, false), (MAX_BODY - rule.len(), false), (MAX_BODY - rule.len() + 1, true)]
    {
        assert_eq!(ours(file(before).as_bytes(), "/private/page"), allowed, "{before}");
    }
}
