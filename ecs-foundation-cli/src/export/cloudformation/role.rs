//! Exports roles with their policies.

use infra_core::foundation::{DesiredDeployer, DesiredRole};
use infra_core::provider::RoleSpec;
use serde_json::{Value, json};

use super::{Template, parsed, properties, tagged};

impl Template {
    pub(super) fn role(&mut self, id: &str, desired: &DesiredRole) {
        let DesiredRole {
            address: _,
            setting: _,
            spec,
            arn: _,
            attachments,
            inline_address: _,
            inline_name,
            inline,
            unmanaged_tags: _,
            unmanaged_policies: _,
        } = desired;
        let RoleSpec {
            name,
            path,
            trust,
            description,
            max_session_duration,
            permissions_boundary,
            tags,
        } = spec;
        let boundary = permissions_boundary.as_ref().map(|arn| json!(arn.to_string()));
        let attached: Vec<String> = attachments.iter().map(|(_, arn)| arn.to_string()).collect();
        let role = properties([
            ("RoleName", json!(name)),
            ("Path", json!(path.as_str())),
            ("Description", json!(description)),
            ("MaxSessionDuration", json!(max_session_duration)),
            ("PermissionsBoundary", json!(boundary)),
            // ARNs in the trust policy are not replaced with references, because a role that trusts
            // itself would create a circular dependency.
            ("AssumeRolePolicyDocument", parsed(trust)),
            ("ManagedPolicyArns", if attached.is_empty() { Value::Null } else { json!(attached) }),
            ("Tags", tagged(tags)),
        ]);
        self.resource(id, "AWS::IAM::Role", &role);
        if let Some(policy) = inline {
            let policy = properties([
                ("PolicyName", json!(inline_name)),
                ("RoleName", json!({ "Ref": id })),
                ("PolicyDocument", self.linked(parsed(policy))),
            ]);
            self.resource(&format!("{id}Policy"), "AWS::IAM::RolePolicy", &policy);
        }
    }

    /// Adds the deployer's role, and a note that the template does not create the identity
    /// provider.
    pub(super) fn deployer(&mut self, id: &str, desired: &DesiredDeployer) {
        let DesiredDeployer { role, identity_provider } = desired;
        self.role(id, role);
        self.notes.push(format!(
            "the deployer's role trusts the identity provider {identity_provider}, which the template does not create"
        ));
    }
}
