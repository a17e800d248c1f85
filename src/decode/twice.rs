//! Text that was encoded twice: bytes of UTF-8 that somebody read as windows-1252 or Latin-1 and wrote as UTF-8 again.
//!
//! Enters: decoded text. Leaves: the text as it was, where all of it was encoded twice; "Itâ€™s" is "It’s".
//!
//! Nobody writes so by chance: in other texts the first letter beyond ASCII that is followed by a plain one ends the look.

use encoding_rs::WINDOWS_1252;

/// Sequences of UTF-8 that such a text holds at least; one may be an accident.
const LEAST: usize = 3;

/// The text that was encoded twice, if this one was.
pub(super) fn undo(text: &str) -> Option<String> {
    let first = first_beyond_ascii(text.as_bytes())?;
    let is_lead = |c: char| matches!(c, '\u{C2}'..='\u{F4}');
    if !text[first..].starts_with(is_lead) {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len());
    bytes.extend_from_slice(&text.as_bytes()[..first]);
    let (mut sequences, mut open) = (0, 0_u32);
    for c in text[first..].chars() {
        let byte = byte_of(c)?;
        match (open, byte) {
            (0, 0..=0x7F) => {}
            (0, 0xC2..=0xF4) => {
                sequences += 1;
                open = byte.leading_ones() - 1;
            }
            (1.., 0x80..=0xBF) => open -= 1,
            _ => return None,
        }
        bytes.push(byte);
    }
    if sequences < LEAST {
        return None;
    }
    String::from_utf8(bytes).ok()
}

/// Where the first byte beyond ASCII stands; most of a page is passed over in steps.
fn first_beyond_ascii(bytes: &[u8]) -> Option<usize> {
    const STEP: usize = 64;
    let step = bytes.chunks(STEP).position(|chunk| !chunk.is_ascii())? * STEP;
    Some(step + bytes[step..].iter().position(|byte| !byte.is_ascii())?)
}

/// The byte that was read as this character.
fn byte_of(c: char) -> Option<u8> {
    if let Ok(byte) = u8::try_from(c) {
        return Some(byte);
    }
    let mut letter = [0; 4];
    let (bytes, _, is_unknown) = WINDOWS_1252.encode(c.encode_utf8(&mut letter));
    bytes.first().copied().filter(|_| !is_unknown && bytes.len() == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, as_it_was: Option<&str>) {
        assert_eq!(undo(text).as_deref(), as_it_was);
    }

    #[test]
    fn what_was_encoded_twice_is_read_once_more() {
        let text = "Đường về – “xa” lắm, 25 °C";
        let (wrong, ..) = WINDOWS_1252.decode(text.as_bytes());
        check(&wrong, Some(text));
        let latin: String = text.bytes().map(char::from).collect();
        check(&latin, Some(text));
    }

    #[test]
    fn what_was_encoded_once_stays() {
        check("plain", None);
        check("Đường về – “xa” lắm, 25 °C", None);
        check("une âme, un été, déjà là", None);
        check("Ã©tÃ© â€™ and été", None);
        check("Â© only once", None);
    }
}
