//! Tests for the registry protocol over HTTP: limits, protection against other sites' web pages,
//! and layer URLs that clients can reach.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{ask, connect, read_to_end, server};
use crate::ecr::image::digest_of;
use crate::ecr::{CreateRepositoryRequest, GetAuthorizationTokenRequest};
use crate::mock::MockAws;
use crate::server::{Limits, MockServer};

fn with_repository(mock: &MockAws) -> String {
    let repository_name = Some("app".to_owned());
    mock.call(CreateRepositoryRequest { repository_name, ..Default::default() }).unwrap();
    let answer = mock.call(GetAuthorizationTokenRequest::default()).unwrap();
    answer.authorization_data[0].authorization_token.clone()
}

fn request(server: &MockServer, token: &str, line: &str, body: &str) -> String {
    format!(
        "{line} HTTP/1.1\r\nhost: {}\r\nauthorization: Basic {token}\r\ncontent-length: {}\r\n\r\n{body}",
        server.addr(),
        body.len()
    )
}

fn header(head: &str, name: &str) -> String {
    let (_, rest) = head.split_once(&format!("\r\n{name}: ")).unwrap_or_else(|| panic!("{head}"));
    rest.split("\r\n").next().unwrap().to_owned()
}

async fn upload(server: &MockServer, token: &str, stream: &mut TcpStream, body: &str) -> String {
    let digest = digest_of(body.as_bytes());
    let line = format!("POST /v2/app/blobs/uploads/?digest={digest}");
    let (head, answer) = ask(stream, &request(server, token, &line, body)).await;
    assert!(head.starts_with("http/1.1 201"), "{head}{answer}");
    digest
}

#[tokio::test]
async fn layers_are_uploaded_found_and_downloaded() {
    let (mock, server) = server(Limits::default()).await;
    let token = with_repository(&mock);
    let mut stream = connect(&server).await;
    let asked = "GET /v2/ HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let (head, body) = ask(&mut stream, asked).await;
    assert!(head.starts_with("http/1.1 401"), "{head}");
    assert!(header(&head, "www-authenticate").starts_with("basic realm="), "{head}");
    assert_eq!(body, "Not Authorized\n");

    let digest = upload(&server, &token, &mut stream, "layer").await;
    let blob = format!("/v2/app/blobs/{digest}");
    let get = request(&server, &token, &format!("GET {blob}"), "");
    let (head, _) = ask(&mut stream, &get).await;
    assert!(head.starts_with("http/1.1 307"), "{head}");
    let location = header(&head, "location");
    let (head, body) =
        ask(&mut stream, &request(&server, &token, &format!("GET {location}"), "")).await;
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert_eq!(body, "layer");

    // The response to a `HEAD` request has a content length but no body.
    let close = "connection: close\r\n\r\n";
    let head = request(&server, &token, &format!("HEAD {blob}"), "").replacen(
        "\r\n\r\n",
        &format!("\r\n{close}"),
        1,
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("content-length: 5\r\n") && answer.ends_with("\r\n\r\n"), "{answer}");
}

#[tokio::test]
async fn the_download_url_leads_to_the_host_of_the_request() {
    let (mock, server) = server(Limits::default()).await;
    let token = with_repository(&mock);
    let mut stream = connect(&server).await;
    let digest = upload(&server, &token, &mut stream, "layer").await;
    let body = format!(r#"{{"repositoryName":"app","layerDigest":"{digest}"}}"#);
    let host = server.addr().to_string();
    let mut urls = Vec::new();
    for host in [host.as_str(), "api.ecr.us-east-1.amazonaws.com"] {
        let call = super::request("GetDownloadUrlForLayer", &body)
            .replace("AmazonEC2ContainerServiceV20141113", "AmazonEC2ContainerRegistry_V20150921")
            .replace("/us-east-1/ecs/", "/us-east-1/ecr/")
            .replace("host: localhost", &format!("host: {host}"));
        let (_, answer) = ask(&mut stream, &call).await;
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        urls.push(answer["downloadUrl"].as_str().unwrap().to_owned());
    }
    assert!(urls[1].starts_with("https://prod-us-east-1-starport-layer-bucket.s3."), "{}", urls[1]);
    let path = urls[0].strip_prefix(&server.url()).unwrap();
    let get = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
    assert_eq!(ask(&mut stream, &get).await.1, "layer");
}

#[tokio::test]
async fn layers_have_their_own_limit() {
    let limits = Limits { body_bytes: 100, layer_bytes: 1000, ..Limits::default() };
    let (mock, server) = server(limits).await;
    let token = with_repository(&mock);
    let mut stream = connect(&server).await;
    upload(&server, &token, &mut stream, &"x".repeat(1000)).await;
    for (line, size) in [
        ("POST /v2/app/blobs/uploads/?digest=sha256:0", 1001),
        ("PUT /v2/app/manifests/v1", 101),
        ("POST /", 101),
    ] {
        let mut stream = connect(&server).await;
        let large = request(&server, &token, line, &"x".repeat(size));
        let (head, _) = ask(&mut stream, &large).await;
        assert!(head.starts_with("http/1.1 413"), "{line}: {head}");
    }
}

#[tokio::test]
async fn web_pages_of_other_sites_cannot_use_the_registry() {
    let (mock, server) = server(Limits::default()).await;
    let token = with_repository(&mock);
    mock.take_journal();
    let lines = [
        "GET /v2/",
        "POST /v2/app/blobs/uploads/",
        "GET /prod-us-east-1-starport-layer-bucket/1/app/2",
    ];
    let own = format!("host: {}", server.addr());
    for line in lines {
        for (from, to) in [
            ("\r\n\r\n", "\r\norigin: https://example.org\r\n\r\n"),
            ("\r\n\r\n", "\r\nsec-fetch-site: cross-site\r\n\r\n"),
            (own.as_str(), "host: example.org"),
        ] {
            let mut stream = connect(&server).await;
            let foreign = request(&server, &token, line, "").replacen(from, to, 1);
            let (head, _) = ask(&mut stream, &foreign).await;
            assert!(head.starts_with("http/1.1 403"), "{foreign}{head}");
        }
    }
    // A request that the guard rejects cannot make the server read a large body.
    let mut stream = connect(&server).await;
    let large = format!(
        "PATCH /v2/app/blobs/uploads/1 HTTP/1.1\r\nhost: example.org\r\ncontent-length: {}\r\n\r\n",
        40 << 20
    );
    stream.write_all(large.as_bytes()).await.unwrap();
    assert!(read_to_end(&mut stream).await.starts_with("http/1.1 413"));
    assert_eq!(mock.journal(), []);
}
