//! SAML identity providers.
//!
//! Recorded AWS responses: `test_iam_saml_providers.snapshot.json`, in the folder cited in `user.rs`.

use std::time::Duration;

use crate::api::{ApiError, ApiResult, Call, Definition, Operation};
use crate::iam::{
    CreateSAMLProviderRequest, DeleteSAMLProviderRequest, GetSAMLProviderRequest,
    ListSAMLProviderTagsRequest, ListSAMLProvidersRequest, SAMLPrivateKey, SAMLProviderListEntry,
    TagSAMLProviderRequest, UntagSAMLProviderRequest, UpdateSAMLProviderRequest,
};
use crate::time::Timestamp;

use super::check::{already_exists, invalid_input, no_such_entity, quota};
use super::oidc_provider::check_arn;
use super::propagation::Propagation;
use super::tags::{listed, policy_tags, tag_operations};
use super::{SamlProviderRecord, state};

/// The default quota: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>.
const MAX_PROVIDERS: usize = 100;

/// The maximum number of private keys per provider, from the model's `PrivateKeyList`.
const MAX_KEYS: usize = 2;

/// How long a metadata document is valid if it does not contain an expiration time. AWS does not
/// document a default, so the mock uses 100 years.
const VALIDITY: Duration = Duration::from_hours(100 * 365 * 24);

fn no_provider(arn: &str) -> ApiError {
    no_such_entity(format!("Manifest not found for arn {arn}"))
}

fn provider<'c>(call: &'c Call<'_>, arn: &str) -> ApiResult<&'c SamlProviderRecord> {
    check_arn(arn, "saml-provider/")?;
    state(call).saml_providers.get(arn).ok_or_else(|| no_provider(arn))
}

fn provider_mut<'c>(call: &'c mut Call<'_>, arn: &str) -> ApiResult<&'c mut SamlProviderRecord> {
    provider(call, arn)?;
    call.iam().saml_providers.get_mut(arn).ok_or_else(|| no_provider(arn))
}

/// Checks that a metadata document describes an identity provider. The check looks only for the
/// names of the required elements. The error code comes from the service model; AWS's message is
/// not publicly documented.
fn check_metadata(document: &str) -> ApiResult<()> {
    if document.contains("EntityDescriptor") && document.contains("IDPSSODescriptor") {
        return Ok(());
    }
    Err(invalid_input("Could not parse metadata"))
}

/// Returns the time at which a metadata document expires, based on its `validUntil` attribute or
/// the default validity.
fn valid_until(record: &SamlProviderRecord) -> Timestamp {
    let attribute = record.document.split_once("validUntil=\"").map(|(_, rest)| rest);
    let given = attribute.and_then(|rest| rest.split('"').next()?.parse().ok());
    given.unwrap_or_else(|| record.created.after(VALIDITY))
}

/// Creates a provider.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateSAMLProvider.html>
impl Operation for CreateSAMLProviderRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.name.unwrap_or_default();
        let document = self.saml_metadata_document.unwrap_or_default();
        let tags = policy_tags(&self.tags)?;
        check_metadata(&document)?;
        let propagation =
            Propagation::new(self.context_provider, self.identity_center_instance_arn)?;
        let arn = call.location().global_arn("iam", format!("saml-provider/{name}")).to_string();
        let providers = &state(call).saml_providers;
        if providers.contains_key(&arn) {
            // https://github.com/org-formation/aws-resource-providers/issues/59
            return Err(already_exists(format!("Provider with name {name} already exists.")));
        }
        // AWS's message is not publicly documented, so the mock's message is modeled on the
        // messages for other quotas.
        quota("SAMLProvidersPerAccount", providers.len() + 1, MAX_PROVIDERS)?;
        let now = call.now;
        let ids = &mut call.world.ids;
        let id = format!("{}{}", ids.iam("ASMP"), ids.iam("")).chars().take(32).collect();
        let key = self.add_private_key.map(|_| (new_key_id(call), now));
        let record = SamlProviderRecord {
            id,
            document,
            created: now,
            encryption: self.assertion_encryption_mode.unwrap_or_else(|| "Allowed".to_owned()),
            keys: key.into_iter().collect(),
            propagation,
            tags,
        };
        let tags = Some(listed(&record.tags)).filter(|tags| !tags.is_empty());
        call.iam().saml_providers.insert(arn.clone(), record);
        Ok(Self::Output { saml_provider_arn: arn, tags })
    }
}

/// Returns an ID for a new private key. The service model requires at least 22 characters, all of
/// them letters or digits.
fn new_key_id(call: &mut Call<'_>) -> String {
    call.world.ids.iam("ASMPKEY")
}

/// Returns a provider.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetSAMLProvider.html>
impl Operation for GetSAMLProviderRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let record = provider(call, &self.saml_provider_arn.unwrap_or_default())?;
        let valid_until = valid_until(record);
        let SamlProviderRecord { id, document, created, encryption, keys, propagation, tags } =
            record.clone();
        let key = |(key_id, timestamp)| SAMLPrivateKey { key_id, timestamp };
        Ok(Self::Output {
            saml_provider_uuid: id,
            saml_metadata_document: document,
            context_provider: propagation.context,
            saml_key_hashes: None,
            create_date: created,
            valid_until,
            tags: listed(&tags),
            assertion_encryption_mode: encryption,
            private_key_list: keys.into_iter().map(key).collect(),
            identity_center_instance_arn: propagation.instance,
            identity_store_arn: None,
        })
    }
}

/// Changes a provider. Values that the request omits do not change.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateSAMLProvider.html>
impl Operation for UpdateSAMLProviderRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let arn = self.saml_provider_arn.unwrap_or_default();
        let record = provider(call, &arn)?;
        if let Some(document) = &self.saml_metadata_document {
            check_metadata(document)?;
        }
        let propagation = record.propagation.changed(
            (self.context_provider, self.remove_context_provider == Some(true)),
            (self.identity_center_instance_arn, self.remove_identity_center_instance == Some(true)),
        )?;
        let mut keys = record.keys.clone();
        if let Some(id) = &self.remove_private_key {
            if !keys.iter().any(|(its, _)| its == id) {
                // AWS's message is not publicly documented.
                return Err(no_such_entity(format!("Private key {id} cannot be found.")));
            }
            keys.retain(|(its, _)| its != id);
        }
        if self.add_private_key.is_some() {
            // AWS's message is not publicly documented, so the mock's message is modeled on the
            // messages for other quotas.
            quota("PrivateKeysPerSAMLProvider", keys.len() + 1, MAX_KEYS)?;
            keys.push((new_key_id(call), call.now));
        }
        let record = provider_mut(call, &arn)?;
        if let Some(document) = self.saml_metadata_document {
            record.document = document;
        }
        if let Some(mode) = self.assertion_encryption_mode {
            record.encryption = mode;
        }
        record.keys = keys;
        record.propagation = propagation;
        Ok(Self::Output { saml_provider_arn: arn })
    }
}

/// Lists all providers.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListSAMLProviders.html>
impl Operation for ListSAMLProvidersRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let entry = |(arn, record): (&String, &SamlProviderRecord)| SAMLProviderListEntry {
            arn: arn.clone(),
            valid_until: valid_until(record),
            create_date: record.created,
            is_trusted_identity_propagation_enabled: record.propagation.is_enabled(),
        };
        let all = state(call).saml_providers.iter().map(entry).collect();
        Ok(Self::Output { saml_provider_list: all })
    }
}

/// Deletes a provider. Roles that trust the provider are not changed.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteSAMLProvider.html>
impl Operation for DeleteSAMLProviderRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let arn = self.saml_provider_arn.unwrap_or_default();
        provider(call, &arn)?;
        call.iam().saml_providers.remove(&arn);
        Ok(())
    }
}

tag_operations! {
    saml_provider_arn, policy_tags, str::to_owned, provider, provider_mut;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagSAMLProvider.html>
    TagSAMLProviderRequest;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagSAMLProvider.html>
    UntagSAMLProviderRequest;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListSAMLProviderTags.html>
    ListSAMLProviderTagsRequest;
}
