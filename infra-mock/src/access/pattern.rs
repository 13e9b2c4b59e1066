//! Patterns with wildcards and policy variables.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>

use infra_core::policy::Version;

use super::Context;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    /// This exact character.
    Letter(char),
    /// Any number of characters, including the colons of an ARN:
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>.
    Any,
    /// Exactly one character.
    One,
}

/// A pattern in which the variables have been replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern(Vec<Token>);

impl Pattern {
    /// Parses a pattern without replacing variables.
    pub(super) fn plain(text: &str) -> Self {
        Self(text.chars().map(token).collect())
    }

    /// Parses a pattern and replaces its variables. Version 2008-10-17 of the policy language does
    /// not support variables. Returns `None` if a variable has no value, because the pattern then
    /// matches nothing.
    pub(super) fn read(text: &str, version: Version, context: &Context) -> Option<Self> {
        if version == Version::V2008_10_17 {
            return Some(Self::plain(text));
        }
        let mut tokens = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, behind)) = after.split_once('}') else { break };
            tokens.extend(before.chars().map(token));
            tokens.extend(value(name, context)?.chars().map(Token::Letter));
            rest = behind;
        }
        tokens.extend(rest.chars().map(token));
        Some(Self(tokens))
    }

    /// Returns the pattern as text. Wildcards become literal characters, as in `StringEquals`.
    pub(super) fn into_text(self) -> String {
        let letter = |token| match token {
            Token::Letter(letter) => letter,
            Token::Any => '*',
            Token::One => '?',
        };
        self.0.into_iter().map(letter).collect()
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        let (mut at, mut token) = (0, 0);
        // The index of the most recent `*` in the pattern, and the index up to which this `*`
        // matches the text.
        let mut star: Option<(usize, usize)> = None;
        while at < text.len() {
            match self.0.get(token) {
                Some(Token::Any) => {
                    star = Some((token, at));
                    token += 1;
                }
                Some(Token::One) => {
                    at += 1;
                    token += 1;
                }
                Some(Token::Letter(letter)) if *letter == text[at] => {
                    at += 1;
                    token += 1;
                }
                _ => match star {
                    Some((stood, tried)) => {
                        star = Some((stood, tried + 1));
                        token = stood + 1;
                        at = tried + 1;
                    }
                    None => return false,
                },
            }
        }
        self.0[token..].iter().all(|token| *token == Token::Any)
    }

    /// Returns whether the pattern matches an ARN part by part, as in the ARN operators: wildcards
    /// match colons only in the last part.
    pub(super) fn matches_arn(&self, text: &str) -> bool {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let patterns: Vec<&[Token]> = self.0.splitn(6, |t| *t == Token::Letter(':')).collect();
        parts.len() == 6
            && patterns.len() == 6
            && patterns
                .iter()
                .zip(parts)
                .all(|(pattern, part)| Self(pattern.to_vec()).matches(part))
    }
}

fn token(letter: char) -> Token {
    match letter {
        '*' => Token::Any,
        '?' => Token::One,
        letter => Token::Letter(letter),
    }
}

/// Returns the value of a variable, or its default.
fn value(name: &str, context: &Context) -> Option<String> {
    if let "*" | "?" | "$" = name {
        return Some(name.to_owned());
    }
    let (key, default) = match name.split_once(',') {
        Some((key, default)) => (key, Some(default.trim().trim_matches('\'').to_owned())),
        None => (name, None),
    };
    match context.get(key.trim()) {
        Some([only]) => Some(only.clone()),
        // A variable cannot refer to a key with several values.
        _ => default,
    }
}
