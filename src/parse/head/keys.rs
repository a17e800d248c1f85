//! Keys of `meta` elements and `itemprop` values (prefix `itemprop:`), in order of trust.
//!
//! All keys are in lower case; [`find`] meets them in any.

/// Titles.
pub(super) const TITLE: [&str; 9] = [
    "og:title",
    "twitter:title",
    "itemprop:headline",
    "title",
    "its_title",
    "dc.title",
    "dcterms.title",
    "parsely-title",
    "sailthru.title",
];
/// Descriptions.
pub(super) const DESCRIPTION: [&str; 7] = [
    "og:description",
    "twitter:description",
    "description",
    "itemprop:description",
    "dc.description",
    "dcterms.description",
    "sailthru.description",
];
/// Authors.
pub(super) const AUTHOR: [&str; 13] = [
    "article:author",
    "article:author_name",
    "dable:author",
    "og:article:author",
    "author",
    "byl",
    "dc.creator",
    "dcterms.creator",
    "dc.contributor.author",
    "parsely-author",
    "sailthru.author",
    "cxenseparse:author",
    "itemprop:author",
];
/// Times of publication.
pub(super) const PUBLISHED: [&str; 24] = [
    "article:published_time",
    "og:article:published_time",
    "og:published_time",
    "itemprop:datepublished",
    "pubdate",
    "publishdate",
    "publish-date",
    "publish_date",
    "published_time",
    "publication_date",
    "publicationdate",
    "article:published",
    "datepublished",
    "article.published",
    "dable:published_time",
    "parsely-pub-date",
    "sailthru.date",
    "cxenseparse:recs:publishtime",
    "dc.date.issued",
    "dcterms.created",
    "dcterms.date",
    "dc.date",
    "its_publication",
    "date",
];
/// Times of change.
pub(super) const MODIFIED: [&str; 5] =
    ["article:modified_time", "itemprop:datemodified", "lastmod", "og:updated_time", "dcterms.modified"];
/// Sections.
pub(super) const SECTION: [&str; 6] = [
    "article:section",
    "itemprop:articlesection",
    "its_section",
    "parsely-section",
    "cxenseparse:category",
    "section",
];
/// Tags stated one by one or as a list; key words for search engines last.
pub(super) const TAG: [&str; 6] =
    ["article:tag", "its_tag", "parsely-tags", "sailthru.tags", "news_keywords", "keywords"];
/// Languages.
pub(super) const LANGUAGE: [&str; 4] =
    ["og:locale", "itemprop:inlanguage", "content-language", "dc.language"];
/// Names of the site.
pub(super) const SITE: [&str; 5] =
    ["og:site_name", "application-name", "apple-mobile-web-app-title", "dc.publisher", "copyright"];
/// Address and kind of the page.
pub(super) const URL: &str = "og:url";
pub(super) const KIND: &str = "og:type";

/// The key that a name stands for, behind the prefix of the attribute it stood in.
pub(super) fn find(prefix: &str, name: &str) -> Option<&'static str> {
    let lists: [&[&'static str]; 10] = [
        &TITLE,
        &DESCRIPTION,
        &AUTHOR,
        &PUBLISHED,
        &MODIFIED,
        &SECTION,
        &TAG,
        &LANGUAGE,
        &SITE,
        &[URL, KIND],
    ];
    let is = |key: &&str| {
        key.len() == prefix.len() + name.len()
            && key.strip_prefix(prefix).is_some_and(|key| key.eq_ignore_ascii_case(name))
    };
    lists.into_iter().flatten().copied().find(is)
}
