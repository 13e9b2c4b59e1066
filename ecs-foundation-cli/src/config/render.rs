//! Renders configuration errors. Each error shows the line with the problem underlined, followed by
//! the rule and a suggested correction.

use std::ops::Range;

use annotate_snippets::{
    Annotation, AnnotationKind, Element, Group, Level, Origin as Path, Renderer, Snippet,
    normalize_untrusted_str,
};

use super::endpoint::mask_users;
use super::error::{At, ConfigError, ConfigErrors, Mark, Place};
use super::settings::{Given, Origin};

impl ConfigErrors {
    /// Formats the errors for people. Each error is shown with its line in the file. The text does
    /// not end with a newline.
    ///
    /// If `styled` is set, the text contains ANSI escapes.
    pub fn render(&self, styled: bool) -> String {
        let renderer = if styled { Renderer::styled() } else { Renderer::plain() };
        let source = self.file.shown();
        let reports = self.iter().map(|error| renderer.render(&[self.report(error, &source)]));
        let mut text = reports.collect::<Vec<_>>().join("\n\n");
        if self.count() > 1 {
            let title = self.summary();
            let last = Group::with_title(Level::ERROR.primary_title(title));
            text = format!("{text}\n\n{}", renderer.render(&[last]));
        }
        text
    }

    fn report<'a>(&'a self, error: &'a ConfigError, source: &'a str) -> Group<'a> {
        let mut group = Group::with_title(Level::ERROR.primary_title(&error.message));
        if error.unquoted {
            if let Some(Place::File { file, line, column }) = &error.place {
                group = group.element(Path::path(file).line(*line).char_column(*column));
            }
        } else if let Some(snippet) = file_snippet(&self.file.name, source, &error.marks) {
            group = group.element(snippet);
        }
        for (index, mark) in error.marks.iter().enumerate() {
            if let At::Given(given) = &mark.at {
                group = group.element(given_snippet(given, mark, index));
            }
        }
        if let Some(rule) = &error.rule {
            group = group.element(message(Level::NOTE, rule));
        }
        if let Some(hint) = &error.hint {
            group = group.element(message(Level::HELP, hint));
        }
        group
    }
}

fn message(level: Level<'static>, text: &str) -> Element<'static> {
    level.message(normalize_untrusted_str(text)).into()
}

fn file_snippet<'a>(name: &'a str, text: &'a str, marks: &'a [Mark]) -> Option<Element<'a>> {
    let annotations: Vec<Annotation<'a>> = marks
        .iter()
        .enumerate()
        .filter_map(|(index, mark)| match &mark.at {
            At::File(span) => Some(annotation(index, first_line(text, span), mark)),
            At::Given(_) => None,
        })
        .collect();
    if annotations.is_empty() || text.is_empty() {
        return None;
    }
    let snippet = Snippet::source(text).path(name);
    Some(snippet.annotations(annotations).into())
}

/// Formats an option or variable as it appears on a command line, with its value underlined.
fn given_snippet<'a>(given: &Given, mark: &'a Mark, index: usize) -> Element<'a> {
    let name = match given.origin {
        Origin::Flag(flag) => format!("{flag} "),
        Origin::Variable(variable) => format!("{variable}="),
    };
    let value = mask_users(&given.value.to_string_lossy());
    let line = format!("{name}{}", value.replace(['\n', '\r'], " "));
    let span = name.len()..line.len();
    Snippet::source(line).line_numbering(false).annotation(annotation(index, span, mark)).into()
}

fn annotation(index: usize, span: Range<usize>, mark: &Mark) -> Annotation<'_> {
    let kind = if index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
    kind.span(span).label(mark.label.as_deref())
}

/// Shortens a span to its first line, so that only the first line of a long value is shown. The
/// shortened span starts and ends at character boundaries.
fn first_line(text: &str, span: &Range<usize>) -> Range<usize> {
    let start = text.floor_char_boundary(span.start);
    let end = text.ceil_char_boundary(span.end.max(start));
    let part = &text[start..end];
    let length = part.find(['\n', '\r']).unwrap_or(part.len());
    start..start + length
}
