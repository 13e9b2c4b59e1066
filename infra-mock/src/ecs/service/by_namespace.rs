//! `ListServicesByNamespace`.

use super::INACTIVE;
use crate::api::{ApiResult, Call, Operation};
use crate::ecs::ListServicesByNamespaceRequest;
use crate::ecs::list;

/// Lists the services in a namespace, across all clusters. The mock does not implement Cloud Map,
/// so it assumes that every namespace exists.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListServicesByNamespace.html>
impl Operation for ListServicesByNamespaceRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let asked = self.namespace.unwrap_or_default();
        let state = call.ecs();
        // If ECS created the namespace, returns its ARN. Otherwise, returns the given text.
        let resolved = |text: &str| state.namespaces.get(text).map_or(text, |arn| arn).to_owned();
        let wanted = resolved(&asked);
        let mut arns = Vec::new();
        for record in state.clusters.values() {
            for service in record.services.values().filter(|it| it.status() != INACTIVE) {
                let own = service.connections.service_connect.as_ref();
                let own = own.filter(|own| own.enabled == Some(true));
                // A service without its own namespace uses its cluster's default namespace.
                let namespace =
                    own.and_then(|own| own.namespace.as_ref().or(record.spec.namespace.as_ref()));
                if namespace.is_some_and(|namespace| resolved(namespace) == wanted) {
                    arns.push(service.service.service_arn.clone());
                }
            }
        }
        let listing = format!("ListServicesByNamespace/{wanted}");
        let page = list::cut(&listing, arns, self.next_token.as_deref(), self.max_results, 10)?;
        Ok(Self::Output { service_arns: page.items, next_token: page.next_token })
    }
}
