//! Manages ECR repositories with the AWS SDK.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use async_trait::async_trait;
use aws_sdk_ecr::{Client, types};
use infra_core::arn::Arn;
use infra_core::error::{Error, ErrorKind, Result};
use infra_core::names::RepositoryName;
use infra_core::operation::{Operation, ecr};
use infra_core::policy::{PolicyDocument, PolicyText};
use infra_core::provider::{
    Encryption, ExclusionFilter, Repository, RepositoryProvider, RepositorySpec, TagMutability,
};
use infra_core::tags::Tags;

use crate::attempts::send;
use crate::pages::Pages;
use crate::provider::provider;
use crate::response::{parsed, required, some_if_any, unbuilt};

provider! {
    /// Implements [`RepositoryProvider`] with an ECR client. Clones share the client.
    EcrRepositories(Client)
}

#[async_trait]
impl RepositoryProvider for EcrRepositories {
    async fn describe_repository(&self, name: &RepositoryName) -> Result<Repository> {
        let operation = ecr::DESCRIBE_REPOSITORIES;
        let request = self.0.describe_repositories().repository_names(name.as_str());
        let answer = send!(operation, request)?;
        match answer.repositories().first() {
            Some(repository) => observed(operation, repository),
            // If the repository does not exist, ECR returns RepositoryNotFoundException. An empty
            // list is treated in the same way.
            None => {
                Err(Error::new(ErrorKind::NotFound, format!("repository {name} does not exist"))
                    .with_operation(operation))
            }
        }
    }

    async fn create_repository(&self, spec: &RepositorySpec) -> Result<Repository> {
        let RepositorySpec { name, tag_mutability, scan_on_push, encryption, tags } = spec;
        let operation = ecr::CREATE_REPOSITORY;
        let encryption = types::EncryptionConfiguration::builder()
            .encryption_type(encryption.kind().into())
            .set_kms_key(encryption.key().map(str::to_owned))
            .build()
            .map_err(unbuilt(operation))?;
        let filters = exclusion_filters(operation, tag_mutability)?;
        let request = self
            .0
            .create_repository()
            .repository_name(name.as_str())
            .image_tag_mutability(tag_mutability.as_str().into())
            .set_image_tag_mutability_exclusion_filters(filters)
            .image_scanning_configuration(scanning(*scan_on_push))
            .encryption_configuration(encryption)
            .set_tags(some_if_any(tag_list(operation, tags)?));
        let answer = send!(operation, request)?;
        observed(operation, &required(operation, "repository", answer.repository)?)
    }

    async fn delete_repository(&self, name: &RepositoryName, force: bool) -> Result<()> {
        let request = self.0.delete_repository().repository_name(name.as_str()).force(force);
        send!(ecr::DELETE_REPOSITORY, request).map(drop)
    }

    async fn put_image_tag_mutability(
        &self,
        name: &RepositoryName,
        mutability: &TagMutability,
    ) -> Result<()> {
        let operation = ecr::PUT_IMAGE_TAG_MUTABILITY;
        let filters = exclusion_filters(operation, mutability)?;
        let request = self
            .0
            .put_image_tag_mutability()
            .repository_name(name.as_str())
            .image_tag_mutability(mutability.as_str().into())
            .set_image_tag_mutability_exclusion_filters(filters);
        send!(operation, request).map(drop)
    }

    async fn put_image_scanning_configuration(
        &self,
        name: &RepositoryName,
        scan_on_push: bool,
    ) -> Result<()> {
        let request = self
            .0
            .put_image_scanning_configuration()
            .repository_name(name.as_str())
            .image_scanning_configuration(scanning(scan_on_push));
        send!(ecr::PUT_IMAGE_SCANNING_CONFIGURATION, request).map(drop)
    }

    async fn get_repository_policy(&self, name: &RepositoryName) -> Result<PolicyText> {
        let operation = ecr::GET_REPOSITORY_POLICY;
        let request = self.0.get_repository_policy().repository_name(name.as_str());
        let answer = send!(operation, request)?;
        // Unlike IAM, ECR does not percent-encode policies.
        Ok(PolicyText::new(required(operation, "policy text", answer.policy_text)?))
    }

    async fn set_repository_policy(
        &self,
        name: &RepositoryName,
        policy: &PolicyDocument,
    ) -> Result<()> {
        let request = self.0.set_repository_policy().repository_name(name.as_str());
        send!(ecr::SET_REPOSITORY_POLICY, request.policy_text(policy.to_json())).map(drop)
    }

    async fn delete_repository_policy(&self, name: &RepositoryName) -> Result<()> {
        let request = self.0.delete_repository_policy().repository_name(name.as_str());
        send!(ecr::DELETE_REPOSITORY_POLICY, request).map(drop)
    }

    async fn get_lifecycle_policy(&self, name: &RepositoryName) -> Result<String> {
        let operation = ecr::GET_LIFECYCLE_POLICY;
        let request = self.0.get_lifecycle_policy().repository_name(name.as_str());
        let answer = send!(operation, request)?;
        required(operation, "policy text", answer.lifecycle_policy_text)
    }

    async fn put_lifecycle_policy(&self, name: &RepositoryName, text: &str) -> Result<()> {
        let request = self.0.put_lifecycle_policy().repository_name(name.as_str());
        send!(ecr::PUT_LIFECYCLE_POLICY, request.lifecycle_policy_text(text)).map(drop)
    }

    async fn delete_lifecycle_policy(&self, name: &RepositoryName) -> Result<()> {
        let request = self.0.delete_lifecycle_policy().repository_name(name.as_str());
        send!(ecr::DELETE_LIFECYCLE_POLICY, request).map(drop)
    }

    async fn count_images(&self, name: &RepositoryName) -> Result<u64> {
        // ECR lists an image once per tag, so this function counts distinct digests. A page
        // contains 100 images by default and at most 1,000.
        let request = self.0.list_images().repository_name(name.as_str()).max_results(1000);
        let mut pages = Pages::new(ecr::LIST_IMAGES, request.into_paginator().send());
        let mut digests = BTreeSet::new();
        while let Some(page) = pages.next().await? {
            let images = page.image_ids.unwrap_or_default();
            digests.extend(images.into_iter().filter_map(|image| image.image_digest));
        }
        Ok(u64::try_from(digests.len()).unwrap_or(u64::MAX))
    }

    async fn list_repository_tags(&self, arn: &Arn) -> Result<Tags> {
        let request = self.0.list_tags_for_resource().resource_arn(arn.to_string());
        let answer = send!(ecr::LIST_TAGS_FOR_RESOURCE, request)?;
        let tags = answer.tags.unwrap_or_default();
        Ok(Tags::observed(tags.into_iter().map(|tag| (tag.key, tag.value))))
    }

    async fn tag_repository(&self, arn: &Arn, tags: &Tags) -> Result<()> {
        let operation = ecr::TAG_RESOURCE;
        let request = self.0.tag_resource().resource_arn(arn.to_string());
        send!(operation, request.set_tags(Some(tag_list(operation, tags)?))).map(drop)
    }

    async fn untag_repository(&self, arn: &Arn, keys: &[String]) -> Result<()> {
        let request = self.0.untag_resource().resource_arn(arn.to_string());
        send!(ecr::UNTAG_RESOURCE, request.set_tag_keys(Some(keys.to_vec()))).map(drop)
    }
}

fn observed(operation: Operation, repository: &types::Repository) -> Result<Repository> {
    // ECR always returns the tag mutability and the encryption. If an emulator omits one of them,
    // its default applies.
    let mutability = repository.image_tag_mutability().map_or("MUTABLE", |value| value.as_str());
    let filters = repository.image_tag_mutability_exclusion_filters().iter();
    let filters = filters.map(|filter| ExclusionFilter {
        filter_type: filter.filter_type().as_str().to_owned(),
        filter: filter.filter().to_owned(),
    });
    let encryption = repository.encryption_configuration().map_or(Encryption::Aes256, |given| {
        Encryption::from_wire(given.encryption_type().as_str(), given.kms_key().map(str::to_owned))
    });
    let scanning = repository.image_scanning_configuration();
    let uri = required(operation, "repository URI", repository.repository_uri())?;
    Ok(Repository {
        name: parsed(operation, "repository name", repository.repository_name())?,
        arn: parsed(operation, "repository ARN", repository.repository_arn())?,
        uri: uri.to_owned(),
        tag_mutability: TagMutability::from_wire(mutability, filters.collect()),
        scan_on_push: scanning.is_some_and(types::ImageScanningConfiguration::scan_on_push),
        encryption,
    })
}

fn exclusion_filters(
    operation: Operation,
    mutability: &TagMutability,
) -> Result<Option<Vec<types::ImageTagMutabilityExclusionFilter>>> {
    let filter = |filter: &ExclusionFilter| {
        let ExclusionFilter { filter_type, filter } = filter;
        types::ImageTagMutabilityExclusionFilter::builder()
            .filter_type(filter_type.as_str().into())
            .filter(filter)
            .build()
            .map_err(unbuilt(operation))
    };
    Ok(some_if_any(mutability.filters().map(filter).collect::<Result<_>>()?))
}

fn scanning(scan_on_push: bool) -> types::ImageScanningConfiguration {
    types::ImageScanningConfiguration::builder().scan_on_push(scan_on_push).build()
}

fn tag_list(operation: Operation, tags: &Tags) -> Result<Vec<types::Tag>> {
    let tag = |(key, value)| types::Tag::builder().key(key).value(value).build();
    tags.iter().map(tag).collect::<std::result::Result<_, _>>().map_err(unbuilt(operation))
}
