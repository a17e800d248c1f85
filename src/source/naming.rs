//! Identities and stems of inputs.
//!
//! Enters: paths, and numbers of lines or offsets of records.
//! Leaves: the strings that name them. Invariant: a name depends on nothing but path and place.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::Path;

/// Names of one file, from which the names of its members are made.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    /// The path as given, joined with the walk.
    pub(super) id: String,
    /// The path below the argument, without extensions.
    pub(super) stem: String,
}

impl Origin {
    /// Names the file at `path`, found at `relative` below its argument.
    pub(super) fn new(path: &Path, relative: &Path) -> Self {
        // `./dump` and `dump` are one folder, so their files have one name.
        let path = path.strip_prefix(".").unwrap_or(path);
        Self { id: readable(path.as_os_str()), stem: stem(relative) }
    }

    /// Identity of the member at `place`: a line number or a byte offset.
    pub(super) fn member_id(&self, place: u64) -> String {
        format!("{}#{place}", self.id)
    }

    /// Stem of the member with this number.
    pub(super) fn member_stem(&self, number: u64) -> String {
        format!("{}-{number:06}", self.stem)
    }
}

/// A path as text; bytes that are not UTF-8, and control characters, stand as `\xNN`, so that two paths keep two
/// names and no name can write to a terminal.
pub(super) fn readable(path: &OsStr) -> String {
    let bytes = path.as_encoded_bytes();
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            if character.is_control() {
                let _ = write!(text, "\\x{:02X}", u32::from(character));
            } else {
                text.push(character);
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02X}");
        }
    }
    text
}

/// The relative path with `/` between its parts, less its extension; `.gz` does not count as the only one.
fn stem(relative: &Path) -> String {
    let mut bare = relative.to_path_buf();
    if bare.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz")) {
        bare.set_extension("");
    }
    bare.set_extension("");
    let parts: Vec<String> = bare.components().map(|part| readable(part.as_os_str())).collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stems_lose_their_extensions() {
        for (relative, expected) in [
            ("a/b.html", "a/b"),
            ("b.html.gz", "b"),
            ("x.warc.GZ", "x"),
            ("x.gz", "x"),
            ("a.b.html", "a.b"),
            ("plain", "plain"),
            ("tin.2024/bài", "tin.2024/bài"),
        ] {
            assert_eq!(stem(Path::new(relative)), expected);
        }
    }

    #[cfg(unix)]
    #[test]
    fn names_that_are_not_utf8_stay_apart() {
        use std::os::unix::ffi::OsStrExt;
        assert_eq!(readable(OsStr::from_bytes(b"a\xff\n\xc3\xa0")), "a\\xFF\\x0Aà");
    }
}
