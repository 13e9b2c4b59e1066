//! Checks request members, and returns the same error messages as AWS's front ends.

use crate::constraints::{Broken, Quoted, Rule, joined, length, line, range};

use unicode_properties::{GeneralCategory as Category, UnicodeGeneralCategory};

/// Returns whether a character matches `[\p{L}\p{Z}\p{N}_.:/=+\-@]`, the characters that every
/// service accepts in tag keys and values. The pattern excludes combining marks, although many
/// scripts write vowels with them.
pub(crate) fn is_tag_character(c: char) -> bool {
    match c.general_category() {
        Category::UppercaseLetter
        | Category::LowercaseLetter
        | Category::TitlecaseLetter
        | Category::ModifierLetter
        | Category::OtherLetter
        | Category::SpaceSeparator
        | Category::LineSeparator
        | Category::ParagraphSeparator
        | Category::DecimalNumber
        | Category::LetterNumber
        | Category::OtherNumber => true,
        _ => "_.:/=+-@".contains(c),
    }
}

/// Collects every constraint that a request violates, because AWS reports all violations in one
/// message.
///
/// The messages have the format of CloudWatch Logs. `logs::violations` describes which values they
/// quote.
#[derive(Debug, Default)]
pub(crate) struct Constraints {
    broken: Vec<String>,
    sentence: Option<&'static str>,
}

impl Constraints {
    /// Creates a collection without violations.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Checks that a member is present.
    pub(crate) fn required<T>(&mut self, member: &str, value: Option<&T>) -> &mut Self {
        self.add(member, None, value.is_none().then_some(Rule::Required))
    }

    /// Checks the length of a string, in characters.
    pub(crate) fn length(
        &mut self,
        member: &str,
        value: Option<&str>,
        min: usize,
        max: usize,
    ) -> &mut Self {
        if let Some(value) = value {
            self.items(member, value.chars().count(), min, max);
        }
        self
    }

    /// Checks the number of items in a list.
    pub(crate) fn items(
        &mut self,
        member: &str,
        count: usize,
        min: usize,
        max: usize,
    ) -> &mut Self {
        let limit = |limit: usize| i64::try_from(limit).ok();
        self.add(member, None, length(count, limit(min), limit(max)))
    }

    /// Checks the range of a number.
    pub(crate) fn range(
        &mut self,
        member: &str,
        value: Option<i64>,
        min: i64,
        max: i64,
    ) -> &mut Self {
        let rule = value.and_then(|value| range(value, Some(min), Some(max)));
        self.add(member, value, rule)
    }

    /// If `holds` is `false`, adds a violation of `pattern`. The pattern must be written as in
    /// AWS's message.
    pub(crate) fn pattern(
        &mut self,
        member: &str,
        pattern: &'static str,
        holds: bool,
    ) -> &mut Self {
        self.add(member, None, (!holds).then_some(Rule::Pattern(pattern)))
    }

    /// Checks that a string is one of the `allowed` values.
    pub(crate) fn one_of(
        &mut self,
        member: &str,
        value: Option<&str>,
        allowed: &'static [&'static str],
    ) -> &mut Self {
        let is_other = value.is_some_and(|value| !allowed.contains(&value));
        self.add(member, None, is_other.then_some(Rule::Enum(allowed)))
    }

    fn add(&mut self, member: &str, number: Option<i64>, rule: Option<Rule>) -> &mut Self {
        if let Some(rule) = rule {
            let (words, value) = (rule.words(), number.map(|number| number.to_string()));
            let broken = Broken { member: member.to_owned(), value, rule };
            self.broken.push(line(&broken, Quoted::Numbers, &words));
        }
        self
    }

    /// Adds a violation of a rule. The rule must be worded as in AWS's message.
    pub(crate) fn violation(&mut self, member: &str, rule: &str) -> &mut Self {
        self.broken.push(format!("Value at '{member}' failed to satisfy constraint: {rule}"));
        self
    }

    /// If `holds` is `false`, keeps `sentence`, which becomes the message if there are no
    /// violations. Only the first sentence is kept.
    pub(crate) fn sentence(&mut self, sentence: &'static str, holds: bool) -> &mut Self {
        if !holds {
            self.sentence.get_or_insert(sentence);
        }
        self
    }

    /// Returns one message for all violations. If there are none, returns the sentence that was
    /// kept, if any.
    pub(crate) fn into_message(self) -> Option<String> {
        joined(&self.broken).or_else(|| self.sentence.map(str::to_owned))
    }
}

#[cfg(test)]
mod tests {
    use super::Constraints;

    #[test]
    fn violations_read_as_aws_writes_them() {
        let mut constraints = Constraints::new();
        constraints.length("name", Some("x".repeat(3).as_str()), 1, 2).range("n", Some(0), 1, 9);
        assert_eq!(
            constraints.into_message().unwrap(),
            "2 validation errors detected: Value at 'name' failed to satisfy constraint: Member \
             must have length less than or equal to 2; Value '0' at 'n' failed to satisfy constraint: \
             Member must have value greater than or equal to 1"
        );
        assert_eq!(Constraints::new().into_message(), None);
    }
}
