//! MFA devices of users: enabling, reading, synchronizing and deactivating them.
//!
//! Recorded AWS responses: `test_iam_mfa.snapshot.json`, in the folder cited in `user.rs`.

use std::collections::BTreeMap;

use data_encoding::BASE32_NOPAD;
use serde::{Deserialize, Serialize};

use crate::api::{ApiError, ApiResult, Call, Definition, Operation};
use crate::iam::{
    DeactivateMFADeviceRequest, EnableMFADeviceRequest, GetMFADeviceRequest, ListMFADevicesRequest,
    MFADevice, ResyncMFADeviceRequest, Tag,
};
use crate::time::Timestamp;

use super::check::{already_exists, no_such_entity, quota};
use super::page::{Page, page};
use super::user::named_or_caller;
use super::{state, totp, user};

/// The maximum number of MFA devices per user:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>.
const MAX_DEVICES: usize = 8;

/// A virtual device or an enabled hardware device.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct MfaDeviceRecord {
    /// The base-32 seed of a virtual device, or `None` for a hardware device.
    pub(super) seed: Option<String>,
    pub(super) tags: BTreeMap<String, Tag>,
    pub(super) holder: Option<Holder>,
}

/// The user for whom a device is enabled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Holder {
    /// The user's name in lower case.
    pub(super) user: String,
    pub(super) enabled: Timestamp,
}

pub(super) fn no_device(serial: &str) -> ApiError {
    no_such_entity(format!("MFA Device with serial number {serial} does not exist."))
}

/// Returns the device with the given serial number, if it is enabled for the user with the given
/// name. Also returns the device's holder, and the user's name in its original capitalization.
fn device<'c>(
    call: &'c Call<'_>,
    serial: &str,
    name: &str,
) -> ApiResult<(&'c MfaDeviceRecord, &'c Holder, &'c str)> {
    let user = user(call, name)?;
    let owner = user.name.to_lowercase();
    let record = state(call).mfa_devices.get(serial).ok_or_else(|| no_device(serial))?;
    let holder = record.holder.as_ref().filter(|holder| holder.user == owner);
    Ok((record, holder.ok_or_else(|| no_device(serial))?, &user.name))
}

/// Checks two consecutive authentication codes from a device. The mock does not know the seeds of
/// hardware devices, so it accepts all codes from them.
fn check_codes(
    call: &Call<'_>,
    record: Option<&MfaDeviceRecord>,
    codes: [Option<String>; 2],
) -> ApiResult<()> {
    let Some(seed) = record.and_then(|record| record.seed.as_deref()) else { return Ok(()) };
    let seed = BASE32_NOPAD.decode(seed.as_bytes()).unwrap_or_default();
    let codes = codes.map(Option::unwrap_or_default);
    if totp::are_consecutive(&seed, codes.each_ref().map(String::as_str), call.now) {
        return Ok(());
    }
    // The error code comes from the service model; AWS's message is not publicly documented.
    let words = "Authentication code for device is not valid.";
    Err(ApiError::new("InvalidAuthenticationCode", words).with_status(403))
}

/// Enables a device for a user.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_EnableMFADevice.html>
impl Operation for EnableMFADeviceRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let owner = user(call, &self.user_name.unwrap_or_default())?.name.to_lowercase();
        let serial = self.serial_number.unwrap_or_default();
        let devices = &state(call).mfa_devices;
        let record = devices.get(&serial);
        if record.is_none() && serial.starts_with("arn:") {
            return Err(no_device(&serial));
        }
        if record.is_some_and(|record| record.holder.is_some()) {
            return Err(already_exists("MFA Device is already in use."));
        }
        let holders = devices.values().filter_map(|record| record.holder.as_ref());
        // AWS's name for this quota is not publicly documented, so the mock's name is modeled on
        // the names of the quotas for other credentials.
        let held = holders.filter(|holder| holder.user == owner).count();
        quota("MFADevicesPerUser", held + 1, MAX_DEVICES)?;
        check_codes(call, record, [self.authentication_code1, self.authentication_code2])?;
        let holder = Some(Holder { user: owner, enabled: call.now });
        call.iam().mfa_devices.entry(serial).or_default().holder = holder;
        Ok(())
    }
}

/// Deactivates a device of a user, or of the caller if the request names no user.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeactivateMFADevice.html>
impl Operation for DeactivateMFADeviceRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let serial = self.serial_number.unwrap_or_default();
        let name = named_or_caller(call, self.user_name)?;
        let is_virtual = device(call, &serial, &name)?.0.seed.is_some();
        let devices = &mut call.iam().mfa_devices;
        match devices.get_mut(&serial).filter(|_| is_virtual) {
            Some(record) => record.holder = None,
            None => drop(devices.remove(&serial)),
        }
        Ok(())
    }
}

/// Synchronizes a device. The mock does not record how far a device's clock is off, so this
/// operation only checks the codes.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ResyncMFADevice.html>
impl Operation for ResyncMFADeviceRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let serial = self.serial_number.unwrap_or_default();
        let (record, ..) = device(call, &serial, &self.user_name.unwrap_or_default())?;
        check_codes(call, Some(record), [self.authentication_code1, self.authentication_code2])
    }
}

/// Returns an enabled device. AWS supports this operation only for FIDO security keys. The mock
/// supports it for all devices, because no API operation can enable a FIDO key.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetMFADevice.html>
impl Operation for GetMFADeviceRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let serial = self.serial_number.unwrap_or_default();
        let name = named_or_caller(call, self.user_name)?;
        let (_, holder, user_name) = device(call, &serial, &name)?;
        Ok(Self::Output {
            user_name: user_name.to_owned(),
            enable_date: holder.enabled,
            certifications: None,
            serial_number: serial,
        })
    }
}

/// Lists the devices of a user, or of the caller if the request names no user.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListMFADevices.html>
impl Operation for ListMFADevicesRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let user_name = &user(call, &named_or_caller(call, self.user_name)?)?.name;
        let owner = user_name.to_lowercase();
        let devices = state(call).mfa_devices.iter().filter_map(|(serial, record)| {
            let holder = record.holder.as_ref().filter(|holder| holder.user == owner)?;
            let shown = MFADevice {
                user_name: user_name.clone(),
                serial_number: serial.clone(),
                enable_date: holder.enabled,
            };
            Some((serial.clone(), shown))
        });
        let Page { items: mfa_devices, is_truncated, marker } =
            page(Self::NAME, devices, self.marker.as_deref(), self.max_items)?;
        Ok(Self::Output { mfa_devices, is_truncated, marker })
    }
}
