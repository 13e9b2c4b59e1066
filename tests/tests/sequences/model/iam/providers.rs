//! IAM: identity providers.

use infra_mock::iam::{
    AddClientIDToOpenIDConnectProviderRequest, CreateOpenIDConnectProviderRequest,
    CreateSAMLProviderRequest, DeleteOpenIDConnectProviderRequest, DeleteSAMLProviderRequest,
    GetOpenIDConnectProviderRequest, GetSAMLProviderRequest, ListOpenIDConnectProviderTagsRequest,
    ListOpenIDConnectProvidersRequest, ListSAMLProviderTagsRequest, ListSAMLProvidersRequest,
    RemoveClientIDFromOpenIDConnectProviderRequest, TagOpenIDConnectProviderRequest,
    TagSAMLProviderRequest, UntagOpenIDConnectProviderRequest, UntagSAMLProviderRequest,
    UpdateOpenIDConnectProviderThumbprintRequest, UpdateSAMLProviderRequest,
};
use proptest::prelude::*;

use super::super::draw::{Text, either, keys, maybe, page, rather, several, step, text, token};
use super::super::{AnyStep, sent_by};
use super::{list, tag, tags};

sent_by! { iam:
    AddClientIDToOpenIDConnectProviderRequest {
        open_id_connect_provider_arn, client_id,
    } => add_client_id_to_open_id_connect_provider
        .set_open_id_connect_provider_arn(open_id_connect_provider_arn)
        .set_client_id(client_id);
    CreateOpenIDConnectProviderRequest {
        url, client_id_list, thumbprint_list, tags; context_provider, identity_center_instance_arn
    } => create_open_id_connect_provider
        .set_url(url)
        .set_client_id_list(list(client_id_list, std::convert::identity))
        .set_thumbprint_list(list(thumbprint_list, std::convert::identity))
        .set_tags(list(tags, tag));
    CreateSAMLProviderRequest {
        saml_metadata_document, name, tags, assertion_encryption_mode, add_private_key; context_provider,
        identity_center_instance_arn
    } => create_saml_provider
        .set_saml_metadata_document(saml_metadata_document)
        .set_name(name)
        .set_tags(list(tags, tag))
        .set_assertion_encryption_mode(assertion_encryption_mode.map(|text| text.as_str().into()))
        .set_add_private_key(add_private_key);
    DeleteOpenIDConnectProviderRequest {
        open_id_connect_provider_arn,
    } => delete_open_id_connect_provider
        .set_open_id_connect_provider_arn(open_id_connect_provider_arn);
    DeleteSAMLProviderRequest { saml_provider_arn } => delete_saml_provider
        .set_saml_provider_arn(saml_provider_arn);
    GetOpenIDConnectProviderRequest { open_id_connect_provider_arn } => get_open_id_connect_provider
        .set_open_id_connect_provider_arn(open_id_connect_provider_arn);
    GetSAMLProviderRequest { saml_provider_arn } => get_saml_provider
        .set_saml_provider_arn(saml_provider_arn);
    ListOpenIDConnectProviderTagsRequest {
        open_id_connect_provider_arn, marker, max_items,
    } => list_open_id_connect_provider_tags
        .set_open_id_connect_provider_arn(open_id_connect_provider_arn)
        .set_marker(marker)
        .set_max_items(max_items);
    ListOpenIDConnectProvidersRequest {} => list_open_id_connect_providers;
    ListSAMLProviderTagsRequest { saml_provider_arn, marker, max_items } => list_saml_provider_tags
        .set_saml_provider_arn(saml_provider_arn)
        .set_marker(marker)
        .set_max_items(max_items);
    ListSAMLProvidersRequest {} => list_saml_providers;
    RemoveClientIDFromOpenIDConnectProviderRequest {
        open_id_connect_provider_arn, client_id,
    } => remove_client_id_from_open_id_connect_provider
        .set_open_id_connect_provider_arn(open_id_connect_provider_arn)
        .set_client_id(client_id);
    TagOpenIDConnectProviderRequest {
        open_id_connect_provider_arn, tags,
    } => tag_open_id_connect_provider
        .set_open_id_connect_provider_arn(open_id_connect_provider_arn)
        .set_tags(list(tags, tag));
    TagSAMLProviderRequest { saml_provider_arn, tags } => tag_saml_provider
        .set_saml_provider_arn(saml_provider_arn)
        .set_tags(list(tags, tag));
    UntagOpenIDConnectProviderRequest {
        open_id_connect_provider_arn, tag_keys,
    } => untag_open_id_connect_provider
        .set_open_id_connect_provider_arn(open_id_connect_provider_arn)
        .set_tag_keys(list(tag_keys, std::convert::identity));
    UntagSAMLProviderRequest { saml_provider_arn, tag_keys } => untag_saml_provider
        .set_saml_provider_arn(saml_provider_arn)
        .set_tag_keys(list(tag_keys, std::convert::identity));
    UpdateOpenIDConnectProviderThumbprintRequest {
        open_id_connect_provider_arn, thumbprint_list,
    } => update_open_id_connect_provider_thumbprint
        .set_open_id_connect_provider_arn(open_id_connect_provider_arn)
        .set_thumbprint_list(list(thumbprint_list, std::convert::identity));
    UpdateSAMLProviderRequest {
        saml_metadata_document, saml_provider_arn, assertion_encryption_mode, add_private_key,
        remove_private_key; context_provider, identity_center_instance_arn, remove_context_provider,
        remove_identity_center_instance
    } => update_saml_provider
        .set_saml_metadata_document(saml_metadata_document)
        .set_saml_provider_arn(saml_provider_arn)
        .set_assertion_encryption_mode(assertion_encryption_mode.map(|text| text.as_str().into()))
        .set_add_private_key(add_private_key)
        .set_remove_private_key(remove_private_key);
}

const THUMBPRINTS: &[&str] =
    &["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"];

fn oidc(odd: u32) -> Text {
    const GOOD: &[&str] = &[
        "arn:aws:iam::123456789012:oidc-provider/a.example.com",
        "arn:aws:iam::123456789012:oidc-provider/b.example.com/x",
    ];
    text(
        odd,
        GOOD,
        &["arn:aws:iam::123456789012:oidc-provider/none", "arn:aws:iam::123456789012:role/a", "x"],
    )
}

fn saml(odd: u32) -> Text {
    const GOOD: &[&str] = &["arn:aws:iam::123456789012:saml-provider/corp"];
    text(
        odd,
        GOOD,
        &["arn:aws:iam::123456789012:saml-provider/none", "arn:aws:iam::123456789012:role/a", "x"],
    )
}

fn metadata(odd: u32) -> Text {
    let padding = " ".repeat(1000);
    let good = format!("<EntityDescriptor><IDPSSODescriptor/></EntityDescriptor>{padding}");
    rather(odd, Just(Some(good)).boxed(), Just(Some(padding)).boxed())
}

pub(super) fn steps(odd: u32) -> BoxedStrategy<AnyStep> {
    either(vec![
        (
            2,
            step((oidc(odd), text(odd, &["sts.amazonaws.com", "app"], &[""])).prop_map(
                |(open_id_connect_provider_arn, client_id)| {
                    AddClientIDToOpenIDConnectProviderRequest {
                        open_id_connect_provider_arn,
                        client_id,
                    }
                },
            )),
        ),
        (
            2,
            step(
                (
                    text(
                        odd,
                        &["https://a.example.com", "https://b.example.com/x"],
                        &["a.example.com", ""],
                    ),
                    several(odd, &["sts.amazonaws.com", "app"], &[""]),
                    several(odd, THUMBPRINTS, &["short"]),
                    tags(odd),
                )
                    .prop_map(|(url, client_id_list, thumbprint_list, tags)| {
                        CreateOpenIDConnectProviderRequest {
                            url,
                            client_id_list,
                            thumbprint_list,
                            tags,
                            ..Default::default()
                        }
                    }),
            ),
        ),
        (
            2,
            step(
                (
                    metadata(odd),
                    text(odd, &["corp"], &["no such name!", ""]),
                    tags(odd),
                    maybe(odd, &["Required", "Allowed"], &["Perhaps"]),
                    maybe(odd, &["key"], &[""]),
                )
                    .prop_map(
                        |(
                            saml_metadata_document,
                            name,
                            tags,
                            assertion_encryption_mode,
                            add_private_key,
                        )| CreateSAMLProviderRequest {
                            saml_metadata_document,
                            name,
                            tags,
                            assertion_encryption_mode,
                            add_private_key,
                            ..Default::default()
                        },
                    ),
            ),
        ),
        (
            1,
            step(oidc(odd).prop_map(|open_id_connect_provider_arn| {
                DeleteOpenIDConnectProviderRequest { open_id_connect_provider_arn }
            })),
        ),
        (
            1,
            step(
                saml(odd)
                    .prop_map(|saml_provider_arn| DeleteSAMLProviderRequest { saml_provider_arn }),
            ),
        ),
        (
            1,
            step(oidc(odd).prop_map(|open_id_connect_provider_arn| {
                GetOpenIDConnectProviderRequest { open_id_connect_provider_arn }
            })),
        ),
        (
            1,
            step(
                saml(odd)
                    .prop_map(|saml_provider_arn| GetSAMLProviderRequest { saml_provider_arn }),
            ),
        ),
        (
            1,
            step((oidc(odd), token(odd), page(odd)).prop_map(
                |(open_id_connect_provider_arn, marker, max_items)| {
                    ListOpenIDConnectProviderTagsRequest {
                        open_id_connect_provider_arn,
                        marker,
                        max_items,
                    }
                },
            )),
        ),
        (1, step(Just(ListOpenIDConnectProvidersRequest {}))),
        (
            1,
            step((saml(odd), token(odd), page(odd)).prop_map(
                |(saml_provider_arn, marker, max_items)| ListSAMLProviderTagsRequest {
                    saml_provider_arn,
                    marker,
                    max_items,
                },
            )),
        ),
        (1, step(Just(ListSAMLProvidersRequest {}))),
        (
            1,
            step((oidc(odd), text(odd, &["sts.amazonaws.com", "app"], &[""])).prop_map(
                |(open_id_connect_provider_arn, client_id)| {
                    RemoveClientIDFromOpenIDConnectProviderRequest {
                        open_id_connect_provider_arn,
                        client_id,
                    }
                },
            )),
        ),
        (
            1,
            step((oidc(odd), tags(odd)).prop_map(|(open_id_connect_provider_arn, tags)| {
                TagOpenIDConnectProviderRequest { open_id_connect_provider_arn, tags }
            })),
        ),
        (
            1,
            step((saml(odd), tags(odd)).prop_map(|(saml_provider_arn, tags)| {
                TagSAMLProviderRequest { saml_provider_arn, tags }
            })),
        ),
        (
            1,
            step((oidc(odd), keys(odd)).prop_map(|(open_id_connect_provider_arn, tag_keys)| {
                UntagOpenIDConnectProviderRequest { open_id_connect_provider_arn, tag_keys }
            })),
        ),
        (
            1,
            step((saml(odd), keys(odd)).prop_map(|(saml_provider_arn, tag_keys)| {
                UntagSAMLProviderRequest { saml_provider_arn, tag_keys }
            })),
        ),
        (
            1,
            step((oidc(odd), several(odd, THUMBPRINTS, &["short"])).prop_map(
                |(open_id_connect_provider_arn, thumbprint_list)| {
                    UpdateOpenIDConnectProviderThumbprintRequest {
                        open_id_connect_provider_arn,
                        thumbprint_list,
                    }
                },
            )),
        ),
        (
            1,
            step(
                (
                    metadata(odd),
                    saml(odd),
                    maybe(odd, &["Required", "Allowed"], &["Perhaps"]),
                    maybe(odd, &["key"], &[""]),
                    Just(None),
                )
                    .prop_map(
                        |(
                            saml_metadata_document,
                            saml_provider_arn,
                            assertion_encryption_mode,
                            add_private_key,
                            remove_private_key,
                        )| UpdateSAMLProviderRequest {
                            saml_metadata_document,
                            saml_provider_arn,
                            assertion_encryption_mode,
                            add_private_key,
                            remove_private_key,
                            ..Default::default()
                        },
                    ),
            ),
        ),
    ])
}
