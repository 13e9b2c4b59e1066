//! The foundation as a CloudFormation template: one tree, for JSON and for YAML.

use infra_core::arn::{Arn, Location};
use infra_core::foundation::{
    DesiredCluster, DesiredLogGroup, DesiredRepository, DesiredRole, Foundation, LifecyclePolicy,
    Outputs, Resolved, Unmanaged, UnmanagedAction,
};
use infra_core::policy::PolicyDocument;
use infra_core::provider::{
    CapacityProviders, ClusterSpec, ExclusionFilter, LogGroupSpec, RepositorySpec, Retention,
    RoleSpec, StrategyItem,
};
use infra_core::tags::Tags;
use serde_json::{Map, Value, json};

use super::{Export, own_arn};

const CLUSTER: &str = "EcsCluster";
const EXECUTION_ROLE: &str = "EcsExecutionRole";
const TASK_ROLE: &str = "EcsTaskRole";
const REPOSITORY: &str = "EcrRepository";
const LOG_GROUP: &str = "CloudwatchLogGroup";

/// Makes the template.
pub(crate) fn cloudformation(foundation: &Foundation) -> Export<Value> {
    let Resolved { cluster, execution_role, task_role, repository, log_group } =
        foundation.resolved();
    let own = [&cluster.arn, &execution_role.arn, &task_role.arn, &repository.arn, &log_group.arn];
    let mut template = Template {
        own: own.map(Arn::to_string),
        resources: Map::new(),
        notes: vec![
            "the roles have names, so CloudFormation wants --capabilities CAPABILITY_NAMED_IAM".to_owned(),
            "CloudFormation takes only letters and digits in names of outputs: ecs_cluster_id is EcsClusterId there, \
             and so on"
                .to_owned(),
        ],
    };
    template.cluster(cluster);
    template.role(EXECUTION_ROLE, execution_role);
    template.role(TASK_ROLE, task_role);
    template.repository(repository);
    template.log_group(log_group);
    template.note_of_unmanaged(foundation.spec().unmanaged);
    let Location { partition: _, account_id, region } = foundation.location();
    let base = foundation.spec().base_name();
    let document = json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": format!(
            "The foundation {base} in account {account_id}, region {region}, by ecs-foundation export cloudformation"
        ),
        "Resources": template.resources,
        "Outputs": outputs(),
    });
    Export { document, notes: template.notes }
}

struct Template {
    /// In the order of [`Template::linked`].
    own: [String; 5],
    resources: Map<String, Value>,
    notes: Vec<String>,
}

impl Template {
    /// A resource that goes away with the stack, as `destroy` takes it. CloudFormation takes over what is there only
    /// where the policy of deletion is said.
    fn resource(&mut self, id: &str, kind: &str, properties: &Value) {
        self.resource_kept(id, kind, properties, ("Delete", "Delete"));
    }

    fn resource_kept(
        &mut self,
        id: &str,
        kind: &str,
        properties: &Value,
        (deletion, replacement): (&str, &str),
    ) {
        let resource = json!({
            "Type": kind,
            "DeletionPolicy": deletion,
            "UpdateReplacePolicy": replacement,
            "Properties": properties,
        });
        self.resources.insert(id.to_owned(), resource);
    }

    fn cluster(&mut self, desired: &DesiredCluster) {
        let DesiredCluster { spec, arn: _, unmanaged_tags: _ } = desired;
        let ClusterSpec { name, container_insights, capacity, tags } = spec;
        let CapacityProviders { providers, default_strategy } = capacity;
        let strategy = default_strategy.iter().map(|item| {
            let StrategyItem { capacity_provider, base, weight } = item;
            json!({ "CapacityProvider": capacity_provider, "Base": base, "Weight": weight })
        });
        let properties = properties([
            ("ClusterName", json!(name)),
            (
                "ClusterSettings",
                json!([{ "Name": "containerInsights", "Value": container_insights.as_str() }]),
            ),
            ("CapacityProviders", json!(providers)),
            ("DefaultCapacityProviderStrategy", strategy.collect()),
            ("Tags", tagged(tags)),
        ]);
        self.resource(CLUSTER, "AWS::ECS::Cluster", &properties);
    }

    fn role(&mut self, id: &str, desired: &DesiredRole) {
        let DesiredRole {
            address: _,
            spec,
            arn: _,
            attachments,
            inline_address: _,
            inline_name,
            inline,
            unmanaged_tags: _,
            unmanaged_policies: _,
        } = desired;
        let RoleSpec {
            name,
            path,
            trust,
            description,
            max_session_duration,
            permissions_boundary,
            tags,
        } = spec;
        let boundary = permissions_boundary.as_ref().map(|arn| json!(arn.to_string()));
        let attached: Vec<String> = attachments.iter().map(|(_, arn)| arn.to_string()).collect();
        let role = properties([
            ("RoleName", json!(name)),
            ("Path", json!(path.as_str())),
            ("Description", json!(description)),
            ("MaxSessionDuration", json!(max_session_duration)),
            ("PermissionsBoundary", json!(boundary)),
            // Without links: a role that is made from its own ARN would be a circle.
            ("AssumeRolePolicyDocument", parsed(trust)),
            ("ManagedPolicyArns", if attached.is_empty() { Value::Null } else { json!(attached) }),
            ("Tags", tagged(tags)),
        ]);
        self.resource(id, "AWS::IAM::Role", &role);
        if let Some(policy) = inline {
            let policy = properties([
                ("PolicyName", json!(inline_name)),
                ("RoleName", json!({ "Ref": id })),
                ("PolicyDocument", self.linked(parsed(policy))),
            ]);
            self.resource(&format!("{id}Policy"), "AWS::IAM::RolePolicy", &policy);
        }
    }

    fn repository(&mut self, desired: &DesiredRepository) {
        let DesiredRepository {
            spec,
            arn: _,
            uri: _,
            policy,
            lifecycle,
            force_delete,
            unmanaged_tags: _,
        } = desired;
        let RepositorySpec { name, tag_mutability, scan_on_push, encryption, tags } = spec;
        let filters = tag_mutability.filters().map(|filter| {
            let ExclusionFilter { filter_type, filter } = filter;
            json!({
                "ImageTagMutabilityExclusionFilterType": filter_type,
                "ImageTagMutabilityExclusionFilterValue": filter,
            })
        });
        let filters: Vec<Value> = filters.collect();
        let encryption = properties([
            ("EncryptionType", json!(encryption.kind())),
            ("KmsKey", json!(encryption.key())),
        ]);
        let lifecycle = match lifecycle {
            LifecyclePolicy::Unmanaged => Value::Null,
            LifecyclePolicy::None => {
                self.notes.push(
                    "CloudFormation cannot say that a repository has no lifecycle policy: one that somebody sets \
                     will stay"
                        .to_owned(),
                );
                Value::Null
            }
            LifecyclePolicy::Document(document) => {
                let text = serde_json::to_string_pretty(document).expect("JSON is written as JSON");
                json!({ "LifecyclePolicyText": text + "\n" })
            }
        };
        let properties = properties([
            ("RepositoryName", json!(name)),
            ("ImageTagMutability", json!(tag_mutability.as_str())),
            (
                "ImageTagMutabilityExclusionFilters",
                if filters.is_empty() { Value::Null } else { json!(filters) },
            ),
            ("ImageScanningConfiguration", json!({ "ScanOnPush": scan_on_push })),
            ("EncryptionConfiguration", encryption),
            ("EmptyOnDelete", json!(force_delete)),
            ("RepositoryPolicyText", self.linked(parsed(policy))),
            ("LifecyclePolicy", lifecycle),
            ("Tags", tagged(tags)),
        ]);
        self.resource(REPOSITORY, "AWS::ECR::Repository", &properties);
    }

    fn log_group(&mut self, desired: &DesiredLogGroup) {
        let DesiredLogGroup { spec, arn: _, retention, skip_destroy, unmanaged_tags: _ } = desired;
        let LogGroupSpec { name, class, kms_key, tags } = spec;
        let days = match retention {
            Retention::Days(days) => json!(days.days()),
            Retention::Never => Value::Null,
        };
        let properties = properties([
            ("LogGroupName", json!(name)),
            ("RetentionInDays", days),
            ("LogGroupClass", json!(class.as_str())),
            ("KmsKeyId", json!(kms_key.as_ref().map(ToString::to_string))),
            ("Tags", tagged(tags)),
        ]);
        // Where the stack cannot be made, an empty log group would stay in the way of the next attempt.
        let kept = if *skip_destroy { "RetainExceptOnCreate" } else { "Delete" };
        let replaced = if *skip_destroy { "Retain" } else { "Delete" };
        self.resource_kept(LOG_GROUP, "AWS::Logs::LogGroup", &properties, (kept, replaced));
    }

    fn note_of_unmanaged(&mut self, unmanaged: Unmanaged) {
        let Unmanaged { tags, policies } = unmanaged;
        let what = match (tags, policies) {
            (UnmanagedAction::Report, UnmanagedAction::Report) => return,
            (UnmanagedAction::Remove, UnmanagedAction::Report) => "tags",
            (UnmanagedAction::Report, UnmanagedAction::Remove) => "policies",
            (UnmanagedAction::Remove, UnmanagedAction::Remove) => "tags and policies",
        };
        self.notes.push(format!(
            "CloudFormation leaves {what} that others put on the resources: `unmanaged` = \"remove\" is not in the \
             template"
        ));
    }

    /// A policy in which the foundation's own resources are references, so that CloudFormation knows what comes
    /// after what.
    fn linked(&self, value: Value) -> Value {
        match value {
            Value::String(text) => self.link(text),
            Value::Array(items) => items.into_iter().map(|item| self.linked(item)).collect(),
            Value::Object(entries) => {
                entries.into_iter().map(|(key, value)| (key, self.linked(value))).collect()
            }
            other => other,
        }
    }

    fn link(&self, text: String) -> Value {
        const IDS: [&str; 5] = [CLUSTER, EXECUTION_ROLE, TASK_ROLE, REPOSITORY, LOG_GROUP];
        let Some((index, rest)) = own_arn(&text, &self.own) else { return text.into() };
        let id = IDS[index];
        // The attribute of a log group ends in `:*`:
        // https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html.
        match (id, rest) {
            (LOG_GROUP, ":*") => attribute(id, "Arn"),
            (LOG_GROUP, rest) => substituted(&format!("{LOG_GROUP_ARN}{}", literal(rest))),
            (_, "") => attribute(id, "Arn"),
            (_, rest) => substituted(&format!("${{{id}.Arn}}{}", literal(rest))),
        }
    }
}

/// The log group's ARN without `:*`, which no attribute of it has.
const LOG_GROUP_ARN: &str =
    "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${CloudwatchLogGroup}";

fn outputs() -> Map<String, Value> {
    let output = |name: &str| {
        let value = match name {
            "ecs_cluster_id" | "ecs_cluster_arn" => attribute(CLUSTER, "Arn"),
            "ecs_execution_role_arn" => attribute(EXECUTION_ROLE, "Arn"),
            "ecs_task_role_arn" => attribute(TASK_ROLE, "Arn"),
            "ecr_repository_url" => attribute(REPOSITORY, "RepositoryUri"),
            "ecr_repository_arn" => attribute(REPOSITORY, "Arn"),
            "cloudwatch_log_group_name" => json!({ "Ref": LOG_GROUP }),
            "cloudwatch_log_group_arn" => substituted(LOG_GROUP_ARN),
            other => unreachable!("{other} is no output"),
        };
        json!({ "Description": name, "Value": value })
    };
    Outputs::NAMES.into_iter().map(|name| (capitalised(name), output(name))).collect()
}

/// `ecs_cluster_id` as `EcsClusterId`.
fn capitalised(name: &str) -> String {
    let word = |word: &str| word[..1].to_uppercase() + &word[1..];
    name.split('_').map(word).collect()
}

fn attribute(id: &str, name: &str) -> Value {
    json!({ "Fn::GetAtt": [id, name] })
}

fn substituted(text: &str) -> Value {
    json!({ "Fn::Sub": text })
}

/// Text as it is within `Fn::Sub`.
fn literal(text: &str) -> String {
    text.replace("${", "${!")
}

/// Properties without those that are null, which is how the template leaves something unsaid.
fn properties<const N: usize>(all: [(&str, Value); N]) -> Value {
    let said = all.into_iter().filter(|(_, value)| !value.is_null());
    Value::Object(said.map(|(name, value)| (name.to_owned(), value)).collect())
}

fn parsed(policy: &PolicyDocument) -> Value {
    serde_json::from_str(&policy.to_json()).expect("a policy document is written as JSON")
}

fn tagged(tags: &Tags) -> Value {
    tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect()
}
