//! The settings of a repository, its desired state, and the code that derives the desired state
//! from the settings.

use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::arn::Arn;
use crate::engine::Address;
use crate::foundation::resolve::Resolver;
use crate::foundation::service::{Naming, ServiceAddresses};
use crate::foundation::spec::actions;
use crate::names::{InvalidValue, RepositoryName};
use crate::policy::{PolicyDocument, PrincipalSet, Statement};
use crate::provider::{Encryption, RepositorySpec, TagMutability};
use crate::resource::UnmanagedAction;
use crate::tags::Tags;
use crate::values::{Action, LifecycleCount, PullPrincipal, RepositorySid, Template, fill};

/// The repository's settings.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RepositorySettings {
    /// The name; `None` means `BASE-app`.
    pub name: Option<RepositoryName>,
    /// Whether image tags can be moved.
    pub tag_mutability: TagMutability,
    /// Whether images are scanned on push.
    pub scan_on_push: bool,
    /// How images are encrypted at rest. Changing the encryption replaces the repository.
    pub encryption: Encryption,
    /// Whether destroying the repository also deletes its images.
    pub force_delete: bool,
    /// The lifecycle policy.
    pub lifecycle_policy: LifecyclePolicy,
    /// The Sid of the repository policy's statement for pulling images.
    pub policy_sid: RepositorySid,
    /// The actions that the statement for pulling images allows.
    pub pull_actions: Vec<Action>,
    /// The principals, other than the execution role, that may pull images. Each is an ARN or an
    /// account id.
    pub additional_pull_principals: Vec<Template<PullPrincipal>>,
    /// Additional statements for the repository policy, for example to allow an organization to
    /// pull images.
    pub statements: Vec<Statement>,
    /// Additional tags.
    pub tags: Tags,
}

impl Default for RepositorySettings {
    fn default() -> Self {
        Self {
            name: None,
            tag_mutability: TagMutability::Mutable,
            scan_on_push: true,
            encryption: Encryption::Aes256,
            force_delete: true,
            lifecycle_policy: LifecyclePolicy::Unmanaged,
            policy_sid: "AllowPull".parse().expect("it is a statement id"),
            pull_actions: actions([
                "ecr:GetDownloadUrlForLayer",
                "ecr:BatchGetImage",
                "ecr:BatchCheckLayerAvailability",
            ]),
            additional_pull_principals: Vec::new(),
            statements: Vec::new(),
            tags: Tags::new(),
        }
    }
}

/// The desired lifecycle policy of a repository.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum LifecyclePolicy {
    /// Not managed: the policy is neither read nor changed.
    Unmanaged,
    /// No policy: an existing policy is removed.
    None,
    /// The policy, as a JSON document.
    Document(serde_json::Value),
}

impl LifecyclePolicy {
    /// Returns a policy that keeps only the latest `images` images and expires untagged images
    /// after `untagged_days` days. `None` means no limit.
    ///
    /// ```
    /// use infra_core::foundation::LifecyclePolicy;
    ///
    /// let LifecyclePolicy::Document(policy) = LifecyclePolicy::limits("20".parse().ok(), None) else {
    ///     panic!("expected a policy document");
    /// };
    /// assert_eq!(policy["rules"][0]["selection"]["countNumber"], 20);
    /// assert_eq!(LifecyclePolicy::limits(None, None), LifecyclePolicy::None);
    /// ```
    pub fn limits(images: Option<LifecycleCount>, untagged_days: Option<LifecycleCount>) -> Self {
        let untagged = untagged_days.map(|days| {
            let selection = json!({
                "tagStatus": "untagged",
                "countType": "sinceImagePushed",
                "countUnit": "days",
                "countNumber": days,
            });
            (format!("expire untagged images after {days} days"), selection)
        });
        // ECR requires the rule with the tag status `any` to have the highest priority number.
        let any = images.map(|images| {
            let selection =
                json!({ "tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": images });
            (format!("keep the last {images} images"), selection)
        });
        let rules =
            untagged.into_iter().chain(any).zip(1..).map(|((description, selection), priority)| {
                json!({
                    "rulePriority": priority,
                    "description": description,
                    "selection": selection,
                    "action": { "type": "expire" },
                })
            });
        let rules: Vec<Json> = rules.collect();
        if rules.is_empty() { Self::None } else { Self::Document(json!({ "rules": rules })) }
    }
}

/// The desired state of the repository and its policies.
#[derive(Clone, Debug)]
pub struct DesiredRepository {
    /// Its address.
    pub address: Address,
    /// The address of the repository policy.
    pub policy_address: Address,
    /// The path of the repository's settings, such as `repository` or `services.worker.repository`.
    pub setting: String,
    /// The attributes set at creation, including the common tags and the Name tag.
    pub spec: RepositorySpec,
    /// Its ARN.
    pub arn: Arn,
    /// The URI to push images to: host and name, without a scheme.
    pub uri: String,
    /// Its repository policy. The first statement allows pulling images.
    pub policy: PolicyDocument,
    /// Its lifecycle policy.
    pub lifecycle: LifecyclePolicy,
    /// Whether destroying the repository also deletes its images.
    pub force_delete: bool,
    /// What to do with tags that are not in `spec`.
    pub unmanaged_tags: UnmanagedAction,
}

impl Resolver<'_> {
    pub(in crate::foundation) fn repository(
        &mut self,
        naming: Naming<'_>,
        settings: &RepositorySettings,
        execution_role_arn: Option<&str>,
    ) -> Option<DesiredRepository> {
        let setting = naming.setting("repository");
        let default = naming.repository(&self.spec.base_name());
        let name = self.name(&format!("{setting}.name"), settings.name.as_ref(), default)?;
        let location = self.location;
        let additional = settings.additional_pull_principals.iter();
        let additional = additional.map(|principal| principal.resolve(location).map(String::from));
        let additional: Result<Vec<String>, InvalidValue> = additional.collect();
        let additional = self.keep(&format!("{setting}.additional_pull_principals"), additional)?;
        let principals = execution_role_arn.map(str::to_owned).into_iter().chain(additional);
        let pull = Statement::allow(settings.pull_actions.iter().map(Action::as_str))
            .with_sid(settings.policy_sid.as_str())
            .with_principal(PrincipalSet::aws(principals));
        let own = settings.statements.iter().cloned();
        let own = own.map(|statement| statement.map_texts(|text| fill(text, location)));
        let key = settings.encryption.key().map(|key| fill(key, location));
        // As in the Terraform tutorial, the Name tag is the repository's name plus `-repo`.
        let name_tag = format!("{name}-repo");
        let tags = self.tags(&setting, &settings.tags, &name_tag, &[])?;
        self.refuse_reserved_values(&setting, "ECR", &tags);
        let ServiceAddresses { repository: address, repository_policy, .. } = naming.addresses();
        Some(DesiredRepository {
            address,
            policy_address: repository_policy,
            setting,
            arn: self.location.arn("ecr", format!("repository/{name}")),
            uri: format!("{}/{name}", self.location.registry_host()),
            spec: RepositorySpec {
                tags,
                name,
                tag_mutability: settings.tag_mutability.clone(),
                scan_on_push: settings.scan_on_push,
                encryption: Encryption::from_wire(settings.encryption.kind(), key),
            },
            policy: PolicyDocument::new(std::iter::once(pull).chain(own)),
            lifecycle: settings.lifecycle_policy.clone(),
            force_delete: settings.force_delete,
            unmanaged_tags: self.spec.unmanaged.tags,
        })
    }
}
