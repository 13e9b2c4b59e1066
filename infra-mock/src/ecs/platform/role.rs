//! Assumes the roles of tasks, and checks the permissions of the role sessions.

use infra_core::arn::Location;

use crate::access::resource::{Grant, Who, grant};
use crate::access::{self, Context, Need, Permissions, Verdict};
use crate::api::{ApiError, ApiResult, Call, Caller, Operation};
use crate::iam::{self, ServiceRole};

/// The service principal that assumes the roles of tasks.
const TASKS: &str = "ecs-tasks.amazonaws.com";

/// Returns the message for a role that ECS cannot assume.
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
    // According to the ECS developer guide, a trust policy can restrict the account and the region,
    // but not the cluster. To restrict the region, the policy must use a wildcard for the rest of
    // `aws:SourceArn`:
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
    /// Assumes a role for a task. Returns `None` if ECS cannot assume the role.
    pub(super) fn of_task(call: &Call<'_>, role_arn: &str, task_id: &str) -> Option<Self> {
        let role = assumed(call, role_arn)?;
        let location = call.location().clone();
        let mut context = Context::default();
        context.set("aws:PrincipalArn", [role.arn.clone()]);
        let session = format!("assumed-role/{}/{task_id}", role.name);
        let caller = Caller {
            arn: location.global_arn("sts", session).to_string(),
            user_id: format!("{}:{task_id}", role.id),
            permissions: Permissions::of_role(role.policies, role.boundary, context),
            location,
        };
        Some(Self { caller })
    }

    /// Returns the session as the caller of an operation in the given account and region.
    pub(super) fn caller_in(&self, location: Location) -> Caller {
        Caller { location, ..self.caller.clone() }
    }

    /// Checks that the role's policies, its permissions boundary and the resource's policy together
    /// allow an action.
    ///
    /// # Errors
    /// Returns AWS's reason if the action is not allowed.
    pub(super) fn allows(&self, need: &Need) -> Result<(), Denied> {
        match self.caller.permissions.decide(need, &self.caller) {
            Verdict::Allowed => Ok(()),
            verdict => Err(Denied(access::sentence(need, &self.caller, verdict))),
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
        crate::api::perform(operation, &mut call)
    }
}
