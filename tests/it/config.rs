//! The configuration file: what is shipped, what is refused, and how a mistake reads.

use tinsach::config::{Config, DEFAULT_TOML, Format, Source};

/// The mistakes of a text, as a person sees them.
fn mistakes(text: &str) -> Vec<String> {
    match Config::from_toml(text, "c.toml") {
        Ok(_) => Vec::new(),
        Err(found) => found.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn the_shipped_file_is_the_default() {
    assert_eq!(Config::from_toml(DEFAULT_TOML, "config.toml"), Ok(Config::default()));
}

#[test]
fn the_shipped_file_names_every_key_and_explains_it() {
    let all: toml::Table = toml::from_str(&Config::default().to_toml()).expect("the default is TOML");
    let mut section = String::new();
    let mut named = Vec::new();
    let mut explained = false;
    for line in DEFAULT_TOML.lines() {
        if let Some(name) = line.strip_prefix('[') {
            name.trim_end_matches(']').clone_into(&mut section);
        } else if let Some((key, _)) = line.split_once(" = ").filter(|_| !line.starts_with('#')) {
            assert!(explained, "no comment stands above `{key}`");
            named.push(format!("{section}.{key}"));
        }
        explained = line.starts_with('#');
    }
    let mut expected: Vec<String> = all
        .iter()
        .flat_map(|(section, keys)| {
            keys.as_table().into_iter().flatten().map(move |(key, _)| format!("{section}.{key}"))
        })
        .collect();
    expected.sort();
    named.sort();
    assert_eq!(named, expected);
}

/// The keys of the commented `[[source]]`, as TOML.
fn shipped_source() -> String {
    let lines = DEFAULT_TOML.lines().skip_while(|line| *line != "#   [[source]]").skip(1);
    let keys = lines.filter_map(|line| line.strip_prefix("#   ")).filter(|line| !line.starts_with(' '));
    keys.flat_map(|line| [line, "\n"]).collect()
}

#[test]
fn the_shipped_file_shows_every_key_of_a_source_at_its_default() {
    let text = shipped_source();
    let shown: toml::Table = toml::from_str(&text).expect("TOML");
    let config = Config::from_toml(&format!("[[source]]\n{text}"), "c.toml").expect("valid");
    let source = &config.source[0];
    let default = Source {
        name: "home".to_owned(),
        url: "https://example.vn/rss/home.rss".to_owned(),
        delay: Some(config.fetch.delay),
        ..Source::default()
    };
    assert_eq!(*source, default);
    let all: toml::Table = toml::from_str(&config.to_toml()).expect("TOML");
    let keys: Vec<&String> = all["source"][0].as_table().expect("a table").keys().collect();
    for key in &keys {
        assert!(shown.contains_key(*key), "{key}");
    }
    assert_eq!(keys.len(), shown.len());
    // Every line says something behind its value.
    assert!(text.lines().all(|line| line.contains('#') || line.starts_with("url")), "{text}");
}

#[test]
fn every_mistake_of_a_source_is_named_with_its_line() {
    let text = "\
[[source]]
name = \"a\"
url = \"ftp://x.vn/rss\"
schedule = \"every 0s\"
zone = \"Asia/Saigonn\"
folder = \"../x\"
since = \"2026-02-30\"
shedule = \"every 1h\"

[[source]]
name = \"a\"
kind = \"fed\"
url = \"urls.txt\"
adaptive_least = \"2h\"
adaptive_most = \"1h\"
since = \"2026-02-02\"
until = \"2026-02-01\"
jitter = 100000

[[source]]
kind = \"sitemap\"
url = \"sitemap.xml\"
include = [\"boddy\"]
only = [\"\"]

[crawl]
metrics = \"0.0.0.0:9464\"
notify_after = 0
";
    let expected = [
        "c.toml:3: `url` \"ftp://x.vn/rss\": must be an address that begins with https:// or http://; only a source of \
         the kind \"urls\" can be a file",
        "c.toml:4: `schedule`: \"every 0s\" is out of bounds: an interval is 1 second to 366 days, as in \"every 30m\"",
        "c.toml:5: `zone`: \"Asia/Saigonn\" is no time zone: write a name of the IANA database, as in \
         \"Asia/Ho_Chi_Minh\" or \"UTC\"",
        "c.toml:6: `folder` \"../x\": must lie in the output folder: no \"..\", no \"/\" at its beginning, as in \
         \"the-thao\"",
        "c.toml:7: `since` \"2026-02-30\": is no day: write year, month and day, as in \"2026-01-31\"",
        "c.toml:8: unknown key `shedule` in `[[source]]`; did you mean `schedule`?",
        "c.toml:11: two sources are called \"a\"",
        "c.toml:12: `kind` is \"fed\", but must be \"feed\" or \"sitemap\" or \"listing\" or \"urls\"; did you mean `feed`?",
        "c.toml:15: `adaptive_most` is shorter than `adaptive_least`",
        "c.toml:17: `until` is before `since`, 2026-02-02, so that nothing is taken",
        "c.toml:18: `jitter` is 100000, but must be 0 to 86400",
        "c.toml:20: a `[[source]]` without `name`",
        "c.toml:22: `url` \"sitemap.xml\": must be an address that begins with https:// or http://; only a source of the \
         kind \"urls\" can be a file",
        "c.toml:23: `include` holds \"boddy\", which is no label; did you mean `body`?",
        "c.toml:24: `only` \"\": holds an empty pattern",
        "c.toml:27: `metrics` \"0.0.0.0:9464\": must be an address on loopback with a port, as in \"127.0.0.1:9464\"",
        "c.toml:28: `notify_after` is 0, but must be 1 to 1000",
    ];
    assert_eq!(mistakes(text), expected);
    assert_eq!(
        mistakes("[source]\nname = \"a\"\n"),
        ["c.toml:1: `source` must be a list: begin each with `[[source]]`, but is a section"]
    );
}

#[test]
fn a_list_may_be_a_file() {
    let text = "[[source]]\nname = \"a\"\nkind = \"urls\"\nurl = \"lists/urls.txt\"\n";
    assert!(mistakes(text).is_empty());
    assert_eq!(mistakes(&text.replace("lists/urls.txt", "")).len(), 1);
}

#[test]
fn a_file_of_one_key_keeps_the_other_defaults() {
    let config = Config::from_toml("[output]\nformat = \"jsonl\"\n", "c.toml").expect("valid");
    assert_eq!(config.output.format, Format::Jsonl);
    assert_eq!(config.output.dir, Config::default().output.dir);
    assert_eq!(Config::from_toml("", "c.toml"), Ok(Config::default()));
    assert_eq!(Config::from_toml("\u{feff}", "c.toml"), Ok(Config::default()));
}

#[test]
fn what_is_shown_is_read_back() {
    let mut config = Config::default();
    config.rules.dirs = vec!["my rules".into(), "nhiều \"luật\"".into()];
    config.run.jobs = 7;
    config.source = vec![Source { name: "a".into(), url: "https://x.vn/rss".into(), ..Source::default() }];
    assert_eq!(Config::from_toml(&config.to_toml(), "shown"), Ok(config));
}

#[test]
fn every_mistake_is_named_with_its_line() {
    let text = "\
[outptu]
dir = \"x\"

[output]
naming = \"hsah\"
fromat = \"txt\"
dir = 7
mode = \"off\"

[clean]
include = [\"title\", \"boddy\", \"title\", 3]
site_rules = \"yes\"

[run]
jobs = 99999
";
    let expected = [
        "c.toml:1: unknown section `[outptu]`; did you mean `output`?",
        "c.toml:5: `naming` is \"hsah\", but must be \"hash\" or \"source\"; did you mean `hash`?",
        "c.toml:6: unknown key `fromat` in `[output]`; did you mean `format`?",
        "c.toml:7: `dir` must be a path in quotes, but is a whole number",
        "c.toml:8: unknown key `mode` in `[output]`; did you mean `[dedup] mode`?",
        "c.toml:11: `include` holds \"boddy\", which is no label; did you mean `body`?",
        "c.toml:11: `include` holds \"title\" twice",
        "c.toml:11: `include` must be a list of labels, but is a whole number",
        "c.toml:12: `site_rules` must be true or false, but is a string",
        "c.toml:15: `jobs` is 99999, but must be 0 to 1024",
    ];
    assert_eq!(mistakes(text), expected);
}

#[test]
fn a_broken_line_does_not_hide_the_others() {
    let found = mistakes("[run]\njobs = = 3\nquite = true\n\n[dedup]\nmode = \"near\"\n");
    assert!(found.iter().any(|m| m.starts_with("c.toml:2: ")), "{found:?}");
    assert!(
        found.contains(&"c.toml:3: unknown key `quite` in `[run]`; did you mean `quiet`?".to_owned()),
        "{found:?}"
    );
    assert!(found.iter().any(|m| m.starts_with("c.toml:6: `mode` is \"near\"")), "{found:?}");
}

#[test]
fn words_without_a_neighbour_get_the_list() {
    assert_eq!(
        mistakes("[zzzzzzzzzz]\n"),
        [
            "c.toml:1: unknown section `[zzzzzzzzzz]`; valid are input, clean, rules, dedup, output, fetch, crawl, run, source"
        ]
    );
    assert_eq!(
        mistakes("[dedup]\nzzzzzzzzzz = 1\n"),
        ["c.toml:2: unknown key `zzzzzzzzzz` in `[dedup]`; valid are mode"]
    );
}

#[test]
fn keys_outside_a_section_are_sent_to_theirs() {
    assert_eq!(
        mistakes("jobs = 2\n"),
        ["c.toml:1: key `jobs` stands outside a section; did you mean `[run] jobs`?"]
    );
    assert_eq!(mistakes("run = 2\n"), ["c.toml:1: `run` must be a section, but is a whole number"]);
}

#[test]
fn values_out_of_range_are_refused() {
    for text in [
        "[input]\nmax_document_mib = 0\n",
        "[input]\nmax_document_mib = -1\n",
        "[input]\nmax_document_mib = 99999999999999999999999999\n",
        "[input]\nmax_document_mib = 1.5\n",
        "[clean]\ninclude = []\n",
        "[output]\ndir = \"\"\n",
        "[rules]\ndirs = [\"a\", \"\"]\n",
        "[rules]\ndirs = [\"a\\u0000\"]\n",
        "[rules]\ndirs = \"a\"\n",
    ] {
        let found = mistakes(text);
        assert_eq!(found.len(), 1, "{text}{found:?}");
        assert!(found[0].starts_with("c.toml:2: "), "{found:?}");
    }
    assert!(mistakes("[input]\nmax_document_mib = 0x1_0\n").is_empty());
}

#[test]
fn hostile_text_is_refused_without_harm() {
    let deep = format!("a = {}", "[".repeat(200_000));
    assert!(!mistakes(&deep).is_empty());
    let many: Vec<String> = (0..20_000).map(|i| format!("k{i} = 1")).collect();
    assert_eq!(
        mistakes(&many.join(
            "
"
        ))
        .len(),
        20_000
    );
    let escape = mistakes("[run]\n\"\\u001b[31m\" = 1\n");
    assert!(!escape[0].contains('\u{1b}'), "{escape:?}");
    let long = mistakes(&format!("[run]\n{} = 1\n", "j".repeat(100_000)));
    assert!(long[0].len() < 200);
}
