//! Tests that the server can handle many clients, slow clients, misbehaving clients and large
//! requests.

mod control;
mod guard;
mod registry;

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Limits, MockServer};
use crate::mock::MockAws;

const AUTHORIZATION: &str = "AWS4-HMAC-SHA256 Credential=mock/20260101/us-east-1/ecs/aws4_request, \
                             SignedHeaders=host, Signature=0";

fn request(operation: &str, body: &str) -> String {
    format!(
        "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-amz-json-1.1\r\nx-amz-target: \
         AmazonEC2ContainerServiceV20141113.{operation}\r\nx-amz-date: 20260101T000000Z\r\nauthorization: \
         {AUTHORIZATION}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

async fn server(limits: Limits) -> (MockAws, MockServer) {
    let mock = MockAws::new();
    let server = MockServer::bind_with(mock.clone(), "127.0.0.1:0", limits).await.unwrap();
    (mock, server)
}

async fn connect(server: &MockServer) -> TcpStream {
    TcpStream::connect(server.addr()).await.unwrap()
}

/// Reads the head and body of one response.
async fn read_answer(stream: &mut TcpStream) -> (String, String) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap().to_lowercase();
    let length = head.split_once("content-length: ").and_then(|(_, rest)| rest.split_once("\r\n"));
    let length = length.map_or(0, |(length, _)| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    (head, String::from_utf8(body).unwrap())
}

async fn ask(stream: &mut TcpStream, request: &str) -> (String, String) {
    stream.write_all(request.as_bytes()).await.unwrap();
    read_answer(stream).await
}

/// Reads until the server closes the connection.
async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut all));
    // If the read fails, the server has reset the connection, which also closes it.
    let _ = read.await.expect("the server hangs up");
    String::from_utf8(all).unwrap().to_lowercase()
}

#[tokio::test]
async fn a_connection_serves_one_request_after_the_other() {
    let (mock, server) = server(Limits::default()).await;
    let mut stream = connect(&server).await;
    for _ in 0..3 {
        let (head, body) = ask(&mut stream, &request("ListClusters", "{}")).await;
        assert!(head.starts_with("http/1.1 200 ok\r\n"), "{head}");
        assert!(head.contains("content-type: application/x-amz-json-1.1\r\n"), "{head}");
        assert!(head.contains("x-amzn-requestid: "), "{head}");
        assert_eq!(body, r#"{"clusterArns":[]}"#);
    }
    assert_eq!(mock.journal().len(), 3);
    server.shutdown().await;
    assert_eq!(read_to_end(&mut stream).await, "");
}

#[tokio::test]
async fn many_clients_are_served_at_once() {
    let (mock, server) = server(Limits { connections: 8, ..Limits::default() }).await;
    let address = server.addr();
    let clients = (0..64).map(|number| {
        tokio::spawn(async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            let body = format!(r#"{{"clusterName":"c{number}"}}"#);
            ask(&mut stream, &request("CreateCluster", &body)).await.0
        })
    });
    for client in clients.collect::<Vec<_>>() {
        assert!(client.await.unwrap().starts_with("http/1.1 200"));
    }
    assert_eq!(mock.call_counts()["ecs:CreateCluster"], 64);
}

#[tokio::test]
async fn what_is_too_large_is_refused_and_the_client_cut_off() {
    let (mock, server) = server(Limits::default()).await;
    let mut stream = connect(&server).await;
    let long = "x".repeat(20 * 1024);
    stream
        .write_all(format!("GET / HTTP/1.1\r\nhost: x\r\nlong: {long}\r\n\r\n").as_bytes())
        .await
        .unwrap();
    assert!(read_to_end(&mut stream).await.starts_with("http/1.1 431"));

    let mut stream = connect(&server).await;
    let large = "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 33554433\r\n\r\n";
    stream.write_all(large.as_bytes()).await.unwrap();
    let answer = read_to_end(&mut stream).await;
    assert!(answer.starts_with("http/1.1 413"), "{answer}");
    assert!(answer.ends_with("<requestentitytoolargeexception/>\n"), "{answer}");

    let mut stream = connect(&server).await;
    stream
        .write_all(b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n")
        .await
        .unwrap();
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    for _ in 0..513 {
        // The server may already have closed the connection.
        if stream.write_all(chunk.as_bytes()).await.is_err() {
            break;
        }
    }
    let answer = read_to_end(&mut stream).await;
    assert!(answer.is_empty() || answer.starts_with("http/1.1 413"), "{answer}");
    assert_eq!(mock.journal(), []);
}

#[tokio::test]
async fn slow_clients_are_cut_off() {
    let short = Duration::from_millis(100);
    let limits = Limits { header_time: short, body_time: short, ..Limits::default() };
    let (_mock, server) = server(limits).await;
    let mut silent = connect(&server).await;
    assert_eq!(read_to_end(&mut silent).await, "");
    let mut slow = connect(&server).await;
    slow.write_all(b"POST / HTTP/1.1\r\nhost: ").await.unwrap();
    let answer = read_to_end(&mut slow).await;
    assert!(answer.is_empty() || answer.starts_with("http/1.1 408"), "{answer}");
    let mut slow = connect(&server).await;
    slow.write_all(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\n12").await.unwrap();
    assert!(read_to_end(&mut slow).await.starts_with("http/1.1 408"));
    // Other clients are not affected.
    let mut stream = connect(&server).await;
    assert!(ask(&mut stream, &request("ListClusters", "{}")).await.0.starts_with("http/1.1 200"));
}

#[tokio::test]
async fn what_is_no_http_is_refused() {
    let (_mock, server) = server(Limits::default()).await;
    let mut stream = connect(&server).await;
    stream.write_all(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n").await.unwrap();
    assert!(read_to_end(&mut stream).await.starts_with("http/1.1 400"));
}

#[tokio::test]
async fn broken_requests_are_refused_or_cut_off_and_hurt_nobody_else() {
    let limits = Limits { body_time: Duration::from_millis(100), ..Limits::default() };
    let (mock, server) = server(limits).await;
    let lines = "POST / HTTP/1.1\r\nhost: x\r\n";
    let flood = "header: x\r\n".repeat(2000);
    let mut broken: Vec<Vec<u8>> = [
        // The request line is missing or invalid.
        "\r\n\r\n\r\n",
        "POST\r\n\r\n",
        "POST / HTTP/9.9\r\n\r\n",
        "POST http:// HTTP/1.1\r\nhost: x\r\n\r\n",
        "PO ST / HTTP/1.1\r\nhost: x\r\n\r\n",
        // A header is invalid, or there are too many headers.
        &format!("{lines}no colon\r\n\r\n"),
        &format!("{lines}na me: x\r\n\r\n"),
        &format!("{lines}name: \0\r\n\r\n"),
        &format!("{lines}{flood}\r\n"),
        // The body length is wrong, contradictory or not a number.
        &format!("{lines}content-length: -1\r\n\r\n"),
        &format!("{lines}content-length: 99999999999999999999\r\n\r\n"),
        &format!("{lines}content-length: 1\r\ncontent-length: 2\r\n\r\nxx"),
        &format!("{lines}content-length: 100\r\n\r\nshort"),
        &format!("{lines}transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\nx"),
        &format!("{lines}transfer-encoding: chunked\r\n\r\nno size\r\nx"),
        &format!("{lines}transfer-encoding: odd\r\n\r\nx"),
    ]
    .iter()
    .map(|text| text.as_bytes().to_vec())
    .collect();
    let mut rng = fastrand::Rng::with_seed(7);
    for _ in 0..32 {
        broken.push((0..rng.usize(1..400)).map(|_| rng.u8(..)).chain(*b"\r\n\r\n").collect());
    }
    let mut good = connect(&server).await;
    for bytes in broken {
        let mut stream = connect(&server).await;
        // The server may close the connection before reading the entire request.
        let _ = stream.write_all(&bytes).await;
        let _ = stream.shutdown().await;
        let answer = read_to_end(&mut stream).await;
        let is_refused = answer.is_empty() || answer.starts_with("http/1.1 4");
        assert!(is_refused, "{}: {answer}", String::from_utf8_lossy(&bytes));
        let (head, _) = ask(&mut good, &request("ListClusters", "{}")).await;
        assert!(head.starts_with("http/1.1 200"), "{head}");
    }
    assert!(mock.journal().iter().all(|call| call.operation == "ListClusters"));
}

#[tokio::test]
async fn a_body_that_trickles_is_cut_off_however_often_something_comes() {
    let limits = Limits { body_time: Duration::from_millis(100), ..Limits::default() };
    let (_mock, server) = server(limits).await;
    let (mut reader, mut writer) = connect(&server).await.into_split();
    writer.write_all(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9999\r\n\r\n").await.unwrap();
    let trickle = tokio::spawn(async move {
        while writer.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    let mut answer = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(10), reader.read_to_end(&mut answer));
    // If the read fails, the server has reset the connection, which also closes it.
    let _ = read.await.expect("the server hangs up");
    assert!(String::from_utf8(answer).unwrap().starts_with("HTTP/1.1 408"));
    trickle.await.unwrap();
}

#[tokio::test]
async fn a_shutdown_waits_for_the_request_under_way_and_no_longer_than_its_time() {
    let (_mock, server) = server(Limits::default()).await;
    let mut under_way = connect(&server).await;
    let whole = request("ListClusters", "{}");
    let (first, second) = whole.split_at(whole.len() - 1);
    under_way.write_all(first.as_bytes()).await.unwrap();
    // A response on another connection shows that the server has had time to read the first
    // request.
    let mut other = connect(&server).await;
    ask(&mut other, &request("ListClusters", "{}")).await;
    let address = server.addr();
    let ended = tokio::spawn(server.shutdown());
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!ended.is_finished());
    assert!(TcpStream::connect(address).await.is_err());
    let (head, _) = ask(&mut under_way, second).await;
    assert!(head.starts_with("http/1.1 200"), "{head}");
    ended.await.unwrap();

    let limits = Limits { shutdown_time: Duration::from_millis(50), ..Limits::default() };
    let (_mock, server) = self::server(limits).await;
    let mut stuck = connect(&server).await;
    stuck.write_all(first.as_bytes()).await.unwrap();
    ask(&mut connect(&server).await, &whole).await;
    server.shutdown().await;
    assert_eq!(read_to_end(&mut stuck).await, "");
}

#[tokio::test]
async fn the_connection_that_is_idle_longest_makes_room_for_the_next() {
    let (_mock, server) = server(Limits { connections: 3, ..Limits::default() }).await;
    let list = request("ListClusters", "{}");
    let mut kept = Vec::new();
    for _ in 0..3 {
        let mut stream = connect(&server).await;
        assert!(ask(&mut stream, &list).await.0.starts_with("http/1.1 200"));
        kept.push(stream);
    }
    // The first connection is used again, so the second one has been idle longest.
    assert!(ask(&mut kept[0], &list).await.0.starts_with("http/1.1 200"));
    let mut next = connect(&server).await;
    assert!(ask(&mut next, &list).await.0.starts_with("http/1.1 200"));
    assert_eq!(read_to_end(&mut kept[1]).await, "");
    for open in [0, 2] {
        assert!(ask(&mut kept[open], &list).await.0.starts_with("http/1.1 200"));
    }
}

#[tokio::test]
async fn connections_that_never_ask_make_room_as_well() {
    let (_mock, server) = server(Limits { connections: 2, ..Limits::default() }).await;
    let mut silent = connect(&server).await;
    let mut half = connect(&server).await;
    half.write_all(b"POST / HTTP/1.1\r\nhost: ").await.unwrap();
    let mut clients = Vec::new();
    for _ in 0..2 {
        let mut client = connect(&server).await;
        let (head, _) = ask(&mut client, &request("ListClusters", "{}")).await;
        assert!(head.starts_with("http/1.1 200"), "{head}");
        clients.push(client);
    }
    for stream in [&mut silent, &mut half] {
        read_to_end(stream).await;
    }
}
