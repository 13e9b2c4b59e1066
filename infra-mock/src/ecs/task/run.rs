//! `RunTask`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::launch::Launch;
use super::placement::Capacity;
use crate::api::{ApiError, ApiResult, Call, Operation};
use crate::ecs::fixtures::LaunchType;
use crate::ecs::platform::role;
use crate::ecs::reference::Reference;
use crate::ecs::task_definition::{ACTIVE, Named, Revision};
use crate::ecs::{
    AwsVpcConfiguration, NetworkConfiguration, RunTaskRequest, TaskDefinition, TaskOverride,
    errors, tags,
};

/// The maximum number of tasks per request:
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html>.
const MOST_TASKS: i32 = 10;
const LONGEST_STARTED_BY: usize = 128;
const LONGEST_TOKEN: usize = 64;
const MOST_SUBNETS: usize = 16;
const MOST_GROUPS: usize = 5;

/// A request with a client token, and the tasks that the request started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::ecs) struct TokenUse {
    request: RunTaskRequest,
    tasks: Vec<String>,
}

/// Starts tasks.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html>
impl Operation for RunTaskRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (location, now) = (&call.caller.location, call.now);
        let cluster = Reference::optional(location, self.cluster.as_deref())?;
        let count = self.count.unwrap_or(1);
        if !(1..=MOST_TASKS).contains(&count) {
            // The API reference states the limit, but not AWS's message.
            return Err(errors::invalid(format!("Count must be between 1 and {MOST_TASKS}.")));
        }
        self.check_texts()?;
        if let Some(tasks) = self.repeated(call, &cluster)? {
            return Ok(Self::Output { tasks, failures: Vec::new() });
        }
        let tags = tags::check_all(self.tags.clone().unwrap_or_default())?;
        call.ecs().known(&cluster, now)?;
        let Revision { definition, tags: of_definition } =
            runnable(call, self.task_definition.as_deref().unwrap_or_default())?;
        let state = call.ecs();
        let record = state.clusters.get(&cluster).ok_or_else(errors::cluster_not_found)?;
        let capacity = Capacity::read(
            state,
            record,
            self.launch_type.as_deref(),
            self.capacity_provider_strategy.clone(),
        )?;
        capacity.check(&definition)?;
        let has_instances = record.active_instances().next().is_some();
        if capacity.launch_type().is_some_and(|kind| kind != LaunchType::Fargate) && !has_instances
        {
            // https://github.com/aws/amazon-ecs-cli/issues/1122
            return Err(errors::invalid("No Container Instances were found in your cluster."));
        }
        let network = network(&definition, &capacity, self.network_configuration.as_ref())?;
        check_overrides(&definition, self.overrides.as_ref())?;
        check_roles(call, &definition, self.overrides.as_ref())?;

        let mut all_tags = match self.propagate_tags.as_deref() {
            Some("TASK_DEFINITION") => of_definition,
            _ => BTreeMap::new(),
        };
        // Tags from the request take precedence over tags from the task definition:
        // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-using-tags.html
        all_tags.extend(tags);
        let mut counts = BTreeMap::new();
        let family = format!("family:{}", definition.family);
        let tasks: Vec<_> = (0..count)
            .map(|_| {
                Launch {
                    cluster: &cluster,
                    definition: &definition,
                    placement: capacity.place(&mut counts),
                    network: network.as_ref(),
                    overrides: self.overrides.as_ref(),
                    group: self.group.clone().unwrap_or_else(|| family.clone()),
                    started_by: self.started_by.clone(),
                    service: None,
                    tags: all_tags.clone(),
                    enable_execute_command: self.enable_execute_command.unwrap_or_default(),
                    managed_tags: self.enable_ecs_managed_tags.unwrap_or_default(),
                }
                .start(call)
            })
            .collect();
        if let (Some(token), Some(record)) =
            (self.client_token.clone(), call.ecs().clusters.get_mut(&cluster))
        {
            let id = |arn: &String| arn.rsplit('/').next().unwrap_or(arn).to_owned();
            let tasks = tasks.iter().map(|task| id(&task.task_arn)).collect();
            record.tokens.insert(token, TokenUse { request: self, tasks });
        }
        Ok(Self::Output { tasks, failures: Vec::new() })
    }
}

impl RunTaskRequest {
    /// Checks `startedBy`, `clientToken` and `propagateTags`. The API reference states the rules,
    /// but not AWS's messages.
    fn check_texts(&self) -> ApiResult<()> {
        if self.started_by.as_ref().is_some_and(|text| text.chars().count() > LONGEST_STARTED_BY) {
            return Err(errors::invalid(format!(
                "startedBy can have at most {LONGEST_STARTED_BY} characters."
            )));
        }
        let printable = |text: &str| text.bytes().all(|byte| (33..=126).contains(&byte));
        if let Some(token) = &self.client_token
            && (token.is_empty() || token.len() > LONGEST_TOKEN || !printable(token))
        {
            return Err(errors::invalid("Invalid clientToken."));
        }
        if self.propagate_tags.as_deref() == Some("SERVICE") {
            return Err(errors::invalid(
                "Tags can't be propagated from a service when running a task.",
            ));
        }
        Ok(())
    }

    /// Returns the tasks that an earlier request with the same client token started. Returns an
    /// error if the two requests differ.
    fn repeated(
        &self,
        call: &mut Call<'_>,
        cluster: &str,
    ) -> ApiResult<Option<Vec<crate::ecs::Task>>> {
        let Some(token) = &self.client_token else { return Ok(None) };
        let record = call.ecs().clusters.get(cluster);
        let Some((record, used)) = record.and_then(|r| Some((r, r.tokens.get(token)?))) else {
            return Ok(None);
        };
        let tasks = used.tasks.iter().filter_map(|id| record.tasks.get(id));
        let tasks: Vec<_> = tasks.map(|task| task.view(true)).collect();
        if tasks.is_empty() {
            // A client token expires when all tasks from its request have been removed.
            return Ok(None);
        }
        if used.request != *self {
            // The message is the error's description in the service model.
            return Err(ApiError::new(
                "ConflictException",
                "The RunTask request could not be processed due to conflicts. The provided clientToken is \
                 already in use with a different RunTask request.",
            ));
        }
        Ok(Some(tasks))
    }
}

/// Returns the task definition revision that a request refers to. The revision must be ACTIVE.
pub(in crate::ecs) fn runnable(call: &mut Call<'_>, text: &str) -> ApiResult<Revision> {
    // https://github.com/Cloud-CV/EvalAI/issues/2419
    let missing = || errors::client("TaskDefinition not found.");
    let named = Named::read(&call.caller.location, text).ok_or_else(missing)?;
    let revision = call.ecs().task_definition(&named).cloned().ok_or_else(missing)?;
    if !revision.is(ACTIVE) {
        // https://github.com/DefangLabs/defang/issues/775. `UpdateService` returns a different
        // error code.
        return Err(errors::invalid("TaskDefinition is inactive"));
    }
    Ok(revision)
}

/// Returns the network configuration of a request. The network mode `awsvpc` requires a network
/// configuration, and other network modes do not allow one. A public IP address is possible only on
/// Fargate.
///
/// The maximum numbers of subnets and security groups are from
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AwsVpcConfiguration.html>. The messages are modeled on
/// those for other lists.
pub(in crate::ecs) fn network(
    definition: &TaskDefinition,
    capacity: &Capacity,
    given: Option<&NetworkConfiguration>,
) -> ApiResult<Option<AwsVpcConfiguration>> {
    let given = given.and_then(|network| network.awsvpc_configuration.clone());
    let is_awsvpc = definition.network_mode.as_deref() == Some("awsvpc");
    match given {
        None if is_awsvpc => {
            // https://github.com/fabfuel/ecs-deploy/issues/61
            Err(errors::invalid(
                "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
            ))
        }
        Some(_) if !is_awsvpc => {
            // AWS's message is not publicly documented, so the mock's message is modeled on the
            // message above.
            Err(errors::invalid(
                "Network Configuration is not valid for the given networkMode of this task definition.",
            ))
        }
        Some(network) if network.subnets.as_ref().is_none_or(Vec::is_empty) => {
            // The message is modeled on the messages for other empty lists.
            Err(errors::invalid("subnets can not be empty."))
        }
        Some(network) if network.subnets.iter().flatten().count() > MOST_SUBNETS => {
            Err(errors::too_many("subnets", MOST_SUBNETS))
        }
        Some(network) if network.security_groups.iter().flatten().count() > MOST_GROUPS => {
            Err(errors::too_many("securityGroups", MOST_GROUPS))
        }
        Some(network)
            if network.assign_public_ip.as_deref() == Some("ENABLED") && !capacity.is_fargate() =>
        {
            // https://github.com/nathanpeck/socket.io-chat-fargate/issues/3
            Err(errors::invalid("Assign public IP is not supported for this launch type."))
        }
        given => Ok(given),
    }
}

fn check_overrides(definition: &TaskDefinition, overrides: Option<&TaskOverride>) -> ApiResult<()> {
    let all = overrides.into_iter().flat_map(|o| o.container_overrides.iter().flatten());
    for one in all {
        let known = |name: &String| {
            definition.container_definitions.iter().any(|c| c.name.as_ref() == Some(name))
        };
        if let Some(name) = one.name.as_ref().filter(|name| !known(name)) {
            // https://github.com/azavea/django-ecsmanage/issues/21
            return Err(errors::invalid(format!(
                "Override for container named {name} is not a container in the TaskDefinition."
            )));
        }
    }
    Ok(())
}

/// Returns an error if ECS cannot assume the task role or the execution role.
pub(in crate::ecs) fn check_roles(
    call: &Call<'_>,
    definition: &TaskDefinition,
    overrides: Option<&TaskOverride>,
) -> ApiResult<()> {
    for arn in roles(definition, overrides).into_iter().flatten() {
        if !role::can_be_assumed(call, arn) {
            return Err(errors::client(role::not_assumed(arn)));
        }
    }
    Ok(())
}

/// Returns the task role and the execution role of a task. Terraform's data source `aws_ecs_task_execution` sends empty
/// ARNs for roles that are not overridden:
/// <https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/ecs/task_execution_data_source.go>.
pub(in crate::ecs) fn roles<'r>(
    definition: &'r TaskDefinition,
    overrides: Option<&'r TaskOverride>,
) -> [Option<&'r str>; 2] {
    let other = |read: fn(&TaskOverride) -> &Option<String>| {
        overrides.and_then(|o| read(o).as_deref()).filter(|arn| !arn.is_empty())
    };
    [
        other(|o| &o.task_role_arn).or(definition.task_role_arn.as_deref()),
        other(|o| &o.execution_role_arn).or(definition.execution_role_arn.as_deref()),
    ]
}
