//! Which providers a configuration leads to.

use infra_aws::ConnectOptions;
use infra_core::arn::Region;
use infra_core::provider::Providers;
use infra_mock::MockAws;

use crate::config::{Backend, Config};
use crate::failure::{Failure, Kind, Problem};
use crate::printer::Printer;

/// Where LocalStack listens unless told otherwise.
const LOCALSTACK: &str = "http://localhost:4566";

/// The region of emulators where none is named, which is theirs.
const EMULATED_REGION: &str = "us-east-1";

/// Connects to what the configuration names. On AWS this reads credentials, but calls no service.
pub(crate) async fn connect(config: &Config, printer: &Printer) -> Result<Providers, Failure> {
    match config.backend {
        Backend::Memory => memory(config, printer),
        Backend::Aws => aws(options(config)).await,
        Backend::LocalStack => {
            let mut options = ConnectOptions { placeholder_keys: true, ..options(config) };
            options.endpoint_url.get_or_insert_with(|| LOCALSTACK.to_owned());
            if options.region.is_none() {
                options.region = Some(emulated_region()?);
            }
            aws(options).await
        }
    }
}

fn options(config: &Config) -> ConnectOptions {
    // On this machine nothing gets lost on the way: what does not listen will not a few seconds later.
    let local = config.endpoint_url.as_deref().is_some_and(is_loopback);
    ConnectOptions {
        max_attempts: local.then_some(2),
        region: config.region.clone(),
        profile: config.profile.clone(),
        endpoint_url: config.endpoint_url.clone(),
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
    let mock = MockAws::open_file(file, region)
        .map_err(|error| Failure::new(Kind::Backend, Problem::of(&error).help(error.hint())))?;
    Ok(mock.providers())
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
