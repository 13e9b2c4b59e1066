//! Accepted differences in IAM: users' credentials, MFA devices, server certificates and credential
//! reports.

use super::super::{Accepted, recorded, row};

pub(in super::super) const ROWS: &[Accepted] = &[
    // Messages.
    row(
        "iam:DeleteSSHPublicKey|iam:GetSSHPublicKey|iam:UpdateSSHPublicKey",
        "",
        "404 NoSuchEntity: The Public Key with id * cannot be found.",
        "404 NoSuchEntity: The SSH Public Key with id * cannot be found",
        recorded!("test_iam_ssh_public_keys"),
    ),
    row(
        "iam:UploadSigningCertificate",
        "",
        "400 MalformedCertificate: Certificate * is malformed.|409 LimitExceeded: *",
        "400 MalformedCertificate: Certificate * is malformed|400 LimitExceeded: *",
        recorded!("test_iam_signing_certificates"),
    ),
    row(
        "iam:CreateVirtualMFADevice",
        "",
        "409 EntityAlreadyExists: MFA device already exists.",
        "409 EntityAlreadyExists: MFADevice entity at the same path and name already exists.",
        recorded!("test_iam_mfa"),
    ),
    row(
        "iam:DeactivateMFADevice|iam:DeleteVirtualMFADevice",
        "",
        "404 NoSuchEntity: MFA Device with serial number * does not exist.",
        "404 NoSuchEntity: Device * not found|404 NoSuchEntity: VirtualMFADevice with serial number * doesn't exist.",
        recorded!("test_iam_mfa"),
    ),
    row(
        "iam:GetCredentialReport",
        "",
        "410 ReportNotPresent: ",
        "*ReportNotPresent: Credential report not present",
        recorded!("test_iam_credential_report"),
    ),
    // moto accepts any text as an SSH public key, calculates a different fingerprint, and does not
    // convert keys between formats.
    row(
        "iam:UploadSSHPublicKey",
        "",
        "400 DuplicateSSHPublicKey: *|400 InvalidPublicKey: *|400 UnrecognizedPublicKeyEncoding: *|409 LimitExceeded: *",
        "answer",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_UploadSSHPublicKey.html",
    ),
    row(
        "iam:GetSSHPublicKey|iam:UploadSSHPublicKey",
        "sshpublickey.fingerprint|sshpublickey.sshpublickeybody",
        "*",
        "*",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetSSHPublicKey.html",
    ),
    // moto accepts duplicate signing certificates, and accepts any status.
    row(
        "iam:UploadSigningCertificate",
        "",
        "409 DuplicateCertificate: *|400 InvalidCertificate: *",
        "answer|400 LimitExceeded: *",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_UploadSigningCertificate.html",
    ),
    row(
        "iam:UpdateSSHPublicKey|iam:UpdateSigningCertificate",
        "",
        "400 InvalidInput: The status Expired cannot be set.",
        "answer",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateSSHPublicKey.html",
    ),
    // moto accepts any code and serial number for an MFA device, ignores tags, and deletes devices
    // that are in use.
    row(
        "iam:EnableMFADevice",
        "",
        "403 InvalidAuthenticationCode: *|404 NoSuchEntity: MFA Device with serial number *|409 LimitExceeded: *",
        "answer",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_EnableMFADevice.html",
    ),
    row(
        "iam:EnableMFADevice",
        "",
        "409 EntityAlreadyExists: MFA Device is already in use.",
        "409 EntityAlreadyExists: Device * already exists|answer",
        recorded!("test_iam_mfa"),
    ),
    row(
        "iam:DeleteVirtualMFADevice",
        "",
        "409 DeleteConflict: *",
        "answer",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteVirtualMFADevice.html",
    ),
    row(
        "iam:CreateVirtualMFADevice",
        "virtualmfadevice.tags",
        "*",
        "absent",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateVirtualMFADevice.html",
    ),
    row(
        "iam:CreateVirtualMFADevice|iam:UploadServerCertificate",
        "",
        "400 InvalidInput: *|409 LimitExceeded: *",
        "answer|409 EntityAlreadyExists: *",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html",
    ),
    row(
        "iam:ListMFADevices",
        "mfadevices[].username",
        "\"ada\"",
        "\"ADA\"",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
    ),
    row(
        "iam:ListVirtualMFADevices",
        "virtualmfadevices*|istruncated|marker",
        "*",
        "*",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListVirtualMFADevices.html",
    ),
    row(
        "iam:DeleteUser",
        "",
        "409 DeleteConflict: Cannot delete entity, must delete certificates first.|409 DeleteConflict: Cannot delete entity, must delete MFA device first.|409 DeleteConflict: Cannot delete entity, must remove referenced objects first.",
        "answer",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html",
    ),
    // A request without a user name applies to the caller.
    row(
        "iam:*",
        "",
        "404 NoSuchEntity: The user with name mock cannot be found.",
        "404 NoSuchEntity: The user with name None cannot be found.",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListSSHPublicKeys.html",
    ),
    // moto checks neither server certificates nor private keys, and ignores tags.
    row(
        "iam:UploadServerCertificate",
        "",
        "400 KeyPairMismatch: *|400 MalformedCertificate: *|409 EntityAlreadyExists: *",
        "answer",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_UploadServerCertificate.html",
    ),
    row(
        "iam:GetServerCertificate|iam:UploadServerCertificate",
        "tags|servercertificate.tags",
        "*",
        "absent",
        recorded!("test_iam_server_certificates"),
    ),
    row(
        "iam:GetServerCertificate",
        "servercertificate.certificatebody|servercertificate.certificatechain",
        "*",
        "*",
        "https://github.com/hashicorp/terraform-provider-aws/blob/04a2e6e5bc625ec85ea8c678219b483fc674877e/internal/service/iam/server_certificate.go",
    ),
    row(
        "iam:ListServerCertificates",
        "servercertificatemetadatalist*",
        "*",
        "*",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListServerCertificates.html",
    ),
    // moto's credential report has no line for the root user.
    row(
        "iam:GetCredentialReport",
        "content",
        "*",
        "*",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html",
    ),
    // moto returns these lists as a single page.
    row(
        "iam:ListMFADevices|iam:ListSSHPublicKeys|iam:ListServerCertificates|iam:ListSigningCertificates",
        "istruncated|marker",
        "true|present",
        "false|absent",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListMFADevices.html",
    ),
    row(
        "iam:ListMFADevices|iam:ListSSHPublicKeys|iam:ListSigningCertificates",
        "mfadevices*|sshpublickeys*|certificates*",
        "*",
        "*",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListMFADevices.html",
    ),
];
