//! Registry settings, image scans, and the preview and evaluation of lifecycle policies.

use std::time::Duration;

use serde_json::{Value, json};

use crate::ecr::{
    BatchGetRepositoryScanningConfigurationRequest, CreatePullThroughCacheRuleRequest,
    CreateRepositoryCreationTemplateRequest, CreateRepositoryRequest,
    DeletePullThroughCacheRuleRequest, DeleteRegistryPolicyRequest,
    DeleteRepositoryCreationTemplateRequest, DeleteSigningConfigurationRequest,
    DeregisterPullTimeUpdateExclusionRequest, DescribeImageScanFindingsRequest,
    DescribePullThroughCacheRulesRequest, DescribeRegistryRequest,
    DescribeRepositoryCreationTemplatesRequest, GetAccountSettingRequest,
    GetLifecyclePolicyPreviewRequest, GetLifecyclePolicyRequest, GetRegistryPolicyRequest,
    GetRegistryScanningConfigurationRequest, GetSigningConfigurationRequest, ListImagesRequest,
    ListPullTimeUpdateExclusionsRequest, PutAccountSettingRequest, PutLifecyclePolicyRequest,
    PutRegistryPolicyRequest, PutRegistryScanningConfigurationRequest,
    PutReplicationConfigurationRequest, PutSigningConfigurationRequest,
    RegisterPullTimeUpdateExclusionRequest, SetRepositoryPolicyRequest, StartImageScanRequest,
    StartLifecyclePolicyPreviewRequest, UpdatePullThroughCacheRuleRequest,
    UpdateRepositoryCreationTemplateRequest, ValidatePullThroughCacheRuleRequest,
};
use crate::testing::Bench;

const DAY: Duration = Duration::from_hours(24);
const SECRET: &str =
    "arn:aws:secretsmanager:us-east-1:123456789012:secret:ecr-pullthroughcache/hub-abcdef";

/// Creates the repository `app` with one image per tag, pushed one day apart.
fn with_images(tags: &[Option<&str>]) -> Bench {
    let mut bench = Bench::new();
    bench.ok::<CreateRepositoryRequest>(json!({"repositoryName": "app"}));
    for tag in tags {
        let now = bench.now;
        bench.call().ecr().push_image("app", *tag, now).unwrap();
        bench.wait(DAY);
    }
    bench
}

fn tags(bench: &mut Bench) -> Vec<String> {
    let found = bench.ok::<ListImagesRequest>(json!({"repositoryName": "app"}));
    let ids = found["imageIds"].as_array().unwrap();
    let mut tags: Vec<String> =
        ids.iter().map(|id| id["imageTag"].as_str().unwrap_or("-").to_owned()).collect();
    tags.sort();
    tags
}

fn rule(priority: u32, selection: &Value) -> Value {
    json!({"rulePriority": priority, "selection": selection, "action": {"type": "expire"}})
}

fn lifecycle(rules: &Value) -> Value {
    let text = json!({"rules": rules}).to_string();
    json!({"repositoryName": "app", "lifecyclePolicyText": text})
}

#[test]
fn lifecycle_rules_expire_images_a_day_after_they_are_set() {
    let mut bench = with_images(&[Some("v1"), Some("v2"), None, Some("dev-1"), Some("v3")]);
    let rules = json!([
        rule(
            1,
            &json!({"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 1})
        ),
        rule(
            2,
            &json!({"tagStatus": "tagged", "tagPatternList": ["v*"], "countType": "imageCountMoreThan", "countNumber": 2})
        ),
    ]);
    let set = lifecycle(&rules);
    bench.ok::<PutLifecyclePolicyRequest>(set.clone());
    assert_eq!(tags(&mut bench), ["-", "dev-1", "v1", "v2", "v3"]);
    let name = json!({"repositoryName": "app"});
    let never = bench.ok::<GetLifecyclePolicyRequest>(name.clone())["lastEvaluatedAt"].clone();
    assert_eq!(never, 0.0);
    bench.wait(DAY);
    assert_eq!(tags(&mut bench), ["dev-1", "v2", "v3"]);
    let evaluated = bench.ok::<GetLifecyclePolicyRequest>(name)["lastEvaluatedAt"].clone();
    assert_eq!(evaluated, 1_767_225_600.0 + 6.0 * 86_400.0);
    // An image that is pushed after an evaluation is not evaluated until the next day.
    let now = bench.now;
    bench.call().ecr().push_image("app", Some("v4"), now).unwrap();
    bench.wait(DAY / 2);
    assert_eq!(tags(&mut bench), ["dev-1", "v2", "v3", "v4"]);
    bench.wait(DAY / 2);
    assert_eq!(tags(&mut bench), ["dev-1", "v3", "v4"]);
}

#[test]
fn a_preview_shows_which_rule_applies_to_which_image() {
    let mut bench = with_images(&[Some("v1"), Some("dev"), None]);
    let name = json!({"repositoryName": "app"});
    let error = bench.err::<GetLifecyclePolicyPreviewRequest>(name.clone());
    assert!(error.starts_with("LifecyclePolicyPreviewNotFoundException: "), "{error}");
    let error = bench.err::<StartLifecyclePolicyPreviewRequest>(name.clone());
    assert!(error.starts_with("LifecyclePolicyNotFoundException: "), "{error}");
    let rules = json!([
        rule(
            5,
            &json!({"tagStatus": "tagged", "tagPrefixList": ["v"], "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 2})
        ),
        rule(9, &json!({"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 1})),
    ]);
    let started = bench.ok::<StartLifecyclePolicyPreviewRequest>(lifecycle(&rules));
    assert_eq!(started["status"], "IN_PROGRESS");
    let preview = bench.ok::<GetLifecyclePolicyPreviewRequest>(name.clone());
    assert_eq!(preview["status"], "COMPLETE");
    assert_eq!(preview["summary"]["expiringImageTotalCount"], 2);
    let mut applied: Vec<(Option<&str>, u64)> = preview["previewResults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| {
            (result["imageTags"][0].as_str(), result["appliedRulePriority"].as_u64().unwrap())
        })
        .collect();
    applied.sort_unstable();
    assert_eq!(applied, [(Some("dev"), 9), (Some("v1"), 5)]);
    let one = json!({"repositoryName": "app", "imageIds": [{"imageTag": "v1"}], "filter": {"tagStatus": "TAGGED"}});
    let preview = bench.ok::<GetLifecyclePolicyPreviewRequest>(one);
    assert_eq!(preview["previewResults"][0]["action"], json!({"type": "EXPIRE"}));
    assert_eq!(preview["previewResults"].as_array().unwrap().len(), 1);
    assert_eq!(tags(&mut bench), ["-", "dev", "v1"], "a preview changes nothing");
}

#[test]
fn an_image_is_scanned_once_a_day() {
    let mut bench = with_images(&[Some("v1")]);
    let image = json!({"repositoryName": "app", "imageId": {"imageTag": "v1"}});
    let error = bench.err::<DescribeImageScanFindingsRequest>(image.clone());
    assert!(error.starts_with("ScanNotFoundException: "), "{error}");
    let started = bench.ok::<StartImageScanRequest>(image.clone());
    assert_eq!(started["imageScanStatus"], json!({"status": "IN_PROGRESS"}));
    let found = bench.ok::<DescribeImageScanFindingsRequest>(image.clone());
    assert_eq!(found["imageScanStatus"]["status"], "COMPLETE");
    assert_eq!(found["imageScanFindings"]["findings"], json!([]));
    let error = bench.err::<StartImageScanRequest>(image.clone());
    assert!(error.starts_with("LimitExceededException: "), "{error}");
    bench.wait(DAY);
    bench.ok::<StartImageScanRequest>(image);
    let none = json!({"repositoryName": "app", "imageId": {"imageTag": "none"}});
    let error = bench.err::<StartImageScanRequest>(none);
    assert!(error.starts_with("ImageNotFoundException: "), "{error}");
    let error = bench.err::<StartImageScanRequest>(json!({"repositoryName": "app", "imageId": {}}));
    assert!(error.starts_with("InvalidParameterException: "), "{error}");
}

#[test]
fn actions_of_policies_keep_their_order() {
    let mut bench = with_images(&[]);
    let statement = json!({
        "Sid": "s", "Effect": "Allow", "Principal": "*", "Resource": "*",
        "Action": ["ecr:ReplicateImage", "ecr:CreateRepository", "ecr:BatchImportUpstreamImage"],
    });
    let policy = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
    let put = bench.ok::<PutRegistryPolicyRequest>(json!({"policyText": policy}));
    let text = put["policyText"].as_str().unwrap();
    let expected = "\"Action\" : [ \"ecr:ReplicateImage\", \"ecr:CreateRepository\", \"ecr:BatchImportUpstreamImage\" ]";
    assert!(text.contains(expected), "{text}");
    let start = "{\n  \"Version\" : \"2012-10-17\",\n  \"Statement\" : [ {\n    \"Sid\" : \"s\",\n    \"Effect\" : \"Allow\",";
    assert!(text.starts_with(start), "{text}");
    assert_eq!(bench.ok::<GetRegistryPolicyRequest>(json!({}))["policyText"], text);

    let policy = policy.replace(r#","Resource":"*""#, "");
    let set = json!({"repositoryName": "app", "policyText": policy});
    let set = bench.ok::<SetRepositoryPolicyRequest>(set);
    assert!(set["policyText"].as_str().unwrap().contains(expected));
    let error = bench.err::<PutRegistryPolicyRequest>(json!({"policyText": policy}));
    let words = "InvalidParameterException: Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid registry \
                 policy provided'";
    assert_eq!(error, words);
    bench.ok::<DeleteRegistryPolicyRequest>(json!({}));
    let words = "RegistryPolicyNotFoundException: Registry policy does not exist in the registry with id '123456789012'";
    assert_eq!(bench.err::<DeleteRegistryPolicyRequest>(json!({})), words);
    assert_eq!(bench.err::<GetRegistryPolicyRequest>(json!({})), words);
}

#[test]
fn replication_and_scanning_are_set_for_the_registry() {
    let mut bench = with_images(&[]);
    let empty = json!({"registryId": "123456789012", "replicationConfiguration": {"rules": []}});
    assert_eq!(bench.ok::<DescribeRegistryRequest>(json!({})), empty);
    let to = |region: &str| {
        let destination = json!({"region": region, "registryId": "123456789012"});
        let filter = json!({"filter": "app", "filterType": "PREFIX_MATCH"});
        json!({"replicationConfiguration": {
            "rules": [{"destinations": [destination], "repositoryFilters": [filter]}],
        }})
    };
    bench.ok::<PutReplicationConfigurationRequest>(to("eu-west-1"));
    let found = bench.ok::<DescribeRegistryRequest>(json!({}));
    assert_eq!(found["replicationConfiguration"], to("eu-west-1")["replicationConfiguration"]);
    let error = bench.err::<PutReplicationConfigurationRequest>(to("us-east-1"));
    assert!(error.starts_with("InvalidParameterException: "), "{error}");

    let found = bench.ok::<GetRegistryScanningConfigurationRequest>(json!({}));
    assert_eq!(found["scanningConfiguration"], json!({"scanType": "BASIC", "rules": []}));
    let filters = json!([{"filter": "ap*", "filterType": "WILDCARD"}]);
    let put = |scan_type: &str, frequency: &str| json!({"scanType": scan_type, "rules": [{"scanFrequency": frequency, "repositoryFilters": filters}]});
    let error =
        bench.err::<PutRegistryScanningConfigurationRequest>(put("BASIC", "CONTINUOUS_SCAN"));
    assert!(error.starts_with("InvalidParameterException: "), "{error}");
    bench.ok::<PutRegistryScanningConfigurationRequest>(put("ENHANCED", "CONTINUOUS_SCAN"));
    let found = bench.ok::<GetRegistryScanningConfigurationRequest>(json!({}));
    assert_eq!(found["scanningConfiguration"], put("ENHANCED", "CONTINUOUS_SCAN"));
    bench.ok::<CreateRepositoryRequest>(json!({"repositoryName": "other"}));
    let names = json!({"repositoryNames": ["app", "other", "none"]});
    let found = bench.ok::<BatchGetRepositoryScanningConfigurationRequest>(names);
    let frequency = |place: usize| found["scanningConfigurations"][place]["scanFrequency"].clone();
    assert_eq!([frequency(0), frequency(1)], ["CONTINUOUS_SCAN", "MANUAL"]);
    assert_eq!(found["scanningConfigurations"][0]["scanOnPush"], false);
    assert_eq!(found["scanningConfigurations"][0]["appliedScanFilters"], filters);
    assert_eq!(found["failures"][0]["failureCode"], "REPOSITORY_NOT_FOUND");
}

#[test]
fn pull_through_cache_rules_are_created_changed_checked_and_deleted() {
    let mut bench = Bench::new();
    let create = |prefix: &str, url: &str, secret: Option<&str>| json!({"ecrRepositoryPrefix": prefix, "upstreamRegistryUrl": url, "credentialArn": secret});
    let public =
        bench.ok::<CreatePullThroughCacheRuleRequest>(create("public", "public.ecr.aws", None));
    assert_eq!(public["upstreamRegistry"], "ecr-public");
    let hub = create("hub", "registry-1.docker.io", None);
    let error = bench.err::<CreatePullThroughCacheRuleRequest>(hub);
    assert!(error.contains("'credentialArn'"), "{error}");
    let hub = create("hub", "registry-1.docker.io", Some(SECRET));
    bench.ok::<CreatePullThroughCacheRuleRequest>(hub.clone());
    let error = bench.err::<CreatePullThroughCacheRuleRequest>(hub);
    assert!(error.starts_with("PullThroughCacheRuleAlreadyExistsException: "), "{error}");
    let error = bench.err::<CreatePullThroughCacheRuleRequest>(create("x1", "example.com", None));
    assert!(error.starts_with("UnsupportedUpstreamRegistryException: "), "{error}");
    bench.wait(DAY);
    let other = SECRET.replace("hub", "other");
    let update = json!({"ecrRepositoryPrefix": "hub", "credentialArn": other});
    bench.ok::<UpdatePullThroughCacheRuleRequest>(update);
    let named = json!({"ecrRepositoryPrefixes": ["hub"]});
    let found = bench.ok::<DescribePullThroughCacheRulesRequest>(named);
    let expected = json!([{
        "ecrRepositoryPrefix": "hub",
        "upstreamRegistryUrl": "registry-1.docker.io",
        "upstreamRegistry": "docker-hub",
        "credentialArn": other,
        "registryId": "123456789012",
        "createdAt": 1_767_225_600.0,
        "updatedAt": 1_767_312_000.0,
    }]);
    assert_eq!(found["pullThroughCacheRules"], expected);
    let first = bench.ok::<DescribePullThroughCacheRulesRequest>(json!({"maxResults": 1}));
    let next = json!({"maxResults": 1, "nextToken": first["nextToken"]});
    let second = bench.ok::<DescribePullThroughCacheRulesRequest>(next);
    assert_eq!(second["pullThroughCacheRules"][0]["ecrRepositoryPrefix"], "public");
    let prefix = json!({"ecrRepositoryPrefix": "hub"});
    assert_eq!(bench.ok::<ValidatePullThroughCacheRuleRequest>(prefix.clone())["isValid"], true);
    bench.ok::<DeletePullThroughCacheRuleRequest>(prefix.clone());
    for error in [
        bench.err::<DeletePullThroughCacheRuleRequest>(prefix.clone()),
        bench.err::<ValidatePullThroughCacheRuleRequest>(prefix.clone()),
        bench.err::<UpdatePullThroughCacheRuleRequest>(prefix),
        bench
            .err::<DescribePullThroughCacheRulesRequest>(json!({"ecrRepositoryPrefixes": ["hub"]})),
    ] {
        assert!(error.starts_with("PullThroughCacheRuleNotFoundException: "), "{error}");
    }
}

#[test]
fn creation_templates_are_created_changed_and_deleted() {
    let mut bench = Bench::new();
    let create = json!({
        "prefix": "team/",
        "description": "of a team",
        "appliedFor": ["REPLICATION"],
        "resourceTags": [{"Key": "Team", "Value": "x"}],
    });
    let made = bench.ok::<CreateRepositoryCreationTemplateRequest>(create.clone());
    assert_eq!(made["repositoryCreationTemplate"]["imageTagMutability"], "MUTABLE");
    let error = bench.err::<CreateRepositoryCreationTemplateRequest>(create);
    assert!(error.starts_with("TemplateAlreadyExistsException: "), "{error}");
    let update = json!({"prefix": "team/", "imageTagMutability": "IMMUTABLE", "appliedFor": ["PULL_THROUGH_CACHE"]});
    bench.wait(DAY);
    bench.ok::<UpdateRepositoryCreationTemplateRequest>(update);
    let found =
        bench.ok::<DescribeRepositoryCreationTemplatesRequest>(json!({"prefixes": ["team/"]}));
    let expected = json!([{
        "prefix": "team/",
        "description": "of a team",
        "imageTagMutability": "IMMUTABLE",
        "appliedFor": ["PULL_THROUGH_CACHE"],
        "resourceTags": [{"Key": "Team", "Value": "x"}],
        "createdAt": 1_767_225_600.0,
        "updatedAt": 1_767_312_000.0,
    }]);
    assert_eq!(found["repositoryCreationTemplates"], expected);
    let prefix = json!({"prefix": "team/"});
    bench.ok::<DeleteRepositoryCreationTemplateRequest>(prefix.clone());
    let error = bench.err::<DeleteRepositoryCreationTemplateRequest>(prefix.clone());
    assert!(error.starts_with("TemplateNotFoundException: "), "{error}");
    let error = bench.err::<UpdateRepositoryCreationTemplateRequest>(prefix);
    assert!(error.starts_with("TemplateNotFoundException: "), "{error}");
    let found = bench.ok::<DescribeRepositoryCreationTemplatesRequest>(json!({}));
    assert_eq!(found["repositoryCreationTemplates"], json!([]));
}

#[test]
fn account_settings_have_defaults_and_change() {
    let mut bench = Bench::new();
    let named = |name: &str| json!({ "name": name });
    for (name, default) in [
        ("BASIC_SCAN_TYPE_VERSION", "AWS_NATIVE"),
        ("REGISTRY_POLICY_SCOPE", "V2"),
        ("BLOB_MOUNTING", "DISABLED"),
    ] {
        let found = bench.ok::<GetAccountSettingRequest>(named(name));
        assert_eq!(found, json!({ "name": name, "value": default }));
    }
    let enabled = json!({ "name": "BLOB_MOUNTING", "value": "ENABLED" });
    assert_eq!(bench.ok::<PutAccountSettingRequest>(enabled.clone()), enabled);
    assert_eq!(bench.ok::<GetAccountSettingRequest>(named("BLOB_MOUNTING")), enabled);
    let previous = json!({ "name": "REGISTRY_POLICY_SCOPE", "value": "V1" });
    assert_eq!(bench.ok::<PutAccountSettingRequest>(previous.clone()), previous);
    let error = bench.err::<GetAccountSettingRequest>(named("OTHER"));
    assert!(error.starts_with("InvalidParameterException: "), "{error}");
    let other = json!({ "name": "BLOB_MOUNTING", "value": "V2" });
    let error = bench.err::<PutAccountSettingRequest>(other);
    assert!(error.starts_with("InvalidParameterException: "), "{error}");
}

#[test]
fn principals_are_excluded_from_pull_times() {
    let mut bench = Bench::new();
    let [scanner, ci] = ["role/scanner", "user/ci"]
        .map(|name| json!({"principalArn": format!("arn:aws:iam::123456789012:{name}")}));
    let made = bench.ok::<RegisterPullTimeUpdateExclusionRequest>(scanner.clone());
    assert_eq!(made["principalArn"], scanner["principalArn"]);
    let error = bench.err::<RegisterPullTimeUpdateExclusionRequest>(scanner.clone());
    let words = "The specified pull time update exclusion already exists for the registry.";
    assert_eq!(error, format!("ExclusionAlreadyExistsException: {words}"));
    bench.ok::<RegisterPullTimeUpdateExclusionRequest>(ci.clone());
    let first = bench.ok::<ListPullTimeUpdateExclusionsRequest>(json!({"maxResults": 1}));
    assert_eq!(first["pullTimeUpdateExclusions"], json!([scanner["principalArn"]]));
    let rest = json!({"nextToken": first["nextToken"]});
    let rest = bench.ok::<ListPullTimeUpdateExclusionsRequest>(rest);
    assert_eq!(rest, json!({"pullTimeUpdateExclusions": [ci["principalArn"]]}));
    assert_eq!(bench.ok::<DeregisterPullTimeUpdateExclusionRequest>(ci.clone()), ci);
    let error = bench.err::<DeregisterPullTimeUpdateExclusionRequest>(ci);
    let words = "The specified pull time update exclusion was not found.";
    assert_eq!(error, format!("ExclusionNotFoundException: {words}"));
}

#[test]
fn the_signing_configuration_is_set_and_deleted() {
    let mut bench = Bench::new();
    let gone =
        "SigningConfigurationNotFoundException: The specified signing configuration was not found.";
    assert_eq!(bench.err::<GetSigningConfigurationRequest>(json!({})), gone);
    let profile = "arn:aws:signer:us-east-1:123456789012:/signing-profiles/images";
    let configuration = json!({"signingConfiguration": {"rules": [{
        "signingProfileArn": profile,
        "repositoryFilters": [{"filter": "team/*", "filterType": "WILDCARD_MATCH"}],
    }]}});
    let set = bench.ok::<PutSigningConfigurationRequest>(configuration.clone());
    assert_eq!(set, configuration);
    let mut expected = configuration;
    expected["registryId"] = "123456789012".into();
    assert_eq!(bench.ok::<GetSigningConfigurationRequest>(json!({})), expected);
    assert_eq!(bench.ok::<DeleteSigningConfigurationRequest>(json!({})), expected);
    assert_eq!(bench.err::<DeleteSigningConfigurationRequest>(json!({})), gone);
}
