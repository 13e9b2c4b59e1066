//! A server that stands in for AWS. The server answers requests for credentials itself and forwards
//! all other calls to the mock.
//!
//! An access key ID that consists of twelve digits belongs to the account with that ID, both here
//! and in the mock. A call that assumes a role returns keys for the account in the role's ARN, and
//! IAM Identity Center returns keys for the requested account. The container endpoint returns keys
//! for account 444444444444, and the instance metadata service returns keys for account
//! 555555555555.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use infra_mock::MockAws;
use infra_mock::server::Limits;

use crate::sandbox::Sandbox;

const EXPIRY: &str = "2099-01-01T00:00:00Z";

/// The calls that were made.
#[derive(Debug, Default)]
struct Log {
    calls: Vec<String>,
    /// The last call to `GetCallerIdentity`: `ACCOUNT in REGION at ENDPOINT`.
    identity: Option<String>,
}

/// Two endpoints that serve the same mock, and an address on which no server listens.
pub(super) struct Server {
    main: SocketAddr,
    other: SocketAddr,
    closed: SocketAddr,
    log: Arc<Mutex<Log>>,
    _mock: Sandbox,
}

impl Server {
    pub(super) fn start() -> Self {
        let mut limits = Limits::default();
        // Requests that the program sends through a proxy contain this host name.
        limits.allowed_hosts.push("sts.example.com".to_owned());
        let mock = Sandbox::served_within(&limits, MockAws::builder());
        let behind: SocketAddr = mock.url().trim_start_matches("http://").parse().unwrap();
        let log = Arc::<Mutex<Log>>::default();
        let listen = |name: &'static str| {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let (address, log) = (listener.local_addr().unwrap(), Arc::clone(&log));
            // The threads run until the test process ends.
            thread::spawn(move || {
                for stream in listener.incoming().flatten() {
                    let log = Arc::clone(&log);
                    thread::spawn(move || serve(name, stream, behind, &log));
                }
            });
            address
        };
        let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        Self { main: listen("main"), other: listen("other"), closed, log, _mock: mock }
    }

    /// Replaces the placeholders in a string with the addresses of the endpoints.
    pub(super) fn fill(&self, text: &str) -> String {
        text.replace("{main}", &format!("http://{}", self.main))
            .replace("{other}", &format!("http://{}", self.other))
            .replace("{closed}", &format!("http://{}", self.closed))
            .replace("{main-host}", &self.main.to_string())
            .replace("{other-host}", &self.other.to_string())
    }

    /// Returns the calls recorded since `take` was last called, and clears the record.
    pub(super) fn take(&self) -> (Vec<String>, Option<String>) {
        let Log { calls, identity } = std::mem::take(&mut *self.log.lock().unwrap());
        (calls, identity)
    }
}

/// A received request.
struct Request {
    raw: Vec<u8>,
    line: String,
    headers: BTreeMap<String, String>,
    form: BTreeMap<String, String>,
}

impl Request {
    fn read(stream: &TcpStream) -> Option<Self> {
        let mut reader = BufReader::new(stream);
        let mut raw = Vec::new();
        let mut lines = Vec::new();
        loop {
            let start = raw.len();
            reader.read_until(b'\n', &mut raw).ok().filter(|&length| length > 0)?;
            let line = String::from_utf8_lossy(&raw[start..]).trim_end().to_owned();
            if line.is_empty() {
                break;
            }
            lines.push(line);
        }
        let header = |line: &String| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_lowercase(), value.trim().to_owned()))
        };
        let headers: BTreeMap<_, _> = lines.iter().skip(1).filter_map(header).collect();
        let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let text = String::from_utf8_lossy(&body).into_owned();
        let line = lines.first()?.clone();
        let query =
            line.split_once('?').map_or("", |(_, rest)| rest.split(' ').next().unwrap_or(""));
        let form = format!("{query}&{text}");
        let form = form.split('&').filter_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            Some((name.to_owned(), decoded(value)))
        });
        let form = form.collect();
        raw.extend(body);
        Some(Self { raw, line, headers, form })
    }

    /// Returns the access key ID and the region from the signature of a request.
    fn scope(&self) -> Option<(String, String)> {
        let (_, rest) = self.headers.get("authorization")?.split_once("Credential=")?;
        let parts: Vec<&str> = rest.split(['/', ',']).collect();
        Some(((*parts.first()?).to_owned(), (*parts.get(2)?).to_owned()))
    }

    fn field(&self, name: &str) -> &str {
        self.form.get(name).map_or("-", String::as_str)
    }
}

fn serve(endpoint: &str, mut stream: TcpStream, mock: SocketAddr, log: &Mutex<Log>) {
    let Some(request) = Request::read(&stream) else { return };
    let note = |call: String| log.lock().unwrap().calls.push(call);
    let (caller, region) = request.scope().unwrap_or_else(|| ("nobody".to_owned(), "-".to_owned()));
    let action = request.field("Action");
    let path = request.line.split(' ').nth(1).unwrap_or_default();
    let path = path.split('?').next().unwrap_or_default();
    let answer = match action {
        "AssumeRole" | "AssumeRoleWithWebIdentity" => {
            let [role, external, serial, code, seconds, token, session] = [
                "RoleArn",
                "ExternalId",
                "SerialNumber",
                "TokenCode",
                "DurationSeconds",
                "WebIdentityToken",
                "RoleSessionName",
            ]
            .map(|name| request.field(name));
            let session = if session.starts_with("my-") { session } else { "(any)" };
            note(format!(
                "{action} by {caller} in {region} at {endpoint}: {role} external id {external}, MFA {serial} {code}, \
                 {seconds} seconds, token {token}, session {session}"
            ));
            let account = role.split(':').nth(4).unwrap_or("-");
            Some(("text/xml", assumed(action, account)))
        }
        "GetCallerIdentity" => {
            if path.starts_with("http://") {
                note("through a proxy".to_owned());
            }
            log.lock().unwrap().identity = Some(format!("{caller} in {region} at {endpoint}"));
            None
        }
        _ => match path {
            "/federation/credentials" => {
                let account = request.field("account_id");
                let token = request.headers.get("x-amz-sso_bearer_token");
                note(format!(
                    "GetRoleCredentials at {endpoint}: {account} {} token {}",
                    request.field("role_name"),
                    token.map_or("-", String::as_str)
                ));
                let keys = format!(
                    r#"{{"roleCredentials": {{"accessKeyId": "{account}", "secretAccessKey": "s", "sessionToken": "t", "expiration": 4070908800000}}}}"#
                );
                Some(("application/json", keys))
            }
            "/container" => {
                let token = request.headers.get("authorization");
                note(format!("container with token {}", token.map_or("-", String::as_str)));
                Some(("application/json", keys("444444444444")))
            }
            "/latest/api/token" => Some(("text/plain", "a-token".to_owned())),
            "/latest/meta-data/iam/security-credentials/" => {
                Some(("text/plain", "a-role".to_owned()))
            }
            "/latest/meta-data/iam/security-credentials/a-role" => {
                Some(("application/json", keys("555555555555")))
            }
            "/latest/meta-data/placement/region" => {
                Some(("text/plain", "ap-southeast-2".to_owned()))
            }
            _ => None,
        },
    };
    let answer = match answer {
        Some((kind, body)) => format!(
            "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\nx-aws-ec2-metadata-token-ttl-seconds: 21600\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        )
        .into_bytes(),
        None if request.line.starts_with("CONNECT ") => {
            note(request.line.clone());
            b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_vec()
        }
        None => forward(&request, mock).unwrap_or_default(),
    };
    // Ignore errors, because the client may have closed the connection.
    let _ = stream.write_all(&answer).and_then(|()| stream.shutdown(Shutdown::Both));
}

/// Forwards a request to the mock and returns the response.
fn forward(request: &Request, mock: SocketAddr) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(mock)?;
    // Ask the mock to close the connection after one response.
    let head = String::from_utf8_lossy(&request.raw).into_owned();
    let path = request.line.split(' ').nth(1).unwrap_or("/");
    let plain = if path.starts_with("http://") { head.replacen(path, "/", 1) } else { head };
    let (line, rest) = plain.split_once("\r\n").unwrap_or((&plain, ""));
    let rest: Vec<&str> =
        rest.split("\r\n").filter(|line| !line.to_lowercase().starts_with("connection:")).collect();
    write!(stream, "{line}\r\nconnection: close\r\n{}", rest.join("\r\n"))?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(answer)
}

fn keys(account: &str) -> String {
    format!(
        r#"{{"Code": "Success", "Type": "AWS-HMAC", "AccessKeyId": "{account}", "SecretAccessKey": "s", "Token": "t", "LastUpdated": "2026-01-01T00:00:00Z", "Expiration": "{EXPIRY}"}}"#
    )
}

fn assumed(action: &str, account: &str) -> String {
    format!(
        "<{action}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{action}Result><Credentials>\
         <AccessKeyId>{account}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>\
         <Expiration>{EXPIRY}</Expiration></Credentials><AssumedRoleUser>\
         <Arn>arn:aws:sts::{account}:assumed-role/x/y</Arn><AssumedRoleId>AROA:y</AssumedRoleId></AssumedRoleUser>\
         </{action}Result><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></{action}Response>"
    )
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let mut hex = || rest.next().and_then(|digit| char::from(digit).to_digit(16)).unwrap_or(0);
        bytes.push(match byte {
            b'%' => u8::try_from(hex() * 16 + hex()).unwrap_or(b'?'),
            b'+' => b' ',
            other => other,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
