//! How errors of the configuration look: the line, what is wrong underlined, the rule, and the remedy.

use std::ops::Range;

use annotate_snippets::{
    Annotation, AnnotationKind, Element, Group, Level, Renderer, Snippet, normalize_untrusted_str,
};

use super::error::{At, ConfigError, ConfigErrors, Mark, SourceFile};
use super::settings::{Given, Origin};

impl ConfigErrors {
    /// The errors for people, each with the text it stands in, without a newline at the end.
    ///
    /// With `styled` the text holds ANSI escapes.
    pub fn render(&self, styled: bool) -> String {
        let renderer = if styled { Renderer::styled() } else { Renderer::plain() };
        let reports = self.iter().map(|error| renderer.render(&[self.report(error)]));
        let mut text = reports.collect::<Vec<_>>().join("\n\n");
        if self.count() > 1 {
            let title = format!("the configuration has {} errors", self.count());
            let last = Group::with_title(Level::ERROR.primary_title(title));
            text = format!("{text}\n\n{}", renderer.render(&[last]));
        }
        text
    }

    fn report<'a>(&'a self, error: &'a ConfigError) -> Group<'a> {
        let mut group = Group::with_title(Level::ERROR.primary_title(&error.message));
        if let Some(snippet) = file_snippet(&self.file, &error.marks) {
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

fn file_snippet<'a>(file: &'a SourceFile, marks: &'a [Mark]) -> Option<Element<'a>> {
    let annotations: Vec<Annotation<'a>> = marks
        .iter()
        .enumerate()
        .filter_map(|(index, mark)| match &mark.at {
            At::File(span) => Some(annotation(index, first_line(&file.text, span), mark)),
            At::Given(_) => None,
        })
        .collect();
    if annotations.is_empty() || file.text.is_empty() {
        return None;
    }
    let snippet = Snippet::source(&file.text).path(&file.name);
    Some(snippet.annotations(annotations).into())
}

/// A flag or variable as it stands on a command line, with its value underlined.
fn given_snippet<'a>(given: &Given, mark: &'a Mark, index: usize) -> Element<'a> {
    let name = match given.origin {
        Origin::Flag(flag) => format!("{flag} "),
        Origin::Variable(variable) => format!("{variable}="),
    };
    let line = format!("{name}{}", given.value.to_string_lossy().replace(['\n', '\r'], " "));
    let span = name.len()..line.len();
    Snippet::source(line).line_numbering(false).annotation(annotation(index, span, mark)).into()
}

fn annotation(index: usize, span: Range<usize>, mark: &Mark) -> Annotation<'_> {
    let kind = if index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
    kind.span(span).label(mark.label.as_deref())
}

/// The part of a span on its first line, within the text and on the bounds of characters: a value of many
/// lines is shown by its beginning.
fn first_line(text: &str, span: &Range<usize>) -> Range<usize> {
    let start = text.floor_char_boundary(span.start);
    let end = text.ceil_char_boundary(span.end.max(start));
    let part = &text[start..end];
    let length = part.find(['\n', '\r']).unwrap_or(part.len());
    start..start + length
}
