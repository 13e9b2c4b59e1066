//! IAM's messages for requests that violate the constraints in its service model.
//!
//! If a name, path or document does not match its pattern, AWS describes the allowed characters in
//! a sentence. AWS uses this sentence only if no other constraint is violated:
//! <https://github.com/aws/eks-hybrid/pull/113>,
//! <https://github.com/aws-amplify/amplify-cli/issues/9120>,
//! <https://github.com/aws-cloudformation/cfn-lint/issues/722>.

use super::check;
use crate::api::ApiError;
use crate::constraints::{self, Broken, Quoted, Rule, joined};

const NAME: &str = r"[\w+=,.@-]+";
const PATHS: [&str; 2] =
    [r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)", r"((/[A-Za-z0-9\.,\+@=_-]+)*)/"];
const PATH_PREFIX: &str = r"\u002F[\u0021-\u007F]*";
const DOCUMENT: &str = r"[\u0009\u000A\u000D\u0020-\u00FF]+";

/// Returns the error for a request that violates constraints. IAM reports all violations in one
/// error. It does not quote the values:
/// <https://github.com/localstack/localstack/blob/f87be267779418a193b0272603afc7c8dc69ccb2/tests/aws/services/iam/test_iam_account_password_policy.snapshot.json>.
pub(crate) fn refusal(mut broken: Vec<Broken>) -> Option<ApiError> {
    broken.sort_by_key(|one| bucket(&one.member));
    let (mut lines, mut sentence) = (Vec::new(), None);
    let line = |one, words: &str| constraints::line(one, Quoted::Nothing, words);
    // If a value is too short or too long, the mock does not also report a pattern mismatch,
    // because no recorded response contains both.
    let has_length = |member: &str| {
        let mut rules = broken.iter().filter(|one| one.member == member).map(|one| &one.rule);
        rules.any(|rule| matches!(rule, Rule::MinLength(_) | Rule::MaxLength(_)))
    };
    for one in &broken {
        match &one.rule {
            Rule::Pattern(_) if has_length(&one.member) => {}
            // AWS limits markers to 320 characters. The mock's markers contain names and can be
            // longer, so the mock does not check the length.
            Rule::MaxLength(_) if one.member == "marker" => {}
            Rule::Pattern(pattern) => match sentence_of(&one.member, pattern) {
                None => lines.push(line(one, &one.rule.words())),
                Some(rule) => {
                    let member = &one.member;
                    sentence.get_or_insert_with(|| {
                        format!("The specified value for {member} is invalid. {rule}")
                    });
                }
            },
            // For `tagKeys`, unlike for other lists, AWS's message also says that members must not
            // be null (recorded; see `document.rs`).
            Rule::Items(_) if one.member == "tagKeys" => {
                let words = one.rule.words();
                let words = words.strip_suffix(']').unwrap_or(&words);
                lines.push(line(one, &format!("{words}, Member must not be null]")));
            }
            Rule::Enum(..) => lines.push(line(one, "Member must satisfy enum value set")),
            rule => lines.push(line(one, &rule.words())),
        }
    }
    joined(&lines).or(sentence).map(check::validation)
}

/// Returns the bucket of a text in a small Java `HashMap`. In the two recordings that contain several violations, IAM lists
/// them in this order: in the recording cited above, and in `test_iam_oidc.snapshot.json` in the same folder.
fn bucket(text: &str) -> u32 {
    let add = |hash: u32, unit: u16| hash.wrapping_mul(31).wrapping_add(unit.into());
    let hash = text.encode_utf16().fold(0, add);
    (hash ^ hash >> 16) & 15
}

/// Returns the sentence that describes the allowed characters, if AWS has one for this pattern.
fn sentence_of(member: &str, pattern: &str) -> Option<&'static str> {
    Some(match pattern {
        NAME => "It must contain only alphanumeric characters and/or the following: +=,.@_-",
        _ if pattern == PATH_PREFIX || member == "pathPrefix" => {
            "It must begin with the / character and contain only alphanumeric characters and/or / characters."
        }
        _ if PATHS.contains(&pattern) => {
            "It must begin and end with / and contain only alphanumeric characters and/or / characters."
        }
        DOCUMENT if member.ends_with("olicyDocument") => {
            "It must contain only printable ASCII characters."
        }
        _ => return None,
    })
}
