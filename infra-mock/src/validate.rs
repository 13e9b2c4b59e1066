//! Checks of request members, in the words that AWS's front ends use.

use std::fmt::Display;

/// Collects every constraint that a request breaks, as AWS reports them: all at once.
///
/// The form is that of CloudWatch Logs, and of IAM in older threads:
/// `1 validation error detected: Value 'x y' at 'logGroupName' failed to satisfy constraint: ...`.
/// IAM and ECR have forms of their own.
#[derive(Debug, Default)]
pub(crate) struct Constraints(Vec<String>);

impl Constraints {
    /// No violation so far.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A member that has to be there.
    pub(crate) fn required<T>(&mut self, member: &str, value: Option<&T>) -> &mut Self {
        if value.is_none() {
            self.0.push(format!(
                "Value null at '{member}' failed to satisfy constraint: Member must not be null"
            ));
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
            self.bounds(member, value, value.chars().count(), min, max, "length");
        }
        self
    }

    /// The number of items of a list; AWS prints the list itself, `shown`.
    pub(crate) fn items(
        &mut self,
        member: &str,
        shown: &str,
        count: usize,
        min: usize,
        max: usize,
    ) -> &mut Self {
        self.bounds(member, shown, count, min, max, "length");
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
        match value {
            Some(value) if value < min => self.violation(
                member,
                value,
                &format!("Member must have value greater than or equal to {min}"),
            ),
            Some(value) if value > max => self.violation(
                member,
                value,
                &format!("Member must have value less than or equal to {max}"),
            ),
            _ => self,
        }
    }

    /// A text that has to match `pattern`, which is shown as AWS shows it; `holds` decides.
    pub(crate) fn pattern(
        &mut self,
        member: &str,
        value: Option<&str>,
        pattern: &str,
        holds: bool,
    ) -> &mut Self {
        if let (Some(value), false) = (value, holds) {
            self.violation(
                member,
                value,
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
        if let Some(value) = value.filter(|value| !allowed.contains(value)) {
            self.violation(
                member,
                value,
                &format!("Member must satisfy enum value set: [{}]", allowed.join(", ")),
            );
        }
        self
    }

    /// A constraint in words of its own.
    pub(crate) fn violation(&mut self, member: &str, value: impl Display, rule: &str) -> &mut Self {
        self.0.push(format!("Value '{value}' at '{member}' failed to satisfy constraint: {rule}"));
        self
    }

    fn bounds(
        &mut self,
        member: &str,
        shown: &str,
        count: usize,
        min: usize,
        max: usize,
        what: &str,
    ) -> &mut Self {
        if count < min {
            let rule = format!("Member must have {what} greater than or equal to {min}");
            self.violation(member, shown, &rule);
        } else if count > max {
            let rule = format!("Member must have {what} less than or equal to {max}");
            self.violation(member, shown, &rule);
        }
        self
    }

    /// The text of all violations, where there are any.
    pub(crate) fn into_message(self) -> Option<String> {
        let count = self.0.len();
        let plural = if count == 1 { "error" } else { "errors" };
        (count > 0).then(|| format!("{count} validation {plural} detected: {}", self.0.join("; ")))
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
            "2 validation errors detected: Value 'xxx' at 'roleName' failed to satisfy constraint: Member \
             must have length less than or equal to 2; Value '0' at 'n' failed to satisfy constraint: \
             Member must have value greater than or equal to 1"
        );
        assert_eq!(Constraints::new().into_message(), None);
    }
}
