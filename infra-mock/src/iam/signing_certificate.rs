//! X.509 signing certificates of users.
//!
//! Recorded AWS responses: `test_iam_signing_certificates.snapshot.json`, in the folder cited in `user.rs`.

use serde::{Deserialize, Serialize};

use crate::api::{ApiError, ApiResult, Call, Definition, Operation};
use crate::iam::{
    DeleteSigningCertificateRequest, ListSigningCertificatesRequest, SigningCertificate,
    UpdateSigningCertificateRequest, UploadSigningCertificateRequest,
};
use crate::time::Timestamp;

use super::access_key::{ACTIVE, check_status};
use super::certificate::Certificate;
use super::check::{no_such_entity, quota};
use super::page::{Page, page};
use super::user::named_or_caller;
use super::{state, user};

/// The maximum number of certificates per user, as recorded from AWS.
const MAX_CERTIFICATES: usize = 2;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct SigningCertificateRecord {
    /// The user's name in lower case.
    pub(super) user: String,
    body: String,
    pub(super) status: String,
    pub(super) uploaded: Timestamp,
}

impl SigningCertificateRecord {
    fn shown(&self, user_name: &str, id: &str) -> SigningCertificate {
        SigningCertificate {
            user_name: user_name.to_owned(),
            certificate_id: id.to_owned(),
            certificate_body: self.body.clone(),
            status: self.status.clone(),
            upload_date: self.uploaded,
        }
    }
}

/// Checks that a certificate exists and belongs to the user with the given name.
fn check_owner(call: &Call<'_>, id: &str, name: &str) -> ApiResult<()> {
    let owner = user(call, name)?.name.to_lowercase();
    let record = state(call).signing_certificates.get(id).filter(|its| its.user == owner);
    record
        .map(drop)
        .ok_or_else(|| no_such_entity(format!("The Certificate with id {id} cannot be found.")))
}

/// Uploads a certificate for a user, or for the caller if the request names no user.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UploadSigningCertificate.html>
impl Operation for UploadSigningCertificateRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let user_name = user(call, &named_or_caller(call, self.user_name)?)?.name.clone();
        let owner = user_name.to_lowercase();
        let body = self.certificate_body.unwrap_or_default();
        let certificate = Certificate::parse(&body).ok_or_else(|| {
            let words = format!("Certificate {body} is malformed.");
            ApiError::new("MalformedCertificate", words)
        })?;
        if certificate.expires < call.now {
            // The error code comes from the service model; AWS's message is not publicly
            // documented.
            let words = format!("Certificate {body} has expired.");
            return Err(ApiError::new("InvalidCertificate", words));
        }
        let all = &state(call).signing_certificates;
        if all.values().any(|its| its.body == body) {
            // The error code comes from the service model; AWS's message is not publicly
            // documented.
            let words = format!("Certificate {body} is already associated with a user.");
            return Err(ApiError::new("DuplicateCertificate", words).with_status(409));
        }
        let own = all.values().filter(|its| its.user == owner);
        quota("CertificatesPerUser", own.count() + 1, MAX_CERTIFICATES)?;
        let record = SigningCertificateRecord {
            user: owner,
            body,
            status: ACTIVE.to_owned(),
            uploaded: call.now,
        };
        let id = call.world.ids.hex(32).to_uppercase();
        let certificate = record.shown(&user_name, &id);
        call.iam().signing_certificates.insert(id, record);
        Ok(Self::Output { certificate })
    }
}

/// Lists the certificates of a user, or of the caller if the request names no user.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListSigningCertificates.html>
impl Operation for ListSigningCertificatesRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let user_name = &user(call, &named_or_caller(call, self.user_name)?)?.name;
        let owner = user_name.to_lowercase();
        let own = state(call).signing_certificates.iter().filter(|(_, its)| its.user == owner);
        let own = own.map(|(id, record)| (id.clone(), record.shown(user_name, id)));
        let Page { items: certificates, is_truncated, marker } =
            page(Self::NAME, own, self.marker.as_deref(), self.max_items)?;
        Ok(Self::Output { certificates, is_truncated, marker })
    }
}

/// Activates or deactivates a certificate.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateSigningCertificate.html>
impl Operation for UpdateSigningCertificateRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let id = self.certificate_id.unwrap_or_default();
        check_owner(call, &id, &named_or_caller(call, self.user_name)?)?;
        let status = check_status(self.status)?;
        if let Some(record) = call.iam().signing_certificates.get_mut(&id) {
            record.status = status;
        }
        Ok(())
    }
}

/// Deletes a certificate.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteSigningCertificate.html>
impl Operation for DeleteSigningCertificateRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let id = self.certificate_id.unwrap_or_default();
        check_owner(call, &id, &named_or_caller(call, self.user_name)?)?;
        call.iam().signing_certificates.remove(&id);
        Ok(())
    }
}
