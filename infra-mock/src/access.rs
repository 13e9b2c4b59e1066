//! Access control: policies are evaluated before every operation, as in AWS.
//!
//! By default, callers need no permissions. To restrict callers, attach policies:
//! [`MockAws::with_policies`](crate::MockAws::with_policies) restricts a handle, and
//! [`MockAws::add_access_key`](crate::MockAws::add_access_key) restricts a caller over HTTP. Every
//! call by a restricted caller is checked before it reads or changes anything, no matter how the
//! call reaches the mock. Denied calls are recorded in the journal like all other calls.
//!
//! Requests signed with credentials that the mock itself issued are always checked: an access key
//! from `iam:CreateAccessKey` has the permissions of its user and the user's groups, and a session
//! from `sts:AssumeRole` has the permissions of its role. Permissions boundaries limit both kinds
//! of credentials, and session policies further limit sessions.
//!
//! Each service has an `access` table, which lists the actions, resources and condition keys that
//! are checked for each operation. An [`Operation`](crate::api::Operation) without an entry does not compile. The entries
//! follow the Service Authorization Reference
//! (<https://docs.aws.amazon.com/service-authorization/latest/reference/>). If the resource that
//! AWS checks differs from the documented resource, the entry cites a public report.
//!
//! Two kinds of resource-based policies are evaluated: trust policies of roles, and repository
//! policies. A request to the registry of another account needs permission from both accounts:
//! the repository policy must allow it, and so must the caller's policies, if there are any.
//! Organization policies are not evaluated.
//!
//! The mock does not use the `iam-rs` crate, for two reasons. First, infra-core already has a
//! policy parser, which rejects the same documents as AWS. Second, AWS lets a wildcard in a
//! `Resource` match colons, but `iam-rs` does not.

mod condition;
mod evaluate;
mod pattern;
pub(crate) mod resource;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use infra_core::arn::Location;
use infra_core::policy::PolicyDocument;
use serde::{Deserialize, Serialize};

pub use self::evaluate::UnusablePolicy;

use self::evaluate::Decision;
pub(crate) use self::evaluate::{Trust, condition_keys, matching, trust};
use self::resource::Reach;
use crate::api::{ApiError, Call, Caller, Definition, Service};

/// Returns whether a string matches a pattern with policy wildcards.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    pattern::Pattern::plain(pattern).matches(text)
}

/// Implements [`Access`] for a service's requests. Each entry computes the required permissions from the request and
/// the call.
macro_rules! needs {
    ($($request:ty => |$self:pat_param, $call:pat_param| $needs:expr;)+) => {$(
        impl $crate::access::Access for $request {
            fn needs(&self, call: &$crate::api::Call<'_>) -> Vec<$crate::access::Need> {
                let ($self, $call) = (self, call);
                $needs
            }
        }
    )+};
}
pub(crate) use needs;

/// Implements [`Access`] for operations that require a single permission: the action with the same
/// name as the operation, on one resource. Each entry has the form `function(member): requests;`.
/// The function returns the permission, and the request member identifies the resource.
macro_rules! needs_on {
    ($($on:ident($member:ident): $($request:ident),+;)+) => {$($crate::access::needs! {$(
        $request => |request, call| {
            vec![$on(call, &$crate::access::action_of(request), request.$member.as_deref())]
        };
    )+})+};
}
pub(crate) use needs_on;

/// Implements [`Access`] for operations that require a single permission: the action with the same
/// name as the operation, on `*` instead of on a particular resource.
macro_rules! needs_on_all {
    ($($request:ident),+;) => {$crate::access::needs! {$(
        $request => |request, _| {
            vec![$crate::access::Need::new($crate::access::action_of(request), "*")]
        };
    )+}};
}
pub(crate) use needs_on_all;

/// Returns the action with the same name as the operation, such as `iam:CreateRole`.
pub(crate) fn action_of<O: Definition>(_: &O) -> String {
    format!("{}:{}", O::SERVICE, O::NAME)
}

/// The permissions that an operation needs.
pub trait Access {
    /// Returns the permissions that this call requires, in the order in which AWS checks them. The
    /// list is empty if AWS requires none.
    fn needs(&self, call: &Call<'_>) -> Vec<Need>;
}

/// A required permission: an action on a resource, with the condition keys for the check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The action, for example `iam:CreateRole`.
    pub action: String,
    /// The ARN of the resource, or `*` for actions without resource-level permissions.
    pub resource: String,
    /// The name that the error message shows in place of the resource's ARN, if any.
    pub shown_as: Option<String>,
    /// The form of the error if this permission is missing.
    pub refusal: RefusalForm,
    /// The condition keys for this check, in addition to the keys that every call has.
    pub context: Context,
    /// The resource-based policy, if the resource has one.
    pub policy: Option<PolicyDocument>,
}

/// The form of an access-denied error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RefusalForm {
    /// The form that nearly all actions use.
    #[default]
    Standard,
    /// The form that `CreateLogGroup` uses if tagging the new log group is denied.
    TagsOfNewLogGroup,
    /// The form that ECR uses if a permission for a KMS key is missing.
    KeyOfRepository,
}

impl Need {
    /// Creates the permission requirement for an action on a resource.
    pub fn new(action: impl Into<String>, resource: impl Into<String>) -> Self {
        Self {
            action: action.into(),
            resource: resource.into(),
            shown_as: None,
            refusal: RefusalForm::Standard,
            context: Context::default(),
            policy: None,
        }
    }

    /// Sets the resource-based policy.
    pub(crate) fn with_policy(mut self, policy: Option<PolicyDocument>) -> Self {
        self.policy = policy;
        self
    }

    /// Sets the name that the error message uses for the resource.
    pub(crate) fn shown_as(mut self, name: impl Into<String>) -> Self {
        self.shown_as = Some(name.into());
        self
    }

    /// Sets the form of the error.
    pub(crate) fn refused_as(mut self, refusal: RefusalForm) -> Self {
        self.refusal = refusal;
        self
    }

    /// Adds a condition key, if it has a value.
    pub(crate) fn with(mut self, key: &str, value: Option<impl Into<String>>) -> Self {
        self.context.set(key, value.map(Into::into));
        self
    }

    /// Adds a condition key with several values.
    pub(crate) fn with_all(
        mut self,
        key: &str,
        values: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.context.set(key, values.into_iter().map(Into::into));
        self
    }

    /// Adds the condition keys for the tags in the request.
    pub(crate) fn with_request_tags<'t>(
        mut self,
        tags: impl IntoIterator<Item = (&'t str, &'t str)>,
    ) -> Self {
        let mut keys = Vec::new();
        for (key, value) in tags {
            self.context.set(&format!("aws:RequestTag/{key}"), [value.to_owned()]);
            keys.push(key.to_owned());
        }
        self.context.set("aws:TagKeys", keys);
        self
    }

    /// Adds the condition keys for the tags of the resource.
    pub(crate) fn with_resource_tags<'t>(
        mut self,
        tags: impl IntoIterator<Item = (&'t str, &'t str)>,
    ) -> Self {
        let service = self.action.split(':').next().unwrap_or_default().to_owned();
        for (key, value) in tags {
            for prefix in ["aws", service.as_str()] {
                self.context.set(&format!("{prefix}:ResourceTag/{key}"), [value.to_owned()]);
            }
        }
        self
    }
}

/// Condition keys and their values. Keys are case-insensitive:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html>.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context(BTreeMap<String, Vec<String>>);

impl Context {
    /// Sets the values of a key. Does nothing if there are no values.
    pub(crate) fn set(&mut self, key: &str, values: impl IntoIterator<Item = String>) {
        let values: Vec<String> = values.into_iter().collect();
        if !values.is_empty() {
            self.0.insert(key.to_lowercase(), values);
        }
    }

    /// Adds the keys of another context, overriding existing keys.
    pub(crate) fn extend(&mut self, other: &Self) {
        self.0.extend(other.0.clone());
    }

    /// Returns the values of a key.
    pub fn get(&self, key: &str) -> Option<&[String]> {
        self.0.get(&key.to_lowercase()).map(Vec::as_slice)
    }

    /// Returns this context plus the keys that every call has.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
    fn of_call(&self, caller: &Caller) -> Self {
        let mut all = self.clone();
        let Caller { location, arn, user_id, permissions: _ } = caller;
        let Location { partition: _, account_id, region } = location;
        let one = |text: &str| [text.to_owned()];
        all.set("aws:PrincipalArn", one(arn));
        all.set("aws:PrincipalAccount", one(caller.account()));
        all.set("aws:ResourceAccount", one(account_id.as_str()));
        all.set("aws:userid", one(user_id));
        all.set("aws:RequestedRegion", one(region.as_str()));
        all.set("aws:SecureTransport", one("true"));
        let user =
            arn.split_once(":user/").map(|(_, path)| path.rsplit('/').next().unwrap_or(path));
        all.set("aws:username", user.map(str::to_owned));
        let kind = if user.is_some() { "User" } else { "AssumedRole" };
        all.set("aws:PrincipalType", one(kind));
        all
    }
}

/// The policies that apply to a caller. By default, every action in the caller's own account is
/// allowed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permissions(Option<Arc<Grants>>);

/// The policies that limit a caller.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Grants {
    /// The identity-based policies, or `None` if every action is allowed.
    identity: Option<Vec<PolicyDocument>>,
    /// The permissions boundary, if there is one.
    boundary: Option<Vec<PolicyDocument>>,
    /// The session policies, if there are any.
    session: Option<Vec<PolicyDocument>>,
    /// The condition keys that come with the caller's credentials.
    context: Context,
}

/// The policies of a principal in the mock's IAM, as JSON.
#[derive(Clone, Debug, Default)]
pub(crate) struct PolicyTexts {
    pub(crate) identity: Option<Vec<String>>,
    pub(crate) boundary: Option<Vec<String>>,
    pub(crate) session: Option<Vec<String>>,
}

/// A kind of policy that can cause a denial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PolicyKind {
    Identity,
    Resource,
    Boundary,
    Session,
}

impl PolicyKind {
    /// Returns the article and the name that [error messages](denied) use for this kind of policy.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Identity => ("an", "identity-based policy"),
            Self::Resource => ("a", "resource-based policy"),
            Self::Boundary => ("a", "permissions boundary"),
            Self::Session => ("a", "session policy"),
        }
    }
}

/// The result of evaluating all kinds of policies together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Allowed,
    /// A policy of this kind denies the action.
    Denied(PolicyKind),
    /// No policy of this kind allows the action.
    NotAllowed(PolicyKind),
}

impl Permissions {
    /// Creates the permissions that these policies grant together. If there are no policies,
    /// nothing is allowed.
    ///
    /// # Errors
    /// Returns an error if IAM would not accept one of the policies as an identity-based policy, or
    /// if a policy contains a condition operator that the mock does not implement.
    pub fn of(policies: impl IntoIterator<Item = PolicyDocument>) -> Result<Self, UnusablePolicy> {
        let policies: Vec<PolicyDocument> = policies.into_iter().collect();
        policies.iter().try_for_each(evaluate::check)?;
        Ok(Self(Some(Arc::new(Grants { identity: Some(policies), ..Grants::default() }))))
    }

    /// Creates the permissions of a principal in the mock's IAM, with the condition keys of its
    /// credentials. The policies are not checked again, because IAM has already accepted them. A
    /// condition is never met if the mock does not implement its operator.
    pub(crate) fn of_principal(texts: &PolicyTexts, context: Context) -> Self {
        let parsed = |texts: &Option<Vec<String>>| {
            let texts = texts.as_ref()?.iter();
            Some(texts.filter_map(|text| PolicyDocument::parse(text).ok()).collect())
        };
        let PolicyTexts { identity, boundary, session } = texts;
        Self(Some(Arc::new(Grants {
            identity: parsed(identity),
            boundary: parsed(boundary),
            session: parsed(session),
            context,
        })))
    }

    /// Returns the identity-based policies as JSON, or `None` if the caller is unrestricted.
    pub(crate) fn identity_texts(&self) -> Option<Vec<String>> {
        let policies = self.0.as_ref()?.identity.as_ref()?;
        Some(policies.iter().map(PolicyDocument::to_json).collect())
    }

    /// Returns the session policies as JSON, and the condition keys that come with the caller's
    /// credentials.
    pub(crate) fn of_session(&self) -> (Option<Vec<String>>, Context) {
        let Some(grants) = &self.0 else { return (None, Context::default()) };
        let texts =
            |policies: &Vec<PolicyDocument>| policies.iter().map(PolicyDocument::to_json).collect();
        (grants.session.as_ref().map(texts), grants.context.clone())
    }

    /// Does the same as [`of_principal`](Self::of_principal), but for a role whose policies are
    /// already parsed.
    pub(crate) fn of_role(
        identity: Vec<PolicyDocument>,
        boundary: Option<PolicyDocument>,
        context: Context,
    ) -> Self {
        let (identity, boundary) = (Some(identity), boundary.map(|boundary| vec![boundary]));
        Self(Some(Arc::new(Grants { identity, boundary, session: None, context })))
    }

    /// Returns whether the caller has the permission.
    pub(crate) fn allow(&self, need: &Need, caller: &Caller) -> bool {
        self.decide(need, caller) == Verdict::Allowed
    }

    /// Returns the condition keys for a call by this caller.
    pub(crate) fn context(&self, context: &Context, caller: &Caller) -> Context {
        let mut all = context.of_call(caller);
        if let Some(grants) = &self.0 {
            all.extend(&grants.context);
        }
        all
    }

    /// Evaluates all kinds of policies. An explicit deny in any policy overrides every allow.
    ///
    /// Without a deny, a call in the caller's own account is allowed if the resource-based policy
    /// allows it, or if all other kinds of policies that apply to the caller allow it. A
    /// resource-based policy that allows the user or the session is sufficient. If it allows only
    /// the session's role, the role's permissions boundary and the session policies must also allow
    /// the action:
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html>.
    ///
    /// If the resource is in another account, the resource-based policy and the caller's policies
    /// must all allow the action:
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html>.
    /// It is not documented which policy the error names if several do not allow the action.
    pub(crate) fn decide(&self, need: &Need, caller: &Caller) -> Verdict {
        let is_foreign = caller.is_foreign();
        let unrestricted = Grants::default();
        let grants = match &self.0 {
            None if !is_foreign => return Verdict::Allowed,
            grants => grants.as_deref().unwrap_or(&unrestricted),
        };
        let context = self.context(&need.context, caller);
        let Grants { identity, boundary, session, context: _ } = grants;
        let kinds = [
            (PolicyKind::Identity, identity),
            (PolicyKind::Boundary, boundary),
            (PolicyKind::Session, session),
        ];
        let decisions = kinds.map(|(kind, policies)| {
            let policies = policies.as_ref()?;
            Some((kind, evaluate::decide(policies, &need.action, &need.resource, &context)))
        });
        let first = |wanted| {
            let mut decisions = decisions.iter().flatten();
            decisions.find(|(_, decision)| *decision == wanted).map(|(kind, _)| *kind)
        };
        if let Some(kind) = first(Decision::Denied) {
            return Verdict::Denied(kind);
        }
        let policy = need.policy.as_ref();
        let reach = policy.map(|policy| resource::reach(policy, caller, &need.action, &context));
        let others = || {
            let mut decisions = decisions[1..].iter().flatten();
            decisions.find(|(_, decision)| *decision == Decision::NotAllowed).map(|(kind, _)| *kind)
        };
        let missing = match (reach, is_foreign) {
            (Some(Reach::Denied), _) => return Verdict::Denied(PolicyKind::Resource),
            (Some(Reach::Principal), false) => None,
            (Some(Reach::Role), false) => others(),
            (Some(Reach::Nobody) | None, true) => Some(PolicyKind::Resource),
            _ => first(Decision::NotAllowed),
        };
        missing.map_or(Verdict::Allowed, Verdict::NotAllowed)
    }
}

/// Returns the access-denied error for a call, or `None` if the call is allowed.
pub(crate) fn refusal(
    service: Service,
    operation: &dyn Access,
    call: &Call<'_>,
) -> Option<ApiError> {
    let caller = call.caller;
    // For unrestricted callers, there is no need to compute the required permissions.
    if caller.permissions.0.is_none() && !caller.is_foreign() {
        return None;
    }
    operation.needs(call).into_iter().find_map(|need| {
        let verdict = caller.permissions.decide(&need, caller);
        (verdict != Verdict::Allowed).then(|| denied(service, &need, caller, verdict))
    })
}

/// Returns the access-denied message, without an error code.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>
pub(crate) fn sentence(need: &Need, caller: &Caller, verdict: Verdict) -> String {
    let Need { action, resource, shown_as, .. } = need;
    let resource = shown_as.as_ref().unwrap_or(resource);
    let why = match verdict {
        Verdict::Denied(kind) => {
            let (article, kind) = kind.words();
            format!("with an explicit deny in {article} {kind}")
        }
        Verdict::NotAllowed(kind) => {
            format!("because no {} allows the {action} action", kind.words().1)
        }
        Verdict::Allowed => "although every policy allows it".to_owned(),
    };
    let arn = &caller.arn;
    format!("User: {arn} is not authorized to perform: {action} on resource: {resource} {why}")
}

/// Returns the access-denied error, with the code and status that the service uses.
///
/// Codes and statuses: <https://github.com/aws/aws-cdk/issues/27067> for IAM,
/// <https://github.com/jenkinsci/amazon-ecs-plugin/pull/306> for ECS,
/// <https://github.com/ministryofjustice/modernisation-platform/pull/7184> for CloudWatch Logs, and
/// <https://github.com/whoan/docker-build-with-cache-action/issues/120> for ECR.
fn denied(service: Service, need: &Need, caller: &Caller, verdict: Verdict) -> ApiError {
    let sentence = sentence(need, caller, verdict);
    let Need { action, refusal, .. } = need;
    match refusal {
        RefusalForm::Standard => match service {
            Service::Iam | Service::Sts => ApiError::new("AccessDenied", sentence).with_status(403),
            Service::Ecs | Service::Ecr | Service::Logs => {
                ApiError::new("AccessDeniedException", sentence)
            }
        },
        // The message comes from https://github.com/DataDog/cloudformation-template/pull/61, the code from
        // https://github.com/aws-samples/aws-secure-environment-accelerator/issues/1079.
        RefusalForm::TagsOfNewLogGroup => {
            let account = &caller.location.account_id;
            let message = format!(
                "User with accountId: {account} is not authorized to perform CreateLogGroup with Tags. An \
                 additional permission \"{action}\" is required."
            );
            ApiError::new("AccessDeniedException", message)
        }
        // The service model documents this exception for KMS errors. No public source contains the
        // message for a missing permission.
        RefusalForm::KeyOfRepository => ApiError::new("KmsException", sentence),
    }
}
