//! Escapes external text, which comes from AWS, files and other programs.

use icu_properties::CodePointMapData;
use icu_properties::props::GeneralCategory;

/// Escapes external text so that it stays on one line and cannot control a terminal or reorder the
/// surrounding text. Every character for which [`needs_escape`] returns true is replaced by an
/// escape sequence: a line break by `\n`, and a right-to-left override by `\u{202e}`.
pub fn escaped(text: &str) -> String {
    if !text.contains(needs_escape) {
        return text.to_owned();
    }
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if needs_escape(c) {
            escaped.extend(c.escape_default());
        } else {
            escaped.push(c);
        }
    }
    escaped
}

/// Returns whether a terminal might interpret a character or be unable to display it. Such
/// characters must be escaped.
pub fn needs_escape(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    matches!(
        CodePointMapData::<GeneralCategory>::new().get(c),
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
            | GeneralCategory::PrivateUse
            | GeneralCategory::Unassigned
    )
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn what_steers_a_terminal_or_reorders_text_is_escaped() {
        for (text, expected) in [
            ("a\u{1b}[31mb", r"a\u{1b}[31mb"),
            ("Sid\n\nNo changes.\r\t", r"Sid\n\nNo changes.\r\t"),
            ("\u{9b}31m\u{85}\u{7f}", r"\u{9b}31m\u{85}\u{7f}"),
            ("\u{202e}\u{2066}\u{200f}\u{61c}", r"\u{202e}\u{2066}\u{200f}\u{61c}"),
            ("\u{2028}\u{2029}\u{feff}\u{ad}\u{e0041}", r"\u{2028}\u{2029}\u{feff}\u{ad}\u{e0041}"),
        ] {
            assert_eq!(escaped(text), expected);
        }
        for same in ["/ecs/démo", "タグ\u{3000}値", "e\u{301}", "🦀", r"C:\n"] {
            assert_eq!(escaped(same), same);
        }
    }
}
