//! Pull-through cache rules. The mock stores these rules but never pulls images from upstream
//! registries.

use serde::{Deserialize, Serialize};

use crate::api::{ApiError, ApiResult, Call, Definition, Operation};
use crate::ecr::{
    CreatePullThroughCacheRuleRequest, DeletePullThroughCacheRuleRequest,
    DescribePullThroughCacheRulesRequest, PullThroughCacheRule, UpdatePullThroughCacheRuleRequest,
    ValidatePullThroughCacheRuleRequest,
};
use crate::time::Timestamp;

use super::{State, check};

/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html>
const MAX_RULES: usize = 50;

/// The upstream registries that a rule can use, each with its host, its kind, and whether it
/// requires credentials. The hosts come from
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache.html>.
const UPSTREAM: [(&str, &str, bool); 8] = [
    ("public.ecr.aws", "ecr-public", false),
    ("registry.k8s.io", "k8s", false),
    ("quay.io", "quay", false),
    ("registry-1.docker.io", "docker-hub", true),
    ("ghcr.io", "github-container-registry", true),
    (".azurecr.io", "azure-container-registry", true),
    ("registry.gitlab.com", "gitlab-container-registry", true),
    ("cgr.dev", "chainguard", true),
];

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredRule {
    url: String,
    upstream: String,
    credential_arn: Option<String>,
    custom_role_arn: Option<String>,
    upstream_prefix: Option<String>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// Returns the kind of a registry, and whether it requires credentials.
fn upstream(url: &str) -> Option<(&'static str, bool)> {
    if url.contains(".dkr.ecr.") {
        return Some(("ecr", false));
    }
    let known = UPSTREAM
        .iter()
        .find(|(host, ..)| if host.starts_with('.') { url.ends_with(host) } else { url == *host });
    known.map(|(_, kind, needs_credentials)| (*kind, *needs_credentials))
}

fn no_rule(prefix: &str, registry: &str) -> ApiError {
    // The code comes from the service model. The message is modeled on the messages for
    // repositories, because AWS's own message is not publicly documented.
    ApiError::new(
        "PullThroughCacheRuleNotFoundException",
        format!(
            "The pull through cache rule with prefix '{prefix}' does not exist in the registry with id '{registry}'"
        ),
    )
}

/// Returns the prefix of an existing rule and the ID of the registry. If no rule has the prefix,
/// returns an error.
fn rule(
    call: &mut Call<'_>,
    registry: Option<&str>,
    prefix: Option<String>,
) -> ApiResult<(String, String)> {
    let prefix = prefix.unwrap_or_default();
    check::registry(registry)?;
    let registry = call.caller.location.account_id.to_string();
    if call.ecr().pull_through_rules.contains_key(&prefix) {
        return Ok((prefix, registry));
    }
    Err(no_rule(&prefix, &registry))
}

/// Creates a rule.
impl Operation for CreatePullThroughCacheRuleRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let prefix = self.ecr_repository_prefix.unwrap_or_default();
        let url = self.upstream_registry_url.unwrap_or_default();
        check::registry(self.registry_id.as_deref())?;
        let registry_id = call.caller.location.account_id.to_string();
        let Some((kind, needs_credentials)) = upstream(&url) else {
            // AWS's message is not publicly documented. This message is the service model's
            // description of the error.
            return Err(ApiError::new(
                "UnsupportedUpstreamRegistryException",
                "The specified upstream registry isn't supported.",
            ));
        };
        // The user guide documents these requirements. AWS's messages are not publicly documented.
        if self.upstream_registry.as_deref().is_some_and(|given| given != kind) {
            let rule = format!("The upstream registry of {url} is {kind}");
            return Err(check::invalid("upstreamRegistry", rule));
        }
        if needs_credentials && self.credential_arn.is_none() {
            let rule = format!("The upstream registry {kind} requires authentication");
            return Err(check::invalid("credentialArn", rule));
        }
        let now = call.now;
        let rules = &mut call.ecr().pull_through_rules;
        if rules.contains_key(&prefix) {
            // The message is modeled on the messages for repositories, because AWS's own message is
            // not publicly documented.
            return Err(ApiError::new(
                "PullThroughCacheRuleAlreadyExistsException",
                format!(
                    "The pull through cache rule with prefix '{prefix}' already exists in the registry with id \
                     '{registry_id}'"
                ),
            ));
        }
        if rules.len() >= MAX_RULES {
            // AWS's message is not publicly documented.
            return Err(ApiError::new(
                "LimitExceededException",
                format!(
                    "The registry with id '{registry_id}' already has the maximum allowed number of pull through cache rules which is '{MAX_RULES}'"
                ),
            ));
        }
        let stored = StoredRule {
            url,
            upstream: kind.to_owned(),
            credential_arn: self.credential_arn,
            custom_role_arn: self.custom_role_arn,
            // The default is `ROOT`, but ECR does not return it. Otherwise, Terraform would replace every rule without
            // a prefix: https://github.com/hashicorp/terraform-provider-aws/pull/41933.
            upstream_prefix: self.upstream_repository_prefix,
            created_at: now,
            updated_at: now,
        };
        let shown = stored.shown(&registry_id, &prefix);
        rules.insert(prefix, stored);
        Ok(Self::Output {
            ecr_repository_prefix: shown.ecr_repository_prefix,
            upstream_registry_url: shown.upstream_registry_url,
            created_at: shown.created_at,
            registry_id: shown.registry_id,
            upstream_registry: shown.upstream_registry,
            credential_arn: shown.credential_arn,
            custom_role_arn: shown.custom_role_arn,
            upstream_repository_prefix: shown.upstream_repository_prefix,
        })
    }
}

impl StoredRule {
    fn shown(&self, registry: &str, prefix: &str) -> PullThroughCacheRule {
        let Self {
            url,
            upstream,
            credential_arn,
            custom_role_arn,
            upstream_prefix,
            created_at,
            updated_at,
        } = self;
        PullThroughCacheRule {
            ecr_repository_prefix: prefix.to_owned(),
            upstream_registry_url: url.clone(),
            created_at: *created_at,
            registry_id: registry.to_owned(),
            credential_arn: credential_arn.clone(),
            custom_role_arn: custom_role_arn.clone(),
            upstream_repository_prefix: upstream_prefix.clone(),
            upstream_registry: upstream.clone(),
            updated_at: *updated_at,
        }
    }
}

/// Describes the rules for the prefixes in the request, or all rules if the request does not
/// contain any prefixes.
impl Operation for DescribePullThroughCacheRulesRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        check::registry(self.registry_id.as_deref())?;
        let registry = call.caller.location.account_id.to_string();
        let size = check::page_size(self.max_results)?;
        let State { pull_through_rules: rules, .. } = call.ecr();
        if let Some(prefixes) = self.ecr_repository_prefixes {
            let shown = prefixes.iter().map(|prefix| {
                let rule = rules.get(prefix).ok_or_else(|| no_rule(prefix, &registry))?;
                Ok(rule.shown(&registry, prefix))
            });
            return Ok(Self::Output {
                pull_through_cache_rules: shown.collect::<ApiResult<_>>()?,
                next_token: None,
            });
        }
        let all = rules.iter().map(|(prefix, rule)| (prefix.clone(), rule));
        let page = check::page(Self::NAME, all, self.next_token.as_deref(), size)?;
        let shown = page.items.iter().map(|(prefix, rule)| rule.shown(&registry, prefix));
        Ok(Self::Output { pull_through_cache_rules: shown.collect(), next_token: page.next_token })
    }
}

/// Changes the credentials or the role for a pull-through cache rule.
impl Operation for UpdatePullThroughCacheRuleRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (prefix, registry_id) =
            rule(call, self.registry_id.as_deref(), self.ecr_repository_prefix)?;
        let now = call.now;
        let rules = &mut call.ecr().pull_through_rules;
        let stored = rules.get_mut(&prefix).ok_or_else(|| no_rule(&prefix, &registry_id))?;
        if let Some(arn) = self.credential_arn {
            stored.credential_arn = Some(arn);
        }
        if let Some(arn) = self.custom_role_arn {
            stored.custom_role_arn = Some(arn);
        }
        stored.updated_at = now;
        let shown = stored.shown(&registry_id, &prefix);
        Ok(Self::Output {
            ecr_repository_prefix: prefix,
            registry_id,
            updated_at: now,
            credential_arn: shown.credential_arn,
            custom_role_arn: shown.custom_role_arn,
            upstream_repository_prefix: shown.upstream_repository_prefix,
        })
    }
}

/// Deletes a rule.
impl Operation for DeletePullThroughCacheRuleRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (prefix, registry_id) =
            rule(call, self.registry_id.as_deref(), self.ecr_repository_prefix)?;
        let stored = call.ecr().pull_through_rules.remove(&prefix);
        let shown = stored.unwrap_or_default().shown(&registry_id, &prefix);
        Ok(Self::Output {
            ecr_repository_prefix: prefix,
            upstream_registry_url: shown.upstream_registry_url,
            created_at: shown.created_at,
            registry_id,
            credential_arn: shown.credential_arn,
            custom_role_arn: shown.custom_role_arn,
            upstream_repository_prefix: shown.upstream_repository_prefix,
        })
    }
}

/// Checks a rule. The mock does not contact upstream registries and reports every rule as valid.
impl Operation for ValidatePullThroughCacheRuleRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (prefix, registry_id) =
            rule(call, self.registry_id.as_deref(), self.ecr_repository_prefix)?;
        let stored = call.ecr().pull_through_rules.get(&prefix).cloned().unwrap_or_default();
        let shown = stored.shown(&registry_id, &prefix);
        Ok(Self::Output {
            ecr_repository_prefix: prefix,
            registry_id,
            upstream_registry_url: shown.upstream_registry_url,
            credential_arn: shown.credential_arn,
            custom_role_arn: shown.custom_role_arn,
            upstream_repository_prefix: shown.upstream_repository_prefix,
            is_valid: true,
            failure: None,
        })
    }
}
