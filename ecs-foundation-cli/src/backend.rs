//! Which providers a configuration leads to.

mod localstack;

use infra_aws::ConnectOptions;
use infra_core::arn::Region;
use infra_core::provider::Providers;
use infra_mock::api::Service;
use infra_mock::{MockAws, SnapshotError};

use crate::config::{Backend, Config};
use crate::failure::{Failure, Kind, Problem};
use crate::printer::Printer;

/// The region of emulators where none is named, which is theirs.
const EMULATED_REGION: &str = "us-east-1";

/// What a configuration leads to.
#[derive(Debug)]
pub(crate) struct Connection {
    /// The providers.
    pub(crate) providers: Providers,
    /// The services that the embedded mock stands in for beside another backend.
    pub(crate) in_memory: Vec<Service>,
}

/// Connects to what the configuration names. On AWS this reads credentials, but calls no service.
pub(crate) async fn connect(config: &Config, printer: &Printer) -> Result<Connection, Failure> {
    let whole = |providers| Connection { providers, in_memory: Vec::new() };
    match config.backend {
        Backend::Memory => memory(config, printer).map(whole),
        Backend::Aws => aws(options(config, config.endpoint_url.as_deref())).await.map(whole),
        Backend::LocalStack => localstack::connect(config, printer).await,
    }
}

fn options(config: &Config, endpoint_url: Option<&str>) -> ConnectOptions {
    // On this machine nothing gets lost on the way: what does not listen will not a few seconds later.
    let local = endpoint_url.is_some_and(is_loopback);
    ConnectOptions {
        max_attempts: local.then_some(2),
        region: config.region.clone(),
        profile: config.profile.clone(),
        endpoint_url: endpoint_url.map(str::to_owned),
        ca_bundle: config.ca_bundle.clone(),
        ..ConnectOptions::default()
    }
}

/// A URL to show: a name and password in it are nobody's business.
pub(crate) fn without_userinfo(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

/// Whether a URL leads to this machine.
fn is_loopback(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or(rest);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    ["localhost", "127.", "[::1]"].iter().any(|local| host.starts_with(local))
}

async fn aws(options: ConnectOptions) -> Result<Providers, Failure> {
    // The whole credential chain is in that future, far too much for every caller's stack.
    Box::pin(infra_aws::connect(&options)).await.map_err(|error| Failure::aws([&error]))
}

fn memory(config: &Config, printer: &Printer) -> Result<Providers, Failure> {
    let file = &config.memory_file;
    printer.talk_once(&format!(
        "note: backend memory: nothing is created in AWS, all is kept in {}\n",
        file.display()
    ));
    let region = match &config.region {
        Some(region) => region.clone(),
        None => emulated_region()?,
    };
    let mock = MockAws::open_file(file, region).map_err(|error| unusable(&error))?;
    Ok(mock.providers())
}

/// The file of the embedded mock cannot be used.
fn unusable(error: &SnapshotError) -> Failure {
    Failure::new(Kind::Backend, Problem::of(error).help(error.hint()))
}

fn emulated_region() -> Result<Region, Failure> {
    let region = EMULATED_REGION.parse::<Region>();
    region.map_err(|error| Failure::new(Kind::Configuration, Problem::of(&error)))
}

#[cfg(test)]
mod tests {
    use super::{is_loopback, without_userinfo};

    #[test]
    fn a_password_in_a_url_is_not_shown() {
        assert_eq!(without_userinfo("http://127.0.0.1:1/x@y"), "http://127.0.0.1:1/x@y");
        assert_eq!(without_userinfo("https://me:secret@host:1/x"), "https://host:1/x");
    }

    #[test]
    fn this_machine_is_told_from_others() {
        for url in [
            "http://localhost:4566",
            "http://127.0.0.1:5000/",
            "https://[::1]:9297",
            "http://a@127.0.0.1",
        ] {
            assert!(is_loopback(url), "{url}");
        }
        for url in
            ["http://10.0.0.1:4566", "https://ecs.us-east-1.amazonaws.com", "http://x/127.0.0.1"]
        {
            assert!(!is_loopback(url), "{url}");
        }
    }
}
