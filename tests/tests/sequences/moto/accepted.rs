//! Where moto answers otherwise than the mock, and AWS's own word that shows the mock to be right: its documentation, its
//! service models, or an answer of its own. LocalStack's snapshots are such answers: its tests that are marked
//! `aws.validated` recorded them from AWS.
//!
//! Where a request has two mistakes, no document of AWS's says which is told first. In such a row, the source says that
//! what the mock tells is a mistake.

mod ecr;
mod ecs;
mod iam;
mod logs;

use std::sync::LazyLock;

/// A difference that is accepted. In the patterns, `*` stands for any text and `|` stands between alternatives.
#[derive(Debug)]
pub(super) struct Accepted {
    /// The operations.
    pub(super) on: &'static str,
    /// The member of the answers in which they differ; empty where a side refuses.
    pub(super) at: &'static str,
    /// What the mock says: `answer`, a refusal as `400 Code: words`, or the member's value.
    pub(super) ours: &'static str,
    /// What moto says.
    pub(super) moto: &'static str,
    /// Where AWS says that the mock is right.
    pub(super) source: &'static str,
}

const fn row(
    on: &'static str,
    at: &'static str,
    ours: &'static str,
    moto: &'static str,
    source: &'static str,
) -> Accepted {
    Accepted { on, at, ours, moto, source }
}

/// Rows of several services, and of STS.
const ROWS: &[Accepted] = &[
    // Constraints of the service models, which moto asks for few of.
    row(
        "ecr:*|logs:*|iam:*",
        "",
        "400 InvalidParameterException: * failed to satisfy constraint: *|400 ValidationError: *validation error*",
        "*",
        "https://github.com/localstack/localstack/blob/f87be267779418a193b0272603afc7c8dc69ccb2/tests/aws/services/iam/test_iam_roles.snapshot.json",
    ),
    // STS: who calls with keys of nobody is each mock's own choice; a user's ARN is one of IAM's.
    row(
        "sts:GetCallerIdentity",
        "arn|userid",
        "*",
        "*",
        "https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html",
    ),
];

/// All of them; of several that fit, the first counts.
pub(super) static ACCEPTED: LazyLock<Vec<&Accepted>> = LazyLock::new(|| {
    [ROWS, ecs::ROWS, iam::ROWS, ecr::ROWS, logs::ROWS].into_iter().flatten().collect()
});
