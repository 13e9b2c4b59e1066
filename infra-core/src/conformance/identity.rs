//! Scenarios for the caller's identity.

use super::check::{equal, holds};
use super::{Fixture, Verdict};

scenarios! { "identity" needs [Identity]:
    caller_belongs_to_the_account_and_partition;
    caller_is_the_same_on_every_call;
}

async fn caller_belongs_to_the_account_and_partition(at: &Fixture) -> Verdict {
    let caller = at.providers().identity().caller_identity().await?;
    equal(&caller.account_id, &at.location().account_id)?;
    equal(&caller.arn.account_id.as_str(), &at.location().account_id.as_str())?;
    equal(&caller.arn.partition, &at.location().partition)?;
    let service = caller.arn.service.as_str();
    holds(
        matches!(service, "iam" | "sts"),
        format!("the caller's ARN {} belongs to IAM or STS", caller.arn),
    )?;
    holds(!caller.user_id.is_empty(), "the caller has a user id")?;
    equal(&at.providers().location().await?, at.location())
}

async fn caller_is_the_same_on_every_call(at: &Fixture) -> Verdict {
    let identity = at.providers().identity();
    equal(&identity.caller_identity().await?, &identity.caller_identity().await?)
}
