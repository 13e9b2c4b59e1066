//! What a caller may do: identity-based policies, evaluated before every operation as AWS evaluates them.
//!
//! A mock asks for no permission until a caller is given policies, with
//! [`MockAws::with_policies`](crate::MockAws::with_policies) for a handle or
//! [`MockAws::add_access_key`](crate::MockAws::add_access_key) for those who call over HTTP. From then on each call of
//! that caller is held against them behind every access path, before it changes or reads anything, and a refusal stands
//! in the journal like any other.
//!
//! Which actions, on which resources and in which context an operation is checked against stands in the `access`
//! table of its service, one row an operation; [`Operation`] does not compile without one. The
//! rows follow the Service Authorization Reference
//! (<https://docs.aws.amazon.com/service-authorization/latest/reference/>) and, where AWS checks other spellings of a
//! resource than the reference shows, the threads that are named beside them.
//!
//! Not evaluated: policies on resources, permissions boundaries of the caller, session and organisation policies.
//! `iam-rs` evaluates policies too; the evaluator here is its own because it works on the documents of infra-core,
//! whose parser refuses what AWS refuses, and because a wildcard in a `Resource` goes beyond the colons of an ARN,
//! which there it does not.

mod condition;
mod evaluate;
mod pattern;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use infra_core::arn::Location;
use infra_core::policy::PolicyDocument;

pub use self::evaluate::UnusablePolicy;

use self::evaluate::Decision;
use crate::api::{ApiError, Call, Caller, Operation, Service};

/// Whether a pattern with the wildcards of policies matches a text.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    pattern::Pattern::plain(pattern).matches(text)
}

/// The table of a service: what each of its requests needs, which the request and the call together say.
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

/// What an operation needs to be allowed.
pub trait Access {
    /// Every action that is checked for this call, in AWS's order; none where AWS asks for no permission.
    fn needs(&self, call: &Call<'_>) -> Vec<Need>;
}

/// One action on one resource, and what is known of both when it is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The action, for instance `iam:CreateRole`.
    pub action: String,
    /// The ARN of the resource; `*` for actions that know none.
    pub resource: String,
    /// How the refusal names the resource, where that is not its ARN.
    pub shown_as: Option<String>,
    /// Whether the refusal is in words of the service's own.
    pub refusal: RefusalForm,
    /// The condition keys beyond those that every call has.
    pub context: Context,
}

/// The words of a refusal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RefusalForm {
    /// IAM's own, which nearly all actions have.
    #[default]
    Standard,
    /// Those of `CreateLogGroup` for tags.
    TagsOfNewLogGroup,
    /// Those of ECR for what KMS refuses.
    KeyOfRepository,
}

impl Need {
    /// An action on a resource.
    pub fn new(action: impl Into<String>, resource: impl Into<String>) -> Self {
        Self {
            action: action.into(),
            resource: resource.into(),
            shown_as: None,
            refusal: RefusalForm::Standard,
            context: Context::default(),
        }
    }

    /// The same, called otherwise in the refusal.
    pub(crate) fn shown_as(mut self, name: impl Into<String>) -> Self {
        self.shown_as = Some(name.into());
        self
    }

    /// The same, refused in other words.
    pub(crate) fn refused_as(mut self, refusal: RefusalForm) -> Self {
        self.refusal = refusal;
        self
    }

    /// The same with a condition key; a value that is not there sets none.
    pub(crate) fn with(mut self, key: &str, value: Option<impl Into<String>>) -> Self {
        self.context.set(key, value.map(Into::into));
        self
    }

    /// The same with a condition key of several values.
    pub(crate) fn with_all(
        mut self,
        key: &str,
        values: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.context.set(key, values.into_iter().map(Into::into));
        self
    }

    /// The same with the tags that the request names.
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

    /// The same with the tags that the resource has.
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

/// Condition keys and their values. Keys are one without regard to case:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html>.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context(BTreeMap<String, Vec<String>>);

impl Context {
    /// Sets a key; without values it is not there.
    pub(crate) fn set(&mut self, key: &str, values: impl IntoIterator<Item = String>) {
        let values: Vec<String> = values.into_iter().collect();
        if !values.is_empty() {
            self.0.insert(key.to_lowercase(), values);
        }
    }

    /// The values of a key.
    pub fn get(&self, key: &str) -> Option<&[String]> {
        self.0.get(&key.to_lowercase()).map(Vec::as_slice)
    }

    /// This context and what AWS knows of every call.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
    fn of_call(&self, caller: &Caller) -> Self {
        let mut all = self.clone();
        let Caller { location, arn, user_id, permissions: _ } = caller;
        let Location { partition: _, account_id, region } = location;
        let one = |text: &str| [text.to_owned()];
        all.set("aws:PrincipalArn", one(arn));
        all.set("aws:PrincipalAccount", one(account_id.as_str()));
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

/// The identity-based policies of a caller. The default asks for no permission at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permissions(Option<Arc<[PolicyDocument]>>);

impl Permissions {
    /// Those of these policies together; of none, no permission.
    ///
    /// # Errors
    /// A policy is none that IAM would take for an identity, or has a condition operator that the mock does not
    /// evaluate.
    pub fn of(policies: impl IntoIterator<Item = PolicyDocument>) -> Result<Self, UnusablePolicy> {
        let policies: Arc<[PolicyDocument]> = policies.into_iter().collect();
        policies.iter().try_for_each(evaluate::check)?;
        Ok(Self(Some(policies)))
    }

    /// Whether the caller may do it.
    pub(crate) fn allow(&self, need: &Need, caller: &Caller) -> bool {
        self.decide(need, caller) == Decision::Allowed
    }

    fn decide(&self, need: &Need, caller: &Caller) -> Decision {
        let Some(policies) = &self.0 else { return Decision::Allowed };
        let context = need.context.of_call(caller);
        evaluate::decide(policies, &need.action, &need.resource, &context)
    }
}

/// Why the caller may not make this call, if it may not.
pub(crate) fn refusal<O: Operation>(operation: &O, call: &Call<'_>) -> Option<ApiError> {
    let caller = call.caller;
    // Most callers may do everything, and what they need is not worth working out.
    caller.permissions.0.as_ref()?;
    operation.needs(call).into_iter().find_map(|need| {
        let decision = caller.permissions.decide(&need, caller);
        (decision != Decision::Allowed).then(|| denied(O::SERVICE, &need, caller, decision))
    })
}

/// The refusal as the service words it.
///
/// The sentence: <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>. Codes and statuses:
/// <https://github.com/aws/aws-cdk/issues/27067> for IAM, <https://github.com/jenkinsci/amazon-ecs-plugin/pull/306> for
/// ECS, <https://github.com/ministryofjustice/modernisation-platform/pull/7184> for CloudWatch Logs, and
/// <https://github.com/whoan/docker-build-with-cache-action/issues/120> for ECR.
fn denied(service: Service, need: &Need, caller: &Caller, decision: Decision) -> ApiError {
    let Need { action, resource, shown_as, refusal, context: _ } = need;
    let resource = shown_as.as_ref().unwrap_or(resource);
    let why = match decision {
        Decision::Denied => "with an explicit deny in an identity-based policy".to_owned(),
        Decision::NotAllowed | Decision::Allowed => {
            format!("because no identity-based policy allows the {action} action")
        }
    };
    let arn = &caller.arn;
    let sentence =
        format!("User: {arn} is not authorized to perform: {action} on resource: {resource} {why}");
    match refusal {
        RefusalForm::Standard => match service {
            Service::Iam | Service::Sts => ApiError::new("AccessDenied", sentence).with_status(403),
            Service::Ecs | Service::Ecr | Service::Logs => {
                ApiError::new("AccessDeniedException", sentence)
            }
        },
        // https://github.com/DataDog/cloudformation-template/pull/61; the code is in
        // https://github.com/aws-samples/aws-secure-environment-accelerator/issues/1079.
        RefusalForm::TagsOfNewLogGroup => {
            let account = &caller.location.account_id;
            let message = format!(
                "User with accountId: {account} is not authorized to perform CreateLogGroup with Tags. An \
                 additional permission \"{action}\" is required."
            );
            ApiError::new("AccessDeniedException", message)
        }
        // The service model has this exception for what KMS refuses; no thread was found that shows its words
        // for a missing permission.
        RefusalForm::KeyOfRepository => ApiError::new("KmsException", sentence),
    }
}
