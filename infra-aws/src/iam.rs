//! Manages IAM roles and their policies with the AWS SDK.

#[cfg(test)]
mod tests;

use async_trait::async_trait;
use aws_sdk_iam::{Client, types};
use infra_core::arn::Arn;
use infra_core::error::Result;
use infra_core::names::{PolicyName, RoleName};
use infra_core::operation::{Operation, iam};
use infra_core::policy::{PolicyDocument, PolicyText};
use infra_core::provider::{AttachedPolicy, OpenIdConnectProvider, Role, RoleProvider, RoleSpec};
use infra_core::tags::Tags;
use percent_encoding::percent_decode_str;

use crate::attempts::send;
use crate::pages::Pages;
use crate::provider::provider;
use crate::response::{count, parsed, required, signed, some_if_any, unbuilt};

/// The default maximum session duration of a role, in seconds.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_Role.html>.
const DEFAULT_SESSION: u32 = 3_600;

provider! {
    /// Implements [`RoleProvider`] with an IAM client. Clones share the client.
    IamRoles(Client)
}

#[async_trait]
impl RoleProvider for IamRoles {
    async fn get_role(&self, name: &RoleName) -> Result<Role> {
        let operation = iam::GET_ROLE;
        let answer = send!(operation, self.0.get_role().role_name(name.as_str()))?;
        observed(operation, required(operation, "role", answer.role)?)
    }

    async fn create_role(&self, spec: &RoleSpec) -> Result<Role> {
        let RoleSpec {
            name,
            path,
            trust,
            description,
            max_session_duration,
            permissions_boundary,
            tags,
        } = spec;
        let operation = iam::CREATE_ROLE;
        let request = self
            .0
            .create_role()
            .role_name(name.as_str())
            .path(path.as_str())
            .assume_role_policy_document(trust.to_json())
            .set_description(description.clone())
            .max_session_duration(signed(*max_session_duration))
            .set_permissions_boundary(permissions_boundary.as_ref().map(ToString::to_string))
            .set_tags(some_if_any(tag_list(operation, tags)?));
        let answer = send!(operation, request)?;
        let mut role = observed(operation, required(operation, "role", answer.role)?)?;
        // The response may omit these attributes, although the role now has them.
        role.description.clone_from(description);
        role.max_session_duration = *max_session_duration;
        role.permissions_boundary = permissions_boundary.as_ref().map(ToString::to_string);
        Ok(role)
    }

    async fn update_role(
        &self,
        name: &RoleName,
        max_session_duration: u32,
        description: Option<&str>,
    ) -> Result<()> {
        let request = self
            .0
            .update_role()
            .role_name(name.as_str())
            .max_session_duration(signed(max_session_duration))
            .set_description(description.map(str::to_owned));
        send!(iam::UPDATE_ROLE, request).map(drop)
    }

    async fn update_assume_role_policy(
        &self,
        name: &RoleName,
        trust: &PolicyDocument,
    ) -> Result<()> {
        let request = self.0.update_assume_role_policy().role_name(name.as_str());
        let request = request.policy_document(trust.to_json());
        send!(iam::UPDATE_ASSUME_ROLE_POLICY, request).map(drop)
    }

    async fn put_role_permissions_boundary(&self, name: &RoleName, policy: &Arn) -> Result<()> {
        let request = self.0.put_role_permissions_boundary().role_name(name.as_str());
        let request = request.permissions_boundary(policy.to_string());
        send!(iam::PUT_ROLE_PERMISSIONS_BOUNDARY, request).map(drop)
    }

    async fn delete_role_permissions_boundary(&self, name: &RoleName) -> Result<()> {
        let request = self.0.delete_role_permissions_boundary().role_name(name.as_str());
        send!(iam::DELETE_ROLE_PERMISSIONS_BOUNDARY, request).map(drop)
    }

    async fn delete_role(&self, name: &RoleName) -> Result<()> {
        send!(iam::DELETE_ROLE, self.0.delete_role().role_name(name.as_str())).map(drop)
    }

    async fn list_attached_role_policies(&self, name: &RoleName) -> Result<Vec<AttachedPolicy>> {
        let operation = iam::LIST_ATTACHED_ROLE_POLICIES;
        let pages = self.0.list_attached_role_policies().role_name(name.as_str());
        let pages = Pages::new(operation, pages.into_paginator().send());
        let listed = pages.items(|page| page.attached_policies.unwrap_or_default()).await?;
        let attached = |policy: types::AttachedPolicy| {
            Ok(AttachedPolicy {
                arn: required(operation, "policy ARN", policy.policy_arn)?,
                name: required(operation, "policy name", policy.policy_name)?,
            })
        };
        listed.into_iter().map(attached).collect()
    }

    async fn attach_role_policy(&self, name: &RoleName, policy: &Arn) -> Result<()> {
        let request = self.0.attach_role_policy().role_name(name.as_str());
        send!(iam::ATTACH_ROLE_POLICY, request.policy_arn(policy.to_string())).map(drop)
    }

    async fn detach_role_policy(&self, name: &RoleName, policy_arn: &str) -> Result<()> {
        let request = self.0.detach_role_policy().role_name(name.as_str());
        send!(iam::DETACH_ROLE_POLICY, request.policy_arn(policy_arn)).map(drop)
    }

    async fn list_role_policies(&self, name: &RoleName) -> Result<Vec<String>> {
        let pages = self.0.list_role_policies().role_name(name.as_str()).into_paginator();
        Pages::new(iam::LIST_ROLE_POLICIES, pages.send()).items(|page| page.policy_names).await
    }

    async fn get_role_policy(&self, name: &RoleName, policy: &PolicyName) -> Result<PolicyText> {
        let request = self.0.get_role_policy().role_name(name.as_str());
        let answer = send!(iam::GET_ROLE_POLICY, request.policy_name(policy.as_str()))?;
        Ok(PolicyText::new(decoded(answer.policy_document)))
    }

    async fn put_role_policy(
        &self,
        name: &RoleName,
        policy: &PolicyName,
        document: &PolicyDocument,
    ) -> Result<()> {
        let request = self.0.put_role_policy().role_name(name.as_str());
        let request = request.policy_name(policy.as_str()).policy_document(document.to_json());
        send!(iam::PUT_ROLE_POLICY, request).map(drop)
    }

    async fn delete_role_policy(&self, name: &RoleName, policy: &str) -> Result<()> {
        let request = self.0.delete_role_policy().role_name(name.as_str());
        send!(iam::DELETE_ROLE_POLICY, request.policy_name(policy)).map(drop)
    }

    async fn list_instance_profiles_for_role(&self, name: &RoleName) -> Result<Vec<String>> {
        let pages = self.0.list_instance_profiles_for_role().role_name(name.as_str());
        let operation = iam::LIST_INSTANCE_PROFILES_FOR_ROLE;
        let pages = Pages::new(operation, pages.into_paginator().send());
        let listed = pages.items(|page| page.instance_profiles).await?;
        Ok(listed.into_iter().map(|profile| profile.instance_profile_name).collect())
    }

    async fn get_open_id_connect_provider(&self, arn: &Arn) -> Result<OpenIdConnectProvider> {
        let operation = iam::GET_OPEN_ID_CONNECT_PROVIDER;
        let request = self.0.get_open_id_connect_provider();
        let answer = send!(operation, request.open_id_connect_provider_arn(arn.to_string()))?;
        Ok(OpenIdConnectProvider {
            url: required(operation, "URL", answer.url)?,
            client_ids: answer.client_id_list.unwrap_or_default(),
        })
    }

    async fn tag_role(&self, name: &RoleName, tags: &Tags) -> Result<()> {
        let operation = iam::TAG_ROLE;
        let request = self.0.tag_role().role_name(name.as_str());
        send!(operation, request.set_tags(Some(tag_list(operation, tags)?))).map(drop)
    }

    async fn untag_role(&self, name: &RoleName, keys: &[String]) -> Result<()> {
        let request = self.0.untag_role().role_name(name.as_str());
        send!(iam::UNTAG_ROLE, request.set_tag_keys(Some(keys.to_vec()))).map(drop)
    }
}

fn observed(operation: Operation, role: types::Role) -> Result<Role> {
    let trust = role.assume_role_policy_document;
    let boundary = role.permissions_boundary;
    let tags = role.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value));
    Ok(Role {
        name: parsed(operation, "role name", Some(&role.role_name))?,
        arn: parsed(operation, "role ARN", Some(&role.arn))?,
        id: role.role_id,
        path: parsed(operation, "role path", Some(&role.path))?,
        trust: PolicyText::new(decoded(required(operation, "trust policy", trust)?)),
        description: role.description,
        max_session_duration: role.max_session_duration.map_or(DEFAULT_SESSION, count),
        permissions_boundary: boundary.and_then(|boundary| boundary.permissions_boundary_arn),
        tags: Tags::observed(tags),
    })
}

/// Returns the plain JSON of a policy document in an IAM response.
///
/// IAM percent-encodes documents according to RFC 3986. A space becomes `%20`, and a `+` is a
/// literal plus sign. A document starts with a brace or white space, and IAM encodes both, so an
/// encoded document always starts with `%`. Some emulators return plain JSON, which never starts
/// with `%`. Plain JSON is returned unchanged, because any `%` in it is literal.
fn decoded(document: String) -> String {
    if !document.starts_with('%') {
        return document;
    }
    match percent_decode_str(&document).decode_utf8() {
        Ok(text) => text.into_owned(),
        // The decoded bytes are not UTF-8. The JSON parser will reject the encoded document.
        Err(_) => document,
    }
}

fn tag_list(operation: Operation, tags: &Tags) -> Result<Vec<types::Tag>> {
    let tag = |(key, value)| types::Tag::builder().key(key).value(value).build();
    tags.iter().map(tag).collect::<std::result::Result<_, _>>().map_err(unbuilt(operation))
}
