//! AWS Identity and Access Management (IAM): roles, users, groups, policies and identity providers. Also resolves
//! principals for other services.
//!
//! The regions of an account share IAM's state. If the API reference does not document a behavior,
//! the comment next to it cites a source for AWS's behavior.

mod access;
mod access_key;
mod account;
mod account_details;
mod boundary;
mod certificate;
mod check;
mod context_keys;
mod credential_report;
mod credentials;
mod document;
#[cfg(feature = "localstack-endpoint")]
mod external_principals;
mod for_services;
mod group;
mod group_policies;
mod holder;
mod instance_profile;
mod login_profile;
mod managed;
mod mfa_device;
#[expect(clippy::struct_excessive_bools, reason = "AWS defines these members")]
mod model;
mod oidc;
mod oidc_provider;
mod page;
mod policy;
mod policy_users;
mod policy_versions;
mod principal;
mod propagation;
mod qr_code;
mod role;
mod role_policies;
mod rsa_key;
mod saml_provider;
mod server_certificate;
mod service_credential;
mod service_linked;
mod signing_certificate;
mod simulate;
mod ssh_key;
mod statement_spans;
mod tags;
mod totp;
mod trust;
mod user;
mod user_policies;
pub(crate) mod violations;
mod virtual_mfa_device;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};

use crate::api::{ApiError, ApiResult, Call};
use crate::time::Timestamp;

use self::check::no_such_entity;

#[cfg(feature = "localstack-endpoint")]
pub(crate) use self::external_principals::{kept_elsewhere, see_role};

pub(crate) use self::access_key::record_use;
pub(crate) use self::credentials::{AssumableRole, KeyHolder, key_account, key_holder};
pub(crate) use self::document::{check_identity_policy, size as policy_size};
pub(crate) use self::for_services::{ServiceRole, service_role};
pub use self::instance_profile::{add_instance_profile, remove_instance_profile};
pub use self::model::*;
pub use self::principal::{Principal, is_service, resolve, shown};
pub(crate) use self::service_linked::ecs_service_linked_role_can_be;
pub use self::service_linked::ensure_ecs_service_linked_role;
pub use self::user::add_user;

/// The state of IAM in one account.
///
/// Roles, policies and other resources are stored under their names in lower case, because IAM's names are unique
/// regardless of case. <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    roles: BTreeMap<String, RoleRecord>,
    policies: BTreeMap<String, PolicyRecord>,
    instance_profiles: BTreeMap<String, InstanceProfileRecord>,
    users: BTreeMap<String, UserRecord>,
    groups: BTreeMap<String, GroupRecord>,
    /// The access keys, by ID.
    access_keys: BTreeMap<String, AccessKeyRecord>,
    /// The SSH public keys, by ID.
    ssh_keys: BTreeMap<String, ssh_key::SshKeyRecord>,
    /// The signing certificates, by ID.
    signing_certificates: BTreeMap<String, signing_certificate::SigningCertificateRecord>,
    /// The service-specific credentials, by ID.
    service_credentials: BTreeMap<String, service_credential::ServiceCredentialRecord>,
    /// The MFA devices, by serial number.
    mfa_devices: BTreeMap<String, mfa_device::MfaDeviceRecord>,
    /// The server certificates, by name.
    server_certificates: BTreeMap<String, server_certificate::ServerCertificateRecord>,
    /// The OIDC providers, by ARN.
    oidc_providers: BTreeMap<String, OidcProviderRecord>,
    /// The SAML providers, by ARN.
    saml_providers: BTreeMap<String, SamlProviderRecord>,
    alias: Option<String>,
    password_policy: Option<PasswordPolicyRecord>,
    /// The version of the tokens from the global STS endpoint, if it was changed.
    token_version: Option<u8>,
    credential_report: Option<credential_report::ReportRecord>,
    /// The deletion tasks for service-linked roles, by ID. For each region, a task contains the
    /// ARNs of the resources that used the role when its deletion was requested.
    deletions: BTreeMap<String, Vec<(String, Vec<String>)>>,
    /// The deleted roles and users, by unique ID.
    departed: BTreeMap<String, Departed>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct RoleRecord {
    name: String,
    path: String,
    id: String,
    arn: String,
    created: Timestamp,
    trust: String,
    /// The unique IDs of the principals that the trust policy names by ARN.
    trusted: BTreeMap<String, String>,
    description: Option<String>,
    max_session: i32,
    #[serde(default)]
    max_signin_session: Option<i32>,
    boundary: Option<String>,
    /// The tags, by key in lower case, because a role's tag keys are unique regardless of case.
    tags: BTreeMap<String, Tag>,
    /// The names of the attached policies, by policy ARN.
    attached: BTreeMap<String, String>,
    inline: BTreeMap<String, String>,
    service_linked: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct PolicyRecord {
    name: String,
    path: String,
    id: String,
    arn: String,
    created: Timestamp,
    /// The document of the default version.
    document: String,
    #[serde(default)]
    versions: policy_versions::Versions,
    description: Option<String>,
    tags: BTreeMap<String, Tag>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct InstanceProfileRecord {
    name: String,
    /// The path; empty in snapshots of old versions, where every path was `/`.
    path: String,
    id: String,
    arn: String,
    created: Timestamp,
    /// The role's name in lower case.
    role: Option<String>,
    tags: BTreeMap<String, Tag>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct UserRecord {
    name: String,
    path: String,
    id: String,
    arn: String,
    created: Timestamp,
    boundary: Option<String>,
    /// The tags, by key in lower case, because a user's tag keys are unique regardless of case.
    tags: BTreeMap<String, Tag>,
    /// The names of the attached policies, by policy ARN.
    attached: BTreeMap<String, String>,
    inline: BTreeMap<String, String>,
    login: Option<LoginRecord>,
}

/// A user's console password. The mock has no console and does not store the password itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct LoginRecord {
    created: Timestamp,
    /// The time of the last password change.
    #[serde(default)]
    changed: Option<Timestamp>,
    reset_required: bool,
    max_signin_session: Option<i32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct AccessKeyRecord {
    /// The user's name in lower case.
    user: String,
    secret: String,
    created: Timestamp,
    status: String,
    used: Option<Use>,
}

/// The last call that was signed with an access key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Use {
    at: Timestamp,
    service: String,
    region: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct GroupRecord {
    name: String,
    path: String,
    id: String,
    arn: String,
    created: Timestamp,
    /// The users' names in lower case.
    members: BTreeSet<String>,
    attached: BTreeMap<String, String>,
    inline: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct OidcProviderRecord {
    /// The URL without `https://`.
    url: String,
    clients: Vec<String>,
    thumbprints: Vec<String>,
    created: Timestamp,
    propagation: propagation::Propagation,
    tags: BTreeMap<String, Tag>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct SamlProviderRecord {
    id: String,
    document: String,
    created: Timestamp,
    encryption: String,
    /// The IDs of the private keys, with the times at which they were added.
    keys: Vec<(String, Timestamp)>,
    propagation: propagation::Propagation,
    tags: BTreeMap<String, Tag>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "AWS defines these members")]
struct PasswordPolicyRecord {
    minimum_length: i32,
    symbols: bool,
    numbers: bool,
    uppercase: bool,
    lowercase: bool,
    users_may_change: bool,
    max_age: Option<i32>,
    reuse_prevention: Option<i32>,
    hard_expiry: Option<bool>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Departed {
    arn: String,
    created: Timestamp,
    deleted: Timestamp,
}

impl Departed {
    fn is_still_known(&self, now: Timestamp, lag: Duration) -> bool {
        now.since(self.deleted) < lag && now.since(self.created) >= lag
    }
}

static EMPTY: State = State {
    roles: BTreeMap::new(),
    policies: BTreeMap::new(),
    instance_profiles: BTreeMap::new(),
    users: BTreeMap::new(),
    groups: BTreeMap::new(),
    access_keys: BTreeMap::new(),
    ssh_keys: BTreeMap::new(),
    signing_certificates: BTreeMap::new(),
    service_credentials: BTreeMap::new(),
    mfa_devices: BTreeMap::new(),
    server_certificates: BTreeMap::new(),
    oidc_providers: BTreeMap::new(),
    saml_providers: BTreeMap::new(),
    alias: None,
    password_policy: None,
    token_version: None,
    credential_report: None,
    deletions: BTreeMap::new(),
    departed: BTreeMap::new(),
};

/// Returns a read-only view of the IAM state in the caller's account, without adding the account to
/// the world.
fn state<'c>(call: &'c Call<'_>) -> &'c State {
    call.iam_of(&call.location().account_id).unwrap_or(&EMPTY)
}

fn no_role(name: &str) -> ApiError {
    no_such_entity(format!("The role with name {name} cannot be found."))
}

fn role<'c>(call: &'c Call<'_>, name: &str) -> ApiResult<&'c RoleRecord> {
    state(call).roles.get(&name.to_lowercase()).ok_or_else(|| no_role(name))
}

/// Returns a role, or an error if it is service-linked and cannot be changed.
fn own_role<'c>(call: &'c Call<'_>, name: &str) -> ApiResult<&'c RoleRecord> {
    let role = role(call, name)?;
    if role.service_linked { Err(check::unmodifiable(&role.name)) } else { Ok(role) }
}

fn role_mut<'c>(call: &'c mut Call<'_>, name: &str) -> ApiResult<&'c mut RoleRecord> {
    // Look up the role without write access first, so that an error does not create the account's state.
    role(call, name)?;
    call.iam().roles.get_mut(&name.to_lowercase()).ok_or_else(|| no_role(name))
}

fn no_user(name: &str) -> ApiError {
    // Recorded from AWS; see `user.rs`.
    no_such_entity(format!("The user with name {name} cannot be found."))
}

fn user<'c>(call: &'c Call<'_>, name: &str) -> ApiResult<&'c UserRecord> {
    state(call).users.get(&name.to_lowercase()).ok_or_else(|| no_user(name))
}

fn user_mut<'c>(call: &'c mut Call<'_>, name: &str) -> ApiResult<&'c mut UserRecord> {
    user(call, name)?;
    call.iam().users.get_mut(&name.to_lowercase()).ok_or_else(|| no_user(name))
}

fn no_group(name: &str) -> ApiError {
    // Recorded from AWS; see `group.rs`.
    no_such_entity(format!("The group with name {name} cannot be found."))
}

fn group<'c>(call: &'c Call<'_>, name: &str) -> ApiResult<&'c GroupRecord> {
    state(call).groups.get(&name.to_lowercase()).ok_or_else(|| no_group(name))
}

fn group_mut<'c>(call: &'c mut Call<'_>, name: &str) -> ApiResult<&'c mut GroupRecord> {
    group(call, name)?;
    call.iam().groups.get_mut(&name.to_lowercase()).ok_or_else(|| no_group(name))
}

/// Percent-encodes a policy document for a response, according to RFC 3986.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html>
fn encoded(document: &str) -> String {
    const RESERVED: &AsciiSet =
        &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(document, RESERVED).to_string()
}
