//! The repository provider.

use std::collections::BTreeSet;

use async_trait::async_trait;
use infra_core::Result;
use infra_core::arn::Arn;
use infra_core::error::Error;
use infra_core::names::RepositoryName;
use infra_core::operation::ecr as operation;
use infra_core::policy::{PolicyDocument, PolicyText};
use infra_core::provider::{
    Encryption, ExclusionFilter, Repository, RepositoryProvider, RepositorySpec, TagMutability,
};
use infra_core::tags::Tags;

use super::{MockProviders, all_pages, broken, tags_from_wire, tags_to_wire};
use crate::ecr;

#[async_trait]
impl RepositoryProvider for MockProviders {
    async fn describe_repository(&self, name: &RepositoryName) -> Result<Repository> {
        let response = self
            .call(ecr::DescribeRepositoriesRequest {
                repository_names: Some(vec![name.to_string()]),
                ..Default::default()
            })
            .await?;
        let found = response.repositories.into_iter().next();
        let absent = || {
            let code = "RepositoryNotFoundException";
            let message = format!("repository {name} does not exist");
            Error::from_aws(operation::DESCRIBE_REPOSITORIES, code, message, Some(400))
        };
        from_wire(found.ok_or_else(absent)?, operation::DESCRIBE_REPOSITORIES)
    }

    async fn create_repository(&self, spec: &RepositorySpec) -> Result<Repository> {
        let RepositorySpec { name, tag_mutability, scan_on_push, encryption, tags } = spec;
        let response = self
            .call(ecr::CreateRepositoryRequest {
                repository_name: Some(name.to_string()),
                tags: Some(tags_to_wire!(tags, ecr)),
                image_tag_mutability: Some(tag_mutability.as_str().to_owned()),
                image_tag_mutability_exclusion_filters: filters(tag_mutability),
                image_scanning_configuration: Some(scanning(*scan_on_push)),
                encryption_configuration: Some(ecr::EncryptionConfiguration {
                    encryption_type: Some(encryption.kind().to_owned()),
                    kms_key: encryption.key().map(str::to_owned),
                }),
                ..Default::default()
            })
            .await?;
        from_wire(response.repository, operation::CREATE_REPOSITORY)
    }

    async fn delete_repository(&self, name: &RepositoryName, force: bool) -> Result<()> {
        self.send(ecr::DeleteRepositoryRequest {
            repository_name: Some(name.to_string()),
            force: Some(force),
            ..Default::default()
        })
        .await
    }

    async fn put_image_tag_mutability(
        &self,
        name: &RepositoryName,
        mutability: &TagMutability,
    ) -> Result<()> {
        self.send(ecr::PutImageTagMutabilityRequest {
            repository_name: Some(name.to_string()),
            image_tag_mutability: Some(mutability.as_str().to_owned()),
            image_tag_mutability_exclusion_filters: filters(mutability),
            ..Default::default()
        })
        .await
    }

    async fn put_image_scanning_configuration(
        &self,
        name: &RepositoryName,
        scan_on_push: bool,
    ) -> Result<()> {
        self.send(ecr::PutImageScanningConfigurationRequest {
            repository_name: Some(name.to_string()),
            image_scanning_configuration: Some(scanning(scan_on_push)),
            ..Default::default()
        })
        .await
    }

    async fn get_repository_policy(&self, name: &RepositoryName) -> Result<PolicyText> {
        let response = self
            .call(ecr::GetRepositoryPolicyRequest {
                repository_name: Some(name.to_string()),
                ..Default::default()
            })
            .await?;
        Ok(PolicyText::new(response.policy_text))
    }

    async fn set_repository_policy(
        &self,
        name: &RepositoryName,
        policy: &PolicyDocument,
    ) -> Result<()> {
        self.send(ecr::SetRepositoryPolicyRequest {
            repository_name: Some(name.to_string()),
            policy_text: Some(policy.to_json()),
            ..Default::default()
        })
        .await
    }

    async fn delete_repository_policy(&self, name: &RepositoryName) -> Result<()> {
        self.send(ecr::DeleteRepositoryPolicyRequest {
            repository_name: Some(name.to_string()),
            ..Default::default()
        })
        .await
    }

    async fn get_lifecycle_policy(&self, name: &RepositoryName) -> Result<String> {
        let response = self
            .call(ecr::GetLifecyclePolicyRequest {
                repository_name: Some(name.to_string()),
                ..Default::default()
            })
            .await?;
        Ok(response.lifecycle_policy_text)
    }

    async fn put_lifecycle_policy(&self, name: &RepositoryName, text: &str) -> Result<()> {
        self.send(ecr::PutLifecyclePolicyRequest {
            repository_name: Some(name.to_string()),
            lifecycle_policy_text: Some(text.to_owned()),
            ..Default::default()
        })
        .await
    }

    async fn delete_lifecycle_policy(&self, name: &RepositoryName) -> Result<()> {
        self.send(ecr::DeleteLifecyclePolicyRequest {
            repository_name: Some(name.to_string()),
            ..Default::default()
        })
        .await
    }

    async fn count_images(&self, name: &RepositoryName) -> Result<u64> {
        let request = ecr::ListImagesRequest {
            repository_name: Some(name.to_string()),
            ..Default::default()
        };
        let images = all_pages!(self, request, image_ids, next_token);
        let digests: BTreeSet<_> =
            images.into_iter().filter_map(|image| image.image_digest).collect();
        Ok(u64::try_from(digests.len()).unwrap_or(u64::MAX))
    }

    async fn list_repository_tags(&self, arn: &Arn) -> Result<Tags> {
        let response = self
            .call(ecr::ListTagsForResourceRequest { resource_arn: Some(arn.to_string()) })
            .await?;
        Ok(tags_from_wire!(response.tags))
    }

    async fn tag_repository(&self, arn: &Arn, tags: &Tags) -> Result<()> {
        self.send(ecr::TagResourceRequest {
            resource_arn: Some(arn.to_string()),
            tags: Some(tags_to_wire!(tags, ecr)),
        })
        .await
    }

    async fn untag_repository(&self, arn: &Arn, keys: &[String]) -> Result<()> {
        self.send(ecr::UntagResourceRequest {
            resource_arn: Some(arn.to_string()),
            tag_keys: Some(keys.to_vec()),
        })
        .await
    }
}

fn scanning(scan_on_push: bool) -> ecr::ImageScanningConfiguration {
    ecr::ImageScanningConfiguration { scan_on_push: Some(scan_on_push) }
}

fn filters(mutability: &TagMutability) -> Option<Vec<ecr::ImageTagMutabilityExclusionFilter>> {
    let filters: Vec<_> = mutability
        .filters()
        .map(|filter| ecr::ImageTagMutabilityExclusionFilter {
            filter_type: Some(filter.filter_type.clone()),
            filter: Some(filter.filter.clone()),
        })
        .collect();
    (!filters.is_empty()).then_some(filters)
}

fn from_wire(
    repository: ecr::Repository,
    operation: infra_core::operation::Operation,
) -> Result<Repository> {
    let filters = repository.image_tag_mutability_exclusion_filters.unwrap_or_default();
    let filters = filters.into_iter().map(|filter| ExclusionFilter {
        filter_type: filter.filter_type.unwrap_or_default(),
        filter: filter.filter.unwrap_or_default(),
    });
    let encryption = repository.encryption_configuration;
    Ok(Repository {
        name: repository.repository_name.parse().map_err(broken(operation))?,
        arn: repository.repository_arn.parse().map_err(broken(operation))?,
        uri: repository.repository_uri,
        tag_mutability: TagMutability::from_wire(
            &repository.image_tag_mutability,
            filters.collect(),
        ),
        scan_on_push: repository.image_scanning_configuration.scan_on_push.unwrap_or_default(),
        encryption: Encryption::from_wire(
            encryption.encryption_type.as_deref().unwrap_or("AES256"),
            encryption.kms_key,
        ),
    })
}
