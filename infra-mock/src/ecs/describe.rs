//! `DescribeClusters` and `ListClusters`.

use serde::{Deserialize, Serialize};

use super::model::{Cluster, Failure};
use super::reference::Reference;
use super::state::{Field, Status, cluster_arn};
use super::{errors, list};
use crate::api::{ApiResult, Call, Operation, Service};

const MOST_CLUSTERS: usize = 100;

/// Describes clusters, also INACTIVE ones.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeClusters.html>
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DescribeClustersRequest {
    /// Names or ARNs, at most 100; the cluster `default` where missing or empty.
    pub clusters: Option<Vec<String>>,
    /// What to add: `ATTACHMENTS`, `CONFIGURATIONS`, `SETTINGS`, `STATISTICS`, `TAGS`.
    pub include: Option<Vec<String>>,
}

/// What `DescribeClusters` found and what it did not.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeClustersResponse {
    /// The clusters, in the order of the request.
    pub clusters: Vec<Cluster>,
    /// Those that are not there, with the reason `MISSING`.
    pub failures: Vec<Failure>,
}

impl Operation for DescribeClustersRequest {
    const SERVICE: Service = Service::Ecs;
    const NAME: &'static str = "DescribeClusters";
    const CHANGES: bool = false;
    type Output = DescribeClustersResponse;

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
        let mut response = DescribeClustersResponse::default();
        for reference in references {
            let arn = match reference {
                Reference::Elsewhere(arn) => arn,
                Reference::Here(name) => {
                    if let Some(record) = state.clusters.get(&name) {
                        response.clusters.push(record.view(location, &name, now, &include));
                        continue;
                    }
                    cluster_arn(location, &name)
                }
            };
            // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html
            response.failures.push(Failure { arn, reason: "MISSING".to_owned() });
        }
        Ok(response)
    }
}

/// Lists the ARNs of clusters that are not INACTIVE.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListClusters.html>; that INACTIVE ones
/// are left out follows from <https://github.com/aws/copilot-cli/issues/5052>, where the console does not list what
/// `DescribeClusters` still knows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ListClustersRequest {
    /// What the page before gave.
    pub next_token: Option<String>,
    /// The size of a page, 1 to 100; 100 where missing.
    pub max_results: Option<i32>,
}

/// A page of clusters.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListClustersResponse {
    /// The ARNs, sorted.
    pub cluster_arns: Vec<String>,
    /// What leads to the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

impl Operation for ListClustersRequest {
    const SERVICE: Service = Service::Ecs;
    const NAME: &'static str = "ListClusters";
    const CHANGES: bool = false;
    type Output = ListClustersResponse;

    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (location, now) = (&call.caller.location, call.now);
        let live = call.ecs().clusters.iter().filter(|(_, c)| c.status(now) != Status::Inactive);
        let arns = live.map(|(name, _)| cluster_arn(location, name)).collect();
        let page =
            list::cut("ListClusters", arns, self.next_token.as_deref(), self.max_results, 100)?;
        Ok(ListClustersResponse { cluster_arns: page.items, next_token: page.next_token })
    }
}
