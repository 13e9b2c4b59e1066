//! Tests for server certificates.

use serde_json::{Value, json};

use super::Fixture;
use crate::iam::{
    DeleteServerCertificateRequest, GetAccountSummaryRequest, GetServerCertificateRequest,
    ListServerCertificateTagsRequest, ListServerCertificatesRequest, TagServerCertificateRequest,
    UntagServerCertificateRequest, UpdateServerCertificateRequest, UploadServerCertificateRequest,
};

const EC: (&str, &str) = (include_str!("keys/ec.crt"), include_str!("keys/ec.key"));
const RSA: (&str, &str) = (include_str!("keys/rsa.crt"), include_str!("keys/rsa.key"));
const CHAIN: &str = include_str!("keys/ca.crt");

fn upload(name: &str, (body, key): (&str, &str)) -> Value {
    json!({"ServerCertificateName": name, "CertificateBody": body, "PrivateKey": key})
}

fn named(name: &str) -> Value {
    json!({"ServerCertificateName": name})
}

#[test]
fn a_server_certificate_is_uploaded_read_renamed_and_deleted() {
    let mut aws = Fixture::new();
    let mut request = upload("web", EC);
    request["Path"] = "/cloudfront/".into();
    request["CertificateChain"] = CHAIN.into();
    request["Tags"] = json!([{"Key": "Team", "Value": "x"}]);
    let made = aws.does::<UploadServerCertificateRequest>(request);
    let metadata = made["ServerCertificateMetadata"].clone();
    assert_eq!(metadata["Arn"], "arn:aws:iam::123456789012:server-certificate/cloudfront/web");
    assert_eq!(metadata["Expiration"], "2049-01-01T00:00:00Z");
    assert!(metadata["ServerCertificateId"].as_str().unwrap().starts_with("ASCA"));
    let shown = aws.does::<GetServerCertificateRequest>(named("web"))["ServerCertificate"].clone();
    assert_eq!(shown["ServerCertificateMetadata"], metadata);
    assert_eq!(shown["CertificateBody"], EC.0.trim_end());
    assert_eq!(shown["CertificateChain"], CHAIN.trim_end());
    assert_eq!(shown["Tags"], made["Tags"]);
    let listed = aws.does::<ListServerCertificatesRequest>(json!({"PathPrefix": "/cloudfront/"}));
    assert_eq!(listed, json!({"ServerCertificateMetadataList": [metadata], "IsTruncated": false}));
    let summary = aws.does::<GetAccountSummaryRequest>(json!({}))["SummaryMap"].clone();
    assert_eq!(summary["ServerCertificates"], 1);
    aws.does::<UploadServerCertificateRequest>(upload("api", RSA));
    let mut rename = named("web");
    rename["NewServerCertificateName"] = "api".into();
    assert_eq!(
        aws.says::<UpdateServerCertificateRequest>(rename.clone()),
        "EntityAlreadyExists 409: The Server Certificate with name api already exists."
    );
    rename["NewServerCertificateName"] = "site".into();
    rename["NewPath"] = "/".into();
    aws.does::<UpdateServerCertificateRequest>(rename);
    let shown = aws.does::<GetServerCertificateRequest>(named("site"))["ServerCertificate"].clone();
    let metadata = &shown["ServerCertificateMetadata"];
    assert_eq!(metadata["Arn"], "arn:aws:iam::123456789012:server-certificate/site");
    aws.does::<DeleteServerCertificateRequest>(named("site"));
    let missing = "NoSuchEntity 404: The Server Certificate with name site cannot be found.";
    assert_eq!(aws.says::<GetServerCertificateRequest>(named("site")), missing);
    assert_eq!(aws.says::<DeleteServerCertificateRequest>(named("site")), missing);
}

#[test]
fn a_certificate_and_its_private_key_must_match() {
    let mut aws = Fixture::new();
    for (number, key) in [RSA.1, include_str!("keys/rsa.pkcs8.key")].into_iter().enumerate() {
        let request = upload(&format!("rsa-{number}"), (RSA.0, key));
        let made = aws.does::<UploadServerCertificateRequest>(request);
        assert_eq!(made["ServerCertificateMetadata"]["Expiration"], "2051-02-03T04:05:06Z");
    }
    let other = (include_str!("keys/other.crt"), include_str!("keys/other.key"));
    aws.does::<UploadServerCertificateRequest>(upload("pkcs8", other));
    for pair in [(EC.0, RSA.1), (RSA.0, EC.1), (EC.0, other.1)] {
        let words = aws.says::<UploadServerCertificateRequest>(upload("x", pair));
        assert!(words.starts_with("KeyPairMismatch 400"), "{words}");
    }
    assert_eq!(
        aws.says::<UploadServerCertificateRequest>(upload("x", ("none", EC.1))),
        "MalformedCertificate 400: Unable to parse certificate. Please ensure the certificate is in PEM format."
    );
    for pair in [(EC.0, "none"), (EC.0, &EC.1.replace('M', "A"))] {
        let words = aws.says::<UploadServerCertificateRequest>(upload("x", pair));
        assert!(
            words.starts_with("MalformedCertificate 400: Unable to parse private key"),
            "{words}"
        );
    }
    let mut request = upload("x", EC);
    request["CertificateChain"] = "none".into();
    let words = aws.says::<UploadServerCertificateRequest>(request);
    assert!(words.contains("Unable to validate certificate chain."), "{words}");
    for number in 3..20 {
        aws.does::<UploadServerCertificateRequest>(upload(&format!("ec-{number}"), EC));
    }
    assert_eq!(
        aws.says::<UploadServerCertificateRequest>(upload("x", EC)),
        "LimitExceeded 409: Cannot exceed quota for ServerCertificatesPerAccount: 20"
    );
}

#[test]
fn server_certificates_have_tags() {
    let mut aws = Fixture::new();
    aws.does::<UploadServerCertificateRequest>(upload("web", EC));
    let tags = json!([{"Key": "Team", "Value": "x"}, {"Key": "team", "Value": "y"}]);
    let mut request = named("web");
    request["Tags"] = tags.clone();
    aws.does::<TagServerCertificateRequest>(request);
    assert_eq!(aws.does::<ListServerCertificateTagsRequest>(named("web"))["Tags"], tags);
    let mut request = named("web");
    request["TagKeys"] = json!(["Team", "team"]);
    aws.does::<UntagServerCertificateRequest>(request);
    let left = aws.does::<ListServerCertificateTagsRequest>(named("web"));
    assert_eq!(left, json!({"Tags": [], "IsTruncated": false}));
    let missing = aws.says::<ListServerCertificateTagsRequest>(named("none"));
    assert!(missing.starts_with("NoSuchEntity 404"), "{missing}");
}
