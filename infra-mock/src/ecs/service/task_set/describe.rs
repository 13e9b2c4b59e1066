//! `DescribeTaskSets`.

use super::{Target, read_id};
use crate::api::{ApiResult, Call, Operation};
use crate::ecs::{DescribeTaskSetsRequest, DescribeTaskSetsResponse, Failure, errors};

/// Describes task sets of a service, including DRAINING ones.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTaskSets.html>
impl Operation for DescribeTaskSetsRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let location = call.caller.location.clone();
        let asked = self.task_sets.unwrap_or_default();
        if asked.is_empty() {
            // https://github.com/aws/aws-cli/issues/5380
            return Err(errors::empty("TaskSets"));
        }
        let with_tags = self.include.is_some_and(|include| include.iter().any(|i| i == "TAGS"));
        let target = Target::read(call, self.cluster.as_deref(), self.service.as_deref())?;
        let mut response = DescribeTaskSetsResponse::default();
        for text in asked {
            let id = read_id(&location, &text)?;
            match target.view(call, &id, with_tags) {
                Ok(set) => response.task_sets.push(set),
                Err(_) => response.failures.push(Failure {
                    arn: target.arn(&location, &id),
                    reason: "MISSING".to_owned(),
                    detail: None,
                }),
            }
        }
        Ok(response)
    }
}
