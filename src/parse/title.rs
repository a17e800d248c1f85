//! Candidates for a title to the title.
//!
//! Enters: titles as markup and page state them, most trusted first. Leaves: one of them without the site's name.
//! A title is never made up: it is a candidate, or a candidate with parts cut from its ends.

use super::site_name::{SiteNames, match_key};

/// What stands between a title and the site's name, white space around it included.
const SEPARATORS: [&str; 10] = ["|", " - ", " – ", " — ", " :: ", " » ", " · ", " • ", " ‹ ", " / "];
/// Parts that are cut from one end: "Title - Section - Part - Site".
const MAX_CUTS: usize = 3;
/// Candidates that are weighed.
const MAX_CANDIDATES: usize = 48;
/// Words of a title that are compared.
const MAX_TITLE_WORDS: usize = 64;
/// Texts that stand where a title should and name no article, as [`match_key`] gives them.
const NO_TITLES: [&str; 12] = [
    "404notfound",
    "chitiettin",
    "chitiettintuc",
    "home",
    "homepage",
    "khongtimthaytrang",
    "notfound",
    "pagenotfound",
    "tintuc",
    "tintucmoinhat",
    "trangchu",
    "untitled",
];

/// What a title is chosen from.
#[derive(Debug, Clone, Default)]
pub struct Candidates<'a> {
    /// As stated in values, most trusted first: JSON-LD, `OpenGraph`, meta, `<title>`.
    pub stated: Vec<&'a str>,
    /// As seen on the page: the block that was found to be the title, then the first headings.
    pub seen: Vec<&'a str>,
    /// Sections of the paper.
    pub sections: Vec<&'a str>,
}

/// The title. What is stated counts first, but in the form that the page shows, where it shows one.
#[must_use]
pub fn choose(candidates: &Candidates<'_>, site: &SiteNames) -> Option<String> {
    let fits = |title: &str| is_title(title, candidates, site);
    let stated: Vec<&str> = candidates.stated.iter().copied().take(MAX_CANDIDATES).collect();
    let seen: Vec<&str> =
        candidates.seen.iter().copied().filter(|title| fits(title)).take(MAX_CANDIDATES).collect();
    let trim = |title: &&'_ str| without_site(title, site, &candidates.sections).to_owned();
    let shown_whole = |title: &&str| seen.iter().find(|shown| extends(title, shown, site)).copied();
    if let Some(shown) = stated.iter().find_map(shown_whole) {
        let cut = trim(&shown);
        let is_stated = stated.iter().any(|title| match_key(title) == match_key(&cut));
        return Some(if is_stated { best_spaced(&cut, &stated) } else { shown.to_owned() });
    }
    let Some(title) = stated.iter().map(trim).find(|title| fits(title)) else {
        return seen.first().map(trim).filter(|title| fits(title));
    };
    // Search engines and networks get titles of their own; the reader's title shares most of its words with them.
    let shown = seen.iter().find(|shown| is_cut_form(&title, shown) || are_alike(&title, shown));
    Some(shown.map_or(title, |shown| (*shown).to_owned()))
}

/// The title as shown, or as stated where elements without a space between them glued its words.
fn best_spaced(shown: &str, stated: &[&str]) -> String {
    let words = |text: &str| text.split_whitespace().count();
    let same = |title: &&&str| match_key(title) == match_key(shown) && words(title) > words(shown);
    stated.iter().find(same).map_or(shown, |title| title).to_owned()
}

/// Whether two titles share at least half of their words.
fn are_alike(title: &str, shown: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        text.split_whitespace().take(MAX_TITLE_WORDS).map(match_key).filter(|word| !word.is_empty()).collect()
    };
    let (title, shown) = (words(title), words(shown));
    let shared = shown.iter().filter(|word| title.contains(word)).count();
    shown.len() >= 4 && shared * 2 >= shown.len().max(title.len())
}

/// Whether a text can be a title at all.
fn is_title(title: &str, candidates: &Candidates<'_>, site: &SiteNames) -> bool {
    let key = match_key(title);
    !key.is_empty()
        && !NO_TITLES.contains(&key.as_str())
        && !site.is_name(title)
        && !candidates.sections.iter().any(|section| match_key(section) == key)
}

/// Whether `title` is `shown`, or `shown` with parts glued to its ends.
fn extends(title: &str, shown: &str, site: &SiteNames) -> bool {
    let (long, short) = (match_key(title), match_key(shown));
    if short.is_empty() || long.len() < short.len() {
        return false;
    }
    if long == short {
        return true;
    }
    // A word or two at either end may be a section, unless the rest is the site's name.
    let is_long = shown.split_whitespace().nth(2).is_some();
    separations(title).into_iter().any(|(before, after)| {
        let rest = if match_key(before) == short { after } else { before };
        (is_long || site.holds_name(rest)) && (match_key(before) == short || match_key(after) == short)
    })
}

/// Whether `title` is the start of `shown`, cut off by a limit of length.
fn is_cut_form(title: &str, shown: &str) -> bool {
    let start = title.trim_end_matches(['.', '…', ' ']);
    let (start, whole) = (match_key(start), match_key(shown));
    start.len() >= 20 && start.len() < whole.len() && whole.starts_with(&start)
}

/// All pairs of what stands before and after a separator.
fn separations(title: &str) -> Vec<(&str, &str)> {
    let mut pairs = Vec::new();
    for separator in SEPARATORS {
        for (at, _) in title.match_indices(separator).take(8) {
            pairs.push((&title[..at], &title[at + separator.len()..]));
        }
    }
    for (at, _) in title.match_indices(": ").take(4) {
        pairs.push((&title[..at], &title[at + 2..]));
    }
    pairs
}

/// The title without names of the site, and of sections beside them, at its ends.
#[must_use]
pub fn without_site<'a>(title: &'a str, site: &SiteNames, sections: &[&str]) -> &'a str {
    let mut kept = title.trim();
    if site.is_empty() {
        return kept;
    }
    for _ in 0..MAX_CUTS {
        let Some(shorter) = cut_end(kept, site).or_else(|| cut_start(kept, site)) else { break };
        kept = shorter;
    }
    if kept.len() < title.trim().len() {
        let is_section = |part: &str| sections.iter().any(|section| match_key(section) == match_key(part));
        if let Some((before, _)) = last_separation(kept).filter(|(_, after)| is_section(after)) {
            kept = before;
        }
    }
    kept
}

/// The title without its last part, if that holds the site's name and is shorter than the rest.
fn cut_end<'a>(title: &'a str, site: &SiteNames) -> Option<&'a str> {
    let (before, after) = last_separation(title)?;
    let shorter = after.len() < before.len() || site.is_name(after);
    (shorter && site.holds_name(after)).then(|| before.trim_end())
}

fn cut_start<'a>(title: &'a str, site: &SiteNames) -> Option<&'a str> {
    let (before, after) = separations(title).into_iter().min_by_key(|(before, _)| before.len())?;
    (site.is_name(before) && !after.trim().is_empty()).then(|| after.trim_start())
}

fn last_separation(title: &str) -> Option<(&str, &str)> {
    let at = |separator: &&str| title.rfind(*separator).map(|at| (at, separator.len()));
    let (at, length) = SEPARATORS.iter().filter_map(at).max()?;
    Some((&title[..at], &title[at + length..]))
}

#[cfg(test)]
mod tests {
    use super::{Candidates, choose};
    use crate::parse::site_name::SiteNames;

    fn check(stated: &[&str], seen: &[&str], wanted: Option<&str>) {
        let site = SiteNames::new(&["Báo Sông Xanh".to_owned()], Some("https://songxanh.vn/a.html"));
        let candidates =
            Candidates { stated: stated.to_vec(), seen: seen.to_vec(), sections: vec!["Kinh tế"] };
        assert_eq!(choose(&candidates, &site).as_deref(), wanted, "{stated:?} {seen:?}");
    }

    #[test]
    fn names_of_the_site_are_cut() {
        for title in [
            "Giá lúa tăng trở lại",
            "Giá lúa tăng trở lại | Báo Sông Xanh",
            "Giá lúa tăng trở lại| Sông Xanh",
            "Giá lúa tăng trở lại - songxanh.vn",
            "Giá lúa tăng trở lại – Sông Xanh Kinh tế",
            "Giá lúa tăng trở lại - Kinh tế - Sông Xanh Online",
            "Sông Xanh: Giá lúa tăng trở lại",
        ] {
            check(&[title], &[], Some("Giá lúa tăng trở lại"));
            check(&[title], &["Giá lúa tăng trở lại"], Some("Giá lúa tăng trở lại"));
        }
    }

    #[test]
    fn parts_of_a_title_stay() {
        for title in ["Cao tốc Bắc - Nam: vốn ở đâu?", "Đêm nhạc bên sông - chuyến đi xa", "Nhịp sống / Số 3"]
        {
            check(&[title], &[], Some(title));
        }
        check(&["Hội chợ - Sông Xanh"], &["Hội chợ - Sông Xanh"], Some("Hội chợ - Sông Xanh"));
    }

    #[test]
    fn evidence_settles() {
        let long = "Nông dân vùng trũng chờ nước rút để xuống giống";
        check(&[&format!("{long} - Thời sự - Xã hội - Trang khác")], &["Đăng nhập", long], Some(long));
        check(&["Nông dân vùng trũng chờ nước..."], &[long], Some(long));
        check(&["Sông Xanh", "Kinh tế", long], &[], Some(long));
        check(&["Mưa lớn ở miền núi", "Lũ về trong đêm"], &["Lũ về trong đêm"], Some("Lũ về trong đêm"));
        check(&["Lũ về trong đêm mưa"], &["Chuyên đề", "Lũ về giữa đêm mưa"], Some("Lũ về giữa đêm mưa"));
        check(&["Tựa cho máy tìm kiếm"], &["Tựa khác hẳn"], Some("Tựa cho máy tìm kiếm"));
        check(&[long, &format!("{long} - Sông Xanh")], &[&format!("{long} - Sông Xanh")], Some(long));
        check(
            &["Nhịp sống: Lũ về trong đêm"],
            &["Nhịp sốngLũ về trong đêm"],
            Some("Nhịp sống: Lũ về trong đêm"),
        );
        check(&["Lũ về | Tin của Sông Xanh ở vùng biên"], &["Lũ về"], Some("Lũ về"));
        check(&[], &["Báo Sông Xanh", long], Some(long));
        check(&["Trang chủ"], &[], None);
        check(&[], &[], None);
    }
}
