//! IAM: MFA devices.

use infra_mock::iam::{
    CreateVirtualMFADeviceRequest, DeactivateMFADeviceRequest, DeleteVirtualMFADeviceRequest,
    EnableMFADeviceRequest, GetMFADeviceRequest, ListMFADeviceTagsRequest, ListMFADevicesRequest,
    ListVirtualMFADevicesRequest, ResyncMFADeviceRequest, TagMFADeviceRequest,
    UntagMFADeviceRequest,
};
use proptest::prelude::*;

use super::super::draw::{Text, either, keys, maybe, page, step, text, token};
use super::super::{AnyStep, sent_by};
use super::users::user;
use super::{list, tag, tags};

sent_by! { iam:
    CreateVirtualMFADeviceRequest { path, virtual_mfa_device_name, tags } => create_virtual_mfa_device
        .set_path(path)
        .set_virtual_mfa_device_name(virtual_mfa_device_name)
        .set_tags(list(tags, tag));
    DeactivateMFADeviceRequest { user_name, serial_number } => deactivate_mfa_device
        .set_user_name(user_name)
        .set_serial_number(serial_number);
    DeleteVirtualMFADeviceRequest { serial_number } => delete_virtual_mfa_device
        .set_serial_number(serial_number);
    EnableMFADeviceRequest {
        user_name, serial_number, authentication_code1, authentication_code2,
    } => enable_mfa_device
        .set_user_name(user_name)
        .set_serial_number(serial_number)
        .set_authentication_code1(authentication_code1)
        .set_authentication_code2(authentication_code2);
    GetMFADeviceRequest { serial_number, user_name } => get_mfa_device
        .set_serial_number(serial_number)
        .set_user_name(user_name);
    ListMFADeviceTagsRequest { serial_number, marker, max_items } => list_mfa_device_tags
        .set_serial_number(serial_number)
        .set_marker(marker)
        .set_max_items(max_items);
    ListMFADevicesRequest { user_name, marker, max_items } => list_mfa_devices
        .set_user_name(user_name)
        .set_marker(marker)
        .set_max_items(max_items);
    ListVirtualMFADevicesRequest { assignment_status, marker, max_items } => list_virtual_mfa_devices
        .set_assignment_status(assignment_status.map(|text| text.as_str().into()))
        .set_marker(marker)
        .set_max_items(max_items);
    ResyncMFADeviceRequest {
        user_name, serial_number, authentication_code1, authentication_code2,
    } => resync_mfa_device
        .set_user_name(user_name)
        .set_serial_number(serial_number)
        .set_authentication_code1(authentication_code1)
        .set_authentication_code2(authentication_code2);
    TagMFADeviceRequest { serial_number, tags } => tag_mfa_device
        .set_serial_number(serial_number)
        .set_tags(list(tags, tag));
    UntagMFADeviceRequest { serial_number, tag_keys } => untag_mfa_device
        .set_serial_number(serial_number)
        .set_tag_keys(list(tag_keys, std::convert::identity));
}

const PHONE: &str = "arn:aws:iam::123456789012:mfa/phone";

fn virtual_device(odd: u32) -> Text {
    let good = &[PHONE, PHONE, "arn:aws:iam::123456789012:mfa/team/phone"];
    text(odd, good, &["arn:aws:iam::123456789012:mfa/none", "x"])
}

/// Draws mostly hardware devices, because the mock accepts any code from a hardware device.
fn device(odd: u32) -> Text {
    prop_oneof![3 => text(odd, &["GAHT12345678"], &["x"]), 1 => virtual_device(odd)].boxed()
}

fn code(odd: u32) -> Text {
    text(odd, &["123456"], &["12345", "abcdef"])
}

pub(super) fn steps(odd: u32) -> BoxedStrategy<AnyStep> {
    either(vec![
        (
            3,
            step(
                (
                    maybe(odd, &["/", "/team/"], &["team", "//"]),
                    text(odd, &["phone"], &["no such name!", ""]),
                    tags(odd),
                )
                    .prop_map(|(path, virtual_mfa_device_name, tags)| {
                        CreateVirtualMFADeviceRequest { path, virtual_mfa_device_name, tags }
                    }),
            ),
        ),
        (
            3,
            step((user(odd), device(odd), code(odd), code(odd)).prop_map(
                |(user_name, serial_number, authentication_code1, authentication_code2)| {
                    EnableMFADeviceRequest {
                        user_name,
                        serial_number,
                        authentication_code1,
                        authentication_code2,
                    }
                },
            )),
        ),
        (
            1,
            step((user(odd), device(odd), code(odd), code(odd)).prop_map(
                |(user_name, serial_number, authentication_code1, authentication_code2)| {
                    ResyncMFADeviceRequest {
                        user_name,
                        serial_number,
                        authentication_code1,
                        authentication_code2,
                    }
                },
            )),
        ),
        (
            2,
            step((user(odd), device(odd)).prop_map(|(user_name, serial_number)| {
                DeactivateMFADeviceRequest { user_name, serial_number }
            })),
        ),
        (
            1,
            step((device(odd), user(odd)).prop_map(|(serial_number, user_name)| {
                GetMFADeviceRequest { serial_number, user_name }
            })),
        ),
        (
            2,
            step((user(odd), token(odd), page(odd)).prop_map(|(user_name, marker, max_items)| {
                ListMFADevicesRequest { user_name, marker, max_items }
            })),
        ),
        (
            2,
            step(
                (maybe(odd, &["Assigned", "Unassigned", "Any"], &["None"]), token(odd), page(odd))
                    .prop_map(|(assignment_status, marker, max_items)| {
                        ListVirtualMFADevicesRequest { assignment_status, marker, max_items }
                    }),
            ),
        ),
        (
            1,
            step(
                virtual_device(odd)
                    .prop_map(|serial_number| DeleteVirtualMFADeviceRequest { serial_number }),
            ),
        ),
        (
            1,
            step(
                (virtual_device(odd), tags(odd))
                    .prop_map(|(serial_number, tags)| TagMFADeviceRequest { serial_number, tags }),
            ),
        ),
        (
            1,
            step((virtual_device(odd), keys(odd)).prop_map(|(serial_number, tag_keys)| {
                UntagMFADeviceRequest { serial_number, tag_keys }
            })),
        ),
        (
            1,
            step((virtual_device(odd), token(odd), page(odd)).prop_map(
                |(serial_number, marker, max_items)| ListMFADeviceTagsRequest {
                    serial_number,
                    marker,
                    max_items,
                },
            )),
        ),
    ])
}
