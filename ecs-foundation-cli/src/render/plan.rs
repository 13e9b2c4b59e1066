//! Formats plans as JSON, and the target of a plan as text.

use infra_core::engine::{Plan, ResourceChange, Summary};
use infra_core::foundation::Foundation;
use infra_mock::api::Service;
use infra_mock::localstack;
use serde::Serialize;

/// The foundation that a run plans or changes, with its account and region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
pub(crate) struct Target {
    /// The project.
    pub(crate) project_name: String,
    /// The environment.
    pub(crate) environment: String,
    /// The account.
    pub(crate) account_id: String,
    /// The region.
    pub(crate) region: String,
    /// The service selected with `--service`. Only this service's resources are changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) service: Option<String>,
    /// The AWS services that the built-in mock provides because LocalStack lacks them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) in_memory: Vec<Service>,
}

impl Target {
    pub(crate) fn of(foundation: &Foundation, in_memory: &[Service]) -> Self {
        let (spec, location) = (foundation.spec(), foundation.location());
        Self {
            project_name: spec.project_name.to_string(),
            environment: spec.environment.to_string(),
            account_id: location.account_id.to_string(),
            region: location.region.to_string(),
            service: None,
            in_memory: in_memory.to_vec(),
        }
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { project_name, environment, account_id, region, service, in_memory } = self;
        if let Some(service) = service {
            write!(f, "service {service} of ")?;
        }
        write!(f, "{project_name}-{environment} in account {account_id}, region {region}")?;
        match in_memory.as_slice() {
            [] => Ok(()),
            some => write!(f, " ({} in memory)", localstack::listed(some)),
        }
    }
}

/// The JSON form of a plan. Scripts rely on the keys and their order.
#[derive(Debug, Serialize)]
pub(crate) struct PlanJson<'a> {
    format_version: &'static str,
    #[serde(flatten)]
    target: &'a Target,
    changes: &'a [ResourceChange],
    summary: Summary,
}

impl<'a> PlanJson<'a> {
    pub(crate) fn new(target: &'a Target, plan: &'a Plan) -> Self {
        Self { format_version: "1.0", target, changes: &plan.changes, summary: plan.summary() }
    }
}

#[cfg(test)]
mod tests {
    use infra_core::engine::{Address, ChangeKind, FieldChange, Notice, Plan, ResourceChange};
    use serde_json::{Value, json};

    use infra_mock::api::Service;

    use super::{PlanJson, Target};

    fn change(
        kind: &str,
        name: &str,
        action: ChangeKind,
        fields: Vec<FieldChange>,
    ) -> ResourceChange {
        ResourceChange {
            address: Address::new(kind, "main"),
            kind: kind.to_owned(),
            name: name.to_owned(),
            action,
            fields,
        }
    }

    fn plan() -> Plan {
        Plan {
            changes: vec![
                change(
                    "ecs_cluster",
                    "demo-dev-cluster",
                    ChangeKind::Create,
                    vec![
                        FieldChange::set("container_insights", "enabled"),
                        FieldChange::set("tags.Name", "demo-dev-cluster"),
                    ],
                ),
                change(
                    "cloudwatch_log_group",
                    "/ecs/demo-dev",
                    ChangeKind::Update,
                    vec![
                        FieldChange::new("retention_in_days", 7, 14),
                        FieldChange::new("tags.Team", "a", Value::Null),
                    ],
                ),
                change("iam_role", "demo-dev-ecs-task-role", ChangeKind::NoOp, vec![]),
            ],
            notices: vec![Notice {
                address: Address::new("iam_role", "main"),
                message: "the tag Owner is not in the configuration and is kept".to_owned(),
            }],
            ..Plan::default()
        }
    }

    fn target() -> Target {
        Target {
            project_name: "demo".to_owned(),
            environment: "dev".to_owned(),
            account_id: "123456789012".to_owned(),
            region: "us-east-1".to_owned(),
            service: None,
            in_memory: Vec::new(),
        }
    }

    #[test]
    fn json_has_exactly_the_documented_keys_in_order() {
        let text = serde_json::to_string(&PlanJson::new(&target(), &plan())).unwrap();
        assert!(
            text.starts_with(
                r#"{"format_version":"1.0","project_name":"demo","environment":"dev","account_id":"123456789012","region":"us-east-1","changes":[{"address":"ecs_cluster.main","type":"ecs_cluster","name":"demo-dev-cluster","action":"create","fields":[{"path":"container_insights","before":null,"after":"enabled"},"#
            ),
            "{text}"
        );
        assert!(
            text.ends_with(
                r#""summary":{"create":1,"update":1,"replace":0,"delete":0,"adopt":0,"no_op":1}}"#
            ),
            "{text}"
        );
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["changes"][2]["action"], json!("no-op"));
    }

    #[test]
    fn target_names_the_services_in_memory() {
        let target = Target { in_memory: vec![Service::Ecs, Service::Ecr], ..target() };
        assert_eq!(
            target.to_string(),
            "demo-dev in account 123456789012, region us-east-1 (ECS and ECR in memory)"
        );
        let value = serde_json::to_value(PlanJson::new(&target, &plan())).unwrap();
        assert_eq!(value["in_memory"], json!(["ecs", "ecr"]));
    }
}
