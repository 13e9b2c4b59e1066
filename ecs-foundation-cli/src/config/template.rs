//! The configuration file that `init` writes: the required settings and the most common optional ones.

use std::collections::BTreeSet;

use infra_core::arn::Region;
use infra_core::names::{EnvironmentName, ProjectName, ServiceName};

use super::{Backend, SCHEMA_URL};

/// The settings for a new configuration file.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    pub(crate) project_name: ProjectName,
    pub(crate) environment: EnvironmentName,
    pub(crate) region: Region,
    pub(crate) backend: Backend,
    pub(crate) services: BTreeSet<ServiceName>,
}

impl Template {
    /// Returns the text of the file. The values cannot contain quotes, so they need no escaping in
    /// TOML.
    pub(crate) fn text(&self) -> String {
        let Self { project_name, environment, region, backend, services } = self;
        let tables = services.iter().map(|name| format!("[services.{name}]\n"));
        let services = match services.len() {
            0 => "#[services.worker]\n".to_owned(),
            _ => tables.collect(),
        };
        let production = environment.is_production();
        let (retention, other) = if production { (30, "dev") } else { (14, "prod") };
        let other_retention = if production { 14 } else { 90 };
        format!(
            "\
#:schema {SCHEMA_URL}
#
# Configuration of ecs-foundation: an ECS cluster, two IAM roles, an ECR repository and a log group.
#
# A line that begins with # and no space shows a default or an example: remove the # to use it.

# Every resource name starts with the project and the environment, as in {project_name}-{environment}-cluster.
project_name = \"{project_name}\"
environment = \"{environment}\"
region = \"{region}\"

# \"aws\", \"memory\" (built-in mock; nothing is created in AWS) or \"localstack\".
backend = \"{backend}\"

# Tags for every resource.
[tags]
#team = \"platform\"

[cluster]
# \"enabled\", \"enhanced\" (down to tasks and containers) or \"disabled\".
#container_insights = \"enabled\"
#capacity_providers = [\"FARGATE\", \"FARGATE_SPOT\"]

# Additional permissions of the code in the containers, for example:
#[[task_role.statements]]
#actions = [\"dynamodb:GetItem\", \"dynamodb:PutItem\"]
#resources = [\"arn:aws:dynamodb:{region}:123456789012:table/orders\"]

[repository]
# \"MUTABLE\" or \"IMMUTABLE\": whether a tag can be moved to another image.
#image_tag_mutability = \"MUTABLE\"
#scan_on_push = true
# Whether destroy deletes the images too.
#force_delete = true

[log_group]
# A number of days that CloudWatch Logs supports, or \"never\"; production requires 30 or more.
#retention_in_days = {retention}

# Further services on the same cluster, each with a task role, repository and log group of its own.
{services}
# Settings of another environment, selected with -e {other}.
#[environments.{other}.log_group]
#retention_in_days = {other_retention}
"
        )
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::tests::accept;
    use super::super::{Backend, Config, Overrides, Setting, parse};
    use super::Template;

    fn template(environment: &str, backend: Backend) -> Template {
        Template {
            project_name: "shop".parse().unwrap(),
            environment: environment.parse().unwrap(),
            region: "eu-central-1".parse().unwrap(),
            backend,
            services: BTreeSet::new(),
        }
    }

    fn with_all_settings_in_use(text: &str) -> String {
        let lines = text.lines().map(|line| match line.strip_prefix('#') {
            Some(setting) if !setting.is_empty() && !setting.starts_with([' ', ':']) => setting,
            _ => line,
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    fn without_examples(mut config: Config) -> Config {
        config.spec.tags = infra_core::tags::Tags::new();
        config.spec.task_role.role.statements.clear();
        config.spec.services.clear();
        config
    }

    #[test]
    fn it_says_what_it_was_told_and_leaves_all_else_as_it_is() {
        for environment in ["dev", "prod"] {
            for &backend in Backend::ALL {
                let config = accept(&template(environment, backend).text());
                let said = format!(
                    "project_name = 'shop'\nenvironment = '{environment}'\nregion = 'eu-central-1'\n\
                     backend = '{backend}'"
                );
                assert_eq!(config.spec, accept(&said).spec);
                assert_eq!(config.backend, backend);
                assert_eq!(config.region.unwrap().as_str(), "eu-central-1");
            }
        }
    }

    #[test]
    fn it_has_a_table_for_each_service() {
        let services = ["mail-2", "worker"].map(|name| name.parse().unwrap());
        let template = Template { services: services.into(), ..template("dev", Backend::Memory) };
        let spec = accept(&template.text()).spec;
        let names: Vec<&str> = spec.services.keys().map(AsRef::as_ref).collect();
        assert_eq!(names, ["mail-2", "worker"]);
    }

    #[test]
    fn what_it_shows_as_default_is_the_default() {
        for environment in ["dev", "production"] {
            let text = template(environment, Backend::Aws).text();
            let full = accept(&with_all_settings_in_use(&text));
            assert_eq!(without_examples(full).spec, accept(&text).spec);
        }
    }

    #[test]
    fn the_other_environment_of_the_example_can_be_chosen() {
        for (own, other) in [("dev", "prod"), ("prod", "dev")] {
            let text = with_all_settings_in_use(&template(own, Backend::Aws).text());
            let flags = Overrides::default().with_flag(Setting::Environment, other);
            let config = parse(&text, "f", &flags).unwrap();
            assert_eq!(config.spec.environment.as_str(), other);
        }
    }
}
