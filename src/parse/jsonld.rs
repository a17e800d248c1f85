//! JSON-LD of a page to the articles that it describes.
//!
//! Enters: the text of `script[type="application/ld+json"]`. Leaves: at most [`MAX_ARTICLES`] articles and the names
//! of the site. Broken JSON is mended where that is simple and left out otherwise; nothing here fails.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::{Map, Value};

use super::entity::{tidy, tidy_lines};

/// Longest script that is read, in bytes.
const MAX_SCRIPT: usize = 2 << 20;
/// Articles that are kept of one page.
pub const MAX_ARTICLES: usize = 16;
/// Objects that are visited in one script.
const MAX_OBJECTS: usize = 2_000;
/// Values that are kept of one list (authors, key words).
const MAX_LIST: usize = 64;
/// Characters of a title, a name or an address.
const MAX_LINE: usize = 2_000;
/// Characters of a description.
const MAX_DESCRIPTION: usize = 8_000;
/// Characters of an article's body.
const MAX_BODY: usize = 400_000;

/// What one `*Article` object says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Article {
    /// Whether it is a page's own object (`WebPage`), which counts only where there is no article.
    pub is_page: bool,
    /// `headline`, else `name`.
    pub headline: Option<String>,
    /// `description`.
    pub description: Option<String>,
    /// `articleBody`, its lines apart by `\n`.
    pub body: Option<String>,
    /// Names under `author`, else `creator`.
    pub authors: Vec<String>,
    /// `datePublished`, as written.
    pub published: Option<String>,
    /// `dateModified`, as written.
    pub modified: Option<String>,
    /// `articleSection`.
    pub sections: Vec<String>,
    /// `keywords`, apart.
    pub keywords: Vec<String>,
    /// `inLanguage`, as written.
    pub language: Option<String>,
    /// Addresses under `mainEntityOfPage` and `url`.
    pub urls: Vec<String>,
    /// `publisher.name`.
    pub publisher: Option<String>,
    /// `isAccessibleForFree`.
    pub is_accessible_for_free: Option<bool>,
}

/// What all scripts of a page say together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LinkedData {
    /// Articles in the order of the page.
    pub articles: Vec<Article>,
    /// Names of `Organization` and `WebSite` objects.
    pub site_names: Vec<String>,
    /// Names on the trail of `BreadcrumbList`, from the front page down.
    pub breadcrumbs: Vec<String>,
}

impl LinkedData {
    /// Adds what one script says.
    pub fn read(&mut self, script: &str) {
        for value in values_of(script) {
            let names = names_by_id(&value);
            self.collect(&value, &names);
        }
    }

    /// Visits objects, outermost first, in the order of the text.
    fn collect(&mut self, root: &Value, names: &HashMap<&str, &str>) {
        let mut waiting = vec![root];
        let mut visited = 0;
        while let Some(value) = waiting.pop() {
            visited += 1;
            if visited > MAX_OBJECTS || self.articles.len() >= MAX_ARTICLES {
                return;
            }
            match value {
                Value::Array(items) => waiting.extend(items.iter().take(MAX_OBJECTS).rev()),
                Value::Object(object) => {
                    self.take(object, names);
                    let inner = ["mainEntityOfPage", "mainEntity", "@graph"];
                    waiting.extend(inner.iter().filter_map(|key| object.get(*key)));
                }
                _ => {}
            }
        }
    }

    fn take(&mut self, object: &Map<String, Value>, names: &HashMap<&str, &str>) {
        match role_of(object) {
            Role::Article => self.articles.push(article(object, names)),
            Role::Page if object.contains_key("headline") || object.contains_key("datePublished") => {
                self.articles.push(Article { is_page: true, ..article(object, names) });
            }
            Role::Site if self.site_names.len() < MAX_LIST => {
                self.site_names.extend(line(object.get("name")));
            }
            Role::Breadcrumbs if self.breadcrumbs.is_empty() => self.breadcrumbs = breadcrumbs(object),
            _ => {}
        }
    }
}

enum Role {
    Article,
    Page,
    Site,
    Breadcrumbs,
    Other,
}

/// What an object's `@type` makes of it; of several types the first that means something.
fn role_of(object: &Map<String, Value>) -> Role {
    let types = match object.get("@type") {
        Some(Value::Array(types)) => types.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => return Role::Other,
    };
    for name in types.iter().take(8).filter_map(Value::as_str) {
        let name = name.rsplit(['/', ':', '#']).next().unwrap_or(name);
        match name {
            "Report" | "AdvertiserContent" => return Role::Article,
            "WebPage" | "ItemPage" => return Role::Page,
            "WebSite" | "NewsMediaOrganization" | "Organization" => return Role::Site,
            "BreadcrumbList" => return Role::Breadcrumbs,
            _ if name.ends_with("Article") || name.ends_with("Posting") && name != "JobPosting" => {
                return Role::Article;
            }
            _ => {}
        }
    }
    Role::Other
}

fn article(object: &Map<String, Value>, names: &HashMap<&str, &str>) -> Article {
    let people = object.get("author").or_else(|| object.get("creator"));
    let mut urls = Vec::new();
    for key in ["mainEntityOfPage", "url"] {
        urls.extend(object.get(key).and_then(address));
    }
    Article {
        is_page: false,
        headline: line(object.get("headline")).or_else(|| line(object.get("name"))),
        description: text(object.get("description")).and_then(|it| tidy(it, MAX_DESCRIPTION)),
        body: text(object.get("articleBody")).and_then(|it| tidy_lines(it, MAX_BODY)),
        authors: people.map(|value| names_in(value, names)).unwrap_or_default(),
        published: line(object.get("datePublished")),
        modified: line(object.get("dateModified")),
        sections: object.get("articleSection").map(|value| names_in(value, names)).unwrap_or_default(),
        keywords: keywords(object.get("keywords")),
        language: line(object.get("inLanguage")),
        urls,
        publisher: object.get("publisher").and_then(|value| names_in(value, names).into_iter().next()),
        is_accessible_for_free: truth(object.get("isAccessibleForFree")),
    }
}

/// A string, or the first string of an array, or the value or name of an object.
fn text(value: Option<&Value>) -> Option<&str> {
    match value? {
        Value::String(text) => Some(text),
        Value::Array(items) => items.first().and_then(Value::as_str),
        Value::Object(object) => {
            ["@value", "name", "alternateName"].iter().find_map(|key| object.get(*key)?.as_str())
        }
        _ => None,
    }
}

fn line(value: Option<&Value>) -> Option<String> {
    match value? {
        // A date in seconds since 1970.
        Value::Number(number) => Some(number.to_string()),
        _ => text(value).and_then(|it| tidy(it, MAX_LINE)),
    }
}

/// Names in a string, an object or an array of either; an object without a name is looked up by its `@id`.
fn names_in(value: &Value, names: &HashMap<&str, &str>) -> Vec<String> {
    let items = match value {
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    let entries = items.iter().take(MAX_LIST).flat_map(|item| {
        // Some systems give `{"name": ["A", "B"]}`.
        let several = item.get("name").and_then(Value::as_array).map(Vec::as_slice);
        several.unwrap_or(std::slice::from_ref(item)).iter().take(MAX_LIST)
    });
    entries
        .take(MAX_LIST)
        .filter_map(|item| {
            let by_id = || names.get(item.get("@id")?.as_str()?).copied();
            text(Some(item)).or_else(by_id).and_then(|name| tidy(name, MAX_LINE))
        })
        .collect()
}

/// Names of the objects of a graph by their `@id`.
fn names_by_id(value: &Value) -> HashMap<&str, &str> {
    let graph = value.get("@graph").unwrap_or(value);
    let items = match graph {
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    items
        .iter()
        .take(MAX_OBJECTS)
        .filter_map(|item| Some((item.get("@id")?.as_str()?, item.get("name")?.as_str()?)))
        .collect()
}

fn keywords(value: Option<&Value>) -> Vec<String> {
    let Some(value) = value else { return Vec::new() };
    let items = match value {
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    items
        .iter()
        .filter_map(|item| text(Some(item)))
        .flat_map(|words| words.split([',', ';']))
        .filter_map(|word| tidy(word, MAX_LINE))
        .take(MAX_LIST)
        .collect()
}

/// The address in a string or in an object's `@id` or `url`.
fn address(value: &Value) -> Option<String> {
    let text = match value {
        Value::Object(object) => ["@id", "url"].iter().find_map(|key| object.get(*key)?.as_str())?,
        other => other.as_str()?,
    };
    tidy(text, MAX_LINE)
}

fn truth(value: Option<&Value>) -> Option<bool> {
    match value? {
        Value::Bool(truth) => Some(*truth),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

fn breadcrumbs(object: &Map<String, Value>) -> Vec<String> {
    let mut waiting: Vec<&Value> = object.get("itemListElement").into_iter().collect();
    let mut names = Vec::new();
    for _ in 0..MAX_LIST {
        let Some(value) = waiting.pop() else { break };
        match value {
            Value::Array(items) => waiting.extend(items.iter().take(MAX_LIST).rev()),
            _ => names.extend(line(value.get("name")).or_else(|| line(value.get("item")?.get("name")))),
        }
    }
    names
}

/// The JSON values of a script; mended where they do not read as they are.
fn values_of(script: &str) -> Vec<Value> {
    if script.len() > MAX_SCRIPT {
        return Vec::new();
    }
    let bare = unwrapped(script);
    if let Ok(value) = serde_json::from_str(bare) {
        return vec![value];
    }
    let mended = mended(bare);
    // Several objects in a row are as common as one broken object.
    serde_json::Deserializer::from_str(&mended).into_iter().map_while(Result::ok).take(MAX_ARTICLES).collect()
}

/// The script without the comment, CDATA section or semicolon around it.
fn unwrapped(script: &str) -> &str {
    let start = script.find(['{', '[']).unwrap_or(script.len());
    // In `<![CDATA[{` the brackets belong to the marker.
    let start = script.find("CDATA[").filter(|at| *at < 200).map_or(start, |at| {
        script[at + 6..].find(['{', '[']).map_or(script.len(), |further| at + 6 + further)
    });
    let end = script.rfind('}').map_or(start, |at| at + 1);
    let end = match script[end.max(start)..].split_once("]]>") {
        Some(_) => end,
        None => script.rfind(']').map_or(end, |at| end.max(at + 1)),
    };
    script.get(start..end).unwrap_or("")
}

/// JSON with raw control characters, stray quotes, unknown escapes and trailing commas mended.
fn mended(json: &str) -> String {
    let mut out = String::with_capacity(json.len() + 16);
    let mut rest = json;
    let mut in_string = false;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match (in_string, c) {
            (true, '\\') => rest = escape(rest, &mut out),
            (true, '"') if !closes(rest) => out.push_str("\\\""),
            (true, '"') => {
                in_string = false;
                out.push('"');
            }
            (true, c) if c.is_control() => out.push(' '),
            (false, '"') => {
                in_string = true;
                out.push('"');
            }
            (false, ',') if rest.trim_start().starts_with(['}', ']', ',']) => {}
            (_, c) => out.push(c),
        }
    }
    out
}

/// Copies the escape that `rest` (after its backslash) begins with, if JSON knows it; gives what follows.
fn escape<'a>(rest: &'a str, out: &mut String) -> &'a str {
    let Some(c) = rest.chars().next() else { return rest };
    let after = &rest[c.len_utf8()..];
    let hex = || after.len() >= 4 && after.bytes().take(4).all(|byte| byte.is_ascii_hexdigit());
    match c {
        '"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't' => out.extend(['\\', c]),
        'u' if hex() => out.extend(['\\', 'u']),
        _ => return rest,
    }
    after
}

/// Whether a quote with this after it ends its string.
fn closes(rest: &str) -> bool {
    let next = rest.trim_start();
    match next.chars().next() {
        None | Some('}' | ']' | ':') => true,
        // After a comma comes a key, a value or (left over) the end; a word means that the quote stood in prose.
        Some(',') => {
            next[1..].trim_start().starts_with(|c: char| "\"{[}],-tfn".contains(c) || c.is_ascii_digit())
        }
        Some(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Article, LinkedData};

    fn check(script: &str, headline: Option<&str>) -> Article {
        let mut data = LinkedData::default();
        data.read(script);
        let article = data.articles.into_iter().next().unwrap_or_default();
        assert_eq!(article.headline.as_deref(), headline, "{script}");
        article
    }

    #[test]
    fn shapes_that_occur() {
        for script in [
            r#"{"@type":"NewsArticle","headline":"Mưa"}"#,
            r#"[{"@type":"WebSite","name":"Báo Ví Dụ"},{"@type":["Thing","BlogPosting"],"headline":"Mưa"}]"#,
            r#"{"@graph":[{"@type":"http://schema.org/ReportageNewsArticle","headline":["Mưa"]}]}"#,
            r#"{"@type":"WebPage","mainEntity":{"@type":"LiveBlogPosting","headline":"Mưa"}}"#,
            "<!--\n{\"@type\":\"Report\",\"headline\":\"Mưa\"}\n-->",
            "//<![CDATA[\n{\"@type\":\"Article\",\"headline\":\"Mưa\"}\n//]]>",
            "{\"@type\":\"Article\",\"headline\":\"Mưa\n\",};",
            "{\"@type\":\"Article\",\"tags\":[\"a\",\"b\",],\"headline\":\"M\\ưa\"}",
            "{\"@type\":\"Article\"}{\"@type\":\"Article\"",
            "{\"@type\":\"Person\",\"name\":\"Mưa\"}",
            "{\"@type\":\"Article\",\"headline\":\"Mưa",
            "",
        ] {
            let whole = script.contains("headline") && script.ends_with(['}', ']', '>', ';']);
            check(script, whole.then_some("Mưa"));
        }
        check(
            r#"{"@type":"Article","headline":"Gọi là "mưa đá", rồi "tuyết""}"#,
            Some("Gọi là \"mưa đá\", rồi \"tuyết\""),
        );
    }

    #[test]
    fn parts_of_an_article() {
        let article = check(
            r##"{"@graph":[
                {"@type":"Person","@id":"#a","name":"Lan Hồ"},
                {"@type":"NewsArticle","headline":"Mưa","author":[{"@id":"#a"},"Vũ B"],"keywords":"mưa, bão",
                 "articleSection":["Thời sự"],"datePublished":"2024-07-04","mainEntityOfPage":{"@id":"https://v.vn/1"},
                 "publisher":{"name":"Báo Ví Dụ"},"isAccessibleForFree":"False","articleBody":"<p>Một.</p><p>Hai.</p>"}]}"##,
            Some("Mưa"),
        );
        assert_eq!(article.authors, ["Lan Hồ", "Vũ B"]);
        assert_eq!(article.keywords, ["mưa", "bão"]);
        assert_eq!(article.sections, ["Thời sự"]);
        assert_eq!(article.urls, ["https://v.vn/1"]);
        assert_eq!(article.publisher.as_deref(), Some("Báo Ví Dụ"));
        assert_eq!(article.is_accessible_for_free, Some(false));
        assert_eq!(article.body.as_deref(), Some("Một.\nHai."));
    }

    #[test]
    fn depth_and_number_are_bounded() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        check(&deep, None);
        let many = format!("[{}]", vec![r#"{"@type":"Article","headline":"x"}"#; 500].join(","));
        let mut data = LinkedData::default();
        data.read(&many);
        assert_eq!(data.articles.len(), super::MAX_ARTICLES);
    }
}
