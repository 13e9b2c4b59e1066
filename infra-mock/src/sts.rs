//! AWS Security Token Service: who am I?

use serde::{Deserialize, Serialize};

use crate::access::needs;
use crate::api::{ApiResult, Call, Operation, Service};

/// Says who the caller is. Nobody needs a permission for it.
///
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct GetCallerIdentityRequest {}

/// Who the caller is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetCallerIdentityResponse {
    /// The principal's unique id; of a session `ROLE_ID:SESSION`.
    pub user_id: String,
    /// The account.
    pub account: String,
    /// The principal's ARN.
    pub arn: String,
}

impl Operation for GetCallerIdentityRequest {
    const SERVICE: Service = Service::Sts;
    const NAME: &'static str = "GetCallerIdentity";
    const CHANGES: bool = false;
    type Output = GetCallerIdentityResponse;

    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let caller = call.caller;
        Ok(GetCallerIdentityResponse {
            user_id: caller.user_id.clone(),
            account: caller.location.account_id.to_string(),
            arn: caller.arn.clone(),
        })
    }
}

// "No permissions are required to perform this operation", and none can be denied:
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
needs! {
    GetCallerIdentityRequest => |_, _| Vec::new();
}

/// Hands every operation of STS to a macro, as a list of request types.
macro_rules! for_each_sts_operation {
    ($each:ident) => {
        $each! { $crate::sts::GetCallerIdentityRequest, }
    };
}
pub(crate) use for_each_sts_operation;

macro_rules! names {
    ($($operation:ty),+ $(,)?) => { &[$(<$operation>::NAME),+] };
}

/// The names of all operations of STS that the mock has.
pub const OPERATIONS: &[&str] = crate::sts::for_each_sts_operation!(names);

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
