//! Checks a resolved foundation against AWS's rules: its policies, and the ARNs of other resources
//! that it uses.
//!
//! Individual settings are checked when they are parsed. The rules here depend on the account and
//! the region, or can be checked only after names and ARNs have been filled in.

use crate::arn::{Arn, Location};
use crate::names::InvalidValue;
use crate::policy::{PolicyDocument, PolicyUse};
use crate::provider::ServiceConnectNamespace;

use super::address;
use super::lifecycle;
use super::service::ResolvedService;
use super::{DesiredCluster, DesiredRepository, DesiredRole, Resolved};
use super::{LifecyclePolicy, SpecError};

/// Collects the broken rules, each with the setting that breaks it.
struct Findings(Vec<SpecError>);

impl Findings {
    fn extend(&mut self, path: &str, errors: impl IntoIterator<Item = InvalidValue>) {
        let found = errors.into_iter().map(|error| SpecError { path: path.to_owned(), error });
        self.0.extend(found);
    }

    fn add(&mut self, path: &str, (what, value): (&'static str, &Arn), rule: impl Into<String>) {
        self.extend(path, [InvalidValue::new(what, &value.to_string(), rule, None)]);
    }
}

impl Resolved {
    /// Returns every AWS rule that the policies break. [`Self::misplaced`] checks the partition,
    /// account and region of ARNs.
    pub(super) fn broken_rules(&self) -> Vec<SpecError> {
        let mut findings = Findings(Vec::new());
        for role in self.roles() {
            let path = &role.setting;
            for error in role.spec.trust.broken_rules(PolicyUse::Trust) {
                findings.extend(&trust_path(role, &error), [error]);
            }
            if let Some(inline) = &role.inline {
                let broken = inline.broken_rules(PolicyUse::Identity);
                findings.extend(&format!("{path}.statements"), broken);
            }
            for (_, arn) in &role.attachments {
                if arn.resource.starts_with("policy/aws-service-role/") {
                    let rule = "this policy can be attached only to an AWS service-linked role";
                    findings.add(&path_of(role, arn), ("managed policy", arn), rule);
                }
            }
        }
        for DesiredRepository { setting, policy, lifecycle, .. } in self.repositories() {
            let (of_pull, of_statements) =
                by_setting(policy, |policy| policy.broken_rules(PolicyUse::Repository));
            findings.extend(&format!("{setting}.statements"), of_statements);
            for error in of_pull {
                let key = match error.what() {
                    "action" | "statement" => "pull_actions",
                    "character of a policy" => "policy_sid",
                    _ => "additional_pull_principals",
                };
                findings.extend(&format!("{setting}.{key}"), [error]);
            }
            if let LifecyclePolicy::Document(document) = lifecycle {
                let broken = lifecycle::check(document).err();
                findings.extend(&format!("{setting}.lifecycle_policy"), broken);
            }
        }
        findings.0
    }

    /// Returns an error for each ARN that is not in the partition, account or region that AWS
    /// requires.
    pub(super) fn misplaced(&self, location: &Location) -> Vec<SpecError> {
        let Location { partition, account_id, region } = location;
        let mut findings = Findings(Vec::new());
        for role in self.roles() {
            let path = &role.setting;
            for error in role.spec.trust.foreign_partitions(*partition) {
                findings.extend(&trust_path(role, &error), [error]);
            }
            let inline = role.inline.as_ref();
            let inline = inline.map(|policy| policy.foreign_partitions(*partition));
            findings.extend(&format!("{path}.statements"), inline.unwrap_or_default());
            let here = |arn: &Arn| {
                arn.partition == *partition
                    && (arn.account_id == "aws" || arn.account_id == account_id.as_str())
            };
            let rule = || {
                format!(
                    "a role in account {account_id} can only use managed policies of that account or of AWS, \
                     in the partition {partition}"
                )
            };
            for (_, arn) in role.attachments.iter().filter(|(_, arn)| !here(arn)) {
                findings.add(&path_of(role, arn), ("managed policy", arn), rule());
            }
            if let Some(arn) = role.spec.permissions_boundary.as_ref().filter(|arn| !here(arn)) {
                let path = format!("{path}.permissions_boundary");
                findings.add(&path, ("permissions boundary", arn), rule());
            }
        }
        let far = |arn: &Arn| arn.partition != *partition || arn.region != region.as_str();
        // A namespace can be shared with other accounts, but cannot be used in other regions:
        // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-connect-shared-namespaces.html
        if let Some(ServiceConnectNamespace::Arn(namespace)) =
            &self.cluster.spec.service_connect_namespace
            && far(namespace.arn())
        {
            let rule = format!("the namespace must be in the cluster's region, {region}");
            let path = "cluster.service_connect_namespace";
            findings.add(path, ("namespace", namespace.arn()), rule);
        }
        let rule =
            || format!("the key must be in {region}, the region of the resource that it encrypts");
        for (path, arn) in cluster_keys(&self.cluster).filter(|(_, arn)| far(arn)) {
            findings.add(path, ("KMS key", &arn), rule());
        }
        for ResolvedService { repository, log_group, .. } in self.each_service() {
            let (spec, path) = (&repository.spec, &repository.setting);
            let (of_pull, of_statements) =
                by_setting(&repository.policy, |policy| policy.foreign_partitions(*partition));
            findings.extend(&format!("{path}.additional_pull_principals"), of_pull);
            findings.extend(&format!("{path}.statements"), of_statements);
            let key = spec.encryption.key().and_then(|key| key.parse().ok());
            if let Some(arn) = key.filter(far) {
                let path = format!("{path}.encryption.kms_key");
                findings.add(&path, ("KMS key", &arn), rule());
            }
            if let Some(arn) = log_group.spec.kms_key.as_ref().filter(|arn| far(arn)) {
                let path = format!("{}.kms_key_id", log_group.setting);
                findings.add(&path, ("KMS key", arn), rule());
            }
        }
        findings.0
    }

    fn repositories(&self) -> impl Iterator<Item = &DesiredRepository> {
        self.each_service().map(|service| service.repository)
    }
}

/// Checks a repository policy. Returns two lists: the errors in the statement for pulling images,
/// and all other errors. The caller reports the two lists under different settings.
fn by_setting(
    policy: &PolicyDocument,
    check: impl Fn(&PolicyDocument) -> Vec<InvalidValue>,
) -> (Vec<InvalidValue>, Vec<InvalidValue>) {
    let mut others = check(policy);
    if others.is_empty() {
        return (Vec::new(), others);
    }
    let of_pull = check(&PolicyDocument::new(policy.statements().first().cloned()));
    others.retain(|error| !of_pull.contains(error));
    (of_pull, others)
}

/// Returns the KMS keys that the cluster uses, each with the path of its setting.
fn cluster_keys(cluster: &DesiredCluster) -> impl Iterator<Item = (&'static str, Arn)> {
    let configuration = &cluster.spec.configuration;
    let command = configuration.execute_command.as_ref();
    let storage = configuration.managed_storage.as_ref();
    let keys = [
        ("cluster.execute_command.kms_key", command.and_then(|it| it.kms_key.as_ref())),
        ("cluster.managed_storage.kms_key", storage.and_then(|it| it.kms_key.as_ref())),
        (
            "cluster.managed_storage.fargate_ephemeral_storage_kms_key",
            storage.and_then(|it| it.fargate_ephemeral_storage_kms_key.as_ref()),
        ),
    ];
    keys.into_iter().filter_map(|(path, key)| Some((path, key?.parse().ok()?)))
}

/// Returns the path of the setting that caused an error in a trust policy.
fn trust_path(role: &DesiredRole, error: &InvalidValue) -> String {
    let path = &role.setting;
    match error.what() {
        _ if role.address == address::deployer_role() => format!("{path}.github"),
        "length of a policy" => format!("{path}.trust"),
        "service principal" => format!("{path}.trust.services"),
        _ => format!("{path}.trust.source_arns"),
    }
}

/// Returns the path of the setting that attaches a managed policy to a role: `managed_policy` for
/// the execution role's main policy, and `additional_managed_policies` for every other policy.
fn path_of(role: &DesiredRole, arn: &Arn) -> String {
    let mut attached = role.attachments.iter();
    let own = attached.any(|it| it.0 == address::execution_role_attachment() && it.1 == *arn);
    format!(
        "{}.{}",
        role.setting,
        if own { "managed_policy" } else { "additional_managed_policies" }
    )
}

#[cfg(test)]
mod tests {
    use crate::arn::Location;
    use crate::foundation::{
        ClusterSettings, Foundation, FoundationSpec, LifecyclePolicy, ManagedPolicy,
    };
    use crate::policy::{PrincipalSet, Statement};

    type Change = fn(&mut ClusterSettings, &str);

    fn errors(region: &str, change: impl FnOnce(&mut FoundationSpec)) -> Vec<String> {
        let location =
            Location::new("123456789012".parse().unwrap(), region.parse().unwrap()).unwrap();
        let mut spec = FoundationSpec::new("shop".parse().unwrap(), "dev".parse().unwrap());
        change(&mut spec);
        match Foundation::new(spec, location) {
            Ok(_) => Vec::new(),
            Err(errors) => errors.into_iter().map(|error| error.path).collect(),
        }
    }

    fn on(resource: &str) -> Statement {
        Statement::allow(["s3:GetObject"]).with_resources([resource])
    }

    #[test]
    fn the_defaults_are_at_home_in_every_partition() {
        for region in [
            "us-east-1",
            "cn-north-1",
            "us-gov-west-1",
            "eusc-de-east-1",
            "us-iso-east-1",
            "us-isob-east-1",
            "eu-isoe-west-1",
            "us-isof-south-1",
        ] {
            assert_eq!(errors(region, |_| {}), [""; 0], "{region}");
        }
    }

    #[test]
    fn what_iam_refuses_is_refused_before_any_call() {
        let statements = |statement: Statement| {
            errors("us-east-1", |spec| spec.execution_role.role.statements.push(statement))
        };
        assert_eq!(statements(on("arn:aws:s3:::b")), [""; 0]);
        for statement in [
            on("arn:aws:s3:::日本"),
            on("arn:aws-cn:s3:::b"),
            on("arn:aws:iam::ACCOUNT_ID:role/x"),
            on("*").with_condition("Sounds", "a", ["b"]),
            on("*").with_sid("no-letters"),
        ] {
            assert_eq!(statements(statement), ["execution_role.statements"]);
        }
        assert_eq!(
            errors("us-east-1", |spec| {
                let long = on(&format!("arn:aws:s3:::{}", "x".repeat(10_240)));
                spec.task_role.role.statements.push(long);
            }),
            ["task_role.statements"]
        );
    }

    #[test]
    fn errors_in_settings_and_in_arns_are_reported_together() {
        let found = errors("us-east-1", |spec| {
            spec.repository.pull_actions.clear();
            spec.task_role.role.statements.push(on("arn:aws-cn:s3:::b"));
        });
        assert_eq!(found, ["repository.pull_actions", "task_role.statements"]);
    }

    #[test]
    fn what_is_named_by_arn_is_where_aws_requires_it() {
        let policy = |arn: &str| ManagedPolicy::Arn(arn.parse().unwrap());
        let add = |arn: &'static str| {
            errors("us-east-1", |spec| {
                spec.task_role.role.additional_managed_policies.push(policy(arn));
            })
        };
        assert_eq!(add("arn:aws:iam::aws:policy/ReadOnlyAccess"), [""; 0]);
        assert_eq!(add("arn:aws:iam::123456789012:policy/own"), [""; 0]);
        for arn in [
            "arn:aws-cn:iam::aws:policy/ReadOnlyAccess",
            "arn:aws:iam::210987654321:policy/theirs",
            "arn:aws:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy",
        ] {
            assert_eq!(add(arn), ["task_role.additional_managed_policies"], "{arn}");
        }
        let other = "arn:aws:kms:eu-west-1:123456789012:key/1";
        let cluster =
            |change: Change, arn: &str| errors("us-east-1", |spec| change(&mut spec.cluster, arn));
        let rows: [(&str, Change); 3] = [
            ("execute_command.kms_key", |cluster, arn| {
                cluster.execute_command.get_or_insert_default().kms_key = arn.parse().ok();
            }),
            ("managed_storage.kms_key", |cluster, arn| {
                cluster.managed_storage.get_or_insert_default().kms_key = arn.parse().ok();
            }),
            ("managed_storage.fargate_ephemeral_storage_kms_key", |cluster, arn| {
                cluster.managed_storage.get_or_insert_default().fargate_ephemeral_storage_kms_key =
                    arn.parse().ok();
            }),
        ];
        for (path, change) in rows {
            assert_eq!(cluster(change, other), [format!("cluster.{path}")]);
            assert_eq!(cluster(change, "arn:aws:kms:us-east-1:210987654321:key/1"), [""; 0]);
            assert_eq!(cluster(change, "arn:aws:kms:{region}:{account_id}:key/1"), [""; 0]);
        }
        let namespace = |arn: &str| {
            errors("us-east-1", |spec| spec.cluster.service_connect_namespace = arn.parse().ok())
        };
        assert_eq!(namespace(""), [""; 0]);
        let shared = "arn:aws:servicediscovery:us-east-1:210987654321:namespace/ns-1";
        assert_eq!(namespace(shared), [""; 0]);
        let far = "arn:aws:servicediscovery:eu-west-1:123456789012:namespace/ns-1";
        assert_eq!(namespace(far), ["cluster.service_connect_namespace"]);
        let key = |arn: &'static str| {
            errors("us-east-1", |spec| spec.log_group.kms_key = Some(arn.parse().unwrap()))
        };
        assert_eq!(key("arn:aws:kms:us-east-1:210987654321:key/1"), [""; 0]);
        assert_eq!(key("arn:aws:kms:eu-west-1:123456789012:key/1"), ["log_group.kms_key_id"]);
        assert_eq!(
            errors("us-east-1", |spec| {
                let principals = &mut spec.repository.additional_pull_principals;
                principals.push("arn:aws-us-gov:iam::123456789012:root".parse().unwrap());
            }),
            ["repository.additional_pull_principals"]
        );
    }

    #[test]
    fn errors_in_a_repository_policy_name_their_setting() {
        let with = |statement: Statement| {
            errors("us-east-1", |spec| spec.repository.statements.push(statement))
        };
        let push = |principal: &str| {
            Statement::allow(["ecr:PutImage"]).with_principal(PrincipalSet::aws([principal]))
        };
        assert_eq!(with(push("arn:{partition}:iam::{account_id}:role/ci")), [""; 0]);
        assert_eq!(
            with(push("*").with_condition("StringEquals", "aws:PrincipalOrgID", ["o-1"])),
            [""; 0]
        );
        let long = push(&format!("arn:aws:iam::123456789012:role/{}", "x".repeat(10_240)));
        for statement in [push("ci"), push("arn:aws-cn:iam::123456789012:root"), long] {
            assert_eq!(with(statement), ["repository.statements"]);
        }
        let both = errors("us-east-1", |spec| {
            spec.repository.statements.push(push("ci"));
            spec.repository.pull_actions = vec!["s3:GetObject".parse().unwrap()];
        });
        assert_eq!(both, ["repository.statements", "repository.pull_actions"]);
    }

    #[test]
    fn a_lifecycle_policy_is_one_that_ecr_accepts() {
        let document = serde_json::json!({"rules": [{"rulePriority": 1}]});
        let with = |document| {
            errors("us-east-1", |spec| {
                spec.repository.lifecycle_policy = LifecyclePolicy::Document(document);
            })
        };
        assert!(with(document).contains(&"repository.lifecycle_policy".to_owned()));
    }
}
