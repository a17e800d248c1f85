//! Names of documents inside the output folder.
//!
//! Enters: a running number and a content key, or the stem of an input.
//! Leaves: a relative name without extension, its components apart by `/`.
//! Invariant: no name can leave the output folder, touch its `.tinsach`, or stand where a file of another name stands.

use std::fmt::Write as _;

/// Documents per folder of numbered names: `000` to `9999` lie in the output folder itself.
pub const FOLDER_SIZE: u64 = 10_000;

/// Numbers from here on are nobody's: a bound for counting on from a name that a file has by chance.
const NUMBERS: u64 = 1_000_000_000_000;

/// Longest component made from a stem, in bytes; leaves room for `-12345.txt` below the usual limit of 255.
const COMPONENT_BYTES: usize = 200;

/// Longest name made from a stem, in bytes, all components together.
const NAME_BYTES: usize = 1024;

/// The first 16 hex digits of a content key, as they stand in names.
#[must_use]
pub fn short(key: &[u8; 32]) -> String {
    hex(&key[..8])
}

/// Lower-case hex digits of `bytes`.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

/// `000_7f6c86709e46efd1`: the number in at least three digits and the short content key.
///
/// Numbers from 10,000 on lie in the folder `number / 10000`, in at least two digits:
/// `01/10000_…` to `01/19999_…`, `02/20000_…` and so on.
#[must_use]
pub fn numbered(number: u64, key: &[u8; 32]) -> String {
    let name = format!("{number:03}_{}", short(key));
    match number / FOLDER_SIZE {
        0 => name,
        folder => format!("{folder:02}/{name}"),
    }
}

/// The number of a name made by [`numbered`], with or without folder and `.txt`, also as a row of `articles.jsonl`;
/// `None` for any other name.
#[must_use]
pub fn number_of(name: &str) -> Option<u64> {
    let last = name.rsplit(['/', '#']).next()?;
    let last = last.strip_suffix(".txt").unwrap_or(last);
    let (number, key) = last.split_once('_')?;
    let digits = number.len() >= 3 && number.bytes().all(|byte| byte.is_ascii_digit());
    let hexadecimal = key.len() == 16 && key.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if digits && hexadecimal { number.parse().ok().filter(|number| *number < NUMBERS) } else { None }
}

/// A safe name from an input's stem: `a/b` stays `a/b`, `../../etc/x` becomes `etc/x`.
///
/// Dropped: empty components, `.` and `..`. Replaced by `_`: control characters, backslashes, colons and a leading
/// dot. A folder that ends like a file of ours (`.txt`, `.jsonl`) gets a `_`, so that no folder and file ever share
/// a name. Too long components lose their end, too long names their first folders.
#[must_use]
pub fn from_stem(stem: &str) -> String {
    let parts: Vec<&str> =
        stem.split('/').map(str::trim).filter(|part| !matches!(*part, "" | "." | "..")).collect();
    let Some((last, folders)) = parts.split_last() else {
        return "document".to_owned();
    };
    let mut name = component(last);
    for folder in folders.iter().rev() {
        let folder = folder_component(folder);
        if name.len() + folder.len() + 1 > NAME_BYTES {
            break;
        }
        name = format!("{folder}/{name}");
    }
    name
}

/// `a/b` and 2 give `a/b-2`.
#[must_use]
pub fn with_suffix(name: &str, suffix: u32) -> String {
    format!("{name}-{suffix}")
}

/// One component without the characters that a file system or a shell trips over.
fn component(part: &str) -> String {
    let mut name = String::with_capacity(part.len().min(COMPONENT_BYTES));
    for (at, character) in part.chars().enumerate() {
        let unsafe_here =
            character.is_control() || matches!(character, '\\' | ':') || (at == 0 && character == '.');
        let character = if unsafe_here { '_' } else { character };
        if name.len() + character.len_utf8() > COMPONENT_BYTES {
            break;
        }
        name.push(character);
    }
    name
}

/// As [`component`], never ending like a file this program writes.
fn folder_component(part: &str) -> String {
    let mut name = component(part);
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    if ending.eq_ignore_ascii_case("txt") || ending.eq_ignore_ascii_case("jsonl") {
        name.push('_');
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [0x7f; 32];

    #[test]
    fn numbers_have_three_digits_and_folders_from_ten_thousand_on() {
        let name = |number| numbered(number, &KEY);
        assert_eq!(name(0), "000_7f7f7f7f7f7f7f7f");
        assert_eq!(name(1234), "1234_7f7f7f7f7f7f7f7f");
        assert_eq!(name(9999), "9999_7f7f7f7f7f7f7f7f");
        assert_eq!(name(10_000), "01/10000_7f7f7f7f7f7f7f7f");
        assert_eq!(name(29_999), "02/29999_7f7f7f7f7f7f7f7f");
        assert_eq!(name(1_000_000), "100/1000000_7f7f7f7f7f7f7f7f");
    }

    #[test]
    fn numbers_are_read_back_and_other_names_are_not_numbers() {
        for number in [0, 7, 999, 10_000, 12_345_678] {
            assert_eq!(number_of(&format!("{}.txt", numbered(number, &KEY))), Some(number));
        }
        assert_eq!(number_of("articles.jsonl#012_7f7f7f7f7f7f7f7f"), Some(12));
        for other in ["2024_notes.txt", "00_7f7f7f7f7f7f7f7f", "000_7F7F7F7F7F7F7F7F", "000", "", "a/b"] {
            assert_eq!(number_of(other), None, "{other}");
        }
    }

    #[test]
    fn stems_stay_inside_the_folder() {
        let check = |stem: &str, name: &str| assert_eq!(from_stem(stem), name, "{stem:?}");
        check("a/b", "a/b");
        check("báo/tin sạch", "báo/tin sạch");
        check("../../etc/passwd", "etc/passwd");
        check("/etc/passwd", "etc/passwd");
        check("a/./../b//c", "a/b/c");
        check("..", "document");
        check("", "document");
        check("a\0b\nc", "a_b_c");
        check("C:\\x", "C__x");
        check(".tinsach/state", "_tinsach/state");
        check("...", "_..");
        check("x.txt/y", "x.txt_/y");
        check("manifest.jsonl/y", "manifest.jsonl_/y");
    }

    #[test]
    fn long_stems_are_cut_at_a_character() {
        let name = from_stem(&"ế".repeat(500));
        assert!(name.len() <= COMPONENT_BYTES && name.chars().all(|character| character == 'ế'));
        let deep = from_stem(&"/0123456789".repeat(5000));
        assert!(deep.len() <= NAME_BYTES && deep.ends_with("/0123456789"));
    }
}
