//! Exports roles and their policies, which are separate resources in Terraform.

use infra_core::arn::Arn;
use infra_core::engine::Address;
use infra_core::foundation::{DesiredDeployer, DesiredRole, UnmanagedAction, address};
use infra_core::provider::RoleSpec;

use super::super::hcl::{Body, Value, quoted};
use super::{Import, Writer, imported, json, parsed, role_reference, tagged, texts};

impl Writer {
    pub(super) fn role(&mut self, desired: &DesiredRole) {
        let DesiredRole {
            // The names of the Terraform resources are derived from this address.
            address,
            setting: _,
            spec,
            arn: _,
            attachments,
            inline_address: _,
            inline_name,
            inline,
            unmanaged_tags: _,
            unmanaged_policies,
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
        let (terraform_name, role) = (address.name(), role_reference(desired));
        // Write all ARNs in the trust policy as text. A reference to the role itself would create a
        // cycle.
        let trust = json(&parsed(trust), &|text| Value::text(text));
        let body = Body::new()
            .set("name", Value::text(name))
            .set("path", Value::text(path))
            .set_some("description", description.as_ref().map(Value::text))
            .set("max_session_duration", Value::bare(max_session_duration))
            .set_some("permissions_boundary", permissions_boundary.as_ref().map(Value::text))
            .set("assume_role_policy", Value::Call("jsonencode", Box::new(trust)))
            .set("tags", tagged(tags));
        self.resource("aws_iam_role", terraform_name, name.as_str(), body);

        let policy_name = format!("{terraform_name}_policy");
        let is_own = |it: &&(Address, Arn)| it.0 == address::execution_role_attachment();
        let own: Vec<&Arn> = attachments.iter().filter(is_own).map(|(_, arn)| arn).collect();
        let more = attachments.iter().filter(|it| !is_own(it)).map(|(_, arn)| arn);
        let more: Vec<&Arn> = more.collect();
        for arn in &own {
            let body = Body::new()
                .set("role", Value::bare(&format!("{role}.name")))
                .set("policy_arn", Value::text(arn));
            let id = format!("{name}/{arn}");
            self.resource("aws_iam_role_policy_attachment", &policy_name, &id, body);
        }
        self.additional(terraform_name, name.as_str(), &more);
        if let Some(policy) = inline {
            let body = Body::new()
                .set("name", Value::text(inline_name))
                .set("role", Value::bare(&format!("{role}.name")))
                .set("policy", self.policy(policy));
            let id = format!("{name}:{inline_name}");
            self.resource("aws_iam_role_policy", &policy_name, &id, body);
        }
        if *unmanaged_policies == UnmanagedAction::Remove {
            self.exclusive(terraform_name, name.as_str(), (&own, &more), inline.is_some());
        }
    }

    /// Adds the deployer's role, and a note that the export does not include its identity provider.
    pub(super) fn deployer(&mut self, desired: &DesiredDeployer) {
        let DesiredDeployer { role, identity_provider } = desired;
        self.role(role);
        self.notes.push(format!(
            "the deployer's role trusts the identity provider {identity_provider}, which the file does not create"
        ));
    }

    /// Adds a single resource that attaches all additional managed policies.
    fn additional(&mut self, terraform_name: &str, role: &str, more: &[&Arn]) {
        if more.is_empty() {
            return;
        }
        let target = format!("aws_iam_role_policy_attachment.{terraform_name}_additional");
        let import = self.import == Import::Blocks;
        let arns = texts(more);
        let body = Body::new()
            .set("for_each", Value::Call("toset", Box::new(arns)))
            .blank()
            .set("role", Value::bare(&format!("aws_iam_role.{terraform_name}.name")))
            .set("policy_arn", Value::bare("each.value"));
        let header =
            format!("resource \"aws_iam_role_policy_attachment\" \"{terraform_name}_additional\"");
        self.add(|mut file| {
            for arn in more.iter().filter(|_| import) {
                let target = format!("{target}[{}]", quoted(&arn.to_string()));
                file = file.block("import", imported(&target, &format!("{role}/{arn}")));
            }
            file.block(&header, body)
        });
    }

    /// Adds the `*_exclusive` resources, which implement `unmanaged.policies = "remove"`. They list
    /// the role's policies, and Terraform removes all other policies from the role.
    fn exclusive(
        &mut self,
        terraform_name: &str,
        role: &str,
        (own, more): (&[&Arn], &[&Arn]),
        has_inline: bool,
    ) {
        let reference = Value::bare(&format!("aws_iam_role.{terraform_name}.name"));
        let names = has_inline
            .then(|| Value::bare(&format!("aws_iam_role_policy.{terraform_name}_policy.name")));
        let body = Body::new()
            .set("role_name", reference.clone())
            .set("policy_names", Value::List(names.into_iter().collect()));
        self.resource("aws_iam_role_policies_exclusive", terraform_name, role, body);

        let attachment = "aws_iam_role_policy_attachment";
        let own = own
            .iter()
            .map(|_| Value::bare(&format!("{attachment}.{terraform_name}_policy.policy_arn")));
        let more = more.iter().map(|arn| {
            let key = quoted(&arn.to_string());
            Value::bare(&format!("{attachment}.{terraform_name}_additional[{key}].policy_arn"))
        });
        let body = Body::new()
            .set("role_name", reference)
            .set("policy_arns", Value::List(own.chain(more).collect()));
        let kind = "aws_iam_role_policy_attachments_exclusive";
        self.resource(kind, terraform_name, role, body);
    }
}
