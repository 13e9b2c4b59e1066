//! Access keys of users.
//!
//! For recorded AWS responses, see `user.rs`.

use infra_core::arn::AccountId;

use crate::api::{ApiError, ApiResult, Call, Definition, Operation, Service, World};
use crate::iam::{
    AccessKey, AccessKeyLastUsed, AccessKeyMetadata, CreateAccessKeyRequest,
    DeleteAccessKeyRequest, GetAccessKeyLastUsedRequest, ListAccessKeysRequest,
    UpdateAccessKeyRequest,
};
use crate::time::Timestamp;

use super::check::{invalid_input, no_such_entity, quota};
use super::page::{Page, page};
use super::user::named_or_caller;
use super::{AccessKeyRecord, Use, state, user};

/// The maximum number of access keys per user:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>.
const MAX_KEYS: usize = 2;

pub(super) const ACTIVE: &str = "Active";

fn no_key(id: &str) -> ApiError {
    no_such_entity(format!("The Access Key with id {id} cannot be found."))
}

/// Checks that a key exists and belongs to the user with the given name.
fn check_owner(call: &Call<'_>, id: &str, name: &str) -> ApiResult<()> {
    let owner = user(call, name)?.name.to_lowercase();
    let key = state(call).access_keys.get(id).filter(|key| key.user == owner);
    key.map(drop).ok_or_else(|| no_key(id))
}

/// Creates an access key for a user, or for the caller if the request names no user.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html>
impl Operation for CreateAccessKeyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = named_or_caller(call, self.user_name)?;
        let user_name = user(call, &name)?.name.clone();
        let owner = user_name.to_lowercase();
        let own = state(call).access_keys.values().filter(|key| key.user == owner);
        quota("AccessKeysPerUser", own.count() + 1, MAX_KEYS)?;
        let access_key_id = new_key_id(&mut call.world.ids, "AKIA");
        let secret = call.world.ids.hex(40);
        let record = AccessKeyRecord {
            user: owner,
            secret: secret.clone(),
            created: call.now,
            status: ACTIVE.to_owned(),
            used: None,
        };
        let access_key = AccessKey {
            user_name,
            access_key_id: access_key_id.clone(),
            status: ACTIVE.to_owned(),
            secret_access_key: secret,
            create_date: call.now,
        };
        call.iam().access_keys.insert(access_key_id, record);
        Ok(Self::Output { access_key })
    }
}

/// Returns a new access key ID. The ID has 20 characters, one fewer than other unique IDs:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html>.
pub(crate) fn new_key_id(ids: &mut crate::ids::Ids, prefix: &str) -> String {
    let mut id = ids.iam(prefix);
    id.truncate(20);
    id
}

/// Returns the status that a request sets for a credential, or an error if the status is `Expired`,
/// which is valid only in responses.
pub(super) fn check_status(status: Option<String>) -> ApiResult<String> {
    match status.unwrap_or_default() {
        // The error code comes from the service model; AWS's message is not publicly documented.
        expired if expired == "Expired" => Err(invalid_input("The status Expired cannot be set.")),
        status => Ok(status),
    }
}

/// Activates or deactivates an access key.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccessKey.html>
impl Operation for UpdateAccessKeyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = named_or_caller(call, self.user_name)?;
        let id = self.access_key_id.unwrap_or_default();
        check_owner(call, &id, &name)?;
        let status = check_status(self.status)?;
        if let Some(key) = call.iam().access_keys.get_mut(&id) {
            key.status = status;
        }
        Ok(())
    }
}

/// Deletes an access key.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccessKey.html>
impl Operation for DeleteAccessKeyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = named_or_caller(call, self.user_name)?;
        let id = self.access_key_id.unwrap_or_default();
        check_owner(call, &id, &name)?;
        call.iam().access_keys.remove(&id);
        Ok(())
    }
}

/// Lists the access keys of a user, or of the caller if the request names no user.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccessKeys.html>
impl Operation for ListAccessKeysRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = named_or_caller(call, self.user_name)?;
        let user_name = &user(call, &name)?.name;
        let owner = user_name.to_lowercase();
        let keys = state(call).access_keys.iter().filter(|(_, key)| key.user == owner);
        let keys = keys.map(|(id, key)| {
            let shown = AccessKeyMetadata {
                user_name: user_name.clone(),
                access_key_id: id.clone(),
                status: key.status.clone(),
                create_date: key.created,
            };
            (id.clone(), shown)
        });
        let Page { items: access_key_metadata, is_truncated, marker } =
            page(Self::NAME, keys, self.marker.as_deref(), self.max_items)?;
        Ok(Self::Output { access_key_metadata, is_truncated, marker })
    }
}

/// Returns when an access key was last used, and for which service and region.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccessKeyLastUsed.html>
impl Operation for GetAccessKeyLastUsedRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let id = self.access_key_id.unwrap_or_default();
        let state = state(call);
        let Some(key) = state.access_keys.get(&id) else {
            let caller = &call.caller.arn;
            let words = format!(
                "User: {caller} is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key {id}"
            );
            return Err(ApiError::new("AccessDenied", words).with_status(403));
        };
        let user_name = state.users.get(&key.user).map(|user| user.name.clone());
        let none = || "N/A".to_owned();
        let access_key_last_used = match &key.used {
            None => {
                AccessKeyLastUsed { last_used_date: None, service_name: none(), region: none() }
            }
            Some(Use { at, service, region }) => AccessKeyLastUsed {
                last_used_date: Some(*at),
                service_name: service.clone(),
                region: region.clone(),
            },
        };
        let user_name = user_name.unwrap_or_default();
        Ok(Self::Output { user_name, access_key_last_used })
    }
}

/// Records that a call was signed with an access key, if the account has that key.
pub(crate) fn record_use(
    world: &mut World,
    (account, id): (&AccountId, &str),
    (at, service, region): (Timestamp, Service, &str),
) {
    if let Some(key) = world.iam_of_mut(account).and_then(|iam| iam.access_keys.get_mut(id)) {
        key.used = Some(Use { at, service: service.id().to_owned(), region: region.to_owned() });
    }
}
