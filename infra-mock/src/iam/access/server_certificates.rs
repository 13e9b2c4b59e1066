//! The permissions that operations on server certificates require.

use crate::access::{Need, needs, needs_on, needs_on_all};
use crate::api::Call;
#[allow(clippy::wildcard_imports, reason = "the tables name most requests of the service")]
use crate::iam::model::*;

use super::super::state;
use super::others::{arn, tag_pairs, tagged};
use super::tagging;

needs_on! {
    on_certificate(server_certificate_name):
        DeleteServerCertificateRequest, GetServerCertificateRequest,
        ListServerCertificateTagsRequest;
}

needs_on_all! {
    ListServerCertificatesRequest;
}

tagging! {
    on_certificate(server_certificate_name): TagServerCertificateRequest, UntagServerCertificateRequest;
}

needs! {
    UpdateServerCertificateRequest => |request, call| update(request, call);
    UploadServerCertificateRequest => |request, call| {
        let path = request.path.as_deref().unwrap_or("/");
        let name = request.server_certificate_name.as_deref().unwrap_or_default();
        let arn = arn(call, &format!("server-certificate{path}{name}"));
        tagged(["iam:UploadServerCertificate", "iam:TagServerCertificate"], &arn, &request.tags)
    };
}

fn on_certificate(call: &Call<'_>, action: &str, name: Option<&str>) -> Need {
    let name = name.unwrap_or_default();
    match state(call).server_certificates.get(name) {
        None => Need::new(action, arn(call, &format!("server-certificate/{name}"))),
        Some(record) => {
            Need::new(action, &record.arn).with_resource_tags(tag_pairs(record.tags.values()))
        }
    }
}

/// Returns the permissions for updating a certificate. Renaming a certificate requires permission
/// for both the old and the new name:
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateServerCertificate.html>.
fn update(request: &UpdateServerCertificateRequest, call: &Call<'_>) -> Vec<Need> {
    const ACTION: &str = "iam:UpdateServerCertificate";
    let old = on_certificate(call, ACTION, request.server_certificate_name.as_deref());
    let new = request.new_server_certificate_name.as_deref().map(|new| {
        let (before, _) = old.resource.rsplit_once('/').unwrap_or_default();
        let before = request.new_path.as_deref().map_or_else(
            || format!("{before}/"),
            |path| arn(call, &format!("server-certificate{path}")),
        );
        Need::new(ACTION, format!("{before}{new}"))
    });
    std::iter::once(old).chain(new).collect()
}
