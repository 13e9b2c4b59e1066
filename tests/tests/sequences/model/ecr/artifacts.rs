//! ECR: image referrers, pull-time update exclusions, and the signing configuration.

use aws_sdk_ecr::types as sdk;
use infra_mock::ecr::{
    DeleteSigningConfigurationRequest, DeregisterPullTimeUpdateExclusionRequest,
    GetSigningConfigurationRequest, ListImageReferrersFilter, ListImageReferrersRequest,
    ListPullTimeUpdateExclusionsRequest, PutSigningConfigurationRequest,
    RegisterPullTimeUpdateExclusionRequest, SigningConfiguration, SigningRepositoryFilter,
    SigningRule, SubjectIdentifier,
};
use proptest::option;
use proptest::prelude::*;

use super::super::draw::{Text, either, maybe, page, step, text, token};
use super::super::{AnyStep, sent_by};
use super::{DIGESTS, list, repository};

sent_by! { ecr:
    DeleteSigningConfigurationRequest {} => delete_signing_configuration;
    DeregisterPullTimeUpdateExclusionRequest { principal_arn } => deregister_pull_time_update_exclusion
        .set_principal_arn(principal_arn);
    GetSigningConfigurationRequest {} => get_signing_configuration;
    ListImageReferrersRequest { registry_id, repository_name, subject_id, filter, next_token, max_results } => list_image_referrers
        .set_registry_id(registry_id)
        .set_repository_name(repository_name)
        .set_subject_id(subject_id.map(subject))
        .set_filter(filter.map(self::filter))
        .set_next_token(next_token)
        .set_max_results(max_results);
    ListPullTimeUpdateExclusionsRequest { max_results, next_token } => list_pull_time_update_exclusions
        .set_max_results(max_results)
        .set_next_token(next_token);
    PutSigningConfigurationRequest { signing_configuration } => put_signing_configuration
        .set_signing_configuration(signing_configuration.map(configuration));
    RegisterPullTimeUpdateExclusionRequest { principal_arn } => register_pull_time_update_exclusion
        .set_principal_arn(principal_arn);
}

fn subject(value: SubjectIdentifier) -> sdk::SubjectIdentifier {
    let SubjectIdentifier { image_digest } = value;
    sdk::SubjectIdentifier::builder()
        .set_image_digest(image_digest)
        .build()
        .expect("the model sets the digest")
}

fn filter(value: ListImageReferrersFilter) -> sdk::ListImageReferrersFilter {
    let ListImageReferrersFilter { artifact_types, artifact_status } = value;
    sdk::ListImageReferrersFilter::builder()
        .set_artifact_types(artifact_types)
        .set_artifact_status(artifact_status.map(|value| value.as_str().into()))
        .build()
}

fn configuration(value: SigningConfiguration) -> sdk::SigningConfiguration {
    let SigningConfiguration { rules } = value;
    sdk::SigningConfiguration::builder()
        .set_rules(list(rules, rule))
        .build()
        .expect("the model sets the rules")
}

fn rule(value: SigningRule) -> sdk::SigningRule {
    let SigningRule { signing_profile_arn, repository_filters } = value;
    sdk::SigningRule::builder()
        .set_signing_profile_arn(signing_profile_arn)
        .set_repository_filters(list(repository_filters, |value| {
            let SigningRepositoryFilter { filter, filter_type } = value;
            sdk::SigningRepositoryFilter::builder()
                .set_filter(filter)
                .set_filter_type(filter_type.map(|value| value.as_str().into()))
                .build()
                .expect("the model sets the required members")
        }))
        .build()
        .expect("the model sets the profile")
}

pub(super) fn artifacts(odd: u32) -> BoxedStrategy<AnyStep> {
    let principal = || -> Text {
        text(
            odd,
            &["arn:aws:iam::123456789012:role/scanner", "arn:aws:iam::123456789012:user/ci"],
            &["no arn", ""],
        )
    };
    let digest = text(odd, DIGESTS, &["no digest", ""]);
    let kind = maybe(odd, &["application/vnd.example.sbom"], &[""]);
    let referrers = (repository(odd), digest, kind, token(odd), page(odd)).prop_map(
        |(repository_name, digest, kind, next_token, max_results)| ListImageReferrersRequest {
            registry_id: None,
            repository_name,
            subject_id: Some(SubjectIdentifier { image_digest: Some(digest.unwrap_or_default()) }),
            filter: kind.map(|kind| ListImageReferrersFilter {
                artifact_types: Some(vec![kind]),
                artifact_status: None,
            }),
            next_token,
            max_results,
        },
    );
    let profile = text(
        odd,
        &["arn:aws:signer:us-east-1:123456789012:/signing-profiles/images"],
        &["no arn", ""],
    );
    let filter = maybe(odd, &["team/*", "*"], &["Team", ""]);
    let signing = option::of((profile, filter)).prop_map(|rule| {
        let rules = rule.into_iter().map(|(profile, filter)| SigningRule {
            signing_profile_arn: Some(profile.unwrap_or_default()),
            repository_filters: filter.map(|filter| {
                let filter_type = Some("WILDCARD_MATCH".to_owned());
                vec![SigningRepositoryFilter { filter: Some(filter), filter_type }]
            }),
        });
        let rules = Some(rules.collect());
        PutSigningConfigurationRequest {
            signing_configuration: Some(SigningConfiguration { rules }),
        }
    });
    either(vec![
        (2, step(referrers)),
        (
            2,
            step(principal().prop_map(|principal_arn| RegisterPullTimeUpdateExclusionRequest {
                principal_arn,
            })),
        ),
        (
            1,
            step((page(odd), token(odd)).prop_map(|(max_results, next_token)| {
                ListPullTimeUpdateExclusionsRequest { max_results, next_token }
            })),
        ),
        (
            1,
            step(principal().prop_map(|principal_arn| DeregisterPullTimeUpdateExclusionRequest {
                principal_arn,
            })),
        ),
        (2, step(signing)),
        (1, step(Just(GetSigningConfigurationRequest {}))),
        (1, step(Just(DeleteSigningConfigurationRequest {}))),
    ])
}
