//! Tests access control on each access path.

use infra_core::error::OrAbsent;
use infra_core::policy::{PolicyDocument, Statement};
use infra_mock::DEFAULT_ACCOUNT;

use super::{AccessPath, access_paths, shown};

#[tokio::test]
async fn a_caller_gets_the_same_refusals_on_every_access_path() {
    let policy = PolicyDocument::new([Statement::allow(["ecs:Describe*"]).with_resources(["*"])]);
    let (cluster, role) = ("shop".parse().unwrap(), "shop".parse().unwrap());
    let (repository, group) = ("shop".parse().unwrap(), "/shop".parse().unwrap());
    let mut seen = Vec::new();
    for AccessPath { name: access_path, mock, providers, _server } in access_paths().await {
        let providers = if access_path == "traits" {
            mock.with_policies([policy.clone()]).unwrap().providers()
        } else {
            // A mock's SDK clients use the mock's account ID as their access key ID.
            mock.add_access_key(DEFAULT_ACCOUNT, "mock", [policy.clone()]).unwrap();
            providers
        };
        let found = providers.clusters().describe_cluster(&cluster, false).await.or_absent();
        assert_eq!(found.unwrap(), None, "{access_path}");
        let refused = [
            shown(providers.clusters().delete_cluster(&cluster).await),
            shown(providers.roles().get_role(&role).await),
            shown(providers.repositories().describe_repository(&repository).await),
            shown(providers.log_groups().delete_log_group(&group).await),
        ];
        assert!(
            refused.iter().all(|text| text.contains("is not authorized to perform")),
            "{refused:#?}"
        );
        let codes: Vec<_> = mock.journal().into_iter().map(|entry| entry.refused).collect();
        seen.push((access_path, (refused, codes)));
    }
    for (access_path, what) in &seen[1..] {
        assert_eq!(*what, seen[0].1, "the {access_path} access path returns different results");
    }
}
