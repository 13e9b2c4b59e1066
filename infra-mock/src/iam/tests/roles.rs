//! Tests for creating, reading, listing, updating and deleting roles.

use super::{
    ALLOW, EXECUTION, Fixture, START, TRUST, create, decoded, no_role, protected, refusal, some,
};
use crate::iam::{
    AttachRolePolicyRequest, CreateRoleRequest, DeleteRolePermissionsBoundaryRequest,
    DeleteRolePolicyRequest, DeleteRoleRequest, DetachRolePolicyRequest, GetRoleRequest,
    ListRolesRequest, PutRolePermissionsBoundaryRequest, PutRolePolicyRequest, RoleLastUsed, Tag,
    UpdateAssumeRolePolicyRequest, UpdateRoleDescriptionRequest, UpdateRoleRequest,
    add_instance_profile, ensure_ecs_service_linked_role, remove_instance_profile,
};

const BOUNDARY: &str = "arn:aws:iam::aws:policy/PowerUserAccess";

fn full() -> CreateRoleRequest {
    CreateRoleRequest {
        path: some("/teams/app/"),
        description: some("runs the app"),
        max_session_duration: Some(7200),
        permissions_boundary: some(BOUNDARY),
        tags: vec![Tag::new("Name", "app")],
        ..create("app")
    }
}

#[test]
fn a_created_role_can_be_read() {
    let mut aws = Fixture::new();
    let created = aws.ok(full()).role;
    assert_eq!(created.arn, "arn:aws:iam::123456789012:role/teams/app/app");
    assert!(created.role_id.starts_with("AROA") && created.role_id.len() == 21);
    assert_eq!((created.description.as_ref(), created.max_session_duration), (None, None));

    let role = aws.get("app");
    assert_eq!(role.role_id, created.role_id);
    assert_eq!(role.create_date, START);
    assert_eq!(role.description.as_deref(), Some("runs the app"));
    assert_eq!(role.max_session_duration, Some(7200));
    assert_eq!(role.role_last_used, Some(RoleLastUsed::default()));
    assert_eq!(role.tags, Some(vec![Tag::new("Name", "app")]));
    let boundary = role.permissions_boundary.unwrap();
    assert_eq!(boundary.permissions_boundary_type, "Policy");
    assert_eq!(boundary.permissions_boundary_arn, BOUNDARY);
    let document = role.assume_role_policy_document.unwrap();
    assert!(document.starts_with("%7B%22Version%22%3A%222012-10-17%22"), "{document}");
    assert_eq!(decoded(&document), TRUST);
}

#[test]
fn a_role_has_defaults() {
    let mut aws = Fixture::new();
    aws.role("plain");
    let role = aws.get("plain");
    assert_eq!((role.path.as_str(), role.max_session_duration), ("/", Some(3600)));
    assert_eq!((role.tags, role.description, role.permissions_boundary), (None, None, None));
}

#[test]
fn arns_follow_the_partition() {
    let mut aws = Fixture::at("cn-north-1");
    assert_eq!(aws.role("app").arn, "arn:aws-cn:iam::123456789012:role/app");
    let mut aws = Fixture::at("us-gov-west-1");
    assert_eq!(aws.role("app").arn, "arn:aws-us-gov:iam::123456789012:role/app");
}

#[test]
fn role_names_are_unique_regardless_of_case() {
    let mut aws = Fixture::new();
    aws.role("App");
    let exists = refusal("EntityAlreadyExists", 409, "Role with name app already exists.");
    assert_eq!(aws.refused(create("app")), exists);
    assert_eq!(aws.get("APP").role_name, "App");
}

#[test]
fn invalid_members_are_rejected_with_iam_s_messages() {
    let mut aws = Fixture::new();
    let mut refused = |request| {
        let (code, status, message) = aws.refused::<CreateRoleRequest>(request);
        assert_eq!((code.as_str(), status), ("ValidationError", 400));
        message
    };
    let at = |member: &str, rule: &str| {
        format!(
            "1 validation error detected: Value at '{member}' failed to satisfy constraint: {rule}"
        )
    };
    let long = "r".repeat(65);
    let cases = [
        (
            create(&long),
            at("roleName", "Member must have length less than or equal to 64"),
        ),
        (
            CreateRoleRequest { role_name: None, ..create("") },
            at("roleName", "Member must not be null"),
        ),
        (
            create("a b"),
            "The specified value for roleName is invalid. It must contain only alphanumeric \
             characters and/or the following: +=,.@_-"
                .to_owned(),
        ),
        (
            CreateRoleRequest { path: some("app"), ..create("app") },
            "The specified value for path is invalid. It must begin and end with / and contain only \
             alphanumeric characters and/or / characters."
                .to_owned(),
        ),
        (
            CreateRoleRequest { max_session_duration: Some(900), ..create("app") },
            "1 validation error detected: Value at 'maxSessionDuration' failed to satisfy \
             constraint: Member must have value greater than or equal to 3600"
                .to_owned(),
        ),
        (
            CreateRoleRequest { max_session_duration: Some(43_201), ..create("app") },
            "1 validation error detected: Value at 'maxSessionDuration' failed to satisfy \
             constraint: Member must have value less than or equal to 43200"
                .to_owned(),
        ),
        (
            CreateRoleRequest { description: some("€"), ..create("app") },
            at(
                "description",
                "Member must satisfy regular expression pattern: \
                 [\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*",
            ),
        ),
        (
            CreateRoleRequest { assume_role_policy_document: some("{€}"), ..create("app") },
            "The specified value for assumeRolePolicyDocument is invalid. It must contain only \
             printable ASCII characters."
                .to_owned(),
        ),
        (
            CreateRoleRequest {
                assume_role_policy_document: None,
                permissions_boundary: some("short"),
                ..create("app")
            },
            "2 validation errors detected: Value at 'permissionsBoundary' failed to satisfy \
             constraint: Member must have length greater than or equal to 20; Value at \
             'assumeRolePolicyDocument' failed to satisfy constraint: Member must not be null"
                .to_owned(),
        ),
    ];
    for (request, message) in cases {
        assert_eq!(refused(request), message);
    }
}

#[test]
fn the_path_of_service_linked_roles_is_reserved() {
    let mut aws = Fixture::new();
    let path = some("/aws-service-role/ecs.amazonaws.com/");
    let words = "Path prefix '/aws-service-role/' can only be used for AWS Service linked Roles";
    assert_eq!(
        aws.refused(CreateRoleRequest { path, ..create("app") }),
        refusal("InvalidInput", 400, words)
    );
}

#[test]
fn an_account_can_have_a_thousand_roles() {
    let mut aws = Fixture::new();
    for i in 0..1000 {
        create(&format!("role{i}")).run_quietly(&mut aws);
    }
    let words = "Cannot exceed quota for RolesPerAccount: 1000";
    assert_eq!(aws.refused(create("more")), refusal("LimitExceeded", 409, words));
}

trait Quietly {
    fn run_quietly(self, aws: &mut Fixture);
}

impl Quietly for CreateRoleRequest {
    /// Runs the request without checking what it changes in the world, because the check would be
    /// slow for a thousand roles.
    fn run_quietly(self, aws: &mut Fixture) {
        crate::api::Operation::run(self, &mut aws.call()).unwrap();
    }
}

#[test]
fn errors_name_the_missing_resource() {
    let mut aws = Fixture::new();
    assert_eq!(aws.refused(GetRoleRequest { role_name: some("ghost") }), no_role("ghost"));
    assert_eq!(aws.refused(DeleteRoleRequest { role_name: some("ghost") }), no_role("ghost"));
    let request = UpdateRoleRequest { role_name: some("ghost"), ..Default::default() };
    assert_eq!(aws.refused(request), no_role("ghost"));
    let request = UpdateRoleDescriptionRequest { role_name: some("ghost"), description: some("x") };
    assert_eq!(aws.refused(request), no_role("ghost"));
    let request =
        UpdateAssumeRolePolicyRequest { role_name: some("ghost"), policy_document: some(TRUST) };
    assert_eq!(aws.refused(request), no_role("ghost"));
    let request = DeleteRolePermissionsBoundaryRequest { role_name: some("ghost") };
    assert_eq!(aws.refused(request), no_role("ghost"));
}

#[test]
fn roles_are_listed_by_path_and_in_pages() {
    let mut aws = Fixture::new();
    aws.ok(full());
    for name in ["c", "a", "b"] {
        aws.role(name);
    }
    let all = aws.ok(ListRolesRequest::default());
    let names: Vec<_> = all.roles.iter().map(|role| role.role_name.as_str()).collect();
    assert_eq!((names, all.is_truncated), (vec!["a", "app", "b", "c"], false));

    let teams = ListRolesRequest { path_prefix: some("/teams"), ..Default::default() };
    let teams = aws.ok(teams).roles;
    assert_eq!(teams.len(), 1);
    let listed = &teams[0];
    assert_eq!((&listed.tags, &listed.permissions_boundary), (&None, &None));
    assert_eq!((&listed.role_last_used, listed.max_session_duration), (&None, Some(7200)));

    let request = ListRolesRequest { max_items: Some(3), ..Default::default() };
    let first = aws.ok(request.clone());
    assert!(first.is_truncated && first.roles.len() == 3);
    let second = aws.ok(ListRolesRequest { marker: first.marker, ..request });
    assert_eq!(second.roles[0].role_name, "c");
    assert_eq!((second.is_truncated, second.marker), (false, None));
}

#[test]
fn invalid_list_requests_are_rejected() {
    let mut aws = Fixture::new();
    let marker = ListRolesRequest { marker: some("nonsense"), ..Default::default() };
    assert_eq!(aws.refused(marker), refusal("ValidationError", 400, "Invalid Marker."));
    let many = ListRolesRequest { max_items: Some(1001), ..Default::default() };
    let words = "1 validation error detected: Value at 'maxItems' failed to satisfy \
                 constraint: Member must have value less than or equal to 1000";
    assert_eq!(aws.refused(many), refusal("ValidationError", 400, words));
    let prefix = ListRolesRequest { path_prefix: some("teams"), ..Default::default() };
    let words = "The specified value for pathPrefix is invalid. It must begin with the / character \
                 and contain only alphanumeric characters and/or / characters.";
    assert_eq!(aws.refused(prefix), refusal("ValidationError", 400, words));
}

#[test]
fn the_sign_in_session_duration_is_set_and_removed() {
    let mut aws = Fixture::new();
    aws.ok(CreateRoleRequest { max_signin_session_duration: Some(7200), ..create("app") });
    let update = |seconds, reset| UpdateRoleRequest {
        role_name: some("app"),
        max_signin_session_duration: seconds,
        reset_max_signin_session_duration: reset,
        ..Default::default()
    };
    assert_eq!(aws.get("app").max_signin_session_duration, Some(7200));
    assert_eq!(aws.refused(update(Some(3600), Some(true))).0, "InvalidInput");
    assert_eq!(aws.refused(update(Some(3599), None)).0, "ValidationError");
    aws.ok(update(None, Some(false)));
    assert_eq!(aws.get("app").max_signin_session_duration, Some(7200));
    aws.ok(update(Some(3600), None));
    assert_eq!(aws.get("app").max_signin_session_duration, Some(3600));
    aws.ok(update(None, Some(true)));
    assert_eq!(aws.get("app").max_signin_session_duration, None);
}

#[test]
fn update_role_keeps_omitted_members() {
    let mut aws = Fixture::new();
    aws.ok(full());
    let name = some("app");
    let description = some("runs it all");
    aws.ok(UpdateRoleRequest { role_name: name.clone(), description, ..Default::default() });
    aws.ok(UpdateRoleRequest {
        max_session_duration: Some(3600),
        role_name: name.clone(),
        ..Default::default()
    });
    let role = aws.get("app");
    assert_eq!(role.description.as_deref(), Some("runs it all"));
    assert_eq!(role.max_session_duration, Some(3600));

    let request = UpdateRoleDescriptionRequest { role_name: name, description: some("third") };
    let shown = aws.ok(request).role;
    assert_eq!(shown.description.as_deref(), Some("third"));
    assert_eq!((shown.max_session_duration, shown.role_last_used), (None, None));
}

#[test]
fn a_trust_policy_can_be_replaced() {
    let mut aws = Fixture::new();
    aws.role("app");
    let trust = TRUST.replace("ecs-tasks", "ec2");
    let request =
        UpdateAssumeRolePolicyRequest { role_name: some("app"), policy_document: some(&trust) };
    aws.ok(request);
    let shown = aws.get("app").assume_role_policy_document.unwrap();
    assert_eq!(decoded(&shown), trust);
    let request =
        UpdateAssumeRolePolicyRequest { role_name: some("app"), policy_document: some("{") };
    let words = "This policy contains invalid Json";
    assert_eq!(aws.refused(request), refusal("MalformedPolicyDocument", 400, words));
}

#[test]
fn a_boundary_is_set_and_removed() {
    let mut aws = Fixture::new();
    aws.role("app");
    let put = |arn: &str| PutRolePermissionsBoundaryRequest {
        role_name: some("app"),
        permissions_boundary: some(arn),
    };
    aws.ok(put(BOUNDARY));
    assert!(aws.get("app").permissions_boundary.is_some());
    aws.ok(DeleteRolePermissionsBoundaryRequest { role_name: some("app") });
    assert_eq!(aws.get("app").permissions_boundary, None);

    let odd = "arn:aws:iam::123456789012:not_a_policy/x";
    let invalid = refusal("InvalidInput", 400, format!("ARN {odd} is not valid."));
    assert_eq!(aws.refused(put(odd)), invalid);
    let created = CreateRoleRequest { permissions_boundary: some(odd), ..create("other") };
    assert_eq!(aws.refused(created), invalid);
    let ghost = "arn:aws:iam::123456789012:policy/ghost";
    let words = format!("Scope ARN: {ghost} does not exist or is not attachable.");
    assert_eq!(aws.refused(put(ghost)), refusal("NoSuchEntity", 404, words.clone()));
    let created = CreateRoleRequest { permissions_boundary: some(ghost), ..create("other") };
    assert_eq!(aws.refused(created), refusal("NoSuchEntity", 404, words));
    let request = PutRolePermissionsBoundaryRequest { role_name: some("ghost"), ..put(BOUNDARY) };
    assert_eq!(aws.refused(request), no_role("ghost"));
}

#[test]
fn a_role_in_use_cannot_be_deleted() {
    let mut aws = Fixture::new();
    aws.role("app");
    let (role_name, policy_arn) = (some("app"), some(EXECUTION));
    let delete = DeleteRoleRequest { role_name: role_name.clone() };
    aws.ok(AttachRolePolicyRequest {
        role_name: role_name.clone(),
        policy_arn: policy_arn.clone(),
    });
    let inline = PutRolePolicyRequest {
        role_name: role_name.clone(),
        policy_name: some("logs"),
        policy_document: some(ALLOW),
    };
    aws.ok(inline);
    add_instance_profile(&mut aws.call(), "profile", "APP").unwrap();

    let conflict = |words| refusal("DeleteConflict", 409, words);
    let words = "Cannot delete entity, must remove roles from instance profile first.";
    assert_eq!(aws.refused(delete.clone()), conflict(words));
    remove_instance_profile(&mut aws.call(), "Profile");
    let words = "Cannot delete entity, must detach all policies first.";
    assert_eq!(aws.refused(delete.clone()), conflict(words));
    aws.ok(DetachRolePolicyRequest { role_name: role_name.clone(), policy_arn });
    let words = "Cannot delete entity, must delete policies first.";
    assert_eq!(aws.refused(delete.clone()), conflict(words));
    aws.ok(DeleteRolePolicyRequest { role_name, policy_name: some("logs") });
    aws.ok(delete.clone());
    assert_eq!(aws.refused(delete), no_role("app"));
}

#[test]
fn role_created_again_has_a_new_id() {
    let mut aws = Fixture::new();
    let first = aws.role("app");
    aws.ok(DeleteRoleRequest { role_name: some("app") });
    let second = aws.role("app");
    assert_eq!(first.arn, second.arn);
    assert_ne!(first.role_id, second.role_id);
}

#[test]
fn only_the_description_of_a_service_linked_role_can_change() {
    let mut aws = Fixture::new();
    ensure_ecs_service_linked_role(&mut aws.call());
    let role_name = some("AWSServiceRoleForECS");
    let policy_arn = some(EXECUTION);
    let document = some(ALLOW);
    assert_eq!(aws.refused(DeleteRoleRequest { role_name: role_name.clone() }), protected());
    let request = UpdateAssumeRolePolicyRequest {
        role_name: role_name.clone(),
        policy_document: some(TRUST),
    };
    assert_eq!(aws.refused(request), protected());
    let attach =
        AttachRolePolicyRequest { role_name: role_name.clone(), policy_arn: policy_arn.clone() };
    assert_eq!(aws.refused(attach), protected());
    let detach = DetachRolePolicyRequest { role_name: role_name.clone(), policy_arn };
    assert_eq!(aws.refused(detach), protected());
    let put = PutRolePolicyRequest {
        role_name: role_name.clone(),
        policy_name: some("x"),
        policy_document: document,
    };
    assert_eq!(aws.refused(put), protected());
    let delete = DeleteRolePolicyRequest { role_name: role_name.clone(), policy_name: some("x") };
    assert_eq!(aws.refused(delete), protected());
    let bound = PutRolePermissionsBoundaryRequest {
        role_name: role_name.clone(),
        permissions_boundary: some(BOUNDARY),
    };
    assert_eq!(aws.refused(bound), protected());
    let unbound = DeleteRolePermissionsBoundaryRequest { role_name: role_name.clone() };
    assert_eq!(aws.refused(unbound), protected());
    let update = UpdateRoleRequest {
        role_name: role_name.clone(),
        max_session_duration: Some(7200),
        ..Default::default()
    };
    assert_eq!(aws.refused(update.clone()), protected());
    let reset =
        UpdateRoleRequest { reset_max_signin_session_duration: Some(true), ..update.clone() };
    assert_eq!(aws.refused(reset), protected());
    aws.ok(UpdateRoleRequest { description: some("mine"), max_session_duration: None, ..update });
    assert_eq!(aws.get("AWSServiceRoleForECS").description.as_deref(), Some("mine"));
}
