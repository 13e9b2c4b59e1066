//! Assumes the roles of tasks, and checks the permissions of their sessions.

use infra_core::arn::Location;

use crate::access::resource::{Grant, Who, grant};
use crate::access::{Context, Need, Permissions};
use crate::api::{ApiError, ApiResult, Call, Caller, Operation};
use crate::iam::{self, ServiceRole};

/// The service principal that assumes the roles of tasks.
const TASKS: &str = "ecs-tasks.amazonaws.com";

/// Returns ECS's message for a role that it cannot assume.
///
/// <https://github.com/aws-samples/aws-modern-application-workshop/issues/88>
pub(in crate::ecs) fn not_assumed(arn: &str) -> String {
    format!(
        "ECS was unable to assume the role '{arn}' that was provided for this task. Please verify that the role \
         being passed has the proper trust relationship and permissions and that your IAM user has permissions to \
         pass this role."
    )
}

/// Returns whether ECS can assume a role for tasks in the account and region of the call.
pub(in crate::ecs) fn can_be_assumed(call: &Call<'_>, arn: &str) -> bool {
    assumed(call, arn).is_some()
}

fn assumed(call: &Call<'_>, arn: &str) -> Option<ServiceRole> {
    let role = iam::service_role(call, arn)?;
    let location = call.location();
    let mut context = Context::default();
    // According to the guide, a trust policy can be limited to an account, or to a region with a wildcard for the rest
    // of the ARN, but not to a cluster:
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html.
    context.set("aws:SourceAccount", [location.account_id.to_string()]);
    context.set("aws:SourceArn", [location.arn("ecs", "*").to_string()]);
    context.set("aws:PrincipalIsAWSService", ["true".to_owned()]);
    context.set("aws:PrincipalServiceName", [TASKS.to_owned()]);
    let trusts = role.trust.as_ref().is_some_and(|trust| {
        grant(trust, Who::Service(TASKS), "sts:AssumeRole", &context) == Grant::Allowed
    });
    trusts.then_some(role)
}

/// A role session that is used by a task, or by the platform on the task's behalf.
#[derive(Clone, Debug)]
pub(super) struct Session {
    caller: Caller,
    boundary: Option<Permissions>,
    role_arn: String,
}

/// The reason why a session is not allowed to perform an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Denied(String);

impl Denied {
    /// Returns AWS's message, without an error code.
    pub(super) fn message(&self) -> &str {
        &self.0
    }
}

impl Session {
    /// Assumes a role for a task. Returns `None` if ECS cannot assume it.
    pub(super) fn of_task(call: &Call<'_>, role_arn: &str, task_id: &str) -> Option<Self> {
        let role = assumed(call, role_arn)?;
        let location = call.location().clone();
        let session = format!("assumed-role/{}/{task_id}", role.name);
        let caller = Caller {
            arn: location.global_arn("sts", session).to_string(),
            user_id: format!("{}:{task_id}", role.id),
            permissions: Permissions::of_stored(role.policies),
            location,
        };
        let boundary = role.boundary.map(|boundary| Permissions::of_stored([boundary]));
        Some(Self { caller, boundary, role_arn: role.arn })
    }

    /// Returns the same session as a caller of services in another account or region.
    pub(super) fn caller_in(&self, location: Location) -> Caller {
        Caller { location, ..self.caller.clone() }
    }

    /// Returns the principals that match the session in resource-based policies: the role, the session and the account.
    pub(super) fn names(&self) -> Vec<String> {
        let id = self.caller.user_id.split(':').next().unwrap_or_default().to_owned();
        vec![id, self.caller.user_id.clone(), self.role_arn.clone(), self.caller.arn.clone()]
    }

    /// Returns the principals that match the session's whole account in resource-based policies.
    pub(super) fn account_names(&self) -> Vec<String> {
        let location = &self.caller.location;
        let root = location.global_arn("iam", "root").to_string();
        vec![root, location.account_id.to_string()]
    }

    pub(super) fn role_arn(&self) -> &str {
        &self.role_arn
    }

    /// Returns whether the role has no permissions boundary.
    pub(super) const fn is_unbounded(&self) -> bool {
        self.boundary.is_none()
    }

    pub(super) fn location(&self) -> &Location {
        &self.caller.location
    }

    /// Checks that the role's policies and its permissions boundary allow an action.
    ///
    /// # Errors
    /// Returns AWS's reason if they do not.
    pub(super) fn allows(&self, need: &Need) -> Result<(), Denied> {
        let Need { action, resource, .. } = need;
        let denied = |why: String| {
            let arn = &self.caller.arn;
            Denied(format!(
                "User: {arn} is not authorized to perform: {action} on resource: {resource} because no {why} allows \
                 the {action} action"
            ))
        };
        if !self.caller.permissions.allow(need, &self.caller) {
            return Err(denied("identity-based policy".to_owned()));
        }
        match &self.boundary {
            Some(boundary) if !boundary.allow(need, &self.caller) => {
                Err(denied("permissions boundary".to_owned()))
            }
            _ => Ok(()),
        }
    }

    /// Calls an operation with the permissions of this session.
    pub(super) fn call<O: Operation>(
        &self,
        call: &mut Call<'_>,
        location: &Location,
        operation: O,
    ) -> ApiResult<O::Output> {
        let caller = self.caller_in(location.clone());
        let mut call = Call { caller: &caller, now: call.now, world: call.world };
        for need in operation.needs(&call) {
            if let Err(denied) = self.allows(&need) {
                return Err(ApiError::new("AccessDeniedException", denied.message()));
            }
        }
        let request = serde_json::to_value(&operation).unwrap_or_default();
        crate::api::perform(operation, &request, &mut call)
    }
}
