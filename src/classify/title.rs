//! The title's place among the blocks.
//!
//! Enters: a [`Context`] without a title, and the model. Leaves: the index of the block that is the title, if one is.

pub mod lines;
mod ties;

use crate::classify::beside::ALIKE;
use crate::classify::context::Context;
use crate::classify::model::{Forest, Model};
use crate::classify::title::lines::Lines;
use crate::page::Form;
use crate::rules::markup::Hint;
use crate::segment::block::{Kind, SiteRole};

/// Likeness to a stated title from which a heading is taken for it where the only heading of the first level names the site.
const LIKE: f32 = 0.5;

/// Finds the title.
pub(crate) fn find(context: &Context<'_>, model: &Model) -> Option<usize> {
    if context.is_empty() {
        return None;
    }
    if let Some(at) = context.page.doms.iter().position(|dom| dom.site == SiteRole::Title) {
        return Some(at);
    }
    match context.form() {
        Form::Text => in_lines(context, model.titles()),
        Form::Html => in_tree(context),
    }
}

/// The block most like a stated title: headings first, the first of equals, none inside navigation or related boxes.
fn in_tree(context: &Context<'_>) -> Option<usize> {
    let first_level = |at: &usize| context.page.blocks[*at].kind == Kind::Heading(1);
    let names_site = |at: &usize| context.names_site[*at];
    let mut first_levels = (0..context.len()).filter(first_level).peekable();
    let least =
        if first_levels.peek().is_some() && first_levels.all(|at| names_site(&at)) { LIKE } else { ALIKE };
    let score = |at: usize| {
        let block = &context.page.blocks[at];
        let shape = &context.shapes[at];
        let dom = context.page.dom(at)?;
        if shape.weight < 4.0
            || shape.weight > 400.0
            || context.hints_around(dom).any(&[Hint::NavTag, Hint::FooterTag, Hint::AsideTag])
        {
            return None;
        }
        let likeness = context.title_likeness[at];
        let rank = match block.kind {
            Kind::Heading(1) => 0.6,
            Kind::Heading(2) => 0.25,
            Kind::Heading(_) => 0.1,
            _ => 0.0,
        };
        let own = if dom.near.has(Hint::Title) { 0.1 } else { 0.0 };
        let elsewhere = if context.hints_around(dom).any(&[Hint::Related, Hint::Sidebar, Hint::Comment]) {
            0.3
        } else {
            0.0
        };
        let linked = if context.link_density(at) > 0.5 { 0.25 } else { 0.0 };
        let before_body = if at < context.span.1 { 0.2 } else { 0.0 };
        let fits = match block.kind {
            _ if names_site(&at) => false,
            Kind::Heading(1) => true,
            Kind::Heading(_) => likeness >= least,
            _ => likeness >= ALIKE,
        };
        fits.then_some(likeness + rank + own + before_body - elsewhere - linked)
    };
    let scored = (0..context.len()).filter_map(|at| score(at).map(|score| (at, score)));
    // The first of equals.
    scored
        .fold(
            None,
            |best: Option<(usize, f32)>, one| {
                if best.is_some_and(|best| best.1 >= one.1) { best } else { Some(one) }
            },
        )
        .map(|(at, _)| at)
}

/// Log-odds below which no line is a title.
const LEAST: f32 = -3.5;

/// In flattened text: the line near the beginning of the prose that the model takes for the title.
fn in_lines(context: &Context<'_>, forest: &Forest) -> Option<usize> {
    let lines = Lines::of(context);
    let scored = lines.places().zip(lines.scores(forest));
    // The first of equals.
    let best = scored.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
    let (best, _) = best.filter(|(_, score)| *score > LEAST)?;
    // The page's own heading stands right before its text; what says the same in menus and above stands farther away.
    let start = context.span.0;
    let own = lines.places().filter(|at| *at <= start && context.words.are_same(*at, best)).last();
    Some(own.filter(|_| best <= start).unwrap_or(best))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::context::Stated;
    use crate::rules::{RuleSet, UserRules};
    use crate::segment::flat;

    const TEXT: &str =
        "The ferry that links both banks sails again from Monday, the harbour board said at noon.

Its engine was taken apart in the spring, and the yard waited for parts until the autumn.

Passengers had to use the bridge for half a year, which takes an hour more on each way.";

    /// The line of a text that is taken for its title.
    fn title_of(lines: &[&str]) -> Option<String> {
        let rules = RuleSet::new(&UserRules::default()).expect("the shipped rules");
        let model = Model::shipped().expect("model");
        let page = flat::segment(&lines.join("\n"));
        let context = Context::of(&page, &Stated::default(), &rules.phrases);
        find(&context, &model).map(|at| page.blocks[at].text.to_string())
    }

    #[test]
    fn a_title_is_found_among_menus() {
        let title = "Ferry sails again between both banks";
        let menu = ["Harbour", "Sport", "Weather in the bay", "Letters", "Search for: Search", "Menu"];
        let below = ["By Nora Quill", "12/10/2024 09:30", TEXT, "Read also", "Bridge closed for a week"];
        let with_head =
            [&["Ferry sails again between both banks - Bay Post"][..], &menu, &[title], &below].concat();
        assert_eq!(title_of(&with_head).as_deref(), Some(title));
        // Without the page's head, and with a line of the menu twice.
        let without = [&menu[..], &menu, &["Home / Harbour"], &[title], &below].concat();
        assert_eq!(title_of(&without).as_deref(), Some(title));
    }

    #[test]
    fn a_title_that_the_head_names_is_found_far_above_the_text() {
        let title = "Ferry sails again between both banks";
        let list: Vec<String> = (0..150).map(|n| format!("Quay {n}")).collect();
        let list: Vec<&str> = list.iter().map(String::as_str).collect();
        let lines = [
            &["Ferry sails again between both banks - Bay Post", "Harbour", "Sport", title][..],
            &list,
            &[TEXT],
        ]
        .concat();
        assert_eq!(title_of(&lines).as_deref(), Some(title));
    }
}
