//! IAM: users' SSH public keys, signing certificates and service-specific credentials.

use infra_mock::iam::{
    CreateServiceSpecificCredentialRequest, DeleteSSHPublicKeyRequest,
    DeleteServiceSpecificCredentialRequest, DeleteSigningCertificateRequest,
    GetSSHPublicKeyRequest, ListSSHPublicKeysRequest, ListServiceSpecificCredentialsRequest,
    ListSigningCertificatesRequest, ResetServiceSpecificCredentialRequest,
    UpdateSSHPublicKeyRequest, UpdateServiceSpecificCredentialRequest,
    UpdateSigningCertificateRequest, UploadSSHPublicKeyRequest, UploadSigningCertificateRequest,
};
use proptest::prelude::*;

use super::super::draw::{Text, either, maybe, number, page, step, text, token};
use super::super::{AnyStep, LAST_CERTIFICATE, LAST_CREDENTIAL, LAST_SSH_KEY, sent_by};
use super::users::user;

sent_by! { iam:
    CreateServiceSpecificCredentialRequest {
        user_name, service_name, credential_age_days,
    } => create_service_specific_credential
        .set_user_name(user_name)
        .set_service_name(service_name)
        .set_credential_age_days(credential_age_days);
    DeleteSSHPublicKeyRequest { user_name, ssh_public_key_id } => delete_ssh_public_key
        .set_user_name(user_name)
        .set_ssh_public_key_id(ssh_public_key_id);
    DeleteServiceSpecificCredentialRequest {
        user_name, service_specific_credential_id,
    } => delete_service_specific_credential
        .set_user_name(user_name)
        .set_service_specific_credential_id(service_specific_credential_id);
    DeleteSigningCertificateRequest { user_name, certificate_id } => delete_signing_certificate
        .set_user_name(user_name)
        .set_certificate_id(certificate_id);
    GetSSHPublicKeyRequest { user_name, ssh_public_key_id, encoding } => get_ssh_public_key
        .set_user_name(user_name)
        .set_ssh_public_key_id(ssh_public_key_id)
        .set_encoding(encoding.map(|text| text.as_str().into()));
    ListSSHPublicKeysRequest { user_name, marker, max_items } => list_ssh_public_keys
        .set_user_name(user_name)
        .set_marker(marker)
        .set_max_items(max_items);
    ListServiceSpecificCredentialsRequest {
        user_name, service_name, all_users, marker, max_items,
    } => list_service_specific_credentials
        .set_user_name(user_name)
        .set_service_name(service_name)
        .set_all_users(all_users)
        .set_marker(marker)
        .set_max_items(max_items);
    ListSigningCertificatesRequest { user_name, marker, max_items } => list_signing_certificates
        .set_user_name(user_name)
        .set_marker(marker)
        .set_max_items(max_items);
    ResetServiceSpecificCredentialRequest {
        user_name, service_specific_credential_id,
    } => reset_service_specific_credential
        .set_user_name(user_name)
        .set_service_specific_credential_id(service_specific_credential_id);
    UpdateSSHPublicKeyRequest { user_name, ssh_public_key_id, status } => update_ssh_public_key
        .set_user_name(user_name)
        .set_ssh_public_key_id(ssh_public_key_id)
        .set_status(status.map(|text| text.as_str().into()));
    UpdateServiceSpecificCredentialRequest {
        user_name, service_specific_credential_id, status,
    } => update_service_specific_credential
        .set_user_name(user_name)
        .set_service_specific_credential_id(service_specific_credential_id)
        .set_status(status.map(|text| text.as_str().into()));
    UpdateSigningCertificateRequest { user_name, certificate_id, status } => update_signing_certificate
        .set_user_name(user_name)
        .set_certificate_id(certificate_id)
        .set_status(status.map(|text| text.as_str().into()));
    UploadSSHPublicKeyRequest { user_name, ssh_public_key_body } => upload_ssh_public_key
        .set_user_name(user_name)
        .set_ssh_public_key_body(ssh_public_key_body);
    UploadSigningCertificateRequest { user_name, certificate_body } => upload_signing_certificate
        .set_user_name(user_name)
        .set_certificate_body(certificate_body);
}

/// Returns the contents of a key file or a certificate file.
macro_rules! key_file {
    ($name:literal) => {
        include_str!(concat!("../../../../../infra-mock/src/iam/tests/keys/", $name))
    };
}

pub(super) use key_file;

const SSH_KEYS: &[&str] = &[key_file!("rsa.pub"), key_file!("rsa.pub.pem")];
const CERTIFICATES: &[&str] = &[key_file!("ec.crt"), key_file!("rsa.crt"), key_file!("other.crt")];
const STATUSES: &[&str] = &["Active", "Inactive"];

fn ssh_key(odd: u32) -> Text {
    text(odd, &[LAST_SSH_KEY], &["APKANOSUCHPUBLICKEY01", "x"])
}

fn certificate(odd: u32) -> Text {
    text(odd, &[LAST_CERTIFICATE], &["NONEXISTENTCERTID12345678901", "x"])
}

fn credential(odd: u32) -> Text {
    text(odd, &[LAST_CREDENTIAL], &["satisfiesregexbutstillinvalid", "x"])
}

fn service(odd: u32) -> Text {
    let good = &["codecommit.amazonaws.com", "cassandra.amazonaws.com", "bedrock.amazonaws.com"];
    text(odd, good, &["lambda.amazonaws.com", ""])
}

fn status(odd: u32) -> Text {
    text(odd, STATUSES, &["Expired", "Lost"])
}

pub(super) fn steps(odd: u32) -> BoxedStrategy<AnyStep> {
    either(vec![(1, ssh_keys(odd)), (1, certificates(odd)), (1, service_credentials(odd))])
}

fn ssh_keys(odd: u32) -> BoxedStrategy<AnyStep> {
    either(vec![
        (
            3,
            step((user(odd), text(odd, SSH_KEYS, &["ssh-rsa AAAA", "x"])).prop_map(
                |(user_name, ssh_public_key_body)| UploadSSHPublicKeyRequest {
                    user_name,
                    ssh_public_key_body,
                },
            )),
        ),
        (
            2,
            step((user(odd), ssh_key(odd), text(odd, &["SSH", "PEM"], &["DER"])).prop_map(
                |(user_name, ssh_public_key_id, encoding)| GetSSHPublicKeyRequest {
                    user_name,
                    ssh_public_key_id,
                    encoding,
                },
            )),
        ),
        (
            2,
            step((user(odd), token(odd), page(odd)).prop_map(|(user_name, marker, max_items)| {
                ListSSHPublicKeysRequest { user_name, marker, max_items }
            })),
        ),
        (
            1,
            step((user(odd), ssh_key(odd), status(odd)).prop_map(
                |(user_name, ssh_public_key_id, status)| UpdateSSHPublicKeyRequest {
                    user_name,
                    ssh_public_key_id,
                    status,
                },
            )),
        ),
        (
            1,
            step((user(odd), ssh_key(odd)).prop_map(|(user_name, ssh_public_key_id)| {
                DeleteSSHPublicKeyRequest { user_name, ssh_public_key_id }
            })),
        ),
    ])
}

fn certificates(odd: u32) -> BoxedStrategy<AnyStep> {
    either(vec![
        (
            3,
            step((user(odd), text(odd, CERTIFICATES, &["x"])).prop_map(
                |(user_name, certificate_body)| UploadSigningCertificateRequest {
                    user_name,
                    certificate_body,
                },
            )),
        ),
        (
            2,
            step((user(odd), token(odd), page(odd)).prop_map(|(user_name, marker, max_items)| {
                ListSigningCertificatesRequest { user_name, marker, max_items }
            })),
        ),
        (
            1,
            step((user(odd), certificate(odd), status(odd)).prop_map(
                |(user_name, certificate_id, status)| UpdateSigningCertificateRequest {
                    user_name,
                    certificate_id,
                    status,
                },
            )),
        ),
        (
            1,
            step((user(odd), certificate(odd)).prop_map(|(user_name, certificate_id)| {
                DeleteSigningCertificateRequest { user_name, certificate_id }
            })),
        ),
    ])
}

fn service_credentials(odd: u32) -> BoxedStrategy<AnyStep> {
    let age = prop_oneof![3 => Just(None), 1 => number(odd, &[1, 30], &[0, 50_000])];
    let all = prop_oneof![
        3 => user(odd).prop_map(|user_name| (user_name, None)),
        1 => Just((None, Some(true))),
    ];
    either(vec![
        (
            3,
            step((user(odd), service(odd), age).prop_map(
                |(user_name, service_name, credential_age_days)| {
                    CreateServiceSpecificCredentialRequest {
                        user_name,
                        service_name,
                        credential_age_days,
                    }
                },
            )),
        ),
        (
            2,
            step(
                (
                    all,
                    maybe(odd, &["codecommit.amazonaws.com"], &["lambda.amazonaws.com"]),
                    token(odd),
                    page(odd),
                )
                    .prop_map(
                        |((user_name, all_users), service_name, marker, max_items)| {
                            ListServiceSpecificCredentialsRequest {
                                user_name,
                                service_name,
                                all_users,
                                marker,
                                max_items,
                            }
                        },
                    ),
            ),
        ),
        (
            1,
            step((user(odd), credential(odd), status(odd)).prop_map(
                |(user_name, service_specific_credential_id, status)| {
                    UpdateServiceSpecificCredentialRequest {
                        user_name,
                        service_specific_credential_id,
                        status,
                    }
                },
            )),
        ),
        (
            1,
            step((user(odd), credential(odd)).prop_map(
                |(user_name, service_specific_credential_id)| {
                    ResetServiceSpecificCredentialRequest {
                        user_name,
                        service_specific_credential_id,
                    }
                },
            )),
        ),
        (
            1,
            step((user(odd), credential(odd)).prop_map(
                |(user_name, service_specific_credential_id)| {
                    DeleteServiceSpecificCredentialRequest {
                        user_name,
                        service_specific_credential_id,
                    }
                },
            )),
        ),
    ])
}
