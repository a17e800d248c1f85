//! The fold under which two copies of one text are equal: the content key's and the comparison of lines.
//!
//! Enters: text of any form. Leaves: folded text; folding twice changes nothing.

use unicode_normalization::{UnicodeNormalization, is_nfc};

use crate::normalize::letter::latin;
use crate::normalize::unicode::{is_invisible, is_settled};

/// Folds text for the content key: NFC, invisible signs dropped, white space collapsed, quotes and dashes unified,
/// old and new tone placement made one, case folded.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    fold_into(text, &mut out);
    out
}

/// Appends the folded text to `out`; what stands there before is left as it is and plays no part.
pub fn fold_into(text: &str, out: &mut String) {
    let from = out.len();
    if !fold_composed(text, out) && !is_nfc(text) {
        out.truncate(from);
        fold_composed(&text.nfc().collect::<String>(), out);
    }
}

/// Folds text that is NFC; returns whether it is sure to be.
fn fold_composed(text: &str, out: &mut String) -> bool {
    out.reserve(text.len());
    let from = out.len();
    let mut folding = Folding { out, from, last: ' ', before_last: ' ', pair: None, is_settled: true };
    let mut rest = text;
    loop {
        let (run, after) = rest.split_at(plain_run(rest.as_bytes(), folding.last == ' '));
        folding.run(run);
        let mut chars = after.chars();
        let Some(c) = chars.next() else { break };
        folding.other(c);
        rest = chars.as_str();
    }
    folding.end()
}

/// Bytes of ASCII that a text begins with and that change nothing but their case. Those of a step are told together,
/// without a branch for each.
#[expect(clippy::needless_bitwise_bool, reason = "no branch for each byte")]
fn plain_run(bytes: &[u8], after_space: bool) -> usize {
    const STEP: usize = 16;
    let stops = |before: u8, byte: u8| {
        let changes = !matches!(byte, b' '..=b'~') | (byte == b'`');
        changes | (byte == b' ') & (before == b' ')
    };
    let first = if after_space { b' ' } else { 0 };
    let before = |at: usize| if at == 0 { first } else { bytes[at - 1] };
    let mut at = 0;
    while let Some(step) = bytes.get(at..at + STEP) {
        let pairs = step.iter().zip(&step[1..]);
        let inside =
            pairs.fold(stops(before(at), step[0]), |any, (before, byte)| any | stops(*before, *byte));
        if inside {
            break;
        }
        at += STEP;
    }
    (at..bytes.len()).find(|at| stops(before(*at), bytes[*at])).unwrap_or(bytes.len())
}

/// Folded text in the making.
struct Folding<'a> {
    out: &'a mut String,
    /// Where the folded text begins.
    from: usize,
    last: char,
    before_last: char,
    /// A pair of vowels that ends the text so far, with its tone on the second: where it begins, and its old style.
    pair: Option<(usize, char, char)>,
    /// Whether no character so far changes in NFC.
    is_settled: bool,
}

impl Folding<'_> {
    fn put(&mut self, c: char) {
        self.settle(c);
        self.out.push(c);
        self.before_last = self.last;
        self.last = c;
    }

    /// Takes signs, digits, and letters whose case is folded at the end.
    fn run(&mut self, run: &str) {
        let [.., last] = run.as_bytes() else { return };
        self.settle(char::from(run.as_bytes()[0]));
        self.out.push_str(run);
        let before_last = run.len().checked_sub(2).map(|at| char::from(run.as_bytes()[at]));
        self.before_last = before_last.map_or(self.last, |c| c.to_ascii_lowercase());
        self.last = char::from(last.to_ascii_lowercase());
    }

    /// Moves the tone of a pair of vowels that the next character ends.
    fn settle(&mut self, next: char) {
        if let Some((at, first, second)) = self.pair.take()
            && !next.is_alphabetic()
        {
            self.out.truncate(at);
            self.out.push(first);
            self.out.push(second);
        }
    }

    fn space(&mut self) {
        if self.out.len() > self.from && self.last != ' ' {
            self.put(' ');
        }
    }

    fn other(&mut self, c: char) {
        match c {
            // Icelandic eth stands in for the Vietnamese letter in old keyboards' texts.
            'Ð' | 'ð' => self.put('đ'),
            '“' | '”' | '„' | '‟' | '«' | '»' | '″' | '〝' | '〞' => self.put('"'),
            '`' | '‘' | '’' | '‚' | '‛' | '′' | '´' => self.put('\''),
            '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' => self.put('-'),
            '…' => (0..3).for_each(|_| self.put('.')),
            _ => {
                if let Some(letter) = latin(c) {
                    self.letter(letter.lower);
                    return;
                }
                self.is_settled &= is_settled(c);
                if is_invisible(c) {
                } else if c.is_whitespace() {
                    self.space();
                } else {
                    c.to_lowercase().for_each(|c| self.letter(c));
                }
            }
        }
    }

    /// Tone marks of `oa`, `oe`, `uy` without a final consonant stand on the first vowel in the old style (hòa, thủy) and
    /// on the second in the new (hoà, thuỷ). Folds to the old style, which dominates in print; `qu` is a consonant.
    fn letter(&mut self, c: char) {
        let pair = if matches!(self.last, 'o' | 'u') && self.before_last != 'q' {
            old_style(self.last, c)
        } else {
            None
        };
        let at = self.out.len() - usize::from(pair.is_some());
        self.put(c);
        self.pair = pair.map(|(first, second)| (at, first, second));
    }

    fn end(mut self) -> bool {
        self.settle(' ');
        if self.last == ' ' && self.out.len() > self.from {
            self.out.pop();
        }
        self.out[self.from..].make_ascii_lowercase();
        self.is_settled
    }
}

/// `o` + `à` gives `ò` + `a`, and so on; `None` where the pair carries no tone on its second vowel.
fn old_style(first: char, second: char) -> Option<(char, char)> {
    let (base, tone) = match second {
        'à' => ('a', 0),
        'á' => ('a', 1),
        'ả' => ('a', 2),
        'ã' => ('a', 3),
        'ạ' => ('a', 4),
        'è' => ('e', 0),
        'é' => ('e', 1),
        'ẻ' => ('e', 2),
        'ẽ' => ('e', 3),
        'ẹ' => ('e', 4),
        'ỳ' => ('y', 0),
        'ý' => ('y', 1),
        'ỷ' => ('y', 2),
        'ỹ' => ('y', 3),
        'ỵ' => ('y', 4),
        _ => return None,
    };
    match (first, base) {
        ('o', 'a' | 'e') => Some((['ò', 'ó', 'ỏ', 'õ', 'ọ'][tone], base)),
        ('u', 'y') => Some((['ù', 'ú', 'ủ', 'ũ', 'ụ'][tone], base)),
        _ => None,
    }
}

/// A folded text with the tones of such pairs on their second vowels, where words end with them: what another text has that
/// folds alike. `None` where there is no such pair.
pub(crate) fn new_style(folded: &str) -> Option<String> {
    let tones = |first: char| match first {
        'ò' | 'ó' | 'ỏ' | 'õ' | 'ọ' => "oàáảãạèéẻẽẹ",
        'ù' | 'ú' | 'ủ' | 'ũ' | 'ụ' => "uỳýỷỹỵ",
        _ => "",
    };
    if folded.chars().all(|c| tones(c).is_empty()) {
        return None;
    }
    let mut out: Vec<char> = folded.chars().collect();
    let mut is_new = false;
    for at in 1..out.len() {
        let ends = out.get(at + 1).is_none_or(|next| !next.is_alphabetic());
        let mut signs = tones(out[at - 1]).chars();
        let Some(base) = signs.next().filter(|_| ends) else { continue };
        if let Some(second) = signs.find(|second| old_style(base, *second) == Some((out[at - 1], out[at]))) {
            (out[at - 1], out[at]) = (base, second);
            is_new = true;
        }
    }
    is_new.then(|| out.into_iter().collect())
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
        assert_eq!(fold(" HOÀ, thuý\u{AD} huỳnh hoè quỳ OÀ… "), "hòa, thúy huỳnh hòe quỳ òa...");
    }

    #[test]
    fn tones_move_to_the_new_place_and_back() {
        assert_eq!(new_style("hòa, thủy: khỏe").as_deref(), Some("hoà, thuỷ: khoẻ"));
        assert_eq!(new_style("hoàn tòan quý"), None);
    }

    proptest! {
        #[test]
        fn folding_appends(text in "\\PC{0,60}", before in "\\PC{0,9}") {
            let mut out = before.clone();
            fold_into(&text, &mut out);
            prop_assert_eq!(out, before + &fold(&text));
        }

        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,60}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
