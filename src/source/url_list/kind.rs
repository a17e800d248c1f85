//! Tells by its first line what a list is.
//!
//! Enters: the first line that says something, and the ending of the file's name. Leaves: the kind, of a table with its
//! separator and the column of the addresses. Invariant: one line is looked at, so a pipe is never waited for.

use std::path::Path;

use crate::canonical;

/// Names of the column of addresses, the best first; a name with `url` or `link` among its words comes after them.
const COLUMNS: [&str; 12] = [
    "url",
    "link",
    "href",
    "loc",
    "uri",
    "address",
    "canonical_url",
    "permalink",
    "đường dẫn",
    "liên kết",
    "địa chỉ",
    "đường link",
];

/// Signs between the columns of a table.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

/// Columns of a table that are looked at.
const MAX_COLUMNS: usize = 1024;

/// What the ending of a name says of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Csv,
    Tsv,
    Other,
}

/// What a list is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Plain,
    Jsonl,
    Table(Layout),
    /// Something else, in words.
    Foreign(&'static str),
}

/// Where a table holds its addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) separator: u8,
    /// From 0.
    pub(super) column: usize,
    pub(super) has_header: bool,
}

/// What the ending of a path says, `.gz` left out.
pub(super) fn ending(path: &Path) -> Ending {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    match name.strip_suffix(".gz").unwrap_or(&name).rsplit('.').next() {
        Some("csv") => Ending::Csv,
        Some("tsv" | "tab") => Ending::Tsv,
        _ => Ending::Other,
    }
}

/// The kind of a list that begins with `line`.
pub(super) fn kind(line: &[u8], ending: Ending) -> Kind {
    if line.contains(&0) {
        return Kind::Foreign("binary data, not a list of addresses");
    }
    let text = String::from_utf8_lossy(line);
    let text = text.trim();
    if text.starts_with('{') {
        return Kind::Jsonl;
    }
    if text.starts_with('[') {
        return Kind::Foreign("a JSON array; write one address, or one object with a 'url', to a line");
    }
    if text.starts_with('<') && canonical::parse(text).is_err() {
        return Kind::Foreign("markup, not a list of addresses; write one address to a line");
    }
    if text.starts_with("WARC/") {
        return Kind::Foreign("a web archive, not a list of addresses; `tinsach clean` reads it");
    }
    let is_table = ending != Ending::Other;
    if !is_table && text.starts_with('"') && serde_json::from_str::<String>(text).is_ok() {
        return Kind::Jsonl;
    }
    let separators = if ending == Ending::Tsv { &SEPARATORS[2..] } else { &SEPARATORS[..] };
    if let Some(layout) = headed(line, separators) {
        return Kind::Table(layout);
    }
    // A comma is a sign like others in an address that stands alone.
    if !is_table && !text.contains(char::is_whitespace) && is_address(text.as_bytes()) {
        return Kind::Plain;
    }
    match headless(line, separators, if is_table { 1 } else { 2 }) {
        Some(layout) => Kind::Table(layout),
        None if is_table => {
            Kind::Foreign("no column is named 'url', 'link', 'href' or 'loc', and none holds an address")
        }
        None => Kind::Plain,
    }
}

/// The layout of a table whose header is this line.
fn headed(line: &[u8], separators: &[u8]) -> Option<Layout> {
    let mut best: Option<(usize, usize, Layout)> = None;
    for separator in separators {
        let fields = fields(line, *separator);
        let ranked = fields.iter().enumerate().filter_map(|(column, name)| Some((rank(name)?, column)));
        let Some((rank, column)) = ranked.min() else { continue };
        let layout = Layout { separator: *separator, column, has_header: true };
        // The best name; of two separators the one that makes more columns.
        if best.as_ref().is_none_or(|(of, columns, _)| (rank, *columns) < (*of, fields.len())) {
            best = Some((rank, fields.len(), layout));
        }
    }
    best.map(|(_, _, layout)| layout)
}

/// How well a column's name says that it holds addresses; `None` where it does not.
fn rank(name: &[u8]) -> Option<usize> {
    let name = String::from_utf8_lossy(name).trim().to_lowercase();
    if let Some(place) = COLUMNS.iter().position(|column| *column == name) {
        return Some(place);
    }
    let is_word = name.len() <= 40 && !name.contains(['/', ':', '.']);
    let has = |wanted: &str| name.split(|c: char| !c.is_alphanumeric()).any(|word| word == wanted);
    (is_word && (has("url") || has("link"))).then_some(COLUMNS.len())
}

/// The layout of a table without a header, of which this is a row.
fn headless(line: &[u8], separators: &[u8], least: usize) -> Option<Layout> {
    let layouts = separators.iter().filter_map(|separator| {
        let fields = fields(line, *separator);
        let column = fields.iter().position(|field| is_address(field))?;
        let layout = Layout { separator: *separator, column, has_header: false };
        (fields.len() >= least).then_some((fields.len(), layout))
    });
    // Of two that make as many columns the first.
    let best = layouts.reduce(|best, other| if other.0 > best.0 { other } else { best });
    best.map(|(_, layout)| layout)
}

/// Whether a field is an address with its scheme.
fn is_address(field: &[u8]) -> bool {
    let text = String::from_utf8_lossy(field);
    text.contains("://") && canonical::parse(&text).is_ok()
}

/// The fields of one line.
fn fields(line: &[u8], separator: u8) -> Vec<Vec<u8>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).delimiter(separator).from_reader(line);
    let mut record = csv::ByteRecord::new();
    // Reading from memory cannot fail; a line without a field has none.
    let _ = reader.read_byte_record(&mut record);
    record.iter().take(MAX_COLUMNS).map(<[u8]>::to_vec).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, ending: Ending, expected: &Kind) {
        assert_eq!(&kind(line.as_bytes(), ending), expected, "{line}");
    }

    fn table(separator: u8, column: usize, has_header: bool) -> Kind {
        Kind::Table(Layout { separator, column, has_header })
    }

    #[test]
    fn kinds_are_told_by_the_first_line() {
        for line in [
            "https://x.vn/a",
            "https://x.vn/a,b;c.html",
            "x.vn/a",
            "<https://x.vn/a>",
            "https://x.vn/a  # ghi chú",
            "một dòng chữ",
        ] {
            check(line, Ending::Other, &Kind::Plain);
        }
        check("{\"url\": \"a\"}", Ending::Other, &Kind::Jsonl);
        check("\"https:\\/\\/x.vn\"", Ending::Other, &Kind::Jsonl);
        for line in ["[\"https://x.vn\"]", "<?xml version=\"1.0\"?>", "<html>", "WARC/1.1", "a\u{0}"] {
            assert!(matches!(kind(line.as_bytes(), Ending::Other), Kind::Foreign(_)), "{line}");
        }
    }

    #[test]
    fn tables_are_told_by_header_or_address() {
        check("id,URL,title", Ending::Other, &table(b',', 1, true));
        check("url", Ending::Other, &table(b',', 0, true));
        check("title;\"Link\";ngày", Ending::Other, &table(b';', 1, true));
        check("id\tđường dẫn", Ending::Other, &table(b'\t', 1, true));
        check("link,url", Ending::Other, &table(b',', 1, true));
        check("id,article_url,image", Ending::Other, &table(b',', 1, true));
        check("1,https://x.vn/a", Ending::Other, &table(b',', 1, false));
        check("https://x.vn/a\tTiêu đề, dài", Ending::Other, &table(b'\t', 0, false));
        check("https://x.vn/a,b.html", Ending::Csv, &table(b',', 0, false));
        check("https://x.vn/a", Ending::Csv, &table(b',', 0, false));
        check("a,b\thttps://x.vn/", Ending::Tsv, &table(b'\t', 1, false));
        assert!(matches!(kind(b"id,title", Ending::Csv), Kind::Foreign(_)));
    }

    #[test]
    fn endings_are_those_behind_gz() {
        for (name, expected) in [
            ("a.CSV", Ending::Csv),
            ("a.tsv.gz", Ending::Tsv),
            ("csv", Ending::Csv),
            ("a.txt", Ending::Other),
        ] {
            assert_eq!(ending(Path::new(name)), expected, "{name}");
        }
    }
}
