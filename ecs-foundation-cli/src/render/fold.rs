//! Lines for narrow terminals.

/// How much deeper than its line begins what goes on of it stands.
const HANGING: usize = 4;

/// The text with no line wider than `columns`, as far as there are spaces to break at. A word that is wider, such
/// as an ARN, stays whole, so that it can be copied; so does the spacing of lines that fit.
pub(crate) fn fold(text: &str, columns: usize) -> String {
    text.split_inclusive('\n').map(|line| fold_line(line, columns)).collect()
}

/// The same of an error that shows lines of a file: those stay as they are, for what is under them points at them.
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
    let indent = body.len() - body.trim_start_matches(' ').len();
    // On a terminal that is very narrow the text counts more than where it begins.
    let hanging = (indent + HANGING).min(columns / 3);
    let mut folded = " ".repeat(indent);
    let (mut used, mut begins) = (indent, true);
    for word in body.trim_start_matches(' ').split(' ') {
        let wide = width(word);
        if !begins && used + 1 + wide > columns {
            // The space at which a line is broken is none at its end.
            folded.truncate(folded.trim_end_matches(' ').len());
            folded.push('\n');
            folded.push_str(&" ".repeat(hanging));
            (used, begins) = (hanging, true);
        }
        // Of several spaces none begins a line.
        if begins && word.is_empty() {
            continue;
        }
        if !begins {
            folded.push(' ');
            used += 1;
        }
        folded.push_str(word);
        used += wide;
        begins = false;
    }
    folded + end
}

/// The columns that a text takes: colours take none.
pub(crate) fn width(text: &str) -> usize {
    anstream::adapter::strip_str(text).map(|part| part.chars().count()).sum()
}

#[cfg(test)]
mod tests {
    use super::{fold, width};

    #[test]
    fn lines_that_fit_stay_as_they_are() {
        let text = "a   table\nof  lines\n\n  Only 'yes' is accepted: ";
        assert_eq!(fold(text, 26), text);
    }

    #[test]
    fn a_line_that_does_not_fit_goes_on_below_and_deeper() {
        assert_eq!(
            fold("  help: look at the plan, then run again with --yes\nnext\n", 30),
            "  help: look at the plan, then\n      run again with --yes\nnext\n"
        );
        assert_eq!(fold("a sentence   with   gaps", 12), "a sentence\n    with\n    gaps");
        assert_eq!(
            fold("all of one line, and a question: ", 18),
            "all of one line,\n    and a\n    question: "
        );
    }

    #[test]
    fn a_word_that_is_too_wide_stays_whole() {
        let arn = "arn:aws:ecs:us-east-1:123456789012:cluster/demo-dev-cluster";
        assert_eq!(fold(&format!("found {arn} there"), 20), format!("found\n    {arn}\n    there"));
        assert_eq!(fold(arn, 20), arn);
    }

    #[test]
    fn lines_of_a_file_and_what_points_at_them_stay_together() {
        let report = "error: `a` is no key of this\n --> shop.toml:2:1\n  |\n2 | a = 1 # and more\n  | ^\n  |\n  = help: leave it out\n";
        assert_eq!(
            super::fold_report(report, 16),
            "error: `a` is no\n    key of this\n --> shop.toml:2:1\n  |\n2 | a = 1 # and more\n  | ^\n  |\n  = help: leave\n     it out\n"
        );
    }

    #[test]
    fn colours_take_no_room() {
        let red = "\u{1b}[31merror:\u{1b}[0m it is so";
        assert_eq!(width(red), 15);
        assert_eq!(fold(red, 15), red);
    }

    #[test]
    fn no_width_makes_it_panic_or_lose_a_word() {
        let text = "  error: ünï cödé 🦀 and\n\n    more of   it ";
        for columns in 0..40 {
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            assert_eq!(words(&fold(text, columns)), words(text), "{columns}");
        }
    }
}
