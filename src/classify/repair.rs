//! What the model left in doubt, repaired before the parts of the article are told apart.
//!
//! Enters: a draft with the model's scores. Leaves: scores and claims in which the body that only the head states stands
//! alone, marked lines are out, and paragraphs between paragraphs are in.

use crate::classify::context::Context;
use crate::classify::draft::{DOUBT, Draft, IN_SPITE, LINKED, MENDED, SOLID};
use crate::classify::evidence::Signal;
use crate::classify::{entries, masthead};
use crate::label::Label;
use crate::rules::markup::Hint;
use crate::rules::phrase::Fit;
use crate::segment::block::{DomFacts, Kind};

/// Repairs a draft.
pub(super) fn repair(draft: &mut Draft<'_>) {
    stated_body(draft);
    marked_lines(draft);
    stamps(draft);
    joined_titles(draft);
    if draft.context.page.doms.is_empty() {
        strays(draft);
    } else {
        masthead::leave_out(draft);
        entries::heads(draft);
    }
    fill_holes(draft);
}

/// Share of a block's word pairs from which it repeats the stated body.
const REPEATS_BODY: f32 = 0.7;

/// Where the head alone states the whole body, what the page shows is a teaser of it or something else.
fn stated_body(draft: &mut Draft<'_>) {
    let context = draft.context;
    let is_stated = |at: usize| context.page.blocks[at].kind == Kind::Stated;
    if context.is_empty() || !is_stated(context.len() - 1) {
        return;
    }
    for at in 0..context.len() {
        if is_stated(at) {
            draft.claim(at, Label::Body, Signal::plain("stated_body"));
        } else if draft.is_text(at) && context.body_likeness[at] >= REPEATS_BODY {
            draft.claim(at, Label::Repeat, Signal::plain("repeats_stated_body"));
        } else {
            draft.doubt(at);
        }
    }
}

/// Weight beyond which a line that begins with a phrase is a paragraph.
const MAX_MARKED: f32 = 240.0;

/// Items of what an offer lists: other lists may follow.
const OFFERED: usize = 8;
/// Weight beyond which what stands in a list is a paragraph.
const MAX_ITEM: f32 = 120.0;

/// "Read also: …", "Sign up for …": a line whose first words say what it is, what is listed below an offer, and comments, where
/// the model is not sure.
fn marked_lines(draft: &mut Draft<'_>) {
    let context = draft.context;
    // Items that an offer above may still have.
    let mut offered = 0_usize;
    for at in 0..context.len() {
        let shape = &context.shapes[at];
        let short = shape.weight <= MAX_MARKED && !goes_on(draft, at);
        let label = context.phrases[at].map(|found| found.label);
        let marked =
            matches!(label, Some(Label::Related | Label::Share | Label::Comment | Label::Ad | Label::Legal));
        let listed = offered > 0 && is_item(context, at);
        let offers = label == Some(Label::Ad) && short && shape.ends_colon;
        offered = if offers {
            OFFERED
        } else if listed {
            offered - 1
        } else {
            0
        };
        let near = context.page.dom(at).map(|dom| dom.near.without(context.void_hints));
        let comment = near.is_some_and(|near| near.has(Hint::Comment));
        if draft.scores[at] < IN_SPITE && (comment || listed || marked && short) {
            draft.doubt(at);
        }
    }
}

/// Whether a line that begins like an offer or a notice is a sentence of the text: right below one of its paragraphs and in no
/// element of its own, and it leads nowhere.
fn goes_on(draft: &Draft<'_>, at: usize) -> bool {
    let context = draft.context;
    let begins = context.phrases[at]
        .is_some_and(|found| found.fit == Fit::Start && matches!(found.label, Label::Ad | Label::Legal));
    let shape = &context.shapes[at];
    begins
        && at > 0
        && draft.scores[at] > 0.0
        && context.page.dom(at).is_some_and(|dom| dom.links == 0)
        && stand_alike(context, at)
        && (shape.ends_colon
            || shape.ends_sentence && !shape.ends_cut && is_solid(draft, at + 1..context.len().min(at + 2)))
        && draft.scores[at - 1] >= IN_SPITE
        && is_solid(draft, std::iter::once(at - 1))
}

/// Share of digits in a line from which, with a date in it, it is a stamp.
const STAMPED: f32 = 0.35;

/// Weight of a line in a part that names itself a header or a date, at most, from which it is a stamp with an hour alone.
const MAX_HOUR: f32 = 24.0;

/// Day and hour, with a section's name or an author's behind them; in tables, lists and code they are what is told.
fn stamps(draft: &mut Draft<'_>) {
    let context = draft.context;
    let may_be = |at: &usize| {
        let shape = &context.shapes[*at];
        shape.digits >= STAMPED && shape.weight < SOLID && !shape.ends_sentence
    };
    for at in (0..context.len()).filter(may_be) {
        let shape = &context.shapes[at];
        let tells = matches!(context.page.blocks[at].kind, Kind::Item | Kind::Pre | Kind::Row);
        let in_head = |dom: &DomFacts| dom.near.any(&[Hint::Date, Hint::HeaderTag]);
        let is_hour = || shape.weight <= MAX_HOUR && context.page.dom(at).is_some_and(in_head);
        if !tells && (shape.date || is_hour()) {
            draft.doubt(at);
        }
    }
}

/// Lines that follow each other, at most, where they are strays.
const STRAYS: usize = 3;

/// A few lines of flattened text behind the last paragraph, and not right below text, are titles of other articles; many may
/// be a list.
fn strays(draft: &mut Draft<'_>) {
    let context = draft.context;
    let last = (0..context.len()).rfind(|at| draft.is_text(*at) && context.shapes[*at].weight >= SOLID);
    let mut at = last.map_or(context.len(), |last| last + 1);
    while at < context.len() {
        let lines = (at..context.len()).take_while(|at| draft.is_text(*at)).count();
        let is_stray = |at: usize| !context.shapes[at].ends_sentence && draft.scores[at] < IN_SPITE;
        let below_text = Some(at - 1) == last;
        if lines <= STRAYS && !below_text && (at..at + lines).all(is_stray) {
            draft.scores[at..at + lines].fill(DOUBT);
        }
        at += lines + 1;
    }
}

/// Whether a block is a short item of a list, by its element or by the sign that it begins with.
fn is_item(context: &Context<'_>, at: usize) -> bool {
    let shape = &context.shapes[at];
    (context.page.blocks[at].kind == Kind::Item || shape.starts_sign) && shape.weight <= MAX_ITEM
}

/// Weight beyond which digits are more than a number.
const MAX_NUMBER: f32 = 4.0;
/// Blocks that are passed over to find its neighbours.
const HOLE_REACH: usize = 4;

/// A doubtful block between two solid paragraphs is part of the article: most often a subhead. Repeats, joined titles and
/// credited captions between them do not count.
fn fill_holes(draft: &mut Draft<'_>) {
    let n = draft.context.len();
    for at in 1..n {
        let doubtful = draft.scores[at] <= 0.0 && draft.scores[at] > DOUBT && draft.is_free(at);
        let shape = &draft.context.shapes[at];
        // The number of a picture, in an element of its own.
        let of_page = draft.context.page.dom(at).is_some();
        let bare_number = of_page && shape.digits >= 0.5 && shape.weight <= MAX_NUMBER;
        // Titles of other articles, side by side.
        let links = draft.context.page.dom(at).map_or(0, |dom| dom.links);
        let linked = links > 1 && draft.context.link_density(at) >= LINKED && !shape.ends_sentence;
        if !doubtful || bare_number || linked || draft.context.phrases[at].is_some() {
            continue;
        }
        if is_kin(draft, at) {
            draft.scores[at] = MENDED;
            continue;
        }
        let before = at.saturating_sub(HOLE_REACH)..at;
        let after = at + 1..n.min(at + 1 + HOLE_REACH);
        let comments = !of_page && draft.context.phrase_labels.get(at + 1) == Some(&Some(Label::Comment));
        let last = after.is_empty() || comments;
        let closes = last && shape.ends_sentence && !shape.ends_cut;
        let below = is_solid(draft, before.rev());
        // A picture's caption may stand before the last paragraph.
        let below = below || closes && at > 1 && is_solid(draft, std::iter::once(at - 2));
        if below && (closes || is_solid(draft, after)) {
            draft.scores[at] = MENDED;
        }
    }
}

/// Whether a sentence stands right below a paragraph of text, in an element of the same template and the same parent.
fn is_kin(draft: &Draft<'_>, at: usize) -> bool {
    let shape = &draft.context.shapes[at];
    stand_alike(draft.context, at)
        && shape.ends_sentence
        && !shape.ends_cut
        && is_solid(draft, std::iter::once(at - 1))
}

/// Whether a block and the one above stand in elements of the same template and the same parent.
fn stand_alike(context: &Context<'_>, at: usize) -> bool {
    let page = context.page;
    let containers = |at: usize| {
        let dom = page.dom(at)?;
        let own = page.containers[dom.container as usize];
        Some((own.parent, own.signature))
    };
    containers(at).is_some() && containers(at) == containers(at - 1)
}

/// Whether the first of these blocks that is no repeat is a paragraph of text.
fn is_solid(draft: &Draft<'_>, mut blocks: impl Iterator<Item = usize>) -> bool {
    let aside = |at: &usize| {
        matches!(draft.label(*at), Some(Label::Repeat | Label::Related)) || draft.context.credited[*at]
    };
    let next = blocks.find(|at| !aside(at));
    next.is_some_and(|at| draft.is_text(at) && draft.context.shapes[at].weight >= SOLID)
}

/// Flattened lists of links under the lead: two or three titles on one line, no sign between them.
fn joined_titles(draft: &mut Draft<'_>) {
    let context = draft.context;
    if !context.page.containers.is_empty() {
        return;
    }
    let from = context.title.map_or(0, |title| title + 1);
    let Some(lead) = (from..context.len()).find(|at| draft.is_text(*at) && context.shapes[*at].ends_sentence)
    else {
        return;
    };
    for at in (lead + 1)..(lead + 3).min(context.len()) {
        let shape = &context.shapes[at];
        let open = !shape.ends_sentence && !shape.ends_colon && shape.sentences < 1.0;
        let prose_next = context.shapes.iter().skip(at + 1).take(2).any(|next| next.weight >= SOLID);
        if open && shape.words >= 18.0 && shape.weight >= 70.0 && prose_next && draft.is_free(at) {
            draft.claim(at, Label::Related, Signal::plain("joined_titles"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::Known;
    use crate::classify::tests::after;

    /// How many blocks that hold a word are text, where the model takes all for text and is not sure.
    fn kept(body: &str, word: &str) -> usize {
        let found = after(marked_lines, body, Known::default(), |_| 1.0);
        found.iter().filter(|(text, score, _)| text.contains(word) && *score > 0.0).count()
    }

    #[test]
    fn what_is_listed_below_an_offer_goes() {
        let items = "<ul><li>all of the archive<li>all of the puzzles</ul>";
        assert_eq!(kept(&format!("<p>Subscribe to get:</p>{items}"), "all of"), 0);
        assert_eq!(
            kept("<p>Subscribe to get:</p>- all of the archive<p>• all of the puzzles</p>", "all of"),
            0
        );
        // Below another line, or a sentence; and what stands below the list.
        assert_eq!(kept(&format!("<p>The crew wants:</p>{items}"), "all of"), 2);
        assert_eq!(kept(&format!("<p>Subscribe to the letter.</p>{items}"), "all of"), 2);
        assert_eq!(
            kept(
                &format!("<p>Subscribe to get:</p>{items}<p>The yard takes all of it.</p>{items}"),
                "all of"
            ),
            3
        );
        let many = format!("<ul>{}</ul>", "<li>all of it".repeat(OFFERED + 2));
        assert_eq!(kept(&format!("<p>Subscribe to get:</p>{many}"), "all of"), 2);
        let long = format!("<ul><li>all of {}</ul>", "the archive and the puzzles ".repeat(8));
        assert_eq!(kept(&format!("<p>Subscribe to get:</p>{long}"), "all of"), 1);
    }

    #[test]
    fn sentences_of_the_text_that_begin_like_offers_stay() {
        let paragraph =
            "<p>The boats of the harbour were counted again this morning, and one of them was missing.</p>";
        let kept = |body: &str| {
            let score = |text: &str| if text.contains("harbour") { 3.0 } else { 1.0 };
            let found = after(marked_lines, body, Known::default(), score);
            found.iter().filter(|(text, score, _)| !text.contains("harbour") && *score > 0.0).count()
        };
        let offer = "<p>Get unlimited access to water, the council told the islands in its letter of the ninth of May.</p>";
        assert_eq!(kept(&format!("<div>{paragraph}{offer}{paragraph}</div>")), 1);
        let list = "<p>Sign up for the race in three steps:</p><ul><li>write your name<li>pay the fee</ul>";
        assert_eq!(kept(&format!("<div>{paragraph}{list}{paragraph}</div>")), 3);
        // At the end, with a link, in an element of its own, or below what is no paragraph.
        assert_eq!(kept(&format!("<div>{paragraph}{offer}</div>")), 0);
        let linked = offer.replace("water", "<a href=/w>water</a>");
        assert_eq!(kept(&format!("<div>{paragraph}{linked}{paragraph}</div>")), 0);
        assert_eq!(kept(&format!("<div>{paragraph}<div class=o>{offer}</div>{paragraph}</div>")), 0);
        assert_eq!(kept(&format!("<div><h3>Islands</h3>{offer}{paragraph}</div>")), 1);
        assert_eq!(kept(&format!("<div>{paragraph}<div class=o>{list}</div>{paragraph}</div>")), 0);
    }

    #[test]
    fn stamps_are_no_text() {
        let kept = |body: &str| {
            let found = after(stamps, body, Known::default(), |_| 1.0);
            found.iter().filter(|(_, score, _)| *score > 0.0).count()
        };
        assert_eq!(kept("<div>23:32 | 19/04/2022 Harbour</div><p>8.5.2024</p>"), 0);
        assert_eq!(
            kept("<p>The ship left on 8.5.2024.</p><h2>What we knew by 19/04/2022 of the ship</h2>"),
            2
        );
        assert_eq!(kept("<table><tr><td>8.5.2024<td>11.2</table><ul><li>8.5.2024: late</ul>"), 2);
    }

    #[test]
    fn titles_side_by_side_fill_no_hole() {
        let paragraph =
            "<p>The boats of the harbour were counted again this morning, and one of them was missing.</p>";
        let kept = |line: &str| {
            let body = format!("{paragraph}<div>{line}</div>{paragraph}");
            let score = |text: &str| if text.contains("harbour") { 3.0 } else { -0.5 };
            let found = after(fill_holes, &body, Known::default(), score);
            found.iter().filter(|(_, score, _)| *score > 0.0).count()
        };
        assert_eq!(kept("<a href=/1>A ship is late</a> <a href=/2>A crew is lost</a>"), 2);
        assert_eq!(kept("<a href=/1>A ship</a> is late, a <a href=/2>crew</a> is lost"), 3);
        assert_eq!(kept("A ship is late"), 3);
    }

    #[test]
    fn what_asks_for_consent_goes_and_prose_about_it_stays() {
        for line in [
            "To view this content, please accept marketing cookies.",
            "This content is hosted by an external provider.",
            "Dieses Element enthält Daten von einem Dritten.",
            "Ich bin damit einverstanden, dass mir externe Inhalte angezeigt werden.",
            "Nous avons besoin de votre consentement pour afficher la vidéo.",
            "Để xem nội dung này, bạn hãy bật cookie.",
            "Para ver este contenido, acepte las cookies.",
            "Per vedere questo contenuto accetta i cookie.",
            "Aby zobaczyć tę treść, zaakceptuj pliki cookie.",
            "We hebben je toestemming nodig om dit te tonen.",
            "Unlimited access to all articles",
            "Accès illimité à tous les articles",
            "Jederzeit kündbar",
            "Đọc không giới hạn mọi bài viết",
        ] {
            assert_eq!(kept(&format!("<p>{line}</p>"), ""), 0, "{line}");
        }
        for line in [
            "The council wants visitors to accept cookies before they view this content.",
            "Content from other countries is cheaper, the publisher said.",
            "Unlimited access was what the fishermen had asked for.",
            "“We need your consent,” the nurse told her.",
            "Dieses Element der Brücke ist älter als der Rest.",
            "Der Inhalt des Containers war nicht angegeben.",
            "Pour voir le contenu des caisses, il a fallu attendre.",
            "Nội dung này chưa được hội đồng bàn đến.",
            "Para ver el barco hay que llegar temprano.",
            "Per vedere la nave bisogna arrivare presto.",
            "Aby zobaczyć statek, trzeba przyjść rano.",
            "We hebben je gezegd dat het zo zou gaan.",
            "Zugang zu allen Inseln hat nur die Fähre.",
            "Accès illimité ou non, les îles attendent leur bateau.",
            "Đọc không chỉ là việc của học sinh.",
            "External content was found in the box: a glove and a letter.",
            "Externer Inhalt fand sich in dem Kasten reichlich.",
        ] {
            assert_eq!(kept(&format!("<p>{line}</p>"), ""), 1, "{line}");
        }
    }
}
