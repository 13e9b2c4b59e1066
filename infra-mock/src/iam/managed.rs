//! The policies that AWS itself manages, as far as the mock knows them.
//!
//! There are some 1,500; `managed.txt` has those that matter around ECS, with path, name, version, and the
//! times of creation and last change in seconds since 1970, as AWS listed them in spring 2026:
//! <https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html>.

use crate::iam::Policy;
use infra_core::arn::{Arn, Partition};

use crate::time::Timestamp;

const LIST: &str = include_str!("managed.txt");

/// One line of the list.
struct Line {
    path: &'static str,
    name: &'static str,
    version: &'static str,
    created: Timestamp,
    updated: Timestamp,
}

fn lines() -> impl Iterator<Item = Line> {
    LIST.lines().filter_map(|line| {
        let mut fields = line.split(' ');
        let mut next = || fields.next();
        let seconds =
            |text: &str| text.parse::<u64>().ok().map(|s| Timestamp::from_millis(s * 1000));
        Some(Line {
            path: next()?,
            name: next()?,
            version: next()?,
            created: seconds(next()?)?,
            updated: seconds(next()?)?,
        })
    })
}

fn shown(line: &Line, partition: Partition) -> Policy {
    let Line { path, name, version, created, updated } = line;
    let arn = Arn::aws_managed_policy(partition, &format!("{}{name}", &path[1..]));
    Policy {
        policy_name: (*name).to_owned(),
        policy_id: id(name),
        arn: arn.to_string(),
        path: (*path).to_owned(),
        default_version_id: format!("v{version}"),
        attachment_count: 0,
        permissions_boundary_usage_count: 0,
        is_attachable: true,
        description: description(name).map(str::to_owned),
        create_date: *created,
        update_date: *updated,
        tags: None,
    }
}

/// All of them, in that partition.
pub(super) fn all(partition: Partition) -> impl Iterator<Item = Policy> {
    lines().map(move |line| shown(&line, partition))
}

/// The one of that ARN.
pub(super) fn find(arn: &Arn) -> Option<Policy> {
    let path_and_name = arn.resource.strip_prefix("policy").filter(|_| arn.account_id == "aws")?;
    let found = lines()
        .find(|line| path_and_name.strip_prefix(line.path).is_some_and(|name| name == line.name))?;
    Some(shown(&found, arn.partition))
}

/// A unique id that follows from the name: AWS's policies are older than any seed.
fn id(name: &str) -> String {
    const BASE_32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    // FNV-1a, drawn out by hashing the place as well: http://www.isthe.com/chongo/tech/comp/fnv/
    let hash = |place: u8| {
        name.bytes().chain([place]).fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    };
    let letter = |place: u8| char::from(BASE_32[(hash(place) >> 32 & 31) as usize]);
    "ANPA".chars().chain((0..17).map(letter)).collect()
}

/// What a policy is for, where it was looked up: `GetPolicy` says it of each of AWS's policies, `ListPolicies` of none.
///
/// <https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaBasicExecutionRole.html> and its neighbours.
fn description(name: &str) -> Option<&'static str> {
    Some(match name {
        "AWSLambdaBasicExecutionRole" => "Provides write permissions to CloudWatch Logs.",
        "AmazonECSTaskExecutionRolePolicy" => {
            "Provides access to other AWS service resources that are required to run Amazon ECS tasks"
        }
        "IAMUserChangePassword" => {
            "Provides the ability for an IAM user to change their own password."
        }
        "PowerUserAccess" => {
            "Provides full access to AWS services and resources, but does not allow management of Users and groups."
        }
        "SystemAdministrator" => {
            "Grants full access permissions necessary for resources required for application and development operations."
        }
        _ => return None,
    })
}

/// The document of a policy, for the few that the mock has it of.
///
/// <https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonECSTaskExecutionRolePolicy.html>
/// and its neighbours.
pub(super) fn document(name: &str) -> Option<&'static str> {
    Some(match name {
        "AdministratorAccess" => {
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#
        }
        "AmazonECSTaskExecutionRolePolicy" => concat!(
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["#,
            r#""ecr:GetAuthorizationToken","ecr:BatchCheckLayerAvailability","#,
            r#""ecr:GetDownloadUrlForLayer","ecr:BatchGetImage","logs:CreateLogStream","#,
            r#""logs:PutLogEvents"],"Resource":"*"}]}"#,
        ),
        "AWSLambdaBasicExecutionRole" => concat!(
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["#,
            r#""logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents"],"Resource":"*"}]}"#,
        ),
        _ => return None,
    })
}
