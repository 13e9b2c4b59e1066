//! The image repository and its policy.

mod plan;

use async_trait::async_trait;
use serde::Serialize;
use serde_json::Value;

use crate::engine::{
    Address, Calls, ChangeKind, Component, Declaration, Detail, Draft, FieldChange, Finding, Goal,
};
use crate::error::{ErrorKind, OrAbsent, Result};
use crate::names::RepositoryName;
use crate::operation::ecr;
use crate::policy::{PolicyDocument, PolicyText};
use crate::provider::{Encryption, Providers, Repository, RepositorySpec, TagMutability};
use crate::tags::Tags;

use super::address;
use super::desired::DesiredRepository;
use super::ownership::{GONE_WITHIN, Standing, TagChanges, accept_found, tag_findings};
use super::role::policy_finding;
use super::spec::LifecyclePolicy;

#[derive(Debug)]
pub(super) struct RepositoryComponent {
    desired: DesiredRepository,
    providers: Providers,
    main: Address,
    policy: Address,
}

#[derive(Debug, Default)]
pub(super) struct ObservedRepository {
    repository: Option<Repository>,
    tags: Tags,
    policy: Option<PolicyText>,
    /// Read only where the configuration manages it.
    lifecycle: Option<String>,
    images: Option<u64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RepositoryAction {
    Create(RepositorySpec),
    SetMutability(TagMutability),
    SetScanning(bool),
    SetPolicy(PolicyDocument),
    PutLifecycle(Value),
    DeleteLifecycle,
    Tag(Tags),
    Untag(Vec<String>),
    Delete { force: bool },
}

impl RepositoryComponent {
    pub(super) fn new(desired: DesiredRepository, providers: &Providers) -> Self {
        let (main, policy) = (address::repository(), address::repository_policy());
        Self { desired, providers: providers.clone(), main, policy }
    }

    fn name(&self) -> &str {
        self.desired.spec.name.as_str()
    }

    /// What only a new repository can have.
    fn fixed_differences(&self, found: &Repository) -> Vec<FieldChange> {
        let wanted = &self.desired.spec.encryption;
        let change =
            FieldChange::new("encryption", encryption(&found.encryption), encryption(wanted));
        (!wanted.is_met_by(&found.encryption)).then_some(change).into_iter().collect()
    }

    fn mutability_difference(&self, found: &Repository) -> Option<FieldChange> {
        let wanted = &self.desired.spec.tag_mutability;
        let change = || {
            let before = mutability(&found.tag_mutability);
            FieldChange::new("image_tag_mutability", before, mutability(wanted))
        };
        (found.tag_mutability != *wanted).then(change)
    }

    fn scanning_difference(&self, found: &Repository) -> Option<FieldChange> {
        let wanted = self.desired.spec.scan_on_push;
        (found.scan_on_push != wanted)
            .then(|| FieldChange::new("scan_on_push", found.scan_on_push, wanted))
    }

    /// The lifecycle policy as it is and as it should be, and the step between; nothing where it is right
    /// or not managed.
    fn lifecycle_difference(&self, found: Option<&str>) -> Option<(FieldChange, RepositoryAction)> {
        let before = found.map(lifecycle_value);
        match (&self.desired.lifecycle, before) {
            (LifecyclePolicy::Unmanaged, _) | (LifecyclePolicy::None, None) => None,
            (LifecyclePolicy::None, Some(before)) => {
                let field = FieldChange::new("lifecycle_policy", before, Value::Null);
                Some((field, RepositoryAction::DeleteLifecycle))
            }
            (LifecyclePolicy::Document(wanted), before) => {
                let same = before.as_ref().is_some_and(|before| {
                    canonical_lifecycle(before) == canonical_lifecycle(wanted)
                });
                let field = FieldChange::new("lifecycle_policy", before, wanted);
                (!same).then(|| (field, RepositoryAction::PutLifecycle(wanted.clone())))
            }
        }
    }

    async fn create(&self, spec: &RepositorySpec, calls: &Calls<'_>) -> Result<()> {
        let repositories = self.providers.repositories();
        match calls.call(ecr::CREATE_REPOSITORY, || repositories.create_repository(spec)).await {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let describe = || repositories.describe_repository(&spec.name);
                let found = calls.read_back(ecr::DESCRIBE_REPOSITORIES, describe).await?;
                let list = || repositories.list_repository_tags(&found.arn);
                let tags = calls.read_back(ecr::LIST_TAGS_FOR_RESOURCE, list).await?;
                let mut differences = self.fixed_differences(&found);
                differences.extend(self.mutability_difference(&found));
                differences.extend(self.scanning_difference(&found));
                accept_found(&tags, &spec.tags, &differences)
                    .map_err(|judged| judged.for_resource(self.main.as_str()).with_source(error))
            }
            result => result.map(|_| ()),
        }
    }
}

#[async_trait]
impl Component for RepositoryComponent {
    type Observed = ObservedRepository;
    type Action = RepositoryAction;

    fn declarations(&self) -> Vec<Declaration> {
        let name = self.name().to_owned();
        vec![
            Declaration { address: self.main.clone(), name: name.clone(), depends_on: Vec::new() },
            Declaration {
                address: self.policy.clone(),
                name,
                depends_on: vec![self.main.clone(), address::execution_role()],
            },
        ]
    }

    async fn observe(&self, detail: Detail, calls: &Calls<'_>) -> Result<ObservedRepository> {
        let (name, repositories) = (&self.desired.spec.name, self.providers.repositories());
        let describe = async {
            let describe = || repositories.describe_repository(name);
            calls.call(ecr::DESCRIBE_REPOSITORIES, describe).await.or_absent()
        };
        let tags = async {
            let list = || repositories.list_repository_tags(&self.desired.arn);
            calls.call(ecr::LIST_TAGS_FOR_RESOURCE, list).await.or_absent()
        };
        let policy = async {
            let get = || repositories.get_repository_policy(name);
            calls.call(ecr::GET_REPOSITORY_POLICY, get).await.or_absent()
        };
        let lifecycle = async {
            if self.desired.lifecycle == LifecyclePolicy::Unmanaged {
                return Ok(None);
            }
            let get = || repositories.get_lifecycle_policy(name);
            calls.call(ecr::GET_LIFECYCLE_POLICY, get).await.or_absent()
        };
        let images = async {
            if detail == Detail::Attributes {
                return Ok(None);
            }
            calls.call(ecr::LIST_IMAGES, || repositories.count_images(name)).await.or_absent()
        };
        let (repository, tags, policy, lifecycle, images) =
            futures_util::try_join!(describe, tags, policy, lifecycle, images)?;
        let tags = tags.unwrap_or_default();
        // What a replacement would delete is seen only now.
        let images = match (&repository, images) {
            (Some(found), None) if !self.fixed_differences(found).is_empty() => {
                let count = || repositories.count_images(name);
                calls.call(ecr::LIST_IMAGES, count).await.or_absent()?
            }
            (_, images) => images,
        };
        Ok(ObservedRepository { repository, tags, policy, lifecycle, images })
    }

    fn plan(&self, goal: Goal, observed: &ObservedRepository, draft: &mut Draft<RepositoryAction>) {
        let found = observed.repository.as_ref();
        let standing = Standing::of(goal, found.map(|_| &observed.tags), &self.desired.spec.tags);
        match (goal, found, standing) {
            (Goal::Present { .. }, None, _) => {
                self.plan_create(ChangeKind::Create, Vec::new(), draft);
            }
            (Goal::Present { .. }, Some(_), Standing::Foreign { reason }) => {
                draft.conflict(&self.main, self.name(), reason);
            }
            (Goal::Present { .. }, Some(found), standing) => {
                self.plan_present(found, observed, &standing, draft);
            }
            (Goal::Absent { force }, Some(_), Standing::Ours) => {
                self.plan_delete(observed, force, draft);
            }
            (Goal::Absent { .. }, _, standing) => {
                if let Standing::Foreign { reason } = standing {
                    draft.notice(&self.main, format!("left, it is not ours: {reason}"));
                }
                draft.change(&self.main, self.name(), ChangeKind::NoOp, Vec::new());
                draft.change(&self.policy, self.name(), ChangeKind::NoOp, Vec::new());
            }
        }
    }

    async fn perform(&self, action: &RepositoryAction, calls: &Calls<'_>) -> Result<()> {
        let (name, arn) = (&self.desired.spec.name, &self.desired.arn);
        let repositories = self.providers.repositories();
        match action {
            RepositoryAction::Create(spec) => self.create(spec, calls).await,
            RepositoryAction::SetMutability(mutability) => {
                let put = || repositories.put_image_tag_mutability(name, mutability);
                calls.call(ecr::PUT_IMAGE_TAG_MUTABILITY, put).await
            }
            RepositoryAction::SetScanning(on) => {
                let put = || repositories.put_image_scanning_configuration(name, *on);
                calls.call(ecr::PUT_IMAGE_SCANNING_CONFIGURATION, put).await
            }
            RepositoryAction::SetPolicy(policy) => {
                let set = || repositories.set_repository_policy(name, policy);
                calls.call(ecr::SET_REPOSITORY_POLICY, set).await
            }
            RepositoryAction::PutLifecycle(document) => {
                let text = document.to_string();
                let put = || repositories.put_lifecycle_policy(name, &text);
                calls.call(ecr::PUT_LIFECYCLE_POLICY, put).await
            }
            RepositoryAction::DeleteLifecycle => {
                let delete = || repositories.delete_lifecycle_policy(name);
                calls.delete(ecr::DELETE_LIFECYCLE_POLICY, delete).await
            }
            RepositoryAction::Tag(tags) => {
                calls.call(ecr::TAG_RESOURCE, || repositories.tag_repository(arn, tags)).await
            }
            RepositoryAction::Untag(keys) => {
                calls.call(ecr::UNTAG_RESOURCE, || repositories.untag_repository(arn, keys)).await
            }
            RepositoryAction::Delete { force } => {
                let delete = || repositories.delete_repository(name, *force);
                calls.delete(ecr::DELETE_REPOSITORY, delete).await?;
                let describe = || repositories.describe_repository(name);
                calls.until_absent(ecr::DESCRIBE_REPOSITORIES, GONE_WITHIN, describe).await
            }
        }
    }

    fn inspect(&self, observed: &ObservedRepository) -> Vec<Finding> {
        let RepositorySpec { name, tag_mutability, scan_on_push, encryption: wanted, tags } =
            &self.desired.spec;
        let (main, desired) = (&self.main, &self.desired);
        let mut findings = Vec::new();
        if let Some(found) = &observed.repository {
            let scan = |on: bool| if on { "on push" } else { "manual" };
            findings.push(Finding::equal(main, "Repository", name.as_str(), found.name.as_str()));
            findings.push(uri(main, &desired.uri, &found.uri, name));
            findings.push(Finding::compared(
                main,
                "Tag mutability",
                mutability_text(tag_mutability),
                mutability_text(&found.tag_mutability),
                tag_mutability == &found.tag_mutability,
            ));
            findings.push(Finding::equal(
                main,
                "Scan",
                scan(*scan_on_push),
                scan(found.scan_on_push),
            ));
            findings.push(Finding::compared(
                main,
                "Encryption",
                wanted.kind(),
                found.encryption.kind(),
                wanted.is_met_by(&found.encryption),
            ));
            if desired.lifecycle != LifecyclePolicy::Unmanaged {
                let expected = match &desired.lifecycle {
                    LifecyclePolicy::Document(document) => document.to_string(),
                    LifecyclePolicy::None | LifecyclePolicy::Unmanaged => "none".to_owned(),
                };
                let has = observed.lifecycle.as_deref().unwrap_or("none");
                let same = self.lifecycle_difference(observed.lifecycle.as_deref()).is_none();
                findings.push(Finding::compared(main, "Lifecycle policy", expected, has, same));
            }
            if let Some(images) = observed.images {
                findings.push(Finding::info(main, "Images", images.to_string()));
            }
            let changes = TagChanges::between(&observed.tags, tags, desired.unmanaged_tags);
            findings.extend(tag_findings(main, tags, &observed.tags, &changes));
        } else {
            findings.push(Finding::equal(main, "Repository", name.as_str(), "absent"));
        }
        let policy = observed.policy.as_ref();
        findings.push(policy_finding(&self.policy, "Repository policy", &desired.policy, policy));
        findings
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

/// The repository's URI. At AWS it is the one that follows from account, region and name; an emulator gives a
/// registry of its own, such as LocalStack's `ACCOUNT.dkr.ecr.REGION.localhost.localstack.cloud:4566`, and there
/// nothing else can be expected.
fn uri(main: &Address, expected: &str, found: &str, name: &RepositoryName) -> Finding {
    let host = found.strip_suffix(name.as_str()).and_then(|rest| rest.strip_suffix('/'));
    let is_aws_s = |host: &str| host.contains(".amazonaws.com");
    if host.is_some_and(|host| !host.is_empty() && !is_aws_s(host)) {
        return Finding::info(main, "URI", found);
    }
    Finding::equal(main, "URI", expected, found)
}

fn mutability_text(mutability: &TagMutability) -> String {
    let filters: Vec<&str> = mutability.filters().map(|filter| filter.filter.as_str()).collect();
    if filters.is_empty() {
        return mutability.as_str().to_owned();
    }
    format!("{} {}", mutability.as_str(), filters.join(", "))
}

fn lifecycle_value(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
}

/// A lifecycle policy in one form: rules by priority, lists of tag patterns as sets.
///
/// Source: <https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html>; rules
/// are evaluated by `rulePriority`, whatever their order in the text.
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
    use super::{address, uri};
    use crate::engine::Verdict;

    #[test]
    fn an_emulator_s_registry_is_its_own() {
        let expected = "000000000000.dkr.ecr.eu-west-1.amazonaws.com/shop-dev-app";
        let verdict = |found: &str| {
            let name = "shop-dev-app".parse().unwrap();
            uri(&address::repository(), expected, found, &name).verdict
        };
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
