//! Scenarios for a role's managed and inline policies.

use super::{EXECUTION, create, document, inline, is_untouched, spec, trusting};
use crate::arn::Arn;
use crate::conformance::check::equal;
use crate::conformance::support::owned;
use crate::conformance::{ExternalChange, Fixture, Verdict};
use crate::error::{ErrorKind, Result};
use crate::names::RoleName;
use crate::operation::iam;
use crate::policy::{PolicyDocument, PolicyText, Statement};
use crate::provider::AttachedPolicy;

scenarios! { "roles" needs [Roles]:
    managed_policies_are_attached_listed_and_detached;
    attaching_a_policy_that_does_not_exist_fails;
    detaching_a_policy_that_is_not_attached_fails;
    eleventh_managed_policy_exceeds_the_quota needs [CustomerPolicies];
    inline_policies_are_put_read_listed_and_deleted;
    absent_inline_policy_is_not_found;
    inline_policy_with_a_principal_is_rejected;
    inline_policy_over_the_size_quota_is_rejected;
    lists_include_every_page needs [InstanceProfiles, Bulk];
}

fn attached(policy: &Arn) -> AttachedPolicy {
    AttachedPolicy { arn: policy.to_string(), name: policy.last_segment().to_owned() }
}

/// Returns a sorted list of the managed policies attached to a role.
async fn attachments(at: &Fixture, name: &RoleName) -> Result<Vec<AttachedPolicy>> {
    let mut listed = at.roles().list_attached_role_policies(name).await?;
    listed.sort();
    Ok(listed)
}

async fn managed_policies_are_attached_listed_and_detached(at: &Fixture) -> Verdict {
    let (roles, role) = (at.roles(), create(at, &spec(at)?).await?);
    let (first, second) = (at.aws_policy("ReadOnlyAccess"), at.aws_policy(EXECUTION));
    reads!(at, attachments(at, &role.name), Vec::new());
    for _ in 0..2 {
        roles.attach_role_policy(&role.name, &first).await?;
        reads!(at, attachments(at, &role.name), vec![attached(&first)]);
    }
    roles.attach_role_policy(&role.name, &second).await?;
    reads!(at, attachments(at, &role.name), vec![attached(&first), attached(&second)]);
    roles.detach_role_policy(&role.name, &first.to_string()).await?;
    reads!(at, attachments(at, &role.name), vec![attached(&second)]);
    is_untouched(at, &role).await
}

async fn attaching_a_policy_that_does_not_exist_fails(at: &Fixture) -> Verdict {
    let (role, ghost) = (create(at, &spec(at)?).await?, at.aws_policy("Ghost"));
    at.refused(
        at.roles().attach_role_policy(&role.name, &ghost).await,
        iam::ATTACH_ROLE_POLICY,
        ErrorKind::NotFound,
        &format!("404 NoSuchEntity: Policy {ghost} does not exist or is not attachable."),
    )?;
    reads!(at, attachments(at, &role.name), Vec::new());
    Ok(())
}

async fn detaching_a_policy_that_is_not_attached_fails(at: &Fixture) -> Verdict {
    let (role, policy) = (create(at, &spec(at)?).await?, at.aws_policy(EXECUTION));
    at.refused(
        at.roles().detach_role_policy(&role.name, &policy.to_string()).await,
        iam::DETACH_ROLE_POLICY,
        ErrorKind::NotFound,
        &format!("404 NoSuchEntity: Policy {policy} was not found."),
    )
}

async fn eleventh_managed_policy_exceeds_the_quota(at: &Fixture) -> Verdict {
    let (roles, role) = (at.roles(), create(at, &spec(at)?).await?);
    let mut policies = Vec::new();
    for n in 0..11 {
        let policy = format!("policy/{0}/{0}-{n:02}", at.prefix());
        let policy = at.location().global_arn("iam", policy);
        at.act(ExternalChange::CreatePolicy { policy: policy.clone() }).await?;
        policies.push(policy);
    }
    let (eleventh, ten) = policies.split_last().expect("the list has eleven entries");
    for policy in ten {
        roles.attach_role_policy(&role.name, policy).await?;
    }
    at.refused(
        roles.attach_role_policy(&role.name, eleventh).await,
        iam::ATTACH_ROLE_POLICY,
        ErrorKind::LimitExceeded,
        "409 LimitExceeded: Cannot exceed quota for PoliciesPerRole: 10",
    )?;
    reads!(at, attachments(at, &role.name), ten.iter().map(attached).collect::<Vec<_>>());
    Ok(())
}

async fn inline_policies_are_put_read_listed_and_deleted(at: &Fixture) -> Verdict {
    let (roles, inline, role) = (at.roles(), inline()?, create(at, &spec(at)?).await?);
    reads!(at, roles.list_role_policies(&role.name), Vec::new());
    let statement = Statement::allow(["logs:PutLogEvents"]).with_resources(["*"]);
    for document in [&PolicyDocument::new([statement]), &document(), &document()] {
        roles.put_role_policy(&role.name, &inline, document).await?;
        // The texts must be identical, because IAM returns documents exactly as they were stored.
        let text = PolicyText::new(document.to_json());
        reads!(at, roles.get_role_policy(&role.name, &inline), text);
        reads!(at, roles.list_role_policies(&role.name), owned(["inline"]));
    }
    roles.put_role_policy(&role.name, &"second".parse()?, &document()).await?;
    reads!(at, roles.list_role_policies(&role.name), owned(["inline", "second"]));
    roles.delete_role_policy(&role.name, "inline").await?;
    reads!(at, roles.list_role_policies(&role.name), owned(["second"]));
    is_untouched(at, &role).await
}

async fn absent_inline_policy_is_not_found(at: &Fixture) -> Verdict {
    let (roles, inline, role) = (at.roles(), inline()?, create(at, &spec(at)?).await?);
    let gone = "404 NoSuchEntity: The role policy with name inline cannot be found.";
    let read = roles.get_role_policy(&role.name, &inline).await;
    at.refused(read, iam::GET_ROLE_POLICY, ErrorKind::NotFound, gone)?;
    let deleted = roles.delete_role_policy(&role.name, "inline").await;
    at.refused(deleted, iam::DELETE_ROLE_POLICY, ErrorKind::NotFound, gone)
}

async fn inline_policy_with_a_principal_is_rejected(at: &Fixture) -> Verdict {
    let (roles, inline, role) = (at.roles(), inline()?, create(at, &spec(at)?).await?);
    let trust = trusting("ecs-tasks.amazonaws.com");
    at.refused(
        roles.put_role_policy(&role.name, &inline, &trust).await,
        iam::PUT_ROLE_POLICY,
        ErrorKind::InvalidInput,
        "400 MalformedPolicyDocument: Policy document should not specify a principal.",
    )?;
    equal(roles.list_role_policies(&role.name).await?.as_slice(), &[""; 0])
}

async fn inline_policy_over_the_size_quota_is_rejected(at: &Fixture) -> Verdict {
    let (roles, inline, role) = (at.roles(), inline()?, create(at, &spec(at)?).await?);
    let resource = format!("arn:aws:s3:::{}", "x".repeat(10_240));
    let large = Statement::allow(["s3:GetObject"]).with_resources([resource]);
    at.refused(
        roles.put_role_policy(&role.name, &inline, &PolicyDocument::new([large])).await,
        iam::PUT_ROLE_POLICY,
        ErrorKind::LimitExceeded,
        &format!(
            "409 LimitExceeded: Maximum policy size of 10240 bytes exceeded for role {}",
            role.name
        ),
    )?;
    equal(roles.list_role_policies(&role.name).await?.as_slice(), &[""; 0])
}

async fn lists_include_every_page(at: &Fixture) -> Verdict {
    let (roles, role) = (at.roles(), create(at, &spec(at)?).await?);
    // A page contains 100 policies. The policy below is so short that a role can hold 101 copies.
    let short = PolicyDocument::new([Statement::allow(["s3:*"]).with_resources(["*"])]);
    let names: Vec<String> = (0..101).map(|n| format!("{}-{n:03}", at.prefix())).collect();
    for name in &names {
        roles.put_role_policy(&role.name, &name.parse()?, &short).await?;
        let (profile, role) = (name.clone(), role.name.clone());
        at.act(ExternalChange::AddInstanceProfile { profile, role }).await?;
    }
    let mut listed = roles.list_role_policies(&role.name).await?;
    listed.sort();
    equal(&listed, &names)?;
    let mut listed = roles.list_instance_profiles_for_role(&role.name).await?;
    listed.sort();
    equal(&listed, &names)
}
