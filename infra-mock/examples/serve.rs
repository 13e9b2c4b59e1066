//! Serves a mock AWS on a local port:
//! `cargo run -p infra-mock --features server --example serve -- 4566`.

#![expect(clippy::print_stdout, reason = "the example prints the server's address")]

use infra_mock::MockAws;
use infra_mock::server::MockServer;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port = std::env::args().nth(1).map_or(Ok(0), |port| port.parse())?;
    let server = MockServer::bind(MockAws::new(), ("127.0.0.1", port)).await?;
    println!("listening on {}", server.url());
    std::future::pending().await
}
