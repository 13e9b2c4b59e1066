//! Tests of MFA devices.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use data_encoding::BASE32_NOPAD;
use serde_json::{Value, json};

use super::Fixture;
use crate::iam::{
    CreateUserRequest, CreateVirtualMFADeviceRequest, DeactivateMFADeviceRequest,
    DeleteUserRequest, DeleteVirtualMFADeviceRequest, EnableMFADeviceRequest,
    GetAccountSummaryRequest, GetMFADeviceRequest, ListMFADevicesRequest,
    ListVirtualMFADevicesRequest, ResyncMFADeviceRequest, UpdateUserRequest, totp,
};

const ARN: &str = "arn:aws:iam::123456789012:mfa/team/phone";
const HARDWARE: &str = "GAHT12345678";

fn world() -> Fixture {
    let mut aws = Fixture::new();
    aws.does::<CreateUserRequest>(json!({"UserName": "ada"}));
    aws.does::<CreateUserRequest>(json!({"UserName": "bob"}));
    aws
}

fn phone() -> Value {
    json!({"VirtualMFADeviceName": "phone", "Path": "/team/"})
}

fn enable(user: &str, serial: &str, codes: &[String; 2]) -> Value {
    json!({
        "UserName": user,
        "SerialNumber": serial,
        "AuthenticationCode1": codes[0],
        "AuthenticationCode2": codes[1],
    })
}

/// Creates a virtual device and returns two consecutive codes from it.
fn created(aws: &mut Fixture) -> [String; 2] {
    let made = aws.does::<CreateVirtualMFADeviceRequest>(phone())["VirtualMFADevice"].clone();
    assert_eq!(made["SerialNumber"], ARN);
    let seed = BASE64_STANDARD.decode(made["Base32StringSeed"].as_str().unwrap()).unwrap();
    let seed = String::from_utf8(seed).unwrap();
    assert_eq!(seed.len(), 64);
    totp::codes(&BASE32_NOPAD.decode(seed.as_bytes()).unwrap(), aws.now)
}

#[test]
fn a_virtual_device_is_enabled_with_two_consecutive_codes() {
    let mut aws = world();
    let codes = created(&mut aws);
    assert_eq!(
        aws.says::<CreateVirtualMFADeviceRequest>(phone()),
        "EntityAlreadyExists 409: MFA device already exists."
    );
    let [first, second] = codes.clone();
    let invalid = "InvalidAuthenticationCode 403: Authentication code for device is not valid.";
    let reversed = enable("ada", ARN, &[second, first]);
    assert_eq!(aws.says::<EnableMFADeviceRequest>(reversed.clone()), invalid);
    aws.does::<EnableMFADeviceRequest>(enable("ada", ARN, &codes));
    assert_eq!(
        aws.says::<EnableMFADeviceRequest>(enable("bob", ARN, &codes)),
        "EntityAlreadyExists 409: MFA Device is already in use."
    );
    aws.does::<ResyncMFADeviceRequest>(enable("ada", ARN, &codes));
    assert_eq!(aws.says::<ResyncMFADeviceRequest>(reversed), invalid);
    let device =
        json!({"UserName": "ada", "SerialNumber": ARN, "EnableDate": "2026-01-01T00:00:00Z"});
    let listed = aws.does::<ListMFADevicesRequest>(json!({"UserName": "ada"}));
    assert_eq!(listed, json!({"MFADevices": [device], "IsTruncated": false}));
    let get = json!({"UserName": "ada", "SerialNumber": ARN});
    assert_eq!(aws.does::<GetMFADeviceRequest>(get), device);
    let assigned = json!({"AssignmentStatus": "Assigned"});
    let listed = aws.does::<ListVirtualMFADevicesRequest>(assigned);
    assert_eq!(listed["VirtualMFADevices"][0]["User"]["UserName"], "ada");
    assert_eq!(listed["VirtualMFADevices"][0].get("Base32StringSeed"), None);
    let unassigned = json!({"AssignmentStatus": "Unassigned"});
    let listed = aws.does::<ListVirtualMFADevicesRequest>(unassigned.clone());
    assert_eq!(listed["VirtualMFADevices"], json!([]));
    assert_eq!(
        aws.says::<DeleteVirtualMFADeviceRequest>(json!({"SerialNumber": ARN})),
        "DeleteConflict 409: MFA VirtualDevice in use. Must deactivate first."
    );
    aws.does::<UpdateUserRequest>(json!({"UserName": "ada", "NewUserName": "eve"}));
    assert_eq!(
        aws.says::<DeleteUserRequest>(json!({"UserName": "eve"})),
        "DeleteConflict 409: Cannot delete entity, must delete MFA device first."
    );
    aws.does::<DeactivateMFADeviceRequest>(json!({"UserName": "eve", "SerialNumber": ARN}));
    let listed = aws.does::<ListVirtualMFADevicesRequest>(unassigned);
    assert_eq!(listed["VirtualMFADevices"], json!([{"SerialNumber": ARN}]));
    aws.does::<DeleteUserRequest>(json!({"UserName": "eve"}));
    aws.does::<DeleteVirtualMFADeviceRequest>(json!({"SerialNumber": ARN}));
    let missing = format!("NoSuchEntity 404: MFA Device with serial number {ARN} does not exist.");
    assert_eq!(aws.says::<DeleteVirtualMFADeviceRequest>(json!({"SerialNumber": ARN})), missing);
    assert_eq!(aws.says::<EnableMFADeviceRequest>(enable("bob", ARN, &codes)), missing);
}

#[test]
fn a_hardware_device_accepts_every_code_and_exists_only_while_it_is_enabled() {
    let mut aws = world();
    let codes = ["123456".to_owned(), "654321".to_owned()];
    aws.does::<EnableMFADeviceRequest>(enable("ada", HARDWARE, &codes));
    created(&mut aws);
    let summary = aws.does::<GetAccountSummaryRequest>(json!({}))["SummaryMap"].clone();
    assert_eq!((&summary["MFADevices"], &summary["MFADevicesInUse"]), (&json!(2), &json!(1)));
    let listed = aws.does::<ListVirtualMFADevicesRequest>(json!({}));
    assert_eq!(listed["VirtualMFADevices"], json!([{"SerialNumber": ARN}]));
    let missing =
        format!("NoSuchEntity 404: MFA Device with serial number {HARDWARE} does not exist.");
    let named = |user: &str| json!({"UserName": user, "SerialNumber": HARDWARE});
    assert_eq!(aws.says::<DeactivateMFADeviceRequest>(named("bob")), missing);
    assert_eq!(
        aws.says::<DeleteVirtualMFADeviceRequest>(json!({"SerialNumber": HARDWARE})),
        missing
    );
    aws.does::<DeactivateMFADeviceRequest>(named("ada"));
    assert_eq!(aws.says::<GetMFADeviceRequest>(named("ada")), missing);
    for number in 0..8 {
        let serial = format!("{HARDWARE}{number}");
        aws.does::<EnableMFADeviceRequest>(enable("ada", &serial, &codes));
    }
    assert_eq!(
        aws.says::<EnableMFADeviceRequest>(enable("ada", HARDWARE, &codes)),
        "LimitExceeded 409: Cannot exceed quota for MFADevicesPerUser: 8"
    );
}
