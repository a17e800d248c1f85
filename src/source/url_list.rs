//! Lists of addresses: plain text, CSV or JSONL, also compressed, from files or standard input.
//!
//! Enters: paths, `-`, and addresses as arguments. Leaves: one address, or one error that names file and line, at a time.
//! Invariant: what is held is one row, whatever the length of the list; a row that cannot be used costs no other.
//!
//! In all kinds an empty line and one that begins with `#` say nothing. In plain text, so does what follows white space
//! and a `#`. The kind is told by the first line that says something; a name that ends in `.csv` or `.tsv` settles doubt.

mod kind;
mod lines;
mod table;
mod utf16;

use std::fs::{self, File};
use std::io;
use std::iter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use self::kind::Kind;
use self::lines::Lines;
use self::table::Table;
use super::error::SourceError;
use super::gzip::{self, Peeled};
use super::jsonl::parse_json;
use super::naming::readable;
use super::walk::{check_argument, is_stdin};

/// Rows before the first usable one that are told one by one; a file whose lines are all too long is no list.
const MAX_EARLY_ERRORS: usize = 16;

/// Where addresses come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UrlInput {
    /// One address.
    Address(String),
    /// A list; `-` is standard input.
    List(PathBuf),
}

/// An address as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedUrl {
    /// The address, without white space around it and otherwise unchecked.
    pub url: String,
    /// The list's path, `-` for standard input; empty for an address that was an argument.
    pub list: Arc<str>,
    /// The line of the list on which its row begins, from 1; the argument's place among the inputs.
    pub line: u64,
}

type Urls = Box<dyn Iterator<Item = Result<ListedUrl, SourceError>> + Send>;

/// Reads all addresses, in the order of the inputs and of the rows.
///
/// Lists are opened one after the other, when the iterator gets there; each is tried once before.
///
/// # Errors
/// For a list that does not exist, is a folder or cannot be opened. What goes wrong further down is an item, and reading
/// goes on wherever it can.
pub fn read(
    inputs: &[UrlInput],
) -> Result<impl Iterator<Item = Result<ListedUrl, SourceError>> + Send + use<>, SourceError> {
    for input in inputs {
        if let UrlInput::List(path) = input {
            check_list(path)?;
        }
    }
    let inputs = inputs.to_vec();
    Ok(inputs.into_iter().zip(1..).flat_map(|(input, place)| -> Urls {
        match input {
            UrlInput::Address(url) => {
                let url = url.trim().to_owned();
                Box::new(iter::once(Ok(ListedUrl { url, list: Arc::from(""), line: place })))
            }
            UrlInput::List(path) => list(&path),
        }
    }))
}

/// Reads a list that came from elsewhere than a file; errors name it by `id`.
pub fn read_bytes(
    list: bytes::Bytes,
    id: &str,
) -> impl Iterator<Item = Result<ListedUrl, SourceError>> + Send {
    urls(gzip::peel(bytes::Buf::reader(list)), Arc::from(id), kind::ending(Path::new(id)))
}

/// Tries a list: it must exist, open, and be no folder. Pipes are lists: `<(grep …)`.
fn check_list(path: &Path) -> Result<(), SourceError> {
    check_argument(path)?;
    if !is_stdin(path) && fs::metadata(path).is_ok_and(|metadata| metadata.is_dir()) {
        let cause = io::Error::new(io::ErrorKind::IsADirectory, "it is a folder, not a list of addresses");
        return Err(SourceError::Unreadable { id: readable(path.as_os_str()), cause });
    }
    Ok(())
}

/// The addresses of one list; an error alone where it cannot be opened.
fn list(path: &Path) -> Urls {
    let id: Arc<str> = Arc::from(readable(path.as_os_str()));
    let peeled = if is_stdin(path) {
        gzip::peel(io::stdin())
    } else {
        match File::open(path) {
            Ok(file) => gzip::peel(file),
            Err(cause) => {
                return Box::new(iter::once(Err(SourceError::Unreadable { id: id.to_string(), cause })));
            }
        }
    };
    urls(peeled, id, kind::ending(path))
}

/// The addresses of an opened list.
fn urls(peeled: Peeled, list: Arc<str>, ending: kind::Ending) -> Urls {
    if peeled.too_deep {
        let error = SourceError::NestedTooDeep { id: list.to_string(), limit: gzip::MAX_LAYERS };
        return Box::new(iter::once(Err(error)));
    }
    let mut lines = Lines::new(utf16::undone(peeled.stream), list);
    // Errors before the first row are told before it.
    let mut errors = Vec::new();
    loop {
        match lines.next_content() {
            None => return Box::new(errors.into_iter()),
            Some(Err(error)) => errors.push(Err(error)),
            Some(Ok(())) => break,
        }
        if errors.len() > MAX_EARLY_ERRORS {
            return Box::new(errors.into_iter());
        }
    }
    let kind = kind::kind(lines.line(), ending);
    let rows: Urls = match kind {
        Kind::Plain => rows(lines, plain),
        Kind::Jsonl => rows(lines, row),
        Kind::Table(layout) => Box::new(Table::new(lines, layout)),
        Kind::Foreign(reason) => Box::new(iter::once(Err(lines.broken(reason.to_owned())))),
    };
    Box::new(errors.into_iter().chain(rows))
}

/// One row to a line; `lines` stands on the first.
fn rows(mut lines: Lines, parse: fn(&[u8]) -> Result<String, String>) -> Urls {
    let mut is_first = true;
    Box::new(iter::from_fn(move || {
        if !std::mem::take(&mut is_first)
            && let Err(error) = lines.next_content()?
        {
            return Some(Err(error));
        }
        let url = parse(lines.line());
        Some(url.map(|url| lines.listed(url)).map_err(|reason| lines.broken(reason)))
    }))
}

/// A line of plain text without the comment at its end: `https://x.vn/bai  # thử`.
fn plain(line: &[u8]) -> Result<String, String> {
    let text = std::str::from_utf8(line).map_err(|_| "not UTF-8".to_owned())?;
    let comment = text.match_indices('#').find(|(at, _)| text[..*at].ends_with(char::is_whitespace));
    Ok(comment.map_or(text, |(at, _)| &text[..at]).trim().to_owned())
}

/// The fields of a row that may hold its address, the best first.
#[derive(Deserialize)]
struct Fields {
    url: Option<Value>,
    link: Option<Value>,
    href: Option<Value>,
    loc: Option<Value>,
    uri: Option<Value>,
}

/// A row of JSON: an object with the address in a field, or a string.
fn row(line: &[u8]) -> Result<String, String> {
    if line.trim_ascii_start().first() == Some(&b'"') {
        return parse_json::<String>(line).map(|url| url.trim().to_owned());
    }
    if line.trim_ascii_start().first() != Some(&b'{') {
        return Err("neither a JSON object nor a string".to_owned());
    }
    let fields: Fields = parse_json(line)?;
    let fields = [fields.url, fields.link, fields.href, fields.loc, fields.uri];
    let url = fields.into_iter().find_map(|field| match field {
        Some(Value::String(url)) if !url.trim().is_empty() => Some(url.trim().to_owned()),
        _ => None,
    });
    url.ok_or_else(|| "it has no string 'url'".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_end_plain_lines() {
        for (line, expected) in [
            (" https://x.vn/a#b # c", "https://x.vn/a#b"),
            ("https://x.vn/a\t#c # d", "https://x.vn/a"),
            ("https://x.vn/#!/a", "https://x.vn/#!/a"),
        ] {
            assert_eq!(plain(line.as_bytes()).as_deref(), Ok(expected));
        }
        assert!(plain(b"https://x.vn/\xff").is_err());
    }

    #[test]
    fn rows_of_json_hold_their_address_in_a_field_or_are_it() {
        for (line, expected) in [
            (r#"{"url": " https://x.vn/a\u1ebf ", "html": "<p>"}"#, Ok("https://x.vn/aế")),
            (r#"{"link": "b", "url": null}"#, Ok("b")),
            (r#""https:\/\/x.vn\/a""#, Ok("https://x.vn/a")),
            (r#"{"url": "a", "title": "\ud83d"}"#, Ok("a")),
            (r#"{"url": 5}"#, Err("no string 'url'")),
            (r#"{"url": "a""#, Err("at column")),
            ("https://x.vn/", Err("neither")),
            ("[]", Err("neither")),
        ] {
            match (row(line.as_bytes()), expected) {
                (Ok(url), Ok(expected)) => assert_eq!(url, expected),
                (Err(reason), Err(part)) => assert!(reason.contains(part), "{line}: {reason}"),
                (outcome, _) => panic!("{line}: {outcome:?}"),
            }
        }
    }
}
