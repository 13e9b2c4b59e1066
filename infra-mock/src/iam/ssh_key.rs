//! SSH public keys of users, for Git repositories.
//!
//! Recorded AWS responses: `test_iam_ssh_public_keys.snapshot.json`, in the folder cited in `user.rs`.

use md5::{Digest as _, Md5};
use serde::{Deserialize, Serialize};

use crate::api::{ApiError, ApiResult, Call, Definition, Operation};
use crate::iam::{
    DeleteSSHPublicKeyRequest, GetSSHPublicKeyRequest, ListSSHPublicKeysRequest, SSHPublicKey,
    SSHPublicKeyMetadata, UpdateSSHPublicKeyRequest, UploadSSHPublicKeyRequest,
};
use crate::time::Timestamp;

use super::access_key::{ACTIVE, check_status, new_key_id};
use super::check::{no_such_entity, quota};
use super::page::{Page, page};
use super::rsa_key::{NotAKey, RsaKey};
use super::user::named_or_caller;
use super::{state, user};

/// The maximum number of keys per user:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>.
const MAX_KEYS: usize = 5;

/// The minimum length: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UploadSSHPublicKey.html>.
const MIN_BITS: usize = 2048;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct SshKeyRecord {
    /// The user's name in lower case.
    pub(super) user: String,
    /// The key as it was uploaded.
    body: String,
    status: String,
    uploaded: Timestamp,
}

fn no_key(id: &str) -> ApiError {
    no_such_entity(format!("The Public Key with id {id} cannot be found."))
}

/// Returns a key of the user with the given name. Also returns the user's name in its original
/// capitalization.
fn key<'c>(call: &'c Call<'_>, id: &str, name: &str) -> ApiResult<(&'c SshKeyRecord, &'c str)> {
    let user = user(call, name)?;
    let record = state(call).ssh_keys.get(id).filter(|key| key.user == user.name.to_lowercase());
    Ok((record.ok_or_else(|| no_key(id))?, &user.name))
}

/// Parses a key. The error codes come from the service model; AWS's messages are not publicly
/// documented.
fn parsed(body: &str) -> ApiResult<RsaKey> {
    let invalid = || ApiError::new("InvalidPublicKey", "The public key is invalid.");
    let key = RsaKey::parse(body).map_err(|why| match why {
        NotAKey::Malformed => invalid(),
        NotAKey::UnknownEncoding => ApiError::new(
            "UnrecognizedPublicKeyEncoding",
            "The encoding of the public key is not recognized.",
        ),
    })?;
    if key.bits() < MIN_BITS { Err(invalid()) } else { Ok(key) }
}

/// Returns the MD5 digest of a key in SSH's wire format, as `ssh-keygen -E md5` prints it:
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_SSHPublicKey.html>.
fn fingerprint(key: &RsaKey) -> String {
    let digest = Md5::digest(key.to_wire());
    digest.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":")
}

/// Uploads a key for a user.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UploadSSHPublicKey.html>
impl Operation for UploadSSHPublicKeyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let body = self.ssh_public_key_body.unwrap_or_default();
        let user_name = user(call, &self.user_name.unwrap_or_default())?.name.clone();
        let owner = user_name.to_lowercase();
        let key = parsed(&body)?;
        let own = || state(call).ssh_keys.values().filter(|key| key.user == owner);
        if own().any(|its| RsaKey::parse(&its.body).as_ref() == Ok(&key)) {
            // The error code comes from the service model; AWS's message is not publicly
            // documented.
            let words = "The SSH public key is already associated with the user.";
            return Err(ApiError::new("DuplicateSSHPublicKey", words));
        }
        // AWS's name for this quota is not publicly documented, so the mock's name is modeled on
        // the names of other credential quotas.
        quota("PublicKeysPerUser", own().count() + 1, MAX_KEYS)?;
        let record =
            SshKeyRecord { user: owner, body, status: ACTIVE.to_owned(), uploaded: call.now };
        // In public examples, these IDs are as long as access key IDs:
        // https://docs.ansible.com/ansible/latest/collections/community/aws/codecommit_ssh_key_facts_module.html
        let ssh_public_key_id = new_key_id(&mut call.world.ids, "APKA");
        let ssh_public_key = SSHPublicKey {
            user_name,
            ssh_public_key_id: ssh_public_key_id.clone(),
            fingerprint: fingerprint(&key),
            ssh_public_key_body: record.body.clone(),
            status: record.status.clone(),
            upload_date: record.uploaded,
        };
        call.iam().ssh_keys.insert(ssh_public_key_id, record);
        Ok(Self::Output { ssh_public_key })
    }
}

/// Returns a key in the requested encoding.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetSSHPublicKey.html>
impl Operation for GetSSHPublicKeyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let id = self.ssh_public_key_id.unwrap_or_default();
        let (record, user_name) = key(call, &id, &self.user_name.unwrap_or_default())?;
        let key = parsed(&record.body)?;
        let is_pem = self.encoding.as_deref() == Some("PEM");
        let ssh_public_key = SSHPublicKey {
            user_name: user_name.to_owned(),
            ssh_public_key_id: id,
            fingerprint: fingerprint(&key),
            ssh_public_key_body: if is_pem { key.to_pem() } else { key.to_ssh() },
            status: record.status.clone(),
            upload_date: record.uploaded,
        };
        Ok(Self::Output { ssh_public_key })
    }
}

/// Lists the keys of a user, or of the caller if the request names no user.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListSSHPublicKeys.html>
impl Operation for ListSSHPublicKeysRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let user_name = &user(call, &named_or_caller(call, self.user_name)?)?.name;
        let owner = user_name.to_lowercase();
        let keys = state(call).ssh_keys.iter().filter(|(_, key)| key.user == owner);
        let keys = keys.map(|(id, key)| {
            let shown = SSHPublicKeyMetadata {
                user_name: user_name.clone(),
                ssh_public_key_id: id.clone(),
                status: key.status.clone(),
                upload_date: key.uploaded,
            };
            (id.clone(), shown)
        });
        let Page { items: ssh_public_keys, is_truncated, marker } =
            page(Self::NAME, keys, self.marker.as_deref(), self.max_items)?;
        Ok(Self::Output { ssh_public_keys, is_truncated, marker })
    }
}

/// Activates or deactivates a key.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateSSHPublicKey.html>
impl Operation for UpdateSSHPublicKeyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let id = self.ssh_public_key_id.unwrap_or_default();
        key(call, &id, &self.user_name.unwrap_or_default())?;
        let status = check_status(self.status)?;
        if let Some(key) = call.iam().ssh_keys.get_mut(&id) {
            key.status = status;
        }
        Ok(())
    }
}

/// Deletes a key.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteSSHPublicKey.html>
impl Operation for DeleteSSHPublicKeyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let id = self.ssh_public_key_id.unwrap_or_default();
        key(call, &id, &self.user_name.unwrap_or_default())?;
        call.iam().ssh_keys.remove(&id);
        Ok(())
    }
}
