//! The documents: what they show is what the program does, and what they name is there.
//!
//! Enters: README.md, ARCHITECTURE.md, CONTRIBUTING.md, CHANGELOG.md, samples/README.md, the source, the built program.
//! Leaves: nothing. Invariant: a failure names the document and what to write in it.

mod library;
mod markdown;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::newsroom::room::{Newsroom, Options as NewsroomOptions};
use markdown::{Fence, fences, links, prose, slugs, spans, tables};
use tinsach::config::Config;
use tinsach::label::Label;

const DOCUMENTS: [&str; 5] =
    ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "samples/README.md"];

/// What a path in a document may begin with; anything else is a path of the reader's.
const OURS: [&str; 4] = ["src/", "tests/", "samples/", ".ci/"];

/// The sample that the README shows.
const SHOWN: &str = "samples/dump/03-mastercms-flat-date.txt";

fn root(relative: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(relative)
}

fn read(relative: &str) -> String {
    fs::read_to_string(root(relative)).unwrap_or_else(|error| panic!("{relative}: {error}"))
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("readable").map(|entry| entry.expect("entry").path()) {
        let target = to.join(entry.file_name().expect("a name"));
        if entry.is_dir() {
            copy(&entry, &target);
        } else {
            fs::copy(&entry, target).expect("a copy");
        }
    }
}

fn tinsach(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tinsach"));
    command.args(args).current_dir(folder).stdin(Stdio::null()).env_remove("COLUMNS").env_remove("NO_COLOR");
    command.output().expect("the program starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// Lines without the white space at their ends.
fn trimmed(text: &str) -> Vec<&str> {
    text.trim_end().lines().map(str::trim_end).collect()
}

/// The README's fences of a language that begin so.
fn shown(language: &str, start: &str) -> Vec<String> {
    let readme = read("README.md");
    let fences = fences(&readme).into_iter().filter(|fence| fence.language == language);
    let found: Vec<String> = fences.map(|fence| fence.text).filter(|text| text.starts_with(start)).collect();
    assert!(!found.is_empty(), "README.md: no ```{language} block begins with {start:?}");
    found
}

/// A summary without its times.
fn untimed(summary: &str) -> String {
    let (first, rest) = summary.split_once('\n').expect("lines");
    let first = first.split_once(", in ").expect("a time").0;
    format!("{first}\n{}", rest.trim_end())
}

#[test]
fn the_options_are_those_of_help() {
    let folder = tempfile::tempdir().expect("a folder");
    let help = text(&tinsach(folder.path(), &["clean", "--help"]).stdout);
    let block = &shown("text", "Clean files")[0];
    assert_eq!(trimmed(block), trimmed(&help), "README.md, Options: put `tinsach clean --help` there");
}

#[test]
fn the_first_run_is_as_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    copy(&root("samples"), &folder.path().join("samples"));
    let summaries = shown("text", "Read 20 documents");
    assert_eq!(summaries.len(), 2, "README.md: the first run and the second");
    for summary in summaries {
        let output = tinsach(folder.path(), &["clean", "samples/dump", "--out", "clean"]);
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(untimed(&summary), untimed(&text(&output.stdout)), "README.md: a summary");
        assert_eq!(shown("text", "failed: ")[0].trim_end(), text(&output.stderr).trim_end());
    }
    let manifest = fs::read_to_string(folder.path().join("clean/manifest.jsonl")).expect("a manifest");
    let rows = manifest.lines().map(|row| serde_json::from_str::<serde_json::Value>(row).expect("JSON"));
    let row = rows.into_iter().find(|row| row["path"] == SHOWN).expect("the sample's row");
    let in_readme: serde_json::Value = serde_json::from_str(&shown("json", "{\n")[0]).expect("JSON");
    assert_eq!(in_readme, row, "README.md: the row of {SHOWN} in the manifest");
    let file = row["file"].as_str().expect("a file");
    assert!(read("README.md").contains(&format!("`clean/{file}`")), "README.md: clean/{file}");
    let article = fs::read_to_string(folder.path().join("clean").join(file)).expect("the article");
    let start = article.lines().next().expect("a title");
    assert_eq!(shown("text", start)[0], article, "README.md: the text of {SHOWN}");
}

/// Number, mark, label and text of the first line of each explained block; estimates and weights change with the model.
fn explained(text: &str) -> Vec<Vec<String>> {
    let is_block = |line: &&str| line.trim_start().starts_with(|c: char| c.is_ascii_digit());
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let block = |line: &str| {
        let mut words = words(line);
        words.remove(3);
        words
    };
    text.lines().filter(is_block).filter(|line| words(line).len() > 4).map(block).collect()
}

#[test]
fn the_explanation_is_as_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    copy(&root("samples"), &folder.path().join("samples"));
    let found = explained(&text(&tinsach(folder.path(), &["explain", SHOWN]).stdout));
    for block in explained(&shown("text", "    1 - ")[0]) {
        assert!(found.contains(&block), "README.md: no such block of {SHOWN}: {}", block.join(" "));
    }
}

#[test]
fn the_example_of_the_library_runs() {
    let source = include_str!("docs/library.rs");
    let code = source.lines().skip_while(|line| line.starts_with("//!") || line.starts_with("#!["));
    let code = code.collect::<Vec<_>>().join("\n").replace("pub(super) fn", "fn");
    assert_eq!(shown("rust", "use tinsach")[0].trim(), code.trim(), "README.md: tests/it/docs/library.rs");
    library::main().expect("the example runs");
}

/// Files that the documents' commands name and the repository does not hold.
fn furnish(folder: &Path) {
    copy(&root("samples"), &folder.join("samples"));
    let sample = |name: &str| fs::read(root("samples/dump").join(name)).expect("a sample");
    let gzip = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut encoder, bytes).expect("memory");
        encoder.finish().expect("memory")
    };
    for (name, bytes) in [
        ("dump/page.html", sample("01-mastercms.html")),
        ("dump-2023/page.html", sample("05-vnexpress.html")),
        ("dump-2024/page.html", sample("06-english.html")),
        ("one-more-page.html", sample("07-twice.html")),
        ("pages/page.txt", sample("03-mastercms-flat-date.txt")),
        // Not public, so nothing is asked.
        ("urls.txt", b"http://127.0.0.1:9/bai-1.html\n".to_vec()),
        ("crawl.warc.gz", gzip(&sample("12-archive.warc"))),
        ("rows.jsonl", sample("13-rows.jsonl")),
        ("rows.jsonl.gz", gzip(&sample("13-rows.jsonl"))),
    ] {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, bytes).expect("a file");
    }
}

/// The folder of the built program before all others.
fn search_path() -> std::ffi::OsString {
    let own = Path::new(env!("CARGO_BIN_EXE_tinsach")).parent().expect("a folder").to_owned();
    let others = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(own).chain(std::env::split_paths(&others))).expect("paths")
}

#[cfg(unix)]
#[test]
fn every_command_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    furnish(folder.path());
    let newsroom = Newsroom::start(&NewsroomOptions::default()).expect("a free port");
    let at_newsroom = |text: &str| text.replace("127.0.0.1:8080", &newsroom.address().to_string());
    let list = folder.path().join("samples/urls.txt");
    fs::write(&list, at_newsroom(&read("samples/urls.txt"))).expect("a list");
    let mut count = 0;
    for document in DOCUMENTS {
        for fence in fences(&read(document)) {
            if let Some(file) = file_of(&fence) {
                let path = folder.path().join(file);
                fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
                fs::write(path, &fence.text).expect("a file");
            }
            let lines = fence.text.lines().filter(|_| fence.language == "sh");
            for line in lines.filter(|line| line.contains("tinsach ") || line.starts_with("grep ")) {
                count += 1;
                let mut shell = Command::new("sh");
                let port = newsroom.address().port().to_string();
                shell
                    .args(["-c", &line.replace("8080", &port)])
                    .current_dir(folder.path())
                    .env("PATH", search_path());
                let output = shell.stdin(Stdio::null()).output().expect("a shell");
                // The sample dump holds broken files, and lists name pages that are gone.
                let most = i32::from(line.contains("tinsach clean") || line.contains("tinsach fetch"));
                let status = output.status.code().unwrap_or(-1);
                assert!((0..=most).contains(&status), "{document}: `{line}`: {}", text(&output.stderr));
            }
        }
    }
    assert!(count >= 15, "only {count} commands found");
}

/// Where a fence says that it is a file: its first line names it, or it is a configuration.
fn file_of(fence: &Fence) -> Option<&str> {
    if fence.language != "toml" {
        return None;
    }
    let named = fence.text.lines().next()?.strip_prefix("# ")?;
    Path::new(named).extension().filter(|extension| *extension == "toml").map(|_| named)
}

#[test]
fn configuration_keys_are_there() {
    let readme = read("README.md");
    let defaults: toml::Table = toml::from_str(&Config::default().to_toml()).expect("TOML");
    let mut named = BTreeSet::new();
    for row in tables(&readme).into_iter().filter(|row| row[0].starts_with("`[")) {
        let (section, key) = row[0].trim_matches('`').split_once("] ").expect("[section] key");
        let section = section.trim_start_matches('[');
        assert!(defaults[section].get(key).is_some(), "README.md: no key {key} in [{section}]");
        named.insert(format!("{section}.{key}"));
    }
    for (section, keys) in &defaults {
        for (key, value) in keys.as_table().expect("a section") {
            assert!(named.contains(&format!("{section}.{key}")), "README.md: `[{section}] {key}` is missing");
            let cell = |row: &&Vec<String>| row[0] == format!("`[{section}] {key}`");
            let row = tables(&readme).iter().find(cell).cloned().expect("named above");
            if value.is_str() || value.is_integer() || value.is_bool() {
                let value = value.to_string().replace('"', "");
                assert!(row[2].starts_with(&value), "README.md: [{section}] {key} is {value}");
            }
        }
    }
    for text in shown("toml", "# config.toml") {
        Config::from_toml(&text, "README.md").expect("a valid configuration");
    }
}

/// Words in quotes on the source's lines that hold `mark`.
fn quoted(file: &str, mark: &str) -> Vec<String> {
    let source = read(file);
    let lines = source.lines().filter(|line| line.contains(mark));
    lines.filter_map(|line| line.rsplit('"').nth(1).map(str::to_owned)).collect()
}

#[test]
fn labels_reasons_codes_and_fields_are_named() {
    let readme = read("README.md");
    let reasons = quoted("src/classify/outcome.rs", "SkipReason::");
    let codes = quoted("src/source/error.rs", " => \"");
    let manifest = read("src/write/manifest.rs");
    let row =
        manifest.split_once("pub struct Row {").expect("the row").1.split_once("\n}").expect("its end").0;
    let fields = row.lines().filter_map(|line| line.trim().strip_prefix("pub ")?.split_once(':'));
    let fields: Vec<String> = fields.map(|(name, _)| name.to_owned()).collect();
    assert!(reasons.len() > 5 && codes.len() > 10 && fields.len() > 10, "{reasons:?} {codes:?} {fields:?}");
    let labels = Label::ALL.map(|label| label.name().to_owned());
    for name in labels.iter().chain(&reasons).chain(&codes).chain(&fields) {
        assert!(readme.contains(&format!("`{name}`")), "README.md does not name `{name}`");
    }
}

#[test]
fn languages_are_those_of_the_phrase_files() {
    let readme = read("README.md");
    let languages = readme.split_once("\n## Languages").expect("Languages").1;
    let languages = languages.split("\n## ").next().unwrap_or_default();
    let mut named: Vec<String> = spans(languages).into_iter().filter(|span| span.len() == 2).collect();
    named.sort();
    let files = tinsach::rules::PHRASE_FILES.map(|(file, _)| file);
    let code = |file: &str| file.strip_prefix("phrases/")?.strip_suffix(".toml").map(str::to_owned);
    let mut shipped: Vec<String> = files.into_iter().filter_map(code).collect();
    shipped.sort();
    assert_eq!(named, shipped, "README.md, Languages");
    let count = format!("phrases of {} [languages]", shipped.len());
    assert!(readme.contains(&count), "README.md: {count}");
}

#[test]
fn signals_and_modules_are_named() {
    let architecture = read("ARCHITECTURE.md");
    for entry in fs::read_dir(root("src")).expect("src") {
        let entry = entry.expect("entry");
        let name = entry.file_name().to_string_lossy().into_owned();
        let folder = if entry.path().is_dir() { "/" } else { "" };
        assert!(
            architecture.contains(&format!("`src/{name}{folder}`")),
            "ARCHITECTURE.md: src/{name}{folder}"
        );
    }
    for entry in fs::read_dir(root("src/classify")).expect("src/classify") {
        let path = entry.expect("entry").path();
        let Ok(source) = fs::read_to_string(&path) else { continue };
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_named = path.extension().is_none_or(|extension| extension != "rs")
            || name == "mod.rs"
            || architecture.contains(&format!("`src/classify/{name}`"));
        assert!(is_named, "ARCHITECTURE.md, Modules: src/classify/{name}");
        let production = source.split("#[cfg(test)]").next().unwrap_or_default();
        for call in ["Signal::plain(\"", "Signal::of_rule(\""] {
            for name in production.split(call).skip(1).filter_map(|rest| rest.split('"').next()) {
                assert!(architecture.contains(&format!("`{name}`")), "ARCHITECTURE.md, Signals: `{name}`");
            }
        }
    }
}

/// Name and value of each constant of a file, its tests left out.
fn constants(file: &str) -> Vec<(String, String)> {
    let source = read(file);
    let constant = |line: &str| {
        let (name, rest) = line.split_once("const ")?.1.split_once(':')?;
        let value = rest.split_once(" = ")?.1.strip_suffix(';')?;
        Some((name.to_owned(), value.to_owned()))
    };
    source.split("\n#[cfg(test)]\nmod ").next().unwrap_or_default().lines().filter_map(constant).collect()
}

#[test]
fn bounds_are_those_of_the_source() {
    let mut named = BTreeSet::new();
    let mut faults = Vec::new();
    let architecture = read("ARCHITECTURE.md");
    let listed = architecture.split_once("\n## Bounds").expect("Bounds").1;
    for row in tables(listed).iter().filter(|row| row.len() == 3) {
        let place = spans(&row[2]);
        let [file, name] = place.as_slice() else { continue };
        let known = if root(file).is_file() { constants(file) } else { Vec::new() };
        match known.into_iter().find(|(constant, _)| constant == name) {
            None => faults.push(format!("take away: {file} {name}")),
            Some((_, value)) if row[1].trim_matches('`') != value => {
                faults.push(format!("{file} {name} is `{value}`"));
            }
            Some(_) => _ = named.insert(format!("{file} {name}")),
        }
    }
    assert!(named.len() > 50, "only {} bounds found", named.len());
    let mut files = Vec::new();
    sources(&root("src"), &mut files);
    for file in files.iter().filter(|file| !file.starts_with("src/classify")) {
        for (name, value) in constants(file).into_iter().filter(|(name, _)| name.starts_with("MAX_")) {
            if !named.contains(&format!("{file} {name}")) {
                faults.push(format!("add: | … | `{value}` | `{file}` `{name}` |"));
            }
        }
    }
    assert!(faults.is_empty(), "ARCHITECTURE.md, Bounds:\n{}", faults.join("\n"));
}

/// Rust files below a folder, by their path from the root.
fn sources(folder: &Path, files: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("readable").map(|entry| entry.expect("entry").path()) {
        if entry.is_dir() {
            sources(&entry, files);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            let path = entry.strip_prefix(root("")).expect("below the root").to_string_lossy().into_owned();
            files.push(path.replace('\\', "/"));
        }
    }
}

#[test]
fn every_path_is_there() {
    for document in DOCUMENTS {
        let whole = read(document);
        let commands = fences(&whole).into_iter().filter(|fence| fence.language == "sh");
        let words: Vec<String> = commands
            .flat_map(|fence| fence.text.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
            .collect();
        for path in spans(&prose(&whole)).into_iter().chain(words) {
            let ours = OURS.iter().any(|start| path.starts_with(start));
            let plain = !path.contains(|c: char| c.is_whitespace() || "<>*…$\"".contains(c));
            if ours && plain {
                assert!(root(&path).exists(), "{document} names {path}, which is not there");
            }
        }
    }
}

#[test]
fn every_link_leads_somewhere() {
    for document in DOCUMENTS {
        let whole = read(document);
        let folder = Path::new(document).parent().expect("a parent").to_string_lossy().into_owned();
        for link in links(&prose(&whole)).into_iter().filter(|link| !link.starts_with("https://")) {
            let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = match (path, folder.as_str()) {
                ("", _) => document.to_owned(),
                (path, "") => path.to_owned(),
                (path, folder) => format!("{folder}/{path}"),
            };
            assert!(root(&target).exists(), "{document}: the link to {target}");
            let there = anchor.is_empty() || slugs(&read(&target)).iter().any(|slug| slug == anchor);
            assert!(there, "{document}: {target} has no heading #{anchor}");
        }
    }
}

#[test]
fn no_document_names_a_place_of_one_machine() {
    for document in DOCUMENTS {
        let whole = read(document);
        let words = whole.split(|c: char| c.is_whitespace() || "`()\"".contains(c));
        for word in words {
            let absolute = ["/work", "/tmp", "/root", "/home"].iter().any(|start| word.starts_with(start));
            assert!(!absolute, "{document} names {word}");
        }
    }
}
