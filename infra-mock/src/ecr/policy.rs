//! `SetRepositoryPolicy`, `GetRepositoryPolicy` and `DeleteRepositoryPolicy`.

use std::collections::{BTreeMap, BTreeSet};

use infra_core::policy::{
    AwsPrincipal, PolicyDocument, PrincipalElement, PrincipalKind, PrincipalSet, Statement,
};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use crate::api::{ApiError, ApiResult, Call, Operation};
use crate::ecr::{
    DeleteRepositoryPolicyRequest, GetRepositoryPolicyRequest, SetRepositoryPolicyRequest,
};
use crate::iam::{self, Principal};

use super::pretty::pretty;
use super::{check, find, target};

/// A repository policy as ECR stores it.
///
/// As in every resource-based policy, roles and users are stored as unique IDs. After a role is
/// deleted, the policy still contains the role's ID, so a new role with the same name gets no
/// permissions.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-roles>
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredPolicy {
    /// The document, with unique IDs instead of the ARNs of roles and users.
    document: String,
    /// The original ARN for each unique ID.
    arns: BTreeMap<String, String>,
    /// The policy text from the request. Responses list the actions in the order of this text.
    #[serde(default)]
    sent: String,
}

/// Formats a policy as ECR does, with the actions in the order of the request.
///
/// <https://github.com/cloud-custodian/cloud-custodian/blob/875ce46ead89ba48f42cc06b4e32536bef682a35/tests/data/placebo/test_ecr_remove_matched/api.ecr.SetRepositoryPolicy_2.json>
pub(super) fn in_order(document: &PolicyDocument, sent: &str) -> String {
    let sent: Value = serde_json::from_str(sent).unwrap_or_default();
    let statements = match sent.get("Statement") {
        Some(Value::Array(statements)) => statements.clone(),
        Some(statement) => vec![statement.clone()],
        None => Vec::new(),
    };
    let mut shown = serde_json::to_value(document).unwrap_or_default();
    let stored = shown.get_mut("Statement").and_then(Value::as_array_mut);
    for (statement, sent) in stored.into_iter().flatten().zip(statements) {
        for element in ["Action", "NotAction"] {
            if let (Some(actions), Some(sent @ Value::Array(_))) =
                (statement.get_mut(element).filter(|it| it.is_array()), sent.get(element))
            {
                *actions = sent.clone();
            }
        }
    }
    pretty(&Ordered(&shown))
}

/// A wrapper that serializes policy elements in the order of [`ELEMENTS`], not in alphabetical
/// order.
struct Ordered<'v>(&'v Value);

const ELEMENTS: [&str; 12] = [
    "Version",
    "Id",
    "Statement",
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

impl Serialize for Ordered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Array(items) => serializer.collect_seq(items.iter().map(Ordered)),
            Value::Object(members) => {
                let place = |name: &str| ELEMENTS.iter().position(|element| *element == name);
                let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
                sorted.sort_by_key(|(name, _)| place(name));
                serializer
                    .collect_map(sorted.into_iter().map(|(name, value)| (name, Ordered(value))))
            }
            other => other.serialize(serializer),
        }
    }
}

impl StoredPolicy {
    fn new(call: &Call<'_>, text: &str) -> ApiResult<Self> {
        // https://github.com/awsdocs/amazon-ecr-user-guide/pull/20
        let invalid = || check::invalid("PolicyText", "Invalid repository policy provided");
        let document = PolicyDocument::parse(text).map_err(|_| invalid())?;
        if !document.statements().iter().all(|statement| is_for_a_repository(call, statement)) {
            return Err(invalid());
        }
        let mut arns = BTreeMap::new();
        let document = with_principals(&document, |text| {
            let id = match iam::resolve(call, text) {
                // `*` and principals that the mock cannot look up are stored as given.
                Principal::Everyone | Principal::OtherAccount => return Ok(text.to_owned()),
                Principal::Account => return Ok(root_arn(call, text)),
                Principal::Entity { id } => id,
                // The ARN of an account must end with `:root`. For example, ECR rejects
                // `arn:aws:iam::123456789012:*`:
                // https://github.com/hashicorp/terraform-provider-aws/issues/3924. The mock also
                // rejects the ARN of an account in another partition. ECR's response to such an ARN
                // is not publicly documented.
                Principal::Unknown
                    if matches!(
                        AwsPrincipal::classify(text),
                        AwsPrincipal::Other(_) | AwsPrincipal::Account(_)
                    ) =>
                {
                    return Err(invalid());
                }
                // https://github.com/hashicorp/terraform-provider-aws/issues/39064
                Principal::Unknown => {
                    return Err(check::invalid("PolicyText", "Principal not found"));
                }
            };
            let (id, arn) = match AwsPrincipal::classify(text) {
                AwsPrincipal::AssumedRole(arn) => {
                    let session = arn.splitn(3, '/').nth(2).unwrap_or_default();
                    (format!("{id}:{session}"), arn.to_owned())
                }
                AwsPrincipal::RoleId(_) | AwsPrincipal::UserId(_) => {
                    let here = call.iam_of(&call.location().account_id);
                    let arn = here.and_then(|state| state.remembered_arn(&id)).unwrap_or(text);
                    (id.clone(), arn.to_owned())
                }
                _ => (id, text.to_owned()),
            };
            arns.insert(id.clone(), arn);
            Ok(id)
        })?;
        Ok(Self { document: document.to_json(), arns, sent: text.to_owned() })
    }

    /// Returns the document, with unique IDs instead of the ARNs of roles and users.
    pub(super) fn document(&self) -> &str {
        &self.document
    }

    /// Returns the current text of the policy.
    fn text(&self, call: &Call<'_>) -> String {
        let Self { document, arns, sent } = self;
        let shown = |id: &str| match arns.get(id) {
            None => id.to_owned(),
            Some(arn) => {
                let bare = id.split(':').next().unwrap_or(id);
                let shown = iam::shown(call, arn, bare);
                if shown == *arn { shown } else { id.to_owned() }
            }
        };
        let read = PolicyDocument::parse(document);
        // The stored text was serialized from a parsed document, so parsing it cannot fail.
        let Ok(document) = read else { return document.clone() };
        match with_principals(&document, |id| Ok::<_, std::convert::Infallible>(shown(id))) {
            Ok(document) => in_order(&document, sent),
        }
    }
}

/// Returns whether a statement is valid in a repository policy: it must have principals and ECR
/// actions, but no resource, because the resource is the repository itself.
fn is_for_a_repository(call: &Call<'_>, statement: &Statement) -> bool {
    let Some(element) = statement.principal() else { return false };
    let of = |kind| element.principals().of(kind);
    let services_exist = of(PrincipalKind::Service).all(|name| iam::is_service(call, name));
    let known_kinds_only = of(PrincipalKind::CanonicalUser).next().is_none();
    let somebody = match element.principals() {
        PrincipalSet::Any => true,
        PrincipalSet::Listed(listed) => listed.values().any(|ids| !ids.is_empty()),
    };
    let actions = statement.action().values();
    let ecr_only = actions.iter().all(|action| {
        action == "*" || action.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("ecr:"))
    });
    statement.resource().is_none()
        && somebody
        && services_exist
        && known_kinds_only
        && !actions.is_empty()
        && ecr_only
}

/// Returns the ARN of an account's root. ECR stores this ARN no matter how the request identifies
/// the account: <https://github.com/hashicorp/terraform-provider-aws/issues/786>.
fn root_arn(call: &Call<'_>, account: &str) -> String {
    if account.starts_with("arn:") {
        return account.to_owned();
    }
    format!("arn:{}:iam::{account}:root", call.location().partition)
}

/// Returns the document after applying `change` to each principal under `"AWS"`.
fn with_principals<E>(
    document: &PolicyDocument,
    mut change: impl FnMut(&str) -> Result<String, E>,
) -> Result<PolicyDocument, E> {
    let mut statements = Vec::with_capacity(document.statements().len());
    for statement in document.statements() {
        let mut changed = |principals: &PrincipalSet| match principals {
            PrincipalSet::Any => Ok(PrincipalSet::Any),
            PrincipalSet::Listed(listed) => {
                let mut listed = listed.clone();
                if let Some(ids) = listed.get_mut(&PrincipalKind::Aws) {
                    *ids = ids.iter().map(|id| change(id)).collect::<Result<BTreeSet<_>, E>>()?;
                }
                Ok(PrincipalSet::Listed(listed))
            }
        };
        let statement = statement.clone();
        statements.push(match statement.principal().cloned() {
            None => statement,
            Some(PrincipalElement::Principal(principals)) => {
                statement.with_principal(changed(&principals)?)
            }
            Some(PrincipalElement::NotPrincipal(principals)) => {
                statement.with_not_principal(changed(&principals)?)
            }
        });
    }
    let changed = PolicyDocument::new(statements).with_version(document.version());
    Ok(match document.id() {
        Some(id) => changed.with_id(id),
        None => changed,
    })
}

fn no_policy(registry: &str, name: &str) -> ApiError {
    // https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetRepositoryPolicy.html
    ApiError::new(
        "RepositoryPolicyNotFoundException",
        format!(
            "Repository policy does not exist for the repository with name '{name}' in the registry \
             with id '{registry}'"
        ),
    )
}

/// Sets the policy of a repository.
impl Operation for SetRepositoryPolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (registry_id, name) = target(call, self.registry_id, self.repository_name)?;
        let text = self.policy_text.unwrap_or_default();
        find(call, &name)?;
        let policy = StoredPolicy::new(call, &text)?;
        let policy_text = policy.text(call);
        find(call, &name)?.policy = Some(policy);
        Ok(Self::Output { registry_id, repository_name: name, policy_text })
    }
}

/// Returns the policy of a repository.
impl Operation for GetRepositoryPolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (registry_id, name) = target(call, self.registry_id, self.repository_name)?;
        let policy = find(call, &name)?.policy.clone();
        let policy = policy.ok_or_else(|| no_policy(&registry_id, &name))?;
        let policy_text = policy.text(call);
        Ok(Self::Output { registry_id, repository_name: name, policy_text })
    }
}

/// Removes the policy of a repository.
impl Operation for DeleteRepositoryPolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (registry_id, name) = target(call, self.registry_id, self.repository_name)?;
        let policy = find(call, &name)?.policy.take();
        let policy = policy.ok_or_else(|| no_policy(&registry_id, &name))?;
        let policy_text = policy.text(call);
        Ok(Self::Output { registry_id, repository_name: name, policy_text })
    }
}
