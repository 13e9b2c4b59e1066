//! `policy`: prints the minimal IAM policy for the operator of this foundation, or for a pipeline
//! that deploys to it.

use clap::{Args, ValueEnum};
use infra_core::arn::{AccountId, Location};
use infra_core::foundation::{
    Foundation, OperatorCondition, OperatorPolicy, OperatorStatement, Purpose,
};

use super::Context;
use crate::backend;
use crate::exit::Exit;
use crate::failure::{Failure, Kind, Problem};
use crate::printer::Shape;
use crate::render::{BOLD, Target, paint};

/// The maximum length of a managed policy, not counting white space:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>.
const MANAGED: usize = 6144;

/// The arguments of `policy`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
        ecs-foundation policy                        explain what apply needs, with exact ARNs\n  \
        ecs-foundation policy --for destroy --format json > policy.json\n  \
        ecs-foundation policy --for push             what a pipeline needs to push images\n  \
        ecs-foundation policy --account-id 123456789012 --region eu-central-1   without connecting")]
pub(crate) struct PolicyArgs {
    /// What to allow: plan (also output and verify), apply (includes plan), destroy, push or deploy
    #[arg(long = "for", value_enum, value_name = "PURPOSE", default_value_t = For::Apply)]
    purpose: For,

    /// Account ID to use instead of connecting to AWS; requires a region
    #[arg(long, value_name = "ID")]
    account_id: Option<AccountId>,

    /// Include the permissions for `destroy --force`
    #[arg(long)]
    force: bool,

    /// Omit the permissions to replace a repository, a log group or a failed cluster
    #[arg(long)]
    no_replace: bool,
}

/// The purpose of the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum For {
    /// Read only, for `plan`, `output` and `verify`
    Plan,
    /// Read, create and update
    Apply,
    /// Read and delete
    Destroy,
    /// Push images to the repository
    Push,
    /// Register task definitions and update services
    Deploy,
}

impl PolicyArgs {
    fn purpose(&self) -> Result<Purpose, Failure> {
        let wrong = |flag: &str, command: &str| {
            let problem =
                Problem::new(format!("{flag} has no effect with --for {}", self.purpose.name()));
            let problem =
                problem.help(format!("use {flag} with --for {command}, or remove {flag}"));
            Err(Failure::new(Kind::Usage, problem))
        };
        match (self.purpose, self.force, self.no_replace) {
            (For::Plan | For::Apply | For::Push | For::Deploy, true, _) => {
                wrong("--force", "destroy")
            }
            (For::Plan | For::Destroy | For::Push | For::Deploy, _, true) => {
                wrong("--no-replace", "apply")
            }
            (For::Plan, false, false) => Ok(Purpose::Read),
            (For::Apply, false, no_replace) => Ok(Purpose::Apply { replace: !no_replace }),
            (For::Destroy, force, false) => Ok(Purpose::Destroy { force }),
            (For::Push, false, false) => Ok(Purpose::Push),
            (For::Deploy, false, false) => Ok(Purpose::Deploy),
        }
    }
}

impl For {
    fn name(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Apply => "apply",
            Self::Destroy => "destroy",
            Self::Push => "push",
            Self::Deploy => "deploy",
        }
    }

    /// Returns a phrase for what the policy allows, for example `deploy to`. In the output, the
    /// foundation's name follows the phrase.
    fn verb(self) -> &'static str {
        match self {
            Self::Plan | Self::Apply | Self::Destroy => self.name(),
            Self::Push => "push images to",
            Self::Deploy => "deploy to",
        }
    }
}

pub(super) async fn run(context: &Context<'_>, args: &PolicyArgs) -> Result<Exit, Failure> {
    let purpose = args.purpose()?;
    let foundation = match &args.account_id {
        Some(account_id) => context.place(account_id)?,
        None => context.open_and_confirm().await?.foundation,
    };
    let policy = foundation.operator_policy(purpose);
    if context.printer.is_json() {
        context.printer.json(&policy.document(), Shape::Document);
    } else {
        context.printer.show(&explained(&foundation, args.purpose, &policy));
    }
    Ok(Exit::Success)
}

impl Context<'_> {
    /// Builds the foundation for an account without connecting to AWS.
    pub(super) fn place(&self, account_id: &AccountId) -> Result<Foundation, Failure> {
        let Some(region) = self.config.region.clone() else {
            let problem = Problem::new("no region is set, and ARNs require one");
            let help = "pass --region, set AWS_REGION, set `region` in the configuration, or remove \
                        --account-id to connect to AWS";
            return Err(Failure::new(Kind::Usage, problem.help(help)));
        };
        let (partition, account_id) =
            (backend::partition(self.config, &region)?, account_id.clone());
        let location = Location { partition, account_id, region };
        Ok(Foundation::new(self.config.spec.clone(), location)?)
    }
}

/// Formats the policy as text, with the reason for each broad statement.
fn explained(foundation: &Foundation, purpose: For, policy: &OperatorPolicy) -> String {
    let target = Target::of(foundation, &[]);
    let mut lines = vec![format!("The minimal IAM policy to {} {target}.", purpose.verb())];
    for OperatorStatement { sid, actions, resources, condition, why } in &policy.statements {
        lines.push(format!("\n{}", paint(BOLD, sid)));
        lines.extend(resources.iter().map(|resource| format!("  on {resource}")));
        if let Some(OperatorCondition { operator: _, key, values }) = condition {
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            lines.push(format!("  where {key} is {}", values.join(" or ")));
        }
        lines.extend(why.map(|why| format!("  because {why}")));
        lines.extend(actions.iter().map(|action| format!("    {action}")));
    }
    let length = policy.document().to_json().len();
    lines.push(format!("\n{}", paint(BOLD, "Notes")));
    lines.extend(policy.notes.iter().map(|note| format!("  - {note}")));
    lines.push(format!(
        "  - the document uses {length} of the {MANAGED} characters allowed in a managed policy; \
         `--format json` prints it\n"
    ));
    lines.join("\n")
}
