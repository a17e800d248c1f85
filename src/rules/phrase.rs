//! Phrases that papers put around their articles: files under `rules/phrases/`, one a language.
//!
//! Enters: TOML. Leaves: [`Phrases`], which tells what a line is by its words.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use aho_corasick::AhoCorasick;
use foldhash::fast::RandomState;
use serde::Deserialize;

use crate::label::Label;
use crate::normalize::fold::{fold, fold_into};
use crate::normalize::letter::is_alphanumeric;
use crate::rules::sieve::{FirstWords, Fits};

/// Letters of a line beyond which it is prose, whatever its first words are.
const MAX_START_LINE: u16 = 240;

/// Letters beyond which a line that merely begins like a signature, a date or a call to share is prose: the words of
/// bylines are prepositions in most languages.
const MAX_UNMARKED: usize = 100;

/// Bytes of a line beyond which it does not only count comments.
const MAX_COUNTED: usize = 60;

/// Characters at a text's end in which a picture's credit is looked for.
const MAX_CREDIT: usize = 70;

/// How a phrase fits a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fit {
    /// The line starts with it.
    Start,
    /// The line is nothing else.
    Line,
    /// The line is nothing else and opens a part of the page.
    Section,
}

/// A phrase found in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What the phrase says the line is.
    pub label: Label,
    /// How it fits.
    pub fit: Fit,
    /// The phrase's file and list: `phrases/vi.toml#related.section`.
    pub rule: Arc<str>,
}

/// What a page as a whole may say of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageKind {
    /// A log-in, captcha or payment wall.
    Wall,
    /// "Not found".
    SoftNotFound,
    /// "Please enable JavaScript".
    ScriptShell,
}

/// All phrases of all languages, folded.
#[derive(Debug, Clone, Default)]
pub struct Phrases {
    whole: HashMap<String, Found, RandomState>,
    /// Those that begin a line, by their heads, the shortest first.
    starts: HashMap<String, Vec<(String, Found)>, RandomState>,
    /// Phrases for pages, and what each says.
    pages: Vec<(String, PageKind)>,
    /// Finds them all in one pass; made for the first page that is asked. `None` where they are too many for it.
    page_search: OnceLock<Option<AhoCorasick>>,
    /// First words of all phrases for lines.
    first_words: FirstWords,
    /// First words of those that begin a picture's credit.
    credit_words: FirstWords,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "language")]
    _language: String,
    #[serde(default)]
    label: HashMap<Label, Lists>,
    #[serde(default)]
    page: HashMap<PageKind, Pages>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lists {
    #[serde(default)]
    section: Vec<String>,
    #[serde(default)]
    line: Vec<String>,
    #[serde(default)]
    start: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pages {
    phrases: Vec<String>,
}

impl Phrases {
    /// Adds a file's phrases. `name` is how evidence calls the file. A phrase that is known keeps its first meaning,
    /// so a user's files, which are read first, win.
    ///
    /// # Errors
    /// What is wrong with the file, with its line.
    pub fn add(&mut self, name: &str, text: &str) -> Result<(), toml::de::Error> {
        let file: File = toml::from_str(text)?;
        let mut lists: Vec<(Label, Lists)> = file.label.into_iter().collect();
        lists.sort_by_key(|(label, _)| *label);
        for (label, lists) in lists {
            for (fit, key, phrases) in [
                (Fit::Section, "section", lists.section),
                (Fit::Line, "line", lists.line),
                (Fit::Start, "start", lists.start),
            ] {
                let rule: Arc<str> = format!("{name}#{}.{key}", label.name()).into();
                for phrase in phrases {
                    let key = key_of(&phrase);
                    // Signs alone say nothing: they are cut from every line.
                    if key.is_empty() {
                        continue;
                    }
                    self.first_words.add(&key, fit == Fit::Start);
                    if fit == Fit::Start && label == Label::Caption {
                        self.credit_words.add(&key, true);
                    }
                    let found = Found { label, fit, rule: rule.clone() };
                    if fit == Fit::Start {
                        self.add_start(key, found);
                    } else {
                        self.whole.entry(key).or_insert(found);
                    }
                }
            }
        }
        let mut pages: Vec<(PageKind, Pages)> = file.page.into_iter().collect();
        pages.sort_by_key(|(kind, _)| *kind);
        for (kind, pages) in pages {
            self.pages.extend(pages.phrases.iter().map(|phrase| (key_of(phrase), kind)));
        }
        self.page_search = OnceLock::new();
        Ok(())
    }

    fn add_start(&mut self, key: String, found: Found) {
        let starts = self.starts.entry(head(&key).to_owned()).or_default();
        if starts.iter().all(|(known, _)| *known != key) {
            starts.push((key, found));
            starts.sort_by_key(|(known, _)| known.len());
        }
    }

    /// What a line is by its words, if they are a phrase.
    #[must_use]
    pub fn find(&self, line: &str) -> Option<&Found> {
        let mut folded = String::new();
        self.find_counted(line, &mut folded).or_else(|| self.find_where(self.fits(line), line, &mut folded))
    }

    /// What a short line is that names comments and their number: "Bình luận (12)", "0 comments". A number before other names, or
    /// other numbers there, tell of ratings, or stand below a title and lead to the comments. `folded` is room that is used
    /// again for the next line.
    pub(crate) fn find_counted(&self, line: &str, folded: &mut String) -> Option<&Found> {
        let line = line.trim();
        if line.len() > MAX_COUNTED {
            return None;
        }
        let is_number =
            |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '(' | ')' | '[' | ']' | ' ' | ':');
        let (names, behind) = line.split_at(line.trim_end_matches(is_number).len());
        let is_counted = behind.bytes().any(|byte| byte.is_ascii_digit());
        let name = if is_counted { names } else { names.strip_prefix("0 ")? };
        // A date, most often.
        if name.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        folded.clear();
        fold_into(name, folded);
        self.whole.get(strip(folded)).filter(|found| found.label == Label::Comment)
    }

    /// What a line may be by its first words: most begin with one that no phrase begins with.
    pub(crate) fn fits(&self, line: &str) -> Fits {
        let may_begin = self.first_words.may_begin(line);
        Fits { whole: may_begin, start: may_begin }
    }

    /// The same for a line of which a fold changes no more than case and tone marks, by the hashes of its words and the number
    /// of its visible characters.
    pub(crate) fn fits_words(&self, words: &[u32], visible: f32) -> Fits {
        let Fits { whole, start } = self.first_words.fits(words);
        Fits { whole, start: start && visible <= f32::from(MAX_START_LINE) }
    }

    /// What a line is that fits so. `folded` is room that is used again for the next line.
    pub(crate) fn find_where(&self, fits: Fits, line: &str, folded: &mut String) -> Option<&Found> {
        if line.len() > usize::from(MAX_START_LINE) * 4 || !fits.whole && !fits.start {
            return None;
        }
        folded.clear();
        fold_into(line, folded);
        let bare = strip(folded);
        let start = || {
            let is_long = has_more(folded, usize::from(MAX_START_LINE));
            if is_long || !fits.start { None } else { self.find_start(bare) }
        };
        let whole = if fits.whole { self.whole.get(bare) } else { None };
        whole.or_else(start)
    }

    /// Whether a text ends with a picture's credit: "… Ảnh: Minh Anh", "(Photo: Reuters)".
    #[must_use]
    pub fn ends_with_credit(&self, text: &str) -> bool {
        // A character has at most four bytes.
        let end = text.len().saturating_sub(4 * MAX_CREDIT);
        let Some(colon) = memchr::memrchr(b':', &text.as_bytes()[end..]).map(|colon| end + colon) else {
            return false;
        };
        if has_more(&text[colon..], MAX_CREDIT) {
            return false;
        }
        let is_short = text.len() <= MAX_CREDIT;
        let start = if is_short { None } else { text.char_indices().nth_back(MAX_CREDIT - 1) };
        let start = start.map_or(0, |(at, _)| at);
        let tail = &text[start..];
        // Every sign that a fold makes one of those below is among these.
        let signs = text[start..colon].match_indices(|c: char| !is_alphanumeric(c) && c != ' ');
        let mut afters = signs.map(|(at, sign)| &tail[at + sign.len()..]);
        if !afters.any(|after| self.credit_words.may_begin(after)) {
            return false;
        }
        let folded = fold(tail);
        let starts =
            folded.match_indices(['.', '(', '[', '|', '-', '/', ')', '"']).map(|(at, sign)| at + sign.len());
        starts.into_iter().any(|at| {
            let credit = strip(&folded[at..]);
            credit.contains(':') && self.find_start(credit).is_some_and(|found| found.label == Label::Caption)
        })
    }

    fn find_start(&self, bare: &str) -> Option<&Found> {
        let is_short = || !has_more(bare, MAX_UNMARKED);
        let mut best = None;
        for (phrase, found) in self.starts.get(head(bare))? {
            let Some(rest) = bare.strip_prefix(phrase.as_str()).filter(|rest| rest.starts_with(ends_word))
            else {
                continue;
            };
            // A space may stand between a phrase and the sign after it.
            let marked = rest.trim_start().starts_with([':', '>', '|', '»', '"', '-', '/', '(']);
            // A signature or licence line is short and capitalised; a sentence that happens to start so is not.
            let unmarked = || match found.label {
                Label::Legal | Label::Caption | Label::Comment | Label::Ad => true,
                Label::Byline | Label::Date | Label::Share => is_short(),
                _ => false,
            };
            if marked || unmarked() {
                best = Some(found);
            }
        }
        best
    }

    /// What a page says of itself, if a block of it holds such a phrase; of several the one that was added first. `folded` is
    /// room that is used again for the next block.
    #[must_use]
    pub fn page_kind(&self, line: &str, folded: &mut String) -> Option<PageKind> {
        let phrases = || self.pages.iter().map(|(phrase, _)| phrase);
        let search = self.page_search.get_or_init(|| AhoCorasick::new(phrases()).ok()).as_ref()?;
        folded.clear();
        fold_into(line, folded);
        let first = search.find_overlapping_iter(&*folded).map(|found| found.pattern()).min()?;
        Some(self.pages[first].1)
    }
}

/// Whether a text has more characters than so many; most are told by their bytes.
fn has_more(text: &str, count: usize) -> bool {
    text.len() > count && text.chars().nth(count).is_some()
}

/// What a text is up to the first sign or space.
fn head(text: &str) -> &str {
    &text[..text.find(ends_word).unwrap_or(text.len())]
}

fn ends_word(c: char) -> bool {
    !is_alphanumeric(c) && c != '\''
}

fn key_of(phrase: &str) -> String {
    strip(&fold(phrase)).to_owned()
}

/// A line without the signs at its ends.
fn strip(folded: &str) -> &str {
    folded.trim_matches(|c: char| !is_alphanumeric(c) && (c.is_whitespace() || !matches!(c, '©' | ')' | '"')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phrases() -> Phrases {
        let mut phrases = Phrases::default();
        phrases.add("phrases/vi.toml", include_str!("phrases/vi.toml")).expect("vi");
        phrases.add("phrases/en.toml", include_str!("phrases/en.toml")).expect("en");
        phrases
    }

    #[test]
    fn whole_lines_and_marked_starts_count_and_prose_does_not() {
        let phrases = phrases();
        let check = |line: &str, expected: Option<(Label, Fit)>| {
            assert_eq!(phrases.find(line).map(|found| (found.label, found.fit)), expected, "{line}");
        };
        check("CÓ THỂ BẠN QUAN TÂM", Some((Label::Related, Fit::Section)));
        check(">>> Xem thêm: Giá vàng tăng mạnh", Some((Label::Related, Fit::Start)));
        check("Xem thêm một bộ phim hay, tôi mới hiểu vì sao người ta yêu Hà Nội.", None);
        check("Nguồn :", Some((Label::Other, Fit::Line)));
        check("Link gốc:", Some((Label::Other, Fit::Line)));
        check("12 Comments", None);
        check("Kommentare (1.204)", None);
        check("0 comments", Some((Label::Comment, Fit::Section)));
        check("Bình luận (0)", Some((Label::Comment, Fit::Section)));
        check("0 bình luận", Some((Label::Comment, Fit::Section)));
        check("Ý kiến: 1.204", Some((Label::Comment, Fit::Section)));
        check("12 comments were made on the ship", None);
        check("12 ships", None);
        check("Related stories", Some((Label::Related, Fit::Section)));
        check("Related to this is a question that nobody asked.", None);
    }

    #[test]
    fn credits_of_pictures_are_seen_at_the_end_of_a_text() {
        let phrases = phrases();
        assert!(phrases.ends_with_credit("Đoàn dâng hương tại nghĩa trang. Ảnh: THUẬN VĂN"));
        assert!(phrases.ends_with_credit("Giao lộ ùn tắc nghiêm trọng (Ảnh: Hải Long)."));
        assert!(!phrases.ends_with_credit("Ông nói: “Ảnh này đẹp.” Rồi ông đi."));
    }

    #[test]
    fn lists_are_sorted() {
        for (_, text) in crate::rules::PHRASE_FILES {
            let file: File = toml::from_str(text).expect("phrases");
            let lists = file.label.into_values().flat_map(|lists| [lists.section, lists.line, lists.start]);
            for list in lists.chain(file.page.into_values().map(|pages| pages.phrases)) {
                assert!(list.windows(2).all(|pair| pair[0] < pair[1]), "{list:?}");
                // Signs alone say nothing: they are cut from every line.
                assert!(list.iter().all(|phrase| !key_of(phrase).is_empty()), "{list:?}");
            }
        }
    }

    #[test]
    fn pages_say_what_they_are() {
        assert_eq!(
            phrases().page_kind("Rất tiếc, trang bạn yêu cầu không tồn tại!", &mut String::new()),
            Some(PageKind::SoftNotFound)
        );
    }
}
