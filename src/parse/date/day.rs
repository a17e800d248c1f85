//! Tokens to a day of the calendar.
//!
//! Enters: tokens. Leaves: the first day that exists, from 1990 to 2100, and where it stood.
//! Days are written day first (Vietnamese and most others) unless that is impossible.

use super::token::Token;

/// A day that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Day {
    pub(super) year: u16,
    pub(super) month: u8,
    /// Day of the month.
    pub(super) of_month: u8,
}

/// Marks and words that may stand between the parts of a date that has a month's name.
const FILLER_MARKS: [char; 5] = ['.', ',', '-', '/', 'º'];
const FILLER_WORDS: [&str; 10] = ["st", "nd", "rd", "th", "er", "of", "de", "del", "năm", "º"];

/// Names of months, each with its number; the same word never names two months.
const MONTHS: [(&[&str], u32); 12] = [
    (
        &[
            "jan", "january", "januar", "jänner", "janvier", "janv", "enero", "ene", "gennaio", "janeiro",
            "januari",
        ],
        1,
    ),
    (
        &[
            "feb",
            "february",
            "februar",
            "février",
            "fevrier",
            "févr",
            "febrero",
            "febbraio",
            "fevereiro",
            "februari",
        ],
        2,
    ),
    (&["mar", "march", "märz", "mär", "mrz", "mars", "marzo", "março", "maart"], 3),
    (&["apr", "april", "avril", "avr", "abril", "abr", "aprile"], 4),
    (&["may", "mai", "mayo", "maggio", "maio", "mei"], 5),
    (&["jun", "june", "juni", "juin", "junio", "giugno", "junho"], 6),
    (&["jul", "july", "juli", "juillet", "juil", "julio", "luglio", "julho"], 7),
    (&["aug", "august", "août", "aout", "agosto", "ago", "augustus"], 8),
    (&["sep", "sept", "september", "septembre", "septiembre", "setiembre", "settembre", "setembro"], 9),
    (&["oct", "october", "okt", "oktober", "octobre", "octubre", "ottobre", "outubro"], 10),
    (&["nov", "november", "novembre", "noviembre", "novembro"], 11),
    (
        &[
            "dec",
            "december",
            "dez",
            "dezember",
            "décembre",
            "decembre",
            "déc",
            "diciembre",
            "dic",
            "dicembre",
            "dezembro",
        ],
        12,
    ),
];

/// Vietnamese numbers that follow "tháng".
const VIETNAMESE_NUMBERS: [(&str, u32); 13] = [
    ("một", 1),
    ("giêng", 1),
    ("hai", 2),
    ("ba", 3),
    ("tư", 4),
    ("bốn", 4),
    ("năm", 5),
    ("sáu", 6),
    ("bảy", 7),
    ("tám", 8),
    ("chín", 9),
    ("mười", 10),
    ("chạp", 12),
];

/// The first day in the tokens, with the range of tokens that wrote it.
pub(super) fn find(tokens: &[Token]) -> Option<(Day, usize, usize)> {
    (0..tokens.len()).find_map(|at| {
        let (day, end) = starting(tokens, at)?;
        Some((day, at, end))
    })
}

fn starting(tokens: &[Token], at: usize) -> Option<(Day, usize)> {
    year_first(tokens, at)
        .or_else(|| compact(tokens, at))
        .or_else(|| day_first(tokens, at))
        .or_else(|| east_asian(tokens, at))
        .or_else(|| day_then_month_name(tokens, at))
        .or_else(|| month_name_then_day(tokens, at))
}

/// `2024-07-04`, `2024/7/4`, `2024.07.04`.
fn year_first(tokens: &[Token], at: usize) -> Option<(Day, usize)> {
    let year = tokens[at].number(4, 4)?;
    let (month, day) = two_more(tokens, at)?;
    let day = make(year, month.number(1, 2)?, day.number(1, 2)?)?;
    Some((day, at + 5))
}

/// `04/07/2024`, `4-7-2024`, `4.7.2024`; month first only where the second number cannot be a month.
fn day_first(tokens: &[Token], at: usize) -> Option<(Day, usize)> {
    let first = tokens[at].number(1, 2)?;
    let (second, year) = two_more(tokens, at)?;
    let (second, year) = (second.number(1, 2)?, year.number(4, 4)?);
    let day = make(year, second, first).or_else(|| make(year, first, second))?;
    Some((day, at + 5))
}

/// The two tokens that follow `at` after equal separators, unless they are part of something longer.
fn two_more(tokens: &[Token], at: usize) -> Option<(&Token, &Token)> {
    let separator = tokens.get(at + 1)?.mark().filter(|mark| matches!(mark, '-' | '/' | '.'))?;
    if tokens.get(at + 3)?.mark() != Some(separator) {
        return None;
    }
    let continues = |mark: Option<&Token>, other: Option<&Token>| {
        mark.is_some_and(|token| token.glued && token.mark() == Some('/'))
            && other.is_some_and(|token| token.number(1, 20).is_some() || token.word().is_some())
    };
    // "12/04/2024/QĐ-TTg" numbers a document; "1/2/03/2024" is no date at its second number.
    let after = continues(tokens.get(at + 5), tokens.get(at + 6).filter(|token| token.glued));
    let before = at >= 2 && continues(tokens.get(at - 1), tokens.get(at - 2));
    let parts = (tokens.get(at + 2)?, tokens.get(at + 4)?);
    (!after && !before).then_some(parts)
}

/// `20240704`, at the start of the text only.
fn compact(tokens: &[Token], at: usize) -> Option<(Day, usize)> {
    let number = tokens[at].number(8, 8).filter(|_| at == 0)?;
    Some((make(number / 10_000, number / 100 % 100, number % 100)?, at + 1))
}

/// `2024年7月4日`, `2024년 7월 4일`.
fn east_asian(tokens: &[Token], at: usize) -> Option<(Day, usize)> {
    let year = tokens[at].number(4, 4)?;
    let (first, second) = (tokens.get(at + 1)?.mark()?, tokens.get(at + 3)?.mark()?);
    if !matches!((first, second), ('年', '月') | ('년', '월')) {
        return None;
    }
    let day = make(year, tokens.get(at + 2)?.number(1, 2)?, tokens.get(at + 4)?.number(1, 2)?)?;
    Some((day, tokens.len().min(at + 6)))
}

/// `7 Mar 2026`, `5 tháng 2 năm 2024`, `7. März 2026`, `7 de marzo de 2026`.
fn day_then_month_name(tokens: &[Token], at: usize) -> Option<(Day, usize)> {
    let day = tokens[at].number(1, 2)?;
    let (month, next) = month_at(tokens, skip_filler(tokens, at + 1))?;
    let next = skip_filler(tokens, next);
    Some((make(tokens.get(next)?.number(4, 4)?, month, day)?, next + 1))
}

/// `March 7, 2026`, `Tháng Ba 7, 2026`.
fn month_name_then_day(tokens: &[Token], at: usize) -> Option<(Day, usize)> {
    let (month, next) = month_at(tokens, at)?;
    let next = skip_filler(tokens, next);
    let day = tokens.get(next)?.number(1, 2)?;
    let next = skip_filler(tokens, next + 1);
    Some((make(tokens.get(next)?.number(4, 4)?, month, day)?, next + 1))
}

/// At most three fillers further on.
fn skip_filler(tokens: &[Token], from: usize) -> usize {
    let fits = |token: &Token| {
        token.mark().is_some_and(|mark| FILLER_MARKS.contains(&mark))
            || token.word().is_some_and(|word| FILLER_WORDS.contains(&word))
    };
    from + tokens.iter().skip(from).take(3).take_while(|token| fits(token)).count()
}

/// The month named at `at`, and the token after it.
fn month_at(tokens: &[Token], at: usize) -> Option<(u32, usize)> {
    let word = tokens.get(at)?.word()?;
    if word != "tháng" {
        let (_, month) = MONTHS.iter().find(|(names, _)| names.contains(&word))?;
        return Some((*month, at + 1));
    }
    let next = tokens.get(at + 1)?;
    if let Some(month) = next.number(1, 2) {
        return Some((month, at + 2));
    }
    let vietnamese = |token: &Token| {
        let word = token.word()?;
        VIETNAMESE_NUMBERS.iter().find(|(name, _)| *name == word).map(|(_, number)| *number)
    };
    let month = vietnamese(next)?;
    match tokens.get(at + 2).and_then(vietnamese) {
        Some(unit @ 1..=2) if month == 10 => Some((10 + unit, at + 3)),
        _ => Some((month, at + 2)),
    }
}

/// The day, if there is one.
pub(super) fn make(year: u32, month: u32, day: u32) -> Option<Day> {
    if !(1990..=2100).contains(&year) || !(1..=12).contains(&month) {
        return None;
    }
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let last = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if !(1..=last).contains(&day) {
        return None;
    }
    Some(Day {
        year: u16::try_from(year).ok()?,
        month: u8::try_from(month).ok()?,
        of_month: u8::try_from(day).ok()?,
    })
}

/// Days since 1970-01-01 in the Gregorian calendar.
pub(super) fn to_days(day: Day) -> i64 {
    let (year, month) = (i64::from(day.year), i64::from(day.month));
    // Years that begin in March put the leap day last, so that months have a regular length.
    let shifted = year - i64::from(month <= 2);
    let month_index = (month + 9) % 12;
    let day_of_year = (153 * month_index + 2) / 5 + i64::from(day.of_month) - 1;
    shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + day_of_year - 719_468
}

/// The day that many days after 1970-01-01, if it lies between 1990 and 2100.
pub(super) fn from_days(days: i64) -> Option<Day> {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    make(u32::try_from(year).ok()?, u32::try_from(month).ok()?, u32::try_from(day).ok()?)
}
