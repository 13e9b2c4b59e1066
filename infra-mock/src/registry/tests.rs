//! Tests for the registry protocol, without a server.

mod access;
mod errors;

use serde_json::{Value, json};

use crate::ecr::image::digest_of;
use crate::ecr::{
    CreateRepositoryRequest, DescribeImagesRequest, GetAuthorizationTokenRequest,
    PutAccountSettingRequest,
};
use crate::mock::MockAws;
use crate::registry::{Response, concerns, is_upload};
use crate::time::{ManualClock, Timestamp};
use crate::wire::Request;

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// A mock that contains the repository `team/app`, and a token for the mock's registry.
struct Lab {
    mock: MockAws,
    clock: ManualClock,
    authorization: String,
}

/// Returns an `Authorization` header with a new token for the mock's caller.
fn authorization(mock: &MockAws) -> String {
    let answer = mock.call(GetAuthorizationTokenRequest::default()).unwrap();
    format!("Basic {}", answer.authorization_data[0].authorization_token)
}

fn create(mock: &MockAws, name: &str) {
    let repository_name = Some(name.to_owned());
    mock.call(CreateRepositoryRequest { repository_name, ..Default::default() }).unwrap();
}

impl Lab {
    fn new() -> Self {
        let clock = ManualClock::at(Timestamp::from_millis(1_767_225_600_000));
        let mock = MockAws::builder().clock(clock.clone()).build();
        create(&mock, "team/app");
        let authorization = authorization(&mock);
        mock.take_journal();
        Self { mock, clock, authorization }
    }

    async fn send(&self, request: &Request<'_>) -> Option<Response> {
        assert!(concerns(request), "{request:?}");
        self.mock.deliver_to_registry(request).await
    }

    /// Sends a request with the registry token. `line` is the method and the target, for example
    /// `GET /v2/`.
    async fn ask_with(&self, line: &str, more: &[(&str, &str)], body: &[u8]) -> Response {
        let (method, target) = line.split_once(' ').unwrap();
        let own = [("host", "127.0.0.1:4566"), ("authorization", self.authorization.as_str())];
        let own = own.into_iter().filter(|(name, _)| !more.iter().any(|(more, _)| more == name));
        let headers = own.chain(more.iter().copied()).collect();
        self.send(&Request { method, target, headers, body }).await.unwrap()
    }

    async fn ask(&self, line: &str, body: &[u8]) -> Response {
        self.ask_with(line, &[], body).await
    }

    /// Uploads a blob with one request, and returns its descriptor.
    async fn push_blob(&self, name: &str, content: &[u8]) -> Value {
        let digest = digest_of(content);
        let line = format!("POST /v2/{name}/blobs/uploads/?digest={digest}");
        assert_eq!(self.ask(&line, content).await.status, 201);
        json!({ "mediaType": "application/octet-stream", "size": content.len(), "digest": digest })
    }

    async fn put(&self, name: &str, reference: &str, manifest: &str) -> Response {
        let line = format!("PUT /v2/{name}/manifests/{reference}");
        self.ask_with(&line, &[("content-type", MANIFEST)], manifest.as_bytes()).await
    }

    /// Pushes an image, and returns its manifest.
    async fn push(&self, name: &str, tag: &str) -> String {
        let config = self.push_blob(name, format!("config of {tag}").as_bytes()).await;
        let layer = self.push_blob(name, b"layer").await;
        let manifest = manifest(&config, &layer);
        assert_eq!(self.put(name, tag, &manifest).await.status, 201);
        manifest
    }

    fn operations(&self) -> Vec<String> {
        let calls = self.mock.take_journal().into_iter();
        calls.map(|call| call.operation.into_owned()).collect()
    }
}

fn manifest(config: &Value, layer: &Value) -> String {
    json!({ "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer] })
        .to_string()
}

fn header<'r>(response: &'r Response, name: &str) -> Option<&'r str> {
    let mut headers = response.headers.iter().filter(|(key, _)| *key == name);
    let value = headers.next().map(|(_, value)| value.as_str());
    assert_eq!(headers.next(), None, "{name} occurs once");
    value
}

fn json_of(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap()
}

/// Sends a request to the path in the given response header.
async fn follow(lab: &Lab, method: &str, response: &Response, header_name: &str) -> Response {
    let target = header(response, header_name).unwrap();
    lab.ask(&format!("{method} {target}"), b"").await
}

#[tokio::test]
async fn an_image_is_pushed_and_pulled_with_the_operations_of_ecr() {
    let lab = Lab::new();
    assert_eq!(lab.ask("GET /v2/", b"").await.status, 200);
    let config = b"config";
    let digest = digest_of(config);

    // `docker push` checks whether the blob exists, starts an upload, sends the content, and then
    // completes the upload.
    let blob = format!("/v2/team/app/blobs/{digest}");
    assert_eq!(lab.ask(&format!("HEAD {blob}"), b"").await.status, 404);
    let started = lab.ask("POST /v2/team/app/blobs/uploads/", b"").await;
    assert_eq!((started.status, header(&started, "range")), (202, Some("0-0")));
    let upload = header(&started, "location").unwrap().to_owned();
    let sent = lab.ask(&format!("PATCH {upload}"), config).await;
    assert_eq!((sent.status, header(&sent, "range")), (202, Some("0-5")));
    let shown = follow(&lab, "GET", &sent, "location").await;
    assert_eq!((shown.status, header(&shown, "range")), (204, Some("0-5")));
    let completed = lab.ask(&format!("PUT {upload}?digest={digest}"), b"").await;
    assert_eq!(completed.status, 201);
    assert_eq!(header(&completed, "location"), Some(blob.as_str()));
    assert_eq!(header(&completed, "docker-content-digest"), Some(digest.as_str()));
    let found = lab.ask(&format!("HEAD {blob}"), b"").await;
    assert_eq!((found.status, header(&found, "content-length")), (200, Some("6")));
    assert!(found.body.is_empty());
    let expected = [
        "BatchCheckLayerAvailability",
        "InitiateLayerUpload",
        "UploadLayerPart",
        "CompleteLayerUpload",
        "BatchCheckLayerAvailability",
    ];
    assert_eq!(lab.operations(), expected);

    let descriptor = json!({ "size": 6, "digest": digest });
    let layer = lab.push_blob("team/app", b"layer").await;
    let manifest = manifest(&descriptor, &layer);
    let put = lab.put("team/app", "v1", &manifest).await;
    let image = digest_of(manifest.as_bytes());
    assert_eq!((put.status, header(&put, "docker-content-digest")), (201, Some(image.as_str())));
    let expected = ["InitiateLayerUpload", "UploadLayerPart", "CompleteLayerUpload", "PutImage"];
    assert_eq!(lab.operations(), expected);
    let repository_name = Some("team/app".to_owned());
    let request = DescribeImagesRequest { repository_name, ..Default::default() };
    let images = lab.mock.call(request).unwrap().image_details;
    assert_eq!(images[0].image_tags, Some(vec!["v1".to_owned()]));
    assert_eq!(images[0].image_size_in_bytes, 11);
    lab.operations();

    for reference in ["v1", &image] {
        let line = format!("/v2/team/app/manifests/{reference}");
        let pulled = lab.ask_with(&format!("GET {line}"), &[("accept", MANIFEST)], b"").await;
        assert_eq!((pulled.status, header(&pulled, "content-type")), (200, Some(MANIFEST)));
        assert_eq!(header(&pulled, "docker-content-digest"), Some(image.as_str()));
        assert_eq!(*pulled.body, *manifest.as_bytes());
        let head = lab.ask(&format!("HEAD {line}"), b"").await;
        let length = manifest.len().to_string();
        assert_eq!((head.status, header(&head, "content-length")), (200, Some(length.as_str())));
        assert!(head.body.is_empty());
    }
    let redirected = lab.ask(&format!("GET {blob}"), b"").await;
    assert_eq!(redirected.status, 307);
    let pulled = follow(&lab, "GET", &redirected, "location").await;
    assert_eq!((pulled.status, &*pulled.body), (200, &config[..]));
    let expected = ["BatchGetImage"; 4].into_iter().chain(["GetDownloadUrlForLayer"]);
    assert_eq!(lab.operations(), expected.collect::<Vec<_>>());
}

#[tokio::test]
async fn layers_are_downloaded_in_whole_or_in_part() {
    let lab = Lab::new();
    let digest =
        lab.push_blob("team/app", b"0123456789").await["digest"].as_str().unwrap().to_owned();
    let redirected = lab.ask(&format!("GET /v2/team/app/blobs/{digest}"), b"").await;
    let path = header(&redirected, "location").unwrap().to_owned();
    assert!(path.starts_with("/prod-us-east-1-starport-layer-bucket/123456789012/team/app/"));
    for (range, expected) in [
        ("bytes=2-5", "2345"),
        ("bytes=7-", "789"),
        ("bytes=-2", "89"),
        ("bytes=8-99", "89"),
        ("bytes=-99", "0123456789"),
    ] {
        let part = lab.ask_with(&format!("GET {path}"), &[("range", range)], b"").await;
        assert_eq!((part.status, &*part.body), (206, expected.as_bytes()), "{range}");
        assert!(header(&part, "content-range").unwrap().ends_with("/10"));
    }
    for range in ["bytes=10-", "bytes=5-2", "bytes=x", "bytes=-0"] {
        let part = lab.ask_with(&format!("GET {path}"), &[("range", range)], b"").await;
        assert_eq!(part.status, 416, "{range}");
    }
    // On S3's own host, the bucket is in the host name. No credentials are needed.
    let host = "prod-us-east-1-starport-layer-bucket.s3.us-east-1.amazonaws.com";
    let encoded = format!("/123456789012/team/app/{}", digest.replace(':', "%3A"));
    let request =
        |method| Request { method, target: &encoded, headers: vec![("host", host)], body: b"" };
    assert_eq!(&*lab.send(&request("GET")).await.unwrap().body, b"0123456789");
    let head = lab.send(&request("HEAD")).await.unwrap();
    assert_eq!((header(&head, "content-length"), head.body.len()), (Some("10"), 0));
    assert_eq!(lab.send(&request("PUT")).await.unwrap().status, 405);
    let missing = lab.ask(&format!("GET {path}0"), b"").await;
    assert_eq!(missing.status, 404);
    assert!(String::from_utf8_lossy(&missing.body).contains("<Code>NoSuchKey</Code>"));
}

#[tokio::test]
async fn a_large_layer_is_uploaded_in_parts_of_equal_size() {
    let lab = Lab::new();
    let content = vec![7_u8; 21 * 1024 * 1024 + 1];
    let started = lab.ask("POST /v2/team/app/blobs/uploads/", b"").await;
    let upload = header(&started, "location").unwrap();
    let line = format!("PUT {upload}?digest={}", digest_of(&content));
    assert_eq!(lab.ask(&line, &content).await.status, 201);
    let parts = lab.mock.requests::<crate::ecr::UploadLayerPartRequest>();
    let half = i64::try_from(content.len().div_ceil(2)).unwrap();
    let bounds: Vec<_> =
        parts.iter().map(|part| (part.part_first_byte, part.part_last_byte)).collect();
    assert_eq!(bounds, [(Some(0), Some(half - 1)), (Some(half), Some(2 * half - 2))]);
}

#[tokio::test]
async fn chunks_are_appended_in_order() {
    let lab = Lab::new();
    let started = lab.ask("POST /v2/team/app/blobs/uploads/", b"").await;
    let upload = header(&started, "location").unwrap().to_owned();
    let first = vec![1_u8; 5 * 1024 * 1024];
    let size = first.len();
    let range = format!("0-{}", size - 1);
    let line = format!("PATCH {upload}");
    let sent = lab.ask_with(&line, &[("content-range", range.as_str())], &first).await;
    assert_eq!((sent.status, header(&sent, "range")), (202, Some(range.as_str())));
    // A chunk that is sent again is rejected as out of order.
    let again = lab.ask_with(&line, &[("content-range", range.as_str())], &first).await;
    assert_eq!(again.status, 416);
    assert_eq!(json_of(&again)["errors"][0]["code"], "BLOB_UPLOAD_INVALID");
    let digest = digest_of(&[first, b"end".to_vec()].concat());
    assert_eq!(lab.ask(&format!("PUT {upload}?digest={digest}"), b"end").await.status, 201);
}

#[tokio::test]
async fn an_image_that_the_registry_has_can_be_pushed_again() {
    let lab = Lab::new();
    let manifest = lab.push("team/app", "v1").await;
    assert_eq!(lab.push("team/app", "v1").await, manifest);
    let digest = digest_of(manifest.as_bytes());
    assert_eq!(lab.put("team/app", &digest, &manifest).await.status, 201);
    let list = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [{ "mediaType": MANIFEST, "size": manifest.len(), "digest": digest }],
    });
    assert_eq!(lab.put("team/app", "all", &list.to_string()).await.status, 201);
}

#[tokio::test]
async fn a_blob_of_another_repository_is_mounted_if_the_setting_allows_it() {
    let lab = Lab::new();
    create(&lab.mock, "other");
    let digest = lab.push_blob("other", b"layer").await["digest"].as_str().unwrap().to_owned();
    let line = format!("POST /v2/team/app/blobs/uploads/?mount={digest}&from=other");
    assert_eq!(lab.ask(&line, b"").await.status, 202);
    lab.mock
        .call(PutAccountSettingRequest {
            name: Some("BLOB_MOUNTING".to_owned()),
            value: Some("ENABLED".to_owned()),
        })
        .unwrap();
    lab.operations();
    let mounted = lab.ask(&line, b"").await;
    let blob = format!("/v2/team/app/blobs/{digest}");
    assert_eq!((mounted.status, header(&mounted, "location")), (201, Some(blob.as_str())));
    assert_eq!(lab.operations()[..2], ["GetDownloadUrlForLayer", "InitiateLayerUpload"]);
    assert_eq!(lab.ask(&format!("HEAD {blob}"), b"").await.status, 200);
    for from in ["none", "team/app"] {
        let missing = digest_of(b"missing");
        let line = format!("POST /v2/team/app/blobs/uploads/?mount={missing}&from={from}");
        assert_eq!(lab.ask(&line, b"").await.status, 202, "{from}");
    }
}

#[tokio::test]
async fn tags_and_repositories_are_listed_in_pages() {
    let lab = Lab::new();
    create(&lab.mock, "other");
    for tag in ["v1", "v2", "v3"] {
        lab.push("team/app", tag).await;
    }
    let all = lab.ask("GET /v2/team/app/tags/list", b"").await;
    assert_eq!(json_of(&all), json!({ "name": "team/app", "tags": ["v1", "v2", "v3"] }));
    assert_eq!(header(&all, "link"), None);
    for (path, member, expected) in [
        ("/v2/team/app/tags/list", "tags", json!(["v1", "v2", "v3"])),
        ("/v2/_catalog", "repositories", json!(["other", "team/app"])),
    ] {
        let (mut found, mut next) = (Vec::new(), Some(format!("{path}?n=1")));
        while let Some(target) = next {
            let page = lab.ask(&format!("GET {target}"), b"").await;
            assert_eq!(page.status, 200);
            found.extend(json_of(&page)[member].as_array().unwrap().iter().cloned());
            let link = header(&page, "link").and_then(|link| link.strip_suffix(">; rel=\"next\""));
            next = link.and_then(|link| link.strip_prefix('<')).map(str::to_owned);
        }
        found.sort_by_key(ToString::to_string);
        assert_eq!(Value::from(found), expected);
    }
}

#[tokio::test]
async fn images_and_tags_are_deleted() {
    let lab = Lab::new();
    let digest = digest_of(lab.push("team/app", "v1").await.as_bytes());
    lab.push("team/app", "v2").await;
    assert_eq!(lab.ask("DELETE /v2/team/app/manifests/v2", b"").await.status, 202);
    let line = format!("DELETE /v2/team/app/manifests/{digest}");
    assert_eq!(lab.ask(&line, b"").await.status, 202);
    assert_eq!(lab.ask(&line, b"").await.status, 404);
    let tags = lab.ask("GET /v2/team/app/tags/list", b"").await;
    assert_eq!(json_of(&tags)["tags"], json!([]));
}

#[tokio::test]
async fn an_image_of_an_external_change_can_be_pulled() {
    let lab = Lab::new();
    let now = lab.mock.now();
    let push = |tag| {
        let pushed = lab.mock.with_world(|call| call.ecr().push_image("team/app", Some(tag), now));
        pushed.unwrap().unwrap()
    };
    assert_ne!(push("v1"), push("v2"));
    let manifest = json_of(&lab.ask("GET /v2/team/app/manifests/v1", b"").await);
    for part in [&manifest["config"], &manifest["layers"][0]] {
        let digest = part["digest"].as_str().unwrap();
        let redirected = lab.ask(&format!("GET /v2/team/app/blobs/{digest}"), b"").await;
        let blob = follow(&lab, "GET", &redirected, "location").await;
        assert_eq!(
            (digest_of(&blob.body).as_str(), json!(blob.body.len())),
            (digest, part["size"].clone())
        );
    }
}

#[test]
fn only_requests_of_the_protocol_are_for_the_registry() {
    let request = |target, headers| Request { method: "GET", target, headers, body: b"" };
    for target in ["/v2/", "/v2", "/v2/app/tags/list?n=1"] {
        assert!(concerns(&request(target, Vec::new())), "{target}");
    }
    let signed = vec![(
        "authorization",
        "AWS4-HMAC-SHA256 Credential=mock/20260101/us-east-1/ses/aws4_request",
    )];
    for target in ["/v2/email/identities", "/v2/?X-Amz-Credential=mock"] {
        assert!(!concerns(&request(target, signed.clone())), "{target}");
    }
    for target in ["/", "/v2x", "/?Action=ListUsers", "/prod-x/y"] {
        assert!(!concerns(&request(target, Vec::new())), "{target}");
    }
    assert!(
        is_upload("PATCH", "/v2/app/blobs/uploads/1")
            && is_upload("POST", "/v2/a/blobs/uploads/?digest=x")
    );
    assert!(!is_upload("PUT", "/v2/app/manifests/v1") && !is_upload("POST", "/blobs/uploads/"));
}

#[tokio::test]
async fn referrers_of_an_image_are_an_index() {
    let lab = Lab::new();
    let subject = lab.push("team/app", "v1").await;
    let subject = digest_of(subject.as_bytes());
    let config = lab.push_blob("team/app", b"{}").await;
    let layer = lab.push_blob("team/app", b"layer").await;
    let mut digests = Vec::new();
    for kind in ["application/sbom", "application/signature"] {
        let mut manifest: Value = serde_json::from_str(&manifest(&config, &layer)).unwrap();
        manifest["artifactType"] = kind.into();
        manifest["annotations"] = json!({"kind": kind});
        manifest["subject"] = json!({"digest": subject, "size": 1, "mediaType": MANIFEST});
        let text = manifest.to_string();
        let digest = digest_of(text.as_bytes());
        assert_eq!(lab.put("team/app", &digest, &text).await.status, 201);
        digests.push((kind, digest, text.len()));
    }
    lab.operations();
    let line = format!("GET /v2/team/app/referrers/{subject}");
    let all = lab.ask(&line, b"").await;
    assert_eq!(lab.operations(), ["ListImageReferrers"]);
    assert_eq!(header(&all, "content-type"), Some("application/vnd.oci.image.index.v1+json"));
    assert_eq!((all.status, header(&all, "oci-filters-applied")), (200, None));
    assert_eq!(json_of(&all)["manifests"].as_array().unwrap().len(), 2);
    let (kind, digest, size) = &digests[0];
    let some = lab.ask(&format!("{line}?artifactType=application%2Fsbom"), b"").await;
    assert_eq!(header(&some, "oci-filters-applied"), Some("artifactType"));
    let expected = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [{
            "mediaType": MANIFEST,
            "digest": digest,
            "size": size,
            "artifactType": kind,
            "annotations": {"kind": kind},
        }],
    });
    assert_eq!(json_of(&some), expected);
    let first = lab.ask(&format!("{line}?n=1"), b"").await;
    let next = header(&first, "link").unwrap();
    let target = next.strip_prefix('<').unwrap().split('>').next().unwrap();
    let rest = lab.ask(&format!("GET {target}"), b"").await;
    let found = |page: &Response| json_of(page)["manifests"][0]["digest"].clone();
    assert_ne!(found(&first), found(&rest));
    assert_eq!(header(&rest, "link"), None);
    // If the subject does not exist, the list of referrers is empty.
    let none = lab.ask(&format!("GET /v2/team/app/referrers/{}", digest_of(b"none")), b"").await;
    assert_eq!(json_of(&none)["manifests"], json!([]));
}
