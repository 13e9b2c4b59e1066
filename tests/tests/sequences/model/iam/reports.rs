//! IAM: the credential report, context keys, and the caller's password.

use infra_mock::iam::{
    ChangePasswordRequest, GenerateCredentialReportRequest, GetContextKeysForCustomPolicyRequest,
    GetContextKeysForPrincipalPolicyRequest, GetCredentialReportRequest,
};
use proptest::prelude::*;

use super::super::draw::{either, several, step, text};
use super::super::{AnyStep, sent_by};
use super::{BAD_DOCUMENTS, DOCUMENTS, list};

sent_by! { iam:
    ChangePasswordRequest { old_password, new_password } => change_password
        .set_old_password(old_password)
        .set_new_password(new_password);
    GenerateCredentialReportRequest {} => generate_credential_report;
    GetContextKeysForCustomPolicyRequest { policy_input_list } => get_context_keys_for_custom_policy
        .set_policy_input_list(list(policy_input_list, std::convert::identity));
    GetContextKeysForPrincipalPolicyRequest {
        policy_source_arn, policy_input_list,
    } => get_context_keys_for_principal_policy
        .set_policy_source_arn(policy_source_arn)
        .set_policy_input_list(list(policy_input_list, std::convert::identity));
    GetCredentialReportRequest {} => get_credential_report;
}

const SOURCES: &[&str] =
    &["arn:aws:iam::123456789012:user/ada", "arn:aws:iam::123456789012:role/a"];
const WITH_KEYS: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::${aws:username}","Condition":{"Bool":{"aws:SecureTransport":"true"}}}]}"#;

pub(super) fn steps(odd: u32) -> BoxedStrategy<AnyStep> {
    let policies = || {
        let some = several(odd, DOCUMENTS, BAD_DOCUMENTS);
        some.prop_map(|all| [vec![WITH_KEYS.to_owned()], all].concat())
    };
    either(vec![
        (
            1,
            step(
                (
                    text(odd, &["Correct-horse-1"], &[""]),
                    text(odd, &["Correct-horse-2"], &["weak", ""]),
                )
                    .prop_map(|(old_password, new_password)| {
                        ChangePasswordRequest { old_password, new_password }
                    }),
            ),
        ),
        (1, step(Just(GenerateCredentialReportRequest {}))),
        (1, step(Just(GetCredentialReportRequest {}))),
        (
            1,
            step(policies().prop_map(|policy_input_list| GetContextKeysForCustomPolicyRequest {
                policy_input_list,
            })),
        ),
        (
            1,
            step(
                (text(odd, SOURCES, &["arn:aws:iam::123456789012:user/ghost", "x"]), policies())
                    .prop_map(|(policy_source_arn, policy_input_list)| {
                        GetContextKeysForPrincipalPolicyRequest {
                            policy_source_arn,
                            policy_input_list,
                        }
                    }),
            ),
        ),
    ])
}
