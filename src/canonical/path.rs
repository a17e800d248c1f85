//! What in a path names no page: session identifiers, and the name of a folder's own page.
//!
//! Enters: a path of a URL. Leaves: the path without them.
//! Invariant: nothing is dropped that tells two pages of one folder apart.

/// Parameters of a path that hold a session (`/bai;jsessionid=…`), in lower case.
const SESSIONS: [&str; 3] = ["jsessionid=", "phpsessid=", "sid="];

/// Last segments that mean the folder they stand in, in lower case.
const INDEXES: [&str; 10] = [
    "default.asp",
    "default.aspx",
    "default.htm",
    "default.html",
    "index.asp",
    "index.aspx",
    "index.htm",
    "index.html",
    "index.jsp",
    "index.php",
];

/// The path without session identifiers: parameters of a segment, and segments such as `(S(…))` that ASP.NET writes.
pub(super) fn without_sessions(path: &str) -> String {
    if !path.contains([';', '(']) {
        return path.to_owned();
    }
    let segments: Vec<String> = path.split('/').map(bare_segment).collect();
    let ends_in_session = segments.last().is_some_and(|last| is_session(last));
    let kept = segments.into_iter().filter(|segment| !is_session(segment)).collect::<Vec<_>>().join("/");
    if ends_in_session { kept + "/" } else { kept }
}

fn is_session(segment: &str) -> bool {
    let inside = segment.strip_prefix('(').and_then(|rest| rest.strip_suffix("))"));
    let inside = inside.and_then(|inside| inside.split_once('('));
    inside.is_some_and(|(kind, id)| {
        matches!(kind, "S" | "A" | "F" | "X")
            && id.len() >= 16
            && id.bytes().all(|b| b.is_ascii_alphanumeric())
    })
}

/// A segment without its parameters of a session.
fn bare_segment(segment: &str) -> String {
    let is_session = |parameter: &&str| {
        let parameter = parameter.to_ascii_lowercase();
        SESSIONS.iter().any(|name| parameter.starts_with(name))
    };
    let mut parts = segment.split(';');
    let name = parts.next().unwrap_or_default().to_owned();
    parts.filter(|part| !is_session(part)).fold(name, |bare, part| bare + ";" + part)
}

/// The path up to a last segment that means the folder itself; `None` where it has none.
pub(super) fn without_index(path: &str) -> Option<&str> {
    let (folder, last) = path.rsplit_once('/')?;
    let last = last.to_ascii_lowercase();
    INDEXES.contains(&last.as_str()).then(|| &path[..=folder.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_are_dropped() {
        for (path, expected) in [
            ("/a/bai.jsp;jsessionid=0A1B2C", "/a/bai.jsp"),
            ("/a;JSESSIONID=1;v=2/b;v=3", "/a;v=2/b;v=3"),
            ("/(S(lit3py55t21z5v55vlm25s55))/bai.aspx", "/bai.aspx"),
            ("/a/(S(lit3py55t21z5v55vlm25s55))", "/a/"),
            ("/(S(ngắn))/bai(1).aspx", "/(S(ngắn))/bai(1).aspx"),
            ("/bai;12", "/bai;12"),
            ("/", "/"),
        ] {
            assert_eq!(without_sessions(path), expected);
        }
    }

    #[test]
    fn a_folders_own_page_is_the_folder() {
        assert_eq!(without_index("/index.html"), Some("/"));
        assert_eq!(without_index("/tin/Default.ASPX"), Some("/tin/"));
        assert_eq!(without_index("/tin/reindex.html"), None);
        assert_eq!(without_index("/index.php/bai"), None);
    }

    #[test]
    fn names_are_sorted() {
        assert!(INDEXES.is_sorted() && SESSIONS.is_sorted());
    }
}
