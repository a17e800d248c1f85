//! Seven runs over a newsroom that publishes and edits between them: each request of its log is accounted for.

use super::*;

/// What happens before each run.
const STEPS: [&[&str]; 7] = [
    &[],
    &["publish?n=2"],
    &[],
    &["edit?id=1025"],
    &["publish?n=1", "edit?id=1031"],
    &["edit?id=1012"],
    &["edit?id=1025", "publish?n=1"],
];

/// How a source's documents lead to articles that have changed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Looks {
    /// Never.
    Never,
    /// They state changes.
    AtChanged,
    /// They do not, so that every article is looked at again.
    AtAll,
}

/// A reader who keeps what it was answered.
#[derive(Default)]
struct Reader {
    known: BTreeMap<String, Vec<u8>>,
    /// Editions of articles that were seen.
    editions: BTreeMap<usize, u32>,
}

impl Reader {
    /// What the newsroom answers to it at a path.
    fn asks(&mut self, room: &Newsroom, path: &str) -> (String, u16) {
        let body = room.site().answer(&room.address().to_string(), path).body;
        let is_same = self.known.get(path) == Some(&body);
        self.known.insert(path.to_owned(), body);
        (path.to_owned(), if is_same { 304 } else { 200 })
    }

    /// The requests for articles of a run, where its documents name the latest `named`.
    fn asks_for_articles(&mut self, room: &Newsroom, named: usize, looks: Looks) -> Vec<(String, u16)> {
        let articles = room.site().articles().to_vec();
        let mut requests = Vec::new();
        for article in &articles {
            let is_named = article.index + named >= articles.len();
            let is_wanted = match (self.editions.get(&article.index), looks) {
                (None, _) => is_named,
                (Some(_), Looks::Never) => false,
                (Some(edition), Looks::AtChanged) => is_named && *edition < article.edits,
                (Some(_), Looks::AtAll) => true,
            };
            if is_wanted {
                self.editions.insert(article.index, article.edits);
                requests.push(self.asks(room, &article.path()));
            }
        }
        requests
    }
}

/// Path without query, and status, of each request since so many, in their order among themselves.
fn asked(room: &Newsroom, since: usize) -> Vec<(String, u16)> {
    let path = |path: &str| path.split('?').next().unwrap_or_default().to_owned();
    let mut asked: Vec<_> =
        room.log()[since..].iter().map(|entry| (path(&entry.path), entry.status)).collect();
    asked.sort();
    asked
}

fn happens(room: &Newsroom, step: &[&str]) {
    for hook in step {
        assert_eq!(crate::newsroom::ask(room, &format!("/_{hook}"), "").unwrap().status, 200);
    }
}

/// Seven runs over these sources; `documents` are asked for in each, and the index of sitemaps is always read whole.
fn seven_runs(sources: &[(&str, &str)], documents: &[&str], named: usize, looks: Looks) {
    let (room, desk) = newsroom(&Options::default());
    let revises = looks != Looks::Never;
    let sources: Vec<String> =
        sources.iter().map(|(kind, path)| source(path, kind, &url(&room, path), "")).collect();
    desk.follows(&format!("[crawl]\nrevisions = {revises}"), &sources);
    let mut reader = Reader::default();
    let mut texts = BTreeSet::new();
    for (run, step) in STEPS.iter().enumerate() {
        happens(&room, step);
        let since = room.log().len();
        let mut expects: Vec<_> = documents.iter().map(|path| reader.asks(&room, path)).collect();
        for (path, status) in &mut expects {
            *status = if path == "/sitemap.xml" { 200 } else { *status };
        }
        expects.extend((run == 0).then(|| ("/robots.txt".to_owned(), 200)));
        expects.extend(reader.asks_for_articles(&room, named, looks));
        desk.crawl(&[]).ends_with(0);
        expects.sort();
        assert_eq!(asked(&room, since), expects, "run {run}");

        for article in room.site().articles() {
            if reader.editions.get(&article.index) == Some(&article.edits) {
                texts.insert(super::expected(article));
            }
        }
        assert!(desk.texts().into_values().collect::<BTreeSet<_>>() == texts, "run {run}");
        assert_eq!(desk.texts().len(), texts.len(), "run {run}");
        desk.is_whole();
    }
    revisions_are_linked(&room, &desk, &reader);
    for row in desk.rows() {
        assert!(documents.contains(&row["source"].as_str().unwrap()), "{row}");
    }
}

/// The rows of an article name each other, and each names its source.
fn revisions_are_linked(room: &Newsroom, desk: &Desk, reader: &Reader) {
    let (written, texts) = (desk.written(), desk.texts());
    for article in room.site().articles().iter().filter(|it| reader.editions.contains_key(&it.index)) {
        let rows = &written[&article.path()];
        assert_eq!(rows[0]["revision_of"], Value::Null, "{rows:?}");
        for pair in rows.windows(2) {
            assert_eq!(pair[1]["revision_of"], pair[0]["file"], "{rows:?}");
        }
        let last = rows.last().unwrap();
        if reader.editions[&article.index] == article.edits {
            assert_eq!(texts[last["file"].as_str().unwrap()], super::expected(article));
        }
    }
}

#[test]
fn exactly_what_is_new_is_written() {
    let sources = [
        ("feed", "/atom.xml"),
        ("feed", "/rss/home.rss"),
        ("listing", "/xa-hoi"),
        ("sitemap", "/sitemap.xml"),
    ];
    let documents =
        ["/atom.xml", "/rss/home.rss", "/xa-hoi", "/sitemap.xml", "/sitemap-1.xml", "/sitemap-2.xml"];
    seven_runs(&sources, &documents, usize::MAX / 2, Looks::Never);
}

#[test]
fn what_has_changed_is_written_again_where_the_source_states_it() {
    seven_runs(&[("feed", "/atom.xml")], &["/atom.xml"], 20, Looks::AtChanged);
}

#[test]
fn what_has_changed_is_written_again_where_the_source_does_not_state_it() {
    seven_runs(&[("feed", "/rss/home.rss")], &["/rss/home.rss"], 20, Looks::AtAll);
}

#[test]
fn what_a_sitemap_says_has_changed_is_written_again() {
    let documents = ["/sitemap.xml", "/sitemap-1.xml", "/sitemap-2.xml"];
    seven_runs(&[("sitemap", "/sitemap.xml")], &documents, usize::MAX / 2, Looks::AtChanged);
}
