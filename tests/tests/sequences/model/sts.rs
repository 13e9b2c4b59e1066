//! STS: the caller's identity, and temporary credentials.

use aws_sdk_sts::types as sdk;
use infra_mock::sts::{
    AssumeRoleRequest, AssumeRoleWithWebIdentityRequest, GetAccessKeyInfoRequest,
    GetCallerIdentityRequest, GetFederationTokenRequest, GetSessionTokenRequest,
    PolicyDescriptorType, Tag,
};
use proptest::prelude::*;

use super::draw::{Text, either, maybe, number, pairs, step, text};
use super::{AnyStep, sent_by};

sent_by! { sts:
    AssumeRoleRequest {
        role_arn, role_session_name, policy_arns, policy, duration_seconds, tags, transitive_tag_keys, external_id,
        serial_number, token_code, source_identity, minimum_session_token_size; provided_contexts
    } => assume_role
        .set_role_arn(role_arn)
        .set_role_session_name(role_session_name)
        .set_policy_arns(list(policy_arns, descriptor))
        .set_policy(policy)
        .set_duration_seconds(duration_seconds)
        .set_tags(list(tags, tag))
        .set_transitive_tag_keys(list(transitive_tag_keys, std::convert::identity))
        .set_external_id(external_id)
        .set_serial_number(serial_number)
        .set_token_code(token_code)
        .set_source_identity(source_identity)
        .set_minimum_session_token_size(minimum_session_token_size);
    AssumeRoleWithWebIdentityRequest {
        role_arn, role_session_name, web_identity_token, provider_id, policy_arns, policy, duration_seconds,
        minimum_session_token_size,
    } => assume_role_with_web_identity
        .set_role_arn(role_arn)
        .set_role_session_name(role_session_name)
        .set_web_identity_token(web_identity_token)
        .set_provider_id(provider_id)
        .set_policy_arns(list(policy_arns, descriptor))
        .set_policy(policy)
        .set_duration_seconds(duration_seconds)
        .set_minimum_session_token_size(minimum_session_token_size);
    GetAccessKeyInfoRequest { access_key_id } => get_access_key_info
        .set_access_key_id(access_key_id);
    GetCallerIdentityRequest {} => get_caller_identity;
    GetFederationTokenRequest {
        name, policy, policy_arns, duration_seconds, tags, minimum_session_token_size,
    } => get_federation_token
        .set_name(name)
        .set_policy(policy)
        .set_policy_arns(list(policy_arns, descriptor))
        .set_duration_seconds(duration_seconds)
        .set_tags(list(tags, tag))
        .set_minimum_session_token_size(minimum_session_token_size);
    GetSessionTokenRequest {
        duration_seconds, serial_number, token_code, minimum_session_token_size
    } => get_session_token
        .set_duration_seconds(duration_seconds)
        .set_serial_number(serial_number)
        .set_token_code(token_code)
        .set_minimum_session_token_size(minimum_session_token_size);
}

/// Converts a list. Returns `None` for an empty list.
fn list<T, U>(items: Vec<T>, convert: impl Fn(T) -> U) -> Option<Vec<U>> {
    let items: Vec<U> = items.into_iter().map(convert).collect();
    Some(items).filter(|items| !items.is_empty())
}

fn descriptor(descriptor: PolicyDescriptorType) -> sdk::PolicyDescriptorType {
    let PolicyDescriptorType { arn } = descriptor;
    sdk::PolicyDescriptorType::builder().set_arn(arn).build()
}

fn tag(tag: Tag) -> sdk::Tag {
    let Tag { key, value } = tag;
    let built = sdk::Tag::builder().set_key(key).set_value(value).build();
    built.expect("the model sets every tag key and value")
}

const POLICY: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ecs:*","Resource":"*"}]}"#;

/// A token with the payload `{"iss":"https://a.example.com","sub":"ada","aud":"app"}`.
const TOKEN: &str =
    "e30.eyJpc3MiOiJodHRwczovL2EuZXhhbXBsZS5jb20iLCJzdWIiOiJhZGEiLCJhdWQiOiJhcHAifQ.x";

fn role(odd: u32) -> Text {
    const GOOD: &[&str] =
        &["arn:aws:iam::123456789012:role/a", "arn:aws:iam::123456789012:role/team/b"];
    text(odd, GOOD, &["arn:aws:iam::123456789012:role/ghost", "no arn, but long enough", "x"])
}

fn session(odd: u32) -> Text {
    text(odd, &["ci", "ada@example.com"], &["no such name!", "x"])
}

fn duration(odd: u32) -> BoxedStrategy<Option<i32>> {
    prop_oneof![2 => Just(None), 1 => number(odd, &[900, 3600, 7200], &[1, 1_000_000])].boxed()
}

fn policy_arns(odd: u32) -> BoxedStrategy<Vec<PolicyDescriptorType>> {
    const GOOD: &[&str] =
        &["arn:aws:iam::aws:policy/AdministratorAccess", "arn:aws:iam::123456789012:policy/p"];
    let arn = text(odd, GOOD, &["arn:aws:iam::123456789012:policy/ghost", "x"]);
    proptest::collection::vec(arn.prop_map(|arn| PolicyDescriptorType { arn }), 0..2).boxed()
}

/// Draws requests to STS.
pub(super) fn steps(odd: u32) -> BoxedStrategy<AnyStep> {
    let tags = || {
        pairs(odd).prop_map(|pairs| {
            let tag = |(key, value)| Tag { key: Some(key), value: Some(value) };
            pairs.into_iter().map(tag).collect::<Vec<_>>()
        })
    };
    let assume = (
        role(odd),
        session(odd),
        policy_arns(odd),
        maybe(odd, &[POLICY], &["{}"]),
        duration(odd),
        prop_oneof![2 => Just(Vec::new()), 1 => tags()],
        maybe(odd, &["secret"], &["no such id!"]),
        maybe(odd, &["ada"], &["no such name!"]),
    );
    let assume = assume.prop_map(
        |(
            role_arn,
            role_session_name,
            policy_arns,
            policy,
            duration_seconds,
            tags,
            external_id,
            source_identity,
        )| AssumeRoleRequest {
            role_arn,
            role_session_name,
            policy_arns,
            policy,
            duration_seconds,
            tags,
            external_id,
            source_identity,
            ..Default::default()
        },
    );
    let federated = (
        role(odd),
        session(odd),
        text(odd, &[TOKEN], &["x", "no.token.at all"]),
        maybe(0, &[POLICY], &[]),
        duration(odd),
    );
    let federated = federated.prop_map(
        |(role_arn, role_session_name, web_identity_token, policy, duration_seconds)| {
            AssumeRoleWithWebIdentityRequest {
                role_arn,
                role_session_name,
                web_identity_token,
                policy,
                duration_seconds,
                ..Default::default()
            }
        },
    );
    let key = text(odd, &["AKIAIOSFODNN7EXAMPLE"], &["x"]);
    let session_token = duration(odd).prop_map(|duration_seconds| GetSessionTokenRequest {
        duration_seconds,
        ..Default::default()
    });
    let federation = (
        text(odd, &["ci", "bob@example.com"], &["no such name!", "x"]),
        maybe(odd, &[POLICY], &["{}"]),
        policy_arns(odd),
        duration(odd),
        prop_oneof![2 => Just(Vec::new()), 1 => tags()],
    );
    let federation = federation.prop_map(|(name, policy, policy_arns, duration_seconds, tags)| {
        GetFederationTokenRequest {
            name,
            policy,
            policy_arns,
            duration_seconds,
            tags,
            ..Default::default()
        }
    });
    either(vec![
        (3, step(assume)),
        (2, step(federated)),
        (1, step(key.prop_map(|access_key_id| GetAccessKeyInfoRequest { access_key_id }))),
        (1, step(Just(GetCallerIdentityRequest {}))),
        (1, step(federation)),
        (1, step(session_token)),
    ])
}
