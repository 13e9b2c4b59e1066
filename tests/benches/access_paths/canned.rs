//! Compares calls to the mock with calls that get a canned answer: a response recorded from the
//! mock.
//!
//! Clock rate and machine load can change within seconds, so short runs of both kinds alternate.
//! Two separate benchmarks would not be comparable to within a few percent.

use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector,
    http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use infra_mock::MockAws;
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::time::Instant;

use super::calls::{CALLS, Call, Clients};
use super::{AccessPath, over_http, runtime, wait, without_retries};

/// An HTTP response recorded from the mock.
#[derive(Clone, Debug)]
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Bytes,
}

/// Forwards requests to the mock and keeps the last response.
#[derive(Debug)]
struct Recorder {
    mock: SharedHttpConnector,
    last: Arc<Mutex<Option<Answer>>>,
}

impl HttpConnector for Recorder {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (answered, last) = (self.mock.call(request), Arc::clone(&self.last));
        HttpConnectorFuture::new(async move {
            let response = answered.await?;
            *last.lock().unwrap_or_else(PoisonError::into_inner) = Some(Answer::of(&response));
            Ok(response)
        })
    }
}

/// Answers every request with this response.
impl HttpConnector for Answer {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::ready(Ok(self.to_sdk()))
    }
}

impl Answer {
    /// Makes a call to a mock and returns the recorded response.
    fn to(call: Call) -> Self {
        let (mock, last) = (MockAws::new(), Arc::new(Mutex::new(None)));
        let (client, kept) = (mock.http_client(), Arc::clone(&last));
        let recorder = http_client_fn(move |settings, components| {
            let mock = client.http_connector(settings, components);
            SharedHttpConnector::new(Recorder { mock, last: Arc::clone(&kept) })
        });
        let config = without_retries(&mock.sdk_config()).to_builder().http_client(recorder).build();
        wait(async { Clients::prepared(&config).await.make(call).await });
        let answer = last.lock().unwrap_or_else(PoisonError::into_inner).take();
        answer.expect("the call was answered")
    }

    fn of(response: &HttpResponse) -> Self {
        let body = response.body().bytes().expect("the mock's responses are not streamed");
        let header = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Self {
            status: response.status().as_u16(),
            headers: response.headers().iter().map(header).collect(),
            body: Bytes::copy_from_slice(body),
        }
    }

    fn to_sdk(&self) -> HttpResponse {
        let status = StatusCode::try_from(self.status).expect("a status");
        let mut response = HttpResponse::new(status, SdkBody::from(self.body.clone()));
        for (name, value) in &self.headers {
            response.headers_mut().insert(name.clone(), value.clone());
        }
        response
    }

    /// Returns an HTTP client for SDK clients. It answers every request with this response, without
    /// opening a socket.
    fn client(self) -> SharedHttpClient {
        let connector = SharedHttpConnector::new(self);
        http_client_fn(move |_, _| connector.clone())
    }

    /// Starts a server that answers every request with this response, and returns the server's URL.
    async fn serve(self) -> io::Result<String> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let mut response = Response::builder().status(self.status);
        for (name, value) in &self.headers {
            response = response.header(name, value);
        }
        let response = response.body(Full::new(self.body)).expect("the mock's headers are valid");
        runtime().spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // Send small responses immediately, as the mock's server does.
                let _ = stream.set_nodelay(true);
                let response = response.clone();
                let service = service_fn(move |request: Request<Incoming>| {
                    let response = response.clone();
                    async move {
                        request.into_body().collect().await?;
                        Ok::<_, hyper::Error>(response)
                    }
                });
                let connection =
                    http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                runtime().spawn(connection);
            }
        });
        Ok(url)
    }
}

/// The number of calls in a run. The calls of a run are consecutive, so the CPU caches are as warm
/// as with a real client.
const RUN: usize = 100;

/// The number of runs of each kind. The result is a median, so a few outliers do not affect it.
const RUNS: usize = 61;

/// The time of calls to the mock, divided by the time of the same calls with a canned answer.
#[derive(Debug, Serialize)]
struct Compared {
    access_path: &'static str,
    call: String,
    ratio: f64,
}

/// Compares all calls in process and on the server, and prints a line of JSON for each.
#[expect(clippy::print_stdout, reason = "a benchmark prints its results")]
pub(super) fn compare() {
    for call in CALLS {
        for (access_path, name) in
            [(AccessPath::InProcess, "in_process"), (AccessPath::Server, "server")]
        {
            let compared = Compared {
                access_path: name,
                call: call.to_string(),
                ratio: ratio(access_path, call),
            };
            println!("{}", serde_json::to_string(&compared).expect("the result is JSON"));
        }
    }
}

fn ratio(access_path: AccessPath, call: Call) -> f64 {
    let (config, mock, server) = access_path.open().expect("moto is not used");
    let answer = Answer::to(call);
    let canned = if server.is_some() {
        over_http(&mock, &wait(answer.serve()).expect("a port is free"))
    } else {
        config.to_builder().http_client(answer.client()).build()
    };
    let (clients, canned) = (wait(Clients::prepared(&config)), Clients::new(&canned));
    let seconds = |clients: &Clients| {
        let begin = Instant::now();
        for _ in 0..RUN {
            wait(clients.make(call));
        }
        begin.elapsed().as_secs_f64()
    };
    let mut ratios: Vec<f64> = (0..RUNS).map(|_| seconds(&clients) / seconds(&canned)).collect();
    ratios.sort_by(f64::total_cmp);
    ratios[RUNS / 2]
}
