//! `ListServices`, `ListTasks` and `ListContainerInstances`.

use super::errors;
use super::fixtures::Task;
use super::reference::Reference;
use crate::api::{ApiError, ApiResult, Call, Operation};
use crate::ecs::{
    ListContainerInstancesRequest, ListContainerInstancesResponse, ListServicesRequest,
    ListServicesResponse, ListTasksRequest, ListTasksResponse,
};
use crate::paging::{self, Page};

const LAUNCH_TYPES: [&str; 4] = ["EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES"];
const SCHEDULING_STRATEGIES: [&str; 2] = ["REPLICA", "DAEMON"];
const RESOURCE_MANAGEMENT_TYPES: [&str; 2] = ["CUSTOMER", "ECS"];
const DESIRED_STATUSES: [&str; 3] = ["RUNNING", "PENDING", "STOPPED"];
const INSTANCE_STATUSES: [&str; 5] =
    ["ACTIVE", "DRAINING", "REGISTERING", "DEREGISTERING", "REGISTRATION_FAILED"];

/// The most that any listing of ECS but that of account settings gives at once.
const MOST_RESULTS: i32 = 100;

/// Cuts the page after `token` out of ARNs, which are sorted here; `default` is the size of a page where
/// the request gives none.
pub(super) fn cut(
    listing: &str,
    mut arns: Vec<String>,
    token: Option<&str>,
    max_results: Option<i32>,
    default: usize,
) -> ApiResult<Page<String>> {
    let size = size(max_results, MOST_RESULTS, default)?;
    arns.sort();
    paging::page(listing, arns, String::as_str, token, size).map_err(|_| bad_token())
}

/// The range is that of the API reference; the words are modelled on those of other members.
pub(super) fn size(max_results: Option<i32>, most: i32, default: usize) -> ApiResult<usize> {
    let Some(max_results) = max_results else { return Ok(default) };
    usize::try_from(max_results)
        .ok()
        .filter(|_| (1..=most).contains(&max_results))
        .ok_or_else(|| errors::invalid(format!("maxResults must be between 1 and {most}.")))
}

/// The code is the API reference's; no thread shows the words.
pub(super) fn bad_token() -> ApiError {
    errors::invalid("Invalid nextToken.")
}

fn check_enum(value: Option<&str>, allowed: &[&str]) -> ApiResult<()> {
    match value {
        Some(value) if !allowed.contains(&value) => Err(errors::not_one_of(value, allowed)),
        _ => Ok(()),
    }
}

/// Whether a filter is not set, or set to what is there.
fn passes(filter: Option<&str>, value: Option<&str>) -> bool {
    filter.is_none() || filter == value
}

/// Lists the services of a cluster.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListServices.html>
impl Operation for ListServicesRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (location, now) = (&call.caller.location, call.now);
        let cluster = Reference::optional(location, self.cluster.as_deref())?;
        check_enum(self.launch_type.as_deref(), &LAUNCH_TYPES)?;
        check_enum(self.scheduling_strategy.as_deref(), &SCHEDULING_STRATEGIES)?;
        check_enum(self.resource_management_type.as_deref(), &RESOURCE_MANAGEMENT_TYPES)?;
        let wanted = |service: &super::fixtures::Service| {
            passes(self.launch_type.as_deref(), Some(service.launch_type.as_str()))
                && passes(
                    self.scheduling_strategy.as_deref(),
                    Some(service.scheduling_strategy.as_str()),
                )
                && passes(self.resource_management_type.as_deref(), Some("CUSTOMER"))
        };
        let services = call.ecs().known(&cluster, now)?.services.iter();
        let arns = services
            .filter(|(_, service)| wanted(service))
            .map(|(name, _)| location.arn("ecs", format!("service/{cluster}/{name}")).to_string())
            .collect();
        let listing = format!("ListServices/{cluster}");
        let page = cut(&listing, arns, self.next_token.as_deref(), self.max_results, 10)?;
        Ok(ListServicesResponse { service_arns: page.items, next_token: page.next_token })
    }
}

impl ListTasksRequest {
    fn check(&self) -> ApiResult<()> {
        check_enum(self.desired_status.as_deref(), &DESIRED_STATUSES)?;
        check_enum(self.launch_type.as_deref(), &LAUNCH_TYPES)?;
        let others = self.container_instance.is_some() || self.family.is_some();
        if self.service_name.is_some() && (others || self.started_by.is_some()) {
            // https://github.com/boto/boto3/issues/874
            return Err(errors::invalid("cannot specify serviceName with other arguments"));
        }
        if self.started_by.is_some() && others {
            // The rule is in the API reference; the words are modelled on those above.
            return Err(errors::invalid("cannot specify startedBy with other arguments"));
        }
        Ok(())
    }

    fn wants(&self, task: &Task) -> bool {
        // The tasks of the mock are all to run; ECS sets no task's desired status to PENDING.
        let instance = self.container_instance.as_deref();
        let instance = instance.map(|id| id.rsplit('/').next().unwrap_or(id));
        passes(self.desired_status.as_deref(), Some("RUNNING"))
            && passes(self.launch_type.as_deref(), Some(task.launch_type.as_str()))
            && passes(self.service_name.as_deref(), task.service.as_deref())
            && passes(self.family.as_deref(), task.family.as_deref())
            && passes(self.started_by.as_deref(), task.started_by.as_deref())
            && passes(instance, task.container_instance.as_deref())
            && self.daemon_name.is_none()
    }
}

/// Lists the tasks of a cluster.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTasks.html>
impl Operation for ListTasksRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (location, now) = (&call.caller.location, call.now);
        let cluster = Reference::optional(location, self.cluster.as_deref())?;
        self.check()?;
        let record = call.ecs().known(&cluster, now)?;
        if let Some(name) = &self.service_name
            && !record.services.contains_key(name)
        {
            // The code is the API reference's; the words are modelled on those for clusters.
            return Err(ApiError::new("ServiceNotFoundException", "Service not found."));
        }
        let arns = record
            .tasks
            .iter()
            .filter(|(_, task)| self.wants(task))
            .map(|(id, _)| location.arn("ecs", format!("task/{cluster}/{id}")).to_string())
            .collect();
        let listing = format!("ListTasks/{cluster}");
        let page = cut(&listing, arns, self.next_token.as_deref(), self.max_results, 100)?;
        Ok(ListTasksResponse { task_arns: page.items, next_token: page.next_token })
    }
}

/// Lists the container instances of a cluster.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListContainerInstances.html>
impl Operation for ListContainerInstancesRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (location, now) = (&call.caller.location, call.now);
        let cluster = Reference::optional(location, self.cluster.as_deref())?;
        check_enum(self.status.as_deref(), &INSTANCE_STATUSES)?;
        let instances = call.ecs().known(&cluster, now)?.instances.iter();
        let arn =
            |id| location.arn("ecs", format!("container-instance/{cluster}/{id}")).to_string();
        let arns = instances
            .filter(|(_, instance)| passes(self.status.as_deref(), Some(instance.status.as_str())))
            .map(|(id, _)| arn(id))
            .collect();
        let listing = format!("ListContainerInstances/{cluster}");
        let page = cut(&listing, arns, self.next_token.as_deref(), self.max_results, 100)?;
        Ok(ListContainerInstancesResponse {
            container_instance_arns: page.items,
            next_token: page.next_token,
        })
    }
}
