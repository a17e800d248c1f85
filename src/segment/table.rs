//! Tables: frames around a photo, rows of data, and layout.

use ego_tree::NodeRef;
use scraper::Node;

/// Nodes of a table that are looked at; a frame around a photo is small.
const MAX_LOOK: usize = 200;
/// Characters beyond which the text beside a picture is no caption.
const MAX_CAPTION: usize = 600;
/// Characters beyond which a cell holds prose and stands apart.
const MAX_CELL: usize = 160;

/// Whether a table is the frame of a photo: one column, a picture, and a short text below.
pub(crate) fn is_photo_frame(table: NodeRef<'_, Node>) -> bool {
    let (mut pictures, mut chars, mut looked) = (0, 0, 0);
    for node in table.descendants().skip(1) {
        looked += 1;
        if looked > MAX_LOOK {
            return false;
        }
        if let Some(text) = node.value().as_text() {
            chars += text.trim().chars().count();
        } else if let Some(element) = node.value().as_element() {
            match element.name() {
                "img" | "picture" | "video" | "iframe" => pictures += 1,
                "table" | "h1" | "h2" | "h3" | "li" => return false,
                "tr" if cells(node).take(3).count() > 2 => return false,
                _ => {}
            }
        }
    }
    pictures > 0 && chars > 0 && chars <= MAX_CAPTION
}

/// Whether a row holds data: two or more cells of short inline text.
pub(crate) fn is_data_row(row: NodeRef<'_, Node>) -> bool {
    let mut count = 0;
    for cell in cells(row).take(64) {
        count += 1;
        let mut chars = 0;
        for node in cell.descendants().skip(1).take(MAX_LOOK) {
            if let Some(text) = node.value().as_text() {
                chars += text.trim().chars().count();
            } else if let Some(element) = node.value().as_element()
                && matches!(
                    element.name(),
                    "table" | "ul" | "ol" | "h1" | "h2" | "h3" | "h4" | "figure" | "img" | "form"
                )
            {
                return false;
            }
        }
        if chars > MAX_CELL {
            return false;
        }
    }
    count >= 2
}

fn cells(row: NodeRef<'_, Node>) -> impl Iterator<Item = NodeRef<'_, Node>> {
    row.children().filter(|child| {
        child.value().as_element().is_some_and(|element| matches!(element.name(), "td" | "th"))
    })
}
