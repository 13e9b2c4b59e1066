//! OIDC identity providers.
//!
//! Recorded AWS responses: `test_iam_oidc.snapshot.json`, in the folder cited in `user.rs`.

use infra_core::arn::Arn;

use crate::api::{ApiError, ApiResult, Call, Definition, Operation};
use crate::iam::{
    AddClientIDToOpenIDConnectProviderRequest, CreateOpenIDConnectProviderRequest,
    DeleteOpenIDConnectProviderRequest, GetOpenIDConnectProviderRequest,
    ListOpenIDConnectProviderTagsRequest, ListOpenIDConnectProvidersRequest,
    OpenIDConnectProviderListEntry, RemoveClientIDFromOpenIDConnectProviderRequest,
    TagOpenIDConnectProviderRequest, UntagOpenIDConnectProviderRequest,
    UpdateOpenIDConnectProviderThumbprintRequest,
};

use super::check::{already_exists, invalid_input, no_such_entity, quota, validation};
use super::propagation::Propagation;
use super::tags::{listed, policy_tags, tag_operations};
use super::{OidcProviderRecord, state};

/// The maximum number of client IDs per provider, as recorded from AWS.
const MAX_CLIENTS: usize = 100;

const MAX_THUMBPRINTS: usize = 5;

fn no_provider(arn: &str) -> ApiError {
    no_such_entity(format!("OpenIDConnect Provider not found for arn {arn}"))
}

/// Returns the provider with the given ARN. The error code for an ARN of another kind of resource
/// comes from the service model; AWS's message is not publicly documented.
fn provider<'c>(call: &'c Call<'_>, arn: &str) -> ApiResult<&'c OidcProviderRecord> {
    check_arn(arn, "oidc-provider/")?;
    state(call).oidc_providers.get(arn).ok_or_else(|| no_provider(arn))
}

/// Checks that a string is the ARN of an IAM resource of the given kind.
pub(super) fn check_arn(text: &str, kind: &str) -> ApiResult<()> {
    let holds = |arn: &Arn| arn.service == "iam" && arn.resource.starts_with(kind);
    match text.parse::<Arn>() {
        Ok(arn) if holds(&arn) => Ok(()),
        _ => Err(invalid_input(format!("ARN {text} is not valid."))),
    }
}

fn provider_mut<'c>(call: &'c mut Call<'_>, arn: &str) -> ApiResult<&'c mut OidcProviderRecord> {
    provider(call, arn)?;
    call.iam().oidc_providers.get_mut(arn).ok_or_else(|| no_provider(arn))
}

fn check_thumbprints(thumbprints: &[String]) -> ApiResult<()> {
    if thumbprints.len() > MAX_THUMBPRINTS {
        return Err(invalid_input(format!(
            "Thumbprint list must contain fewer than {MAX_THUMBPRINTS} entries."
        )));
    }
    Ok(())
}

fn check_clients(clients: usize) -> ApiResult<()> {
    quota("ClientIdsPerOpenIdConnectProvider", clients, MAX_CLIENTS)
}

/// Returns the URL of a provider without `https://`, or `None` if the URL is not valid for a
/// provider, for example because it has a port or query parameters.
fn issuer(url: &str) -> Option<&str> {
    let issuer = url.strip_prefix("https://")?.trim_end_matches('/');
    let allowed = |c: char| c.is_ascii_graphic() && !matches!(c, '?' | '#' | ':');
    (!issuer.is_empty() && !issuer.starts_with('/') && issuer.chars().all(allowed))
        .then_some(issuer)
}

/// Creates a provider. If the request contains no thumbprints, AWS uses the thumbprint of the
/// certificate authority that issued the server's certificate. The mock uses a random thumbprint
/// instead.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html>
impl Operation for CreateOpenIDConnectProviderRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let url = self.url.unwrap_or_default();
        let tags = policy_tags(&self.tags)?;
        let issuer =
            issuer(&url).ok_or_else(|| validation("Invalid Open ID Connect Provider URL"))?;
        check_thumbprints(&self.thumbprint_list)?;
        check_clients(self.client_id_list.len())?;
        let propagation =
            Propagation::new(self.context_provider, self.identity_center_instance_arn)?;
        let arn = call.location().global_arn("iam", format!("oidc-provider/{issuer}")).to_string();
        if state(call).oidc_providers.contains_key(&arn) {
            return Err(already_exists(format!("Provider with url {url} already exists.")));
        }
        let mut thumbprints = self.thumbprint_list;
        if thumbprints.is_empty() {
            thumbprints.push(call.world.ids.hex(40));
        }
        let record = OidcProviderRecord {
            url: issuer.to_owned(),
            clients: self.client_id_list,
            thumbprints,
            created: call.now,
            propagation,
            tags,
        };
        let tags = Some(listed(&record.tags)).filter(|tags| !tags.is_empty());
        call.iam().oidc_providers.insert(arn.clone(), record);
        Ok(Self::Output { open_id_connect_provider_arn: arn, tags })
    }
}

/// Returns a provider.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetOpenIDConnectProvider.html>
impl Operation for GetOpenIDConnectProviderRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let OidcProviderRecord { url, clients, thumbprints, created, propagation, tags } =
            provider(call, &self.open_id_connect_provider_arn.unwrap_or_default())?.clone();
        Ok(Self::Output {
            url,
            client_id_list: clients,
            thumbprint_list: thumbprints,
            create_date: created,
            tags: listed(&tags),
            context_provider: propagation.context,
            identity_center_instance_arn: propagation.instance,
            identity_store_arn: None,
        })
    }
}

/// Lists all providers.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListOpenIDConnectProviders.html>
impl Operation for ListOpenIDConnectProvidersRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let entry =
            |(arn, record): (&String, &OidcProviderRecord)| OpenIDConnectProviderListEntry {
                arn: arn.clone(),
                is_trusted_identity_propagation_enabled: record.propagation.is_enabled(),
            };
        let all = state(call).oidc_providers.iter().map(entry).collect();
        Ok(Self::Output { open_id_connect_provider_list: all })
    }
}

/// Deletes a provider. Roles that trust the provider are not changed.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteOpenIDConnectProvider.html>
impl Operation for DeleteOpenIDConnectProviderRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let arn = self.open_id_connect_provider_arn.unwrap_or_default();
        check_arn(&arn, "oidc-provider/")?;
        if !state(call).oidc_providers.contains_key(&arn) {
            let words = format!("OpenId connect Provider {arn} cannot be found.");
            return Err(no_such_entity(words));
        }
        call.iam().oidc_providers.remove(&arn);
        Ok(())
    }
}

/// Adds a client ID to a provider. Adding the same ID again has no effect.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddClientIDToOpenIDConnectProvider.html>
impl Operation for AddClientIDToOpenIDConnectProviderRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let arn = self.open_id_connect_provider_arn.unwrap_or_default();
        let client = self.client_id.unwrap_or_default();
        let clients = &provider(call, &arn)?.clients;
        if clients.contains(&client) {
            return Ok(());
        }
        check_clients(clients.len() + 1)?;
        provider_mut(call, &arn)?.clients.push(client);
        Ok(())
    }
}

/// Removes a client ID from a provider. Succeeds even if the provider does not have this ID.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveClientIDFromOpenIDConnectProvider.html>
impl Operation for RemoveClientIDFromOpenIDConnectProviderRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let client = self.client_id.unwrap_or_default();
        let record = provider_mut(call, &self.open_id_connect_provider_arn.unwrap_or_default())?;
        record.clients.retain(|its| *its != client);
        Ok(())
    }
}

/// Replaces the thumbprints of a provider.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateOpenIDConnectProviderThumbprint.html>
impl Operation for UpdateOpenIDConnectProviderThumbprintRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        check_thumbprints(&self.thumbprint_list)?;
        let record = provider_mut(call, &self.open_id_connect_provider_arn.unwrap_or_default())?;
        record.thumbprints = self.thumbprint_list;
        Ok(())
    }
}

tag_operations! {
    open_id_connect_provider_arn, policy_tags, str::to_owned, provider, provider_mut;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagOpenIDConnectProvider.html>
    TagOpenIDConnectProviderRequest;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagOpenIDConnectProvider.html>
    UntagOpenIDConnectProviderRequest;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListOpenIDConnectProviderTags.html>
    ListOpenIDConnectProviderTagsRequest;
}
