//! `CreateRepository`, `DescribeRepositories` and `DeleteRepository`.

use std::collections::BTreeMap;

use infra_core::arn::{Arn, Location};

use crate::api::{ApiError, ApiResult, Call, Definition, Operation};
use crate::ecr::{
    CreateRepositoryRequest, DeleteRepositoryRequest, DescribeRepositoriesRequest,
    EncryptionConfiguration, ImageScanningConfiguration, Repository,
};

use super::{StoredRepository, check, find, settings, tags, target};

/// Creates a repository.
impl Operation for CreateRepositoryRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (registry_id, name) = target(call, self.registry_id, self.repository_name)?;
        let mutability = self.image_tag_mutability.unwrap_or_else(|| "MUTABLE".to_owned());
        let filters = self.image_tag_mutability_exclusion_filters;
        let exclusion_filters = settings::exclusion_filters(&mutability, filters)?;
        let encryption = self.encryption_configuration.unwrap_or_default();
        check_encryption(&encryption)?;
        let mut tags = BTreeMap::new();
        tags::add(&mut tags, self.tags.unwrap_or_default())?;
        if call.ecr().repositories.contains_key(&name) {
            // https://github.com/aws/aws-cdk/issues/5140
            return Err(ApiError::new(
                "RepositoryAlreadyExistsException",
                format!(
                    "The repository with name '{name}' already exists in the registry with id \
                     '{registry_id}'"
                ),
            ));
        }
        let stored = StoredRepository {
            created_at: call.now,
            tags,
            image_tag_mutability: mutability,
            exclusion_filters,
            scan_on_push: settings::scan_on_push(self.image_scanning_configuration.as_ref()),
            encryption: with_key(encryption, call),
            ..StoredRepository::default()
        };
        let repository = Repository::new(call.location(), &name, &stored);
        call.ecr().repositories.insert(name, stored);
        Ok(Self::Output { repository })
    }
}

fn check_encryption(encryption: &EncryptionConfiguration) -> ApiResult<()> {
    const MEMBER: &str = "encryptionConfiguration";
    let EncryptionConfiguration { encryption_type, kms_key } = encryption;
    if let Some(kind) = encryption_type {
        let member = "encryptionConfiguration.encryptionType";
        check::one_of(member, kind, &["AES256", "KMS", "KMS_DSSE"])?;
    } else if kms_key.is_some() {
        check::required("encryptionConfiguration.encryptionType", encryption_type.as_ref())?;
    }
    let Some(key) = kms_key else { return Ok(()) };
    check::length("encryptionConfiguration.kmsKey", key.chars().count(), 1, 2048)?;
    if encryption_type.as_deref() == Some("AES256") {
        // According to the service model, a key is used only with the KMS encryption types. AWS's
        // message is not publicly documented.
        return Err(check::invalid(MEMBER, "KmsKey can only be specified for encryption type KMS"));
    }
    Ok(())
}

/// Fills in AWS's default encryption type and key, and expands the key to an ARN.
fn with_key(given: EncryptionConfiguration, call: &mut Call<'_>) -> EncryptionConfiguration {
    let kind = given.encryption_type.unwrap_or_else(|| "AES256".to_owned());
    if kind == "AES256" {
        return EncryptionConfiguration { encryption_type: Some(kind), kms_key: None };
    }
    let key = match given.kms_key {
        Some(key) if key.parse::<Arn>().is_ok() => key,
        Some(alias) if alias.starts_with("alias/") => call.arn("kms", alias).to_string(),
        Some(id) => call.arn("kms", format!("key/{id}")).to_string(),
        None => {
            let id = match call.ecr().managed_key.clone() {
                Some(id) => id,
                None => call.world.ids.uuid(),
            };
            call.ecr().managed_key = Some(id.clone());
            call.arn("kms", format!("key/{id}")).to_string()
        }
    };
    EncryptionConfiguration { encryption_type: Some(kind), kms_key: Some(key) }
}

/// Describes the repositories that the request names, or all repositories if it names none.
impl Operation for DescribeRepositoriesRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let size = check::page_size(self.max_results)?;
        let location = &call.caller.location;
        let Some(names) = self.repository_names else {
            check::registry(self.registry_id.as_deref())?;
            let all = call.ecr().repositories.iter();
            let all = all.map(|(name, stored)| (name.clone(), stored));
            let page = check::page(Self::NAME, all, self.next_token.as_deref(), size)?;
            let described =
                page.items.iter().map(|(name, stored)| Repository::new(location, name, stored));
            return Ok(Self::Output {
                repositories: described.collect(),
                next_token: page.next_token,
            });
        };
        check::length("repositoryNames", names.len(), 1, 100)?;
        // For both members, the service model says, "This option cannot be used when you specify
        // repositories with repositoryNames".
        for (member, given) in
            [("maxResults", self.max_results.is_some()), ("nextToken", self.next_token.is_some())]
        {
            if given {
                let rule = format!("{member} cannot be specified together with repositoryNames");
                return Err(check::invalid(member, rule));
            }
        }
        let mut repositories = Vec::with_capacity(names.len());
        for name in names {
            let name = check::repository(self.registry_id.as_deref(), Some(name))?;
            repositories.push(Repository::new(location, &name, find(call, &name)?));
        }
        Ok(Self::Output { repositories, next_token: None })
    }
}

/// Deletes a repository.
impl Operation for DeleteRepositoryRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (registry_id, name) = target(call, self.registry_id, self.repository_name)?;
        let location = &call.caller.location;
        let stored = find(call, &name)?;
        if !stored.images.is_empty() && !self.force.unwrap_or_default() {
            // https://github.com/hashicorp/terraform-provider-aws/issues/33523
            return Err(ApiError::new(
                "RepositoryNotEmptyException",
                format!(
                    "The repository with name '{name}' in registry with id '{registry_id}' cannot be \
                     deleted because it still contains images"
                ),
            ));
        }
        let repository = Repository::new(location, &name, stored);
        call.ecr().repositories.remove(&name);
        Ok(Self::Output { repository })
    }
}

impl Repository {
    pub(super) fn new(location: &Location, name: &str, stored: &StoredRepository) -> Self {
        let StoredRepository {
            created_at,
            image_tag_mutability,
            exclusion_filters,
            scan_on_push,
            encryption,
            // These members are returned only by other operations.
            tags: _,
            policy: _,
            lifecycle_policy: _,
            lifecycle_set_at: _,
            lifecycle_evaluated_at: _,
            preview: _,
            images: _,
            layers: _,
            contents: _,
            scans: _,
        } = stored;
        Self {
            repository_arn: location.arn("ecr", format!("repository/{name}")).to_string(),
            registry_id: location.account_id.to_string(),
            repository_name: name.to_owned(),
            repository_uri: format!("{}/{name}", location.registry_host()),
            created_at: *created_at,
            image_tag_mutability: image_tag_mutability.clone(),
            image_tag_mutability_exclusion_filters: Some(exclusion_filters.clone())
                .filter(|filters| !filters.is_empty()),
            image_scanning_configuration: ImageScanningConfiguration {
                scan_on_push: Some(*scan_on_push),
            },
            encryption_configuration: encryption.clone(),
        }
    }
}
