//! The account's alias and password policy, and a summary of its resources.
//!
//! Recorded AWS responses: `test_iam_account_password_policy.snapshot.json` and
//! `test_iam_account_summary.snapshot.json`, in the folder cited in `user.rs`.

use std::collections::{BTreeMap, BTreeSet};

use crate::api::{ApiResult, Call, Definition, Operation};
use crate::iam::{
    CreateAccountAliasRequest, DeleteAccountAliasRequest, DeleteAccountPasswordPolicyRequest,
    GetAccountPasswordPolicyRequest, GetAccountSummaryRequest, ListAccountAliasesRequest,
    PasswordPolicy, SetSecurityTokenServicePreferencesRequest, UpdateAccountPasswordPolicyRequest,
};

use super::check::{already_exists, no_such_entity};
use super::page::{Page, page};
use super::{PasswordPolicyRecord, state};

/// Sets the account's alias, replacing any existing alias: <https://github.com/floci-io/floci/pull/2103>.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccountAlias.html>
impl Operation for CreateAccountAliasRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let alias = self.account_alias.unwrap_or_default();
        if call.world.iam_states().any(|(_, iam)| iam.alias.as_ref() == Some(&alias)) {
            // https://github.com/awslabs/aws-deployment-framework/pull/465
            return Err(already_exists(format!("The account alias {alias} already exists.")));
        }
        call.iam().alias = Some(alias);
        Ok(())
    }
}

/// Removes the account's alias.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccountAlias.html>
impl Operation for DeleteAccountAliasRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let alias = self.account_alias.unwrap_or_default();
        if state(call).alias.as_ref() != Some(&alias) {
            // The code is from https://github.com/floci-io/floci/pull/2103; AWS's message is not
            // publicly documented.
            return Err(no_such_entity(format!("The account alias {alias} cannot be found.")));
        }
        call.iam().alias = None;
        Ok(())
    }
}

/// Lists the account's alias, if it has one.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccountAliases.html>
impl Operation for ListAccountAliasesRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let alias = state(call).alias.iter().map(|alias| (alias.clone(), alias.clone()));
        let Page { items: account_aliases, is_truncated, marker } =
            page(Self::NAME, alias, self.marker.as_deref(), self.max_items)?;
        Ok(Self::Output { account_aliases, is_truncated, marker })
    }
}

/// Sets the account's password policy. Omitted settings are reset to their default values.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccountPasswordPolicy.html>
impl Operation for UpdateAccountPasswordPolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let is = |given: Option<bool>| given == Some(true);
        call.iam().password_policy = Some(PasswordPolicyRecord {
            minimum_length: self.minimum_password_length.unwrap_or(6),
            symbols: is(self.require_symbols),
            numbers: is(self.require_numbers),
            uppercase: is(self.require_uppercase_characters),
            lowercase: is(self.require_lowercase_characters),
            users_may_change: is(self.allow_users_to_change_password),
            max_age: self.max_password_age,
            reuse_prevention: self.password_reuse_prevention,
            hard_expiry: self.hard_expiry,
        });
        Ok(())
    }
}

/// Returns the account's password policy.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountPasswordPolicy.html>
impl Operation for GetAccountPasswordPolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let missing = || {
            let account = &call.location().account_id;
            let what = format!("The Password Policy with domain name {account} cannot be found.");
            no_such_entity(what)
        };
        let policy = state(call).password_policy.ok_or_else(missing)?;
        let password_policy = PasswordPolicy {
            minimum_password_length: policy.minimum_length,
            require_symbols: policy.symbols,
            require_numbers: policy.numbers,
            require_uppercase_characters: policy.uppercase,
            require_lowercase_characters: policy.lowercase,
            allow_users_to_change_password: policy.users_may_change,
            expire_passwords: policy.max_age.is_some(),
            max_password_age: policy.max_age,
            password_reuse_prevention: policy.reuse_prevention,
            hard_expiry: policy.hard_expiry,
        };
        Ok(Self::Output { password_policy })
    }
}

/// Removes the account's password policy.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccountPasswordPolicy.html>
impl Operation for DeleteAccountPasswordPolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        if state(call).password_policy.is_none() {
            let words = "The account policy with name PasswordPolicy cannot be found.";
            return Err(no_such_entity(words));
        }
        call.iam().password_policy = None;
        Ok(())
    }
}

/// Sets the version of the tokens from the global STS endpoint. The mock's tokens are the same for both versions.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_SetSecurityTokenServicePreferences.html>
impl Operation for SetSecurityTokenServicePreferencesRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let version = self.global_endpoint_token_version.unwrap_or_default();
        call.iam().token_version = Some(if version == "v2Token" { 2 } else { 1 });
        Ok(())
    }
}

/// Returns the account's resource counts and quotas.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html>
impl Operation for GetAccountSummaryRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let state = state(call);
        let roles = state.roles.values().map(|role| &role.attached);
        let users = state.users.values().map(|user| &user.attached);
        let groups = state.groups.values().map(|group| &group.attached);
        // "The number of managed policies that are attached to IAM users, groups, or roles in the AWS account":
        // https://hackage.haskell.org/package/amazonka-iam-1.4.0/docs/Network-AWS-IAM-GetAccountSummary.html
        let in_use: BTreeSet<&String> =
            roles.chain(users).chain(groups).flat_map(BTreeMap::keys).collect();
        let devices = || state.mfa_devices.values();
        let numbers = [
            ("AccessKeysPerUserQuota", 2),
            ("AccountAccessKeysPresent", 0),
            ("AccountMFAEnabled", 0),
            ("AccountPasswordPresent", 1),
            ("AccountSigningCertificatesPresent", 0),
            ("AssumeRolePolicySizeQuota", 2048),
            ("AttachedPoliciesPerGroupQuota", 10),
            ("AttachedPoliciesPerRoleQuota", 10),
            ("AttachedPoliciesPerUserQuota", 10),
            ("GlobalEndpointTokenVersion", usize::from(state.token_version.unwrap_or(1))),
            ("GroupPolicySizeQuota", 5120),
            ("Groups", state.groups.len()),
            ("GroupsPerUserQuota", 10),
            ("GroupsQuota", 300),
            ("InstanceProfiles", state.instance_profiles.len()),
            ("InstanceProfilesQuota", 1000),
            ("MFADevices", devices().count()),
            ("MFADevicesInUse", devices().filter(|device| device.holder.is_some()).count()),
            ("Policies", state.policies.len()),
            ("PoliciesQuota", 1500),
            ("PolicySizeQuota", 6144),
            ("PolicyVersionsInUse", in_use.len()),
            ("PolicyVersionsInUseQuota", 10_000),
            ("Providers", state.oidc_providers.len() + state.saml_providers.len()),
            ("RolePolicySizeQuota", 10_240),
            ("Roles", state.roles.len()),
            ("RolesQuota", 1000),
            ("ServerCertificates", state.server_certificates.len()),
            ("ServerCertificatesQuota", 20),
            ("SigningCertificatesPerUserQuota", 2),
            ("UserPolicySizeQuota", 2048),
            ("Users", state.users.len()),
            ("UsersQuota", 5000),
            ("VersionsPerPolicyQuota", 5),
        ];
        let number = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
        let summary_map =
            numbers.into_iter().map(|(key, count)| (key.to_owned(), number(count))).collect();
        Ok(Self::Output { summary_map })
    }
}
