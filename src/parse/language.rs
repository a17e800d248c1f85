//! Stated languages and a sample of text to a language tag.
//!
//! Enters: `lang`, `og:locale`, `inLanguage` and text. Leaves: a BCP 47 primary tag, or nothing where neither tells.
//! Text overrules a statement only where it is plain: Vietnamese letters, another script, or many function words.

use crate::normalize::letter::latin;

/// Characters of text that are read.
const MAX_CHARS: usize = 4_000;
/// Letters from which on a share of them tells something.
const ENOUGH_LETTERS: usize = 40;
/// Function words from which on they overrule a statement, and how many times those of the stated language.
const ENOUGH_WORDS: usize = 10;
const CLEAR_LEAD: usize = 3;

/// Function words that few other languages share.
const FUNCTION_WORDS: [(&str, &[&str]); 9] = [
    (
        "de",
        &[
            "der", "die", "und", "das", "ist", "nicht", "ein", "eine", "mit", "auf", "den", "von", "für",
            "sich",
        ],
    ),
    (
        "en",
        &["the", "and", "of", "to", "is", "was", "that", "for", "with", "are", "this", "have", "from", "it"],
    ),
    (
        "es",
        &["el", "los", "las", "una", "que", "del", "por", "con", "para", "como", "más", "pero", "fue", "y"],
    ),
    (
        "fr",
        &["les", "des", "est", "une", "dans", "pour", "qui", "sur", "pas", "avec", "plus", "du", "au", "et"],
    ),
    (
        "id",
        &[
            "yang", "dan", "di", "dengan", "untuk", "dari", "ini", "itu", "pada", "adalah", "tidak", "akan",
            "ke",
        ],
    ),
    (
        "it",
        &["il", "che", "di", "della", "gli", "sono", "una", "per", "non", "nel", "anche", "del", "è", "più"],
    ),
    (
        "nl",
        &[
            "het", "een", "van", "en", "niet", "zijn", "dat", "voor", "met", "aan", "ook", "bij", "naar",
            "maar",
        ],
    ),
    (
        "pl",
        &["nie", "się", "jest", "że", "na", "przez", "od", "jak", "ale", "przy", "oraz", "był", "tym", "dla"],
    ),
    ("pt", &["os", "não", "uma", "que", "do", "da", "em", "para", "com", "mais", "ao", "foi", "são", "dos"]),
];

/// Names that stand where a tag should.
const NAMED: [(&str, &str); 5] =
    [("english", "en"), ("tiếng việt", "vi"), ("vietnam", "vi"), ("vietnamese", "vi"), ("vn", "vi")];

/// The language: as stated, unless the text plainly is in another.
#[must_use]
pub fn resolve<'a>(stated: impl IntoIterator<Item = &'a str>, sample: &str) -> Option<String> {
    let stated = stated.into_iter().find_map(primary_tag);
    let counts = Counts::of(sample);
    let Some(stated) = stated else {
        return counts.guess().map(str::to_owned);
    };
    let overruled = counts.by_letters().filter(|plain| *plain != stated && !shares_script(plain, &stated));
    let tag = overruled.or_else(|| counts.by_words_against(&stated));
    Some(tag.map_or(stated, str::to_owned))
}

/// Whether the text is plainly Vietnamese by its letters.
#[must_use]
pub fn is_vietnamese(sample: &str) -> bool {
    Counts::of(sample).by_letters() == Some("vi")
}

/// `vi` out of `vi-VN`, `vi_VN` or `vi,en`.
fn primary_tag(stated: &str) -> Option<String> {
    let lower = stated.trim().to_lowercase();
    if let Some((_, tag)) = NAMED.iter().find(|(name, _)| *name == lower) {
        return Some((*tag).to_owned());
    }
    let tag = lower.split(['-', '_', ',', ';', ' ']).next()?;
    let well_formed = (2..=3).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_lowercase());
    (well_formed && !matches!(tag, "und" | "mul" | "zxx")).then(|| tag.to_owned())
}

/// Whether a language told by its letters is no evidence against the stated one: Cyrillic has many.
fn shares_script(plain: &str, stated: &str) -> bool {
    match plain {
        "ru" | "uk" => ["be", "bg", "kk", "ky", "mk", "mn", "ru", "sr", "tg", "uk"].contains(&stated),
        "ar" | "fa" => ["ar", "fa", "ku", "ps", "ug", "ur"].contains(&stated),
        "zh" => ["ja", "yue", "zh"].contains(&stated),
        "hi" => ["mr", "ne", "sa"].contains(&stated),
        _ => false,
    }
}

/// The first eight bytes of a word in small letters as one number; no function word has more.
#[derive(Default)]
struct Word {
    bytes: u64,
    length: usize,
}

/// Places for function words, several times as many as words.
const PLACES: usize = 512;

/// Each function word at the place that its bytes give, or behind it; a bit for each language that has it.
const WORDS: [(u64, u16); PLACES] = {
    let mut table = [(0, 0); PLACES];
    let mut language = 0;
    while language < FUNCTION_WORDS.len() {
        let words = FUNCTION_WORDS[language].1;
        let mut at = 0;
        while at < words.len() {
            let key = packed(words[at].as_bytes());
            let mut place = first_place(key);
            while table[place].0 != 0 && table[place].0 != key {
                place = (place + 1) % PLACES;
            }
            table[place].0 = key;
            table[place].1 |= 1 << language;
            at += 1;
        }
        language += 1;
    }
    table
};

const fn packed(word: &[u8]) -> u64 {
    assert!(word.len() <= 8, "a function word is short");
    let (mut bytes, mut at) = (0, 0);
    while at < word.len() {
        bytes |= (word[at] as u64) << (8 * at);
        at += 1;
    }
    bytes
}

const fn first_place(key: u64) -> usize {
    (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 55) as usize % PLACES
}

impl Word {
    fn add(&mut self, c: char) {
        let mut utf8 = [0; 8];
        let length = c.encode_utf8(&mut utf8).len();
        if self.length < 8 {
            self.bytes |= u64::from_le_bytes(utf8) << (8 * self.length);
        }
        self.length += length;
    }

    /// A bit for each language whose function word it is.
    fn languages(&self) -> u16 {
        if self.length == 0 || self.length > 8 {
            return 0;
        }
        let mut place = first_place(self.bytes);
        loop {
            let (key, languages) = WORDS[place];
            if key == self.bytes || key == 0 {
                return languages;
            }
            place = (place + 1) % PLACES;
        }
    }
}

/// Letters of a text by what they tell.
#[derive(Default)]
struct Counts {
    letters: usize,
    vietnamese: usize,
    han: usize,
    kana: usize,
    hangul: usize,
    thai: usize,
    cyrillic: usize,
    ukrainian: usize,
    arabic: usize,
    persian: usize,
    greek: usize,
    hebrew: usize,
    devanagari: usize,
    khmer: usize,
    lao: usize,
    words: [usize; FUNCTION_WORDS.len()],
}

impl Counts {
    fn of(sample: &str) -> Counts {
        let mut counts = Counts::default();
        let mut word = Word::default();
        for c in sample.chars().take(MAX_CHARS) {
            if let Some(letter) = latin(c) {
                counts.letter(letter.lower, &mut word);
                continue;
            }
            if c.is_ascii() {
                counts.end(&mut word);
                continue;
            }
            for c in c.to_lowercase() {
                if c.is_alphabetic() {
                    counts.letter(c, &mut word);
                } else {
                    counts.end(&mut word);
                }
            }
        }
        counts.end(&mut word);
        counts
    }

    fn letter(&mut self, lower: char, word: &mut Word) {
        self.letters += 1;
        if !lower.is_ascii() {
            self.add(lower);
        }
        word.add(lower);
    }

    /// Counts a word, and begins the next.
    fn end(&mut self, word: &mut Word) {
        let languages = std::mem::take(word).languages();
        if languages != 0 {
            for (at, count) in self.words.iter_mut().enumerate() {
                *count += usize::from(languages >> at & 1);
            }
        }
    }

    fn add(&mut self, c: char) {
        let count = match c {
            // The block of vowels with two marks or a dot below, and the horned and crossed letters.
            '\u{1ea0}'..='\u{1ef9}' | 'ơ' | 'ư' | 'đ' => &mut self.vietnamese,
            '\u{3040}'..='\u{30ff}' => &mut self.kana,
            '\u{3400}'..='\u{9fff}' => &mut self.han,
            '\u{ac00}'..='\u{d7af}' => &mut self.hangul,
            '\u{e00}'..='\u{e7f}' => &mut self.thai,
            '\u{e80}'..='\u{eff}' => &mut self.lao,
            '\u{1780}'..='\u{17ff}' => &mut self.khmer,
            'і' | 'ї' | 'є' | 'ґ' => &mut self.ukrainian,
            '\u{400}'..='\u{52f}' => &mut self.cyrillic,
            'پ' | 'چ' | 'ژ' | 'گ' => &mut self.persian,
            '\u{600}'..='\u{6ff}' => &mut self.arabic,
            '\u{370}'..='\u{3ff}' => &mut self.greek,
            '\u{590}'..='\u{5ff}' => &mut self.hebrew,
            '\u{900}'..='\u{97f}' => &mut self.devanagari,
            _ => return,
        };
        *count += 1;
    }

    /// The language that the letters alone make plain.
    fn by_letters(&self) -> Option<&'static str> {
        if self.letters < ENOUGH_LETTERS {
            return None;
        }
        let share = |count: usize, percent: usize| count * 100 >= self.letters * percent;
        // Vietnamese prose has a fifth of such letters; English that names Vietnamese people has few.
        if share(self.vietnamese, 6) {
            return Some("vi");
        }
        let east_asian = self.han + self.kana;
        let cyrillic = self.cyrillic + self.ukrainian;
        let arabic = self.arabic + self.persian;
        let by_script = [
            (self.hangul, "ko"),
            (east_asian, if self.kana * 20 > east_asian { "ja" } else { "zh" }),
            (self.thai, "th"),
            (self.lao, "lo"),
            (self.khmer, "km"),
            (cyrillic, if self.ukrainian * 50 > cyrillic { "uk" } else { "ru" }),
            (arabic, if self.persian * 100 > arabic { "fa" } else { "ar" }),
            (self.greek, "el"),
            (self.hebrew, "he"),
            (self.devanagari, "hi"),
        ];
        by_script.into_iter().find(|(count, _)| share(*count, 50)).map(|(_, tag)| tag)
    }

    /// The language with the most function words, their number and that of the runner-up.
    fn by_words(&self) -> (&'static str, usize, usize) {
        let mut best = ("", 0, 0);
        for (count, (tag, _)) in self.words.iter().zip(FUNCTION_WORDS) {
            if *count > best.1 {
                best = (tag, *count, best.1);
            } else {
                best.2 = best.2.max(*count);
            }
        }
        best
    }

    /// A language whose function words contradict the stated one beyond doubt.
    fn by_words_against(&self, stated: &str) -> Option<&'static str> {
        let known = FUNCTION_WORDS.iter().position(|(tag, _)| *tag == stated);
        // Against a language without a table only Vietnamese can be told: by its letters that are missing.
        let of_stated = match known {
            Some(at) => self.words[at],
            None if stated == "vi" && self.vietnamese * 200 < self.letters => 0,
            None => return None,
        };
        let (tag, count, _) = self.by_words();
        (tag != stated && count >= ENOUGH_WORDS && count >= CLEAR_LEAD * of_stated.max(1)).then_some(tag)
    }

    /// The language of a text that comes without a statement.
    fn guess(&self) -> Option<&'static str> {
        let by_words = || {
            let (tag, count, second) = self.by_words();
            (count >= 5 && count * 2 >= second * 3).then_some(tag)
        };
        self.by_letters().or_else(by_words)
    }
}

#[cfg(test)]
mod tests {
    use super::resolve;

    const VIETNAMESE: &str =
        "Sáng nay trời đổ mưa to, nước sông dâng nhanh và người dân phải dời đồ đạc lên cao.";
    const ENGLISH: &str = "The river rose in the night and the people of the village moved to the hill with the \
        animals that they have, and this is the story of it for those who are from there.";
    const GERMAN: &str = "Der Fluss stieg in der Nacht und die Leute zogen mit den Tieren auf den Berg, das ist \
        nicht neu für die Alten, und eine Frau von dort hat sich das gemerkt.";

    fn check(stated: &[&str], sample: &str, wanted: Option<&str>) {
        assert_eq!(resolve(stated.iter().copied(), sample).as_deref(), wanted, "{stated:?} {sample}");
    }

    #[test]
    fn statements_are_read() {
        for (stated, wanted) in [
            ("vi", "vi"),
            ("vi-VN", "vi"),
            ("vi_VN", "vi"),
            ("vi,en", "vi"),
            ("EN-us", "en"),
            ("Vietnamese", "vi"),
        ] {
            check(&[stated], "", Some(wanted));
        }
        check(&["x-default", "", "fr"], "", Some("fr"));
        check(&[], "", None);
    }

    #[test]
    fn text_overrules_a_wrong_statement() {
        check(&["en"], VIETNAMESE, Some("vi"));
        check(&["vi"], ENGLISH, Some("en"));
        check(&["en"], GERMAN, Some("de"));
        check(&["en"], &"Река поднялась ночью. ".repeat(4), Some("ru"));
        check(&["bg"], &"Реката се вдигна през нощта. ".repeat(4), Some("bg"));
        check(&["ja"], ENGLISH, Some("ja"));
        check(
            &["en"],
            "Nguyễn Thị Hoa said that the river rose and that the people of the town left.",
            Some("en"),
        );
    }

    #[test]
    fn text_alone_tells() {
        check(&[], VIETNAMESE, Some("vi"));
        check(&[], ENGLISH, Some("en"));
        check(&[], GERMAN, Some("de"));
        check(&[], &"川の水が夜に増えました。".repeat(5), Some("ja"));
        check(&[], &"河水在夜里上涨了".repeat(8), Some("zh"));
        check(&[], "12 34", None);
    }
}
