//! Tests that if the mock implements an operation that creates a resource, it also implements the
//! operations that read and delete the resource. Clients such as Terraform's provider need all
//! three.

use std::collections::BTreeSet;

use crate::api::{OperationId, Service};
use crate::wire::operations;

/// Operations that do not create a separate resource. Each is listed with the operations that read
/// or delete its effects.
const EXCEPTIONS: &[(Service, &str, &[&str])] = &[
    (Service::Ecs, "PutAccountSetting", &["ListAccountSettings"]),
    (Service::Ecs, "PutAccountSettingDefault", &["ListAccountSettings"]),
    (Service::Ecs, "PutClusterCapacityProviders", &["DescribeClusters"]),
    (Service::Ecr, "PutAccountSetting", &["GetAccountSetting"]),
    (Service::Ecr, "PutImage", &["DescribeImages", "BatchDeleteImage"]),
    (Service::Ecr, "PutImageScanningConfiguration", &["DescribeRepositories"]),
    (Service::Ecr, "PutImageTagMutability", &["DescribeRepositories"]),
    (Service::Ecr, "PutRegistryScanningConfiguration", &["GetRegistryScanningConfiguration"]),
    (Service::Ecr, "PutReplicationConfiguration", &["DescribeRegistry"]),
    // No operation reads a single part. BatchCheckLayerAvailability reads the whole layer.
    (Service::Ecr, "UploadLayerPart", &["BatchCheckLayerAvailability"]),
    (Service::Iam, "CreateServiceLinkedRole", &["GetRole", "DeleteServiceLinkedRole"]),
    (Service::Iam, "PutRolePermissionsBoundary", &["GetRole", "DeleteRolePermissionsBoundary"]),
    (Service::Iam, "PutUserPermissionsBoundary", &["GetUser", "DeleteUserPermissionsBoundary"]),
    (Service::Logs, "PutBearerTokenAuthentication", &["DescribeLogGroups"]),
    (Service::Logs, "PutDestinationPolicy", &["DescribeDestinations", "DeleteDestination"]),
    // Events are deleted when they expire or when their stream is deleted.
    (Service::Logs, "PutLogEvents", &["GetLogEvents", "DeleteLogStream"]),
    (Service::Logs, "PutLogGroupDeletionProtection", &["DescribeLogGroups"]),
    (Service::Logs, "PutRetentionPolicy", &["DescribeLogGroups", "DeleteRetentionPolicy"]),
];

/// Returns the name of the resource that an operation creates.
fn created(name: &str) -> Option<&str> {
    ["Create", "Put", "Register", "Upload"].iter().find_map(|verb| name.strip_prefix(verb))
}

#[test]
fn whatever_can_be_created_can_be_read_and_deleted() {
    let known: BTreeSet<(Service, &str)> =
        operations().map(|OperationId { service, name, .. }| (service, name)).collect();
    let mut missing = Vec::new();
    for (service, name) in &known {
        let Some(thing) = created(name) else { continue };
        let exception = EXCEPTIONS.iter().find(|(of, put, _)| of == service && put == name);
        if let Some((_, _, others)) = exception {
            missing.extend(others.iter().filter(|other| !known.contains(&(*service, other))));
            continue;
        }
        let plurals = [
            thing.to_owned(),
            format!("{thing}s"),
            format!("{thing}es"),
            format!("{}ies", thing.trim_end_matches('y')),
        ];
        let any = |verbs: &[&str]| {
            verbs.iter().any(|verb| {
                plurals.iter().any(|thing| {
                    let other = format!("{verb}{thing}");
                    known.iter().any(|(of, name)| of == service && *name == other)
                })
            })
        };
        if !any(&["Get", "Describe", "List"]) || !any(&["Delete", "Deregister"]) {
            missing.push(name);
        }
    }
    assert_eq!(missing, Vec::<&&str>::new());
    for (service, name, _) in EXCEPTIONS {
        assert!(known.contains(&(*service, name)), "{service}:{name} is not implemented");
    }
}
