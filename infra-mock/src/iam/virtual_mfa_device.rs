//! Virtual MFA devices: creating, listing, tagging and deleting them.
//!
//! Recorded AWS responses: `test_iam_mfa.snapshot.json`, in the folder cited in `user.rs`.

use crate::api::{ApiResult, Blob, Call, Definition, Operation};
use crate::iam::{
    CreateVirtualMFADeviceRequest, DeleteVirtualMFADeviceRequest, ListMFADeviceTagsRequest,
    ListVirtualMFADevicesRequest, TagMFADeviceRequest, UntagMFADeviceRequest, VirtualMFADevice,
};

use super::check::{already_exists, delete_conflict, quota};
use super::mfa_device::{MfaDeviceRecord, no_device};
use super::page::{Page, page};
use super::tags::{listed, policy_tags, tag_operations};
use super::user::{MAX_USERS, shown_in_list};
use super::{qr_code, state};

/// Returns the virtual device with the given ARN.
fn device<'c>(call: &'c Call<'_>, arn: &str) -> ApiResult<&'c MfaDeviceRecord> {
    let record = state(call).mfa_devices.get(arn).filter(|record| record.seed.is_some());
    record.ok_or_else(|| no_device(arn))
}

fn device_mut<'c>(call: &'c mut Call<'_>, arn: &str) -> ApiResult<&'c mut MfaDeviceRecord> {
    device(call, arn)?;
    call.iam().mfa_devices.get_mut(arn).ok_or_else(|| no_device(arn))
}

/// Creates a device with a random seed.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateVirtualMFADevice.html>
impl Operation for CreateVirtualMFADeviceRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.virtual_mfa_device_name.unwrap_or_default();
        let path = self.path.unwrap_or_else(|| "/".to_owned());
        let tags = policy_tags(&self.tags)?;
        let arn = call.location().global_arn("iam", format!("mfa{path}{name}")).to_string();
        let devices = &state(call).mfa_devices;
        if devices.contains_key(&arn) {
            return Err(already_exists("MFA device already exists."));
        }
        // This quota equals the quota for users:
        // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
        // AWS's name for this quota is not publicly documented, so the mock's name is modeled on
        // the names of similar quotas.
        let virtual_devices = devices.values().filter(|record| record.seed.is_some());
        quota("VirtualMFADevicesPerAccount", virtual_devices.count() + 1, MAX_USERS)?;
        let mut seed: String = (0..4).map(|_| call.world.ids.iam("")).collect();
        // AWS's seeds have 64 characters. The four generated IDs provide 17 characters each.
        seed.truncate(64);
        let account = &call.location().account_id;
        let url = format!("otpauth://totp/{name}@{account}?secret={seed}");
        let record = MfaDeviceRecord { seed: Some(seed.clone()), tags, holder: None };
        let virtual_mfa_device = VirtualMFADevice {
            serial_number: arn.clone(),
            base32_string_seed: Some(Blob(seed.into_bytes())),
            qr_code_png: Some(Blob(qr_code::png(&url))),
            tags: Some(listed(&record.tags)).filter(|tags| !tags.is_empty()),
            ..VirtualMFADevice::default()
        };
        call.iam().mfa_devices.insert(arn, record);
        Ok(Self::Output { virtual_mfa_device })
    }
}

/// Lists virtual devices: all of them, only the assigned ones, or only the unassigned ones.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListVirtualMFADevices.html>
impl Operation for ListVirtualMFADevicesRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let state = state(call);
        let wanted = |record: &MfaDeviceRecord| {
            record.seed.is_some()
                && match self.assignment_status.as_deref() {
                    Some("Assigned") => record.holder.is_some(),
                    Some("Unassigned") => record.holder.is_none(),
                    _ => true,
                }
        };
        let devices = state.mfa_devices.iter().filter(|(_, record)| wanted(record));
        let devices = devices.map(|(arn, record)| {
            let holder = record.holder.as_ref();
            let user = holder.and_then(|holder| state.users.get(&holder.user));
            let shown = VirtualMFADevice {
                serial_number: arn.clone(),
                user: user.map(shown_in_list),
                enable_date: holder.map(|holder| holder.enabled),
                ..VirtualMFADevice::default()
            };
            (arn.clone(), shown)
        });
        let Page { items: virtual_mfa_devices, is_truncated, marker } =
            page(Self::NAME, devices, self.marker.as_deref(), self.max_items)?;
        Ok(Self::Output { virtual_mfa_devices, is_truncated, marker })
    }
}

/// Deletes a device. Fails if the device is enabled for a user.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteVirtualMFADevice.html>
impl Operation for DeleteVirtualMFADeviceRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let arn = self.serial_number.unwrap_or_default();
        if device(call, &arn)?.holder.is_some() {
            // The error code comes from the service model; AWS does not document this message.
            return Err(delete_conflict("MFA VirtualDevice in use. Must deactivate first."));
        }
        call.iam().mfa_devices.remove(&arn);
        Ok(())
    }
}

tag_operations! {
    serial_number, policy_tags, str::to_owned, device, device_mut;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagMFADevice.html>
    TagMFADeviceRequest;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagMFADevice.html>
    UntagMFADeviceRequest;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListMFADeviceTags.html>
    ListMFADeviceTagsRequest;
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::iam::tests::Fixture;
    use crate::iam::{
        CreateVirtualMFADeviceRequest, ListMFADeviceTagsRequest, TagMFADeviceRequest,
        UntagMFADeviceRequest,
    };

    #[test]
    fn the_tag_keys_of_a_virtual_device_are_case_sensitive() {
        let mut aws = Fixture::new();
        let made = json!({"VirtualMFADeviceName": "phone"});
        let made = aws.does::<CreateVirtualMFADeviceRequest>(made)["VirtualMFADevice"].clone();
        let named = || json!({"SerialNumber": made["SerialNumber"]});
        let tags = json!([{"Key": "Team", "Value": "x"}, {"Key": "team", "Value": "y"}]);
        let mut request = named();
        request["Tags"] = tags.clone();
        aws.does::<TagMFADeviceRequest>(request);
        assert_eq!(aws.does::<ListMFADeviceTagsRequest>(named())["Tags"], tags);
        let mut request = named();
        request["TagKeys"] = json!(["Team", "none"]);
        aws.does::<UntagMFADeviceRequest>(request);
        let left = aws.does::<ListMFADeviceTagsRequest>(named());
        assert_eq!(left, json!({"Tags": [{"Key": "team", "Value": "y"}], "IsTruncated": false}));
        let hardware = json!({"SerialNumber": "GAHT12345678"});
        let missing = aws.says::<ListMFADeviceTagsRequest>(hardware);
        assert!(missing.starts_with("NoSuchEntity 404"), "{missing}");
    }
}
