//! Lines of bounded width from text of any kind.
//!
//! Enters: text from a document. Leaves: printable text, its width in columns, lines of at most a given width.
//! Invariant: [`printable`] leaves no character that could move a cursor, colour a terminal or turn the direction.

use unicode_normalization::char::is_combining_mark;

/// The text with control and direction characters replaced by visible signs; line breaks stay.
#[must_use]
pub fn printable(text: &str) -> String {
    text.chars().map(visible).collect()
}

fn visible(c: char) -> char {
    match c {
        '\n' => '\n',
        '\t' | '\u{2028}' | '\u{2029}' => ' ',
        // The pictures of the control characters stand in their order from U+2400 on.
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        '\u{80}'..='\u{9f}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            '\u{fffd}'
        }
        other => other,
    }
}

/// The columns that the text takes on a terminal.
#[must_use]
pub fn columns(text: &str) -> usize {
    text.chars().map(char_columns).sum()
}

fn char_columns(c: char) -> usize {
    match c {
        ' '..='~' => 1,
        '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' => 0,
        // Hangul, CJK, full-width forms and pictographs.
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        other => usize::from(!is_combining_mark(other)),
    }
}

/// Breaks printable text into lines of at most `width` columns, between words where it can.
///
/// What does not fit in `most` lines is left out, and the last line says how many characters that were.
#[must_use]
pub fn wrap(text: &str, width: usize, most: usize) -> Vec<String> {
    let width = width.max(2);
    let mut lines = Lines { done: Vec::new(), line: String::new(), used: 0, width, most: most.max(1) };
    let mut taken = 0;
    for paragraph in text.split('\n') {
        for word in paragraph.split(' ').filter(|word| !word.is_empty()) {
            taken += lines.word(word);
            if lines.full() {
                let total = text.chars().filter(|c| !c.is_whitespace()).count();
                return lines.elided(total.saturating_sub(taken));
            }
        }
        lines.end();
    }
    let total = text.chars().filter(|c| !c.is_whitespace()).count();
    lines.elided(total.saturating_sub(taken))
}

struct Lines {
    done: Vec<String>,
    line: String,
    used: usize,
    width: usize,
    most: usize,
}

impl Lines {
    fn full(&self) -> bool {
        self.done.len() >= self.most
    }

    fn end(&mut self) {
        if !self.line.is_empty() && !self.full() {
            self.done.push(std::mem::take(&mut self.line));
        }
        self.line.clear();
        self.used = 0;
    }

    /// Adds a word, on a line of its own if need be, and returns how many of its characters found room.
    fn word(&mut self, word: &str) -> usize {
        if self.used > 0 {
            if self.used + 1 + columns(word) <= self.width {
                self.line.push(' ');
                self.used += 1;
            } else {
                self.end();
            }
        }
        let mut taken = 0;
        for c in word.chars() {
            let columns = char_columns(c);
            if self.used + columns > self.width {
                self.end();
            }
            if self.full() {
                break;
            }
            self.line.push(c);
            self.used += columns;
            taken += usize::from(!c.is_whitespace());
        }
        taken
    }

    fn elided(mut self, left: usize) -> Vec<String> {
        self.end();
        if left == 0 {
            return self.done;
        }
        let note = format!("… (+{left} characters)");
        match self.done.last_mut() {
            Some(last) if columns(last) + 1 + columns(&note) <= self.width => {
                last.push(' ');
                last.push_str(&note);
            }
            _ => self.done.push(note),
        }
        self.done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_steer_a_terminal() {
        let shown = printable("a\u{1b}[31mb\u{9b}c\u{202e}d\0e\u{7f}\tf\ng");
        assert_eq!(shown, "a␛[31mb\u{fffd}c\u{fffd}d␀e␡ f\ng");
    }

    #[test]
    fn lines_keep_their_width() {
        let text = "Mưa lớn kéo dài khiến nhiều tuyến đường ngập sâu 新聞新聞 và một_từ_rất_dài_không_có_chỗ_ngắt_nào";
        for width in 2..40 {
            let lines = wrap(text, width, usize::MAX);
            assert!(lines.iter().all(|line| columns(line) <= width), "{width}: {lines:?}");
            assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""), "{width}");
        }
    }

    #[test]
    fn what_is_left_out_is_counted() {
        assert_eq!(wrap("một hai ba bốn", 7, 1), ["một hai", "… (+5 characters)"]);
        assert_eq!(wrap("một hai", 7, 1), ["một hai"]);
        assert_eq!(wrap("một\nhai\nba", 40, 2), ["một", "hai … (+2 characters)"]);
        assert_eq!(wrap("aaaabbbb", 4, 1), ["aaaa", "… (+4 characters)"]);
        assert!(wrap("", 10, 3).is_empty());
    }

    #[test]
    fn marks_take_no_column() {
        assert_eq!(columns("ế"), 1);
        assert_eq!(columns("e\u{302}\u{301}"), 1);
        assert_eq!(columns("新聞"), 4);
    }
}
