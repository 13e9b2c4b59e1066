//! Benchmarks calls that get a canned answer: a response recorded from the mock.
//!
//! To find out how long the mock itself takes, subtract the time of a canned call from the time of
//! the same call through an access path.

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
use divan::Bencher;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use infra_mock::MockAws;
use tokio::net::TcpListener;

use super::calls::{CALLS, Call, Clients};
use super::{over_http, runtime, wait, without_retries};

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
        http_client_fn(move |_, _| SharedHttpConnector::new(self.clone()))
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

#[divan::bench(args = CALLS, sample_count = 10_000)]
fn in_process(bencher: Bencher<'_, '_>, call: Call) {
    let config = without_retries(&MockAws::new().sdk_config());
    let config = config.to_builder().http_client(Answer::to(call).client()).build();
    let clients = Clients::new(&config);
    bencher.bench(|| wait(clients.make(call)));
}

#[divan::bench(args = CALLS, sample_count = 1_000)]
fn server(bencher: Bencher<'_, '_>, call: Call) {
    let url = wait(Answer::to(call).serve()).expect("a port is free");
    let clients = Clients::new(&over_http(&MockAws::new(), &url));
    bencher.bench(|| wait(clients.make(call)));
}
