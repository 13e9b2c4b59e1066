//! Tests that requests from web pages are rejected, and that requests from programs are not.

use super::{ask, connect, server};
use crate::mock::MockAws;
use crate::server::{Limits, MockServer};

async fn status(server: &MockServer, request: &str, headers: &str) -> u16 {
    let mut stream = connect(server).await;
    let request = format!("{request} HTTP/1.1\r\n{headers}content-length: 0\r\n\r\n");
    let (head, _) = ask(&mut stream, &request).await;
    head["http/1.1 ".len()..][..3].parse().unwrap()
}

const DELETE: &str = "GET /?Action=DeleteRole&Version=2010-05-08&RoleName=app";

#[tokio::test]
async fn web_pages_of_other_sites_are_refused_on_every_path() {
    let (mock, server) = server(Limits::default()).await;
    let own = server.url();
    let requests = [
        "POST /_mock/reset",
        "PUT /_mock/faults",
        "POST /_mock/seed",
        "POST /_mock/save",
        "GET /_mock/calls",
        "GET /_mock/nothing",
        "OPTIONS /",
        "POST /",
        DELETE,
    ];
    let pages = [
        "origin: https://example.org\r\n",
        "origin: null\r\n",
        "origin: http://localhost:3000\r\n",
        "sec-fetch-site: cross-site\r\n",
    ];
    for request in requests {
        for page in pages {
            let headers = format!("host: localhost\r\n{page}");
            assert_eq!(status(&server, request, &headers).await, 403, "{request} {page}");
        }
    }
    assert_eq!(mock.journal(), []);
    // Requests are allowed if they come from the server's own pages, from a user who enters an
    // address, or from a program.
    let host = own.strip_prefix("http://").unwrap();
    for own in [&format!("origin: {own}\r\n"), "sec-fetch-site: none\r\n", ""] {
        let headers = format!("host: {host}\r\n{own}");
        assert_eq!(status(&server, "GET /_mock/health", &headers).await, 200, "{own}");
    }
}

#[tokio::test]
async fn only_names_of_the_server_are_answered() {
    let allowed_hosts = vec!["mock".to_owned()];
    let (_mock, server) = server(Limits { allowed_hosts, ..Limits::default() }).await;
    let own = [
        "localhost",
        "LOCALHOST:4566",
        "logs.localhost.",
        "127.0.0.1:1",
        "127.9.9.9",
        "[::1]:4566",
        "mock:4566",
        "iam.amazonaws.com",
        "ecs.us-east-1.api.aws",
        "api.ecr.cn-north-1.amazonaws.com.cn",
    ];
    let foreign = [
        "example.org",
        "example.org:4566",
        "localhost.example.org",
        "notlocalhost",
        "evilamazonaws.com",
        "127.0.0.1.example.org",
        "192.0.2.7",
        "mock.example.org",
        "a b",
        "",
    ];
    for (hosts, expected) in [(&own[..], 200), (&foreign[..], 403)] {
        for host in hosts {
            let found = status(&server, "GET /_mock/health", &format!("host: {host}\r\n")).await;
            assert_eq!(found, expected, "{host:?}");
        }
    }
    // In a proxied request, the host is taken from the target, not from the header.
    let proxied = "GET http://example.org/_mock/calls";
    assert_eq!(status(&server, proxied, "host: localhost\r\n").await, 403);
}

#[tokio::test]
async fn a_server_on_every_address_is_called_by_any_address() {
    let mock = MockAws::new();
    let server = MockServer::bind(mock, "0.0.0.0:0").await.unwrap();
    let port = server.addr().port();
    for (host, expected) in [("192.0.2.7", 200), ("[2001:db8::1]:80", 200), ("example.org", 403)] {
        let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let request = format!("GET /_mock/health HTTP/1.1\r\nhost: {host}\r\n\r\n");
        let (head, _) = ask(&mut stream, &request).await;
        assert!(head.starts_with(&format!("http/1.1 {expected}")), "{host}: {head}");
    }
}
