//! The configuration file: what is shipped, what is refused, and how a mistake reads.

use tinsach::config::{Config, DEFAULT_TOML, Format};

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
