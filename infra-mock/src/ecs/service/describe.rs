//! `DescribeServices`.

use crate::api::{ApiResult, Call, Operation};
use crate::ecs::reference::{self, Reference};
use crate::ecs::{DescribeServicesRequest, Failure, errors};

const MOST_SERVICES: usize = 10;

/// Describes services, including DRAINING and INACTIVE ones.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html>
impl Operation for DescribeServicesRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (location, now) = (&call.caller.location, call.now);
        let cluster = Reference::optional(location, self.cluster.as_deref())?;
        let asked = self.services.unwrap_or_default();
        if asked.is_empty() {
            // https://github.com/boltops-tools/aws-inventory/issues/4
            return Err(errors::empty("Services"));
        }
        if asked.len() > MOST_SERVICES {
            return Err(errors::too_many("Services", MOST_SERVICES));
        }
        let with_tags = self.include.is_some_and(|include| include.iter().any(|i| i == "TAGS"));
        let record = &*call.ecs().known(&cluster, now)?;
        let mut response = Self::Output::default();
        for text in asked {
            let name = reference::id_on(location, "service", &cluster, &text);
            if let Some(service) = name.and_then(|name| record.services.get(&name)) {
                response.services.push(service.view(record, with_tags));
                continue;
            }
            // If the request identifies the missing service by name, the ARN in the failure does
            // not contain the cluster's name:
            // https://github.com/aws-actions/amazon-ecs-deploy-task-definition/issues/369
            let arn = if text.starts_with("arn:") {
                text
            } else {
                location.arn("ecs", format!("service/{text}")).to_string()
            };
            // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html
            response.failures.push(Failure { arn, reason: "MISSING".to_owned(), detail: None });
        }
        Ok(response)
    }
}
