//! The permissions required for operations on MFA devices, credential reports, context keys, and
//! credentials other than access keys.

use crate::access::{Need, needs, needs_on, needs_on_all};
use crate::api::Call;
#[allow(clippy::wildcard_imports, reason = "the tables name most requests of the service")]
use crate::iam::model::*;

use super::super::state;
use super::others::{arn, on_user, tag_pairs, tagged};
use super::tagging;

needs_on! {
    on_user(user_name):
        DeactivateMFADeviceRequest, DeleteSSHPublicKeyRequest,
        DeleteServiceSpecificCredentialRequest, DeleteSigningCertificateRequest,
        EnableMFADeviceRequest, GetMFADeviceRequest, GetSSHPublicKeyRequest, ListMFADevicesRequest,
        ListSSHPublicKeysRequest, ListSigningCertificatesRequest,
        ResetServiceSpecificCredentialRequest, ResyncMFADeviceRequest, UpdateSSHPublicKeyRequest,
        UpdateServiceSpecificCredentialRequest, UpdateSigningCertificateRequest,
        UploadSSHPublicKeyRequest, UploadSigningCertificateRequest;
    on_device(serial_number): DeleteVirtualMFADeviceRequest, ListMFADeviceTagsRequest;
}

needs_on_all! {
    GenerateCredentialReportRequest, GetContextKeysForCustomPolicyRequest,
    GetCredentialReportRequest, ListVirtualMFADevicesRequest;
}

tagging! {
    on_device(serial_number): TagMFADeviceRequest, UntagMFADeviceRequest;
}

needs! {
    ChangePasswordRequest => |_, call| change_password(call);
    GetContextKeysForPrincipalPolicyRequest => |request, _| {
        let arn = request.policy_source_arn.as_deref().unwrap_or_default();
        vec![Need::new("iam:GetContextKeysForPrincipalPolicy", arn)]
    };
    CreateServiceSpecificCredentialRequest => |request, call| vec![
            on_user(call, "iam:CreateServiceSpecificCredential", request.user_name.as_deref())
                .with("iam:ServiceSpecificCredentialServiceName", request.service_name.as_ref())
                .with("iam:ServiceSpecificCredentialAgeDays", request.credential_age_days.map(|days| days.to_string())),
        ];
    CreateVirtualMFADeviceRequest => |request, call| {
        let path = request.path.as_deref().unwrap_or("/");
        let name = request.virtual_mfa_device_name.as_deref().unwrap_or_default();
        let arn = arn(call, &format!("mfa{path}{name}"));
        tagged(["iam:CreateVirtualMFADevice", "iam:TagMFADevice"], &arn, &request.tags)
    };
    ListServiceSpecificCredentialsRequest => |request, call| {
        let all = request.all_users == Some(true);
        vec![if all { Need::new("iam:ListServiceSpecificCredentials", "*") } else {
            on_user(call, "iam:ListServiceSpecificCredentials", request.user_name.as_deref())
        }]
    };
}

/// Returns the permission that callers need to change their own password. They need none if the
/// account's password policy allows all users to change their own passwords:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_enable-user-change.html>.
fn change_password(call: &Call<'_>) -> Vec<Need> {
    let may = state(call).password_policy.is_some_and(|policy| policy.users_may_change);
    if may { Vec::new() } else { vec![on_user(call, "iam:ChangePassword", None)] }
}

/// Returns the permission for an action on a virtual MFA device. The device's serial number is its
/// ARN.
fn on_device(call: &Call<'_>, action: &str, arn: Option<&str>) -> Need {
    let arn = arn.unwrap_or_default();
    let device = state(call).mfa_devices.get(arn);
    let tags = device.into_iter().flat_map(|device| device.tags.values());
    Need::new(action, arn).with_resource_tags(tag_pairs(tags))
}
