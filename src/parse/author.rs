//! Bylines to names.
//!
//! Enters: a byline as markup or page state it. Leaves: the names in it, without "Theo", "Bài và ảnh:", roles and
//! places, in their own case. A site's name, an address and a word such as "admin" are no names.

use memchr::memmem;

use super::site_name::{SiteNames, match_key};

/// Names that are kept of one byline.
const MAX_NAMES: usize = 8;
/// Characters of one name.
const MAX_NAME_CHARS: usize = 60;
/// Words of one name.
const MAX_NAME_WORDS: usize = 7;
/// Parts that a byline is split into.
const MAX_PARTS: usize = 64;
/// Characters of a byline that is read.
const MAX_CHARS: usize = 400;

/// What stands before names, in lower case, longest first where one begins the other.
const PREFIXES: &[&str] = &[
    "bài và ảnh",
    "bài, ảnh",
    "bài & ảnh",
    "bài viết",
    "bài",
    "tin và ảnh",
    "tin, ảnh",
    "thực hiện",
    "người thực hiện",
    "tác giả",
    "tổng hợp",
    "biên dịch",
    "biên soạn",
    "phóng viên",
    "theo",
    "được đăng bởi",
    "đăng bởi",
    "by",
    "written by",
    "posted by",
    "author",
    "authors",
    "von",
    "par",
    "por",
    "text",
];
/// Prefixes that need no colon.
const OPEN_PREFIXES: [&str; 10] =
    ["theo", "by", "written by", "posted by", "von", "par", "por", "bài và ảnh", "đăng bởi", "được đăng bởi"];
/// Prefixes whose names took pictures or are sources, not authors.
const OTHER_ROLES: [&str; 10] =
    ["ảnh", "hình", "hình ảnh", "đồ họa", "đồ hoạ", "video", "clip", "nguồn", "photo", "photos"];
/// Where a name ends: what follows is a place or a duty.
const SUFFIXES: &[&str] = &[" (", " từ ", " thực hiện", " tổng hợp", " lược dịch", " in ", " for ", " ["];
/// What stands between names.
const BETWEEN: &[&str] = &[";", ",", "|", " - ", " – ", " — ", " và ", " and ", " & ", " und ", " et ", "/"];
/// Words that are no names, as [`match_key`] gives them.
const NO_NAMES: &[&str] = &[
    "admin",
    "administrator",
    "author",
    "banbientap",
    "bientap",
    "bientapvien",
    "bbt",
    "by",
    "btv",
    "contributor",
    "correspondent",
    "ctv",
    "editor",
    "editorial",
    "folgen",
    "follow",
    "freelance",
    "guest",
    "journalist",
    "nguon",
    "nhom",
    "nhomphongvien",
    "nhompv",
    "none",
    "null",
    "phongvien",
    "reporter",
    "root",
    "staff",
    "staffwriter",
    "subscribe",
    "tacgia",
    "theo",
    "theodoi",
    "tonghop",
    "undefined",
    "unknown",
    "von",
    "xemthem",
];
/// Words beside a site's name that make it the name of its newsroom, as [`match_key`] gives them.
const NEWSROOM_WORDS: &[&str] = &[
    "ban",
    "bao",
    "desk",
    "editors",
    "news",
    "newsroom",
    "nhom",
    "redaktion",
    "soan",
    "staff",
    "team",
    "toasoan",
];
/// Agencies and their like: no authors where a person is named beside them.
const AGENCIES: &[&str] = &[
    "afp",
    "agenturen",
    "ap",
    "apa",
    "associatedpress",
    "bbcnews",
    "bloomberg",
    "cnn",
    "dpa",
    "epd",
    "reuters",
    "sda",
    "sid",
    "theassociatedpress",
    "ttxvn",
    "vietnamplus",
    "vov",
    "vtv",
    "xinhua",
];

/// The names in one byline, in its order, each once.
#[must_use]
pub fn names_in(byline: &str, site: &SiteNames) -> Vec<String> {
    if byline.chars().nth(MAX_CHARS).is_some() {
        return Vec::new();
    }
    let mut parts = vec![without_prefix(byline.trim()).trim()];
    for separator in BETWEEN {
        if !parts.iter().any(|part| part.contains(separator)) {
            continue;
        }
        // A profile's address would fall apart into words that look like names.
        let whole = parts.into_iter().filter(|part| !part.contains("://"));
        parts = whole.flat_map(|part| split_at(part, separator)).take(MAX_PARTS).collect();
    }
    let mut names: Vec<String> = Vec::new();
    for part in parts {
        let Some(name) = name_of(part, site) else { continue };
        if names.len() < MAX_NAMES && !names.iter().any(|known| match_key(known) == match_key(name)) {
            names.push(name.to_owned());
        }
    }
    if names.iter().any(|name| !is_agency(name)) {
        names.retain(|name| !is_agency(name));
    }
    names
}

/// The parts of a byline; of "Anna Lee, Nairobi" the first alone, since one word after a whole name is a place.
fn split_at<'a>(part: &'a str, separator: &str) -> Vec<&'a str> {
    let mut parts: Vec<&str> = part.split(separator).map(str::trim).take(MAX_PARTS).collect();
    if separator == "," && parts.first().is_some_and(|first| first.contains(' ')) {
        parts.retain(|part| part.contains(' ') || part.chars().any(|c| c == '.' || c >= '\u{2e80}'));
    }
    parts
}

/// The first byline that holds names, apart by ", ".
#[must_use]
pub fn choose<'a>(bylines: impl IntoIterator<Item = &'a str>, site: &SiteNames) -> Option<String> {
    bylines
        .into_iter()
        .map(|byline| names_in(byline, site))
        .find(|names| !names.is_empty())
        .map(|names| names.join(", "))
}

/// The name in one part of a byline, if it is one.
fn name_of<'a>(part: &'a str, site: &SiteNames) -> Option<&'a str> {
    let part = part.trim();
    if takes_other_role(part) {
        return None;
    }
    let mut name = without_prefix(part);
    for suffix in SUFFIXES {
        name = memmem::find(name.as_bytes(), suffix.as_bytes()).map_or(name, |at| &name[..at]);
    }
    let name = name.trim_matches(|c: char| c.is_whitespace() || "()[]*•·:\"“”".contains(c));
    let name = name.strip_suffix('.').filter(|it| it.contains(' ')).unwrap_or(name);
    looks_like_name(name, site).then_some(name)
}

fn looks_like_name(name: &str, site: &SiteNames) -> bool {
    let first = name.chars().find(|c| c.is_alphabetic());
    let key = match_key(name);
    (first.is_some_and(|c| !c.is_lowercase()) || is_agency(name))
        && name.chars().count() <= MAX_NAME_CHARS
        && name.split_whitespace().count() <= MAX_NAME_WORDS
        && !name.contains(|c: char| c.is_ascii_digit())
        && !name.contains(['@', '?', '!', '=', '#', '{', '<'])
        && key.chars().count() >= 2
        && !NO_NAMES.contains(&key.as_str())
        && !is_domain(name)
        && !is_newsroom(name, site)
}

fn is_newsroom(name: &str, site: &SiteNames) -> bool {
    let editorial = || name.split_whitespace().any(|word| NEWSROOM_WORDS.contains(&match_key(word).as_str()));
    site.is_name(name) || (site.holds_name(name) && editorial())
}

/// Cuts "Theo ", "Tác giả: " and the like, at most three of them.
fn without_prefix(byline: &str) -> &str {
    let mut rest = byline;
    for _ in 0..3 {
        let Some(after) = PREFIXES.iter().find_map(|prefix| after_prefix(rest, prefix)) else { break };
        rest = after;
    }
    rest
}

/// What follows `prefix` and its colon or space, where `text` begins with it.
fn after_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let after = strip_caseless(text, prefix)?;
    let trimmed = after.trim_start();
    if let Some(rest) = trimmed.strip_prefix([':', '|']) {
        return Some(rest.trim_start());
    }
    let spaced = after.len() > trimmed.len() && !trimmed.is_empty();
    (spaced && OPEN_PREFIXES.contains(&prefix)).then_some(trimmed)
}

/// `text` without a start that equals `prefix` (lower case) in any case.
fn strip_caseless<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let mut rest = text.chars();
    for wanted in prefix.chars() {
        let mut lower = rest.next()?.to_lowercase();
        if lower.next() != Some(wanted) || lower.next().is_some() {
            return None;
        }
    }
    Some(rest.as_str())
}

fn takes_other_role(part: &str) -> bool {
    OTHER_ROLES.iter().any(|role| {
        strip_caseless(part, role)
            .is_some_and(|after| after.trim_start().starts_with(':') || after.trim().is_empty())
    })
}

fn is_agency(name: &str) -> bool {
    AGENCIES.contains(&match_key(name).as_str())
}

/// `vidu.com.vn`: no spaces, and a last label in lower case.
fn is_domain(name: &str) -> bool {
    let Some((host, last)) = name.rsplit_once('.') else { return false };
    !name.contains(char::is_whitespace)
        && host.len() >= 2
        && (2..=6).contains(&last.len())
        && last.bytes().all(|byte| byte.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::names_in;
    use crate::parse::site_name::SiteNames;

    fn check(byline: &str, wanted: &str) {
        let site = SiteNames::new(&["Báo Sông Xanh".to_owned()], Some("https://songxanh.vn/a.html"));
        assert_eq!(names_in(byline, &site).join(", "), wanted, "{byline:?}");
    }

    #[test]
    fn names_are_found() {
        for (byline, wanted) in [
            ("Lê Mai", "Lê Mai"),
            ("LÊ MAI", "LÊ MAI"),
            ("Theo Lê Mai", "Lê Mai"),
            ("Tác giả: Lê Mai", "Lê Mai"),
            ("Bài và ảnh: Lê Mai", "Lê Mai"),
            ("Bài: Lê Mai - Ảnh: Vũ Tâm", "Lê Mai"),
            ("Bài, ảnh: Lê Mai", "Lê Mai"),
            ("By John Carter", "John Carter"),
            ("By Ann Lee and Bob O'Neil in London", "Ann Lee, Bob O'Neil"),
            ("LÊ MAI - VŨ TÂM", "LÊ MAI, VŨ TÂM"),
            ("Lê Mai;Vũ Tâm;Lê Mai", "Lê Mai, Vũ Tâm"),
            ("Lê Mai (tổng hợp)", "Lê Mai"),
            ("Lê Mai/trangkhac.com.vn", "Lê Mai"),
            ("Lê Mai - 07/03/2026 08:47", "Lê Mai"),
            ("Phóng viên | Lê Mai", "Lê Mai"),
            ("Lê Mai | Phóng viên", "Lê Mai"),
            ("D.Q", "D.Q"),
            ("JOHN SMITH, Associated Press", "JOHN SMITH"),
            ("Theo Reuters", "Reuters"),
            ("dpa", "dpa"),
            ("Anna Lee, Nairobi", "Anna Lee"),
            ("von Anna Lee und Bob Orth, Lille", "Anna Lee, Bob Orth"),
            ("村上春樹", "村上春樹"),
        ] {
            check(byline, wanted);
        }
    }

    #[test]
    fn what_is_no_name() {
        for byline in [
            "Báo Sông Xanh",
            "SONG XANH ONLINE",
            "Ban Thời sự Sông Xanh",
            "https://www.facebook.com/songxanh",
            "admin",
            "Admin",
            "toasoan@songxanh.vn",
            "VidU.vn",
            "baosongxanh",
            "1194089846",
            "Ảnh: Vũ Tâm",
            "Theo",
            "",
        ] {
            check(byline, "");
        }
    }
}
