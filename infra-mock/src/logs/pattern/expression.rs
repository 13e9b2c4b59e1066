//! Expressions that combine conditions with `&&`, `||` and parentheses.

use super::scanner::Scanner;

/// A boolean combination of conditions.
#[derive(Debug)]
pub(super) enum Expression<T> {
    Is(T),
    All(Vec<Self>),
    Any(Vec<Self>),
}

impl<T> Expression<T> {
    /// Parses an expression, using `operand` to parse each condition. `&&` has higher precedence than `||`.
    pub(super) fn parse(
        scanner: &mut Scanner<'_>,
        operand: &impl Fn(&mut Scanner<'_>) -> Option<T>,
    ) -> Option<Self> {
        let mut any = vec![Self::conjunction(scanner, operand)?];
        while scanner.eat("||") {
            any.push(Self::conjunction(scanner, operand)?);
        }
        Some(Self::Any(any))
    }

    fn conjunction(
        scanner: &mut Scanner<'_>,
        operand: &impl Fn(&mut Scanner<'_>) -> Option<T>,
    ) -> Option<Self> {
        let mut all = vec![Self::single(scanner, operand)?];
        while scanner.eat("&&") {
            all.push(Self::single(scanner, operand)?);
        }
        Some(Self::All(all))
    }

    fn single(
        scanner: &mut Scanner<'_>,
        operand: &impl Fn(&mut Scanner<'_>) -> Option<T>,
    ) -> Option<Self> {
        if !scanner.eat("(") {
            return operand(scanner).map(Self::Is);
        }
        let inner = Self::parse(scanner, operand)?;
        scanner.eat(")").then_some(inner)
    }

    /// Evaluates the expression, using `is_true` to evaluate each condition.
    pub(super) fn holds(&self, is_true: &impl Fn(&T) -> bool) -> bool {
        match self {
            Self::Is(condition) => is_true(condition),
            Self::All(all) => all.iter().all(|part| part.holds(is_true)),
            Self::Any(any) => any.iter().any(|part| part.holds(is_true)),
        }
    }

    /// Calls `visit` with each condition.
    pub(super) fn each(&self, visit: &mut impl FnMut(&T)) {
        match self {
            Self::Is(condition) => visit(condition),
            Self::All(parts) | Self::Any(parts) => {
                for part in parts {
                    part.each(visit);
                }
            }
        }
    }
}
