//! Service-specific credentials of users: passwords for Git repositories and Amazon Keyspaces, and API keys for Amazon
//! Bedrock and CloudWatch Logs.
//!
//! Recorded AWS responses: `TestIAMServiceSpecificCredentials` in `test_iam.snapshot.json`, in the folder cited in
//! `user.rs`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::api::{ApiResult, Call, Definition, Operation};
use crate::iam::{
    CreateServiceSpecificCredentialRequest, DeleteServiceSpecificCredentialRequest,
    ListServiceSpecificCredentialsRequest, ResetServiceSpecificCredentialRequest,
    ServiceSpecificCredential, ServiceSpecificCredentialMetadata,
    UpdateServiceSpecificCredentialRequest,
};
use crate::time::Timestamp;

use super::access_key::ACTIVE;
use super::check::{no_such_entity, quota, validation};
use super::page::{Page, page};
use super::user::named_or_caller;
use super::{state, user};

/// The maximum number of credentials per user and service:
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceSpecificCredential.html>.
const MAX_CREDENTIALS: usize = 2;

/// The services for which a credential is a user name and a password.
const WITH_PASSWORDS: [&str; 2] = ["cassandra.amazonaws.com", "codecommit.amazonaws.com"];

/// The services for which a credential is an API key:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_api_keys_for_aws_services.html>.
const WITH_API_KEYS: [&str; 2] = ["bedrock.amazonaws.com", "logs.amazonaws.com"];

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct ServiceCredentialRecord {
    /// The user's name in lower case.
    pub(super) user: String,
    service: String,
    /// The user name that belongs to a password, or the public part of an API key.
    alias: String,
    created: Timestamp,
    expires: Option<Timestamp>,
    status: String,
}

impl ServiceCredentialRecord {
    fn is_api_key(&self) -> bool {
        WITH_API_KEYS.contains(&&*self.service)
    }

    /// Returns the credential without its secret.
    fn shown(&self, user_name: &str, id: &str) -> ServiceSpecificCredentialMetadata {
        let is_api_key = self.is_api_key();
        let alias = || self.alias.clone();
        ServiceSpecificCredentialMetadata {
            user_name: user_name.to_owned(),
            status: self.status.clone(),
            service_user_name: (!is_api_key).then(alias),
            service_credential_alias: is_api_key.then(alias),
            create_date: self.created,
            expiration_date: self.expires,
            service_specific_credential_id: id.to_owned(),
            service_name: self.service.clone(),
        }
    }

    /// Returns the credential together with its new secret, which the mock does not store.
    fn issued(&self, user_name: &str, id: &str, secret: String) -> ServiceSpecificCredential {
        let (service_password, service_credential_secret) =
            if self.is_api_key() { (None, Some(secret)) } else { (Some(secret), None) };
        let shown = self.shown(user_name, id);
        ServiceSpecificCredential {
            create_date: shown.create_date,
            expiration_date: shown.expiration_date,
            service_name: shown.service_name,
            service_user_name: shown.service_user_name,
            service_password,
            service_credential_alias: shown.service_credential_alias,
            service_credential_secret,
            service_specific_credential_id: shown.service_specific_credential_id,
            user_name: shown.user_name,
            status: shown.status,
        }
    }
}

fn check_service(service: &str) -> ApiResult<()> {
    if WITH_PASSWORDS.iter().chain(&WITH_API_KEYS).any(|its| *its == service) {
        return Ok(());
    }
    Err(no_such_entity(format!(
        "No such service {service} is supported for Service Specific Credentials"
    )))
}

/// Returns a credential of the named user, or of the caller if the request names no user. Also
/// returns the user's name in its original capitalization.
fn credential<'c>(
    call: &'c Call<'_>,
    id: &str,
    name: Option<String>,
) -> ApiResult<(&'c ServiceCredentialRecord, &'c str)> {
    let user = user(call, &named_or_caller(call, name)?)?;
    let owner = user.name.to_lowercase();
    let record = state(call).service_credentials.get(id).filter(|its| its.user == owner);
    let missing = || no_such_entity(format!("No such credential {id} exists"));
    Ok((record.ok_or_else(missing)?, &user.name))
}

/// Creates a credential for a user.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceSpecificCredential.html>
impl Operation for CreateServiceSpecificCredentialRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let user_name = user(call, &self.user_name.unwrap_or_default())?.name.clone();
        let owner = user_name.to_lowercase();
        let service = self.service_name.unwrap_or_default();
        check_service(&service)?;
        let days = self.credential_age_days.and_then(|days| u64::try_from(days).ok());
        if days.is_some() && WITH_PASSWORDS.contains(&&*service) {
            // According to AWS's documentation, only API keys can expire. The error code and
            // message for a password with an expiration time are not publicly documented.
            return Err(validation(format!("Credentials for {service} cannot expire.")));
        }
        let own = || {
            let all = state(call).service_credentials.values();
            all.filter(|its| its.user == owner && its.service == service)
        };
        // AWS's name for this quota is not publicly documented, so the mock's name is modeled on
        // the names of other credential quotas.
        quota("ServiceSpecificCredentialsPerUser", own().count() + 1, MAX_CREDENTIALS)?;
        // The user name for a second password and the alias of an API key are not publicly
        // documented. The mock uses its own format for both.
        let account = &call.location().account_id;
        let mut alias = format!("{user_name}-at-{account}");
        if own().any(|its| its.alias == alias) {
            alias = format!("{user_name}+1-at-{account}");
        }
        let record = ServiceCredentialRecord {
            user: owner,
            service,
            alias,
            created: call.now,
            expires: days.map(|days| call.now.after(Duration::from_hours(24 * days))),
            status: ACTIVE.to_owned(),
        };
        let id = call.world.ids.iam("ACCA");
        let secret = call.world.ids.hex(44);
        let service_specific_credential = record.issued(&user_name, &id, secret);
        call.iam().service_credentials.insert(id, record);
        Ok(Self::Output { service_specific_credential })
    }
}

/// Lists the credentials of the named user or of all users. By default, lists the caller's
/// credentials.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListServiceSpecificCredentials.html>
impl Operation for ListServiceSpecificCredentialsRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let owner = match (self.all_users, self.user_name) {
            (Some(true), Some(_)) => {
                // AWS's error code and message are not publicly documented.
                return Err(validation("AllUsers cannot be specified together with UserName."));
            }
            (Some(true), None) => None,
            (_, name) => Some(user(call, &named_or_caller(call, name)?)?.name.to_lowercase()),
        };
        self.service_name.as_deref().map(check_service).transpose()?;
        let state = state(call);
        let wanted = |its: &ServiceCredentialRecord| {
            owner.as_ref().is_none_or(|owner| its.user == *owner)
                && self.service_name.as_ref().is_none_or(|service| its.service == *service)
        };
        let all = state.service_credentials.iter().filter(|(_, its)| wanted(its));
        let all = all.filter_map(|(id, its)| {
            Some((id.clone(), its.shown(&state.users.get(&its.user)?.name, id)))
        });
        let Page { items: service_specific_credentials, is_truncated, marker } =
            page(Self::NAME, all, self.marker.as_deref(), self.max_items)?;
        Ok(Self::Output { service_specific_credentials, marker, is_truncated })
    }
}

/// Activates or deactivates a credential.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateServiceSpecificCredential.html>
impl Operation for UpdateServiceSpecificCredentialRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let id = self.service_specific_credential_id.unwrap_or_default();
        credential(call, &id, self.user_name)?;
        let status = self.status.unwrap_or_default();
        if status == "Expired" {
            // AWS's error code and message are not publicly documented.
            return Err(validation("The status Expired cannot be set."));
        }
        if let Some(record) = call.iam().service_credentials.get_mut(&id) {
            record.status = status;
        }
        Ok(())
    }
}

/// Replaces the password of a credential, or the secret of an API key.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ResetServiceSpecificCredential.html>
impl Operation for ResetServiceSpecificCredentialRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let id = self.service_specific_credential_id.unwrap_or_default();
        credential(call, &id, self.user_name.clone())?;
        let secret = call.world.ids.hex(44);
        let (record, user_name) = credential(call, &id, self.user_name)?;
        let service_specific_credential = record.issued(user_name, &id, secret);
        Ok(Self::Output { service_specific_credential })
    }
}

/// Deletes a credential.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteServiceSpecificCredential.html>
impl Operation for DeleteServiceSpecificCredentialRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let id = self.service_specific_credential_id.unwrap_or_default();
        credential(call, &id, self.user_name)?;
        call.iam().service_credentials.remove(&id);
        Ok(())
    }
}
