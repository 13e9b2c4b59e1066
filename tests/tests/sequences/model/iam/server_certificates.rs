//! IAM: server certificates.

use infra_mock::iam::{
    DeleteServerCertificateRequest, GetServerCertificateRequest, ListServerCertificateTagsRequest,
    ListServerCertificatesRequest, TagServerCertificateRequest, UntagServerCertificateRequest,
    UpdateServerCertificateRequest, UploadServerCertificateRequest,
};
use proptest::prelude::*;

use super::super::draw::{Text, either, keys, maybe, page, rather, step, text, token};
use super::super::{AnyStep, sent_by};
use super::credentials::key_file;
use super::{list, tag, tags};

sent_by! { iam:
    DeleteServerCertificateRequest { server_certificate_name } => delete_server_certificate
        .set_server_certificate_name(server_certificate_name);
    GetServerCertificateRequest { server_certificate_name } => get_server_certificate
        .set_server_certificate_name(server_certificate_name);
    ListServerCertificateTagsRequest {
        server_certificate_name, marker, max_items,
    } => list_server_certificate_tags
        .set_server_certificate_name(server_certificate_name)
        .set_marker(marker)
        .set_max_items(max_items);
    ListServerCertificatesRequest { path_prefix, marker, max_items } => list_server_certificates
        .set_path_prefix(path_prefix)
        .set_marker(marker)
        .set_max_items(max_items);
    TagServerCertificateRequest { server_certificate_name, tags } => tag_server_certificate
        .set_server_certificate_name(server_certificate_name)
        .set_tags(list(tags, tag));
    UntagServerCertificateRequest { server_certificate_name, tag_keys } => untag_server_certificate
        .set_server_certificate_name(server_certificate_name)
        .set_tag_keys(list(tag_keys, std::convert::identity));
    UpdateServerCertificateRequest {
        server_certificate_name, new_path, new_server_certificate_name,
    } => update_server_certificate
        .set_server_certificate_name(server_certificate_name)
        .set_new_path(new_path)
        .set_new_server_certificate_name(new_server_certificate_name);
    UploadServerCertificateRequest {
        path, server_certificate_name, certificate_body, private_key, certificate_chain, tags,
    } => upload_server_certificate
        .set_path(path)
        .set_server_certificate_name(server_certificate_name)
        .set_certificate_body(certificate_body)
        .set_private_key(private_key)
        .set_certificate_chain(certificate_chain)
        .set_tags(list(tags, tag));
}

/// A certificate and its private key.
const PAIR: (&str, &str) = (key_file!("ec.crt"), key_file!("ec.key"));
/// Pairs that AWS rejects: the certificate and the private key do not match, or either the
/// certificate or the key is invalid.
const BAD_PAIRS: &[(&str, &str)] =
    &[(key_file!("ec.crt"), key_file!("other.key")), ("none", PAIR.1), (PAIR.0, "none")];

fn name(odd: u32) -> Text {
    text(odd, &["web", "web", "api"], &["no such name!", "none", ""])
}

fn path(odd: u32) -> Text {
    maybe(odd, &["/", "/cloudfront/"], &["cloudfront", "//"])
}

pub(super) fn steps(odd: u32) -> BoxedStrategy<AnyStep> {
    let pair = rather(odd, Just(PAIR).boxed(), proptest::sample::select(BAD_PAIRS).boxed());
    let chain = maybe(odd, &[key_file!("ca.crt")], &["none"]);
    either(vec![
        (
            3,
            step((path(odd), name(odd), pair, chain, tags(odd)).prop_map(
                |(path, server_certificate_name, (body, key), certificate_chain, tags)| {
                    UploadServerCertificateRequest {
                        path,
                        server_certificate_name,
                        certificate_body: Some(body.to_owned()),
                        private_key: Some(key.to_owned()),
                        certificate_chain,
                        tags,
                    }
                },
            )),
        ),
        (
            2,
            step(name(odd).prop_map(|server_certificate_name| GetServerCertificateRequest {
                server_certificate_name,
            })),
        ),
        (
            2,
            step((maybe(odd, &["/", "/cloudfront/"], &["x"]), token(odd), page(odd)).prop_map(
                |(path_prefix, marker, max_items)| ListServerCertificatesRequest {
                    path_prefix,
                    marker,
                    max_items,
                },
            )),
        ),
        (
            1,
            step((name(odd), path(odd), maybe(odd, &["api"], &["no such name!"])).prop_map(
                |(server_certificate_name, new_path, new_server_certificate_name)| {
                    UpdateServerCertificateRequest {
                        server_certificate_name,
                        new_path,
                        new_server_certificate_name,
                    }
                },
            )),
        ),
        (
            1,
            step(name(odd).prop_map(|server_certificate_name| DeleteServerCertificateRequest {
                server_certificate_name,
            })),
        ),
        (
            1,
            step((name(odd), tags(odd)).prop_map(|(server_certificate_name, tags)| {
                TagServerCertificateRequest { server_certificate_name, tags }
            })),
        ),
        (
            1,
            step((name(odd), keys(odd)).prop_map(|(server_certificate_name, tag_keys)| {
                UntagServerCertificateRequest { server_certificate_name, tag_keys }
            })),
        ),
        (
            1,
            step((name(odd), token(odd), page(odd)).prop_map(
                |(server_certificate_name, marker, max_items)| ListServerCertificateTagsRequest {
                    server_certificate_name,
                    marker,
                    max_items,
                },
            )),
        ),
    ])
}
