//! Tokens to a time of day and its zone.
//!
//! Enters: tokens. Leaves: a time that exists, the tokens that wrote it, and the offset stated after it.

use super::token::Token;

/// Hour, minute and second of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Clock {
    pub(super) hour: u8,
    pub(super) minute: u8,
    pub(super) second: u8,
}

/// Named zones with a fixed offset in minutes; names that mean two zones (`IST`) stand for the commoner in news.
const ZONES: [(&str, i16); 21] = [
    ("aedt", 660),
    ("aest", 600),
    ("bst", 60),
    ("cdt", -300),
    ("cest", 120),
    ("cet", 60),
    ("cst", -360),
    ("edt", -240),
    ("est", -300),
    ("hkt", 480),
    ("ict", 420),
    ("ist", 330),
    ("jst", 540),
    ("kst", 540),
    ("mdt", -360),
    ("mst", -420),
    ("pdt", -420),
    ("pst", -480),
    ("sgt", 480),
    ("wib", 420),
    ("z", 0),
];

/// The time written at `at`, and the token after it.
pub(super) fn starting(tokens: &[Token], at: usize) -> Option<(Clock, usize)> {
    let hour = tokens[at].number(1, 2)?;
    let (minute, second, end) = colons(tokens, at)
        .or_else(|| dotted(tokens, at))
        .or_else(|| hours_in_words(tokens, at))
        .or_else(|| whole_hour(tokens, at))?;
    let half = tokens.get(end).and_then(Token::word).and_then(half_of_day);
    let hour = match half {
        Some(Half::Before) if hour == 12 => 0,
        // Some systems print a 24-hour clock and AM or PM after it.
        Some(Half::After) if hour < 12 => hour + 12,
        _ => hour,
    };
    let clock = make(hour, minute, second)?;
    Some((clock, end + usize::from(half.is_some())))
}

/// Minutes and seconds of `19:15`, `19:15:07` or `19:15:07.123`.
fn colons(tokens: &[Token], at: usize) -> Option<(u32, u32, usize)> {
    let part = |mark: usize| {
        let colon = tokens.get(mark)?.mark() == Some(':') && tokens[mark].glued;
        tokens.get(mark + 1).filter(|token| colon && token.glued)?.number(2, 2)
    };
    let minute = part(at + 1)?;
    let Some(second) = part(at + 3) else {
        return Some((minute, 0, at + 3));
    };
    let fraction =
        tokens.get(at + 5).is_some_and(|token| token.glued && matches!(token.mark(), Some('.' | ',')))
            && tokens.get(at + 6).is_some_and(|token| token.glued && token.number(1, 9).is_some());
    Some((minute, second, at + 5 + if fraction { 2 } else { 0 }))
}

/// Minutes of `8.05 Uhr`.
fn dotted(tokens: &[Token], at: usize) -> Option<(u32, u32, usize)> {
    tokens.get(at + 1).filter(|token| token.mark() == Some('.'))?;
    let minute = tokens.get(at + 2)?.number(2, 2)?;
    tokens.get(at + 3).filter(|token| token.word() == Some("uhr"))?;
    Some((minute, 0, at + 4))
}

/// Minutes of `9h30`, `9 giờ 30 phút`, `9g`, `9 Uhr`.
fn hours_in_words(tokens: &[Token], at: usize) -> Option<(u32, u32, usize)> {
    let word = tokens.get(at + 1)?.word()?;
    if !matches!(word, "h" | "g" | "giờ" | "uhr" | "hrs") {
        return None;
    }
    let Some(minute) = tokens.get(at + 2).and_then(|token| token.number(2, 2)) else {
        return Some((0, 0, at + 2));
    };
    // "9h 05/03/2024": the number after it begins the date.
    if tokens.get(at + 3).is_some_and(|token| matches!(token.mark(), Some('/' | '-' | '.')) && token.glued) {
        return Some((0, 0, at + 2));
    }
    let named = tokens.get(at + 3).is_some_and(|token| matches!(token.word(), Some("phút" | "p" | "m")));
    Some((minute, 0, at + 3 + usize::from(named)))
}

/// `8 am`.
fn whole_hour(tokens: &[Token], at: usize) -> Option<(u32, u32, usize)> {
    tokens.get(at + 1).filter(|token| matches!(token.word(), Some("am" | "pm")))?;
    Some((0, 0, at + 1))
}

#[derive(Clone, Copy)]
enum Half {
    Before,
    After,
}

/// `SA` and `CH` are "sáng" and "chiều", as Windows abbreviates them.
fn half_of_day(word: &str) -> Option<Half> {
    match word {
        "am" | "sa" | "sáng" => Some(Half::Before),
        "pm" | "ch" | "chiều" | "tối" => Some(Half::After),
        _ => None,
    }
}

/// The time, if there is one; a leap second counts as the second before it.
pub(super) fn make(hour: u32, minute: u32, second: u32) -> Option<Clock> {
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    Some(Clock {
        hour: u8::try_from(hour).ok()?,
        minute: u8::try_from(minute).ok()?,
        second: u8::try_from(second.min(59)).ok()?,
    })
}

/// The offset in minutes stated at `at`, right after a time: `Z`, `+07:00`, `(GMT+7)`, `EST`.
pub(super) fn zone_at(tokens: &[Token], at: usize) -> Option<i16> {
    let at = at + usize::from(tokens.get(at)?.mark() == Some('('));
    let token = tokens.get(at)?;
    if token.mark().is_some() {
        return signed(tokens, at);
    }
    match token.word()? {
        "gmt" | "utc" => Some(signed(tokens, at + 1).unwrap_or(0)),
        name => ZONES.iter().find(|(zone, _)| *zone == name).map(|(_, minutes)| *minutes),
    }
}

/// `+07:00`, `-0500`, `+7`.
fn signed(tokens: &[Token], at: usize) -> Option<i16> {
    let sign = match tokens.get(at)?.mark()? {
        '+' => 1,
        '-' | '−' => -1,
        _ => return None,
    };
    let digits = tokens.get(at + 1).filter(|token| token.glued)?;
    let colon = tokens.get(at + 2).filter(|token| token.glued).and_then(Token::mark);
    let (hours, minutes) = match (digits.number(4, 4), colon) {
        (Some(both), _) => (both / 100, both % 100),
        (None, Some(':')) => (digits.number(1, 2)?, tokens.get(at + 3)?.number(2, 2)?),
        // "08:05 -07/03/2026": a date, not an offset.
        (None, Some('/' | '-' | '.'))
            if tokens.get(at + 3).is_some_and(|next| next.number(1, 4).is_some()) =>
        {
            return None;
        }
        (None, _) => (digits.number(1, 2)?, 0),
    };
    if hours > 14 || minutes > 59 {
        return None;
    }
    i16::try_from(hours * 60 + minutes).ok().map(|total| sign * total)
}
