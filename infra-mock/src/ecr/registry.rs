//! The registry's policy and its settings for replication and scanning. The mock never replicates
//! images.

use infra_core::policy::PolicyDocument;

use crate::api::{ApiError, ApiResult, Call, Operation};
use crate::ecr::{
    BatchGetRepositoryScanningConfigurationRequest, DeleteRegistryPolicyRequest,
    DescribeRegistryRequest, GetRegistryPolicyRequest, GetRegistryScanningConfigurationRequest,
    PutRegistryPolicyRequest, PutRegistryScanningConfigurationRequest,
    PutReplicationConfigurationRequest, RegistryScanningConfiguration, RegistryScanningRule,
    RepositoryScanningConfiguration, RepositoryScanningConfigurationFailure,
    ScanningRepositoryFilter,
};

use super::policy::in_order;
use super::{State, StoredRepository, check, settings};

fn registry_id(call: &Call<'_>) -> String {
    call.caller.location.account_id.to_string()
}

fn no_policy(registry: &str) -> ApiError {
    // The message is modeled on the messages for repositories, because AWS's own message is not
    // publicly documented.
    ApiError::new(
        "RegistryPolicyNotFoundException",
        format!("Registry policy does not exist in the registry with id '{registry}'"),
    )
}

/// Sets the policy of the registry.
impl Operation for PutRegistryPolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let text = self.policy_text.unwrap_or_default();
        // https://github.com/pulumi/pulumi-aws/issues/2326
        let invalid = || check::invalid("PolicyText", "Invalid registry policy provided");
        let document = PolicyDocument::parse(&text).map_err(|_| invalid())?;
        let is_usable = document.statements().iter().all(|statement| {
            let mut actions = statement.action().values().iter();
            let is_ecr = |action: &String| {
                action == "*" || action.get(..4).is_some_and(|it| it.eq_ignore_ascii_case("ecr:"))
            };
            statement.principal().is_some() && statement.resource().is_some() && actions.all(is_ecr)
        });
        if !is_usable {
            return Err(invalid());
        }
        let policy_text = in_order(&document, &text);
        call.ecr().registry_policy = Some(policy_text.clone());
        Ok(Self::Output { registry_id: registry_id(call), policy_text })
    }
}

/// Returns the policy of the registry.
impl Operation for GetRegistryPolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let registry_id = registry_id(call);
        let policy = call.ecr().registry_policy.clone();
        let policy_text = policy.ok_or_else(|| no_policy(&registry_id))?;
        Ok(Self::Output { registry_id, policy_text })
    }
}

/// Removes the policy of the registry.
impl Operation for DeleteRegistryPolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let registry_id = registry_id(call);
        let policy = call.ecr().registry_policy.take();
        let policy_text = policy.ok_or_else(|| no_policy(&registry_id))?;
        Ok(Self::Output { registry_id, policy_text })
    }
}

/// Describes the registry.
impl Operation for DescribeRegistryRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let mut configuration = call.ecr().replication.clone();
        configuration.rules.get_or_insert_default();
        Ok(Self::Output {
            registry_id: registry_id(call),
            replication_configuration: configuration,
        })
    }
}

/// Sets the destinations of image replication.
impl Operation for PutReplicationConfigurationRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let configuration = self.replication_configuration.unwrap_or_default();
        let location = call.location();
        let rules = configuration.rules.iter().flatten();
        let mut destinations = rules.flat_map(|rule| rule.destinations.iter().flatten());
        let is_here = |region: Option<&str>, registry: Option<&str>| {
            region == Some(location.region.as_str())
                && registry == Some(location.account_id.as_str())
        };
        if destinations.any(|it| is_here(it.region.as_deref(), it.registry_id.as_deref())) {
            // A registry cannot be its own destination. AWS's message is not publicly documented.
            return Err(check::invalid(
                "replicationConfiguration",
                "Destination must not be the source registry and region",
            ));
        }
        call.ecr().replication = configuration.clone();
        Ok(Self::Output { replication_configuration: configuration })
    }
}

impl State {
    /// Returns the registry's scanning configuration, which is basic scanning by default.
    fn scanning(&self) -> RegistryScanningConfiguration {
        let (scan_type, rules) =
            self.scanning.clone().unwrap_or_else(|| ("BASIC".to_owned(), Vec::new()));
        RegistryScanningConfiguration { scan_type, rules }
    }
}

/// Sets the type of scans and the repositories to scan.
impl Operation for PutRegistryScanningConfigurationRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let state = call.ecr();
        let scan_type = self.scan_type.unwrap_or_else(|| state.scanning().scan_type);
        let rules = self.rules.unwrap_or_default();
        // According to
        // https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_RegistryScanningRule.html,
        // "When the ENHANCED scan type is specified, the supported scan frequencies are
        // CONTINUOUS_SCAN and SCAN_ON_PUSH. When the BASIC scan type is specified, the SCAN_ON_PUSH
        // scan frequency is supported". AWS's message is not publicly documented.
        let allowed: &[&str] = if scan_type == "ENHANCED" {
            &["CONTINUOUS_SCAN", "SCAN_ON_PUSH"]
        } else {
            &["SCAN_ON_PUSH", "MANUAL"]
        };
        let frequencies = rules.iter().filter_map(|rule| rule.scan_frequency.as_deref());
        if let Some(frequency) = frequencies.into_iter().find(|it| !allowed.contains(it)) {
            let rule =
                format!("Scan frequency {frequency} is not supported for scan type {scan_type}");
            return Err(check::invalid("rules", rule));
        }
        state.scanning = Some((scan_type, rules));
        Ok(Self::Output { registry_scanning_configuration: state.scanning() })
    }
}

/// Returns the scanning configuration of the registry.
impl Operation for GetRegistryScanningConfigurationRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        Ok(Self::Output {
            registry_id: registry_id(call),
            scanning_configuration: call.ecr().scanning(),
        })
    }
}

/// Returns the scanning configuration of repositories.
impl Operation for BatchGetRepositoryScanningConfigurationRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let location = &call.caller.location;
        let state = call.ecr();
        let RegistryScanningConfiguration { scan_type: _, rules } = state.scanning();
        let mut response = Self::Output::default();
        for name in self.repository_names.unwrap_or_default() {
            match state.repositories.get(&name) {
                None => response.failures.push(RepositoryScanningConfigurationFailure {
                    repository_name: name,
                    failure_code: "REPOSITORY_NOT_FOUND".to_owned(),
                    // The code comes from the service model. AWS's failure reason is not publicly
                    // documented.
                    failure_reason: "Repository not found".to_owned(),
                }),
                Some(stored) => {
                    let arn = location.arn("ecr", format!("repository/{name}")).to_string();
                    response.scanning_configurations.push(applied(arn, name, stored, &rules));
                }
            }
        }
        Ok(response)
    }
}

/// Returns the scanning configuration of a repository. It comes from the first rule with a filter
/// that matches the repository's name, or from the repository's own setting if there is no such
/// rule.
fn applied(
    repository_arn: String,
    name: String,
    stored: &StoredRepository,
    rules: &[RegistryScanningRule],
) -> RepositoryScanningConfiguration {
    let matching = |rule: &RegistryScanningRule| -> Vec<ScanningRepositoryFilter> {
        let filters = rule.repository_filters.iter().flatten();
        let matching = filters.filter(|filter| {
            filter.filter.as_deref().is_some_and(|pattern| settings::matches(pattern, &name))
        });
        matching.cloned().collect()
    };
    let rule = rules.iter().map(|rule| (rule, matching(rule))).find(|(_, found)| !found.is_empty());
    let (frequency, applied_scan_filters) = match rule {
        Some((rule, filters)) => (rule.scan_frequency.clone().unwrap_or_default(), filters),
        None if stored.scan_on_push => ("SCAN_ON_PUSH".to_owned(), Vec::new()),
        None => ("MANUAL".to_owned(), Vec::new()),
    };
    RepositoryScanningConfiguration {
        repository_arn,
        repository_name: name,
        // The registry's rules do not change the setting of the repository:
        // https://github.com/turbot/steampipe-plugin-aws/issues/1716
        scan_on_push: stored.scan_on_push,
        scan_frequency: frequency,
        applied_scan_filters,
    }
}
