//! One source file, as far as the laws look into it: words, paths, functions; without comments, strings and tests.

use std::ops::Range;

/// A file taken apart.
pub(super) struct Source {
    /// The file as it stands.
    text: String,
    /// As `text`, byte for byte, but blank where comments, literals and test code stood.
    code: String,
    /// Path of the module: `a/b.rs` and `a/b/mod.rs` are `a`, `b`.
    module: Vec<String>,
    /// Lines of test code.
    test_lines: usize,
}

/// A word with the bytes where it stands.
struct Token<'a> {
    text: &'a str,
    at: usize,
}

impl Source {
    pub(super) fn read(name: &str, text: &str) -> Source {
        let mut module: Vec<String> = name.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
        if module.last().is_some_and(|last| last == "mod") {
            module.pop();
        }
        let mut code = without_comments_and_literals(text);
        let mut test_lines = 0;
        while let Some(range) = test_item(&code) {
            test_lines += code[range.clone()].matches('\n').count() + 1;
            code.replace_range(range.clone(), &blank(&code[range]));
        }
        Source { text: text.to_owned(), code, module, test_lines }
    }

    /// Path of the module.
    pub(super) fn module(&self) -> &[String] {
        &self.module
    }

    /// First part of the module's path.
    pub(super) fn top(&self) -> &str {
        &self.module[0]
    }

    /// Whether the whole file is test code.
    pub(super) fn is_test(&self) -> bool {
        self.module.last().is_some_and(|last| last == "tests")
    }

    /// Lines without tests.
    pub(super) fn lines(&self) -> usize {
        self.text.lines().count().saturating_sub(self.test_lines)
    }

    /// Marks of unfinished work, also in comments and tests.
    pub(super) fn unfinished(&self) -> Vec<(usize, String)> {
        let mut found: Vec<(usize, String)> = words(&self.text)
            .filter(|word| matches!(word.text, "TODO" | "FIXME" | "XXX"))
            .map(|word| (line(&self.text, word.at), word.text.to_owned()))
            .collect();
        let macros = self.macros().filter(|(_, word)| word == "todo" || word == "unimplemented");
        found.extend(macros.map(|(line, word)| (line, format!("{word}!"))));
        found
    }

    /// Every word of the code.
    pub(super) fn words(&self) -> impl Iterator<Item = (usize, String)> {
        words(&self.code).map(|word| (line(&self.code, word.at), word.text.to_owned()))
    }

    /// Names of the macros that are called.
    pub(super) fn macros(&self) -> impl Iterator<Item = (usize, String)> {
        let called = |word: &Token<'_>| {
            let rest = self.code[word.at + word.text.len()..].trim_start();
            rest.starts_with('!') && !rest.starts_with("!=")
        };
        words(&self.code).filter(called).map(|word| (line(&self.code, word.at), word.text.to_owned()))
    }

    /// Lines of `static mut`.
    pub(super) fn mutable_statics(&self) -> Vec<usize> {
        let all: Vec<Token<'_>> = words(&self.code).collect();
        let pairs = all.windows(2).filter(|pair| pair[0].text == "static" && pair[1].text == "mut");
        pairs.map(|pair| line(&self.code, pair[0].at)).collect()
    }

    /// Line, name and length in lines of each function with a body.
    pub(super) fn functions(&self) -> Vec<(usize, String, usize)> {
        let all: Vec<Token<'_>> = words(&self.code).collect();
        let mut found = Vec::new();
        for pair in all.windows(2).filter(|pair| pair[0].text == "fn") {
            // A pointer type, `fn(u8)`, has no name behind the word.
            if !self.code[pair[0].at + 2..pair[1].at].trim().is_empty() {
                continue;
            }
            let Some(open) = body(&self.code, pair[1].at) else { continue };
            let end = closing(&self.code, open);
            let lines = self.code[pair[0].at..end].matches('\n').count() + 1;
            found.push((line(&self.code, pair[0].at), pair[1].text.to_owned(), lines));
        }
        found
    }

    /// Line and parts of every path that is named: in `use` each leaf, elsewhere each run of `a::b`.
    ///
    /// `super` and `self` at the start are resolved, so that a path of this crate starts with `crate`.
    pub(super) fn paths(&self) -> Vec<(usize, Vec<String>)> {
        let mut found = Vec::new();
        let mut rest = self.code.clone();
        let uses: Vec<usize> =
            words(&self.code).filter(|word| word.text == "use").map(|word| word.at).collect();
        for at in uses {
            let end = rest[at..].find(';').map_or(rest.len(), |length| at + length);
            let mut leaves = Vec::new();
            expand(&rest[at + 3..end], &[], &mut leaves);
            found.extend(leaves.into_iter().map(|leaf| (line(&rest, at), leaf)));
            rest.replace_range(at..end, &blank(&rest[at..end]));
        }
        found.extend(inline_paths(&rest));
        for (_, path) in &mut found {
            self.resolve(path);
        }
        found.retain(|(_, path)| !path.is_empty());
        found
    }

    /// Rewrites a path that starts at this module or its parents.
    fn resolve(&self, path: &mut Vec<String>) {
        let ups = path.iter().take_while(|part| *part == "super").count();
        let own = path.first().is_some_and(|part| part == "self");
        if ups == 0 && !own {
            return;
        }
        let kept = self.module.len().saturating_sub(ups);
        let start = std::iter::once("crate".to_owned()).chain(self.module[..kept].iter().cloned());
        path.splice(..ups.max(usize::from(own)), start);
    }
}

/// The leaves of a `use` tree, without their other names.
fn expand(tree: &str, before: &[String], leaves: &mut Vec<Vec<String>>) {
    let tree = tree.trim().trim_start_matches("::");
    let group = tree.find('{');
    let head = group.map_or(tree, |at| &tree[..at]);
    let mut path = before.to_vec();
    let named = head.split(" as ").next().unwrap_or(head);
    let parts = named.split("::").map(str::trim).filter(|part| !part.is_empty() && *part != "*");
    path.extend(parts.filter(|part| before.is_empty() || *part != "self").map(str::to_owned));
    let Some(open) = group else {
        leaves.push(path);
        return;
    };
    let end = closing(tree, open).saturating_sub(1).max(open + 1);
    let (mut depth, mut start) = (0, open + 1);
    for (at, byte) in tree.bytes().enumerate().take(end).skip(open + 1) {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            b',' if depth == 0 => {
                expand(&tree[start..at], &path, leaves);
                start = at + 1;
            }
            _ => {}
        }
    }
    if !tree[start..end].trim().is_empty() {
        expand(&tree[start..end], &path, leaves);
    }
}

/// Runs of words joined by `::`.
fn inline_paths(code: &str) -> Vec<(usize, Vec<String>)> {
    let mut found: Vec<(usize, Vec<String>)> = Vec::new();
    let mut end = None;
    for word in words(code) {
        let joined = end.is_some_and(|end: usize| code[end..word.at].trim() == "::");
        match found.last_mut() {
            Some((_, path)) if joined => path.push(word.text.to_owned()),
            _ => found.push((line(code, word.at), vec![word.text.to_owned()])),
        }
        end = Some(word.at + word.text.len());
    }
    found.retain(|(_, path)| path.len() > 1);
    found
}

fn words(text: &str) -> impl Iterator<Item = Token<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let in_word = |c: char| c.is_alphanumeric() || c == '_';
        let start = at + text[at..].find(in_word)?;
        let length = text[start..].find(|c| !in_word(c)).unwrap_or(text.len() - start);
        at = start + length;
        Some(Token { text: &text[start..at], at: start })
    })
}

/// The line, from 1, of a byte.
fn line(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// Spaces for everything but line breaks, byte for byte.
fn blank(text: &str) -> String {
    text.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect()
}

/// Where the body of a function opens; `None` for a declaration.
fn body(code: &str, from: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in code.bytes().enumerate().skip(from) {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth = depth.saturating_sub(1),
            b'{' if depth == 0 => return Some(at),
            b';' if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

/// The byte behind the brace that closes the one at `open`.
fn closing(code: &str, open: usize) -> usize {
    let mut depth = 0;
    for (at, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    code.len()
}

/// The next item that is compiled for tests only.
fn test_item(code: &str) -> Option<Range<usize>> {
    let start = ["#[cfg(test)]", "#[cfg(all(test"].iter().filter_map(|mark| code.find(mark)).min()?;
    let attribute = start + code[start..].find(']')? + 1;
    let end = body(code, attribute).map_or_else(
        || code[attribute..].find(';').map_or(code.len(), |length| attribute + length + 1),
        |open| closing(code, open),
    );
    Some(start..end)
}

/// The text with comments and literals blanked.
fn without_comments_and_literals(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < bytes.len() {
        let length = comment(&text[at..]).or_else(|| literal(text, at));
        let shown = match length {
            Some(_) => blank(&text[at..at + length.unwrap_or(0)]),
            None => text[at..].chars().next().map(String::from).unwrap_or_default(),
        };
        at += length.unwrap_or(shown.len());
        out.push_str(&shown);
    }
    out
}

/// The length of the comment that the text starts with.
fn comment(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    if !text.starts_with("/*") {
        return None;
    }
    let (mut depth, mut at) = (0_usize, 0);
    while at < text.len() {
        match &text.as_bytes()[at..text.len().min(at + 2)] {
            b"/*" => (depth, at) = (depth + 1, at + 2),
            b"*/" => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return Some(at);
        }
    }
    Some(text.len())
}

/// The length of the string or character that starts at `at`.
fn literal(text: &str, at: usize) -> Option<usize> {
    let rest = &text[at..];
    let in_word = text[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_');
    if !in_word {
        let raw = ["r", "br", "cr"].iter().find_map(|mark| rest.strip_prefix(mark)).and_then(raw_string);
        if let Some(length) = raw {
            return Some(rest.len() - length);
        }
    }
    if rest.starts_with('"') {
        return Some(quoted(rest, '"'));
    }
    // A lifetime has no quote behind its first character, a character literal has.
    let mut chars = rest.strip_prefix('\'')?.chars();
    let first = chars.next()?;
    (first == '\\' || chars.next() == Some('\'')).then(|| quoted(rest, '\''))
}

/// What is left behind the raw string whose hashes the text starts with.
fn raw_string(text: &str) -> Option<usize> {
    let hashes = text.len() - text.trim_start_matches('#').len();
    let inside = text[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    Some(inside.find(&end).map_or(0, |length| inside.len() - length - end.len()))
}

/// The length of a literal between quotes, with backslash escapes.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}
