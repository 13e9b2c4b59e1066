//! Scenarios for using one configuration in two regions of an account. IAM roles are global, so
//! both regions use the same roles unless the role names include the region.

use super::foundation_fixture::{ABSENT, ADOPT, FORCE, FoundationFixture, PRESENT, spec};
use crate::conformance::check::{equal, holds};
use crate::conformance::show::notices;
use crate::conformance::{Fixture, Verdict};
use crate::foundation::FoundationSpec;

scenarios! { "regions" needs [Identity, Clusters, Roles, Repositories, LogGroups, SecondRegion]:
    roles_of_another_region_are_refused_before_any_change;
    roles_of_another_region_are_not_destroyed;
    regions_live_side_by_side_if_role_names_include_them;
    region_is_destroyed_without_harm_to_the_other;
}

const ROLES: [&str; 2] = ["iam_role.ecs_execution_role", "iam_role.ecs_task_role"];

/// Creates the foundation in the first region and nothing in the second.
async fn in_first_region(
    at: &Fixture,
) -> Verdict<(FoundationFixture<'_>, FoundationFixture<'_>, FoundationSpec)> {
    let spec = spec(at)?;
    let first = FoundationFixture::created(at, &spec).await?;
    Ok((first, FoundationFixture::new(at.second_region()?)?, spec))
}

async fn roles_of_another_region_are_refused_before_any_change(at: &Fixture) -> Verdict {
    let (first, second, spec) = in_first_region(at).await?;
    for goal in [PRESENT, ADOPT] {
        let plan = second.plan(&spec, goal).await?;
        let blocked: Vec<_> = plan.blockers.iter().map(|it| it.address.as_str()).collect();
        equal(blocked.as_slice(), ROLES.as_slice())?;
        let region = at.location().region.as_str();
        let named = plan.blockers.iter().all(|blocker| blocker.message.contains(region));
        holds(named, format!("each blocker names {region}: {:#?}", plan.blockers))?;
        second.is_not_applied(&spec, &plan).await?;
    }
    second.only_these_remain(&["execution role", "task role"]).await?;
    first.has_converged(&spec).await
}

async fn roles_of_another_region_are_not_destroyed(at: &Fixture) -> Verdict {
    let (first, second, spec) = in_first_region(at).await?;
    let plan = second.plan(&spec, ABSENT).await?;
    second.is_not_applied(&spec, &plan).await?;
    let plan = second.run(&spec, FORCE).await?;
    holds(plan.steps.is_empty(), format!("nothing is deleted: {plan:#?}"))?;
    equal(&notices(&plan).len(), &ROLES.len())?;
    first.has_converged(&spec).await
}

/// Creates the foundation in both regions, with separate roles for each region.
async fn in_both_regions(
    at: &Fixture,
) -> Verdict<(FoundationFixture<'_>, FoundationFixture<'_>, FoundationSpec)> {
    let mut spec = spec(at)?;
    spec.role_names_include_region = true;
    for at in [at, at.second_region()?] {
        for role in ["execution", "task"] {
            at.role(&format!("t-ecs-{role}-role-{}", at.location().region))?;
        }
    }
    let first = FoundationFixture::created(at, &spec).await?;
    let second = FoundationFixture::created(at.second_region()?, &spec).await?;
    Ok((first, second, spec))
}

async fn regions_live_side_by_side_if_role_names_include_them(at: &Fixture) -> Verdict {
    let (first, second, spec) = in_both_regions(at).await?;
    first.has_converged(&spec).await?;
    second.has_converged(&spec).await
}

async fn region_is_destroyed_without_harm_to_the_other(at: &Fixture) -> Verdict {
    let (first, second, spec) = in_both_regions(at).await?;
    equal(&second.run(&spec, ABSENT).await?.summary().delete, &9)?;
    first.has_converged(&spec).await?;
    second.run(&spec, PRESENT).await?;
    equal(&first.run(&spec, ABSENT).await?.summary().delete, &9)?;
    second.has_converged(&spec).await
}
