//! As much of Markdown as the documents use.
//!
//! Enters: a document. Leaves: its fences, tables, code spans, links and headings' anchors.
//! Invariant: what stands in a fence is no prose.

/// A fenced block.
pub(crate) struct Fence {
    pub(crate) language: String,
    /// Its lines, without the indent that the fence has inside a list.
    pub(crate) text: String,
}

/// All fences, in order.
pub(crate) fn fences(document: &str) -> Vec<Fence> {
    let mut fences: Vec<Fence> = Vec::new();
    let mut indent = None;
    for line in document.lines() {
        let bare = line.trim_start();
        match (indent, bare.strip_prefix("```")) {
            (None, Some(language)) => {
                indent = Some(line.len() - bare.len());
                fences.push(Fence { language: language.trim().to_owned(), text: String::new() });
            }
            (Some(_), Some(_)) => indent = None,
            (Some(indent), None) => {
                let fence = fences.last_mut().expect("an open fence");
                fence.text.push_str(line.get(indent..).unwrap_or_default());
                fence.text.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(indent.is_none(), "a fence that does not end");
    fences
}

/// The document without its fences.
pub(crate) fn prose(document: &str) -> String {
    let mut inside = false;
    let mut prose = String::new();
    for line in document.lines() {
        if line.trim_start().starts_with("```") {
            inside = !inside;
        } else if !inside {
            prose.push_str(line);
            prose.push('\n');
        }
    }
    prose
}

/// The cells of each row of all tables, headings included.
pub(crate) fn tables(document: &str) -> Vec<Vec<String>> {
    let text = prose(document).replace("\\|", "\u{1}");
    let rows = text.lines().filter_map(|line| line.strip_prefix('|')?.trim_end().strip_suffix('|'));
    rows.map(|row| row.split('|').map(|cell| cell.trim().replace('\u{1}', "|")).collect()).collect()
}

/// What stands between backticks.
pub(crate) fn spans(prose: &str) -> Vec<String> {
    prose.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Targets of `[text](target)`.
pub(crate) fn links(prose: &str) -> Vec<String> {
    prose
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(link, _)| link.to_owned())
        .collect()
}

/// Anchors of the headings, as the common hosts make them.
pub(crate) fn slugs(document: &str) -> Vec<String> {
    let text = prose(document);
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings.map(|line| slug(line.trim_start_matches('#').trim())).collect()
}

fn slug(heading: &str) -> String {
    let lower = heading.to_lowercase();
    let kept = lower.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}
