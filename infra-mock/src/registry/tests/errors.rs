//! Tests for errors in the format of the registry protocol.

use serde_json::{Value, json};

use super::{Lab, MANIFEST, create, header, json_of, manifest};
use crate::ecr::PutImageTagMutabilityRequest;
use crate::ecr::image::digest_of;
use crate::registry::Response;

#[track_caller]
fn is_error(response: &Response, status: u16, code: &str, message: &str) {
    assert_eq!(response.status, status, "{response:?}");
    assert_eq!(header(response, "content-type"), Some("application/json"));
    assert_eq!(json_of(response), json!({ "errors": [{ "code": code, "message": message }] }));
}

#[tokio::test]
async fn what_does_not_exist_is_named() {
    let lab = Lab::new();
    let words =
        "The repository with name 'none' does not exist in the registry with id '123456789012'";
    let digest = digest_of(b"none");
    for line in [
        "GET /v2/none/tags/list".to_owned(),
        "GET /v2/none/manifests/v1".to_owned(),
        "PUT /v2/none/manifests/v1".to_owned(),
        "DELETE /v2/none/manifests/v1".to_owned(),
        "POST /v2/none/blobs/uploads/".to_owned(),
        format!("GET /v2/none/blobs/{digest}"),
    ] {
        let answer = lab.ask_with(&line, &[("content-type", MANIFEST)], b"{}").await;
        is_error(&answer, 404, "NAME_UNKNOWN", words);
    }
    let manifest = lab.ask("GET /v2/team/app/manifests/v1", b"").await;
    is_error(&manifest, 404, "MANIFEST_UNKNOWN", "Requested image not found");
    let blob = lab.ask(&format!("GET /v2/team/app/blobs/{digest}"), b"").await;
    let words = format!(
        "The layer with digest {digest} does not exist within the repository with name 'team/app' in the registry with id \
         '123456789012'"
    );
    is_error(&blob, 404, "BLOB_UNKNOWN", &words);
    let id = "00000000-0000-0000-0000-000000000000";
    let words = format!(
        "The upload with id '{id}' does not exist within the repository with name 'team/app' in the registry with id \
         '123456789012'"
    );
    for method in ["GET", "PATCH"] {
        let upload = lab.ask(&format!("{method} /v2/team/app/blobs/uploads/{id}"), b"").await;
        is_error(&upload, 404, "BLOB_UPLOAD_UNKNOWN", &words);
    }
    let page = lab.ask("GET /v2/team", b"").await;
    assert_eq!((page.status, &*page.body), (404, &b"404 page not found\n"[..]));
}

#[tokio::test]
async fn invalid_manifests_are_refused() {
    let lab = Lab::new();
    let answer = lab.put("team/app", "v1", "no JSON").await;
    let words =
        "Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'";
    is_error(&answer, 405, "UNSUPPORTED", words);
    let (config, layer) =
        (json!({ "digest": digest_of(b"c") }), json!({ "digest": digest_of(b"l") }));
    let answer = lab.put("team/app", "v1", &manifest(&config, &layer)).await;
    assert_eq!(answer.status, 400);
    let error = &json_of(&answer)["errors"][0];
    assert_eq!(error["code"], "MANIFEST_BLOB_UNKNOWN");
    assert!(error["message"].as_str().unwrap().contains(&digest_of(b"l")), "{error}");
    let list = json!({ "mediaType": MANIFEST, "manifests": [{ "digest": digest_of(b"i") }] });
    let answer = lab.put("team/app", "v1", &list.to_string()).await;
    assert_eq!(json_of(&answer)["errors"][0]["code"], "MANIFEST_BLOB_UNKNOWN");
    let image = lab.push("team/app", "v1").await;
    let answer = lab.put("team/app", &digest_of(b"other"), &image).await;
    assert_eq!(json_of(&answer)["errors"][0]["code"], "DIGEST_INVALID");
}

#[tokio::test]
async fn an_immutable_tag_is_not_overwritten() {
    let lab = Lab::new();
    lab.push("team/app", "v1").await;
    lab.mock
        .call(PutImageTagMutabilityRequest {
            repository_name: Some("team/app".to_owned()),
            image_tag_mutability: Some("IMMUTABLE".to_owned()),
            ..Default::default()
        })
        .unwrap();
    let blob = lab.push_blob("team/app", b"new").await;
    let answer = lab.put("team/app", "v1", &manifest(&blob, &blob)).await;
    let words = "The image tag 'v1' already exists in the 'team/app' repository and cannot be overwritten because the \
                 repository is immutable.";
    is_error(&answer, 400, "TAG_INVALID", words);
}

#[tokio::test]
async fn invalid_uploads_are_refused() {
    let lab = Lab::new();
    let started = lab.ask("POST /v2/team/app/blobs/uploads/", b"").await;
    let upload = header(&started, "location").unwrap().to_owned();
    let digest = digest_of(b"layer");
    let code = |answer: &Response| json_of(answer)["errors"][0]["code"].clone();
    let cases: [(String, &[u8], (u16, Value)); 4] = [
        (format!("PUT {upload}"), b"", (400, json!("DIGEST_INVALID"))),
        (format!("PUT {upload}?digest={digest}"), b"", (400, json!("BLOB_UPLOAD_INVALID"))),
        (format!("PUT {upload}?digest={digest}"), b"other", (400, json!("DIGEST_INVALID"))),
        ("HEAD /v2/team/app/blobs/none".to_owned(), b"", (400, Value::Null)),
    ];
    for (line, body, expected) in cases {
        let answer = lab.ask(&line, body).await;
        let found = if answer.body.is_empty() { Value::Null } else { code(&answer) };
        assert_eq!((answer.status, found), expected, "{line}");
    }
    let range = [("content-range", "x-y")];
    assert_eq!(lab.ask_with(&format!("PATCH {upload}"), &range, b"x").await.status, 416);
    let pages = lab.ask("GET /v2/team/app/tags/list?n=x", b"").await;
    assert_eq!((pages.status, code(&pages)), (400, json!("PAGINATION_NUMBER_INVALID")));
    let pages = lab.ask("GET /v2/team/app/tags/list?n=1001", b"").await;
    assert_eq!((pages.status, code(&pages)), (405, json!("UNSUPPORTED")));
}

#[tokio::test]
async fn what_ecr_does_not_offer_is_refused() {
    let lab = Lab::new();
    let digest = digest_of(b"layer");
    for line in [
        format!("DELETE /v2/team/app/blobs/{digest}"),
        "DELETE /v2/team/app/blobs/uploads/1".to_owned(),
        "POST /v2/".to_owned(),
    ] {
        is_error(&lab.ask(&line, b"").await, 405, "UNSUPPORTED", "The operation is unsupported.");
    }
    assert_eq!(lab.mock.journal(), []);
}

#[tokio::test]
async fn faults_of_operations_reach_the_client() {
    let lab = Lab::new();
    for (rule, status, code) in [
        ("throttle@ecr:InitiateLayerUpload", 429, "TOOMANYREQUESTS"),
        ("server-error-after@ecr:InitiateLayerUpload", 500, "UNKNOWN"),
    ] {
        lab.mock.set_faults([rule.parse().unwrap()]);
        let answer = lab.ask("POST /v2/team/app/blobs/uploads/", b"").await;
        assert_eq!(answer.status, status, "{rule}");
        assert_eq!(json_of(&answer)["errors"][0]["code"], code);
    }
    lab.mock.set_faults(["cut-after@ecr:PutImage".parse().unwrap()]);
    create(&lab.mock, "second");
    let blob = lab.push_blob("second", b"layer").await;
    let manifest = manifest(&blob, &blob);
    let request = crate::wire::Request {
        method: "PUT",
        target: "/v2/second/manifests/v1",
        headers: vec![("authorization", lab.authorization.as_str()), ("content-type", MANIFEST)],
        body: manifest.as_bytes(),
    };
    assert_eq!(lab.send(&request).await, None);
    // The image was added although the connection broke.
    assert_eq!(lab.ask("GET /v2/second/manifests/v1", b"").await.status, 200);
}
