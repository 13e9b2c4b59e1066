//! The image repository and its policies.

mod settings;

use async_trait::async_trait;
use serde_json::Value;

use crate::arn::Partition;
use crate::engine::{Calls, Remedy};
use crate::error::Result;
use crate::names::RepositoryName;
use crate::operation::{Operation, ecr};
use crate::policy::PolicyText;
use crate::provider::{Encryption, Providers, Repository, RepositorySpec, TagMutability};
use crate::resource::{
    Depth, Field, Identity, Notes, Operations, Part, Removal, Resource, TagChange, Tagging, Update,
    counted,
};
use crate::tags::Tags;

use super::address;
use super::resolve::Resolved;
use super::service::{DefaultNames, unused_default};
pub use settings::{DesiredRepository, LifecyclePolicy, RepositorySettings};

#[derive(Debug)]
pub(super) struct RepositoryResource {
    desired: DesiredRepository,
    /// The default name, or `None` if one of the foundation's repositories has this name.
    default_name: Option<RepositoryName>,
    providers: Providers,
}

#[derive(Debug)]
pub(super) struct FoundRepository {
    repository: Repository,
    tags: Option<Tags>,
    policy: Option<PolicyText>,
    /// The lifecycle policy. `None` if the repository has no lifecycle policy, or if the
    /// configuration does not manage the policy.
    lifecycle: Option<String>,
}

impl RepositoryResource {
    pub(super) fn new(
        desired: &DesiredRepository,
        default: &DefaultNames,
        all: &Resolved,
        providers: &Providers,
    ) -> Self {
        let is_unused = |name: &RepositoryName| {
            all.each_service().all(|service| service.repository.spec.name != *name)
        };
        Self {
            desired: desired.clone(),
            default_name: default.repository.parse().ok().filter(is_unused),
            providers: providers.clone(),
        }
    }
}

impl DesiredRepository {
    fn fields(&self, found: Option<&FoundRepository>) -> Vec<Field> {
        let RepositorySpec { name: _, tag_mutability, scan_on_push, encryption: wanted, tags: _ } =
            &self.spec;
        let repository = found.map(|found| &found.repository);
        let mutable = repository.map(|found| mutability(&found.tag_mutability));
        let encrypted = repository.map(|found| &found.encryption);
        let mut fields = vec![
            self.uri(repository.map(|found| found.uri.as_str())),
            Field::new(
                "image_tag_mutability",
                "Tag mutability",
                mutability(tag_mutability),
                mutable,
            )
            .satisfied_if(repository.is_some_and(|found| found.tag_mutability == *tag_mutability))
            .shown(mutability_text)
            .updated_by(ecr::PUT_IMAGE_TAG_MUTABILITY),
            Field::new("scan_on_push", "Scan", scan_on_push, repository.map(|it| it.scan_on_push))
                .shown(|on| if *on == Value::Bool(true) { "on push" } else { "manual" }.to_owned())
                .updated_by(ecr::PUT_IMAGE_SCANNING_CONFIGURATION),
            Field::new("encryption", "Encryption", encryption(wanted), encrypted.map(encryption))
                .satisfied_if(encrypted.is_some_and(|found| wanted.is_met_by(found)))
                .shown(|value| {
                    value["type"].as_str().or(value.as_str()).unwrap_or_default().to_owned()
                }),
        ];
        fields.extend(self.lifecycle(found));
        fields
    }

    /// Returns whether this operation updates a configured attribute of the repository.
    pub(super) fn is_updated_by(&self, operation: Operation) -> bool {
        self.fields(None).iter().any(|field| field.is_updated_by(operation))
    }

    /// Returns the field for the repository's URI. AWS derives the URI from the account, the region
    /// and the name. An emulator uses another host, for example
    /// `ACCOUNT.dkr.ecr.REGION.localhost.localstack.cloud:4566` in LocalStack. A URI with another
    /// host is therefore not compared to the expected value.
    fn uri(&self, found: Option<&str>) -> Field {
        let field = Field::derived("URI", &self.uri, found).identifying();
        let host = found
            .and_then(|found| found.strip_suffix(self.spec.name.as_str()))
            .and_then(|rest| rest.strip_suffix('/'));
        let is_aws_s =
            |host: &str| Partition::ALL.into_iter().any(|partition| partition.has_host(host));
        if host.is_some_and(|host| !host.is_empty() && !is_aws_s(host)) {
            return field.ignored();
        }
        field
    }

    /// Returns the field for the lifecycle policy, or `None` if the policy is not managed.
    fn lifecycle(&self, found: Option<&FoundRepository>) -> Option<Field> {
        let found = found.map(|found| found.lifecycle.as_deref().map(lifecycle_value));
        let (wanted, operation) = match &self.lifecycle {
            LifecyclePolicy::Unmanaged => return None,
            LifecyclePolicy::None => (None, ecr::DELETE_LIFECYCLE_POLICY),
            LifecyclePolicy::Document(document) => (Some(document), ecr::PUT_LIFECYCLE_POLICY),
        };
        let same = found.as_ref().is_some_and(|found| {
            found.as_ref().map(canonical_lifecycle) == wanted.map(canonical_lifecycle)
        });
        let field = Field::new("lifecycle_policy", "Lifecycle policy", wanted, found);
        Some(field.satisfied_if(same).updated_by(operation).set_after_create(wanted.is_some()))
    }
}

#[async_trait]
impl Resource for RepositoryResource {
    type Found = FoundRepository;
    /// The number of images.
    type Contents = Option<u64>;

    fn identity(&self) -> Identity {
        let operations = Operations {
            read: ecr::DESCRIBE_REPOSITORIES,
            create: ecr::CREATE_REPOSITORY,
            delete: ecr::DELETE_REPOSITORY,
        };
        let name = self.desired.spec.name.as_str();
        Identity::new(self.desired.address.clone(), "Repository", name, operations)
    }

    fn tagging(&self) -> Tagging<'_> {
        Tagging::new(&self.desired.spec.tags, ecr::TAG_RESOURCE, ecr::UNTAG_RESOURCE)
            .unmanaged(self.desired.unmanaged_tags)
    }

    fn tags(found: &FoundRepository) -> Option<&Tags> {
        found.tags.as_ref()
    }

    fn fields(&self, found: Option<&FoundRepository>) -> Vec<Field> {
        self.desired.fields(found)
    }

    fn parts(&self, found: Option<&FoundRepository>) -> Vec<Part> {
        let (wanted, name) = (Some(&self.desired.policy), self.desired.spec.name.as_str());
        let found = found.map(|found| found.policy.as_ref());
        let field = Field::policy("policy", "Repository policy", wanted, found);
        let policy =
            Part::new(self.desired.policy_address.clone(), name, ecr::SET_REPOSITORY_POLICY, field)
                .depends_on([address::execution_role()])
                // In the policy, ECR stores the role's id instead of its ARN. After the role is
                // replaced, ECR may still return the ARN for a while, but the policy does not apply
                // to the new role.
                .bound_to(
                    address::execution_role(),
                    "the policy is set again, because the execution role is replaced and gets \
                     a new id",
                );
        vec![policy]
    }

    fn obstacles(
        &self,
        _: &FoundRepository,
        images: &Option<u64>,
        removal: Removal,
        notes: &mut Notes,
    ) {
        let images = images.unwrap_or_default();
        let (held, kept) = (counted(images, "image"), images > 0 && !self.desired.force_delete);
        match removal {
            Removal::Replace => {
                if kept {
                    let message = format!(
                        "replacing the repository would delete {held}, and force_delete is off"
                    );
                    let path = format!("{}.force_delete", self.desired.setting);
                    let remedy = Remedy::setting(path, "true");
                    notes.blocker_unless(message, "undo the change", remedy);
                }
                notes.notice(format!("replacing the repository deletes {held}"));
            }
            Removal::Delete { force: false } if kept => {
                let message = format!("the repository contains {held}, and force_delete is off");
                notes.blocker_unless(message, "delete the images first", Remedy::Force);
            }
            Removal::Delete { .. } if images > 0 => notes.notice(format!("deletes {held}")),
            Removal::Delete { .. } => {}
        }
    }

    fn facts(&self, _: &FoundRepository, images: &Option<u64>) -> Vec<(&'static str, String)> {
        images.iter().map(|images| ("Images", images.to_string())).collect()
    }

    async fn read(&self, depth: Depth, calls: &Calls<'_>) -> Result<Option<FoundRepository>> {
        let (name, repositories) = (&self.desired.spec.name, self.providers.repositories());
        let (identity, all) = (depth >= Depth::Identity, depth >= Depth::Attributes);
        let managed = all && self.desired.lifecycle != LifecyclePolicy::Unmanaged;
        let (repository, tags, policy, lifecycle) = futures_util::try_join!(
            calls.find(ecr::DESCRIBE_REPOSITORIES, || repositories.describe_repository(name)),
            calls.find_if(identity, ecr::LIST_TAGS_FOR_RESOURCE, || {
                repositories.list_repository_tags(&self.desired.arn)
            }),
            calls.find_if(all, ecr::GET_REPOSITORY_POLICY, || {
                repositories.get_repository_policy(name)
            }),
            calls.find_if(managed, ecr::GET_LIFECYCLE_POLICY, || {
                repositories.get_lifecycle_policy(name)
            }),
        )?;
        Ok(repository.map(|repository| FoundRepository { repository, tags, policy, lifecycle }))
    }

    async fn contents(&self, calls: &Calls<'_>) -> Result<Option<u64>> {
        let (name, repositories) = (&self.desired.spec.name, self.providers.repositories());
        calls.find(ecr::LIST_IMAGES, || repositories.count_images(name)).await
    }

    async fn leftover(&self, calls: &Calls<'_>) -> Result<Option<String>> {
        let Some(name) = &self.default_name else { return Ok(None) };
        let read = || self.providers.repositories().describe_repository(name);
        let found = calls.find(ecr::DESCRIBE_REPOSITORIES, read).await?;
        Ok(found.map(|_| unused_default("repository", name)))
    }

    async fn create(&self, calls: &Calls<'_>) -> Result<()> {
        let (spec, repositories) = (&self.desired.spec, self.providers.repositories());
        calls.call(ecr::CREATE_REPOSITORY, || repositories.create_repository(spec)).await.map(drop)
    }

    async fn update(&self, update: &Update, calls: &Calls<'_>) -> Result<()> {
        let DesiredRepository { spec, policy, lifecycle, .. } = &self.desired;
        let RepositorySpec { name, tag_mutability, scan_on_push, .. } = spec;
        let (repositories, operation) = (self.providers.repositories(), update.operation());
        match (operation, lifecycle) {
            (ecr::PUT_IMAGE_TAG_MUTABILITY, _) => {
                let put = || repositories.put_image_tag_mutability(name, tag_mutability);
                calls.call(operation, put).await
            }
            (ecr::PUT_IMAGE_SCANNING_CONFIGURATION, _) => {
                let put = || repositories.put_image_scanning_configuration(name, *scan_on_push);
                calls.call(operation, put).await
            }
            (ecr::SET_REPOSITORY_POLICY, _) => {
                calls.call(operation, || repositories.set_repository_policy(name, policy)).await
            }
            (ecr::PUT_LIFECYCLE_POLICY, LifecyclePolicy::Document(document)) => {
                let text = document.to_string();
                calls.call(operation, || repositories.put_lifecycle_policy(name, &text)).await
            }
            (ecr::DELETE_LIFECYCLE_POLICY, _) => {
                calls.delete(operation, || repositories.delete_lifecycle_policy(name)).await
            }
            _ => Err(update.unknown()),
        }
    }

    async fn tag(&self, change: &TagChange, calls: &Calls<'_>) -> Result<()> {
        let (arn, repositories) = (&self.desired.arn, self.providers.repositories());
        let operation = self.tagging().operation(change);
        match change {
            TagChange::Set(tags) => {
                calls.call(operation, || repositories.tag_repository(arn, tags)).await
            }
            TagChange::Remove(keys) => {
                calls.call(operation, || repositories.untag_repository(arn, keys)).await
            }
        }
    }

    async fn delete(&self, force: bool, calls: &Calls<'_>) -> Result<()> {
        let (name, force) = (&self.desired.spec.name, force || self.desired.force_delete);
        let repositories = self.providers.repositories();
        calls.delete(ecr::DELETE_REPOSITORY, || repositories.delete_repository(name, force)).await
    }
}

fn encryption(encryption: &Encryption) -> Value {
    match encryption.key() {
        Some(key) => serde_json::json!({ "type": encryption.kind(), "kms_key": key }),
        None => Value::from(encryption.kind()),
    }
}

fn mutability(mutability: &TagMutability) -> Value {
    let filters: Vec<&str> = mutability.filters().map(|filter| filter.filter.as_str()).collect();
    if filters.is_empty() {
        return Value::from(mutability.as_str());
    }
    serde_json::json!({ "mode": mutability.as_str(), "exclusion_filters": filters })
}

fn mutability_text(value: &Value) -> String {
    let Some(filters) = value["exclusion_filters"].as_array() else {
        return value.as_str().unwrap_or_default().to_owned();
    };
    let filters: Vec<&str> = filters.iter().filter_map(Value::as_str).collect();
    format!("{} {}", value["mode"].as_str().unwrap_or_default(), filters.join(", "))
}

fn lifecycle_value(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
}

/// Returns a lifecycle policy in canonical form: the rules are sorted by priority, and the lists of
/// tag patterns are sorted and have no duplicates.
///
/// Source:
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html>. Rules
/// are evaluated by `rulePriority`, regardless of their order in the text.
fn canonical_lifecycle(document: &Value) -> Value {
    let mut document = document.clone();
    if let Some(rules) = document.get_mut("rules").and_then(Value::as_array_mut) {
        for rule in rules.iter_mut() {
            let Some(selection) = rule.get_mut("selection") else {
                continue;
            };
            for key in ["tagPrefixList", "tagPatternList"] {
                if let Some(patterns) = selection.get_mut(key).and_then(Value::as_array_mut) {
                    patterns.sort_by_key(Value::to_string);
                    patterns.dedup();
                }
            }
        }
        rules.sort_by_key(|rule| rule.get("rulePriority").and_then(Value::as_u64));
    }
    document
}

#[cfg(test)]
mod tests {
    use super::RepositoryResource;
    use crate::arn::{Location, Region};
    use crate::engine::Verdict;
    use crate::foundation::{DefaultNames, Foundation, FoundationSpec, address};
    use crate::provider::{Providers, Unsupported};

    #[test]
    fn emulator_registry_is_not_a_difference() {
        let region: Region = "eu-west-1".parse().unwrap();
        let location = Location::new("000000000000".parse().unwrap(), region.clone()).unwrap();
        let spec = FoundationSpec::new("shop".parse().unwrap(), "dev".parse().unwrap());
        let foundation = Foundation::new(spec, location).unwrap();
        let (all, default) = (foundation.resolved(), DefaultNames::new("shop-dev", None));
        let providers: Providers = Unsupported::providers(region, "nothing is called");
        let resource = RepositoryResource::new(&all.repository, &default, all, &providers);
        let verdict = |found: &str| {
            resource.desired.uri(Some(found)).finding(&address::repository(), "none").verdict
        };
        let expected = "000000000000.dkr.ecr.eu-west-1.amazonaws.com/shop-dev-app";
        assert_eq!(verdict(expected), Verdict::Ok);
        for own in [
            "000000000000.dkr.ecr.eu-west-1.localhost.localstack.cloud:4566/shop-dev-app",
            "localhost.localstack.cloud:4566/000000000000/eu-west-1/shop-dev-app",
            "localhost:4510/shop-dev-app",
        ] {
            assert_eq!(verdict(own), Verdict::Info, "{own}");
        }
        for wrong in [
            "999999999999.dkr.ecr.eu-west-1.amazonaws.com/shop-dev-app",
            "000000000000.dkr.ecr.eu-west-1.amazonaws.com/shop-dev-other",
            "localhost:4510/other",
            "/shop-dev-app",
            "",
        ] {
            assert_eq!(verdict(wrong), Verdict::Differs, "{wrong}");
        }
    }
}
