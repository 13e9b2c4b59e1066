//! `DescribeTasks`.

use crate::api::{ApiResult, Call, Operation};
use crate::ecs::reference::{self, Reference};
use crate::ecs::{DescribeTasksRequest, Failure, errors};

const MOST_TASKS: usize = 100;

/// Describes tasks, including those that stopped in the last hour.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html>
impl Operation for DescribeTasksRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (location, now) = (&call.caller.location, call.now);
        let cluster = Reference::optional(location, self.cluster.as_deref())?;
        let asked = self.tasks.unwrap_or_default();
        if asked.is_empty() {
            // https://github.com/aws/copilot-cli/issues/3551
            return Err(errors::empty("Tasks"));
        }
        if asked.len() > MOST_TASKS {
            // https://github.com/gchq/sleeper/issues/555
            return Err(errors::too_many("taskIds", MOST_TASKS));
        }
        let with_tags = self.include.is_some_and(|include| include.iter().any(|i| i == "TAGS"));
        let record = call.ecs().known(&cluster, now)?;
        let mut response = Self::Output::default();
        for text in asked {
            let id = reference::id_on(location, "task", &cluster, &text);
            if let Some(task) = id.and_then(|id| record.tasks.get(&id)) {
                response.tasks.push(task.view(with_tags));
                continue;
            }
            let arn = if text.starts_with("arn:") {
                text
            } else {
                location.arn("ecs", format!("task/{cluster}/{text}")).to_string()
            };
            // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html
            response.failures.push(Failure { arn, reason: "MISSING".to_owned(), detail: None });
        }
        Ok(response)
    }
}
