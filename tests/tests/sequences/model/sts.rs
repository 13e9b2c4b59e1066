//! STS: who calls.

use infra_mock::sts::GetCallerIdentityRequest;
use proptest::prelude::*;

use super::draw::step;
use super::{AnyStep, sent_by};

sent_by! { sts:
    GetCallerIdentityRequest {} => get_caller_identity;
}

pub(super) fn steps() -> BoxedStrategy<AnyStep> {
    step(Just(GetCallerIdentityRequest {}))
}
