//! Who calls.

use super::check::{equal, holds};
use super::{Fixture, Verdict};

scenarios! { "identity" needs [Identity]:
    the_caller_is_of_the_account_and_partition;
    the_caller_is_the_same_each_time;
}

async fn the_caller_is_of_the_account_and_partition(at: &Fixture) -> Verdict {
    let caller = at.providers().identity().caller_identity().await?;
    equal(&caller.account_id, &at.location().account_id)?;
    equal(&caller.arn.account_id.as_str(), &at.location().account_id.as_str())?;
    equal(&caller.arn.partition, &at.location().partition)?;
    let service = caller.arn.service.as_str();
    holds(matches!(service, "iam" | "sts"), format!("{} is a principal", caller.arn))?;
    holds(!caller.user_id.is_empty(), "the caller has an id")?;
    equal(&at.providers().location().await?, at.location())
}

async fn the_caller_is_the_same_each_time(at: &Fixture) -> Verdict {
    let identity = at.providers().identity();
    equal(&identity.caller_identity().await?, &identity.caller_identity().await?)
}
