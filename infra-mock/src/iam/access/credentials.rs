//! The permissions required for operations on MFA devices, credential reports, context keys, and
//! credentials other than access keys.

use crate::access::{Need, needs};
use crate::api::Call;
use crate::iam::{
    ChangePasswordRequest, CreateServiceSpecificCredentialRequest, CreateVirtualMFADeviceRequest,
    DeactivateMFADeviceRequest, DeleteSSHPublicKeyRequest, DeleteServiceSpecificCredentialRequest,
    DeleteSigningCertificateRequest, DeleteVirtualMFADeviceRequest, EnableMFADeviceRequest,
    GenerateCredentialReportRequest, GetContextKeysForCustomPolicyRequest,
    GetContextKeysForPrincipalPolicyRequest, GetCredentialReportRequest, GetMFADeviceRequest,
    GetSSHPublicKeyRequest, ListMFADeviceTagsRequest, ListMFADevicesRequest,
    ListSSHPublicKeysRequest, ListServiceSpecificCredentialsRequest,
    ListSigningCertificatesRequest, ListVirtualMFADevicesRequest,
    ResetServiceSpecificCredentialRequest, ResyncMFADeviceRequest, TagMFADeviceRequest,
    UntagMFADeviceRequest, UpdateSSHPublicKeyRequest, UpdateServiceSpecificCredentialRequest,
    UpdateSigningCertificateRequest, UploadSSHPublicKeyRequest, UploadSigningCertificateRequest,
};

use super::super::state;
use super::others::{arn, on_user, tag_pairs, tagged};
use super::pairs;

needs! {
    ChangePasswordRequest => |_, call| change_password(call);
    GenerateCredentialReportRequest => |_, _| vec![Need::new("iam:GenerateCredentialReport", "*")];
    GetCredentialReportRequest => |_, _| vec![Need::new("iam:GetCredentialReport", "*")];
    GetContextKeysForCustomPolicyRequest => |_, _| vec![Need::new("iam:GetContextKeysForCustomPolicy", "*")];
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
    DeactivateMFADeviceRequest => |request, call| vec![on_user(call, "iam:DeactivateMFADevice", request.user_name.as_deref())];
    DeleteSSHPublicKeyRequest => |request, call| vec![on_user(call, "iam:DeleteSSHPublicKey", request.user_name.as_deref())];
    DeleteServiceSpecificCredentialRequest => |request, call| vec![on_user(call, "iam:DeleteServiceSpecificCredential", request.user_name.as_deref())];
    DeleteSigningCertificateRequest => |request, call| vec![on_user(call, "iam:DeleteSigningCertificate", request.user_name.as_deref())];
    DeleteVirtualMFADeviceRequest => |request, call| vec![on_device(call, "iam:DeleteVirtualMFADevice", request.serial_number.as_deref())];
    EnableMFADeviceRequest => |request, call| vec![on_user(call, "iam:EnableMFADevice", request.user_name.as_deref())];
    GetMFADeviceRequest => |request, call| vec![on_user(call, "iam:GetMFADevice", request.user_name.as_deref())];
    GetSSHPublicKeyRequest => |request, call| vec![on_user(call, "iam:GetSSHPublicKey", request.user_name.as_deref())];
    ListMFADeviceTagsRequest => |request, call| vec![on_device(call, "iam:ListMFADeviceTags", request.serial_number.as_deref())];
    ListMFADevicesRequest => |request, call| vec![on_user(call, "iam:ListMFADevices", request.user_name.as_deref())];
    ListSSHPublicKeysRequest => |request, call| vec![on_user(call, "iam:ListSSHPublicKeys", request.user_name.as_deref())];
    ListServiceSpecificCredentialsRequest => |request, call| {
        let all = request.all_users == Some(true);
        vec![if all { Need::new("iam:ListServiceSpecificCredentials", "*") } else {
            on_user(call, "iam:ListServiceSpecificCredentials", request.user_name.as_deref())
        }]
    };
    ListSigningCertificatesRequest => |request, call| vec![on_user(call, "iam:ListSigningCertificates", request.user_name.as_deref())];
    ListVirtualMFADevicesRequest => |_, _| vec![Need::new("iam:ListVirtualMFADevices", "*")];
    ResetServiceSpecificCredentialRequest => |request, call| vec![on_user(call, "iam:ResetServiceSpecificCredential", request.user_name.as_deref())];
    ResyncMFADeviceRequest => |request, call| vec![on_user(call, "iam:ResyncMFADevice", request.user_name.as_deref())];
    TagMFADeviceRequest => |request, call| vec![
            on_device(call, "iam:TagMFADevice", request.serial_number.as_deref())
                .with_request_tags(pairs(&request.tags)),
        ];
    UntagMFADeviceRequest => |request, call| vec![
            on_device(call, "iam:UntagMFADevice", request.serial_number.as_deref())
                .with_all("aws:TagKeys", request.tag_keys.iter().cloned()),
        ];
    UpdateSSHPublicKeyRequest => |request, call| vec![on_user(call, "iam:UpdateSSHPublicKey", request.user_name.as_deref())];
    UpdateServiceSpecificCredentialRequest => |request, call| vec![on_user(call, "iam:UpdateServiceSpecificCredential", request.user_name.as_deref())];
    UpdateSigningCertificateRequest => |request, call| vec![on_user(call, "iam:UpdateSigningCertificate", request.user_name.as_deref())];
    UploadSSHPublicKeyRequest => |request, call| vec![on_user(call, "iam:UploadSSHPublicKey", request.user_name.as_deref())];
    UploadSigningCertificateRequest => |request, call| vec![on_user(call, "iam:UploadSigningCertificate", request.user_name.as_deref())];
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
