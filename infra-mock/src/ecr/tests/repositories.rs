//! Repositories, their settings and tags, and the authorization token.

use serde_json::{Value, json};

use crate::api::Operation;
use crate::ecr::{
    CreateRepositoryRequest, DeleteRepositoryRequest, DescribeRepositoriesRequest,
    GetAuthorizationTokenRequest, ListTagsForResourceRequest, PutImageScanningConfigurationRequest,
    PutImageTagMutabilityRequest, TagResourceRequest, UntagResourceRequest,
};
use crate::testing::Bench;

use super::refused;

const ARN: &str = "arn:aws:ecr:us-east-1:123456789012:repository/demo-dev-app";

fn invalid(member: &str, rule: &str) -> String {
    let words = format!("Invalid parameter at '{member}' failed to satisfy constraint: '{rule}'");
    refused("InvalidParameterException", &words)
}

fn created() -> Bench {
    let mut bench = Bench::new();
    bench.ok::<CreateRepositoryRequest>(json!({"repositoryName": "demo-dev-app"}));
    bench
}

fn missing(name: &str) -> String {
    refused(
        "RepositoryNotFoundException",
        &format!(
            "The repository with name '{name}' does not exist in the registry with id '123456789012'"
        ),
    )
}

#[test]
fn a_repository_is_described_as_it_was_created() {
    let mut bench = Bench::new();
    let created = bench.ok::<CreateRepositoryRequest>(json!({
        "repositoryName": "demo-dev-app",
        "tags": [{"Key": "Name", "Value": "demo-dev-app-repo"}],
        "imageScanningConfiguration": {"scanOnPush": true},
    }));
    let expected = json!({
        "repositoryArn": ARN,
        "registryId": "123456789012",
        "repositoryName": "demo-dev-app",
        "repositoryUri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/demo-dev-app",
        "createdAt": 1_767_225_600.0,
        "imageTagMutability": "MUTABLE",
        "imageScanningConfiguration": {"scanOnPush": true},
        "encryptionConfiguration": {"encryptionType": "AES256"},
    });
    assert_eq!(created, json!({"repository": expected}));
    let described =
        bench.ok::<DescribeRepositoriesRequest>(json!({"repositoryNames": ["demo-dev-app"]}));
    assert_eq!(described, json!({"repositories": [expected]}));
    let tags = bench.ok::<ListTagsForResourceRequest>(json!({"resourceArn": ARN}));
    assert_eq!(tags, json!({"tags": [{"Key": "Name", "Value": "demo-dev-app-repo"}]}));
}

#[test]
fn registries_in_china_have_their_own_domain() {
    let mut bench = Bench::within("cn-north-1");
    let created = bench.ok::<CreateRepositoryRequest>(json!({"repositoryName": "team/app"}));
    let uri = "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/team/app";
    assert_eq!(created["repository"]["repositoryUri"], uri);
    let arn = "arn:aws-cn:ecr:cn-north-1:123456789012:repository/team/app";
    assert_eq!(created["repository"]["repositoryArn"], arn);
}

#[test]
fn a_repository_belongs_to_its_region() {
    let mut bench = created();
    bench.caller.location.region = "eu-west-1".parse().unwrap();
    let request = json!({"repositoryNames": ["demo-dev-app"]});
    assert_eq!(bench.err::<DescribeRepositoriesRequest>(request), missing("demo-dev-app"));
}

#[test]
fn invalid_names_get_the_messages_of_ecr() {
    let pattern = "must satisfy regular expression \
                   '(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*'";
    let long = "a".repeat(257);
    let cases = [
        (json!(null), "Member must not be null"),
        (json!("a"), "must have length greater than or equal to 2"),
        (json!(long), "must have length less than or equal to 256"),
        (json!("MyApp"), pattern),
        (json!("app-"), pattern),
    ];
    for (name, rule) in cases {
        let mut bench = Bench::new();
        let error = bench.err::<CreateRepositoryRequest>(json!({"repositoryName": name}));
        assert_eq!(error, invalid("repositoryName", rule));
    }
}

#[test]
fn a_name_can_be_used_once() {
    let error = created().err::<CreateRepositoryRequest>(json!({"repositoryName": "demo-dev-app"}));
    let words = "The repository with name 'demo-dev-app' already exists in the registry with id \
                 '123456789012'";
    assert_eq!(error, refused("RepositoryAlreadyExistsException", words));
}

#[test]
fn encryption_gets_the_defaults_of_aws() {
    let mut bench = Bench::new();
    let mut with = |name: &str, encryption: Value| {
        let request = json!({"repositoryName": name, "encryptionConfiguration": encryption});
        let answer = bench.run::<CreateRepositoryRequest>(request)?;
        Ok::<_, String>(answer["repository"]["encryptionConfiguration"].clone())
    };
    let key = "arn:aws:kms:us-east-1:123456789012:key/1234";
    let given = json!({"encryptionType": "KMS", "kmsKey": key});
    assert_eq!(with("arn", given.clone()).unwrap(), given);
    let by_id = json!({"encryptionType": "KMS_DSSE", "kmsKey": "1234"});
    assert_eq!(with("id", by_id).unwrap()["kmsKey"], key);
    let managed = with("managed", json!({"encryptionType": "KMS"})).unwrap();
    assert!(managed["kmsKey"].as_str().unwrap().starts_with("arn:aws:kms:us-east-1:"));
    assert_eq!(with("managed-too", json!({"encryptionType": "KMS"})).unwrap(), managed);

    let rule = "Member must satisfy enum value set: [AES256, KMS, KMS_DSSE]";
    assert_eq!(
        with("bad", json!({"encryptionType": "ROT13"})).unwrap_err(),
        invalid("encryptionConfiguration.encryptionType", rule)
    );
    assert!(with("bad", json!({"encryptionType": "AES256", "kmsKey": key})).is_err());
    assert!(with("bad", json!({"kmsKey": key})).is_err());
}

#[test]
fn exclusion_filters_require_a_matching_mutability() {
    let mut bench = created();
    let mut put = |mutability: &str, filters: Value| {
        bench.run::<PutImageTagMutabilityRequest>(json!({
            "repositoryName": "demo-dev-app",
            "imageTagMutability": mutability,
            "imageTagMutabilityExclusionFilters": filters,
        }))
    };
    let latest = json!([{"filterType": "WILDCARD", "filter": "latest*"}]);
    let answer = put("IMMUTABLE_WITH_EXCLUSION", latest.clone()).unwrap();
    let expected = json!({
        "registryId": "123456789012",
        "repositoryName": "demo-dev-app",
        "imageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
        "imageTagMutabilityExclusionFilters": latest,
    });
    assert_eq!(answer, expected);
    put("MUTABLE_WITH_EXCLUSION", latest.clone()).unwrap();

    let filters = "imageTagMutabilityExclusionFilters";
    let filter = |text: &str| json!([{"filterType": "WILDCARD", "filter": text}]);
    let cases = [
        (
            put("IMMUTABLE_WITH_EXCLUSION", json!(null)),
            invalid(
                filters,
                "ImageTagMutabilityExclusionFilters can't be null when imageTagMutability is set as \
                 IMMUTABLE_WITH_EXCLUSION",
            ),
        ),
        (
            put("MUTABLE", latest),
            invalid(
                filters,
                "ImageTagMutabilityExclusionFilters are not allowed when imageTagMutability is set \
                 to MUTABLE",
            ),
        ),
        (
            put("SOMETIMES", json!(null)),
            invalid(
                "imageTagMutability",
                "Member must satisfy enum value set: [MUTABLE, IMMUTABLE, IMMUTABLE_WITH_EXCLUSION, \
                 MUTABLE_WITH_EXCLUSION]",
            ),
        ),
        (
            put("IMMUTABLE_WITH_EXCLUSION", json!([])),
            invalid(filters, "Member must have length greater than or equal to 1"),
        ),
        (
            put("IMMUTABLE_WITH_EXCLUSION", json!([{"filterType": "REGEX", "filter": "x"}])),
            invalid("filterType", "Member must satisfy enum value set: [WILDCARD]"),
        ),
        (
            put("IMMUTABLE_WITH_EXCLUSION", filter("a b")),
            invalid(
                "filter",
                "Member must satisfy regular expression pattern: ^[0-9a-zA-Z._*-]{1,128}$",
            ),
        ),
        (
            put("IMMUTABLE_WITH_EXCLUSION", filter("*a*b*")),
            invalid("filter", "Filter must not contain more than two wildcards"),
        ),
    ];
    for (result, words) in cases {
        assert_eq!(result.unwrap_err(), words);
    }
    assert!(put("MUTABLE", json!(null)).unwrap().get(filters).is_none());
}

#[test]
fn scanning_is_switched_on_and_off() {
    let mut bench = created();
    let request = |on: bool| json!({"repositoryName": "demo-dev-app", "imageScanningConfiguration": {"scanOnPush": on}});
    let answer = bench.ok::<PutImageScanningConfigurationRequest>(request(true));
    assert_eq!(answer["imageScanningConfiguration"], json!({"scanOnPush": true}));
    let described = bench.ok::<DescribeRepositoriesRequest>(json!({}));
    let scanning = &described["repositories"][0]["imageScanningConfiguration"];
    assert_eq!(*scanning, json!({"scanOnPush": true}));
    let without = json!({"repositoryName": "demo-dev-app"});
    assert_eq!(
        bench.err::<PutImageScanningConfigurationRequest>(without),
        invalid("imageScanningConfiguration", "Member must not be null")
    );
}

#[test]
fn repositories_come_in_pages() {
    let mut bench = Bench::new();
    for name in ["cc", "aa", "bb"] {
        bench.ok::<CreateRepositoryRequest>(json!({"repositoryName": name}));
    }
    let first = bench.ok::<DescribeRepositoriesRequest>(json!({"maxResults": 2}));
    let names = |page: &Value| {
        let all = page["repositories"].as_array().unwrap().iter();
        all.map(|repository| repository["repositoryName"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&first), ["aa", "bb"]);
    let request = json!({"maxResults": 2, "nextToken": first["nextToken"]});
    let second = bench.ok::<DescribeRepositoriesRequest>(request);
    assert_eq!(names(&second), ["cc"]);
    assert!(second.get("nextToken").is_none());

    let cases = [
        (
            json!({"maxResults": 1001}),
            invalid("maxResults", "Member must have value less than or equal to 1000"),
        ),
        (
            json!({"maxResults": 0}),
            invalid("maxResults", "Member must have value greater than or equal to 1"),
        ),
        (json!({"nextToken": "?"}), invalid("nextToken", "Invalid token")),
        (
            json!({"maxResults": 1, "repositoryNames": ["aa"]}),
            invalid("maxResults", "maxResults cannot be specified together with repositoryNames"),
        ),
        (
            json!({"repositoryNames": []}),
            invalid("repositoryNames", "Member must have length greater than or equal to 1"),
        ),
        (json!({"repositoryNames": ["aa", "zz"]}), missing("zz")),
    ];
    for (request, words) in cases {
        assert_eq!(bench.err::<DescribeRepositoriesRequest>(request), words);
    }
}

#[test]
fn a_repository_with_images_is_only_deleted_with_force() {
    let mut bench = created();
    let now = bench.now;
    bench.call().ecr().push_image("demo-dev-app", Some("latest"), now).unwrap();
    let words = "The repository with name 'demo-dev-app' in registry with id '123456789012' cannot be \
                 deleted because it still contains images";
    let name = json!({"repositoryName": "demo-dev-app"});
    assert_eq!(
        bench.err::<DeleteRepositoryRequest>(name.clone()),
        refused("RepositoryNotEmptyException", words)
    );
    let forced = json!({"repositoryName": "demo-dev-app", "force": true});
    let deleted = bench.ok::<DeleteRepositoryRequest>(forced);
    assert_eq!(deleted["repository"]["repositoryArn"], ARN);
    assert_eq!(bench.err::<DeleteRepositoryRequest>(name), missing("demo-dev-app"));
    assert_eq!(bench.call().ecr().repository_names().count(), 0);
}

#[test]
fn a_request_can_name_the_registry() {
    let mut bench = created();
    let own = json!({"repositoryName": "demo-dev-app", "registryId": "123456789012"});
    bench.ok::<DeleteRepositoryRequest>(own);
    let error = bench.err::<DescribeRepositoriesRequest>(json!({"registryId": "me"}));
    let rule = "Member must satisfy regular expression pattern: [0-9]{12}";
    assert_eq!(error, invalid("registryId", rule));
}

#[test]
fn tags_are_added_and_removed() {
    let mut bench = created();
    let tag = |key: &str, value: &str| json!({"Key": key, "Value": value});
    let tags = json!({"resourceArn": ARN, "tags": [tag("a", "1"), tag("b", "2")]});
    assert_eq!(bench.ok::<TagResourceRequest>(tags), json!({}));
    bench.ok::<TagResourceRequest>(json!({"resourceArn": ARN, "tags": [tag("a", "3")]}));
    bench.ok::<UntagResourceRequest>(json!({"resourceArn": ARN, "tagKeys": ["b", "none"]}));
    let read = bench.ok::<ListTagsForResourceRequest>(json!({"resourceArn": ARN}));
    assert_eq!(read, json!({"tags": [tag("a", "3")]}));
}

#[test]
fn invalid_tags_are_refused() {
    let mut bench = created();
    let mut add = |key: &str, value: &str| {
        let tags = json!([{"Key": key, "Value": value}]);
        bench.err::<TagResourceRequest>(json!({"resourceArn": ARN, "tags": tags}))
    };
    let code = "InvalidTagParameterException: ";
    let (long_key, long_value) = ("k".repeat(129), "v".repeat(257));
    for (key, value) in [
        ("aws:x", "1"),
        ("AWS:x", "1"),
        ("a", "aws:1"),
        ("", "1"),
        (long_key.as_str(), "1"),
        ("a", long_value.as_str()),
        ("a!", "1"),
    ] {
        let error = add(key, value);
        assert!(error.starts_with(code), "{key}={value}: {error}");
    }
    let many: Vec<_> = (0..51).map(|n| json!({"Key": n.to_string(), "Value": ""})).collect();
    let words = "The maximum number of tags that can be applied to a repository is 50";
    let request = json!({"resourceArn": ARN, "tags": many});
    assert_eq!(bench.err::<TagResourceRequest>(request), refused("TooManyTagsException", words));
    let request = json!({"repositoryName": "other", "tags": many});
    assert_eq!(
        bench.err::<CreateRepositoryRequest>(request),
        refused("TooManyTagsException", words)
    );
}

#[test]
fn tagging_requires_the_arn_of_an_existing_repository() {
    fn check<O: Operation>(more: &Value) {
        let mut bench = created();
        let mut with = |arn: Value| {
            let mut request = more.clone();
            request["resourceArn"] = arn;
            bench.err::<O>(request)
        };
        assert_eq!(with(json!(null)), invalid("resourceArn", "Member must not be null"));
        let words = refused("InvalidParameterException", "The ARN provided is invalid.");
        for arn in [
            "demo-dev-app",
            "arn:aws:ecs:us-east-1:123456789012:repository/demo-dev-app",
            "arn:aws:ecr:eu-west-1:123456789012:repository/demo-dev-app",
            "arn:aws:ecr:us-east-1:123456789012:demo-dev-app",
        ] {
            assert_eq!(with(json!(arn)), words);
        }
        let arn = "arn:aws:ecr:us-east-1:123456789012:repository/other";
        assert_eq!(with(json!(arn)), missing("other"));
    }
    check::<TagResourceRequest>(&json!({"tags": []}));
    check::<UntagResourceRequest>(&json!({"tagKeys": []}));
    check::<ListTagsForResourceRequest>(&json!({}));
}

#[test]
fn a_token_logs_in_for_twelve_hours() {
    let mut bench = Bench::new();
    let answer = bench.ok::<GetAuthorizationTokenRequest>(json!({}));
    let data = &answer["authorizationData"][0];
    // The token is the base64 encoding of text that starts with "AWS:".
    assert!(data["authorizationToken"].as_str().unwrap().starts_with("QVdTO"));
    assert_eq!(data["expiresAt"], 1_767_225_600.0 + 12.0 * 3600.0);
    assert_eq!(data["proxyEndpoint"], "https://123456789012.dkr.ecr.us-east-1.amazonaws.com");

    let two = json!({"registryIds": ["111111111111", "222222222222"]});
    let answer = bench.ok::<GetAuthorizationTokenRequest>(two);
    assert_eq!(
        answer["authorizationData"][1]["proxyEndpoint"],
        "https://222222222222.dkr.ecr.us-east-1.amazonaws.com"
    );
    let rule = "Member must satisfy constraint: [Member must satisfy regular expression pattern: \
                [0-9]{12}]";
    assert_eq!(
        bench.err::<GetAuthorizationTokenRequest>(json!({"registryIds": ["1"]})),
        invalid("registryIds", rule)
    );
}
