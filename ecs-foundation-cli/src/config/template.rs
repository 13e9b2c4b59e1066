//! The configuration that `init` writes: what has to be said, and beside it what is changed most often.

use infra_core::arn::Region;
use infra_core::names::{EnvironmentName, ProjectName};

use super::{Backend, SCHEMA_URL};

/// What has to be known for a configuration to begin with.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    pub(crate) project_name: ProjectName,
    pub(crate) environment: EnvironmentName,
    pub(crate) region: Region,
    pub(crate) backend: Backend,
}

impl Template {
    /// The text of the file. None of the values needs escaping in TOML: their rules allow no quotes.
    pub(crate) fn text(&self) -> String {
        let Self { project_name, environment, region, backend } = self;
        let production = environment.is_production();
        let (retention, other) = if production { (30, "dev") } else { (14, "prod") };
        let other_retention = if production { 14 } else { 90 };
        format!(
            "\
#:schema {SCHEMA_URL}
#
# What ecs-foundation creates and checks: an ECS cluster, two IAM roles, an ECR repository and a log group.
#
# A line that begins with # and no space is a setting as it is by default, or an example: take the # away to
# change it.

# Every name begins with the project and goes on with the environment, as in {project_name}-{environment}-cluster.
project_name = \"{project_name}\"
environment = \"{environment}\"
region = \"{region}\"

# \"aws\", \"memory\" (a mock in the program, nothing is created in AWS) or \"localstack\".
backend = \"{backend}\"

# Tags of every resource.
[tags]
#team = \"platform\"

[cluster]
# \"enabled\", \"enhanced\" (down to tasks and containers) or \"disabled\".
#container_insights = \"enabled\"
#capacity_providers = [\"FARGATE\", \"FARGATE_SPOT\"]

# What the code in the containers may do beyond writing its logs.
#[[task_role.statements]]
#actions = [\"dynamodb:GetItem\", \"dynamodb:PutItem\"]
#resources = [\"arn:aws:dynamodb:{region}:123456789012:table/orders\"]

[repository]
# \"MUTABLE\" or \"IMMUTABLE\": whether a tag can be given to another image.
#image_tag_mutability = \"MUTABLE\"
#scan_on_push = true
# Whether destroy takes the images with it.
#force_delete = true

[log_group]
# Days, of those that CloudWatch Logs knows, or \"never\"; production keeps 30 or more.
#retention_in_days = {retention}

# What another environment has of its own, chosen by -e {other}.
#[environments.{other}.log_group]
#retention_in_days = {other_retention}
"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::accept;
    use super::super::{Backend, Config, Overrides, Setting, parse};
    use super::Template;

    fn template(environment: &str, backend: Backend) -> Template {
        Template {
            project_name: "shop".parse().unwrap(),
            environment: environment.parse().unwrap(),
            region: "eu-central-1".parse().unwrap(),
            backend,
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
        config
    }

    #[test]
    fn it_says_what_it_was_told_and_leaves_all_else_as_it_is() {
        for environment in ["dev", "prod"] {
            for backend in Backend::ALL {
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
