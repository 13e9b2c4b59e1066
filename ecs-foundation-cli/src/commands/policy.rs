//! `policy`: the least IAM policy that the operator of this foundation needs.

use clap::{Args, ValueEnum};
use infra_core::arn::{AccountId, Location};
use infra_core::foundation::{
    Foundation, OperatorCondition, OperatorPolicy, OperatorStatement, Purpose,
};

use super::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Kind, Problem};
use crate::printer::Shape;
use crate::render::{BOLD, Target, paint};

/// How long a managed policy may be, without white space:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>.
const MANAGED: usize = 6144;

/// The arguments of `policy`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
        ecs-foundation policy                        explain what apply needs, with exact ARNs\n  \
        ecs-foundation policy --for destroy --format json > policy.json\n  \
        ecs-foundation policy --account-id 123456789012 --region eu-central-1   without connecting")]
pub(crate) struct PolicyArgs {
    /// What the operator is to do: only look (plan, output, verify), apply, which includes looking, or destroy
    #[arg(long = "for", value_enum, value_name = "COMMAND", default_value_t = For::Apply)]
    purpose: For,

    /// The account; with it, and a region, nothing is connected to
    #[arg(long, value_name = "ID")]
    account_id: Option<AccountId>,

    /// Also what `destroy --force` needs
    #[arg(long)]
    force: bool,

    /// Leave out what apply needs to replace a repository, a log group or a failed cluster
    #[arg(long)]
    no_replace: bool,
}

/// What the operator is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum For {
    /// To look, which `output` and `verify` do as well
    Plan,
    /// To look, create and update
    Apply,
    /// To look and remove
    Destroy,
}

impl PolicyArgs {
    fn purpose(&self) -> Result<Purpose, Failure> {
        let wrong = |flag: &str, command: &str| {
            let problem =
                Problem::new(format!("{flag} says nothing about {}", self.purpose.name()));
            let problem = problem.help(format!("use it with --for {command}, or leave it out"));
            Err(Failure::new(Kind::Usage, problem))
        };
        match (self.purpose, self.force, self.no_replace) {
            (For::Plan | For::Apply, true, _) => wrong("--force", "destroy"),
            (For::Plan | For::Destroy, _, true) => wrong("--no-replace", "apply"),
            (For::Plan, false, false) => Ok(Purpose::Read),
            (For::Apply, false, no_replace) => Ok(Purpose::Apply { replace: !no_replace }),
            (For::Destroy, force, false) => Ok(Purpose::Destroy { force }),
        }
    }
}

impl For {
    fn name(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Apply => "apply",
            Self::Destroy => "destroy",
        }
    }
}

pub(super) async fn run(context: &Context<'_>, args: &PolicyArgs) -> Result<Exit, Failure> {
    let purpose = args.purpose()?;
    let foundation = match &args.account_id {
        Some(account_id) => context.place(account_id)?,
        None => context.open().await?.foundation,
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
    /// Places the foundation in an account without asking anybody.
    pub(super) fn place(&self, account_id: &AccountId) -> Result<Foundation, Failure> {
        let Some(region) = self.config.region.clone() else {
            let problem = Problem::new("no region is named, and without one there are no ARNs");
            let help = "pass --region, set AWS_REGION or `region` in the configuration, or leave \
                        --account-id out to connect";
            return Err(Failure::new(Kind::Usage, problem.help(help)));
        };
        let (partition, account_id) = (region.partition(), account_id.clone());
        let location = Location { partition, account_id, region };
        Ok(Foundation::new(self.config.spec.clone(), location)?)
    }
}

/// The policy for people: statement by statement, and why it is not narrower.
fn explained(foundation: &Foundation, purpose: For, policy: &OperatorPolicy) -> String {
    let target = Target::of(foundation, &[]);
    let mut lines = vec![format!("The least IAM policy to {} {target}.", purpose.name())];
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
        "  - the document has {length} of the {MANAGED} characters that a managed policy may have; \
         `--format json` prints it\n"
    ));
    lines.join("\n")
}
