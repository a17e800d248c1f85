//! What the spelling of an address tells of the page behind it.
//!
//! Enters: a URL. Leaves: points for an article, or that it is a section, a trap. Nothing is looked up.
//! Invariant: one pass over the address's parts.

use std::collections::HashMap;

use url::Url;

/// Most parts of an honest path.
const MAX_SEGMENTS: usize = 12;
/// How often one part may stand in a path; links relative to the wrong folder repeat theirs without end.
const MAX_REPEATS: usize = 2;

/// Parts of paths below which no articles are, in Vietnamese and English.
const ELSEWHERE: [&str; 50] = [
    "about",
    "account",
    "advert",
    "archive",
    "archives",
    "author",
    "authors",
    "chu-de",
    "contact",
    "contributors",
    "cookie",
    "cookies",
    "dang-ky",
    "dang-nhap",
    "feed",
    "gioi-thieu",
    "hashtag",
    "help",
    "keyword",
    "keywords",
    "lich",
    "lien-he",
    "login",
    "members",
    "newsletter",
    "newsletters",
    "page",
    "print",
    "privacy",
    "profile",
    "quang-cao",
    "register",
    "rss",
    "search",
    "share",
    "sitemap",
    "subscribe",
    "tac-gia",
    "tag",
    "tags",
    "terms",
    "tim-kiem",
    "topic",
    "topics",
    "trang",
    "tu-khoa",
    "user",
    "users",
    "wp-admin",
    "wp-login.php",
];
/// What pages about the site itself begin with, where they have no number.
const ABOUT: [&str; 10] = [
    "about-us",
    "chinh-sach",
    "contact-us",
    "dieu-khoan",
    "gioi-thieu",
    "lien-he",
    "privacy-policy",
    "quang-cao",
    "terms-of",
    "thong-tin-toa-soan",
];
/// Folders that say of what lies in them that it is an article.
const ARTICLES: [&str; 8] = ["a", "article", "articles", "bai-viet", "news", "post", "story", "tin-tuc"];
/// Ends of files that are no pages.
const FILES: [&str; 26] = [
    "apk", "avi", "css", "doc", "docx", "gif", "ico", "jpeg", "jpg", "js", "json", "m3u8", "mov", "mp3",
    "mp4", "pdf", "png", "ppt", "pptx", "rar", "rss", "svg", "webp", "xls", "xml", "zip",
];
/// Parameters that number an article.
const NUMBERS: [&str; 10] =
    ["aid", "articleid", "id", "idtin", "itemid", "newsid", "p", "post", "storyid", "tinid"];
/// What stands before the number of a page that gathers articles: `-tag21388.html`, `-cn493`.
const GATHERERS: [&str; 9] = ["cat", "cate", "category", "cn", "event", "page", "tag", "tags", "topic"];
/// Parameters of calendars.
const DAYS: [&str; 12] = [
    "cal",
    "calendar",
    "date",
    "day",
    "from_date",
    "month",
    "nam",
    "ngay",
    "thang",
    "to_date",
    "tuan",
    "year",
];
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// The parts of a path that are not empty, in lower case.
fn segments(url: &Url) -> Vec<String> {
    let segments = url.path_segments().into_iter().flatten().filter(|part| !part.is_empty());
    segments.map(str::to_ascii_lowercase).collect()
}

/// A file's name without its end, and its end.
fn stem_and_end(name: &str) -> (&str, &str) {
    match name.rsplit_once('.') {
        Some((stem, end))
            if (1..=5).contains(&end.len()) && end.bytes().all(|b| b.is_ascii_alphanumeric()) =>
        {
            (stem, end)
        }
        _ => (name, ""),
    }
}

fn is_digits(text: &str, least: usize, most: usize) -> bool {
    (least..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Points for an article, from 0 to 8; below 0 where it is none.
pub(super) fn points(url: &Url) -> i32 {
    let segments = segments(url);
    let Some((last, folders)) = segments.split_last() else {
        return if numbers_article(url) { 2 } else { -1 };
    };
    let (stem, end) = stem_and_end(last);
    let kind = stem.rsplit(['-', '_']).next().unwrap_or_default();
    let kind = kind.trim_end_matches(|c: char| c.is_ascii_digit());
    let gathers =
        kind.len() < stem.len() && stem.ends_with(|c: char| c.is_ascii_digit()) && GATHERERS.contains(&kind);
    if gathers
        || FILES.contains(&end)
        || segments.iter().any(|part| ELSEWHERE.contains(&stem_and_end(part).0))
    {
        return -1;
    }
    let slug = words(stem);
    let (numbered, dated) =
        (has_number(stem) || folders.iter().any(|part| is_number(part)), is_dated(folders, stem));
    if !numbered && !dated && ABOUT.iter().any(|start| stem.starts_with(start)) {
        return -1;
    }
    let of_slug = match slug {
        0..3 => 0,
        3..5 => 1,
        _ => 2,
    };
    let in_folder = folders.iter().any(|part| ARTICLES.contains(&part.as_str())) && (slug > 2 || numbered);
    let is_page = matches!(end, "htm" | "html" | "shtml" | "chn" | "aspx" | "php") && (slug > 1 || numbered);
    let by_query = !numbered && numbers_article(url);
    of_slug
        + 2 * i32::from(numbered || by_query)
        + 2 * i32::from(dated)
        + i32::from(in_folder)
        + i32::from(is_page)
}

/// Whether an address holds what tells one article from all others: a number or a day.
pub(super) fn is_marked(url: &Url) -> bool {
    let segments = segments(url);
    let Some((last, folders)) = segments.split_last() else { return numbers_article(url) };
    let stem = stem_and_end(last).0;
    has_number(stem)
        || folders.iter().any(|part| is_number(part))
        || is_dated(folders, stem)
        || numbers_article(url)
}

/// Words of a slug: its parts that hold a letter.
fn words(stem: &str) -> usize {
    stem.split(['-', '_', '+']).filter(|part| part.bytes().any(|byte| !byte.is_ascii_digit())).count()
}

/// Whether a name ends or begins with an article's number, or is one: `-4567890`, `post12345`, `c4g7z8k9x1zo`.
fn has_number(stem: &str) -> bool {
    let parts: Vec<&str> = stem.split(['-', '_', '.']).collect();
    let digits_at_end = |part: &str| part.bytes().rev().take_while(u8::is_ascii_digit).count();
    let ends = parts.last().is_some_and(|part| digits_at_end(part) >= 4 && !is_year(part));
    let begins = parts.len() > 1 && parts.first().is_some_and(|part| is_digits(part, 5, 20));
    ends || begins || is_opaque(stem)
}

fn is_number(part: &str) -> bool {
    is_digits(part, 5, 20) && !is_day(part)
}

/// A name that no person writes: ten letters and digits or more, three digits among them.
fn is_opaque(stem: &str) -> bool {
    let hex = stem.bytes().filter(u8::is_ascii_digit).count();
    stem.len() >= 10
        && hex >= 3
        && stem.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && stem.bytes().any(|byte| byte.is_ascii_alphabetic())
}

fn is_year(part: &str) -> bool {
    is_digits(part, 4, 4) && ("1990".."2100").contains(&part)
}

fn is_month(part: &str) -> bool {
    (is_digits(part, 1, 2) && part.parse().is_ok_and(|month: u32| (1..=12).contains(&month)))
        || MONTHS.contains(&part)
}

/// `20261122`.
fn is_day(part: &str) -> bool {
    is_digits(part, 8, 8) && is_year(&part[..4]) && is_month(&part[4..6])
}

/// Whether a day stands in the path before a name of some words: `/2026/11/22/`, `/2026/nov/22/`, `/20261122/`, or in it.
fn is_dated(folders: &[String], stem: &str) -> bool {
    let pairs = folders.windows(2).any(|pair| is_year(&pair[0]) && is_month(&pair[1]));
    let day = folders.iter().any(|part| is_day(part) || is_full_date(part));
    let inside = stem.len() > 12 && stem.get(..10).is_some_and(is_full_date);
    (pairs || day) && words(stem) > 0 && !is_calendar_name(stem) || inside
}

/// `2026-11-22`.
fn is_full_date(part: &str) -> bool {
    let parts: Vec<&str> = part.split(['-', '_']).collect();
    matches!(parts.as_slice(), [year, month, day] if is_year(year) && is_month(month) && is_digits(day, 1, 2))
}

fn is_calendar_name(stem: &str) -> bool {
    is_digits(stem, 1, 4) || MONTHS.contains(&stem)
}

/// Whether a parameter numbers an article.
fn numbers_article(url: &Url) -> bool {
    url.query_pairs().any(|(name, value)| {
        NUMBERS.contains(&name.to_ascii_lowercase().as_str()) && is_digits(&value, 3, 20)
    })
}

/// Whether an address is one of many that a program makes without end: a calendar's, or one that repeats its folders.
pub(super) fn is_trap(url: &Url) -> bool {
    let segments = segments(url);
    if segments.len() > MAX_SEGMENTS {
        return true;
    }
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for part in &segments {
        let count = counts.entry(part.as_str()).or_default();
        *count += 1;
        if *count > MAX_REPEATS && !is_digits(part, 1, 4) {
            return true;
        }
    }
    let is_query = url.query_pairs().any(|(name, value)| {
        DAYS.contains(&name.to_ascii_lowercase().as_str()) && value.starts_with(|c: char| c.is_ascii_digit())
    });
    is_query || is_calendar(&segments)
}

/// A path that ends with a day or a month and names nothing.
fn is_calendar(segments: &[String]) -> bool {
    let parts: Vec<&str> = segments.iter().map(|part| stem_and_end(part).0).collect();
    match parts.as_slice() {
        [.., year, month] if is_year(year) && is_month(month) => true,
        [.., year, month, day] if is_year(year) && is_month(month) && is_digits(day, 1, 2) => true,
        [.., last] => {
            is_full_date(last) || (is_digits(last, 6, 6) && is_year(&last[..4]) && is_month(&last[4..]))
        }
        [] => false,
    }
}

/// Whether an address may be a section's: a short path of few words, without number, day or parameters.
pub(in super::super) fn is_section(url: &Url) -> bool {
    let segments = segments(url);
    let Some(last) = segments.last() else { return false };
    let (stem, end) = stem_and_end(last);
    segments.len() <= 3
        && url.query().is_none()
        && words(stem) <= 5
        && points(url) <= 1 + i32::from(!end.is_empty())
        && points(url) >= 0
        && !has_number(stem)
        && !is_trap(url)
        && stem.bytes().any(|byte| byte.is_ascii_alphabetic() || byte == b'%')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(path: &str) -> Url {
        Url::parse(&format!("https://x.vn{path}")).expect("a URL")
    }

    #[test]
    fn articles_have_more_points_than_sections() {
        for path in [
            "/gia-xang-dau-hom-nay-giam-manh-4783920.html",
            "/gia-xang-giam-20261122080000123.htm",
            "/thoi-su/gia-xang-giam-post1234567.html",
            "/gia-xang-hom-nay-185261122080000.htm",
            "/2026/11/22/gia-xang-giam-manh/",
            "/world/2026/nov/22/petrol-prices-fall-again",
            "/20261122/gia-xang-giam-manh-hom-nay",
            "/news/articles/c4g7z8k9x1zo",
            "/kinh-te/123456/gia-xang-giam-manh.html",
            "/2026-11-22-petrol-prices-fall",
            "/tin-bai-4200.html",
        ] {
            assert!(points(&url(path)) >= 3, "{path}: {}", points(&url(path)));
            assert!(!is_section(&url(path)) && !is_trap(&url(path)), "{path}");
        }
        for path in ["/?p=12345", "/article.php?id=4711", "/xem-tin.aspx?NewsID=12345"] {
            assert!(points(&url(path)) >= 2, "{path}");
        }
        for path in [
            "/",
            "/thoi-su",
            "/kinh-te.htm",
            "/kinh-te/tai-chinh",
            "/the-thao/bong-da.html",
            "/en/news",
            "/tin-tuc",
            "/kinh-te/tai-chinh-ngan-hang",
            "/thoi-su/",
            "/video",
        ] {
            assert!(points(&url(path)) <= 2, "{path}: {}", points(&url(path)));
            assert!(path == "/" || is_section(&url(path)), "{path}");
        }
        for path in [
            "/tag/gia-xang-dau-12345.html",
            "/tac-gia/nguyen-van-a-12345.html",
            "/anh/gia-xang-giam-manh-12345.jpg",
            "/dieu-khoan-su-dung-dich-vu.html",
            "/rss/home.rss",
            "/search?q=1",
            "/chu-de/gia-xang-dau-hom-nay-12.html",
            "/gia-xang-dau-hom-nay-tag21388.html",
            "/gia-xang-dau-hom-nay-cn493/",
        ] {
            assert!(points(&url(path)) < 0, "{path}");
        }
    }

    #[test]
    fn traps_are_recognised() {
        for path in [
            "/2026/11/22",
            "/lich-su/2026/11/",
            "/tin/2026-11-22",
            "/tin/2026-11-22.html",
            "/tin?date=2026-11-22",
            "/tin?Thang=11&nam=2026",
            "/a/b/a/b/a/b",
            "/archive/202611",
            "/a/b/c/d/e/f/g/h/i/j/k/l/m",
        ] {
            assert!(is_trap(&url(path)), "{path}");
        }
        for path in ["/2026/11/22/gia-xang", "/a/a/b", "/tin?page=2", "/1/1/1/1/gia-xang", "/tin-2026"] {
            assert!(!is_trap(&url(path)), "{path}");
        }
    }
}
