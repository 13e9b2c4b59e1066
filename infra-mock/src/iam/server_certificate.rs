//! The account's server certificates, for load balancers and content delivery networks.
//!
//! Recorded AWS responses: `test_iam_server_certificates.snapshot.json`, in the folder cited in `user.rs`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::api::{ApiError, ApiResult, Call, Definition, Operation};
use crate::iam::{
    DeleteServerCertificateRequest, GetServerCertificateRequest, ListServerCertificateTagsRequest,
    ListServerCertificatesRequest, ServerCertificate, ServerCertificateMetadata, Tag,
    TagServerCertificateRequest, UntagServerCertificateRequest, UpdateServerCertificateRequest,
    UploadServerCertificateRequest,
};
use crate::time::Timestamp;

use super::certificate::{Certificate, public_half};
use super::check::{already_exists, no_such_entity, quota};
use super::page::{Page, page};
use super::state;
use super::tags::{listed, policy_tags, tag_operations};

/// The default quota: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>.
const MAX_CERTIFICATES: usize = 20;

/// A server certificate. No service in the mock uses the certificate, and the mock does not store
/// its private key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct ServerCertificateRecord {
    name: String,
    path: String,
    id: String,
    pub(super) arn: String,
    uploaded: Timestamp,
    expires: Timestamp,
    body: String,
    chain: Option<String>,
    pub(super) tags: BTreeMap<String, Tag>,
}

impl ServerCertificateRecord {
    fn metadata(&self) -> ServerCertificateMetadata {
        ServerCertificateMetadata {
            path: self.path.clone(),
            server_certificate_name: self.name.clone(),
            server_certificate_id: self.id.clone(),
            arn: self.arn.clone(),
            upload_date: self.uploaded,
            expiration: self.expires,
        }
    }
}

fn no_certificate(name: &str) -> ApiError {
    no_such_entity(format!("The Server Certificate with name {name} cannot be found."))
}

fn taken(name: &str) -> ApiError {
    already_exists(format!("The Server Certificate with name {name} already exists."))
}

/// Returns the certificate with the given name. The mock treats certificate names as
/// case-sensitive, because AWS does not list them among the names that must be unique regardless of
/// case:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>.
fn certificate<'c>(call: &'c Call<'_>, name: &str) -> ApiResult<&'c ServerCertificateRecord> {
    state(call).server_certificates.get(name).ok_or_else(|| no_certificate(name))
}

fn certificate_mut<'c>(
    call: &'c mut Call<'_>,
    name: &str,
) -> ApiResult<&'c mut ServerCertificateRecord> {
    certificate(call, name)?;
    call.iam().server_certificates.get_mut(name).ok_or_else(|| no_certificate(name))
}

fn arn(call: &Call<'_>, path: &str, name: &str) -> String {
    call.location().global_arn("iam", format!("server-certificate{path}{name}")).to_string()
}

/// Uploads a certificate with its private key. The mock checks the format of the certificate chain,
/// but not its signatures.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UploadServerCertificate.html>
impl Operation for UploadServerCertificateRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.server_certificate_name.unwrap_or_default();
        let path = self.path.unwrap_or_else(|| "/".to_owned());
        let tags = policy_tags(&self.tags)?;
        let body = self.certificate_body.unwrap_or_default();
        // https://github.com/vmware-archive/terraforming-aws/issues/46
        let malformed = |what: &str| {
            let words =
                format!("Unable to parse {what}. Please ensure the {what} is in PEM format.");
            ApiError::new("MalformedCertificate", words)
        };
        let certificate = Certificate::parse(&body).ok_or_else(|| malformed("certificate"))?;
        // AWS's message for private keys is not publicly documented, so the mock uses the same
        // wording as for certificates.
        let key = self.private_key.as_deref().and_then(public_half);
        let key = key.ok_or_else(|| malformed("private key"))?;
        if !key.may_match(&certificate.key) {
            // The error code comes from the service model; AWS's message is not publicly
            // documented.
            let words = "The certificate and the private key do not match.";
            return Err(ApiError::new("KeyPairMismatch", words));
        }
        if let Some(chain) = &self.certificate_chain
            && Certificate::parse(chain).is_none()
        {
            // https://github.com/aws/aws-cli/issues/715
            let words = "Unable to validate certificate chain. The certificate chain must start with the immediate \
                         signing certificate, followed by any intermediaries in order.";
            return Err(ApiError::new("MalformedCertificate", words));
        }
        let all = &state(call).server_certificates;
        if all.contains_key(&name) {
            return Err(taken(&name));
        }
        // https://github.com/remind101/empire/issues/471
        quota("ServerCertificatesPerAccount", all.len() + 1, MAX_CERTIFICATES)?;
        let record = ServerCertificateRecord {
            id: call.world.ids.iam("ASCA"),
            arn: arn(call, &path, &name),
            uploaded: call.now,
            expires: certificate.expires,
            // AWS removes whitespace at the start and the end. Terraform's AWS provider relies on
            // this behavior, because it compares the response with the trimmed text:
            // https://github.com/hashicorp/terraform-provider-aws/blob/04a2e6e5bc625ec85ea8c678219b483fc674877e/internal/service/iam/server_certificate.go
            body: body.trim().to_owned(),
            chain: self.certificate_chain.map(|chain| chain.trim().to_owned()),
            name: name.clone(),
            path,
            tags,
        };
        let response = Self::Output {
            server_certificate_metadata: record.metadata(),
            tags: Some(listed(&record.tags)).filter(|tags| !tags.is_empty()),
        };
        call.iam().server_certificates.insert(name, record);
        Ok(response)
    }
}

/// Returns a certificate without its private key.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServerCertificate.html>
impl Operation for GetServerCertificateRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let record = certificate(call, &self.server_certificate_name.unwrap_or_default())?;
        let server_certificate = ServerCertificate {
            server_certificate_metadata: record.metadata(),
            certificate_body: record.body.clone(),
            certificate_chain: record.chain.clone(),
            tags: listed(&record.tags),
        };
        Ok(Self::Output { server_certificate })
    }
}

/// Lists the certificates whose path starts with a prefix.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListServerCertificates.html>
impl Operation for ListServerCertificatesRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let prefix = self.path_prefix.as_deref().unwrap_or("/");
        let all = state(call).server_certificates.iter();
        let all = all.filter(|(_, record)| record.path.starts_with(prefix));
        let all = all.map(|(name, record)| (name.clone(), record.metadata()));
        let Page { items: server_certificate_metadata_list, is_truncated, marker } =
            page(Self::NAME, all, self.marker.as_deref(), self.max_items)?;
        Ok(Self::Output { server_certificate_metadata_list, is_truncated, marker })
    }
}

/// Changes the name or the path of a certificate.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateServerCertificate.html>
impl Operation for UpdateServerCertificateRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let old = self.server_certificate_name.unwrap_or_default();
        let mut record = certificate(call, &old)?.clone();
        record.name = self.new_server_certificate_name.unwrap_or(record.name);
        record.path = self.new_path.unwrap_or(record.path);
        if record.name != old && state(call).server_certificates.contains_key(&record.name) {
            return Err(taken(&record.name));
        }
        record.arn = arn(call, &record.path, &record.name);
        let all = &mut call.iam().server_certificates;
        all.remove(&old);
        all.insert(record.name.clone(), record);
        Ok(())
    }
}

/// Deletes a certificate.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteServerCertificate.html>
impl Operation for DeleteServerCertificateRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.server_certificate_name.unwrap_or_default();
        certificate(call, &name)?;
        call.iam().server_certificates.remove(&name);
        Ok(())
    }
}

tag_operations! {
    server_certificate_name, policy_tags, str::to_owned, certificate, certificate_mut;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagServerCertificate.html>
    TagServerCertificateRequest;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagServerCertificate.html>
    UntagServerCertificateRequest;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListServerCertificateTags.html>
    ListServerCertificateTagsRequest;
}
