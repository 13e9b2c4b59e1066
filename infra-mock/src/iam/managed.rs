//! AWS managed policies.
//!
//! Each line of `managed/list.txt` contains a policy's path, name, version, creation time and
//! update time. The times are in seconds since 1970, and the lines are sorted by name.
//! `managed/documents.deflate` contains the policies' documents in compressed form, one per line
//! and in the same order. `managed/update.py` generates both files. The mock parses them on first
//! use.

use std::sync::OnceLock;

use crate::iam::Policy;
use infra_core::arn::{Arn, Partition};

use crate::time::Timestamp;

const LIST: &str = include_str!("managed/list.txt");
const DOCUMENTS: &[u8] = include_bytes!("managed/documents.deflate");

/// One line of the list.
struct Line {
    path: &'static str,
    name: &'static str,
    version: &'static str,
    created: Timestamp,
    updated: Timestamp,
}

/// Returns the lines of `managed/list.txt`, which are sorted by policy name.
fn lines() -> &'static [Line] {
    static LINES: OnceLock<Vec<Line>> = OnceLock::new();
    let read = |line: &'static str| {
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
    };
    LINES.get_or_init(|| LIST.lines().filter_map(read).collect())
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

/// Returns all AWS managed policies in a partition. The mock has the same policies in every
/// partition, although AWS has a few of them only in some partitions.
pub(super) fn all(partition: Partition) -> impl Iterator<Item = Policy> {
    lines().iter().map(move |line| shown(line, partition))
}

/// Returns the index of a policy's line in `managed/list.txt`.
fn place(arn: &Arn) -> Option<usize> {
    let path_and_name = arn.resource.strip_prefix("policy").filter(|_| arn.account_id == "aws")?;
    let (path, name) = path_and_name.split_at(path_and_name.rfind('/')? + 1);
    let place = lines().binary_search_by(|line| line.name.cmp(name)).ok()?;
    (lines()[place].path == path).then_some(place)
}

/// Returns the AWS managed policy with the given ARN.
pub(super) fn find(arn: &Arn) -> Option<Policy> {
    place(arn).map(|place| shown(&lines()[place], arn.partition))
}

/// Returns the document of a policy. The ARNs in the document are in the same partition as the
/// policy's ARN. Other differences between partitions are not modeled.
pub(super) fn document(arn: &Arn) -> Option<String> {
    static TEXT: OnceLock<String> = OnceLock::new();
    let text = TEXT.get_or_init(|| {
        let bytes = miniz_oxide::inflate::decompress_to_vec(DOCUMENTS);
        let bytes = bytes.expect("the documents were compressed by update.py");
        String::from_utf8(bytes).expect("the compressed documents are UTF-8")
    });
    let document = text.lines().nth(place(arn)?)?;
    Some(match arn.partition {
        Partition::Aws => document.to_owned(),
        partition => document.replace("arn:aws:", &format!("arn:{partition}:")),
    })
}

/// Returns a policy's unique ID. AWS managed policies have fixed IDs, so the ID depends only on the
/// policy's name and not on the mock's random seed.
fn id(name: &str) -> String {
    const BASE_32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    // The hash function is FNV-1a: http://www.isthe.com/chongo/tech/comp/fnv/. The hash input
    // includes the letter's position, because all letters would otherwise be the same.
    let hash = |place: u8| {
        name.bytes().chain([place]).fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    };
    let letter = |place: u8| char::from(BASE_32[(hash(place) >> 32 & 31) as usize]);
    "ANPA".chars().chain((0..17).map(letter)).collect()
}

/// Returns the description of a policy. For most policies, this is `None`, because the mock
/// contains only a few descriptions. AWS's `GetPolicy` returns the descriptions of AWS managed
/// policies, but `ListPolicies` does not.
///
/// <https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaBasicExecutionRole.html> and the pages
/// of other policies.
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
