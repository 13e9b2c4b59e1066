//! Tests how options, the environment and configuration files are combined. Each test that reads
//! the environment runs in a separate process with its own environment.

use std::env;
use std::fs;
use std::future::Future;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use aws_credential_types::provider::ProvideCredentials;
use aws_smithy_types::retry::RetryMode;
use infra_core::error::{Effect, ErrorKind};

use super::endpoints::check;
use super::trust::Bundle;
use super::{ConnectOptions, connect, providers, sdk_config};
use crate::testing::of;

const MARKER: &str = "INFRA_AWS_TEST_ALONE";
const ROOT: &str = include_str!("testdata/root.pem");

/// Runs `test` in a child process that has the given `variables` but does not inherit any AWS or
/// proxy variables.
fn alone<F: Future<Output = ()>>(name: &str, variables: &[(&str, &str)], test: impl FnOnce() -> F) {
    if env::var_os(MARKER).is_some() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        return runtime.unwrap().block_on(test());
    }
    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["--exact", &format!("connect::tests::{name}"), "--nocapture"]).env(MARKER, "1");
    for (variable, _) in env::vars_os() {
        let upper = variable.to_string_lossy().to_uppercase();
        if upper.starts_with("AWS_") || upper.ends_with("_PROXY") || upper.ends_with("_CA_BUNDLE") {
            child.env_remove(&variable);
        }
    }
    child
        .env("AWS_CONFIG_FILE", "/nonexistent/config")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent/credentials")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .envs(variables.iter().copied());
    let output = child.output().unwrap();
    let told = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success() && told.contains("1 passed"), "{told}");
}

/// Returns options that need no settings from the environment.
fn complete() -> ConnectOptions {
    ConnectOptions {
        region: Some(of("eu-central-1")),
        endpoint_url: Some("http://127.0.0.1:9".to_owned()),
        ..ConnectOptions::default()
    }
}

/// Creates a temporary directory with one file, and returns the directory and the file's path.
fn file(content: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, content).unwrap();
    (folder, path)
}

#[test]
fn complete_options_do_not_use_the_environment() {
    alone("complete_options_do_not_use_the_environment", &[], || async {
        let config = sdk_config(&complete()).await.unwrap();
        assert_eq!(config.region().unwrap().as_ref(), "eu-central-1");
        assert_eq!(config.endpoint_url(), Some("http://127.0.0.1:9"));
        assert_eq!(config.app_name().unwrap().as_ref(), "ecs-foundation");
        let retries = config.retry_config().unwrap();
        assert_eq!((retries.mode(), retries.max_attempts()), (RetryMode::Standard, 5));
        assert_eq!(providers(&config).unwrap().region(), &of("eu-central-1"));
    });
}

#[test]
fn environment_supplies_missing_options() {
    let variables = [
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:10"),
        ("AWS_MAX_ATTEMPTS", "7"),
        ("AWS_RETRY_MODE", "adaptive"),
    ];
    alone("environment_supplies_missing_options", &variables, || async {
        let config = sdk_config(&ConnectOptions::default()).await.unwrap();
        assert_eq!(config.region().unwrap().as_ref(), "eu-west-1");
        assert_eq!(config.endpoint_url(), Some("http://127.0.0.1:10"));
        let retries = config.retry_config().unwrap();
        assert_eq!((retries.mode(), retries.max_attempts()), (RetryMode::Adaptive, 7));
    });
}

#[test]
fn options_override_the_environment() {
    let variables = [
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ENDPOINT_URL", "a value that is not read"),
        ("AWS_MAX_ATTEMPTS", "7"),
    ];
    alone("options_override_the_environment", &variables, || async {
        let options = ConnectOptions {
            max_attempts: Some(2),
            adaptive_retries: true,
            app_name: Some("my-tool".to_owned()),
            ..complete()
        };
        let config = sdk_config(&options).await.unwrap();
        assert_eq!(config.region().unwrap().as_ref(), "eu-central-1");
        assert_eq!(config.endpoint_url(), Some("http://127.0.0.1:9"));
        assert_eq!(config.app_name().unwrap().as_ref(), "my-tool");
        let retries = config.retry_config().unwrap();
        assert_eq!((retries.mode(), retries.max_attempts()), (RetryMode::Adaptive, 2));
    });
}

#[test]
fn missing_region_is_an_error_with_a_hint() {
    alone("missing_region_is_an_error_with_a_hint", &[], || async {
        let error = connect(&ConnectOptions { region: None, ..complete() }).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        let searched = "no region is set; searched /nonexistent/config (does not exist)";
        assert!(error.message().starts_with(searched), "{error}");
        let hint = error.hint().unwrap();
        assert!(["--region", "AWS_REGION", "profile"].iter().all(|way| hint.contains(way)));
    });
}

#[test]
fn invalid_region_is_an_error_that_names_it() {
    let variables = [("AWS_REGION", "Frankfurt")];
    alone("invalid_region_is_an_error_that_names_it", &variables, || async {
        let error = connect(&ConnectOptions { region: None, ..complete() }).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.message().contains("\"Frankfurt\""), "{error}");
    });
}

#[test]
fn missing_credentials_fail_the_first_call() {
    alone("missing_credentials_fail_the_first_call", &[], || async {
        let providers = connect(&complete()).await.unwrap();
        let error = providers.identity().caller_identity().await.unwrap_err();
        assert_eq!((error.kind(), error.effect()), (ErrorKind::Credentials, Effect::None));
        assert!(error.hint().unwrap().contains("AWS_ACCESS_KEY_ID"), "{error:?}");
        assert!(
            error.message().contains("/nonexistent/credentials"),
            "the error names the files: {error}"
        );
        assert_eq!(error.message().lines().count(), 1);
    });
}

#[test]
fn explicit_profile_overrides_keys_in_the_environment() {
    let profiles = "[default]\naws_access_key_id = DEFAULT\naws_secret_access_key = s\n\
                    [staging]\naws_access_key_id = STAGING\naws_secret_access_key = s\nregion = eu-north-1\n";
    let (_folder, path) = file(profiles);
    let path = path.to_str().unwrap();
    let variables = [
        ("AWS_SHARED_CREDENTIALS_FILE", path),
        ("AWS_ACCESS_KEY_ID", "ENVIRONMENT"),
        ("AWS_SECRET_ACCESS_KEY", "s"),
    ];
    let name = "explicit_profile_overrides_keys_in_the_environment";
    alone(name, &variables, || async {
        let key = async |options| {
            let config = sdk_config(&options).await.unwrap();
            let provider = config.credentials_provider().unwrap();
            provider.provide_credentials().await.map(|keys| keys.access_key_id().to_owned())
        };
        assert_eq!(key(complete()).await.unwrap(), "ENVIRONMENT");
        let staging = ConnectOptions { profile: Some("staging".to_owned()), ..complete() };
        assert_eq!(key(staging.clone()).await.unwrap(), "STAGING");
        let region = sdk_config(&ConnectOptions { region: None, ..staging }).await.unwrap();
        assert_eq!(region.region().unwrap().as_ref(), "eu-north-1");
        let missing = ConnectOptions { profile: Some("missing".to_owned()), ..complete() };
        let error = sdk_config(&missing).await.unwrap_err();
        assert!(
            error.message().starts_with("profile \"missing\" (--profile) does not exist"),
            "{error}"
        );
    });
}

#[test]
fn invalid_retry_settings_are_errors_and_do_not_panic() {
    let variables = [("AWS_MAX_ATTEMPTS", "many")];
    alone("invalid_retry_settings_are_errors_and_do_not_panic", &variables, || async {
        let error = connect(&complete()).await.unwrap_err();
        assert_eq!(
            error.message(),
            "AWS_MAX_ATTEMPTS is \"many\", which is not a positive whole number"
        );
    });
}

#[test]
fn bundle_in_the_environment_is_only_read_for_https() {
    let variables = [("AWS_CA_BUNDLE", "/nonexistent/bundle.pem")];
    alone("bundle_in_the_environment_is_only_read_for_https", &variables, || async {
        sdk_config(&complete()).await.unwrap();
        let error =
            connect(&ConnectOptions { endpoint_url: None, ..complete() }).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert_eq!(
            error.message(),
            "the certificate file /nonexistent/bundle.pem (AWS_CA_BUNDLE) cannot be read"
        );
        assert!(error.hint().unwrap().contains("AWS_CA_BUNDLE"));
    });
}

#[test]
fn explicit_bundle_is_always_read_and_overrides_the_environment() {
    let (_folder, path) = file(ROOT);
    let path = path.to_str().unwrap();
    let variables = [("AWS_CA_BUNDLE", "/nonexistent/bundle.pem"), ("GOOD_BUNDLE", path)];
    alone("explicit_bundle_is_always_read_and_overrides_the_environment", &variables, || async {
        let with = |file: PathBuf| ConnectOptions { ca_bundle: Some(file), ..complete() };
        let error = connect(&with("/nonexistent/mine.pem".into())).await.unwrap_err();
        assert!(error.message().contains("/nonexistent/mine.pem (--ca-bundle)"), "{error}");
        let good = PathBuf::from(env::var_os("GOOD_BUNDLE").unwrap());
        connect(&ConnectOptions { endpoint_url: None, ..with(good) }).await.unwrap();
    });
}

#[test]
fn bundle_without_usable_certificates_is_an_error_with_the_reason() {
    let no_certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let key = ROOT.replace("CERTIFICATE", "PRIVATE KEY");
    let cases = [
        ("", "contains no usable certificate"),
        ("no PEM", "contains no usable certificate"),
        (no_certificate, "contains no usable certificate"),
        (&key, "contains no usable certificate"),
        (&ROOT[..ROOT.len() / 2], "is damaged"),
    ];
    for (content, why) in cases {
        let (_folder, path) = file(content);
        let error = Bundle::read(&path, "--ca-bundle").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.message().ends_with(why), "{content}: {error}");
        assert!(error.hint().is_some());
    }
}

#[test]
fn one_usable_certificate_is_sufficient() {
    let no_certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let (_folder, path) = file(&format!("# a comment\n{no_certificate}{ROOT}"));
    Bundle::read(&path, "--ca-bundle").unwrap();
    let error = Bundle::later("/nonexistent", "AWS_CA_BUNDLE").trusted().unwrap_err();
    assert!(error.message().contains("AWS_CA_BUNDLE"));
    assert!(Bundle::read(Path::new("/"), "--ca-bundle").is_err());
}

#[test]
fn endpoint_must_be_an_http_or_https_url() {
    for good in ["http://127.0.0.1:4566", "HTTPS://example.org", "http://[::1]:80/x"] {
        assert!(check(good, "--endpoint-url").is_ok());
    }
    for bad in
        ["127.0.0.1:4566", "localhost", "ftp://x", "http:/x", "http://", "http:///x", "http://a b"]
    {
        let error = check(bad, "--endpoint-url").unwrap_err();
        assert!(error.message().starts_with("--endpoint-url is"), "{error}");
    }
}

#[test]
fn debug_output_contains_no_secrets() {
    let variables = [("AWS_ACCESS_KEY_ID", "AKIDSECRET"), ("AWS_SECRET_ACCESS_KEY", "verysecret")];
    alone("debug_output_contains_no_secrets", &variables, || async {
        let url = "http://me:verysecret@127.0.0.1:9/x@y".to_owned();
        let options = ConnectOptions { endpoint_url: Some(url), ..complete() };
        let told = format!("{options:?} {:?}", connect(&options).await.unwrap());
        assert!(told.contains("http://***@127.0.0.1:9/x@y"), "{told}");
        assert!(!told.to_lowercase().contains("secret"), "{told}");
    });
}

async fn access_key_with_placeholders() -> String {
    let options = ConnectOptions { placeholder_keys: true, ..complete() };
    let config = sdk_config(&options).await.unwrap();
    let keys = config.credentials_provider().unwrap().provide_credentials().await.unwrap();
    keys.access_key_id().to_owned()
}

#[test]
fn placeholder_keys_are_used_without_other_credentials() {
    alone("placeholder_keys_are_used_without_other_credentials", &[], || async {
        assert_eq!(access_key_with_placeholders().await, "test");
    });
}

#[test]
fn placeholder_keys_are_overridden_by_the_environment() {
    let keys = [("AWS_ACCESS_KEY_ID", "mine"), ("AWS_SECRET_ACCESS_KEY", "secret")];
    alone("placeholder_keys_are_overridden_by_the_environment", &keys, || async {
        assert_eq!(access_key_with_placeholders().await, "mine");
    });
}

#[test]
fn endless_response_is_an_error() {
    alone("endless_response_is_an_error", &[], || async {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint_url = Some(format!("http://{}", listener.local_addr().unwrap()));
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                // If the server responded before it read the request, the client would report a
                // different error.
                let _ = stream.read(&mut [0; 4096]);
                // Send data until the client closes the connection.
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
                while stream.write_all(&vec![b' '; 0x10000]).is_ok() {}
            }
        });
        let options = ConnectOptions {
            region: Some(of("us-east-1")),
            endpoint_url,
            placeholder_keys: true,
            max_attempts: Some(1),
            ..ConnectOptions::default()
        };
        let error = connect(&options).await.unwrap().location().await.unwrap_err();
        assert_eq!(error.message(), "the response is larger than 16 MiB", "{error:?}");
        assert_eq!(error.kind(), ErrorKind::Service);
    });
}

/// A configuration file with every kind of section.
const CONFIG: &str = "\
[default]
region = eu-west-1
output = json
s3 =
  max_concurrent_requests = 20
[profile admin]
role_arn = arn:aws:iam::123456789012:role/admin
source_profile = default
[sso-session corp]
sso_region = us-east-1
sso_start_url = https://corp.awsapps.com/start
[services local]
iam =
  endpoint_url = http://127.0.0.1:9
";

/// The profile keys that this crate or aws-config reads.
const KEYS: &[&str] = &[
    "account_id_endpoint_mode",
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
    "ca_bundle",
    "credential_process",
    "credential_source",
    "defaults_mode",
    "disable_request_compression",
    "duration_seconds",
    "ec2_metadata_service_endpoint",
    "ec2_metadata_service_endpoint_mode",
    "ec2_metadata_v1_disabled",
    "endpoint_url",
    "external_id",
    "ignore_configured_endpoint_urls",
    "login_session",
    "max_attempts",
    "mfa_serial",
    "region",
    "request_checksum_calculation",
    "request_min_compression_size_bytes",
    "response_checksum_validation",
    "retry_mode",
    "role_arn",
    "role_session_name",
    "sdk_ua_app_id",
    "services",
    "sigv4a_signing_region_set",
    "source_profile",
    "sso_account_id",
    "sso_region",
    "sso_role_name",
    "sso_session",
    "sso_start_url",
    "use_dualstack_endpoint",
    "use_fips_endpoint",
    "web_identity_token_file",
];

const VALUES: &[&str] = &[
    "",
    " ",
    "0",
    "-1",
    "1.5",
    "99999999999999999999",
    "true",
    "default",
    "legacy",
    "adaptive",
    "auto",
    "é",
    "\u{202e}",
    "a\u{0}b",
    "%",
    "[",
    "a b",
    "'\"",
    "/nonexistent",
    "http://",
    "http://[::1",
    "https://user:secret@",
    "://",
    "arn:aws:iam::1:role/x",
    "\n  region = x",
];

/// Writes a configuration file and loads it as a program would. Returns `false` if loading it
/// panics.
async fn survives(path: &Path, text: &str) -> bool {
    fs::write(path, text).unwrap();
    let load = async {
        if let Ok(config) = sdk_config(&ConnectOptions::default()).await {
            let _ = providers(&config);
        }
    };
    tokio::spawn(load).await.is_ok()
}

#[test]
fn nothing_in_a_configuration_file_causes_a_panic() {
    let (_folder, path) = file("");
    // Loading a single trusted certificate takes less time than loading those of this machine.
    let trusted = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (_bundle_folder, bundle) = file(&trusted.cert.pem());
    let variables = [
        ("AWS_CONFIG_FILE", path.to_str().unwrap()),
        ("SSL_CERT_FILE", bundle.to_str().unwrap()),
        ("SSL_CERT_DIR", ""),
    ];
    alone("nothing_in_a_configuration_file_causes_a_panic", &variables, || async {
        let path = PathBuf::from(env::var_os("AWS_CONFIG_FILE").unwrap());
        assert!(survives(&path, CONFIG).await);
        let mut fatal = Vec::new();
        for key in KEYS {
            for value in VALUES {
                let line = format!("[default]\n{key} = {value}\n");
                let text = CONFIG.replacen("[default]\n", &line, 1);
                if !survives(&path, &text).await {
                    fatal.push(format!("{key} = {value:?}"));
                }
            }
        }
        // For each character, load the text without it, and with each of the parser's special
        // characters in its place.
        for (at, _) in CONFIG.char_indices() {
            for other in ["", "[", "=", "\n", "\u{0}"] {
                let text = format!("{}{other}{}", &CONFIG[..at], &CONFIG[at + 1..]);
                if !survives(&path, &text).await {
                    fatal.push(text);
                }
            }
        }
        assert_eq!(fatal, [""; 0]);
    });
}
