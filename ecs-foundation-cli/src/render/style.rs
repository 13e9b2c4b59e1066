//! Colours and marks. Texts are made with colours; the printer takes them out where they do not belong.

use std::fmt::Display;

use anstyle::{AnsiColor, Style};
use infra_core::engine::ChangeKind;

/// What is well, or comes into being.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// What changes, or wants attention.
pub(crate) const WARN: Style = AnsiColor::Yellow.on_default();
/// What goes away, or has gone wrong.
pub(crate) const BAD: Style = AnsiColor::Red.on_default();
/// What is taken over, or is said in passing.
pub(crate) const INFO: Style = AnsiColor::Cyan.on_default();
/// What stands out.
pub(crate) const BOLD: Style = Style::new().bold();
/// What stands back.
pub(crate) const DIM: Style = Style::new().dimmed();

/// The text in a style.
pub(crate) fn paint(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

/// The mark of a change, as in a diff, with its colour.
pub(crate) const fn mark(kind: ChangeKind) -> (&'static str, Style) {
    match kind {
        ChangeKind::Create => ("+", GOOD),
        ChangeKind::Update => ("~", WARN),
        ChangeKind::Replace => ("-/+", BAD),
        ChangeKind::Delete => ("-", BAD),
        ChangeKind::Adopt => (">", INFO),
        ChangeKind::NoOp => (" ", DIM),
    }
}

/// A text from outside with its control characters escaped, so that it cannot steer the terminal.
pub(crate) fn plain(text: &str) -> String {
    let escape = |c: char| c.is_control() && c != '\n';
    if !text.contains(escape) {
        return text.to_owned();
    }
    text.chars()
        .map(|c| if escape(c) { c.escape_default().to_string() } else { c.to_string() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn control_characters_from_outside_are_escaped() {
        assert_eq!(plain("a\u{1b}[31mb\nc"), "a\\u{1b}[31mb\nc");
        assert_eq!(plain("/ecs/démo"), "/ecs/démo");
    }
}
