//! Wraps lines for narrow terminals.

use textwrap::core::{Word, display_width};
use textwrap::{Options, WordSeparator, WordSplitter};

/// The extra indentation of continuation lines.
const HANGING: usize = 4;

/// Wraps text to at most `columns`. A wider word, such as an ARN, is not broken, so that users can
/// copy it. Lines that fit are not changed.
pub(crate) fn fold(text: &str, columns: usize) -> String {
    text.split_inclusive('\n').map(|line| fold_line(line, columns)).collect()
}

/// Wraps an error that quotes lines of a file. The quoted lines are not wrapped, because the
/// markers below a quoted line point to positions in that line.
pub(crate) fn fold_report(text: &str, columns: usize) -> String {
    let shows_file = |line: &str| {
        let line = anstream::adapter::strip_str(line).to_string();
        let line = line.trim_start_matches([' ', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
        line.starts_with(['|', '-', ':', '.'])
    };
    let fold = |line| if shows_file(line) { line.to_owned() } else { fold_line(line, columns) };
    text.split_inclusive('\n').map(fold).collect()
}

fn fold_line(line: &str, columns: usize) -> String {
    let (body, end) = line.strip_suffix('\n').map_or((line, ""), |body| (body, "\n"));
    if width(body) <= columns {
        return line.to_owned();
    }
    let text = body.trim_start_matches(' ');
    let indent = body.len() - text.len();
    // The indentation is reduced on a very narrow terminal.
    let hanging = " ".repeat((indent + HANGING).min(columns / 3));
    let indent = " ".repeat(indent);
    let options = Options::new(columns)
        .initial_indent(&indent)
        .subsequent_indent(&hanging)
        .break_words(false)
        .word_separator(WordSeparator::Custom(words))
        .word_splitter(WordSplitter::NoHyphenation);
    // Keep the space at the end of a prompt.
    let last = " ".repeat(text.len() - text.trim_end_matches(' ').len());
    textwrap::fill(text, options) + &last + end
}

/// Splits a line wherever it can wrap: after spaces and between wide characters. Japanese and
/// Chinese text has no spaces, so it must wrap between characters.
fn words(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    let can_break = |before: char, after: char| {
        (before == ' ' && after != ' ')
            || (is_wide(before) && is_wide(after) && !"。、，．！？）」』】".contains(after))
    };
    let pairs = line.chars().zip(line.char_indices().skip(1));
    let ends = pairs
        .filter(move |(before, (_, after))| can_break(*before, *after))
        .map(|(_, (at, _))| at)
        .chain([line.len()]);
    let mut start = 0;
    Box::new(ends.map(move |end| Word::from(&line[std::mem::replace(&mut start, end)..end])))
}

fn is_wide(c: char) -> bool {
    width(c.encode_utf8(&mut [0; 4])) == 2
}

/// Returns the width of a string on a terminal. Colors have no width, and wide characters have a
/// width of two.
pub(crate) fn width(text: &str) -> usize {
    display_width(text)
}

/// Pads a string with spaces to the given width.
pub(crate) fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

#[cfg(test)]
mod tests {
    use super::{fold, pad, width};

    #[test]
    fn lines_that_fit_stay_as_they_are() {
        let text = "a   table\nof  lines\n\n  Type 'yes' to confirm: ";
        assert_eq!(fold(text, 26), text);
    }

    #[test]
    fn long_line_continues_with_deeper_indentation() {
        assert_eq!(
            fold("  help: review the plan, then run again with --yes\nnext\n", 30),
            "  help: review the plan, then\n      run again with --yes\nnext\n"
        );
        assert_eq!(fold("a sentence   with   gaps", 12), "a sentence\n    with\n    gaps");
        assert_eq!(
            fold("all on one line, with a question:  ", 18),
            "all on one line,\n    with a\n    question:  "
        );
    }

    #[test]
    fn word_that_is_too_wide_stays_whole() {
        let arn = "arn:aws:ecs:us-east-1:123456789012:cluster/demo-dev-cluster";
        assert_eq!(fold(&format!("found {arn} there"), 20), format!("found\n    {arn}\n    there"));
        assert_eq!(fold(arn, 20), arn);
    }

    #[test]
    fn quoted_lines_of_a_file_are_not_wrapped() {
        let report = "error: unknown key `a`\n --> shop.toml:2:1\n  |\n2 | a = 1 # and more\n  | ^\n  |\n  = help: leave it out\n";
        assert_eq!(
            super::fold_report(report, 16),
            "error: unknown\n    key `a`\n --> shop.toml:2:1\n  |\n2 | a = 1 # and more\n  | ^\n  |\n  = help: leave\n     it out\n"
        );
    }

    #[test]
    fn colors_have_no_width() {
        let red = "\u{1b}[31merror:\u{1b}[0m it is so";
        assert_eq!(width(red), 15);
        assert_eq!(fold(red, 15), red);
    }

    #[test]
    fn wide_characters_have_width_two_and_can_be_broken() {
        assert_eq!(width("基盤"), 4);
        assert_eq!(pad("基盤", 6), "基盤  ");
        assert_eq!(
            fold("  チーム = 基盤を支える人。\n", 16),
            "  チーム = 基盤\n     を支える\n     人。\n"
        );
    }

    #[test]
    fn no_width_causes_a_panic_or_drops_a_word() {
        let text = "  error: ünï cödé 🦀 and\n\n    more of   it ";
        for columns in 0..40 {
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            assert_eq!(words(&fold(text, columns)), words(text), "{columns}");
        }
    }
}
