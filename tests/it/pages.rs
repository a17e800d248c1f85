//! Page folders: each holds a page of our own writing in the structure of one layout family.
//!
//! Enters: `tests/pages/<lang>/<case>/page.html`, or `page.txt` for a flattened page, beside `expected.txt`
//! (the article as written with default options) or `reason.txt` (why the page is skipped), and the site rules
//! of `src/rules/sites`. Leaves: nothing. Invariant: a folder holds one page and one of the two.

use std::fs;
use std::path::{Path, PathBuf};

use scraper::{Html, Selector};
use tinsach::label::Label;
use tinsach::page::{Form, RawPage};
use tinsach::parse::{dom, head};
use tinsach::pipeline::{CleanedPage, Cleaner, Outcome, article_text, clean_page};
use tinsach::rules::attribute::Attributes;
use tinsach::rules::{RuleSet, UserRules};
use tinsach::segment::{html, site};

fn root(relative: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(relative)
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn sorted_entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("folder entry").path()).collect();
    paths.sort();
    paths
}

/// All page folders, in order of their path.
fn page_folders() -> Vec<PathBuf> {
    let languages = sorted_entries(&root("tests/pages"));
    languages.iter().flat_map(|language| sorted_entries(language)).filter(|folder| folder.is_dir()).collect()
}

/// The page of a folder: markup, or text that was flattened from it.
fn page_of(folder: &Path) -> (PathBuf, Form) {
    let (html, text) = (folder.join("page.html"), folder.join("page.txt"));
    assert!(html.is_file() != text.is_file(), "{}: one of page.html and page.txt", name_of(folder));
    if html.is_file() { (html, Form::Html) } else { (text, Form::Text) }
}

/// `vi/mastercms` for its folder.
fn name_of(folder: &Path) -> String {
    let name = folder.strip_prefix(root("tests/pages")).expect("a page folder");
    name.to_string_lossy().replace('\\', "/")
}

/// The address the page says is its own; stands for the one it would have been fetched from.
fn canonical_url(html: &str) -> Option<String> {
    let link = Selector::parse("link[rel='canonical']").expect("selector");
    let document = Html::parse_document(html);
    document.select(&link).next()?.value().attr("href").map(str::to_owned)
}

/// The canonical address of a folder's page; a flattened one has none.
fn address(folder: &Path) -> Option<String> {
    let (path, form) = page_of(folder);
    if form == Form::Html { canonical_url(&read(&path)) } else { None }
}

fn clean(folder: &Path, url: Option<String>) -> CleanedPage {
    let body = fs::read(page_of(folder).0).expect("a page");
    clean_page(
        &RawPage { url, body, ..RawPage::default() },
        &Cleaner::new(&UserRules::default()).expect("shipped rules"),
    )
}

/// The reason's name as the manifest writes it, or `article`.
fn outcome_name(outcome: Outcome) -> String {
    match outcome {
        Outcome::Article => "article".to_owned(),
        Outcome::Skipped(reason) => {
            let value = serde_json::to_value(reason).expect("a reason is a plain name");
            value.as_str().expect("a reason is a plain name").to_owned()
        }
    }
}

/// Paragraphs that stand on one side only, `-` for those missing and `+` for those too many.
fn difference(expected: &str, found: &str) -> String {
    let split = |text: &str| text.trim_end().split("\n\n").map(str::to_owned).collect::<Vec<_>>();
    let (wanted, got) = (split(expected), split(found));
    let missing = wanted.iter().filter(|text| !got.contains(text)).map(|text| format!("  - {text}"));
    let extra = got.iter().filter(|text| !wanted.contains(text)).map(|text| format!("  + {text}"));
    let lines: Vec<_> = missing.chain(extra).collect();
    if lines.is_empty() {
        return format!("  same paragraphs, other order or number:\n{found}");
    }
    lines.join("\n")
}

/// What is wrong with one folder, if anything.
fn check_page(folder: &Path, url: Option<String>) -> Option<String> {
    let page = clean(folder, url);
    let outcome = outcome_name(page.outcome);
    let reason = folder.join("reason.txt");
    let wanted = if reason.is_file() { read(&reason).trim().to_owned() } else { "article".to_owned() };
    if outcome != wanted {
        return Some(format!("{}: outcome is {outcome}, expected {wanted}", name_of(folder)));
    }
    if wanted != "article" {
        return None;
    }
    let expected = read(&folder.join("expected.txt"));
    let found = article_text(&page, &Label::ARTICLE);
    (found != expected).then(|| format!("{}:\n{}", name_of(folder), difference(&expected, &found)))
}

fn assert_none(failures: &[String]) {
    assert!(failures.is_empty(), "{} page folders fail:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn pages_come_out_as_expected() {
    let failures: Vec<_> =
        page_folders().iter().filter_map(|folder| check_page(folder, address(folder))).collect();
    assert_none(&failures);
}

#[test]
fn pages_come_out_as_expected_without_an_address() {
    let failures: Vec<_> = page_folders().iter().filter_map(|folder| check_page(folder, None)).collect();
    assert_none(&failures);
}

#[test]
fn each_folder_says_what_it_expects() {
    let folders = page_folders();
    assert!(folders.len() >= 30, "only {} page folders", folders.len());
    for folder in folders {
        let (text, reason) = (folder.join("expected.txt"), folder.join("reason.txt"));
        assert!(
            text.is_file() != reason.is_file(),
            "{}: one of expected.txt and reason.txt",
            name_of(&folder)
        );
        if text.is_file() {
            let text = read(&text);
            assert!(
                text.ends_with('\n') && !text.ends_with("\n\n"),
                "{}: ends in one newline",
                name_of(&folder)
            );
            assert!(!text.contains("\n\n\n") && !text.contains('\r'), "{}: one blank line", name_of(&folder));
        }
    }
}

mod site_rules {
    //! The rule files themselves: they parse, name real labels and fit their test pages.

    use super::{Html, Label, Path, PathBuf, Selector, canonical_url, read, root, sorted_entries};

    const LISTS: [&str; 8] = ["title", "lead", "body", "caption", "author", "date", "section", "tags"];

    fn rule_files() -> Vec<(PathBuf, toml::Table)> {
        let files = sorted_entries(&root("src/rules/sites"));
        let tables = files.into_iter().filter(|path| path.extension().is_some_and(|ext| ext == "toml"));
        tables
            .map(|path| {
                let table = read(&path).parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                (path, table)
            })
            .collect()
    }

    fn strings(table: &toml::Table, key: &str) -> Vec<String> {
        let Some(value) = table.get(key) else { return Vec::new() };
        let values = value.as_array().unwrap_or_else(|| panic!("{key} is no list"));
        values.iter().map(|item| item.as_str().expect("a string").to_owned()).collect()
    }

    fn tables<'a>(table: &'a toml::Table, key: &str) -> Vec<&'a toml::Table> {
        let Some(value) = table.get(key) else { return Vec::new() };
        let values = value.as_array().unwrap_or_else(|| panic!("{key} is no list"));
        values.iter().map(|item| item.as_table().expect("a table")).collect()
    }

    fn drops(version: &toml::Table) -> Vec<(String, String)> {
        let text = |drop: &toml::Table, key: &str| drop[key].as_str().expect("a string").to_owned();
        tables(version, "drop").into_iter().map(|drop| (text(drop, "select"), text(drop, "label"))).collect()
    }

    fn parse(selector: &str, path: &Path) -> Selector {
        Selector::parse(selector).unwrap_or_else(|error| panic!("{}: {selector}: {error}", path.display()))
    }

    fn any_matches(document: &Html, selectors: &[String], path: &Path) -> bool {
        selectors.iter().any(|selector| document.select(&parse(selector, path)).next().is_some())
    }

    /// Text of the first match of the first selector that matches.
    fn first_text(document: &Html, selectors: &[String], path: &Path) -> Option<String> {
        let found = selectors.iter().find_map(|selector| document.select(&parse(selector, path)).next())?;
        Some(found.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn every_selector_parses_and_every_label_is_cut() {
        for (path, rule) in rule_files() {
            let mut selectors = strings(&rule, "detect");
            for version in tables(&rule, "version") {
                assert!(!strings(version, "body").is_empty(), "{}: a version without a body", path.display());
                selectors.extend(LISTS.iter().flat_map(|key| strings(version, key)));
                for (select, label) in drops(version) {
                    selectors.push(select);
                    let label =
                        Label::from_name(&label).unwrap_or_else(|| panic!("{}: {label}", path.display()));
                    assert!(!label.is_article(), "{}: drops an article label", path.display());
                }
            }
            for selector in selectors {
                parse(&selector, &path);
            }
        }
    }

    #[test]
    fn ids_are_file_names_and_hosts_are_sorted_and_unique() {
        let mut seen: Vec<String> = Vec::new();
        for (path, rule) in rule_files() {
            let stem = path.file_stem().expect("a file name").to_string_lossy().into_owned();
            assert_eq!(rule["id"].as_str(), Some(stem.as_str()), "{}", path.display());
            let hosts = strings(&rule, "hosts");
            assert!(hosts.is_sorted(), "{}: hosts are not sorted", path.display());
            assert!(
                hosts.iter().all(|host| !seen.contains(host)),
                "{}: a host of two families",
                path.display()
            );
            seen.extend(hosts);
        }
    }

    #[test]
    fn each_family_is_found_on_its_own_test_pages_and_on_no_other() {
        let rules = rule_files();
        for (path, rule) in &rules {
            assert!(!tables(rule, "test").is_empty(), "{}: no test page", path.display());
            for test in tables(rule, "test") {
                let page = test["page"].as_str().expect("a page's folder");
                let document = Html::parse_document(&read(&root("tests/pages").join(page).join("page.html")));
                for (other, candidate) in &rules {
                    let found = any_matches(&document, &strings(candidate, "detect"), other);
                    assert_eq!(found, other == path, "{page}: detected as {}", other.display());
                }
            }
        }
    }

    #[test]
    fn each_test_page_gives_its_title_and_lead_to_the_rule() {
        for (path, rule) in rule_files() {
            for test in tables(&rule, "test") {
                let page = test["page"].as_str().expect("a page's folder");
                let folder = root("tests/pages").join(page);
                let (html, expected) = (read(&folder.join("page.html")), read(&folder.join("expected.txt")));
                let document = Html::parse_document(&html);
                let fits = |version: &&toml::Table| any_matches(&document, &strings(version, "body"), &path);
                let versions = tables(&rule, "version");
                let version =
                    versions.iter().copied().find(fits).unwrap_or_else(|| panic!("{page}: no body"));
                let title = first_text(&document, &strings(version, "title"), &path);
                assert_eq!(title.as_deref(), expected.lines().next(), "{page}: title");
                let lead = first_text(&document, &strings(version, "lead"), &path).expect("a lead");
                assert!(expected.lines().any(|line| line == lead), "{page}: lead");
                assert!(canonical_url(&html).is_some(), "{page}: no canonical address");
            }
        }
    }
}

/// A stage that reads an attribute that pages do not keep would find it in no page.
#[test]
fn attributes_that_are_not_kept_are_read_by_no_stage() {
    let rules = RuleSet::new(&UserRules::default()).expect("shipped rules");
    let pages = page_folders().into_iter().filter(|folder| folder.join("page.html").is_file());
    for folder in pages {
        let text = read(&folder.join("page.html"));
        let read = |attributes: &Attributes| {
            let dom = dom::parse(&text, attributes);
            let found = site::find(&dom, &text, None, &rules.sites);
            let of_elements = found.map(|found| found.roles).unwrap_or_default();
            (head::read_head(&dom.html), html::segment(&dom, &rules.lexicon, &of_elements))
        };
        assert!(read(&rules.attributes) == read(&Attributes::all()), "{}", name_of(&folder));
    }
}

#[test]
fn a_users_rule_may_ask_for_any_attribute() {
    let rule = "id = 'own'\nname = 'Own'\ndetect = ['div[data-foo=bar]']\n\
                [[version]]\nbody = ['div[data-foo=bar]']\n\
                drop = [{ select = '[data-x\\.y]', label = 'ad' }]\n";
    let sites = vec![("own.toml".to_owned(), rule.to_owned())];
    let cleaner = Cleaner::new(&UserRules { sites, ..UserRules::default() }).expect("rule");
    let body = "<html><body><div data-foo=bar><p>One.</p><p data-x.y>Two.</p></div></body></html>";
    let page = clean_page(&RawPage { body: body.into(), ..RawPage::default() }, &cleaner);
    assert_eq!(page.rules, ["own@own.toml"]);
    let label = |text: &str| page.blocks.iter().find(|block| *block.text == *text).map(|block| block.label);
    assert_eq!(label("Two."), Some(Label::Ad));
}
