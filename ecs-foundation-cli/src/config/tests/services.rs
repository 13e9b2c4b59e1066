//! Tests for additional services, each with its own tables.

use infra_core::foundation::{FoundationSpec, LifecyclePolicy, ServiceSettings};
use infra_core::provider::{Encryption, ExclusionFilter, Retention, RetentionDays, TagMutability};

use super::super::{Overrides, Setting, parse};
use super::{accept, accept_with, flags, refuse};

fn days(days: u32) -> Retention {
    Retention::Days(RetentionDays::new(days).unwrap())
}

fn worker(spec: &FoundationSpec) -> &ServiceSettings {
    &spec.services["worker"]
}

#[test]
fn a_service_has_the_defaults_of_the_default_service() {
    for (environment, days_by_default) in [("dev", 14), ("prod", 30)] {
        let text = format!(
            "project_name = 'shop'\nenvironment = '{environment}'\n[services.worker]\n[services.mail-2]"
        );
        let spec = accept(&text).spec;
        let names: Vec<&str> = spec.services.keys().map(AsRef::as_ref).collect();
        assert_eq!(names, ["mail-2", "worker"]);
        assert_eq!(*worker(&spec), ServiceSettings::new(&spec.environment));
        assert_eq!(worker(&spec).log_group.retention, days(days_by_default));
        let ServiceSettings { task_role, repository, log_group } = worker(&spec);
        assert_eq!((task_role, repository), (&spec.task_role, &spec.repository));
        assert_eq!(log_group, &spec.log_group);
    }
    assert!(accept("project_name = 'shop'\n[services]").spec.services.is_empty());
}

#[test]
fn the_tables_of_a_service_have_the_keys_of_the_default_service() {
    let text = r#"
        project_name = "shop"
        [services.worker.task_role]
        name = "shop-worker"
        log_actions = []
        [[services.worker.task_role.statements]]
        actions = ["s3:GetObject"]
        resources = ["arn:aws:s3:::shop/*"]
        [services.worker.repository]
        image_tag_mutability = "IMMUTABLE_WITH_EXCLUSION"
        image_tag_mutability_exclusion_filters = ["dev-*"]
        lifecycle_policy = "none"
        encryption.type = "KMS"
        tags.team = "blue"
        [services.worker.log_group]
        retention_in_days = "never"
        skip_destroy = true
    "#;
    let spec = accept(text).spec;
    let ServiceSettings { task_role, repository, log_group } = worker(&spec);
    assert_eq!(task_role.role.name.as_ref().map(AsRef::as_ref), Some("shop-worker"));
    assert_eq!((task_role.log_actions.len(), task_role.role.statements.len()), (0, 1));
    let filters = [ExclusionFilter::wildcard("dev-*")];
    assert_eq!(repository.tag_mutability, TagMutability::ImmutableWithExclusion(filters.into()));
    assert_eq!(repository.lifecycle_policy, LifecyclePolicy::None);
    assert_eq!(repository.encryption, Encryption::Kms(None));
    assert_eq!(repository.tags.get("team"), Some("blue"));
    assert_eq!((log_group.retention, log_group.skip_destroy), (Retention::Never, true));
    let default = FoundationSpec::new("shop".parse().unwrap(), "dev".parse().unwrap());
    assert_eq!(FoundationSpec { services: default.services.clone(), ..spec }, default);
}

#[test]
fn an_environment_changes_and_adds_services() {
    let text = "project_name = 'shop'\n\
                [services.worker.repository]\nscan_on_push = false\ntags.a = '1'\n\
                [environments.dev]\n\
                [environments.prod.services.worker.log_group]\nretention_in_days = 90\n\
                [environments.prod.services.worker.repository.tags]\nb = '2'\n\
                [environments.prod.services.mail]\n";
    let dev = accept_with(text, &flags(&[(Setting::Environment, "dev")])).spec;
    assert_eq!(dev.services.len(), 1);
    assert_eq!(worker(&dev).log_group.retention, days(14));
    let prod = accept_with(text, &flags(&[(Setting::Environment, "prod")])).spec;
    assert_eq!(prod.services.len(), 2);
    assert_eq!(worker(&prod).log_group.retention, days(90));
    assert!(!worker(&prod).repository.scan_on_push);
    let tags = &worker(&prod).repository.tags;
    assert_eq!((tags.get("a"), tags.get("b")), (Some("1"), Some("2")));
    assert_eq!(prod.services["mail"].log_group.retention, days(30));
}

/// Returns the errors of a configuration, each with the path of the setting.
fn errors(text: &str) -> Vec<String> {
    let found = refuse(&format!("project_name = 'shop'\n{text}"), &Overrides::default());
    found.iter().map(|error| format!("{}: {}", error.path, error.message)).collect()
}

#[test]
fn errors_are_placed_in_the_table_of_the_service() {
    assert_eq!(errors("[services.app]"), ["services.app: \"app\" is not a valid service name"]);
    assert_eq!(errors("[services.Worker]").len(), 1);
    assert_eq!(
        errors("[services.worker.cluster]"),
        ["services.worker.cluster: unknown key `cluster` in [services.worker]"]
    );
    assert_eq!(
        errors("[services.worker.repository]\ncolour = 'red'"),
        ["services.worker.repository.colour: unknown key `colour` in [services.worker.repository]"]
    );
    assert_eq!(
        errors("[services.worker.repository]\nimage_tag_mutability = 'IMMUTABLE_WITH_EXCLUSION'"),
        ["services.worker.repository.image_tag_mutability_exclusion_filters: tag mutability \
             IMMUTABLE_WITH_EXCLUSION requires exclusion filters"]
    );
    assert_eq!(
        errors(
            "[services.worker.repository.encryption]\nkms_key = 'arn:aws:kms:us-east-1:123456789012:key/1'"
        ),
        [
            "services.worker.repository.encryption.kms_key: a KMS key cannot be combined with AES256 encryption"
        ]
    );
    assert_eq!(
        errors("[services.a]\n[services.b]\nrepository.name = 'shop-dev-a'"),
        ["services.b.repository.name: \"shop-dev-a\" is not a valid repository name"]
    );
    assert_eq!(errors("[services.a-1]\n[services.a1]").len(), 1);
}

#[test]
fn production_keeps_the_logs_of_a_service_for_thirty_days() {
    let text = "project_name = 'shop'\nenvironment = 'prod'\n[services.worker.log_group]\nretention_in_days = 14\n";
    let shown = refuse(text, &Overrides::default()).render(false);
    assert!(shown.contains("4 | retention_in_days = 14"), "{shown}");
    let hint = "use 30 or more; to change only this environment, put the setting under [environments.prod.services.worker.log_group]";
    assert!(shown.contains(hint), "{shown}");
}

#[test]
fn a_service_whose_role_name_is_too_long_is_marked() {
    let name = "w".repeat(40);
    let text = format!("project_name = 'a-project-of-this-length'\n[services.{name}]\n");
    let shown = refuse(&text, &Overrides::default()).render(false);
    assert!(shown.contains("the third part"), "{shown}");
    assert!(shown.contains(&format!("set services.{name}.task_role.name")), "{shown}");
}

#[test]
fn environments_that_name_one_resource_of_a_service_are_refused() {
    let refused = |text: &str| -> Vec<String> {
        let text = format!("project_name = 'shop'\n{text}");
        match parse(&text, "f", &flags(&[(Setting::Environment, "dev")])) {
            Ok(_) => Vec::new(),
            Err(errors) => {
                errors.iter().map(|it| format!("{}; {:?}", it.message, it.hint)).collect()
            }
        }
    };
    let two = "[environments.dev]\n[environments.prod]\n";
    assert_eq!(refused(&format!("[services.worker]\n{two}")), [""; 0]);
    let role = refused(&format!("[services.worker.task_role]\nname = 'shared'\n{two}"));
    assert_eq!(
        role,
        ["the environments prod and dev have the same role \"shared\"; \
             Some(\"set a different name in [environments.dev.services.worker.task_role]\")"]
    );
    // A service's repository can have the same name as another environment's default repository.
    let words = "environment = 'dev'\n[environments.dev.services.b-app]\n[environments.dev-b]\n";
    let found = refused(words);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("have the same repository \"shop-dev-b-app\""), "{found:?}");
}
