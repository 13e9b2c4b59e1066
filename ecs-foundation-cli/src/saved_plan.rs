//! Approved plans. A plan is approved by saving it with `plan --out FILE` and running `apply FILE`,
//! or by confirming it at the prompt.
//!
//! A saved plan is never applied directly. Instead, a new plan is made and is applied only if it
//! equals the saved plan. A reviewed plan is therefore either applied exactly as shown or refused.
//! A saved plan can be applied only once. Its file is marked as applied before anything is changed.

use std::fs;
use std::path::Path;

use infra_core::engine::{Goal, Plan};
use infra_core::foundation::{Foundation, FoundationSpec};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::config::{Backend, Config, EndpointUrl};
use crate::failure::{Failure, Kind, Problem};
use crate::files;
use crate::render::{Target, plain};

/// The version of the file format.
const FORMAT_VERSION: &str = "1.0";

/// The maximum number of differences to list.
const LISTED: usize = 12;

/// A plan with its target and options.
#[derive(Debug, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each field is a key in the file")]
pub(crate) struct SavedPlan {
    format_version: String,
    #[serde(flatten)]
    target: Target,
    #[serde(flatten)]
    place: Place,
    /// A fingerprint that is used to detect changes to the configuration.
    spec_fingerprint: String,
    adopt: bool,
    /// Whether the plan destroys the foundation.
    #[serde(default)]
    destroy: bool,
    #[serde(default)]
    force: bool,
    /// Whether applying the plan has started.
    #[serde(default)]
    applied: bool,
    plan: Value,
}

/// The backend and the endpoint that a plan was made for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    /// The backend, or `None` in files written by older versions.
    backend: Option<String>,
    endpoint_url: Option<String>,
}

impl Place {
    fn of(config: &Config) -> Self {
        let variable = || std::env::var("AWS_ENDPOINT_URL").ok()?.parse().ok();
        let endpoint: Option<EndpointUrl> = match config.backend {
            Backend::Memory => None,
            Backend::Aws => config.endpoint_url.clone().or_else(variable),
            Backend::LocalStack => config.endpoint_url.clone(),
        };
        Self {
            backend: Some(config.backend.to_string()),
            endpoint_url: endpoint.map(|url| url.to_string()),
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { backend, endpoint_url } = self;
        write!(f, "backend {}", plain(backend.as_deref().unwrap_or("aws")))?;
        match endpoint_url {
            Some(url) => write!(f, " at {}", plain(url)),
            None => Ok(()),
        }
    }
}

/// How a plan was confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Agreed {
    /// The plan was saved to a file.
    Saved,
    /// The plan was shown and confirmed at the prompt.
    Shown,
}

/// The format version. It is read before the other fields, so that a file in another format version
/// is not reported as damaged.
#[derive(Deserialize)]
struct Version {
    format_version: String,
}

impl SavedPlan {
    pub(crate) fn new(
        config: &Config,
        foundation: &Foundation,
        target: &Target,
        plan: &Plan,
        goal: Goal,
    ) -> Self {
        Self {
            format_version: FORMAT_VERSION.to_owned(),
            target: target.clone(),
            place: Place::of(config),
            spec_fingerprint: fingerprint(foundation.spec()),
            adopt: matches!(goal, Goal::Present { adopt: true }),
            destroy: matches!(goal, Goal::Absent { .. }),
            force: matches!(goal, Goal::Absent { force: true }),
            applied: false,
            plan: data(plan),
        }
    }

    /// Writes the plan to a file. An existing file is replaced only if it is a saved plan.
    pub(crate) fn write(&self, file: &Path) -> Result<(), Failure> {
        let in_use = fs::metadata(file).is_ok_and(|found| found.is_file() && found.len() > 0);
        if in_use && Self::read(file).is_err() {
            let text = format!("{} already exists and is not a saved plan", file.display());
            let problem = Problem::new(text).help("write the plan to another file");
            return Err(Failure::new(Kind::File, problem));
        }
        self.replace(file).map_err(|error| {
            let text = format!("cannot write the plan to {}: {error}", file.display());
            Failure::new(Kind::File, Problem::new(text))
        })
    }

    fn replace(&self, file: &Path) -> std::io::Result<()> {
        let text = serde_json::to_string_pretty(self)?;
        files::replace(file, (text + "\n").as_bytes())
    }

    /// Reads a plan from a file.
    pub(crate) fn read(file: &Path) -> Result<Self, Failure> {
        let name = file.display();
        let failure = |text: String| {
            let help = "save a plan with: ecs-foundation plan --out FILE";
            Failure::new(Kind::File, Problem::new(text).help(help))
        };
        let bytes = fs::read(file)
            .map_err(|error| failure(format!("cannot read the plan {name}: {error}")))?;
        let damaged = |error: serde_json::Error| {
            failure(format!("{name} is not a saved plan: {}", plain(&error.to_string())))
        };
        let Version { format_version } = serde_json::from_slice(&bytes).map_err(damaged)?;
        if format_version != FORMAT_VERSION {
            let version = plain(&format_version);
            return Err(failure(format!(
                "{name} has plan format {version}, but this version supports only {FORMAT_VERSION}"
            )));
        }
        serde_json::from_slice(&bytes).map_err(damaged)
    }

    /// Returns the goal of the plan.
    pub(crate) fn goal(&self) -> Goal {
        if self.destroy {
            Goal::Absent { force: self.force }
        } else {
            Goal::Present { adopt: self.adopt }
        }
    }

    /// Returns an error if the plan has already been applied. Without this check, a plan that
    /// creates the foundation could be applied again after a destroy, because AWS would be in the
    /// same state as when the plan was made.
    pub(crate) fn check_unused(&self) -> Result<(), Failure> {
        if !self.applied {
            return Ok(());
        }
        let problem = Problem::new("the saved plan has already been applied; nothing was changed");
        let help = "a plan can be applied only once; create a new one with: ecs-foundation plan --out FILE";
        Err(Failure::new(Kind::StalePlan, problem.help(help)))
    }

    /// Records in the file that the plan is being applied, so that the plan cannot be applied
    /// again.
    pub(crate) fn mark_applied(mut self, file: &Path) -> std::io::Result<()> {
        self.applied = true;
        self.replace(file)
    }

    /// Returns an error if the plan was made for another target, backend or endpoint.
    pub(crate) fn check_target(&self, now: &Target, config: &Config) -> Result<(), Failure> {
        let refuse = |text: String| {
            let help = "apply the plan with the same project, environment, credentials, region, backend and endpoint";
            Err(Failure::new(Kind::StalePlan, Problem::new(text).help(help)))
        };
        let place = Place::of(config);
        if self.target != *now {
            let target = plain(&self.target.to_string());
            return refuse(format!("the saved plan is for {target}, but this run is for {now}"));
        }
        if self.place.backend.is_some() && self.place != place {
            return refuse(format!(
                "the saved plan is for {}, but this run is for {place}",
                self.place
            ));
        }
        Ok(())
    }

    /// Compares a new plan with this plan. If they differ, returns an error that lists the
    /// differences.
    pub(crate) fn check_plan(
        &self,
        foundation: &Foundation,
        now: &Plan,
        agreed: Agreed,
    ) -> Result<(), Failure> {
        let now = data(now);
        if self.plan == now {
            return Ok(());
        }
        let (refusal, option) = match agreed {
            Agreed::Saved => ("the saved plan is out of date", " --out FILE"),
            Agreed::Shown => ("AWS has changed since the plan was shown", ""),
        };
        let mut problem = Problem::new(format!("{refusal}; nothing was changed"));
        if self.spec_fingerprint != fingerprint(foundation.spec()) {
            problem = problem.note("the configuration has changed since the plan was saved");
        }
        let differences = differences(&self.plan, &now);
        let more = differences.len().saturating_sub(LISTED);
        for difference in differences.into_iter().take(LISTED) {
            problem = problem.note(plain(&difference));
        }
        if more > 0 {
            problem = problem.note(format!("and {more} more"));
        }
        let destroy = if self.destroy { " --destroy" } else { "" };
        let help = format!("review a new plan: ecs-foundation plan{destroy}{option}");
        Err(Failure::new(Kind::StalePlan, problem.help(help)))
    }
}

fn data(plan: &Plan) -> Value {
    serde_json::to_value(plan).unwrap_or_default()
}

/// Returns a short fingerprint, which changes if the configuration changes. The fingerprint is the
/// FNV-1a hash of the configuration's JSON, so it is the same on all platforms.
fn fingerprint(spec: &FoundationSpec) -> String {
    let json = serde_json::to_vec(spec).unwrap_or_default();
    let hash = json.into_iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{hash:016x}")
}

/// Returns one line for each resource that differs between the plans, in the order of the saved
/// plan.
fn differences(saved: &Value, now: &Value) -> Vec<String> {
    let nothing = Value::Null;
    let (old, new) = (by_address(saved), by_address(now));
    let mut addresses: Vec<&str> = old.iter().map(|(address, _)| *address).collect();
    addresses.extend(new.iter().map(|(address, _)| *address));
    let mut lines = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for address in addresses {
        if seen.contains(&address) {
            continue;
        }
        seen.push(address);
        let find = |side: &[(&str, &'_ Value)]| {
            side.iter().find(|(other, _)| *other == address).map(|(_, change)| (*change).clone())
        };
        let (old, new) = (find(&old).unwrap_or_default(), find(&new).unwrap_or_default());
        if old == new {
            continue;
        }
        let word =
            |change: &Value| change["action"].as_str().unwrap_or("not in the plan").to_owned();
        let (before, after) = (word(&old), word(&new));
        if before != after {
            lines.push(format!("{address}: was {before}, is now {after}"));
            continue;
        }
        let fields = |change: &Value| match &change["fields"] {
            Value::Array(fields) => fields.clone(),
            _ => Vec::new(),
        };
        let (old, new) = (fields(&old), fields(&new));
        let changed = old.iter().filter(|field| !new.contains(field));
        let changed = changed.chain(new.iter().filter(|field| !old.contains(field)));
        let mut paths: Vec<&str> = changed.filter_map(|field| field["path"].as_str()).collect();
        paths.sort_unstable();
        paths.dedup();
        lines.push(format!(
            "{address}: the planned change to {} is different now",
            paths.join(", ")
        ));
    }
    for part in ["steps", "notices", "conflicts", "blockers"] {
        let side = |plan: &Value| plan.get(part).unwrap_or(&nothing).clone();
        if lines.is_empty() && side(saved) != side(now) {
            lines.push(format!("the {part} differ"));
        }
    }
    lines
}

fn by_address(plan: &Value) -> Vec<(&str, &Value)> {
    let changes = plan["changes"].as_array().map_or(&[][..], Vec::as_slice);
    let named = changes.iter().filter_map(|change| Some((change["address"].as_str()?, change)));
    named.collect()
}

#[cfg(test)]
mod tests {
    use infra_core::engine::{Address, ChangeKind, FieldChange, Plan, ResourceChange};

    use super::{data, differences, fingerprint};

    fn plan(action: ChangeKind, days: u32) -> Plan {
        let address = Address::new("cloudwatch_log_group", "ecs");
        let change = ResourceChange {
            kind: address.kind().to_owned(),
            address,
            name: "/ecs/demo-dev".to_owned(),
            action,
            fields: vec![FieldChange::new("retention_in_days", days, 14)],
        };
        Plan { changes: vec![change], ..Plan::default() }
    }

    #[test]
    fn differences_name_the_resource_and_the_change() {
        let saved = data(&plan(ChangeKind::Update, 7));
        let other = |action, days| differences(&saved, &data(&plan(action, days)));
        assert!(other(ChangeKind::Update, 7).is_empty());
        assert_eq!(
            other(ChangeKind::NoOp, 14),
            ["cloudwatch_log_group.ecs: was update, is now no-op"]
        );
        assert_eq!(
            other(ChangeKind::Update, 30),
            ["cloudwatch_log_group.ecs: the planned change to retention_in_days is different now"]
        );
        assert_eq!(
            differences(&saved, &data(&Plan::default())),
            ["cloudwatch_log_group.ecs: was update, is now not in the plan"]
        );
    }

    #[test]
    fn fingerprint_depends_on_the_configuration() {
        let spec = |env: &str| {
            infra_core::foundation::FoundationSpec::new(
                "demo".parse().unwrap(),
                env.parse().unwrap(),
            )
        };
        assert_eq!(fingerprint(&spec("dev")), fingerprint(&spec("dev")));
        assert_ne!(fingerprint(&spec("dev")), fingerprint(&spec("prod")));
    }
}
