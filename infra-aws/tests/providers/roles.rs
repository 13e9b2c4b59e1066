//! IAM roles with their policies.

use std::time::Duration;

use infra_core::arn::Arn;
use infra_core::error::ErrorKind;
use infra_core::names::{PolicyName, RoleName};
use infra_core::operation::iam;
use infra_core::policy::{PolicyDocument, PolicyText, PrincipalSet, Statement};
use infra_core::provider::{AttachedPolicy, Role, RoleSpec};
use infra_mock::api::Lag;
use infra_mock::iam::{CreatePolicyRequest, add_instance_profile};

use super::{Aws, many_tags, of, owned, refused, tags};

const EXECUTION: &str = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";
const GHOST: &str = "arn:aws:iam::aws:policy/Ghost";
const GONE: &str = "404 NoSuchEntity: The role with name none cannot be found.";

fn name() -> RoleName {
    of("app")
}

fn inline() -> PolicyName {
    of("inline")
}

fn trusting(service: &str) -> PolicyDocument {
    let statement = Statement::allow(["sts:AssumeRole"]);
    PolicyDocument::new([statement.with_principal(PrincipalSet::service([service]))])
}

/// With signs that percent-encoding, forms and XML each treat in their own way.
fn document() -> PolicyDocument {
    PolicyDocument::new([Statement::allow(["s3:GetObject"])
        .with_resources(["arn:aws:s3:::bucket/100%/a+b & c=<d>/é/*"])
        .with_condition("StringLike", "aws:PrincipalTag/team", ["a?b", "\"quoted\""])])
}

pub(super) fn spec() -> RoleSpec {
    RoleSpec {
        name: name(),
        path: of("/team/"),
        trust: trusting("ecs-tasks.amazonaws.com"),
        description: Some("one & two, 1+1=2, <é>".to_owned()),
        max_session_duration: 7_200,
        permissions_boundary: Some(of("arn:aws:iam::aws:policy/PowerUserAccess")),
        tags: tags([("Name", "app"), ("with space", "a+b=c/d@e"), ("empty", "")]),
    }
}

/// The role that [`spec`] asks for, under the id that IAM gave it.
fn expected(id: &str) -> Role {
    let RoleSpec {
        name,
        path,
        trust,
        description,
        max_session_duration,
        permissions_boundary,
        tags,
    } = spec();
    Role {
        arn: of("arn:aws:iam::123456789012:role/team/app"),
        id: id.to_owned(),
        trust: PolicyText::new(trust.to_json()),
        permissions_boundary: permissions_boundary.map(|arn| arn.to_string()),
        name,
        path,
        description,
        max_session_duration,
        tags,
    }
}

/// With the role, and its id.
async fn with_role() -> (Aws, String) {
    let aws = Aws::new();
    let role = aws.providers.roles().create_role(&spec()).await.unwrap();
    (aws, role.id)
}

fn execution() -> Arn {
    of(EXECUTION)
}

#[tokio::test]
async fn a_role_is_created_and_found_with_all_that_was_asked_for() {
    let aws = Aws::new();
    let roles = aws.providers.roles();
    let created = roles.create_role(&spec()).await.unwrap();
    assert!(created.id.starts_with("AROA") && created.id.len() == 21, "{created:?}");
    assert_eq!(created, expected(&created.id));
    assert_eq!(roles.get_role(&name()).await.unwrap(), expected(&created.id));
}

#[tokio::test]
async fn a_bare_role_has_neither_description_nor_boundary_nor_tags() {
    let aws = Aws::new();
    let roles = aws.providers.roles();
    let bare = RoleSpec {
        path: of("/"),
        description: None,
        max_session_duration: 3_600,
        permissions_boundary: None,
        tags: tags([]),
        ..spec()
    };
    let created = roles.create_role(&bare).await.unwrap();
    let request = aws.last_request();
    assert!(request["Description"].is_null(), "{request}");
    assert!(request["PermissionsBoundary"].is_null(), "{request}");
    let expected = Role {
        arn: of("arn:aws:iam::123456789012:role/app"),
        path: of("/"),
        description: None,
        max_session_duration: 3_600,
        permissions_boundary: None,
        tags: tags([]),
        ..expected(&created.id)
    };
    assert_eq!(created, expected);
    assert_eq!(roles.get_role(&name()).await.unwrap(), expected);
}

#[tokio::test]
async fn create_refuses_what_iam_does_not_take() {
    let (aws, id) = with_role().await;
    let roles = aws.providers.roles();
    let stranger = "arn:aws:iam::123456789012:role/ghost";
    let statement = Statement::allow(["sts:AssumeRole"]);
    let trusting_a_ghost = statement.clone().with_principal(PrincipalSet::aws([stranger]));
    let new = RoleSpec { name: of("new"), ..spec() };
    let cases = [
        (
            spec(),
            ErrorKind::AlreadyExists,
            "409 EntityAlreadyExists: Role with name app already exists.",
        ),
        (
            RoleSpec { name: of("APP"), ..spec() },
            ErrorKind::AlreadyExists,
            "409 EntityAlreadyExists: Role with name APP already exists.",
        ),
        (
            RoleSpec { trust: PolicyDocument::new([trusting_a_ghost]), ..new.clone() },
            ErrorKind::InvalidInput,
            "400 MalformedPolicyDocument: Invalid principal in policy: \
             \"AWS\":\"arn:aws:iam::123456789012:role/ghost\"",
        ),
        (
            RoleSpec { trust: PolicyDocument::new([statement]), ..new.clone() },
            ErrorKind::InvalidInput,
            "400 MalformedPolicyDocument: Missing required field Principal",
        ),
        (
            RoleSpec { max_session_duration: 60, ..new.clone() },
            ErrorKind::InvalidInput,
            "400 ValidationError: 1 validation error detected: Value '60' at 'maxSessionDuration' failed \
             to satisfy constraint: Member must have value greater than or equal to 3600",
        ),
        (
            RoleSpec { permissions_boundary: Some(of(GHOST)), ..new.clone() },
            ErrorKind::NotFound,
            "404 NoSuchEntity: Scope ARN: arn:aws:iam::aws:policy/Ghost does not exist or is not attachable.",
        ),
        (
            RoleSpec { tags: tags([("aws:x", "x")]), ..new.clone() },
            ErrorKind::InvalidInput,
            "400 InvalidInput: aws: prefixed tag key names are not allowed for external use.",
        ),
    ];
    for (spec, kind, answer) in cases {
        refused(roles.create_role(&spec).await, iam::CREATE_ROLE, kind, answer);
    }
    assert_eq!(roles.get_role(&name()).await.unwrap(), expected(&id));
}

#[tokio::test]
async fn a_trust_policy_beyond_its_quota_is_refused() {
    let aws = Aws::new();
    let statement = Statement::allow(["sts:AssumeRole"])
        .with_principal(PrincipalSet::service(["ecs-tasks.amazonaws.com"]))
        .with_condition("StringEquals", "aws:SourceAccount", ["x".repeat(2048)]);
    let spec = RoleSpec { trust: PolicyDocument::new([statement]), ..spec() };
    refused(
        aws.providers.roles().create_role(&spec).await,
        iam::CREATE_ROLE,
        ErrorKind::LimitExceeded,
        "409 LimitExceeded: Cannot exceed quota for ACLSizePerRole: 2048",
    );
}

#[tokio::test]
async fn a_role_that_has_not_propagated_is_no_principal_yet() {
    let aws = Aws::lagging(Lag { iam_propagation: Duration::from_secs(10), ..Lag::default() });
    let roles = aws.providers.roles();
    let created = roles.create_role(&spec()).await.unwrap();
    let statement = Statement::allow(["sts:AssumeRole"]);
    let principal = PrincipalSet::aws([created.arn.to_string()]);
    let trust = PolicyDocument::new([statement.with_principal(principal)]);
    let second = RoleSpec { name: of("second"), trust: trust.clone(), ..spec() };
    refused(
        roles.create_role(&second).await,
        iam::CREATE_ROLE,
        ErrorKind::InvalidInput,
        "400 MalformedPolicyDocument: Invalid principal in policy: \
         \"AWS\":\"arn:aws:iam::123456789012:role/team/app\"",
    );
    assert_eq!(aws.calls(iam::CREATE_ROLE), 2, "waiting is the engine's");
    aws.pass(10);
    roles.create_role(&second).await.unwrap();

    // Once the role is gone, its id is all that the policy still shows.
    roles.delete_role(&name()).await.unwrap();
    aws.pass(10);
    let shown = roles.get_role(&of("second")).await.unwrap().trust;
    assert!(shown.as_str().contains(&created.id), "{shown:?}");
    assert!(!shown.means_the_same(&trust));
}

#[tokio::test]
async fn what_is_not_there_is_not_found_by_any_method() {
    let (aws, _) = with_role().await;
    let (roles, none) = (aws.providers.roles(), &of("none"));
    macro_rules! gone {
        ($($call:expr => $operation:expr;)+) => {
            $(refused($call.await, $operation, ErrorKind::NotFound, GONE);)+
        };
    }
    gone! {
        roles.get_role(none) => iam::GET_ROLE;
        roles.update_role(none, 3_600, None) => iam::UPDATE_ROLE;
        roles.update_assume_role_policy(none, &spec().trust) => iam::UPDATE_ASSUME_ROLE_POLICY;
        roles.put_role_permissions_boundary(none, &execution()) => iam::PUT_ROLE_PERMISSIONS_BOUNDARY;
        roles.delete_role_permissions_boundary(none) => iam::DELETE_ROLE_PERMISSIONS_BOUNDARY;
        roles.delete_role(none) => iam::DELETE_ROLE;
        roles.list_attached_role_policies(none) => iam::LIST_ATTACHED_ROLE_POLICIES;
        roles.attach_role_policy(none, &execution()) => iam::ATTACH_ROLE_POLICY;
        roles.detach_role_policy(none, EXECUTION) => iam::DETACH_ROLE_POLICY;
        roles.list_role_policies(none) => iam::LIST_ROLE_POLICIES;
        roles.get_role_policy(none, &inline()) => iam::GET_ROLE_POLICY;
        roles.put_role_policy(none, &inline(), &document()) => iam::PUT_ROLE_POLICY;
        roles.delete_role_policy(none, "inline") => iam::DELETE_ROLE_POLICY;
        roles.list_instance_profiles_for_role(none) => iam::LIST_INSTANCE_PROFILES_FOR_ROLE;
        roles.tag_role(none, &tags([("a", "b")])) => iam::TAG_ROLE;
        roles.untag_role(none, &owned(["a"])) => iam::UNTAG_ROLE;
    }
    aws.assert_called(iam::ALL);
}

#[tokio::test]
async fn session_and_description_are_updated() {
    let (aws, id) = with_role().await;
    let roles = aws.providers.roles();
    roles.update_role(&name(), 43_200, None).await.unwrap();
    let longer = Role { max_session_duration: 43_200, ..expected(&id) };
    assert_eq!(roles.get_role(&name()).await.unwrap(), longer, "the description stays");
    for description in ["new", ""] {
        roles.update_role(&name(), 43_200, Some(description)).await.unwrap();
        let description = Some(description).filter(|text| !text.is_empty()).map(str::to_owned);
        assert_eq!(roles.get_role(&name()).await.unwrap(), Role { description, ..longer.clone() });
    }
    refused(
        roles.update_role(&name(), u32::MAX, None).await,
        iam::UPDATE_ROLE,
        ErrorKind::InvalidInput,
        "400 ValidationError: 1 validation error detected: Value '2147483647' at 'maxSessionDuration' \
         failed to satisfy constraint: Member must have value less than or equal to 43200",
    );
}

#[tokio::test]
async fn the_trust_policy_is_replaced() {
    let (aws, id) = with_role().await;
    let roles = aws.providers.roles();
    let trust = trusting("ec2.amazonaws.com");
    for _ in 0..2 {
        roles.update_assume_role_policy(&name(), &trust).await.unwrap();
        let found = roles.get_role(&name()).await.unwrap();
        assert_eq!(found, Role { trust: PolicyText::new(trust.to_json()), ..expected(&id) });
    }
    refused(
        roles.update_assume_role_policy(&name(), &document()).await,
        iam::UPDATE_ASSUME_ROLE_POLICY,
        ErrorKind::InvalidInput,
        "400 MalformedPolicyDocument: Has prohibited field Resource",
    );
}

#[tokio::test]
async fn the_permissions_boundary_is_replaced_and_removed() {
    let (aws, id) = with_role().await;
    let roles = aws.providers.roles();
    roles.put_role_permissions_boundary(&name(), &execution()).await.unwrap();
    let bound = Some(EXECUTION.to_owned());
    let found = roles.get_role(&name()).await.unwrap();
    assert_eq!(found, Role { permissions_boundary: bound, ..expected(&id) });
    refused(
        roles.put_role_permissions_boundary(&name(), &of(GHOST)).await,
        iam::PUT_ROLE_PERMISSIONS_BOUNDARY,
        ErrorKind::NotFound,
        "404 NoSuchEntity: Scope ARN: arn:aws:iam::aws:policy/Ghost does not exist or is not attachable.",
    );
    for _ in 0..2 {
        roles.delete_role_permissions_boundary(&name()).await.unwrap();
        let found = roles.get_role(&name()).await.unwrap();
        assert_eq!(found, Role { permissions_boundary: None, ..expected(&id) });
    }
}

#[tokio::test]
async fn managed_policies_are_attached_listed_and_detached() {
    let (aws, _) = with_role().await;
    let roles = aws.providers.roles();
    assert_eq!(roles.list_attached_role_policies(&name()).await.unwrap(), []);
    for _ in 0..2 {
        roles.attach_role_policy(&name(), &execution()).await.unwrap();
        let listed = roles.list_attached_role_policies(&name()).await.unwrap();
        let expected = AttachedPolicy {
            arn: EXECUTION.to_owned(),
            name: "AmazonECSTaskExecutionRolePolicy".to_owned(),
        };
        assert_eq!(listed, [expected]);
    }
    refused(
        roles.attach_role_policy(&name(), &of(GHOST)).await,
        iam::ATTACH_ROLE_POLICY,
        ErrorKind::NotFound,
        "404 NoSuchEntity: Policy arn:aws:iam::aws:policy/Ghost does not exist or is not attachable.",
    );
    roles.detach_role_policy(&name(), EXECUTION).await.unwrap();
    assert_eq!(roles.list_attached_role_policies(&name()).await.unwrap(), []);
    refused(
        roles.detach_role_policy(&name(), EXECUTION).await,
        iam::DETACH_ROLE_POLICY,
        ErrorKind::NotFound,
        &format!("404 NoSuchEntity: Policy {EXECUTION} was not found."),
    );
}

#[tokio::test]
async fn the_eleventh_managed_policy_is_beyond_the_quota() {
    let (aws, _) = with_role().await;
    let roles = aws.providers.roles();
    let arns: Vec<Arn> = (0..11)
        .map(|n| {
            let policy = CreatePolicyRequest {
                policy_name: Some(format!("p{n:02}")),
                path: Some("/team/".to_owned()),
                policy_document: Some(document().to_json()),
                ..CreatePolicyRequest::default()
            };
            of(&aws.mock.call(policy).unwrap().policy.arn)
        })
        .collect();
    for arn in &arns[..10] {
        roles.attach_role_policy(&name(), arn).await.unwrap();
    }
    refused(
        roles.attach_role_policy(&name(), &arns[10]).await,
        iam::ATTACH_ROLE_POLICY,
        ErrorKind::LimitExceeded,
        "409 LimitExceeded: Cannot exceed quota for PoliciesPerRole: 10",
    );
    let listed = roles.list_attached_role_policies(&name()).await.unwrap();
    let listed: Vec<_> = listed.iter().map(|policy| policy.arn.as_str()).collect();
    let attached: Vec<_> = arns[..10].iter().map(ToString::to_string).collect();
    assert_eq!(listed, attached);
}

#[tokio::test]
async fn inline_policies_are_put_read_listed_and_deleted() {
    let (aws, _) = with_role().await;
    let roles = aws.providers.roles();
    assert_eq!(roles.list_role_policies(&name()).await.unwrap(), [""; 0]);
    let other =
        PolicyDocument::new([Statement::allow(["logs:PutLogEvents"]).with_resources(["*"])]);
    for document in [&other, &document(), &document()] {
        roles.put_role_policy(&name(), &inline(), document).await.unwrap();
        let text = roles.get_role_policy(&name(), &inline()).await.unwrap();
        assert_eq!(text.as_str(), document.to_json(), "to the letter");
        assert_eq!(roles.list_role_policies(&name()).await.unwrap(), ["inline"]);
    }
    roles.delete_role_policy(&name(), "inline").await.unwrap();
    assert_eq!(roles.list_role_policies(&name()).await.unwrap(), [""; 0]);
    let gone = "404 NoSuchEntity: The role policy with name inline cannot be found.";
    let read = roles.get_role_policy(&name(), &inline()).await;
    refused(read, iam::GET_ROLE_POLICY, ErrorKind::NotFound, gone);
    let deleted = roles.delete_role_policy(&name(), "inline").await;
    refused(deleted, iam::DELETE_ROLE_POLICY, ErrorKind::NotFound, gone);
}

#[tokio::test]
async fn inline_policies_that_iam_does_not_take_are_refused() {
    let (aws, _) = with_role().await;
    let roles = aws.providers.roles();
    refused(
        roles.put_role_policy(&name(), &inline(), &spec().trust).await,
        iam::PUT_ROLE_POLICY,
        ErrorKind::InvalidInput,
        "400 MalformedPolicyDocument: Policy document should not specify a principal.",
    );
    let resource = format!("arn:aws:s3:::{}", "x".repeat(10_240));
    let large = Statement::allow(["s3:GetObject"]).with_resources([resource]);
    refused(
        roles.put_role_policy(&name(), &inline(), &PolicyDocument::new([large])).await,
        iam::PUT_ROLE_POLICY,
        ErrorKind::LimitExceeded,
        "409 LimitExceeded: Maximum policy size of 10240 bytes exceeded for role app",
    );
    assert_eq!(roles.list_role_policies(&name()).await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn lists_go_on_to_their_last_page() {
    let (aws, _) = with_role().await;
    let roles = aws.providers.roles();
    // As short as a policy can be: 101 of them fit into a role.
    let short = PolicyDocument::new([Statement::allow(["s3:*"]).with_resources(["*"])]);
    let names: Vec<String> = (0..101).map(|n| format!("p{n:03}")).collect();
    for policy in &names {
        roles.put_role_policy(&name(), &of(policy), &short).await.unwrap();
        aws.elsewhere(|call| add_instance_profile(call, policy, "app")).unwrap();
    }
    assert_eq!(roles.list_role_policies(&name()).await.unwrap(), names);
    assert_eq!(roles.list_instance_profiles_for_role(&name()).await.unwrap(), names);
    let pages = [iam::LIST_ROLE_POLICIES, iam::LIST_INSTANCE_PROFILES_FOR_ROLE];
    assert_eq!(pages.map(|operation| aws.calls(operation)), [2, 2]);
}

#[tokio::test]
async fn a_role_is_deleted_once_nothing_hangs_on_it() {
    let (aws, _) = with_role().await;
    let roles = aws.providers.roles();
    roles.attach_role_policy(&name(), &execution()).await.unwrap();
    roles.put_role_policy(&name(), &inline(), &document()).await.unwrap();
    aws.elsewhere(|call| add_instance_profile(call, "profile", "app")).unwrap();
    assert_eq!(roles.list_instance_profiles_for_role(&name()).await.unwrap(), ["profile"]);

    let conflict = |what| format!("409 DeleteConflict: Cannot delete entity, must {what} first.");
    let (operation, in_use) = (iam::DELETE_ROLE, ErrorKind::InUse);
    let answer = conflict("remove roles from instance profile");
    refused(roles.delete_role(&name()).await, operation, in_use, &answer);
    aws.elsewhere(|call| infra_mock::iam::remove_instance_profile(call, "profile"));
    let answer = conflict("detach all policies");
    refused(roles.delete_role(&name()).await, operation, in_use, &answer);
    roles.detach_role_policy(&name(), EXECUTION).await.unwrap();
    let answer = conflict("delete policies");
    refused(roles.delete_role(&name()).await, operation, in_use, &answer);
    roles.delete_role_policy(&name(), "inline").await.unwrap();
    roles.delete_role(&name()).await.unwrap();
    refused(
        roles.delete_role(&name()).await,
        operation,
        ErrorKind::NotFound,
        "404 NoSuchEntity: The role with name app cannot be found.",
    );
}

#[tokio::test]
async fn a_role_made_anew_has_another_id() {
    let (aws, id) = with_role().await;
    let roles = aws.providers.roles();
    roles.delete_role(&name()).await.unwrap();
    let anew = roles.create_role(&spec()).await.unwrap();
    assert_ne!(anew.id, id);
    assert_eq!(anew, expected(&anew.id));
}

#[tokio::test]
async fn a_role_that_is_linked_to_a_service_is_not_ours_to_change() {
    let aws = Aws::new();
    aws.elsewhere(infra_mock::iam::ensure_ecs_service_linked_role);
    let (roles, linked) = (aws.providers.roles(), of("AWSServiceRoleForECS"));
    let role = roles.get_role(&linked).await.unwrap();
    assert_eq!(role.path, of("/aws-service-role/ecs.amazonaws.com/"));
    assert_eq!(role.tags, tags([]));
    refused(
        roles.delete_role(&linked).await,
        iam::DELETE_ROLE,
        ErrorKind::InvalidInput,
        "400 UnmodifiableEntity: Cannot perform the operation on the protected role \
         'AWSServiceRoleForECS' - this role is only modifiable by AWS",
    );
}

#[tokio::test]
async fn tags_are_set_beside_the_others_and_removed() {
    let (aws, id) = with_role().await;
    let roles = aws.providers.roles();
    roles.tag_role(&name(), &tags([("Name", "other"), ("Team", "a + b")])).await.unwrap();
    roles.untag_role(&name(), &owned(["with space", "absent"])).await.unwrap();
    let left = tags([("Name", "other"), ("Team", "a + b"), ("empty", "")]);
    assert_eq!(roles.get_role(&name()).await.unwrap(), Role { tags: left, ..expected(&id) });
    refused(
        roles.tag_role(&name(), &many_tags(48)).await,
        iam::TAG_ROLE,
        ErrorKind::LimitExceeded,
        "409 LimitExceeded: The number of tags has reached the maximum limit.",
    );
    roles.tag_role(&name(), &many_tags(47)).await.unwrap();
    assert_eq!(roles.get_role(&name()).await.unwrap().tags.len(), 50);
}
