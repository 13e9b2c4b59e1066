//! The role provider.

use async_trait::async_trait;
use infra_core::Result;
use infra_core::arn::Arn;
use infra_core::names::{PolicyName, RoleName};
use infra_core::operation::iam as operation;
use infra_core::policy::{PolicyDocument, PolicyText};
use infra_core::provider::{AttachedPolicy, OpenIdConnectProvider, Role, RoleProvider, RoleSpec};
use infra_core::tags::Tags;
use percent_encoding::percent_decode_str;

use super::{MockProviders, all_pages, broken, tags_from_wire, tags_to_wire};
use crate::iam;

#[async_trait]
impl RoleProvider for MockProviders {
    async fn get_role(&self, name: &RoleName) -> Result<Role> {
        let response = self.call(iam::GetRoleRequest { role_name: Some(name.to_string()) }).await?;
        from_wire(response.role, operation::GET_ROLE)
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
        let response = self
            .call(iam::CreateRoleRequest {
                path: Some(path.to_string()),
                role_name: Some(name.to_string()),
                assume_role_policy_document: Some(trust.to_json()),
                description: description.clone(),
                max_session_duration: Some(seconds(*max_session_duration)),
                max_signin_session_duration: None,
                permissions_boundary: permissions_boundary.as_ref().map(Arn::to_string),
                tags: tags_to_wire!(tags, iam),
            })
            .await?;
        // The response to `CreateRole` omits the description and the maximum session duration, so
        // both are taken from the request.
        let role = from_wire(response.role, operation::CREATE_ROLE)?;
        let (description, max_session_duration) = (description.clone(), *max_session_duration);
        Ok(Role { description, max_session_duration, ..role })
    }

    async fn update_role(
        &self,
        name: &RoleName,
        max_session_duration: u32,
        description: Option<&str>,
    ) -> Result<()> {
        self.send(iam::UpdateRoleRequest {
            role_name: Some(name.to_string()),
            description: description.map(str::to_owned),
            max_session_duration: Some(seconds(max_session_duration)),
            ..Default::default()
        })
        .await
    }

    async fn update_assume_role_policy(
        &self,
        name: &RoleName,
        trust: &PolicyDocument,
    ) -> Result<()> {
        self.send(iam::UpdateAssumeRolePolicyRequest {
            role_name: Some(name.to_string()),
            policy_document: Some(trust.to_json()),
        })
        .await
    }

    async fn put_role_permissions_boundary(&self, name: &RoleName, policy: &Arn) -> Result<()> {
        self.send(iam::PutRolePermissionsBoundaryRequest {
            role_name: Some(name.to_string()),
            permissions_boundary: Some(policy.to_string()),
        })
        .await
    }

    async fn delete_role_permissions_boundary(&self, name: &RoleName) -> Result<()> {
        let role_name = Some(name.to_string());
        self.send(iam::DeleteRolePermissionsBoundaryRequest { role_name }).await
    }

    async fn delete_role(&self, name: &RoleName) -> Result<()> {
        self.send(iam::DeleteRoleRequest { role_name: Some(name.to_string()) }).await
    }

    async fn list_attached_role_policies(&self, name: &RoleName) -> Result<Vec<AttachedPolicy>> {
        let request = iam::ListAttachedRolePoliciesRequest {
            role_name: Some(name.to_string()),
            ..Default::default()
        };
        let policies = all_pages!(self, request, attached_policies, marker);
        Ok(policies
            .into_iter()
            .map(|policy| AttachedPolicy { arn: policy.policy_arn, name: policy.policy_name })
            .collect())
    }

    async fn attach_role_policy(&self, name: &RoleName, policy: &Arn) -> Result<()> {
        self.send(iam::AttachRolePolicyRequest {
            role_name: Some(name.to_string()),
            policy_arn: Some(policy.to_string()),
        })
        .await
    }

    async fn detach_role_policy(&self, name: &RoleName, policy_arn: &str) -> Result<()> {
        self.send(iam::DetachRolePolicyRequest {
            role_name: Some(name.to_string()),
            policy_arn: Some(policy_arn.to_owned()),
        })
        .await
    }

    async fn list_role_policies(&self, name: &RoleName) -> Result<Vec<String>> {
        let request = iam::ListRolePoliciesRequest {
            role_name: Some(name.to_string()),
            ..Default::default()
        };
        Ok(all_pages!(self, request, policy_names, marker))
    }

    async fn get_role_policy(&self, name: &RoleName, policy: &PolicyName) -> Result<PolicyText> {
        let response = self
            .call(iam::GetRolePolicyRequest {
                role_name: Some(name.to_string()),
                policy_name: Some(policy.to_string()),
            })
            .await?;
        Ok(decoded(&response.policy_document))
    }

    async fn put_role_policy(
        &self,
        name: &RoleName,
        policy: &PolicyName,
        document: &PolicyDocument,
    ) -> Result<()> {
        self.send(iam::PutRolePolicyRequest {
            role_name: Some(name.to_string()),
            policy_name: Some(policy.to_string()),
            policy_document: Some(document.to_json()),
        })
        .await
    }

    async fn delete_role_policy(&self, name: &RoleName, policy: &str) -> Result<()> {
        self.send(iam::DeleteRolePolicyRequest {
            role_name: Some(name.to_string()),
            policy_name: Some(policy.to_owned()),
        })
        .await
    }

    async fn list_instance_profiles_for_role(&self, name: &RoleName) -> Result<Vec<String>> {
        let request = iam::ListInstanceProfilesForRoleRequest {
            role_name: Some(name.to_string()),
            ..Default::default()
        };
        let names = all_pages!(self, request, instance_profiles, marker);
        Ok(names.into_iter().map(|it| it.instance_profile_name).collect())
    }

    async fn get_open_id_connect_provider(&self, arn: &Arn) -> Result<OpenIdConnectProvider> {
        let open_id_connect_provider_arn = Some(arn.to_string());
        let request = iam::GetOpenIDConnectProviderRequest { open_id_connect_provider_arn };
        let response = self.call(request).await?;
        Ok(OpenIdConnectProvider { url: response.url, client_ids: response.client_id_list })
    }

    async fn tag_role(&self, name: &RoleName, tags: &Tags) -> Result<()> {
        self.send(iam::TagRoleRequest {
            role_name: Some(name.to_string()),
            tags: tags_to_wire!(tags, iam),
        })
        .await
    }

    async fn untag_role(&self, name: &RoleName, keys: &[String]) -> Result<()> {
        self.send(iam::UntagRoleRequest {
            role_name: Some(name.to_string()),
            tag_keys: keys.to_vec(),
        })
        .await
    }
}

fn seconds(duration: u32) -> i32 {
    i32::try_from(duration).unwrap_or(i32::MAX)
}

/// Decodes a policy document, which IAM returns percent-encoded.
fn decoded(document: &str) -> PolicyText {
    PolicyText::new(percent_decode_str(document).decode_utf8_lossy())
}

fn from_wire(role: iam::Role, operation: infra_core::operation::Operation) -> Result<Role> {
    let session = role.max_session_duration.and_then(|seconds| u32::try_from(seconds).ok());
    Ok(Role {
        name: role.role_name.parse().map_err(broken(operation))?,
        arn: role.arn.parse().map_err(broken(operation))?,
        id: role.role_id,
        path: role.path.parse().map_err(broken(operation))?,
        trust: decoded(&role.assume_role_policy_document.unwrap_or_default()),
        description: role.description,
        // IAM's default is one hour.
        max_session_duration: session.unwrap_or(3600),
        permissions_boundary: role.permissions_boundary.map(|it| it.permissions_boundary_arn),
        tags: tags_from_wire!(role.tags.unwrap_or_default()),
    })
}
