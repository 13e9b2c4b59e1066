//! Tests for SSH public keys, signing certificates and service-specific credentials.

use serde_json::{Value, json};

use super::Fixture;
use crate::iam::rsa_key::RsaKey;
use crate::iam::{
    CreateServiceSpecificCredentialRequest, CreateUserRequest, DeleteSSHPublicKeyRequest,
    DeleteServiceSpecificCredentialRequest, DeleteSigningCertificateRequest, DeleteUserRequest,
    GetSSHPublicKeyRequest, ListSSHPublicKeysRequest, ListServiceSpecificCredentialsRequest,
    ListSigningCertificatesRequest, ResetServiceSpecificCredentialRequest,
    UpdateSSHPublicKeyRequest, UpdateServiceSpecificCredentialRequest,
    UpdateSigningCertificateRequest, UpdateUserRequest, UploadSSHPublicKeyRequest,
    UploadSigningCertificateRequest,
};

const SSH: &str = include_str!("keys/rsa.pub");
const PEM: &str = include_str!("keys/rsa.pub.pem");
const CERTIFICATES: [&str; 3] =
    [include_str!("keys/ec.crt"), include_str!("keys/rsa.crt"), include_str!("keys/other.crt")];
const CODECOMMIT: &str = "codecommit.amazonaws.com";

fn with(more: Value) -> Value {
    let mut request = more;
    request["UserName"] = "ada".into();
    request
}

fn world() -> Fixture {
    let mut aws = Fixture::new();
    aws.does::<CreateUserRequest>(json!({"UserName": "ada"}));
    aws
}

/// Returns an SSH key. Each number below 128 yields a different key.
fn ssh_key(number: u8) -> String {
    RsaKey { exponent: vec![1, 0, 1], modulus: vec![0x80 | number; 256] }.to_ssh()
}

fn upload(body: &str) -> Value {
    with(json!({"SSHPublicKeyBody": body}))
}

#[test]
fn an_ssh_key_is_returned_in_both_encodings() {
    let mut aws = world();
    let key = aws.does::<UploadSSHPublicKeyRequest>(upload(SSH))["SSHPublicKey"].clone();
    // `ssh-keygen -E md5 -lf rsa.pub` prints this fingerprint.
    assert_eq!(key["Fingerprint"], "89:2f:19:ab:ef:ef:0d:5e:4c:f6:24:88:c1:05:f9:fd");
    assert_eq!(key["SSHPublicKeyBody"], SSH);
    let id = key["SSHPublicKeyId"].as_str().unwrap();
    assert!(id.starts_with("APKA") && id.len() == 20, "{id}");
    let get = |encoding: &str| with(json!({"SSHPublicKeyId": id, "Encoding": encoding}));
    let shown = aws.does::<GetSSHPublicKeyRequest>(get("SSH"))["SSHPublicKey"].clone();
    assert_eq!(shown["SSHPublicKeyBody"], SSH.trim_end());
    assert_eq!(shown["Fingerprint"], key["Fingerprint"]);
    let shown = aws.does::<GetSSHPublicKeyRequest>(get("PEM"))["SSHPublicKey"].clone();
    assert_eq!(shown["SSHPublicKeyBody"], PEM);
    assert_eq!(
        aws.says::<UploadSSHPublicKeyRequest>(upload(PEM)),
        "DuplicateSSHPublicKey 400: The SSH public key is already associated with the user."
    );
    aws.does::<UpdateSSHPublicKeyRequest>(with(
        json!({"SSHPublicKeyId": id, "Status": "Inactive"}),
    ));
    let listed = aws.does::<ListSSHPublicKeysRequest>(with(json!({})));
    assert_eq!(listed["SSHPublicKeys"][0]["Status"], "Inactive");
    aws.does::<DeleteSSHPublicKeyRequest>(with(json!({"SSHPublicKeyId": id})));
    let missing = format!("NoSuchEntity 404: The Public Key with id {id} cannot be found.");
    assert_eq!(aws.says::<GetSSHPublicKeyRequest>(get("SSH")), missing);
}

#[test]
fn ssh_keys_must_be_long_rsa_keys() {
    let mut aws = world();
    let code = |aws: &mut Fixture, body: &str| {
        let words = aws.says::<UploadSSHPublicKeyRequest>(upload(body));
        words.split(':').next().unwrap().to_owned()
    };
    assert_eq!(code(&mut aws, include_str!("keys/short.pub")), "InvalidPublicKey 400");
    assert_eq!(code(&mut aws, "ssh-rsa AAAA"), "InvalidPublicKey 400");
    assert_eq!(code(&mut aws, &PEM.replace('M', "A")), "InvalidPublicKey 400");
    assert_eq!(code(&mut aws, "ssh-ed25519 AAAA"), "UnrecognizedPublicKeyEncoding 400");
    for number in 0..5 {
        aws.does::<UploadSSHPublicKeyRequest>(upload(&ssh_key(number)));
    }
    assert_eq!(
        aws.says::<UploadSSHPublicKeyRequest>(upload(&ssh_key(5))),
        "LimitExceeded 409: Cannot exceed quota for PublicKeysPerUser: 5"
    );
    let nobody = json!({"UserName": "nobody", "SSHPublicKeyBody": SSH});
    assert_eq!(
        aws.says::<UploadSSHPublicKeyRequest>(nobody),
        "NoSuchEntity 404: The user with name nobody cannot be found."
    );
}

#[test]
fn a_user_has_at_most_two_signing_certificates() {
    let mut aws = world();
    let upload = |body: &str| with(json!({"CertificateBody": body}));
    let [first, second, third] = CERTIFICATES.map(upload);
    let made = aws.does::<UploadSigningCertificateRequest>(first.clone())["Certificate"].clone();
    let id = made["CertificateId"].as_str().unwrap().to_owned();
    assert!(id.len() == 32 && made["CertificateBody"] == CERTIFICATES[0], "{made}");
    let words = aws.says::<UploadSigningCertificateRequest>(first);
    assert!(words.starts_with("DuplicateCertificate 409"), "{words}");
    aws.does::<UploadSigningCertificateRequest>(second);
    assert_eq!(
        aws.says::<UploadSigningCertificateRequest>(third),
        "LimitExceeded 409: Cannot exceed quota for CertificatesPerUser: 2"
    );
    assert_eq!(
        aws.says::<UploadSigningCertificateRequest>(upload("invalid-certificate-body")),
        "MalformedCertificate 400: Certificate invalid-certificate-body is malformed."
    );
    let words =
        aws.says::<UploadSigningCertificateRequest>(upload(include_str!("keys/expired.crt")));
    assert!(words.starts_with("InvalidCertificate 400"), "{words}");
    aws.does::<UpdateSigningCertificateRequest>(with(
        json!({"CertificateId": id, "Status": "Inactive"}),
    ));
    let listed = aws.does::<ListSigningCertificatesRequest>(with(json!({})));
    let listed = listed["Certificates"].as_array().unwrap().clone();
    let changed = listed.iter().find(|its| its["CertificateId"] == id).unwrap();
    assert_eq!((listed.len(), &changed["Status"]), (2, &json!("Inactive")));
    aws.does::<DeleteSigningCertificateRequest>(with(json!({"CertificateId": id})));
    let missing = format!("NoSuchEntity 404: The Certificate with id {id} cannot be found.");
    assert_eq!(
        aws.says::<DeleteSigningCertificateRequest>(with(json!({"CertificateId": id}))),
        missing
    );
}

#[test]
fn a_service_specific_credential_is_created_listed_reset_and_deleted() {
    let mut aws = world();
    let create = |service: &str| with(json!({"ServiceName": service}));
    let made = aws.does::<CreateServiceSpecificCredentialRequest>(create(CODECOMMIT));
    let made = made["ServiceSpecificCredential"].clone();
    assert_eq!(made["ServiceUserName"], "ada-at-123456789012");
    let id = made["ServiceSpecificCredentialId"].clone();
    aws.does::<UpdateServiceSpecificCredentialRequest>(with(
        json!({"ServiceSpecificCredentialId": id, "Status": "Inactive"}),
    ));
    let reset = aws.does::<ResetServiceSpecificCredentialRequest>(with(
        json!({"ServiceSpecificCredentialId": id}),
    ));
    let reset = reset["ServiceSpecificCredential"].clone();
    assert_eq!(reset["Status"], "Inactive");
    assert_ne!(reset["ServicePassword"], made["ServicePassword"]);
    aws.does::<CreateServiceSpecificCredentialRequest>(create(CODECOMMIT));
    assert_eq!(
        aws.says::<CreateServiceSpecificCredentialRequest>(create(CODECOMMIT)),
        "LimitExceeded 409: Cannot exceed quota for ServiceSpecificCredentialsPerUser: 2"
    );
    let mut api_key = create("bedrock.amazonaws.com");
    api_key["CredentialAgeDays"] = 30.into();
    let made = aws.does::<CreateServiceSpecificCredentialRequest>(api_key);
    let made = made["ServiceSpecificCredential"].clone();
    assert_eq!(made["ExpirationDate"], "2026-01-31T00:00:00Z");
    assert_eq!((made.get("ServicePassword"), made.get("ServiceUserName")), (None, None));
    assert!(made["ServiceCredentialSecret"].is_string());
    let list = |request: Value| with(request);
    let all = aws.does::<ListServiceSpecificCredentialsRequest>(list(json!({})));
    assert_eq!(all["ServiceSpecificCredentials"].as_array().unwrap().len(), 3);
    let some = aws.does::<ListServiceSpecificCredentialsRequest>(create("cassandra.amazonaws.com"));
    assert_eq!(some["ServiceSpecificCredentials"], json!([]));
    let every = aws.does::<ListServiceSpecificCredentialsRequest>(json!({"AllUsers": true}));
    assert_eq!(every, all);
    aws.does::<DeleteServiceSpecificCredentialRequest>(with(
        json!({"ServiceSpecificCredentialId": id}),
    ));
    assert_eq!(
        aws.says::<ResetServiceSpecificCredentialRequest>(with(
            json!({"ServiceSpecificCredentialId": id})
        )),
        format!("NoSuchEntity 404: No such credential {} exists", id.as_str().unwrap())
    );
}

#[test]
fn service_specific_credentials_are_only_for_services_that_support_them() {
    let mut aws = world();
    let unknown = with(json!({"ServiceName": "lambda.amazonaws.com"}));
    let words = "NoSuchEntity 404: No such service lambda.amazonaws.com is supported for Service Specific Credentials";
    assert_eq!(aws.says::<CreateServiceSpecificCredentialRequest>(unknown.clone()), words);
    assert_eq!(aws.says::<ListServiceSpecificCredentialsRequest>(unknown), words);
    let nobody = json!({"UserName": "nobody", "ServiceName": "lambda.amazonaws.com"});
    assert_eq!(
        aws.says::<CreateServiceSpecificCredentialRequest>(nobody),
        "NoSuchEntity 404: The user with name nobody cannot be found."
    );
    let aged = with(json!({"ServiceName": CODECOMMIT, "CredentialAgeDays": 1}));
    let words = aws.says::<CreateServiceSpecificCredentialRequest>(aged);
    assert!(words.starts_with("ValidationError 400"), "{words}");
}

#[test]
fn a_user_with_credentials_can_be_renamed_but_not_deleted() {
    let mut aws = world();
    let certificate = json!({"CertificateBody": CERTIFICATES[0]});
    let made = aws.does::<UploadSigningCertificateRequest>(with(certificate));
    let certificate = made["Certificate"]["CertificateId"].clone();
    let key = aws.does::<UploadSSHPublicKeyRequest>(upload(SSH))["SSHPublicKey"].clone();
    let service = with(json!({"ServiceName": CODECOMMIT}));
    let made = aws.does::<CreateServiceSpecificCredentialRequest>(service);
    let credential = made["ServiceSpecificCredential"]["ServiceSpecificCredentialId"].clone();
    aws.does::<UpdateUserRequest>(with(json!({"NewUserName": "eve"})));
    let eve = |mut request: Value| {
        request["UserName"] = "eve".into();
        request
    };
    let refused = |aws: &mut Fixture, what: &str| {
        let words = format!("DeleteConflict 409: Cannot delete entity, must {what} first.");
        assert_eq!(aws.says::<DeleteUserRequest>(eve(json!({}))), words);
    };
    refused(&mut aws, "delete certificates");
    aws.does::<DeleteSigningCertificateRequest>(eve(json!({"CertificateId": certificate})));
    refused(&mut aws, "remove referenced objects");
    let id = &key["SSHPublicKeyId"];
    aws.does::<DeleteSSHPublicKeyRequest>(eve(json!({"SSHPublicKeyId": id})));
    refused(&mut aws, "remove referenced objects");
    aws.does::<DeleteServiceSpecificCredentialRequest>(eve(
        json!({"ServiceSpecificCredentialId": credential}),
    ));
    aws.does::<DeleteUserRequest>(eve(json!({})));
}
