//! Uploading, looking up and downloading layers.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::{Value, json};

use crate::ecr::image::digest_of;
use crate::ecr::{
    BatchCheckLayerAvailabilityRequest, CompleteLayerUploadRequest, CreateRepositoryRequest,
    GetDownloadUrlForLayerRequest, InitiateLayerUploadRequest, UploadLayerPartRequest,
};
use crate::testing::Bench;

/// Uploads a layer to the repository `app` and returns its digest.
pub(super) fn upload(bench: &mut Bench, content: &str) -> Result<Value, String> {
    let id = start(bench);
    part(bench, &id, 0, content.as_bytes()).unwrap();
    complete(bench, &id, &digest_of(content.as_bytes()))
}

fn start(bench: &mut Bench) -> Value {
    let answer = bench.ok::<InitiateLayerUploadRequest>(json!({"repositoryName": "app"}));
    assert_eq!(answer["partSize"], 20_971_520);
    answer["uploadId"].clone()
}

fn part(bench: &mut Bench, id: &Value, first: usize, content: &[u8]) -> Result<Value, String> {
    bench.run::<UploadLayerPartRequest>(json!({
        "repositoryName": "app",
        "uploadId": id,
        "partFirstByte": first,
        "partLastByte": first + content.len() - 1,
        "layerPartBlob": BASE64_STANDARD.encode(content),
    }))
}

fn complete(bench: &mut Bench, id: &Value, digest: &str) -> Result<Value, String> {
    let request = json!({"repositoryName": "app", "uploadId": id, "layerDigests": [digest]});
    let answer = bench.run::<CompleteLayerUploadRequest>(request)?;
    Ok(answer["layerDigest"].clone())
}

fn with_repository() -> Bench {
    let mut bench = Bench::new();
    bench.ok::<CreateRepositoryRequest>(json!({"repositoryName": "app"}));
    bench
}

#[test]
fn a_layer_is_uploaded_in_parts_found_and_downloaded() {
    let mut bench = with_repository();
    let (large, small) = (vec![7_u8; 5 * 1024 * 1024], b"end".to_vec());
    let digest = digest_of(&[large.clone(), small.clone()].concat());
    let id = start(&mut bench);
    let answer = part(&mut bench, &id, 0, &large).unwrap();
    assert_eq!(answer["lastByteReceived"], large.len() - 1);
    part(&mut bench, &id, large.len(), &small).unwrap();
    assert_eq!(complete(&mut bench, &id, &digest).unwrap(), json!(digest));
    let error = complete(&mut bench, &id, &digest).unwrap_err();
    assert!(error.starts_with("UploadNotFoundException: "), "{error}");

    let other = format!("sha256:{}", "0".repeat(64));
    let answer = bench.ok::<BatchCheckLayerAvailabilityRequest>(json!({
        "repositoryName": "app", "layerDigests": [digest, other, "none", ""],
    }));
    let expected = json!([
        {"layerDigest": digest, "layerAvailability": "AVAILABLE", "layerSize": large.len() + 3},
        {"layerDigest": other, "layerAvailability": "UNAVAILABLE"},
    ]);
    assert_eq!(answer["layers"], expected);
    let codes = [&answer["failures"][0]["failureCode"], &answer["failures"][1]["failureCode"]];
    assert_eq!(codes, ["InvalidLayerDigest", "MissingLayerDigest"]);

    let layer = |digest: &str| json!({"repositoryName": "app", "layerDigest": digest});
    let answer = bench.ok::<GetDownloadUrlForLayerRequest>(layer(&digest));
    assert!(answer["downloadUrl"].as_str().unwrap().contains(&digest));
    let error = bench.err::<GetDownloadUrlForLayerRequest>(layer(&other));
    let words = format!(
        "LayersNotFoundException: The layer with digest {other} does not exist within the repository with name 'app' in \
         the registry with id '123456789012'"
    );
    assert_eq!(error, words);
}

#[test]
fn invalid_uploads_are_refused() {
    let mut bench = with_repository();
    let id = start(&mut bench);
    let digest = digest_of(b"part");
    let error = complete(&mut bench, &id, &digest).unwrap_err();
    assert!(error.starts_with("EmptyUploadException: "), "{error}");
    let error = part(&mut bench, &id, 1, b"part").unwrap_err();
    assert!(error.starts_with("InvalidLayerPartException: "), "{error}");
    part(&mut bench, &id, 0, b"part").unwrap();
    let error = complete(&mut bench, &id, &digest_of(b"other")).unwrap_err();
    assert!(error.starts_with("InvalidLayerException: "), "{error}");
    complete(&mut bench, &id, &digest).unwrap();
    let error = upload(&mut bench, "part").unwrap_err();
    assert!(error.starts_with("LayerAlreadyExistsException: "), "{error}");

    let id = start(&mut bench);
    part(&mut bench, &id, 0, b"pa").unwrap();
    part(&mut bench, &id, 2, b"rts").unwrap();
    let error = complete(&mut bench, &id, &digest_of(b"parts")).unwrap_err();
    assert!(error.starts_with("LayerPartTooSmallException: "), "{error}");

    let error = bench.err::<InitiateLayerUploadRequest>(json!({"repositoryName": "none"}));
    assert!(error.starts_with("RepositoryNotFoundException: "), "{error}");
    let error = bench.err::<InitiateLayerUploadRequest>(json!({"repositoryName": "Upper"}));
    assert!(error.starts_with("InvalidParameterException: "), "{error}");
}
