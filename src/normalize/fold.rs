//! The fold under which two copies of one text are equal: the content key's and the comparison of lines.
//!
//! Enters: text of any form. Leaves: folded text; folding twice changes nothing.

use crate::normalize::unicode::{is_invisible, nfc};

/// Folds text for the content key: NFC, invisible signs dropped, white space collapsed, quotes and dashes unified,
/// old and new tone placement made one, case folded.
#[must_use]
pub fn fold(text: &str) -> String {
    let composed = nfc(text);
    let mut out = String::with_capacity(composed.len());
    for c in composed.chars() {
        match c {
            _ if is_invisible(c) => {}
            _ if c.is_whitespace() => {
                if !out.is_empty() && !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            '“' | '”' | '„' | '‟' | '«' | '»' | '″' | '〝' | '〞' => out.push('"'),
            '‘' | '’' | '‚' | '‛' | '′' | '`' | '´' => out.push('\''),
            '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' => out.push('-'),
            '…' => out.push_str("..."),
            // Icelandic eth stands in for the Vietnamese letter in old keyboards' texts.
            'Ð' | 'ð' => out.push('đ'),
            _ => out.extend(c.to_lowercase()),
        }
    }
    out.truncate(out.trim_end().len());
    fold_tones(&out)
}

/// Tone marks of `oa`, `oe`, `uy` without a final consonant stand on the first vowel in the old style (hòa, thủy) and on
/// the second in the new (hoà, thuỷ). Folds to the old style, which dominates in print; `qu` is a consonant.
fn fold_tones(text: &str) -> String {
    const SECOND: &str = "àáảãạèéẻẽẹỳýỷỹỵ";
    if !text.contains(|c| SECOND.contains(c)) {
        return text.to_owned();
    }
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let pair = chars.get(at + 1).and_then(|second| old_style(chars[at], *second));
        let ends = chars.get(at + 2).is_none_or(|c| !c.is_alphabetic());
        let after_q = at > 0 && chars[at - 1] == 'q';
        match pair {
            Some((first, second)) if ends && !after_q => {
                out.push(first);
                out.push(second);
                at += 2;
            }
            _ => {
                out.push(chars[at]);
                at += 1;
            }
        }
    }
    out
}

/// `o` + `à` gives `ò` + `a`, and so on; `None` where the pair carries no tone on its second vowel.
fn old_style(first: char, second: char) -> Option<(char, char)> {
    const TONES: [(char, &str, &str); 3] =
        [('a', "àáảãạ", "òóỏõọ"), ('e', "èéẻẽẹ", "òóỏõọ"), ('y', "ỳýỷỹỵ", "ùúủũụ")];
    let (base, toned, target) = match first {
        'o' => TONES[..2].iter().find(|(_, toned, _)| toned.contains(second))?,
        'u' => TONES[2..].iter().find(|(_, toned, _)| toned.contains(second))?,
        _ => return None,
    };
    let tone = toned.chars().position(|c| c == second)?;
    Some((target.chars().nth(tone)?, *base))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn copies_that_differ_in_form_fold_alike() {
        assert_eq!(fold("Hoà  thuỷ, khoẻ\u{A0}“Quý”– Ðà"), fold("hòa thủy, khỏe \"quý\"- đà"));
        assert_eq!(fold("hoàn toàn quả"), "hoàn toàn quả");
        assert_eq!(fold("Kĩ"), "kĩ");
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,60}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
