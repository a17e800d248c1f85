//! The colour of each label, for terminals and for pages.
//!
//! Enters: a label. Leaves: its colour in three forms.
//! Invariant: no two labels share a colour in any form; tests hold it.

use crate::label::Label;

/// One label's colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Color {
    /// Index in the terminal's table of 256 colours.
    pub ansi: u8,
    /// On a light page: dark enough to read, as `#rrggbb`.
    pub light: &'static str,
    /// On a dark page: light enough to read, as `#rrggbb`.
    pub dark: &'static str,
}

/// The colour of a label.
#[must_use]
pub fn color(label: Label) -> Color {
    let (ansi, light, dark) = match label {
        Label::Title => (220, "#805400", "#ffd75f"),
        Label::Lead => (208, "#a84300", "#ff9f50"),
        Label::Body => (77, "#1b7a2f", "#6fdc7c"),
        Label::Subhead => (44, "#006c7a", "#4fd8e8"),
        Label::Caption => (141, "#6d3fc0", "#b79cff"),
        Label::Byline => (213, "#a3278f", "#ff8ee6"),
        Label::Date => (75, "#1f62b5", "#6db3ff"),
        Label::Section => (110, "#3e6480", "#93bfdc"),
        Label::Tags => (149, "#5c6b00", "#b9d65f"),
        Label::Related => (203, "#c02626", "#ff7a7a"),
        Label::Repeat => (174, "#964747", "#dca0a0"),
        Label::Sidebar => (173, "#8a5528", "#d99b66"),
        Label::Comment => (186, "#6f651c", "#ded78a"),
        Label::Share => (105, "#5351b8", "#a09dff"),
        Label::Navigation => (73, "#2c6f6c", "#6cbdb9"),
        Label::Legal => (246, "#5f6670", "#a3a9b3"),
        Label::Ad => (161, "#c2185b", "#ff6ba3"),
        Label::Other => (250, "#6b6b6b", "#c0c0c0"),
    };
    Color { ansi, light, dark }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn colours_are_distinct_in_every_form() {
        let all = Label::ALL.map(color);
        assert_eq!(all.iter().map(|c| c.ansi).collect::<BTreeSet<_>>().len(), all.len());
        assert_eq!(all.iter().map(|c| c.light).collect::<BTreeSet<_>>().len(), all.len());
        assert_eq!(all.iter().map(|c| c.dark).collect::<BTreeSet<_>>().len(), all.len());
    }

    /// Relative luminance of `#rrggbb`, after WCAG 2.
    fn luminance(hex: &str) -> f64 {
        let channel = |at: usize| {
            let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal")) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    #[test]
    fn colours_can_be_read_on_their_pages() {
        // The page's own backgrounds stand in explain.css.
        let contrast = |a: f64, b: f64| (a.max(b) + 0.05) / (a.min(b) + 0.05);
        for label in Label::ALL {
            let color = color(label);
            assert!(contrast(luminance(color.light), luminance("#fbfaf8")) >= 4.5, "{} light", label.name());
            assert!(contrast(luminance(color.dark), luminance("#16181c")) >= 4.5, "{} dark", label.name());
        }
    }
}
