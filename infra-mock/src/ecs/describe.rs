//! `DescribeClusters` and `ListClusters`.

use super::reference::Reference;
use super::state::{Field, Status, cluster_arn};
use super::{errors, list};
use crate::api::{ApiResult, Call, Operation};
use crate::ecs::{DescribeClustersRequest, Failure, ListClustersRequest};

const MOST_CLUSTERS: usize = 100;

/// Describes clusters, including INACTIVE ones.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeClusters.html>
impl Operation for DescribeClustersRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (location, now) = (&call.caller.location, call.now);
        let include: Vec<Field> = self
            .include
            .unwrap_or_default()
            .iter()
            .map(|name| Field::read(name))
            .collect::<Option<_>>()
            .ok_or_else(|| errors::not_one_of("include", &Field::NAMES))?;
        let asked = self.clusters.unwrap_or_default();
        if asked.len() > MOST_CLUSTERS {
            return Err(errors::too_many("Clusters", MOST_CLUSTERS));
        }
        let read = |value| Reference::read(location, "Clusters", value);
        let references = if asked.is_empty() {
            vec![read(None)?]
        } else {
            asked.iter().map(|value| read(Some(value))).collect::<ApiResult<Vec<_>>>()?
        };

        let state = call.ecs();
        let mut response = Self::Output::default();
        for reference in references {
            let arn = match reference {
                Reference::OtherLocation(arn) => arn,
                Reference::Here(name) => {
                    if let Some(record) = state.clusters.get(&name) {
                        response.clusters.push(record.view(location, &name, now, &include));
                        continue;
                    }
                    cluster_arn(location, &name)
                }
            };
            // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html
            response.failures.push(Failure { arn, reason: "MISSING".to_owned(), detail: None });
        }
        Ok(response)
    }
}

/// Lists the ARNs of clusters that are not INACTIVE.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListClusters.html>;
/// <https://github.com/aws/copilot-cli/issues/5052> shows that INACTIVE clusters are omitted: in
/// that report, the console does not list a cluster that `DescribeClusters` still returns.
impl Operation for ListClustersRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (location, now) = (&call.caller.location, call.now);
        let live = call.ecs().clusters.iter().filter(|(_, c)| c.status(now) != Status::Inactive);
        let arns = live.map(|(name, _)| cluster_arn(location, name)).collect();
        let page =
            list::cut("ListClusters", arns, self.next_token.as_deref(), self.max_results, 100)?;
        Ok(Self::Output { cluster_arns: page.items, next_token: page.next_token })
    }
}
