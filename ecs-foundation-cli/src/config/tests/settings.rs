//! Tests that each setting is read from the right sources, in the right order of precedence.

use std::path::Path;

use infra_core::foundation::ManagedStorageSettings;

use super::super::{
    Backend, Config, EndpointUrl, MissingServices, Overrides, Place, Setting, Sources, load,
};
use super::{accept, accept_with, flags, refuse, variables};

const BOTH: &str =
    "project_name = 'file'\nregion = 'eu-west-1'\n[environments.dev]\nregion = 'eu-west-2'";

fn region(config: &Config) -> &str {
    config.region.as_ref().map_or("none", |region| region.as_str())
}

#[test]
fn flags_beat_variables_beat_the_environment_s_table_beats_the_file() {
    let top = BOTH.replace("environments.dev", "environments.staging");
    assert_eq!(region(&accept("project_name = 'file'")), "none");
    assert_eq!(region(&accept(&top)), "eu-west-1");
    assert_eq!(region(&accept(BOTH)), "eu-west-2");
    let config = accept_with(BOTH, &variables(&[("AWS_DEFAULT_REGION", "us-east-1")]));
    assert_eq!(region(&config), "us-east-1");
    let aws = [("AWS_DEFAULT_REGION", "us-east-1"), ("AWS_REGION", "us-east-2")];
    assert_eq!(region(&accept_with(BOTH, &variables(&aws))), "us-east-2");
    let own = [aws[0], aws[1], ("ECS_FOUNDATION_REGION", "us-west-1")];
    assert_eq!(region(&accept_with(BOTH, &variables(&own))), "us-west-1");
    let flag = variables(&own).with_flag(Setting::Region, "us-west-2");
    assert_eq!(region(&accept_with(BOTH, &flag)), "us-west-2");
}

#[test]
fn every_setting_can_be_given_by_flag_and_by_variable() {
    let values = [
        (Setting::ProjectName, "shop"),
        (Setting::Environment, "staging"),
        (Setting::Backend, "localstack"),
        (Setting::Region, "eu-west-1"),
        (Setting::Partition, "aws-eusc"),
        (Setting::Profile, "me"),
        (Setting::EndpointUrl, "https://localhost:4566"),
        (Setting::CaBundle, "ca.pem"),
        (Setting::MissingServices, "memory"),
        (Setting::MemoryFile, "m.json"),
        (Setting::Parallelism, "3"),
    ];
    assert_eq!(values.map(|(setting, _)| setting), Setting::ALL);
    let by_variable = values.map(|(setting, value)| (setting.variables()[0], value));
    for overrides in [flags(&values), variables(&by_variable)] {
        let config = accept_with("project_name = 'file'\nbackend = 'aws'", &overrides);
        assert_eq!(config.spec.base_name(), "shop-staging");
        assert_eq!(config.backend, Backend::LocalStack);
        assert_eq!(region(&config), "eu-west-1");
        assert_eq!(config.partition, Some(infra_core::arn::Partition::AwsEusc));
        assert_eq!(config.profile.as_deref(), Some("me"));
        assert_eq!(
            config.endpoint_url.as_ref().map(EndpointUrl::as_str),
            Some("https://localhost:4566")
        );
        assert_eq!(config.ca_bundle.as_deref(), Some(Path::new("ca.pem")));
        assert_eq!(config.missing_services, MissingServices::Memory);
        assert_eq!(config.memory_file, Path::new("m.json"));
        assert_eq!(config.parallelism.map(usize::from), Some(3));
    }
}

#[test]
fn an_empty_variable_counts_as_none() {
    let config =
        accept_with(BOTH, &variables(&[("AWS_REGION", ""), ("ECS_FOUNDATION_REGION", "")]));
    assert_eq!(region(&config), "eu-west-2");
}

#[test]
fn without_a_file_the_backend_is_aws_and_the_environment_dev() {
    let config = accept("project_name = 'shop'");
    assert_eq!((config.backend, config.spec.base_name()), (Backend::Aws, "shop-dev".to_owned()));
    assert_eq!(config.memory_file, Path::new(".ecs-foundation/memory.json"));
    assert_eq!(config.origin(Setting::Backend), None);
}

#[test]
fn beside_localstack_another_file_is_kept_and_missing_services_are_an_error() {
    let config = accept("project_name = 'shop'\nbackend = 'localstack'");
    assert_eq!(config.missing_services, MissingServices::Error);
    assert_eq!(config.memory_file, Path::new(".ecs-foundation/localstack.json"));
    let text = "project_name = 'shop'\nbackend = 'localstack'\nmissing_services = 'memory'";
    assert_eq!(accept(text).missing_services, MissingServices::Memory);
}

#[test]
fn the_origin_of_a_setting_is_known() {
    let config = accept_with(BOTH, &flags(&[(Setting::Backend, "memory")]));
    let origin = |setting| config.origin(setting).map(Place::to_string);
    assert_eq!(origin(Setting::Backend).as_deref(), Some("--backend"));
    assert_eq!(origin(Setting::Region).as_deref(), Some("ecs-foundation.toml:4:10"));
    assert_eq!(origin(Setting::Profile), None);
}

#[test]
fn an_environment_replaces_values_and_lists_and_adds_to_tables() {
    let text = "
        project_name = 'shop'
        environment = 'dev'
        [tags]
        team = 'a'
        level = 'low'
        [cluster]
        container_insights = 'enhanced'
        capacity_providers = ['FARGATE', 'own']
        [cluster.execute_command]
        logging = 'OVERRIDE'
        s3_bucket = 'sessions'
        [[cluster.default_capacity_provider_strategy]]
        capacity_provider = 'own'
        weight = 1
        [environments.staging]
        project_name = 'store'
        [environments.staging.tags]
        level = 'high'
        [environments.staging.cluster]
        capacity_providers = ['FARGATE']
        execute_command.s3_bucket = 'staging'
        managed_storage = {}
        [[environments.staging.cluster.default_capacity_provider_strategy]]
        capacity_provider = 'FARGATE'
        weight = 2
    ";
    let spec = accept_with(text, &flags(&[(Setting::Environment, "staging")])).spec;
    assert_eq!(spec.base_name(), "store-staging");
    assert_eq!(spec.tags.iter().collect::<Vec<_>>(), [("level", "high"), ("team", "a")]);
    assert_eq!(spec.cluster.container_insights.as_str(), "enhanced");
    assert_eq!(spec.cluster.capacity.providers.iter().collect::<Vec<_>>(), ["FARGATE"]);
    assert_eq!(spec.cluster.capacity.default_strategy.len(), 1);
    let command = spec.cluster.execute_command.unwrap();
    assert_eq!(command.logging.as_str(), "OVERRIDE");
    assert_eq!(command.s3_bucket, "staging".parse().ok());
    assert_eq!(spec.cluster.managed_storage, Some(ManagedStorageSettings::default()));
    assert_eq!(accept(text).spec.tags.get("level"), Some("low"));
    assert_eq!(accept(text).spec.cluster.managed_storage, None);
}

#[test]
fn any_environment_goes_where_the_file_declares_none() {
    let config = accept_with("project_name = 'a'", &flags(&[(Setting::Environment, "blue")]));
    assert_eq!(config.spec.environment.as_str(), "blue");
}

#[test]
fn the_file_s_own_environment_needs_no_table() {
    let text = "project_name = 'a'\nenvironment = 'blue'\n[environments.prod]\n";
    for name in ["blue", "prod"] {
        let config = accept_with(text, &flags(&[(Setting::Environment, name)]));
        assert_eq!(config.spec.environment.as_str(), name);
    }
    assert_eq!(accept(text).spec.environment.as_str(), "blue");
    refuse(text, &flags(&[(Setting::Environment, "green")]));
}

#[test]
fn aws_s_own_endpoint_variable_is_left_to_the_sdk() {
    let text = "project_name = 'a'\nendpoint_url = 'http://file'";
    let endpoint = |given: &[(&str, &str)]| accept_with(text, &variables(given)).endpoint_url;
    let aws = ("AWS_ENDPOINT_URL", "http://aws");
    assert_eq!(endpoint(&[]).as_ref().map(EndpointUrl::as_str), Some("http://file"));
    assert_eq!(endpoint(&[aws]), None);
    let ignore = ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
    assert_eq!(endpoint(&[aws, ignore]).as_ref().map(EndpointUrl::as_str), Some("http://file"));
    let own = ("ECS_FOUNDATION_ENDPOINT_URL", "http://own");
    assert_eq!(endpoint(&[aws, own]).as_ref().map(EndpointUrl::as_str), Some("http://own"));
}

#[test]
fn paths_of_the_file_begin_where_the_file_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.toml");
    let text = "project_name = 'shop'\nmemory_file = 'm.json'\nca_bundle = '/etc/ca.pem'\n";
    std::fs::write(&file, text).unwrap();
    let sources = Sources { file: Some(file.clone()), overrides: Overrides::default() };
    let config = load(&sources).unwrap();
    assert_eq!(config.memory_file, folder.path().join("m.json"));
    assert_eq!(config.ca_bundle.as_deref(), Some(Path::new("/etc/ca.pem")));
    assert_eq!(config.file, Some(file.clone()));

    let overrides = flags(&[(Setting::MemoryFile, "here.json")]);
    let config = load(&Sources { file: Some(file), overrides }).unwrap();
    assert_eq!(config.memory_file, Path::new("here.json"));
}

#[test]
fn a_file_that_was_asked_for_has_to_be_there_and_text() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("absent.toml");
    let sources = Sources { file: Some(file.clone()), overrides: Overrides::default() };
    let errors = load(&sources).unwrap_err();
    assert!(errors.to_string().starts_with(&format!("cannot read {}", file.display())), "{errors}");

    std::fs::write(&file, b"project_name = 'a'\nregion = '\xff'").unwrap();
    let errors = load(&sources).unwrap_err();
    assert!(errors.to_string().ends_with("is not valid UTF-8 at line 2"), "{errors}");
}

#[test]
fn flags_are_read_from_arguments_whose_ids_are_the_keys() {
    let argument = |setting: Setting| {
        clap::Arg::new(setting.key()).long(setting.flag().trim_start_matches('-'))
    };
    let command = clap::Command::new("test").args(Setting::ALL.map(argument));
    let line = ["test", "--region", "eu-west-1"];
    let overrides = Overrides::from_matches(&command.get_matches_from(line), |_| None);
    assert_eq!(overrides, flags(&[(Setting::Region, "eu-west-1")]));
}
