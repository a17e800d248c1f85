//! The laws of the house, held by reading its source.
//!
//! A law that finds a fault names file and line and says what to do. Every law is tried on planted faults below,
//! for a law that finds nothing looks the same as one that looks at nothing.

mod source;

use std::fs;
use std::path::{Path, PathBuf};

use source::Source;

/// Modules whose functions depend on their arguments alone.
const PURE: &[&str] = &[
    "label",
    "page",
    "canonical",
    "timing",
    "rules",
    "decode",
    "parse",
    "segment",
    "classify",
    "normalize",
    "pipeline",
    "dedup",
    "report",
    "config",
];

/// Where types of the document tree may be named.
const SEES_TREE: &[&str] = &["parse", "segment", "rules"];

const TREE_CRATES: &[&str] = &["scraper", "html5ever", "markup5ever", "ego_tree", "selectors"];

/// Standard modules and crates that reach the outside world, a clock or chance.
const OUTSIDE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::time",
    "std::env",
    "std::process",
    "std::thread",
    "rand",
    "fastrand",
    "getrandom",
];

/// Words that do the same without a path.
const OUTSIDE_WORDS: &[&str] = &["SystemTime", "Instant", "thread_local"];

const PRINTS: &[&str] = &["print", "println", "eprint", "eprintln", "dbg"];

/// Names that say nothing of what is inside.
const EMPTY_NAMES: &[&str] = &["utils", "util", "helpers", "helper", "common", "types", "manager", "misc"];

const LONGEST_FILE: usize = 400;
const LONGEST_FUNCTION: usize = 60;

#[test]
fn the_source_keeps_the_laws() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let order = order(&fs::read_to_string(root.join("lib.rs")).expect("src/lib.rs"));
    let mut files = Vec::new();
    collect(&root, &mut files);
    assert!(files.len() > 10, "src/ holds only {} files", files.len());
    let mut faults = Vec::new();
    for file in files {
        let name = file.strip_prefix(&root).expect("below src").to_string_lossy().replace('\\', "/");
        faults.extend(faults_of(&name, &fs::read_to_string(&file).expect("UTF-8 source"), &order));
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// All Rust files below a folder, in order.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).expect("readable").map(|entry| entry.expect("entry").path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The modules in the order of `lib.rs`.
fn order(lib: &str) -> Vec<String> {
    let names = lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    names.map(str::to_owned).collect()
}

/// Every fault of one file; `name` is its path below `src`.
fn faults_of(name: &str, text: &str, order: &[String]) -> Vec<String> {
    let source = Source::read(name, text);
    let mut faults = Vec::new();
    let mut fault = |line: usize, what: String| faults.push(format!("src/{name}:{line}: {what}"));
    if !text.starts_with("//!") {
        fault(1, "starts without `//!`: say what enters, what leaves, and one invariant".into());
    }
    if let Some(word) = name.trim_end_matches(".rs").split('/').find(|part| EMPTY_NAMES.contains(part)) {
        fault(1, format!("`{word}` says nothing: name the module for what it holds"));
    }
    for (line, word) in source.unfinished() {
        fault(line, format!("`{word}`: finish it, or open an issue"));
    }
    if source.is_test() {
        return faults;
    }
    if source.lines() > LONGEST_FILE {
        fault(1, format!("{} lines without tests, at most {LONGEST_FILE}: split it", source.lines()));
    }
    for (line, function, lines) in source.functions() {
        if lines > LONGEST_FUNCTION {
            fault(line, format!("`{function}` has {lines} lines, at most {LONGEST_FUNCTION}: split it"));
        }
    }
    for (line, path) in source.paths() {
        for what in path_faults(&source, &path, order) {
            fault(line, what);
        }
    }
    if PURE.contains(&source.top()) {
        for (line, word) in source.words() {
            if OUTSIDE_WORDS.contains(&word.as_str()) {
                fault(line, format!("`{word}` in a pure module: take it as an argument"));
            }
        }
        for (line, word) in source.macros().filter(|(_, word)| PRINTS.contains(&word.as_str())) {
            fault(line, format!("`{word}!` in a pure module: return it"));
        }
        for line in source.mutable_statics() {
            fault(line, "`static mut` in a pure module: pass state as a value".into());
        }
    }
    faults
}

/// What is wrong with a file's naming of a path.
fn path_faults(source: &Source, path: &[String], order: &[String]) -> Vec<String> {
    let joined = path.join("::");
    let mut faults = Vec::new();
    let below = |prefix: &str| joined == prefix || joined.starts_with(&format!("{prefix}::"));
    if PURE.contains(&source.top()) && OUTSIDE.iter().any(|prefix| below(prefix)) {
        faults.push(format!("`{joined}` in a pure module: take it as an argument"));
    }
    if path[0] == "std" && path.len() == 1 {
        faults.push("`std` under another name hides what is used: name the module".into());
    }
    if TREE_CRATES.contains(&path[0].as_str()) && !SEES_TREE.contains(&source.top()) {
        faults.push(format!("`{joined}`: types of the document tree stay in {}", SEES_TREE.join(", ")));
    }
    if path[0] == "crate" && source.top() != "lib" {
        faults.extend(import_fault(source, &path[1..], order));
    }
    faults
}

/// What is wrong with a file's import from the path, `crate` left out.
fn import_fault(source: &Source, path: &[String], order: &[String]) -> Option<String> {
    let Some(target) = position(path, order) else {
        return Some(format!("`crate::{}` names no module of src/lib.rs", path.join("::")));
    };
    let own = position(source.module(), order)?;
    (target > own).then(|| {
        format!(
            "`{}` imports `crate::{}`, which stands below it: see the order in src/lib.rs",
            order[own],
            path.join("::")
        )
    })
}

/// The place in the order of the module that the path lies in.
fn position(path: &[String], order: &[String]) -> Option<usize> {
    let top = path.first()?;
    order.iter().position(|module| module == top)
}

#[cfg(test)]
mod planted {
    use super::*;

    const LIB: &str = "pub mod label;\npub mod page;\n\npub mod rules;\n#[cfg(feature = \"cli\")]\npub mod source;\npub mod parse;\n\
                       pub mod segment;\npub mod classify;\npub mod pipeline;\npub mod run;\npub mod cli;\n";

    fn faults(name: &str, body: &str) -> Vec<String> {
        faults_of(name, &format!("//! A module.\n{body}"), &order(LIB))
    }

    #[track_caller]
    fn caught(name: &str, body: &str, expected: &str) {
        let found = faults(name, body);
        assert_eq!(found.len(), 1, "{name}\n{body}\n{found:#?}");
        assert!(found[0].contains(expected), "{expected}: {}", found[0]);
    }

    #[track_caller]
    fn passed(name: &str, body: &str) {
        assert_eq!(faults(name, body), Vec::<String>::new(), "{name}\n{body}");
    }

    #[test]
    fn the_order_is_that_of_lib() {
        let expected =
            ["label", "page", "rules", "source", "parse", "segment", "classify", "pipeline", "run", "cli"];
        assert_eq!(order(LIB), expected);
    }

    #[test]
    fn imports_from_below_are_caught_in_every_form() {
        for body in [
            "use crate::pipeline::clean_page;",
            "use crate::pipeline;",
            "use crate::pipeline as door;",
            "use crate::{page::RawPage, pipeline::clean_page as door};",
            "use crate::{page, pipeline};",
            "use crate::{\n    page::{self, Form},\n    pipeline::{Cleaner},\n};",
            "pub use crate::pipeline::*;",
            "pub(crate) use crate::pipeline::Cleaner;",
            "fn f(c: &crate::pipeline::Cleaner) {}",
            "fn f() { let x = crate :: pipeline :: VALUE; }",
            "fn f() { use super::super::pipeline::x; }",
            "use super::super::pipeline;",
            "type T = ::std::vec::Vec<crate::pipeline::Cleaner>;",
            "fn f<'a>(x: &'a str) { g('\"', crate::pipeline::V) }",
        ] {
            caught("parse/head.rs", body, "stands below it");
        }
        caught("parse/head.rs", "use crate::pipeline::x;", "src/parse/head.rs:2: `parse` imports");
        caught("label.rs", "use crate::classify::evidence::Evidence;", "stands below it");
        caught("segment/block.rs", "use crate::classify::evidence::Evidence;", "stands below it");
        caught("parse/mod.rs", "use crate::*;", "names no module");
        caught("parse/mod.rs", "use crate as root;", "names no module");
        caught("parse/mod.rs", "use crate::Unknown;", "names no module");
    }

    #[test]
    fn imports_from_above_and_beside_pass() {
        passed(
            "parse/head.rs",
            "use crate::page::RawPage;\nuse crate::{page, rules::RuleSet as R};\nuse super::x;",
        );
        passed(
            "parse/head.rs",
            "use super::{a, b::c};\nuse self::d::e;\nuse crate::parse::metadata::Metadata;",
        );
        passed("segment/block.rs", "use crate::label::{self, Label};");
        passed("classify/mod.rs", "use crate::label::Label;\nuse crate::segment::block::Block;");
        passed("cli/mod.rs", "use crate::run;\nfn f() -> crate::pipeline::Outcome {}");
        passed(
            "parse/head.rs",
            "// use crate::pipeline;\n/* crate::cli::x /* */ std::fs */\nconst S: &str = \"crate::cli\";",
        );
        passed("parse/head.rs", "const S: &str = r#\"\" use crate::cli; \"#;\nconst C: char = '\\'';");
        passed(
            "parse/head.rs",
            "#[cfg(test)]\nmod tests {\n    use crate::pipeline::x;\n    use std::fs;\n}",
        );
        passed("run/tests.rs", "use crate::cli::x;");
    }

    #[test]
    fn the_outside_is_caught_in_pure_modules() {
        for body in [
            "use std::fs;",
            "use std::{fmt, fs::File};",
            "use std::fs as files;",
            "fn f() { std::net::lookup() }",
            "fn f() { ::std::time::now() }",
            "use std as s;",
            "use std::env;",
            "fn f() -> u8 { rand::random() }",
            "use rand::Rng;",
            "fn f(now: SystemTime) {}",
            "fn f() { println!() }",
            "fn f() { eprintln ! (\"x\") }",
            "static mut COUNT: u8 = 0;",
            "thread_local! {}",
        ] {
            assert!(!faults("parse/head.rs", body).is_empty(), "{body}");
        }
        passed("run/mod.rs", "use std::{fs, time::Instant};");
        passed(
            "parse/head.rs",
            "use std::fmt::{self, Write};\nfn operand(brand: u8) { format!() }\nstatic S: u8 = 0;",
        );
    }

    #[test]
    fn trees_are_caught_outside_their_modules() {
        caught("classify/mod.rs", "use scraper::Html;", "document tree");
        caught("pipeline.rs", "fn f(x: &html5ever::Attribute) {}", "document tree");
        passed("segment/html.rs", "use scraper::{Html, Selector};");
        passed("classify/mod.rs", "/// The scraper::Html is gone here.\nfn scraper() {}");
    }

    #[test]
    fn sizes_names_and_leftovers_are_caught() {
        let long = |lines: usize| format!("fn f() {{\n{}}}\n", "    g();\n".repeat(lines - 2));
        caught("run/mod.rs", &long(61), "`f` has 61 lines");
        passed("run/mod.rs", &long(60));
        let signature = "fn f(\n    a: [u8; 3],\n) -> [u8; 2]\nwhere\n    T: X,\n{\n}\nfn g();\nstruct S { x: fn(u8) -> u8 }\n";
        passed("run/mod.rs", signature);
        caught("run/mod.rs", &"const A: u8 = 0;\n".repeat(400), "401 lines without tests");
        let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "fn f() {}\n".repeat(600));
        passed("run/mod.rs", &tests);
        caught("run/helpers.rs", "", "`helpers` says nothing");
        caught("utils/x.rs", "", "`utils` says nothing");
        caught("run/mod.rs", "fn f() { todo!() }", "`todo!`");
        caught("run/mod.rs", "fn f() { unimplemented!() }", "`unimplemented!`");
        caught("run/mod.rs", &["// TO", "DO: later"].concat(), "finish it");
        caught("run/mod.rs", &["/* FIX", "ME */"].concat(), "finish it");
        let bare = faults_of("run/x.rs", "use std::fs;\n", &order(LIB));
        assert!(bare[0].contains("starts without"), "{bare:?}");
    }
}
