//! What stands at which address.
//!
//! Enters: a host and a path with its query. Leaves: an answer. Invariant: parameters that nobody knows change nothing.

use super::article::Article;
use super::feed;
use super::http::Answer;
use super::layout::{self, Page, section_name};
use super::page::{self, Version};

/// Articles at the beginning.
const ARTICLES: usize = 30;
/// Most articles that are ever there.
const MOST: usize = 1_000;
/// The number of the first draft.
const DRAFTS: usize = 9_000;

/// The site as it stands.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    articles: Vec<Article>,
    seed: u64,
    crawl_delay: Option<String>,
}

impl Site {
    /// The site at the beginning.
    pub(crate) fn new(seed: u64, crawl_delay: Option<String>) -> Site {
        let articles = (0..ARTICLES).map(|index| Article::write(index, seed)).collect();
        Site { articles, seed, crawl_delay }
    }

    /// All articles, the oldest first.
    pub(crate) fn articles(&self) -> &[Article] {
        &self.articles
    }

    /// Paths worth fetching: each article, then its other versions, spellings and copies.
    pub(crate) fn paths(&self) -> Vec<String> {
        let own = self.articles.iter().map(Article::path);
        let others = self.articles.iter().flat_map(other_paths);
        own.chain(others).collect()
    }

    /// The answer for a path and query on whatever host.
    pub(crate) fn answer(&mut self, host: &str, target: &str) -> Answer {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        if let Some(hook) = path.strip_prefix("/_") {
            return self.hook(host, hook, query);
        }
        let base = format!("http://{host}");
        self.fixed(&base, path)
            .or_else(|| self.list(path))
            .unwrap_or_else(|| self.article(&base, path, query))
    }

    /// `/_publish?n=3`, `/_edit?id=1004`, `/_urls`.
    fn hook(&mut self, host: &str, hook: &str, query: &str) -> Answer {
        let done = |paths: Vec<String>| {
            let lines: String = paths.iter().map(|path| ["http://", host, path, "\n"].concat()).collect();
            Answer::new(200, "text/plain; charset=utf-8", lines.into_bytes(), None)
        };
        match hook {
            "urls" => done(self.paths()),
            "publish" => {
                let wanted = number(query, "n").unwrap_or(1);
                let begin = self.articles.len();
                let end = begin.saturating_add(wanted).min(MOST);
                self.articles.extend((begin..end).map(|index| Article::write(index, self.seed)));
                done(self.articles[begin..].iter().map(Article::path).collect())
            }
            "edit" => {
                let id = number(query, "id").unwrap_or_default();
                let Some(article) = self.articles.iter_mut().find(|article| article.id() == id) else {
                    return Answer::error(404);
                };
                article.edit(self.seed);
                done(vec![article.path()])
            }
            _ => Answer::error(404),
        }
    }

    /// Feeds, sitemaps, robots.txt.
    fn fixed(&self, base: &str, path: &str) -> Option<Answer> {
        let newest: Vec<&Article> = self.articles.iter().rev().collect();
        let (content_type, text) = match path {
            "/robots.txt" => ("text/plain; charset=utf-8", feed::robots(base, self.crawl_delay.as_deref())),
            "/rss/home.rss" => {
                ("application/rss+xml; charset=utf-8", feed::rss(base, "Báo Bến Mẫu", &newest))
            }
            "/atom.xml" => ("application/atom+xml; charset=utf-8", feed::atom(base, "Báo Bến Mẫu", &newest)),
            "/sitemap.xml" => {
                let sitemaps = self.articles.len().div_ceil(feed::ENTRIES);
                ("application/xml; charset=utf-8", feed::sitemap_index(base, sitemaps))
            }
            _ => return self.part(base, path),
        };
        Some(Answer::new(200, content_type, text.into_bytes(), self.modified()))
    }

    /// A section's feed, or one sitemap of several.
    fn part(&self, base: &str, path: &str) -> Option<Answer> {
        if let Some(section) = path.strip_prefix("/rss/").and_then(|name| name.strip_suffix(".rss")) {
            let articles = self.section(section);
            let title = format!("Báo Bến Mẫu - {}", section_name(section));
            let text = feed::rss(base, &title, &articles).into_bytes();
            let modified = self.modified();
            return (!articles.is_empty())
                .then(|| Answer::new(200, "application/rss+xml; charset=utf-8", text, modified));
        }
        let number: usize = path.strip_prefix("/sitemap-")?.strip_suffix(".xml")?.parse().ok()?;
        let chunk = self.articles.chunks(feed::ENTRIES).nth(number.checked_sub(1)?)?;
        let articles: Vec<&Article> = chunk.iter().collect();
        let modified = chunk.iter().map(Article::modified).max();
        let text = feed::sitemap(base, &articles).into_bytes();
        Some(Answer::new(200, "application/xml; charset=utf-8", text, modified))
    }

    /// The home pages and those of sections.
    fn list(&self, path: &str) -> Option<Answer> {
        let newest = self.articles.iter().rev();
        let (heading, language, articles): (_, _, Vec<&Article>) = match path {
            "/" => {
                ("Báo Bến Mẫu", "vi", newest.filter(|article| article.language == "vi").take(20).collect())
            }
            "/en" | "/en/" => {
                ("The Marrow Courier", "en", newest.filter(|article| article.language == "en").collect())
            }
            _ => {
                let (section, language) = match path.strip_prefix("/en/") {
                    Some(section) => (section, "en"),
                    None => (path.strip_prefix('/')?, "vi"),
                };
                let mut articles = self.section(section);
                articles.retain(|article| article.language == language);
                (section_name(section), language, articles)
            }
        };
        let modified = self.modified().unwrap_or(0);
        (!articles.is_empty()).then(|| Answer::html(page::list(heading, language, &articles), modified))
    }

    /// An article in one of its versions, an old address of one, a draft; or nothing.
    fn article(&self, base: &str, path: &str, query: &str) -> Answer {
        if path == "/vong" {
            return Answer::redirect(302, format!("{base}/vong"));
        }
        if path.starts_with("/da-go/") {
            return Answer::error(410);
        }
        if path.starts_with("/noi-bo/") {
            return self.internal(path);
        }
        let (version, own) = version(base, path, query);
        let id = own.trim_end_matches(".html").rsplit(['-', '/']).next();
        let id: Option<usize> = id.and_then(|id| id.parse().ok());
        let Some(article) = self.articles.iter().find(|article| Some(article.id()) == id) else {
            return Answer::error(404);
        };
        if path == format!("/bai/{}", article.id()) {
            return Answer::redirect(301, format!("{base}{}", article.path()));
        }
        if own == article.path() {
            let base = base.replacen("://m.", "://", 1).replacen("://amp.", "://", 1);
            return self.page(article, &base, version);
        }
        // A copy of the page under another section, which does not say where it is from.
        if own.starts_with("/tin-lai/")
            && own.ends_with(article.path().rsplit('/').next().unwrap_or_default())
        {
            return self.full(article, base, false);
        }
        Answer::error(404)
    }

    fn page(&self, article: &Article, base: &str, version: Option<Version>) -> Answer {
        let Some(version) = version else { return self.full(article, base, true) };
        let address = format!("{base}{}", article.path());
        let has_canonical = match version {
            Version::Amp => true,
            Version::Mobile => article.index.is_multiple_of(2),
            Version::Print => false,
        };
        let canonical = has_canonical.then_some(address.as_str());
        Answer::html(page::version(article, version, canonical), article.modified())
    }

    fn full(&self, article: &Article, base: &str, has_canonical: bool) -> Answer {
        let mut others: Vec<&Article> = self
            .articles
            .iter()
            .filter(|other| other.language == article.language && *other != article)
            .collect();
        // Those before it come first, the nearest of them first of all.
        let older = others.iter().filter(|other| other.index < article.index).count();
        others.rotate_left(older);
        others.reverse();
        while others.len() < 8 {
            others.extend_from_within(..);
        }
        let page = Page { article, base, others, has_canonical };
        Answer::html(layout::article(&page), article.modified())
    }

    /// The folder that robots.txt closes.
    fn internal(&self, path: &str) -> Answer {
        let Some(name) = path.strip_prefix("/noi-bo/") else { return Answer::error(404) };
        let draft = name.strip_prefix("ban-nhap-").and_then(|rest| rest.strip_suffix(".html"));
        let number = match (name, draft) {
            ("" | "gioi-thieu.html", _) => 0,
            (_, Some(number)) => number.parse().unwrap_or(0),
            _ => return Answer::error(404),
        };
        self.full(&Article::write(DRAFTS + number % 100, self.seed), "http://localhost", false)
    }

    fn section(&self, section: &str) -> Vec<&Article> {
        self.articles.iter().rev().filter(|article| article.section == section).collect()
    }

    fn modified(&self) -> Option<i64> {
        self.articles.iter().map(Article::modified).max()
    }
}

/// Other addresses of an article: each article has some.
fn other_paths(article: &Article) -> Vec<String> {
    let (path, index) = (article.path(), article.index);
    let mut paths = vec![match index % 3 {
        0 => format!("/amp{path}"),
        1 => format!("{path}?mobile=1"),
        _ => format!("/print{path}"),
    }];
    if index % 4 == 0 {
        paths.push(format!("{path}?utm_source=zalo&utm_medium=social&fbclid=IwAR0{index}"));
    }
    if index % 6 == 1 {
        paths.push(format!("/tin-lai{}", &path[path.rfind('/').unwrap_or(0)..]));
    }
    if index % 7 == 2 {
        paths.push(format!("/bai/{}", article.id()));
    }
    paths
}

/// The version that an address asks for, and the path without what says so.
fn version<'a>(base: &str, path: &'a str, query: &str) -> (Option<Version>, &'a str) {
    for (prefix, version) in [("/amp/", Version::Amp), ("/m/", Version::Mobile), ("/print/", Version::Print)]
    {
        if path.starts_with(prefix) {
            return (Some(version), &path[prefix.len() - 1..]);
        }
    }
    if let Some(own) = path.strip_suffix("/amp") {
        return (Some(Version::Amp), own);
    }
    let names = |name: &str| query.split('&').any(|pair| pair.split('=').next() == Some(name));
    let version = if names("amp") || base.starts_with("http://amp.") {
        Some(Version::Amp)
    } else if names("mobile") || base.starts_with("http://m.") {
        Some(Version::Mobile)
    } else {
        names("print").then_some(Version::Print)
    };
    (version, path)
}

/// The number that a query gives a name.
fn number(query: &str, name: &str) -> Option<usize> {
    let value = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
    value.parse().ok()
}
