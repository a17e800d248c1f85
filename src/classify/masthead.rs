//! What stands above the title and is the site's: its name, its notices, a section's name, titles of other articles.
//!
//! Enters: a draft with the model's scores. Leaves: scores in which these are no text; of notices those of which the model
//! is not sure.

use crate::classify::draft::{Draft, IN_SPITE, LINKED, SOLID};

/// Takes them out.
pub(super) fn leave_out(draft: &mut Draft<'_>) {
    lines(draft);
    notices(draft);
}

/// Linked lines above the title name the section, or other articles; the site's name is no text anywhere.
fn lines(draft: &mut Draft<'_>) {
    let context = draft.context;
    let title = context.title.unwrap_or_default();
    for at in 0..context.len() {
        let shape = &context.shapes[at];
        let is_line = shape.weight < SOLID && !shape.ends_sentence;
        let linked = at < title && context.link_density(at) >= LINKED;
        if context.names_site[at] || is_line && linked {
            draft.doubt(at);
        }
    }
}

/// Blocks right above the title that may be the article's: a kicker, a lead, a date.
const ABOVE: usize = 3;

/// What stands further above the title, in another part of the page than the prose and before all of it, is a notice of the
/// site's, where the model is not sure.
fn notices(draft: &mut Draft<'_>) {
    let context = draft.context;
    let branches = &context.branches;
    for at in 0..context.title.unwrap_or(0).saturating_sub(ABOVE) {
        let is_outside =
            context.page.dom(at).is_some_and(|dom| branches.tree.to_best[dom.container as usize].down > 0);
        if is_outside && branches.done[at] <= 0.0 && draft.scores[at] < IN_SPITE {
            draft.doubt(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::Known;
    use crate::classify::tests::after;

    #[test]
    fn linked_lines_above_the_title_go() {
        let kept = |body: &str, word: &str| {
            let found = after(leave_out, body, Known::default(), |_| 1.0);
            found.iter().filter(|(text, score, _)| text.contains(word) && *score > 0.0).count()
        };
        let text = "<h1>A ship is late</h1><p><a href=/s>Harbour</a></p>";
        assert_eq!(kept(&format!("<div><a href=/s>Harbour</a></div>{text}"), "Harbour"), 1);
        assert_eq!(kept(&format!("<div>Harbour</div>{text}"), "Harbour"), 2);
        assert_eq!(kept(&format!("<div><a href=/s>The harbour waits.</a></div>{text}"), "arbour"), 2);
        assert_eq!(kept("<p><a href=/s>Harbour</a></p>", "Harbour"), 1);
    }

    #[test]
    fn notices_well_above_the_title_go() {
        let left = |body: &str, sure: f32| {
            let score = |text: &str| if text.contains("sails") { 3.0 } else { sure };
            let found = after(leave_out, body, Known::default(), score);
            found.iter().filter(|(text, score, _)| text.starts_with("Free") && *score > 0.0).count()
        };
        let notice = "<p>Free parking at the quay on Sundays.</p>".repeat(2);
        let prose =
            "<p>The ferry sails again before the winter, and the crew with it, says the yard.</p>".repeat(3);
        let head = "<h1>Ferry returns to its old timetable</h1>";
        let menu = "<p>Harbour</p><p>Sport</p><p>Weather</p>";
        let page = |above: &str| format!("<div>{above}</div><main>{head}{prose}</main>");
        assert_eq!(left(&page(&format!("{notice}{menu}")), 1.0), 0);
        assert_eq!(left(&page(&format!("{notice}{menu}")), 2.5), 2);
        // Right above the title, and where the text begins above it.
        assert_eq!(left(&page(&notice), 1.0), 2);
        assert_eq!(left(&format!("<main>{prose}{notice}{menu}{head}</main>"), 1.0), 2);
        assert_eq!(left(&format!("<main>{notice}{menu}{head}{prose}</main>"), 1.0), 2);
    }
}
