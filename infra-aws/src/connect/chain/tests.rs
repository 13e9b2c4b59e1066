//! Tests of the precedence of credential sources. These tests use only files and variables. Tests
//! in ecs-foundation-cli run the AWS CLI in the same situations and expect the same results.

use super::super::settings::example;
use super::{Source, source};

fn found(
    profile: Option<&str>,
    variables: &[(&str, &str)],
    config: &str,
    credentials: &str,
) -> Source {
    source(&example(profile, variables, config, credentials).unwrap()).unwrap()
}

fn key(source: &Source) -> &str {
    match source {
        Source::Keys(keys) => &keys.id,
        other => panic!("{other:?}"),
    }
}

const KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "ENV"), ("AWS_SECRET_ACCESS_KEY", "s")];
const BASE: &str = "[base]\naws_access_key_id = BASE\naws_secret_access_key = s\n";

#[test]
fn environment_keys_override_everything_except_an_explicit_profile() {
    let mut variables = KEYS.to_vec();
    variables.push(("AWS_PROFILE", "base"));
    assert_eq!(key(&found(None, &variables, "", BASE)), "ENV");
    assert_eq!(key(&found(Some("base"), &variables, "", BASE)), "BASE");
}

#[test]
fn container_and_instance_are_the_last_sources() {
    assert_eq!(found(None, &[], "", ""), Source::Instance);
    let container = [("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/x")];
    let config = "[profile only]\nregion = eu-west-1\n";
    assert_eq!(found(Some("only"), &container, config, ""), Source::Container);
    assert_eq!(found(None, &[("AWS_PROFILE", "only")], config, ""), Source::Instance);
}

#[test]
fn role_contains_everything_the_call_needs() {
    let config = "[profile a]\nrole_arn = arn:a\nsource_profile = base\nmfa_serial = mfa\nexternal_id = ext\n\
                  duration_seconds = 900\nrole_session_name = me\n";
    let Source::Role { base, role } = found(Some("a"), &[], config, BASE) else { panic!("a role") };
    assert_eq!(key(&base), "BASE");
    let told = format!("{role:?}");
    for part in ["arn:a", "me", "ext", "900", "mfa"] {
        assert!(told.contains(part), "{told}");
    }
}

#[test]
fn interactive_sources_are_recognized() {
    let is_interactive = |config: &str| found(Some("a"), &[], config, BASE).is_interactive();
    assert!(is_interactive("[profile a]\ncredential_process = x\n"));
    assert!(is_interactive("[profile a]\nrole_arn = r\nsource_profile = base\nmfa_serial = m\n"));
    assert!(is_interactive(
        "[profile a]\nrole_arn = r\nsource_profile = b\n[profile b]\ncredential_process = x\n"
    ));
    assert!(!is_interactive("[profile a]\nrole_arn = r\nsource_profile = base\n"));
}

#[test]
fn debug_output_contains_no_secrets() {
    let settings = example(
        None,
        &[],
        "",
        "[default]\naws_access_key_id = A\naws_secret_access_key = SECRET\n",
    );
    let settings = settings.unwrap();
    let told = format!("{settings:?} {:?}", source(&settings).unwrap());
    assert!(!told.contains("SECRET"), "{told}");
}

#[test]
fn multi_line_secret_is_not_shown() {
    let file = "[default]\naws_access_key_id = A\naws_secret_access_key =\n  SECRET = x\n";
    let error = source(&example(None, &[], "", file).unwrap()).unwrap_err();
    assert!(error.message().ends_with("line 3: the value has more than one line"), "{error}");
}
