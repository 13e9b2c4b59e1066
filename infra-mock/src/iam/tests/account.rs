//! Tests for account settings and for deleting service-linked roles.

use serde_json::{Value, json};

use super::Fixture;
use crate::ecs::{CreateClusterRequest, DeleteClusterRequest};
use crate::iam::{
    AttachUserPolicyRequest, CreateAccountAliasRequest, CreateOpenIDConnectProviderRequest,
    CreateServiceLinkedRoleRequest, CreateUserRequest, DeleteAccountAliasRequest,
    DeleteAccountPasswordPolicyRequest, DeleteServiceLinkedRoleRequest,
    GetAccountPasswordPolicyRequest, GetAccountSummaryRequest, GetRoleRequest,
    GetServiceLinkedRoleDeletionStatusRequest, ListAccountAliasesRequest,
    SetSecurityTokenServicePreferencesRequest, UpdateAccountPasswordPolicyRequest,
};

fn alias(name: &str) -> Value {
    json!({"AccountAlias": name})
}

#[test]
fn an_account_has_one_alias_which_is_unique() {
    let mut aws = Fixture::new();
    assert_eq!(aws.does::<ListAccountAliasesRequest>(json!({}))["AccountAliases"], json!([]));
    aws.does::<CreateAccountAliasRequest>(alias("shop"));
    aws.does::<CreateAccountAliasRequest>(alias("shop-dev"));
    let listed = aws.does::<ListAccountAliasesRequest>(json!({}));
    assert_eq!(listed, json!({"AccountAliases": ["shop-dev"], "IsTruncated": false}));
    aws.caller.location.account_id = "111122223333".parse().unwrap();
    assert_eq!(
        aws.says::<CreateAccountAliasRequest>(alias("shop-dev")),
        "EntityAlreadyExists 409: The account alias shop-dev already exists."
    );
    aws.caller.location.account_id = "123456789012".parse().unwrap();
    let words = aws.says::<DeleteAccountAliasRequest>(alias("shop"));
    assert!(words.starts_with("NoSuchEntity 404"), "{words}");
    aws.does::<DeleteAccountAliasRequest>(alias("shop-dev"));
    assert_eq!(aws.does::<ListAccountAliasesRequest>(json!({}))["AccountAliases"], json!([]));
    let words = aws.says::<CreateAccountAliasRequest>(alias("two--hyphens"));
    assert!(words.starts_with("ValidationError 400"), "{words}");
}

#[test]
fn the_password_policy_has_aws_s_defaults() {
    let mut aws = Fixture::new();
    let missing =
        "NoSuchEntity 404: The Password Policy with domain name 123456789012 cannot be found.";
    assert_eq!(aws.says::<GetAccountPasswordPolicyRequest>(json!({})), missing);
    aws.does::<UpdateAccountPasswordPolicyRequest>(json!({"MaxPasswordAge": 60}));
    let policy = aws.does::<GetAccountPasswordPolicyRequest>(json!({}))["PasswordPolicy"].clone();
    assert_eq!((&policy["ExpirePasswords"], &policy["MaxPasswordAge"]), (&true.into(), &60.into()));
    aws.does::<UpdateAccountPasswordPolicyRequest>(json!({}));
    let policy = aws.does::<GetAccountPasswordPolicyRequest>(json!({}))["PasswordPolicy"].clone();
    assert_eq!(
        policy,
        json!({
            "AllowUsersToChangePassword": false,
            "ExpirePasswords": false,
            "MinimumPasswordLength": 6,
            "RequireLowercaseCharacters": false,
            "RequireNumbers": false,
            "RequireSymbols": false,
            "RequireUppercaseCharacters": false,
        })
    );
    aws.does::<DeleteAccountPasswordPolicyRequest>(json!({}));
    assert_eq!(
        aws.says::<DeleteAccountPasswordPolicyRequest>(json!({})),
        "NoSuchEntity 404: The account policy with name PasswordPolicy cannot be found."
    );
    assert_eq!(
        aws.says::<UpdateAccountPasswordPolicyRequest>(json!({"MinimumPasswordLength": 129})),
        "ValidationError 400: 1 validation error detected: Value at 'minimumPasswordLength' failed to satisfy \
         constraint: Member must have value less than or equal to 128"
    );
    let all = json!({"MinimumPasswordLength": 129, "MaxPasswordAge": 1096, "PasswordReusePrevention": 25});
    let at = |member: &str, most: u32| {
        format!(
            "Value at '{member}' failed to satisfy constraint: Member must have value less than or equal to {most}"
        )
    };
    assert_eq!(
        aws.says::<UpdateAccountPasswordPolicyRequest>(all),
        format!(
            "ValidationError 400: 3 validation errors detected: {}; {}; {}",
            at("minimumPasswordLength", 128),
            at("passwordReusePrevention", 24),
            at("maxPasswordAge", 1095)
        )
    );
}

#[test]
fn the_summary_counts_the_resources_of_the_account() {
    let mut aws = Fixture::new();
    aws.role("app");
    let arn = aws.policy("own");
    aws.policy("unused");
    aws.does::<CreateUserRequest>(json!({"UserName": "ada"}));
    aws.does::<CreateUserRequest>(json!({"UserName": "bob"}));
    let aws_owned = "arn:aws:iam::aws:policy/AdministratorAccess";
    for (user, arn) in [("ada", &*arn), ("bob", &*arn), ("bob", aws_owned)] {
        aws.does::<AttachUserPolicyRequest>(json!({"UserName": user, "PolicyArn": arn}));
    }
    aws.does::<CreateOpenIDConnectProviderRequest>(json!({"Url": "https://example.com"}));
    let summary = aws.does::<GetAccountSummaryRequest>(json!({}))["SummaryMap"].clone();
    let counts = ["Roles", "Policies", "PolicyVersionsInUse", "Users", "Providers", "Groups"];
    assert_eq!(counts.map(|key| summary[key].as_i64().unwrap()), [1, 2, 2, 2, 1, 0]);
    assert_eq!(summary.as_object().unwrap().len(), 34);
    for (version, number) in [("v2Token", 2), ("v1Token", 1)] {
        let request = json!({"GlobalEndpointTokenVersion": version});
        aws.does::<SetSecurityTokenServicePreferencesRequest>(request);
        let summary = aws.does::<GetAccountSummaryRequest>(json!({}))["SummaryMap"].clone();
        assert_eq!(summary["GlobalEndpointTokenVersion"], number);
    }
}

#[test]
fn a_service_linked_role_is_deleted_unless_its_service_uses_it() {
    let mut aws = Fixture::new();
    let role = || json!({"RoleName": "AWSServiceRoleForECS"});
    aws.does::<CreateClusterRequest>(json!({"clusterName": "main"}));
    let status = |aws: &mut Fixture| {
        let task = aws.does::<DeleteServiceLinkedRoleRequest>(role())["DeletionTaskId"].clone();
        let prefix = "task/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS/";
        assert!(task.as_str().unwrap().starts_with(prefix), "{task}");
        aws.does::<GetServiceLinkedRoleDeletionStatusRequest>(json!({"DeletionTaskId": task}))
    };
    let failed = status(&mut aws);
    assert_eq!(failed["Status"], "FAILED");
    assert_eq!(
        failed["Reason"]["RoleUsageList"],
        json!([{
            "Region": "us-east-1",
            "Resources": ["arn:aws:ecs:us-east-1:123456789012:cluster/main"],
        }])
    );
    aws.does::<DeleteClusterRequest>(json!({"cluster": "main"}));
    assert_eq!(status(&mut aws), json!({"Status": "SUCCEEDED"}));
    let gone = "NoSuchEntity 404: The role with name AWSServiceRoleForECS cannot be found.";
    assert_eq!(aws.says::<GetRoleRequest>(role()), gone);
    assert_eq!(aws.says::<DeleteServiceLinkedRoleRequest>(role()), gone);
    let words =
        aws.says::<GetServiceLinkedRoleDeletionStatusRequest>(json!({"DeletionTaskId": "x"}));
    assert!(words.starts_with("InvalidInput 400"), "{words}");
    aws.does::<CreateServiceLinkedRoleRequest>(json!({"AWSServiceName": "ecs.amazonaws.com"}));
}
