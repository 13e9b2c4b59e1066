//! Colours and marks. Texts are made with colours; the printer takes them out where they do not belong.

use std::fmt::Display;

use anstyle::{AnsiColor, Style};
use infra_core::text::{Tone, escaped};

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

/// Paints the parts of a plan.
pub(crate) fn tone(tone: Tone, text: &str) -> String {
    let style = match tone {
        Tone::Added => GOOD,
        Tone::Changed => WARN,
        Tone::Removed => BAD,
        Tone::Adopted | Tone::Note => INFO,
        Tone::Kept => DIM,
        Tone::Heading => BOLD,
    };
    paint(style, text)
}

/// Text from outside, escaped so that it cannot control the terminal or forge a line.
pub(crate) fn plain(text: &str) -> String {
    escaped(text)
}
