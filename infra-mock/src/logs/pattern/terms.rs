//! Term patterns, in which each term is required, optional or excluded. A message must contain
//! every required term and no excluded term. If all terms are optional, the message must contain at
//! least one of them.

use regex_lite::Regex;

use super::scanner::Scanner;

/// A term pattern.
#[derive(Debug, Default)]
pub(super) struct Terms {
    required: Vec<Term>,
    optional: Vec<Term>,
    excluded: Vec<Term>,
}

#[derive(Debug)]
enum Term {
    Text(String),
    Regex(Regex),
}

impl Term {
    fn is_in(&self, message: &str) -> bool {
        match self {
            Self::Text(text) => message.contains(text),
            Self::Regex(regex) => regex.is_match(message),
        }
    }

    fn parse(scanner: &mut Scanner<'_>) -> Option<Self> {
        match scanner.peek()? {
            '"' => scanner.quoted().map(Self::Text),
            '%' => scanner.regex().map(Self::Regex),
            _ => {
                // A term must be quoted unless it consists of letters, digits and underscores. For
                // example, AWS rejects `email@someemail.com`:
                // https://github.com/lucagrulla/cw/issues/181. A hyphen excludes the term that
                // follows, even in the middle of a word. The pattern `request-id-123` therefore
                // does not match a message that contains exactly this text:
                // https://github.com/cloudashdev/cloudash/issues/84.
                let word = scanner.take_while(|char| char.is_alphanumeric() || char == '_');
                (!word.is_empty()).then(|| Self::Text(word.to_owned()))
            }
        }
    }
}

impl Terms {
    pub(super) fn parse(scanner: &mut Scanner<'_>) -> Option<Self> {
        let mut terms = Self::default();
        while !scanner.is_done() {
            let list = if scanner.eat("-") {
                &mut terms.excluded
            } else if scanner.eat("?") {
                &mut terms.optional
            } else {
                &mut terms.required
            };
            list.push(Term::parse(scanner)?);
        }
        Some(terms)
    }

    pub(super) fn match_message(&self, message: &str) -> bool {
        let Self { required, optional, excluded } = self;
        if excluded.iter().any(|term| term.is_in(message)) {
            return false;
        }
        // "If you combine "?" with other filter patterns, all question mark terms will be ignored",
        // according to the syntax documentation.
        if required.is_empty() && excluded.is_empty() && !optional.is_empty() {
            return optional.iter().any(|term| term.is_in(message));
        }
        required.iter().all(|term| term.is_in(message))
    }
}
