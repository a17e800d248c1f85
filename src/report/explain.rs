//! A cleaned page block by block, for a terminal.
//!
//! Enters: an explained page, a width and whether to colour. Leaves: the text to print.
//! Invariant: without colour the text holds no escape sequence, whatever the page held.

use anstyle::{Ansi256Color, Style};

use super::explained::{Explained, LabelCount, grouped};
use super::palette;
use super::wrap::{columns, printable, wrap};
use crate::classify::evidence::{Evidence, Signal};
use crate::label::Label;
use crate::pipeline::LabelledBlock;

/// How the text is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Columns of a line.
    pub width: usize,
    /// Whether escape sequences colour labels and dim what is cut.
    pub color: bool,
}

/// Columns before a block's text: number, mark, label, score and the spaces between.
const INDENT: usize = 26;
/// Columns of a fact's name.
const FACT_NAME: usize = 10;
/// Lines of a block's text, and of its signals, before the rest is left out.
const BLOCK_LINES: usize = 4;

/// The whole page: header, blocks in their order, counts by label.
#[must_use]
pub fn render(explained: &Explained<'_>, layout: Layout) -> String {
    let painter = Painter { layout, out: String::new() };
    painter.header(explained).blocks(explained).footer(explained).out
}

struct Painter {
    layout: Layout,
    out: String,
}

impl Painter {
    fn header(mut self, explained: &Explained<'_>) -> Self {
        let source = self.paint(Style::new().bold(), &one_line(explained.source));
        let outcome = explained.outcome();
        self.line(&source);
        self.line(&format!("  {outcome}"));
        let width = self.layout.width.saturating_sub(FACT_NAME + 4).max(20);
        for (name, value) in explained.facts() {
            let mut name = format!("{name:<FACT_NAME$}");
            for part in wrap(&one_line(&value), width, 3) {
                let painted = self.paint(Style::new().dimmed(), &name);
                self.line(&format!("  {painted}  {part}"));
                name = " ".repeat(FACT_NAME);
            }
        }
        self.line("");
        self
    }

    fn blocks(mut self, explained: &Explained<'_>) -> Self {
        for (i, block) in explained.page.blocks.iter().enumerate() {
            self.block(i + 1, block, explained.kept(block));
        }
        if explained.page.blocks.is_empty() {
            self.line("  (no blocks)");
        }
        self
    }

    fn block(&mut self, number: usize, block: &LabelledBlock, kept: bool) {
        let width = self.layout.width.saturating_sub(INDENT).max(20);
        let mark = if kept { '+' } else { '-' };
        let label = self.paint(label_style(block.label, kept), &format!("{:<10}", block.label.name()));
        let mut lead = format!("{number:>5} {mark} {label} {:>5.2}  ", block.evidence.score);
        let text_style = if kept { Style::new() } else { Style::new().dimmed() };
        let mut lines = wrap(&printable(&block.text), width, BLOCK_LINES);
        if lines.is_empty() {
            lines.push("(empty)".to_owned());
        }
        for text in lines {
            let text = self.paint(text_style, &text);
            self.line(&format!("{lead}{text}"));
            lead = " ".repeat(INDENT);
        }
        for text in wrap(&signals(&block.evidence), width, BLOCK_LINES) {
            let text = self.paint(Style::new().italic().dimmed(), &text);
            self.line(&format!("{}{text}", " ".repeat(INDENT)));
        }
    }

    fn footer(mut self, explained: &Explained<'_>) -> Self {
        let counts = explained.counts();
        self.line("");
        self.line(&explained.totals());
        self.count_line("kept", counts.iter().filter(|count| count.kept));
        self.count_line("cut", counts.iter().filter(|count| !count.kept));
        self
    }

    /// One line of counts; it breaks between labels where it grows too wide.
    fn count_line<'c>(&mut self, name: &str, counts: impl Iterator<Item = &'c LabelCount>) {
        let mut line = format!("  {name:<4}");
        let mut used = columns(&line);
        for count in counts {
            let number = grouped(count.blocks as u64);
            let label = count.label.name();
            let more = label.len() + number.len() + 3;
            if used + more > self.layout.width.max(30) {
                self.line(&line);
                line = " ".repeat(6);
                used = 6;
            }
            line.push_str("  ");
            line.push_str(&self.paint(label_style(count.label, count.kept), label));
            line.push(' ');
            line.push_str(&number);
            used += more;
        }
        if used > 6 {
            self.line(&line);
        }
    }

    fn paint(&self, style: Style, text: &str) -> String {
        if self.layout.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    fn line(&mut self, text: &str) {
        self.out.push_str(text.trim_end());
        self.out.push('\n');
    }
}

fn label_style(label: Label, kept: bool) -> Style {
    let style = Style::new().fg_color(Some(Ansi256Color(palette::color(label).ansi).into()));
    if kept { style.bold() } else { style }
}

/// The signals with their weights and rules, the strongest first.
fn signals(evidence: &Evidence) -> String {
    evidence.signals.iter().map(signal).collect::<Vec<_>>().join(" · ")
}

fn signal(signal: &Signal) -> String {
    let weight = signal.weight.map_or_else(String::new, |weight| format!(" {weight:+.2}"));
    let rule = signal.rule.as_ref().map_or_else(String::new, |rule| format!(" ({})", one_line(rule)));
    format!("{}{weight}{rule}", signal.name)
}

fn one_line(text: &str) -> String {
    printable(text).replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::metadata::Metadata;
    use crate::pipeline::{CleanedPage, Outcome, SkipReason};

    fn block(label: Label, text: &str) -> LabelledBlock {
        let signal =
            Signal { name: "phrase", rule: Some("phrases/vi.toml#related".into()), weight: Some(-2.5) };
        let position = Signal { name: "position", rule: None, weight: None };
        LabelledBlock {
            text: text.into(),
            label,
            evidence: Evidence { signals: vec![signal, position].into(), score: 0.25 },
        }
    }

    fn page(outcome: Outcome) -> CleanedPage {
        CleanedPage {
            form: Some(crate::page::Form::Html),
            charset: "windows-1258",
            outcome,
            metadata: Metadata { author: Some("An Bình".into()), ..Metadata::default() },
            blocks: vec![block(Label::Title, "Cầu mới thông xe"), block(Label::Related, "\u{1b}[2JXem thêm")],
            rules: vec!["mastercms".into()],
        }
    }

    fn rendered(page: &CleanedPage, layout: Layout) -> String {
        render(&Explained { source: "a/b.html", page, include: &Label::ARTICLE }, layout)
    }

    #[test]
    fn plain_text_is_exact() {
        let expected = "\
a/b.html
  article
  form        HTML, windows-1258
  rules       mastercms
  author      An Bình

    1 + title       0.25  Cầu mới thông xe
                          phrase -2.50 (phrases/vi.toml#related) · position
    2 - related     0.25  ␛[2JXem thêm
                          phrase -2.50 (phrases/vi.toml#related) · position

kept 1 of 2 blocks, 16 of 28 characters
  kept  title 1
  cut   related 1
";
        assert_eq!(rendered(&page(Outcome::Article), Layout { width: 100, color: false }), expected);
    }

    #[test]
    fn colour_only_adds_escapes() {
        let page = page(Outcome::Article);
        let colored = rendered(&page, Layout { width: 100, color: true });
        assert!(colored.contains("\u{1b}[1m\u{1b}[38;5;220mtitle"), "{colored:?}");
        let plain = rendered(&page, Layout { width: 100, color: false });
        assert!(!plain.contains('\u{1b}'));
        let stripped: String = colored
            .split('\u{1b}')
            .enumerate()
            .map(|(i, part)| if i == 0 { part } else { part.split_once('m').map_or("", |(_, rest)| rest) })
            .collect();
        let trimmed = |text: &str| text.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>();
        assert_eq!(trimmed(&stripped), trimmed(&plain));
    }

    #[test]
    fn a_skipped_page_keeps_nothing_and_says_why() {
        let text =
            rendered(&page(Outcome::Skipped(SkipReason::IndexPage)), Layout { width: 80, color: false });
        assert!(text.contains("skipped: it is an index page"), "{text}");
        assert!(text.contains("kept 0 of 2 blocks"), "{text}");
        assert!(!text.contains(" + "), "{text}");
    }

    #[test]
    fn lines_stay_within_the_width() {
        let mut page = page(Outcome::Article);
        page.blocks.push(block(Label::Body, &"một đoạn văn dài ".repeat(400)));
        page.blocks.extend(Label::ALL.map(|label| block(label, "x")));
        for width in [60, 80, 120] {
            let text = rendered(&page, Layout { width, color: false });
            assert!(text.lines().all(|line| columns(line) <= width), "{text}");
            assert!(text.contains("characters)"), "{text}");
        }
    }
}
