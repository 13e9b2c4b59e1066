//! A parser for the INI dialect of the AWS configuration files, compatible with the AWS CLI.
//!
//! The AWS CLI uses Python's `configparser.RawConfigParser`
//! (<https://github.com/boto/botocore/blob/develop/botocore/configloader.py>,
//! <https://github.com/python/cpython/blob/3.13/Lib/configparser.py>). In this dialect, `=` or `:`
//! separates a key from its value, a comment has a line of its own, and an indented line continues
//! the value on the previous line. Keys are case-insensitive, sections and keys are unique, and the
//! keys in `[DEFAULT]` apply to every section.

use std::collections::BTreeMap;

/// A syntax error that the AWS CLI also reports.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed {
    pub(super) line: usize,
    pub(super) problem: String,
}

/// The sections of a file, in the order in which they appear.
pub(super) type Sections = Vec<(String, Options)>;

/// The values in a section, by lowercase key.
pub(super) type Options = BTreeMap<String, Entry>;

/// A value and its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry(Vec<(usize, String)>);

impl Entry {
    /// The line of the key.
    pub(super) fn line(&self) -> usize {
        self.0[0].0
    }

    /// Returns the value if it is on one line, or `None` if it continues on indented lines.
    pub(super) fn text(&self) -> Option<&str> {
        match self.0.as_slice() {
            [(_, value), rest @ ..] if rest.iter().all(|(_, more)| more.is_empty()) => Some(value),
            _ => None,
        }
    }

    /// Returns the value of a key inside a block of indented lines.
    pub(super) fn nested(&self, key: &str) -> Option<(usize, &str)> {
        self.block()?.rev().find_map(|(line, text)| {
            let (name, value) = text.split_once('=')?;
            (name.trim() == key).then(|| (*line, value.trim()))
        })
    }

    /// Returns the indented lines below the key. Returns `None` if there are no such lines, or if
    /// the key's own line contains a value.
    fn block(&self) -> Option<impl DoubleEndedIterator<Item = &(usize, String)>> {
        let (first, rest) = self.0.split_first()?;
        let rest = rest.iter().filter(|(_, text)| !text.is_empty());
        (first.1.is_empty() && rest.clone().next().is_some()).then_some(rest)
    }
}

/// Parses a file.
pub(super) fn parse(text: &str) -> Result<Sections, Malformed> {
    let mut reader = Reader::default();
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        reader.line(index + 1, line)?;
    }
    let Reader { mut sections, defaults, .. } = reader;
    for (_, options) in &mut sections {
        for (key, entry) in &defaults {
            options.entry(key.clone()).or_insert_with(|| entry.clone());
        }
    }
    let entries = sections.iter().flat_map(|(_, options)| options.values());
    let wrong = entries.filter_map(Entry::block).flatten().find(|(_, text)| !text.contains('='));
    match wrong.map(|(line, _)| *line) {
        Some(line) => malformed(line, "expected `key = value` on an indented line"),
        None => Ok(sections),
    }
}

/// The state of the parser.
#[derive(Default)]
struct Reader {
    sections: Sections,
    /// The keys of `[DEFAULT]`.
    defaults: Options,
    place: Place,
    /// The most recent key. An indented line continues this key's value.
    key: Option<String>,
    indent: usize,
}

/// The current section; new keys are added to it.
#[derive(Clone, Copy, Default)]
enum Place {
    #[default]
    Nowhere,
    Defaults,
    /// The most recent section.
    Section,
}

impl Reader {
    fn line(&mut self, number: usize, line: &str) -> Result<(), Malformed> {
        let text = line.trim();
        if text.starts_with(['#', ';']) {
            return Ok(());
        }
        let indent = line.chars().take_while(|c| c.is_whitespace()).count();
        if text.is_empty() || indent > self.indent {
            if let Some(entry) = self.open_entry() {
                entry.0.push((number, text.to_owned()));
                return Ok(());
            }
            if text.is_empty() {
                return Ok(());
            }
        }
        self.indent = indent;
        match text.strip_prefix('[').and_then(|rest| rest.rsplit_once(']')) {
            Some((name, _)) if !name.is_empty() => self.section(number, name),
            _ => self.option(number, text),
        }
    }

    fn open_entry(&mut self) -> Option<&mut Entry> {
        let key = self.key.clone()?;
        self.options()?.get_mut(&key)
    }

    fn options(&mut self) -> Option<&mut Options> {
        match self.place {
            Place::Nowhere => None,
            Place::Defaults => Some(&mut self.defaults),
            Place::Section => self.sections.last_mut().map(|(_, options)| options),
        }
    }

    fn section(&mut self, number: usize, name: &str) -> Result<(), Malformed> {
        self.key = None;
        if name == "DEFAULT" {
            self.place = Place::Defaults;
            return Ok(());
        }
        if self.sections.iter().any(|(known, _)| known == name) {
            return malformed(number, format!("section [{name}] is defined twice"));
        }
        self.sections.push((name.to_owned(), Options::new()));
        self.place = Place::Section;
        Ok(())
    }

    fn option(&mut self, number: usize, text: &str) -> Result<(), Malformed> {
        // The errors do not quote the line, because it may contain a secret.
        let Some(options) = self.options() else {
            return malformed(number, "expected a section such as [default]");
        };
        let Some((key, value)) =
            text.split_once(['=', ':']).filter(|(key, _)| !key.trim().is_empty())
        else {
            return malformed(number, "expected `key = value` or a section such as [default]");
        };
        let key = key.trim().to_lowercase();
        let entry = Entry(vec![(number, value.trim().to_owned())]);
        if options.insert(key.clone(), entry).is_some() {
            return malformed(number, format!("key `{key}` is defined twice in its section"));
        }
        self.key = Some(key);
        Ok(())
    }
}

fn malformed<T>(line: usize, problem: impl Into<String>) -> Result<T, Malformed> {
    Err(Malformed { line, problem: problem.into() })
}

#[cfg(test)]
mod tests {
    use super::{Malformed, Sections, parse};

    fn text<'a>(sections: &'a Sections, section: &str, key: &str) -> Option<&'a str> {
        let (_, options) = sections.iter().find(|(name, _)| name == section)?;
        options.get(key)?.text()
    }

    #[test]
    fn what_python_accepts_is_accepted() {
        let file = "\u{feff}# a comment\n; another\n[DEFAULT]\noutput: json\n\n[ default ] # the rest is ignored\n\
                    Region=eu-west-1   \n  # a comment within\n\ts3 =\n\t   addressing_style = path\n\t\n\
                    [profile \"my own\"]\r\nregion : eu-west-2 # no comment\r\nempty =\r\n";
        let sections = parse(file).unwrap();
        assert_eq!(
            text(&sections, " default ", "region"),
            None,
            "a line that starts with a tab continues the value"
        );
        assert_eq!(text(&sections, "profile \"my own\"", "region"), Some("eu-west-2 # no comment"));
        assert_eq!(text(&sections, "profile \"my own\"", "output"), Some("json"));
        assert_eq!(text(&sections, "profile \"my own\"", "empty"), Some(""));
    }

    #[test]
    fn indented_lines_are_a_block() {
        let sections =
            parse("[services dev]\necs =\n  endpoint_url = http://a\n  # no\n\n  x=1\niam =\n")
                .unwrap();
        let (_, options) = &sections[0];
        assert_eq!(options["ecs"].nested("endpoint_url"), Some((3, "http://a")));
        assert_eq!(options["ecs"].nested("x"), Some((6, "1")));
        assert_eq!(options["ecs"].text(), None);
        assert_eq!((options["iam"].nested("x"), options["iam"].text()), (None, Some("")));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line_and_without_its_text() {
        let key = "expected `key = value` or a section such as [default]";
        for (file, line, problem) in [
            ("region = x", 1, "expected a section such as [default]"),
            ("\n[default]\naws_secret_access_key SECRET\n", 3, key),
            ("[default]\n= SECRET\n", 2, key),
            ("[default\nregion = x", 1, "expected a section such as [default]"),
            ("[default]\n\n[default]\n", 3, "section [default] is defined twice"),
            ("[a]\nregion = x\nREGION = y", 3, "key `region` is defined twice in its section"),
            ("[a]\necs =\n  x = 1\n  SECRET\n", 4, "expected `key = value` on an indented line"),
        ] {
            let expected = Malformed { line, problem: problem.to_owned() };
            assert_eq!(parse(file), Err(expected), "{file:?}");
        }
    }
}
