//! Repository creation templates. The mock stores templates but never applies them, because it
//! never creates a repository by itself. It does not replicate images or pull them through from
//! other registries, and images can be pushed only to existing repositories.

use serde::{Deserialize, Serialize};

use crate::api::{ApiError, ApiResult, Call, Definition, Operation};
use crate::ecr::{
    CreateRepositoryCreationTemplateRequest, DeleteRepositoryCreationTemplateRequest,
    DescribeRepositoryCreationTemplatesRequest,
    EncryptionConfigurationForRepositoryCreationTemplate, ImageTagMutabilityExclusionFilter,
    RepositoryCreationTemplate, Tag, UpdateRepositoryCreationTemplateRequest,
};
use crate::time::Timestamp;

use super::{check, settings};

/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html>
const MAX_TEMPLATES: usize = 50;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredTemplate {
    description: Option<String>,
    encryption: Option<EncryptionConfigurationForRepositoryCreationTemplate>,
    tags: Option<Vec<Tag>>,
    mutability: String,
    exclusion_filters: Vec<ImageTagMutabilityExclusionFilter>,
    repository_policy: Option<String>,
    lifecycle_policy: Option<String>,
    applied_for: Vec<String>,
    custom_role_arn: Option<String>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

fn no_template(prefix: &str, registry: &str) -> ApiError {
    // The code comes from the service model. The message is modeled on the messages for
    // repositories, because AWS's own message is not publicly documented.
    ApiError::new(
        "TemplateNotFoundException",
        format!(
            "The repository creation template with prefix '{prefix}' does not exist in the registry with id \
             '{registry}'"
        ),
    )
}

impl StoredTemplate {
    fn shown(&self, prefix: &str) -> RepositoryCreationTemplate {
        let Self {
            description,
            encryption,
            tags,
            mutability,
            exclusion_filters,
            repository_policy,
            lifecycle_policy,
            applied_for,
            custom_role_arn,
            created_at,
            updated_at,
        } = self;
        RepositoryCreationTemplate {
            prefix: prefix.to_owned(),
            description: description.clone(),
            encryption_configuration: encryption.clone(),
            resource_tags: tags.clone(),
            image_tag_mutability: mutability.clone(),
            image_tag_mutability_exclusion_filters: Some(exclusion_filters.clone())
                .filter(|filters| !filters.is_empty()),
            repository_policy: repository_policy.clone(),
            lifecycle_policy: lifecycle_policy.clone(),
            applied_for: applied_for.clone(),
            custom_role_arn: custom_role_arn.clone(),
            created_at: *created_at,
            updated_at: *updated_at,
        }
    }
}

/// Creates a template.
impl Operation for CreateRepositoryCreationTemplateRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let prefix = self.prefix.unwrap_or_default();
        let registry_id = call.caller.location.account_id.to_string();
        let mutability = self.image_tag_mutability.unwrap_or_else(|| "MUTABLE".to_owned());
        let filters = self.image_tag_mutability_exclusion_filters;
        let exclusion_filters = settings::exclusion_filters(&mutability, filters)?;
        let now = call.now;
        let templates = &mut call.ecr().templates;
        if templates.contains_key(&prefix) {
            // The message is modeled on the messages for repositories, because AWS's own message is
            // not publicly documented.
            return Err(ApiError::new(
                "TemplateAlreadyExistsException",
                format!(
                    "The repository creation template with prefix '{prefix}' already exists in the registry with id \
                     '{registry_id}'"
                ),
            ));
        }
        if templates.len() >= MAX_TEMPLATES {
            // AWS's message is not publicly documented.
            return Err(ApiError::new(
                "LimitExceededException",
                format!(
                    "The registry with id '{registry_id}' already has the maximum allowed number of repository creation templates which is '{MAX_TEMPLATES}'"
                ),
            ));
        }
        let template = StoredTemplate {
            description: self.description,
            encryption: self.encryption_configuration,
            tags: self.resource_tags,
            mutability,
            exclusion_filters,
            repository_policy: self.repository_policy,
            lifecycle_policy: self.lifecycle_policy,
            applied_for: self.applied_for.unwrap_or_default(),
            custom_role_arn: self.custom_role_arn,
            created_at: now,
            updated_at: now,
        };
        let shown = template.shown(&prefix);
        templates.insert(prefix, template);
        Ok(Self::Output { registry_id, repository_creation_template: shown })
    }
}

/// Describes the templates with the requested prefixes, or all templates if none are requested.
impl Operation for DescribeRepositoryCreationTemplatesRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let registry_id = call.caller.location.account_id.to_string();
        let size = check::page_size(self.max_results)?;
        let prefixes = self.prefixes;
        let templates = call.ecr().templates.iter();
        let templates = templates
            .filter(|(prefix, _)| prefixes.as_ref().is_none_or(|wanted| wanted.contains(prefix)));
        let templates = templates.map(|(prefix, template)| (prefix.clone(), template));
        let listing = format!("{} {prefixes:?}", Self::NAME);
        let page = check::page(&listing, templates, self.next_token.as_deref(), size)?;
        let shown = page.items.iter().map(|(prefix, template)| template.shown(prefix));
        Ok(Self::Output {
            registry_id,
            repository_creation_templates: shown.collect(),
            next_token: page.next_token,
        })
    }
}

/// Updates a template. Members that the request omits keep their values.
impl Operation for UpdateRepositoryCreationTemplateRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let prefix = self.prefix.unwrap_or_default();
        let registry_id = call.caller.location.account_id.to_string();
        let now = call.now;
        let templates = &mut call.ecr().templates;
        let stored = templates.get_mut(&prefix);
        let stored = stored.ok_or_else(|| no_template(&prefix, &registry_id))?;
        let mut template = stored.clone();
        if let Some(mutability) = self.image_tag_mutability {
            let filters = self.image_tag_mutability_exclusion_filters;
            template.exclusion_filters = settings::exclusion_filters(&mutability, filters)?;
            template.mutability = mutability;
        }
        template.description = self.description.or(template.description);
        template.encryption = self.encryption_configuration.or(template.encryption);
        template.tags = self.resource_tags.or(template.tags);
        template.repository_policy = self.repository_policy.or(template.repository_policy);
        template.lifecycle_policy = self.lifecycle_policy.or(template.lifecycle_policy);
        template.applied_for = self.applied_for.unwrap_or(template.applied_for);
        template.custom_role_arn = self.custom_role_arn.or(template.custom_role_arn);
        template.updated_at = now;
        *stored = template;
        Ok(Self::Output { registry_id, repository_creation_template: stored.shown(&prefix) })
    }
}

/// Deletes a template.
impl Operation for DeleteRepositoryCreationTemplateRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let prefix = self.prefix.unwrap_or_default();
        let registry_id = call.caller.location.account_id.to_string();
        let template = call.ecr().templates.remove(&prefix);
        let template = template.ok_or_else(|| no_template(&prefix, &registry_id))?;
        Ok(Self::Output { registry_id, repository_creation_template: template.shown(&prefix) })
    }
}
