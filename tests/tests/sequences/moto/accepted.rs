//! Accepted differences between moto and the mock. Each difference has an AWS source that proves
//! the mock right: documentation, a service model or a recorded answer. LocalStack's snapshots
//! count as recorded answers: LocalStack's tests marked `aws.validated` recorded them on AWS.
//!
//! AWS does not document which error it returns for a request with two errors. For such a request,
//! a row's source proves only that the mock's error is one of the two.

mod ecr;
mod ecs;
mod ecs_tasks;
mod iam;
mod logs;

use std::sync::LazyLock;

/// An accepted difference. In the patterns, `*` stands for any text and `|` separates alternatives.
#[derive(Debug)]
pub(super) struct Accepted {
    /// A pattern for the names of the operations.
    pub(super) on: &'static str,
    /// A pattern for the path of the member that differs. The path is an empty string if either
    /// side returned an error.
    pub(super) at: &'static str,
    /// A pattern for the mock's side, which is `answer`, an error such as `400 Code: message`, or
    /// the member's value.
    pub(super) ours: &'static str,
    /// A pattern for moto's side, in the same form as `ours`.
    pub(super) moto: &'static str,
    /// The source that proves the mock right.
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

/// Returns the URL of an IAM snapshot that LocalStack recorded in February 2026.
macro_rules! recorded {
    ($name:literal) => {
        concat!(
            "https://github.com/localstack/localstack/blob/f87be267779418a193b0272603afc7c8dc69ccb2/tests/aws/services/iam/",
            $name,
            ".snapshot.json"
        )
    };
}
use recorded;

/// Rows that apply to several services, and the rows for STS.
const ROWS: &[Accepted] = &[
    // moto checks only a few of the constraints in the service models.
    row(
        "ecr:*|logs:*|iam:*|sts:*",
        "",
        "400 InvalidParameterException: * failed to satisfy constraint: *|400 ValidationError: *validation error*",
        "*",
        "https://github.com/localstack/localstack/blob/f87be267779418a193b0272603afc7c8dc69ccb2/tests/aws/services/iam/test_iam_roles.snapshot.json",
    ),
    // STS: moto checks neither roles nor tokens. For an unknown access key, moto and the mock
    // return different identities. In moto, the ARN of a user names the service `sts` instead of
    // `iam`.
    row(
        "sts:AssumeRole|sts:AssumeRoleWithWebIdentity",
        "",
        "403 AccessDenied: *|400 InvalidIdentityToken: *|400 MalformedPolicyDocument: Policy * does not exist *",
        "answer",
        "https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html",
    ),
    row(
        "sts:GetFederationToken",
        "",
        "400 InvalidParameterValue: *|400 MalformedPolicyDocument: *|400 PackedPolicyTooLarge: *",
        "answer",
        "https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html",
    ),
    row(
        "sts:GetFederationToken",
        "packedpolicysize|federateduser.*",
        "*",
        "*",
        "https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html",
    ),
    row(
        "sts:GetCallerIdentity",
        "arn",
        "*",
        "*",
        "https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html",
    ),
];

/// All rows; the first match counts.
pub(super) static ACCEPTED: LazyLock<Vec<&Accepted>> = LazyLock::new(|| {
    let iam = [
        iam::ROWS,
        iam::users::ROWS,
        iam::groups::ROWS,
        iam::providers::ROWS,
        iam::account::ROWS,
        iam::credentials::ROWS,
    ];
    [ROWS, ecs::ROWS, ecs_tasks::ROWS, ecr::ROWS, logs::ROWS]
        .into_iter()
        .chain(iam)
        .flatten()
        .collect()
});
