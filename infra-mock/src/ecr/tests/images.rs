//! Putting, listing, describing and deleting images.

use serde_json::{Value, json};

use crate::ecr::image::digest_of;
use crate::ecr::{
    BatchDeleteImageRequest, BatchGetImageRequest, CreateRepositoryRequest, DescribeImagesRequest,
    ListImageReferrersRequest, ListImagesRequest, PutImageRequest,
};
use crate::testing::Bench;

use super::layers::upload;

use super::refused;

fn bench(mutability: &str, filters: &Value) -> Bench {
    let mut bench = Bench::new();
    bench.ok::<CreateRepositoryRequest>(json!({
        "repositoryName": "app",
        "imageTagMutability": mutability,
        "imageTagMutabilityExclusionFilters": filters,
    }));
    bench
}

fn manifest(content: &str) -> String {
    json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {
            "mediaType": "application/vnd.oci.image.config.v1+json",
            "digest": digest_of(content.as_bytes()),
            "size": 10,
        },
        "layers": [
            {"digest": digest_of(content.as_bytes()), "size": 100},
            {"digest": digest_of(content.as_bytes()), "size": 1000},
        ],
    })
    .to_string()
}

fn put(bench: &mut Bench, content: &str, tag: Option<&str>) -> Result<String, String> {
    // The upload fails if the layer already exists, but the image can still be pushed.
    drop(upload(bench, content));
    let request = json!({
        "repositoryName": "app",
        "imageManifest": manifest(content),
        "imageTag": tag,
    });
    let answer = bench.run::<PutImageRequest>(request)?;
    Ok(answer["image"]["imageId"]["imageDigest"].as_str().unwrap().to_owned())
}

#[test]
fn an_image_is_put_listed_and_described() {
    let mut bench = bench("MUTABLE", &json!(null));
    let digest = put(&mut bench, "one", Some("v1")).unwrap();
    assert!(digest.starts_with("sha256:") && digest.len() == 71, "{digest}");
    assert_eq!(put(&mut bench, "one", Some("latest")).unwrap(), digest);
    let untagged = put(&mut bench, "two", None).unwrap();
    assert_ne!(untagged, digest);

    let name = json!({"repositoryName": "app"});
    let listed = bench.ok::<ListImagesRequest>(name.clone());
    let mut ids = listed["imageIds"].as_array().unwrap().clone();
    ids.sort_by_key(ToString::to_string);
    let mut expected = vec![
        json!({"imageDigest": digest, "imageTag": "v1"}),
        json!({"imageDigest": digest, "imageTag": "latest"}),
        json!({"imageDigest": untagged}),
    ];
    expected.sort_by_key(ToString::to_string);
    assert_eq!(ids, expected);

    let by_tag = json!({"repositoryName": "app", "imageIds": [{"imageTag": "v1"}]});
    let expected = json!({"imageDetails": [{
        "registryId": "123456789012",
        "repositoryName": "app",
        "imageDigest": digest,
        "imageTags": ["latest", "v1"],
        "imageSizeInBytes": 1110,
        "imagePushedAt": 1_767_225_600.0,
        "imageManifestMediaType": "application/vnd.oci.image.manifest.v1+json",
        "artifactMediaType": "application/vnd.oci.image.config.v1+json",
        "imageStatus": "ACTIVE",
    }]});
    assert_eq!(bench.ok::<DescribeImagesRequest>(by_tag), expected);
    let all = bench.ok::<DescribeImagesRequest>(name);
    assert_eq!(all["imageDetails"].as_array().unwrap().len(), 2);
    assert_eq!(bench.call().ecr().image_count("app"), Some(2));
}

#[test]
fn a_digest_is_the_sha_256_of_the_manifest() {
    let mut bench = bench("MUTABLE", &json!(null));
    // printf %s '{"mediaType":"x"}' | sha256sum
    let digest = "sha256:91ff5e056b1a19ef14af9a66165ae1a93e57ead7428fea2cdefcb4213e41bdc7";
    let mut with = |tag: &str, digest: Option<&str>| {
        bench.run::<PutImageRequest>(json!({
            "repositoryName": "app",
            "imageManifest": r#"{"mediaType":"x"}"#,
            "imageTag": tag,
            "imageDigest": digest,
        }))
    };
    let answer = with("v1", None).unwrap();
    assert_eq!(answer["image"]["imageId"], json!({"imageDigest": digest, "imageTag": "v1"}));
    assert!(with("v2", Some(digest)).is_ok());
    let other = format!("sha256:{}", "0f".repeat(32));
    let words = format!(
        "The image with digest '{other}' in repository 'app' and registry ID '123456789012' does not \
         match the image digest that Amazon ECR has calculated."
    );
    let error = with("v3", Some(&other)).unwrap_err();
    assert_eq!(error, refused("ImageDigestDoesNotMatchException", &words));
    assert!(with("v1", Some("no digest")).unwrap_err().starts_with("InvalidParameterException: "));
}

#[test]
fn a_mutable_tag_moves_and_leaves_the_other_image_untagged() {
    let mut bench = bench("MUTABLE", &json!(null));
    let one = put(&mut bench, "one", Some("latest")).unwrap();
    put(&mut bench, "two", Some("latest")).unwrap();
    let request = json!({"repositoryName": "app", "filter": {"tagStatus": "UNTAGGED"}});
    let untagged = bench.ok::<ListImagesRequest>(request);
    assert_eq!(untagged["imageIds"], json!([{"imageDigest": one}]));
    let request = json!({"repositoryName": "app", "filter": {"imageStatus": "ARCHIVED"}});
    assert_eq!(bench.ok::<ListImagesRequest>(request)["imageIds"], json!([]));
}

#[test]
fn an_existing_image_is_an_error() {
    let mut bench = bench("MUTABLE", &json!(null));
    let digest = put(&mut bench, "one", Some("v1")).unwrap();
    let words = format!(
        "Image with digest '{digest}' and tag 'v1' already exists in the repository with name 'app' in \
         registry with id '123456789012'"
    );
    let error = put(&mut bench, "one", Some("v1")).unwrap_err();
    assert_eq!(error, refused("ImageAlreadyExistsException", &words));
    let error = put(&mut bench, "one", None).unwrap_err();
    assert!(error.starts_with("ImageAlreadyExistsException: "), "{error}");
}

#[test]
fn immutable_tags_stay_except_where_a_filter_says_otherwise() {
    let words = |tag: &str| {
        let words = format!(
            "The image tag '{tag}' already exists in the 'app' repository and cannot be overwritten \
             because the repository is immutable."
        );
        refused("ImageTagAlreadyExistsException", &words)
    };
    let mut immutable = bench("IMMUTABLE", &json!(null));
    put(&mut immutable, "one", Some("v1")).unwrap();
    assert_eq!(put(&mut immutable, "one", Some("v1")).unwrap_err(), words("v1"));
    assert_eq!(put(&mut immutable, "two", Some("v1")).unwrap_err(), words("v1"));

    let filters = json!([{"filterType": "WILDCARD", "filter": "dev-*-x"}]);
    for (mutability, moves, stays) in
        [("IMMUTABLE_WITH_EXCLUSION", "dev-1-x", "v1"), ("MUTABLE_WITH_EXCLUSION", "v1", "dev--x")]
    {
        let mut bench = bench(mutability, &filters);
        put(&mut bench, "one", Some(moves)).unwrap();
        put(&mut bench, "two", Some(moves)).unwrap();
        put(&mut bench, "one", Some(stays)).unwrap();
        assert_eq!(put(&mut bench, "two", Some(stays)).unwrap_err(), words(stays));
    }
}

#[test]
fn invalid_manifests_are_refused() {
    let mut bench = bench("MUTABLE", &json!(null));
    let mut with = |manifest: &str| {
        bench.err::<PutImageRequest>(json!({"repositoryName": "app", "imageManifest": manifest}))
    };
    let words = "Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON \
                 syntax'";
    assert_eq!(with("{"), refused("InvalidParameterException", words));
    assert!(with("{}").starts_with("InvalidParameterException: "), "no media type");
}

#[test]
fn more_than_the_maximum_number_of_tags_is_refused() {
    let mut bench = bench("MUTABLE", &json!(null));
    for n in 0..1000 {
        put(&mut bench, "one", Some(&format!("v{n}"))).unwrap();
    }
    let words = "Adding tag 'last' to an image in the repository with name 'app' in registry with id \
                 '123456789012' exceeds the maximum allowed number of tags per image which is '1000'";
    let error = put(&mut bench, "one", Some("last")).unwrap_err();
    assert_eq!(error, refused("LimitExceededException", words));
}

#[test]
fn a_manifest_list_needs_its_images_and_keeps_them() {
    let mut bench = bench("MUTABLE", &json!(null));
    let list = |digest: &str| {
        let manifests = json!([{"digest": digest, "size": 7}, {"size": 5}]);
        let media_type = "application/vnd.oci.image.index.v1+json";
        let text = json!({"mediaType": media_type, "manifests": manifests}).to_string();
        json!({"repositoryName": "app", "imageManifest": text, "imageTag": "all"})
    };
    let error = bench.err::<PutImageRequest>(list("sha256:00"));
    let words = "Images with digests '[sha256:00]' required for pushing image into repository with \
                 name 'app' in the registry with id '123456789012' do not exist";
    assert_eq!(error, refused("ReferencedImagesNotFoundException", words));

    let one = put(&mut bench, "one", None).unwrap();
    let all = bench.ok::<PutImageRequest>(list(&one));
    let all = all["image"]["imageId"]["imageDigest"].as_str().unwrap();
    let by_tag = json!({"repositoryName": "app", "imageIds": [{"imageTag": "all"}]});
    let details = bench.ok::<DescribeImagesRequest>(by_tag)["imageDetails"].clone();
    assert_eq!(
        details[0]["imageSizeInBytes"], 7,
        "the size of a manifest list is the size of its largest image"
    );
    let request = json!({"repositoryName": "app", "imageIds": [{"imageDigest": one}]});
    let failures = bench.ok::<BatchDeleteImageRequest>(request)["failures"].clone();
    assert_eq!(failures[0]["failureCode"], "ImageReferencedByManifestList");
    let reason = format!("Requested image referenced by manifest list: [{all}]");
    assert_eq!(failures[0]["failureReason"], reason);
}

#[test]
fn images_come_in_pages() {
    let mut bench = bench("MUTABLE", &json!(null));
    for content in ["one", "two", "three"] {
        put(&mut bench, content, Some(content)).unwrap();
    }
    let first = bench.ok::<ListImagesRequest>(json!({"repositoryName": "app", "maxResults": 2}));
    assert_eq!(first["imageIds"].as_array().unwrap().len(), 2);
    let next = json!({"repositoryName": "app", "maxResults": 2, "nextToken": first["nextToken"]});
    let second = bench.ok::<ListImagesRequest>(next.clone());
    assert_eq!(second["imageIds"].as_array().unwrap().len(), 1);
    assert!(second.get("nextToken").is_none());
    let error = bench.err::<DescribeImagesRequest>(next);
    assert!(
        error.contains("'nextToken'"),
        "a token is valid only for the operation that returned it: {error}"
    );
    let first =
        bench.ok::<DescribeImagesRequest>(json!({"repositoryName": "app", "maxResults": 2}));
    let next = json!({"repositoryName": "app", "nextToken": first["nextToken"]});
    let second = bench.ok::<DescribeImagesRequest>(next);
    assert_eq!(second["imageDetails"].as_array().unwrap().len(), 1);
    let both = json!({"repositoryName": "app", "maxResults": 2, "imageIds": [{"imageTag": "one"}]});
    let error = bench.err::<DescribeImagesRequest>(both);
    assert!(error.starts_with("InvalidParameterException: "), "{error}");
}

#[test]
fn a_missing_image_is_named_in_the_error() {
    let mut bench = bench("MUTABLE", &json!(null));
    let request = json!({"repositoryName": "app", "imageIds": [{"imageTag": "latest"}]});
    let words = "The image with imageId {imageDigest:'null', imageTag:'latest'} does not exist within \
                 the repository with name 'app' in the registry with id '123456789012'";
    assert_eq!(
        bench.err::<DescribeImagesRequest>(request),
        refused("ImageNotFoundException", words)
    );
}

#[test]
fn deleting_the_last_tag_deletes_the_image() {
    let mut bench = bench("MUTABLE", &json!(null));
    let one = put(&mut bench, "one", Some("a")).unwrap();
    put(&mut bench, "one", Some("b")).unwrap();
    let two = put(&mut bench, "two", Some("c")).unwrap();
    put(&mut bench, "two", Some("d")).unwrap();
    let mut delete = |ids: Value| {
        bench.ok::<BatchDeleteImageRequest>(json!({"repositoryName": "app", "imageIds": ids}))
    };
    let answer = delete(json!([{"imageTag": "a"}]));
    let gone = json!([{"imageDigest": one, "imageTag": "a"}]);
    assert_eq!(answer, json!({"imageIds": gone, "failures": []}));
    delete(json!([{"imageTag": "b"}]));
    let answer = delete(json!([{"imageDigest": two}]));
    let gone = json!([
        {"imageDigest": two, "imageTag": "c"},
        {"imageDigest": two, "imageTag": "d"},
    ]);
    assert_eq!(answer["imageIds"], gone);
    assert_eq!(bench.call().ecr().image_count("app"), Some(0));
}

#[test]
fn each_image_that_cannot_be_deleted_is_a_failure() {
    let mut bench = bench("MUTABLE", &json!(null));
    let one = put(&mut bench, "one", Some("a")).unwrap();
    put(&mut bench, "two", Some("b")).unwrap();
    let answer = bench.ok::<BatchDeleteImageRequest>(json!({"repositoryName": "app", "imageIds": [
        {"imageTag": "latest"},
        {},
        {"imageDigest": "digest"},
        {"imageDigest": one, "imageTag": "b"},
        {"imageTag": "a"},
    ]}));
    let failures = answer["failures"].as_array().unwrap();
    let codes: Vec<_> = failures.iter().map(|failure| failure["failureCode"].clone()).collect();
    assert_eq!(
        codes,
        [
            "ImageNotFound",
            "MissingDigestAndTag",
            "InvalidImageDigest",
            "ImageTagDoesNotMatchDigest"
        ]
    );
    let expected = json!({
        "imageId": {"imageTag": "latest"},
        "failureCode": "ImageNotFound",
        "failureReason": "Requested image not found",
    });
    assert_eq!(failures[0], expected);
    assert_eq!(answer["imageIds"], json!([{"imageDigest": one, "imageTag": "a"}]));
}

#[test]
fn pushed_images_are_counted() {
    let mut bench = bench("MUTABLE", &json!(null));
    let now = bench.now;
    let state = bench.call();
    let mut call = state;
    let first = call.ecr().push_image("app", Some("latest"), now).unwrap();
    let second = call.ecr().push_image("app", Some("v1"), now).unwrap();
    assert_ne!(first, second);
    assert_eq!(call.ecr().image_count("app"), Some(2));
    assert_eq!(call.ecr().push_image("other", None, now), None);
}

#[test]
fn an_image_needs_its_configuration_and_layers() {
    let mut bench = bench("MUTABLE", &json!(null));
    let request = json!({"repositoryName": "app", "imageManifest": manifest("one")});
    let digest = digest_of(b"one");
    let error = bench.err::<PutImageRequest>(request.clone());
    let words = format!(
        "Layers with digests '[{digest}, {digest}, {digest}]' required for pushing image into repository with name 'app' in \
         the registry with id '123456789012' do not exist"
    );
    assert_eq!(error, refused("LayersNotFoundException", &words));
    upload(&mut bench, "one").unwrap();
    bench.ok::<PutImageRequest>(request);
}

#[test]
fn manifests_are_read_by_tag_and_digest() {
    let mut bench = bench("MUTABLE", &json!(null));
    let digest = put(&mut bench, "one", Some("v1")).unwrap();
    let answer = bench.ok::<BatchGetImageRequest>(json!({
        "repositoryName": "app",
        "imageIds": [{"imageTag": "v1"}, {"imageDigest": digest}, {"imageTag": "none"}, {}],
        "acceptedMediaTypes": ["application/vnd.oci.image.manifest.v1+json"],
    }));
    let image = |id: Value| {
        json!({
            "registryId": "123456789012",
            "repositoryName": "app",
            "imageId": id,
            "imageManifest": manifest("one"),
            "imageManifestMediaType": "application/vnd.oci.image.manifest.v1+json",
        })
    };
    let expected = json!([
        image(json!({"imageDigest": digest, "imageTag": "v1"})),
        image(json!({"imageDigest": digest})),
    ]);
    assert_eq!(answer["images"], expected);
    let codes: Vec<_> = answer["failures"]
        .as_array()
        .unwrap()
        .iter()
        .map(|failure| failure["failureCode"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["ImageNotFound", "MissingDigestAndTag"]);
}

/// Puts an artifact with a subject, and returns its digest and the size of its manifest.
fn attach(bench: &mut Bench, subject: &str, artifact: &Value) -> (String, usize) {
    let mut manifest: Value = serde_json::from_str(&manifest("one")).unwrap();
    manifest["subject"] = json!({"digest": subject, "size": 7});
    manifest.as_object_mut().unwrap().extend(artifact.as_object().unwrap().clone());
    let text = manifest.to_string();
    let request = json!({"repositoryName": "app", "imageManifest": text});
    let answer = bench.ok::<PutImageRequest>(request);
    let digest = answer["image"]["imageId"]["imageDigest"].as_str().unwrap().to_owned();
    (digest, text.len())
}

#[test]
fn the_referrers_of_an_image_are_listed() {
    let mut bench = bench("MUTABLE", &json!(null));
    let subject = put(&mut bench, "one", Some("v1")).unwrap();
    let sbom = json!({"artifactType": "application/sbom", "annotations": {"created": "today"}});
    let (digest, size) = attach(&mut bench, &subject, &sbom);
    attach(&mut bench, &subject, &json!({}));
    attach(&mut bench, &digest, &json!({}));
    let request = |filter: Value| json!({"repositoryName": "app", "subjectId": {"imageDigest": subject}, "filter": filter});
    let found = bench.ok::<ListImageReferrersRequest>(request(
        json!({"artifactTypes": ["application/sbom"], "artifactStatus": "ANY"}),
    ));
    let expected = json!([{
        "digest": digest,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "artifactType": "application/sbom",
        "size": size,
        "annotations": {"created": "today"},
        "artifactStatus": "ACTIVE",
    }]);
    assert_eq!(found["referrers"], expected);
    let all = bench.ok::<ListImageReferrersRequest>(request(json!(null)));
    let types: Vec<&Value> =
        all["referrers"].as_array().unwrap().iter().map(|one| &one["artifactType"]).collect();
    assert!(types.contains(&&json!("application/vnd.oci.image.config.v1+json")), "{types:?}");
    assert_eq!(types.len(), 2);
    let archived = json!({"artifactStatus": "ARCHIVED"});
    let none = bench.ok::<ListImageReferrersRequest>(request(archived));
    assert_eq!(none, json!({"referrers": []}));
    let mut page = request(json!(null));
    page["maxResults"] = 1.into();
    page["nextToken"] = bench.ok::<ListImageReferrersRequest>(page.clone())["nextToken"].clone();
    let rest = bench.ok::<ListImageReferrersRequest>(page);
    assert_eq!(rest["referrers"].as_array().unwrap().len(), 1);
    assert_eq!(rest.get("nextToken"), None);
    let invalid = json!({"repositoryName": "app", "subjectId": {"imageDigest": "v1"}});
    let error = bench.err::<ListImageReferrersRequest>(invalid);
    assert!(
        error.starts_with("InvalidParameterException: Invalid parameter at 'subjectId"),
        "{error}"
    );
}
