//! Measures the time from startup to the first response.

use divan::Bencher;
use infra_mock::MockAws;
use infra_mock::server::MockServer;
use infra_mock::sts::GetCallerIdentityRequest;

use super::{over_http, wait};

#[divan::bench]
fn start_typed() {
    MockAws::new().call(GetCallerIdentityRequest {}).expect("the mock returns an identity");
}

/// The measured time includes creating an SDK client, which takes longer than creating the mock.
#[divan::bench]
fn start_in_process() {
    let client = aws_sdk_sts::Client::new(&MockAws::new().sdk_config());
    wait(client.get_caller_identity().send()).expect("the mock returns an identity");
}

/// The measured time includes binding a port, creating an SDK client and connecting to the server.
#[divan::bench]
fn start_server(bencher: Bencher<'_, '_>) {
    bencher.bench(|| {
        wait(async {
            let mock = MockAws::new();
            let server = MockServer::start(mock.clone()).await.expect("a port is free");
            let client = aws_sdk_sts::Client::new(&over_http(&mock, &server.url()));
            client.get_caller_identity().send().await.expect("the mock returns an identity");
            server
        })
    });
}
