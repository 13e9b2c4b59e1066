//! Exports the foundation as HCL for Terraform and the AWS provider, with `import` blocks for
//! existing resources.

mod cluster;
mod role;

use infra_core::arn::Location;
use infra_core::foundation::{
    DesiredCluster, DesiredDeployer, DesiredLogGroup, DesiredRepository, DesiredRole, Foundation,
    LifecyclePolicy, Outputs, Resolved, ResolvedService, Unmanaged, UnmanagedAction,
};
use infra_core::policy::PolicyDocument;
use infra_core::provider::{
    CapacityProviders, ClusterSpec, Encryption, ExclusionFilter, LogGroupSpec, RepositorySpec,
    Retention, ServiceConnectNamespace, StrategyItem,
};
use infra_core::tags::Tags;
use serde_json::Value as Json;

use super::hcl::{Body, Value, quoted};
use super::{Export, own_arn};

/// The provider version that the file requires. Image tag mutability filters need a newer version:
/// <https://github.com/hashicorp/terraform-provider-aws/pull/43642>.
const PROVIDER: &str = "~> 5.100";
const PROVIDER_WITH_FILTERS: &str = "~> 6.8";

/// Whether Terraform imports existing resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Import {
    /// The resources exist, so an `import` block is written for each of them.
    Blocks,
    /// Terraform creates the resources, so no `import` blocks are written.
    None,
}

/// Exports a foundation as HCL.
pub(crate) fn terraform(foundation: &Foundation, import: Import) -> Export<String> {
    let resolved = foundation.resolved();
    // The loop over `each_service` below exports the fields that are ignored here.
    let Resolved {
        cluster,
        execution_role,
        task_role: _,
        repository: _,
        log_group: _,
        services: _,
        deployer,
    } = resolved;
    let mut own = vec![
        (cluster.arn.to_string(), "aws_ecs_cluster.main.arn".to_owned()),
        (execution_role.arn.to_string(), format!("{}.arn", role_reference(execution_role))),
    ];
    for ResolvedService { name: _, task_role, repository, log_group } in resolved.each_service() {
        own.extend([
            (task_role.arn.to_string(), format!("{}.arn", role_reference(task_role))),
            (repository.arn.to_string(), format!("{}.arn", repository_reference(repository))),
            (log_group.arn.to_string(), format!("{}.arn", log_group_reference(log_group))),
        ]);
    }
    let mut repositories = resolved.each_service().map(|service| service.repository);
    let mut writer = Writer {
        file: Body::new(),
        import,
        notes: Vec::new(),
        own,
        has_filters: repositories.any(|it| it.spec.tag_mutability.filters().next().is_some()),
    };
    writer.head(foundation);
    writer.cluster(cluster);
    writer.role(execution_role);
    for ResolvedService { name: _, task_role, repository, log_group } in resolved.each_service() {
        writer.role(task_role);
        writer.repository(repository);
        writer.log_group(log_group);
    }
    if let Some(deployer) = deployer {
        writer.deployer(deployer);
    }
    writer.outputs(resolved);
    writer.note_of_unmanaged(foundation.spec().unmanaged);
    Export { document: writer.file.write(), notes: writer.notes }
}

fn role_reference(role: &DesiredRole) -> String {
    format!("aws_iam_role.{}", role.address.name())
}

fn repository_reference(repository: &DesiredRepository) -> String {
    format!("aws_ecr_repository.{}", repository.address.name())
}

fn log_group_reference(log_group: &DesiredLogGroup) -> String {
    format!("aws_cloudwatch_log_group.{}", log_group.address.name())
}

struct Writer {
    file: Body,
    import: Import,
    notes: Vec<String>,
    /// The ARNs of the foundation's resources, each with the Terraform reference that replaces it.
    own: Vec<(String, String)>,
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
                "image tag mutability filters need version 6.8 of the provider, so the file requires {version} \
                 instead of {PROVIDER}"
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
                "Foundation {base} in account {account_id}, region {region}. Generated by ecs-foundation export terraform."
            ));
            let file = if import {
                file.comment(
                    "The import blocks import the existing resources. Remove them after the first apply.",
                )
            } else {
                file
            };
            file.block("terraform", settings).block("provider \"aws\"", provider)
        });
    }

    /// Adds a resource and its `import` block.
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
        let DesiredCluster { spec, arn: _, unmanaged_tags: _, unmanaged_providers: _ } = desired;
        let ClusterSpec {
            name,
            container_insights,
            configuration,
            service_connect_namespace,
            capacity,
            tags,
        } = spec;
        let setting = Body::new()
            .set("name", Value::text("containerInsights"))
            .set("value", Value::text(container_insights.as_str()));
        let body = Body::new()
            .set("name", Value::text(name))
            .set("tags", tagged(tags))
            .block("setting", setting);
        let body = cluster::configured(body, configuration);
        let body = match service_connect_namespace {
            Some(ServiceConnectNamespace::Arn(arn)) => {
                let namespace = Body::new().set("namespace", Value::text(arn));
                body.block("service_connect_defaults", namespace)
            }
            Some(ServiceConnectNamespace::None) => {
                self.note_once(
                    "Terraform cannot express that a cluster has no Service Connect namespace: one that is set outside \
                     Terraform is kept",
                );
                body
            }
            None => body,
        };
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
            // The names of the Terraform resources are taken from the addresses in the foundation.
            address,
            policy_address,
            setting: _,
            spec,
            arn: _,
            uri: _,
            policy,
            lifecycle,
            force_delete,
            unmanaged_tags: _,
        } = desired;
        let RepositorySpec { name, tag_mutability, scan_on_push, encryption, tags } = spec;
        let reference = repository_reference(desired);
        if *force_delete {
            self.note_of_state(&reference, "force_delete");
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
        // AES256 is the default in Terraform and AWS, so it is omitted.
        let body = if *encryption == Encryption::Aes256 {
            body
        } else {
            let settings = Body::new()
                .set("encryption_type", Value::text(encryption.kind()))
                .set_some("kms_key", encryption.key().map(Value::text));
            body.block("encryption_configuration", settings)
        };
        self.resource("aws_ecr_repository", address.name(), name.as_str(), body);

        let repository = || Value::bare(&format!("{reference}.name"));
        let body = Body::new().set("repository", repository()).set("policy", self.policy(policy));
        self.resource("aws_ecr_repository_policy", policy_address.name(), name.as_str(), body);
        match lifecycle {
            LifecyclePolicy::Unmanaged => {}
            LifecyclePolicy::None => self.note_once(
                "Terraform cannot express that a repository has no lifecycle policy: a policy set outside Terraform is kept",
            ),
            LifecyclePolicy::Document(document) => {
                let policy = json(document, &|text| Value::text(text));
                let body = Body::new()
                    .set("repository", repository())
                    .set("policy", Value::Call("jsonencode", Box::new(policy)));
                self.resource("aws_ecr_lifecycle_policy", address.name(), name.as_str(), body);
            }
        }
    }

    fn log_group(&mut self, desired: &DesiredLogGroup) {
        let DesiredLogGroup {
            address,
            setting: _,
            spec,
            arn: _,
            retention,
            deletion_protection,
            skip_destroy,
            unmanaged_tags: _,
        } = desired;
        let LogGroupSpec { name, class, kms_key, tags } = spec;
        let days = match retention {
            Retention::Days(days) => days.days(),
            // The provider uses 0 for events that never expire.
            Retention::Never => 0,
        };
        if *skip_destroy {
            self.note_of_state(&log_group_reference(desired), "skip_destroy");
        }
        let body = Body::new()
            .set("name", Value::text(name))
            .set("retention_in_days", Value::bare(&days))
            .set("log_group_class", Value::text(class.as_str()))
            .set_some("kms_key_id", kms_key.as_ref().map(Value::text))
            .set_some("deletion_protection_enabled", deletion_protection.as_ref().map(Value::bare))
            .set("skip_destroy", Value::bare(skip_destroy))
            .set("tags", tagged(tags));
        self.resource("aws_cloudwatch_log_group", address.name(), name.as_str(), body);
    }

    fn outputs(&mut self, resolved: &Resolved) {
        let [id, arn, execution, ..] = Outputs::NAMES;
        let role = role_reference(&resolved.execution_role);
        self.output(id, "aws_ecs_cluster.main.id");
        self.output(arn, "aws_ecs_cluster.main.arn");
        self.output(execution, &format!("{role}.arn"));
        for ResolvedService { name, task_role, repository, log_group } in resolved.each_service() {
            let (role, group) = (role_reference(task_role), log_group_reference(log_group));
            let repository = repository_reference(repository);
            for output in Outputs::OF_SERVICE {
                let value = match output {
                    "ecs_task_role_arn" => format!("{role}.arn"),
                    "ecr_repository_url" => format!("{repository}.repository_url"),
                    "ecr_repository_arn" => format!("{repository}.arn"),
                    "cloudwatch_log_group_name" => format!("{group}.name"),
                    "cloudwatch_log_group_arn" => format!("{group}.arn"),
                    other => unreachable!("{other} is not an output"),
                };
                self.output(&Outputs::name(output, name), &value);
            }
        }
        if let Some(DesiredDeployer { role, identity_provider: _ }) = &resolved.deployer {
            self.output(Outputs::DEPLOYER, &format!("{}.arn", role_reference(role)));
        }
    }

    fn output(&mut self, name: &str, value: &str) {
        let body = Body::new().set("value", Value::bare(value));
        self.add(|file| file.block(&format!("output {}", quoted(name)), body));
    }

    /// Adds a note, unless the same note was already added for another resource.
    fn note_once(&mut self, note: &str) {
        if !self.notes.iter().any(|known| known == note) {
            self.notes.push(note.to_owned());
        }
    }

    fn note_of_state(&mut self, resource: &str, argument: &str) {
        if self.import == Import::Blocks {
            self.notes.push(format!(
                "on import, Terraform also plans to update {resource}: {argument} exists only in its state, and nothing \
                 changes in AWS"
            ));
        }
    }

    fn note_of_unmanaged(&mut self, unmanaged: Unmanaged) {
        // This note does not cover policies. Terraform removes unmanaged policies from a role only
        // if the file has `*_exclusive` resources; see `exclusive`.
        let Unmanaged { tags, policies: _, capacity_providers } = unmanaged;
        let all = [(tags, "tags"), (capacity_providers, "capacity providers")];
        let left = all.iter().filter(|(action, _)| *action == UnmanagedAction::Report);
        let left: Vec<&str> = left.map(|(_, what)| *what).collect();
        self.notes.push(if left.is_empty() {
            "Terraform removes the description of a role that has none in the file; ecs-foundation keeps it"
                .to_owned()
        } else {
            let left = left.join(" and ");
            format!(
                "Terraform removes {left} that are not in the file, and the description of a role that has none in the \
                 file; ecs-foundation keeps them and reports the {left}"
            )
        });
    }

    /// Replaces the foundation's own ARNs in a policy with references, so that Terraform detects
    /// the dependencies.
    fn policy(&self, policy: &PolicyDocument) -> Value {
        let linked = |text: &str| match own_arn(text, &self.own) {
            Some((reference, "")) => Value::bare(reference),
            Some((reference, rest)) => Value::Joined(reference.clone(), rest.to_owned()),
            None => Value::text(text),
        };
        Value::Call("jsonencode", Box::new(json(&parsed(policy), &linked)))
    }
}

fn imported(target: &str, id: &str) -> Body {
    Body::new().set("to", Value::bare(target)).set("id", Value::text(id))
}

fn parsed(policy: &PolicyDocument) -> Json {
    serde_json::from_str(&policy.to_json()).expect("a policy document is valid JSON")
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
