//! Case of Latin letters, Vietnamese ones included, without the tables of all Unicode.
//!
//! Enters: a character. Leaves: its small form and whether it is a capital; nothing for characters that other tables tell.
//! Invariant: where an answer is given, it is that of `char::to_lowercase` and `char::is_uppercase`.

/// A letter's small form, and whether the letter is a capital.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Letter {
    /// The small form.
    pub lower: char,
    /// Whether the letter is a capital.
    pub capital: bool,
}

/// Letters below this stand in the table.
const TABLE: u32 = 0x180;

/// For each character below [`TABLE`] its small form, with [`CAPITAL`] for capitals; 0 where it is no letter, or one whose
/// small form is no single letter.
const LETTERS: [u16; TABLE as usize] = letters();
const CAPITAL: u16 = 0x8000;

const fn letters() -> [u16; TABLE as usize] {
    let mut table = [0; TABLE as usize];
    let mut code: u16 = 0;
    while (code as u32) < TABLE {
        table[code as usize] = match code {
            0x41..=0x5A | 0xC0..=0xD6 | 0xD8..=0xDE => (code + 0x20) | CAPITAL,
            0x61..=0x7A | 0xDF..=0xF6 | 0xF8..=0xFF | 0x131 | 0x138 | 0x149 | 0x17F => code,
            0x178 => 0xFF | CAPITAL,
            // Pairs of a capital and its small form: the capital is even in some rows and odd in others.
            0x100..=0x12F | 0x132..=0x137 | 0x14A..=0x177 => {
                if code.is_multiple_of(2) {
                    (code + 1) | CAPITAL
                } else {
                    code
                }
            }
            0x139..=0x148 | 0x179..=0x17E => {
                if code % 2 == 1 {
                    (code + 1) | CAPITAL
                } else {
                    code
                }
            }
            _ => 0,
        };
        code += 1;
    }
    table
}

/// The letter's case, where it is a Latin letter.
#[must_use]
pub fn latin(c: char) -> Option<Letter> {
    let code = c as u32;
    let (lower, capital) = match code {
        0..TABLE => {
            let entry = LETTERS[code as usize];
            if entry == 0 {
                return None;
            }
            (u32::from(entry & !CAPITAL), entry & CAPITAL != 0)
        }
        0x1EA0..=0x1EF9 => (code | 1, code & 1 == 0),
        0x1A0 | 0x1A1 => (0x1A1, code == 0x1A0),
        0x1AF | 0x1B0 => (0x1B0, code == 0x1AF),
        _ => return None,
    };
    Some(Letter { lower: char::from_u32(lower)?, capital })
}

/// What `char::is_alphanumeric` says.
#[must_use]
pub fn is_alphanumeric(c: char) -> bool {
    match c {
        '\0'..='\x7F' => c.is_ascii_alphanumeric(),
        // Signs of Latin-1, dashes and quotes, arrows and boxes.
        '\u{80}'..='\u{A9}' | '\u{AB}'..='\u{B1}' | '\u{B6}'..='\u{B8}' | '\u{BB}' | '\u{BF}'
        | '\u{2000}'..='\u{206F}' | '\u{2190}'..='\u{245F}' | '\u{2500}'..='\u{2775}'
        // Signs of Chinese and Japanese, wide ones among them; then kana and ideographs.
        | '\u{3001}'..='\u{3004}' | '\u{3008}'..='\u{3020}' | '\u{FF01}'..='\u{FF0F}' => false,
        'ぁ'..='ゖ' | 'ァ'..='ヺ' | '一'..='鿿' => true,
        _ => latin(c).is_some() || c.is_alphanumeric(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_those_of_unicode() {
        for c in '\0'..='\u{FFFF}' {
            assert_eq!(is_alphanumeric(c), c.is_alphanumeric(), "{c:?}");
            let Some(letter) = latin(c) else { continue };
            assert!(c.is_alphabetic() && c.to_lowercase().eq([letter.lower]), "{c:?}");
            assert_eq!((letter.capital, !letter.capital), (c.is_uppercase(), c.is_lowercase()), "{c:?}");
        }
        for c in "aZđĐÐàÀẠỹỸơƠưƯßÿŸž".chars() {
            assert!(latin(c).is_some(), "{c}");
        }
        assert!("1 ×÷İªµ東".chars().all(|c| latin(c).is_none()));
    }
}
