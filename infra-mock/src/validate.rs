//! Checks of request members, in the words that AWS's front ends use.

use unicode_properties::{GeneralCategory as Category, UnicodeGeneralCategory};

/// Whether a character matches `[\p{L}\p{Z}\p{N}_.:/=+\-@]`, which keys and values of tags consist of in
/// every service. Combining marks, which many scripts write vowels with, are in none of these classes.
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

/// Collects every constraint that a request breaks, as AWS reports them: all at once.
///
/// The form is that of CloudWatch Logs; IAM and ECR have forms of their own. Of what was sent, numbers alone are
/// repeated. Texts, lists and nulls were as well until early in 2026
/// (<https://github.com/localstack/localstack/blob/8b9a79f05846835cf4dff63ab7eefdde9df83783/tests/aws/services/logs/test_logs_metric_filters.snapshot.json>),
/// and are no more: <https://github.com/vals-ai/Valkyrie/pull/484>, <https://github.com/getmoto/moto/pull/10104>.
#[derive(Debug, Default)]
pub(crate) struct Constraints {
    broken: Vec<String>,
    sentence: Option<&'static str>,
}

impl Constraints {
    /// No violation so far.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A member that has to be there.
    pub(crate) fn required<T>(&mut self, member: &str, value: Option<&T>) -> &mut Self {
        if value.is_none() {
            self.violation(member, "Member must not be null");
        }
        self
    }

    /// The length of a text, in characters.
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

    /// The number of items of a list.
    pub(crate) fn items(
        &mut self,
        member: &str,
        count: usize,
        min: usize,
        max: usize,
    ) -> &mut Self {
        if count < min {
            let rule = format!("Member must have length greater than or equal to {min}");
            self.violation(member, &rule);
        } else if count > max {
            let rule = format!("Member must have length less than or equal to {max}");
            self.violation(member, &rule);
        }
        self
    }

    /// A number's range.
    pub(crate) fn range(
        &mut self,
        member: &str,
        value: Option<i64>,
        min: i64,
        max: i64,
    ) -> &mut Self {
        let Some(value) = value else { return self };
        let rule = if value < min {
            format!("greater than or equal to {min}")
        } else if value > max {
            format!("less than or equal to {max}")
        } else {
            return self;
        };
        self.broken.push(format!(
            "Value '{value}' at '{member}' failed to satisfy constraint: Member must have value {rule}"
        ));
        self
    }

    /// A text that has to match `pattern`, which is shown as AWS shows it; `holds` decides.
    pub(crate) fn pattern(&mut self, member: &str, pattern: &str, holds: bool) -> &mut Self {
        if !holds {
            self.violation(
                member,
                &format!("Member must satisfy regular expression pattern: {pattern}"),
            );
        }
        self
    }

    /// A text out of a set.
    pub(crate) fn one_of(
        &mut self,
        member: &str,
        value: Option<&str>,
        allowed: &[&str],
    ) -> &mut Self {
        if value.is_some_and(|value| !allowed.contains(&value)) {
            self.violation(
                member,
                &format!("Member must satisfy enum value set: [{}]", allowed.join(", ")),
            );
        }
        self
    }

    /// A constraint in words of its own.
    pub(crate) fn violation(&mut self, member: &str, rule: &str) -> &mut Self {
        self.broken.push(format!("Value at '{member}' failed to satisfy constraint: {rule}"));
        self
    }

    /// What is said where no constraint is broken, and `holds` is not true either.
    pub(crate) fn sentence(&mut self, sentence: &'static str, holds: bool) -> &mut Self {
        if !holds {
            self.sentence.get_or_insert(sentence);
        }
        self
    }

    /// The text of all violations, or else of the sentence, where there are any.
    pub(crate) fn into_message(self) -> Option<String> {
        let count = self.broken.len();
        if count == 0 {
            return self.sentence.map(str::to_owned);
        }
        let plural = if count == 1 { "error" } else { "errors" };
        Some(format!("{count} validation {plural} detected: {}", self.broken.join("; ")))
    }
}

#[cfg(test)]
mod tests {
    use super::Constraints;

    #[test]
    fn violations_read_as_aws_writes_them() {
        let mut constraints = Constraints::new();
        constraints.length("roleName", Some("x".repeat(3).as_str()), 1, 2).range(
            "n",
            Some(0),
            1,
            9,
        );
        assert_eq!(
            constraints.into_message().unwrap(),
            "2 validation errors detected: Value at 'roleName' failed to satisfy constraint: Member \
             must have length less than or equal to 2; Value '0' at 'n' failed to satisfy constraint: \
             Member must have value greater than or equal to 1"
        );
        assert_eq!(Constraints::new().into_message(), None);
    }
}
