//! Service-linked roles, each of which is defined by an AWS service and can be used only by that
//! service.

use std::collections::BTreeMap;

use infra_core::arn::{Arn, Location};

use crate::api::{ApiError, ApiResult, Call, Operation};
use crate::iam::{
    CreateServiceLinkedRoleRequest, DeleteServiceLinkedRoleRequest, DeletionTaskFailureReasonType,
    GetServiceLinkedRoleDeletionStatusRequest, Role, RoleUsageType,
};
use crate::time::Timestamp;

use super::check::{invalid_input, no_such_entity};
use super::role::shown;
use super::{Departed, RoleRecord, State, access, no_role, role, state};

/// The services that have a service-linked role, one per line. Each line contains the service
/// principal, the role's name, the policy's name and a flag, and can end with the role's default
/// description. The flag is `suffix` if the role's name can have a suffix, and `-` otherwise.
///
/// The list was recorded from AWS in March 2025 for 71 services, in
/// `tests/aws/services/iam/test_iam.snapshot.json` of <https://github.com/localstack/localstack> at
/// commit 8b9a79f05846835cf4dff63ab7eefdde9df83783. The role for scaling ECS services is not in
/// that recording. Like most other roles of Application Auto Scaling, this role comes from
/// <https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-service-linked-roles.html>.
/// The roles of 26 other services come from the guides of these services, which
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html> lists. Their
/// descriptions are not publicly documented.
const LIST: &str = include_str!("linked.txt");

const ECS: &str = "ecs.amazonaws.com";
const ECS_ROLE: &str = "AWSServiceRoleForECS";

/// A service with a service-linked role, and the properties that the service defines for the role.
#[derive(Clone, Copy)]
struct Linked {
    service: &'static str,
    role: &'static str,
    policy: &'static str,
    takes_suffix: bool,
    description: Option<&'static str>,
}

impl Linked {
    /// Returns the entry for the given service principal, if the service has a service-linked role.
    fn of(service: &str) -> Option<Self> {
        LIST.lines().find_map(|line| {
            let mut fields = line.splitn(5, ' ');
            let mut next = || fields.next();
            let (service, role, policy) = (next().filter(|its| *its == service)?, next()?, next()?);
            let takes_suffix = next()? == "suffix";
            Some(Self { service, role, policy, takes_suffix, description: next() })
        })
    }

    fn make(self, call: &mut Call<'_>, role: &str, description: Option<String>) -> RoleRecord {
        let Self { service, role: _, policy, takes_suffix: _, description: default } = self;
        let path = format!("/aws-service-role/{service}/");
        let location = call.location();
        let policy_arn =
            Arn::aws_managed_policy(location.partition, &format!("aws-service-role/{policy}"));
        let record = RoleRecord {
            name: role.to_owned(),
            arn: location.global_arn("iam", format!("role{path}{role}")).to_string(),
            path,
            id: call.world.ids.iam("AROA"),
            created: call.now,
            trust: format!(
                r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"{service}"}},"Action":"sts:AssumeRole"}}]}}"#
            ),
            description: description.or_else(|| default.map(str::to_owned)),
            max_session: 3600,
            attached: BTreeMap::from([(policy_arn.to_string(), policy.to_owned())]),
            service_linked: true,
            ..RoleRecord::default()
        };
        call.iam().roles.insert(role.to_lowercase(), record.clone());
        record
    }
}

/// Creates the service-linked role for a service.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceLinkedRole.html>
impl Operation for CreateServiceLinkedRoleRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let service = self.aws_service_name.as_deref().unwrap_or_default();
        let Some(linked) = Linked::of(service) else {
            let message =
                format!("infra-mock does not implement the service-linked role for {service}");
            return Err(ApiError::new("NotImplemented", message).with_status(501));
        };
        let name = match self.custom_suffix {
            None => linked.role.to_owned(),
            Some(suffix) if linked.takes_suffix => format!("{}_{suffix}", linked.role),
            Some(_) => {
                return Err(invalid_input(format!("Custom suffix is not allowed for {service}")));
            }
        };
        if state(call).roles.contains_key(&name.to_lowercase()) {
            // https://github.com/Rayraegah/terraform-aws-hasura/issues/17
            return Err(invalid_input(format!(
                "Service role name {name} has been taken in this account, please try a different suffix."
            )));
        }
        let description = self.description.filter(|text| !text.is_empty());
        let record = linked.make(call, &name, description);
        let full = shown(call, &record);
        let role =
            Role { description: None, max_session_duration: None, role_last_used: None, ..full };
        Ok(Self::Output { role })
    }
}

/// Starts the deletion of a service-linked role. The mock completes the deletion immediately. If
/// the service is using the role, the deletion fails, and `GetServiceLinkedRoleDeletionStatus`
/// reports the reason.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteServiceLinkedRole.html>
impl Operation for DeleteServiceLinkedRoleRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.role_name.unwrap_or_default();
        let record = role(call, &name)?;
        if !record.service_linked {
            // AWS's response for a role that is not service-linked is not publicly documented. Of
            // the error codes in the service model, `NoSuchEntity` fits best.
            return Err(no_role(&name));
        }
        let service = record.path.split('/').nth(2).unwrap_or_default().to_owned();
        let role_name = record.name.clone();
        let usage = if service == ECS { ecs_usage(call) } else { Vec::new() };
        let task = format!("task/aws-service-role/{service}/{role_name}/{}", call.world.ids.uuid());
        let (now, failed) = (call.now, !usage.is_empty());
        let iam = call.iam();
        iam.deletions.insert(task.clone(), usage);
        if !failed && let Some(record) = iam.roles.remove(&name.to_lowercase()) {
            let RoleRecord { id, arn, created, .. } = record;
            iam.departed.insert(id, Departed { arn, created, deleted: now });
        }
        Ok(Self::Output { deletion_task_id: task })
    }
}

/// Returns the ARNs of the account's clusters, by region. Every cluster uses ECS's service-linked
/// role.
fn ecs_usage(call: &Call<'_>) -> Vec<(String, Vec<String>)> {
    let (location, now) = (call.location(), call.now);
    let regions = call.world.ecs_of(&location.account_id).map(|(region, ecs)| {
        let arn = |name| {
            let Location { partition, account_id, region: _ } = location;
            format!("arn:{partition}:ecs:{region}:{account_id}:cluster/{name}")
        };
        (region.to_owned(), ecs.cluster_names(now).map(arn).collect::<Vec<_>>())
    });
    regions.filter(|(_, clusters)| !clusters.is_empty()).collect()
}

/// Returns the result of deleting a service-linked role.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServiceLinkedRoleDeletionStatus.html>
impl Operation for GetServiceLinkedRoleDeletionStatusRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let task = self.deletion_task_id.unwrap_or_default();
        if !task.starts_with("task/aws-service-role/") {
            // The error codes come from the service model; AWS's messages here and below are not
            // publicly documented.
            return Err(invalid_input(format!("The deletion task id {task} is not valid.")));
        }
        let missing = || no_such_entity(format!("The deletion task {task} cannot be found."));
        let usage = state(call).deletions.get(&task).ok_or_else(missing)?;
        let used = |(region, resources): &(String, Vec<String>)| RoleUsageType {
            region: Some(region.clone()),
            resources: Some(resources.clone()),
        };
        let reason = DeletionTaskFailureReasonType {
            reason: Some("The role is used by resources of the service.".to_owned()),
            role_usage_list: Some(usage.iter().map(used).collect()),
        };
        Ok(Self::Output {
            status: if usage.is_empty() { "SUCCEEDED" } else { "FAILED" }.to_owned(),
            reason: (!usage.is_empty()).then_some(reason),
        })
    }
}

/// Returns the ARN of a service's service-linked role.
pub(super) fn arn(call: &Call<'_>, service: &str) -> String {
    let role = Linked::of(service).map_or("", |linked| linked.role);
    call.location().global_arn("iam", format!("role/aws-service-role/{service}/{role}")).to_string()
}

/// Creates ECS's service-linked role if it does not exist, as ECS does when the first cluster in an
/// account is created. Returns the creation time of the role.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using-service-linked-roles-for-clusters.html>
pub fn ensure_ecs_service_linked_role(call: &mut Call<'_>) -> Timestamp {
    if let Some(since) = state(call).ecs_service_linked_role() {
        return since;
    }
    // https://github.com/99designs/iamy/issues/49
    let description = "Allows ECS to create and manage AWS resources on your behalf.";
    let linked = Linked::of(ECS).expect("ECS is in the list");
    linked.make(call, linked.role, Some(description.to_owned())).created
}

/// Returns true if ECS's service-linked role exists or if the caller may create it. ECS uses the
/// caller's permissions to create the role.
pub(crate) fn ecs_service_linked_role_can_be(call: &Call<'_>) -> bool {
    state(call).ecs_service_linked_role().is_some()
        || call.caller.permissions.allow(&access::service_linked_role(call, ECS), call.caller)
}

impl State {
    /// Returns the creation time of ECS's service-linked role, or `None` if the role does not
    /// exist.
    pub fn ecs_service_linked_role(&self) -> Option<Timestamp> {
        self.roles.get(&ECS_ROLE.to_lowercase()).map(|role| role.created)
    }
}
