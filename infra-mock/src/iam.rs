//! AWS Identity and Access Management (IAM): roles, users, groups, policies and identity providers. Also resolves
//! principals for other services.
//!
//! All regions of an account share one IAM state. Where the API reference does not document what
//! AWS does, a comment next to the code cites another source.

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
use std::sync::LazyLock;
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
/// Roles, policies, instance profiles, users and groups are stored under lowercase names, because
/// IAM does not allow two names that differ only in case.
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>
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
    /// The deletion tasks for service-linked roles, by ID. Each task lists, by region, the ARNs of
    /// the resources that used the role when its deletion was requested.
    deletions: BTreeMap<String, Vec<(String, Vec<String>)>>,
    /// The deleted roles and users, by unique ID.
    departed: BTreeMap<String, Departed>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct RoleRecord {
    name: String,
    path: String,
    id: String,
    arn: String,
    created: Timestamp,
    trust: String,
    /// The unique ID of each principal in the trust policy, by the principal's ARN.
    trusted: BTreeMap<String, String>,
    description: Option<String>,
    max_session: i32,
    #[serde(default)]
    max_signin_session: Option<i32>,
    boundary: Option<String>,
    /// The tags, by lowercase key. A role cannot have two tag keys that differ only in case.
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
    /// The path, or an empty string in snapshots from old versions of the mock, which supported
    /// only the path `/`.
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
    /// The tags, by lowercase key. A user cannot have two tag keys that differ only in case.
    tags: BTreeMap<String, Tag>,
    /// The names of the attached policies, by policy ARN.
    attached: BTreeMap<String, String>,
    inline: BTreeMap<String, String>,
    login: Option<LoginRecord>,
}

/// The properties of a user's console password. The mock has no console and does not store the
/// password itself.
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

/// The most recent call that was signed with an access key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Use {
    at: Timestamp,
    service: String,
    region: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
    /// The ID of each private key, and the time at which the key was added.
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

/// Returns a read-only view of the IAM state in the caller's account. If the account has no state
/// yet, returns an empty state and does not create one.
fn state<'c>(call: &'c Call<'_>) -> &'c State {
    static EMPTY: LazyLock<State> = LazyLock::new(State::default);
    call.iam_of(&call.location().account_id).unwrap_or(&EMPTY)
}

fn no_role(name: &str) -> ApiError {
    no_such_entity(format!("The role with name {name} cannot be found."))
}

fn role<'c>(call: &'c Call<'_>, name: &str) -> ApiResult<&'c RoleRecord> {
    state(call).roles.get(&name.to_lowercase()).ok_or_else(|| no_role(name))
}

/// Returns a role that the caller wants to change, or an error if the role is service-linked and
/// therefore cannot be changed.
fn own_role<'c>(call: &'c Call<'_>, name: &str) -> ApiResult<&'c RoleRecord> {
    let role = role(call, name)?;
    if role.service_linked { Err(check::unmodifiable(&role.name)) } else { Ok(role) }
}

fn role_mut<'c>(call: &'c mut Call<'_>, name: &str) -> ApiResult<&'c mut RoleRecord> {
    // `iam()` creates the account's state if there is none, so first check that the role exists.
    role(call, name)?;
    call.iam().roles.get_mut(&name.to_lowercase()).ok_or_else(|| no_role(name))
}

fn no_user(name: &str) -> ApiError {
    // This message was recorded from AWS; see `user.rs`.
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
    // This message was recorded from AWS; see `group.rs`.
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
    utf8_percent_encode(document, RESERVED).collect()
}
