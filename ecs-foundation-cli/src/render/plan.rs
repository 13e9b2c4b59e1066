//! Plans: as a diff for people, as JSON for programs.

use infra_core::engine::{ChangeKind, Notice, Plan, ResourceChange, Summary};
use infra_core::foundation::Foundation;
use infra_mock::api::Service;
use infra_mock::localstack;
use serde::Serialize;

use super::style::{BOLD, INFO, mark, paint, plain};
use super::value;

/// Which foundation, and where it is.
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
    /// The services that the embedded mock stands in for, where LocalStack lacks them.
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
            in_memory: in_memory.to_vec(),
        }
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { project_name, environment, account_id, region, in_memory } = self;
        write!(f, "{project_name}-{environment} in account {account_id}, region {region}")?;
        match in_memory.as_slice() {
            [] => Ok(()),
            some => write!(f, " ({} in memory)", localstack::listed(some)),
        }
    }
}

/// The JSON form of a plan. Its keys and their order are a promise to scripts.
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

/// The longest path that the values of other paths are aligned with.
const MAX_ALIGNED: usize = 36;

/// The resources that change, as a diff; empty where none does.
pub(crate) fn changes(plan: &Plan) -> String {
    let mut text = String::new();
    let mut after_block = false;
    for change in plan.changes.iter().filter(|change| change.action != ChangeKind::NoOp) {
        // Resources that need one line each stand together.
        let is_block = !change.fields.is_empty();
        if !text.is_empty() && (is_block || after_block) {
            text.push('\n');
        }
        after_block = is_block;
        text.push_str(&resource(change));
    }
    text
}

fn resource(change: &ResourceChange) -> String {
    let ResourceChange { address, kind: _, name, action, fields } = change;
    let (sign, style) = mark(*action);
    let mut text = format!(
        "{} {} ({}) {}\n",
        paint(style, sign),
        paint(BOLD, address),
        plain(name),
        future(*action),
    );
    let width = fields.iter().map(|field| field.path.len()).filter(|len| *len <= MAX_ALIGNED).max();
    for field in fields {
        for line in value::lines(&field.path, &field.before, &field.after, width.unwrap_or(0)) {
            text.push_str("    ");
            text.push_str(&line);
            text.push('\n');
        }
    }
    text
}

const fn future(action: ChangeKind) -> &'static str {
    match action {
        ChangeKind::Create => "will be created",
        ChangeKind::Update => "will be updated in place",
        ChangeKind::Replace => "must be replaced: deleted and made anew",
        ChangeKind::Delete => "will be deleted",
        ChangeKind::Adopt => "is not ours and will be taken over",
        ChangeKind::NoOp => "stays as it is",
    }
}

/// The notes of a plan, a line each.
pub(crate) fn notices(notices: &[Notice]) -> String {
    let line = |Notice { address, message }: &Notice| {
        format!("{} {address}: {}\n", paint(INFO, "note:"), plain(message))
    };
    notices.iter().map(line).collect()
}

/// The counts of a plan in one line.
pub(crate) fn summary_line(summary: Summary) -> String {
    let Summary { create, update, replace, delete, adopt, no_op } = summary;
    let mut parts = vec![
        format!("{create} to create"),
        format!("{update} to update"),
        format!("{delete} to delete"),
    ];
    let rare = [(replace, "to replace"), (adopt, "to adopt"), (no_op, "unchanged")];
    let rare = rare.into_iter().filter(|(count, _)| *count > 0);
    parts.extend(rare.map(|(count, what)| format!("{count} {what}")));
    format!("{} {}.", paint(BOLD, "Plan:"), parts.join(", "))
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
                message: "the tag Owner is not in the configuration and is left".to_owned(),
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
            in_memory: Vec::new(),
        }
    }

    fn stripped(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn a_plan_reads_like_a_diff_and_leaves_out_what_stays() {
        assert_eq!(
            stripped(&super::changes(&plan())),
            "\
+ ecs_cluster.main (demo-dev-cluster) will be created
    + container_insights = \"enabled\"
    + tags.Name          = \"demo-dev-cluster\"

~ cloudwatch_log_group.main (/ecs/demo-dev) will be updated in place
    ~ retention_in_days = 7 -> 14
    - tags.Team         = \"a\"
"
        );
    }

    #[test]
    fn the_summary_names_the_rare_only_where_there_is_some() {
        assert_eq!(
            stripped(&super::summary_line(plan().summary())),
            "Plan: 1 to create, 1 to update, 0 to delete, 1 unchanged."
        );
    }

    #[test]
    fn a_notice_names_its_resource() {
        assert_eq!(
            stripped(&super::notices(&plan().notices)),
            "note: iam_role.main: the tag Owner is not in the configuration and is left\n"
        );
    }

    #[test]
    fn the_json_has_exactly_the_promised_keys_in_their_order() {
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
    fn services_in_memory_are_named_where_there_are_some() {
        let target = Target { in_memory: vec![Service::Ecs, Service::Ecr], ..target() };
        assert_eq!(
            target.to_string(),
            "demo-dev in account 123456789012, region us-east-1 (ECS and ECR in memory)"
        );
        let value = serde_json::to_value(PlanJson::new(&target, &plan())).unwrap();
        assert_eq!(value["in_memory"], json!(["ecs", "ecr"]));
    }
}
