//! Tests for credential reports, context keys, and users who change their own passwords.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use super::Fixture;
use crate::iam::{
    ChangePasswordRequest, CreateAccessKeyRequest, CreateLoginProfileRequest, CreateUserRequest,
    EnableMFADeviceRequest, GenerateCredentialReportRequest, GetContextKeysForCustomPolicyRequest,
    GetContextKeysForPrincipalPolicyRequest, GetCredentialReportRequest, GetLoginProfileRequest,
    PutUserPolicyRequest, UpdateAccountPasswordPolicyRequest, UploadSigningCertificateRequest,
};

const ALL: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"arn:aws:dynamodb:us-west-2:128716708097:table/${aws:username}","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2015-08-16T12:00:00Z"}}}}"#;

#[test]
fn the_credential_report_has_a_line_for_every_user() {
    let mut aws = Fixture::new();
    let day = Duration::from_hours(24);
    for user in ["ada", "bob"] {
        aws.does::<CreateUserRequest>(json!({"UserName": user}));
    }
    aws.now = aws.now.after(day);
    aws.does::<UpdateAccountPasswordPolicyRequest>(json!({"MaxPasswordAge": 30}));
    aws.does::<CreateLoginProfileRequest>(
        json!({"UserName": "ada", "Password": "Correct-horse-1"}),
    );
    aws.does::<CreateAccessKeyRequest>(json!({"UserName": "ada"}));
    aws.does::<UploadSigningCertificateRequest>(
        json!({"UserName": "ada", "CertificateBody": include_str!("keys/ec.crt")}),
    );
    aws.does::<EnableMFADeviceRequest>(json!({
        "UserName": "ada",
        "SerialNumber": "GAHT12345678",
        "AuthenticationCode1": "123456",
        "AuthenticationCode2": "654321",
    }));
    assert_eq!(aws.says::<GetCredentialReportRequest>(json!({})), "ReportNotPresent 410: ");
    let started = aws.does::<GenerateCredentialReportRequest>(json!({}));
    assert_eq!(
        started,
        json!({"State": "STARTED", "Description": "No report exists. Starting a new report generation task"})
    );
    let complete = aws.does::<GenerateCredentialReportRequest>(json!({}));
    assert_eq!(complete, json!({"State": "COMPLETE"}));
    let report = aws.does::<GetCredentialReportRequest>(json!({}));
    assert_eq!(report["ReportFormat"], "text/csv");
    let content = BASE64_STANDARD.decode(report["Content"].as_str().unwrap()).unwrap();
    let content = String::from_utf8(content).unwrap();
    let lines: Vec<Vec<&str>> = content.lines().map(|line| line.split(',').collect()).collect();
    let (first, next) = ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z");
    assert!(lines.iter().all(|line| line.len() == 22), "{content}");
    assert_eq!(lines[1][..3], ["<root_account>", "arn:aws:iam::123456789012:root", first]);
    let arn = "arn:aws:iam::123456789012:user/ada";
    assert_eq!(lines[2][..5], ["ada", arn, first, "true", "no_information"]);
    assert_eq!(
        lines[2][5..13],
        [next, "2026-02-01T00:00:00Z", "true", "true", next, "N/A", "N/A", "N/A"]
    );
    assert_eq!(lines[2][18..], ["true", next, "false", "N/A"]);
    assert_eq!(lines[3][3..9], ["false", "N/A", "N/A", "N/A", "false", "false"]);
    aws.now = aws.now.after(Duration::from_hours(4));
    assert_eq!(aws.says::<GetCredentialReportRequest>(json!({})), "ReportExpired 410: ");
    assert_eq!(aws.does::<GenerateCredentialReportRequest>(json!({}))["State"], "STARTED");
}

#[test]
fn context_keys_are_those_of_conditions_and_variables() {
    let mut aws = Fixture::new();
    let keys = aws.does::<GetContextKeysForCustomPolicyRequest>(json!({"PolicyInputList": [ALL]}));
    assert_eq!(keys, json!({"ContextKeyNames": ["aws:username", "aws:CurrentTime"]}));
    let old = ALL.replace("2012-10-17", "2008-10-17");
    let keys = aws.does::<GetContextKeysForCustomPolicyRequest>(json!({"PolicyInputList": [old]}));
    assert_eq!(keys, json!({"ContextKeyNames": ["aws:CurrentTime"]}));
    let tagged = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"aws:USERNAME":"${aws:PrincipalTag/team, 'none'}${*}"}}}]}"#;
    let both = json!({"PolicyInputList": [ALL, tagged]});
    let keys = aws.does::<GetContextKeysForCustomPolicyRequest>(both);
    let expected = ["aws:username", "aws:CurrentTime", "aws:PrincipalTag/team"];
    assert_eq!(keys["ContextKeyNames"], json!(expected));
    let words =
        aws.says::<GetContextKeysForCustomPolicyRequest>(json!({"PolicyInputList": ["{}"]}));
    assert!(words.starts_with("InvalidInput 400"), "{words}");

    aws.does::<CreateUserRequest>(json!({"UserName": "ada"}));
    aws.does::<PutUserPolicyRequest>(
        json!({"UserName": "ada", "PolicyName": "p", "PolicyDocument": tagged}),
    );
    let arn = "arn:aws:iam::123456789012:user/ada";
    let request = json!({"PolicySourceArn": arn, "PolicyInputList": [ALL]});
    let keys = aws.does::<GetContextKeysForPrincipalPolicyRequest>(request);
    let expected = ["aws:USERNAME", "aws:PrincipalTag/team", "aws:CurrentTime"];
    assert_eq!(keys["ContextKeyNames"], json!(expected));
    let missing = json!({"PolicySourceArn": format!("{arn}-none")});
    let words = aws.says::<GetContextKeysForPrincipalPolicyRequest>(missing);
    assert!(words.starts_with("NoSuchEntity 404"), "{words}");
}

#[test]
fn a_user_changes_its_own_password() {
    let mut aws = Fixture::new();
    aws.caller.arn = "arn:aws:iam::123456789012:user/ada".to_owned();
    let change = |new: &str| json!({"OldPassword": "old", "NewPassword": new});
    aws.does::<CreateUserRequest>(json!({"UserName": "ada"}));
    assert_eq!(
        aws.says::<ChangePasswordRequest>(change("Correct-horse-2")),
        "NoSuchEntity 404: Login Profile for User ada cannot be found."
    );
    let password = json!({"Password": "Correct-horse-1", "PasswordResetRequired": true});
    aws.does::<CreateLoginProfileRequest>(password);
    let words = aws.says::<ChangePasswordRequest>(change("weak"));
    assert!(words.starts_with("PasswordPolicyViolation 400"), "{words}");
    aws.does::<ChangePasswordRequest>(change("Correct-horse-2"));
    let profile = aws.does::<GetLoginProfileRequest>(json!({}))["LoginProfile"].clone();
    assert_eq!(profile["PasswordResetRequired"], false);
    aws.caller.arn = "arn:aws:sts::123456789012:assumed-role/app/session".to_owned();
    let words = aws.says::<ChangePasswordRequest>(change("Correct-horse-3"));
    assert!(words.starts_with("InvalidUserType 400"), "{words}");
}
