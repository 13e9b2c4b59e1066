//! A scanner that reads the parts of a pattern from left to right.

use regex_lite::Regex;

/// The part of a pattern that has not been read yet.
#[derive(Debug)]
pub(super) struct Scanner<'t> {
    rest: &'t str,
    /// The number of regular expressions read so far.
    pub(super) regexes: usize,
    /// Whether a regular expression contains a character that AWS does not support.
    pub(super) has_bad_character: bool,
}

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { rest: text, regexes: 0, has_bad_character: false }
    }

    pub(super) fn skip_spaces(&mut self) {
        self.rest = self.rest.trim_start();
    }

    /// Skips spaces, and returns whether the end of the pattern has been reached.
    pub(super) fn is_done(&mut self) -> bool {
        self.skip_spaces();
        self.rest.is_empty()
    }

    /// Skips spaces, and returns the next character without consuming it.
    pub(super) fn peek(&mut self) -> Option<char> {
        self.skip_spaces();
        self.rest.chars().next()
    }

    /// Skips spaces. If `text` comes next, skips it as well and returns `true`.
    pub(super) fn eat(&mut self, text: &str) -> bool {
        self.skip_spaces();
        let Some(rest) = self.rest.strip_prefix(text) else { return false };
        self.rest = rest;
        true
    }

    /// Reads characters up to the first one for which `wanted` returns `false`. Does not skip
    /// spaces first.
    pub(super) fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'t str {
        let end = self.rest.find(|char| !wanted(char)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    /// Reads a string in double quotes, in which a backslash escapes a quote or a backslash.
    pub(super) fn quoted(&mut self) -> Option<String> {
        let mut chars = self.rest.strip_prefix('"')?.char_indices();
        let mut text = String::new();
        while let Some((at, char)) = chars.next() {
            match char {
                '"' => {
                    self.rest = self.rest.get(at + 2..)?;
                    return Some(text);
                }
                '\\' => match chars.next()?.1 {
                    escaped @ ('"' | '\\') => text.push(escaped),
                    other => text.extend(['\\', other]),
                },
                _ => text.push(char),
            }
        }
        None
    }

    /// Reads a regular expression between percent signs.
    pub(super) fn regex(&mut self) -> Option<Regex> {
        let inside = self.rest.strip_prefix('%')?;
        let (text, rest) = inside.split_once('%')?;
        self.rest = rest;
        self.regexes += 1;
        // The syntax documentation lists these characters. A space is not allowed and must be
        // written as `\s`.
        let allowed =
            |char: char| char.is_ascii_alphanumeric() || r":_#=@/;,-^$?[]{}|\*+.".contains(char);
        if text.is_empty() || !text.chars().all(allowed) {
            self.has_bad_character = true;
            return None;
        }
        Regex::new(text).ok()
    }
}
