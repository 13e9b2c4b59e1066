//! GitHub repositories, refs and environments, as they appear in the subjects of GitHub's OIDC
//! tokens.

use std::str::FromStr;

use serde_json::{Value as Json, json};

use super::{Refusal, Value, hold};
use crate::names::InvalidValue;

checked_values! {
    /// A repository on GitHub: `OWNER/REPOSITORY`, or `OWNER@ID/REPOSITORY@ID` if the subjects of
    /// the repository's tokens contain the ids of the owner and the repository. GitHub uses the
    /// second form by default for repositories created after 15 July 2026.
    ///
    /// Case matters, because IAM compares token subjects case-sensitively.
    ///
    /// Source: <https://docs.github.com/en/actions/reference/security/oidc#immutable-subject-claims>.
    GitHubRepository(
        "GitHub repository",
        "write OWNER/REPOSITORY, or OWNER@ID/REPOSITORY@ID if the subjects of the repository's OIDC tokens contain ids",
        |text| {
            let suggestion = repository_in(text);
            if is_repository(text) { Ok(()) } else { Err(Refusal { rule: None, suggestion }) }
        },
        json!({
            "type": "string",
            "pattern": "^[A-Za-z0-9][A-Za-z0-9_-]*(/[A-Za-z0-9._-]+|@[0-9]+/[A-Za-z0-9._-]+@[0-9]+)$",
        })
    );

    /// The name of a branch or tag, with `*` and `?` as wildcards.
    ///
    /// Source: <https://git-scm.com/docs/git-check-ref-format>. IAM accepts only Latin-1 characters
    /// in a policy and would interpret `$` as the start of a variable.
    GitHubRef(
        "branch or tag",
        "write the name of a branch or tag without refs/heads/ or refs/tags/, using ASCII characters that Git accepts, \
         except $; * and ? are wildcards",
        |text| {
            let short = ["refs/heads/", "refs/tags/"].iter().find_map(|kind| text.strip_prefix(kind));
            match short {
                Some(short) => Err(Refusal { rule: None, suggestion: Some(short.to_owned()) }),
                None => hold(is_ref(text)),
            }
        },
        json!({
            "type": "string",
            "pattern": "^[!-#%-9;-Z\\]_-}]+$",
            "not": { "pattern": "^refs/(heads|tags)/|\\.\\.|@\\{|(^|/)(\\.|/|$)|\\.$|\\.lock(/|$)" },
        })
    );

    /// The name of a GitHub deployment environment, with `*` and `?` as wildcards.
    ///
    /// Source: <https://docs.github.com/en/rest/deployments/environments>. IAM accepts only Latin-1
    /// characters in a policy and would interpret `$` as the start of a variable.
    GitHubEnvironment(
        "environment",
        "write an environment name: 1 to 255 printable ASCII characters, but no $ (* and ? are wildcards)",
        |text| {
            let allowed = |c: char| (c == ' ' || c.is_ascii_graphic()) && c != '$';
            hold((1..=255).contains(&text.len()) && text.trim() == text && text.chars().all(allowed))
        },
        json!({ "type": "string", "pattern": "^[!-#%-~]([ -#%-~]*[!-#%-~])?$", "maxLength": 255 })
    );
}

fn is_repository(text: &str) -> bool {
    let name = |text: &str, more: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
    };
    let id = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    let Some((owner, repository)) = text.split_once('/') else { return false };
    let (owner, repository, ids) = match (owner.split_once('@'), repository.split_once('@')) {
        (None, None) => (owner, repository, true),
        (Some((owner, first)), Some((repository, second))) => {
            (owner, repository, id(first) && id(second))
        }
        _ => return false,
    };
    ids && name(owner, "-_")
        && owner.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name(repository, "-_.")
}

/// Returns the repository that a URL or a token's subject refers to.
fn repository_in(text: &str) -> Option<String> {
    let rest = ["https://github.com/", "git@github.com:", "github.com/", "repo:"]
        .iter()
        .find_map(|prefix| text.strip_prefix(prefix))?;
    let rest = rest.split(':').next().unwrap_or_default().trim_end_matches('/');
    let rest = rest.strip_suffix(".git").unwrap_or(rest);
    is_repository(rest).then(|| rest.to_owned())
}

/// Returns whether a string can be the name of a Git branch or tag, possibly with wildcards.
fn is_ref(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_graphic() && !"~^:[\\$".contains(c);
    let is_component = |part: &str| {
        !part.is_empty() && !part.starts_with('.') && part.strip_suffix(".lock").is_none()
    };
    text.chars().all(allowed)
        && text.split('/').all(is_component)
        && !text.ends_with('.')
        && !["..", "@{"].iter().any(|sequence| text.contains(sequence))
}
