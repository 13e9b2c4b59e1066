//! AWS Security Token Service: the caller's identity.

mod model;
pub(crate) mod violations;

use crate::access::needs;
use crate::api::{ApiResult, Call, Operation};

pub use self::model::*;

/// Returns the caller's identity. No permission is required.
///
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>
impl Operation for GetCallerIdentityRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let caller = call.caller;
        Ok(GetCallerIdentityResponse {
            user_id: caller.user_id.clone(),
            account: caller.location.account_id.to_string(),
            arn: caller.arn.clone(),
        })
    }
}

// "No permissions are required to perform this operation", and the permission cannot be denied:
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
needs! {
    GetCallerIdentityRequest => |_, _| Vec::new();
}

#[cfg(test)]
mod tests {
    use super::{GetCallerIdentityRequest, OPERATIONS};
    use crate::access::Permissions;
    use crate::api::{Call, Caller, Operation, World};
    use crate::time::Timestamp;
    use infra_core::arn::{Location, Partition};

    #[test]
    fn the_caller_learns_who_it_is_and_leaves_no_trace() {
        let location = Location {
            partition: Partition::Aws,
            account_id: "123456789012".parse().unwrap(),
            region: "us-east-1".parse().unwrap(),
        };
        let arn = "arn:aws:sts::123456789012:assumed-role/deploy/ci".to_owned();
        let user_id = "AROAEXAMPLE:ci".to_owned();
        let caller = Caller { location, arn, user_id, permissions: Permissions::default() };
        let mut world = World::new(1);
        let mut call = Call { caller: &caller, now: Timestamp::default(), world: &mut world };
        let identity = GetCallerIdentityRequest {}.run(&mut call).unwrap();
        assert_eq!(identity.account, "123456789012");
        assert_eq!(identity.user_id, "AROAEXAMPLE:ci");
        assert_eq!(identity.arn, "arn:aws:sts::123456789012:assumed-role/deploy/ci");
        assert_eq!(world, World::new(1));
        assert_eq!(OPERATIONS, ["GetCallerIdentity"]);
    }
}
