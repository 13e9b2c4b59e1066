//! Colors of the output. Text is always formatted with colors, and the printer removes them where
//! they are not supported.

use std::fmt::Display;

use anstyle::{AnsiColor, Style};
use infra_core::text::{Tone, escaped};

/// Success and creation.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// Changes and warnings.
pub(crate) const WARN: Style = AnsiColor::Yellow.on_default();
/// Deletions and errors.
pub(crate) const BAD: Style = AnsiColor::Red.on_default();
/// Adoptions and notes.
pub(crate) const INFO: Style = AnsiColor::Cyan.on_default();
/// Emphasized text.
pub(crate) const BOLD: Style = Style::new().bold();
/// Secondary text.
pub(crate) const DIM: Style = Style::new().dimmed();

/// Applies a style to the text.
pub(crate) fn paint(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

/// Applies the style for a tone to the text.
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

/// Escapes external text so that it cannot control the terminal or forge a line.
pub(crate) fn plain(text: &str) -> String {
    escaped(text)
}
