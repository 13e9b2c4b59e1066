//! The minimal IAM policy for the operator, derived from the configuration.
//!
//! A test checks that every operation in the provider traits is allowed by the policy for at least
//! one configuration. Other tests run every command with only these permissions, to show that the
//! policy is sufficient and minimal. The Service Authorization Reference lists the resources and
//! condition keys of each action:
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/>.

mod pipeline;

use std::collections::BTreeSet;

use serde::Serialize;

use crate::arn::{Arn, Location};
use crate::names::ServiceName;
use crate::operation::{Operation, ecr, ecs, iam, logs, sts};
use crate::policy::{PolicyDocument, Statement};

use super::Foundation;
pub(super) use pipeline::of_deployer;

use super::address;
use super::deployer::DesiredDeployer;
use super::service::{DefaultNames, ResolvedService};
use super::{DesiredLogGroup, DesiredRepository, DesiredRole, Resolved};
use super::{FoundationSpec, LifecyclePolicy};
use crate::resource::UnmanagedAction;

/// The purpose of an operator policy: what it allows the operator to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Read everything, including the contents of resources, to plan, verify and show outputs.
    Read,
    /// Read, create and change everything.
    Apply {
        /// Also delete and recreate resources that cannot be changed in place: repositories, log
        /// groups, and clusters whose setup failed.
        replace: bool,
    },
    /// Read everything, and delete all managed resources.
    Destroy {
        /// Also delete unmanaged policies on the roles.
        force: bool,
    },
    /// Push images to the foundation's repositories.
    Push,
    /// Deploy to the cluster: register task definitions with the foundation's roles, and update
    /// services.
    Deploy,
}

/// A statement of an operator policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OperatorStatement {
    /// Its unique name.
    pub sid: String,
    /// The actions. Each of them is required on each of the `resources`.
    pub actions: BTreeSet<String>,
    /// ARNs, or `*` for all resources. An ARN can end with a wildcard.
    pub resources: BTreeSet<String>,
    /// A condition that limits the statement further.
    pub condition: Option<OperatorCondition>,
    /// The reason why the statement is not more specific, if the reason is not obvious.
    pub why: Option<&'static str>,
}

/// A condition of a statement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct OperatorCondition {
    /// The operator, for example `ArnEquals`.
    pub operator: &'static str,
    /// The key, for example `ecs:cluster`.
    pub key: &'static str,
    /// The values, one of which must match.
    pub values: BTreeSet<String>,
}

/// The minimal policy for a purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OperatorPolicy {
    /// The statements, grouped by service.
    pub statements: Vec<OperatorStatement>,
    /// Additional information.
    pub notes: Vec<String>,
}

impl OperatorPolicy {
    /// Returns the policy as a document.
    pub fn document(&self) -> PolicyDocument {
        PolicyDocument::new(self.statements.iter().map(|statement| {
            let OperatorStatement { sid, actions, resources, condition, why: _ } = statement;
            let allow = Statement::allow(actions.iter().cloned())
                .with_sid(sid)
                .with_resources(resources.iter().cloned());
            match condition {
                None => allow,
                Some(OperatorCondition { operator, key, values }) => {
                    allow.with_condition(*operator, *key, values.iter().cloned())
                }
            }
        }))
    }
}

impl Foundation {
    /// Returns the minimal policy for a purpose.
    ///
    /// The policy covers the resources in this configuration. To replace resources of an earlier
    /// configuration, such as a role with a different path or a repository with a different key,
    /// the operator also needs the policy for destroying that configuration.
    pub fn operator_policy(&self, purpose: Purpose) -> OperatorPolicy {
        let Self { spec, location, resolved } = self;
        let scope = Scope { spec, resolved, location, purpose };
        match purpose {
            Purpose::Push => pipeline::push(&self.resolved),
            Purpose::Deploy => pipeline::deploy(&self.resolved, &self.location),
            Purpose::Read | Purpose::Apply { .. } | Purpose::Destroy { .. } => {
                let wants = EVERY.iter().flat_map(|service| service.iter().copied());
                let wants = wants.flat_map(|operation| scope.wants(operation));
                OperatorPolicy { statements: statements(wants.collect()), notes: scope.notes() }
            }
        }
    }
}

/// Every operation in the provider traits.
const EVERY: [&[Operation]; 5] = [sts::ALL, ecs::ALL, iam::ALL, ecr::ALL, logs::ALL];

/// An action on a resource.
#[derive(Clone, Debug)]
struct Want {
    action: String,
    resource: String,
    topic: Topic,
    condition: Option<OperatorCondition>,
    why: Option<&'static str>,
}

impl Want {
    fn when(self, operator: &'static str, key: &'static str, values: BTreeSet<String>) -> Self {
        Self { condition: Some(OperatorCondition { operator, key, values }), ..self }
    }

    fn because(self, why: &'static str) -> Self {
        Self { why: Some(why), ..self }
    }
}

/// The topic of a statement: a kind of resource, and the service that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Topic {
    kind: &'static str,
    /// The part of the statement's name that identifies the service; empty for the default service
    /// and for shared resources.
    service: String,
}

impl Topic {
    fn new(kind: &'static str, service: Option<&ServiceName>) -> Self {
        let words = service.iter().flat_map(|name| name.as_str().split('-'));
        Self { kind, service: words.map(|word| word[..1].to_uppercase() + &word[1..]).collect() }
    }

    /// Returns the Sid of a statement about these topics.
    fn sid(topics: &BTreeSet<Self>) -> String {
        let kinds: BTreeSet<&str> = topics.iter().map(|topic| topic.kind).collect();
        // A statement about roles can have topics of several kinds, because it can cover several
        // roles, and each role can be read under two ARNs. The statement's name is derived from the
        // kind with the longest name. The topics of any other statement are all of the same kind.
        let kind = kinds.iter().max_by_key(|kind| kind.len()).copied().unwrap_or_default();
        let services: BTreeSet<&str> = topics.iter().map(|topic| topic.service.as_str()).collect();
        match services.first() {
            _ if services.len() > 1 && kinds.len() == 1 => format!("Every{kind}"),
            _ if kinds.len() > 1 => ["ExecutionRole", "TaskRole", "DeployerRole"]
                .into_iter()
                .fold(kind.to_owned(), |kind, role| kind.replace(role, "Roles")),
            Some(service) => format!("{service}{kind}"),
            None => kind.to_owned(),
        }
    }
}

/// Groups actions that have the same resources and condition into statements.
fn statements(wants: Vec<Want>) -> Vec<OperatorStatement> {
    // First collect the resources of each action, then merge the actions that have the same
    // resources.
    let mut actions: Vec<(Want, BTreeSet<String>, BTreeSet<Topic>)> = Vec::new();
    for want in wants {
        let known = actions.iter_mut().find(|(known, ..)| {
            known.action == want.action
                && known.condition == want.condition
                && (known.topic == want.topic || known.resource != "*" && want.resource != "*")
        });
        if let Some((_, resources, topics)) = known {
            resources.insert(want.resource);
            topics.insert(want.topic);
        } else {
            let (resources, topics) = ([want.resource.clone()].into(), [want.topic.clone()].into());
            actions.push((want, resources, topics));
        }
    }
    let mut statements: Vec<OperatorStatement> = Vec::new();
    for (want, resources, topics) in actions {
        let sid = Topic::sid(&topics);
        let known = statements.iter_mut().find(|known| {
            known.sid == sid && known.resources == resources && known.condition == want.condition
        });
        match known {
            Some(known) => {
                known.actions.insert(want.action);
            }
            None => statements.push(OperatorStatement {
                sid,
                actions: [want.action].into(),
                resources,
                condition: want.condition,
                why: want.why,
            }),
        }
    }
    number_repeated_names(&mut statements);
    statements
}

/// Appends numbers to repeated names, so that every statement has a unique name.
fn number_repeated_names(statements: &mut [OperatorStatement]) {
    let mut used = BTreeSet::new();
    for statement in statements {
        let sids = std::iter::once(statement.sid.clone())
            .chain((2..).map(|number| format!("{}{number}", statement.sid)));
        let sid = sids.into_iter().find(|sid| !used.contains(sid)).unwrap_or_default();
        used.insert(sid.clone());
        statement.sid = sid;
    }
}

struct Scope<'a> {
    spec: &'a FoundationSpec,
    resolved: &'a Resolved,
    location: &'a Location,
    purpose: Purpose,
}

const NO_CLUSTER: &str =
    "the action cannot be limited to a resource; the condition limits it to this cluster";
const NO_GROUP: &str = "the action cannot be limited to a resource: it lists log groups by name";

impl Scope<'_> {
    /// Returns the actions that an operation requires. The list is empty if the operation is not
    /// called for this purpose and configuration.
    fn wants(&self, operation: Operation) -> Vec<Want> {
        match operation.service() {
            "ecs" => self.cluster(operation),
            "iam" if operation == iam::GET_OPEN_ID_CONNECT_PROVIDER => {
                let topic = || Topic::new("IdentityProvider", None);
                let read = |it: &DesiredDeployer| {
                    want(operation.to_string(), it.identity_provider.to_string(), topic())
                };
                self.resolved.deployer.iter().map(read).collect()
            }
            "iam" => {
                let mut wants =
                    self.role(operation, &self.resolved.execution_role, &EXECUTION, None);
                for ResolvedService { name, task_role, .. } in self.resolved.each_service() {
                    wants.extend(self.role(operation, task_role, &TASK, name));
                }
                if let Some(DesiredDeployer { role, .. }) = &self.resolved.deployer {
                    wants.extend(self.role(operation, role, &DEPLOYER, None));
                }
                wants
            }
            "ecr" => self.for_each_service(|it| self.repository(operation, it.repository, it.name)),
            "logs" => self.for_each_service(|it| self.log_group(operation, it.log_group, it.name)),
            // "No permissions are required to perform this operation."
            // https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
            _ => Vec::new(),
        }
    }

    fn for_each_service(&self, wants: impl Fn(ResolvedService<'_>) -> Vec<Want>) -> Vec<Want> {
        self.resolved.each_service().flat_map(wants).collect()
    }

    fn applies(&self) -> bool {
        matches!(self.purpose, Purpose::Apply { .. })
    }

    fn destroys(&self) -> bool {
        matches!(self.purpose, Purpose::Destroy { .. })
    }

    fn deletes(&self) -> bool {
        self.destroys() || self.purpose == Purpose::Apply { replace: true }
    }

    fn cluster(&self, operation: Operation) -> Vec<Want> {
        let cluster = &self.resolved.cluster;
        let topic = |kind| Topic::new(kind, None);
        let on_cluster = |action: &str| want(action, cluster.arn.to_string(), topic("Cluster"));
        let own = || on_cluster(&operation.to_string());
        let any = || {
            want(operation.to_string(), "*", topic("ClusterContents"))
                .when("ArnEquals", "ecs:cluster", [cluster.arn.to_string()].into())
                .because(NO_CLUSTER)
        };
        match operation {
            ecs::DESCRIBE_CLUSTERS | ecs::LIST_CONTAINER_INSTANCES => vec![own()],
            ecs::LIST_SERVICES | ecs::LIST_TASKS => vec![any()],
            // Setting tags at creation requires a separate permission, here and in the other
            // services:
            // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/supported-iam-actions-tagging.html
            ecs::CREATE_CLUSTER if self.applies() => {
                vec![own(), on_cluster("ecs:TagResource"), self.service_linked_role()]
            }
            ecs::UPDATE_CLUSTER | ecs::PUT_CLUSTER_CAPACITY_PROVIDERS | ecs::TAG_RESOURCE => {
                some(self.applies(), own)
            }
            ecs::UNTAG_RESOURCE => {
                some(self.applies() && cluster.unmanaged_tags == UnmanagedAction::Remove, own)
            }
            ecs::DELETE_CLUSTER => some(self.deletes(), own),
            _ => Vec::new(),
        }
    }

    /// Returns the permission to create the ECS service-linked role. ECS creates this role on
    /// behalf of the caller when it creates the first cluster in an account.
    ///
    /// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using-service-linked-roles.html>
    fn service_linked_role(&self) -> Want {
        let role = "role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS";
        want(
            "iam:CreateServiceLinkedRole",
            self.location.global_arn("iam", role).to_string(),
            Topic::new("EcsServiceLinkedRole", None),
        )
        .when(
            "StringEquals",
            "iam:AWSServiceName",
            ["ecs.amazonaws.com".to_owned()].into(),
        )
    }

    fn role(
        &self,
        operation: Operation,
        role: &DesiredRole,
        topics: &RoleTopics,
        service: Option<&ServiceName>,
    ) -> Vec<Want> {
        let topic = |kind| Topic::new(kind, service);
        let DesiredRole {
            address: at,
            spec,
            arn,
            attachments,
            inline,
            unmanaged_tags,
            unmanaged_policies,
            ..
        } = role;
        let own = || want(operation.to_string(), arn.to_string(), topic(topics.role));
        let reads = || {
            // Until the role exists, IAM checks permissions against the ARN that the role would
            // have without a path.
            let bare = self.location.global_arn("iam", format!("role/{}", spec.name));
            let topic = topic(if bare == *arn { topics.role } else { topics.lookup });
            let mut resources = vec![arn.to_string(), bare.to_string()];
            resources.dedup();
            resources
                .into_iter()
                .map(|resource| want(operation.to_string(), resource, topic.clone()))
                .collect()
        };
        let policies = || attachments.iter().map(|(_, arn)| arn.to_string()).collect();
        let on_policies = || {
            want(operation.to_string(), arn.to_string(), topic(topics.policies)).when(
                "ArnEquals",
                "iam:PolicyARN",
                policies(),
            )
        };
        let boundary = spec.permissions_boundary.as_ref().map(Arn::to_string);
        let bounded = |want: Want| match &boundary {
            None => want,
            Some(boundary) => Want { topic: topic(topics.boundary), ..want }.when(
                "StringEquals",
                "iam:PermissionsBoundary",
                [boundary.clone()].into(),
            ),
        };
        let strangers = *unmanaged_policies == UnmanagedAction::Remove;
        let forced = strangers || self.purpose == Purpose::Destroy { force: true };
        let applies = self.applies();
        match operation {
            iam::GET_ROLE
            | iam::LIST_ATTACHED_ROLE_POLICIES
            | iam::LIST_ROLE_POLICIES
            | iam::LIST_INSTANCE_PROFILES_FOR_ROLE => reads(),
            // A task role's inline policy is read even if none is configured, because an existing
            // policy contains the region where the role is used.
            iam::GET_ROLE_POLICY if inline.is_some() || *at != address::execution_role() => reads(),
            iam::CREATE_ROLE if applies => {
                vec![bounded(own()), want("iam:TagRole", arn.to_string(), topic(topics.role))]
            }
            iam::UPDATE_ROLE | iam::UPDATE_ASSUME_ROLE_POLICY | iam::TAG_ROLE => some(applies, own),
            iam::PUT_ROLE_PERMISSIONS_BOUNDARY => {
                some(applies && boundary.is_some(), || bounded(own()))
            }
            iam::DELETE_ROLE_PERMISSIONS_BOUNDARY => some(applies && boundary.is_none(), own),
            iam::UNTAG_ROLE => some(applies && *unmanaged_tags == UnmanagedAction::Remove, own),
            iam::ATTACH_ROLE_POLICY => some(applies && !attachments.is_empty(), on_policies),
            iam::DETACH_ROLE_POLICY if self.destroys() && !forced => {
                some(!attachments.is_empty(), on_policies)
            }
            iam::DETACH_ROLE_POLICY => some(self.destroys() || applies && strangers, own),
            iam::PUT_ROLE_POLICY => some(applies && inline.is_some(), own),
            // If the configuration has no inline policy, apply deletes an existing inline policy
            // with the name `inline_name`.
            iam::DELETE_ROLE_POLICY => {
                some(self.destroys() || applies && (strangers || inline.is_none()), own)
            }
            // A role is replaced only if its path changes. The old role has an ARN with the old
            // path, so the policy for the old configuration covers its deletion.
            iam::DELETE_ROLE => some(self.destroys(), own),
            _ => Vec::new(),
        }
    }

    fn repository(
        &self,
        operation: Operation,
        repository: &DesiredRepository,
        service: Option<&ServiceName>,
    ) -> Vec<Want> {
        let topic = |kind| Topic::new(kind, service);
        let on_repository =
            |action: &str| want(action, repository.arn.to_string(), topic("Repository"));
        let own = || on_repository(&operation.to_string());
        let key = |action| {
            let key = repository.spec.encryption.key()?;
            let Location { partition, region, .. } = self.location;
            let via = format!("ecr.{region}.{}", partition.dns_suffix());
            let want = want(action, key, topic("RepositoryKey"));
            Some(want.when("StringEquals", "kms:ViaService", [via].into()))
        };
        let applies = self.applies();
        match operation {
            // If the configured name is not the default name, the plan also looks for a repository
            // with the default name and reports it.
            ecr::DESCRIBE_REPOSITORIES => {
                let default = DefaultNames::new(&self.spec.base_name(), service).repository;
                let default = self.location.arn("ecr", format!("repository/{default}"));
                let renamed = (default != repository.arn)
                    .then(|| want(operation.to_string(), default.to_string(), topic("Repository")));
                std::iter::once(own()).chain(renamed).collect()
            }
            ecr::GET_REPOSITORY_POLICY | ecr::LIST_TAGS_FOR_RESOURCE | ecr::LIST_IMAGES => {
                vec![own()]
            }
            ecr::GET_LIFECYCLE_POLICY => {
                some(repository.lifecycle != LifecyclePolicy::Unmanaged, own)
            }
            // ECR calls KMS on behalf of the caller:
            // https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html
            ecr::CREATE_REPOSITORY if applies => [own(), on_repository("ecr:TagResource")]
                .into_iter()
                .chain(key("kms:DescribeKey"))
                .chain(key("kms:CreateGrant"))
                .collect(),
            ecr::DELETE_REPOSITORY if self.destroys() => {
                std::iter::once(own()).chain(key("kms:RetireGrant")).collect()
            }
            ecr::DELETE_REPOSITORY => some(self.deletes(), own),
            ecr::SET_REPOSITORY_POLICY | ecr::TAG_RESOURCE => some(applies, own),
            ecr::UNTAG_RESOURCE => {
                some(applies && repository.unmanaged_tags == UnmanagedAction::Remove, own)
            }
            operation => some(applies && repository.is_updated_by(operation), own),
        }
    }

    fn log_group(
        &self,
        operation: Operation,
        group: &DesiredLogGroup,
        service: Option<&ServiceName>,
    ) -> Vec<Want> {
        let topic = |kind| Topic::new(kind, service);
        // For operations that identify the log group by name, IAM checks
        // `log-group:NAME:log-stream:`. For tagging operations, which identify the log group by
        // ARN, IAM checks the plain ARN: https://github.com/vectordotdev/vector/issues/714.
        let own = || want(operation.to_string(), format!("{}:*", group.arn), topic("LogGroup"));
        let on_tags = |action: &str| want(action, group.arn.to_string(), topic("LogGroupTags"));
        let by_arn = || on_tags(&operation.to_string());
        let applies = self.applies();
        match operation {
            logs::DESCRIBE_LOG_GROUPS => {
                vec![
                    want(operation.to_string(), "*", Topic::new("LogGroups", None))
                        .because(NO_GROUP),
                ]
            }
            logs::DESCRIBE_LOG_STREAMS => vec![own()],
            logs::LIST_TAGS_FOR_RESOURCE => vec![by_arn()],
            logs::CREATE_LOG_GROUP if applies => vec![own(), on_tags("logs:TagResource")],
            logs::DELETE_LOG_GROUP => some(self.deletes() && !group.skip_destroy, own),
            logs::TAG_RESOURCE => some(applies, by_arn),
            logs::UNTAG_RESOURCE => {
                some(applies && group.unmanaged_tags == UnmanagedAction::Remove, by_arn)
            }
            operation => some(applies && group.is_updated_by(operation), own),
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = vec![
            "sts:GetCallerIdentity, which returns the account id, requires no permission"
                .to_owned(),
            "iam:PassRole is not required, because no task, service or task definition is created"
                .to_owned(),
        ];
        let Location { partition, region, .. } = self.location;
        let mut services = self.resolved.each_service();
        if services.any(|service| service.log_group.spec.kms_key.is_some()) {
            notes.push(format!(
                "the log group's key is used by CloudWatch Logs, not by the operator; in the key policy, \
                 allow logs.{region}.{} to use the key",
                partition.dns_suffix()
            ));
        }
        // According to the Service Authorization Reference, CreateCluster and UpdateCluster require
        // no permissions for keys or namespaces. For namespaces, ECS uses its service-linked role.
        // For ephemeral storage, the key policy must allow Fargate to use the key:
        // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-create-storage-key.html.
        let storage = self.resolved.cluster.spec.configuration.managed_storage.as_ref();
        if storage.is_some_and(|storage| storage.fargate_ephemeral_storage_kms_key.is_some()) {
            notes.push(
                "the cluster's key for ephemeral storage is used by Fargate, not by the operator; in the key policy, \
                 allow Fargate to use the key"
                    .to_owned(),
            );
        }
        if self.applies() {
            notes.push(
                "resources of an earlier configuration that this one replaces, such as a role with another path, \
                 are covered by the policy of that configuration, with --for destroy"
                    .to_owned(),
            );
        }
        notes
    }
}

/// The names of the statements about a role.
struct RoleTopics {
    role: &'static str,
    lookup: &'static str,
    policies: &'static str,
    boundary: &'static str,
}

const EXECUTION: RoleTopics = RoleTopics {
    role: "ExecutionRole",
    lookup: "ExecutionRoleLookup",
    policies: "ExecutionRolePolicies",
    boundary: "ExecutionRoleBoundary",
};
const TASK: RoleTopics = RoleTopics {
    role: "TaskRole",
    lookup: "TaskRoleLookup",
    policies: "TaskRolePolicies",
    boundary: "TaskRoleBoundary",
};
const DEPLOYER: RoleTopics = RoleTopics {
    role: "DeployerRole",
    lookup: "DeployerRoleLookup",
    policies: "DeployerRolePolicies",
    boundary: "DeployerRoleBoundary",
};

fn want(action: impl Into<String>, resource: impl Into<String>, topic: Topic) -> Want {
    let (action, resource) = (action.into(), resource.into());
    Want { action, resource, topic, condition: None, why: None }
}

fn some(needed: bool, want: impl FnOnce() -> Want) -> Vec<Want> {
    needed.then(want).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::{EVERY, Purpose};
    use crate::arn::Location;
    use crate::conformance::attributes::{Variation, variations};
    use crate::foundation::{Foundation, FoundationSpec, ServiceSettings};
    use crate::provider::{Encryption, Retention};

    const PURPOSES: [Purpose; 7] = [
        Purpose::Read,
        Purpose::Apply { replace: false },
        Purpose::Apply { replace: true },
        Purpose::Destroy { force: false },
        Purpose::Destroy { force: true },
        Purpose::Push,
        Purpose::Deploy,
    ];

    fn foundation(adjust: impl FnOnce(&mut FoundationSpec)) -> Foundation {
        let mut spec = FoundationSpec::new("demo".parse().unwrap(), "dev".parse().unwrap());
        adjust(&mut spec);
        let (account_id, region) = ("123456789012".parse().unwrap(), "us-east-1".parse().unwrap());
        Foundation::new(spec, Location::new(account_id, region).unwrap()).unwrap()
    }

    fn deployer(spec: &mut FoundationSpec) {
        let trust = &mut spec.deployer.get_or_insert_default().trust;
        trust.repositories = vec!["octo-org/octo-repo".parse().unwrap()];
        trust.branches = vec!["main".parse().unwrap()];
    }

    #[test]
    fn the_identity_provider_is_read_for_a_deployer_only() {
        let read = |foundation: &Foundation, purpose| {
            let mut statements = foundation.operator_policy(purpose).statements.into_iter();
            statements.find(|it| it.actions.contains("iam:GetOpenIDConnectProvider"))
        };
        let (with, without) = (foundation(deployer), foundation(|_| ()));
        for purpose in &PURPOSES[..5] {
            assert_eq!(read(&without, *purpose), None);
            let statement = read(&with, *purpose).unwrap();
            let arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com";
            assert_eq!((statement.sid.as_str(), statement.actions.len()), ("IdentityProvider", 1));
            assert_eq!(statement.resources, [arn.to_owned()].into());
        }
    }

    #[test]
    fn every_operation_is_allowed_by_the_policy_of_some_configuration() {
        let location =
            Location::new("123456789012".parse().unwrap(), "us-east-1".parse().unwrap()).unwrap();
        let mut allowed = BTreeSet::new();
        for Variation { name, spec } in variations() {
            let foundation = Foundation::new(spec, location.clone()).expect(&name);
            for purpose in PURPOSES {
                let statements = foundation.operator_policy(purpose).statements;
                allowed.extend(statements.into_iter().flat_map(|statement| statement.actions));
            }
        }
        let operations = EVERY.into_iter().flatten().map(ToString::to_string);
        let missing: Vec<_> = operations.filter(|it| !allowed.contains(it)).collect();
        // `GetCallerIdentity` requires no permission. `DeleteRepositoryPolicy` is never called: the
        // repository always has a policy, and deleting the repository also deletes the policy.
        assert_eq!(missing, ["sts:GetCallerIdentity", "ecr:DeleteRepositoryPolicy"]);
    }

    #[test]
    fn statement_names_are_unique_and_valid() {
        let foundations = vec![
            foundation(|_| ()),
            foundation(|spec| {
                spec.task_role.role.path = "/app/".parse().unwrap();
                let boundary = "arn:aws:iam::123456789012:policy/boundary".parse().unwrap();
                spec.execution_role.role.permissions_boundary = Some(boundary);
            }),
            foundation(|spec| {
                let settings = ServiceSettings::new(&spec.environment);
                for name in ["a-1", "b", "task-role"] {
                    spec.services.insert(name.parse().unwrap(), settings.clone());
                }
                let [a, b, ..] = &mut spec.services.values_mut().collect::<Vec<_>>()[..] else {
                    panic!("there are three services");
                };
                let boundary =
                    |name: &str| format!("arn:aws:iam::123456789012:policy/{name}").parse();
                a.task_role.role.permissions_boundary = boundary("a").ok();
                b.task_role.role.permissions_boundary = boundary("b").ok();
                b.task_role.role.path = "/b/".parse().unwrap();
                let key = "arn:aws:kms:us-east-1:123456789012:key/1".to_owned();
                a.repository.encryption = Encryption::Kms(Some(key.clone()));
                b.repository.encryption = Encryption::Kms(Some(key));
                b.log_group.retention = Retention::Never;
            }),
            foundation(deployer),
            foundation(|spec| {
                deployer(spec);
                let boundary = "arn:aws:iam::123456789012:policy/boundary".parse().ok();
                let settings = spec.deployer.get_or_insert_default();
                settings.permissions_boundary = boundary;
                settings.path = "/ci/".parse().unwrap();
            }),
        ];
        for foundation in foundations {
            for purpose in PURPOSES {
                let policy = foundation.operator_policy(purpose);
                let names: BTreeSet<_> = policy.statements.iter().map(|s| s.sid.as_str()).collect();
                assert_eq!(names.len(), policy.statements.len(), "{policy:#?}");
                // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html
                assert!(names.iter().all(|name| name.bytes().all(|b| b.is_ascii_alphanumeric())));
            }
        }
    }

    #[test]
    fn a_pipeline_can_only_push_to_the_repository_and_deploy_to_the_cluster() {
        let foundation = foundation(|spec| spec.task_role.role.path = "/app/".parse().unwrap());
        let json = |purpose| {
            let document = foundation.operator_policy(purpose).document().to_json();
            serde_json::from_str::<serde_json::Value>(&document).unwrap()["Statement"].clone()
        };
        let repository = "arn:aws:ecr:us-east-1:123456789012:repository/demo-dev-app";
        let push = json!([
            {
                "Sid": "Registry",
                "Effect": "Allow",
                "Action": "ecr:GetAuthorizationToken",
                "Resource": "*",
            },
            {
                "Sid": "Images",
                "Effect": "Allow",
                "Action": [
                    "ecr:BatchCheckLayerAvailability",
                    "ecr:BatchGetImage",
                    "ecr:CompleteLayerUpload",
                    "ecr:InitiateLayerUpload",
                    "ecr:PutImage",
                    "ecr:UploadLayerPart",
                ],
                "Resource": repository,
            },
        ]);
        assert_eq!(json(Purpose::Push), push);
        let deploy = json!([
            {
                "Sid": "TaskDefinitions",
                "Effect": "Allow",
                "Action": "ecs:RegisterTaskDefinition",
                "Resource": "*",
            },
            {
                "Sid": "PassRoles",
                "Effect": "Allow",
                "Action": "iam:PassRole",
                "Resource": [
                    "arn:aws:iam::123456789012:role/app/demo-dev-ecs-task-role",
                    "arn:aws:iam::123456789012:role/demo-dev-ecs-execution-role",
                ],
                "Condition": {
                    "StringEquals": { "iam:PassedToService": "ecs-tasks.amazonaws.com" },
                },
            },
            {
                "Sid": "Services",
                "Effect": "Allow",
                "Action": ["ecs:DescribeServices", "ecs:UpdateService"],
                "Resource": "arn:aws:ecs:us-east-1:123456789012:service/demo-dev-cluster/*",
            },
        ]);
        assert_eq!(json(Purpose::Deploy), deploy);
    }

    #[test]
    fn services_are_in_the_same_statements_where_they_have_the_same_actions() {
        let worker = foundation(|spec| {
            let settings = ServiceSettings::new(&spec.environment);
            spec.services.insert("worker".parse().unwrap(), settings);
        });
        for purpose in PURPOSES {
            let actions = |foundation: &Foundation, resource: &str| {
                let statements = foundation.operator_policy(purpose).statements.into_iter();
                let about = statements.filter(|it| it.resources.contains(resource));
                about.flat_map(|it| it.actions).collect::<BTreeSet<_>>()
            };
            for (default, own) in [
                (
                    "iam::123456789012:role/demo-dev-ecs-task-role",
                    "iam::123456789012:role/demo-dev-worker-task-role",
                ),
                (
                    "ecr:us-east-1:123456789012:repository/demo-dev-app",
                    "ecr:us-east-1:123456789012:repository/demo-dev-worker",
                ),
                (
                    "logs:us-east-1:123456789012:log-group:/ecs/demo-dev",
                    "logs:us-east-1:123456789012:log-group:/ecs/demo-dev/worker",
                ),
                (
                    "logs:us-east-1:123456789012:log-group:/ecs/demo-dev:*",
                    "logs:us-east-1:123456789012:log-group:/ecs/demo-dev/worker:*",
                ),
            ] {
                let [default, own] = [default, own].map(|resource| format!("arn:aws:{resource}"));
                let expected = actions(&foundation(|_| ()), &default);
                let is_pipeline = matches!(purpose, Purpose::Push | Purpose::Deploy);
                assert!(is_pipeline || !expected.is_empty(), "{default}");
                assert_eq!(actions(&worker, &default), expected, "{default}");
                assert_eq!(actions(&worker, &own), expected, "{own}");
            }
        }
        let count = |foundation: &Foundation| {
            foundation.operator_policy(Purpose::Apply { replace: true }).statements.len()
        };
        assert!(count(&worker) <= count(&foundation(|_| ())) + 1);
    }

    #[test]
    fn only_actions_without_resource_types_apply_to_all_resources() {
        let policy = foundation(|_| ()).operator_policy(Purpose::Apply { replace: true });
        let mut wild = BTreeSet::new();
        for statement in policy.statements {
            if statement.resources.contains("*") {
                assert!(statement.why.is_some(), "{statement:?}");
                wild.extend(statement.actions);
            }
        }
        let expected = ["ecs:ListServices", "ecs:ListTasks", "logs:DescribeLogGroups"];
        assert_eq!(wild, expected.map(str::to_owned).into());
    }
}
