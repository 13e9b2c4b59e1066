//! The foundation as HCL for Terraform and the AWS provider, with `import` blocks for what is there.

mod role;

use infra_core::arn::{Arn, Location};
use infra_core::foundation::{
    DesiredCluster, DesiredLogGroup, DesiredRepository, Foundation, LifecyclePolicy, Outputs,
    Resolved, UnmanagedAction,
};
use infra_core::policy::PolicyDocument;
use infra_core::provider::{
    CapacityProviders, ClusterSpec, Encryption, ExclusionFilter, LogGroupSpec, RepositorySpec,
    Retention, StrategyItem,
};
use infra_core::tags::Tags;
use serde_json::Value as Json;

use super::hcl::{Body, Value, quoted};
use super::{Export, own_arn};

/// The provider that the text is for, and the first that knows filters of image tags:
/// <https://github.com/hashicorp/terraform-provider-aws/pull/43642>.
const PROVIDER: &str = "~> 5.100";
const PROVIDER_WITH_FILTERS: &str = "~> 6.8";

/// Whether the resources are there, and Terraform is to take them over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Import {
    /// They are: each has an `import` block.
    Blocks,
    /// They are not, and Terraform is to make them.
    None,
}

/// Writes it.
pub(crate) fn terraform(foundation: &Foundation, import: Import) -> Export<String> {
    let Resolved { cluster, execution_role, task_role, repository, log_group } =
        foundation.resolved();
    let own = [&cluster.arn, &execution_role.arn, &task_role.arn, &repository.arn, &log_group.arn];
    let mut writer = Writer {
        file: Body::new(),
        import,
        notes: Vec::new(),
        own: own.map(Arn::to_string),
        has_filters: repository.spec.tag_mutability.filters().next().is_some(),
    };
    writer.head(foundation);
    writer.cluster(cluster);
    writer.role("ecs_execution_role", execution_role);
    writer.role("ecs_task_role", task_role);
    writer.repository(repository);
    writer.log_group(log_group);
    writer.outputs();
    writer.note_of_tags(foundation.spec().unmanaged.tags);
    Export { document: writer.file.write(), notes: writer.notes }
}

/// What stands for the ARNs of `own`, in their order.
const REFERENCES: [&str; 5] = [
    "aws_ecs_cluster.main.arn",
    "aws_iam_role.ecs_execution_role.arn",
    "aws_iam_role.ecs_task_role.arn",
    "aws_ecr_repository.app.arn",
    "aws_cloudwatch_log_group.ecs.arn",
];

struct Writer {
    file: Body,
    import: Import,
    notes: Vec<String>,
    own: [String; 5],
    has_filters: bool,
}

impl Writer {
    fn add(&mut self, change: impl FnOnce(Body) -> Body) {
        self.file = change(std::mem::take(&mut self.file));
    }

    fn head(&mut self, foundation: &Foundation) {
        let Location { partition: _, account_id, region } = foundation.location();
        let base = foundation.spec().base_name();
        let version = if self.has_filters { PROVIDER_WITH_FILTERS } else { PROVIDER };
        if self.has_filters {
            self.notes.push(format!(
                "the provider knows filters of image tags since 6.8, so the file asks for {version} in the place \
                 of {PROVIDER}"
            ));
        }
        let aws = Value::Object(vec![
            ("source".to_owned(), Value::text("hashicorp/aws")),
            ("version".to_owned(), Value::text(version)),
        ]);
        let settings = Body::new()
            .set("required_version", Value::text(">= 1.5"))
            .block("required_providers", Body::new().set("aws", aws));
        let provider = Body::new()
            .set("region", Value::text(region))
            .set("allowed_account_ids", Value::List(vec![Value::text(account_id)]));
        let import = self.import == Import::Blocks;
        self.add(|file| {
            let file = file.comment(&format!(
                "The foundation {base} in account {account_id}, region {region}, by ecs-foundation export terraform."
            ));
            let file = if import {
                file.comment(
                    "The import blocks take over what is there. Once they are applied, they can go.",
                )
            } else {
                file
            };
            file.block("terraform", settings).block("provider \"aws\"", provider)
        });
    }

    /// A resource, and the import of what is there.
    fn resource(&mut self, kind: &str, name: &str, id: &str, body: Body) {
        let import = self.import == Import::Blocks;
        let target = format!("{kind}.{name}");
        self.add(|mut file| {
            if import {
                file = file.block("import", imported(&target, id));
            }
            file.block(&format!("resource {} {}", quoted(kind), quoted(name)), body)
        });
    }

    fn cluster(&mut self, desired: &DesiredCluster) {
        let DesiredCluster { spec, arn: _, unmanaged_tags: _ } = desired;
        let ClusterSpec { name, container_insights, capacity, tags } = spec;
        let setting = Body::new()
            .set("name", Value::text("containerInsights"))
            .set("value", Value::text(container_insights.as_str()));
        let body = Body::new()
            .set("name", Value::text(name))
            .set("tags", tagged(tags))
            .block("setting", setting);
        self.resource("aws_ecs_cluster", "main", name.as_str(), body);

        let CapacityProviders { providers, default_strategy } = capacity;
        let body = Body::new()
            .set("cluster_name", Value::bare("aws_ecs_cluster.main.name"))
            .set("capacity_providers", texts(providers));
        let body = default_strategy.iter().fold(body, |body, item| {
            let StrategyItem { capacity_provider, base, weight } = item;
            let item = Body::new()
                .set("capacity_provider", Value::text(capacity_provider))
                .set("base", Value::bare(base))
                .set("weight", Value::bare(weight));
            body.block("default_capacity_provider_strategy", item)
        });
        self.resource("aws_ecs_cluster_capacity_providers", "main", name.as_str(), body);
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
        if *force_delete {
            self.note_of_state("aws_ecr_repository.app", "force_delete");
        }
        let body = Body::new()
            .set("name", Value::text(name))
            .set("image_tag_mutability", Value::text(tag_mutability.as_str()))
            .set("force_delete", Value::bare(force_delete))
            .set("tags", tagged(tags));
        let body = tag_mutability.filters().fold(body, |body, filter| {
            let ExclusionFilter { filter_type, filter } = filter;
            let filter = Body::new()
                .set("filter_type", Value::text(filter_type))
                .set("filter", Value::text(filter));
            body.block("image_tag_mutability_exclusion_filter", filter)
        });
        let scanning = Body::new().set("scan_on_push", Value::bare(scan_on_push));
        let body = body.block("image_scanning_configuration", scanning);
        // What Terraform and AWS do where nothing is said; to say it would be noise in most files.
        let body = if *encryption == Encryption::Aes256 {
            body
        } else {
            let settings = Body::new()
                .set("encryption_type", Value::text(encryption.kind()))
                .set_some("kms_key", encryption.key().map(Value::text));
            body.block("encryption_configuration", settings)
        };
        self.resource("aws_ecr_repository", "app", name.as_str(), body);

        let repository = || Value::bare("aws_ecr_repository.app.name");
        let body = Body::new().set("repository", repository()).set("policy", self.policy(policy));
        self.resource("aws_ecr_repository_policy", "app", name.as_str(), body);
        match lifecycle {
            LifecyclePolicy::Unmanaged => {}
            LifecyclePolicy::None => self.notes.push(
                "Terraform cannot say that a repository has no lifecycle policy: one that somebody sets will stay"
                    .to_owned(),
            ),
            LifecyclePolicy::Document(document) => {
                let policy = json(document, &|text| Value::text(text));
                let body = Body::new()
                    .set("repository", repository())
                    .set("policy", Value::Call("jsonencode", Box::new(policy)));
                self.resource("aws_ecr_lifecycle_policy", "app", name.as_str(), body);
            }
        }
    }

    fn log_group(&mut self, desired: &DesiredLogGroup) {
        let DesiredLogGroup { spec, arn: _, retention, skip_destroy, unmanaged_tags: _ } = desired;
        let LogGroupSpec { name, class, kms_key, tags } = spec;
        let days = match retention {
            Retention::Days(days) => days.days(),
            // The provider's word for never.
            Retention::Never => 0,
        };
        if *skip_destroy {
            self.note_of_state("aws_cloudwatch_log_group.ecs", "skip_destroy");
        }
        let body = Body::new()
            .set("name", Value::text(name))
            .set("retention_in_days", Value::bare(&days))
            .set("log_group_class", Value::text(class.as_str()))
            .set_some("kms_key_id", kms_key.as_ref().map(Value::text))
            .set("skip_destroy", Value::bare(skip_destroy))
            .set("tags", tagged(tags));
        self.resource("aws_cloudwatch_log_group", "ecs", name.as_str(), body);
    }

    fn outputs(&mut self) {
        for name in Outputs::NAMES {
            let value = match name {
                "ecs_cluster_id" => "aws_ecs_cluster.main.id",
                "ecs_cluster_arn" => "aws_ecs_cluster.main.arn",
                "ecs_execution_role_arn" => "aws_iam_role.ecs_execution_role.arn",
                "ecs_task_role_arn" => "aws_iam_role.ecs_task_role.arn",
                "ecr_repository_url" => "aws_ecr_repository.app.repository_url",
                "ecr_repository_arn" => "aws_ecr_repository.app.arn",
                "cloudwatch_log_group_name" => "aws_cloudwatch_log_group.ecs.name",
                "cloudwatch_log_group_arn" => "aws_cloudwatch_log_group.ecs.arn",
                other => unreachable!("{other} is no output"),
            };
            let body = Body::new().set("value", Value::bare(value));
            self.add(|file| file.block(&format!("output {}", quoted(name)), body));
        }
    }

    fn note_of_state(&mut self, resource: &str, argument: &str) {
        if self.import == Import::Blocks {
            self.notes.push(format!(
                "as it imports, Terraform also plans to update {resource}: {argument} is in its state alone, and \
                 nothing changes in AWS"
            ));
        }
    }

    fn note_of_tags(&mut self, unmanaged: UnmanagedAction) {
        match unmanaged {
            UnmanagedAction::Report => self.notes.push(
                "Terraform takes off the tags that are not in the file, and the description of a role that has none \
                 there; ecs-foundation leaves them and reports the tags"
                    .to_owned(),
            ),
            UnmanagedAction::Remove => self.notes.push(
                "Terraform takes off the description of a role that has none in the file; ecs-foundation leaves it"
                    .to_owned(),
            ),
        }
    }

    /// A policy in which the foundation's own resources are references, so that Terraform knows what comes
    /// after what.
    fn policy(&self, policy: &PolicyDocument) -> Value {
        let linked = |text: &str| match own_arn(text, &self.own) {
            Some((index, "")) => Value::bare(REFERENCES[index]),
            Some((index, rest)) => Value::Joined(REFERENCES[index].to_owned(), rest.to_owned()),
            None => Value::text(text),
        };
        Value::Call("jsonencode", Box::new(json(&parsed(policy), &linked)))
    }
}

fn imported(target: &str, id: &str) -> Body {
    Body::new().set("to", Value::bare(target)).set("id", Value::text(id))
}

fn parsed(policy: &PolicyDocument) -> Json {
    serde_json::from_str(&policy.to_json()).expect("a policy document is written as JSON")
}

fn json(value: &Json, text: &dyn Fn(&str) -> Value) -> Value {
    match value {
        Json::Null => Value::bare("null"),
        Json::Bool(value) => Value::bare(value),
        Json::Number(value) => Value::bare(value),
        Json::String(value) => text(value),
        Json::Array(items) => Value::List(items.iter().map(|item| json(item, text)).collect()),
        Json::Object(entries) => Value::Object(
            entries.iter().map(|(key, value)| (key.clone(), json(value, text))).collect(),
        ),
    }
}

fn tagged(tags: &Tags) -> Value {
    Value::Object(tags.iter().map(|(key, value)| (key.to_owned(), Value::text(value))).collect())
}

fn texts(items: impl IntoIterator<Item = impl ToString>) -> Value {
    Value::List(items.into_iter().map(|item| Value::text(&item)).collect())
}
